//! The caller's channel on a switch under control: which channel it is, and which switch has it.

use std::collections::BTreeSet;

use cordboard_schema::call::CallState;
use cordboard_schema::caller_line::LineKind;
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::ids::OutsideId;
use cordboard_schema::switch::SwitchKind;
use tracing::warn;
use uuid::Uuid;

use super::live_call::LiveCall;
use super::neighbours::Held;
use crate::messages::{SwitchLine, ToSwitch};
use crate::switches::Holders;

/// The variable of an announcement that names the caller's channel on a switch that has its own name for it.
const UNIQUE_ID: &str = "uniqueid";

/// The caller at the switch that serves them.
#[derive(Debug, Default)]
pub(super) struct CallerChannel {
    /// The channel, if a switch under control has it. This is not about being on hold.
    held: Option<HeldChannel>,
    /// The caller's name at the switch that serves them by documents, once their stream has arrived or the switch has
    /// asked what to do with them.
    name_there: Option<OutsideId>,
    /// The line to that switch.
    served_by: Option<SwitchLine>,
}

/// A channel of a switch that belongs to the call: the one that its control link names, or the one of a connection with audio.
#[derive(Debug)]
struct HeldChannel {
    uuid: Uuid,
    /// Kind of its switch.
    kind: SwitchKind,
    /// The switch's name in the configuration, if it is known.
    server: Option<String>,
    /// The line to the switch itself, if one is configured and known to have the channel.
    switch: Option<SwitchLine>,
    /// The switches that were ordered to watch it.
    watchers: Vec<SwitchLine>,
    /// Those of them that do not have it, by their names in the configuration.
    without_it: BTreeSet<String>,
    /// The caller's number, for a person's display.
    caller_number: Option<String>,
}

impl CallerChannel {
    /// The channel's name, and the kind of its switch.
    pub(super) fn known(&self) -> Option<(Uuid, SwitchKind)> {
        self.held.as_ref().map(|held| (held.uuid, held.kind))
    }

    /// The channel's name, and the line to the switch itself.
    pub(super) fn switch(&self) -> Option<(Uuid, &SwitchLine)> {
        let held = self.held.as_ref()?;
        Some((held.uuid, held.switch.as_ref()?))
    }

    /// The switch's name in the configuration, if it is known.
    pub(super) fn server(&self) -> Option<&str> {
        self.held.as_ref()?.server.as_deref()
    }

    /// The caller's number, for a person's display.
    pub(super) fn caller_number(&self) -> Option<&str> {
        self.held.as_ref()?.caller_number.as_deref()
    }

    /// A control link brought the caller's number, or none.
    pub(super) fn set_caller_number(&mut self, number: Option<String>) {
        if let Some(held) = &mut self.held {
            held.caller_number = number;
        }
    }

    /// Takes the caller's number from the switch; a number that is known already stays.
    pub(super) fn add_caller_number(&mut self, number: &str) {
        if let Some(held) = &mut self.held {
            held.caller_number.get_or_insert_with(|| number.to_owned());
        }
    }

    /// Notes the caller's name at the switch that serves them by documents, if this is such a name.
    pub(super) fn note_name(&mut self, name: &OutsideId) {
        if name.given_by().is_some_and(|kind| kind.line() == LineKind::Documents) {
            self.name_there = Some(name.clone());
        }
    }

    /// The switch that serves the caller by documents asks under this name.
    pub(super) fn is_asked_by(&mut self, name: OutsideId) {
        self.name_there.get_or_insert(name);
    }

    /// Takes in what a dialplan knows about the caller.
    pub(super) fn hear_announcement(&mut self, announcement: &Announcement) {
        let Some(held) = &mut self.held else { return };
        if let Some(from) = &announcement.from {
            held.caller_number = Some(from.clone());
        }
        if let Some(unique_id) = announcement.variables.get(UNIQUE_ID) {
            for switch in &held.watchers {
                let unique_id = unique_id.clone();
                switch.tell(ToSwitch::ChannelIs { channel: held.uuid, unique_id });
            }
        }
    }

    /// The switch of this name, which may have been asked to watch the channel, does not have it. Returns whether
    /// none of the asked switches has it now.
    fn is_not_at(&mut self, server: &str) -> bool {
        let Some(held) = &mut self.held else { return false };
        if held.server.as_deref().is_some_and(|known| known != server) {
            return false;
        }
        // If this switch is known to have had the channel, its answer is enough: the others need not have answered.
        let is_news = held.without_it.insert(server.to_owned());
        is_news && (held.server.is_some() || held.without_it.len() == held.watchers.len())
    }

    /// None of the switches that were asked to watch the channel has it.
    fn is_elsewhere(&mut self) {
        if let Some(HeldChannel { uuid, switch, watchers, .. }) = &mut self.held {
            *switch = None;
            for asked in watchers.drain(..) {
                asked.tell(ToSwitch::Unwatch { channel: *uuid });
            }
        }
    }

