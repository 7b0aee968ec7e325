//! Turn-taking as a pure machine: no socket, no clock, no runtime. Recognized words, the model's text and played speech go in with
//! the time; requests to the model, words to speak and reports come out.
//!
//! ```text
//!                 words, and a short pause            the pause is long enough
//!   listening ────────────────────────────> guessing ────────────────────────> answering ──all was heard──┐
//!       ^ ^                                    │ the caller goes on: discarded, silently        │          │
//!       │ └────────────────────────────────────┘                                                │          │
//!       └──── the caller says something (not "mhm"): cut where it was heard ────────────────────┴──────────┘
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `due.rs` | everything that is due after each input, and the time when something is due without one |
//! | `hearing.rs` | the caller's speech that has not become a turn yet |
//! | `ending.rs` | how long the caller has to be silent, judged by their words |
//! | `backchannel.rs` | words that only show that the caller listens |
//! | `answer.rs` | an answer, written by the model or given verbatim, spoken piece by piece or in one stream |
//! | `estimate.rs` | estimated tokens of an abandoned answer |
//! | `streamed.rs` | the pieces of an answer that are spoken in one stream |
//! | `sentences.rs` | the model's words, split into pieces |
//! | `history.rs` | the conversation as the model gets it |

mod answer;
mod backchannel;
mod due;
mod ending;
mod estimate;
mod hearing;
mod history;
mod sentences;
mod streamed;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use answer::{Answer, Cause, Sounded};
use cordboard_schema::audio::{Frame, WireFormat};
use cordboard_schema::fold::Role;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::chat::{ChatTool, ChunkUsage, Message, ToolRequest};
use cordboard_schema::wire::deepgram::ListenEvent;
use hearing::Hearing;
use history::History;
use sentences::Sentences;

use super::part_input::{Opened, PartInput};
use crate::assistant::remote::agent::asks::from_the_system;
use crate::assistant::remote::agent::dialect::Event;
use crate::assistant::remote::asked_ids::AskedIds;
use crate::assistant::remote::memory::{Called, Turn};
use crate::assistant::remote::words::GOES_ON;
use crate::assistant::remote::{Loss, Retry};

/// Rounds of tools within one turn; after them the model is offered no tools.
const ROUNDS_MAX: u32 = 6;
/// Message to a model in the place of words that its service does not let through.
const NOT_LET_THROUGH: &str = "the service does not let through what the caller said last; say in a few words that you can't answer \
    that, and ask how else you can help";
/// Reason of a failure when the service answers nothing that it is sent, for its content.
pub(super) const WITHHELD: &str = "the answer is withheld for its content";
/// Number of times that an answer without words is requested again.
const EMPTY_MAX: u32 = 1;
/// Longest sound of one piece, in ms: one that never ends is cut.
const PIECE_MS_MAX: u64 = 60_000;

/// Form in which the pieces of an answer are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pieces {
    /// One by one: the next piece is sent once all sound of the one before has arrived.
    Each,
    /// All in one stream: each is sent as soon as it is written, and the stream is ended after the last one.
    Streamed,
}

/// Settings of turn-taking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TurnSettings {
    /// Silence in ms that ends a turn after a complete sentence.
    pub(super) pause_ms: u64,
    /// Speech in ms that interrupts the assistant while none of its words are known.
    pub(super) barge_in_ms: u64,
    /// Silence in ms after which the recognizer reports the end of an utterance.
    pub(super) endpointing_ms: u64,
    /// Time in ms without a word after which the recognizer reports an utterance's end in noise.
    pub(super) utterance_end_ms: u64,
    /// Form in which the speech service takes text.
    pub(super) pieces: Pieces,
    /// The recognizer reports words while they are said, and not only after the end of speech.
    pub(super) hears_at_once: bool,
}

/// Names under which usage is billed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Paid {
    pub(super) recognizer: String,
    pub(super) model: String,
    pub(super) speech: String,
}

/// A change between silence and speech, judged by the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// The caller has spoken for this many ms.
    Started(u64),
    /// The caller has been silent for this many ms.
    Stopped(u64),
}

