//! The places of the three services, and the connections to them.
//!
//! A recognizer that streams is a WebSocket, and so is a speech service that streams (`voice_sockets.rs`). All else is HTTP. Each
//! call has its own client: its connections are open before the first answer is needed, serve no other call, and end with it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::profile::SpeechSettings;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::chat::AnswerLimit;
use cordboard_schema::wire::deepgram::ListenQuery;
use cordboard_schema::wire::speech::TRANSCRIPT_BYTES_MAX;
use futures_util::FutureExt;
use http::HeaderValue;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Response};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use url::Url;

use super::failures::{Part, REFUSALS};
use super::listening::{Dial, Listening};
use super::recognizer::{Recognizer, Utterances};
use super::settings::{CascadeSettings, RecognizerKind, ServiceSettings, SpeechKind};
use super::voice_sockets::VoicePlace;
use crate::assistant::remote::connection::Connection;
use crate::assistant::remote::place::{self, Place};
use crate::assistant::remote::{Loss, Retry, TargetError};
use crate::error_text::innermost;
use crate::live_count::{Live, LiveCount};
use crate::outside_access::OutsideAccess;

/// Timeout of a connection.
const CONNECT_MAX: Duration = Duration::from_millis(2_500);
/// Timeout of the first answer when a service is checked.
const CHECK_TIMEOUT: Duration = Duration::from_millis(3_000);
/// Time that an idle connection is kept: as long as the pauses of a conversation.
const IDLE_MAX: Duration = Duration::from_secs(90);
/// Bytes of a refusal that are read at most.
const REFUSAL_BYTES_MAX: usize = 4 * 1024;
/// The longest message of a recognizer, in bytes: the words of minutes, with their times.
const HEARD_BYTES_MAX: usize = 1 << 20;
/// Largest token limit that is requested. A profile may set more, for another voice of its chain. Then no limit is sent and the
/// model's own applies, because many models refuse a limit above their own.
const ANSWER_TOKENS_MAX: u32 = 4_096;
/// OpenAI's own host; its regional hosts are subdomains of it.
const OPENAI: &str = "api.openai.com";
/// The path of recognition, relative to the base URL.
const LISTEN_PATH: &str = "/v1/listen";

/// A service that is asked by HTTP.
#[derive(Clone)]
pub(super) struct HttpService {
    part: Part,
    base: Url,
    key: Option<String>,
}

/// Leaves the key out.
impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService")
            .field("part", &self.part)
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

/// See the module's description.
#[derive(Clone, Debug)]
pub(super) struct Services {
    way: OutsideAccess,
    recognizer: RecognizerPlace,
    pub(super) llm: HttpService,
    pub(super) speech: SpeechPlace,
    /// The count of open connections.
    live: LiveCount,
}

/// The recognizer's service.
#[derive(Clone, Debug)]
enum RecognizerPlace {
    Stream(Arc<StreamPlace>),
    Requests(HttpService),
}

/// The speech service.
#[derive(Clone, Debug)]
pub(super) enum SpeechPlace {
    Stream(Arc<VoicePlace>),
    Requests(HttpService),
}

struct StreamPlace {
    way: OutsideAccess,
    place: Place,
    url: Url,
    key: Option<String>,
}

impl StreamPlace {
    /// Connects to the recognizer.
    async fn dial(&self, query: &ListenQuery, live: Live) -> Result<Connection, Loss> {
        let mut url = self.url.clone();
        url.query_pairs_mut().extend_pairs(query.pairs());
        let request = place::request(&url).ok_or_else(|| {
            let reason = "the model's name can't be part of an address";
            Part::Recognizer.loss(ProviderFailure::UnknownModel, reason, Retry::Never)
        })?;
        let request = match &self.key {
            Some(key) => request.with_header("Authorization", format!("Token {key}")),
            None => request,
        };
        let opened = self.place.open(&self.way, request, (REFUSALS, HEARD_BYTES_MAX), live).await;
        opened.map_err(|loss| Part::Recognizer.lost(loss))
    }
}

