//! The turns of a stored call: the caller's words, and the assistant's reaction at that time.

use serde_json::{Value, json};

use super::{Side, ToolInTurn, TurnKind};
use crate::event::{Decision, Event, Fact, JournalEntry};
use crate::ids::EffectId;
use crate::tool::{ToolOrigin, ToolOutcome};

/// A tool of a stored call.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedTool {
    /// Its name.
    pub name: String,
    /// Its arguments; an empty object if the caller requested it by a key or in words.
    pub arguments: Value,
    /// Outcome of the tool.
    pub outcome: Option<ToolOutcome>,
    /// The provider's id of the request.
    request: Option<String>,
    /// The run.
    effect: Option<EffectId>,
}

impl RecordedTool {
    /// Whether the assistant requested it.
    pub fn is_by_assistant(&self) -> bool {
        self.request.is_some()
    }
}

/// A turn of a stored call.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedTurn {
    /// Place of the caller's words in the journal; 0 for the beginning.
    pub seq: u64,
    /// Kind of the turn.
    pub kind: TurnKind,
    /// The caller's words, or the keys.
    pub caller: String,
    /// The assistant's words, as far as they were heard.
    pub said: Vec<String>,
    /// The tools that ran in the turn.
    pub tools: Vec<RecordedTool>,
}

impl RecordedTurn {
    fn new(seq: u64, kind: TurnKind, caller: String) -> Self {
        Self { seq, kind, caller, said: Vec::new(), tools: Vec::new() }
    }

    /// Returns the turn as one side of a comparison.
    pub fn side(&self) -> Side {
        let tool = |tool: &RecordedTool| ToolInTurn {
            name: tool.name.clone(),
            arguments: tool.arguments.clone(),
            outcome: tool.outcome.clone(),
            answered_from: None,
        };
        Side { said: self.said.join(" "), tools: self.tools.iter().map(tool).collect() }
    }
}

/// Whether a line of the transcript only says that somebody spoke, as the built-in assistant writes it.
pub fn is_wordless(line: &str) -> bool {
    line.strip_prefix("(speech, ").and_then(|rest| rest.strip_suffix(" s)")).is_some()
}

/// Returns the turns of the call with this journal, in order. The first is its beginning. All words of the caller before an
/// answer are one turn.
pub fn recorded<'a>(journal: impl IntoIterator<Item = &'a JournalEntry>) -> Vec<RecordedTurn> {
    let mut call = Reading { turns: vec![RecordedTurn::new(0, TurnKind::Start, String::new())] };
    for entry in journal {
        match &entry.event {
            Event::Fact(Fact::ToolCall { tool_call, name, arguments }) => {
                call.tool(name, arguments.clone(), Some(tool_call.clone()), None);
            }
            Event::Decision(decision) => call.decision(entry.seq, decision),
            Event::Fact(_) => {}
        }
    }
    call.turns
}

struct Reading {
    turns: Vec<RecordedTurn>,
}

impl Reading {
    fn decision(&mut self, seq: u64, decision: &Decision) {
        match decision {
            Decision::CallerSaid { text } => self.caller_said(seq, text),
            Decision::KeyPressed { digits, .. } => {
                self.turns.push(RecordedTurn::new(seq, TurnKind::Keys, digits.to_string()));
            }
            Decision::AssistantSaid { text, .. } if !text.is_empty() => {
                if let Some(turn) = self.turns.last_mut() {
                    turn.said.push(text.clone());
                }
            }
            Decision::ToolStarted { effect, tool, origin } => self.started(*effect, tool.as_str(), origin),
            Decision::CustomToolStarted { effect, tool, origin } => self.started(*effect, tool, origin),
            Decision::ToolFinished { effect, tool, outcome, .. } => self.finished(*effect, tool, outcome),
            _ => {}
        }
    }

    fn caller_said(&mut self, seq: u64, text: &str) {
        match self.turns.last_mut() {
            Some(turn) if turn.kind == TurnKind::Words && turn.said.is_empty() && turn.tools.is_empty() => {
                turn.caller.push(' ');
                turn.caller.push_str(text);
            }
            _ => self.turns.push(RecordedTurn::new(seq, TurnKind::Words, text.to_owned())),
        }
    }

    fn tool(&mut self, name: &str, arguments: Value, request: Option<String>, effect: Option<EffectId>) {
        let tool = RecordedTool { name: name.to_owned(), arguments, outcome: None, request, effect };
        if let Some(turn) = self.turns.last_mut() {
            turn.tools.push(tool);
        }
    }

