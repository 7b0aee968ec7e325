//! Answers to tools in a replay: the answer of the stored call, or a substitute.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{RecordedTool, RecordedTurn};
use crate::tool::{ToolName, ToolOutcome};

/// Source of a tool's answer in a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnswerSource {
    /// The stored call requested the same tool with the same arguments; this is its answer.
    Recorded,
    /// The stored call requested the same tool with other arguments; this is its answer.
    RecordedElsewhere,
    /// The stored call did not request the tool; this is a substitute. Nothing was done.
    StandIn,
}

/// The answer to a tool that is not run, in words for the assistant.
pub const NOT_CARRIED_OUT: &str =
    "This is a rehearsal: nothing was carried out. Go on as if it had been done.";

/// The answers of a stored call's tools. Each is given once before any is repeated.
#[derive(Clone, Debug)]
pub struct ToolRecord {
    answers: Vec<Answer>,
}

#[derive(Clone, Debug)]
struct Answer {
    name: String,
    arguments: Value,
    outcome: ToolOutcome,
    used: bool,
}

impl ToolRecord {
    /// Returns the answers of these turns.
    pub fn of(turns: &[RecordedTurn]) -> Self {
        let answer = |tool: &RecordedTool| {
            let outcome = tool.outcome.clone()?;
            Some(Answer { name: tool.name.clone(), arguments: tool.arguments.clone(), outcome, used: false })
        };
        Self { answers: turns.iter().flat_map(|turn| &turn.tools).filter_map(answer).collect() }
    }

    /// Returns the answer to a tool that is requested now. An answer to the same request is preferred, and an unused answer to a
    /// used one.
    pub fn answer(&mut self, name: &str, arguments: &Value) -> (ToolOutcome, AnswerSource) {
        let rank = |answer: &Answer| (answer.arguments != *arguments, answer.used);
        let wanted = action(name, arguments);
        let is_of_action = |answer: &Answer| action(name, &answer.arguments) == wanted;
        let known = self.answers.iter_mut().filter(|answer| answer.name == name && is_of_action(answer));
        let Some(best) = known.min_by_key(|answer| rank(answer)) else {
            return (ToolOutcome::done(NOT_CARRIED_OUT), AnswerSource::StandIn);
        };
        best.used = true;
        let is_same = best.arguments == *arguments;
        let source = if is_same { AnswerSource::Recorded } else { AnswerSource::RecordedElsewhere };
        (best.outcome.clone(), source)
    }
}

/// Returns the action of a request to a tool that does several things: free times are no answer to the question for the caller's appointments.
fn action<'a>(name: &str, arguments: &'a Value) -> Option<&'a str> {
    (name == ToolName::BookEstimate.as_str()).then(|| arguments["action"].as_str()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(answers: &[(&str, Value, &str)]) -> ToolRecord {
        let answer = |(name, arguments, note): &(&str, Value, &str)| Answer {
            name: (*name).to_owned(),
            arguments: arguments.clone(),
            outcome: ToolOutcome::done(note),
            used: false,
        };
        ToolRecord { answers: answers.iter().map(answer).collect() }
    }

    #[test]
    fn the_same_request_gets_its_answer_and_others_the_next() {
        let mut record =
            record(&[("free", json!({ "day": 1 }), "Monday"), ("free", json!({ "day": 2 }), "Tuesday")]);
        let second = record.answer("free", &json!({ "day": 2 }));
        assert_eq!(second, (ToolOutcome::done("Tuesday"), AnswerSource::Recorded));
        let other = record.answer("free", &json!({ "day": 3 }));
        assert_eq!(other, (ToolOutcome::done("Monday"), AnswerSource::RecordedElsewhere));
        let again = record.answer("free", &json!({ "day": 2 }));
        assert_eq!(
            again,
            (ToolOutcome::done("Tuesday"), AnswerSource::Recorded),
            "asked twice, answered twice"
        );
    }

    #[test]
    fn another_action_of_a_tool_is_no_answer() {
        let asked = |action: &str| json!({ "action": action });
        let mut record =
            record(&[("book_estimate", asked("free_slots"), "Monday"), ("stock", asked("a"), "3")]);
        assert_eq!(record.answer("book_estimate", &asked("find_appointments")).1, AnswerSource::StandIn);
        let other = record.answer("book_estimate", &json!({ "action": "free_slots", "service": "x" }));
        assert_eq!(other, (ToolOutcome::done("Monday"), AnswerSource::RecordedElsewhere));
        assert_eq!(
            record.answer("stock", &asked("b")).0,
            ToolOutcome::done("3"),
            "a custom tool's own affair"
        );
    }

    #[test]
    fn a_tool_without_a_recorded_answer_gets_a_stand_in() {
        let (outcome, source) = record(&[]).answer("send_sms", &json!({ "text": "Hello" }));
        assert_eq!(source, AnswerSource::StandIn);
        let ToolOutcome::Done { note, .. } = outcome else { panic!("{outcome:?}") };
        assert!(note.contains("nothing was carried out"), "{note}");
    }
}
