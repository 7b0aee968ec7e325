//! Whether and where the caller is called back.

use cordboard_schema::call::Direction;
use cordboard_schema::event::Announcement;
use cordboard_schema::ids::EffectId;
use cordboard_schema::phone::E164;
use cordboard_schema::switch::ChannelSeen;

/// Whether and where the caller is called back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::machine) struct CallingBack {
    /// We have called them, and know best who they are.
    is_outbound: bool,
    /// The other party, as the dialplan or the switch calls them.
    party: Option<String>,
    /// The run that writes it down, and the number.
    noted: Option<(EffectId, E164)>,
}

impl CallingBack {
    /// Of a call that begins.
    pub(in crate::machine) fn of(direction: Direction, announced: Option<&Announcement>) -> Self {
        let is_outbound = direction == Direction::Outbound;
        let party = announced.and_then(|announced| {
            let Announcement { from, to, .. } = announced;
            if is_outbound { to.clone() } else { from.clone() }
        });
        Self { is_outbound, party, noted: None }
    }

    /// The dialplan says who calls.
    pub(in crate::machine) fn announced(&mut self, announcement: &Announcement) {
        if !self.is_outbound {
            self.party = announcement.from.clone().or(self.party.take());
        }
    }

    /// The switch reports the caller; the dialplan's announcement has priority.
    pub(in crate::machine) fn seen(&mut self, channel: &ChannelSeen) {
        if !self.is_outbound {
            self.party = self.party.take().or(channel.from.clone());
        }
    }

    /// It is being written that somebody calls them back at this number, by this run.
    pub(in crate::machine) fn is_noted(&mut self, effect: EffectId, phone: E164) {
        self.noted = Some((effect, phone));
    }

    /// The store could not write the record of this run. Returns whether it was this run: nothing is noted then.
    pub(in crate::machine) fn is_not_written(&mut self, effect: EffectId) -> bool {
        self.noted.take_if(|(noted, _)| *noted == effect).is_some()
    }

    /// The number of the other party, if it is one that can be called back.
    pub(in crate::machine) fn phone(&self) -> Option<E164> {
        self.party.as_deref()?.parse().ok()
    }

    /// The number at which it is noted that somebody calls them back.
    pub(in crate::machine) fn noted(&self) -> Option<&E164> {
        self.noted.as_ref().map(|(_, phone)| phone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_to_call_back_is_the_other_partys() {
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
        let told = party(Direction::Inbound, None, Some(&other));
        assert_eq!(told.as_deref(), Some("+4930444"), "the dialplan's word goes before the switch's");
    }
}
