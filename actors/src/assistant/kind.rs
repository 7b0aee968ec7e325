//! Declarations in the folder of a voice. Configuration, prices, the doctor, integrations and the circuit breakers are derived
//! from them: no other part of Cordboard names a provider.

use std::fmt::Debug;
use std::sync::Arc;

use cordboard_schema::integration::{IntegrationKind, IntegrationSettings};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::voice_chain::VoiceName;
use cordboard_settings::{Layers, RegionName, Secret};
use futures_util::future::LocalBoxFuture;

use super::VoiceSections;
use super::provider::{Account, ProviderFault};
use super::remote::TargetError;
use super::remote::account::{AgentAccount, Agents};
use super::sounds::{Prompt, SoundSet};
use crate::live_count::LiveCount;
use crate::outside_access::OutsideAccess;

/// A kind of voice.
#[derive(Debug)]
pub struct VoiceKind {
    /// The name of its providers: in profiles, journals, metrics and `assistant.provider`.
    pub name: VoiceName,
    /// Calls that an organization's own account serves.
    pub serves: Serves,
    /// The integration by which an organization has its own account; `None` if organizations can't have one.
    pub integration: Option<IntegrationKind>,
    /// Settings and test of that integration. If several kinds share an integration, one of them declares it.
    pub service: Option<ServiceKind>,
    /// Settings that keep a well-known variable name of other programs, each with that name.
    pub variables: &'static [(&'static str, &'static str)],
    /// Prices of its models.
    pub prices: &'static [ShippedPrice],
    /// Announced ends of models that have no shipped price, or for which naming another model is not enough.
    pub ends: &'static [ModelEnd],
}

/// A model whose provider has announced its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelEnd {
    /// The model.
    pub model: &'static str,
    /// The day, as `2027-02-26`.
    pub day: &'static str,
    /// What to do before that day, as an order.
    pub instead: &'static str,
}

/// Calls that an organization's own account serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// All calls, if it is the first account in the order of the kinds.
    All,
    /// Calls of profiles that name an agent hosted there.
    ThoseThatNameAnAgent,
    /// Calls of profiles whose chain names it.
    ThoseOfItsChains,
}

/// Settings and test of an integration.
#[derive(Debug)]
pub struct ServiceKind {
    /// URL of the service if the settings give no address; `None` if they always give one.
    pub public_url: Option<&'static str>,
    /// The names of its secrets.
    pub secrets: &'static [&'static str],
    /// The secret that authenticates us to the service.
    pub key: &'static str,
    /// Header in which our key is sent.
    pub known_by: KnownBy,
    /// A path, relative to its address, that costs nothing and requires authentication.
    pub asked_at: &'static str,
}

