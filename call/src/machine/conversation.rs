//! Assistant and caller, and what they say: a region of its own. Each part of it has a file below `conversation/`. What the call does about
//! it is in files of the machine such as `assistants.rs`, `utterances.rs` and `speech.rs`.

mod assistant;
mod chain;
mod keys;
mod menu;
mod notice;
mod returning;
mod speech;
mod transcript;
mod utterance;

use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::news::MissedEvents;
use crate::Attention;
pub(super) use assistant::{Assistant, PendingSpeech};
pub(super) use chain::Chain;
pub(super) use keys::Keys;
pub(super) use menu::{Menu, Prompt};
pub(super) use notice::Notice;
pub(super) use returning::{BackAgain, Returning};
use speech::Silence;
pub use speech::without_words;
pub(super) use transcript::Transcript;
pub use transcript::{before_last_word, heard_part};
pub(super) use utterance::Utterance;

/// How long an assistant may take to connect, in ms. This is longer than any successful connection, and shorter than a caller's patience
/// with silence.
pub(super) const READY_MS_MAX: u64 = 8_000;
/// The configured assistant is retried at most this often ...
const RETRIES_MAX: usize = 2;
/// ... within this time.
const RETRIES_WITHIN_MS: u64 = 10_000;
/// How many events of the caller are kept for the next assistant. If there are more, it is not told the oldest.
const NEWS_MAX: usize = 8;
/// How many turns wait for an assistant to read them. If there are more, the oldest are only in the transcript.
const UNREAD_MAX: usize = 8;

/// Assistant and caller, and what they say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Conversation {
    assistant: Option<Assistant>,
    /// Recent times at which the configured assistant was retried.
    retries: Vec<UnixMs>,
    /// The chain of the profile's voices.
    chain: Chain,
    /// The return to the configured assistant while another one serves.
    returning: Returning,
    /// Speech that the caller is to hear in the conversation and has not heard yet.
    pending_speech: Option<PendingSpeech>,
    /// Since when the caller has been speaking.
    speaking_since: Option<UnixMs>,
    transcript: Transcript,
    /// The newest utterance of the assistant.
    newest_item: ItemId,
    /// The assistant has said words of its own choice since the caller's last turn, or since its last tool ended.
    own_words: bool,
    /// The caller writes on a page: they have said so, or have typed something, and were not heard since.
    writes: bool,
    silence: Silence,
    notice: Notice,
    /// Texts that the caller has typed and no assistant has read yet.
    unread: Vec<String>,
    /// Events of the caller while there was no assistant, in order. The next one is told.
    news: Vec<MissedEvents>,
    /// Keys that may be the start of a longer sequence.
    keys: Keys,
    /// The prompts and keys of a call whose channel has no audio.
    menu: Option<Menu>,
}

impl Default for Conversation {
    fn default() -> Self {
        Self {
            assistant: None,
            retries: Vec::new(),
            chain: Chain::default(),
            returning: Returning::default(),
            pending_speech: None,
            speaking_since: None,
            transcript: Transcript::default(),
            newest_item: ItemId(0),
            own_words: false,
            writes: false,
            silence: Silence::default(),
            notice: Notice::default(),
            unread: Vec::new(),
            news: Vec::new(),
            keys: Keys::default(),
            menu: None,
        }
    }
}

/// The assistant.
impl Conversation {
    /// Sets the assistant that serves the call.
    pub(super) fn assistant_is(&mut self, assistant: Assistant) {
        self.assistant = Some(assistant);
    }

    /// The assistant of this leg has connected. Returns whether it was awaited.
    pub(super) fn assistant_is_there(&mut self, leg: LegId, speaks_text: bool) -> bool {
        let awaited = self.assistant.as_mut().filter(|assistant| assistant.leg == leg && !assistant.ready);
        awaited.map(|assistant| (assistant.ready, assistant.speaks_text) = (true, speaks_text)).is_some()
    }

    /// Like `assistant_is_there`, for an assistant that begins only after the ears have reported the words of the one before it.
    pub(super) fn assistant_waits_for_ear(&mut self, leg: LegId, speaks_text: bool) -> bool {
        let awaited = self.assistant.as_mut().filter(|assistant| assistant.leg == leg && !assistant.ready);
        let waits = awaited.filter(|_| self.transcript.in_an_ear().next().is_some());
        waits.map(|assistant| assistant.waits_for_ear = Some(speaks_text)).is_some()
    }

    /// The ears have reported everything the assistant waited for. Returns its leg, and whether it can say any text.
    pub(super) fn take_assistant_after_ears(&mut self) -> Option<(LegId, bool)> {
        if self.transcript.in_an_ear().next().is_some() {
            return None;
        }
        let assistant = self.assistant.as_mut()?;
        Some((assistant.leg, assistant.waits_for_ear.take()?))
    }

    /// The assistant of this leg has lost its provider, perhaps in the middle of its words.
    pub(super) fn assistant_is_interrupted(&mut self, leg: LegId, now: UnixMs) {
        let is_cut_short = self.transcript.is_cut_short(now);
        if let Some(assistant) = self.assistant.as_mut().filter(|assistant| assistant.leg == leg) {
            assistant.cut_short |= is_cut_short;
        }
    }

