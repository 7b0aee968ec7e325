//! The one trait that a kind of switch implements, so that calls are made over it, and ask it about the channels that it has.

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId, OutsideId};
use cordboard_schema::switch::{ActionOutcome, HandoffFailure};
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::AnswerTo;
use crate::line::CallLine;
use crate::messages::{ChannelAction, Dial, Listening, Phone, SwitchShown, ToSwitch};

/// A phone that is rung for a caller whose channel the switch has.
#[derive(Debug)]
pub(crate) struct RingOrder {
    /// The hand-off.
    pub(crate) handoff: EffectId,
    /// The channel that the person's leg gets.
    pub(crate) channel: Uuid,
    /// The extension, or the number outside.
    pub(crate) phone: Phone,
    /// The caller, for the phone's display.
    pub(crate) caller_number: Option<String>,
    /// How long it rings, in ms.
    pub(crate) timeout_ms: u64,
    /// The call that gets the reports.
    pub(crate) call: CallLine,
}

/// A caller's channel that a call wants to hear of.
#[derive(Debug)]
pub(crate) struct WatchOrder {
    /// The channel.
    pub(crate) channel: Uuid,
    /// The call's id, by which the channel is marked.
    pub(crate) call_id: CallId,
    /// The channel of the person whom the call holds its caller from, by an order that was given before.
    pub(crate) held_from: Option<Uuid>,
    /// The caller's phone holds the call, as far as the call knows.
    pub(crate) phone_holds: bool,
    /// The call that gets the reports.
    pub(crate) call: CallLine,
}

/// Something that a call has its caller's channel do.
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

/// A person whom a process that died had rung, or joined with a caller.
#[derive(Debug)]
pub(crate) struct PersonOrder {
    /// The caller's channel.
    pub(crate) channel: Uuid,
    /// The hand-off.
    pub(crate) handoff: EffectId,
    /// The channel of the person's leg.
    pub(crate) person: Uuid,
    /// They are together; else the caller waits for the person.
    pub(crate) is_joined: bool,
    /// The call that gets the reports.
    pub(crate) call: CallLine,
}

/// A kind of switch, as calls and the API know it. Its actor takes what comes on its [`SwitchLine`](crate::line::SwitchLine) by
/// [`Switch::take`], and tells calls by facts.
///
/// The first three functions are what every switch can do: make a call, stop making it, say its state. The others are for a
/// switch that has control of its callers' channels; one without it leaves them as they are, and is asked nothing in vain, for what
/// calls ask follows from how their callers are reached ([`SwitchKind::line`](cordboard_schema::switch::SwitchKind::line)).
pub(crate) trait Switch {
    /// Makes a call, as [`ToSwitch::Dial`] says. Never twice for a channel.
    fn place_call(&mut self, dial: Dial, now: UnixMs);

    /// Ends whatever there is of a call that is being made: nobody waits for it any more.
    fn cancel_call(&mut self, channel: Uuid, now: UnixMs);

    /// Its state, for an administrator.
    fn shown(&self) -> SwitchShown;

    /// Rings a phone for a caller whom it holds: reported as `handoff_ringing`, `handoff_accepted`, `handoff_failed`.
    fn ring_phone(&mut self, order: RingOrder, _now: UnixMs) {
        let RingOrder { handoff, call, .. } = order;
        call.fact(Fact::HandoffFailed { handoff, failure: HandoffFailure::Congestion });
    }

    /// Ends the leg of a person who was rung.
    fn stop_phone(&mut self, channel: Uuid, now: UnixMs) {
        self.cancel_call(channel, now);
    }

    /// Watches over a caller's channel: reported as `control_attached` and `control_lost` of the inbound link.
    fn watch_channel(&mut self, _order: WatchOrder, _now: UnixMs) {}

    /// The call that a channel was watched for is over.
    fn unwatch_channel(&mut self, _channel: Uuid, _now: UnixMs) {}

    /// Has a caller's channel do something (hold, park, bridge with a person, transfer, hang up, play, send keys); reported as
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

    /// Looks at the place that a caller is to be sent to, and at the phone there; reported as `place_checked`.
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

    /// A dialplan has said which channel is behind an AudioSocket connection.
    fn channel_named(&mut self, _channel: Uuid, _unique_id: &str, _now: UnixMs) {}

    /// Tells the call what happens on its channel, or leaves that to another link.
    fn listen_to_channel(&mut self, _channel: Uuid, _listening: Listening, _now: UnixMs) {}

    /// Has chunks of sound of this channel played while no other link tells of it.
    fn take_sound_of(&mut self, _channel: Uuid) {}

    /// Watches further over a person and a caller whom a process that died had left together.
    fn goes_on_with(&mut self, _order: PersonOrder) {}

    /// Ends what it still has of a call that is over.
    fn end_call(&mut self, _name: &OutsideId) {}

    /// Takes in what a call or the API wants.
    fn take(&mut self, message: ToSwitch, now: UnixMs) {
        match message {
            ToSwitch::Dial(dial) => self.place_call(*dial, now),
            ToSwitch::StopDialling { channel } => self.cancel_call(channel, now),
            // A requester that no longer waits misses nothing.
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
                self.goes_on_with(PersonOrder { channel, handoff, person, is_joined, call });
            }
            ToSwitch::EndCall { name } => self.end_call(&name),
        }
    }
}
