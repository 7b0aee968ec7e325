//! Sign-ins and API tokens that have recently ended on this server, for everything that ends with them: sockets, live
//! views, the audio of browsers.

use std::collections::VecDeque;
use std::sync::Arc;

use cordboard_schema::ids::SignInId;
use cordboard_schema::limits::SESSIONS_ENDED_MAX;
use tokio::sync::watch;

/// The sign-in or API token that opened something that lasts longer than a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedBy {
    /// Its id.
    pub sign_in: SignInId,
    /// How many had ended before: an API token whose creator was disabled for a while can be used again.
    pub since: u64,
}

/// Those that have ended. Clones share the same list.
#[derive(Clone, Debug)]
pub struct EndedSignIns(Arc<watch::Sender<Ends>>);

#[derive(Debug, Default)]
struct Ends {
    /// By the number of the end, which counts from 1.
    newest: VecDeque<(u64, SignInId)>,
    count: u64,
}

impl Ends {
    fn has(&self, by: OpenedBy) -> bool {
        let mut later = self.newest.iter().rev().take_while(|(number, _)| *number > by.since);
        later.any(|(_, ended)| *ended == by.sign_in)
    }
}

impl Default for EndedSignIns {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Ends::default())))
    }
}

impl EndedSignIns {
    /// How many have ended so far.
    pub fn count(&self) -> u64 {
        self.0.borrow().count
    }

    /// Whether the sign-in or API token that opened something has ended. What was opened without one never ends because of this.
    pub fn has(&self, by: Option<OpenedBy>) -> bool {
        by.is_some_and(|by| self.0.borrow().has(by))
    }

    /// This one has ended: everything that it opened ends now.
    pub fn add(&self, sign_in: SignInId) {
        self.0.send_modify(|ends| {
            if ends.newest.len() >= SESSIONS_ENDED_MAX {
                // A connection that it opened learns of it at its next check.
                ends.newest.pop_front();
            }
            ends.count += 1;
            ends.newest.push_back((ends.count, sign_in));
        });
    }

    /// Waits until the sign-in or API token that opened something has ended.
    pub async fn over(&self, by: Option<OpenedBy>) {
        let Some(by) = by else { return std::future::pending().await };
        // The sender is ours: it outlives the wait.
        let _ = self.0.subscribe().wait_for(|ends| ends.has(by)).await;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: SignInId = SignInId(Uuid::from_u128(1));
    const OTHER: SignInId = SignInId(Uuid::from_u128(2));

    #[test]
    fn an_earlier_end_does_not_end_what_was_opened_later() {
        let ended = EndedSignIns::default();
        ended.add(ONE);
        let again = OpenedBy { sign_in: ONE, since: ended.count() };
        assert!(ended.has(Some(OpenedBy { since: 0, ..again })) && !ended.has(Some(again)));
        ended.add(OTHER);
        assert!(!ended.has(Some(again)) && !ended.has(None));
        ended.clone().add(ONE);
        assert!(ended.has(Some(again)));
    }

    #[test]
    fn many_ends_do_not_grow_the_list() {
        let ended = EndedSignIns::default();
        (0..=SESSIONS_ENDED_MAX as u128).for_each(|id| ended.add(SignInId(Uuid::from_u128(id))));
        assert_eq!(ended.0.borrow().newest.len(), SESSIONS_ENDED_MAX);
        assert!(!ended.has(Some(OpenedBy { sign_in: SignInId(Uuid::from_u128(0)), since: 0 })));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_for_an_end_is_over_at_once() {
        let ended = EndedSignIns::default();
        let by = Some(OpenedBy { sign_in: ONE, since: 0 });
        let waiting = tokio::spawn({
            let ended = ended.clone();
            async move { ended.over(by).await }
        });
        tokio::task::yield_now().await;
        ended.add(OTHER);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        ended.add(ONE);
        waiting.await.unwrap();
        ended.over(by).await;
    }
}
