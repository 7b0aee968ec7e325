//! Hold: the caller hears music, or their phone holds the call, and no cord leads from them to the assistant.
//!
//! An assistant that asked for it keeps its attention: what it says reaches no ear, and it can look an extension up and
//! take the caller back. Otherwise it only listens until they are back.

use cordboard_schema::caller_line::ChannelAudio;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::assistants::Owed;
use super::{Effect, Effects, Machine, Phase, note};
use crate::{AssistantOrder, Attention, ChannelAction, GivenBy};

/// The longest that anybody is kept on hold by us. Longer than a look at a calendar, shorter than being forgotten.
const HOLD_MS_MAX: u64 = 600_000;
/// An absence by the caller's own phone that is welcomed back; a shorter one was a slip of the finger.
const ABSENCE_MS_MIN: u64 = 3_000;

/// A hold under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    since: UnixMs,
    kind: HoldKind,
}

/// Who holds, and what the caller hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HoldKind {
    /// We do: music by a cord from this leg.
    Music(LegId),
    /// We do: the switch plays music.
    Switch,
    /// We do: the switch will play music once this utterance is silent. What stops the one would stop the other too.
    SwitchAfter(ItemId),
    /// The caller's phone does.
    Phone,
}

/// Who wants the caller on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldWish {
    /// The assistant, who goes on working meanwhile.
    Assistant,
    /// Somebody else.
    Other,
}

impl Hold {
    /// The leg that the caller hears, where it is one of ours.
    pub(super) fn music(&self) -> Option<LegId> {
        match self.kind {
            HoldKind::Music(leg) => Some(leg),
            HoldKind::Switch | HoldKind::SwitchAfter(_) | HoldKind::Phone => None,
        }
    }

    /// When it ends by itself.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        (self.kind != HoldKind::Phone).then_some(self.since + HOLD_MS_MAX)
    }

    /// We hold the caller, not their phone.
    pub(super) fn is_ours(&self) -> bool {
        self.kind != HoldKind::Phone
    }
}

impl Machine {
    /// Puts the caller on hold, where they talk with the assistant.
    pub(super) fn hold_caller(&mut self, wish: HoldWish, now: UnixMs, fx: &mut Effects) {
        self.whisper_over(now, fx);
        if !self.lifecycle.converses() || self.caller.is_none() {
            return;
        }
        let is_stream = self.audio.carrier == Some(ChannelAudio::Websocket);
        let kind = match self.link() {
            Some(_) if is_stream => HoldKind::SwitchAfter(self.newest_item),
            _ => HoldKind::Music(self.number_leg()),
        };
        self.begin_hold(kind, wish, now, fx);
        self.music_after_words(fx);
    }

    /// Has the switch play the music that waits for the assistant's words to be silent, if they are.
    pub(super) fn music_after_words(&mut self, fx: &mut Effects) {
        if let Phase::OnHold(hold @ Hold { kind: HoldKind::SwitchAfter(last), .. }) = *self.lifecycle.phase()
            && !self.is_speaking_until(last)
        {
            self.lifecycle.hold(Hold { kind: HoldKind::Switch, ..hold });
            self.act(ChannelAction::PlayMusic, fx);
        }
    }

    fn begin_hold(&mut self, kind: HoldKind, wish: HoldWish, now: UnixMs, fx: &mut Effects) {
        self.stop_waiting_music(fx);
        self.speech_broke_off(now, fx);
        self.hush(fx);
        self.owed = None;
        self.silence = Default::default();
        if wish == HoldWish::Other {
            self.attend(Attention::Listen, fx);
        }
        self.lifecycle.hold(Hold { since: now, kind });
        fx.push(note(Decision::HoldBegan));
        if let HoldKind::Music(leg) = kind {
            fx.push(Effect::StartMusic(leg));
        }
        self.rewire(fx);
    }

    /// Takes the caller off hold. Says how long they were, in ms; nothing where they were not, or where it is their phone
    /// that holds.
    pub(super) fn unhold_caller(&mut self, now: UnixMs, fx: &mut Effects) -> Option<u64> {
        let Phase::OnHold(hold) = *self.lifecycle.phase() else { return None };
        if !hold.is_ours() {
            return None;
        }
        match self.channel.is_held {
            true => {
                self.lifecycle.hold(Hold { since: now, kind: HoldKind::Phone });
                self.hold_ended(hold, fx);
                fx.push(note(Decision::HoldBegan));
                self.attend(Attention::Listen, fx);
            }
            false => {
                self.close_hold(fx);
                self.attend(Attention::Converse, fx);
                self.watch_silence(now);
            }
        }
        Some(now.ms_since(hold.since))
    }

    /// Ends a hold because of what comes next, which sees to the rest.
    pub(super) fn close_hold(&mut self, fx: &mut Effects) {
        if let Phase::OnHold(hold) = *self.lifecycle.phase() {
            self.lifecycle.converse();
            self.hold_ended(hold, fx);
        } else if let Some(since) = self.lifecycle.person_mut().and_then(|person| person.held_since.take()) {
            fx.push(note(Decision::HoldEnded { held_ms: self.last_fact_at.ms_since(since) }));
        }
    }

