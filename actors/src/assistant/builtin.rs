//! The provider `builtin`: a receptionist that plays recordings. It works without network and keys, always gives the same answer
//! to the same input, and serves calls when no other provider can.
//!
//! It detects that the caller speaks, and for how long, and answers with the actions of its keys. If the server has [`Ears`], the
//! words are transcribed, and a caller who asks for a person is connected to one. It understands no other words.
//!
//! A line without echo cancelling brings our own voice back with the caller's, and we can't tell them apart here: an echo that
//! lasts for [`BARGE_IN_MS`] and is above the detector's least level (-55 dBFS, 35 dB below the prompts) interrupts a prompt.
//! Switches cancel echo where they connect to analogue lines. A loudspeaker next to an open microphone needs a phone that cancels
//! echo.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::audio::{Frame, SampleRate, g711};
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::ears::{Ears, Sound, Speech};
use super::headset::{Headset, Input};
use super::provider::{Provider, ProviderFault};
use super::sounds::{Prompt, SoundSet};
use super::turn::Turns;
use crate::media::vad::{Vad, VadEdge, VadSettings};
use crate::messages::{AssistantOrder, Attention};

/// Duration from which sound counts as speech: a cough is shorter.
const BARGE_IN_MS: u64 = 240;
/// Silence that ends a turn. Pauses inside a sentence are shorter.
const TURN_END_MS: u64 = 700;
/// A caller who keeps speaking this long after the end of a prompt has said something that the prompt did not answer.
const SPOKE_ON_MS: u64 = 1_000;
/// A line that brings no audio for this long in the middle of speech counts as silent: a switch may stop sending instead of
/// sending silence. Longer than the jitter of a network.
const LINE_SILENT_MS: u32 = 200;
/// Time that an answer waits for the transcript of what it answers: the caller may have asked for a person.
const REPLY_WAITS: Duration = Duration::from_millis(800);
/// Time that a caller who asks for a person waits to be connected before they get the usual answer: the call takes up to 2 s, and
/// may find nobody.
const PERSON_WAITS: Duration = Duration::from_millis(2_500);
/// Longest wait for a transcript.
const WORDS_WAIT: Duration = Duration::from_secs(20);
/// Longest wait for a transcript once the call has released its assistant, which is ended a second after that.
const LAST_WORDS_WAIT: Duration = Duration::from_millis(900);
/// Sound before speech that is recognized together with it, in ms: speech is only detected once it has lasted for
/// [`BARGE_IN_MS`].
const BEFORE_SPEECH_MS: u32 = BARGE_IN_MS as u32 + 260;

/// The built-in assistant for one call.
#[derive(Clone, Debug)]
pub struct Builtin {
    prompts: Arc<SoundSet<Prompt>>,
    ears: Option<Ears>,
}

impl Builtin {
    /// Returns a receptionist who speaks with these recordings.
    pub fn new(prompts: Arc<SoundSet<Prompt>>) -> Self {
        Self { prompts, ears: None }
    }

    /// Adds the recognizer that transcribes the caller's words.
    #[must_use]
    pub fn with_ears(self, ears: Option<Ears>) -> Self {
        Self { ears, ..self }
    }
}

impl Provider for Builtin {
    fn name(&self) -> &'static str {
        "builtin"
    }

    fn run(self: Box<Self>, headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        let Self { prompts, ears } = *self;
        Box::new(Receptionist::new(prompts, ears, headset)).serve().boxed_local()
    }
}

/// A running [`Builtin`].
struct Receptionist {
    prompts: Arc<SoundSet<Prompt>>,
    headset: Headset,
    /// Sample rate of what is said.
    rate: SampleRate,
    vad: Vad,
    turns: Turns,
    ears: Option<Ears>,
    /// The sound to recognize: what the caller is saying now, and a little of what came before.
    sound: Vec<i16>,
    /// Speech that waits for its transcript, oldest first.
    unwritten: VecDeque<Unwritten>,
    /// The answer to the newest of it, if it hasn't been given yet.
    due: Option<DueAnswer>,
    /// The newest utterance, and when the caller had heard it to its end.
    said: Option<(ItemId, Option<Instant>)>,
}

/// Speech of the caller whose words are not known yet.
struct Unwritten {
    words: oneshot::Receiver<String>,
    /// When the wait for the words ends.
    until: Instant,
    speech_ms: u64,
}

/// An answer that the caller has not heard yet.
#[derive(Clone, Copy)]
struct DueAnswer {
    reply: Prompt,
    /// When it is given at the latest.
    at: Instant,
    /// Whether it waits for the call to connect the caller to a person.
    is_for_person: bool,
}

/// The next event.
enum Next {
    Input(Input),
    /// The words of the oldest waiting speech, if it was recognized.
    Words(Option<String>),
    /// The pending answer is due.
    Reply,
}