/// Output of the model.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Thought {
    /// More words.
    Words(String),
    /// The answer is complete.
    Whole { calls: Vec<ToolRequest>, usage: Option<ChunkUsage> },
    /// The service withholds the whole answer, for its content or for that of the request.
    Withheld { usage: Option<ChunkUsage> },
    /// The model has failed.
    Failed(Loss),
}

/// Output of the speech service.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Spoken {
    Sound {
        /// The samples.
        frame: Frame,
        /// Number of characters spoken in it, if that is reported.
        characters: Option<usize>,
    },
    /// All sound of the piece, or of the stream, has arrived.
    Whole,
    /// The speech service has failed.
    Failed(Loss),
}

/// An action that the turns order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TurnAct {
    /// Ask the model. A running request is cancelled.
    Think { id: u64, messages: Vec<Message>, tools: Vec<ChatTool> },
    /// Cancel the request to the model.
    StopThinking,
    /// Speak these words. In a stream they may be the last ones.
    Speak { id: u64, words: String, is_last: bool },
    /// End the stream of words.
    EndSpeech,
    /// Stop speaking.
    StopSpeaking,
    /// Ask the recognizer for the final words.
    Finalize,
    /// Report to the call.
    Report(Event<PartInput>),
}

/// See the module's description.
#[derive(Debug)]
pub(super) struct Turns {
    settings: TurnSettings,
    paid: Paid,
    input: WireFormat,
    session: String,
    now: UnixMs,
    acts: VecDeque<TurnAct>,
    hearing: Hearing,
    /// The recognizer still has to report the words of something that was said. Until it does, or reports that there are none,
    /// the speech doesn't count as noise, and no turn ends without those words.
    are_words_due: bool,
    /// Words of the caller for which a guess has failed: they are answered as a turn.
    unguessed: Option<String>,
    history: History,
    tools: Vec<ChatTool>,
    /// Bytes of text that describe these.
    tool_bytes: usize,
    answer: Option<Answer>,
    numbered: u64,
    /// Pieces of sound that were sent.
    pieces: u64,
    /// Sound of the piece that is being spoken, in ms.
    piece_ms: u64,
    /// When the caller began to hear what is being said, without a pause since.
    heard_since: UnixMs,
    /// Time until which the caller hears what was sent.
    plays_until: UnixMs,
    /// Utterances that the recognizer got one by one, and has answered.
    utterances: u64,
    /// Tools have returned results that the model has not received yet.
    has_results: bool,
    /// Rounds of tools in this turn.
    rounds: u32,
    /// Number of ids invented for servers whose tool calls have no id, or the same id in each answer.
    invented: u64,
    /// Ids of the tool calls so far: the same number of them as the session remembers, which runs no id twice.
    used_ids: AskedIds,
    is_over: bool,
}

impl Turns {
    /// Returns the state before anything was said.
    pub(super) fn new(
        settings: TurnSettings,
        paid: Paid,
        input: WireFormat,
        session: String,
        now: UnixMs,
    ) -> Self {
        Self {
            settings,
            paid,
            input,
            session,
            now,
            acts: VecDeque::new(),
            hearing: Hearing::new(now),
            are_words_due: false,
            unguessed: None,
            history: History::default(),
            tools: Vec::new(),
            tool_bytes: 0,
            answer: None,
            numbered: 0,
            pieces: 0,
            piece_ms: 0,
            heard_since: now,
            plays_until: now,
            utterances: 0,
            has_results: false,
            rounds: 0,
            invented: 0,
            used_ids: AskedIds::default(),
            is_over: false,
        }
    }

    /// Takes the next act to carry out.
    pub(super) fn take_act(&mut self) -> Option<TurnAct> {
        self.acts.pop_front()
    }

    /// Advances the time.
    pub(super) fn tick(&mut self, now: UnixMs) {
        self.at(now);
        self.settle();
    }

    fn at(&mut self, now: UnixMs) {
        self.now = self.now.max(now);
    }

    /// Notes that the caller starts or stops speaking, judged by the sound.
    pub(super) fn voice(&mut self, voice: Voice, now: UnixMs) {
        self.at(now);
        match voice {
            Voice::Started(ms) => {
                self.hearing.started(self.now - ms);
                self.drop_guess();
            }
            Voice::Stopped(ms) => self.hearing.stopped(self.now - ms),
        }
        self.settle();
    }

