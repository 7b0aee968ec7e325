//! The call's actions about a hold: by the assistant, by a person whose phone a switch holds, by agents at their desks, and by the caller's
//! own phone. The caller hears music, or their phone holds the call, and no cord leads from them to anyone. `holding.rs` records who holds,
//! and since when.
//!
//! During a hold no assistant hears the caller, and nobody hears the assistant. An assistant that asked for the hold goes on working
//! (`Attention::Converse`): it handles the results of its tools, can look up an extension, and can take the caller back. One that did not
//! ask answers nothing until the caller is back (`Attention::Listen`).

use cordboard_schema::caller_line::ChannelAudio;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::channel::SwitchRequest;
use super::conversation::PendingSpeech;
use super::holding::{HeldBy, HoldEvent, HoldOver, HoldOwner};
use super::news::MissedEvents;
use super::{Effect, Effects, Machine, Phase, Step};
use crate::{AssistantOrder, Attention, ChannelAction, GivenBy};

/// The shortest absence by the caller's own phone after which they are welcomed back, in ms. A shorter one was a slip of the finger.
const ABSENCE_MS_MIN: u64 = 3_000;

/// The party that puts the caller on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldRequester {
    /// The assistant, which goes on working meanwhile.
    Assistant,
    /// Anyone else.
    Other,
}

impl Machine {
    /// Puts a caller who talks with the assistant on hold.
    pub(super) fn hold_caller(&mut self, requester: HoldRequester, now: UnixMs, fx: &mut Effects) {
        if !self.lifecycle.converses() || self.caller.is_none() {
            return;
        }
        let is_stream = self.audio.carrier() == Some(ChannelAudio::Websocket);
        let by = match self.link() {
            Some(_) if is_stream => HeldBy::SwitchAfter(self.conversation.newest_item()),
            _ => HeldBy::Music(self.number_leg()),
        };
        self.begin_hold(by, requester, now, fx);
        self.music_after_words(fx);
    }

    /// Has the switch play the music that waits for the end of the assistant's words, once they have ended.
    pub(super) fn music_after_words(&mut self, fx: &mut Effects) {
        if let Some(last) = self.holding.waits_for_words()
            && !self.conversation.is_saying_until(last)
        {
            self.holding.apply(HoldEvent::WordsOver, self.last_fact_at, fx);
            self.act(ChannelAction::PlayMusic, fx);
        }
    }

    /// The switch can't play music, for example because none is installed, so the caller hears ours. If music was requested again since,
    /// the switch may be able to.
    pub(super) fn switch_has_no_music(&mut self, fx: &mut Effects) {
        let is_asked_again = self.channel.is_asking(&SwitchRequest::Do(ChannelAction::PlayMusic));
        if self.holding.is_by_switch() && !is_asked_again {
            let leg = self.number_leg();
            self.holding.apply(HoldEvent::OursInstead(leg), self.last_fact_at, fx);
            fx.push(Effect::StartMusic(leg));
            self.rewire(fx);
        }
    }

    /// Puts the caller on hold so that they don't hear the assistant.
    fn begin_hold(&mut self, by: HeldBy, requester: HoldRequester, now: UnixMs, fx: &mut Effects) {
        self.stop_waiting_music(fx);
        self.speech_broke_off(now, fx);
        self.hush(fx);
        self.conversation.rests();
        if requester == HoldRequester::Other {
            self.attend(Attention::Listen, fx);
        }
        self.step(Step::Hold);
        self.holding.apply(HoldEvent::Began(by), now, fx);
        if requester == HoldRequester::Assistant {
            self.holding.apply(HoldEvent::IsAssistants, now, fx);
        }
        if let HeldBy::Music(leg) = by {
            fx.push(Effect::StartMusic(leg));
        }
        self.rewire(fx);
    }

    /// Takes the caller off hold. Returns how long they were on hold, in ms; `None` if they were not, or if their own phone holds the call.
    pub(super) fn unhold_caller(&mut self, now: UnixMs, fx: &mut Effects) -> Option<u64> {
        let HoldOver { by, held_ms } = self.holding.apply(HoldEvent::Ended(HoldOwner::Ours), now, fx)?;
        if self.holding.phone_holds() {
            self.music_ends(by, fx);
            self.holding.apply(HoldEvent::Began(HeldBy::Phone), now, fx);
            self.attend(Attention::Listen, fx);
        } else {
            self.step(Step::Converse);
            self.music_ends(by, fx);
            self.attend(Attention::Converse, fx);
            self.watch_silence(now);
        }
        Some(held_ms)
    }

