//! The audio of a channel under our control: started, started again, lost, and done without.
//!
//! ```text
//! Off ──> Starting ──joined──> (a leg joined: Off) ──lost──> Again, 300 ms later ──> Starting
//!           │ failed, or nothing arrived in 2.5 s; a stream that has arrived gets 2.5 s more to join
//!           └──> Again ──> Closing ──> Starting ──failed again──> Off: the call goes on without audio once its time to meet is over
//! ```

use cordboard_schema::call::{Ending, HangupBy, HangupCause, LegKind};
use cordboard_schema::caller_line::{ChannelAudio, ChannelMode, LineKind};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::OutsideId;
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::time::UnixMs;

use super::channel::SwitchRequest;
use super::line::LineEvent;
use super::{Effect, Effects, LostBy, Machine, Phase, note};
use crate::ChannelAction;
use crate::unicast::{UnicastForbidden, UnicastRules};

/// How long audio may take to arrive before its start is repeated, in ms. It usually takes 60 ms.
const START_MS_MAX: u64 = 2_500;
/// How long a stream that has arrived may take to join, in ms. Its leg joins 200 ms after its request was answered, and ends if the answer
/// takes 2 s.
const JOIN_MS_MAX: u64 = 2_500;
/// Pause after a failed start before the next one, in ms.
const RETRY_AFTER_MS: u64 = 500;
/// How long the switch may take to close the attached stream, in ms. Its module waits 1 s for our side of it.
const CLOSING_MS_MAX: u64 = 1_500;
/// Pause after the loss of audio before it is started again, in ms. A hang-up, which closes the audio too, is reported within this time.
const LOSS_SETTLES_MS: u64 = 300;

/// The state of a channel's audio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AudioHalf {
    state: AudioState,
    /// Whether this start is the second one.
    retried: bool,
    /// Whether the channel was parked again for this start.
    reparked: bool,
    rules: UnicastRules,
    /// The carrier of the leg that is connected or joining.
    carrier: Option<ChannelAudio>,
    /// Whether the leg has shown that it belongs to the channel.
    is_confirmed: bool,
    /// Whether the switch was given the token of a start of ours. From then on a WebSocket without a token is a stranger's.
    is_token_due: bool,
    /// Whether the interruption of the call has still to be reported. A hang-up closes the audio too, and its report may come a moment
    /// later.
    is_loss_unreported: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum AudioState {
    /// No audio is wanted, it is connected, or it was given up.
    #[default]
    Off,
    /// To be started at this time.
    Again { at: UnixMs },
    /// Started; awaited until then.
    Starting { until: UnixMs },
    /// The channel is being parked, so that the audio can be started.
    Parking,
    /// Streams that the switch may still have attached are being closed. The audio is started after that, or at this time at the latest.
    Closing { until: UnixMs },
}

impl AudioHalf {
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        match self.state {
            AudioState::Again { at } => Some(at),
            AudioState::Starting { until } | AudioState::Closing { until } => Some(until),
            AudioState::Off | AudioState::Parking => None,
        }
    }

    /// Returns the carrier of the leg that is connected or joining.
    pub(super) fn carrier(&self) -> Option<ChannelAudio> {
        self.carrier
    }

    /// Returns the rules of the channel's unicast, for reporting events of the channel to them.
    pub(super) fn rules_mut(&mut self) -> &mut UnicastRules {
        &mut self.rules
    }

    pub(super) fn admits_playback(&self) -> bool {
        self.rules.admits_playback()
    }

    /// The loss no longer has to be reported.
    pub(super) fn loss_reported(&mut self) {
        self.is_loss_unreported = false;
    }

    /// Nothing is awaited any more.
    pub(super) fn rest(&mut self) {
        (self.state, self.retried, self.reparked) = (AudioState::Off, false, false);
    }
}

impl Machine {
    /// The switch or service has its own id for the call.
    pub(super) fn named_outside(&mut self, outside_id: &OutsideId) {
        let given_by = outside_id.given_by().filter(|switch| switch.line() == LineKind::Channel);
        if given_by.and_then(|switch| switch.channel(outside_id)).is_some() {
            self.line.apply(LineEvent::ChannelNamed);
        }
    }

