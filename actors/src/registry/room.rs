//! Room for calls: `calls.max` in all, of which each organization has a share, so that none takes all lines from the others.
//!
//! - As long as there is one organization, it may have every call.
//! - While there are others, an organization other than the first has `calls.organization_max` calls, or a quarter of
//!   `calls.max`. All of them together leave a tenth of `calls.max` to the first organization, which in turn leaves the
//!   same number to them.
//! - Visitors of an organization's talk links never take the last quarter of its share: its phones are still answered.
//! - Callers who only hear a refusal have their own room.

use cordboard_schema::ids::{OrganizationId, OutsideId};
use cordboard_schema::limits::{
    CALLS_RESERVED_DIVISOR, ORGANIZATION_CALLS_DIVISOR, TALK_LINK_CALLS_KEPT_DIVISOR, TURNED_AWAY_CALLS_MAX,
};
use cordboard_schema::profile::AgentProfile;

use super::{GoingDown, RegistryActor};
use crate::messages::{Admission, Refused};
use crate::shares::{Amount, Claim, Reach, ShareTaken, Shares, UsedUp};

/// The holders of places of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CallHolder {
    /// An organization, however its calls arrive.
    Organization(OrganizationId),
    /// Visitors of its talk links.
    Visitors(OrganizationId),
}

/// The place of one call.
pub(super) type Room = ShareTaken<CallHolder>;

/// All places, and who holds them.
#[derive(Debug)]
pub(super) struct Rooms {
    bounds: Bounds,
    calls: Shares<CallHolder>,
    turned_away: Shares<CallHolder>,
}

/// Limits on the number of calls.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    calls_max: usize,
    /// For an organization other than the first, as configured.
    organization_max: Option<usize>,
}

/// An organization's position among those of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OrganizationRank {
    /// There is no other.
    Alone,
    /// It is the first of several: the operator's own.
    First,
    /// Another one.
    Other,
}

/// A call that asks to be admitted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newcomer {
    organization_id: OrganizationId,
    is_visitor: bool,
    begins_with: BeginsWith,
}

/// The party that talks when a new call begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BeginsWith {
    /// The assistant that serves the organization's calls.
    Usual,
    /// A voice of the chain of the call's own profile.
    Chain,
    /// An agent, and no assistant.
    Agent,
}

impl Newcomer {
    /// A call with these ids in other systems.
    pub(super) fn of(organization_id: OrganizationId, outside_ids: &[OutsideId]) -> Self {
        // An agent's own browser is not a call, and has no such name.
        let is_visitor = outside_ids.iter().any(|id| id.kind.is_visitor());
        Self { organization_id, is_visitor, begins_with: BeginsWith::Usual }
    }

    /// The same with the profile that talks. It may have a chain although no published one has: a draft that is tried, or an
    /// earlier version.
    pub(super) fn answered_by(self, profile: &AgentProfile) -> Self {
        match profile.speech.voices.is_empty() {
            true => self,
            false => Self { begins_with: BeginsWith::Chain, ..self },
        }
    }

    /// The same for a call that an agent begins at their desk.
    pub(super) fn of_agent(self) -> Self {
        Self { begins_with: BeginsWith::Agent, ..self }
    }

    fn holders(self) -> Vec<CallHolder> {
        let Self { organization_id, is_visitor, .. } = self;
        let visitors = is_visitor.then_some(CallHolder::Visitors(organization_id));
        [CallHolder::Organization(organization_id)].into_iter().chain(visitors).collect()
    }
}

/// The part of the admitted calls that is kept free from a party that takes many.
pub(crate) fn reserve(calls_max: usize) -> usize {
    // A server with room for one call keeps none free.
    calls_max.div_ceil(CALLS_RESERVED_DIVISOR).min(calls_max.saturating_sub(1))
}

impl Bounds {
    /// Number of places that are kept for the first organization, and by it for the others.
    fn reserve(self) -> usize {
        reserve(self.calls_max)
    }

    /// The most calls of an organization.
    fn share(self, standing: OrganizationRank) -> usize {
        let most = self.calls_max - self.reserve();
        match standing {
            OrganizationRank::Alone => self.calls_max,
            OrganizationRank::First => most,
            OrganizationRank::Other => {
                let usual = self.calls_max.div_ceil(ORGANIZATION_CALLS_DIVISOR);
                self.organization_max.unwrap_or(usual).min(most)
            }
        }
    }

