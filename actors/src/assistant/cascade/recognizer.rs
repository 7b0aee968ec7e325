//! The recognizer of the caller's words: a stream that reports them while they are said, or requests that each hold one utterance.
//!
//! A server of one's own that has OpenAI's transcription knows no stream. For it our own ear cuts
//! utterances: each is sent as a WAV file once nobody has spoken for a moment, and its words are
//! final. Such a recognizer reports nothing before that, so speech alone interrupts.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::deepgram::{ListenEvent, ListenMessage};
use cordboard_schema::wire::speech::{TranscriptionRequest, transcript};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use reqwest::Client;
use tokio::time::sleep;

use super::listening::Listening;
use super::services::HttpService;
use crate::assistant::remote::{Loss, Retry};
use crate::live_count::Live;
use crate::media::vad::VadEdge;

/// Audio before speech was noticed that belongs to it, in ms.
const BEFORE_MS: u32 = 400;
/// Silence that ends an utterance, in ms: shorter than any pause that ends a turn.
const SPLIT_MS: u32 = 300;
/// Speech that is sent, in ms: of less, models make words up.
const SPEECH_MS_MIN: u64 = 200;
/// Audio of one utterance, in ms; one that is longer is sent in parts.
const UTTERANCE_MS_MAX: u32 = 30_000;
/// Utterances that may wait for one another.
const WAITING_MAX: usize = 8;
/// Between the two attempts at an utterance.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// Event of a recognizer.
pub(super) enum Recognized {
    Event(ListenEvent),
    /// It can't be understood; why, in words.
    Rubbish(String),
    /// It was lost and is there again; what happened, in words.
    Anew(String),
}

/// See the module's description.
pub(super) enum Recognizer {
    Stream(Box<Listening>),
    Requests(Box<Utterances>),
}

/// Utterances, each a request.
pub(super) struct Utterances {
    client: Client,
    service: HttpService,
    model: String,
    language: Option<String>,
    rate: SampleRate,
    /// Time-out of an answer.
    time: Duration,
    /// The utterance that is being said, or what comes before one.
    samples: VecDeque<i16>,
    is_speech: bool,
    speech_ms: u64,
    silent_samples: usize,
    waiting: VecDeque<Vec<i16>>,
    asked: Option<LocalBoxFuture<'static, Result<String, Loss>>>,
    /// Counts like a connection.
    _live: Live,
}

impl Utterances {
    pub(super) fn new(
        (client, service): (Client, HttpService),
        (model, language): (String, Option<String>),
        rate: SampleRate,
        time: Duration,
        live: Live,
    ) -> Self {
        Self {
            client,
            service,
            model,
            language,
            rate,
            time,
            samples: VecDeque::new(),
            is_speech: false,
            speech_ms: 0,
            silent_samples: 0,
            waiting: VecDeque::new(),
            asked: None,
            _live: live,
        }
    }

    fn hear(&mut self, samples: &[i16], edge: Option<VadEdge>) {
        self.samples.extend(samples);
        match edge {
            Some(VadEdge::Started { .. }) => self.is_speech = true,
            Some(VadEdge::Stopped { speech_ms }) => {
                self.speech_ms += speech_ms;
                self.is_speech = false;
                self.silent_samples = 0;
            }
            None => {}
        }
        if self.is_speech {
            if self.samples.len() >= self.rate.samples_in_ms(UTTERANCE_MS_MAX) {
                self.send();
            }
            return;
        }
        self.silent_samples += samples.len();
        if self.speech_ms == 0 {
            let kept = self.rate.samples_in_ms(BEFORE_MS);
            let old = self.samples.len().saturating_sub(kept);
            self.samples.drain(..old);
        } else if self.silent_samples >= self.rate.samples_in_ms(SPLIT_MS) {
            let is_long = self.speech_ms >= SPEECH_MS_MIN;
            self.speech_ms = 0;
            if is_long { self.send() } else { self.samples.clear() }
        }
    }

    fn send(&mut self) {
        let samples = std::mem::take(&mut self.samples);
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(samples.into());
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Recognized, Loss>> {
        loop {
            if let Some(asked) = &mut self.asked {
                let Poll::Ready(answered) = asked.poll_unpin(cx) else { return Poll::Pending };
                self.asked = None;
                let text = answered?;
                let event = ListenEvent::Words { text, is_final: true, speech_final: true };
                return Poll::Ready(Ok(Recognized::Event(event)));
            }
            let Some(samples) = self.waiting.pop_front() else { return Poll::Pending };
            let request = TranscriptionRequest {
                model: self.model.clone(),
                language: self.language.clone(),
                rate: self.rate,
                samples,
            };
            self.asked =
                Some(ask(self.client.clone(), self.service.clone(), request, self.time).boxed_local());
        }
    }
}

/// Asks for the words of an utterance, once more where the service has failed at once: nobody says them a second time.
async fn ask(
    client: Client,
    service: HttpService,
    request: TranscriptionRequest,
    time: Duration,
) -> Result<String, Loss> {
    let form = request.to_form();
    match words(&client, &service, form.clone(), time).await {
        Err(Loss { fault, retry }) if retry != Retry::Never && fault.failure != ProviderFailure::Stalled => {
            sleep(RETRY_AFTER).await;
            words(&client, &service, form, time).await
        }
        answered => answered,
    }
}

/// Sends the form of an utterance, and gives its words.
async fn words(
    client: &Client,
    service: &HttpService,
    form: (String, Vec<u8>),
    time: Duration,
) -> Result<String, Loss> {
    let response = service.post(client, "/audio/transcriptions", form, time).await?;
    let body = service.body(response, time).await?;
    transcript(&body).map_err(|error| service.misunderstood(&error.to_string()))
}

impl Recognizer {
    /// Audio of the caller, as it came and as samples, with what it changes between silence and speech.
    pub(super) fn hear(&mut self, audio: &[u8], samples: &[i16], edge: Option<VadEdge>) -> Result<(), Loss> {
        match self {
            Self::Stream(stream) => stream.hear(audio),
            Self::Requests(utterances) => {
                utterances.hear(samples, edge);
                Ok(())
            }
        }
    }

    /// Sends a control message, where it knows any.
    pub(super) fn control(&mut self, message: ListenMessage) -> Result<(), Loss> {
        match self {
            Self::Stream(stream) => stream.control(message),
            Self::Requests(_) => Ok(()),
        }
    }

    /// Whether it soon reports on any sound that it hears.
    pub(super) fn answers_sound(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    /// Whether it seeks the words of something that was said: they come, or it is reported that there are none.
    pub(super) fn seeks_words(&self) -> bool {
        match self {
            Self::Stream(stream) => stream.seeks_words(),
            Self::Requests(utterances) => utterances.asked.is_some() || !utterances.waiting.is_empty(),
        }
    }

    /// It owes words, and has reported nothing for too long.
    ///
    /// # Errors
    /// Nothing can be done about it.
    pub(super) fn stalled(&mut self, loss: Loss) -> Result<(), Loss> {
        match self {
            Self::Stream(stream) => stream.stalled(loss),
            Self::Requests(_) => Err(loss),
        }
    }

    /// Its next event.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Recognized, Loss>> {
        match self {
            Self::Stream(stream) => stream.poll(cx),
            Self::Requests(utterances) => utterances.poll(cx),
        }
    }

    /// Says goodbye.
    pub(super) async fn close(self) {
        if let Self::Stream(stream) = self {
            stream.close().await;
        }
    }
}