/// Header in which a service expects our key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// `Authorization`, with this word before the key, for example `Bearer`.
    Authorization(&'static str),
    /// A header with this name, in lower case.
    Header(&'static str),
}

/// Price of a model, in US dollars: decimals as in the provider's price list.
#[derive(Debug)]
pub struct ShippedPrice {
    /// The model.
    pub model: &'static str,
    /// For a million tokens of text input, cached text input, audio input, cached audio input, text output and audio output; and
    /// for a minute, if a model is billed by length.
    pub dollars: [&'static str; 7],
    /// The day on which the provider ends the model, as `2027-02-26`, if it has announced one.
    pub ends: Option<&'static str>,
}

impl ShippedPrice {
    /// Returns the prices of a model that is billed by tokens and minutes.
    pub(super) const fn of(model: &'static str, dollars: [&'static str; 7]) -> Self {
        Self { model, dollars, ends: None }
    }

    /// Returns the price of a model that is billed by the minute.
    pub(super) const fn minute(model: &'static str, dollars: &'static str) -> Self {
        Self::of(model, ["0", "0", "0", "0", "0", "0", dollars])
    }

    /// The same for a model that its provider ends on this day.
    pub(super) const fn until(self, day: &'static str) -> Self {
        Self { ends: Some(day), ..self }
    }
}

/// Parts that accounts are built with.
#[derive(Clone, Debug)]
pub struct VoiceParts {
    /// Sounds of assistants.
    pub prompts: Arc<SoundSet<Prompt>>,
    /// The count of open connections.
    pub connections: LiveCount,
}

/// The section of a kind's settings.
pub trait VoiceSection: Debug + Send + Sync {
    /// Returns whether the configuration is sufficient for calls: it has a key, or the address of a self-hosted server.
    fn is_set_up(&self, all: &VoiceSections) -> bool;

    /// Returns the region in which the account stores the data of calls.
    fn region(&self) -> RegionName {
        RegionName::Unknown
    }

    /// Returns the models whose usage is charged, each after its setting; none if the price has a name of its own.
    fn charged_models(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Reports everything that prevents it from serving calls. Called if `assistant.provider` names it.
    fn contradictions(&self, _all: &VoiceSections, _layers: &mut Layers) {}

    /// Returns the configuration's account. Loads the system's certificates, which blocks for some 10 ms.
    ///
    /// # Errors
    /// The settings name no place that can be connected to.
    fn account(&self, all: &VoiceSections, parts: &VoiceParts) -> Result<Arc<dyn Account>, TargetError>;

    /// Returns an organization's own account. Called for kinds that have an integration.
    ///
    /// # Errors
    /// It can't be used.
    fn own_account(
        &self,
        _all: &VoiceSections,
        _own: &OwnAccount<'_>,
        _parts: &VoiceParts,
    ) -> Result<Own, UnusableAccount> {
        Err(UnusableAccount::NotOffered)
    }

    /// Returns a check of the configuration's account, in the same steps as a call.
    fn check(&self, all: &VoiceSections) -> AccountCheck;
}

/// Check of an account.
pub struct AccountCheck {
    /// Address of the service.
    pub place: String,
    /// Its action if all is well, for example `opens a session with gpt-realtime`.
    pub does: String,
    /// The result that a call would have.
    pub result: LocalBoxFuture<'static, Result<(), ProviderFault>>,
    /// How to fix each failure.
    pub fix: fn(ProviderFailure) -> &'static str,
}

/// An integration of an organization, to be turned into an account.
pub struct OwnAccount<'a> {
    /// The settings that aren't secret.
    pub settings: &'a IntegrationSettings,
    /// Decrypts one of its secrets: `None` if it is not set; an error with the reason if it can't be decrypted.
    pub secret: &'a dyn Fn(&str) -> Result<Option<Secret>, String>,
    /// Checks whether users may direct requests to this address; the error is the reason why not.
    pub address: &'a dyn Fn(&str) -> Result<(), String>,
    /// Way to addresses that users typed.
    pub way: OutsideAccess,
}

/// Result for an organization's integration.
pub enum Own {
    /// An account.
    Account(Arc<dyn Account>),
    /// Nothing is set up yet: this secret is missing.
    Missing(&'static str),
}

/// Reason why an organization's own account can't be used.
#[derive(Debug, thiserror::Error)]
pub enum UnusableAccount {
    /// A secret can't be decrypted, and why.
    #[error("{0}")]
    Secret(String),
    /// Requests to the address in this setting are not allowed, and why.
    #[error("{0} {1}")]
    Address(&'static str, String),
    /// The settings name no place that can be connected to.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Only the configuration can have an account of this kind.
    #[error("organizations can't have their own account there")]
    NotOffered,
}

impl OwnAccount<'_> {
    /// Decrypts a secret; `None` if it is not set.
    ///
    /// # Errors
    /// It can't be decrypted.
    pub fn open(&self, name: &str) -> Result<Option<String>, UnusableAccount> {
        let secret = (self.secret)(name).map_err(UnusableAccount::Secret)?;
        Ok(secret.map(|secret| secret.expose().to_owned()))
    }

    /// Returns the service's address, after checking that requests to it are allowed.
    ///
    /// # Errors
    /// They are not.
    pub fn base_url(&self) -> Result<String, UnusableAccount> {
        let base_url = self.settings.base_url();
        (self.address)(base_url).map_err(|reason| UnusableAccount::Address("base_url", reason))?;
        Ok(base_url.to_owned())
    }

    /// Returns the account at a service with agents that requires a key; `settings` makes its settings of a key and an address.
    pub(super) fn agents<H: Agents>(
        &self,
        parts: &VoiceParts,
        settings: impl FnOnce(Option<String>, String) -> H::Settings,
    ) -> Result<Own, UnusableAccount> {
        let Some(key) = self.open("api_key")? else { return Ok(Own::Missing("api_key")) };
        let settings = settings(Some(key), self.base_url()?);
        let account = agents::<H>(self.way.clone(), settings, parts)?;
        Ok(Own::Account(account))
    }
}

/// Returns the configuration's account at a service with agents.
pub(super) fn configured_agents<H: Agents>(
    settings: H::Settings,
    parts: &VoiceParts,
) -> Result<Arc<dyn Account>, TargetError> {
    agents::<H>(OutsideAccess::anywhere().map_err(TargetError::Tls)?, settings, parts)
}

/// Returns an account at a service with agents.
pub(super) fn agents<H: Agents>(
    way: OutsideAccess,
    settings: H::Settings,
    parts: &VoiceParts,
) -> Result<Arc<dyn Account>, TargetError> {
    let account = AgentAccount::<H>::by_way(way, settings, Arc::clone(&parts.prompts))?;
    Ok(Arc::new(account.counted_in(parts.connections.clone())))
}

/// Reports a service that needs a key, if neither a key nor a self-hosted server is set.
pub(super) fn report_missing_key(layers: &mut Layers, service: &str, key: &str, base_url: &str) {
    layers.contradiction(
        "assistant.provider",
        format!("{service} needs a key for calls"),
        format!("set {key}, or {base_url} to a server of your own, or assistant.provider to builtin"),
    );
}

/// Registers the kinds: each is a module with a `Section` (see [`VoiceSection`]) and a `KIND`. They are listed in this order. If
/// several accounts of an organization serve all calls, the first in this order is taken.
macro_rules! voices {
    ($( $kind:ident, )+) => {
        /// All kinds.
        pub static VOICES: &[&kind::VoiceKind] = &[$( &$kind::KIND, )+];

        cordboard_settings::sections! { VoiceSections { $( $kind: $kind::Section, )+ } }

        impl VoiceSections {
            /// Returns each kind with its section.
            pub fn each(&self) -> Vec<(&'static kind::VoiceKind, &dyn kind::VoiceSection)> {
                vec![$( (&$kind::KIND, &self.$kind as &dyn kind::VoiceSection), )+]
            }

            /// Returns the kind of this name with its section; `None` if there is no such kind.
            pub fn of(
                &self,
                name: cordboard_schema::voice_chain::VoiceName,
            ) -> Option<(&'static kind::VoiceKind, &dyn kind::VoiceSection)> {
                self.each().into_iter().find(|(kind, _)| kind.name == name)
            }
        }
    };
}
pub(super) use voices;

/// Returns the kind of this name; `None` if there is no such kind.
pub fn voice_kind(name: VoiceName) -> Option<&'static VoiceKind> {
    super::VOICES.iter().copied().find(|kind| kind.name == name)
}

/// Returns settings and test of an integration; `None` if no voice has it.
pub fn service_kind(kind: IntegrationKind) -> Option<&'static ServiceKind> {
    super::VOICES
        .iter()
        .find(|voice| voice.integration == Some(kind) && voice.service.is_some())?
        .service
        .as_ref()
}
