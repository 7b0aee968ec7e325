//! Declarations of the kind `openai`: its settings, its integration, its requirements.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::integration::IntegrationKind;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::voice_chain::VoiceName;
use cordboard_settings::{BaseUrl, Count, Layers, Pairs, RegionName, Secret, section, words};

use super::own::{is_same_base, own_pairs};
use super::{AudioChoice, DialectChoice, OpenAi, OpenAiSettings, check};
use crate::assistant::VoiceSections;
use crate::assistant::kind::{
    AccountCheck, KnownBy, Own, OwnAccount, Serves, ServiceKind, ShippedPrice, UnusableAccount, VoiceKind,
    VoiceParts, VoiceSection, report_missing_key,
};
use crate::assistant::provider::Account;
use crate::assistant::remote::TargetError;

/// The kind.
pub static KIND: VoiceKind = VoiceKind {
    name: VoiceName::known("openai"),
    serves: Serves::All,
    integration: Some(IntegrationKind::known("openai")),
    service: Some(ServiceKind {
        public_url: Some(PUBLIC_URL),
        secrets: &["api_key"],
        key: "api_key",
        known_by: KnownBy::Authorization("Bearer"),
        asked_at: "/models",
    }),
    variables: &[
        ("openai.api_key", "OPENAI_API_KEY"),
        ("openai.base_url", "OPENAI_BASE_URL"),
        ("openai.realtime_model", "OPENAI_REALTIME_MODEL"),
    ],
    ends: &[],
    prices: &[
        ShippedPrice::of("gpt-realtime", ["4.00", "0.40", "32.00", "0.40", "16.00", "64.00", "0"])
            .until("2027-01-20"),
        ShippedPrice::of("gpt-realtime-1.5", ["4.00", "0.40", "32.00", "0.40", "16.00", "64.00", "0"]),
        ShippedPrice::of("gpt-realtime-2", ["4.00", "0.40", "32.00", "0.40", "24.00", "64.00", "0"]),
        ShippedPrice::of("gpt-realtime-2.1", ["4.00", "0.40", "32.00", "0.40", "24.00", "64.00", "0"]),
        ShippedPrice::of("gpt-realtime-mini", ["0.60", "0.06", "10.00", "0.30", "2.40", "20.00", "0"])
            .until("2027-01-20"),
        ShippedPrice::of("gpt-realtime-2.1-mini", ["0.60", "0.06", "10.00", "0.30", "2.40", "20.00", "0"]),
        ShippedPrice::of("gpt-4o-transcribe", ["2.50", "0", "6.00", "0", "10.00", "0", "0"])
            .until("2027-02-26"),
        ShippedPrice::of("gpt-4o-mini-transcribe", ["1.25", "0", "3.00", "0", "5.00", "0", "0"])
            .until("2027-02-26"),
        ShippedPrice::minute("whisper-1", "0.006").until("2027-02-26"),
        ShippedPrice::minute("gpt-transcribe", "0.0045"),
        ShippedPrice::minute("gpt-live-transcribe", "0.017"),
    ],
};

/// URL of the provider's own API.
const PUBLIC_URL: &str = "https://api.openai.com/v1";

/// Returns it as a setting.
pub fn public_url() -> BaseUrl {
    BaseUrl::known(PUBLIC_URL)
}

words! {
    /// Dialect of the Realtime API to send.
    DialectName {
        /// The current one.
        Ga = "ga",
        /// The previous one, which some compatible servers use.
        Beta = "beta",
        /// The one in which the server describes its session.
        Auto = "auto",
    }
}

words! {
    /// Audio format to request from the provider.
    AudioFormatName {
        /// G.711 mu-law for a telephone at 8 kHz, pcm otherwise.
        Auto = "auto",
        /// G.711 mu-law.
        Pcmu = "pcmu",
        /// G.711 A-law.
        Pcma = "pcma",
        /// 16-bit samples at 24 kHz.
        Pcm = "pcm",
    }
}

words! {
    /// Milliseconds of audio in one message.
    AppendMs {
        /// One telephone frame per message.
        Ms20 = "20",
        /// Two frames per message.
        Ms40 = "40",
        /// Three frames per message.
        Ms60 = "60",
    }
}

section! {
    /// OpenAI Realtime, or a compatible server.
    "openai." Section {
        /// API key; a self-hosted server may need none.
        api_key: Option<Secret> = None,
        /// URL of the API; /realtime is appended to it.
        base_url: BaseUrl = public_url(),
        /// Model that speaks with callers.
        realtime_model: String = "gpt-realtime-2.1".to_owned(),
        /// Model that transcribes callers' speech.
        transcription_model: String = "gpt-4o-mini-transcribe".to_owned(),
        /// Extra headers, for example api-key=... for Azure.
        headers: Option<Pairs> = None,
        /// Extra URL parameters, for example api-version=...
        query: Option<Pairs> = None,
        /// Dialect of the API that the server uses.
        dialect: DialectName = DialectName::Auto,
        /// Audio format to request from the server; use pcm if a server does not support G.711.
        audio_format: AudioFormatName = AudioFormatName::Auto,
        /// Milliseconds without output from a server, when output is due, after which it is reconnected.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
        /// Milliseconds of the caller's audio in one message: a higher value costs less and answers later.
        append_ms: AppendMs = AppendMs::Ms20,
        /// Region in which the account's contract stores the data. Profiles whose data must stay in that region can use it.
        data_region: RegionName = RegionName::Unknown,
    }
}

