//! The three parts of one running call: the recognizer listens, the model thinks, the speech service speaks, and [`Turns`]
//! decides.
//!
//! To the session it looks like an agent at a provider. The task of its call drives it; it has no task of its own, and no queue
//! between the parts.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cordboard_schema::audio::{Frame, WireFormat, g711, wire::frame_of};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::chat::{AnswerLimit, ChatRequest};
use cordboard_schema::wire::deepgram::ListenMessage;
use cordboard_schema::wire::speech::{INPUT_CHARS_MAX, SpeechRequest};
use futures_util::future::join;
use futures_util::stream::LocalBoxStream;
use reqwest::Client;
use tokio::time::{Instant, Sleep, sleep_until};

use super::failures::Part;
use super::model::thoughts;
use super::part_input::PartInput;
use super::recognizer::{Recognized, Recognizer};
use super::services::{HttpService, Services};
use super::settings::{CascadeSettings, SpeechFormat};
use super::speech::sounds;
use super::turns::{Pieces, Spoken, Thought, TurnAct, Turns, Voice};
use super::voice_sockets::VoiceSockets;
use crate::assistant::remote::agent::dialect::Event;
use crate::assistant::remote::link::Link;
use crate::assistant::remote::secrets::Secrets;
use crate::assistant::remote::{Loss, Retry};
use crate::clock::Clock;
use crate::media::vad::{Vad, VadEdge, VadSettings};

/// Duration from which sound counts as speech, in ms.
const SPEECH_MS: u64 = 128;
/// Silence that is reported to [`Turns`], in ms: shorter than any pause that ends a turn.
const SILENCE_MS: u64 = 160;
/// Duration of speech from which on the recognizer has to report something, in ms.
const HEARD_MS_MIN: u64 = 400;
/// Wait when there is no deadline: too long to matter.
const NO_DEADLINE: Duration = Duration::from_secs(3_600);

/// Settings of the speech on a call.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    pub(super) settings: Arc<CascadeSettings>,
    /// Format of the caller's audio.
    pub(super) input: WireFormat,
    /// Format of the sound sent to the caller, if the speech service supports it.
    pub(super) output: WireFormat,
    pub(super) voice: String,
    /// Speed of speech in percent; `None` is the default speed.
    pub(super) speed_percent: Option<u16>,
    /// Silence in ms that ends a turn after a complete sentence.
    pub(super) pause_ms: u64,
    /// The longest answer of the language model.
    pub(super) limit: Option<AnswerLimit>,
}

