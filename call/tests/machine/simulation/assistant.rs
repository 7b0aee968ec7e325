//! The assistant, similar to the built-in one: it says lines, answers speech, and sometimes calls a tool.

use cordboard_call::{AssistantOrder, Attention};
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::usage::TokenUsage;
use rand::Rng;
use serde_json::json;

use super::world::{Happening, Sender, World};

/// How long speech lasts before it is noticed, and silence before speech is over, in ms.
const NOTICED_AFTER_MS: u64 = 240;
const OVER_AFTER_MS: u64 = 700;

/// An assistant of the call.
#[derive(Clone, Debug)]
pub(crate) struct Assistant {
    pub(crate) leg: LegId,
    attention: Attention,
    next_item: ItemId,
    /// The speech that it hears, once it has noticed it.
    hears: Option<(usize, u64)>,
    tool_calls: u32,
}

impl World {
    pub(crate) fn assistant_starts(&mut self, leg: LegId) {
        let next_item = ItemId(self.call.machine.newest_item().0 + 1);
        self.assistant =
            Some(Assistant { leg, attention: Attention::Converse, next_item, hears: None, tool_calls: 0 });
        if !self.goes_wrong(self.faults.assistant_absent) {
            let connecting_ms = self.random.random_range(0..400);
            self.later(connecting_ms, Happening::AssistantConnects(leg));
        }
    }

    /// Another assistant is tried alongside it.
    pub(crate) fn candidate_starts(&mut self, leg: LegId) {
        self.candidate = Some(leg);
        let connecting_ms = self.random.random_range(0..400);
        if self.goes_wrong(self.faults.assistant_absent) {
            let failure = ProviderFailure::ALL[self.random.random_range(0..ProviderFailure::ALL.len())];
            return self
                .post(Sender::Candidate, Fact::AssistantFailed { leg, failure, reason: "away".to_owned() });
        }
        self.later(connecting_ms, Happening::AssistantConnects(leg));
    }

    /// That assistant takes over.
    pub(crate) fn candidate_serves(&mut self) {
        if let Some(leg) = self.candidate.take() {
            let next_item = ItemId(self.call.machine.newest_item().0 + 1);
            self.assistant = Some(Assistant {
                leg,
                attention: Attention::Converse,
                next_item,
                hears: None,
                tool_calls: 0,
            });
        }
    }

    pub(crate) fn assistant_connects(&mut self, leg: LegId) {
        if self.candidate == Some(leg) {
            let provider = "openai".to_owned();
            let ready = Fact::AssistantReady { leg, provider, speaks_text: false };
            return self.post(Sender::Candidate, ready);
        }
        if self.assistant.as_ref().is_some_and(|assistant| assistant.leg == leg) {
            self.post(
                Sender::Assistant,
                Fact::AssistantReady { leg, provider: "builtin".to_owned(), speaks_text: false },
            );
        }
    }

    pub(crate) fn assistant_is_told(&mut self, leg: LegId, order: &AssistantOrder) {
        let Some(assistant) = self.assistant.as_mut().filter(|assistant| assistant.leg == leg) else {
            return;
        };
        match order {
            AssistantOrder::Say(line) => self.assistant_says(Some(*line)),
            AssistantOrder::GoOn | AssistantOrder::CallerTyped(_) => self.assistant_says(None),
            AssistantOrder::Attend(attention) => assistant.attention = *attention,
            AssistantOrder::SayText(_)
            | AssistantOrder::Happened(_)
            | AssistantOrder::Heard { .. }
            | AssistantOrder::ToolResult { .. }
            | AssistantOrder::Tools(_)
            | AssistantOrder::Resync
            | AssistantOrder::TakeOver { .. } => {}
            AssistantOrder::Stop => self.assistant = None,
        }
        if self.goes_wrong(self.faults.assistant_fails) && self.assistant.take().is_some() {
            let failure = ProviderFailure::ALL[self.random.random_range(0..ProviderFailure::ALL.len())];
            self.post(Sender::Assistant, Fact::AssistantFailed { leg, failure, reason: "gone".to_owned() });
        }
    }

