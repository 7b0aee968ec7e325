//! Declarations in the folder of a voice. Configuration, prices, the doctor, integrations and the circuits follow from them: no other
//! part of Cordboard names a provider.

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
    /// The integration by which an organization has an account of its own; none if it can have none.
    pub integration: Option<IntegrationKind>,
    /// Settings and test of that integration. Of several kinds with one integration one declares it.
    pub service: Option<ServiceKind>,
    /// Settings that keep the variable's name that other programs know them by, each with that.
    pub variables: &'static [(&'static str, &'static str)],
    /// Prices of its models.
    pub prices: &'static [ShippedPrice],
}

/// Calls that an organization's own account serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// All of them, if it is the first one in the order of the kinds.
    All,
    /// Those of profiles that name an agent which is hosted there.
    ThoseThatNameAnAgent,
    /// Those of profiles whose chain names it.
    ThoseOfItsChains,
}

/// Settings and test of an integration.
#[derive(Debug)]
pub struct ServiceKind {
    /// URL of a service for which the settings give no address; none if they always give one.
    pub public_url: Option<&'static str>,
    /// The names of its secrets.
    pub secrets: &'static [&'static str],
    /// The secret that the service knows us by.
    pub key: &'static str,
    /// Header by which it gets our key.
    pub known_by: KnownBy,
    /// A path below its address that costs nothing, and answers to whom it knows.
    pub asked_at: &'static str,
}

/// Header by which a service gets our key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// `Authorization`, with this word before the key, as `Bearer`.
    Authorization(&'static str),
    /// A header of that name, in small letters.
    Header(&'static str),
}

/// Price of a model, in US dollars: decimals as in the provider's price list.
#[derive(Debug)]
pub struct ShippedPrice {
    /// The model.
    pub model: &'static str,
    /// For a million tokens of text read, of text from the provider's cache, of audio heard, of audio from the cache, of text written, of audio
    /// spoken; and for a minute, where a model is billed by length.
    pub dollars: [&'static str; 7],
}

impl ShippedPrice {
    /// The prices of a model by tokens and minutes.
    pub(super) const fn of(model: &'static str, dollars: [&'static str; 7]) -> Self {
        Self { model, dollars }
    }

    /// The price of a model that is billed by the minute.
    pub(super) const fn minute(model: &'static str, dollars: &'static str) -> Self {
        Self { model, dollars: ["0", "0", "0", "0", "0", "0", dollars] }
    }
}

/// Parts that accounts are made with.
#[derive(Clone, Debug)]
pub struct VoiceParts {
    /// Sounds of assistants.
    pub prompts: Arc<SoundSet<Prompt>>,
    /// The count of open connections.
    pub connections: LiveCount,
}

/// The section of a kind's settings.
pub trait VoiceSection: Debug + Send + Sync {
    /// Whether the configuration has what it takes to be served: a key, or the address of a server of one's own.
    fn is_set_up(&self, all: &VoiceSections) -> bool;

    /// Region in which the account stores what it hears.
    fn region(&self) -> RegionName {
        RegionName::Unknown
    }

    /// Complains of all that it can't serve calls without; asked where `assistant.provider` names it.
    fn contradictions(&self, _all: &VoiceSections, _layers: &mut Layers) {}

    /// The configuration's account. Reads the system's certificates: blocks for some 10 ms.
    ///
    /// # Errors
    /// The settings name no place that can be connected to.
    fn account(&self, all: &VoiceSections, parts: &VoiceParts) -> Result<Arc<dyn Account>, TargetError>;

    /// An organization's own account; asked of kinds that have an integration.
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

    /// Check of the configuration's account, by the same steps as a call's.
    fn look(&self, all: &VoiceSections) -> Look;
}

/// Check of an account.
pub struct Look {
    /// Address of the service.
    pub place: String,
    /// Its action if all is well, as `opens a session with gpt-realtime`.
    pub does: String,
    /// The result that a call would have.
    pub looked: LocalBoxFuture<'static, Result<(), ProviderFault>>,
    /// The fix, by the failure.
    pub fix: fn(ProviderFailure) -> &'static str,
}

/// An integration of an organization that has to become an account.
pub struct OwnAccount<'a> {
    /// The settings that are not secret.
    pub settings: &'a IntegrationSettings,
    /// Opens a secret of it; none if it is not set, and an error, in words, where it can't be opened.
    pub secret: &'a dyn Fn(&str) -> Result<Option<Secret>, String>,
    /// Whether users may have this address asked; why not, in words.
    pub address: &'a dyn Fn(&str) -> Result<(), String>,
    /// Route to addresses that users typed.
    pub way: OutsideAccess,
}