/// Leaves the key out.
impl fmt::Debug for StreamPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamPlace").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Services {
    /// Returns the services of these settings, reached over this way.
    ///
    /// # Errors
    /// [`TargetError`].
    pub(super) fn new(settings: &CascadeSettings, way: OutsideAccess) -> Result<Self, TargetError> {
        let recognizer = match settings.recognizer_kind {
            RecognizerKind::Stream => {
                RecognizerPlace::Stream(Arc::new(stream_place(&settings.recognizer, way.clone())?))
            }
            RecognizerKind::Requests => RecognizerPlace::Requests(HttpService::new(
                Part::Recognizer,
                &settings.recognizer,
                ["cascade.recognizer_url", "cascade.recognizer_key"],
            )?),
        };
        let llm = HttpService::new(Part::Llm, &settings.llm, ["cascade.llm_base_url", "cascade.llm_key"])?;
        let names = ["cascade.speech_base_url", "cascade.speech_key"];
        let speech = match settings.speech_kind {
            SpeechKind::Stream => {
                let place = VoicePlace::new(&settings.speech, names, way.clone())?;
                SpeechPlace::Stream(Arc::new(place))
            }
            SpeechKind::Requests => {
                SpeechPlace::Requests(HttpService::new(Part::Speech, &settings.speech, names)?)
            }
        };
        Ok(Self { way, recognizer, llm, speech, live: LiveCount::new() })
    }

    /// Counts connections to the recognizer in `live` from now on.
    pub(super) fn counted_in(self, live: LiveCount) -> Self {
        Self { live, ..self }
    }

    /// Connects to the recognizer, or checks that it is reachable; its answer may take `time`.
    ///
    /// # Errors
    /// The step that failed, and whether a retry is worthwhile.
    pub(super) async fn listen(
        &self,
        query: &ListenQuery,
        client: &Client,
        time: Duration,
    ) -> Result<Recognizer, Loss> {
        let place = match &self.recognizer {
            RecognizerPlace::Stream(place) => Arc::clone(place),
            RecognizerPlace::Requests(service) => {
                service.check(client).await?;
                let words = (query.model.clone(), query.language.clone());
                let place = (client.clone(), service.clone());
                let utterances = Utterances::new(place, words, query.format.rate, time, self.live.one_more());
                return Ok(Recognizer::Requests(Box::new(utterances)));
            }
        };
        let (asked, live) = (query.clone(), self.live.clone());
        let dial: Dial = Box::new(move || {
            let (place, query, live) = (Arc::clone(&place), asked.clone(), live.clone());
            async move { place.dial(&query, live.one_more()).await }.boxed_local()
        });
        let first = dial().await?;
        Ok(Recognizer::Stream(Box::new(Listening::new(dial, query.format, first))))
    }

    /// Returns a client for one call.
    ///
    /// # Errors
    /// It can't be created.
    pub(super) fn client(&self) -> Result<Client, Loss> {
        client_by(&self.way)
    }
}

/// Returns a client that reaches services over this way.
///
/// # Errors
/// It can't be created.
pub(super) fn client_by(way: &OutsideAccess) -> Result<Client, Loss> {
    let client = way
        .client()
        .connect_timeout(CONNECT_MAX)
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(2)
        .build();
    client.map_err(|error| Loss::new(ProviderFailure::Other, innermost(&error), Retry::Never))
}

fn stream_place(settings: &ServiceSettings, way: OutsideAccess) -> Result<StreamPlace, TargetError> {
    const BAD_URL: TargetError = TargetError::BadUrl("cascade.recognizer_url");
    let url = place::socket_url(&settings.base_url, LISTEN_PATH).ok_or(BAD_URL)?;
    let key = settings.key.clone();
    let place = Place::of(&url, key.iter().cloned().collect()).ok_or(BAD_URL)?;
    let request = place::request(&url).ok_or(BAD_URL)?;
    let request = match &key {
        Some(key) => request.with_header("Authorization", format!("Token {key}")),
        None => request,
    };
    request.into_client_request().map_err(|_| TargetError::BadHeader("cascade.recognizer_key"))?;
    Ok(StreamPlace { way, place, url, key })
}