    /// Says something, all of it at once: it is in the ear before the call hears of it.
    fn assistant_says(&mut self, line: Option<Line>) {
        let lost = self.goes_wrong(self.faults.item_lost);
        let audio_ms = self.random.random_range(200..6_000);
        let Some(assistant) = &mut self.assistant else { return };
        let (leg, item) = (assistant.leg, assistant.next_item);
        assistant.next_item = ItemId(item.0 + 1);
        self.post(Sender::Assistant, Fact::ItemStarted { leg, item, line });
        if lost {
            return;
        }
        let is_given = self.give_ear(item, audio_ms);
        let text = "One two three four.".to_owned();
        self.post(Sender::Assistant, Fact::ItemComplete { item, text, audio_ms });
        if line.is_none() {
            let (model, source) = ("voice".to_owned(), format!("answer {item}"));
            let usage = TokenUsage { audio_output: 1_000, ..TokenUsage::default() };
            self.post(Sender::Assistant, Fact::Usage { leg, model, source, usage });
            self.answers_used += 1;
        }
        if !is_given {
            let end = PlayedEnd::Cleared;
            self.post(Sender::Assistant, Fact::PlayedUntil { item, heard_ms: 0, end });
        }
    }

    /// The caller begins to speak, for this long.
    pub(crate) fn assistant_hears_speech(&mut self, speech: usize, speech_ms: u64) {
        if speech_ms >= NOTICED_AFTER_MS {
            self.later(NOTICED_AFTER_MS, Happening::SpeechNoticed(speech, speech_ms));
        }
    }

    pub(crate) fn speech_is_noticed(&mut self, speech: usize, speech_ms: u64) {
        let still_speaks = self.caller.speaking == Some(speech) && self.is_plugged();
        if let Some(assistant) = self.assistant.as_mut().filter(|_| still_speaks) {
            // After a pause that was not the end, the same speech goes on.
            let goes_on = assistant.hears.replace((speech, speech_ms)).is_some();
            if !goes_on {
                self.post(Sender::Assistant, Fact::SpeechStarted);
            }
            self.later(speech_ms - NOTICED_AFTER_MS + OVER_AFTER_MS, Happening::SpeechIsOver(speech));
        }
    }

    /// The assistant notices that the caller has stopped, or that their line has fallen silent.
    pub(crate) fn speech_is_over(&mut self, speech: usize) {
        let Some(assistant) = &mut self.assistant else { return };
        let Some((_, speech_ms)) = assistant.hears.take_if(|(hears, _)| *hears == speech) else { return };
        let answers = assistant.attention == Attention::Converse;
        self.post(Sender::Assistant, Fact::SpeechStopped { speech_ms });
        if !self.goes_wrong(self.faults.words_lost) {
            self.post(Sender::Assistant, Fact::Transcript { text: format!("speech {speech}") });
        }
        match self.random.random_range(0..10_u32) {
            _ if !answers => {}
            0..2 => self.assistant_asks_for_a_tool(),
            2 => {
                self.assistant_says(None);
                self.assistant_asks_for_a_tool();
            }
            _ => self.assistant_says(None),
        }
    }

    fn assistant_asks_for_a_tool(&mut self) {
        let name = ["end_call", "take_message", "take_message", "transfer_call", "format_disk"]
            [self.random.random_range(0..5_usize)];
        let arguments = if name == "transfer_call" { json!({ "target": "operator" }) } else { json!({}) };
        let Some(assistant) = &mut self.assistant else { return };
        assistant.tool_calls += 1;
        let tool_call = format!("leg {} call {}", assistant.leg, assistant.tool_calls);
        self.post(Sender::Assistant, Fact::ToolCall { tool_call, name: name.to_owned(), arguments });
    }
}
