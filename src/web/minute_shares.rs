//! Limits how often a minute an organization uses a service that costs money.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use tokio::time::Instant;

use super::attempts::Attempts;

/// Uses within the last minute. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct MinuteShares(Arc<Mutex<Attempts<OrganizationId>>>);

impl MinuteShares {
    /// Allows `per_minute` for each organization.
    pub(super) fn of(per_minute: u32) -> Self {
        Self(Arc::new(Mutex::new(Attempts::within(per_minute, Duration::from_secs(60)))))
    }

    /// Whether another use is allowed now; if so, it is counted.
    pub(super) fn admits(&self, organization_id: OrganizationId, now: Instant) -> bool {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let admits = given.wait_s(&organization_id, now).is_none();
        if admits {
            given.tried(organization_id, now);
        }
        admits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_is_limited_per_minute_without_affecting_others() {
        let (shares, start) = (MinuteShares::of(20), Instant::now());
        let [one, other] = [1, 2].map(|id| OrganizationId(uuid::Uuid::from_u128(id)));
        for _ in 0..20 {
            assert!(shares.admits(one, start));
        }
        assert!(!shares.admits(one, start + Duration::from_secs(59)));
        assert!(shares.admits(other, start));
        assert!(shares.admits(one, start + Duration::from_secs(60)));
    }
}
