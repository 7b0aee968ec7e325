//! What the assistant says: barge-in, and how far each of its utterances was heard.
//!
//! Its audio runs ahead of what it tells about it: an utterance can wait in the caller's ear, and be cleared there, before
//! the machine was told that it began. So clearing never depends on what the machine knows of, and the ear's word on an
//! unknown utterance is kept for it.

use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::ids::{CordId, ItemId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::assistants::{Assistant, OwedSpeech};
use super::chain::Chain;
use super::holding::HoldEvent;
use super::keys::Keys;
use super::menu::Menu;
use super::news::MissedEvents;
use super::notice::Notice;
use super::participants::Who;
use super::returning::Returning;
use super::speech::Silence;
use super::transcript::{Transcript, heard_part};
use super::{Effect, Effects, Machine, Phase, note};
use crate::AssistantOrder;

/// Assistant and caller, and what they say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Conversation {
    pub(super) assistant: Option<Assistant>,
    /// When the configured assistant was tried anew of late.
    pub(super) retries: Vec<UnixMs>,
    /// Which of the profile's voices it is.
    pub(super) chain: Chain,
    /// Where it is with it while another one serves.
    pub(super) returning: Returning,
    /// What the caller is to hear in conversation and has not heard.
    pub(super) owed: Option<OwedSpeech>,
    /// Since when the caller has been speaking.
    pub(super) speaking_since: Option<UnixMs>,
    pub(super) transcript: Transcript,
    /// The newest utterance that the assistant has begun.
    pub(super) newest_item: ItemId,
    /// The assistant has said words of its own since the caller's last turn, or since its last tool ended.
    pub(super) own_words: bool,
    pub(super) silence: Silence,
    pub(super) notice: Notice,
    /// What the caller has written, and no assistant has read yet.
    pub(super) unread: Vec<String>,
    /// What befell the caller while no assistant was there: the next one is told.
    pub(super) news: Option<MissedEvents>,
    /// Keys that may be the beginning of more.
    pub(super) keys: Keys,
    /// The channel has no audio: prompts and keys.
    pub(super) menu: Option<Menu>,
}

impl Default for Conversation {
    fn default() -> Self {
        Self {
            assistant: None,
            retries: Vec::new(),
            chain: Chain::default(),
            returning: Returning::default(),
            owed: None,
            speaking_since: None,
            transcript: Transcript::default(),
            newest_item: ItemId(0),
            own_words: false,
            silence: Silence::default(),
            notice: Notice::default(),
            unread: Vec::new(),
            news: None,
            keys: Keys::default(),
            menu: None,
        }
    }
}

/// One utterance of the assistant, until it is both complete and played.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Utterance {
    pub(super) item: ItemId,
    pub(super) line: Option<Line>,
    pub(super) begun_at: UnixMs,
    /// Its text and length in ms, once its speaker has told them.
    pub(super) complete: Option<(String, u64)>,
    /// When that was told.
    complete_at: Option<UnixMs>,
    /// How many ms were heard and how it ended, once the ear has told it.
    pub(super) played: Option<(u64, PlayedEnd)>,
    /// Cut by the caller, not by us.
    pub(super) barged_in: bool,
    /// Said to them, and not to the caller.
    pub(super) whispered_to: Option<Who>,
}

/// What an assistant tells within this time it tells in one moment.
const SAME_MOMENT_MS: u64 = 50;

impl Utterance {
    fn begun(item: ItemId, begun_at: UnixMs) -> Self {
        Self {
            item,
            line: None,
            begun_at,
            complete: None,
            complete_at: None,
            played: None,
            barged_in: false,
            whispered_to: None,
        }
    }

    /// Whether all of it was told.
    pub(super) fn is_known(&self) -> bool {
        self.complete.is_some() && self.played.is_some()
    }

    /// What was heard of it, for how many ms, and how it ended, once all of it was told.
    pub(super) fn heard(&self) -> Option<(&str, u64, PlayedEnd)> {
        let ((text, audio_ms), (heard_ms, end)) = (self.complete.as_ref()?, self.played?);
        Some((heard_part(text, heard_ms, *audio_ms, end), heard_ms, end))
    }

