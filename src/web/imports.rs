//! Files that are imported: lists of contacts and of leads. Each is in memory until its last row is written, so an organization has only few of them
//! at a time. Room is taken before the file is read.

use cordboard_actors::shares::{Amount, Claim, Reach, ShareTaken, Shares, UsedUp};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{IMPORTS_MAX, IMPORTS_OF_ORGANIZATION_MAX, IMPORTS_RESERVED};

use super::problem::ApiError;

/// Files being imported. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct Imports {
    shares: Shares<OrganizationId>,
    /// The operator works there, so there is always room for its files.
    first: OrganizationId,
}

impl Imports {
    /// The imports of a server with this first organization.
    pub(super) fn for_first(first: OrganizationId) -> Self {
        let shares = Shares::new(Amount { total: IMPORTS_MAX, reserve: IMPORTS_RESERVED });
        Self { shares, first }
    }

    /// Room for another file of this organization, until the returned value is dropped.
    ///
    /// # Errors
    /// The organization has used up its share ([`ApiError::ShareUsedUp`]), or none is left.
    pub(super) fn room_for(
        &self,
        organization_id: OrganizationId,
    ) -> Result<ShareTaken<OrganizationId>, ApiError> {
        let claim = Claim { holder: organization_id, share: IMPORTS_OF_ORGANIZATION_MAX };
        let reach = if organization_id == self.first { Reach::Reserve } else { Reach::Usual };
        self.shares.take(&[claim], reach).map_err(|used_up| match used_up {
            UsedUp::Share { share, .. } => ApiError::ShareUsedUp(format!(
                "{share} files are being imported by your organization, its share: wait until one is read, and try again"
            )),
            UsedUp::Total { .. } | UsedUp::AllButReserve { .. } => {
                ApiError::Unavailable("too many files are being imported: try again in a moment".to_owned())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn organizations_leave_room_for_each_others_files() {
        let id = |number| OrganizationId(Uuid::from_u128(number));
        let imports = Imports::for_first(id(1));
        let all_of =
            |number| -> Vec<_> { std::iter::from_fn(|| imports.room_for(id(number)).ok()).collect() };
        let one = all_of(2);
        assert_eq!(one.len(), IMPORTS_OF_ORGANIZATION_MAX);
        assert!(matches!(imports.room_for(id(2)), Err(ApiError::ShareUsedUp(_))));
        let others: Vec<_> = (3..20).flat_map(&all_of).collect();
        assert_eq!(one.len() + others.len(), IMPORTS_MAX - IMPORTS_RESERVED);
        assert!(matches!(imports.room_for(id(99)), Err(ApiError::Unavailable(_))));
        assert_eq!(
            all_of(1).len(),
            IMPORTS_OF_ORGANIZATION_MAX,
            "however many other organizations there are"
        );
        drop(one);
        assert!(imports.room_for(id(99)).is_ok());
    }
}
