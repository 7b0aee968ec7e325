//! Plays one call: a step is a turn of the caller, given to an assistant as text.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::assistant::{Account, ProviderFault, Rehearsal, RehearsalInput, WrittenCall};
use cordboard_actors::tools::ToolDefinition;
use cordboard_actors::tools::answer::answer;
use cordboard_schema::digit::Digits;
use cordboard_schema::limits::{REPLAY_COST_MICROS_MAX, REPLAY_TOOL_ROUNDS_MAX, REPLAY_TURNS_MAX};
use cordboard_schema::profile::{AgentProfile, KeyAction};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::replay::{
    AnswerSource, RecordedTurn, ReplayEnd, ReplayedCall, ReplayedTurn, Side, ToolInTurn, ToolRecord,
    TurnKind, compare, is_likely_the_end, is_wordless,
};
use cordboard_schema::tool::{ToolName, ToolOutcome};
use cordboard_schema::usage::{ModelPrice, price_of};
use serde_json::{Value, json};

use super::CallToReplay;

/// Number of turns of a call that a replay plays.
pub fn steps(turns: &[RecordedTurn]) -> u32 {
    u32::try_from(turns.len().min(REPLAY_TURNS_MAX + 1)).unwrap_or(u32::MAX)
}

/// A call that is being played.
pub(super) struct Player {
    rehearsal: Rehearsal,
    profile: Arc<AgentProfile>,
    tools: Arc<[ToolDefinition]>,
    record: ToolRecord,
    turns: VecDeque<RecordedTurn>,
    /// Whether the stored call has more turns than are played.
    is_cut: bool,
    /// The newest words, for the key that repeats them.
    said: String,
    prices: Arc<BTreeMap<String, ModelPrice>>,
    cost_micros: u64,
    played: ReplayedCall,
}

impl Player {
    /// Sets up an assistant for a call.
    pub(super) async fn begin(
        voice: Option<&dyn Account>,
        prompts: &Arc<SoundSet<Prompt>>,
        prices: Arc<BTreeMap<String, ModelPrice>>,
        call: &CallToReplay,
    ) -> Result<Self, ProviderFault> {
        let CallToReplay { profile, tools, errand, turns, example } = call;
        let mut rehearsal = match voice {
            Some(account) => Rehearsal::with(account, Arc::clone(profile), tools).await?,
            None => Rehearsal::with_builtin(Arc::clone(prompts)),
        };
        if let Some(errand) = errand {
            rehearsal.happened(errand)?;
        }
        let record = ToolRecord::of(turns);
        let mut turns: VecDeque<RecordedTurn> = turns.clone().into();
        if let Some(seq) = example.as_ref().and_then(|example| example.turn_seq) {
            turns = exchange(&mut rehearsal, turns, seq)?;
        }
        let is_cut = turns.len() > REPLAY_TURNS_MAX + 1;
        turns.truncate(REPLAY_TURNS_MAX + 1);
        let (profile, tools) = (Arc::clone(profile), Arc::clone(tools));
        let (said, played) = (String::new(), ReplayedCall::default());
        Ok(Self { rehearsal, profile, tools, record, turns, is_cut, said, prices, cost_micros: 0, played })
    }