    /// Records that a tool began. A tool that the model requested is identified by its request.
    fn started(&mut self, effect: EffectId, name: &str, origin: &ToolOrigin) {
        match origin {
            ToolOrigin::Assistant { tool_call } => {
                let known = self.tools().find(|tool| tool.request.as_ref() == Some(tool_call));
                if let Some(tool) = known {
                    tool.effect = Some(effect);
                }
            }
            ToolOrigin::Key | ToolOrigin::Words => self.tool(name, json!({}), None, Some(effect)),
        }
    }

    /// Records that a tool ended. A tool that never began was refused, and is the first waiting one with its name.
    fn finished(&mut self, effect: EffectId, name: &str, outcome: &ToolOutcome) {
        let place = {
            let all: Vec<&RecordedTool> = self.turns.iter().flat_map(|turn| &turn.tools).collect();
            let by_run = all.iter().position(|tool| tool.effect == Some(effect));
            by_run.or_else(|| {
                all.iter()
                    .position(|tool| tool.effect.is_none() && tool.outcome.is_none() && tool.name == name)
            })
        };
        if let Some(place) = place
            && let Some(tool) = self.tools().nth(place)
        {
            tool.outcome = Some(outcome.clone());
        }
    }

    fn tools(&mut self) -> impl Iterator<Item = &mut RecordedTool> {
        self.turns.iter_mut().flat_map(|turn| &mut turn.tools)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::PlayedEnd;
    use crate::ids::{CallId, ItemId, OrganizationId};
    use crate::time::UnixMs;
    use crate::tool::ToolName;

    fn journal(events: Vec<Event>) -> Vec<JournalEntry> {
        let organization_id: OrganizationId = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10".parse().unwrap();
        let call_id: CallId = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e11".parse().unwrap();
        let entry = |(seq, event)| JournalEntry { organization_id, call_id, seq, at: UnixMs(1), event };
        (1..).zip(events).map(entry).collect()
    }

    fn caller(text: &str) -> Event {
        Event::Decision(Decision::CallerSaid { text: text.to_owned() })
    }

    fn assistant(text: &str) -> Event {
        let (item, text) = (ItemId(1), text.to_owned());
        Event::Decision(Decision::AssistantSaid { item, text, heard_ms: 1, end: PlayedEnd::Finished })
    }

    #[test]
    fn a_calls_turns_are_its_beginning_and_the_callers_words() {
        let request = Fact::ToolCall {
            tool_call: "c1".to_owned(),
            name: "create_lead".to_owned(),
            arguments: json!({ "name": "Ada" }),
        };
        let effect = EffectId(1);
        let origin = ToolOrigin::Assistant { tool_call: "c1".to_owned() };
        let outcome = ToolOutcome::done("Written down.");
        let started = Decision::ToolStarted { effect, tool: ToolName::CreateLead, origin };
        let finished = Decision::ToolFinished {
            effect,
            tool: "create_lead".to_owned(),
            outcome: outcome.clone(),
            took_ms: 3,
        };
        let turns = recorded(&journal(vec![
            assistant("Good day."),
            caller("I want"),
            caller("a new roof."),
            Event::Fact(request),
            Event::Decision(started),
            Event::Decision(finished),
            assistant("Noted."),
            caller("Bye."),
        ]));
        let found: Vec<_> = turns.iter().map(|turn| (turn.seq, &*turn.caller, turn.said.join(" "))).collect();
        let expected = [
            (0, "", "Good day.".to_owned()),
            (2, "I want a new roof.", "Noted.".to_owned()),
            (8, "Bye.", String::new()),
        ];
        assert_eq!(found, expected);
        let [tool] = &turns[1].tools[..] else { panic!("one tool: {turns:?}") };
        assert_eq!((&tool.outcome, &tool.arguments), (&Some(outcome), &json!({ "name": "Ada" })));
    }

    #[test]
    fn a_refused_tool_has_its_answer_without_having_begun() {
        let request =
            Fact::ToolCall { tool_call: "c1".to_owned(), name: "fly".to_owned(), arguments: json!({}) };
        let effect = EffectId(1);
        let outcome = ToolOutcome::failed("there is no such tool");
        let refused =
            Decision::ToolFinished { effect, tool: "fly".to_owned(), outcome: outcome.clone(), took_ms: 0 };
        let turns = recorded(&journal(vec![caller("Fly."), Event::Fact(request), Event::Decision(refused)]));
        assert_eq!(turns[1].tools[0].outcome, Some(outcome));
    }

    #[test]
    fn untranscribed_speech_is_recognized() {
        assert!(is_wordless("(speech, 2.1 s)"));
        assert!(!is_wordless("I made a speech, 2.1 s long."));
    }
}
