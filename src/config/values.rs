//! The types of the settings: what can't be set can't be said.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::IntErrorKind;
use std::time::Duration;

use cordboard_schema::call::Unannounced;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::listing::SettingValue;

/// This machine only, at a port.
pub(super) const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

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
                    _ => Err(format!("{text:?} is none of its words")),
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
    /// Who may make an account.
    Registration {
        /// Everybody; each gets an organization of their own.
        Open = "open",
        /// Who has an invitation, or the setup token of the first start.
        Invite = "invite",
        /// Nobody but by `cordboard user add`.
        Closed = "closed",
    }
}

words! {
    /// Who operates the installation, beside whoever has the admin token.
    Operator {
        /// The owners of its first organization.
        Owner = "owner",
        /// Nobody.
        Token = "token",
    }
}

words! {
    /// How a talk with a mail server is encrypted.
    MailTls {
        /// From the first byte on, as on port 465.
        Wrapper = "tls",
        /// After the greeting, as on port 587; a server that can't is refused.
        StartTls = "starttls",
        /// Not at all: for a server on this machine.
        None = "none",
    }
}

words! {
    /// What speaks with callers.
    ProviderName {
        /// The assistant that is built in: shipped prompts, keys, no network.
        Builtin = "builtin",
        /// OpenAI Realtime, or a server that speaks as it does.
        OpenAi = "openai",
        /// OpenAI's Live API: full duplex.
        OpenAiLive = "openai-live",
        /// An agent that is hosted at ElevenLabs.
        ElevenLabs = "elevenlabs",
        /// Deepgram's Voice Agent.
        Deepgram = "deepgram",
        /// Gemini's Live API.
        Gemini = "gemini",
        /// Speech recognition, a language model and speech synthesis of your choice, put together here.
        Cascade = "cascade",
    }
}

words! {
    /// How callers' words are recognized.
    RecognizerName {
        /// By Deepgram's streaming protocol, while they are said.
        Deepgram = "deepgram",
        /// By OpenAI's transcription, an utterance at a time.
        OpenAi = "openai",
    }
}

words! {
    /// How answers are spoken.
    SpeechName {
        /// By OpenAI's speech, a request for each sentence.
        OpenAi = "openai",
        /// By ElevenLabs' streaming WebSocket, which takes sentences as they are written.
        ElevenLabs = "elevenlabs",
    }
}

words! {
    /// How a speech service is asked for sound.
    SpeechFormatName {
        /// Samples of 24 kHz without a header.
        Pcm = "pcm",
        /// A WAV file, whose header says the rate.
        Wav = "wav",
    }
}

words! {
    /// Which shape of the Realtime API is sent.
    DialectName {
        /// The present one.
        Ga = "ga",
        /// The one before, which some compatible servers speak.
        Beta = "beta",
        /// The one in which the server tells of its session.
        Auto = "auto",
    }
}

words! {
    /// Which audio the provider is asked for.
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
        /// Each frame of a telephone by itself.
        Ms20 = "20",
        /// Two.
        Ms40 = "40",
        /// Three.
        Ms60 = "60",
    }
}

words! {
    /// Rate of the audio that a switch is asked for, in Hz.
    AudioRate {
        /// As telephones have it.
        Hz8000 = "8000",
        /// Wideband.
        Hz16000 = "16000",
    }
}

words! {
    /// How grave an event must be to be logged.
    LogLevel {
        /// What failed and was not made good.
        Error = "error",
        /// What an operator should look at.
        Warn = "warn",
        /// What happened, a few lines a call.
        Info = "info",
        /// What Cordboard's own parts do.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

words! {
    /// How the log is written.
    LogFormat {
        /// A line that people read.
        Text = "text",
        /// A JSON object a line.
        Json = "json",
    }
}
