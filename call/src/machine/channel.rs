//! The caller's channel on a switch under our control: the links to it, and the requests sent over them.
//!
//! A request is sent over the link that is alive at that moment. If that link dies before the answer, a repeatable request is sent again
//! over the other link, or over the next one. The outcome of any other request is then unknown.

use cordboard_schema::caller_line::ChannelMode;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::switch::{
    ActionOutcome, AnswerState, ChannelSeen, ControlId, ControlLink, HandoffFailure,
};
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::holding::HoldEvent;
use super::line::LineEvent;
use super::{Effect, Effects, LostBy, Machine, Phase, Step};
use crate::handoff::HandoffEvent;
use crate::{ChannelAction, Listening};

/// How long the switch may take to answer a request, in ms. It usually takes milliseconds, and 200 ms for a bridge.
const ANSWER_MS_MAX: u64 = 10_000;
/// Longest prompt, in ms.
const PROMPT_MS_MAX: u64 = 120_000;

/// The channel, as far as its links have reported it. Empty for a caller without a channel on such a switch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Channel {
    /// Whether the caller, as far as is known, is in a room of their switch. They stay there until they are led out of it.
    is_in_room: bool,
    outbound: Option<ControlId>,
    has_inbound: bool,
    is_answered: bool,
    /// Whether it is joined with another channel.
    is_bridged: bool,
    /// The other channel, by the last report.
    peer: Option<Uuid>,
    /// The switch has reported that the channel is gone.
    is_gone: bool,
    /// It has certainly ended, or the switch was ordered to end it.
    is_over: bool,
    /// It seems to be gone. The report of its end is awaited until then.
    gone_until: Option<UnixMs>,
    /// The number of the recording that the switch makes of the caller and the person they talk with.
    recording: Option<EffectId>,
    domain: Option<String>,
    read_rate: Option<u32>,
    asked: Vec<PendingRequest>,
    /// Legs of a call that is over, kept until its caller was sent elsewhere. If one of them ended before, the caller's dialplan would go
    /// on by itself.
    kept_legs: Vec<LegId>,
}

/// A request to the channel, over any link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SwitchRequest {
    Do(ChannelAction),
    StartStream,
    StartUnicast { leg: LegId, read_rate: Option<u32> },
    BridgeCallee { handoff: EffectId },
}

/// A request that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PendingRequest {
    effect: EffectId,
    ask: SwitchRequest,
    /// The link that carried it; `None` while it waits for one.
    over: Option<ControlLink>,
    until: UnixMs,
}

impl SwitchRequest {
    fn over(&self, link: ControlLink, effect: EffectId) -> Effect {
        match self.clone() {
            Self::Do(action) => Effect::Channel { link, effect, action },
            Self::StartStream => Effect::StartStream { link, effect },
            Self::StartUnicast { leg, read_rate } => Effect::StartUnicast { leg, link, effect, read_rate },
            Self::BridgeCallee { handoff } => Effect::BridgeCallee { link, effect, handoff },
        }
    }

    /// Whether sending it twice has the same effect as sending it once.
    fn can_be_repeated(&self) -> bool {
        match self {
            Self::StartStream => true,
            Self::StartUnicast { .. } | Self::BridgeCallee { .. } => false,
            Self::Do(action) => match action {
                ChannelAction::Answer
                | ChannelAction::HangUp(_)
                | ChannelAction::StopStream
                | ChannelAction::StopPlayback { .. }
                | ChannelAction::PlayMusic
                | ChannelAction::NextDocument
                | ChannelAction::Hold { .. }
                | ChannelAction::Unhold { .. }
                | ChannelAction::StopRecording
                | ChannelAction::SetVariables(_) => true,
                ChannelAction::StartStream { .. }
                | ChannelAction::StartUnicast { .. }
                | ChannelAction::ParkAgain
                | ChannelAction::Play(_)
                | ChannelAction::SendDtmf(_)
                | ChannelAction::Transfer(_)
                | ChannelAction::Park { .. }
                | ChannelAction::Fetch
                | ChannelAction::Record
                | ChannelAction::BridgeWith { .. } => false,
            },
        }
    }