    /// Whether a switch under our control has the caller's channel.
    pub(super) fn has_channel(&self) -> bool {
        self.line.has_channel(self.link().is_some())
    }

    /// Whether to refuse a connection under the channel's name: a stranger who knows the name has no token.
    pub(super) fn is_missing_token(&self, leg_kind: LegKind, confirmed: bool) -> bool {
        // If the dialplan has opened our link in dual mode, we start the audio. Audio that we did not start has no token.
        let is_started_by_us = self.channel.has_outbound() && self.policy.channel_mode() == ChannelMode::Dual;
        leg_kind.line() == LineKind::Channel && !confirmed && (self.audio.is_token_due || is_started_by_us)
    }

    /// A connection came under the channel's name. It is kept while it joins, however late it was started.
    pub(super) fn stream_arrived(&mut self, leg_kind: LegKind, confirmed: bool, now: UnixMs) {
        if leg_kind.line() == LineKind::Channel {
            self.line.apply(LineEvent::ChannelNamed);
            self.audio.carrier = Some(ChannelAudio::Websocket);
            self.audio.is_confirmed = confirmed;
            if matches!(self.audio.state, AudioState::Starting { .. }) {
                self.audio.state = AudioState::Starting { until: now + JOIN_MS_MAX };
            }
        }
    }

    /// Whether the channel's WebSocket has arrived but not joined yet.
    pub(super) fn is_stream_joining(&self) -> bool {
        self.arriving.is_some() && self.audio.carrier == Some(ChannelAudio::Websocket)
    }

    /// Whether the caller's leg certainly belongs to the call. In dual mode anyone who knows the channel's name could open a WebSocket, so
    /// it must bring the token of our own start, or a switch must confirm the channel.
    pub(super) fn is_leg_confirmed(&self) -> bool {
        let is_open = self.policy.channel_mode() == ChannelMode::Audio;
        self.audio.carrier.is_none() || is_open || self.audio.is_confirmed || self.link().is_some()
    }

    /// The channel can be controlled and is answered: continues with what the channel mode requires.
    pub(super) fn begin_media(&mut self, now: UnixMs, fx: &mut Effects) {
        // The audio of other lines is brought by a dialplan or a document.
        if !self.line.has_separate_audio() || !self.channel.is_answered() || self.channel.is_bridged() {
            return;
        }
        let is_wanted = self.needs_audio() && self.policy.channel_mode() != ChannelMode::Audio;
        match self.audio.state {
            // Its dialplan is running our connection, or a bridge has left it parked and no dialplan goes on.
            AudioState::Off | AudioState::Again { .. }
                if is_wanted && (self.channel.has_outbound() || self.audio.rules.is_parked()) =>
            {
                self.start_media(now, fx);
            }
            // Without its own connection the channel may be anywhere in its dialplan, which may be about to open one.
            AudioState::Off if is_wanted => self.audio.state = AudioState::Again { at: now + START_MS_MAX },
            _ => {}
        }
    }

    fn start_media(&mut self, now: UnixMs, fx: &mut Effects) {
        self.report_loss(fx);
        if !self.line.has_separate_audio() {
            return self.audio.rest();
        }
        match self.policy.channel_mode() {
            ChannelMode::Esl if self.needs_audio() => self.go_on_without_audio(now, fx),
            _ => self.start_audio(now, fx),
        }
    }

    fn needs_audio(&self) -> bool {
        let wants = matches!(*self.lifecycle.phase(), Phase::Waiting { .. } | Phase::Interrupted { .. });
        let can_start = self.channel.is_answered() && !self.channel.is_bridged() && self.link().is_some();
        wants && can_start && self.caller.is_none() && self.arriving.is_none()
    }

