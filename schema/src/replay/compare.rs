//! Differences between two assistants in a turn, and the outcomes of a call.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Side, ToolInTurn};
use crate::tool::{ToolName, ToolOutcome};

/// Minimum share of common words, in percent, of two answers that count as close.
const CLOSE_PERCENT: usize = 60;

/// Similarity of two answers, by their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WordsLikeness {
    /// The same words, ignoring case and punctuation.
    Same,
    /// Most words are the same.
    Close,
    /// Other words.
    Different,
}

/// Differences of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Marks {
    /// The words.
    pub words: WordsLikeness,
    /// Tools that the stored call requested and the replay did not.
    pub tools_missing: Vec<String>,
    /// Tools that the replay requested and the stored call did not.
    pub tools_added: Vec<String>,
}

impl Marks {
    /// Whether the turn went differently: other words, or other tools.
    pub fn differ(&self) -> bool {
        self.words == WordsLikeness::Different
            || !self.tools_missing.is_empty()
            || !self.tools_added.is_empty()
    }
}

/// Outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReplayOutcome))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A person took over, or the caller was transferred.
    HandedOver,
    /// An appointment was made.
    Booked,
    /// A lead was recorded.
    Lead,
    /// A message was taken.
    Message,
    /// A text message was sent.
    Text,
    /// The assistant said goodbye.
    Ended,
}

/// Returns the words of an answer, without case and punctuation.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn likeness(old: &str, new: &str) -> WordsLikeness {
    let (old, new) = (words(old), words(new));
    if old == new {
        return WordsLikeness::Same;
    }
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.into_iter().collect(), new.into_iter().collect());
    let (common, all) = (old.intersection(&new).count(), old.union(&new).count());
    if common * 100 >= all * CLOSE_PERCENT { WordsLikeness::Close } else { WordsLikeness::Different }
}

/// Returns the names in `these` that are missing in `those`. A name that occurs twice can be missing twice.
fn missing(these: &[ToolInTurn], those: &[ToolInTurn]) -> Vec<String> {
    let mut left: Vec<&str> = those.iter().map(|tool| tool.name.as_str()).collect();
    let mut missing = Vec::new();
    for tool in these {
        match left.iter().position(|name| *name == tool.name) {
            Some(place) => {
                left.swap_remove(place);
            }
            None => missing.push(tool.name.clone()),
        }
    }
    missing
}

/// Compares the replay of a turn with the stored call.
pub fn compare(old: &Side, new: &Side) -> Marks {
    Marks {
        words: likeness(&old.said, &new.said),
        tools_missing: missing(&old.tools, &new.tools),
        tools_added: missing(&new.tools, &old.tools),
    }
}

fn has_worked(tool: &ToolInTurn) -> bool {
    matches!(tool.outcome, None | Some(ToolOutcome::Done { .. }))
}

/// Returns the outcomes of a call that requested these tools: one for each that succeeded.
pub fn outcomes<'a>(tools: impl IntoIterator<Item = &'a ToolInTurn>) -> Vec<Outcome> {
    let outcome = |tool: &ToolInTurn| match ToolName::named(&tool.name)? {
        ToolName::TransferCall | ToolName::RequestHandoff | ToolName::EscalateToHuman => {
            Some(Outcome::HandedOver)
        }
        name if name.only_looks(&tool.arguments) => None,
        // Nothing is booked by calling an appointment off.
        ToolName::BookEstimate if tool.arguments["action"] == "cancel" => None,
        ToolName::BookEstimate | ToolName::CreateEvent => Some(Outcome::Booked),
        ToolName::CreateLead => Some(Outcome::Lead),
        ToolName::TakeMessage => Some(Outcome::Message),
        ToolName::SendSms => Some(Outcome::Text),
        ToolName::EndCall => Some(Outcome::Ended),
        _ => None,
    };
    let found: BTreeSet<Outcome> =
        tools.into_iter().filter(|tool| has_worked(tool)).filter_map(outcome).collect();
    found.into_iter().collect()
}

/// Whether the assistant is finished with the caller after a turn with these tools: it said goodbye, or handed the caller over.
/// Not if the stored call went on after the same tool.
pub fn is_likely_the_end(new: &Side, old: &Side) -> bool {
    let ends = |tool: &&ToolInTurn| {
        let last = matches!(
            ToolName::named(&tool.name),
            Some(
                ToolName::EndCall
                    | ToolName::TransferCall
                    | ToolName::RequestHandoff
                    | ToolName::EscalateToHuman
            )
        );
        last && has_worked(tool)
    };
    let went_on = |name: &str| old.tools.iter().any(|tool| tool.name == name);
    new.tools.iter().filter(ends).any(|tool| !went_on(&tool.name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn side(said: &str, tools: &[&str]) -> Side {
        let tool = |name: &&str| ToolInTurn {
            name: (*name).to_owned(),
            arguments: json!({}),
            outcome: Some(ToolOutcome::done("")),
            answered_from: None,
        };
        Side { said: said.to_owned(), tools: tools.iter().map(tool).collect() }
    }

    #[test]
    fn words_are_the_same_close_or_different() {
        let like = |old, new| compare(&side(old, &[]), &side(new, &[])).words;
        assert_eq!(like("Good day!", "good day"), WordsLikeness::Same);
        assert_eq!(like("We open at nine on Monday.", "We open at nine on Mondays."), WordsLikeness::Close);
        assert_eq!(like("We open at nine.", "Goodbye."), WordsLikeness::Different);
        assert_eq!(like("", ""), WordsLikeness::Same);
        assert_eq!(like("", "Hello."), WordsLikeness::Different);
        assert_eq!(like("نعم، غداً", "نعم غداً"), WordsLikeness::Same, "in every script");
    }

    #[test]
    fn tools_are_counted_by_name() {
        let marks = compare(&side("", &["a", "b", "b"]), &side("", &["b", "c"]));
        assert_eq!(
            (marks.tools_missing, marks.tools_added),
            (vec!["a".into(), "b".into()], vec!["c".to_owned()])
        );
    }

    #[test]
    fn a_failed_tool_has_no_outcome() {
        let mut failed = side("", &["book_estimate"]);
        failed.tools[0].outcome = Some(ToolOutcome::failed("taken"));
        assert_eq!(outcomes(&failed.tools), []);
        let mut looked = side("", &["book_estimate", "book_estimate"]);
        for (tool, action) in looked.tools.iter_mut().zip(["free_slots", "find_appointments"]) {
            tool.arguments = json!({ "action": action });
        }
        assert_eq!(outcomes(&looked.tools), [], "nothing is booked yet");
        looked.tools[0].arguments = json!({ "action": "cancel" });
        assert_eq!(outcomes(&looked.tools), [], "it was called off");
        looked.tools[0].arguments = json!({ "action": "hold" });
        assert_eq!(outcomes(&looked.tools), [Outcome::Booked]);
        let both = side("", &["end_call", "create_lead", "stock"]);
        assert_eq!(outcomes(&both.tools), [Outcome::Lead, Outcome::Ended]);
    }

    #[test]
    fn saying_goodbye_before_the_stored_call_did_ends_it() {
        assert!(is_likely_the_end(&side("", &["end_call"]), &side("", &[])));
        assert!(!is_likely_the_end(&side("", &["request_handoff"]), &side("", &["request_handoff"])));
        assert!(!is_likely_the_end(&side("", &["create_lead"]), &side("", &[])));
    }
}