    /// Sets whether words are still due from the recognizer. Returns whether they have just ceased to be due: what waited for
    /// them is due with the next input.
    pub(super) fn words_are_due(&mut self, are_due: bool) -> bool {
        std::mem::replace(&mut self.are_words_due, are_due) && !are_due
    }

    /// Takes an event of the recognizer.
    pub(super) fn recognized(&mut self, event: ListenEvent, now: UnixMs) {
        self.at(now);
        match event {
            ListenEvent::Words { text, is_final, speech_final } => {
                self.hearing.words(text.trim(), is_final, self.now);
                if speech_final {
                    self.hearing.paused(self.settings.endpointing_ms, self.now);
                }
            }
            ListenEvent::UtteranceEnd => self.hearing.paused(self.settings.utterance_end_ms, self.now),
            ListenEvent::SpeechStarted | ListenEvent::Error { .. } | ListenEvent::Other => {}
        }
        let text = self.hearing.text();
        if self
            .answer
            .as_ref()
            .is_some_and(|answer| matches!(&answer.cause, Cause::Guess(guess) if *guess != text))
        {
            self.drop_guess();
        }
        self.settle();
    }

    /// Takes output of the model.
    pub(super) fn thought(&mut self, id: u64, thought: Thought, now: UnixMs) {
        self.at(now);
        let Some(answer) = self.answer.as_mut().filter(|answer| answer.id == id) else { return };
        match thought {
            Thought::Words(words) => {
                if !answer.words(&words) {
                    let unreported = answer.unreported();
                    answer.whole(Vec::new());
                    self.acts.push_back(TurnAct::StopThinking);
                    self.pay_unreported(id, unreported);
                }
            }
            Thought::Whole { mut calls, usage } => {
                for call in &mut calls {
                    if call.id.is_empty() || self.used_ids.contains(&call.id) {
                        self.invented += 1;
                        call.id = format!("call_{}_{}", self.session, self.invented);
                    }
                    self.used_ids.keep(&call.id);
                }
                if calls.is_empty() {
                    // Without a word it is no answer, and isn't billed unless the server reports it.
                    answer.fails();
                }
                let unreported = answer.unreported();
                answer.whole(calls);
                if usage.is_none() {
                    // Some servers never report tokens.
                    self.pay_unreported(id, unreported);
                }
                self.pay_answer(id, usage);
            }
            Thought::Withheld { usage } => {
                answer.fails();
                let (cause, attempts) = (answer.cause.clone(), answer.attempts);
                self.pay_answer(id, usage);
                match cause {
                    Cause::Guess(text) => self.guess_failed(text),
                    cause => self.withheld(cause, attempts),
                }
            }
            Thought::Failed(loss) => {
                answer.fails();
                match answer.cause.clone() {
                    Cause::Guess(text) => self.guess_failed(text),
                    Cause::Turn | Cause::Requested | Cause::Tools => self.fail(loss),
                }
            }
        }
        self.settle();
    }

    /// Drops a guess that has failed: these words are answered as a turn.
    fn guess_failed(&mut self, words: String) {
        self.unguessed = Some(words);
        self.drop_guess();
    }

    /// Handles an answer that the service withholds. The words that caused that would end every later answer as well, so the model
    /// gets a note in their place, once.
    fn withheld(&mut self, cause: Cause, attempts: u32) {
        if attempts == EMPTY_MAX || !self.history.withhold(&from_the_system(NOT_LET_THROUGH)) {
            let reason = format!("language model: {WITHHELD}");
            return self.fail(Loss::new(ProviderFailure::ProviderError, reason, Retry::Soon));
        }
        self.think_again(cause, attempts);
    }

    /// Takes output of the speech service.
    pub(super) fn spoken(&mut self, id: u64, spoken: Spoken, now: UnixMs) {
        self.at(now);
        let Some(answer) = self.answer.as_mut().filter(|answer| answer.id == id) else { return };
        match spoken {
            Spoken::Sound { frame, characters } => self.sound(frame, characters),
            Spoken::Whole => {
                let (unreported, has_sounded) = answer.sounded();
                if let Some(words) = unreported.filter(|_| has_sounded) {
                    self.report(Event::SaysMore(words));
                }
                self.pay_speech();
                if !has_sounded {
                    let reason = "the speech comes without any sound";
                    self.fail(Loss::new(ProviderFailure::ProviderError, reason, Retry::Soon));
                }
            }
            Spoken::Failed(loss) => self.fail(loss),
        }
        self.settle();
    }

