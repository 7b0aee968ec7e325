//! The return to the configured assistant while the standby serves: when it is tried next, and which one is being tried.

use cordboard_schema::ids::LegId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolName;

use super::READY_MS_MAX;

/// Pause before it is tried for the first time; doubles with each attempt that fails ...
const PAUSE_MS: u64 = 1_000;
/// ... up to this. So long a caller stays with the standby at most, once there is a way to the provider again.
const PAUSE_MS_MAX: u64 = 15_000;
/// A voice that fails within this time of its return has not really come back.
const RELAPSE_MS: u64 = 10_000;
/// Pauses after each such failure. Behind the last it is not tried again.
const RELAPSE_PAUSES_MS: [u64; 3] = [15_000, 30_000, 60_000];

/// State of the return to the configured assistant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::machine) struct Returning {
    /// The standby serves, and the other one is tried again.
    away: Option<Away>,
    /// When it came back last.
    returned_at: Option<UnixMs>,
    /// Number of times that it failed soon after that.
    relapses: usize,
}

/// A time without the configured assistant.
#[derive(Clone, Debug, PartialEq)]
struct Away {
    since: UnixMs,
    /// It was lost before the caller heard its greeting.
    owes_greeting: bool,
    /// Number of attempts.
    attempts: u32,
    /// The newest pause between two attempts.
    pause_ms: u64,
    /// When it is tried next; none while it is being tried.
    next_at: Option<UnixMs>,
    /// The first place of the chain that the next attempt tries.
    from: u8,
    candidate: Option<Candidate>,
}

/// The configured assistant, beside the standby.
#[derive(Clone, Debug, PartialEq)]
struct Candidate {
    leg: LegId,
    /// Its place in the chain.
    place: u8,
    /// Whether it can say any text, once it is there.
    speaks_text: Option<bool>,
    /// When the attempt has failed if it is not.
    ready_by: UnixMs,
    /// The tools that it was given.
    tools: Vec<ToolName>,
}

impl Returning {
    /// The one that is being tried.
    pub(in crate::machine) fn candidate(&self) -> Option<LegId> {
        self.away.as_ref()?.candidate.as_ref().map(|candidate| candidate.leg)
    }

    /// When the one that is being tried has failed, and which it is.
    pub(in crate::machine) fn ready_by(&self) -> Option<(UnixMs, LegId)> {
        let candidate = self.away.as_ref()?.candidate.as_ref()?;
        candidate.speaks_text.is_none().then_some((candidate.ready_by, candidate.leg))
    }

    fn candidate_mut(&mut self, leg: LegId) -> Option<&mut Candidate> {
        self.away.as_mut()?.candidate.as_mut().filter(|candidate| candidate.leg == leg)
    }

    /// The process died: the next assistant is the configured one.
    pub(in crate::machine) fn process_died(&mut self) {
        (self.away, self.returned_at) = (None, None);
    }
}

impl Away {
    /// Whether the one that is being tried is there.
    fn is_there(&self) -> bool {
        self.candidate.as_ref().is_some_and(|candidate| candidate.speaks_text.is_some())
    }

    /// The attempt came to nothing: the next one is made after a longer pause.
    fn try_later(&mut self, now: UnixMs) {
        (self.candidate, self.from) = (None, 0);
        self.pause_ms = (self.pause_ms * 2).min(PAUSE_MS_MAX).max(self.pause_ms);
        self.next_at = Some(now + self.pause_ms);
    }
}

/// The configured assistant, which takes over from the standby.
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
    pub(in crate::machine) owes_greeting: bool,
}

impl Returning {
    /// The standby takes its place. Says after which pause it may be tried; none if it has failed soon after its return too often.
    pub(in crate::machine) fn is_lost(&mut self, now: UnixMs) -> Option<u64> {
        let returned_at = self.returned_at.take();
        if returned_at.is_none_or(|at| now.ms_since(at) >= RELAPSE_MS) {
            return Some(PAUSE_MS);
        }
        let pause_ms = RELAPSE_PAUSES_MS.get(self.relapses).copied();
        self.relapses += 1;
        pause_ms
    }

    /// It is tried after such a pause.
    pub(in crate::machine) fn is_awaited(&mut self, pause_ms: u64, owes_greeting: bool, now: UnixMs) {
        self.away = Some(Away {
            since: now,
            owes_greeting,
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

    /// It is tried once more, by this leg and from this place of the chain. Returns the number of tries so far.
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

    /// The one that is being tried is there. Returns whether it is that one.
    pub(in crate::machine) fn candidate_is_there(&mut self, leg: LegId, speaks_text: bool) -> bool {
        let candidate = self.candidate_mut(leg);
        candidate.map(|candidate| candidate.speaks_text = Some(speaks_text)).is_some()
    }

    /// It has failed: the attempt goes on below this place, at once.
    pub(in crate::machine) fn goes_on_below(&mut self, place: u8, now: UnixMs) {
        if let Some(away) = &mut self.away {
            (away.candidate, away.from, away.next_at) = (None, place + 1, Some(now));
        }
    }

    /// It has failed, and so has the attempt: another one is made later.
    pub(in crate::machine) fn try_later(&mut self, now: UnixMs) {
        if let Some(away) = &mut self.away {
            away.try_later(now);
        }
    }

    /// The call has no use for the one that is being tried. Returns whether there is one, which is to be dismissed.
    pub(in crate::machine) fn dismisses(&mut self, now: UnixMs) -> bool {
        let Some(away) = self.away.as_mut().filter(|away| away.candidate.is_some()) else { return false };
        (away.candidate, away.next_at, away.from) = (None, Some(now), 0);
        true
    }

    /// It takes over, if it is there.
    pub(in crate::machine) fn takes_over(&mut self, now: UnixMs) -> Option<BackAgain> {
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
            owes_greeting: away.owes_greeting,
        })
    }

    /// When it is tried next; none while it is being tried.
    pub(in crate::machine) fn next_at(&self) -> Option<UnixMs> {
        self.away.as_ref()?.next_at
    }

    /// The first place of the chain that the next attempt tries.
    pub(in crate::machine) fn next_from(&self) -> u8 {
        self.away.as_ref().map_or(0, |away| away.from)
    }

    /// The place of the one that is being tried, if it has this leg.
    pub(in crate::machine) fn place_of_candidate(&self, leg: LegId) -> Option<u8> {
        let candidate = self.away.as_ref()?.candidate.as_ref()?;
        (candidate.leg == leg).then_some(candidate.place)
    }
}
