//! Caches the caller's profile.

use std::time::Duration;

use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::limits::PROFILE_WAIT_MS_MAX;
use tokio::time::timeout;
use tracing::Instrument;

use super::live_call::LiveCall;
use crate::messages::{CacheProfile, ProfileKept};

/// The time that it may take in all: a little less than the machine waits.
const CACHE_WAIT: Duration = Duration::from_millis(PROFILE_WAIT_MS_MAX - 100);

impl LiveCall {
    /// The whole journal so far must be on disk first, because the profile is built from it. It always ends, and the
    /// result is reported to the machine.
    pub(super) fn cache_profile(&mut self, handoff: Option<EffectId>, extensions: Vec<String>) {
        let under_way = self.next_steps.caching_begins();
        let (committed, line) = (self.committed(), self.line.clone());
        let (profiles, identity) = (self.neighbours.profiles.clone(), self.identity);
        let failed = |reason: &str| ProfileKept {
            outcome: ProfileOutcome::Failed { reason: reason.to_owned() },
            brief: None,
        };
        let working = async move {
            if let Err(fault) = committed.await {
                return failed(&fault.to_string());
            }
            let (organization_id, call_id) = (identity.organization_id, identity.call_id);
            let asked = profiles.send(CacheProfile { organization_id, call_id, extensions }).await;
            asked.unwrap_or_else(|_| failed("the server is going down"))
        };
        let caching = async move {
            let finished = timeout(CACHE_WAIT, working).await;
            let ProfileKept { outcome, brief } =
                finished.unwrap_or_else(|_| failed("the database or the cache took too long"));
            drop(under_way);
            line.fact(Fact::ProfileCached { handoff, outcome, brief });
        };
        actix_rt::spawn(caching.instrument(self.span.clone()));
    }
}