    const fn takes_ms_max(&self) -> u64 {
        match self {
            Self::Do(ChannelAction::Play(_)) => PROMPT_MS_MAX,
            _ => ANSWER_MS_MAX,
        }
    }
}

impl Channel {
    pub(super) fn is_in_room(&self) -> bool {
        self.is_in_room
    }

    /// Sets whether the caller is in a room of their switch.
    pub(super) fn set_in_room(&mut self, is_in: bool) {
        self.is_in_room = is_in;
    }

    /// The caller is led out of the room. Returns whether they were in one.
    pub(super) fn leaves_room(&mut self) -> bool {
        std::mem::take(&mut self.is_in_room)
    }

    pub(super) fn is_answered(&self) -> bool {
        self.is_answered
    }

    /// It has answered, according to another report than the channel's own.
    pub(super) fn answered(&mut self) {
        self.is_answered = true;
    }

    pub(super) fn is_bridged(&self) -> bool {
        self.is_bridged
    }

    /// Returns the channel that it is joined with, by the last report.
    pub(super) fn peer(&self) -> Option<Uuid> {
        self.peer
    }

    /// It is joined with a channel. Returns whether this is a different one than before.
    pub(super) fn joined_with(&mut self, peer: Option<Uuid>) -> bool {
        self.is_bridged = true;
        std::mem::replace(&mut self.peer, peer) != peer
    }

    /// It is no longer joined with another channel.
    pub(super) fn joined_no_more(&mut self) {
        self.is_bridged = false;
    }

    pub(super) fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// The switch has reported that the channel is gone.
    pub(super) fn gone(&mut self) {
        self.is_gone = true;
    }

    /// Whether it has certainly ended, or the switch was ordered to end it.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// It has certainly ended, or the switch is ordered to end it.
    pub(super) fn over(&mut self) {
        self.is_over = true;
    }

    /// Returns until when the report of its end is awaited.
    pub(super) fn gone_until(&self) -> Option<UnixMs> {
        self.gone_until
    }

    /// It seems to be gone. The report of its end is awaited until then, unless it is already awaited.
    pub(super) fn await_end(&mut self, until: UnixMs) {
        self.gone_until.get_or_insert(until);
    }

    /// The report of its end is no longer awaited.
    pub(super) fn await_no_end(&mut self) {
        self.gone_until = None;
    }

    /// Whether the switch records the caller and the person they talk with.
    pub(super) fn is_recorded(&self) -> bool {
        self.recording.is_some()
    }

    /// The switch records them under this number.
    pub(super) fn recorded_as(&mut self, recording: EffectId) {
        self.recording = Some(recording);
    }

    /// Ends the recording and returns its number.
    pub(super) fn take_recording(&mut self) -> Option<EffectId> {
        self.recording.take()
    }

    pub(super) fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    pub(super) fn read_rate(&self) -> Option<u32> {
        self.read_rate
    }

    /// Keeps legs until the caller has been sent elsewhere.
    pub(super) fn keep_legs(&mut self, legs: impl IntoIterator<Item = LegId>) {
        self.kept_legs.extend(legs);
    }

    /// A leg that was kept has left.
    pub(super) fn forget_leg(&mut self, leg: LegId) {
        self.kept_legs.retain(|kept| *kept != leg);
    }

    /// Returns the legs that were kept, and keeps none of them.
    pub(super) fn take_kept_legs(&mut self) -> Vec<LegId> {
        std::mem::take(&mut self.kept_legs)
    }

    pub(super) fn has_inbound(&self) -> bool {
        self.has_inbound
    }

    /// The call no longer uses the switch's own link.
    pub(super) fn leave_inbound(&mut self) {
        self.has_inbound = false;
    }

