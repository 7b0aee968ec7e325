//! The caller's channel on a switch under control, and the requests over its links.

use cordboard_schema::caller_line::LineKind;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::ids::{EffectId, LegId, OutsideId};
use cordboard_schema::switch::{ActionOutcome, ControlLink, HandoffFailure, SwitchKind};
use tracing::{Instrument, error, warn};
use uuid::Uuid;

use super::live_call::{HeldChannel, LiveCall};
use super::neighbours::Held;
use crate::messages::{
    CallLine, ChannelAction, ControlLine, GivenBy, Listening, Phone, PlaybackEvent, SwitchLine, ToControl,
    ToLeg, ToSwitch,
};
use crate::switches::{Holders, SocketLeg};

/// The variable of an announcement that names the caller's channel on a switch that has a name of its own for it.
const UNIQUE_ID: &str = "uniqueid";

/// Why audio of a channel can't be ordered.
const NO_ORDERED_AUDIO: &str = "channels of such a switch send no audio when they are told to";

/// A link to the caller's channel.
enum ControlRoute {
    Control(ControlLine),
    Switch(Uuid, SwitchLine),
}

/// Has a channel do something; the answer, where the link is gone.
fn act_over(
    way: Option<ControlRoute>,
    effect: EffectId,
    action: ChannelAction,
    call: &CallLine,
) -> Option<Fact> {
    let is_told = way.is_some_and(|way| match way {
        ControlRoute::Control(line) => line.order(ToControl::Act { effect, action }),
        ControlRoute::Switch(channel, switch) => {
            switch.tell(ToSwitch::Act { channel, effect, action, call: call.clone() })
        }
    });
    let reason = || "the link to the switch is gone".to_owned();
    (!is_told).then(|| Fact::ActionDone { effect, outcome: ActionOutcome::Failed { reason: reason() } })
}

impl LiveCall {
    /// The call has a channel of this name on a switch of this kind, which is the one of this name where that is known. The switches that
    /// may hold it are asked to watch over it.
    pub(super) fn holds_channel(&mut self, kind: SwitchKind, uuid: Uuid, server: Option<String>) {
        let known = self.channel.as_ref().map(|channel| (channel.uuid, channel.server.is_some()));
        if known
            .is_some_and(|(known, is_server_known)| known == uuid && (is_server_known || server.is_none()))
        {
            return;
        }
        let line = kind.line();
        let Holders { may_hold, holds } = match line {
            LineKind::Documents => self.served_by(kind).map(Holders::one).unwrap_or_default(),
            _ => self.holders(kind, server.as_deref()),
        };
        if may_hold.is_empty() && line != LineKind::Channel {
            return;
        }
        self.forget_channel();
        self.watch(uuid, may_hold.iter());
        if let (LineKind::Documents, Some(switch), Some((handoff, is_joined))) =
            (line, &holds, self.machine.handed_to())
        {
            let (person, call) = (self.agent_channel(handoff), self.line.clone());
            switch.tell(ToSwitch::WithPerson { channel: uuid, handoff, person, is_joined, call });
        }
        self.channel =
            Some(HeldChannel { uuid, kind, server, switch: holds, told: may_hold, caller_number: None });
    }

    fn holders(&self, kind: SwitchKind, server: Option<&str>) -> Holders {
        let held = Held { kind, server, account: self.machine.policy().account() };
        self.neighbours.starts.holders(self.identity.organization_id, held)
    }

    /// Has the switch that serves the caller by documents end a call that is over here.
    pub(super) fn end_by_switch(&mut self) {
        let Some(name) = self.name_there.clone() else { return };
        let Some(switch) = name.given_by().and_then(|kind| self.served_by(kind)) else { return };
        // If its actor is gone, the call still ends with its stream.
        if !switch.tell(ToSwitch::EndCall { name: name.clone() }) {
            warn!(call = %name, "the switch can't be told that a call is over");
        }
    }

