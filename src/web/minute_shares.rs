//! Limits how often a minute an organization uses a service that costs money.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use tokio::time::Instant;

use super::attempts::Attempts;
use super::problem::ApiError;

/// Uses within the last minute. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct MinuteShares(Arc<Mutex<Attempts<OrganizationId>>>);

impl MinuteShares {
    /// Allows `per_minute` for each organization.
    pub(super) fn of(per_minute: u32) -> Self {
        Self(Arc::new(Mutex::new(Attempts::within(per_minute, Duration::from_secs(60)))))
    }

    /// Counts another use, if it is allowed now.
    ///
    /// # Errors
    /// The organization has used up its share of the minute ([`ApiError::ShareOfTimeUsedUp`]), of which `what` says how.
    pub(super) fn take(
        &self,
        organization_id: OrganizationId,
        now: Instant,
        what: impl Display,
    ) -> Result<(), ApiError> {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(retry_after_s) = given.wait_s(&organization_id, now) {
            let detail = format!("your organization has {what} within a minute");
            return Err(ApiError::ShareOfTimeUsedUp { detail, retry_after_s });
        }
        given.tried(organization_id, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use actix_web::http::header::RETRY_AFTER;

    use super::*;

    #[test]
    fn an_organization_is_limited_per_minute_without_affecting_others() {
        let (shares, start) = (MinuteShares::of(20), Instant::now());
        let [one, other] = [1, 2].map(|id| OrganizationId(uuid::Uuid::from_u128(id)));
        let admits = |organization, now| shares.take(organization, now, "made 20 trials").is_ok();
        for _ in 0..20 {
            assert!(admits(one, start));
        }
        assert!(!admits(one, start + Duration::from_secs(59)));
        assert!(admits(other, start));
        let refused = shares.take(one, start + Duration::from_secs(20), "made 20 trials").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "your organization has made 20 trials within a minute; try again in 41 s"
        );
        assert_eq!(refused.error_response().headers().get(RETRY_AFTER).unwrap(), "41");
        assert!(admits(one, start + Duration::from_secs(60)));
    }
}
