//! Limits of contact links: counts the posts of services.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_schema::ids::ContactLinkId;
use cordboard_schema::limits::{CONTACT_POST_MISSES_PER_MINUTE_MAX, CONTACT_POSTS_PER_MINUTE_MAX};
use tokio::time::Instant;

use super::attempts::{Attempts, household};
use super::problem::ApiError;

const MINUTE: Duration = Duration::from_secs(60);

/// Posts of the last minute on this node. Clones count together.
#[derive(Clone)]
pub(super) struct ContactPosts(Arc<Mutex<Posts>>);

struct Posts {
    /// Posts to links that don't exist. Many customers of a service share an address, so posts that find their link don't count.
    misses: Attempts<IpAddr>,
    /// Posts of each address whose link is being looked up: a service may send many at once.
    pending: HashMap<IpAddr, u32>,
    by_link: Attempts<ContactLinkId>,
}

/// A post whose link is being looked up. If it is dropped, it counts as one to a link that does not exist.
pub(super) struct Asked {
    posts: ContactPosts,
    address: IpAddr,
    is_miss: bool,
}

impl Default for ContactPosts {
    fn default() -> Self {
        let posts = Posts {
            misses: Attempts::within(CONTACT_POST_MISSES_PER_MINUTE_MAX, MINUTE),
            pending: HashMap::new(),
            by_link: Attempts::within(CONTACT_POSTS_PER_MINUTE_MAX, MINUTE),
        };
        Self(Arc::new(Mutex::new(posts)))
    }
}

impl ContactPosts {
    /// A post of this address, whose link is to be looked up. Refuses one too many: after too many to links that don't exist, and beyond what a link
    /// takes in a minute.
    pub(super) fn asked(&self, address: IpAddr) -> Result<Asked, ApiError> {
        let address = household(address);
        let mut posts = self.posts();
        if let Some(retry_after_s) = posts.misses.wait_s(&address, Instant::now()) {
            return Err(ApiError::TooManyPosts { retry_after_s });
        }
        let pending = posts.pending.entry(address).or_default();
        if *pending >= CONTACT_POSTS_PER_MINUTE_MAX {
            return Err(ApiError::TooManyPosts { retry_after_s: 1 });
        }
        *pending += 1;
        Ok(Asked { posts: self.clone(), address, is_miss: true })
    }

    fn posts(&self) -> MutexGuard<'_, Posts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    /// Counts the post for its link instead; refuses one too many.
    pub(super) fn found(mut self, link: ContactLinkId) -> Result<(), ApiError> {
        self.is_miss = false;
        let now = Instant::now();
        let mut posts = self.posts.posts();
        if let Some(retry_after_s) = posts.by_link.wait_s(&link, now) {
            return Err(ApiError::TooManyPosts { retry_after_s });
        }
        posts.by_link.tried(link, now);
        Ok(())
    }

    /// Its link could not be looked up: nobody knows whether it exists.
    pub(super) fn not_looked_up(mut self) {
        self.is_miss = false;
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let mut posts = self.posts.posts();
        if let Some(pending) = posts.pending.get_mut(&self.address) {
            *pending -= 1;
            if *pending == 0 {
                posts.pending.remove(&self.address);
            }
        }
        if self.is_miss {
            posts.misses.tried(self.address, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn links_take_limited_posts_a_minute_and_guessers_wait() {
        let posts = ContactPosts::default();
        let [service, guesser]: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        let [one, other] = [1, 2].map(|id| ContactLinkId(Uuid::from_u128(id)));
        for _ in 0..CONTACT_POSTS_PER_MINUTE_MAX {
            posts.asked(service).unwrap().found(one).unwrap();
        }
        assert!(posts.asked(service).unwrap().found(one).is_err());
        posts.asked(service).unwrap().found(other).unwrap();
        for _ in 0..CONTACT_POST_MISSES_PER_MINUTE_MAX {
            drop(posts.asked(guesser).unwrap());
        }
        assert!(posts.asked(guesser).is_err());
        drop(posts.asked(service).unwrap());
        tokio::time::advance(MINUTE).await;
        drop(posts.asked(guesser).unwrap());
        posts.asked(service).unwrap().found(one).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn many_posts_at_once_are_no_guesses() {
        let posts = ContactPosts::default();
        let service: IpAddr = "192.0.2.1".parse().unwrap();
        let link = ContactLinkId(Uuid::from_u128(1));
        let all_at_once =
            || (0..CONTACT_POSTS_PER_MINUTE_MAX).map(|_| posts.asked(service).unwrap()).collect::<Vec<_>>();
        let burst = all_at_once();
        assert!(posts.asked(service).is_err(), "a link takes no more in a minute");
        for asked in burst {
            asked.found(link).unwrap();
        }
        // The database is away for a moment.
        all_at_once().into_iter().for_each(Asked::not_looked_up);
        assert!(posts.asked(service).is_ok());
        assert!(posts.posts().pending.is_empty(), "nothing is left of them");
    }
}