    /// Ends a hold because of what comes next, which handles the rest. A hold by agents goes on while they have the caller.
    pub(super) fn close_hold(&mut self, fx: &mut Effects) {
        self.close_hold_of(HoldOwner::AllButAgents, fx);
    }

    fn close_hold_of(&mut self, owner: HoldOwner, fx: &mut Effects) -> Option<HoldOver> {
        let over = self.holding.apply(HoldEvent::Ended(owner), self.last_fact_at, fx)?;
        if over.by.is_from_assistant() {
            self.step(Step::Converse);
            self.music_ends(over.by, fx);
        }
        Some(over)
    }

    /// A hold from the assistant is over: rewires the cords and stops the music.
    fn music_ends(&mut self, by: HeldBy, fx: &mut Effects) {
        self.rewire(fx);
        match by {
            HeldBy::Music(leg) => fx.push(Effect::StopMusic(leg)),
            HeldBy::Switch => {
                // No speech of the assistant is queued after the music.
                self.act(ChannelAction::StopPlayback { next_chunk: 0, given_by: GivenBy::ThisLink }, fx);
            }
            _ => {}
        }
    }

    /// Agents put the caller on hold. The caller hears music, and nobody hears the caller.
    pub(super) fn agents_hold(&mut self, now: UnixMs, fx: &mut Effects) {
        if !self.holding.is(HoldOwner::Agents) {
            self.holding.apply(HoldEvent::Began(HeldBy::Agents), now, fx);
        }
        self.rewire(fx);
    }

    pub(super) fn agents_unhold(&mut self, now: UnixMs, fx: &mut Effects) {
        self.holding.apply(HoldEvent::Ended(HoldOwner::Agents), now, fx);
    }

    /// Whether the caller is on hold while a person has them; `None` if no person has.
    pub(super) fn is_held_by_person(&self) -> Option<bool> {
        self.is_joined_with_person().then(|| self.holding.is(HoldOwner::Person))
    }

    /// Returns the channel of the person from whom the caller is on hold.
    pub fn held_from(&self) -> Option<Uuid> {
        self.channel.peer().filter(|_| self.is_held_by_person() == Some(true))
    }

    /// Whether the caller's own phone holds the call, by the last report.
    pub fn phone_holds_call(&self) -> bool {
        self.holding.phone_holds()
    }

    /// Has the switch hold the person's phone, so that the caller hears music.
    pub(super) fn hold_person(&mut self, now: UnixMs, fx: &mut Effects) {
        if let (Phase::WithPerson(_), Some(channel)) = (self.lifecycle.phase(), self.channel.peer()) {
            self.holding.apply(HoldEvent::Began(HeldBy::Person), now, fx);
            self.channel.wants_no_more(|action| matches!(action, ChannelAction::Unhold { .. }));
            self.act(ChannelAction::Hold { channel }, fx);
        }
    }

    fn unhold_person(&mut self, fx: &mut Effects) {
        if let Some(channel) = self.channel.peer() {
            self.close_hold(fx);
            self.channel.wants_no_more(|action| matches!(action, ChannelAction::Hold { .. }));
            self.act(ChannelAction::Unhold { channel }, fx);
        }
    }

    /// Whether the answer to a request about this person concerns the person who has the caller now. A late answer says nothing about
    /// another person, or about a newer request.
    fn concerns_person(&self, channel: Uuid, asked: ChannelAction) -> bool {
        self.channel.peer() == Some(channel) && !self.channel.is_asking(&SwitchRequest::Do(asked))
    }

    /// The switch can't hold this person's phone.
    pub(super) fn person_not_held(&mut self, channel: Uuid, fx: &mut Effects) {
        if self.concerns_person(channel, ChannelAction::Hold { channel }) {
            self.close_hold_of(HoldOwner::Person, fx);
        }
    }

    /// The switch has not joined the caller and this person again, or does not report it. The caller is still on hold, and can be taken off
    /// hold again.
    pub(super) fn person_still_held(&mut self, channel: Uuid, now: UnixMs, fx: &mut Effects) {
        let is_of_person = self.concerns_person(channel, ChannelAction::Unhold { channel });
        if is_of_person && self.is_held_by_person() == Some(false) {
            self.holding.apply(HoldEvent::Began(HeldBy::Person), now, fx);
        }
    }

