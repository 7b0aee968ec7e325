//! Who speaks with an organization's callers: an account of its own, or services of its own that are put together, where it has some.

use std::sync::Arc;

use cordboard_actors::assistant::cascade::{
    CascadeParts, CascadeSettings, RecognizerKind, ServiceSettings, SpeechFormat, SpeechKind,
};
use cordboard_actors::assistant::deepgram::{DeepgramAgents, DeepgramSettings};
use cordboard_actors::assistant::elevenlabs::{ElevenLabsAgents, ElevenLabsSettings};
use cordboard_actors::assistant::gemini::{GeminiAgents, GeminiSettings};
use cordboard_actors::assistant::openai::{OpenAiSettings, TargetError};
use cordboard_actors::assistant::openai_live::OpenAiLiveSettings;
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::assistant::{Account, AgentAccount, Host, OpenAi, OpenAiLive};
use cordboard_actors::live_count::LiveCount;
use cordboard_schema::integration::{
    CascadeIntegration, CascadePlace, CascadeRecognizer, CascadeSpeech, CascadeSpeechFormat,
    DeepgramIntegration, ElevenLabsIntegration, GeminiIntegration, Integration, OpenAiIntegration,
};
use url::Url;

use super::Served;
use super::opened::{OpenError, open};
use crate::config::{self, BaseUrl, Secret};
use crate::outside_http::BadAddress;
use crate::starts::{
    cascade_settings, deepgram_settings, elevenlabs_settings, gemini_settings, openai_settings,
};
use crate::web::Outside;

/// Headers that name the account of the configuration: they say nothing of another one.
const HEADERS_OF_ACCOUNT: [&str; 3] = ["authorization", "openai-organization", "openai-project"];
/// What stands in the place of `Authorization` at some servers, as a header or in the query.
const KEY_NAME: &str = "api-key";

/// Who speaks with an organization's callers: the provider that the configuration names, its own account, or, where that can't be
/// used, the built-in assistant.
pub type Voice = Served<Arc<dyn Account>>;

/// What all accounts at OpenAI have in common.
#[derive(Clone)]
pub(super) struct Voices {
    /// The section `[openai]`.
    pub(super) section: config::OpenAi,
    /// What calls by OpenAI's Live API have in common, whoever's account serves them.
    pub(super) openai_live: OpenAiLiveSettings,
    /// The section `[elevenlabs]`.
    pub(super) elevenlabs: config::ElevenLabs,
    /// The section `[deepgram]`.
    pub(super) deepgram: config::Deepgram,
    /// The section `[gemini]`.
    pub(super) gemini: config::Gemini,
    /// The section `[cascade]`.
    pub(super) cascade: config::Cascade,
    /// Sounds of the assistant.
    pub(super) prompts: Arc<SoundSet<Prompt>>,
    /// Where connections are counted.
    pub(super) connections: LiveCount,
    /// Opens keys, and says which addresses may be connected to.
    pub(super) outside: Outside,
}

