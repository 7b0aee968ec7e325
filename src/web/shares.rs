//! Resources that the organizations of this server share: live views, control sockets, desks and requests. Each organization has a share of them, and
//! each of its users and tokens a part of that. A reserve is kept for users who may see the installation.

use cordboard_actors::shares::{Amount, Claim, Reach, ShareTaken, Shares, UsedUp};
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    CONTROL_SOCKETS_MAX, CONTROL_SOCKETS_OF_ONE_MAX, CONTROL_SOCKETS_OF_ORGANIZATION_MAX,
    CONTROL_SOCKETS_RESERVED, DESKS_MAX, DESKS_OF_ONE_MAX, DESKS_OF_ORGANIZATION_MAX, DESKS_RESERVED,
    LIVE_CLIENTS_MAX, LIVE_CLIENTS_OF_ONE_MAX, LIVE_CLIENTS_OF_ORGANIZATION_MAX, LIVE_CLIENTS_RESERVED,
    PAGES_FOLLOWING_MAX, PAGES_FOLLOWING_OF_ONE_MAX, PAGES_FOLLOWING_OF_ORGANIZATION_MAX,
    PAGES_FOLLOWING_RESERVED, REQUESTS_AT_WORK_MAX, REQUESTS_OF_ONE_MAX, REQUESTS_OF_ORGANIZATION_MAX,
    REQUESTS_RESERVED,
};
use cordboard_schema::permission::Permission;

use super::caller::Caller;
use super::problem::ApiError;

/// Holder of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    Organization(OrganizationId),
    /// A user or a token of an organization.
    One(OrganizationId, Actor),
    /// All organizations together except the first: where strangers may register, their number is unlimited.
    Others,
}

/// A share that was taken; dropping it gives it back.
pub(super) type Share = ShareTaken<Holder>;

/// A shared resource. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    shares: Shares<Holder>,
    /// The operator works there, so its share is reserved.
    first: OrganizationId,
    total: usize,
    of_others: usize,
    of_organization: usize,
    of_one: usize,
    /// The name of the resource, as it follows a number.
    what: &'static str,
}

/// All shared resources. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct WebShares {
    pub(super) live_views: Shared,
    pub(super) pages_following: Shared,
    pub(super) control_sockets: Shared,
    pub(super) desks: Shared,
    pub(super) requests: Shared,
}

impl WebShares {
    /// The shares of a server with this first organization.
    pub(super) fn for_first(first: OrganizationId) -> Self {
        Self {
            live_views: Shared::new(
                first,
                "live views are open",
                Amount { total: LIVE_CLIENTS_MAX, reserve: LIVE_CLIENTS_RESERVED },
                (LIVE_CLIENTS_OF_ORGANIZATION_MAX, LIVE_CLIENTS_OF_ONE_MAX),
            ),
            pages_following: Shared::new(
                first,
                "pages that follow changes are open",
                Amount { total: PAGES_FOLLOWING_MAX, reserve: PAGES_FOLLOWING_RESERVED },
                (PAGES_FOLLOWING_OF_ORGANIZATION_MAX, PAGES_FOLLOWING_OF_ONE_MAX),
            ),
            control_sockets: Shared::new(
                first,
                "control sockets are open",
                Amount { total: CONTROL_SOCKETS_MAX, reserve: CONTROL_SOCKETS_RESERVED },
                (CONTROL_SOCKETS_OF_ORGANIZATION_MAX, CONTROL_SOCKETS_OF_ONE_MAX),
            ),
            desks: Shared::new(
                first,
                "desks are open",
                Amount { total: DESKS_MAX, reserve: DESKS_RESERVED },
                (DESKS_OF_ORGANIZATION_MAX, DESKS_OF_ONE_MAX),
            ),
            requests: Shared::new(
                first,
                "requests are being answered",
                Amount { total: REQUESTS_AT_WORK_MAX, reserve: REQUESTS_RESERVED },
                (REQUESTS_OF_ORGANIZATION_MAX, REQUESTS_OF_ONE_MAX),
            ),
        }
    }
}

impl Shared {
    fn new(
        first: OrganizationId,
        what: &'static str,
        amount: Amount,
        (of_organization, of_one): (usize, usize),
    ) -> Self {
        let of_others = amount.total - amount.reserve - of_organization;
        let shares = Shares::new(amount);
        Self { shares, first, total: amount.total, of_others, of_organization, of_one, what }
    }