    pub(super) fn link(&self) -> Option<ControlLink> {
        let outbound = self.outbound.map(|control| ControlLink::Outbound { control });
        outbound.or(self.has_inbound.then_some(ControlLink::Inbound))
    }

    pub(super) fn has_outbound(&self) -> bool {
        self.outbound.is_some()
    }

    pub(super) fn take_outbound(&mut self) -> Option<ControlId> {
        self.outbound.take()
    }

    pub(super) fn outbound(&self) -> Option<ControlId> {
        self.outbound
    }

    /// Returns when the next request times out, and its number.
    pub(super) fn deadline(&self) -> Option<(UnixMs, EffectId)> {
        self.asked.iter().map(|asked| (asked.until, asked.effect)).min()
    }

    /// Cancels matching requests that wait for a link, because the opposite was requested.
    pub(super) fn wants_no_more(&mut self, is_this: impl Fn(&ChannelAction) -> bool) {
        let is_dropped = |asked: &PendingRequest| {
            asked.over.is_none() && matches!(&asked.ask, SwitchRequest::Do(action) if is_this(action))
        };
        self.asked.retain(|asked| !is_dropped(asked));
    }

    /// Forgets all pending requests.
    pub(super) fn forget_asked(&mut self) {
        self.asked.clear();
    }

    /// All links are gone with the process that had them. The channel may be alive.
    pub(super) fn process_died(&mut self) {
        self.outbound = None;
        self.has_inbound = false;
        self.kept_legs.clear();
        // A call that was over still has to end its channel.
        self.asked.retain(|asked| matches!(asked.ask, SwitchRequest::Do(ChannelAction::HangUp(_))));
        self.asked.iter_mut().for_each(|asked| asked.over = None);
    }

    /// The channel is answered, so no report of it is needed.
    fn answer_seen(&mut self) {
        self.is_answered = true;
        self.asked.retain(|asked| asked.ask != SwitchRequest::Do(ChannelAction::Answer));
    }

    /// The requested audio has joined.
    pub(super) fn audio_joined(&mut self) {
        self.asked.retain(|asked| {
            !matches!(asked.ask, SwitchRequest::StartStream | SwitchRequest::StartUnicast { .. })
        });
    }

    /// The audio is gone, so there is nothing left to close.
    pub(super) fn audio_is_gone(&mut self) {
        self.asked.retain(|asked| asked.ask != SwitchRequest::Do(ChannelAction::StopStream));
    }

    fn saw(&mut self, seen: &ChannelSeen) {
        if seen.answer_state == AnswerState::Answered {
            self.answer_seen();
        }
        self.domain = seen.domain.clone().or(self.domain.take());
        self.read_rate = seen.read_rate.or(self.read_rate);
    }

    /// Whether a request to park the caller is pending.
    pub(super) fn is_parking(&self) -> bool {
        self.asked.iter().any(|asked| matches!(asked.ask, SwitchRequest::Do(ChannelAction::Park { .. })))
    }

    /// Whether a request to begin a unicast is pending.
    pub(super) fn is_starting_unicast(&self) -> bool {
        self.asked.iter().any(|asked| matches!(asked.ask, SwitchRequest::StartUnicast { .. }))
    }

    /// Whether this request is pending.
    pub(super) fn is_asking(&self, ask: &SwitchRequest) -> bool {
        self.asked.iter().any(|asked| asked.ask == *ask)
    }
}

impl Machine {
    /// Sends a request to the channel. Returns `None` if there is no link and the request can't wait for one.
    pub(super) fn ask(&mut self, ask: SwitchRequest, fx: &mut Effects) -> Option<EffectId> {
        let over = self.channel.link();
        if over.is_none() && !ask.can_be_repeated() {
            return None;
        }
        let effect = self.number_effect();
        fx.extend(over.map(|link| ask.over(link, effect)));
        let until = self.last_fact_at + ask.takes_ms_max();
        self.channel.asked.push(PendingRequest { effect, ask, over, until });
        Some(effect)
    }

