//! Quality of the live connections, by call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cordboard_schema::ids::{CallId, LegId, UserId};
use cordboard_schema::line_quality::LineQuality;

/// A live connection, and what was measured of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveLine {
    /// The leg that has it.
    pub leg: LegId,
    /// The agent who has it; none for the caller's.
    pub agent: Option<UserId>,
    /// Measurements so far.
    pub quality: LineQuality,
}

/// All live connections. Clones share the same state.
#[derive(Clone, Debug, Default)]
pub struct LiveLines(Arc<Mutex<HashMap<CallId, Vec<LiveLine>>>>);

impl LiveLines {
    /// Those of a call, the caller's first.
    pub fn of(&self, call: CallId) -> Vec<LiveLine> {
        let mut lines = self.lines().get(&call).cloned().unwrap_or_default();
        lines.sort_by_key(|line| (line.agent.is_some(), line.leg));
        lines
    }

    /// Makes a place for a leg, where its measurements are noted until the place is dropped.
    pub(super) fn place(&self, call: CallId, leg: LegId, agent: Option<UserId>) -> LivePlace {
        LivePlace { all: self.clone(), call, leg, agent }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<CallId, Vec<LiveLine>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place where a leg's connection is noted.
#[derive(Debug)]
pub(super) struct LivePlace {
    all: LiveLines,
    call: CallId,
    leg: LegId,
    agent: Option<UserId>,
}

impl LivePlace {
    pub(super) fn note(&self, quality: LineQuality) {
        let Self { all, call, leg, agent } = self;
        let mut lines = all.lines();
        let lines = lines.entry(*call).or_default();
        lines.retain(|line| line.leg != *leg);
        lines.push(LiveLine { leg: *leg, agent: *agent, quality });
    }
}

impl Drop for LivePlace {
    fn drop(&mut self) {
        let mut lines = self.all.lines();
        if let Some(of_call) = lines.get_mut(&self.call) {
            of_call.retain(|line| line.leg != self.leg);
            if of_call.is_empty() {
                lines.remove(&self.call);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn live_lines_are_listed_by_call_and_removed() {
        let lines = LiveLines::default();
        let (call, other) = (CallId(Uuid::from_u128(1)), CallId(Uuid::from_u128(2)));
        let user = UserId(Uuid::from_u128(3));
        let agent = lines.place(call, LegId(1), Some(user));
        let caller = lines.place(call, LegId(2), None);
        agent.note(LineQuality::default());
        for packets_in in [1, 2] {
            caller.note(LineQuality { packets_in, ..LineQuality::default() });
        }
        let listed: Vec<_> =
            lines.of(call).iter().map(|line| (line.leg, line.agent, line.quality.packets_in)).collect();
        assert_eq!(listed, [(LegId(2), None, 2), (LegId(1), Some(user), 0)]);
        assert_eq!(lines.of(other), []);
        drop((agent, caller));
        assert!(lines.lines().is_empty());
    }
}
