//! The provider `builtin`: a receptionist made of recordings. It works without network and keys, always answers
//! the same with the same, and is what runs when nothing else can.
//!
//! It hears that the caller speaks, and for how long, and answers with the actions of its keys. If the machine has [`Ears`], the
//! words are written down, and a caller who asks for a person in words is led to one; it understands nothing else of them.
//!
//! A line without echo cancelling brings our own voice back with the caller's, and the two can't be distinguished here: an echo that
//! lasts for [`BARGE_IN_MS`] and is above the detector's least level (-55 dBFS, 35 dB below the prompts) cuts a prompt short.
//! Switches cancel echo where they go to analogue lines; a loudspeaker beside an open microphone needs a phone that does.

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

/// Speech that makes a caller a speaker: a cough is shorter.
const BARGE_IN_MS: u64 = 240;
/// Silence that ends a turn. People pause for less inside a sentence.
const TURN_END_MS: u64 = 700;
/// A caller who speaks on for so long behind the end of a line has said something that the line did not answer.
const SPOKE_ON_MS: u64 = 1_000;
/// A line that brings no audio for so long in the middle of speech has fallen silent: a switch may stop sending
/// instead of sending silence. Longer than the jitter of a network.
const LINE_SILENT_MS: u32 = 200;
/// Time that an answer waits for the words that it answers: they may ask for a person.
const REPLY_WAITS: Duration = Duration::from_millis(800);
/// Time that a caller who asks for a person waits to be led to one, before they get an answer as anybody does: the call takes up to
/// 2 s, and may have nobody.
const PERSON_WAITS: Duration = Duration::from_millis(2_500);
/// Longest wait for words.
const WORDS_WAIT: Duration = Duration::from_secs(20);
/// Longest wait for words once the call has let go of its assistant, which is gone for good a second after that.
const LAST_WORDS_WAIT: Duration = Duration::from_millis(900);
/// Sound before a speech that is recognized with it, in ms: speech counts as begun once it has lasted for [`BARGE_IN_MS`].
const BEFORE_SPEECH_MS: u32 = BARGE_IN_MS as u32 + 260;

/// The built-in assistant, for one call.
#[derive(Clone, Debug)]
pub struct Builtin {
    prompts: Arc<SoundSet<Prompt>>,
    ears: Option<Ears>,
}

impl Builtin {
    /// A receptionist who speaks with these recordings.
    pub fn new(prompts: Arc<SoundSet<Prompt>>) -> Self {
        Self { prompts, ears: None }
    }

