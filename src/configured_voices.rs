//! The configuration's own accounts at providers of voices: those that calls are served by as a rule, and those that chains name.

use std::collections::BTreeMap;
use std::sync::Arc;

use cordboard_actors::assistant::Account;
use cordboard_actors::assistant::kind::{VoiceKind, VoiceParts, VoiceSection};
use cordboard_actors::assistant::remote::TargetError;
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::circuits::Account as Circuit;
use cordboard_actors::ledger::Ledger;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::{DataRegion, VoiceName};

use crate::config::{Config, ProviderName};
use crate::outside_accounts::{OutsideAccounts, Voice};

/// The accounts of the house, by their provider.
#[derive(Debug, Default)]
pub(crate) struct ConfiguredVoices {
    /// The one that serves as a rule; none where the built-in assistant does.
    usual: Option<VoiceName>,
    accounts: BTreeMap<VoiceName, Arc<dyn Account>>,
    regions: BTreeMap<VoiceName, DataRegion>,
}

impl ConfiguredVoices {
    /// Prepares the provider that the configuration names, and each other one that it has what it takes for. Blocks for some 10 ms.
    ///
    /// # Errors
    /// The one that is named could not be connected to. Another one is left out, and logged.
    pub(crate) fn load(
        config: &Config,
        prompts: &Arc<SoundSet<Prompt>>,
        ledger: &Ledger,
    ) -> Result<Self, TargetError> {
        let usual = usual(config);
        let mut accounts = BTreeMap::new();
        let parts =
            VoiceParts { prompts: Arc::clone(prompts), connections: ledger.provider_connections.clone() };
        for (kind, section) in config.voices.each() {
            let voice = kind.name;
            if !is_set_up(config, voice) {
                continue;
            }
            match section.account(&config.voices, &parts) {
                Ok(account) => drop(accounts.insert(voice, account)),
                Err(error) if Some(voice) == usual => return Err(error),
                Err(error) => tracing::warn!(%voice, %error, "no chain of voices can name it"),
            }
        }
        let known =
            |(kind, section): (&VoiceKind, &dyn VoiceSection)| Some((kind.name, section.region().region()?));
        let regions = config.voices.each().into_iter().filter_map(known).collect();
        Ok(Self { usual, accounts, regions })
    }

    /// The account that serves as a rule; none where the built-in assistant does.
    pub(crate) fn usual(&self) -> Option<Arc<dyn Account>> {
        self.of(self.usual?)
    }

    /// The account at this provider.
    pub(crate) fn of(&self, voice: VoiceName) -> Option<Arc<dyn Account>> {
        self.accounts.get(&voice).cloned()
    }

    /// Region in which the account at this provider keeps its data, if known.
    pub(crate) fn region(&self, voice: VoiceName) -> Option<DataRegion> {
        self.regions.get(&voice).copied()
    }

    /// Whether there is any.
    pub(crate) fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }
}

/// The organization's own account of a voice; none where the house's serves its calls.
///
/// # Errors
/// It has one that can't be used, and nobody else's is used in its place; in words.
pub(crate) fn own_account(
    accounts: &OutsideAccounts,
    organization_id: OrganizationId,
    voice: VoiceName,
) -> Result<Option<Arc<dyn Account>>, String> {
    match accounts.speaking(organization_id, voice) {
        Voice::Own(account) => Ok(Some(account)),
        Voice::Unusable => Err(format!("the organization's account at {voice} can't be used")),
        Voice::Configured => Ok(None),
    }
}

/// Owner of the account that serves an organization's calls at a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VoiceAccount {
    /// Its own one, which was set then.
    Own(UnixMs),
    /// The configuration's.
    Configured,
    /// Its own one, which can't be used.
    Unusable,
    /// Nobody's.
    None,
}

impl VoiceAccount {
    /// Owner of the account of a voice.
    pub(crate) fn of(
        (accounts, config): (Option<&OutsideAccounts>, &Config),
        organization_id: OrganizationId,
        voice: VoiceName,
    ) -> Self {
        let own = accounts.map(|accounts| {
            (accounts.speaking(organization_id, voice), accounts.revision(organization_id, voice))
        });
        match own {
            Some((Voice::Own(_), revision)) => Self::Own(revision),
            Some((Voice::Unusable, _)) => Self::Unusable,
            _ if is_set_up(config, voice) => Self::Configured,
            _ => Self::None,
        }
    }
}

/// The circuit of a voice's account, for an organization's calls.
pub(crate) fn circuit_of(organization_id: OrganizationId, voice: VoiceName, own: Option<UnixMs>) -> Circuit {
    Circuit { organization_id: own.map(|_| organization_id), voice, revision: own.unwrap_or(UnixMs(0)) }
}

/// Says that neither the organization nor the installation has an account of a voice.
pub(crate) fn no_account(voice: VoiceName) -> String {
    format!("there is no account at {voice}")
}

fn usual(config: &Config) -> Option<VoiceName> {
    match config.assistant.provider {
        ProviderName::Builtin => None,
        ProviderName::Voice(voice) => Some(voice),
    }
}

/// Whether the configuration has what it takes to be served by this provider: its key, or the address of a server of one's own.
pub(crate) fn is_set_up(config: &Config, voice: VoiceName) -> bool {
    let section = config.voices.of(voice);
    section.is_some_and(|(_, section)| section.is_set_up(&config.voices) || usual(config) == Some(voice))
}
