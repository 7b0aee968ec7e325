//! The end of a call whose caller has a channel on a switch: the channel is ended or sent on, and only then are its links left.
//!
//! If a link were left before the switch has done this, the caller's dialplan would go on by itself.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::caller_line::ChannelAudio;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::time::UnixMs;

use super::{Effect, Effects, Machine, Phase};
use crate::ChannelAction;

/// How long after a channel's end was noticed the switch's report of it may come, in ms. It usually takes milliseconds.
const WORD_MS_MAX: u64 = 1_000;

/// The place of the caller at the end of their call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parting {
    /// They were with us to the end, or with a person whom we had rung, or their phone is still ringing.
    pub(super) is_with_us: bool,
    /// A link that is lost is awaited, as long as the switch's answer would be.
    pub(super) waits_for_link: bool,
}

impl Machine {
    /// Has the channel ended, or sent where the caller goes, once the call is over.
    pub(super) fn part(
        &mut self,
        ending: &Ending,
        next: &NextStep,
        parting: Parting,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.channel.forget_asked();
        self.channel.await_no_end();
        if !self.has_channel() {
            return;
        }
        // We don't hang up a caller whom their dialplan has taken elsewhere.
        let is_elsewhere = !self.line.has_separate_audio() && !parting.is_with_us;
        // When the stream of a caller served by documents ends, their switch asks for them. It is told separately that a call is over
        // (`Effect::EndBySwitch`).
        let is_led_out = self.channel.is_in_room() && matches!(next, NextStep::Goto(_));
        let asks_for_next = self.line.asks_what_next() && !is_led_out;
        let is_in_reach = self.channel.link().is_some() || parting.waits_for_link;
        if self.channel.is_gone() || !is_in_reach || is_elsewhere || asks_for_next {
            return self.parted(fx);
        }
        self.closing.teardown_begins(now);
        match next {
            NextStep::Goto(target) => {
                // A stream belongs to the channel, and would end with it.
                if self.audio.carrier() == Some(ChannelAudio::Websocket) {
                    self.act(ChannelAction::StopStream, fx);
                }
                self.act(ChannelAction::Transfer(target.clone()), fx);
            }
            NextStep::Hangup | NextStep::Again => {
                self.channel.over();
                self.act(ChannelAction::HangUp(ending.cause.clone()), fx);
            }
        }
    }

    /// The channel is where it belongs, or is no longer awaited: leaves its link.
    pub(super) fn parted(&mut self, fx: &mut Effects) {
        self.closing.teardown_is_over();
        self.channel.forget_asked();
        fx.extend(self.channel.take_kept_legs().into_iter().map(Effect::ReleaseLeg));
        fx.extend(self.channel.take_outbound().map(Effect::ReleaseControl));
        self.channel.leave_inbound();
    }

    /// Handles the outcome of sending the caller on. A caller whom the switch could not send anywhere is not left in silence.
    pub(super) fn transferred(&mut self, outcome: &ActionOutcome, fx: &mut Effects) {
        match outcome {
            // In a room no switch asks for the next step.
            ActionOutcome::Failed { .. } if self.channel.is_in_room() => {
                fx.push(Effect::EndBySwitch);
                self.parted(fx);
            }
            // The leg ends, and the dialplan asks where to go.
            _ if self.line.continues_after_leg() => self.parted(fx),
            ActionOutcome::Failed { .. } => {
                self.channel.over();
                self.act(ChannelAction::HangUp(HangupCause::transferred()), fx);
            }
            ActionOutcome::Done | ActionOutcome::Unknown => self.parted(fx),
        }
    }

    /// The switch has no such channel. It forgets a channel only after it has reported its end, but that report travels another way, or is
    /// queued after other events of the channel.
    pub(super) fn channel_gone(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Phase::Dialling(dialling) = *self.lifecycle.phase() {
            return self.dialled_channel_gone(dialling, fx);
        }
        if self.lifecycle.has_ended() || self.channel.link().is_none() {
            return self.gone_without_a_word(fx);
        }
        self.channel.await_end(now + WORD_MS_MAX);
    }

    /// The end of the channel was not reported.
    pub(super) fn gone_without_a_word(&mut self, fx: &mut Effects) {
        self.hung_up(HangupBy::Switch, &HangupCause::channel_gone(), fx);
    }

    /// The channel has ended: by whom, and why.
    pub(super) fn hung_up(&mut self, by: HangupBy, cause: &HangupCause, fx: &mut Effects) {
        if self.is_taken_back_late(by, cause) {
            return;
        }
        self.channel.await_no_end();
        if matches!(by, HangupBy::Caller | HangupBy::Switch) {
            self.channel.gone();
        }
        let is_over = match by {
            HangupBy::Caller => true,
            // A channel that a switch does not know, or of which it has only ended the connection, may be elsewhere.
            HangupBy::Switch => *cause != HangupCause::channel_gone(),
            _ => false,
        };
        if is_over {
            self.channel.over();
        }
        if self.lifecycle.has_ended() {
            if self.channel.is_gone() {
                self.parted(fx);
            }
            return;
        }
        if matches!(*self.lifecycle.phase(), Phase::ScriptedLine(_)) {
            return self.hung_up_by_document(by, cause, fx);
        }
        if self.is_sent_there() && self.channel.is_gone() {
            return self.hung_up_on_the_way(by, cause, fx);
        }
        if matches!(*self.lifecycle.phase(), Phase::Dialling(_)) && self.channel.is_gone() {
            return self.dialled_channel_hung_up(by, cause, fx);
        }
        self.end(Ending { cause: cause.clone(), by }, NextStep::Hangup, fx);
    }
}
