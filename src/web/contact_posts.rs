//! Limits of contact links: counts the posts of services.

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
    by_link: Attempts<ContactLinkId>,
}

impl Default for ContactPosts {
    fn default() -> Self {
        let posts = Posts {
            misses: Attempts::within(CONTACT_POST_MISSES_PER_MINUTE_MAX, MINUTE),
            by_link: Attempts::within(CONTACT_POSTS_PER_MINUTE_MAX, MINUTE),
        };
        Self(Arc::new(Mutex::new(posts)))
    }
}

impl ContactPosts {
    /// Counts a post of this address as one to a link that does not exist, until [`found`](Self::found) takes that back; refuses one too many.
    pub(super) fn asked(&self, address: IpAddr) -> Result<(), ApiError> {
        let (address, now) = (household(address), Instant::now());
        let mut posts = self.posts();
        if let Some(retry_after_s) = posts.misses.wait_s(&address, now) {
            return Err(ApiError::TooManyPosts { retry_after_s });
        }
        posts.misses.tried(address, now);
        Ok(())
    }

    /// Counts the same post for its link instead; refuses one too many.
    pub(super) fn found(&self, address: IpAddr, link: ContactLinkId) -> Result<(), ApiError> {
        let now = Instant::now();
        let mut posts = self.posts();
        posts.misses.was_right(&household(address));
        if let Some(retry_after_s) = posts.by_link.wait_s(&link, now) {
            return Err(ApiError::TooManyPosts { retry_after_s });
        }
        posts.by_link.tried(link, now);
        Ok(())
    }

    fn posts(&self) -> MutexGuard<'_, Posts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
            posts.asked(service).unwrap();
            posts.found(service, one).unwrap();
        }
        posts.asked(service).unwrap();
        assert!(posts.found(service, one).is_err());
        posts.asked(service).unwrap();
        posts.found(service, other).unwrap();
        for _ in 0..CONTACT_POST_MISSES_PER_MINUTE_MAX {
            posts.asked(guesser).unwrap();
        }
        assert!(posts.asked(guesser).is_err());
        posts.asked(service).unwrap();
        tokio::time::advance(MINUTE).await;
        posts.asked(guesser).unwrap();
        posts.found(service, one).unwrap();
    }
}
