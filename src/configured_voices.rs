//! The configuration's own accounts at providers of voices: the default one, and those that chains name.

use std::collections::BTreeMap;
use std::sync::Arc;

use cordboard_actors::assistant::Account;
use cordboard_actors::assistant::kind::{ModelEnd, VoiceKind, VoiceParts, VoiceSection};
use cordboard_actors::assistant::remote::TargetError;
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::circuits::Account as Circuit;
use cordboard_actors::ledger::Ledger;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::{DataRegion, VoiceName};

use crate::config::{Config, ProviderName, announced_end};
use crate::outside_accounts::{OutsideAccounts, Voice};

/// The server's accounts, by provider.
#[derive(Debug, Default)]
pub(crate) struct ConfiguredVoices {
    /// The default account; none if it is the built-in assistant.
    usual: Option<VoiceName>,
    accounts: BTreeMap<VoiceName, Arc<dyn Account>>,
    regions: BTreeMap<VoiceName, DataRegion>,
}

impl ConfiguredVoices {
    /// Prepares the provider that the configuration names, and every other one for which it has what is needed. Blocks for some 10 ms.
    ///
    /// # Errors
    /// Fails if the named one could not be connected. Another one is left out, and logged.
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
                Err(error) => tracing::warn!(%voice, %error, "chains of voices can't use it"),
            }
        }
        let known =
            |(kind, section): (&VoiceKind, &dyn VoiceSection)| Some((kind.name, section.region().region()?));
        let regions = config.voices.each().into_iter().filter_map(known).collect();
        Ok(Self { usual, accounts, regions })
    }

    /// The default account; none if it is the built-in assistant.
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

    /// Whether there is an account at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }
}

/// Returns the organization's own account of a voice; none if the server's account serves its calls.
///
/// # Errors
/// Fails, in words, if it has one that can't be used. No other account replaces it.
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

/// The account that serves an organization's calls at a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VoiceAccount {
    /// Its own, set at this time.
    Own(UnixMs),
    /// The configuration's.
    Configured,
    /// Its own, which can't be used.
    Unusable,
    /// There is none.
    None,
}

impl VoiceAccount {
    /// Returns whose account of a voice serves the organization.
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

/// Returns the circuit of a voice's account, for an organization's calls.
pub(crate) fn circuit_of(organization_id: OrganizationId, voice: VoiceName, own: Option<UnixMs>) -> Circuit {
    Circuit { organization_id: own.map(|_| organization_id), voice, revision: own.unwrap_or(UnixMs(0)) }
}

/// Text for a voice of which neither the organization nor the installation has an account.
pub(crate) fn no_account(voice: VoiceName) -> String {
    format!("there is no account at {voice}")
}

/// A model of this installation that costs nothing, because it has no price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FreeModel {
    /// The setting that names it.
    pub(crate) setting: &'static str,
    /// Its name.
    pub(crate) model: String,
}

/// Returns the models without a price: those of the voices that are set up, and the judge. A model with a price of 0 is free on purpose.
pub(crate) fn models_without_price(config: &Config) -> Vec<FreeModel> {
    let free = charged_models(config).into_iter().filter(|(_, model)| config.prices.get(model).is_none());
    free.map(|(setting, model)| FreeModel { setting, model }).collect()
}

/// A model of this installation that its provider ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndingModel {
    /// The setting that names it.
    pub(crate) setting: &'static str,
    /// Its name.
    pub(crate) model: String,
    /// The announced end.
    pub(crate) end: ModelEnd,
}

/// Returns the models of the voices that are set up, and of the judge, whose providers have announced their end.
pub(crate) fn models_that_end(config: &Config) -> Vec<EndingModel> {
    let ending = charged_models(config).into_iter();
    ending
        .filter_map(|(setting, model)| {
            let end = announced_end(&model)?;
            Some(EndingModel { setting, model, end })
        })
        .collect()
}

/// The models for which calls by the configuration's accounts are charged, each after the setting that names it.
pub(crate) fn charged_models(config: &Config) -> Vec<(&'static str, String)> {
    let voices = config.voices.each().into_iter().filter(|(kind, _)| is_set_up(config, kind.name));
    let judge = config.judge.base_url.is_some().then(|| ("judge.model", config.judge.model.clone()));
    voices.flat_map(|(_, section)| section.charged_models()).chain(judge).collect()
}

fn usual(config: &Config) -> Option<VoiceName> {
    match config.assistant.provider {
        ProviderName::Builtin => None,
        ProviderName::Voice(voice) => Some(voice),
    }
}

/// Returns whether the configuration has what this provider needs: its key, or the address of your own server.
pub(crate) fn is_set_up(config: &Config, voice: VoiceName) -> bool {
    let section = config.voices.of(voice);
    section.is_some_and(|(_, section)| section.is_set_up(&config.voices) || usual(config) == Some(voice))
}