    /// Takes one for this caller of the API.
    ///
    /// # Errors
    /// The caller or their organization has used up their share ([`ApiError::ShareUsedUp`]), or none is left.
    pub(super) fn take(&self, caller: &Caller) -> Result<Share, ApiError> {
        let Caller { organization_id, actor, .. } = *caller;
        let taken = if caller.may(Permission::Installation) {
            self.shares.take(&[], Reach::Reserve)
        } else {
            let one = Claim { holder: Holder::One(organization_id, actor), share: self.of_one };
            let all = Claim { holder: Holder::Organization(organization_id), share: self.of_organization };
            let others = Claim { holder: Holder::Others, share: self.of_others };
            let claims = [one, all, others];
            let claims = if organization_id == self.first { &claims[..2] } else { &claims[..] };
            self.shares.take(claims, Reach::Usual)
        };
        taken.map_err(|used_up| self.refused(used_up))
    }

    fn refused(&self, used_up: UsedUp<Holder>) -> ApiError {
        let Self { what, total, .. } = self;
        match used_up {
            UsedUp::Share { holder: Holder::One(..), share } => ApiError::ShareUsedUp(format!(
                "{share} {what} by this user or token, the share of one: wait until one ends, or end one"
            )),
            UsedUp::Share { holder: Holder::Organization(_), share } => ApiError::ShareUsedUp(format!(
                "{share} {what} by your organization, its share of {total}: wait until one ends, or end one"
            )),
            UsedUp::Share { holder: Holder::Others, share } => ApiError::Unavailable(format!(
                "{share} {what} by all organizations but the first, whose share is kept for it: ask again in a moment"
            )),
            UsedUp::Total { .. } => {
                ApiError::Unavailable(format!("{total} {what}, the most there may be: ask again in a moment"))
            }
            UsedUp::AllButReserve { reserve } => ApiError::Unavailable(format!(
                "{} {what}, and the last {reserve} are kept for whoever runs this server: ask again in a moment",
                total.saturating_sub(reserve)
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::{ApiTokenId, UserId};
    use uuid::Uuid;

    use super::*;

    fn id(number: usize) -> Uuid {
        Uuid::from_u128(number as u128)
    }

    fn token(organization: usize, number: usize) -> Caller {
        let organization_id = OrganizationId(id(organization));
        let mut caller = Caller::feed(organization_id, Permission::CallsRead, None);
        caller.actor =
            if number == 0 { Actor::User(UserId(id(0))) } else { Actor::ApiToken(ApiTokenId(id(number))) };
        caller
    }

    #[test]
    fn users_and_organizations_have_shares_and_operators_a_reserve() {
        let shares = WebShares::for_first(OrganizationId(id(1)));
        let WebShares { live_views, pages_following, control_sockets, desks, requests } = &shares;
        for shared in [live_views, pages_following, control_sockets, desks, requests] {
            let all_of = |organization| {
                let of = |number| {
                    let caller = token(organization, number);
                    std::iter::from_fn(move || shared.take(&caller).ok())
                };
                (0..=shared.of_organization).flat_map(of).collect::<Vec<_>>()
            };
            let one: Vec<_> = std::iter::from_fn(|| shared.take(&token(1, 0)).ok()).collect();
            assert_eq!(one.len(), shared.of_one, "{shared:?}");
            let refused = shared.take(&token(1, 0)).unwrap_err();
            assert!(refused.to_string().contains("this user or token"), "{refused}");
            drop(one);
            let others: Vec<_> = (2..10).flat_map(all_of).collect();
            let refused = shared.take(&token(99, 0)).unwrap_err();
            assert!(matches!(refused, ApiError::Unavailable(_)), "{refused:?}");
            let first = all_of(1);
            assert_eq!(first.len(), shared.of_organization, "however many other organizations there are");
            let refused = shared.take(&token(1, 9_999)).unwrap_err();
            assert!(refused.to_string().contains("by your organization"), "{refused}");
            let operator = Caller::installation(OrganizationId(id(1)), None);
            let kept: Vec<_> = std::iter::from_fn(|| shared.take(&operator).ok()).collect();
            assert_eq!(first.len() + others.len() + kept.len(), shared.total);
            assert!(!kept.is_empty(), "{shared:?}");
        }
    }
}
