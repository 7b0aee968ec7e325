//! The return to the configured assistant while the standby serves: when it is tried next, and which one is being tried.

use cordboard_schema::ids::LegId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolName;

use super::READY_MS_MAX;

/// Pause before the first attempt, in ms. It doubles with each attempt that fails ...
const PAUSE_MS: u64 = 1_000;
/// ... up to this. A caller stays with the standby at most this long once the provider can be reached again.
const PAUSE_MS_MAX: u64 = 15_000;
/// A voice that fails within this time of its return has not really come back, in ms.
const RELAPSE_MS: u64 = 10_000;
/// Pauses after each such failure, in ms. After the last one it is not tried again.
const RELAPSE_PAUSES_MS: [u64; 3] = [15_000, 30_000, 60_000];

/// The state of the return to the configured assistant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::machine) struct Returning {
    /// Set while the standby serves and the configured assistant is being retried.
    away: Option<Away>,
    /// When it last came back.
    returned_at: Option<UnixMs>,
    /// How often it failed soon after its return.
    relapses: usize,
}

/// A period without the configured assistant.
#[derive(Clone, Debug, PartialEq)]
struct Away {
    since: UnixMs,
    /// It was lost before the caller heard its greeting.
    is_greeting_due: bool,
    /// Number of attempts.
    attempts: u32,
    /// The newest pause between two attempts, in ms.
    pause_ms: u64,
    /// When it is tried next; `None` while an attempt is running.
    next_at: Option<UnixMs>,
    /// The first place of the chain that the next attempt tries.
    from: u8,
    candidate: Option<Candidate>,
}

/// The configured assistant that is being tried while the standby serves.
#[derive(Clone, Debug, PartialEq)]
struct Candidate {
    leg: LegId,
    /// Its place in the chain.
    place: u8,
    /// Whether it can say any text, once it is connected.
    speaks_text: Option<bool>,
    /// When the attempt has failed if it is not connected.
    ready_by: UnixMs,
    /// The tools that it was given.
    tools: Vec<ToolName>,
}

impl Returning {
    /// Returns the assistant that is being tried.
    pub(in crate::machine) fn candidate(&self) -> Option<LegId> {
        self.away.as_ref()?.candidate.as_ref().map(|candidate| candidate.leg)
    }

    /// Returns when the current attempt has failed, and its leg.
    pub(in crate::machine) fn ready_by(&self) -> Option<(UnixMs, LegId)> {
        let candidate = self.away.as_ref()?.candidate.as_ref()?;
        candidate.speaks_text.is_none().then_some((candidate.ready_by, candidate.leg))
    }

    fn candidate_mut(&mut self, leg: LegId) -> Option<&mut Candidate> {
        self.away.as_mut()?.candidate.as_mut().filter(|candidate| candidate.leg == leg)
    }

    /// The process died. The next assistant is the configured one.
    pub(in crate::machine) fn process_died(&mut self) {
        (self.away, self.returned_at) = (None, None);
    }
}

impl Away {
    /// Whether the assistant that is being tried is connected.
    fn is_there(&self) -> bool {
        self.candidate.as_ref().is_some_and(|candidate| candidate.speaks_text.is_some())
    }

    /// The attempt has failed. The next one is made after a longer pause.
    fn try_later(&mut self, now: UnixMs) {
        (self.candidate, self.from) = (None, 0);
        self.pause_ms = (self.pause_ms * 2).min(PAUSE_MS_MAX).max(self.pause_ms);
        self.next_at = Some(now + self.pause_ms);
    }
}

/// The configured assistant that takes over from the standby.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::machine) struct BackAgain {
    pub(in crate::machine) leg: LegId,
    pub(in crate::machine) place: u8,
    pub(in crate::machine) speaks_text: bool,
    /// The tools that it was given.
    pub(in crate::machine) tools: Vec<ToolName>,
    pub(in crate::machine) away_since: UnixMs,
    /// Number of attempts.
    pub(in crate::machine) attempts: u32,
    pub(in crate::machine) is_greeting_due: bool,
}