    /// The same, who understands words by these.
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

/// A [`Builtin`] at work.
struct Receptionist {
    prompts: Arc<SoundSet<Prompt>>,
    headset: Headset,
    /// Rate of what is said.
    rate: SampleRate,
    vad: Vad,
    turns: Turns,
    ears: Option<Ears>,
    /// The sound that is to be recognized: of what the caller says now, and a little of what came before.
    sound: Vec<i16>,
    /// Speech that waits for its words, the oldest first.
    unwritten: VecDeque<Unwritten>,
    /// The answer to the newest of it, where the caller has not heard one.
    owed: Option<Owed>,
    /// The newest utterance, and when the caller had heard it.
    said: Option<(ItemId, Option<Instant>)>,
}

/// Something that the caller has said whose words are not known.
struct Unwritten {
    words: oneshot::Receiver<String>,
    /// When nobody waits for them any more.
    until: Instant,
    speech_ms: u64,
}

/// An answer that the caller has not heard yet.
#[derive(Clone, Copy)]
struct Owed {
    reply: Prompt,
    /// When it waits no longer.
    at: Instant,
    /// Whether it waits for the call to lead the caller to a person.
    is_for_person: bool,
}

/// The next event.
enum Next {
    Input(Input),
    /// The words of the oldest thing that waits for them, if they are known.
    Words(Option<String>),
    /// The answer that is owed waits no longer.
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
            owed: None,
            said: None,
        }
    }

    /// In a box: a future has room twice for what it is given.
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
                    self.pay();
                    continue;
                }
            };
            match input {
                Input::Order(AssistantOrder::Say(line)) => self.say_line(line),
                // It reads as little as it understands.
                Input::Order(AssistantOrder::GoOn | AssistantOrder::CallerTyped(_)) => {
                    self.owed = None;
                    let reply = self.turns.reply();
                    self.speak(None, &[reply]);
                }
                Input::Order(AssistantOrder::Attend(attention)) => self.attend(attention),
                Input::Order(AssistantOrder::Happened(_)) => self.is_led_on(),
                // Only one that speaks any text is asked for it.
                Input::Order(AssistantOrder::SayText(_)) => {}
                Input::Order(AssistantOrder::Heard { item, .. }) => self.is_heard(item),
                // It asks for no tools.
                Input::Order(AssistantOrder::ToolResult { .. } | AssistantOrder::Tools(_)) => {}
                Input::Order(AssistantOrder::Resync | AssistantOrder::TakeOver { .. }) => {}
                Input::Order(AssistantOrder::Stop) => {
                    self.tell_last_words().await;
                    return Ok(());
                }
                Input::Caller(Frame::Pcm { samples, .. }) => self.hear(&samples),
                Input::Caller(Frame::G711 { law, bytes }) => self.hear(&g711::decode_all(law, &bytes)),
            }
        }
    }

    async fn next(&mut self) -> Next {
        let owed_at = self.owed.map(|owed| owed.at);
        let Self { headset, turns, unwritten, .. } = self;
        let words = async {
            let Some(Unwritten { words, until, .. }) = unwritten.front_mut() else { return pending().await };
            timeout_at(*until, words).await.ok().and_then(Result::ok)
        };
        let reply = async {
            match owed_at {
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
                self.owed = None;
                self.turns.caller_started();
                self.headset.speech_started();
            }
            Some(VadEdge::Stopped { speech_ms }) => {
                self.headset.speech_stopped(speech_ms);
                let reply = self.turns.caller_finished(self.spoke_on());
                if self.ears.is_some() {
                    self.recognize(speech_ms);
                    let at = Instant::now() + REPLY_WAITS;
                    self.owed = reply.map(|reply| Owed { reply, at, is_for_person: false });
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

    /// Whether the caller, whose speech has just ended, spoke on behind the newest utterance.
    fn spoke_on(&self) -> bool {
        let Some((_, Some(heard_at))) = self.said else { return false };
        heard_at.elapsed() > Duration::from_millis(TURN_END_MS + SPOKE_ON_MS)
    }

    /// Keeps what is to be recognized: all of a speech, and a little of what came before.
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

    /// Has what was kept recognized.
    fn recognize(&mut self, speech_ms: u64) {
        let Some(ears) = &self.ears else { return };
        let samples = std::mem::take(&mut self.sound);
        let language = self.headset.profile().language.clone();
        let words = ears.recognize(Sound { samples, rate: self.headset.hears_at(), language });
        self.unwritten.push_back(Unwritten { words, until: Instant::now() + WORDS_WAIT, speech_ms });
    }

    /// Writes down the oldest thing that waits for its words, and answers it.
    fn write_down(&mut self, words: Option<String>) {
        let Some(Unwritten { speech_ms, .. }) = self.unwritten.pop_front() else { return };
        let words = words.unwrap_or_default();
        let profile = self.headset.profile();
        let asks_for_person = profile.handoff_words.asked_by(&words, &profile.language).is_some();
        self.tell_words(&words, speech_ms);
        if asks_for_person {
            // The call leads them to one, and says so. It says nothing where there is nobody.
            let at = Instant::now() + PERSON_WAITS;
            self.owed = self.owed.map(|owed| Owed { at, is_for_person: true, ..owed });
        } else if self.unwritten.is_empty() && !self.owed.is_some_and(|owed| owed.is_for_person) {
            self.pay();
        }
    }

    /// The call has told of something: whether it leads a caller who waits for that to a person.
    fn is_led_on(&mut self) {
        self.owed = self.owed.filter(|owed| !owed.is_for_person);
    }

    /// From now on the caller's words are taken like this. A message and a goodbye are answered by nobody.
    fn attend(&mut self, attention: Attention) {
        self.turns.attend(attention);
        if attention == Attention::Listen {
            self.owed = None;
        }
    }

    /// Tells the call what the caller has said, in these words if there are any.
    fn tell_words(&self, words: &str, speech_ms: u64) {
        match words.trim() {
            "" => self.headset.transcript(unknown_words(speech_ms)),
            words => self.headset.transcript(words),
        }
    }

    /// The call has let go of its assistant, maybe in the middle of the caller's words: they are written down all the same.
    async fn tell_last_words(&mut self) {
        if self.ears.is_some()
            && let Some(VadEdge::Stopped { speech_ms }) = self.vad.finish()
        {
            self.recognize(speech_ms);
        }
        let stop_at = Instant::now() + LAST_WORDS_WAIT;
        for Unwritten { words, until, speech_ms } in std::mem::take(&mut self.unwritten) {
            let words = timeout_at(until.min(stop_at), words).await.ok().and_then(Result::ok);
            self.tell_words(&words.unwrap_or_default(), speech_ms);
        }
    }

    /// Gives the answer that is owed.
    fn pay(&mut self) {
        if let Some(Owed { reply, .. }) = self.owed.take() {
            self.speak(None, &[reply]);
        }
    }

    /// Says a line. It is the answer to what was said before, as it is to what is being said.
    fn say_line(&mut self, line: Line) {
        self.owed = None;
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
        self.said = Some((utterance.item(), None));
        for samples in samples.chunks(self.rate.samples_per_frame()) {
            self.headset.speak(&mut utterance, Frame::pcm(self.rate, samples));
        }
        self.headset.complete(utterance, texts.join(" "));
    }
}

/// The transcript's line for speech whose words are not known.
fn unknown_words(speech_ms: u64) -> String {
    format!("(speech, {:.1} s)", speech_ms as f64 / 1000.0)
}

/// The next input. While the caller speaks, a line that brings nothing brings silence.
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
