//! The dialler of the caller's organization, for handlers, control sockets and the live view.

use super::WebState;
use super::caller::Caller;
use super::problem::ApiError;
use crate::osdial::Dialler;

impl WebState {
    /// Adds the dialler; without it, no organization has one.
    #[must_use]
    pub fn with_dialler(mut self, dialler: Dialler) -> Self {
        self.dialler = Some(dialler);
        self
    }

    /// The dialler of the caller's organization. Other organizations don't learn that it exists.
    pub(super) fn dialler(&self, caller: &Caller) -> Result<&Dialler, ApiError> {
        let own = self.dialler.as_ref().filter(|dialler| dialler.organization_id() == caller.organization_id);
        own.ok_or_else(|| {
            ApiError::conflict(
                "no_dialler",
                "your organization has no dialler: ask the operator of this server to set osdial.database_url, and osdial.organization if it is not \
                 the first one's",
            )
        })
    }
}
