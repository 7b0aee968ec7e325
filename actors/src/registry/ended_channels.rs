//! Channels that ended with their calls.

use cordboard_schema::caller_line::LineKind;
use cordboard_schema::ids::OutsideId;

use super::newest::Newest;

/// The most channels that are remembered. A slow switch is late by seconds.
const CHANNELS_MAX: usize = 1_024;

/// The channels that recently ended with their calls.
#[derive(Debug, Default)]
pub(super) struct EndedChannels {
    newest: Newest<OutsideId, CHANNELS_MAX>,
}

impl EndedChannels {
    /// A call is over, and its caller's channel with it, which is the newest of its names. Names that a dialplan
    /// gives are not noted, because it may give all its callers the same one.
    pub(super) fn note(&mut self, names: &[OutsideId]) {
        let is_channel =
            |name: &&OutsideId| name.given_by().is_some_and(|switch| switch.line() == LineKind::Channel);
        let Some(channel) = names.iter().rev().find(is_channel) else { return };
        self.newest.push(channel.clone());
    }

    /// Whether this channel has ended.
    pub(super) fn has(&self, channel: &OutsideId) -> bool {
        self.newest.contains(channel)
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::switch::SwitchKind;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn channels_are_remembered_but_dialplan_names_are_not() {
        let uuid = |number: usize| Uuid::from_u128(number as u128);
        let channel = |number| SwitchKind::Freeswitch.outside_id(uuid(number));
        let of_dialplan = OutsideId::audiosocket(uuid(1));
        let mut ended = EndedChannels::default();
        ended.note(std::slice::from_ref(&of_dialplan));
        ended.note(&[channel(2), channel(1), of_dialplan.clone()]);
        assert!(ended.has(&channel(1)) && !ended.has(&channel(2)) && !ended.has(&of_dialplan));
        (0..CHANNELS_MAX).for_each(|number| ended.note(&[channel(10 + number)]));
        assert!(ended.has(&channel(10)) && !ended.has(&channel(1)), "the oldest is forgotten");
    }
}