    /// The caller's name at the switch that serves them by documents, where it is one.
    pub(super) fn note_name_there(&mut self, name: &OutsideId) {
        if name.given_by().is_some_and(|kind| kind.line() == LineKind::Documents) {
            self.name_there = Some(name.clone());
        }
    }

    /// The way to the account that serves the caller by documents. The call goes on with the one that it began with, whatever
    /// becomes of the account elsewhere.
    fn served_by(&mut self, kind: SwitchKind) -> Option<SwitchLine> {
        if self.served_by.is_none() {
            self.served_by = self.holders(kind, None).holds;
        }
        self.served_by.clone()
    }

    fn watch<'a>(&self, channel: Uuid, switches: impl Iterator<Item = &'a SwitchLine>) {
        for switch in switches {
            let (call_id, call, held_from) = (self.id(), self.line.clone(), self.machine.held_from());
            switch.tell(ToSwitch::Watch { channel, call_id, held_from, call });
        }
    }

    /// The switch of this name has the caller.
    pub(super) fn held_by(&mut self, server: &str) {
        let switch = self.neighbours.starts.switch(server);
        if let Some(channel) = &mut self.channel {
            (channel.server, channel.switch) = (Some(server.to_owned()), switch);
        }
    }

    /// A dialplan has said what it knows of the caller.
    pub(super) fn hear_announcement(&mut self, announcement: &Announcement) {
        let Some(channel) = &mut self.channel else { return };
        if let Some(from) = &announcement.from {
            channel.caller_number = Some(from.clone());
        }
        if let Some(unique_id) = announcement.variables.get(UNIQUE_ID) {
            for switch in &channel.told {
                let unique_id = unique_id.clone();
                switch.tell(ToSwitch::ChannelIs { channel: channel.uuid, unique_id });
            }
        }
    }

    /// The call has nothing to do with its channel any more.
    pub(super) fn forget_channel(&mut self) {
        if let Some(HeldChannel { uuid, told, .. }) = self.channel.take() {
            for switch in told {
                switch.tell(ToSwitch::Unwatch { channel: uuid });
            }
        }
    }

    /// Source of the channel's events.
    pub(super) fn listen(&self, listening: Listening) {
        if let Some((channel, switch)) = self.switch() {
            switch.tell(ToSwitch::Listen { channel, listening });
        }
    }

    /// Has the channel do something. A link that is gone is an answer too.
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
            self.facts.extend(act_over(way, effect, action, &call));
        }
    }

    fn way(&self, link: ControlLink) -> Option<ControlRoute> {
        match link {
            ControlLink::Outbound { control } => {
                self.controls.line(control).cloned().map(ControlRoute::Control)
            }
            ControlLink::Inbound => {
                self.switch().map(|(channel, switch)| ControlRoute::Switch(channel, switch.clone()))
            }
        }
    }

    fn switch(&self) -> Option<(Uuid, &SwitchLine)> {
        let HeldChannel { uuid, switch: Some(switch), .. } = self.channel.as_ref()? else { return None };
        Some((*uuid, switch))
    }

    pub(super) fn start_stream(&mut self, link: ControlLink, effect: EffectId) {
        let Some(&HeldChannel { uuid, kind, .. }) = self.channel.as_ref() else { return };
        match self.neighbours.starts.channel_audio(kind).map(|audio| audio.stream(uuid)) {
            Some(order) => self.act(link, effect, order),
            None => self.is_not_done(effect, NO_ORDERED_AUDIO.to_owned()),
        }
    }

    /// Our socket first, then the command: the switch sends its first samples 20 ms later.
    pub(super) fn start_unicast(
        &mut self,
        leg: LegId,
        link: ControlLink,
        effect: EffectId,
        read_rate: Option<u32>,
    ) {
        let kind = self.channel.as_ref().map(|channel| channel.kind);
        let Some(audio) = kind.and_then(|kind| self.neighbours.starts.channel_audio(kind)) else {
            return self.is_not_done(effect, NO_ORDERED_AUDIO.to_owned());
        };
        let leg_kind = audio.leg_kind();
        match audio.socket(SocketLeg { leg, read_rate, call: self.line.clone() }) {
            Ok((line, order)) => {
                self.leg_began(leg, leg_kind, line);
                self.act(link, effect, order);
            }
            Err(error) => {
                error!(%error, "no UDP socket for the caller's audio can be bound");
                self.is_not_done(effect, format!("no UDP socket can be bound here: {error}"));
            }
        }
    }

    fn is_not_done(&mut self, effect: EffectId, reason: String) {
        self.facts.push_back(Fact::ActionDone { effect, outcome: ActionOutcome::Failed { reason } });
    }

    pub(super) fn check_extension(&mut self, effect: EffectId, phone: Phone) {
        let is_told = self.switch().is_some_and(|(_, switch)| {
            switch.tell(ToSwitch::CheckExtension { effect, phone, call: self.line.clone() })
        });
        if !is_told {
            self.facts.push_back(Fact::ExtensionChecked { effect, checked: None });
        }
    }

    pub(super) fn check_place(&mut self, effect: EffectId, place: DialplanTarget, phone: Phone) {
        let is_told = self.switch().is_some_and(|(_, switch)| {
            switch.tell(ToSwitch::CheckPlace { effect, place, phone, call: self.line.clone() })
        });
        if !is_told {
            self.facts.push_back(Fact::PlaceChecked { effect, exists: None, extension: None });
        }
    }

    pub(super) fn ring(&mut self, handoff: EffectId, phone: Phone, timeout_ms: u64) {
        let channel = self.agent_channel(handoff);
        let caller_number = self.channel.as_ref().and_then(|channel| channel.caller_number.clone());
        let call = self.line.clone();
        let is_told = self.switch().is_some_and(|(_, switch)| {
            switch.tell(ToSwitch::Ring { handoff, channel, phone, caller_number, timeout_ms, call })
        });
        if !is_told {
            self.facts.push_back(Fact::HandoffFailed { handoff, failure: HandoffFailure::Congestion });
        }
    }

    pub(super) fn stop_ringing(&self, handoff: EffectId) {
        if let Some((_, switch)) = self.switch() {
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

    /// The leg wants what it has sent to stop. No decision: the machine has emptied its ear, and this is the rest of it.
    pub(super) fn stop_playback(&mut self, next_chunk: u64, given_by: GivenBy) {
        match self.machine.link() {
            Some(link) => {
                self.act(link, EffectId(0), ChannelAction::StopPlayback { next_chunk, given_by });
            }
            None => self.pass_playback_on(PlaybackEvent::Emptied),
        }
    }

    /// Another link has the switch play what the caller's leg sends, or none does. The leg sends nothing until that link says
    /// that it hears of it: of a chunk that comes before, nobody would.
    pub(super) fn sound_played_by(&mut self, link: Option<ControlLink>) {
        self.pass_playback_on(PlaybackEvent::Lost);
        match link {
            Some(ControlLink::Outbound { control }) => {
                if let Some(line) = self.controls.line(control) {
                    line.order(ToControl::TakeSound);
                }
            }
            Some(ControlLink::Inbound) => {
                if let Some((channel, switch)) = self.switch() {
                    switch.tell(ToSwitch::TakeSound { channel });
                }
            }
            None => {}
        }
    }

    /// The name by which the call is known last outside: a channel that a process which died has left is watched again.
    pub(super) fn find_channel(&mut self, outside_ids: &[OutsideId]) {
        outside_ids.iter().for_each(|name| self.note_name_there(name));
        let newest = |kind: SwitchKind| outside_ids.iter().rev().find_map(|name| kind.channel(name));
        let found = SwitchKind::ALL.into_iter().find_map(|kind| Some((kind, newest(kind)?)));
        let Some((kind, channel)) = found else { return };
        // Whichever of the others holds the caller says so.
        let dialled_by = || self.machine.dialled().map(|dialled| dialled.switch.clone());
        let server = (kind.line() == LineKind::Channel).then(dialled_by).flatten();
        self.holds_channel(kind, channel, server);
    }
}
