//! Utterances of the assistant: barge-in, and how much of each was heard.
//!
//! The assistant's audio is ahead of its reports. An utterance can wait in the caller's ear, and be cleared there, before the machine was
//! told that it began. So clearing never depends on what the machine knows, and an ear's report about an unknown utterance is kept until
//! the utterance is known.

use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::ids::{CordId, ItemId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;

use super::holding::HoldEvent;
use super::participants::Who;
use super::{Effect, Effects, Machine, Phase, note};
use crate::AssistantOrder;

impl Machine {
    pub(super) fn item_started(
        &mut self,
        leg: LegId,
        item: ItemId,
        line: Option<Line>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        // Words of an assistant that was replaced reach no ear.
        let replaced = self.conversation.assistant().is_some_and(|assistant| assistant.leg != leg);
        if replaced || item <= self.conversation.newest_item() {
            return;
        }
        self.utterance_began(item, line, now, fx);
        if !self.conversation.has_assistant() && !self.lifecycle.has_ended() {
            self.arrives_after_speaker(item);
        }
    }

    /// The caller is being told something.
    pub(super) fn utterance_began(
        &mut self,
        item: ItemId,
        line: Option<Line>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.conversation.item_begins(item);
        self.briefing.begins();
        let unwanted = self.take_unwanted_briefing(line);
        self.know_utterance(item, unwanted);
        if self.takes_unsaid(line) || unwanted.is_some() {
            self.cut_unheard(item, fx);
        }
        self.conversation.transcript_mut().is_of_line(item, line);
        self.last_words_started(line, now);
        self.message_begins(item, now);
        self.excuse_begins(item, now);
        self.after_utterance(item, now, fx);
    }

    pub(super) fn item_complete(&mut self, item: ItemId, text: &str, audio_ms: u64, fx: &mut Effects) {
        self.conversation.item_is_complete(item, text, audio_ms, self.last_fact_at);
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
        let known = self.conversation.transcript().utterance(item);
        let is_known = known.is_some();
        if known.is_some_and(|known| known.played.is_some())
            || (!is_known && item <= self.conversation.newest_item())
        {
            return;
        }
        let barged_in = known.is_some_and(|known| known.barged_in);
        self.know_utterance(item, None);
        self.conversation.transcript_mut().is_played(item, heard_ms, end, now);
        if end == PlayedEnd::Cleared && barged_in && heard_ms > 0 {
            fx.push(note(Decision::BargeIn { item, heard_ms }));
        }
        self.order(AssistantOrder::Heard { item, heard_ms, end }, fx);
        if is_known {
            self.after_utterance(item, now, fx);
        }
    }

    /// Gives an utterance its place. It is whispered to the person who is being briefed, or was to be.
    fn know_utterance(&mut self, item: ItemId, was_for: Option<Who>) {
        let whispered_to = was_for.or_else(|| self.briefing.listener());
        self.conversation.transcript_mut().knows(item, whispered_to, self.last_fact_at);
    }

    /// Cuts words that nobody should hear, at their beginning.
    fn cut_unheard(&mut self, item: ItemId, fx: &mut Effects) {
        if self.conversation.transcript().utterance(item).is_none_or(|known| known.played.is_some()) {
            return;
        }
        let (heard_ms, end) = (0, PlayedEnd::Cleared);
        self.hush(fx);
        self.conversation.transcript_mut().is_played(item, heard_ms, end, self.last_fact_at);
        self.order(AssistantOrder::Heard { item, heard_ms, end }, fx);
    }

    /// Continues what waited for the end of this utterance, if it has ended.
    pub(super) fn after_utterance(&mut self, item: ItemId, now: UnixMs, fx: &mut Effects) {
        let Some(utterance) = self.conversation.transcript().utterance(item) else { return };
        let (line, by_caller, played) = (utterance.line, utterance.barged_in, utterance.played);
        let (is_callers, is_comfort) = (utterance.whispered_to.is_none(), utterance.is_comfort());
        let has_lost_speaker = utterance.heard_by.is_some();
        let Some((heard_ms, end)) = played else { return };
        // A barge-in can clear the cord before the utterance is known.
        let by_caller = by_caller || self.conversation.caller_speaks();
        if is_callers {
            self.after_words_about_supervisors(line, end);
        }
        self.write_transcript(fx);
        match *self.lifecycle.phase() {
            _ if !is_callers => {}
            // Words that only pass the time are not an answer, and the notice is still to come.
            Phase::Conversing if is_comfort => {}
            Phase::Conversing if self.is_giving_notice() => self.after_notice(line, end, fx),
            Phase::Conversing if has_lost_speaker => self.heard_after_loss(line, heard_ms, end, by_caller),
            Phase::Conversing => self.settle_pending_speech(heard_ms, end, by_caller),
            Phase::TakingMessage(_) if line == Some(Line::Notice) => self.after_notice_in_message(end, fx),
            // An utterance that a fault cut short was not heard. The next assistant says it again.
            Phase::TakingMessage(_)
                if line == Some(Line::MessageIntro) && (end == PlayedEnd::Finished || by_caller) =>
            {
                self.message_intro_heard(now);
            }
            Phase::Leaving(_) => self.after_last_words(line, end, now, fx),
            Phase::Voicemail(_) => self.after_message(item, end, fx),
            Phase::LiveAnswer(_) => self.after_excuse(item, end, fx),
            _ => {}
        }
        self.words_over(end, now, fx);
        self.watch_silence(now);
    }

    /// Continues what waited for the end of the assistant's own words, if they are over.
    fn words_over(&mut self, end: PlayedEnd, now: UnixMs, fx: &mut Effects) {
        self.whisper_heard(end, now, fx);
        self.announcement_over(now, fx);
        self.music_after_words(fx);
        if let Some((tool, after)) = self.holding.wanted()
            && !self.conversation.is_saying_until(after)
        {
            self.holding.apply(HoldEvent::WantedNoMore, now, fx);
            if self.tools.is_awaited_by(tool, self.conversation.assistant_leg()) {
                self.hold_for_tool(tool, now, fx);
            } else {
                // The current assistant knows nothing about it.
                self.finish_tool(tool, ToolOutcome::failed("the assistant that wanted it is gone"), now, fx);
            }
        }
    }

    /// Barge-in: the caller speaks or presses a key. The current speech stops, and owed speech is forgotten, unless nobody was there yet to
    /// say it.
    pub(super) fn barge_in(&mut self, fx: &mut Effects) {
        if self.is_giving_notice() || self.briefing.is_under_way() {
            return;
        }
        self.conversation.is_barged_into();
        self.hush(fx);
    }

    /// Caller and assistant stop talking, whatever comes next. Everything that either of them had begun to say is over; nothing else does
    /// that. The speech owed to the caller and a menu may remain for the next assistant.
    pub(super) fn conversation_stops(&mut self, now: UnixMs, fx: &mut Effects) {
        self.stop_message(now, fx);
        self.speech_broke_off(now, fx);
        self.close_voicemail(fx);
        self.close_hold(fx);
        self.conversation.stops();
    }

    /// Empties the cord to the caller, or stops the prompt that they hear. Supervisors hear no more of it than the caller. If a rest of it
    /// stayed in their ears, they would hear everything that the assistant says next with that delay.
    pub(super) fn hush(&mut self, fx: &mut Effects) {
        self.menu_hushes(fx);
        if let (Some(caller), Some(assistant)) = (self.caller, self.conversation.assistant()) {
            let from = assistant.leg;
            if self.mix.plugged().contains(&CordId { from, to: caller }) {
                let heard_by = self.mix.plugged().iter().filter(|cord| cord.from == from);
                fx.extend(heard_by.copied().map(Effect::Clear));
            }
        }
    }
}