    pub(super) fn act(&mut self, action: ChannelAction, fx: &mut Effects) -> Option<EffectId> {
        self.ask(SwitchRequest::Do(action), fx)
    }

    /// Has the channel parked again, unless that is already pending.
    pub(super) fn park_again(&mut self, fx: &mut Effects) {
        let ask = SwitchRequest::Do(ChannelAction::ParkAgain);
        if !self.channel.is_asking(&ask) {
            self.ask(ask, fx);
        }
    }

    /// The switch offers a control link for the channel. The newest one counts.
    pub(super) fn control_attached(
        &mut self,
        link: ControlLink,
        seen: &ChannelSeen,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        match link {
            ControlLink::Inbound if self.lifecycle.has_ended() && !self.closing.is_tearing_down() => {}
            ControlLink::Inbound => {
                let is_new = !std::mem::replace(&mut self.channel.has_inbound, true);
                if is_new && self.channel.outbound.is_none() {
                    fx.push(Effect::Listen(Listening::Inbound));
                    self.sound_changes_hands(fx);
                }
                self.link_came(seen, now, fx);
            }
            ControlLink::Outbound { control } if self.channel.outbound == Some(control) => {
                self.link_came(seen, now, fx);
            }
            ControlLink::Outbound { control } if self.numbers.is_new_control(control) => {
                self.outbound_came(control, seen, now, fx);
            }
            ControlLink::Outbound { .. } => {}
        }
    }

    fn outbound_came(&mut self, control: ControlId, seen: &ChannelSeen, now: UnixMs, fx: &mut Effects) {
        if self.lifecycle.has_ended() {
            fx.push(Effect::RefuseControl { control, next: self.closing.next().clone() });
            return self.parted(fx);
        }
        let is_unrouted = self.is_unrouted(seen.unrouted.as_deref());
        if is_unrouted {
            // They may be back before the switch reports that they left.
            self.channel
                .asked
                .retain(|asked| !matches!(asked.ask, SwitchRequest::Do(ChannelAction::Transfer(_))));
        }
        fx.push(Effect::TakeControl(control));
        // Its dialplan runs the connection and waits in it. Requests that replace those of the older link are made during this stay.
        self.audio.rules_mut().parked();
        if let Some(older) = self.channel.outbound.replace(control) {
            fx.push(Effect::ReleaseControl(older));
            self.link_died(ControlLink::Outbound { control: older }, now, fx);
        }
        if self.channel.has_inbound {
            fx.push(Effect::Listen(Listening::Outbound));
        }
        self.sound_changes_hands(fx);
        match is_unrouted {
            true => self.back_unrouted(seen.unrouted_for.unwrap_or(HandoffFailure::Unallocated), now, fx),
            false => self.back_from_where_sent(now, fx),
        }
        self.link_came(seen, now, fx);
    }

    /// A link has connected, or reports the channel's state again.
    fn link_came(&mut self, seen: &ChannelSeen, now: UnixMs, fx: &mut Effects) {
        self.line.apply(LineEvent::Linked(seen.switch.line()));
        self.channel.gone_until = None;
        self.channel.saw(seen);
        if self.channel.is_answered {
            self.audio.rules_mut().answered();
        }
        self.ask_again(fx);
        match *self.lifecycle.phase() {
            Phase::Ended => return,
            Phase::Waiting { .. } => self.await_audio(now),
            Phase::Interrupted { otherwise, .. } => {
                self.step(Step::Interrupt { until: now + self.policy.meet_timeout_ms, otherwise });
            }
            _ => {}
        }
        self.dialling_found(now, fx);
        self.bridge_seen(seen.bridged_with.as_deref(), now, fx);
        // The party that we call answers by themselves.
        let is_ours_to_answer = self.line.has_separate_audio()
            && self.policy.channel_mode() != ChannelMode::Audio
            && self.outgoing.callee().is_none();
        let answer = SwitchRequest::Do(ChannelAction::Answer);
        if !self.channel.is_answered && is_ours_to_answer && !self.channel.is_asking(&answer) {
            self.ask(answer, fx);
        }
        if seen.is_held == Some(false) {
            // A caller who is back with this link is not put on hold first.
            self.holding.apply(HoldEvent::PhoneReleases, now, fx);
        }
        self.meet(now, fx);
        match seen.is_held {
            Some(true) => self.phone_holds(now, fx),
            Some(false) => self.phone_unholds(now, fx),
            // The link reports if the phone has released them meanwhile.
            None if self.phone_holds_call() => self.phone_holds(now, fx),
            None => {}
        }
        self.begin_media(now, fx);
    }

