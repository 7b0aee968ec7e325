//! The caller, the assistant, and faults.

use cordboard_call::AssistantOrder;
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::switch::FreeswitchMode;
use rand::Rng;
use serde_json::json;

use super::switch::Doing;
use super::world::{Happening, World};

/// A very simple assistant: it says what it is told to say, and calls tools at random.
#[derive(Clone, Debug, Default)]
pub(super) struct Assistant {
    pub(super) leg: Option<LegId>,
    /// Whether a cord leads to the caller.
    pub(super) is_heard: bool,
    /// The utterance in the caller's ear, and the number of its end.
    saying: Option<(ItemId, u64)>,
    utterances: u64,
    tool_calls: u32,
}

impl World {
    /// The halves arrive in any order, or not at all.
    pub(super) fn caller_calls(&mut self, mode: FreeswitchMode) {
        self.switch.is_alive = true;
        self.switch.opens_stream_itself = mode == FreeswitchMode::Audio || self.random.random_bool(0.2);
        if self.switch.opens_stream_itself {
            self.soon(2_000, Happening::Switch(Doing::StreamComes { confirmed: false }));
        }
        if mode != FreeswitchMode::Audio {
            self.soon(2_000, Happening::Switch(Doing::ComesOutbound));
            if self.random.random_bool(0.9) {
                self.soon(3_000, Happening::Switch(Doing::ComesInbound));
            }
        }
        self.soon(4_000, Happening::CallerActs);
        self.soon(4_000, Happening::Break);
    }

    pub(super) fn caller_acts(&mut self) {
        if !self.switch.is_alive || self.switch.is_elsewhere {
            return;
        }
        match self.random.random_range(0..100_u32) {
            0..4 => self.channel_dies(HangupBy::Caller, "NORMAL_CLEARING"),
            4..24 if !self.switch.is_bridged => {
                let key =
                    ['0', '7', '7', '7', '#', '#', '#', '9', '9', '*'][self.random.random_range(0..10_usize)];
                let digit = key.try_into().unwrap();
                self.switch_tells(Fact::Dtmf { leg: None, digit, duration_ms: Some(120) });
            }
            30..40 => {
                self.switch.is_held = !self.switch.is_held;
                self.switch_tells(if self.switch.is_held { Fact::Held } else { Fact::Unheld });
            }
            40..50 if self.switch.is_bridged => self.switch_does(Doing::PersonLeaves),
            50..56 => self.post(Fact::HoldAsked),
            56..62 => self.post(Fact::UnholdAsked),
            62..66 => self.post(Fact::HandoffAsked { target: "operator".to_owned() }),
            66 => self.post(Fact::TransferAsked { target: "operator".to_owned() }),
            67 => {
                let cause = HangupCause("operator".to_owned());
                self.post(Fact::Hangup { by: HangupBy::Api, cause });
            }
            _ => {}
        }
        self.soon(4_000, Happening::CallerActs);
    }

    pub(super) fn something_breaks(&mut self) {
        if self.goes_wrong() && self.is_served() {
            match self.random.random_range(0..10_u32) {
                0..4 => self.outbound_breaks(),
                4..6 => self.inbound_breaks(),
                6..8 => self.audio_breaks(),
                8 => self.tell(Fact::Reborn { during: None }),
                _ => self.process_dies(),
            }
        }
        self.soon(4_000, Happening::Break);
    }

    /// Reports a fact to the call from this side of the switch.
    pub(super) fn post(&mut self, fact: Fact) {
        let process = self.process;
        self.later(0, Happening::Reported(process, fact));
    }

    pub(super) fn assistant_starts(&mut self, leg: LegId) {
        self.assistant = Assistant { leg: Some(leg), ..Assistant::default() };
        let process = self.process;
        let fact = match self.goes_wrong() {
            false => Fact::AssistantReady { leg, provider: "openai".to_owned(), speaks_text: true },
            true => {
                let failure = ProviderFailure::Unreachable;
                Fact::AssistantFailed { leg, failure, reason: "gone".to_owned() }
            }
        };
        self.soon(400, Happening::Reported(process, fact));
        self.soon(6_000, Happening::AssistantActs);
    }

    pub(super) fn assistant_is_told(&mut self, order: &AssistantOrder) {
        match order {
            AssistantOrder::Say(_)
            | AssistantOrder::GoOn
            | AssistantOrder::CallerTyped(_)
            | AssistantOrder::SayText(_) => {
                let line = match order {
                    AssistantOrder::Say(line) => Some(*line),
                    _ => None,
                };
                self.assistant_says(line);
            }
            AssistantOrder::Stop => {
                self.utterance_is_cut();
                self.assistant = Assistant::default();
            }
            _ => {}
        }
    }

    fn assistant_says(&mut self, line: Option<cordboard_schema::line::Line>) {
        self.utterance_is_cut();
        let Some(leg) = self.assistant.leg else { return };
        let item = ItemId(self.call.machine.newest_item().0 + 1);
        let audio_ms = self.random.random_range(200..3_000);
        self.post(Fact::ItemStarted { leg, item, line });
        self.post(Fact::ItemComplete { item, text: "One two three.".to_owned(), audio_ms });
        if self.assistant.is_heard {
            self.assistant.utterances += 1;
            let number = self.assistant.utterances;
            self.assistant.saying = Some((item, number));
            self.later(audio_ms, Happening::Heard(number));
        } else {
            self.post(Fact::PlayedUntil { item, heard_ms: 0, end: PlayedEnd::Cleared });
        }
    }

    pub(super) fn utterance_is_heard(&mut self, number: u64) {
        if let Some((item, _)) = self.assistant.saying.take_if(|(_, saying)| *saying == number) {
            self.post(Fact::PlayedUntil { item, heard_ms: 3_000, end: PlayedEnd::Finished });
        }
    }

    pub(super) fn utterance_is_cut(&mut self) {
        if let Some((item, _)) = self.assistant.saying.take() {
            self.post(Fact::PlayedUntil { item, heard_ms: 100, end: PlayedEnd::Cleared });
        }
    }

    pub(super) fn assistant_acts(&mut self) {
        if self.assistant.leg.is_none() {
            return;
        }
        let tools =
            ["hold_call", "unhold_call", "check_extension", "request_handoff", "transfer_call", "end_call"];
        let name = match self.random.random_range(0..20_u32) {
            at @ 0..4 => tools[at as usize],
            4..8 => "request_handoff",
            8 => tools[self.random.random_range(0..tools.len())],
            _ => "",
        };
        if !name.is_empty() {
            self.assistant.tool_calls += 1;
            let tool_call = format!("leg {:?} call {}", self.assistant.leg, self.assistant.tool_calls);
            let arguments = match name {
                "check_extension" | "transfer_call" => json!({ "target": "operator" }),
                "request_handoff" => json!({ "target": "operator", "reason": "a bill" }),
                _ => json!({}),
            };
            self.post(Fact::ToolCall { tool_call, name: name.to_owned(), arguments });
        } else {
            self.assistant_says(None);
        }
        self.soon(6_000, Happening::AssistantActs);
    }
}
