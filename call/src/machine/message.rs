//! Taking a message: an introduction with a tone, the caller's words, and saving them.
//!
//! The audio is part of the call's recording, so it is on disk while it is spoken, and a crash loses none of it.

use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;

use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::Attention;

/// Longest message, in ms.
const MESSAGE_MS_MAX: u64 = 120_000;
/// How long the caller may wait after the tone before the first word, in ms.
const FIRST_WORD_MS_MAX: u64 = 8_000;
/// Silence that ends a message, in ms.
const PAUSE_MS_MAX: u64 = 4_000;
/// How long the introduction may take before the message begins without it, in ms.
const INTRO_MS_MAX: u64 = 20_000;
/// How long speech may last before it is noticed, in ms. A message that begins with speech begins this much earlier, so that its first word
/// is included.
const SPEECH_NOTICED_MS_MAX: u64 = 500;
/// How long the store may take to save a message, in ms. It waits 2 s for the commit itself.
const SAVE_MS_MAX: u64 = 5_000;
/// Longest run of the whole tool, from the introduction to the saved message, in ms.
pub(super) const TOOL_MS_MAX: u64 = INTRO_MS_MAX + MESSAGE_MS_MAX + SAVE_MS_MAX;

/// A message being taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MessageTaking {
    effect: EffectId,
    stage: Stage,
    speech_ms: u64,
    /// When this stage ends by itself.
    pub(super) deadline: Option<UnixMs>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The caller hears the introduction.
    Introducing,
    /// The caller speaks, since this time.
    Listening { since: UnixMs },
    /// The store is saving it.
    Saving,
}

/// The outcome of a message at its end.
#[derive(Clone, Copy)]
enum Taken {
    /// It is this part of the recording.
    Kept { from_ms: u64, to_ms: u64, speech_ms: u64 },
    /// Nothing was said.
    Empty,
    /// The call is not being recorded.
    Unrecorded,
}

impl Machine {
    pub(super) fn take_message(&mut self, effect: EffectId, now: UnixMs, fx: &mut Effects) {
        self.conversation.rests();
        let deadline = Some(now + INTRO_MS_MAX);
        let stage = Stage::Introducing;
        self.step(Step::TakeMessage(MessageTaking { effect, stage, speech_ms: 0, deadline }));
        self.introduce_message(fx);
    }

    /// Has the assistant ask for the message. An assistant that has only just connected asks if it is not too late.
    pub(super) fn introduce_message(&mut self, fx: &mut Effects) {
        let Phase::TakingMessage(message) = self.lifecycle.phase() else { return };
        let line = (message.stage == Stage::Introducing).then_some(Line::MessageIntro);
        self.attend(Attention::Listen, fx);
        if let Some(line) = line {
            self.say(line, fx);
        }
    }

    /// The tone was heard, or the caller cut it short by speaking.
    pub(super) fn message_intro_heard(&mut self, now: UnixMs) {
        let speaking = self.conversation.caller_speaks();
        if let Phase::TakingMessage(message @ MessageTaking { stage: Stage::Introducing, .. }) =
            *self.lifecycle.phase()
        {
            let since = if speaking { now - SPEECH_NOTICED_MS_MAX } else { now };
            let stage = Stage::Listening { since };
            let deadline = Some(now + if speaking { MESSAGE_MS_MAX } else { FIRST_WORD_MS_MAX });
            self.step(Step::TakeMessage(MessageTaking { stage, deadline, ..message }));
        }
    }

    pub(super) fn message_speech_started(&mut self, now: UnixMs) {
        if let Some((message, since)) = self.message_spoken() {
            self.message_lasts_until((since + MESSAGE_MS_MAX).max(now), message);
        }
    }

    pub(super) fn message_speech_stopped(&mut self, speech_ms: u64, now: UnixMs) {
        if let Some((message, since)) = self.message_spoken() {
            let speech_ms = message.speech_ms + speech_ms.min(now.ms_since(since));
            let until = (since + MESSAGE_MS_MAX).min(now + PAUSE_MS_MAX);
            self.message_lasts_until(until, MessageTaking { speech_ms, ..message });
        }
    }

    /// Nobody hears the caller at the moment, so a pause can't be told from speech.
    pub(super) fn message_unheard(&mut self) {
        if let Some((message, since)) = self.message_spoken() {
            self.message_lasts_until(since + MESSAGE_MS_MAX, message);
        }
    }

    /// Another assistant hears the caller again.
    pub(super) fn message_heard_again(&mut self, now: UnixMs) {
        if let Some((message, since)) = self.message_spoken() {
            let pause_ms = if message.speech_ms > 0 { PAUSE_MS_MAX } else { FIRST_WORD_MS_MAX };
            self.message_lasts_until((since + MESSAGE_MS_MAX).min(now + pause_ms).max(now), message);
        }
    }

    /// Returns the message that the caller is speaking, and since when.
    fn message_spoken(&self) -> Option<(MessageTaking, UnixMs)> {
        let Phase::TakingMessage(message) = *self.lifecycle.phase() else { return None };
        let Stage::Listening { since } = message.stage else { return None };
        Some((message, since))
    }

    fn message_lasts_until(&mut self, until: UnixMs, message: MessageTaking) {
        self.step(Step::TakeMessage(MessageTaking { deadline: Some(until), ..message }));
    }