    /// Takes the caller off hold without a request of the assistant, which is told. Returns whether they are back.
    pub(super) fn unhold_unasked(&mut self, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(held_ms) = self.unhold_caller(now, fx) else { return false };
        let is_back = self.lifecycle.converses();
        if is_back {
            self.report_hold(held_ms, fx);
        }
        is_back
    }

    /// A program or a person asks for the caller, or the hold has lasted long enough: the caller is welcomed back.
    pub(super) fn unhold_with_a_word(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_parked() {
            return self.fetch(now, fx);
        }
        if self.is_held_by_person() == Some(true) {
            return self.unhold_person(fx);
        }
        if self.unhold_unasked(now, fx) {
            // The hold may have kept them from hearing a notice.
            let opening = self.opening(Line::WelcomeBack, fx);
            self.say(opening, fx);
        }
    }

    /// The assistant is gone. If it has put the caller on hold, nobody would take them back, so the next assistant has them at once.
    pub(super) fn unhold_from_lost_assistant(&mut self, now: UnixMs, fx: &mut Effects) {
        if !self.holding.is_assistants() {
            return;
        }
        let Some(held_ms) = self.unhold_caller(now, fx) else { return };
        if self.lifecycle.converses() {
            self.learns(MissedEvents { message: Self::held_for(held_ms), opening: Line::WelcomeBack }, fx);
            let opening = self.opening(Line::WelcomeBack, fx);
            self.say(opening, fx);
        }
    }

    /// A caller on hold who presses a key or types something wants the hold to end.
    pub(super) fn unhold_by_caller(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.unhold_unasked(now, fx) {
            self.hush(fx);
            self.notice_after_absence(fx);
        }
    }

    /// The caller's phone holds the call: they hear nothing from us, and we nothing from them. If this was known before, the caller may
    /// have come back to an assistant before a link could report it.
    pub(super) fn phone_holds(&mut self, now: UnixMs, fx: &mut Effects) {
        if !self.has_channel() {
            return;
        }
        self.holding.apply(HoldEvent::PhoneHolds, now, fx);
        self.whisper_over(now, fx);
        if self.lifecycle.converses() && self.caller.is_some() {
            self.wait_for_phone(now, fx);
        }
    }

    /// Only the assistant has the caller now. If their own phone holds the call, as far as a link reports, they hear nothing and are
    /// welcomed once it releases them.
    pub(super) fn leave_to_assistant(&mut self, opening: Line, now: UnixMs, fx: &mut Effects) {
        if self.is_away_by_phone() {
            self.bring_assistant_unheard(now, fx);
            self.conversation.notice_mut().follow_with(opening);
            self.wait_for_phone(now, fx);
        } else {
            self.bring_assistant(opening, now, fx);
        }
    }

    /// Whether the caller's own phone holds the call, as far as a link reports, and only the assistant has them. Then they hear nothing.
    pub(super) fn is_away_by_phone(&self) -> bool {
        self.holding.phone_holds() && self.link().is_some() && self.caller.is_some()
    }

    /// The assistant waits until the caller's phone releases them.
    pub(super) fn wait_for_phone(&mut self, now: UnixMs, fx: &mut Effects) {
        self.begin_hold(HeldBy::Phone, HoldRequester::Other, now, fx);
    }

    pub(super) fn phone_unholds(&mut self, now: UnixMs, fx: &mut Effects) {
        self.holding.apply(HoldEvent::PhoneReleases, now, fx);
        let Some(HoldOver { held_ms, .. }) = self.close_hold_of(HoldOwner::Phone, fx) else { return };
        if held_ms >= ABSENCE_MS_MIN {
            self.attend(Attention::Converse, fx);
            self.report_hold(held_ms, fx);
            // An assistant that has connected meanwhile may have to give a notice first.
            let opening = self.opening(Line::WelcomeBack, fx);
            self.say(opening, fx);
        } else if !self.notice_after_absence(fx) {
            self.conversation.expect_speech(PendingSpeech::Answer);
            self.attend(Attention::Converse, fx);
            self.order(AssistantOrder::GoOn, fx);
        }
        self.watch_silence(now);
    }

    /// Tells an assistant that did not ask for the hold, and heard nothing of it.
    fn report_hold(&mut self, held_ms: u64, fx: &mut Effects) {
        self.order(AssistantOrder::Happened(Self::held_for(held_ms)), fx);
    }

    /// Returns the duration in words for the assistant.
    pub(super) fn held_for(held_ms: u64) -> String {
        format!("the caller was on hold for {} s", held_ms.div_ceil(1_000))
    }
}
