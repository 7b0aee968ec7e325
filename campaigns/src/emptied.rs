//! Whether a running campaign is over when nobody on its list waits, or waits for more people.

use cordboard_schema::time::UnixMs;

/// Standing of a running campaign when nobody on its list waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptied {
    /// A contact is being called, or may wait in a moment.
    UnderWay,
    /// It waits for people to be added to its list: until this moment, or without a limit.
    Waits(Option<UnixMs>),
    /// Each of its contacts is finished, and no more can be added.
    Over,
}

impl Emptied {
    /// Returns the standing of a campaign that calls nobody at the moment. `links` are the expiry times of its enabled contact links, with none for a
    /// link that does not expire. A campaign without contacts waits for some.
    pub fn of(has_contacts: bool, links: &[Option<UnixMs>], now: UnixMs) -> Self {
        let open: Vec<Option<UnixMs>> =
            links.iter().copied().filter(|end| end.is_none_or(|at| now < at)).collect();
        if !has_contacts || open.contains(&None) {
            return Self::Waits(None);
        }
        // Switching off or revoking a link earlier is a change of the campaign.
        open.into_iter().flatten().max().map_or(Self::Over, |last| Self::Waits(Some(last)))
    }

    /// Whether it waits for people.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Waits(_))
    }

    /// When it must be checked again even without a change.
    pub const fn recheck_at(self) -> Option<UnixMs> {
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
        assert_eq!(Emptied::Waits(at(12)).recheck_at(), at(12));
        assert_eq!((Emptied::Over.recheck_at(), Emptied::UnderWay.recheck_at()), (None, None));
    }
}
