//! The registry's looks at the store, by a task beside it: neither a slow store nor a death of the registry holds the
//! other up.

use std::time::Duration;

use actix::Recipient;
use tokio::time::{sleep, timeout};

use crate::line::RegistryLine;
use crate::messages::{AskJournalHealth, LoadProfiles, ToRegistry};

/// How often profiles are read again and the journal's health is asked for, and how long the store may take to answer.
const STORE_LOOK: Duration = Duration::from_secs(2);

/// Tells the registry every 2 s what the store has to say, until there is no registry.
pub(super) async fn watch_store(
    registry: RegistryLine,
    load_profiles: Recipient<LoadProfiles>,
    journal_health: Recipient<AskJournalHealth>,
) {
    loop {
        sleep(STORE_LOOK).await;
        let profiles = timeout(STORE_LOOK, load_profiles.send(LoadProfiles)).await;
        let health = timeout(STORE_LOOK, journal_health.send(AskJournalHealth)).await;
        let seen = ToRegistry::StoreSeen {
            profiles: profiles.ok().and_then(Result::ok).and_then(Result::ok),
            health: health.ok().and_then(Result::ok),
        };
        if !registry.tell(seen) {
            return;
        }
    }
}