    /// Sends the requests that wait for a link over the current one.
    fn ask_again(&mut self, fx: &mut Effects) {
        let Some(link) = self.channel.link() else { return };
        for asked in self.channel.asked.iter_mut().filter(|asked| asked.over.is_none()) {
            asked.over = Some(link);
            fx.push(asked.ask.over(link, asked.effect));
        }
    }

    /// The call's actor died. Repeatable requests are sent again.
    pub(super) fn ask_once_more(&mut self, fx: &mut Effects) {
        let repeatable = self.channel.asked.iter_mut().filter(|asked| asked.ask.can_be_repeated());
        repeatable.for_each(|asked| asked.over = None);
        self.ask_again(fx);
    }

    pub(super) fn control_lost(&mut self, link: ControlLink, now: UnixMs, fx: &mut Effects) {
        let before = self.channel.link();
        match link {
            ControlLink::Inbound if self.channel.has_inbound => self.channel.has_inbound = false,
            ControlLink::Outbound { control } if self.channel.outbound == Some(control) => {
                self.channel.outbound = None;
                // Its dialplan goes on to its next step.
                self.audio.rules_mut().left();
                if self.channel.has_inbound {
                    fx.push(Effect::Listen(Listening::Inbound));
                }
            }
            ControlLink::Inbound | ControlLink::Outbound { .. } => return,
        }
        if self.channel.link() != before {
            self.sound_changes_hands(fx);
        }
        self.link_died(link, now, fx);
        if self.channel.link().is_none() {
            self.control_is_gone(now, fx);
        }
    }

    /// Requests that were sent over a link that died are sent over another one, or their outcome is unknown.
    fn link_died(&mut self, dead: ControlLink, now: UnixMs, fx: &mut Effects) {
        let (again, unknown): (Vec<&mut PendingRequest>, Vec<&mut PendingRequest>) = self
            .channel
            .asked
            .iter_mut()
            .filter(|asked| asked.over == Some(dead))
            .partition(|asked| asked.ask.can_be_repeated());
        again.into_iter().for_each(|asked| asked.over = None);
        let unknown: Vec<EffectId> = unknown.into_iter().map(|asked| asked.effect).collect();
        self.ask_again(fx);
        for effect in unknown {
            self.action_done(effect, &ActionOutcome::Unknown, now, fx);
        }
    }

    /// Chunks of sound on their way to the caller belonged to a link that is gone. Other legs have none.
    fn sound_changes_hands(&self, fx: &mut Effects) {
        if self.caller.is_some() {
            fx.push(Effect::SoundPlayedBy(self.channel.link()));
        }
    }

    /// No link leads to the channel any more.
    fn control_is_gone(&mut self, now: UnixMs, fx: &mut Effects) {
        match self.lifecycle.phase() {
            Phase::Ended => self.parted(fx),
            // No requests are accepted for now. The room itself reports when one of them leaves it.
            Phase::WithPerson(_) if !self.line.reports_bridges() => {}
            Phase::WithPerson(_) => self.person_unwatched(now),
            Phase::SentOn(_) => self.transfer_succeeded(fx),
            // Audio goes on alone. Without audio nothing is left of the caller.
            Phase::Conversing | Phase::OnHold | Phase::TakingMessage(_) if self.caller.is_none() => {
                self.caller_lost(LostBy::Connection, now, fx);
            }
            Phase::Leaving(_) if self.caller.is_none() => self.last_words_heard(fx),
            _ => {}
        }
    }

