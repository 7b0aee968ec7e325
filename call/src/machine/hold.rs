//! Hold, the one place for it: from the assistant, from a person whose phone a switch holds, from agents at their desks, and by the
//! caller's own phone. The caller hears music, or their phone holds the call, and no cord leads from them to anybody.
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

/// The caller's hold, as a region of its own: whoever holds them, it begins here and ends here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    held: Option<Held>,
    /// The caller's phone holds the call, whatever we do.
    phone_holds: bool,
}

/// A hold under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    since: UnixMs,
    by: HeldBy,
}

/// Who holds, and what the caller hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeldBy {
    /// We do: music by a cord from this leg.
    Music(LegId),
    /// We do: the switch plays music.
    Switch,
    /// We do: the switch will play music once this utterance is silent. What stops the one would stop the other too.
    SwitchAfter(ItemId),
    /// The caller's phone does.
    Phone,
    /// The switch holds the phone of the person whom the caller talks with, and plays music to the caller.
    Person,
    /// Agents do, at their desks: who hears whom follows from that.
    Agents,
}

impl HeldBy {
    /// The caller is held from the assistant: that is a phase of the call.
    fn is_from_assistant(self) -> bool {
        !matches!(self, Self::Person | Self::Agents)
    }
}

impl Holding {
    fn begin(&mut self, by: HeldBy, now: UnixMs, fx: &mut Effects) {
        self.held = Some(Held { since: now, by });
        fx.push(note(Decision::HoldBegan));
    }

    /// Ends the hold, where whoever holds is among these.
    fn end(&mut self, ends: impl Fn(HeldBy) -> bool, now: UnixMs, fx: &mut Effects) -> Option<Held> {
        let held = self.held.take_if(|held| ends(held.by))?;
        fx.push(note(Decision::HoldEnded { held_ms: now.ms_since(held.since) }));
        Some(held)
    }

    fn since(&self, by: HeldBy) -> Option<UnixMs> {
        self.held.filter(|held| held.by == by).map(|held| held.since)
    }

    /// Since when agents hold the caller.
    pub(super) fn by_agents_since(&self) -> Option<UnixMs> {
        self.since(HeldBy::Agents)
    }

    /// The leg that a caller hears who is held from the assistant, where it is one of ours.
    pub(super) fn music(&self) -> Option<LegId> {
        match self.held?.by {
            HeldBy::Music(leg) => Some(leg),
            _ => None,
        }
    }

    /// When a hold of ours ends by itself.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        let held = self.held.filter(|_| self.is_ours())?;
        Some(held.since + HOLD_MS_MAX)
    }

    /// We hold the caller from the assistant, not their phone.
    pub(super) fn is_ours(&self) -> bool {
        self.held.is_some_and(|held| held.by.is_from_assistant() && held.by != HeldBy::Phone)
    }
}

/// Who wants the caller on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldWish {
    /// The assistant, who goes on working meanwhile.
    Assistant,
    /// Somebody else.
    Other,
}

impl Machine {
    /// Puts the caller on hold, where they talk with the assistant.
    pub(super) fn hold_caller(&mut self, wish: HoldWish, now: UnixMs, fx: &mut Effects) {
        self.whisper_over(now, fx);
        if !self.lifecycle.converses() || self.caller.is_none() {
            return;
        }
        let is_stream = self.audio.carrier == Some(ChannelAudio::Websocket);
        let by = match self.link() {
            Some(_) if is_stream => HeldBy::SwitchAfter(self.newest_item),
            _ => HeldBy::Music(self.number_leg()),
        };
        self.begin_hold(by, wish, now, fx);
        self.music_after_words(fx);
    }

    /// Has the switch play the music that waits for the assistant's words to be silent, if they are.
    pub(super) fn music_after_words(&mut self, fx: &mut Effects) {
        let Some(Held { by: HeldBy::SwitchAfter(last), .. }) = self.holding.held else { return };
        if !self.is_speaking_until(last) {
            self.holding.held = self.holding.held.map(|held| Held { by: HeldBy::Switch, ..held });
            self.act(ChannelAction::PlayMusic, fx);
        }
    }

