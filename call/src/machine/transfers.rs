//! Transfers: the caller is sent to a place where nobody was asked before. The caller's switch checks the place first, as far as it can,
//! before the caller hears about it. A transfer counts once someone there has the caller, as far as the switch can tell. Until then there
//! is a way back to the assistant, which is told why.
//!
//! ```text
//! requested ──> checked ──no obstacle──────────────────> last words ──> Moving ──done──> There ──joined──> Ended
//!                   │ no such place, a phone is busy                       │ refused       │ back here
//!                   └─> the assistant keeps the caller, and is told why <──┴───────────────┘
//! ```
//! A switch may not report anything about its dialplan. One that has no such place connects the caller to us again (`wire/esl/api.rs`). A
//! caller without a link is sent on by their dialplan, which asks for the destination, and asks again if it has no such place. The transfer
//! counts a little after our answer, or at once if the dialplan does not announce that it would ask again. For callers served by documents
//! see `documents.rs`.

use std::sync::Arc;

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::caller_line::ChannelAudio;
use cordboard_schema::dialplan::{DialplanTarget, NextStep};
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::EffectId;
use cordboard_schema::line::Line;
use cordboard_schema::queue::Overflow;
use cordboard_schema::switch::{ActionOutcome, Capability, ExtensionChecked, HandoffFailure};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;

use super::documents::not_connected;
use super::ending::LastWords;
use super::news::MissedEvents;
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::{ChannelAction, Command};

/// How long a switch may take to send the caller on before the outcome counts as unknown, in ms.
const MOVING_MS_MAX: u64 = 12_000;
/// How long a dialplan may take to ask for the destination after the caller's leg was released, in ms.
const ASKING_MS_MAX: u64 = 10_000;
/// How long a dialplan may take, after our answer, to report that it has no such place, in ms. It checks and asks at once.
const MISSING_PLACE_MS_MAX: u64 = 2_000;
/// How much longer than a phone's ringing time a person may take to answer the caller, in ms. After that a queue, a menu or a mailbox has
/// them.
const JOINED_GRACE_MS: u64 = 10_000;

/// The destination of a caller, and the way in which it is announced to them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transfer {
    /// The name in the list of extensions.
    name: String,
    place: DialplanTarget,
    by: HangupBy,
    words: LastWords,
    /// The tool that asked for it.
    tool: Option<EffectId>,
}

impl Transfer {
    /// Returns the tool that asked for it.
    pub(super) fn tool(&self) -> Option<EffectId> {
        self.tool
    }
}

/// A caller whom their switch is sending on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SentOn {
    stage: Stage,
    place: DialplanTarget,
    /// How the call ends once someone has them.
    ending: Ending,
    /// After this time the destination counts as having them.
    pub(super) until: UnixMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The caller's dialplan sends them on, and asks where to.
    ByDialplan,
    /// The switch was ordered to move the caller.
    Moving,
    /// The switch has moved the caller, and nobody has them yet.
    There,
}

impl Machine {
    /// A program or a person asks to send the caller elsewhere.
    pub(super) fn transfer_asked(&mut self, target: &str, now: UnixMs, fx: &mut Effects) {
        let command = Command::Transfer(target.to_owned());
        let policy = Arc::clone(&self.policy);
        let Some((name, place)) = policy.extension(target) else { return };
        if self.admits(&command).is_ok() {
            let (name, place) = (name.to_owned(), place.clone());
            let words = LastWords::AtOnce;
            self.transfer(Transfer { name, place, by: HangupBy::Api, words, tool: None }, now, fx);
        }
    }

    /// The assistant or the caller asks to send the caller elsewhere.
    pub(super) fn transfer_by_tool(
        &mut self,
        tool: EffectId,
        (name, place): (&str, &DialplanTarget),
        (by, words): (HangupBy, LastWords),
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let (name, place) = (name.to_owned(), place.clone());
        self.transfer(Transfer { name, place, by, words, tool: Some(tool) }, now, fx);
    }

    /// A queue could not serve the caller. If it names an extension where nobody can be asked for them, but to which they can be sent, they
    /// are. Returns whether they are. `tool` had asked for the queue.
    pub(super) fn is_sent_instead(
        &mut self,
        handoff: EffectId,
        tool: EffectId,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let Some(Overflow::Extension { name }) = self.handoffs.overflow_of(handoff).cloned() else {
            return false;
        };
        let policy = Arc::clone(&self.policy);
        let Some((name, place)) = policy.extension(&name) else { return false };
        let can_be_sent = self.capabilities().contains(&Capability::TransferBlind);
        let is_free = self.lifecycle.converses() && !self.is_checking_place();
        if !can_be_sent || !is_free || self.has_dialled_enough() {
            return false;
        }
        let (name, place, by) = (name.to_owned(), place.clone(), HangupBy::Assistant);
        let tool = Some(tool).filter(|tool| self.tools.is_running(*tool));
        self.transfer(Transfer { name, place, by, words: LastWords::After, tool }, now, fx);
        true
    }

