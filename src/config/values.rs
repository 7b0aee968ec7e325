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

impl SettingValue for SocketAddr {
    fn expected() -> String {
        "an address and port, as 127.0.0.1:8080 or [::1]:8080".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{text:?} is no address and port"))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{text:?} is none of the two"))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A number of things, from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Count<MIN, MAX> {
    /// The number, brought into the range.
    pub const fn new(number: u32) -> Self {
        Self(clamped(number, MIN, MAX))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> SettingValue for Count<MIN, MAX> {
    fn expected() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }

    fn parse(text: &str) -> Result<Self, String> {
        number_within(text, MIN, MAX).map(Self)
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// A length of time in whole seconds, from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Seconds<MIN, MAX> {
    /// That many seconds, brought into the range.
    pub const fn new(seconds: u32) -> Self {
        Self(clamped(seconds, MIN, MAX))
    }

    /// The length of time.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl<const MIN: u32, const MAX: u32> SettingValue for Seconds<MIN, MAX> {
    fn expected() -> String {
        format!("a whole number of seconds from {MIN} to {MAX}")
    }

    fn parse(text: &str) -> Result<Self, String> {
        number_within(text, MIN, MAX).map(Self)
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

const fn clamped(number: u32, min: u32, max: u32) -> u32 {
    if number < min {
        min
    } else if number > max {
        max
    } else {
        number
    }
}

fn number_within(text: &str, min: u32, max: u32) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        Ok(number) => Err(format!("{number} is out of range")),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Err(format!("{text} is out of range")),
        Err(_) => Err(format!("{text:?} is no whole number")),
    }
}

/// Networks that may connect; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// This machine: 127.0.0.0/8 and ::1.
    pub fn loopback() -> Self {
        let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
        let v6 = Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
        Self(vec![IpNet::V4(v4), IpNet::V6(v6)])
    }

    /// The networks one by one.
    pub fn to_vec(&self) -> Vec<IpNet> {
        self.0.clone()
    }

    /// Whether an address lies in one of the networks. An IPv4 peer of an IPv6 socket counts as what it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, network) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "," };
            write!(f, "{separator}{network}")?;
        }
        Ok(())
    }
}

impl SettingValue for Networks {
    fn expected() -> String {
        "networks or addresses with commas between them, as 10.0.0.0/8,192.168.1.7".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let network = |part: &str| {
            let part = part.trim();
            let single = || part.parse::<IpAddr>().map(IpNet::from);
            part.parse().or_else(|_| single()).map_err(|_| format!("{part:?} is no network"))
        };
        text.split(',').map(network).collect::<Result<_, _>>().map(Self)
    }

    fn shown(&self) -> String {
        self.to_string()
    }
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

impl SettingValue for Unannounced {
    fn expected() -> String {
        "accept or refuse".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "accept" => Ok(Self::Accept),
            "refuse" => Ok(Self::Refuse),
            _ => Err(format!("{text:?} is none of its words")),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Accept => "accept".to_owned(),
            Self::Refuse => "refuse".to_owned(),
        }
    }
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
    /// Where a provider keeps what it hears.
    RegionName {
        /// Nobody knows: profiles whose data must stay somewhere are not served by it.
        Unknown = "unknown",
        /// In the European Union.
        Eu = "eu",
        /// In the United States.
        Us = "us",
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

/// The address of an API, as `https://api.openai.com/v1`.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(pub(super) String);

impl BaseUrl {
    /// OpenAI's own.
    pub fn openai() -> Self {
        Self("https://api.openai.com/v1".to_owned())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password in the address is masked.
impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl SettingValue for BaseUrl {
    fn expected() -> String {
        "an address with http, https, ws or wss, as https://api.openai.com/v1".to_owned()
    }

    // The text is not repeated: an address may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("it is no address: {error}"))?;
        match url.scheme() {
            "http" | "https" | "ws" | "wss" if url.has_host() => Ok(Self(text.to_owned())),
            scheme => Err(format!("{scheme} is no way to a server")),
        }
    }

    fn shown(&self) -> String {
        match Url::parse(&self.0) {
            Ok(mut url) if url.password().is_some() => {
                let _ = url.set_password(Some("********"));
                url.to_string()
            }
            _ => self.0.clone(),
        }
    }
}

/// Names with values, as headers are. Values are not shown: one may be a key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Each name with its value.
    pub fn to_vec(&self) -> Vec<(String, String)> {
        self.0.clone()
    }

    /// Whether a name is among them, in whatever case.
    pub fn names(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    }
}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl SettingValue for Pairs {
    fn expected() -> String {
        "NAME=VALUE with commas between them".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').ok_or("a part of it is not NAME=VALUE")?;
            match name.trim() {
                "" => Err("a part of it has no name".to_owned()),
                name => Ok((name.to_owned(), value.trim().to_owned())),
            }
        };
        text.split(',').map(pair).collect::<Result<_, _>>().map(Self)
    }

    fn shown(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|(name, _)| format!("{name}=********")).collect();
        names.join(",")
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
    /// What recordings are kept as.
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
        /// A line that people read.
        Text = "text",
        /// A JSON object a line.
        Json = "json",
    }
}
