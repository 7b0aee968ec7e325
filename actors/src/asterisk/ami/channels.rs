//! The channels of an Asterisk, as its events tell of them: which there are, who is bridged with whom, and which is the caller
//! behind an AudioSocket connection. Pure.
//!
//! The table is as large as the switch is busy, and has a bound: a channel is forgotten when it ends, and a list of all channels
//! replaces it where events may have been missed.

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
    /// Its name.
    pub(super) name: String,
    pub(super) is_up: bool,
    pub(super) caller: Option<String>,
    pub(super) extension: Option<String>,
    /// The bridge that it is in.
    bridge: Option<String>,
    /// The AudioSocket connection that it is the caller of.
    audiosocket: Option<Uuid>,
    /// Its own phone has hung up.
    pub(super) has_hung_up: bool,
    /// Its own phone rings.
    is_rung: bool,
    /// Its own phone has put the other on hold.
    pub(super) holds: bool,
    /// How many others we have seen before it.
    number: u64,
    /// When it was asked last whose it is.
    pub(super) asked_at: Option<UnixMs>,
}

impl Channel {
    /// The leg of an AudioSocket connection, by Asterisk's channel driver: no party to a call.
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
    /// Bridges whose members hear music and not each other: where channels are parked.
    holding: HashSet<String>,
    /// The caller's channel, by the UUID of its AudioSocket connection.
    callers: HashMap<Uuid, String>,
    /// How many channels there have been.
    count: u64,
}

impl Channels {
    /// A list of all bridges, asked for before the channels.
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

    /// An event tells of a channel as it is now.
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
        let told = |known: &mut Option<String>, said: Option<&str>| {
            if known.is_none() {
                *known = said.map(str::to_owned);
            }
        };
        told(&mut channel.caller, line.caller);
        told(&mut channel.extension, line.extension);
    }

    /// The channel is no more.
    pub(super) fn ended(&mut self, id: &str) -> Option<Channel> {
        self.leave_bridge(id);
        let channel = self.by_id.remove(id)?;
        if let Some(audiosocket) = &channel.audiosocket {
            self.callers.remove(audiosocket);
        }
        Some(channel)
    }

    /// A channel has joined a bridge, or left it. Gives the channels whose company that changes.
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

    /// The party that a channel talks with: the other party of its bridge, no AudioSocket leg. One that we have made goes by the name
    /// that we gave it.
    pub(super) fn company(&self, id: &str) -> Option<String> {
        let is_party = |other: &&String| {
            *other != id && self.by_id.get(*other).is_some_and(|channel| !channel.is_audiosocket())
        };
        let other = self.talk(id)?.iter().find(is_party)?;
        Some(uuid_of_ours(other).map_or_else(|| other.clone(), |uuid| uuid.to_string()))
    }

    /// Another channel of the bridge that a channel talks in, of whatever kind.
    pub(super) fn bridged_with(&self, id: &str) -> Option<&str> {
        self.talk(id)?.iter().map(String::as_str).find(|other| *other != id)
    }

    /// The channels of the bridge that a channel talks in; none where it is parked.
    fn talk(&self, id: &str) -> Option<&Vec<String>> {
        let bridge = self.by_id.get(id)?.bridge.as_ref().filter(|bridge| !self.holding.contains(*bridge))?;
        self.bridges.get(bridge)
    }

    /// The AudioSocket connection of this UUID belongs to that channel. The first word counts: who says something else later
    /// is mistaken, or a stranger.
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

    /// The same by a weaker word: it counts where the channel has no other connection.
    pub(super) fn may_be_caller_of(&mut self, audiosocket: Uuid, id: &str) {
        if self.by_id.get(id).is_some_and(|channel| channel.audiosocket.is_none()) {
            self.is_caller_of(audiosocket, id);
        }
    }

    /// The caller behind an AudioSocket connection; one that we have dialled is known by its id, as long as it has no newer
    /// connection.
    pub(super) fn caller_of(&self, audiosocket: Uuid) -> Option<&str> {
        let is_its_own =
            |channel: &Channel| channel.audiosocket.is_none_or(|connection| connection == audiosocket);
        let ours = || {
            let named = self.by_id.get_key_value(AmiValue::channel_of_ours(audiosocket).as_str());
            named.filter(|(_, channel)| is_its_own(channel))
        };
        self.callers.get(&audiosocket).or_else(|| Some(ours()?.0)).map(String::as_str)
    }

    /// A call is there whose channel may be any of these: what they said before it was there is no answer.
    pub(super) fn ask_again(&mut self) {
        self.by_id.values_mut().for_each(|channel| channel.asked_at = None);
    }

    /// Answered channels of which nobody has said what connection they have: first those that were never asked, of them the
    /// newest (behind each connecting all are of one age). Those that we have made are known by their ids.
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

    /// How a telephone is that is in a call, as its channels tell: the state of the device does not say whether it rings where
    /// Asterisk is told to call that busy (`device_state_busy_at`), nor that it holds a call: Asterisk calls the *other* side
    /// of a hold the one on hold.
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

    /// A list of all channels. Gives the ids of those that it does not have. Which bridge a channel is in that we know events
    /// have reported, and better: the list may be older than the last of them.
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
        // A leg of the channel driver whose caller runs something else, as a queue does that has dialled it: its call's oldest
        // channel is theirs.
        for (uuid, caller) in legs {
            self.may_be_caller_of(uuid, caller);
        }
        self.holding.retain(|bridge| self.bridges.contains_key(bridge));
        self.by_id.keys().filter(|id| !there.contains(*id)).cloned().collect()
    }
}

/// The UUID that a channel's application connects, by `AudioSocket(UUID,...)` or `Dial(AudioSocket/HOST:PORT/UUID...)`.
fn audiosocket_run_by(row: &Message) -> Option<Uuid> {
    let data = row.text_of("ApplicationData")?;
    match row.text_of("Application")? {
        "AudioSocket" => Uuid::try_parse(data.split(',').next()?.trim()).ok(),
        "Dial" => Uuid::try_parse(data.strip_prefix("AudioSocket/")?.split(['/', ',', '&']).nth(1)?).ok(),
        _ => None,
    }
}

/// The caller that a dialled AudioSocket leg belongs to, of a `DialBegin`.
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
        assert!(channels.bridges.is_empty() && channels.holding.is_empty(), "nobody is in that bridge");
        channels.ended("0");
        assert_eq!(channels.bridging(&joins), ["new"]);
        assert!(channels.get("new").is_some_and(|channel| channel.is_up));
    }
}