    /// Whether the place of a transfer is being checked, or will be after the notice. The caller has not heard about it yet.
    pub(super) fn is_checking_place(&self) -> bool {
        self.closing.place_check_until().is_some() || self.after_notice.has_transfer()
    }

    fn transfer(&mut self, transfer: Transfer, now: UnixMs, fx: &mut Effects) {
        if let Some(transfer) = self.transfer_after_notice(transfer, now) {
            self.begin_transfer(transfer, now, fx);
        }
    }

    /// The notice, which the transfer has waited for, was heard.
    pub(super) fn transfer_is_next(
        &mut self,
        effect: EffectId,
        transfer: Transfer,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let is_here = self.lifecycle.talks() || matches!(*self.lifecycle.phase(), Phase::OnHold);
        match is_here {
            true => self.begin_transfer(transfer, now, fx),
            false => self.sent_otherwise(effect, &transfer, now, fx),
        }
    }

    fn begin_transfer(&mut self, transfer: Transfer, now: UnixMs, fx: &mut Effects) {
        if !self.capabilities().contains(&Capability::CheckExtension) {
            return self.announce_and_send(transfer, now, fx);
        }
        let effect = transfer.tool.unwrap_or_else(|| self.number_effect());
        let (place, phone) = (transfer.place.clone(), self.phone(&transfer.place));
        fx.push(Effect::CheckPlace { effect, place, phone });
        self.closing.begin_place_check(effect, transfer, now);
    }

    /// The switch reports what it knows about the place.
    pub(super) fn place_reported(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        if let Fact::PlaceChecked { effect, exists, extension } = fact {
            self.place_checked(*effect, *exists, extension.as_ref(), now, fx);
        }
    }

    /// Decides about the transfer. If nothing is known about the place, the attempt to send the caller there will show it.
    pub(super) fn place_checked(
        &mut self,
        effect: EffectId,
        exists: Option<bool>,
        extension: Option<&ExtensionChecked>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(transfer) = self.closing.take_place_check(effect) else { return };
        let is_here = self.lifecycle.talks() || matches!(*self.lifecycle.phase(), Phase::OnHold);
        // A place need not be a phone.
        let of_phone = extension
            .and_then(|checked| checked.state.failure())
            .filter(|failure| *failure != HandoffFailure::Unallocated);
        let against = match (exists, of_phone) {
            _ if !is_here => Some((HandoffFailure::CallerLeft, HandoffFailure::CallerLeft.to_string())),
            (Some(false), _) => {
                let why = format!("the dialplan has no {}", transfer.place);
                Some((HandoffFailure::Unallocated, why))
            }
            (_, of_phone) => of_phone.map(|failure| (failure, failure.to_string())),
        };
        match against {
            Some(against) => self.not_sent(effect, &transfer, against, now, fx),
            None => self.announce_and_send(transfer, now, fx),
        }
    }

    /// Cancels the check, because the call continues differently.
    pub(super) fn drop_place_check(&mut self, now: UnixMs, fx: &mut Effects) {
        let checked = self.closing.cancel_place_check();
        if let Some((effect, transfer)) = checked.or_else(|| self.after_notice.cancel_transfer()) {
            self.sent_otherwise(effect, &transfer, now, fx);
        }
    }

    /// The call continues differently.
    fn sent_otherwise(&mut self, effect: EffectId, transfer: &Transfer, now: UnixMs, fx: &mut Effects) {
        let left = HandoffFailure::CallerLeft;
        self.not_sent(effect, transfer, (left, left.to_string()), now, fx);
    }

    /// Ends a transfer that is not carried out. The caller has heard nothing about it, and stays.
    fn not_sent(
        &mut self,
        effect: EffectId,
        transfer: &Transfer,
        (failure, why): (HandoffFailure, String),
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let target = transfer.name.clone();
        fx.push(note(Decision::TransferFailed { transfer: effect, target, failure }));
        let message = format!("the caller can't be sent to {}: {why}", transfer.name);
        let is_of_assistant = transfer.tool.is_some_and(|tool| !self.tools.is_asked_by_caller(tool));
        if let Some(tool) = transfer.tool {
            let (reason, failure) = (message.clone(), Some(failure));
            self.finish_tool(tool, ToolOutcome::Failed { reason, failure }, now, fx);
        }
        if !is_of_assistant && failure != HandoffFailure::CallerLeft {
            self.learns(MissedEvents { message, opening: Line::TransferRefused }, fx);
            if self.lifecycle.converses() {
                self.say(Line::TransferRefused, fx);
            }
        }
    }