    pub(super) fn channel_answered(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.channel.link().is_none() {
            return;
        }
        self.channel.answer_seen();
        self.audio.rules_mut().answered();
        self.dialling_found(now, fx);
        self.meet(now, fx);
        self.begin_media(now, fx);
    }

    /// A link reports the outcome of a request. A link that is gone reports that the outcome is unknown, or, for a request that came after
    /// its loss, that the switch never received it. Neither counts as an answer if the request is sent again over the next link.
    pub(super) fn action_reported(
        &mut self,
        effect: EffectId,
        outcome: &ActionOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let waits = |asked: &PendingRequest| asked.effect == effect && asked.over.is_none();
        if *outcome == ActionOutcome::Done || !self.channel.asked.iter().any(waits) {
            self.action_done(effect, outcome, now, fx);
        }
    }

    /// Handles the outcome of a request.
    pub(super) fn action_done(
        &mut self,
        effect: EffectId,
        outcome: &ActionOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let asked = &mut self.channel.asked;
        let Some(at) = asked.iter().position(|asked| asked.effect == effect) else { return };
        let ask = asked.remove(at).ask;
        let has_failed = matches!(outcome, ActionOutcome::Failed { .. });
        match ask {
            SwitchRequest::StartStream | SwitchRequest::StartUnicast { .. } if has_failed => {
                self.audio_start_failed(now, fx)
            }
            SwitchRequest::StartUnicast { .. } => self.unicast_begun(now, fx),
            SwitchRequest::BridgeCallee { handoff } if has_failed => {
                self.handoff_event(handoff, &HandoffEvent::NotJoined, now, fx);
            }
            SwitchRequest::Do(ChannelAction::StopStream) => self.stream_closed(now, fx),
            SwitchRequest::Do(ChannelAction::ParkAgain) => self.parked_again(outcome, now, fx),
            SwitchRequest::Do(ChannelAction::PlayMusic) if has_failed => self.switch_has_no_music(fx),
            SwitchRequest::Do(ChannelAction::Hold { channel }) if has_failed => {
                self.person_not_held(channel, fx);
            }
            SwitchRequest::Do(ChannelAction::Unhold { channel }) if *outcome != ActionOutcome::Done => {
                self.person_still_held(channel, now, fx);
            }
            SwitchRequest::Do(ChannelAction::Park { .. }) if has_failed => self.not_parked(now, fx),
            SwitchRequest::Do(ChannelAction::Park { .. }) if *outcome == ActionOutcome::Unknown => {
                self.perhaps_parked(now);
            }
            // If the outcome is unknown, the caller's audio will show that they are back.
            SwitchRequest::Do(ChannelAction::Fetch) if *outcome == ActionOutcome::Done => {
                self.fetch_done(effect, now, fx);
            }
            SwitchRequest::Do(ChannelAction::Record) if !has_failed => self.person_is_recorded(effect, fx),
            SwitchRequest::Do(ChannelAction::Play(_)) => self.prompt_ended(effect, outcome, now, fx),
            SwitchRequest::Do(ChannelAction::Transfer(_))
                if matches!(*self.lifecycle.phase(), Phase::SentOn(_)) =>
            {
                self.moved(outcome, now, fx);
            }
            SwitchRequest::Do(ChannelAction::Transfer(_)) if self.lifecycle.has_ended() => {
                self.transferred(outcome, fx);
            }
            // The switch knows no such channel, so there is nothing left to end.
            SwitchRequest::Do(ChannelAction::HangUp(_)) if has_failed => self.parted(fx),
            _ => {}
        }
    }

    /// Returns the phone at a target.
    pub(super) fn phone(&self, target: &DialplanTarget) -> crate::Phone {
        crate::Phone::at(target, self.channel.domain.as_deref())
    }
}
