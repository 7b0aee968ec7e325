//! The provider `builtin`: a receptionist made of recordings. It works without network and keys, always answers
//! the same with the same, and is what runs when nothing else can.
//!
//! It recognizes no words: it hears that the caller speaks, and for how long, and answers with what its keys do.
//!
//! A line without echo cancelling brings our own voice back with the caller's, and the two can't be told apart
//! here: an echo that lasts for [`BARGE_IN_MS`] and is above the detector's least level (-55 dBFS, 35 dB below the
//! prompts) cuts a prompt short. Switches cancel echo where they go to analogue lines; a loudspeaker beside an
//! open microphone needs a phone that does.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::audio::{Frame, SampleRate, g711};
use cordboard_schema::line::Line;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::time::timeout;

use super::headset::{Headset, Input};
use super::provider::{Provider, ProviderFault};
use super::sounds::{Prompt, SoundSet};
use super::turn::Turns;
use crate::media::vad::{Vad, VadEdge, VadSettings};
use crate::messages::AssistantOrder;

/// Speech that makes a caller a speaker: a cough is shorter.
const BARGE_IN_MS: u64 = 240;
/// Silence that ends a turn. People pause for less inside a sentence.
const TURN_END_MS: u64 = 700;
/// A line that brings no audio for so long in the middle of speech has fallen silent: a switch may stop sending
/// instead of sending silence. Longer than the jitter of a network.
const LINE_SILENT_MS: u32 = 200;

/// The built-in assistant, for one call.
#[derive(Clone, Debug)]
pub struct Builtin {
    prompts: Arc<SoundSet<Prompt>>,
}

impl Builtin {
    /// A receptionist who speaks with these recordings.
    pub fn new(prompts: Arc<SoundSet<Prompt>>) -> Self {
        Self { prompts }
    }
}

impl Provider for Builtin {
    fn name(&self) -> &'static str {
        "builtin"
    }

    fn run(self: Box<Self>, headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        Receptionist::new(self.prompts, headset).serve().boxed_local()
    }
}

/// A [`Builtin`] at work.
struct Receptionist {
    prompts: Arc<SoundSet<Prompt>>,
    headset: Headset,
    /// Rate of what is said.
    rate: SampleRate,
    vad: Vad,
    turns: Turns,
}

impl Receptionist {
    fn new(prompts: Arc<SoundSet<Prompt>>, headset: Headset) -> Self {
        let settings = VadSettings { start_ms: BARGE_IN_MS, stop_ms: TURN_END_MS, ..VadSettings::default() };
        let vad = Vad::new(headset.hears_at(), settings);
        let rate = headset.speaks_best_at();
        Self { prompts, headset, rate, vad, turns: Turns::new() }
    }

    async fn serve(mut self) -> Result<(), ProviderFault> {
        self.headset.ready();
        loop {
            match self.next_input().await {
                Input::Order(AssistantOrder::Say(line)) => self.say_line(line),
                // It reads as little as it understands.
                Input::Order(AssistantOrder::GoOn | AssistantOrder::CallerTyped(_)) => {
                    let reply = self.turns.reply();
                    self.speak(None, &[reply]);
                }
                Input::Order(AssistantOrder::Attend(attention)) => self.turns.attend(attention),
                // Only one that speaks any text is asked for it.
                Input::Order(AssistantOrder::SayText(_) | AssistantOrder::Happened(_)) => {}
                // It asks for no tools, and what was heard of a prompt does not change the next one.
                Input::Order(AssistantOrder::Heard { .. } | AssistantOrder::ToolResult { .. }) => {}
                Input::Order(AssistantOrder::Tools(_)) => {}
                Input::Order(AssistantOrder::Resync | AssistantOrder::TakeOver { .. }) => {}
                Input::Order(AssistantOrder::Stop) => return Ok(()),
                Input::Caller(Frame::Pcm { samples, .. }) => self.hear(&samples),
                Input::Caller(Frame::G711 { law, bytes }) => self.hear(&g711::decode_all(law, &bytes)),
            }
        }
    }

    /// The next input. While the caller speaks, a line that brings nothing brings silence.
    async fn next_input(&mut self) -> Input {
        if !self.turns.caller_speaks() {
            return self.headset.next().await;
        }
        let patience = Duration::from_millis(LINE_SILENT_MS.into());
        timeout(patience, self.headset.next()).await.unwrap_or_else(|_| {
            let rate = self.headset.hears_at();
            Input::Caller(Frame::pcm(rate, vec![0; rate.samples_in_ms(LINE_SILENT_MS)]))
        })
    }

    fn hear(&mut self, samples: &[i16]) {
        match self.vad.push(samples) {
            Some(VadEdge::Started { .. }) => {
                self.turns.caller_started();
                self.headset.speech_started();
            }
            Some(VadEdge::Stopped { speech_ms }) => {
                self.headset.speech_stopped(speech_ms);
                self.headset.transcript(format!("(speech, {:.1} s)", speech_ms as f64 / 1000.0));
                if let Some(reply) = self.turns.caller_finished() {
                    self.speak(None, &[reply]);
                }
            }
            None => {}
        }
    }

    fn say_line(&mut self, line: Line) {
        let prompts = self.turns.say(line);
        self.speak(Some(line), &prompts);
    }

    /// Says recordings as one utterance. All of it is given at once: it waits in the caller's ear, behind what is being
    /// said there.
    fn speak(&mut self, line: Option<Line>, prompts: &[Prompt]) {
        let recordings = || prompts.iter().map(|prompt| self.prompts.get(*prompt));
        let texts: Vec<&str> = recordings().map(|recording| recording.text()).collect();
        let samples: Vec<i16> =
            recordings().flat_map(|recording| recording.pcm(self.rate).to_vec()).collect();

        let mut utterance = self.headset.begin(line);
        for samples in samples.chunks(self.rate.samples_per_frame()) {
            self.headset.speak(&mut utterance, Frame::pcm(self.rate, samples));
        }
        self.headset.complete(utterance, texts.join(" "));
    }
}