impl HttpService {
    /// Returns the service of these settings. `names` are the names of the settings of address and key, for errors.
    ///
    /// # Errors
    /// [`TargetError`].
    pub(super) fn new(
        part: Part,
        settings: &ServiceSettings,
        names: [&'static str; 2],
    ) -> Result<Self, TargetError> {
        let [url_name, key_name] = names;
        let base = Url::parse(&settings.base_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.filter(|url| url.has_host()).ok_or(TargetError::BadUrl(url_name))?;
        let service = Self { part, base, key: settings.key.clone() };
        match service.authorization() {
            Some(Err(_)) => Err(TargetError::BadHeader(key_name)),
            Some(Ok(_)) | None => Ok(service),
        }
    }

    fn authorization(&self) -> Option<Result<HeaderValue, http::header::InvalidHeaderValue>> {
        let key = self.key.as_ref()?;
        let value = HeaderValue::from_str(&format!("Bearer {key}"));
        Some(value.map(|mut value| {
            value.set_sensitive(true);
            value
        }))
    }

    /// Returns the answer limit to send to a language model here, from a profile's speech settings.
    pub(super) fn limit(&self, speech: &SpeechSettings) -> Option<AnswerLimit> {
        let tokens = speech.max_output_tokens.filter(|tokens| *tokens <= ANSWER_TOKENS_MAX)?;
        let is_openais = |host: &str| host == OPENAI || host.ends_with(&format!(".{OPENAI}"));
        Some(match self.base.host_str().is_some_and(is_openais) {
            true => AnswerLimit::OfOpenAi(tokens),
            false => AnswerLimit::OfOthers(tokens),
        })
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        match self.authorization() {
            Some(Ok(value)) => request.header(AUTHORIZATION, value),
            Some(Err(_)) | None => request,
        }
    }

    /// Sends a request, and waits for the head of the answer.
    ///
    /// # Errors
    /// No answer arrives in time, or the service refuses.
    pub(super) async fn post(
        &self,
        client: &Client,
        path: &str,
        (kind, body): (String, Vec<u8>),
        time: Duration,
    ) -> Result<Response, Loss> {
        let request = client.post(self.url(path)).header(CONTENT_TYPE, kind).body(body);
        let response = self.answered(request, time).await?;
        if response.status().is_success() { Ok(response) } else { Err(self.refused(response).await) }
    }

    /// Reads the body of a short answer.
    ///
    /// # Errors
    /// It does not arrive in time, breaks off, or is too long.
    pub(super) async fn body(&self, mut response: Response, time: Duration) -> Result<Vec<u8>, Loss> {
        let mut body = Vec::new();
        loop {
            let read = timeout(time, response.chunk()).await.map_err(|_| self.stalled(time))?;
            let Some(piece) = read.map_err(|error| self.broken(&error))? else { return Ok(body) };
            body.extend_from_slice(&piece);
            if body.len() > TRANSCRIPT_BYTES_MAX {
                return Err(self.misunderstood("an endless answer"));
            }
        }
    }

    /// Checks whether the service is reachable and accepts the key, by requesting its list of models; some services have no such
    /// list. The connection is kept for the first question.
    ///
    /// # Errors
    /// The fault that a call would meet.
    pub(super) async fn check(&self, client: &Client) -> Result<(), Loss> {
        let response = self.answered(client.get(self.url("/models")), CHECK_TIMEOUT).await?;
        let status = response.status().as_u16();
        if matches!(status, 401..=403 | 429 | 500..) {
            return Err(self.refused(response).await);
        }
        // A connection with unread bytes can't be reused.
        let _ = self.body(response, CHECK_TIMEOUT).await;
        Ok(())
    }

    async fn answered(&self, request: RequestBuilder, time: Duration) -> Result<Response, Loss> {
        let sent = timeout(time, self.authorized(request).send()).await;
        let sent = sent.map_err(|_| self.stalled(time))?;
        sent.map_err(|error| {
            let failure =
                if error.is_connect() { ProviderFailure::Unreachable } else { ProviderFailure::Disconnected };
            self.part.loss(failure, &format!("no answer: {}", innermost(&error)), Retry::Soon)
        })
    }

    /// Returns the loss when nothing came in time.
    pub(super) fn stalled(&self, time: Duration) -> Loss {
        let reason = format!("nothing came within {} ms", time.as_millis());
        self.part.loss(ProviderFailure::Stalled, &reason, Retry::Soon)
    }

    /// Returns the loss when the answer broke off.
    pub(super) fn broken(&self, error: &reqwest::Error) -> Loss {
        self.part.loss(
            ProviderFailure::Disconnected,
            &format!("it broke off: {}", innermost(error)),
            Retry::Soon,
        )
    }

    /// Returns the loss when an answer can't be understood.
    pub(super) fn misunderstood(&self, reason: &str) -> Loss {
        self.part.loss(ProviderFailure::BadProtocol, &self.without_key(reason), Retry::Never)
    }

    /// Returns the loss when the service reports a failure within its answer.
    pub(super) fn gave_up(&self, reason: &str) -> Loss {
        self.part.loss(ProviderFailure::ProviderError, &self.without_key(reason), Retry::Soon)
    }

    async fn refused(&self, mut response: Response) -> Loss {
        let status = response.status();
        let mut body = Vec::new();
        while body.len() < REFUSAL_BYTES_MAX {
            let Ok(Ok(Some(piece))) = timeout(CONNECT_MAX, response.chunk()).await else { break };
            body.extend_from_slice(&piece[..piece.len().min(REFUSAL_BYTES_MAX - body.len())]);
        }
        let body = self.without_key(&String::from_utf8_lossy(&body));
        self.part.lost(REFUSALS.loss_of_status(status, &body))
    }

    /// Removes the key from a text, because a server may repeat what it was sent.
    fn without_key(&self, text: &str) -> String {
        match &self.key {
            Some(key) if !key.is_empty() => text.replace(key.as_str(), "[key]"),
            _ => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assistant::cascade::settings::SpeechFormat;

    fn settings() -> CascadeSettings {
        let service = |base_url: &str| ServiceSettings {
            key: Some("key-1".to_owned()),
            base_url: base_url.to_owned(),
            model: "m".to_owned(),
        };
        CascadeSettings {
            recognizer_kind: RecognizerKind::Stream,
            recognizer: service("https://api.deepgram.com"),
            llm: service("http://localhost:11434/v1/"),
            speech_kind: SpeechKind::Requests,
            speech: service("http://localhost:8880/v1"),
            voice: "alloy".to_owned(),
            format: SpeechFormat::Pcm,
            pause_ms: 400,
            barge_in_ms: 700,
            stall_timeout: Duration::from_secs(8),
        }
    }

    fn made(change: impl FnOnce(&mut CascadeSettings)) -> Option<TargetError> {
        let mut settings = settings();
        change(&mut settings);
        Services::new(&settings, OutsideAccess::anywhere().unwrap()).err()
    }

    #[test]
    fn unusable_addresses_and_keys_are_found_before_any_call() {
        assert_eq!(made(|_| {}), None);
        let bad = |name| Some(TargetError::BadUrl(name));
        assert_eq!(
            made(|settings| settings.recognizer.base_url = "ftp://x".to_owned()),
            bad("cascade.recognizer_url")
        );
        assert_eq!(made(|settings| settings.llm.base_url = "ws://x".to_owned()), bad("cascade.llm_base_url"));
        assert_eq!(
            made(|settings| settings.speech.base_url = "x".to_owned()),
            bad("cascade.speech_base_url")
        );
        let header = |name| Some(TargetError::BadHeader(name));
        let key = || Some("a\r\nb".to_owned());
        assert_eq!(made(|settings| settings.recognizer.key = key()), header("cascade.recognizer_key"));
        assert_eq!(made(|settings| settings.speech.key = key()), header("cascade.speech_key"));
    }

    #[test]
    fn the_answer_limit_uses_the_servers_field() {
        let limit = |base_url: &str, tokens: Option<u32>| {
            let mut settings = settings();
            settings.llm.base_url = base_url.to_owned();
            let services = Services::new(&settings, OutsideAccess::anywhere().unwrap()).unwrap();
            services.llm.limit(&SpeechSettings { max_output_tokens: tokens, ..SpeechSettings::default() })
        };
        let openai = "https://api.openai.com/v1";
        assert_eq!(limit(openai, Some(300)), Some(AnswerLimit::OfOpenAi(300)));
        assert_eq!(limit("https://eu.api.openai.com/v1", Some(300)), Some(AnswerLimit::OfOpenAi(300)));
        for other in
            ["http://localhost:11434/v1", "https://api.openai.com.example/v1", "https://api.mistral.ai/v1"]
        {
            assert_eq!(limit(other, Some(300)), Some(AnswerLimit::OfOthers(300)), "{other}");
        }
        assert_eq!(limit(openai, Some(ANSWER_TOKENS_MAX + 1)), None);
        assert_eq!(limit(openai, None), None);
    }

    #[test]
    fn paths_are_appended_to_the_base_and_keys_stay_hidden() {
        let services = Services::new(&settings(), OutsideAccess::anywhere().unwrap()).unwrap();
        assert_eq!(
            services.llm.url("/chat/completions").as_str(),
            "http://localhost:11434/v1/chat/completions"
        );
        assert!(!format!("{services:?}").contains("key-1"));
        assert_eq!(services.llm.gave_up("you sent key-1").fault.reason, "language model: you sent [key]");
    }
}
