//! A caller whose switch asks us for documents, without audio here: one who is turned away, one who talks turn by turn, or one who was sent
//! on.
//!
//! ```text
//! Waiting ──turned away──> Recording, Dialling, or the end          Conversing ──sent on──> Dialling ──nobody──> Interrupted, and back
//!    └──begun──> Asking ──┬─ a message ──> Recording ──> the end
//!                  ▲      └─ a person ───> RoomWait, or Dialling ──talked──> the end
//!                  └────────── nobody ────────┘
//! ```
//! If people can be rung, a caller waits for them in a room (`rooms.rs`); otherwise their switch dials. A caller for a person at a desk
//! gets a stream, which serves them from then on (`desks.rs`). Each request gets an answer. A request that does not fit, because it came
//! twice or late, gets the last answer again.

use std::fmt;
use std::sync::Arc;

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::caller_line::NO_HOST_OF_EXTENSIONS;
use cordboard_schema::dial::{DialTarget, Dialable};
use cordboard_schema::dialplan::{DialplanTarget, NextStep};
use cordboard_schema::did::Instead;
use cordboard_schema::document::{DocumentQuestion, DocumentStep, TurnedAway};
use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::limits::VOICEMAIL_S_MAX;
use cordboard_schema::line::Line;
use cordboard_schema::profile::KeyAction;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::line::LineEvent;
use super::news::MissedEvents;
use super::rooms::RoomWait;
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::Attention;
use crate::turns::{self, CallerTurn, Turn, Words};

/// Longest turn, in ms: our speech and the caller's reply. After that the caller counts as gone without a report.
const TURN_MS_MAX: u64 = 3 * 60_000;
/// How much longer than a message's maximum length the report of its end is awaited, in ms.
const RECORDING_GRACE_MS: u64 = 120_000;
/// Longest time that a caller may be with a person whom the switch has called for them, ringing included, in ms. No conversation is that
/// long, but a lost callback would be.
pub(super) const DIALLED_MS_MAX: u64 = 4 * 3_600_000;

/// The switch's present action for the caller.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ScriptedLine {
    pub(super) doing: ScriptedStep,
    /// The call's ending, if nothing else is reported.
    pub(super) ending: Ending,
    /// Until when the next request is awaited.
    pub(super) until: UnixMs,
    /// The last answer.
    pub(super) step: DocumentStep,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ScriptedStep {
    /// It waits for the caller to speak.
    Asking { unheard: u8 },
    /// It dials a person, or the two are talking.
    Dialling { target: DialTarget, way_back: ReturnPath },
    /// The caller waits in a room for a person who is rung, or talks there.
    RoomWait(RoomWait),
    /// It records the caller.
    Recording,
}

/// The destination of a caller whom the switch could not connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReturnPath {
    /// To the assistant, over a new stream.
    Assistant,
    /// To the next turn.
    Turn,
    /// Nowhere: they hear a sentence, and the call ends.
    Words,
}

impl Machine {
    /// The switch asks what to do with the caller.
    pub(super) fn document_asked(&mut self, question: &DocumentQuestion, now: UnixMs, fx: &mut Effects) {
        if self.lifecycle.has_ended() {
            return self.answer_document(DocumentStep::HangUp, fx);
        }
        // The party that we call is on the switch that we asked to dial.
        if self.outgoing.callee().is_none() {
            self.line.apply(LineEvent::DocumentAsked);
        }
        // The switch asks about the wrong call.
        if !self.line.takes_documents() {
            return self.answer_document(DocumentStep::Stream, fx);
        }
        // A caller who has a stream, or will have one soon, is served by the stream.
        let is_streamed =
            self.caller.is_some() || self.arriving.is_some() || self.outgoing.agent_call().is_some();
        let is_new = self.answered_at.is_none() && !is_streamed;
        match (question, self.lifecycle.phase().clone()) {
            (DocumentQuestion::TurnedAway { why, instead }, Phase::Waiting { .. }) if is_new => {
                self.turn_away(*why, instead, now, fx);
            }
            (DocumentQuestion::Begun, Phase::Waiting { .. }) if is_new => {
                self.answered_at = Some(now);
                fx.push(note(Decision::Answered));
                self.ask_caller(turns::opening(&self.profile), 0, now, fx);
            }
            (
                DocumentQuestion::Heard { keys, words },
                Phase::ScriptedLine(ScriptedLine { doing: ScriptedStep::Asking { unheard }, step, .. }),
            ) => {
                let asked = asked_in(&step);
                let (keys, words) = (keys.as_deref(), words.as_deref());
                self.caller_turn(&CallerTurn { keys, words, unheard, asked }, now, fx);
            }
            (DocumentQuestion::Transfer { extension }, phase) if may_be_sent_on(&phase) => {
                self.transfer_by_document(extension, now, fx);
            }
            (
                DocumentQuestion::Dialled { failure },
                Phase::ScriptedLine(ScriptedLine {
                    doing: ScriptedStep::Dialling { target, way_back },
                    ending,
                    ..
                }),
            ) => self.dialled_by_document(*failure, (&target, way_back, ending), now, fx),
            (
                DocumentQuestion::Dialled { .. },
                Phase::ScriptedLine(ScriptedLine { doing: ScriptedStep::RoomWait(room), ending, .. }),
            ) => self.out_of_room(&room, ending, now, fx),
            (
                DocumentQuestion::Recorded,
                Phase::ScriptedLine(ScriptedLine { doing: ScriptedStep::Recording, ending, .. }),
            ) => self.say_and_end(Words::line(&self.profile, Line::MessageSaved), ending, fx),
            (_, Phase::ScriptedLine(document)) => self.answer_document(document.step, fx),
            _ => self.answer_document(DocumentStep::Stream, fx),
        }
    }

