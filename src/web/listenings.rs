//! Listenings to recordings: a player requests one in many parts, and the audit log gets one entry for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cordboard_schema::audit::Actor;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::{LISTENING_MS, LISTENINGS_MAX};
use tokio::time::Instant;

/// Recent listenings on this server.
#[derive(Clone, Debug, Default)]
pub(super) struct Listenings(Arc<Mutex<HashMap<(Actor, CallId), Instant>>>);

impl Listenings {
    /// Whether a listening begins with this request: this person has not begun one to this recording within [`LISTENING_MS`].
    pub(super) fn begins(&self, who: Actor, call_id: CallId, now: Instant) -> bool {
        let lasts = Duration::from_millis(LISTENING_MS);
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.get(&(who, call_id)).is_some_and(|at| now.duration_since(*at) < lasts) {
            return false;
        }
        if begun.len() >= LISTENINGS_MAX {
            begun.retain(|_, at| now.duration_since(*at) < lasts);
        }
        if begun.len() >= LISTENINGS_MAX
            && let Some(oldest) = begun.iter().min_by_key(|(_, at)| **at).map(|(key, _)| *key)
        {
            begun.remove(&oldest);
        }
        begun.insert((who, call_id), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::UserId;
    use uuid::Uuid;

    use super::*;

    fn someone() -> Actor {
        Actor::User(UserId(Uuid::now_v7()))
    }

    #[test]
    fn a_listening_begins_once_per_person_recording_and_half_hour() {
        let (listenings, now) = (Listenings::default(), Instant::now());
        let (ada, grace) = (someone(), someone());
        let (one, other) = (CallId(Uuid::now_v7()), CallId(Uuid::now_v7()));
        assert!(listenings.begins(ada, one, now));
        assert!(!listenings.begins(ada, one, now));
        assert!(listenings.begins(grace, one, now), "another person");
        assert!(listenings.begins(ada, other, now), "another recording");
        let lasts = Duration::from_millis(LISTENING_MS);
        assert!(!listenings.begins(ada, one, now + lasts - Duration::from_millis(1)));
        assert!(listenings.begins(ada, one, now + lasts), "they listen again");
    }

    #[test]
    fn a_crowd_does_not_grow_the_list() {
        let (listenings, now, ada) = (Listenings::default(), Instant::now(), someone());
        let first = CallId(Uuid::now_v7());
        assert!(listenings.begins(ada, first, now));
        for number in 1..=LISTENINGS_MAX as u64 {
            listenings.begins(ada, CallId(Uuid::now_v7()), now + Duration::from_micros(number));
        }
        assert_eq!(listenings.0.lock().unwrap().len(), LISTENINGS_MAX);
        assert!(listenings.begins(ada, first, now + Duration::from_secs(1)), "the oldest is forgotten");
    }
}
