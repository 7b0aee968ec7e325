//! An agent that listens and speaks at the same time, in real time ([`Abilities::duplex`](super::dialect::Abilities)).
//!
//! It alone decides whether the caller's speech interrupts it: an "mhm" does not. So nothing is cut here when the caller speaks.
//! If the agent falls silent while the caller speaks, it was interrupted, and the call is notified. Audio in both directions runs
//! in real time: late audio that arrives in a burst is dropped before it delays all later audio.

use cordboard_schema::time::UnixMs;

use super::Session;
use super::dialect::Dialect;
use crate::assistant::remote::service::Audible;
use crate::assistant::remote::talk::SPEECH_MS;
use crate::messages::Attention;

/// Longest sound that may be queued for the caller's line, in ms: more is a burst, and would delay everything after it.
const BACKLOG_MS_MAX: u64 = 300;
/// Largest lead of the caller's audio over the clock, in ms: lines bring audio in small bursts.
const AHEAD_MS_MAX: u64 = 160;
/// Time that an answer to the caller is awaited, in ms: the agent may have none.
const ANSWER_MS_MAX: u64 = 8_000;

/// Audio that was sent to the agent, compared with the clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    since: UnixMs,
    sent_ms: u64,
}

impl Pace {
    /// Returns the state at the beginning of the conversation: nothing was sent.
    pub(super) const fn from(now: UnixMs) -> Self {
        Self { since: now, sent_ms: 0 }
    }

    /// Notes that this much more is sent.
    pub(super) const fn sends(&mut self, ms: u64) {
        self.sent_ms += ms;
    }

    /// Returns whether this much more may be sent now.
    fn admits(&self, ms: u64, now: UnixMs) -> bool {
        self.sent_ms + ms <= now.ms_since(self.since) + AHEAD_MS_MAX
    }

    /// Skips time in which nothing was sent: it is not made up for.
    fn catch_up(&mut self, now: UnixMs) {
        self.sent_ms = self.sent_ms.max(now.ms_since(self.since).saturating_sub(AHEAD_MS_MAX));
    }
}

impl<D: Dialect> Session<D> {
    /// Returns the part of this piece of the caller's audio that is sent to the provider.
    pub(in crate::assistant) fn audible_now(&mut self, ms: u64, now: UnixMs) -> Audible {
        let audible = self.audible();
        if !self.can.duplex || audible == Audible::Nothing {
            return audible;
        }
        self.pace.catch_up(now);
        // Audio from before the conversation can't be sent later: the agent listens in real time.
        if !self.is_live() || !self.pace.admits(ms, now) {
            return Audible::Nothing;
        }
        self.pace.sends(ms);
        audible
    }

    /// Returns whether the agent gets silence in real time when the caller's line brings nothing.
    pub(in crate::assistant) fn fills_gaps(&self) -> bool {
        self.can.duplex
    }

    /// Returns whether a piece of the agent's sound arrives so late that it is dropped.
    pub(super) fn is_backlog(&self) -> bool {
        self.can.duplex && self.voice.playout.until.ms_since(self.now) > BACKLOG_MS_MAX
    }

    /// Handles an agent that has fallen silent. If the caller was speaking at that moment, they interrupted it.
    pub(super) fn has_given_way(&mut self) {
        if !self.can.duplex || self.attention != Attention::Converse {
            return;
        }
        let ended_at = self.voice.playout.until.min(self.now);
        let spoke_on = |since: UnixMs| since - SPEECH_MS < ended_at;
        let is_speaking = self.hearing.speaking_into.is_some_and(spoke_on);
        let spoke = self.hearing.spoke_into.filter(|(since, until)| spoke_on(*since) && ended_at <= *until);
        if is_speaking || spoke.is_some() {
            let newest = self.links.newest();
            self.interrupted(newest);
        }
        if let Some((since, until)) = spoke.filter(|_| !self.hearing.is_loud()) {
            // The caller has already finished.
            self.speech_stopped(until.ms_since(since) + SPEECH_MS);
        }
    }

    /// Handles a caller who begins to speak when the agent has just paused: it may go on, but as another utterance.
    pub(super) fn spoke_in_a_pause(&mut self) {
        let pauses =
            self.can.duplex && self.voice.is_open() && self.voice.playout.until <= self.now - SPEECH_MS;
        if !pauses {
            return;
        }
        if let Some(answer) = self.answer.as_mut().filter(|answer| answer.has_begun) {
            answer.is_over = true;
            answer.all_sent = true;
        }
        self.voice.all_came();
        self.finish_open();
    }

    /// Returns whether the agent keeps speaking, whatever the caller has said meanwhile.
    pub(super) fn speaks_on(&self) -> bool {
        self.can.duplex && self.voice.continues()
    }

    /// Notes that everything the agent said was heard: a caller who speaks now does not interrupt it.
    pub(super) fn caller_continues(&mut self) {
        let is_quiet = !self.voice.is_open() && self.voice.playout.until <= self.now;
        if self.can.duplex && is_quiet && self.hearing.speaking_into.is_some() {
            self.speech_started();
        }
    }

    /// Gives up an answer that does not come.
    pub(super) fn mind_silence(&mut self) {
        if self.duplex_deadline().is_some_and(|deadline| deadline <= self.now) {
            self.answer_due_since = None;
        }
    }

    pub(super) fn duplex_deadline(&self) -> Option<UnixMs> {
        self.answer_due_since.filter(|_| self.can.duplex).map(|since| since + ANSWER_MS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_is_sent_in_real_time() {
        let mut pace = Pace::from(UnixMs(1_000));
        let mut sent = 0;
        for _ in 0..50 {
            if pace.admits(20, UnixMs(1_000)) {
                pace.sends(20);
                sent += 20;
            }
        }
        assert_eq!(sent, AHEAD_MS_MAX, "only the beginning of a burst is sent");
        assert!(pace.admits(20, UnixMs(1_020)));
        // A minute without audio is not made up for.
        pace.catch_up(UnixMs(61_000));
        let admitted = (0..50).filter(|_| {
            let admits = pace.admits(20, UnixMs(61_000));
            pace.sends(if admits { 20 } else { 0 });
            admits
        });
        assert!(admitted.count() <= 16);
    }
}