    fn sound(&mut self, frame: Frame, characters: Option<usize>) {
        let ms = frame.rate().ms_of_samples(frame.sample_count() as u64);
        let Some(answer) = &mut self.answer else { return };
        if self.piece_ms + ms > PIECE_MS_MAX * answer.sounding_pieces() {
            // It never ends: the part that has arrived is enough.
            answer.sounded();
            self.acts.push_back(TurnAct::StopSpeaking);
            return self.pay_speech();
        }
        self.piece_ms += ms;
        let Sounded { begins, words } = answer.sounds(ms, characters);
        if let Some(words) = begins {
            self.report(Event::SaysMore(words));
        }
        self.pieces += 1;
        if !self.is_heard() {
            self.heard_since = self.now;
        }
        self.plays_until = self.plays_until.max(self.now) + ms;
        self.report(Event::Sound { number: self.pieces, frame, words });
    }

    /// Takes an input of the session. Audio is handled elsewhere.
    pub(super) fn on_input(&mut self, input: PartInput, now: UnixMs) {
        self.at(now);
        if matches!(input, PartInput::Say(_) | PartInput::Do(_)) && self.hearing.says_something() {
            // Its end would never be played.
            return self.report(Event::Refused);
        }
        match input {
            PartInput::Open(opened) => self.open(*opened),
            PartInput::Know(what) => self.history.happened(&from_the_system(&what)),
            PartInput::Say(words) => {
                self.put_off_answer();
                self.numbered += 1;
                self.answer = Some(Answer::exact(self.numbered, &words));
            }
            PartInput::Do(task) => {
                self.put_off_answer();
                self.history.user(&task);
                self.rounds = 0;
                self.think(Cause::Requested);
            }
            PartInput::Result { id, output } => {
                if let Some((name, is_late)) = self.history.result(&id, &output) {
                    self.has_results = true;
                    if is_late {
                        let what = format!("the tool {name} that you asked for has ended: {output}");
                        self.history.user(&from_the_system(&what));
                    }
                }
            }
            PartInput::Offer(tools) => self.offer(tools),
            PartInput::Heard { said, heard } => self.heard(&said, &heard),
            PartInput::KeepAlive | PartInput::Audio(_) => {}
        }
        self.settle();
    }

    fn open(&mut self, Opened { instructions, turns, tools }: Opened) {
        self.history = History::new(instructions);
        self.offer(tools);
        if !turns.is_empty() {
            self.history.user(&from_the_system(GOES_ON));
        }
        for turn in turns {
            match turn {
                Turn::Said(SpokenLine { role: Role::Caller, text }) => self.history.user(&text),
                Turn::Said(SpokenLine { text, .. }) => self.history.assistant(&text, Vec::new()),
                Turn::Happened(what) => self.history.happened(&from_the_system(&what)),
                Turn::Called(called) => {
                    let Called { call_id: id, name, arguments, output } = *called;
                    self.used_ids.keep(&id);
                    self.history.assistant("", vec![ToolRequest { id: id.clone(), name, arguments }]);
                    self.history.result(&id, &output);
                }
            }
        }
        let (session, input) = (self.session.clone(), self.input);
        self.report(Event::Began { session, name: None, input });
    }

    fn offer(&mut self, tools: Vec<ChatTool>) {
        self.tool_bytes = estimate::tool_bytes(&tools);
        self.tools = tools;
    }

    /// Notes that only this part of the words was heard. If the caller did not interrupt them, the call cut them: the rest of the
    /// answer is dropped.
    fn heard(&mut self, said: &str, heard: &str) {
        if let Some(answer) = self.answer.take_if(|answer| answer.has_sound && answer.said.contains(said)) {
            self.history.interrupted(&answer.said);
            self.stop(Some(answer));
            self.plays_until = self.now;
        }
        self.history.correct(said, heard);
    }

    fn report(&mut self, event: Event<PartInput>) {
        self.acts.push_back(TurnAct::Report(event));
    }