    /// The check found no obstacle: the caller is told, and sent on.
    fn announce_and_send(&mut self, transfer: Transfer, now: UnixMs, fx: &mut Effects) {
        let Transfer { name, place, by, words, tool } = transfer;
        self.dials(&name, fx);
        if let Some(tool) = tool {
            self.listen_before_answer(words, fx);
            self.finish_tool(tool, ToolOutcome::done("the caller is being connected"), now, fx);
        }
        let ending = Ending { cause: HangupCause::transferred(), by };
        self.leave(Line::Transferring, words, (ending, NextStep::Goto(place)), now, fx);
    }

    /// Returns the destination, if the end of a call is a transfer that the caller's switch carries out and reports on.
    pub(super) fn is_sent_by_switch(&self, ending: &Ending, next: &NextStep) -> Option<DialplanTarget> {
        let NextStep::Goto(place) = next else { return None };
        let is_transfer = ending.cause == HangupCause::transferred() && self.answered_at.is_some();
        let is_there = self.line.has_separate_audio() || self.caller.is_some();
        let is_held =
            self.link().is_some() && !self.channel.is_gone() && self.line.acts_on_request() && is_there;
        let is_new = !matches!(*self.lifecycle.phase(), Phase::SentOn(_));
        (is_transfer && is_held && is_new).then(|| place.clone())
    }

    /// Has the switch send the caller on. Their leg and the assistant stay until it has done so, because it may refuse.
    pub(super) fn send_by_switch(&mut self, place: DialplanTarget, ending: Ending, fx: &mut Effects) {
        let now = self.last_fact_at;
        self.leave_to_switch(now, fx);
        self.close_menu(fx);
        self.audio.rest();
        self.cache_for_place(&place, fx);
        let until = now + MOVING_MS_MAX;
        self.step(Step::SendOn(SentOn { stage: Stage::Moving, place: place.clone(), ending, until }));
        self.rewire(fx);
        // A stream belongs to the channel, and would end with it.
        if self.audio.carrier() == Some(ChannelAudio::Websocket) && self.caller.is_some() {
            self.act(ChannelAction::StopStream, fx);
        }
        self.act(ChannelAction::Transfer(place), fx);
    }

    /// Returns the destination, if the end of a call is a transfer that the caller's dialplan carries out, and that it reports if it fails.
    pub(super) fn is_sent_by_dialplan(&self, ending: &Ending, next: &NextStep) -> Option<DialplanTarget> {
        let NextStep::Goto(place) = next else { return None };
        let is_transfer = ending.cause == HangupCause::transferred() && self.answered_at.is_some();
        let is_there = self.caller.is_some() && self.line.reports_missing_place() && self.link().is_none();
        let is_new = !matches!(*self.lifecycle.phase(), Phase::SentOn(_));
        (is_transfer && is_there && is_new).then(|| place.clone())
    }

    /// Has the caller's dialplan send them on. The dialplan goes on once their leg has ended.
    pub(super) fn send_by_dialplan(&mut self, place: DialplanTarget, ending: Ending, fx: &mut Effects) {
        let until = self.last_fact_at + ASKING_MS_MAX;
        self.close_menu(fx);
        self.cache_for_place(&place, fx);
        self.step(Step::SendOn(SentOn { stage: Stage::ByDialplan, place, ending, until }));
        self.rewire(fx);
        self.let_audio_go(fx);
        self.let_assistant_go(fx);
    }

    /// Returns where the asking dialplan is to send the caller.
    pub(super) fn place_for_dialplan(&mut self, now: UnixMs) -> Option<DialplanTarget> {
        match self.lifecycle.phase().clone() {
            Phase::SentOn(sent_on @ SentOn { stage: Stage::ByDialplan, .. }) => {
                let place = sent_on.place.clone();
                self.step(Step::SendOn(SentOn { until: now + MISSING_PLACE_MS_MAX, ..sent_on }));
                Some(place)
            }
            _ => None,
        }
    }

    /// The dialplan has no such place.
    pub(super) fn place_missing(&mut self, now: UnixMs, fx: &mut Effects) {
        if matches!(*self.lifecycle.phase(), Phase::SentOn(SentOn { stage: Stage::ByDialplan, .. })) {
            self.sent_back(HandoffFailure::Unallocated, now, fx);
        }
    }

    /// The switch has answered the request to send the caller on.
    pub(super) fn moved(&mut self, outcome: &ActionOutcome, now: UnixMs, fx: &mut Effects) {
        match outcome {
            ActionOutcome::Done => self.is_there(now, fx),
            ActionOutcome::Failed { .. } => self.sent_back(HandoffFailure::BadTarget, now, fx),
            ActionOutcome::Unknown => self.transfer_succeeded(fx),
        }
    }