    /// The call has nothing more to do with its channel.
    pub(super) fn forget(&mut self) {
        if let Some(HeldChannel { uuid, watchers, .. }) = self.held.take() {
            for switch in watchers {
                switch.tell(ToSwitch::Unwatch { channel: uuid });
            }
        }
    }
}

impl LiveCall {
    /// The call has a channel of this name on a switch of this kind; `server` is the switch's name if it is known.
    /// The switches that may have the channel are asked to watch it.
    pub(super) fn holds_channel(&mut self, kind: SwitchKind, uuid: Uuid, server: Option<String>) {
        let known = self.channel.held.as_ref().map(|held| (held.uuid, held.server.is_some()));
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
        self.channel.forget();
        self.watch(uuid, may_hold.iter());
        if let (LineKind::Documents, Some(switch), Some((handoff, is_joined))) =
            (line, &holds, self.machine.handed_to())
        {
            let (person, call) = (self.agent_channel(handoff), self.line.clone());
            switch.tell(ToSwitch::WithPerson { channel: uuid, handoff, person, is_joined, call });
        }
        self.channel.held = Some(HeldChannel {
            uuid,
            kind,
            server,
            switch: holds,
            watchers: may_hold,
            without_it: BTreeSet::new(),
            caller_number: None,
        });
    }

    fn holders(&self, kind: SwitchKind, server: Option<&str>) -> Holders {
        let held = Held { kind, server, account: self.machine.policy().account() };
        self.neighbours.starts.holders(self.identity.organization_id, held)
    }

    /// Has the switch that serves the caller by documents end a call that is over here.
    pub(super) fn end_by_switch(&mut self) {
        let Some(name) = self.channel.name_there.clone() else { return };
        let Some(switch) = name.given_by().and_then(|kind| self.served_by(kind)) else { return };
        // If its actor is gone, the call still ends with its stream.
        if !switch.tell(ToSwitch::EndCall { name: name.clone() }) {
            warn!(call = %name, "the switch can't be notified that a call is over");
        }
    }

    /// The line to the account that serves the caller by documents. The call keeps the account that it began with,
    /// whatever happens to the account elsewhere.
    fn served_by(&mut self, kind: SwitchKind) -> Option<SwitchLine> {
        if self.channel.served_by.is_none() {
            self.channel.served_by = self.holders(kind, None).holds;
        }
        self.channel.served_by.clone()
    }

    fn watch<'a>(&self, channel: Uuid, switches: impl Iterator<Item = &'a SwitchLine>) {
        for switch in switches {
            let (call_id, call) = (self.id(), self.line.clone());
            let (held_from, phone_holds) = (self.machine.held_from(), self.machine.phone_holds_call());
            switch.tell(ToSwitch::Watch { channel, call_id, held_from, phone_holds, call });
        }
    }

    /// The switch of this name has the caller.
    pub(super) fn held_by(&mut self, server: &str) {
        let switch = self.neighbours.starts.switch(server);
        if let Some(held) = &mut self.channel.held {
            (held.server, held.switch) = (Some(server.to_owned()), switch);
            held.without_it.remove(server);
        }
    }

    /// The switch of this name has no such channel. A caller who still has a control link, and whom no configured
    /// switch has, is at another switch: at the address of one of them, or if only one is configured. The link then
    /// reports when they hang up. After a restart, their dialplan opens the link again while the call waits for them,
    /// or once a person has left them; if that time passes, the caller is gone. If the caller's switch is known, they
    /// are gone at once.
    pub(super) fn not_held_by(&mut self, server: &str) {
        if !self.channel.is_not_at(server) {
            return;
        }
        let is_server_known = self.channel.held.as_ref().is_some_and(|held| held.server.is_some());
        let is_waited_for =
            self.machine.state() == CallState::Interrupted || self.machine.is_left_to_person();
        let may_come_back = !is_server_known && is_waited_for;
        if self.controls.count() == 0 && !may_come_back {
            return self.handle_fact(Fact::ChannelGone);
        }
        warn!(
            switch = server,
            "no configured switch has the caller: there is no inbound link to the channel"
        );
        self.channel.is_elsewhere();
    }

    /// Uses the last name by which the call is known outside: a channel that a dead process has left is watched again.
    pub(super) fn find_channel(&mut self, outside_ids: &[OutsideId]) {
        outside_ids.iter().for_each(|name| self.channel.note_name(name));
        let newest = |kind: SwitchKind| outside_ids.iter().rev().find_map(|name| kind.channel(name));
        let found = SwitchKind::ALL.into_iter().find_map(|kind| Some((kind, newest(kind)?)));
        let Some((kind, channel)) = found else { return };
        // Whichever of the other switches has the channel reports it.
        let dialled_by = || self.machine.dialled().map(|dialled| dialled.switch.clone());
        let server = (kind.line() == LineKind::Channel).then(dialled_by).flatten();
        self.holds_channel(kind, channel, server);
    }
}
