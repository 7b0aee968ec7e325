//! A server that sends nothing although something is due, or is in doubt because it has not even reported the caller's speech.

use cordboard_schema::time::UnixMs;

use super::super::Session;
use super::super::dialect::Dialect;

/// Silence of a server that should have reported the caller's speech, in ms, before it is checked.
const DOUBT_MS: u64 = 1_500;
/// Longest silence in the middle of an answer whose words are known and whose sound does not begin, or of a server with pending
/// output that sends only pings and runs no tool of its own.
const MUTE_MS_MAX: u64 = 12_000;

impl<D: Dialect> Session<D> {
    /// Returns when a provider whose output is due and that sends nothing counts as lost.
    pub(in crate::assistant::remote::agent) fn stall_deadline(&self) -> Option<UnixMs> {
        let link = self.links.live()?;
        let silent = self.awaits_since.map(|since| {
            let silent = since.max(link.heard_from_at) + self.plan.stall_timeout_ms;
            let is_its_turn_since = link.own_tools.busy_until().map_or(since, |until| since.max(until));
            silent.min(is_its_turn_since + MUTE_MS_MAX)
        });
        // The caller may be speaking to a dead line: not even a ping has arrived since.
        let awaits = self.hearing.awaits_since().filter(|_| self.can.shows_life);
        let dead = awaits.filter(|since| link.heard_from_at <= *since).or(self.links.doubts_since);
        // An agent that speaks in real time is never silent, whatever is due.
        let dead = dead.or(self.can.duplex.then_some(link.heard_from_at));
        let dead = dead.map(|since| since + self.plan.stall_timeout_ms);
        silent.into_iter().chain(dead).min()
    }

    /// Returns when a silent server is checked: it has not even reported the caller's speech.
    pub(super) fn doubt_deadline(&self) -> Option<UnixMs> {
        let link = self.links.live().filter(|_| !self.can.shows_life && self.links.doubts_since.is_none())?;
        let since = self.hearing.awaits_since()?;
        (link.heard_from_at < self.hearing.awaits_to()).then_some(since + DOUBT_MS)
    }

    /// Asks a server that is in doubt for a sign of life.
    pub(super) fn mind_doubt(&mut self) {
        if self.doubt_deadline().is_some_and(|deadline| deadline <= self.now)
            && let Some(probe) = self.dialect.probe()
        {
            self.links.doubts_since = Some(self.now);
            self.send(probe);
        }
    }
}
