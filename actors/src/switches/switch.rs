//! The trait that a kind of switch implements. Calls are made over it, and calls ask it about the channels that it has.

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId, OutsideId};
use cordboard_schema::switch::{ActionOutcome, HandoffFailure};
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::AnswerTo;
use crate::line::CallLine;
use crate::messages::{AwaitedDial, ChannelAction, Dial, Listening, Phone, SwitchShown, ToSwitch};

/// A phone that is rung for a caller whose channel the switch has.
#[derive(Debug)]
pub(crate) struct RingOrder {
    /// The hand-off's request.
    pub(crate) handoff: EffectId,
    /// The channel that the person's leg gets.
    pub(crate) channel: Uuid,
    /// The extension, or the outside number.
    pub(crate) phone: Phone,
    /// The caller's number, for the phone's display.
    pub(crate) caller_number: Option<String>,
    /// Ringing time in ms.
    pub(crate) timeout_ms: u64,
    /// The call that gets the reports.
    pub(crate) call: CallLine,
}

/// A caller's channel that a call wants reports about.
#[derive(Debug)]
pub(crate) struct WatchOrder {
    /// The channel.
    pub(crate) channel: Uuid,
    /// The call's id, by which the channel is marked.
    pub(crate) call_id: CallId,
    /// The channel of the person, if the call holds its caller by an earlier order.
    pub(crate) held_from: Option<Uuid>,
    /// Whether the caller's phone holds the call, as far as the call knows.
    pub(crate) phone_holds: bool,
    /// The call that gets the reports.
    pub(crate) call: CallLine,
}

/// An action that a call orders for its caller's channel.
#[derive(Debug)]
pub(crate) struct ActOrder {
    /// The channel.
    pub(crate) channel: Uuid,
    /// The request.
    pub(crate) effect: EffectId,
    /// The action.
    pub(crate) action: ChannelAction,
    /// The call that gets the reports.
    pub(crate) call: CallLine,
}

/// A person who was rung, or joined with a caller, by a process that died.
#[derive(Debug)]
pub(crate) struct PersonOrder {
    /// The caller's channel.
    pub(crate) channel: Uuid,
    /// The hand-off's request.
    pub(crate) handoff: EffectId,
    /// The channel of the person's leg.
    pub(crate) person: Uuid,
    /// Whether they are together; else the caller still waits for the person.
    pub(crate) is_joined: bool,
    /// The call that gets the reports.
    pub(crate) call: CallLine,
}

/// A kind of switch, as calls and the API use it. Its actor handles the messages on its [`SwitchLine`](crate::line::SwitchLine) by
/// [`Switch::take`], and reports to calls by facts.
///
/// Every switch can do what the first three functions do: make a call, stop making it, show its state. The others are for a
/// switch that has control of its callers' channels. A switch without control keeps their defaults, and gets no such orders: what
/// calls order follows from how their callers are reached ([`SwitchKind::line`](cordboard_schema::switch::SwitchKind::line)).
pub(crate) trait Switch {
    /// Makes a call, as [`ToSwitch::Dial`] describes. Never twice for the same channel.
    fn place_call(&mut self, dial: Dial, now: UnixMs);

    /// Reports on a call that a process that died had made, or may have, as [`ToSwitch::AwaitDialled`] describes. A switch that
    /// reports on every channel that is watched has nothing to do.
    fn await_call(&mut self, _dial: AwaitedDial, _now: UnixMs) {}

    /// Ends a call that is being made, whatever its progress: nobody waits for it any more.
    fn cancel_call(&mut self, channel: Uuid, now: UnixMs);

    /// Returns its state, for an administrator.
    fn shown(&self) -> SwitchShown;

    /// Rings a phone for a caller whom the switch holds. Reported as `handoff_ringing`, `handoff_accepted`, `handoff_failed`.
    fn ring_phone(&mut self, order: RingOrder, _now: UnixMs) {
        let RingOrder { handoff, call, .. } = order;
        call.fact(Fact::HandoffFailed { handoff, failure: HandoffFailure::Congestion });
    }

    /// Ends the leg of a person who was rung.
    fn stop_phone(&mut self, channel: Uuid, now: UnixMs) {
        self.cancel_call(channel, now);
    }