    /// The time of the message's current stage is over: the introduction was never heard, the caller paused, or the message reached its
    /// longest duration.
    pub(super) fn message_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        match self.lifecycle.phase() {
            Phase::TakingMessage(MessageTaking { stage: Stage::Introducing, .. }) => {
                self.message_intro_heard(now)
            }
            _ => self.finish_message(now, fx),
        }
    }

    /// The caller has finished: saves what was said, or reports that nothing was.
    pub(super) fn finish_message(&mut self, now: UnixMs, fx: &mut Effects) {
        let Phase::TakingMessage(message) = *self.lifecycle.phase() else { return };
        if message.stage == Stage::Saving {
            return;
        }
        if !self.is_giving_notice() {
            self.hush(fx);
        }
        // The caller is still there and can be told. Of a message that is stopped, the words may be in the transcript.
        let taken = match self.taken(&message, now) {
            Taken::Kept { .. } if self.is_refused_by_disk(&message) => Taken::Unrecorded,
            taken => taken,
        };
        self.close_message(&message, taken, fx);
        match taken {
            Taken::Kept { .. } => {
                let (stage, deadline) = (Stage::Saving, None);
                self.step(Step::TakeMessage(MessageTaking { stage, deadline, ..message }));
            }
            Taken::Empty => self.back_to_conversation(Line::MessageEmpty, now, fx),
            Taken::Unrecorded => self.back_to_conversation(Line::MessageFailed, now, fx),
        }
    }

    /// The call goes elsewhere while a message is being taken. The words spoken so far are saved all the same.
    pub(super) fn stop_message(&mut self, spoken_until: UnixMs, fx: &mut Effects) {
        if let Phase::TakingMessage(message) = *self.lifecycle.phase() {
            self.step(Step::Converse);
            if message.stage != Stage::Saving {
                let taken = self.taken(&message, spoken_until);
                self.close_message(&message, taken, fx);
            }
        }
    }

    /// The caller wants something else than to go on with their message. The words spoken so far are saved.
    pub(super) fn leave_message(&mut self, now: UnixMs, fx: &mut Effects) {
        if !matches!(*self.lifecycle.phase(), Phase::TakingMessage(_)) {
            return;
        }
        self.stop_message(now, fx);
        if !self.is_giving_notice() && !self.notice_after_absence(fx) {
            self.attend(Attention::Converse, fx);
        }
        self.hand_over_unread(fx);
    }

    /// Ends the taking of the message. If anything was said, the store is asked to save it.
    fn close_message(&mut self, message: &MessageTaking, taken: Taken, fx: &mut Effects) {
        let now = self.last_fact_at;
        match taken {
            Taken::Kept { from_ms, to_ms, speech_ms } => {
                let effect = message.effect;
                fx.push(note(Decision::MessageTaken { effect, from_ms, to_ms, speech_ms }));
                self.save_message(effect, now, fx);
            }
            Taken::Empty => {
                self.finish_tool(message.effect, ToolOutcome::done("the caller left no message"), now, fx)
            }
            Taken::Unrecorded => {
                let reason = "the call is not being recorded, so there is no message to keep".to_owned();
                self.finish_tool(message.effect, ToolOutcome::failed(reason), now, fx);
            }
        }
    }

    /// Whether nothing of it could be written.
    fn is_refused_by_disk(&self, message: &MessageTaking) -> bool {
        matches!(message.stage, Stage::Listening { since } if self.is_unwritten_since(since))
    }

    /// Returns what was spoken until then, or until the message would have ended by itself. If the process died while the caller was
    /// speaking, that time may be unknown.
    fn taken(&self, message: &MessageTaking, spoken_until: UnixMs) -> Taken {
        let Stage::Listening { since } = message.stage else { return Taken::Empty };
        let until = message.deadline.map_or(spoken_until, |deadline| deadline.min(spoken_until));
        let under_way_ms =
            self.conversation.caller_speaks_since().map(|speaking| until.ms_since(speaking.max(since)));
        if message.speech_ms == 0 && under_way_ms.is_none() {
            return Taken::Empty;
        }
        let (Some(from_ms), Some(to_ms)) = (self.recording_position(since), self.recording_position(until))
        else {
            return Taken::Unrecorded;
        };
        if from_ms >= to_ms {
            return Taken::Empty;
        }
        let speech_ms = message.speech_ms + under_way_ms.unwrap_or(0);
        Taken::Kept { from_ms, to_ms, speech_ms }
    }

    /// Requests a report once the noted message is on disk.
    fn save_message(&mut self, effect: EffectId, now: UnixMs, fx: &mut Effects) {
        if self.tools.keeps_message(effect, now + SAVE_MS_MAX) {
            fx.push(Effect::SaveMessage(effect));
        }
    }

    /// Requests the report again if the process died before it came. The journal is on disk by then.
    pub(super) fn save_messages_again(&mut self, now: UnixMs, fx: &mut Effects) {
        for effect in self.tools.keeping_messages() {
            self.save_message(effect, now, fx);
        }
    }

    /// The store has answered, or did not in time.
    pub(super) fn message_tool_ended(
        &mut self,
        effect: EffectId,
        outcome: &ToolOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Phase::TakingMessage(message) = self.lifecycle.phase() else { return };
        if message.effect == effect {
            let line = match outcome {
                ToolOutcome::Done { .. } => Line::MessageSaved,
                _ => Line::MessageFailed,
            };
            self.hush(fx);
            self.back_to_conversation(line, now, fx);
        }
    }

    fn back_to_conversation(&mut self, line: Line, now: UnixMs, fx: &mut Effects) {
        self.step(Step::Converse);
        self.conversation.clear_pending_speech();
        if self.is_away_by_phone() {
            // They would hear none of it, and their silence would end the call.
            return self.wait_for_phone(now, fx);
        }
        if self.is_giving_notice() {
            self.conversation.notice_mut().follow_with(line);
        } else {
            // The caller may have asked for the message before they had heard the notice.
            let opening = self.opening(line, fx);
            self.say(opening, fx);
            if opening != Line::Notice {
                self.attend(Attention::Converse, fx);
            }
        }
        self.hand_over_unread(fx);
        self.watch_silence(now);
    }
}
