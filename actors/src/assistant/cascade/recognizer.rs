//! The recognizer of the caller's words: a stream that reports words while they are spoken, or one request per utterance.
//!
//! A self-hosted server with OpenAI's transcription can't stream. For it our own speech detector splits the audio into
//! utterances: each is sent as a WAV file after a short silence, and its words are final. Such a recognizer reports nothing
//! earlier, so the sound of speech alone interrupts.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::deepgram::{ListenEvent, ListenMessage};
use cordboard_schema::wire::speech::{Transcribed, TranscriptionRequest, transcript};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use reqwest::Client;
use tokio::time::sleep;

use super::listening::Listening;
use super::services::HttpService;
use crate::assistant::remote::{Loss, Retry};
use crate::live_count::Live;
use crate::media::vad::VadEdge;

/// Audio before the detection of speech that belongs to it, in ms.
const BEFORE_MS: u32 = 400;
/// Silence that ends an utterance, in ms: shorter than any pause that ends a turn.
const SPLIT_MS: u32 = 300;
/// Shortest speech that is sent, in ms: models invent words for shorter sounds.
const SPEECH_MS_MIN: u64 = 200;
/// Longest audio of one utterance, in ms; a longer one is sent in parts.
const UTTERANCE_MS_MAX: u32 = 30_000;
/// Most utterances that may be queued.
const WAITING_MAX: usize = 8;
/// Pause between the two attempts at an utterance.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// Event of a recognizer.
pub(super) enum Recognized {
    Event(ListenEvent),
    /// Usage of an utterance that was sent on its own.
    Used(TokenUsage),
    /// An event that can't be understood, and why.
    Rubbish(String),
    /// A reconnect after a loss, and what happened.
    Reconnected(String),
}

/// See the module's description.
pub(super) enum Recognizer {
    Stream(Box<Listening>),
    Requests(Box<Utterances>),
}

/// Audio that is sent in one request.
struct Utterance {
    samples: Vec<i16>,
    /// A pause follows it; otherwise it is a part of speech that goes on.
    ends_speech: bool,
}

/// A request that is under way.
struct Asked {
    answer: LocalBoxFuture<'static, Result<Transcribed, Loss>>,
    /// Length of its audio.
    audio_ms: u64,
    /// A pause follows its words.
    ends_speech: bool,
}

/// Utterances, one request each.
pub(super) struct Utterances {
    client: Client,
    service: HttpService,
    model: String,
    language: Option<String>,
    rate: SampleRate,
    /// Timeout of an answer.
    time: Duration,
    /// The utterance that is being said, or the audio before one.
    samples: VecDeque<i16>,
    is_speech: bool,
    speech_ms: u64,
    silent_samples: usize,
    waiting: VecDeque<Utterance>,
    asked: Option<Asked>,
    /// Usage of the newest request that was answered, until it is reported.
    used: Option<TokenUsage>,
    /// Counted as an open connection.
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
            used: None,
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
                self.send(false);
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
            if is_long { self.send(true) } else { self.samples.clear() }
        }
    }

    fn send(&mut self, ends_speech: bool) {
        let samples = std::mem::take(&mut self.samples);
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(Utterance { samples: samples.into(), ends_speech });
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Recognized, Loss>> {
        loop {
            if let Some(usage) = self.used.take() {
                return Poll::Ready(Ok(Recognized::Used(usage)));
            }
            if let Some(Asked { answer, audio_ms, ends_speech }) = &mut self.asked {
                let Poll::Ready(answered) = answer.poll_unpin(cx) else { return Poll::Pending };
                let (audio_ms, speech_final) = (*audio_ms, *ends_speech);
                self.asked = None;
                let Transcribed { text, usage } = answered?;
                // A server that reports no usage is paid by the length of what it got.
                self.used = Some(usage.unwrap_or(TokenUsage { audio_ms, ..TokenUsage::default() }));
                let event = ListenEvent::Words { text, is_final: true, speech_final };
                return Poll::Ready(Ok(Recognized::Event(event)));
            }
            let Some(Utterance { samples, ends_speech }) = self.waiting.pop_front() else {
                return Poll::Pending;
            };
            let audio_ms = self.rate.ms_of_samples(samples.len() as u64);
            let request = TranscriptionRequest {
                model: self.model.clone(),
                language: self.language.clone(),
                rate: self.rate,
                samples,
            };
            let answer = ask(self.client.clone(), self.service.clone(), request, self.time).boxed_local();
            self.asked = Some(Asked { answer, audio_ms, ends_speech });
        }
    }
}

