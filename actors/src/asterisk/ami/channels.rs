//! The channels of an Asterisk, as its events report them: which there are, who is bridged with whom, and which is the caller's
//! channel of an AudioSocket connection. Pure.
//!
//! The size of the table is that of the switch's load, and has a bound. A channel is removed when it ends, and a list of all
//! channels corrects the table if events may have been missed.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use cordboard_schema::limits::AMI_CHANNELS_MAX;
use cordboard_schema::switch::ExtensionState;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{
    AmiValue, Bridging, ChannelLine, Message, audiosocket_in_name, holding_bridge, uuid_of_ours,
};
use uuid::Uuid;

/// The known facts about a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Channel {
    /// Its name on the switch.
    pub(super) name: String,
    pub(super) is_up: bool,
    pub(super) caller: Option<String>,
    pub(super) extension: Option<String>,
    /// The bridge that it is in.
    bridge: Option<String>,
    /// The AudioSocket connection whose caller it is.
    audiosocket: Option<Uuid>,
    /// Whether its own phone has hung up.
    pub(super) has_hung_up: bool,
    /// Whether its own phone rings.
    is_rung: bool,
    /// Whether its own phone has put the other party on hold.
    pub(super) holds: bool,
    /// How many other channels were seen before it.
    number: u64,
    /// When it was last asked for its connection.
    pub(super) asked_at: Option<UnixMs>,
}

impl Channel {
    /// Returns whether it is the leg of an AudioSocket connection, made by Asterisk's channel driver. Such a leg is not a party to
    /// a call.
    fn is_audiosocket(&self) -> bool {
        self.name.starts_with("AudioSocket/")
    }
}

/// All channels.
#[derive(Debug, Default)]
pub(super) struct Channels {
    by_id: HashMap<String, Channel>,
    /// The ids of the channels of a bridge.
    bridges: HashMap<String, Vec<String>>,
    /// Bridges whose members hear music and not each other, such as those of parked channels.
    holding: HashSet<String>,
    /// The caller's channel, by the UUID of its AudioSocket connection.
    callers: HashMap<Uuid, String>,
    /// How many channels have been seen.
    count: u64,
}

impl Channels {
    /// Handles a list of all bridges, which is requested before the channels.
    pub(super) fn bridges_listed(&mut self, rows: &[Message]) {
        self.holding.extend(rows.iter().filter_map(holding_bridge).map(str::to_owned));
    }