impl Section {
    /// Converts the section to the provider's settings.
    pub(super) fn settings(&self) -> OpenAiSettings {
        let pairs = |pairs: &Option<Pairs>| pairs.as_ref().map(Pairs::to_vec).unwrap_or_default();
        OpenAiSettings {
            api_key: self.api_key.as_ref().map(|key| key.expose().to_owned()),
            base_url: self.base_url.as_str().to_owned(),
            model: self.realtime_model.clone(),
            headers: pairs(&self.headers),
            query: pairs(&self.query),
            dialect: match self.dialect {
                DialectName::Ga => DialectChoice::Ga,
                DialectName::Beta => DialectChoice::Beta,
                DialectName::Auto => DialectChoice::Auto,
            },
            transcription_model: self.transcription_model.clone(),
            audio: match self.audio_format {
                AudioFormatName::Auto => AudioChoice::Auto,
                AudioFormatName::Pcmu => AudioChoice::Pcmu,
                AudioFormatName::Pcma => AudioChoice::Pcma,
                AudioFormatName::Pcm => AudioChoice::Pcm,
            },
            stall_timeout: Duration::from_millis(self.stall_timeout_ms.get().into()),
            append_ms: match self.append_ms {
                AppendMs::Ms20 => 20,
                AppendMs::Ms40 => 40,
                AppendMs::Ms60 => 60,
            },
        }
    }

    /// Converts the section to the settings of an organization's own account.
    pub(super) fn own_settings(&self, base_url: String, key: Option<String>) -> OpenAiSettings {
        let configured = self.settings();
        let is_same = is_same_base(&base_url, &configured.base_url);
        OpenAiSettings {
            headers: own_pairs(configured.headers, is_same, key.as_deref()),
            query: own_pairs(configured.query, is_same, key.as_deref()),
            api_key: key,
            base_url,
            ..self.settings()
        }
    }
}

impl VoiceSection for Section {
    fn is_set_up(&self, _: &VoiceSections) -> bool {
        self.api_key.is_some() || self.base_url != public_url()
    }

    fn region(&self) -> RegionName {
        self.data_region
    }

    fn charged_models(&self) -> Vec<(&'static str, String)> {
        vec![
            ("openai.realtime_model", self.realtime_model.clone()),
            ("openai.transcription_model", self.transcription_model.clone()),
        ]
    }

    fn contradictions(&self, all: &VoiceSections, layers: &mut Layers) {
        let names_key = |headers: &Pairs| headers.names("authorization") || headers.names("api-key");
        if !self.is_set_up(all) && !self.headers.as_ref().is_some_and(names_key) {
            report_missing_key(layers, "OpenAI", "OPENAI_API_KEY", "openai.base_url");
        }
    }

    fn account(&self, _: &VoiceSections, parts: &VoiceParts) -> Result<Arc<dyn Account>, TargetError> {
        let account = OpenAi::new(self.settings(), Arc::clone(&parts.prompts))?;
        Ok(Arc::new(account.counted_in(parts.connections.clone())))
    }

    fn own_account(
        &self,
        _: &VoiceSections,
        own: &OwnAccount<'_>,
        parts: &VoiceParts,
    ) -> Result<Own, UnusableAccount> {
        let key = own.open("api_key")?;
        if key.is_none() && is_same_base(own.settings.base_url(), PUBLIC_URL) {
            // OpenAI requires a key: nothing is set up yet.
            return Ok(Own::Missing("api_key"));
        }
        let settings = self.own_settings(own.base_url()?, key);
        let account = OpenAi::by_way(own.way.clone(), settings, Arc::clone(&parts.prompts))?;
        Ok(Own::Account(Arc::new(account.counted_in(parts.connections.clone()))))
    }

    fn check(&self, _: &VoiceSections) -> AccountCheck {
        let settings = self.settings();
        AccountCheck {
            place: self.base_url.to_string(),
            does: format!("opens a session with {}", self.realtime_model),
            result: Box::pin(async move { check(&settings).await }),
            fix,
        }
    }
}

fn fix(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => "set OPENAI_API_KEY to a key of a project that may use the model",
        ProviderFailure::UnknownModel => {
            "set OPENAI_REALTIME_MODEL to a realtime model of this account, or OPENAI_BASE_URL to where it is"
        }
        ProviderFailure::QuotaExhausted => "add credit to the account of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the account's limits",
        ProviderFailure::Unreachable => {
            "check OPENAI_BASE_URL, name service and firewall: port 443 outwards must be open"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}
