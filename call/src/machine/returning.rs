//! The way back of the configured assistant, while the standby serves in its place.
//!
//! ```text
//! standby serves ──a pause, each longer──> tried: connects beside the standby, and nobody hears it
//!       ▲                                     │ fails       │ is there
//!       ├─────────────────────────────────────┘             ▼
//!       └────── fails within 10 s of its return ───── at a pause of the talk it takes over, and is told what was said
//! ```
//!
//! It comes back only where caller and standby are talking and neither has anything to say: never into a word, and not while a
//! message is left, a person is asked for or the caller is on hold. A voice that changes there would break what the caller is
//! doing, and what they do needs no conversation. Who was greeted is not greeted again.
//!
//! Of a chain of voices the best one comes back: an attempt tries one after the other, the first one first, until one is there.
//!
//! One whose failure is final is not tried again on this call, and neither is one that has failed soon after its return too often.

use cordboard_schema::event::Decision;
use cordboard_schema::ids::LegId;
use cordboard_schema::line::Line;
use cordboard_schema::provider::{AssistantRole, ProviderFailure};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolName;

use super::assistants::{Assistant, OwedSpeech, READY_MS_MAX};
use super::speech::Silence;
use super::{Effect, Effects, Machine, Phase, note};
use crate::AssistantOrder;

/// Pause before it is tried for the first time; doubles with each attempt that fails ...
const PAUSE_MS: u64 = 1_000;
/// ... up to this. So long a caller stays with the standby at most, once there is a way to the provider again.
const PAUSE_MS_MAX: u64 = 15_000;
/// One that fails within this time of its return has not really come back.
const RELAPSE_MS: u64 = 10_000;
/// Pauses after each such failure. Behind the last it is not tried again.
const RELAPSE_PAUSES_MS: [u64; 3] = [15_000, 30_000, 60_000];

/// What one that takes over is told besides what was said.
const TOLD: &str = "You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told \
    that you could not be reached. You can help again: say so in a few words.";

/// Where the call is with its configured assistant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Returning {
    /// The standby serves, and the other one is tried again.
    away: Option<Away>,
    /// When it came back last.
    returned_at: Option<UnixMs>,
    /// How often it has failed soon after that.
    relapses: usize,
}

/// A time without the configured assistant.
#[derive(Clone, Debug, PartialEq)]
struct Away {
    since: UnixMs,
    /// It was lost before the caller heard its greeting.
    owes_greeting: bool,
    /// How often it was tried.
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
    /// The tools that it was told of.
    tools: Vec<ToolName>,
}

impl Returning {
    /// The one that is being tried.
    pub(super) fn candidate(&self) -> Option<LegId> {
        self.away.as_ref()?.candidate.as_ref().map(|candidate| candidate.leg)
    }

    /// When the one that is being tried has failed, and which it is.
    pub(super) fn ready_by(&self) -> Option<(UnixMs, LegId)> {
        let candidate = self.away.as_ref()?.candidate.as_ref()?;
        candidate.speaks_text.is_none().then_some((candidate.ready_by, candidate.leg))
    }

    fn candidate_mut(&mut self, leg: LegId) -> Option<&mut Candidate> {
        self.away.as_mut()?.candidate.as_mut().filter(|candidate| candidate.leg == leg)
    }

    /// The process died: the next assistant is the configured one.
    pub(super) fn process_died(&mut self) {
        (self.away, self.returned_at) = (None, None);
    }
}

impl Away {
    /// The attempt came to nothing: the next one is made after a longer pause.
    fn try_later(&mut self, now: UnixMs) {
        (self.candidate, self.from) = (None, 0);
        self.pause_ms = (self.pause_ms * 2).min(PAUSE_MS_MAX).max(self.pause_ms);
        self.next_at = Some(now + self.pause_ms);
    }
}

impl Machine {
    /// The standby takes the place of the configured assistant, which failed so: it is tried again where that may help.
    pub(super) fn await_assistant(&mut self, failure: ProviderFailure, now: UnixMs, fx: &mut Effects) {
        let returned_at = self.conversation.returning.returned_at.take();
        let mut pause_ms = Some(PAUSE_MS);
        if returned_at.is_some_and(|at| now.ms_since(at) < RELAPSE_MS) {
            pause_ms = RELAPSE_PAUSES_MS.get(self.conversation.returning.relapses).copied();
            self.conversation.returning.relapses += 1;
        }
        let Some(pause_ms) = pause_ms.filter(|_| self.place_to_try(0).is_some()) else {
            return self.give_up_return(failure, fx);
        };
        self.conversation.returning.away = Some(Away {
            since: now,
            owes_greeting: matches!(
                self.conversation.owed,
                Some(OwedSpeech::Line(Line::Greeting | Line::Notice))
            ),
            attempts: 0,
            pause_ms,
            next_at: Some(now + pause_ms),
            from: 0,
            candidate: None,
        });
    }

    fn give_up_return(&mut self, failure: ProviderFailure, fx: &mut Effects) {
        self.conversation.returning.away = None;
        fx.push(note(Decision::AssistantGivenUp { failure }));
    }

    /// When it is tried next: not while it could not take over anyway.
    pub(super) fn try_deadline(&self) -> Option<UnixMs> {
        let next_at = self.conversation.returning.away.as_ref()?.next_at?;
        let is_served =
            self.stands_in() && self.conversation.assistant.is_some_and(|assistant| assistant.ready);
        (is_served && self.lifecycle.converses() && !self.is_handing_off()).then_some(next_at)
    }