    /// Holds the caller from the assistant.
    fn begin_hold(&mut self, by: HeldBy, wish: HoldWish, now: UnixMs, fx: &mut Effects) {
        self.stop_waiting_music(fx);
        self.speech_broke_off(now, fx);
        self.hush(fx);
        self.owed = None;
        self.silence = Default::default();
        if wish == HoldWish::Other {
            self.attend(Attention::Listen, fx);
        }
        self.lifecycle.hold();
        self.holding.begin(by, now, fx);
        if let HeldBy::Music(leg) = by {
            fx.push(Effect::StartMusic(leg));
        }
        self.rewire(fx);
    }

    /// Takes the caller off hold. Says how long they were, in ms; nothing where they were not, or where it is their phone
    /// that holds.
    pub(super) fn unhold_caller(&mut self, now: UnixMs, fx: &mut Effects) -> Option<u64> {
        let is_ours = |by: HeldBy| by.is_from_assistant() && by != HeldBy::Phone;
        let held = self.holding.end(is_ours, now, fx)?;
        if self.holding.phone_holds {
            self.music_ends(held, fx);
            self.holding.begin(HeldBy::Phone, now, fx);
            self.attend(Attention::Listen, fx);
        } else {
            self.lifecycle.converse();
            self.music_ends(held, fx);
            self.attend(Attention::Converse, fx);
            self.watch_silence(now);
        }
        Some(now.ms_since(held.since))
    }

    /// Ends a hold because of what comes next, which sees to the rest. One by agents goes on while they do.
    pub(super) fn close_hold(&mut self, fx: &mut Effects) {
        let now = self.last_fact_at;
        let Some(held) = self.holding.end(|by| by != HeldBy::Agents, now, fx) else { return };
        if held.by.is_from_assistant() {
            self.lifecycle.converse();
            self.music_ends(held, fx);
        }
    }

    /// A hold from the assistant is over: the cords are as they belong now, and the music ends.
    fn music_ends(&mut self, held: Held, fx: &mut Effects) {
        self.rewire(fx);
        match held.by {
            HeldBy::Music(leg) => fx.push(Effect::StopMusic(leg)),
            HeldBy::Switch => {
                // Nothing of the assistant's waits behind the music.
                self.act(ChannelAction::StopPlayback { next_chunk: 0, given_by: GivenBy::ThisLink }, fx);
            }
            _ => {}
        }
    }

    /// Agents hold the caller, who hears music from now on, and nobody the caller.
    pub(super) fn agents_hold(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.holding.by_agents_since().is_none() {
            self.holding.begin(HeldBy::Agents, now, fx);
        }
        self.rewire(fx);
    }

    pub(super) fn agents_unhold(&mut self, now: UnixMs, fx: &mut Effects) {
        self.holding.end(|by| by == HeldBy::Agents, now, fx);
    }

    /// Whether the caller is on hold while a person has them; nothing where no person has.
    pub(super) fn is_held_by_person(&self) -> Option<bool> {
        self.is_joined_with_person().then(|| self.holding.since(HeldBy::Person).is_some())
    }

    /// The channel of the person whom the caller is held from.
    pub fn held_from(&self) -> Option<Uuid> {
        self.channel.peer.filter(|_| self.is_held_by_person() == Some(true))
    }

    /// Holds the person's phone, so that the caller hears music.
    pub(super) fn hold_person(&mut self, now: UnixMs, fx: &mut Effects) {
        if let (Phase::WithPerson(_), Some(channel)) = (self.lifecycle.phase(), self.channel.peer) {
            self.holding.begin(HeldBy::Person, now, fx);
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
        if self.is_held_by_person() == Some(false) {
            self.holding.begin(HeldBy::Person, now, fx);
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
        if !self.has_channel() || std::mem::replace(&mut self.holding.phone_holds, true) {
            return;
        }
        self.whisper_over(now, fx);
        if self.lifecycle.converses() && self.caller.is_some() {
            self.begin_hold(HeldBy::Phone, HoldWish::Other, now, fx);
        }
    }

    pub(super) fn phone_unholds(&mut self, now: UnixMs, fx: &mut Effects) {
        self.holding.phone_holds = false;
        let Some(since) = self.holding.since(HeldBy::Phone) else { return };
        self.close_hold(fx);
        let held_ms = now.ms_since(since);
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