impl Returning {
    /// The standby replaces it. Returns the pause before it may be tried; `None` if it has failed too often soon after its return.
    pub(in crate::machine) fn is_lost(&mut self, now: UnixMs) -> Option<u64> {
        let returned_at = self.returned_at.take();
        if returned_at.is_none_or(|at| now.ms_since(at) >= RELAPSE_MS) {
            return Some(PAUSE_MS);
        }
        let pause_ms = RELAPSE_PAUSES_MS.get(self.relapses).copied();
        self.relapses += 1;
        pause_ms
    }

    /// Starts trying it again, after this pause.
    pub(in crate::machine) fn is_awaited(&mut self, pause_ms: u64, is_greeting_due: bool, now: UnixMs) {
        self.away = Some(Away {
            since: now,
            is_greeting_due,
            attempts: 0,
            pause_ms,
            next_at: Some(now + pause_ms),
            from: 0,
            candidate: None,
        });
    }

    /// It is not tried any more.
    pub(in crate::machine) fn is_over(&mut self) {
        self.away = None;
    }

    /// Tries it again, as this leg and from this place of the chain. Returns the number of attempts so far.
    pub(in crate::machine) fn is_tried(
        &mut self,
        (leg, place): (LegId, u8),
        tools: Vec<ToolName>,
        now: UnixMs,
    ) -> Option<u32> {
        let away = self.away.as_mut()?;
        (away.attempts, away.next_at) = (away.attempts + 1, None);
        let ready_by = now + READY_MS_MAX;
        away.candidate = Some(Candidate { leg, place, speaks_text: None, ready_by, tools });
        Some(away.attempts)
    }

    /// The assistant of this leg is connected. Returns whether it is the one being tried.
    pub(in crate::machine) fn candidate_is_there(&mut self, leg: LegId, speaks_text: bool) -> bool {
        let candidate = self.candidate_mut(leg);
        candidate.map(|candidate| candidate.speaks_text = Some(speaks_text)).is_some()
    }

    /// It has failed. The attempt continues at once with the places below this one.
    pub(in crate::machine) fn continue_below(&mut self, place: u8, now: UnixMs) {
        if let Some(away) = &mut self.away {
            (away.candidate, away.from, away.next_at) = (None, place + 1, Some(now));
        }
    }

    /// It has failed, and with it the attempt. The next attempt is made later.
    pub(in crate::machine) fn try_later(&mut self, now: UnixMs) {
        if let Some(away) = &mut self.away {
            away.try_later(now);
        }
    }

    /// The call no longer needs the one that is being tried. Returns whether there is one to dismiss.
    pub(in crate::machine) fn dismisses(&mut self, now: UnixMs) -> bool {
        let Some(away) = self.away.as_mut().filter(|away| away.candidate.is_some()) else { return false };
        (away.candidate, away.next_at, away.from) = (None, Some(now), 0);
        true
    }

    /// It takes over, if it is connected.
    pub(in crate::machine) fn take_over(&mut self, now: UnixMs) -> Option<BackAgain> {
        let away = self.away.take_if(|away| away.is_there())?;
        let Candidate { leg, place, speaks_text, tools, .. } = away.candidate?;
        self.returned_at = Some(now);
        Some(BackAgain {
            leg,
            place,
            speaks_text: speaks_text.unwrap_or_default(),
            tools,
            away_since: away.since,
            attempts: away.attempts,
            is_greeting_due: away.is_greeting_due,
        })
    }

    /// Returns when it is tried next; `None` while an attempt is running.
    pub(in crate::machine) fn next_at(&self) -> Option<UnixMs> {
        self.away.as_ref()?.next_at
    }

    /// Returns the first place of the chain that the next attempt tries.
    pub(in crate::machine) fn next_from(&self) -> u8 {
        self.away.as_ref().map_or(0, |away| away.from)
    }

    /// Returns the place of the assistant that is being tried, if it has this leg.
    pub(in crate::machine) fn place_of_candidate(&self, leg: LegId) -> Option<u8> {
        let candidate = self.away.as_ref()?.candidate.as_ref()?;
        (candidate.leg == leg).then_some(candidate.place)
    }
}
