//! Whether the caller will be called back, and at which number.

use cordboard_schema::call::Direction;
use cordboard_schema::event::Announcement;
use cordboard_schema::ids::EffectId;
use cordboard_schema::phone::E164;
use cordboard_schema::switch::ChannelSeen;

/// Whether the caller will be called back, and at which number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::machine) struct CallingBack {
    /// We have called them, so we know best who they are.
    is_outbound: bool,
    /// The other party, as the dialplan or the switch names them.
    party: Option<String>,
    /// The tool run that writes the callback, and its number.
    noted: Option<(EffectId, E164)>,
}

impl CallingBack {
    /// Returns the state at the start of a call.
    pub(in crate::machine) fn of(direction: Direction, announced: Option<&Announcement>) -> Self {
        let is_outbound = direction == Direction::Outbound;
        let party = announced.and_then(|announced| {
            let Announcement { from, to, .. } = announced;
            if is_outbound { to.clone() } else { from.clone() }
        });
        Self { is_outbound, party, noted: None }
    }

    /// The dialplan announces who calls.
    pub(in crate::machine) fn announced(&mut self, announcement: &Announcement) {
        if !self.is_outbound {
            self.party = announcement.from.clone().or(self.party.take());
        }
    }

    /// The switch reports the caller. The dialplan's announcement has priority.
    pub(in crate::machine) fn seen(&mut self, channel: &ChannelSeen) {
        if !self.is_outbound {
            self.party = self.party.take().or(channel.from.clone());
        }
    }

    /// A callback at this number is being written by this run.
    pub(in crate::machine) fn is_noted(&mut self, effect: EffectId, phone: E164) {
        self.noted = Some((effect, phone));
    }

    /// The store could not write the record of this run. Returns whether it was the callback's run; then no callback is noted.
    pub(in crate::machine) fn is_not_written(&mut self, effect: EffectId) -> bool {
        self.noted.take_if(|(noted, _)| *noted == effect).is_some()
    }

    /// A person has the caller, who needs no callback any more. A queue that fails later notes one again.
    pub(in crate::machine) fn is_taken(&mut self) {
        self.noted = None;
    }

    /// Returns the number of the other party, if it can be called back.
    pub(in crate::machine) fn phone(&self) -> Option<E164> {
        self.party.as_deref()?.parse().ok()
    }

    /// Returns the number at which a callback is noted.
    pub(in crate::machine) fn noted(&self) -> Option<&E164> {
        self.noted.as_ref().map(|(_, phone)| phone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callback_number_is_the_other_partys() {
        let announced = Announcement {
            from: Some("+4930111".to_owned()),
            to: Some("+4930222".to_owned()),
            ..Announcement::default()
        };
        let seen = ChannelSeen { from: Some("+4930333".to_owned()), ..ChannelSeen::default() };
        let other = Announcement { from: Some("+4930444".to_owned()), ..Announcement::default() };
        let party = |direction, announced: Option<&Announcement>, later: Option<&Announcement>| {
            let mut calling_back = CallingBack::of(direction, announced);
            calling_back.seen(&seen);
            later.into_iter().for_each(|later| calling_back.announced(later));
            calling_back.party
        };
        assert_eq!(party(Direction::Outbound, Some(&announced), Some(&other)).as_deref(), Some("+4930222"));
        assert_eq!(party(Direction::Outbound, None, None), None, "a switch does not know whom we meant");
        assert_eq!(party(Direction::Inbound, Some(&announced), None).as_deref(), Some("+4930111"));
        assert_eq!(party(Direction::Inbound, None, None).as_deref(), Some("+4930333"));
        let reported = party(Direction::Inbound, None, Some(&other));
        assert_eq!(
            reported.as_deref(),
            Some("+4930444"),
            "the dialplan's announcement has priority over the switch's report"
        );
    }
}