    /// The caller is not put through; they hear the number's announcement.
    fn turn_away(&mut self, why: TurnedAway, instead: &Instead, now: UnixMs, fx: &mut Effects) {
        let ending = Ending { cause: why.cause(), by: HangupBy::Server };
        match instead {
            Instead::HangUp => {
                let busy = matches!(why, TurnedAway::NoCapacity | TurnedAway::DailyCap);
                self.end_by_document(DocumentStep::Reject { busy }, ending, fx);
            }
            Instead::Say { text } => self.say_and_end(Words::own(&self.profile, text), ending, fx),
            Instead::Voicemail { text } => {
                self.record_caller(Words::own(&self.profile, text), ending, now, fx);
            }
            Instead::Forward { target } => match self.reachable(target) {
                Ok(found) => {
                    self.outgoing.dials_one_more();
                    fx.push(note(Decision::DialRequested { target: found.to_string() }));
                    let step = self.dial_by_document(found, ReturnPath::Words, ending, now, fx);
                    self.answer_document(step, fx);
                }
                Err(reason) => {
                    fx.push(note(Decision::ForwardRefused { target: target.clone(), reason }));
                    self.say_and_end(Words::not_connected(&self.profile), ending, fx);
                }
            },
        }
    }

    /// Returns the person whom the organization calls by these words, if they may be dialled now; otherwise the reason.
    fn reachable(&self, said: &str) -> Result<DialTarget, String> {
        let target = DialTarget::find(said, &self.policy).map_err(|refused| refused.to_string())?;
        match target.who() {
            Dialable::Extension { .. } if !self.policy.documents_reach_extensions() => {
                Err(NO_HOST_OF_EXTENSIONS.to_owned())
            }
            _ if self.has_dialled_enough() => {
                Err("as much was dialled today, or on this call, as the dial policy admits".to_owned())
            }
            _ => Ok(target),
        }
    }

    fn caller_turn(&mut self, heard: &CallerTurn<'_>, now: UnixMs, fx: &mut Effects) {
        if let Some(words) = heard.words {
            fx.push(note(Decision::CallerSaid { text: words.to_owned() }));
        }
        let opts_out = heard.words.is_some_and(|words| self.heed_opt_out(words, fx));
        let (key, turn) = match opts_out {
            true => (None, turns::not_called_again(&self.profile)),
            false => turns::turn(&self.profile, &self.policy, heard),
        };
        if let Some((digits, action)) = key {
            if action == KeyAction::DoNotCall {
                self.opted_out_by_document(&digits, fx);
            }
            fx.push(note(Decision::KeyPressed { digits, action }));
        }
        let is_too_long = self.lasts_until().is_some_and(|at| at <= now);
        let by_assistant = |cause| Ending { cause, by: HangupBy::Assistant };
        match turn {
            Turn::Ask(_) | Turn::AskOnceMore(_) if is_too_long => {
                let ending = Ending { cause: HangupCause::max_duration(), by: HangupBy::Server };
                self.say_and_end(Words::line(&self.profile, Line::GoodbyeMaxDuration), ending, fx);
            }
            Turn::Ask(words) => self.ask_caller(words, 0, now, fx),
            Turn::AskOnceMore(words) => self.ask_caller(words, heard.unheard + 1, now, fx),
            Turn::Connect(words, extension) => {
                let text = self.said_by_document(&words, fx);
                match DialTarget::find(&extension, &self.policy) {
                    Ok(target) => self.cache_for_target(&target, fx),
                    Err(_) => self.cache_for_name(&extension, fx),
                }
                let step = DocumentStep::Transfer { text, passages: words.into_passages(), extension };
                self.asks_on(step.clone(), 0, now);
                self.answer_document(step, fx);
            }
            Turn::Record(words) => {
                self.record_caller(words, by_assistant(HangupCause::normal_clearing()), now, fx);
            }
            Turn::Leave(words, cause) => self.say_and_end(words, by_assistant(cause), fx),
        }
    }