    pub(super) fn get(&self, id: &str) -> Option<&Channel> {
        self.by_id.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.by_id.get_mut(id)
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Handles a channel's state in an event.
    pub(super) fn seen(&mut self, line: &ChannelLine<'_>) {
        let is_full = self.by_id.len() >= AMI_CHANNELS_MAX;
        let channel = match self.by_id.entry(line.unique_id.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(_) if is_full => return,
            Entry::Vacant(new) => {
                self.count += 1;
                new.insert(Channel { number: self.count, ..Channel::default() })
            }
        };
        if channel.name != line.name {
            line.name.clone_into(&mut channel.name);
        }
        channel.is_up |= line.is_up;
        channel.is_rung = line.is_rung;
        let set_if_known = |known: &mut Option<String>, said: Option<&str>| {
            if known.is_none() {
                *known = said.map(str::to_owned);
            }
        };
        set_if_known(&mut channel.caller, line.caller);
        set_if_known(&mut channel.extension, line.extension);
    }

    /// Removes a channel that has ended.
    pub(super) fn ended(&mut self, id: &str) -> Option<Channel> {
        self.leave_bridge(id);
        let channel = self.by_id.remove(id)?;
        if let Some(audiosocket) = &channel.audiosocket {
            self.callers.remove(audiosocket);
        }
        Some(channel)
    }

    /// Handles a channel that has joined a bridge or left it. Returns the channels whose company may have changed.
    pub(super) fn bridging(&mut self, step: &Bridging<'_>) -> Vec<String> {
        let id = step.channel.unique_id;
        self.seen(&step.channel);
        if !self.by_id.contains_key(id) {
            return Vec::new();
        }
        if step.enters {
            self.leave_bridge(id);
            if step.is_holding {
                self.holding.insert(step.bridge.to_owned());
            }
            self.enter_bridge(id, step.bridge);
        } else if self.by_id.get(id).is_some_and(|channel| channel.bridge.as_deref() == Some(step.bridge)) {
            self.leave_bridge(id);
        }
        let mut changed = self.bridges.get(step.bridge).cloned().unwrap_or_default();
        if !changed.iter().any(|other| other == id) {
            changed.push(id.to_owned());
        }
        changed
    }

    fn enter_bridge(&mut self, id: &str, bridge: &str) {
        if let Some(channel) = self.by_id.get_mut(id) {
            channel.bridge = Some(bridge.to_owned());
            self.bridges.entry(bridge.to_owned()).or_default().push(id.to_owned());
        }
    }

    fn leave_bridge(&mut self, id: &str) {
        let Some(bridge) = self.by_id.get_mut(id).and_then(|channel| channel.bridge.take()) else { return };
        if let Some(members) = self.bridges.get_mut(&bridge) {
            members.retain(|member| member != id);
            if members.is_empty() {
                self.holding.remove(&bridge);
                self.bridges.remove(&bridge);
            }
        }
    }

    /// Returns the party that a channel talks with: the other party of its bridge that is not an AudioSocket leg. A channel that we
    /// have made is returned by our name for it.
    pub(super) fn company(&self, id: &str) -> Option<String> {
        let is_party = |other: &&String| {
            *other != id && self.by_id.get(*other).is_some_and(|channel| !channel.is_audiosocket())
        };
        let other = self.talk(id)?.iter().find(is_party)?;
        Some(uuid_of_ours(other).map_or_else(|| other.clone(), |uuid| uuid.to_string()))
    }

    /// Returns another channel of any kind in the bridge that a channel talks in.
    pub(super) fn bridged_with(&self, id: &str) -> Option<&str> {
        self.talk(id)?.iter().map(String::as_str).find(|other| *other != id)
    }

    /// Returns the channels of the bridge that a channel talks in; none if it is parked.
    fn talk(&self, id: &str) -> Option<&Vec<String>> {
        let bridge = self.by_id.get(id)?.bridge.as_ref().filter(|bridge| !self.holding.contains(*bridge))?;
        self.bridges.get(bridge)
    }

    /// Notes that the AudioSocket connection of this UUID belongs to this channel. The first claim counts: a later one comes from a
    /// mistake, or from a stranger.
    pub(super) fn is_caller_of(&mut self, audiosocket: Uuid, id: &str) -> bool {
        if self.callers.contains_key(&audiosocket) {
            return false;
        }
        let Some(channel) = self.by_id.get_mut(id) else { return false };
        // A dialplan that makes a new UUID for the same caller means the newest.
        if let Some(older) = channel.audiosocket.replace(audiosocket) {
            self.callers.remove(&older);
        }
        self.callers.insert(audiosocket, id.to_owned());
        true
    }

    /// The same by weaker evidence: it counts only if the channel has no other connection.
    pub(super) fn may_be_caller_of(&mut self, audiosocket: Uuid, id: &str) {
        if self.by_id.get(id).is_some_and(|channel| channel.audiosocket.is_none()) {
            self.is_caller_of(audiosocket, id);
        }
    }

    /// Returns the caller's channel of an AudioSocket connection. A channel that we have dialled is known by its id, as long as it
    /// has no newer connection.
    pub(super) fn caller_of(&self, audiosocket: Uuid) -> Option<&str> {
        let is_its_own =
            |channel: &Channel| channel.audiosocket.is_none_or(|connection| connection == audiosocket);
        let ours = || {
            let named = self.by_id.get_key_value(AmiValue::channel_of_ours(audiosocket).as_str());
            named.filter(|(_, channel)| is_its_own(channel))
        };
        self.callers.get(&audiosocket).or_else(|| Some(ours()?.0)).map(String::as_str)
    }

    /// Allows all channels to be asked again, because there is a new call whose channel may be any of them.
    pub(super) fn ask_again(&mut self) {
        self.by_id.values_mut().for_each(|channel| channel.asked_at = None);
    }

    /// Returns the answered channels whose connection is not known. Those that were never asked are first, the newest of them
    /// before the others (after a reconnect all are equally old). Channels that we have made are known by their ids.
    pub(super) fn unclaimed(&mut self) -> Vec<(&String, &mut Channel)> {
        let is_unclaimed = |(id, channel): &(&String, &mut Channel)| {
            channel.is_up
                && channel.audiosocket.is_none()
                && !channel.is_audiosocket()
                && uuid_of_ours(id).is_none()
        };
        let mut unclaimed: Vec<_> = self.by_id.iter_mut().filter(is_unclaimed).collect();
        unclaimed.sort_unstable_by_key(|(_, channel)| (channel.asked_at, Reverse(channel.number)));
        unclaimed
    }

    /// Returns the state of a telephone in a call, from its channels. The state of the device does not show whether it rings if
    /// Asterisk is configured to call that busy (`device_state_busy_at`), nor that it holds a call: for Asterisk, the *other* side
    /// of a hold is the one on hold.
    pub(super) fn state_of(&self, device: &str) -> Option<ExtensionState> {
        let is_its = |channel: &&Channel| {
            let number = channel.name.strip_prefix(device).and_then(|name| name.strip_prefix('-'));
            number.is_some_and(|number| !number.contains('-'))
        };
        let of_channel = |channel: &Channel| match channel {
            Channel { is_up: true, holds: true, .. } => ExtensionState::OnHold,
            Channel { is_up: false, is_rung: true, .. } => ExtensionState::Ringing,
            _ => ExtensionState::InCall,
        };
        let mut states = self.by_id.values().filter(is_its).map(of_channel);
        let first = states.next()?;
        Some(states.fold(first, |state, other| if state == other { state } else { ExtensionState::InCall }))
    }

    /// Handles a list of all channels. Returns the ids of known channels that are not in it. For a known channel, the bridge that
    /// events have reported is kept, because the list may be older than the last event.
    pub(super) fn listed(&mut self, rows: &[Message]) -> Vec<String> {
        let (mut there, mut legs) = (HashSet::new(), Vec::new());
        for row in rows {
            let Some(line) = ChannelLine::of(row) else { continue };
            there.insert(line.unique_id.to_owned());
            let is_new = !self.by_id.contains_key(line.unique_id);
            self.seen(&line);
            if let Some(bridge) = row.text_of("BridgeId").filter(|_| is_new) {
                self.enter_bridge(line.unique_id, bridge);
            }
            if let Some(uuid) = audiosocket_run_by(row) {
                self.is_caller_of(uuid, line.unique_id);
            }
            if let Some(uuid) = line.audiosocket().filter(|_| line.linked_id != line.unique_id) {
                legs.push((uuid, line.linked_id));
            }
        }
        // An AudioSocket leg whose caller runs another application, such as a queue that has dialled the leg: the oldest channel of
        // its call is the caller's.
        for (uuid, caller) in legs {
            self.may_be_caller_of(uuid, caller);
        }
        self.holding.retain(|bridge| self.bridges.contains_key(bridge));
        self.by_id.keys().filter(|id| !there.contains(*id)).cloned().collect()
    }
}

/// Returns the UUID that a channel's application connects, by `AudioSocket(UUID,...)` or `Dial(AudioSocket/HOST:PORT/UUID...)`.
fn audiosocket_run_by(row: &Message) -> Option<Uuid> {
    let data = row.text_of("ApplicationData")?;
    match row.text_of("Application")? {
        "AudioSocket" => Uuid::try_parse(data.split(',').next()?.trim()).ok(),
        "Dial" => Uuid::try_parse(data.strip_prefix("AudioSocket/")?.split(['/', ',', '&']).nth(1)?).ok(),
        _ => None,
    }
}

/// Returns the caller that a dialled AudioSocket leg belongs to, from a `DialBegin`.
pub(super) fn dialled_audiosocket(message: &Message) -> Option<(Uuid, String)> {
    let uuid = audiosocket_in_name(message.get("DestChannel")?)?;
    Some((uuid, message.text_of("Uniqueid")?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str) -> ChannelLine<'_> {
        ChannelLine {
            name: "PJSIP/trunk-1",
            unique_id: id,
            linked_id: id,
            is_up: true,
            is_ringing: false,
            is_rung: false,
            caller: None,
            extension: None,
        }
    }

    #[test]
    fn a_full_table_takes_new_channels_once_some_have_ended() {
        let mut channels = Channels::default();
        (0..AMI_CHANNELS_MAX + 10).for_each(|number| channels.seen(&line(&number.to_string())));
        assert_eq!(channels.len(), AMI_CHANNELS_MAX);
        let joins = Bridging { bridge: "b", channel: line("new"), enters: true, is_holding: true };
        assert!(channels.bridging(&joins).is_empty());
        assert!(channels.bridges.is_empty() && channels.holding.is_empty(), "the bridge is empty");
        channels.ended("0");
        assert_eq!(channels.bridging(&joins), ["new"]);
        assert!(channels.get("new").is_some_and(|channel| channel.is_up));
    }
}