    /// The call no longer has an assistant. Returns whether it had one.
    pub(super) fn remove_assistant(&mut self) -> bool {
        self.own_words = false;
        self.assistant.take().is_some()
    }

    /// Sets the assistant's attention to the caller. Returns whether that is a change; an assistant that is not ready is told nothing.
    pub(super) fn assistant_attends(&mut self, attention: Attention) -> bool {
        let is_new = |assistant: &&mut Assistant| assistant.ready && assistant.attention != attention;
        self.assistant.as_mut().filter(is_new).map(|assistant| assistant.attention = attention).is_some()
    }

    /// Whether the configured assistant, which has failed, is retried at once. Only a few retries are allowed within a short time.
    pub(super) fn is_retried(&mut self, now: UnixMs) -> bool {
        self.retries.retain(|retried_at| now.ms_since(*retried_at) < RETRIES_WITHIN_MS);
        let is_retried = self.retries.len() < RETRIES_MAX;
        if is_retried {
            self.retries.push(now);
        }
        is_retried
    }

    /// The process died, and the assistant with it.
    pub(super) fn process_died(&mut self) {
        self.remove_assistant();
        self.retries.clear();
        self.returning.process_died();
        self.chain.process_died();
    }

    pub(super) fn assistant(&self) -> Option<Assistant> {
        self.assistant
    }

    pub(super) fn assistant_leg(&self) -> Option<LegId> {
        self.assistant.map(|assistant| assistant.leg)
    }

    pub(super) fn has_assistant(&self) -> bool {
        self.assistant.is_some()
    }

    /// Whether there is an assistant that can take orders.
    pub(super) fn has_ready_assistant(&self) -> bool {
        self.assistant.is_some_and(|assistant| assistant.ready)
    }

    /// Whether an assistant is connected, even if it must say nothing until an ear has reported the words of the one before it.
    pub(super) fn has_connected_assistant(&self) -> bool {
        self.assistant.is_some_and(|assistant| assistant.is_connected())
    }

    /// Whether there is an assistant that can say any text.
    pub(super) fn finds_words(&self) -> bool {
        self.assistant.is_some_and(|assistant| assistant.ready && assistant.speaks_text)
    }

    pub(super) fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(super) fn chain_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }

    pub(super) fn returning(&self) -> &Returning {
        &self.returning
    }

    pub(super) fn returning_mut(&mut self) -> &mut Returning {
        &mut self.returning
    }
}

/// The assistant's present and pending speech.
impl Conversation {
    /// The caller is to hear this.
    pub(super) fn expect_speech(&mut self, pending_speech: PendingSpeech) {
        self.pending_speech = Some(pending_speech);
    }

    /// The caller is to hear an answer, unless they are already to hear something.
    pub(super) fn expect_answer(&mut self) {
        self.pending_speech.get_or_insert(PendingSpeech::Answer);
    }

    /// They have heard it, or it is no longer useful.
    pub(super) fn clear_pending_speech(&mut self) {
        self.pending_speech = None;
    }

    pub(super) fn pending_speech(&self) -> Option<PendingSpeech> {
        self.pending_speech
    }

    /// The assistant starts from scratch: its earlier speech and owed speech are settled.
    pub(super) fn opens(&mut self) {
        self.clear_pending_speech();
        self.own_words = false;
    }

    /// A tool of the assistant has ended, so its next words are a new answer.
    pub(super) fn tool_is_answered(&mut self) {
        self.own_words = false;
    }

    /// An utterance begins, so nobody is silent.
    pub(super) fn item_begins(&mut self, item: ItemId) {
        self.newest_item = item;
        self.silence.deadline = None;
    }

    /// The call says something of its own, which counts as an utterance. Returns its number.
    pub(super) fn number_own_words(&mut self) -> ItemId {
        self.newest_item = self.next_item();
        self.newest_item
    }

    /// The text and length of an utterance are reported.
    pub(super) fn item_is_complete(&mut self, item: ItemId, text: &str, audio_ms: u64, now: UnixMs) {
        let is_own_words = self.transcript.is_complete(item, text, audio_ms, now);
        if let Some(assistant) = self.assistant.as_mut().filter(|_| is_own_words) {
            assistant.cut_short = false;
        }
        self.own_words |= is_own_words;
    }

    /// Barge-in: the caller cuts the current speech short. Owed speech is forgotten, unless nobody was there yet to say it.
    pub(super) fn is_barged_into(&mut self) {
        self.transcript.is_barged_into();
        self.pending_speech =
            self.pending_speech.filter(|_| self.assistant.is_some_and(|assistant| !assistant.ready));
        self.own_words = false;
    }

    /// Returns the newest utterance that has begun.
    pub(super) fn newest_item(&self) -> ItemId {
        self.newest_item
    }

    pub(super) fn next_item(&self) -> ItemId {
        ItemId(self.newest_item.0 + 1)
    }

