//! Taking a message: an introduction with a tone, what the caller says, and keeping it.
//!
//! The audio is a part of the call's recording, so that it is on disk while it is spoken and a crash loses none of it.

use cordboard_schema::activity::AudioSpan;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;

use super::tooling::done;
use super::{Effect, Effects, Machine, Phase, note};
use crate::messages::{AssistantOrder, Attention};

/// The longest message.
const MESSAGE_MS_MAX: u64 = 120_000;
/// How long the caller may wait after the tone before the first word.
const FIRST_WORD_MS_MAX: u64 = 8_000;
/// Silence that ends a message.
const PAUSE_MS_MAX: u64 = 4_000;
/// How long the introduction may take before the message begins without it.
const INTRO_MS_MAX: u64 = 20_000;
/// How long the store may take to keep a message: it waits 2 s for the commit itself.
const SAVE_MS_MAX: u64 = 5_000;
/// The whole tool, from asking to keeping.
pub(super) const TOOL_MS_MAX: u64 = INTRO_MS_MAX + MESSAGE_MS_MAX + SAVE_MS_MAX;

/// A message being taken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MessageTaking {
    effect: EffectId,
    stage: Stage,
    speech_ms: u64,
    /// When this stage ends by itself.
    pub(super) deadline: Option<UnixMs>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The caller is being told what to do.
    Introducing,
    /// The caller speaks, from this moment and ms of the recording on.
    Listening { since: UnixMs, from_ms: Option<u64> },
    /// The store is keeping it.
    Saving,
}

impl Machine {
    pub(super) fn take_message(&mut self, effect: EffectId, fx: &mut Effects) {
        self.order(AssistantOrder::Attend(Attention::Listen), fx);
        self.say(Line::MessageIntro, fx);
        self.silence = Default::default();
        let deadline = Some(self.last_fact_at + INTRO_MS_MAX);
        self.phase =
            Phase::TakingMessage(MessageTaking { effect, stage: Stage::Introducing, speech_ms: 0, deadline });
    }

    /// The tone was heard, or cut short by a caller who speaks already.
    pub(super) fn message_intro_heard(&mut self, now: UnixMs) {
        let from_ms = self.recording_position(now);
        let speaking = self.caller_speaking;
        if let Phase::TakingMessage(message) = &mut self.phase
            && message.stage == Stage::Introducing
        {
            message.stage = Stage::Listening { since: now, from_ms };
            message.deadline = Some(now + if speaking { MESSAGE_MS_MAX } else { FIRST_WORD_MS_MAX });
        }
    }

    pub(super) fn message_speech_started(&mut self, now: UnixMs) {
        if let Phase::TakingMessage(message) = &mut self.phase
            && let Stage::Listening { since, .. } = message.stage
        {
            message.deadline = Some((since + MESSAGE_MS_MAX).max(now));
        }
    }

    pub(super) fn message_speech_stopped(&mut self, speech_ms: u64, now: UnixMs) {
        if let Phase::TakingMessage(message) = &mut self.phase
            && let Stage::Listening { since, .. } = message.stage
        {
            message.speech_ms += speech_ms;
            message.deadline = Some((since + MESSAGE_MS_MAX).min(now + PAUSE_MS_MAX));
        }
    }

    /// The message's own time is over: the introduction was never heard, the caller paused, or spoke the longest.
    pub(super) fn message_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        match &self.phase {
            Phase::TakingMessage(MessageTaking { stage: Stage::Introducing, .. }) => {
                self.message_intro_heard(now)
            }
            _ => self.finish_message(now, fx),
        }
    }

    /// The caller has finished: keeps what was said, or says that nothing was.
    pub(super) fn finish_message(&mut self, now: UnixMs, fx: &mut Effects) {
        let Phase::TakingMessage(message) = self.phase.clone() else { return };
        if message.stage == Stage::Saving {
            return;
        }
        self.hush(fx);
        if self.keep_message(&message, now, fx) {
            self.phase =
                Phase::TakingMessage(MessageTaking { stage: Stage::Saving, deadline: None, ..message });
        } else {
            self.finish_tool(message.effect, done("the caller left no message"), now, fx);
            self.back_to_conversation(Line::MessageEmpty, fx);
        }
    }

    /// The call goes elsewhere while a message is being taken: what was said is kept all the same.
    pub(super) fn stop_message(&mut self, now: UnixMs, fx: &mut Effects) {
        let Phase::TakingMessage(message) = self.phase.clone() else { return };
        if message.stage != Stage::Saving && !self.keep_message(&message, now, fx) {
            self.finish_tool(message.effect, done("the caller left no message"), now, fx);
        }
    }

    /// Asks the store to keep the message, where there is one. Says whether it did.
    fn keep_message(&mut self, message: &MessageTaking, now: UnixMs, fx: &mut Effects) -> bool {
        let Stage::Listening { since, from_ms: Some(from_ms) } = message.stage else { return false };
        let speech_ms = message.speech_ms + if self.caller_speaking { now.ms_since(since) } else { 0 };
        let Some(to_ms) = self.recording_position(now).filter(|to_ms| speech_ms > 0 && *to_ms > from_ms)
        else {
            return false;
        };
        if let Some(tool) = self.running.iter_mut().find(|tool| tool.effect == message.effect) {
            tool.deadline = now + SAVE_MS_MAX;
        }
        let span = AudioSpan { from_ms, to_ms };
        fx.push(note(Decision::MessageTaken { effect: message.effect, from_ms, to_ms, speech_ms }));
        fx.push(Effect::SaveMessage { effect: message.effect, span, speech_ms });
        true
    }

    /// The store answered, or did not in time.
    pub(super) fn message_tool_ended(&mut self, effect: EffectId, outcome: &ToolOutcome, fx: &mut Effects) {
        let Phase::TakingMessage(message) = &self.phase else { return };
        if message.effect == effect {
            let line = match outcome {
                ToolOutcome::Done { .. } => Line::MessageSaved,
                _ => Line::MessageFailed,
            };
            self.hush(fx);
            self.back_to_conversation(line, fx);
        }
    }

    fn back_to_conversation(&mut self, line: Line, fx: &mut Effects) {
        self.phase = Phase::Conversing;
        self.say(line, fx);
        self.order(AssistantOrder::Attend(Attention::Converse), fx);
    }
}