    /// Watches a caller's channel. Reported as `control_attached` and `control_lost` of the inbound link.
    fn watch_channel(&mut self, _order: WatchOrder, _now: UnixMs) {}

    /// Stops watching a channel, because its call is over.
    fn unwatch_channel(&mut self, _channel: Uuid, _now: UnixMs) {}

    /// Has a caller's channel do something (hold, park, bridge with a person, transfer, hang up, play, send keys). Reported as
    /// `action_done`.
    fn act_on_channel(&mut self, order: ActOrder, _now: UnixMs) {
        let ActOrder { effect, call, .. } = order;
        let reason = "the switch has no control of this channel".to_owned();
        call.fact(Fact::ActionDone { effect, outcome: ActionOutcome::Failed { reason } });
    }

    /// Finds out whether an extension can be reached.
    fn check_extension(&mut self, _phone: &Phone, answer_to: AnswerTo, _now: UnixMs) {
        answer_to.say(None);
    }

    /// Checks the place that a caller is to be sent to, and the phone there. Reported as `place_checked`.
    fn check_place(
        &mut self,
        effect: EffectId,
        _place: &DialplanTarget,
        phone: &Phone,
        call: CallLine,
        now: UnixMs,
    ) {
        self.check_extension(phone, AnswerTo::Transfer { effect, exists: None, call }, now);
    }

    /// Notes which channel belongs to an AudioSocket connection, as a dialplan has said.
    fn channel_named(&mut self, _channel: Uuid, _unique_id: &str, _now: UnixMs) {}

    /// Sends the call the events of its channel, or leaves that to another link.
    fn listen_to_channel(&mut self, _channel: Uuid, _listening: Listening, _now: UnixMs) {}

    /// Has chunks of sound played on this channel while no other link reports its events.
    fn take_sound_of(&mut self, _channel: Uuid) {}

    /// Continues to watch a person and a caller whom a process that died had left together.
    fn continue_handoff(&mut self, _order: PersonOrder) {}

    /// Ends what is left of a call that is over.
    fn end_call(&mut self, _name: &OutsideId) {}

    /// Handles a message from a call or from the API.
    fn take(&mut self, message: ToSwitch, now: UnixMs) {
        match message {
            ToSwitch::Dial(dial) => self.place_call(*dial, now),
            ToSwitch::AwaitDialled(dial) => self.await_call(*dial, now),
            ToSwitch::StopDialling { channel } => self.cancel_call(channel, now),
            // A requester that has stopped waiting misses nothing.
            ToSwitch::Ask(reply) => drop(reply.send(self.shown())),
            ToSwitch::Ring { handoff, channel, phone, caller_number, timeout_ms, call } => {
                self.ring_phone(RingOrder { handoff, channel, phone, caller_number, timeout_ms, call }, now);
            }
            ToSwitch::StopRinging { channel } => self.stop_phone(channel, now),
            ToSwitch::Watch { channel, call_id, held_from, phone_holds, call } => {
                self.watch_channel(WatchOrder { channel, call_id, held_from, phone_holds, call }, now);
            }
            ToSwitch::Unwatch { channel } => self.unwatch_channel(channel, now),
            ToSwitch::Act { channel, effect, action, call } => {
                self.act_on_channel(ActOrder { channel, effect, action, call }, now);
            }
            ToSwitch::CheckExtension { effect, phone, call } => {
                self.check_extension(&phone, AnswerTo::Call { effect, call }, now);
            }
            ToSwitch::AskExtension { phone, reply } => {
                self.check_extension(&phone, AnswerTo::Api(reply), now);
            }
            ToSwitch::CheckPlace { effect, place, phone, call } => {
                self.check_place(effect, &place, &phone, call, now);
            }
            ToSwitch::ChannelIs { channel, unique_id } => self.channel_named(channel, &unique_id, now),
            ToSwitch::Listen { channel, listening } => self.listen_to_channel(channel, listening, now),
            ToSwitch::TakeSound { channel } => self.take_sound_of(channel),
            ToSwitch::WithPerson { channel, handoff, person, is_joined, call } => {
                self.continue_handoff(PersonOrder { channel, handoff, person, is_joined, call });
            }
            ToSwitch::EndCall { name } => self.end_call(&name),
        }
    }
}