    /// Whether the caller is being played something, or soon will be.
    pub(super) fn is_saying(&self) -> bool {
        self.is_saying_until(self.newest_item)
    }

    /// Like `is_saying`, for utterances up to this one.
    pub(super) fn is_saying_until(&self, last: ItemId) -> bool {
        let mut utterances = self.transcript.utterances();
        utterances.any(|utterance| utterance.played.is_none() && utterance.item <= last)
    }

    /// Whether the assistant has spoken of its own accord in this turn, or will soon be heard doing so.
    pub(super) fn has_own_words(&self) -> bool {
        self.own_words || self.transcript.has_own_words_to_play()
    }

    pub(super) fn notice(&self) -> &Notice {
        &self.notice
    }

    pub(super) fn notice_mut(&mut self) -> &mut Notice {
        &mut self.notice
    }

    pub(super) fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    pub(super) fn transcript_mut(&mut self) -> &mut Transcript {
        &mut self.transcript
    }

    /// Keeps what has happened to the caller for the next assistant.
    pub(super) fn keep_missed_events(&mut self, news: MissedEvents) {
        // An event that happens again, for example another restart, is told once.
        self.news.retain(|known| known.message != news.message);
        if self.news.len() == NEWS_MAX {
            self.news.remove(0);
        }
        self.news.push(news);
    }

    /// Takes what has happened to the caller, in order, to pass it on.
    pub(super) fn take_missed_events(&mut self) -> Vec<MissedEvents> {
        std::mem::take(&mut self.news)
    }

    /// Returns the first line for a caller who is back, by the newest event.
    pub(super) fn words_to_returner(&self) -> Line {
        self.news.last().map_or(Line::WelcomeBack, |news| news.opening)
    }
}

/// The caller's speech, texts, keys and silence.
impl Conversation {
    /// The caller begins to speak.
    pub(super) fn caller_begins(&mut self, now: UnixMs) {
        self.speaking_since.get_or_insert(now);
        self.writes = false;
        self.silence_is_broken();
    }

    /// The caller writes instead of speaking.
    pub(super) fn caller_writes(&mut self) {
        self.writes = true;
    }

    pub(super) fn is_caller_writing(&self) -> bool {
        self.writes
    }

    /// The caller stops. Returns since when they have spoken, if they have.
    pub(super) fn caller_stops(&mut self) -> Option<UnixMs> {
        self.speaking_since.take()
    }

    pub(super) fn caller_speaks_since(&self) -> Option<UnixMs> {
        self.speaking_since
    }

    pub(super) fn caller_speaks(&self) -> bool {
        self.speaking_since.is_some()
    }

    /// The caller has typed this, and no assistant can read it yet.
    pub(super) fn keeps_unread(&mut self, text: String) {
        if self.unread.len() == UNREAD_MAX {
            self.unread.remove(0);
        }
        self.unread.push(text);
    }

    /// Whether a typed text waits for an assistant.
    pub(super) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Takes the texts that an assistant reads now.
    pub(super) fn take_unread(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unread)
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) fn keys_mut(&mut self) -> &mut Keys {
        &mut self.keys
    }

    /// The caller's silence is no longer watched: they were heard, or it is not their turn.
    pub(super) fn silence_is_broken(&mut self) {
        self.silence = Silence::default();
    }

    /// The watch goes on, but the caller will be asked again whether they are there.
    pub(super) fn silence_is_forgiven(&mut self) {
        self.silence.prompted = false;
    }

    /// Watches the caller's silence until this time; `None` stops the watch.
    pub(super) fn silence_is_watched(&mut self, until: Option<UnixMs>) {
        self.silence.deadline = until;
    }

    /// The caller was asked whether they are there.
    pub(super) fn silence_is_prompted(&mut self) {
        self.silence.prompted = true;
    }

    pub(super) fn is_silence_prompted(&self) -> bool {
        self.silence.prompted
    }

    pub(super) fn silence_until(&self) -> Option<UnixMs> {
        self.silence.deadline
    }
}

/// The end of the conversation, and calls without audio.
impl Conversation {
    /// Caller and assistant stop talking, whatever comes next. The speech owed to the caller and a menu may remain for the next assistant.
    pub(super) fn stops(&mut self) {
        self.keys.forget();
        self.silence_is_broken();
    }

    /// Something else has the caller's ear: nothing is owed to them, and no words are awaited.
    pub(super) fn rests(&mut self) {
        self.clear_pending_speech();
        self.silence_is_broken();
    }

    /// The call continues with prompts and keys.
    pub(super) fn menu_opens(&mut self) {
        self.rests();
        // Prompts don't say a notice. A key cuts them short.
        self.notice.stops();
        self.menu = Some(Menu::default());
    }

    pub(super) fn menu_closes(&mut self) {
        self.menu = None;
    }

    pub(super) fn has_menu(&self) -> bool {
        self.menu.is_some()
    }

    pub(super) fn menu_mut(&mut self) -> Option<&mut Menu> {
        self.menu.as_mut()
    }
}