    fn is_there(&mut self, now: UnixMs, fx: &mut Effects) {
        let until = now + self.ring_ms() + JOINED_GRACE_MS;
        if let Phase::SentOn(sent_on) = self.lifecycle.phase().clone() {
            self.step(Step::SendOn(SentOn { stage: Stage::There, until, ..sent_on }));
            self.let_audio_go(fx);
            self.let_assistant_go(fx);
        }
    }

    /// Another process has the call now. A link reports the caller's state when it connects.
    pub(super) fn sent_on_before(&mut self, now: UnixMs) {
        let least = now + self.policy.meet_timeout_ms;
        if let Phase::SentOn(sent_on) = self.lifecycle.phase().clone() {
            let stage = match sent_on.stage {
                // A dialplan asks any process that is there.
                Stage::ByDialplan => Stage::ByDialplan,
                Stage::Moving | Stage::There => Stage::There,
            };
            let until = sent_on.until.max(least);
            self.step(Step::SendOn(SentOn { stage, until, ..sent_on }));
        }
    }

    /// Whether the caller was sent on and nobody has them yet.
    pub(super) fn is_sent_there(&self) -> bool {
        matches!(*self.lifecycle.phase(), Phase::SentOn(SentOn { stage: Stage::There, .. }))
    }

    /// Whether the caller needs no server while they are sent on.
    pub(super) fn transfer_continues_alone(&self) -> bool {
        matches!(
            *self.lifecycle.phase(),
            Phase::SentOn(SentOn { stage: Stage::There | Stage::ByDialplan, .. })
        )
    }

    /// Someone has the caller, or it can no longer be reported that nobody has. The transfer counts.
    pub(super) fn transfer_succeeded(&mut self, fx: &mut Effects) {
        if let Phase::SentOn(SentOn { ending, place, .. }) = self.lifecycle.phase().clone() {
            self.end(ending, NextStep::Goto(place), fx);
        }
    }

    /// The channel has ended. Some causes show that nobody had the caller. If the caller hung up, or their dialplan ended normally, it is
    /// unknown: a mailbox may have had them.
    pub(super) fn hung_up_on_the_way(&mut self, by: HangupBy, cause: &HangupCause, fx: &mut Effects) {
        let failure = HandoffFailure::of_cause(&cause.0.to_ascii_lowercase());
        let Some(failure) = failure else { return self.transfer_succeeded(fx) };
        self.note_transfer_failed(failure, fx);
        self.end(Ending { cause: cause.clone(), by }, NextStep::Hangup, fx);
    }

    /// Their dialplan connects the caller to us again, or asks for their next step.
    pub(super) fn back_from_where_sent(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_sent_there() {
            self.sent_back(HandoffFailure::NoAnswer, now, fx);
        }
    }

    /// Whether a new connection reports that nobody has the caller at the place that they were sent to.
    pub(super) fn is_unrouted(&self, from: Option<&str>) -> bool {
        matches!(self.lifecycle.phase(), Phase::SentOn(SentOn { place, .. }) if from == Some(place.extension()))
    }

    /// Nobody has the caller there, and the switch has connected them to us instead.
    pub(super) fn back_unrouted(&mut self, failure: HandoffFailure, now: UnixMs, fx: &mut Effects) {
        self.is_there(now, fx);
        self.sent_back(failure, now, fx);
    }

    /// Nobody there has taken the caller, who is with us again or on their way.
    pub(super) fn sent_back(&mut self, failure: HandoffFailure, now: UnixMs, fx: &mut Effects) {
        let Some(name) = self.note_transfer_failed(failure, fx) else { return };
        let message = not_connected(&name, failure);
        self.learns(MissedEvents { message, opening: Line::TransferRefused }, fx);
        self.caller_is_back(now, fx);
        if self.lifecycle.converses() && self.conversation.has_assistant() {
            self.say_after_notice(Line::TransferRefused, fx);
        }
    }

    /// Journals that nobody was reached. Returns the party that the caller was sent to.
    fn note_transfer_failed(&mut self, failure: HandoffFailure, fx: &mut Effects) -> Option<String> {
        let Phase::SentOn(SentOn { place, .. }) = self.lifecycle.phase() else { return None };
        let known = self.policy.extensions.iter().find(|(_, known)| *known == place);
        let target = known.map_or_else(|| place.to_string(), |(name, _)| name.clone());
        let transfer = self.number_effect();
        fx.push(note(Decision::TransferFailed { transfer, target: target.clone(), failure }));
        Some(target)
    }
}