    /// The caller asks for a person on the list.
    fn transfer_by_document(&mut self, said: &str, now: UnixMs, fx: &mut Effects) {
        let way_back = match *self.lifecycle.phase() {
            Phase::ScriptedLine(_) => ReturnPath::Turn,
            _ => ReturnPath::Assistant,
        };
        // A number that the dial policy allows is not an extension.
        let policy = Arc::clone(&self.policy);
        if (way_back == ReturnPath::Turn || self.handoffs.is_leading_to_desks())
            && let Some((name, _)) = policy.at_desks(said)
        {
            return self.lead_to_desks(name, now, fx);
        }
        let name = policy.extension(said).map(|(name, _)| name);
        let found = name.ok_or_else(|| "there is no extension of that name".to_owned());
        match found.and_then(|name| Ok((name, self.reachable(name)?))) {
            Ok((name, target)) => {
                let ending = Ending { cause: HangupCause::transferred(), by: HangupBy::Assistant };
                if self.can_ring_people() {
                    return self.ring_into_room(name, target, way_back, ending, now, fx);
                }
                self.dials(name, fx);
                let step = self.dial_by_document(target, way_back, ending, now, fx);
                self.answer_document(step, fx);
            }
            Err(reason) => {
                let target = said.chars().take(64).collect();
                fx.push(note(Decision::ForwardRefused { target, reason: reason.clone() }));
                let step = self.go_back(way_back, &reason, now, fx);
                self.answer_document(step, fx);
            }
        }
    }

    /// Returns the person to whom the end of a call sends its caller, if the caller comes back when that person is not reached.
    pub(super) fn is_sent_with_way_back(&self, ending: &Ending, next: &NextStep) -> Option<DialTarget> {
        let NextStep::Goto(place) = next else { return None };
        let is_transfer = ending.cause == HangupCause::transferred() && self.answered_at.is_some();
        let may_return = self.line.asks_what_next() && is_transfer && !self.channel.is_gone();
        may_return.then(|| self.target_at(place)).flatten()
    }

    fn target_at(&self, place: &DialplanTarget) -> Option<DialTarget> {
        let (name, _) = self.policy.extensions.iter().find(|(_, known)| *known == place)?;
        self.reachable_by_name(name)
    }

    fn reachable_by_name(&self, name: &str) -> Option<DialTarget> {
        let target = DialTarget::find(name, &self.policy).ok()?;
        self.policy.documents_reach_extensions().then_some(target)
    }

    /// Sends the caller on to this person: their switch connects them when it asks what comes next.
    pub(super) fn send_on(&mut self, target: DialTarget, ending: Ending, fx: &mut Effects) {
        let now = self.last_fact_at;
        self.dial_by_document(target, ReturnPath::Assistant, ending, now, fx);
        self.answer_awaited_next(fx);
    }

    /// From now on only the dialled party talks with the caller. Returns the answer to the switch.
    fn dial_by_document(
        &mut self,
        target: DialTarget,
        way_back: ReturnPath,
        ending: Ending,
        now: UnixMs,
        fx: &mut Effects,
    ) -> DocumentStep {
        self.leave_to_switch(now, fx);
        self.cache_for_target(&target, fx);
        let step = DocumentStep::Dial { target: target.clone() };
        let doing = ScriptedStep::Dialling { target, way_back };
        let until = now + DIALLED_MS_MAX;
        self.step(Step::ServeByDocument(ScriptedLine { doing, ending, until, step: step.clone() }));
        self.let_audio_go(fx);
        step
    }

