//! The types of the settings. A value that can't be set can't be expressed.

use cordboard_actors::assistant::VOICES;
use cordboard_schema::voice_chain::VoiceName;
use cordboard_settings::SettingValue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Declares a setting that is one of a few words.
macro_rules! words {
    ($(#[$meta:meta])* $Words:ident { $( $(#[$word_meta:meta])* $Word:ident = $text:tt, )+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub enum $Words { $( $(#[$word_meta])* #[serde(rename = $text)] $Word, )+ }

        impl SettingValue for $Words {
            fn expected() -> String {
                [$($text),+].join(" or ")
            }

            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $( $text => Ok(Self::$Word), )+
                    _ => Err(format!("{text:?} is not one of its words")),
                }
            }

            fn shown(&self) -> String {
                match self {
                    $( Self::$Word => $text.to_owned(), )+
                }
            }
        }
    };
}

words! {
    /// Who may create an account.
    Registration {
        /// Everyone. Each gets an organization of their own.
        Open = "open",
        /// People who have an invitation, or the setup token of the first start.
        Invite = "invite",
        /// Nobody, except through `cordboard user add`.
        Closed = "closed",
    }
}

words! {
    /// Operator of the installation, besides the admin token.
    Operator {
        /// The owners of its first organization.
        Owner = "owner",
        /// Nobody.
        Token = "token",
    }
}

words! {
    /// How the connection to a mail server is encrypted.
    MailTls {
        /// From the first byte on, as on port 465.
        Wrapper = "tls",
        /// After the greeting, as on port 587. A server without it is refused.
        StartTls = "starttls",
        /// Not at all: for a server on this machine.
        None = "none",
    }
}

/// Provider of the voice that speaks with callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderName {
    /// The built-in assistant: shipped prompts, keys, no network.
    Builtin,
    /// A kind of voice.
    Voice(VoiceName),
}

impl SettingValue for ProviderName {
    fn expected() -> String {
        let names = VOICES.iter().map(|kind| kind.name.as_str());
        ["builtin"].into_iter().chain(names).collect::<Vec<_>>().join(" or ")
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "builtin" {
            return Ok(Self::Builtin);
        }
        let kind = VOICES.iter().find(|kind| kind.name.as_str() == text);
        kind.map(|kind| Self::Voice(kind.name)).ok_or_else(|| format!("{text:?} is not one of its words"))
    }

    fn shown(&self) -> String {
        match self {
            Self::Builtin => "builtin".to_owned(),
            Self::Voice(voice) => voice.to_string(),
        }
    }
}

words! {
    /// The lowest severity that is logged.
    LogLevel {
        /// Failures that were not recovered.
        Error = "error",
        /// Events that an operator should check.
        Warn = "warn",
        /// Events of calls, a few lines per call.
        Info = "info",
        /// Steps of Cordboard's internal parts.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

words! {
    /// Format of recordings.
    RecordingFormat {
        /// As they are written: 16 bits a sample.
        Wav = "wav",
        /// Ogg Opus, a tenth of the size.
        Opus = "opus",
    }
}

words! {
    /// How the log is written.
    LogFormat {
        /// A readable line.
        Text = "text",
        /// One JSON object per line.
        Json = "json",
    }
}