    /// What was not told of it will not be told any more; it played for no longer than `heard_ms`.
    pub(super) fn settle(&mut self, heard_ms: u64) {
        let (_, audio_ms) = self.complete.get_or_insert((String::new(), 0));
        let end =
            if heard_ms >= *audio_ms && *audio_ms > 0 { PlayedEnd::Finished } else { PlayedEnd::Cleared };
        self.played.get_or_insert((heard_ms.min(*audio_ms), end));
    }

    /// Whether it asks for a moment, or is a sound without words.
    fn is_comfort(&self) -> bool {
        let has_no_words = self.complete.as_ref().is_some_and(|(text, _)| text.trim().is_empty());
        self.line == Some(Line::OneMoment) || (self.line.is_none() && has_no_words)
    }

    /// Words that the assistant chose itself and that the caller did not interrupt.
    fn is_own_words(&self) -> bool {
        let said_something = self.complete.as_ref().is_none_or(|(text, _)| !text.trim().is_empty());
        self.line.is_none() && self.whispered_to.is_none() && !self.barged_in && said_something
    }
}

impl Machine {
    /// Whether the caller is being played something, or is about to be.
    pub(super) fn assistant_speaking(&self) -> bool {
        self.is_speaking_until(self.conversation.newest_item)
    }

    /// Whether the provider, which is lost now, was making words that the caller has not heard to their end: what it ends with its loss
    /// it tells in the same moment.
    pub(super) fn is_cut_short(&self, now: UnixMs) -> bool {
        let mut utterances = self.conversation.transcript.utterances();
        utterances.any(|utterance| {
            let is_made = utterance.complete_at.is_some_and(|at| now.ms_since(at) > SAME_MOMENT_MS);
            utterance.played.is_none() && utterance.is_own_words() && !is_made
        })
    }

    /// The same of utterances up to this one.
    pub(super) fn is_speaking_until(&self, last: ItemId) -> bool {
        let mut utterances = self.conversation.transcript.utterances();
        utterances.any(|utterance| utterance.played.is_none() && utterance.item <= last)
    }

    /// Whether the assistant has spoken of its own accord in this turn, or is about to be heard.
    pub(super) fn has_own_words(&self) -> bool {
        let mut utterances = self.conversation.transcript.utterances();
        self.conversation.own_words
            || utterances.any(|utterance| utterance.played.is_none() && utterance.is_own_words())
    }

    pub(super) fn item_started(
        &mut self,
        leg: LegId,
        item: ItemId,
        line: Option<Line>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        // What an assistant says that has been replaced leads to no ear.
        let replaced = self.conversation.assistant.is_some_and(|assistant| assistant.leg != leg);
        if replaced || item <= self.conversation.newest_item {
            return;
        }
        self.utterance_began(item, line, now, fx);
    }

    /// Something is being said to the caller.
    pub(super) fn utterance_began(
        &mut self,
        item: ItemId,
        line: Option<Line>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.conversation.newest_item = item;
        self.know_utterance(item);
        self.tell_of(item, |utterance| utterance.line = line);
        self.conversation.silence.deadline = None;
        self.last_words_started(line, now);
        self.message_begins(item, now);
        self.after_utterance(item, now, fx);
    }

    pub(super) fn item_complete(&mut self, item: ItemId, text: &str, audio_ms: u64, fx: &mut Effects) {
        let now = self.last_fact_at;
        let mut is_own_words = false;
        self.tell_of(item, |utterance| {
            (utterance.complete, utterance.complete_at) = (Some((text.to_owned(), audio_ms)), Some(now));
            is_own_words = utterance.is_own_words();
        });
        if let Some(assistant) = self.conversation.assistant.as_mut().filter(|_| is_own_words) {
            assistant.cut_short = false;
        }
        self.conversation.own_words |= is_own_words;
        self.write_transcript(fx);
    }

    pub(super) fn played_until(
        &mut self,
        item: ItemId,
        heard_ms: u64,
        end: PlayedEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let known = self.conversation.transcript.utterance(item);
        let is_known = known.is_some();
        if known.is_some_and(|known| known.played.is_some())
            || (!is_known && item <= self.conversation.newest_item)
        {
            return;
        }
        let barged_in = known.is_some_and(|known| known.barged_in);
        self.know_utterance(item);
        self.tell_of(item, |utterance| utterance.played = Some((heard_ms, end)));
        if end == PlayedEnd::Cleared && barged_in && heard_ms > 0 {
            fx.push(note(Decision::BargeIn { item, heard_ms }));
        }
        self.order(AssistantOrder::Heard { item, heard_ms, end }, fx);
        if is_known {
            self.after_utterance(item, now, fx);
        }
    }