impl Receptionist {
    fn new(prompts: Arc<SoundSet<Prompt>>, ears: Option<Ears>, headset: Headset) -> Self {
        let settings = VadSettings { start_ms: BARGE_IN_MS, stop_ms: TURN_END_MS, ..VadSettings::default() };
        let vad = Vad::new(headset.hears_at(), settings);
        let rate = headset.speaks_best_at();
        Self {
            prompts,
            headset,
            rate,
            vad,
            turns: Turns::new(),
            ears,
            sound: Vec::new(),
            unwritten: VecDeque::new(),
            due: None,
            said: None,
        }
    }

    /// Boxed: a future reserves room for its argument twice.
    async fn serve(mut self: Box<Self>) -> Result<(), ProviderFault> {
        self.headset.ready();
        loop {
            let input = match self.next().await {
                Next::Input(input) => input,
                Next::Words(words) => {
                    self.write_down(words);
                    continue;
                }
                Next::Reply => {
                    self.give_answer();
                    continue;
                }
            };
            match input {
                Input::Order(AssistantOrder::Say(line)) => self.say_line(line),
                // It doesn't understand text, just as it doesn't understand speech.
                Input::Order(AssistantOrder::GoOn | AssistantOrder::CallerTyped(_)) => {
                    self.due = None;
                    let reply = self.turns.reply();
                    self.speak(None, &[reply]);
                }
                Input::Order(AssistantOrder::Attend(attention)) => self.attend(attention),
                Input::Order(AssistantOrder::Happened(_)) => self.call_has_reported(),
                // Only providers that can speak any text get this order.
                Input::Order(AssistantOrder::SayText(_)) => {}
                Input::Order(AssistantOrder::Heard { item, .. }) => self.is_heard(item),
                // It requests no tools.
                Input::Order(AssistantOrder::ToolResult { .. } | AssistantOrder::Tools(_)) => {}
                Input::Order(AssistantOrder::Resync | AssistantOrder::TakeOver { .. }) => {}
                Input::Order(AssistantOrder::Stop) => {
                    self.report_last_words().await;
                    return Ok(());
                }
                Input::Caller(Frame::Pcm { samples, .. }) => self.hear(&samples),
                Input::Caller(Frame::G711 { law, bytes }) => self.hear(&g711::decode_all(law, &bytes)),
            }
        }
    }