    /// Stops an answer.
    fn stop(&mut self, answer: Option<Answer>) {
        self.acts.push_back(TurnAct::StopThinking);
        self.acts.push_back(TurnAct::StopSpeaking);
        self.pay_speech();
        if let Some(mut answer) = answer {
            self.pay_unreported(answer.id, answer.unreported());
        }
    }

    fn fail(&mut self, loss: Loss) {
        self.is_over = true;
        let answer = self.answer.take();
        self.stop(answer);
        self.report(Event::Failed { loss, is_remedied: false });
    }

    fn pay_model(&mut self, what: String, usage: TokenUsage) {
        if usage == TokenUsage::default() {
            return;
        }
        let source = format!("{}/{what}", self.session);
        self.report(Event::Used { model: self.paid.model.clone(), source, usage });
    }

    /// Bills the model's part of an answer, if the server has reported its usage.
    fn pay_answer(&mut self, id: u64, usage: Option<ChunkUsage>) {
        if let Some(usage) = usage {
            self.pay_model(format!("answer-{id}"), usage.tokens());
        }
    }

    /// Bills the model's part of an answer whose tokens no server reports: most report them with the end of an answer, which an
    /// abandoned one does not have.
    fn pay_unreported(&mut self, id: u64, usage: Option<TokenUsage>) {
        if let Some(usage) = usage {
            self.pay_model(format!("estimated-answer-{id}"), usage);
        }
    }

    /// Bills speech by the sound that was made of it.
    fn pay_speech(&mut self) {
        let audio_ms = std::mem::take(&mut self.piece_ms);
        if audio_ms > 0 {
            let source = format!("{}/speech-{}", self.session, self.pieces);
            let usage = TokenUsage { audio_ms, ..TokenUsage::default() };
            self.report(Event::Used { model: self.paid.speech.clone(), source, usage });
        }
    }

    /// Bills an utterance that the recognizer got on its own.
    pub(super) fn utterance_used(&mut self, usage: TokenUsage) {
        self.utterances += 1;
        let source = format!("{}/utterance-{}", self.session, self.utterances);
        self.report(Event::Used { model: self.paid.recognizer.clone(), source, usage });
    }

    /// Returns whether the caller hears the assistant now.
    fn is_heard(&self) -> bool {
        self.plays_until > self.now
    }

    /// Returns whether the assistant prepares an answer or is heard.
    fn is_busy(&self) -> bool {
        self.is_heard() || self.answer.as_ref().is_some_and(|answer| !answer.is_guess())
    }

    /// Asks the model for an answer to everything said so far.
    fn think(&mut self, cause: Cause) {
        self.numbered += 1;
        self.has_results = false;
        let more = match &cause {
            Cause::Guess(text) => Some(text.as_str()),
            Cause::Turn | Cause::Requested | Cause::Tools => None,
        };
        let messages = self.history.messages(more);
        let (tools, tool_bytes) = match self.rounds < ROUNDS_MAX {
            true => (self.tools.clone(), self.tool_bytes),
            false => (Vec::new(), 0),
        };
        let request_bytes = estimate::message_bytes(&messages) + tool_bytes;
        self.acts.push_back(TurnAct::Think { id: self.numbered, messages, tools });
        self.answer = Some(Answer::asked(self.numbered, cause, request_bytes));
    }

    /// Drops an answer that was begun on a guess; nobody has heard any of it.
    fn drop_guess(&mut self) {
        if let Some(mut guess) = self.answer.take_if(|answer| answer.is_guess()) {
            self.acts.push_back(TurnAct::StopThinking);
            self.pay_unreported(guess.id, guess.unreported());
        }
    }

    /// Drops the present answer in favour of the call's request. If it was about tool results, these are sent again.
    fn put_off_answer(&mut self) {
        if let Some(answer) = self.answer.take() {
            self.has_results |= answer.cause == Cause::Tools && !answer.has_sound;
            self.history.interrupted(&answer.said);
            self.stop(Some(answer));
        }
    }
}

/// Returns the words of an answer as they are spoken: without markup, addresses, and the model's reasoning.
pub(super) fn spoken_words(written: &str) -> String {
    let mut sentences = Sentences::default();
    let mut pieces = sentences.push(written);
    pieces.extend(sentences.finish());
    pieces.join(" ")
}