/// Result for an organization's integration.
pub enum Own {
    /// An account.
    Account(Arc<dyn Account>),
    /// Nothing is set up yet: this secret is missing.
    Lacks(&'static str),
}

/// Why an account of an organization's own can't be used.
#[derive(Debug, thiserror::Error)]
pub enum UnusableAccount {
    /// A secret does not open; why, in words.
    #[error("{0}")]
    Secret(String),
    /// The address in this setting may not be asked; why, in words.
    #[error("{0} {1}")]
    Address(&'static str, String),
    /// It names no place that can be connected to.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Only the configuration has an account of this kind.
    #[error("organizations have no accounts of their own there")]
    NotOffered,
}

impl OwnAccount<'_> {
    /// Opens a secret; none if it is not set.
    ///
    /// # Errors
    /// It can't be opened.
    pub fn open(&self, name: &str) -> Result<Option<String>, UnusableAccount> {
        let secret = (self.secret)(name).map_err(UnusableAccount::Secret)?;
        Ok(secret.map(|secret| secret.expose().to_owned()))
    }

    /// The service's address, which may be asked.
    ///
    /// # Errors
    /// It may not.
    pub fn base_url(&self) -> Result<String, UnusableAccount> {
        let base_url = self.settings.base_url();
        (self.address)(base_url).map_err(|reason| UnusableAccount::Address("base_url", reason))?;
        Ok(base_url.to_owned())
    }

    /// The account at a service that has agents and takes nobody without a key, with these settings for a key and an address.
    pub(super) fn agents<H: Agents>(
        &self,
        parts: &VoiceParts,
        settings: impl FnOnce(Option<String>, String) -> H::Settings,
    ) -> Result<Own, UnusableAccount> {
        let Some(key) = self.open("api_key")? else { return Ok(Own::Lacks("api_key")) };
        let settings = settings(Some(key), self.base_url()?);
        let account = agents::<H>(self.way.clone(), settings, parts)?;
        Ok(Own::Account(account))
    }
}

/// The configuration's account at a service that has agents.
pub(super) fn configured_agents<H: Agents>(
    settings: H::Settings,
    parts: &VoiceParts,
) -> Result<Arc<dyn Account>, TargetError> {
    agents::<H>(OutsideAccess::anywhere().map_err(TargetError::Tls)?, settings, parts)
}

/// An account at a service that has agents.
pub(super) fn agents<H: Agents>(
    way: OutsideAccess,
    settings: H::Settings,
    parts: &VoiceParts,
) -> Result<Arc<dyn Account>, TargetError> {
    let account = AgentAccount::<H>::by_way(way, settings, Arc::clone(&parts.prompts))?;
    Ok(Arc::new(account.counted_in(parts.connections.clone())))
}

/// Complains of a service that takes no calls without a key, where neither that nor a server of one's own is set.
pub(super) fn lacks_key(layers: &mut Layers, service: &str, key: &str, base_url: &str) {
    layers.contradiction(
        "assistant.provider",
        format!("{service} takes no calls without a key"),
        format!("set {key}, or {base_url} to a server of your own, or assistant.provider to builtin"),
    );
}

/// Registers the kinds: each is a module with a `Section` (see [`VoiceSection`]) and a `KIND`. Their order is that in which they are listed,
/// and, of several accounts of an organization that serve all calls, that in which one is taken.
macro_rules! voices {
    ($( $kind:ident, )+) => {
        /// All kinds.
        pub static VOICES: &[&kind::VoiceKind] = &[$( &$kind::KIND, )+];

        cordboard_settings::sections! { VoiceSections { $( $kind: $kind::Section, )+ } }

        impl VoiceSections {
            /// Each kind with its section.
            pub fn each(&self) -> Vec<(&'static kind::VoiceKind, &dyn kind::VoiceSection)> {
                vec![$( (&$kind::KIND, &self.$kind as &dyn kind::VoiceSection), )+]
            }

            /// The kind of this name with its section; none if there is no such kind.
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

/// The kind of this name; none if there is no such kind.
pub fn voice_kind(name: VoiceName) -> Option<&'static VoiceKind> {
    super::VOICES.iter().copied().find(|kind| kind.name == name)
}

/// Settings and test of an integration; none if no voice has it.
pub fn service_kind(kind: IntegrationKind) -> Option<&'static ServiceKind> {
    super::VOICES
        .iter()
        .find(|voice| voice.integration == Some(kind) && voice.service.is_some())?
        .service
        .as_ref()
}