    fn start_audio(&mut self, now: UnixMs, fx: &mut Effects) {
        self.audio.state = AudioState::Off;
        if !self.needs_audio() {
            return;
        }
        match self.policy.channel_audio() {
            ChannelAudio::Websocket if self.audio.retried => {
                // A stream that the switch still has attached, for example after we sent CLOSE, keeps out the new one until it is stopped.
                // Both are jobs of the switch, which it runs in no fixed order.
                self.act(ChannelAction::StopStream, fx);
                self.audio.state = AudioState::Closing { until: now + CLOSING_MS_MAX };
            }
            ChannelAudio::Websocket => self.start_stream(now, fx),
            ChannelAudio::Unicast => self.start_unicast(now, fx),
        }
    }

    fn start_stream(&mut self, now: UnixMs, fx: &mut Effects) {
        self.ask(SwitchRequest::StartStream, fx);
        self.audio.is_token_due = true;
        self.audio.state = AudioState::Starting { until: now + START_MS_MAX };
    }

    /// The switch has closed the attached stream, or there was none.
    pub(super) fn stream_closed(&mut self, now: UnixMs, fx: &mut Effects) {
        if matches!(self.audio.state, AudioState::Closing { .. }) {
            self.audio.state = AudioState::Off;
            if self.needs_audio() {
                self.start_stream(now, fx);
            }
        }
    }

    fn start_unicast(&mut self, now: UnixMs, fx: &mut Effects) {
        match self.audio.rules.start() {
            Ok(()) => {
                let leg = self.number_leg();
                self.arriving = Some(leg);
                self.audio.carrier = Some(ChannelAudio::Unicast);
                self.audio.is_confirmed = true;
                self.ask(SwitchRequest::StartUnicast { leg, read_rate: self.channel.read_rate() }, fx);
                self.audio.state = AudioState::Starting { until: now + START_MS_MAX };
            }
            Err(UnicastForbidden::NotParked | UnicastForbidden::Used | UnicastForbidden::Playback)
                if !self.audio.reparked =>
            {
                self.audio.reparked = true;
                self.audio.state = AudioState::Parking;
                self.park_again(fx);
            }
            Err(_) => {}
        }
    }

    /// The outcome of parking the channel again.
    pub(super) fn parked_again(&mut self, outcome: &ActionOutcome, now: UnixMs, fx: &mut Effects) {
        if *outcome == ActionOutcome::Done {
            self.audio.rules.parked();
        }
        match self.audio.state {
            AudioState::Parking => self.start_audio(now, fx),
            _ => self.continue_menu(now, fx),
        }
    }

    /// The start failed, or its audio was gone before it joined. A repeated start fails because the stream of the first one is already
    /// there.
    pub(super) fn audio_start_failed(&mut self, now: UnixMs, fx: &mut Effects) {
        // A slow switch has not begun the unicast yet. If the channel were parked again before that, the switch would begin the old unicast
        // in the new stay, alongside the next one.
        let is_begun = !self.channel.is_starting_unicast();
        if matches!(self.audio.state, AudioState::Starting { .. }) && !self.is_stream_joining() && is_begun {
            self.start_again_at(now + RETRY_AFTER_MS, fx);
        }
    }

    /// The switch has begun a unicast. If its leg is gone by then, the unicast is started again.
    pub(super) fn unicast_begun(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.arriving.is_none() {
            self.audio_start_failed(now, fx);
        }
    }

    fn start_again_at(&mut self, at: UnixMs, fx: &mut Effects) {
        fx.extend(self.arriving.take().map(Effect::ReleaseLeg));
        let is_last = std::mem::replace(&mut self.audio.retried, true);
        self.audio.state = if is_last { AudioState::Off } else { AudioState::Again { at } };
    }