    /// The most calls over its talk links, within that share.
    fn visitors_share(self, standing: OrganizationRank) -> usize {
        let share = self.share(standing);
        share - share / TALK_LINK_CALLS_KEPT_DIVISOR
    }
}

impl Rooms {
    pub(super) fn new(calls_max: usize, organization_max: Option<usize>) -> Self {
        let bounds = Bounds { calls_max, organization_max };
        Self {
            bounds,
            calls: Shares::new(Amount { total: calls_max, reserve: bounds.reserve() }),
            turned_away: Shares::new(Amount { total: TURNED_AWAY_CALLS_MAX, reserve: 0 }),
        }
    }

    /// The most calls at a time.
    pub(super) fn calls_max(&self) -> usize {
        self.bounds.calls_max
    }

    /// Takes a place for a call that was there before the start, whether or not there is room.
    pub(super) fn take_anyway(&self, call: Newcomer) -> Room {
        self.calls.take_anyway(call.holders(), Reach::Usual)
    }

    fn claims(&self, call: Newcomer, standing: OrganizationRank) -> (Vec<Claim<CallHolder>>, Reach) {
        let claim = |holder| {
            let share = match holder {
                CallHolder::Organization(_) => self.bounds.share(standing),
                CallHolder::Visitors(_) => self.bounds.visitors_share(standing),
            };
            Claim { holder, share }
        };
        let reach = if standing == OrganizationRank::Other { Reach::Usual } else { Reach::Reserve };
        (call.holders().into_iter().map(claim).collect(), reach)
    }

    fn take(&self, call: Newcomer, standing: OrganizationRank) -> Result<Room, Refused> {
        let (claims, reach) = self.claims(call, standing);
        self.calls.take(&claims, reach).map_err(|used_up| self.refused(used_up))
    }

    /// A place for a caller who hears why nobody takes their call.
    fn take_turned_away(&self, call: Newcomer, standing: OrganizationRank) -> Option<Room> {
        let all = TURNED_AWAY_CALLS_MAX;
        let share = if standing == OrganizationRank::Alone { all } else { all / ORGANIZATION_CALLS_DIVISOR };
        let claim = Claim { holder: CallHolder::Organization(call.organization_id), share };
        self.turned_away.take(&[claim], Reach::Usual).ok()
    }

    fn refused(&self, used_up: UsedUp<CallHolder>) -> Refused {
        let max = self.bounds.calls_max;
        match used_up {
            UsedUp::Total { total } => Refused::NoCapacity { max: total },
            UsedUp::AllButReserve { reserve } => Refused::KeptForFirst { reserve, max },
            UsedUp::Share { holder: CallHolder::Organization(_), share } => {
                Refused::ShareUsedUp { share, max }
            }
            UsedUp::Share { holder: CallHolder::Visitors(_), share } => {
                Refused::VisitorsShareUsedUp { share }
            }
        }
    }
}

impl RegistryActor {
    /// Takes a place for one more call, or returns why there is none.
    pub(super) fn room(&self, call: Newcomer) -> Result<Room, Refused> {
        self.takes_calls()?;
        if self.is_too_dear(call) {
            return Err(Refused::DailyCapReached);
        }
        self.rooms.take(call, self.standing(call.organization_id))
    }

    /// The same for this kind of admission.
    pub(super) fn room_for(&self, admission: Admission, call: Newcomer) -> Result<Room, Refused> {
        let room = self.room(call);
        match (admission, room) {
            (Admission::TurnedAway, Err(refused)) if refused.is_for_want_of_room() => {
                let standing = self.standing(call.organization_id);
                self.rooms.take_turned_away(call, standing).ok_or(refused)
            }
            (_, room) => room,
        }
    }

    /// Whether new calls are admitted. The first organization, to which callers belong unless they name another, must have room for one. What
    /// organizations have spent matters only once all of them have reached their cap of the day: one of many must not make a load balancer take the
    /// server from the others.
    pub(super) fn admits_calls(&self) -> bool {
        let mut all = self.profiles.iter().map(|published| published.profile.organization_id);
        let (claims, reach) = self.rooms.claims(Newcomer::of(self.home, &[]), self.standing(self.home));
        self.takes_calls().is_ok()
            && self.rooms.calls.refusal(&claims, reach).is_none()
            && all.any(|organization_id| !self.is_at_daily_cap(organization_id))
    }