    async fn next(&mut self) -> Next {
        let due_at = self.due.map(|due| due.at);
        let Self { headset, turns, unwritten, .. } = self;
        let words = async {
            let Some(Unwritten { words, until, .. }) = unwritten.front_mut() else { return pending().await };
            timeout_at(*until, words).await.ok().and_then(Result::ok)
        };
        let reply = async {
            match due_at {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            words = words => Next::Words(words),
            () = reply => Next::Reply,
            input = next_input(headset, turns.caller_speaks()) => Next::Input(input),
        }
    }

    fn hear(&mut self, samples: &[i16]) {
        self.keep_sound(samples);
        match self.vad.push(samples) {
            Some(VadEdge::Started { .. }) => {
                self.due = None;
                self.turns.caller_started();
                self.headset.speech_started();
            }
            Some(VadEdge::Stopped { speech_ms }) => {
                self.headset.speech_stopped(speech_ms);
                let reply = self.turns.caller_finished(self.spoke_on());
                if self.ears.is_some() {
                    self.recognize(speech_ms);
                    let at = Instant::now() + REPLY_WAITS;
                    self.due = reply.map(|reply| DueAnswer { reply, at, is_for_person: false });
                } else {
                    self.headset.transcript(unknown_words(speech_ms));
                    if let Some(reply) = reply {
                        self.speak(None, &[reply]);
                    }
                }
            }
            None => {}
        }
    }

    fn is_heard(&mut self, item: ItemId) {
        if let Some((said, heard_at)) = &mut self.said
            && *said == item
        {
            *heard_at = Some(Instant::now());
        }
    }

    /// Returns whether the caller, whose speech has just ended, kept speaking after the newest utterance.
    fn spoke_on(&self) -> bool {
        let Some((_, Some(heard_at))) = self.said else { return false };
        heard_at.elapsed() > Duration::from_millis(TURN_END_MS + SPOKE_ON_MS)
    }

    /// Keeps the sound to recognize: a whole speech, and a little of what came before.
    fn keep_sound(&mut self, samples: &[i16]) {
        if self.ears.is_none() {
            return;
        }
        let rate = self.headset.hears_at();
        self.sound.extend_from_slice(samples);
        if self.turns.caller_speaks() {
            self.sound.truncate(rate.samples_in_ms(Speech::LONGEST_MS));
        } else {
            let more = self.sound.len().saturating_sub(rate.samples_in_ms(BEFORE_SPEECH_MS));
            self.sound.drain(..more);
        }
    }

    /// Starts the recognition of the kept sound.
    fn recognize(&mut self, speech_ms: u64) {
        let Some(ears) = &self.ears else { return };
        let samples = std::mem::take(&mut self.sound);
        let language = self.headset.profile().language.clone();
        let words = ears.recognize(Sound { samples, rate: self.headset.hears_at(), language });
        self.unwritten.push_back(Unwritten { words, until: Instant::now() + WORDS_WAIT, speech_ms });
    }

    /// Reports the transcript of the oldest waiting speech, and answers it.
    fn write_down(&mut self, words: Option<String>) {
        let Some(Unwritten { speech_ms, .. }) = self.unwritten.pop_front() else { return };
        let words = words.unwrap_or_default();
        let profile = self.headset.profile();
        let asks_for_person = profile.handoff_words.asked_by(&words, &profile.language).is_some();
        self.report_words(&words, speech_ms);
        if asks_for_person {
            // The call connects them to one and reports that. If nobody is available, it reports nothing.
            let at = Instant::now() + PERSON_WAITS;
            self.due = self.due.map(|due| DueAnswer { at, is_for_person: true, ..due });
        } else if self.unwritten.is_empty() && !self.due.is_some_and(|due| due.is_for_person) {
            self.give_answer();
        }
    }

    /// Handles a report of the call. It may connect a caller who waits for a person, so that no answer is due any more.
    fn call_has_reported(&mut self) {
        self.due = self.due.filter(|due| !due.is_for_person);
    }

    /// Changes how the caller's words are treated. Messages and goodbyes get no answer.
    fn attend(&mut self, attention: Attention) {
        self.turns.attend(attention);
        if attention == Attention::Listen {
            self.due = None;
        }
    }

    /// Reports to the call what the caller has said, with the words if they are known.
    fn report_words(&self, words: &str, speech_ms: u64) {
        match words.trim() {
            "" => self.headset.transcript(unknown_words(speech_ms)),
            words => self.headset.transcript(words),
        }
    }

    /// Transcribes the caller's last words after the call has released its assistant, perhaps in the middle of them.
    async fn report_last_words(&mut self) {
        if self.ears.is_some()
            && let Some(VadEdge::Stopped { speech_ms }) = self.vad.finish()
        {
            self.recognize(speech_ms);
        }
        let stop_at = Instant::now() + LAST_WORDS_WAIT;
        for Unwritten { words, until, speech_ms } in std::mem::take(&mut self.unwritten) {
            let words = timeout_at(until.min(stop_at), words).await.ok().and_then(Result::ok);
            self.report_words(&words.unwrap_or_default(), speech_ms);
        }
    }

    /// Gives the pending answer.
    fn give_answer(&mut self) {
        if let Some(DueAnswer { reply, .. }) = self.due.take() {
            self.speak(None, &[reply]);
        }
    }

    /// Says a line. It answers what was said before, and what is being said now.
    fn say_line(&mut self, line: Line) {
        self.due = None;
        let prompts = self.turns.say(line);
        self.speak(Some(line), &prompts);
    }

    /// Says recordings as one utterance. All of it is sent at once, and queued for playout after what is being said.
    fn speak(&mut self, line: Option<Line>, prompts: &[Prompt]) {
        let recordings = || prompts.iter().map(|prompt| self.prompts.get(*prompt));
        let texts: Vec<&str> = recordings().map(|recording| recording.text()).collect();
        let samples: Vec<i16> =
            recordings().flat_map(|recording| recording.pcm(self.rate).to_vec()).collect();

        let mut utterance = self.headset.begin(line);
        self.said = Some((utterance.item(), None));
        for samples in samples.chunks(self.rate.samples_per_frame()) {
            self.headset.speak(&mut utterance, Frame::pcm(self.rate, samples));
        }
        self.headset.complete(utterance, texts.join(" "));
    }
}

/// Returns the transcript's line for speech whose words are not known.
fn unknown_words(speech_ms: u64) -> String {
    format!("(speech, {:.1} s)", speech_ms as f64 / 1000.0)
}

/// Waits for the next input. While the caller speaks, a line without audio counts as silence.
async fn next_input(headset: &mut Headset, caller_speaks: bool) -> Input {
    if !caller_speaks {
        return headset.next().await;
    }
    let patience = Duration::from_millis(LINE_SILENT_MS.into());
    timeout(patience, headset.next()).await.unwrap_or_else(|_| {
        let rate = headset.hears_at();
        Input::Caller(Frame::pcm(rate, vec![0; rate.samples_in_ms(LINE_SILENT_MS)]))
    })
}
