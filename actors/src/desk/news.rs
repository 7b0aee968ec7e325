//! Changes of agents and queues for every desk of a floor: sent at once if nothing was sent recently, otherwise all
//! changes since then together. Each change concerns every desk, so otherwise a busy minute would cost calls times
//! agents times desks. Pure.

use std::collections::BTreeSet;

use cordboard_schema::ids::{QueueId, UserId};
use cordboard_schema::limits::DESK_NEWS_MS_MIN;
use cordboard_schema::time::UnixMs;

/// Changes that have not been sent to desks yet.
#[derive(Debug, Default)]
pub(super) struct PendingUpdates {
    pub(super) agents: BTreeSet<UserId>,
    pub(super) queues: BTreeSet<QueueId>,
    /// Time of the last message to them.
    sent_at: Option<UnixMs>,
}

impl PendingUpdates {
    /// Time of the next message to them; none if nothing has changed.
    pub(super) fn due(&self) -> Option<UnixMs> {
        let is_any = !(self.agents.is_empty() && self.queues.is_empty());
        is_any.then(|| self.sent_at.map_or(UnixMs(0), |sent_at| sent_at + DESK_NEWS_MS_MIN))
    }

    /// Takes the changes for them, if it is time to send.
    pub(super) fn take(&mut self, now: UnixMs) -> Option<(BTreeSet<UserId>, BTreeSet<QueueId>)> {
        self.due().filter(|due| *due <= now)?;
        Some(self.everything_sent(now))
    }

    /// They get everything now.
    pub(super) fn everything_sent(&mut self, now: UnixMs) -> (BTreeSet<UserId>, BTreeSet<QueueId>) {
        self.sent_at = Some(now);
        (std::mem::take(&mut self.agents), std::mem::take(&mut self.queues))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_first_change_goes_at_once_later_ones_together() {
        let (began, agent) = (UnixMs(1_000_000), |number| UserId(Uuid::from_u128(number)));
        let mut news = PendingUpdates::default();
        assert_eq!(news.take(began), None, "nothing has changed");
        news.agents.insert(agent(1));
        assert!(news.take(began).is_some());
        news.agents.extend([agent(2), agent(3), agent(2)]);
        assert_eq!((news.take(began + 1), news.due()), (None, Some(began + DESK_NEWS_MS_MIN)));
        let (agents, queues) = news.take(began + DESK_NEWS_MS_MIN).unwrap();
        assert_eq!((agents.len(), queues.len(), news.due()), (2, 0, None));
    }
}