/// The speech service.
pub(super) enum Speech {
    /// One request for each piece; `running` is the current request, with its answer.
    Requests { service: HttpService, running: Option<(u64, LocalBoxStream<'static, Spoken>)> },
    /// All pieces of an answer are sent over one socket.
    Stream(Box<VoiceSockets>),
}

impl Speech {
    /// Returns the form in which the service takes text.
    pub(super) fn pieces(&self) -> Pieces {
        match self {
            Self::Requests { .. } => Pieces::Each,
            Self::Stream(_) => Pieces::Streamed,
        }
    }

    fn stop(&mut self) {
        match self {
            Self::Requests { running, .. } => *running = None,
            Self::Stream(sockets) => sockets.stop(),
        }
    }

    /// Polls the next output of an answer (sound, end or failure), with the answer's number.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(u64, Spoken), Loss>> {
        match self {
            Self::Stream(sockets) => sockets.poll(cx),
            Self::Requests { running, .. } => {
                let Some((id, sounds)) = running else { return Poll::Pending };
                let id = *id;
                match sounds.as_mut().poll_next(cx) {
                    Poll::Ready(Some(spoken)) => Poll::Ready(Ok((id, spoken))),
                    Poll::Ready(None) => {
                        *running = None;
                        Poll::Pending
                    }
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

/// See the module's description.
pub(in crate::assistant) struct Engine {
    manner: Manner,
    services: Arc<Services>,
    client: Client,
    clock: Clock,
    turns: Turns,
    vad: Vad,
    recognizer: Recognizer,
    thinking: Option<(u64, LocalBoxStream<'static, Thought>)>,
    speech: Speech,
    /// Events for the session.
    came: VecDeque<Event<PartInput>>,
    alarm: Pin<Box<Sleep>>,
    alarm_at: Option<UnixMs>,
    /// Deadline for the recognizer to report something about what the caller said.
    recognition_due_by: Option<UnixMs>,
    has_warned: bool,
}

/// The connected parts of a call.
pub(super) struct Parts {
    /// The client for the services that are asked by HTTP.
    pub(super) client: Client,
    pub(super) recognizer: Recognizer,
    pub(super) speech: Speech,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("turns", &self.turns).finish_non_exhaustive()
    }
}

impl Engine {
    /// Returns an engine that runs these parts.
    pub(super) fn new(
        manner: Manner,
        services: Arc<Services>,
        Parts { client, recognizer, speech }: Parts,
        turns: impl FnOnce(UnixMs) -> Turns,
    ) -> Self {
        let clock = Clock::system();
        let vad = VadSettings { start_ms: SPEECH_MS, stop_ms: SILENCE_MS, ..VadSettings::default() };
        Self {
            vad: Vad::new(manner.input.rate, vad),
            turns: turns(clock.now()),
            manner,
            services,
            client,
            clock,
            recognizer,
            thinking: None,
            speech,
            came: VecDeque::new(),
            alarm: Box::pin(sleep_until(Instant::now() + NO_DEADLINE)),
            alarm_at: None,
            recognition_due_by: None,
            has_warned: false,
        }
    }

    /// Sends the caller's audio to the recognizer.
    fn hear(&mut self, audio: &Arc<[u8]>) -> Result<(), Loss> {
        let samples = match frame_of(audio, self.manner.input) {
            Some(Frame::Pcm { samples, .. }) => samples.to_vec(),
            Some(Frame::G711 { law, bytes }) => g711::decode_all(law, &bytes),
            // An empty frame would end the stream.
            None => return Ok(()),
        };
        let edge = self.vad.push(&samples);
        let now = self.clock.now();
        match edge {
            Some(VadEdge::Started { .. }) => self.turns.voice(Voice::Started(SPEECH_MS), now),
            Some(VadEdge::Stopped { speech_ms }) => {
                self.turns.voice(Voice::Stopped(SILENCE_MS), now);
                if speech_ms >= HEARD_MS_MIN && self.recognizer.answers_sound() {
                    let stall_ms = self.stall_ms();
                    self.recognition_due_by.get_or_insert(now + stall_ms);
                }
            }
            None => {}
        }
        let heard = self.recognizer.hear(audio, &samples, edge);
        if self.turns.words_are_due(self.recognizer.awaits_words()) {
            self.turns.tick(now);
        }
        heard
    }

    /// Handles an output of the recognizer.
    fn recognized(&mut self, recognized: Recognized) {
        let now = self.clock.now();
        let have_ended = self.turns.words_are_due(self.recognizer.awaits_words());
        match recognized {
            Recognized::Event(event) => {
                self.recognition_due_by = None;
                self.turns.recognized(event, now);
            }
            Recognized::Used(usage) => self.turns.utterance_used(usage),
            Recognized::Rubbish(what) => {
                self.recognition_due_by = None;
                self.warn(&format!("the speech recognition sent an unknown event, which is ignored: {what}"));
            }
            Recognized::Reconnected(finding) => {
                // It processes again the audio whose words are due.
                let stall_ms = self.stall_ms();
                self.recognition_due_by = self.recognition_due_by.map(|_| now + stall_ms);
                self.came.push_back(Event::Finding(finding));
            }
        }
        if have_ended {
            self.turns.tick(now);
        }
    }

    fn stall_ms(&self) -> u64 {
        u64::try_from(self.manner.settings.stall_timeout.as_millis()).unwrap_or(u64::MAX)
    }

    fn warn(&mut self, finding: &str) {
        if !std::mem::replace(&mut self.has_warned, true) {
            self.came.push_back(Event::Finding(finding.to_owned()));
        }
    }

    /// Carries out the orders of [`Turns`].
    fn act(&mut self) -> Result<(), Loss> {
        while let Some(act) = self.turns.take_act() {
            match act {
                TurnAct::Report(event) => self.came.push_back(event),
                TurnAct::Think { id, messages, tools } => {
                    let settings = &self.manner.settings;
                    let (model, limit) = (settings.llm.model.clone(), self.manner.limit);
                    let request = ChatRequest { model, messages, tools, limit };
                    let (client, service) = (self.client.clone(), self.services.llm.clone());
                    let thoughts = thoughts(client, service, request.to_text(), settings.stall_timeout);
                    self.thinking = Some((id, thoughts));
                }
                TurnAct::StopThinking => self.thinking = None,
                TurnAct::Speak { id, words, is_last } => self.speak(id, &words, is_last),
                TurnAct::EndSpeech => {
                    if let Speech::Stream(sockets) = &mut self.speech {
                        sockets.end();
                    }
                }
                TurnAct::StopSpeaking => self.speech.stop(),
                TurnAct::Finalize => self.recognizer.control(ListenMessage::Finalize)?,
            }
        }
        Ok(())
    }

    /// Sends words to the speech service.
    fn speak(&mut self, id: u64, words: &str, is_last: bool) {
        let settings = &self.manner.settings;
        match &mut self.speech {
            Speech::Stream(sockets) => sockets.speak(id, words, is_last),
            Speech::Requests { service, running } => {
                let request = SpeechRequest {
                    model: settings.speech.model.clone(),
                    voice: self.manner.voice.clone(),
                    input: words.chars().take(INPUT_CHARS_MAX).collect(),
                    format: match settings.format {
                        SpeechFormat::Pcm => "pcm",
                        SpeechFormat::Wav => "wav",
                    },
                    speed_percent: self.manner.speed_percent,
                };
                let (client, service) = (self.client.clone(), service.clone());
                *running = Some((id, sounds(client, service, request.to_text(), settings.stall_timeout)));
            }
        }
    }

    /// Polls each part once. Returns whether any of them had something.
    fn poll_parts(&mut self, cx: &mut Context<'_>) -> Result<bool, Loss> {
        if let Poll::Ready(recognized) = self.recognizer.poll(cx) {
            self.recognized(recognized?);
            return Ok(true);
        }
        if let Some((id, thoughts)) = &mut self.thinking
            && let Poll::Ready(thought) = thoughts.as_mut().poll_next(cx)
        {
            let id = *id;
            match thought {
                Some(thought) => self.turns.thought(id, thought, self.clock.now()),
                None => self.thinking = None,
            }
            return Ok(true);
        }
        if let Poll::Ready(spoken) = self.speech.poll(cx) {
            let (id, spoken) = spoken?;
            self.turns.spoken(id, spoken, self.clock.now());
            return Ok(true);
        }
        self.poll_alarm(cx)
    }

    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Result<bool, Loss> {
        let deadline = self.turns.next_deadline().into_iter().chain(self.recognition_due_by).min();
        let now = self.clock.now();
        if deadline != self.alarm_at {
            self.alarm_at = deadline;
            let wait = deadline.map_or(NO_DEADLINE, |deadline| Duration::from_millis(deadline.ms_since(now)));
            self.alarm.as_mut().reset(Instant::now() + wait);
        }
        if self.alarm.as_mut().poll(cx).is_pending() {
            return Ok(false);
        }
        // A timer that has fired stays ready until it is set again.
        self.alarm_at = None;
        self.alarm.as_mut().reset(Instant::now() + NO_DEADLINE);
        if self.recognition_due_by.is_some_and(|until| until <= now) {
            let reason = "the caller spoke, and no words arrived";
            self.recognizer.stalled(Part::Recognizer.loss(ProviderFailure::Stalled, reason, Retry::Soon))?;
            let stall_ms = self.stall_ms();
            self.recognition_due_by = Some(now + stall_ms);
        }
        self.turns.tick(now);
        Ok(true)
    }
}

impl Link for Engine {
    type Sent = PartInput;
    type Came = Event<PartInput>;

    fn secrets(&self) -> Secrets {
        // Each part has redacted its own secret.
        Secrets::default()
    }

    fn send(&mut self, input: PartInput) -> Result<(), Loss> {
        match input {
            PartInput::KeepAlive => self.recognizer.control(ListenMessage::KeepAlive),
            PartInput::Audio(audio) => self.hear(&audio),
            input => {
                self.turns.on_input(input, self.clock.now());
                Ok(())
            }
        }
    }

    fn send_audio(&mut self, audio: PartInput) -> Result<(), Loss> {
        self.send(audio)
    }

    fn poll_came(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event<PartInput>, Loss>> {
        loop {
            self.act()?;
            if let Some(event) = self.came.pop_front() {
                return Poll::Ready(Ok(event));
            }
            if !self.poll_parts(cx)? {
                return Poll::Pending;
            }
        }
    }

    async fn close(mut self) {
        self.thinking = None;
        match self.speech {
            Speech::Requests { .. } => self.recognizer.close().await,
            Speech::Stream(sockets) => drop(join(self.recognizer.close(), sockets.close()).await),
        }
    }
}
