//! Requests to the caller's switch: over a control link of the call, or through the switch's own actor.

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::masked::is_withheld;
use cordboard_schema::switch::{ActionOutcome, ControlLink, HandoffFailure};
use tracing::{Instrument, error};
use uuid::Uuid;

use super::live_call::LiveCall;
use crate::messages::{
    CallLine, ChannelAction, ControlLine, GivenBy, Listening, Phone, PlaybackEvent, SwitchLine, ToControl,
    ToLeg, ToSwitch,
};
use crate::switches::SocketLeg;

/// Why audio of a channel can't be ordered.
const NO_ORDERED_AUDIO: &str = "channels of such a switch send no audio on request";

/// A link to the caller's channel.
enum ControlRoute {
    Control(ControlLine),
    Switch(Uuid, SwitchLine),
}

/// Returns what a phone shows of a caller. An extension shows that they withhold their number. Many trunks refuse a call from such a word, so
/// an outside number sees what the trunk itself shows, as if a third party is called.
fn shown_at<'a>(phone: &Phone, caller: Option<&'a str>) -> Option<&'a str> {
    caller.filter(|caller| phone.outside().is_none() || !is_withheld(caller))
}

/// Has a channel do something; returns the failure at once if the link is gone.
fn act_over(
    way: Option<ControlRoute>,
    effect: EffectId,
    action: ChannelAction,
    call: &CallLine,
) -> Option<Fact> {
    let is_sent = way.is_some_and(|way| match way {
        ControlRoute::Control(line) => line.order(ToControl::Act { effect, action }),
        ControlRoute::Switch(channel, switch) => {
            switch.tell(ToSwitch::Act { channel, effect, action, call: call.clone() })
        }
    });
    let reason = || "the link to the switch is gone".to_owned();
    (!is_sent).then(|| Fact::ActionDone { effect, outcome: ActionOutcome::Failed { reason: reason() } })
}

impl LiveCall {
    /// Sets which link reports the channel's events.
    pub(super) fn listen(&self, listening: Listening) {
        if let Some((channel, switch)) = self.channel.switch() {
            switch.tell(ToSwitch::Listen { channel, listening });
        }
    }

    /// Has the channel do something. If the link is gone, that is reported as the outcome.
    pub(super) fn act(&mut self, link: ControlLink, effect: EffectId, action: ChannelAction) {
        let way = self.way(link);
        let call = self.line.clone();
        if self.next_steps.is_caching() && matches!(action, ChannelAction::Transfer(_)) {
            let led_on = self.next_steps.may_be_led_on();
            let acting = async move {
                led_on.await;
                if let Some(fact) = act_over(way, effect, action, &call) {
                    call.fact(fact);
                }
            };
            actix_rt::spawn(acting.instrument(self.span.clone()));
        } else {
            self.agenda.extend(act_over(way, effect, action, &call));
        }
    }

    fn way(&self, link: ControlLink) -> Option<ControlRoute> {
        match link {
            ControlLink::Outbound { control } => {
                self.controls.line(control).cloned().map(ControlRoute::Control)
            }
            ControlLink::Inbound => {
                self.channel.switch().map(|(channel, switch)| ControlRoute::Switch(channel, switch.clone()))
            }
        }
    }

    pub(super) fn start_stream(&mut self, link: ControlLink, effect: EffectId) {
        let Some((uuid, kind)) = self.channel.known() else { return };
        match self.neighbours.starts.channel_audio(kind).map(|audio| audio.stream(uuid)) {
            Some(order) => self.act(link, effect, order),
            None => self.is_not_done(effect, NO_ORDERED_AUDIO.to_owned()),
        }
    }

    /// The socket is opened first, then the command is sent: the switch sends its first samples 20 ms later.
    pub(super) fn start_unicast(
        &mut self,
        leg: LegId,
        link: ControlLink,
        effect: EffectId,
        read_rate: Option<u32>,
    ) {
        let known = self.channel.known();
        let Some(audio) = known.and_then(|(_, kind)| self.neighbours.starts.channel_audio(kind)) else {
            return self.is_not_done(effect, NO_ORDERED_AUDIO.to_owned());
        };
        let leg_kind = audio.leg_kind();
        match audio.socket(SocketLeg { leg, read_rate, call: self.line.clone() }) {
            Ok((line, order)) => {
                self.leg_began(leg, leg_kind, line, true);
                self.act(link, effect, order);
            }
            Err(error) => {
                error!(%error, "no UDP socket for the caller's audio can be bound");
                self.is_not_done(effect, format!("no UDP socket can be bound here: {error}"));
            }
        }
    }

