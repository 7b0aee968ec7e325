//! The voices of an account, outside of a call: their list, and samples of them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::limits::{
    OUTSIDE_CONNECT_MS_MAX, VOICE_PREVIEW_BYTES_MAX, VOICE_PREVIEW_MS_MAX, VOICES_BYTES_MAX, VOICES_SHOWN_MAX,
};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use crate::outside_access::{BoundedBody, OutsideAccess};

/// The sample rate of previews.
pub const PREVIEW_RATE: SampleRate = SampleRate::HZ_24000;
/// The same rate in samples per second.
pub const PREVIEW_HZ: u32 = PREVIEW_RATE.hz();
/// Characters of a voice's name that are shown.
const NAME_CHARS_MAX: usize = 100;

/// A voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownVoice {
    /// The name that a profile's `voice` uses.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The language that it is made for, if the service reports it.
    pub language: Option<String>,
}

impl KnownVoice {
    /// Returns a voice with a name that can be shown.
    pub(super) fn new(id: &str, name: &str, language: Option<&str>) -> Self {
        let shown = |text: &str| text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
        Self { id: id.to_owned(), name: shown(name), language: language.map(shown) }
    }
}

/// A request to a service, which answers with samples of 16 bit, little-endian, mono, at [`PREVIEW_HZ`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Saying {
    /// The URL.
    pub(super) url: Url,
    /// The request's JSON.
    pub(super) body: Value,
}

/// Source of an account's voices.
#[derive(Clone)]
pub(super) enum Shelf {
    /// The service has no list: these are from its documentation.
    Known(&'static [&'static str]),
    /// The service lists them at this address, and the function parses its answer; it returns `None` for an unexpected one.
    At(Url, fn(&Value) -> Option<Vec<KnownVoice>>),
}

/// Returns the request by which a voice says a text; `None` if it can't.
type SayingOf = Arc<dyn Fn(&str, &str) -> Option<Saying> + Send + Sync>;

/// The voices of an account. Cheap to clone.
#[derive(Clone)]
pub struct Voices {
    pub(super) way: OutsideAccess,
    /// The header that authenticates us to the service.
    pub(super) key: Option<(HeaderName, HeaderValue)>,
    pub(super) shelf: Shelf,
    /// The voice of profiles that name none, if the account has one.
    pub(super) usual: Option<String>,
    /// Makes the request by which a voice says a text; `None` if voices are only heard on calls.
    pub(super) saying: Option<SayingOf>,
}

/// Leaves the key out.
impl fmt::Debug for Voices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voices").field("usual", &self.usual).finish_non_exhaustive()
    }
}

/// Why a service's voices can't be listed or heard. The texts contain no key, and nothing of what the service said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoiceFault {
    /// It answered with this status.
    #[error("the service answered {0}")]
    Status(u16),
    /// The service can't be reached.
    #[error("the service can't be reached")]
    Unreachable,
    /// No answer in time.
    #[error("no answer within {VOICE_PREVIEW_MS_MAX} ms")]
    TimedOut,
    /// The answer is too long, or unexpected.
    #[error("the answer is invalid")]
    BadAnswer,
    /// The service has no such voice.
    #[error("the service has no voice of that name")]
    NoSuchVoice,
}

impl Voices {
    /// Returns the voice of profiles that name none, if the account has one.
    pub fn usual(&self) -> Option<&str> {
        self.usual.as_deref()
    }

    /// Returns whether voices can be heard outside of a call.
    pub fn can_say(&self) -> bool {
        self.saying.is_some()
    }

    /// Lists the voices, in the order of the service; only the first ones if there are many.
    ///
    /// # Errors
    /// [`VoiceFault`].
    pub async fn list(&self) -> Result<Vec<KnownVoice>, VoiceFault> {
        let (url, read) = match &self.shelf {
            Shelf::Known(names) => {
                return Ok(names.iter().map(|name| KnownVoice::new(name, name, None)).collect());
            }
            Shelf::At(url, read) => (url.clone(), read),
        };
        let asked = self.client()?.get(url).headers(self.headers());
        let answer = answer(asked, VOICES_BYTES_MAX).await?;
        let value = serde_json::from_slice(&answer).map_err(|_| VoiceFault::BadAnswer)?;
        let mut voices = read(&value).ok_or(VoiceFault::BadAnswer)?;
        voices.truncate(VOICES_SHOWN_MAX);
        Ok(voices)
    }

    /// Returns a text, said by a voice: samples at [`PREVIEW_HZ`].
    ///
    /// # Errors
    /// [`VoiceFault`].
    pub async fn say(&self, voice: &str, text: &str) -> Result<Vec<i16>, VoiceFault> {
        let saying = self.saying.as_ref().and_then(|saying| saying(voice, text));
        let Saying { url, body } = saying.ok_or(VoiceFault::NoSuchVoice)?;
        let mut headers = self.headers();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let asked = self.client()?.post(url).headers(headers).body(body.to_string());
        let bytes = answer(asked, VOICE_PREVIEW_BYTES_MAX).await?;
        let samples: Vec<i16> = bytes.as_chunks().0.iter().map(|two| i16::from_le_bytes(*two)).collect();
        if samples.is_empty() { Err(VoiceFault::BadAnswer) } else { Ok(samples) }
    }

    fn headers(&self) -> HeaderMap {
        self.key.iter().cloned().collect()
    }

    /// Returns a client for one request: this is rare, and connections to addresses that users typed are not kept.
    fn client(&self) -> Result<reqwest::Client, VoiceFault> {
        // A numeric address was checked when the account was opened.
        let builder = self
            .way
            .client()
            .connect_timeout(Duration::from_millis(OUTSIDE_CONNECT_MS_MAX))
            .timeout(Duration::from_millis(VOICE_PREVIEW_MS_MAX));
        builder.build().map_err(|_| VoiceFault::Unreachable)
    }
}

/// Returns the header that authenticates us to a service; `None` if the key fits in no header.
pub(super) fn key_header(name: &'static str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some((HeaderName::from_static(name), value))
}

/// Returns a path relative to a base address; `None` if that is not a web server's.
pub(super) fn below(base: &str, path: &str) -> Option<Url> {
    let url = Url::parse(&format!("{}{path}", base.trim_end_matches('/'))).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

async fn answer(asked: reqwest::RequestBuilder, bytes_max: usize) -> Result<Vec<u8>, VoiceFault> {
    let fault = |error: reqwest::Error| match error {
        error if error.is_connect() => VoiceFault::Unreachable,
        error if error.is_timeout() => VoiceFault::TimedOut,
        _ => VoiceFault::BadAnswer,
    };
    let response = asked.send().await.map_err(fault)?;
    let status = response.status();
    if !status.is_success() {
        return Err(VoiceFault::Status(status.as_u16()));
    }
    let body = BoundedBody::read(response, bytes_max).await.map_err(fault)?;
    if body.is_cut { Err(VoiceFault::BadAnswer) } else { Ok(body.bytes) }
}