    /// Gives the utterance its place, where it has none.
    fn know_utterance(&mut self, item: ItemId) {
        if self.conversation.transcript.utterance(item).is_none() {
            let whispered_to = self.briefing.listener();
            self.conversation
                .transcript
                .begin(Utterance { whispered_to, ..Utterance::begun(item, self.last_fact_at) });
        }
    }

    fn tell_of(&mut self, item: ItemId, tell: impl FnOnce(&mut Utterance)) {
        if let Some(utterance) =
            self.conversation.transcript.utterances_mut().find(|utterance| utterance.item == item)
        {
            tell(utterance);
        }
    }

    /// Goes on where the end of this utterance was waited for, if it has ended.
    fn after_utterance(&mut self, item: ItemId, now: UnixMs, fx: &mut Effects) {
        let Some(utterance) = self.conversation.transcript.utterance(item) else { return };
        let (line, by_caller, played) = (utterance.line, utterance.barged_in, utterance.played);
        let (is_callers, is_comfort) = (utterance.whispered_to.is_none(), utterance.is_comfort());
        let Some((heard_ms, end)) = played else { return };
        // A clearing that the caller caused can come before the utterance is known.
        let by_caller = by_caller || self.conversation.speaking_since.is_some();
        self.write_transcript(fx);
        match *self.lifecycle.phase() {
            _ if !is_callers => {}
            Phase::Conversing if self.is_giving_notice() => self.after_notice(line, end, fx),
            // What passes the time until an answer comes is none.
            Phase::Conversing if is_comfort => {}
            Phase::Conversing => self.heard_of_owed(heard_ms, end, by_caller),
            // One that a fault cut short was not heard: whoever comes next says it again.
            Phase::TakingMessage(_)
                if line == Some(Line::MessageIntro) && (end == PlayedEnd::Finished || by_caller) =>
            {
                self.message_intro_heard(now);
            }
            Phase::Leaving(_) => self.after_last_words(line, end, now, fx),
            Phase::Voicemail(_) => self.after_message(item, end, fx),
            _ => {}
        }
        self.words_over(now, fx);
        self.watch_silence(now);
    }

    /// Goes on where the assistant's own words were waited for, if they are over.
    fn words_over(&mut self, now: UnixMs, fx: &mut Effects) {
        self.whisper_heard(now, fx);
        self.announcement_over(now, fx);
        self.music_after_words(fx);
        if let Some((tool, behind)) = self.holding.wanted()
            && !self.is_speaking_until(behind)
        {
            self.holding.apply(HoldEvent::WantedNoMore, now, fx);
            self.hold_for_tool(tool, now, fx);
        }
    }

    /// The caller speaks or presses a key: what is being said to them stops, and what was owed to them is forgotten, unless
    /// nobody was there yet to say it.
    pub(super) fn barge_in(&mut self, fx: &mut Effects) {
        if self.is_giving_notice() || self.briefing.is_under_way() {
            return;
        }
        for utterance in
            self.conversation.transcript.utterances_mut().filter(|utterance| utterance.played.is_none())
        {
            utterance.barged_in = true;
        }
        self.conversation.owed = self
            .conversation
            .owed
            .filter(|_| self.conversation.assistant.is_some_and(|assistant| !assistant.ready));
        self.conversation.own_words = false;
        self.hush(fx);
    }

    /// Caller and assistant talk no more, whatever comes next: what either of them had begun is over. The one place for that; what the
    /// caller is owed, and a menu, whoever comes next may keep.
    pub(super) fn conversation_stops(&mut self, now: UnixMs, fx: &mut Effects) {
        self.stop_message(now, fx);
        self.speech_broke_off(now, fx);
        self.close_voicemail(fx);
        self.close_hold(fx);
        self.conversation.keys.forget();
        self.conversation.silence = Default::default();
    }

    /// Empties the cord to the caller, or stops the prompt that they hear.
    pub(super) fn hush(&mut self, fx: &mut Effects) {
        self.menu_hushes(fx);
        if let (Some(caller), Some(assistant)) = (self.caller, self.conversation.assistant) {
            let cord = CordId { from: assistant.leg, to: caller };
            if self.mix.plugged.contains(&cord) {
                fx.push(Effect::Clear(cord));
            }
        }
    }
}
