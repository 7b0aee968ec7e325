//! Dialplans' announcements of AudioSocket connections that have not arrived yet. They arrive some milliseconds earlier, on another
//! socket. Pure.

use std::collections::VecDeque;

use cordboard_schema::event::Announcement;
use cordboard_schema::limits::AMI_EARLY_WORDS_MAX;
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

/// How long an announcement is kept, in ms.
const KEPT_MS: u64 = 5_000;

/// Announcements that wait for their calls, oldest first.
#[derive(Debug, Default)]
pub(super) struct EarlyAnnouncements(VecDeque<(Uuid, Announcement, UnixMs)>);

impl EarlyAnnouncements {
    /// Keeps an announcement. If there are too many, the oldest is dropped.
    pub(super) fn keep(&mut self, audiosocket: Uuid, announcement: Announcement, now: UnixMs) {
        self.remove(&audiosocket);
        if self.0.len() >= AMI_EARLY_WORDS_MAX {
            self.0.pop_front();
        }
        self.0.push_back((audiosocket, announcement, now));
    }

    /// Takes the announcement of a call that has arrived.
    pub(super) fn remove(&mut self, audiosocket: &Uuid) -> Option<Announcement> {
        let at = self.0.iter().position(|(of, ..)| of == audiosocket)?;
        self.0.remove(at).map(|(_, announcement, _)| announcement)
    }

    /// Drops announcements that are too old.
    pub(super) fn forget_old(&mut self, now: UnixMs) {
        while self.0.front().is_some_and(|(.., at)| now.ms_since(*at) >= KEPT_MS) {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_announcements_displace_the_oldest() {
        let mut early = EarlyAnnouncements::default();
        let of = |number: usize| Uuid::from_u128(number as u128);
        for number in 0..=AMI_EARLY_WORDS_MAX {
            early.keep(of(number), Announcement::default(), UnixMs(0));
        }
        assert_eq!(early.0.len(), AMI_EARLY_WORDS_MAX);
        assert!(early.remove(&of(0)).is_none() && early.remove(&of(1)).is_some());
    }
}