    /// It is tried once more.
    pub(super) fn try_assistant(&mut self, now: UnixMs, fx: &mut Effects) {
        let (leg, tools) = (self.next_leg(), self.offered_tools());
        let from = self.conversation.returning.away.as_ref().map_or(0, |away| away.from);
        let place = self.place_to_try(from).unwrap_or_default();
        let Some(away) = &mut self.conversation.returning.away else { return };
        (away.attempts, away.next_at) = (away.attempts + 1, None);
        away.candidate =
            Some(Candidate { leg, place, speaks_text: None, ready_by: now + READY_MS_MAX, tools });
        fx.push(note(Decision::AssistantTried { leg, attempt: away.attempts, place }));
        fx.push(Effect::TryAssistant { leg: self.number_leg(), place });
    }

    /// The one that is being tried is there. Says whether it is that one.
    pub(super) fn candidate_ready(&mut self, leg: LegId, speaks_text: bool) -> bool {
        let candidate = self.conversation.returning.candidate_mut(leg);
        let is_candidate = candidate.is_some();
        if let Some(candidate) = candidate {
            candidate.speaks_text = Some(speaks_text);
        }
        is_candidate
    }

    /// The one that is being tried has failed. Says whether it is that one.
    pub(super) fn candidate_failed(
        &mut self,
        leg: LegId,
        failure: ProviderFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let Some(place) = self.conversation.returning.candidate_mut(leg).map(|candidate| candidate.place)
        else {
            return false;
        };
        self.conversation.chain.failed(place, failure, now);
        fx.push(Effect::DismissCandidate);
        let (below, any) = (self.place_to_try(place + 1), self.place_to_try(0));
        match &mut self.conversation.returning.away {
            Some(away) if below.is_some() => {
                (away.candidate, away.from, away.next_at) = (None, place + 1, Some(now));
            }
            Some(away) if any.is_some() => away.try_later(now),
            _ => self.give_up_return(failure, fx),
        }
        true
    }

    /// Has it take over where it is there and the talk pauses; lets it go where the call has gone on without a standby. To be asked at
    /// the end of each step.
    pub(super) fn tend_return(&mut self, now: UnixMs, fx: &mut Effects) {
        let stands_in = self.stands_in();
        let stays =
            matches!(*self.lifecycle.phase(), Phase::Conversing | Phase::OnHold | Phase::TakingMessage(_));
        let can_take_over = self.is_pause();
        let Some(away) = &mut self.conversation.returning.away else { return };
        if !stands_in || !stays {
            if away.candidate.take().is_some() {
                fx.push(Effect::DismissCandidate);
                (away.next_at, away.from) = (Some(now), 0);
            }
            if !stands_in {
                // Whoever comes next is the configured one.
                self.conversation.returning.away = None;
            }
            return;
        }
        if can_take_over
            && let Some(candidate) = away.candidate.take_if(|candidate| candidate.speaks_text.is_some())
            && let Some(away) = self.conversation.returning.away.take()
        {
            self.take_over(&away, candidate, now, fx);
        }
    }

    fn stands_in(&self) -> bool {
        self.conversation.assistant.is_some_and(|assistant| assistant.role == AssistantRole::Standby)
    }

    /// Whether caller and assistant are talking, and neither is saying anything, about to, or waiting for anything.
    pub(super) fn is_pause(&self) -> bool {
        let talks = self.lifecycle.converses() && self.caller.is_some() && self.conversation.menu.is_none();
        let is_quiet = self.conversation.speaking_since.is_none()
            && !self.assistant_speaking()
            && self.conversation.owed.is_none();
        let waits_for_nothing = self.tools.running.is_empty()
            && self.handoffs.wanted.is_none()
            && self.handoffs.escalating.is_none()
            && self.holding.wanted().is_none()
            && self.conversation.keys.deadline().is_none();
        let waits_for_nobody = !self.is_handing_off() && !self.briefing.is_under_way() && !self.has_agents();
        talks && is_quiet && waits_for_nothing && waits_for_nobody
    }

    fn take_over(&mut self, away: &Away, candidate: Candidate, now: UnixMs, fx: &mut Effects) {
        let Candidate { leg, place, speaks_text, tools, .. } = candidate;
        self.conversation.assistant = None;
        self.conversation.own_words = false;
        self.rewire(fx);
        fx.push(Effect::Assistant(AssistantOrder::Stop));
        self.hearing_stops();
        let away_ms = now.ms_since(away.since);
        fx.push(note(Decision::AssistantReturned { leg, attempts: away.attempts, away_ms, place }));
        fx.push(Effect::TakeOver(leg));
        self.conversation.chain.serves(place);
        self.conversation.assistant =
            Some(Assistant::returned(leg, place, speaks_text.unwrap_or_default(), now));
        self.rewire(fx);
        self.told.tools = tools;
        self.conversation.returning.returned_at = Some(now);
        self.tell_errand(fx);
        self.tell_news(fx);
        self.order(AssistantOrder::Happened(TOLD.to_owned()), fx);
        self.conversation.owed =
            Some(if away.owes_greeting { OwedSpeech::Line(Line::Greeting) } else { OwedSpeech::Answer });
        self.owe_notice_first(fx);
        self.pay_owed(fx);
        self.conversation.silence = Silence::default();
        self.watch_silence(now);
    }
}