/// Requests the words of an utterance. Retries if the service fails immediately, because the caller won't repeat them.
async fn ask(
    client: Client,
    service: HttpService,
    request: TranscriptionRequest,
    time: Duration,
) -> Result<Transcribed, Loss> {
    let form = request.to_form();
    match words(&client, &service, form.clone(), time).await {
        Err(Loss { fault, retry }) if retry != Retry::Never && fault.failure != ProviderFailure::Stalled => {
            sleep(RETRY_AFTER).await;
            words(&client, &service, form, time).await
        }
        answered => answered,
    }
}

/// Sends the form of an utterance, and returns its words and their usage.
async fn words(
    client: &Client,
    service: &HttpService,
    form: (String, Vec<u8>),
    time: Duration,
) -> Result<Transcribed, Loss> {
    let response = service.post(client, "/audio/transcriptions", form, time).await?;
    let body = service.body(response, time).await?;
    transcript(&body).map_err(|error| service.misunderstood(&error.to_string()))
}

impl Recognizer {
    /// Takes audio of the caller, as bytes and as samples, with the change between silence and speech that it makes.
    pub(super) fn hear(&mut self, audio: &[u8], samples: &[i16], edge: Option<VadEdge>) -> Result<(), Loss> {
        match self {
            Self::Stream(stream) => stream.hear(audio),
            Self::Requests(utterances) => {
                utterances.hear(samples, edge);
                Ok(())
            }
        }
    }

    /// Sends a control message, if the recognizer supports them.
    pub(super) fn control(&mut self, message: ListenMessage) -> Result<(), Loss> {
        match self {
            Self::Stream(stream) => stream.control(message),
            Self::Requests(_) => Ok(()),
        }
    }

    /// Returns whether it reports soon on any sound.
    pub(super) fn answers_sound(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    /// Returns whether the words of something that was said are still expected: they arrive, or it reports that there are none.
    pub(super) fn awaits_words(&self) -> bool {
        match self {
            Self::Stream(stream) => stream.awaits_words(),
            Self::Requests(utterances) => utterances.asked.is_some() || !utterances.waiting.is_empty(),
        }
    }

    /// Handles a recognizer that has reported nothing for too long although words are due.
    ///
    /// # Errors
    /// It can't be recovered.
    pub(super) fn stalled(&mut self, loss: Loss) -> Result<(), Loss> {
        match self {
            Self::Stream(stream) => stream.stalled(loss),
            Self::Requests(_) => Err(loss),
        }
    }

    /// Polls the next event.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Recognized, Loss>> {
        match self {
            Self::Stream(stream) => stream.poll(cx),
            Self::Requests(utterances) => utterances.poll(cx),
        }
    }

    /// Closes the connection.
    pub(super) async fn close(self) {
        if let Self::Stream(stream) = self {
            stream.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assistant::cascade::failures::Part;
    use crate::assistant::cascade::services::client_by;
    use crate::assistant::cascade::settings::ServiceSettings;
    use crate::live_count::LiveCount;
    use crate::outside_access::OutsideAccess;

    const RATE: SampleRate = SampleRate::HZ_8000;

    fn utterances() -> Utterances {
        let base_url = "http://localhost:8000/v1".to_owned();
        let settings = ServiceSettings { key: None, base_url, model: "m".to_owned() };
        let service = HttpService::new(Part::Recognizer, &settings, ["url", "key"]).unwrap();
        let client = client_by(&OutsideAccess::anywhere().unwrap()).unwrap();
        let words = ("m".to_owned(), None);
        let live = LiveCount::new().one_more();
        Utterances::new((client, service), words, RATE, Duration::from_secs(8), live)
    }

    /// The turn of a caller who speaks on would end after the first part, and the assistant would speak over them.
    #[test]
    fn only_the_last_part_of_long_speech_ends_it() {
        let mut utterances = utterances();
        let second = vec![1_000_i16; RATE.samples_in_ms(1_000)];
        utterances.hear(&second, Some(VadEdge::Started { at_ms: 0 }));
        for _ in 1..35 {
            utterances.hear(&second, None);
        }
        let last = &second[..RATE.samples_in_ms(20)];
        utterances.hear(last, Some(VadEdge::Stopped { speech_ms: 35_000 }));
        utterances.hear(&second, None);
        let seconds = |utterance: &Utterance| utterance.samples.len() / second.len();
        let sent: Vec<_> =
            utterances.waiting.iter().map(|utterance| (seconds(utterance), utterance.ends_speech)).collect();
        assert_eq!(sent, [(30, false), (6, true)]);
    }
}
