//! How many previews of voices an organization gets: each costs money at a service.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::VOICE_PREVIEWS_PER_MINUTE;
use tokio::time::Instant;

use super::attempts::Attempts;

/// The previews of the last minute. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct VoicePreviews(Arc<Mutex<Attempts<OrganizationId>>>);

impl Default for VoicePreviews {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Attempts::within(VOICE_PREVIEWS_PER_MINUTE, Duration::from_secs(60)))))
    }
}

impl VoicePreviews {
    /// Whether there may be one more now; it counts from then on.
    pub(super) fn admits(&self, organization_id: OrganizationId, now: Instant) -> bool {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let admits = heard.wait_s(&organization_id, now).is_none();
        if admits {
            heard.tried(organization_id, now);
        }
        admits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_gets_so_many_a_minute_and_takes_none_from_others() {
        let (previews, start) = (VoicePreviews::default(), Instant::now());
        let [one, other] = [1, 2].map(|id| OrganizationId(uuid::Uuid::from_u128(id)));
        for _ in 0..VOICE_PREVIEWS_PER_MINUTE {
            assert!(previews.admits(one, start));
        }
        assert!(!previews.admits(one, start + Duration::from_secs(59)));
        assert!(previews.admits(other, start));
        assert!(previews.admits(one, start + Duration::from_secs(60)));
    }
}
