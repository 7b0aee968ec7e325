//! Files that are imported: lists of contacts, customers and leads. Each is in memory until its last row is written, so an organization has only few
//! of them at a time. Room is taken before the file is read.

use actix_web::dev::ServiceRequest;
use actix_web::{HttpMessage as _, HttpRequest};
use cordboard_actors::shares::{Amount, Claim, Reach, ShareTaken, Shares, UsedUp};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{IMPORTS_MAX, IMPORTS_OF_ORGANIZATION_MAX, IMPORTS_RESERVED};

use super::problem::ApiError;

/// Files being imported. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct Imports {
    shares: Shares<OrganizationId>,
    /// The first organization, where the operator works: there is always room for its files.
    first: OrganizationId,
}

/// Room that was taken for a request before its handler.
struct Room(ShareTaken<OrganizationId>);

impl Imports {
    /// The imports of a server with this first organization.
    pub(super) fn for_first(first: OrganizationId) -> Self {
        let shares = Shares::new(Amount { total: IMPORTS_MAX, reserve: IMPORTS_RESERVED });
        Self { shares, first }
    }

    /// Takes room for the file of a request that is read before its handler. The handler gets it by [`Self::room_of`].
    ///
    /// # Errors
    /// The same as [`Self::room_for`].
    pub(super) fn take_room(
        &self,
        request: &ServiceRequest,
        organization_id: OrganizationId,
    ) -> Result<(), ApiError> {
        let room = self.room_for(organization_id)?;
        request.extensions_mut().insert(Room(room));
        Ok(())
    }

    /// The room that was taken for the file of a request, otherwise other room.
    ///
    /// # Errors
    /// The same as [`Self::room_for`].
    pub(super) fn room_of(
        &self,
        request: &HttpRequest,
        organization_id: OrganizationId,
    ) -> Result<ShareTaken<OrganizationId>, ApiError> {
        let taken = request.extensions_mut().remove::<Room>();
        taken.map_or_else(|| self.room_for(organization_id), |Room(room)| Ok(room))
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
    use actix_web::test::TestRequest;
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

    #[test]
    fn a_file_read_before_its_handler_counts_once() {
        let (imports, ours) =
            (Imports::for_first(OrganizationId(Uuid::nil())), OrganizationId(Uuid::from_u128(2)));
        let request = TestRequest::default().to_srv_request();
        imports.take_room(&request, ours).unwrap();
        let room = imports.room_of(request.request(), ours).unwrap();
        let others: Vec<_> = std::iter::from_fn(|| imports.room_for(ours).ok()).collect();
        assert_eq!(others.len() + 1, IMPORTS_OF_ORGANIZATION_MAX);
        drop((room, others));
        assert!(imports.room_of(request.request(), ours).is_ok(), "it was taken once");
    }
}
