//! Whether a campaign that runs is over once nobody on its list waits, or waits for people.

use cordboard_schema::time::UnixMs;

/// Standing of a campaign that runs and of whose list nobody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptied {
    /// Somebody is being called, or may wait in a moment.
    UnderWay,
    /// It waits for people who come onto its list: until this moment, or for as long as nothing of it changes.
    Waits(Option<UnixMs>),
    /// Each of its contacts has come to an end, and nobody comes any more.
    Over,
}

impl Emptied {
    /// Standing of a campaign of which nobody is being called either. `links` are the ends of its contact links that are on, none of one that
    /// does not expire. A campaign without any contacts waits for some.
    pub fn of(has_contacts: bool, links: &[Option<UnixMs>], now: UnixMs) -> Self {
        let open: Vec<Option<UnixMs>> =
            links.iter().copied().filter(|end| end.is_none_or(|at| now < at)).collect();
        if !has_contacts || open.contains(&None) {
            return Self::Waits(None);
        }
        // A link that is switched off or revoked before is a change of the campaign.
        open.into_iter().flatten().max().map_or(Self::Over, |last| Self::Waits(Some(last)))
    }

    /// Whether it waits for people.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Waits(_))
    }

    /// When it is looked at again, though nothing of it has changed.
    pub const fn look_at(self) -> Option<UnixMs> {
        match self {
            Self::Waits(until) => until,
            Self::UnderWay | Self::Over => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_waits_for_people_until_its_last_link_expires() {
        let at = |ms| Some(UnixMs(ms));
        for (has_contacts, links, wanted) in [
            (true, vec![], Emptied::Over),
            (true, vec![None], Emptied::Waits(None)),
            (true, vec![at(11)], Emptied::Waits(at(11))),
            (true, vec![at(10)], Emptied::Over),
            (true, vec![at(12), at(9), at(11)], Emptied::Waits(at(12))),
            (true, vec![at(12), None], Emptied::Waits(None)),
            (false, vec![], Emptied::Waits(None)),
            (false, vec![at(11)], Emptied::Waits(None)),
        ] {
            assert_eq!(Emptied::of(has_contacts, &links, UnixMs(10)), wanted, "{has_contacts} {links:?}");
        }
        assert_eq!(Emptied::Waits(at(12)).look_at(), at(12));
        assert_eq!((Emptied::Over.look_at(), Emptied::UnderWay.look_at()), (None, None));
    }
}