    /// Whether the caller is on hold while a person has them; nothing where no person has.
    pub(super) fn is_held_by_person(&self) -> Option<bool> {
        match self.lifecycle.phase() {
            Phase::WithPerson(person) if self.is_joined_with_person() => Some(person.held_since.is_some()),
            _ => None,
        }
    }

    /// The channel of the person whom the caller is held from.
    pub fn held_from(&self) -> Option<Uuid> {
        self.channel.peer.filter(|_| self.is_held_by_person() == Some(true))
    }

    /// Holds the person's phone, so that the caller hears music.
    pub(super) fn hold_person(&mut self, now: UnixMs, fx: &mut Effects) {
        if let (Some(person), Some(channel)) = (self.lifecycle.person_mut(), self.channel.peer) {
            person.held_since = Some(now);
            fx.push(note(Decision::HoldBegan));
            self.channel.wants_no_more(|action| matches!(action, ChannelAction::Unhold { .. }));
            self.act(ChannelAction::Hold { channel }, fx);
        }
    }

    fn unhold_person(&mut self, fx: &mut Effects) {
        if let Some(channel) = self.channel.peer {
            self.close_hold(fx);
            self.channel.wants_no_more(|action| matches!(action, ChannelAction::Hold { .. }));
            self.act(ChannelAction::Unhold { channel }, fx);
        }
    }

    /// The switch has not brought the two together, or does not say: the caller is on hold still, and can be taken off it
    /// again.
    pub(super) fn person_still_held(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_held_by_person() == Some(false)
            && let Some(person) = self.lifecycle.person_mut()
        {
            person.held_since = Some(now);
            fx.push(note(Decision::HoldBegan));
        }
    }

    /// A hold is over, and the call goes on in its next phase: the music ends, and the cords are as they belong.
    fn hold_ended(&mut self, hold: Hold, fx: &mut Effects) {
        fx.push(note(Decision::HoldEnded { held_ms: self.last_fact_at.ms_since(hold.since) }));
        self.rewire(fx);
        match hold.kind {
            HoldKind::Music(leg) => fx.push(Effect::StopMusic(leg)),
            HoldKind::Switch => {
                // Nothing of the assistant's waits behind the music.
                self.act(ChannelAction::StopPlayback { next_chunk: 0, given_by: GivenBy::ThisLink }, fx);
            }
            HoldKind::SwitchAfter(_) | HoldKind::Phone => {}
        }
    }

    /// Takes the caller off hold by no wish of the assistant's, who learns of it. Says whether they are back.
    pub(super) fn unhold_unasked(&mut self, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(held_ms) = self.unhold_caller(now, fx) else { return false };
        let is_back = self.lifecycle.converses();
        if is_back {
            self.tell_of_hold(held_ms, fx);
        }
        is_back
    }

    /// A program or a person asks for it, or it has lasted long enough: the caller is welcomed.
    pub(super) fn unhold_with_a_word(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_parked() {
            return self.fetch(now, fx);
        }
        if self.is_held_by_person() == Some(true) {
            return self.unhold_person(fx);
        }
        if self.unhold_unasked(now, fx) {
            self.say(Line::WelcomeBack, fx);
        }
    }

    /// The caller's phone holds the call: they hear nothing of us, and we nothing of them.
    pub(super) fn phone_holds(&mut self, now: UnixMs, fx: &mut Effects) {
        if !self.has_channel() || std::mem::replace(&mut self.channel.is_held, true) {
            return;
        }
        self.whisper_over(now, fx);
        if self.lifecycle.converses() && self.caller.is_some() {
            self.begin_hold(HoldKind::Phone, HoldWish::Other, now, fx);
        }
    }

    pub(super) fn phone_unholds(&mut self, now: UnixMs, fx: &mut Effects) {
        self.channel.is_held = false;
        let Phase::OnHold(hold @ Hold { kind: HoldKind::Phone, .. }) = *self.lifecycle.phase() else {
            return;
        };
        self.close_hold(fx);
        let held_ms = now.ms_since(hold.since);
        if held_ms >= ABSENCE_MS_MIN {
            self.attend(Attention::Converse, fx);
            self.tell_of_hold(held_ms, fx);
            self.say(Line::WelcomeBack, fx);
        } else {
            self.owed = Some(Owed::Answer);
            self.attend(Attention::Converse, fx);
            self.order(AssistantOrder::GoOn, fx);
        }
        self.watch_silence(now);
    }

    /// The assistant did not ask for the hold, and heard nothing of it.
    fn tell_of_hold(&mut self, held_ms: u64, fx: &mut Effects) {
        self.order(AssistantOrder::Happened(Self::held_for(held_ms)), fx);
    }

    /// In words for the assistant.
    pub(super) fn held_for(held_ms: u64) -> String {
        format!("the caller was on hold for {} s", held_ms.div_ceil(1_000))
    }
}
