//! Voice AIs in the journal and in the calls' rows: failures, and the assistant that takes over.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Role of an assistant in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AssistantRole {
    /// The organization's own assistant, or the one that the configuration names.
    #[default]
    Configured,
    /// The built-in assistant, in place of one that failed.
    Standby,
}

/// Why a provider can't continue a call, or had to reconnect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProviderFailure {
    /// No connection: name resolution, network, TLS or timeout.
    Unreachable,
    /// The key is wrong or has no permission (401, 403, close 1008).
    Unauthorized,
    /// The model or address does not exist (404, 400).
    UnknownModel,
    /// Too many requests (429, `rate_limit_exceeded`).
    RateLimited,
    /// The account has no credit left (`insufficient_quota`).
    QuotaExhausted,
    /// The provider has a failure (5xx, `internal_error`, a failed response).
    ProviderError,
    /// The session reached its maximum duration.
    SessionExpired,
    /// The connection was lost.
    Disconnected,
    /// The connection is open, and nothing arrives.
    Stalled,
    /// Its message can't be understood, or it refuses the settings of a session.
    BadProtocol,
    /// Our side of it panicked.
    Panicked,
    /// It was skipped: too many calls have failed there recently, or it is not set up. The next voice of the chain is tried.
    PassedOver,
    /// It stopped accepting requests, or ended by itself.
    #[default]
    Other,
}

impl ProviderFailure {
    /// All failures.
    pub const ALL: [Self; 13] = [
        Self::Unreachable,
        Self::Unauthorized,
        Self::UnknownModel,
        Self::RateLimited,
        Self::QuotaExhausted,
        Self::ProviderError,
        Self::SessionExpired,
        Self::Disconnected,
        Self::Stalled,
        Self::BadProtocol,
        Self::Panicked,
        Self::PassedOver,
        Self::Other,
    ];

    /// Returns the word that the journal and the metrics use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Unauthorized => "unauthorized",
            Self::UnknownModel => "unknown_model",
            Self::RateLimited => "rate_limited",
            Self::QuotaExhausted => "quota_exhausted",
            Self::ProviderError => "provider_error",
            Self::SessionExpired => "session_expired",
            Self::Disconnected => "disconnected",
            Self::Stalled => "stalled",
            Self::BadProtocol => "bad_protocol",
            Self::Panicked => "panicked",
            Self::PassedOver => "passed_over",
            Self::Other => "other",
        }
    }

    /// Whether it would fail in the same way at every attempt, until a person corrects the cause.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Unauthorized | Self::UnknownModel | Self::QuotaExhausted | Self::BadProtocol)
    }

    /// Whether the same provider may be tried again at once; not if it refused us and would again.
    pub const fn is_worth_a_retry(self) -> bool {
        !matches!(self, Self::Unauthorized | Self::UnknownModel | Self::QuotaExhausted)
    }
}

impl fmt::Display for ProviderFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