    /// From now on nothing on our side talks with the caller.
    pub(super) fn leave_to_switch(&mut self, now: UnixMs, fx: &mut Effects) {
        self.conversation_stops(now, fx);
        self.cancel_handoff(now, fx);
        self.let_agents_go(AgentEnd::CallerGone, fx);
        self.conversation.rests();
        self.attend(Attention::Listen, fx);
    }

    /// Dialling has ended, and the caller is still there.
    fn dialled_by_document(
        &mut self,
        failure: Option<HandoffFailure>,
        (target, way_back, ending): (&DialTarget, ReturnPath, Ending),
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(failure) = failure else {
            self.were_joined(now, fx);
            let ending = Ending { cause: HangupCause::transferred(), ..ending };
            return self.end_by_document(DocumentStep::HangUp, ending, fx);
        };
        let transfer = self.number_effect();
        fx.push(note(Decision::TransferFailed { transfer, target: target.to_string(), failure }));
        if failure == HandoffFailure::CallerLeft {
            return self.end_by_document(DocumentStep::HangUp, ending, fx);
        }
        if way_back == ReturnPath::Words {
            return self.say_and_end(Words::not_connected(&self.profile), ending, fx);
        }
        let step = self.go_back(way_back, &not_connected(target, failure), now, fx);
        self.answer_document(step, fx);
    }

    /// Nobody has the caller. The next turn follows, or the assistant, which is told the reason. Returns the answer to the switch's
    /// request.
    pub(super) fn go_back(
        &mut self,
        way_back: ReturnPath,
        news: &str,
        now: UnixMs,
        fx: &mut Effects,
    ) -> DocumentStep {
        if way_back == ReturnPath::Turn {
            let refused = Words::line(&self.profile, Line::TransferRefused);
            return self.ask_step(refused.and_offer(&self.profile), 0, now, fx);
        }
        self.conversation
            .keep_missed_events(MissedEvents { message: news.to_owned(), opening: Line::TransferRefused });
        self.report_missed_events(fx);
        if matches!(*self.lifecycle.phase(), Phase::ScriptedLine(_)) {
            self.await_caller(now, fx);
        }
        DocumentStep::Stream
    }

    /// The caller and the dialled party have talked. Only the switch knows when that began.
    fn were_joined(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.answered_at.is_none() {
            self.answered_at = Some(now);
            fx.push(note(Decision::Answered));
        }
    }

    fn ask_caller(&mut self, words: Words, unheard: u8, now: UnixMs, fx: &mut Effects) {
        let step = self.ask_step(words, unheard, now, fx);
        self.answer_document(step, fx);
    }

    fn ask_step(&mut self, words: Words, unheard: u8, now: UnixMs, fx: &mut Effects) -> DocumentStep {
        let text = self.said_by_document(&words, fx);
        let language = self.profile.language.clone();
        let one_key = turns::one_key_is_enough(&self.profile);
        let step = DocumentStep::Ask { text, passages: words.into_passages(), language, one_key };
        self.asks_on(step.clone(), unheard, now);
        step
    }

