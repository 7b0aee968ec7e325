//! The keeper of the directory: reads integrations, makes accounts from them, and swaps what calls find.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use actix::ArbiterHandle;
use cordboard_actors::assistant::kind::{Own, VoiceParts};
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::live_count::LiveCount;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::{Integration, IntegrationKind, IntegrationSettings};
use cordboard_schema::limits::INTEGRATION_CHANGES_WAITING_MAX;
use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};

use super::twilio::TwilioAccounts;
use super::voice::Voices;
use super::{AccountsOf, Changed, Directory, OutsideAccounts, Served};
use crate::config::Config;
use crate::repeated_failure::RepeatedFailure;
use crate::store::{Connection, Store, StoreError, query};
use crate::web::Outside;

/// Pause between two attempts to read integrations while the database is unreachable.
const PAUSE: Duration = Duration::from_secs(2);

/// Dependencies of accounts.
pub struct AccountsSettings<'a> {
    /// Their common configuration.
    pub config: &'a Config,
    /// Store with the integrations.
    pub store: Store,
    /// Opens their secrets, and says which addresses may be connected to.
    pub outside: Outside,
    /// Sounds of assistants.
    pub prompts: Arc<SoundSet<Prompt>>,
    /// Counts connections of assistants.
    pub connections: LiveCount,
}

/// Why there is no directory.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// Integrations can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its arbiter has ended.
    #[error("the arbiter for outside connections has ended")]
    NoArbiter,
}

impl OutsideAccounts {
    /// Reads all integrations, and keeps them up to date on an arbiter that carries no audio.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub async fn start(
        settings: AccountsSettings<'_>,
        arbiter: &ArbiterHandle,
    ) -> Result<Self, AccountsError> {
        let AccountsSettings { config, store, outside, prompts, connections } = settings;
        let public_base = config.http.public_base_url.as_ref();
        let makers = Makers {
            twilio: TwilioAccounts {
                public_base: public_base.map(|base| base.trimmed().to_owned()),
                outside: outside.clone(),
            },
            voices: Voices {
                sections: config.voices.clone(),
                parts: VoiceParts { prompts, connections },
                outside,
            },
        };
        let found = store.reads().run(query::integrations_everywhere).await?;
        let mut of: HashMap<OrganizationId, Vec<Integration>> = HashMap::new();
        for integration in found {
            of.entry(integration.organization_id).or_default().push(integration);
        }
        let mut all = Directory::default();
        for (id, integrations) in of {
            all.set(id, Some(makers.accounts(&integrations, &AccountsOf::default())));
        }
        let (current, directory) = watch::channel(Arc::new(all));
        let (sender, changes) = mpsc::channel(INTEGRATION_CHANGES_WAITING_MAX);
        if !arbiter.spawn(Keeper { store, makers, current }.keep(changes)) {
            return Err(AccountsError::NoArbiter);
        }
        Ok(Self { directory, keeper: sender })
    }
}

/// Makes accounts from integrations.
struct Makers {
    voices: Voices,
    twilio: TwilioAccounts,
}

impl Makers {
    /// Returns the accounts that an organization's integrations are now.
    fn accounts(&self, integrations: &[Integration], before: &AccountsOf) -> AccountsOf {
        let mut of = AccountsOf::default();
        for integration in integrations {
            of.revisions.insert(integration.settings.kind(), integration.updated_at);
            of.regions
                .extend(integration.settings.region().map(|region| (integration.settings.kind(), region)));
            let unused = &mut of.unused;
            if let IntegrationSettings::Twilio(twilio) = &integration.settings {
                let made = self.twilio.of(integration, twilio, &before.twilio);
                of.twilio = served(integration, made.map(|made| made.ok_or("auth_token")), unused);
            }
            for (kind, made) in self.voices.of(integration) {
                let made = made.map(|own| match own {
                    Own::Account(account) => Ok(account),
                    Own::Missing(secret) => Err(secret),
                });
                // Only the kind that declares the integration reports why its account is unused.
                let mut unsaid = BTreeMap::new();
                let unused = if kind.service.is_some() { &mut *unused } else { &mut unsaid };
                of.voices.insert(kind.name, served(integration, made, unused));
            }
        }
        of
    }
}

/// Returns whose account serves an organization with this integration, and why its own does not, if so. If the integration is not set up, `missing`
/// is the missing secret.
fn served<T>(
    integration: &Integration,
    made: Result<Result<T, &'static str>, String>,
    unused: &mut BTreeMap<IntegrationKind, String>,
) -> Served<T> {
    let kind = integration.settings.kind();
    match made {
        Ok(Ok(own)) => Served::Own(own),
        Ok(Err(missing)) => {
            unused.insert(kind, format!("the secret {missing} is not set"));
            Served::Configured
        }
        Err(why) => {
            let organization_id = integration.organization_id;
            tracing::error!(%organization_id, %kind, why, "an integration can't be used, and no other account replaces it");
            unused.insert(kind, why);
            Served::Unusable
        }
    }
}

struct Keeper {
    store: Store,
    makers: Makers,
    current: watch::Sender<Arc<Directory>>,
}

impl Keeper {
    /// Handles one change after another, for as long as the arbiter runs.
    async fn keep(self, mut changes: mpsc::Receiver<Changed>) {
        while let Some(Changed { organization_id, known }) = changes.recv().await {
            let reloading = AssertUnwindSafe(self.reload(organization_id)).catch_unwind();
            match reloading.await {
                // If nobody waits any longer, nothing is lost.
                Ok(()) => drop(known.send(())),
                Err(_) => tracing::error!(
                    %organization_id, "the keeper of accounts panicked at an integration: calls continue with the accounts from before"
                ),
            }
        }
    }

    async fn reload(&self, organization_id: OrganizationId) {
        let mut failures = RepeatedFailure::of("reading of integrations");
        let found = loop {
            let read =
                move |connection: &mut Connection| query::readable_integrations(connection, organization_id);
            let read = failures.note(self.store.reads().run(read).await, |error| {
                tracing::error!(%organization_id, %error, "integrations can't be read; trying again later");
            });
            if let Some(found) = read {
                break found;
            }
            tokio::time::sleep(PAUSE).await;
        };
        let mut directory = Directory::clone(&self.current.borrow());
        let accounts = (!found.is_empty()).then(|| {
            let before = directory.get(&organization_id).cloned().unwrap_or_default();
            self.makers.accounts(&found, &before)
        });
        directory.set(organization_id, accounts);
        self.current.send_replace(Arc::new(directory));
    }
}