/// Why an account can't be used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error(transparent)]
    Secret(#[from] OpenError),
    #[error("base_url {0}")]
    Address(#[from] BadAddress),
    #[error(transparent)]
    Place(#[from] UnusablePlace),
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl Voices {
    /// The provider that an integration brings; none where nothing is set up yet.
    ///
    /// # Errors
    /// It can't be used; why, in words.
    pub(super) fn of(
        &self,
        integration: &Integration,
        openai: &OpenAiIntegration,
    ) -> Result<Option<Arc<dyn Account>>, String> {
        self.make(integration, openai).map_err(|why| why.to_string())
    }

    fn make(
        &self,
        integration: &Integration,
        openai: &OpenAiIntegration,
    ) -> Result<Option<Arc<dyn Account>>, Unusable> {
        let key = open(&self.outside.secrets, integration, "api_key")?;
        if key.is_none() && is_same_base(&openai.base_url, BaseUrl::openai().as_str()) {
            // OpenAI takes no calls without a key: nothing is set up yet.
            return Ok(None);
        }
        self.outside.http.address(&openai.base_url)?;
        let settings = settings(&self.section, &openai.base_url, key);
        let openai = OpenAi::by_way(self.outside.http.way(), settings, Arc::clone(&self.prompts))?;
        Ok(Some(Arc::new(openai.counted_in(self.connections.clone()))))
    }
}

impl Voices {
    /// The account at ElevenLabs that an integration brings; none where nothing is set up yet. The agents are named by profiles.
    ///
    /// # Errors
    /// It can't be used; why, in words.
    pub(super) fn of_elevenlabs(
        &self,
        integration: &Integration,
        elevenlabs: &ElevenLabsIntegration,
    ) -> Result<Option<Arc<dyn Account>>, String> {
        self.agents::<ElevenLabsAgents>(integration, |api_key| ElevenLabsSettings {
            api_key: Some(api_key),
            base_url: elevenlabs.base_url.clone(),
            // Another account's agent is none of this one.
            agent_id: None,
            overrides: false,
            ..elevenlabs_settings(&self.elevenlabs)
        })
    }

    /// The account at Deepgram that an integration brings; none where nothing is set up yet.
    ///
    /// # Errors
    /// It can't be used; why, in words.
    pub(super) fn of_deepgram(
        &self,
        integration: &Integration,
        deepgram: &DeepgramIntegration,
    ) -> Result<Option<Arc<dyn Account>>, String> {
        self.agents::<DeepgramAgents>(integration, |api_key| DeepgramSettings {
            api_key: Some(api_key),
            base_url: deepgram.base_url.clone(),
            ..deepgram_settings(&self.deepgram)
        })
    }

    /// The account for OpenAI's Live API that an integration of OpenAI brings; none where nothing is set up yet.
    ///
    /// # Errors
    /// It can't be used; why, in words.
    pub(super) fn of_openai_live(
        &self,
        integration: &Integration,
        openai: &OpenAiIntegration,
    ) -> Result<Option<Arc<dyn Account>>, String> {
        self.make_openai_live(integration, openai).map_err(|why| why.to_string())
    }

    fn make_openai_live(
        &self,
        integration: &Integration,
        openai: &OpenAiIntegration,
    ) -> Result<Option<Arc<dyn Account>>, Unusable> {
        let key = open(&self.outside.secrets, integration, "api_key")?;
        if key.is_none() && is_same_base(&openai.base_url, BaseUrl::openai().as_str()) {
            return Ok(None);
        }
        self.outside.http.address(&openai.base_url)?;
        let house = self.openai_live.clone();
        let is_same = is_same_base(&openai.base_url, &house.base_url);
        let settings = OpenAiLiveSettings {
            headers: own_pairs(house.headers, is_same, key.as_ref()),
            api_key: key.as_ref().map(|key| key.expose().to_owned()),
            base_url: openai.base_url.clone(),
            ..house
        };
        let (way, prompts) = (self.outside.http.way(), Arc::clone(&self.prompts));
        let account = OpenAiLive::by_way(way, settings, prompts)?;
        Ok(Some(Arc::new(account.counted_in(self.connections.clone()))))
    }

    /// The account at Gemini that an integration brings; none where nothing is set up yet.
    ///
    /// # Errors
    /// It can't be used; why, in words.
    pub(super) fn of_gemini(
        &self,
        integration: &Integration,
        gemini: &GeminiIntegration,
    ) -> Result<Option<Arc<dyn Account>>, String> {
        self.agents::<GeminiAgents>(integration, |api_key| GeminiSettings {
            api_key: Some(api_key),
            base_url: gemini.base_url.clone(),
            ..gemini_settings(&self.gemini)
        })
    }

    /// The services of its own that an integration brings, put together; none where nothing is set up yet.
    ///
    /// # Errors
    /// They can't be used; why, in words.
    pub(super) fn of_cascade(
        &self,
        integration: &Integration,
        cascade: &CascadeIntegration,
    ) -> Result<Option<Arc<dyn Account>>, String> {
        self.make_cascade(integration, cascade).map_err(|why| why.to_string())
    }

    /// The first key without which its service takes nobody, and that is not set.
    pub(super) fn key_that_lacks(
        integration: &Integration,
        cascade: &CascadeIntegration,
    ) -> Option<&'static str> {
        let mut places = cascade.places().into_iter();
        let lacks = places.find(|place| place.wants_key && !integration.secrets.contains_key(place.secret));
        lacks.map(|place| place.secret)
    }

    fn make_cascade(
        &self,
        integration: &Integration,
        cascade: &CascadeIntegration,
    ) -> Result<Option<Arc<dyn Account>>, Unusable> {
        if Self::key_that_lacks(integration, cascade).is_some() {
            return Ok(None);
        }
        let house = cascade_settings(&self.cascade);
        let settings = own_cascade(&self.outside, integration, cascade, house).map_err(|(_, why)| why)?;
        let way = self.outside.http.way();
        let account = AgentAccount::<CascadeParts>::by_way(way, settings, Arc::clone(&self.prompts))?;
        Ok(Some(Arc::new(account.counted_in(self.connections.clone()))))
    }

    fn agents<H: Host>(
        &self,
        integration: &Integration,
        settings: impl FnOnce(String) -> H::Settings,
    ) -> Result<Option<Arc<dyn Account>>, String>
    where
        AgentAccount<H>: Account + 'static,
    {
        self.make_agents::<H>(integration, settings).map_err(|why| why.to_string())
    }

    fn make_agents<H: Host>(
        &self,
        integration: &Integration,
        settings: impl FnOnce(String) -> H::Settings,
    ) -> Result<Option<Arc<dyn Account>>, Unusable>
    where
        AgentAccount<H>: Account + 'static,
    {
        let Some(key) = open(&self.outside.secrets, integration, "api_key")? else { return Ok(None) };
        self.outside.http.address(integration.settings.base_url())?;
        let settings = settings(key.expose().to_owned());
        let account =
            AgentAccount::<H>::by_way(self.outside.http.way(), settings, Arc::clone(&self.prompts))?;
        Ok(Some(Arc::new(account.counted_in(self.connections.clone()))))
    }
}

/// Why one of an organization's own services can't be asked.
#[derive(Debug, thiserror::Error)]
pub enum UnusablePlace {
    /// It takes nobody without this secret, which is not set.
    #[error("the secret {0} is not set")]
    NoSecret(&'static str),
    /// Its key can't be opened.
    #[error(transparent)]
    Secret(#[from] OpenError),
    /// The address in this setting may not be asked.
    #[error("{0} {1}")]
    Address(&'static str, BadAddress),
}

/// Services of an organization's own, with their keys opened. How turns are taken is the configuration's, which `house` is; none of its
/// services, keys, models and voices is.
///
/// # Errors
/// The number of the first place that can't be used, in the order of [`CascadeIntegration::places`], and why.
pub fn own_cascade(
    outside: &Outside,
    integration: &Integration,
    cascade: &CascadeIntegration,
    house: CascadeSettings,
) -> Result<CascadeSettings, (usize, UnusablePlace)> {
    let mut keys = [None, None, None];
    for (at, (place, key)) in cascade.places().iter().zip(&mut keys).enumerate() {
        *key = key_of(outside, integration, place).map_err(|why| (at, why))?;
    }
    Ok(put_together(cascade, keys, house))
}

/// The key of a service that may be asked; none where it wants none.
fn key_of(
    outside: &Outside,
    integration: &Integration,
    place: &CascadePlace<'_>,
) -> Result<Option<Secret>, UnusablePlace> {
    let key = open(&outside.secrets, integration, place.secret)?;
    if key.is_none() && place.wants_key {
        return Err(UnusablePlace::NoSecret(place.secret));
    }
    outside.http.address(place.url).map_err(|bad| UnusablePlace::Address(place.setting, bad))?;
    Ok(key)
}

fn put_together(
    cascade: &CascadeIntegration,
    keys: [Option<Secret>; 3],
    house: CascadeSettings,
) -> CascadeSettings {
    let service = |place: CascadePlace<'_>, model: &str, key: Option<Secret>| ServiceSettings {
        key: key.map(|key| key.expose().to_owned()),
        base_url: place.url.to_owned(),
        model: model.to_owned(),
    };
    let ([hears, thinks, speaks], [heard_by, thought_by, spoken_by]) = (cascade.places(), cascade.models());
    let [recognizer_key, llm_key, speech_key] = keys;
    CascadeSettings {
        recognizer_kind: match cascade.recognizer {
            CascadeRecognizer::Deepgram => RecognizerKind::Stream,
            CascadeRecognizer::OpenAi => RecognizerKind::Requests,
        },
        recognizer: service(hears, heard_by, recognizer_key),
        llm: service(thinks, thought_by, llm_key),
        speech_kind: match cascade.speech {
            CascadeSpeech::OpenAi => SpeechKind::Requests,
            CascadeSpeech::ElevenLabs => SpeechKind::Stream,
        },
        speech: service(speaks, spoken_by, speech_key),
        voice: cascade.voice().unwrap_or_default().to_owned(),
        format: match cascade.speech_format {
            CascadeSpeechFormat::Pcm => SpeechFormat::Pcm,
            CascadeSpeechFormat::Wav => SpeechFormat::Wav,
        },
        ..house
    }
}

/// Headers or a query of the configuration for an account of its own. They may hold secrets: they go nowhere but to the configuration's own
/// server, and what there names its account is left out or is the organization's key.
fn own_pairs(
    pairs: Vec<(String, String)>,
    is_same_server: bool,
    key: Option<&Secret>,
) -> Vec<(String, String)> {
    let own = |(name, value): (String, String)| {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if HEADERS_OF_ACCOUNT.into_iter().any(is) {
            None
        } else if is(KEY_NAME) {
            key.map(|key| (name, key.expose().to_owned()))
        } else {
            Some((name, value))
        }
    };
    pairs.into_iter().filter(|_| is_same_server).filter_map(own).collect()
}

/// The section `[openai]` for an account of its own.
fn settings(section: &config::OpenAi, base_url: &str, key: Option<Secret>) -> OpenAiSettings {
    let OpenAiSettings { headers, query, .. } = openai_settings(section);
    let is_same = is_same_base(base_url, section.base_url.as_str());
    OpenAiSettings {
        headers: own_pairs(headers, is_same, key.as_ref()),
        query: own_pairs(query, is_same, key.as_ref()),
        api_key: key.as_ref().map(|key| key.expose().to_owned()),
        base_url: base_url.to_owned(),
        ..openai_settings(section)
    }
}

/// Whether two base URLs are one.
fn is_same_base(one: &str, other: &str) -> bool {
    let base = |text: &str| Url::parse(text).ok().map(|url| url.as_str().trim_end_matches('/').to_owned());
    base(one).is_some_and(|one| base(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    fn section(headers: &str, query: &str) -> config::OpenAi {
        let variables = [
            ("OPENAI_BASE_URL", "https://x.openai.azure.com/openai"),
            ("CORDBOARD_OPENAI__HEADERS", headers),
            ("CORDBOARD_OPENAI__QUERY", query),
            ("OPENAI_API_KEY", "sk-house"),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let sources = Sources { environment: variables.into(), ..Sources::default() };
        Config::load(&sources).unwrap().config.openai
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_the_configuration_sends_along_goes_to_its_own_server_only() {
        let section = section("X-Gate=tiger-77", "api-version=2025");
        let key = || Some(Secret::new("sk-own"));
        let elsewhere = settings(&section, "https://x.openai.azure.com.evil.example/openai", key());
        assert_eq!((elsewhere.headers, elsewhere.query), (vec![], vec![]));
        assert_eq!(elsewhere.api_key.as_deref(), Some("sk-own"));
        let there = settings(&section, "https://X.openai.azure.com/openai/", key());
        assert_eq!(there.headers, pairs(&[("X-Gate", "tiger-77")]));
        assert_eq!(there.query, pairs(&[("api-version", "2025")]));
    }

    #[test]
    fn an_account_is_known_by_its_own_key_wherever_a_key_stands() {
        let headers =
            "Authorization=Bearer house,OpenAI-Organization=org-house,API-Key=house,OpenAI-Project=house";
        let section = section(headers, "api-key=house");
        let base = "https://x.openai.azure.com/openai";
        let own = settings(&section, base, Some(Secret::new("sk-own")));
        assert_eq!(
            (own.headers, own.query),
            (pairs(&[("API-Key", "sk-own")]), pairs(&[("api-key", "sk-own")]))
        );
        let without = settings(&section, base, None);
        assert_eq!((without.headers, without.query, without.api_key), (vec![], vec![], None));
    }
}