    /// Waits for the next turn.
    fn asks_on(&mut self, step: DocumentStep, unheard: u8, now: UnixMs) {
        // If the caller is gone and the switch reports nothing, they have hung up.
        let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Caller };
        let doing = ScriptedStep::Asking { unheard };
        self.step(Step::ServeByDocument(ScriptedLine { doing, ending, until: now + TURN_MS_MAX, step }));
    }

    fn record_caller(&mut self, words: Words, ending: Ending, now: UnixMs, fx: &mut Effects) {
        let text = self.said_by_document(&words, fx);
        let step = DocumentStep::Record { text, passages: words.into_passages() };
        let until = now + u64::from(VOICEMAIL_S_MAX) * 1_000 + RECORDING_GRACE_MS;
        let doing = ScriptedStep::Recording;
        self.step(Step::ServeByDocument(ScriptedLine { doing, ending, until, step: step.clone() }));
        self.answer_document(step, fx);
    }

    fn say_and_end(&mut self, words: Words, ending: Ending, fx: &mut Effects) {
        let text = self.said_by_document(&words, fx);
        self.end_by_document(DocumentStep::Say { text, passages: words.into_passages() }, ending, fx);
    }

    /// Ends the call. The switch ends its side itself after this answer.
    pub(super) fn end_by_document(&mut self, step: DocumentStep, ending: Ending, fx: &mut Effects) {
        self.answer_document(step, fx);
        self.closing.ends_by_document();
        self.end(ending, NextStep::Hangup, fx);
    }

    /// Adds a line to the transcript. The switch does not report how much of it was heard.
    fn said_by_document(&mut self, words: &Words, fx: &mut Effects) -> String {
        let (item, end, said) = (self.conversation.number_own_words(), PlayedEnd::Finished, words.text());
        fx.push(note(Decision::AssistantSaid { item, text: said.clone(), heard_ms: 0, end }));
        said
    }

    pub(super) fn answer_document(&self, step: DocumentStep, fx: &mut Effects) {
        fx.push(note(Decision::DocumentAnswered { step: step.clone() }));
        fx.push(Effect::AnswerDocument(step));
    }

    /// Returns the answer to a switch that asks for the next step of a caller who had a stream.
    pub(super) fn next_by_document(&self) -> Option<NextStep> {
        let Phase::ScriptedLine(document) = self.lifecycle.phase() else { return None };
        Some(match &document.doing {
            ScriptedStep::Dialling { target, .. } => match target.who() {
                Dialable::Extension { place, .. } => NextStep::Goto(place.clone()),
                Dialable::Number { .. } => NextStep::Hangup,
            },
            ScriptedStep::Asking { .. } | ScriptedStep::RoomWait(_) | ScriptedStep::Recording => {
                NextStep::Hangup
            }
        })
    }

    /// The call of a caller served by documents is over: by whom, and why.
    pub(super) fn hung_up_by_document(&mut self, by: HangupBy, cause: &HangupCause, fx: &mut Effects) {
        let Phase::ScriptedLine(document) = self.lifecycle.phase().clone() else { return };
        let ending = Ending { cause: cause.clone(), by };
        let is_theirs = matches!(by, HangupBy::Caller | HangupBy::Switch);
        if is_theirs {
            self.closing.ends_by_document();
        }
        let ending = match (document.doing, is_theirs) {
            // A caller whose call was not answered before was at most answered by the dialled party.
            (ScriptedStep::Dialling { way_back: ReturnPath::Words, .. }, true)
                if *cause == HangupCause::normal_clearing() =>
            {
                self.were_joined(self.last_fact_at, fx);
                Ending { cause: HangupCause::transferred(), ..document.ending }
            }
            (ScriptedStep::Dialling { .. } | ScriptedStep::Recording, true) => document.ending,
            (ScriptedStep::RoomWait(_), true) if self.person_is_in_room() => document.ending,
            _ => ending,
        };
        self.end(ending, NextStep::Hangup, fx);
    }

    /// The switch no longer asks for documents.
    pub(super) fn document_deadline(&mut self, fx: &mut Effects) {
        if let Phase::ScriptedLine(document) = self.lifecycle.phase().clone() {
            if matches!(document.doing, ScriptedStep::Asking { .. }) {
                // A caller who could not be fetched from a room would stay there.
                fx.push(Effect::EndBySwitch);
            }
            self.end(document.ending, NextStep::Hangup, fx);
        }
    }
}

/// Returns why a caller is back, in words for the assistant.
pub(super) fn not_connected(target: &impl fmt::Display, failure: HandoffFailure) -> String {
    format!("the caller could not be connected with {target}: {failure}; they are with you again")
}

/// Returns what this answer asks the caller.
fn asked_in(step: &DocumentStep) -> Words {
    match step {
        DocumentStep::Ask { text, passages, language, .. } => Words::of(text, language, passages),
        _ => Words::default(),
    }
}

/// Whether a document can send the caller to an extension. A request for such a document shows that their stream is over.
fn may_be_sent_on(phase: &Phase) -> bool {
    match phase {
        Phase::Conversing
        | Phase::OnHold
        | Phase::TakingMessage(_)
        | Phase::Interrupted { .. }
        | Phase::ScriptedLine(ScriptedLine { doing: ScriptedStep::Asking { .. }, .. }) => true,
        Phase::Dialling(_)
        | Phase::Waiting { .. }
        | Phase::WithPerson(_)
        | Phase::WithAgents { .. }
        | Phase::AgentToAgentCall(_)
        | Phase::SentOn(_)
        | Phase::Voicemail(_)
        | Phase::LiveAnswer(_)
        | Phase::Leaving(_)
        | Phase::ScriptedLine(_)
        | Phase::Ended => false,
    }
}
