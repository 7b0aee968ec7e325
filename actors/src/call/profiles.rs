//! Caching of the caller's profile, and the effects that wait for it.

use std::time::Duration;

use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::limits::{PROFILE_LED_ON_WAIT_MS_MAX, PROFILE_WAIT_MS_MAX};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::Instrument;

use super::live_call::LiveCall;
use crate::messages::{CacheProfile, ProfileKept};

/// Time that it may take in all: somewhat less than the machine waits.
const CACHE_WAIT: Duration = Duration::from_millis(PROFILE_WAIT_MS_MAX - 100);

impl LiveCall {
    /// First the whole journal so far is on disk: the profile is built from it.
    /// It always comes to an end, which is reported to the machine.
    pub(super) fn cache_profile(&mut self, handoff: Option<EffectId>, extensions: Vec<String>) {
        let (under_way, caching) = watch::channel(());
        self.caching = Some(caching);
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
            let told = timeout(CACHE_WAIT, working).await;
            let ProfileKept { outcome, brief } =
                told.unwrap_or_else(|_| failed("the database or the cache took too long"));
            drop(under_way);
            line.fact(Fact::ProfileCached { handoff, outcome, brief });
        };
        actix_rt::spawn(caching.instrument(self.span.clone()));
    }

    /// Whether the profile is being cached.
    pub(super) fn is_caching(&self) -> bool {
        self.caching.as_ref().is_some_and(|caching| caching.has_changed().is_ok())
    }

    /// Resolves when a caller may be led elsewhere: their profile is cached
    /// for the people they get to, or they have waited long enough.
    pub(super) fn may_be_led_on(&self) -> impl Future<Output = ()> + use<> {
        let caching = self.caching.clone();
        async move {
            if let Some(mut caching) = caching {
                // Nothing is ever said there; it is over once nobody could.
                let wait = Duration::from_millis(PROFILE_LED_ON_WAIT_MS_MAX);
                let _ = timeout(wait, caching.changed()).await;
            }
        }
    }
}