    /// Whether a call is refused because its organization has reached its cap of the day.
    fn is_too_dear(&self, call: Newcomer) -> bool {
        match call.begins_with {
            BeginsWith::Usual => self.is_at_daily_cap(call.organization_id),
            BeginsWith::Chain => self.has_spent_daily_cap(call.organization_id),
            // People who talk with one another cost nothing.
            BeginsWith::Agent => false,
        }
    }

    /// Whether new calls are accepted at all.
    fn takes_calls(&self) -> Result<(), Refused> {
        if self.going_down > GoingDown::No {
            Err(Refused::Draining)
        } else if self.journal_full {
            Err(Refused::JournalFull)
        } else {
            Ok(())
        }
    }

    /// The built-in assistant costs nothing, so nothing is refused if it is the only one.
    fn is_at_daily_cap(&self, organization_id: OrganizationId) -> bool {
        self.has_spent_daily_cap(organization_id)
            && (self.policy_of(organization_id).standby_assistant || self.has_chains(organization_id))
    }

    fn has_spent_daily_cap(&self, organization_id: OrganizationId) -> bool {
        let now = self.neighbours.clock.now();
        self.spending.as_ref().is_some_and(|spending| spending.is_at_cap(organization_id, now))
    }

    /// Whether calls of the organization may be served by voices that cost something, whatever usually serves.
    fn has_chains(&self, organization_id: OrganizationId) -> bool {
        let profiles = self.profiles.iter().map(|published| &published.profile);
        let mut own = profiles.filter(|profile| profile.organization_id == organization_id);
        own.any(|profile| !profile.speech.voices.is_empty())
    }

    /// Only organizations with a profile can have calls.
    fn standing(&self, organization_id: OrganizationId) -> OrganizationRank {
        let is_other = |of: OrganizationId| of != organization_id;
        let others = self.profiles.iter().any(|published| is_other(published.profile.organization_id));
        match others {
            false => OrganizationRank::Alone,
            true if self.home == organization_id => OrganizationRank::First,
            true => OrganizationRank::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn bounds(calls_max: usize, organization_max: Option<usize>) -> Bounds {
        Bounds { calls_max, organization_max }
    }

    #[test]
    fn one_organization_has_all_calls_and_several_have_shares() {
        let shares = |bounds: Bounds| {
            [OrganizationRank::Alone, OrganizationRank::First, OrganizationRank::Other]
                .map(|standing| bounds.share(standing))
        };
        assert_eq!(shares(bounds(200, None)), [200, 180, 50]);
        assert_eq!(shares(bounds(200, Some(120))), [200, 180, 120]);
        assert_eq!(shares(bounds(200, Some(1_000))), [200, 180, 180], "never the reserve");
        assert_eq!(shares(bounds(10, None)), [10, 9, 3]);
        assert_eq!(shares(bounds(2, None)), [2, 1, 1]);
        assert_eq!(shares(bounds(1, None)), [1, 1, 1]);
        assert_eq!(shares(bounds(0, None)), [0, 0, 0]);
    }

    #[test]
    fn visitors_leave_a_quarter_to_the_phones() {
        let visitors = |calls_max, standing| bounds(calls_max, None).visitors_share(standing);
        assert_eq!(visitors(200, OrganizationRank::Alone), 150);
        assert_eq!(visitors(200, OrganizationRank::Other), 38);
        assert_eq!(visitors(1, OrganizationRank::Alone), 1);
    }

    #[test]
    fn others_never_take_what_is_kept_for_the_first() {
        let rooms = Rooms::new(20, None);
        let of = |number| Newcomer::of(OrganizationId(Uuid::from_u128(number)), &[]);
        let mut taken = Vec::new();
        for number in 2..6 {
            while let Ok(room) = rooms.take(of(number), OrganizationRank::Other) {
                taken.push(room);
            }
        }
        assert_eq!(taken.len(), 18, "four organizations take five each, as far as there are");
        let refused = rooms.take(of(9), OrganizationRank::Other).unwrap_err();
        assert_eq!(refused, Refused::KeptForFirst { reserve: 2, max: 20 });
        for _ in 0..2 {
            taken.push(rooms.take(of(1), OrganizationRank::First).unwrap());
        }
        assert_eq!(rooms.take(of(1), OrganizationRank::First).unwrap_err(), Refused::NoCapacity { max: 20 });
    }
}
