//! The dialler of whoever asks, for handlers, control sockets and the live view.

use super::WebState;
use super::caller::Caller;
use super::problem::ApiError;
use crate::osdial::Dialler;

impl WebState {
    /// Adds the dialler; without it, nobody has one.
    #[must_use]
    pub fn with_dialler(mut self, dialler: Dialler) -> Self {
        self.dialler = Some(dialler);
        self
    }

    /// The dialler of whoever asks. Of another organization's they learn nothing, not even that there is one.
    pub(super) fn dialler(&self, caller: &Caller) -> Result<&Dialler, ApiError> {
        let own = self.dialler.as_ref().filter(|dialler| dialler.organization_id() == caller.organization_id);
        own.ok_or_else(|| {
            ApiError::conflict(
                "no_dialler",
                "your organization has no dialler: whoever operates this server sets osdial.database_url, and \
                 osdial.organization where it is not the first one's",
            )
        })
    }
}