    fn is_not_done(&mut self, effect: EffectId, reason: String) {
        self.agenda.add(Fact::ActionDone { effect, outcome: ActionOutcome::Failed { reason } });
    }

    pub(super) fn check_extension(&mut self, effect: EffectId, phone: Phone) {
        let is_sent = self.channel.switch().is_some_and(|(_, switch)| {
            switch.tell(ToSwitch::CheckExtension { effect, phone, call: self.line.clone() })
        });
        if !is_sent {
            self.agenda.add(Fact::ExtensionChecked { effect, checked: None });
        }
    }

    pub(super) fn check_place(&mut self, effect: EffectId, place: DialplanTarget, phone: Phone) {
        let is_sent = self.channel.switch().is_some_and(|(_, switch)| {
            switch.tell(ToSwitch::CheckPlace { effect, place, phone, call: self.line.clone() })
        });
        if !is_sent {
            self.agenda.add(Fact::PlaceChecked { effect, exists: None, extension: None });
        }
    }

    pub(super) fn ring(&mut self, handoff: EffectId, phone: Phone, timeout_ms: u64) {
        let channel = self.agent_channel(handoff);
        let caller_number = shown_at(&phone, self.channel.caller_number()).map(str::to_owned);
        let call = self.line.clone();
        let is_sent = self.channel.switch().is_some_and(|(_, switch)| {
            switch.tell(ToSwitch::Ring { handoff, channel, phone, caller_number, timeout_ms, call })
        });
        if !is_sent {
            self.agenda.add(Fact::HandoffFailed { handoff, failure: HandoffFailure::Congestion });
        }
    }

    pub(super) fn stop_ringing(&self, handoff: EffectId) {
        if let Some((_, switch)) = self.channel.switch() {
            switch.tell(ToSwitch::StopRinging { channel: self.agent_channel(handoff) });
        }
    }

    /// The channel of the person who is asked to take over.
    pub(super) fn agent_channel(&self, handoff: EffectId) -> Uuid {
        self.id().person(handoff)
    }

    /// Passes the switch's reports on chunks to the leg that sent them.
    pub(super) fn pass_playback_on(&self, event: PlaybackEvent) {
        if let Some(line) = self.machine.caller().and_then(|caller| self.legs.line(caller)) {
            line.order(ToLeg::Playback(event));
        }
    }

    /// The leg wants the sound that it has sent to stop. This is no decision: the machine has emptied the leg's ear,
    /// and this is the rest of it.
    pub(super) fn stop_playback(&mut self, next_chunk: u64, given_by: GivenBy) {
        match self.machine.link() {
            Some(link) => {
                self.act(link, EffectId(0), ChannelAction::StopPlayback { next_chunk, given_by });
            }
            None => self.pass_playback_on(PlaybackEvent::Emptied),
        }
    }

    /// Another link has the switch play what the caller's leg sends, or no link does. The leg sends nothing until
    /// that link reports that it gets events, because a chunk that is sent before would never be reported.
    pub(super) fn sound_played_by(&mut self, link: Option<ControlLink>) {
        self.pass_playback_on(PlaybackEvent::Lost);
        match link {
            Some(ControlLink::Outbound { control }) => {
                if let Some(line) = self.controls.line(control) {
                    line.order(ToControl::TakeSound);
                }
            }
            Some(ControlLink::Inbound) => {
                if let Some((channel, switch)) = self.channel.switch() {
                    switch.tell(ToSwitch::TakeSound { channel });
                }
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_trunk_gets_no_word_as_a_callers_number() {
        let inside = Phone::at(&"people,2001,1".parse().unwrap(), None);
        let outside =
            Phone::of(&from_value(json!({ "dial": "number", "number": "+49301234" })).unwrap(), None);
        let caller = Some("+4930123456");
        assert_eq!((shown_at(&inside, caller), shown_at(&outside, caller)), (caller, caller));
        let withheld = Some("anonymous");
        assert_eq!((shown_at(&inside, withheld), shown_at(&outside, withheld)), (withheld, None));
        assert_eq!((shown_at(&inside, None), shown_at(&outside, None)), (None, None));
    }
}