    /// The assistant that answers.
    pub(super) fn provider(&self) -> &'static str {
        self.rehearsal.name()
    }

    pub(super) fn cost_micros(&self) -> u64 {
        self.cost_micros
    }

    pub(super) fn played(&self) -> &ReplayedCall {
        &self.played
    }

    pub(super) async fn close(self) {
        self.rehearsal.close().await;
    }

    /// Plays the next turn. Returns whether there was one.
    pub(super) async fn step(&mut self) -> Result<bool, ProviderFault> {
        if self.played.end.is_some() {
            return Ok(false);
        }
        let Some(turn) = self.turns.pop_front() else {
            self.played.end = Some(if self.is_cut { ReplayEnd::TooLong } else { ReplayEnd::Whole });
            return Ok(false);
        };
        let old = turn.side();
        let new = match turn.kind {
            TurnKind::Start => Some(self.start().await?),
            TurnKind::Words if is_wordless(&turn.caller) && self.rehearsal.understands_words() => None,
            TurnKind::Words => Some(self.ask(RehearsalInput::Caller(turn.caller.clone())).await?),
            TurnKind::Keys => Some(self.press(&turn.caller)),
        };
        let marks = new.as_ref().map(|new| compare(&old, new));
        let is_end = new.as_ref().is_some_and(|new| is_likely_the_end(new, &old));
        if let Some(new) = new.as_ref().filter(|new| !new.said.is_empty()) {
            self.said.clone_from(&new.said);
        }
        let RecordedTurn { seq, kind, caller, .. } = turn;
        self.played.turns.push(ReplayedTurn { seq, kind, caller, old, new, marks });
        self.played.settle();
        if !self.turns.is_empty() && is_end {
            self.played.end = Some(ReplayEnd::EndedEarly);
        } else if !self.turns.is_empty() && self.cost_micros >= REPLAY_COST_MICROS_MAX {
            self.played.end = Some(ReplayEnd::TooDear);
        }
        Ok(true)
    }

    /// Plays the beginning: the notice, verbatim, and the greeting.
    async fn start(&mut self) -> Result<Side, ProviderFault> {
        let mut side = self.ask(RehearsalInput::Greet).await?;
        if let Some(notice) = &self.profile.notice {
            side.said = format!("{notice} {}", side.said).trim_end().to_owned();
        }
        Ok(side)
    }

    async fn ask(&mut self, input: RehearsalInput) -> Result<Side, ProviderFault> {
        let (mut side, mut input) = (Side::default(), input);
        for _ in 0..=REPLAY_TOOL_ROUNDS_MAX {
            let written = self.rehearsal.answer(input).await?;
            if let Some((model, usage)) = &written.usage {
                // Charged like a call: a model with a date after its name has the price of the plain name.
                let cost = price_of(&self.prices, model).map_or(0, |price| usage.cost_micros(price));
                self.cost_micros = self.cost_micros.saturating_add(cost);
            }
            if !written.text.is_empty() {
                let between = if side.said.is_empty() { "" } else { " " };
                side.said = format!("{}{between}{}", side.said, written.text);
            }
            if written.calls.is_empty() {
                return Ok(side);
            }
            input = RehearsalInput::Results(
                written.calls.into_iter().map(|call| self.result(call, &mut side)).collect(),
            );
        }
        let reason = "the assistant calls tools repeatedly, and says nothing".to_owned();
        Err(ProviderFault::new(ProviderFailure::BadProtocol, reason))
    }

    /// Answers a tool call from the record. No tool is run.
    fn result(&mut self, call: WrittenCall, side: &mut Side) -> (WrittenCall, String) {
        let name = call.name.clone();
        let arguments = match call.arguments.trim() {
            "" => Ok(json!({})),
            text => serde_json::from_str::<Value>(text),
        };
        let is_offered = self.tools.iter().any(|tool| tool.name == name);
        let (arguments, (outcome, source)) = match arguments {
            Ok(arguments) if is_offered => {
                let answered = self.record.answer(&name, &arguments);
                (arguments, answered)
            }
            Ok(arguments) => {
                let reason = format!("there is no tool {name:?}");
                (arguments, (ToolOutcome::Refused { reason }, AnswerSource::StandIn))
            }
            Err(error) => {
                let reason = format!("the arguments are not JSON: {error}");
                (json!(call.arguments), (ToolOutcome::Refused { reason }, AnswerSource::StandIn))
            }
        };
        let output = answer(&outcome).to_string();
        side.tools.push(ToolInTurn { name, arguments, outcome: Some(outcome), answered_from: Some(source) });
        (call, output)
    }

    /// Keys are not passed to the assistant.
    fn press(&mut self, keys: &str) -> Side {
        let action = keys.parse::<Digits>().ok().and_then(|digits| self.profile.key_action(&digits).cloned());
        let tool = |tool: ToolName, arguments: Value| (tool.as_str(), arguments);
        let (name, arguments) = match action {
            None => return Side::default(),
            Some(KeyAction::Say { text }) => return Side { said: text, tools: Vec::new() },
            Some(KeyAction::Repeat) => return Side { said: self.said.clone(), tools: Vec::new() },
            Some(KeyAction::TransferCall { target }) => {
                tool(ToolName::TransferCall, json!({ "target": target }))
            }
            Some(KeyAction::RequestHandoff { target }) => {
                tool(ToolName::RequestHandoff, json!({ "target": target }))
            }
            Some(KeyAction::TakeMessage) => tool(ToolName::TakeMessage, json!({})),
            Some(KeyAction::DoNotCall) => tool(ToolName::DoNotCall, json!({})),
            Some(KeyAction::EndCall) => tool(ToolName::EndCall, json!({})),
        };
        let (outcome, source) = self.record.answer(name, &arguments);
        let name = name.to_owned();
        let tool = ToolInTurn { name, arguments, outcome: Some(outcome), answered_from: Some(source) };
        Side { said: String::new(), tools: vec![tool] }
    }
}

/// Returns the turn that an example tests, after the assistant got what was said and done before it.
fn exchange(
    rehearsal: &mut Rehearsal,
    turns: VecDeque<RecordedTurn>,
    seq: u64,
) -> Result<VecDeque<RecordedTurn>, ProviderFault> {
    let mut recalled = 0_u32;
    for turn in turns {
        if turn.seq == seq {
            return Ok(VecDeque::from([turn]));
        }
        if turn.kind == TurnKind::Words && !is_wordless(&turn.caller) {
            rehearsal.recall(true, &turn.caller)?;
        }
        for tool in turn.tools.iter().filter(|tool| tool.is_by_assistant()) {
            let Some(outcome) = &tool.outcome else { continue };
            recalled += 1;
            let arguments = if tool.arguments.is_object() { tool.arguments.clone() } else { json!({}) };
            let call = WrittenCall {
                call_id: format!("recalled_{recalled}"),
                name: tool.name.clone(),
                arguments: arguments.to_string(),
            };
            rehearsal.recall_tool(call, answer(outcome).to_string())?;
        }
        if !turn.said.is_empty() {
            rehearsal.recall(false, &turn.said.join(" "))?;
        }
    }
    let reason = "the call no longer has that turn".to_owned();
    Err(ProviderFault::new(ProviderFailure::Other, reason))
}
