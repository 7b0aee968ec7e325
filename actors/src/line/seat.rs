//! An open desk's place at the router, as a value: dropping it closes the desk.

use cordboard_schema::ids::{DeskId, OrganizationId, UserId};

use super::RouterLine;
use crate::messages::RouterNotice;

/// An open desk's place at the router. The desk is closed when this is dropped.
#[derive(Debug)]
#[must_use = "the desk is closed when this is dropped"]
pub struct Seat {
    router: RouterLine,
    organization_id: OrganizationId,
    user_id: UserId,
    desk: DeskId,
}

impl Seat {
    /// The desk with this number is being opened.
    pub(super) const fn new(
        router: RouterLine,
        organization_id: OrganizationId,
        user_id: UserId,
        desk: DeskId,
    ) -> Self {
        Self { router, organization_id, user_id, desk }
    }

    /// The desk's number.
    pub const fn desk(&self) -> DeskId {
        self.desk
    }
}

impl Drop for Seat {
    /// On the same line, so it arrives after the message that opened the desk.
    fn drop(&mut self) {
        let Self { organization_id, user_id, desk, .. } = *self;
        self.router.tell(RouterNotice::DeskClosed { organization_id, user_id, desk });
    }
}
