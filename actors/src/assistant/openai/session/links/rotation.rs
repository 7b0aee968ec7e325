//! Replacing a session that nears its end with a new one, unnoticed: between two turns.

use cordboard_schema::time::UnixMs;

use super::super::Session;
use super::Stage;

/// Time before its end at which a session is replaced, in ms.
const ROTATE_BEFORE_MS: u64 = 120_000;
/// Pause after a failed attempt to replace a session, and shortest life of a replacement.
pub(super) const ROTATE_PAUSE_MS: u64 = 10_000;

impl Session {
    /// Returns whether nobody speaks, and nobody waits for anything.
    fn is_between_turns(&self) -> bool {
        !self.hearing.is_speaking()
            && !self.hearing.has_words_due()
            && !self.voice.is_waiting_to_be_heard()
            && !self.is_sound_due()
            && !self.awaits_server()
            && self.batches.is_empty()
    }

    pub(super) fn mind_rotation(&mut self) {
        let is_due = self.links.rotate_at.is_some_and(|at| at <= self.now);
        if self.links.live.is_none() || !is_due || !self.is_between_turns() {
            return;
        }
        match &self.links.coming {
            None => self.dial(),
            Some(link) if link.stage == Stage::Standing => self.rotation_arrived(),
            Some(_) => {}
        }
    }

    pub(super) fn rotation_arrived(&mut self) {
        let expires_at = self.links.coming.as_ref().and_then(|link| link.expires_at);
        let now = self.now;
        let follows_at = expires_at.and_then(|at| rotation(at, now));
        self.links.rotate_at = follows_at.map(|at| at.max(now + ROTATE_PAUSE_MS));
        self.go_live();
    }

    /// Returns when a session is to be made that replaces the live one.
    pub(super) fn rotation_deadline(&self) -> Option<UnixMs> {
        self.links.rotate_at.filter(|_| self.is_between_turns() && self.links.coming.is_none())
    }
}

/// Returns when a session with this end is replaced: some time before the end, or halfway for a short one. An end in the past
/// means that the two clocks differ: no replacement is scheduled, and the real end is reported when it comes.
pub(super) fn rotation(expires_at: UnixMs, now: UnixMs) -> Option<UnixMs> {
    let left_ms = expires_at.ms_since(now);
    let before = expires_at - ROTATE_BEFORE_MS;
    (left_ms > 0).then(|| if before > now { before } else { now + left_ms / 2 })
}