    pub(super) fn audio_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        match self.audio.state {
            AudioState::Again { .. } => self.start_media(now, fx),
            AudioState::Starting { .. } => self.start_again_at(now, fx),
            AudioState::Closing { .. } => self.stream_closed(now, fx),
            AudioState::Off | AudioState::Parking => {}
        }
    }

    /// Whether the call goes on although this leg is gone, because its channel is under our control.
    pub(super) fn outlives_its_audio(&self) -> bool {
        let is_elsewhere = matches!(*self.lifecycle.phase(), Phase::WithPerson(_) | Phase::SentOn(_));
        let can_tell = self.line.reports_cause_of_end(self.policy.channel_mode());
        is_elsewhere || (can_tell && self.link().is_some())
    }

    /// The leg is gone, but as far as is known the channel is alive.
    pub(super) fn audio_lost(&mut self, now: UnixMs, fx: &mut Effects) {
        if matches!(self.audio.state, AudioState::Starting { .. }) {
            return self.audio_start_failed(now, fx);
        }
        match self.lifecycle.phase().clone() {
            Phase::Dialling(_)
            | Phase::WithPerson(_)
            | Phase::AgentToAgentCall(_)
            | Phase::SentOn(_)
            | Phase::ScriptedLine(_)
            | Phase::Ended => {}
            Phase::Voicemail(voicemail) if !voicemail.is_detecting() => self.end_with_mailbox(fx),
            Phase::LiveAnswer(_) => self.end_without_agent(fx),
            Phase::Leaving(leaving) => self.end(leaving.ending, leaving.next, fx),
            Phase::Waiting { .. } | Phase::Interrupted { .. } => self.audio_settles(now),
            Phase::Conversing
            | Phase::Voicemail(_)
            | Phase::OnHold
            | Phase::TakingMessage(_)
            | Phase::WithAgents { .. } => {
                self.caller_lost(LostBy::Connection, now, fx);
                self.audio_settles(now);
            }
        }
    }

    /// Interrupts the call until then. If only the audio is lost, the call may be over, which would be reported soon.
    pub(super) fn is_interrupted(&mut self, lost_by: LostBy, until: UnixMs, fx: &mut Effects) {
        self.audio.is_loss_unreported =
            lost_by == LostBy::Stop || (lost_by == LostBy::Connection && self.outlives_its_audio());
        if !self.audio.is_loss_unreported {
            fx.push(note(Decision::Interrupted { until }));
        }
    }

    /// Reports the loss: it was not a hang-up.
    pub(super) fn report_loss(&mut self, fx: &mut Effects) {
        if let (true, Phase::Interrupted { until, .. }) =
            (std::mem::take(&mut self.audio.is_loss_unreported), self.lifecycle.phase())
        {
            fx.push(note(Decision::Interrupted { until: *until }));
        }
    }

    fn audio_settles(&mut self, now: UnixMs) {
        let waits = matches!(*self.lifecycle.phase(), Phase::Waiting { .. } | Phase::Interrupted { .. });
        if waits && (self.line.is_elsewhere_if_away() || self.policy.channel_mode() == ChannelMode::Dual) {
            self.audio.rest();
            self.audio.state = AudioState::Again { at: now + LOSS_SETTLES_MS };
        }
    }

    /// The time for the halves to meet, or for audio to come back, is over. Decides how the call goes on.
    pub(super) fn not_met(&mut self, otherwise: HangupCause, now: UnixMs, fx: &mut Effects) {
        let by_server = |cause| Ending { cause, by: HangupBy::Server };
        if self.caller.is_some() {
            return self.end(by_server(HangupCause::unconfirmed()), NextStep::Hangup, fx);
        }
        if self.line.is_elsewhere_if_away() && self.link().is_some() && self.answered_at.is_some() {
            // The caller's channel is alive, and their dialplan has not brought them back, so they are somewhere else.
            let ending = Ending { cause: HangupCause::transferred(), by: HangupBy::Switch };
            return self.end(ending, NextStep::Hangup, fx);
        }
        let is_there = self.line.has_separate_audio() && self.link().is_some();
        let can_go_on = is_there && self.channel.is_answered() && !self.channel.is_bridged();
        match can_go_on && self.policy.channel_mode() != ChannelMode::Audio {
            true => self.go_on_without_audio(now, fx),
            false => self.end(by_server(otherwise), NextStep::Hangup, fx),
        }
    }
}
