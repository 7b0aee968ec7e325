//! Whether an example went as expected, and which sentence says so.

use serde::{Deserialize, Serialize};

use super::{ReplayedCall, Side};

/// What is expected of an assistant in an example.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Expectations {
    /// Tools that it asks for.
    #[cfg_attr(feature = "openapi", schema(max_items = 16))]
    pub tools: Vec<String>,
    /// Words that it says.
    #[cfg_attr(feature = "openapi", schema(max_items = 16))]
    pub words: Vec<String>,
    /// Words that it does not say.
    #[cfg_attr(feature = "openapi", schema(max_items = 16))]
    pub forbidden: Vec<String>,
}

impl Expectations {
    /// Whether nothing is expected.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty() && self.words.is_empty() && self.forbidden.is_empty()
    }
}

/// How an example ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Something that was expected did not happen, or something that is forbidden did.
    Failed,
    /// It could not be run.
    Error,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// A tool that is asked for.
    Tool,
    /// Words that are said.
    Words,
    /// Words that are not said.
    Forbidden,
}

/// One expectation, and whether it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ExampleCheck))]
pub struct Check {
    /// What was looked for.
    pub kind: CheckKind,
    /// The tool's name, or the words.
    pub wanted: String,
    /// Whether it went as expected.
    pub met: bool,
    /// The sentence that has the words, where one does; else the last one that was said.
    pub sentence: Option<String>,
}

/// Text as it is compared: small letters, one blank where there were several.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sentences of a text, with their ends.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '؟' | '।' | '\n');
    text.split_inclusive(ends).map(str::trim).filter(|sentence| !sentence.is_empty())
}

/// Judges what was said and done in an example.
pub fn judge(expected: &Expectations, call: &ReplayedCall) -> (Verdict, Vec<Check>) {
    let sides: Vec<&Side> = call.turns.iter().filter_map(|turn| turn.new.as_ref()).collect();
    let said: Vec<&str> = sides.iter().flat_map(|side| sentences(&side.said)).collect();
    let last = said.last().map(|sentence| (*sentence).to_owned());
    // Words may reach over the end of a sentence.
    let whole = plain(&sides.iter().map(|side| side.said.as_str()).collect::<Vec<_>>().join(" "));
    let find = |wanted: &str| {
        let wanted = plain(wanted);
        let sentence = said.iter().find(|sentence| plain(sentence).contains(&wanted));
        let is_said = sentence.is_some() || whole.contains(&wanted);
        (is_said, sentence.map(|sentence| (*sentence).to_owned()))
    };
    let tools = expected.tools.iter().map(|wanted| {
        let met = sides.iter().flat_map(|side| &side.tools).any(|tool| tool.name == *wanted);
        let sentence = if met { None } else { last.clone() };
        Check { kind: CheckKind::Tool, wanted: wanted.clone(), met, sentence }
    });
    let words = expected.words.iter().map(|wanted| {
        let (met, sentence) = find(wanted);
        let sentence = sentence.or_else(|| last.clone());
        Check { kind: CheckKind::Words, wanted: wanted.clone(), met, sentence }
    });
    let forbidden = expected.forbidden.iter().map(|wanted| {
        let (is_said, sentence) = find(wanted);
        Check { kind: CheckKind::Forbidden, wanted: wanted.clone(), met: !is_said, sentence }
    });
    let checks: Vec<Check> = tools.chain(words).chain(forbidden).collect();
    let verdict = if checks.iter().all(|check| check.met) { Verdict::Passed } else { Verdict::Failed };
    (verdict, checks)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{ReplayedTurn, ToolInTurn, TurnKind};
    use super::*;

    fn call(said: &[&str], tools: &[&str]) -> ReplayedCall {
        let tool = |name: &&str| ToolInTurn {
            name: (*name).to_owned(),
            arguments: json!({}),
            outcome: None,
            answered_from: None,
        };
        let tools: Vec<ToolInTurn> = tools.iter().map(tool).collect();
        let turn = |said: &&str| ReplayedTurn {
            seq: 1,
            kind: TurnKind::Words,
            caller: "Well?".to_owned(),
            old: Side::default(),
            new: Some(Side { said: (*said).to_owned(), tools: tools.clone() }),
            marks: None,
        };
        ReplayedCall { turns: said.iter().map(turn).collect(), ..ReplayedCall::default() }
    }

    fn expecting(tools: &[&str], words: &[&str], forbidden: &[&str]) -> Expectations {
        let texts = |of: &[&str]| of.iter().map(|text| (*text).to_owned()).collect();
        Expectations { tools: texts(tools), words: texts(words), forbidden: texts(forbidden) }
    }

    #[test]
    fn an_example_passes_where_all_is_as_expected() {
        let call = call(&["Of course. We open at  Nine."], &["create_lead"]);
        let (verdict, checks) = judge(&expecting(&["create_lead"], &["open at nine"], &["ten"]), &call);
        assert_eq!(verdict, Verdict::Passed);
        assert_eq!(
            checks[1].sentence.as_deref(),
            Some("We open at  Nine."),
            "the sentence that has the words"
        );
    }

    #[test]
    fn what_fails_names_the_sentence() {
        let call = call(&["Hello.", "That is free of charge! Anything else?"], &[]);
        let (verdict, checks) =
            judge(&expecting(&["create_lead"], &["price list"], &["free of charge"]), &call);
        assert_eq!(verdict, Verdict::Failed);
        assert!(checks.iter().all(|check| !check.met));
        let sentences: Vec<_> = checks.iter().map(|check| check.sentence.as_deref()).collect();
        assert_eq!(
            sentences,
            [Some("Anything else?"), Some("Anything else?"), Some("That is free of charge!")],
            "what is missing points at the last sentence, what is forbidden at its own"
        );
    }

    #[test]
    fn an_assistant_that_said_nothing_has_no_sentence_and_fails() {
        let (verdict, checks) = judge(&expecting(&[], &["hello"], &["bye"]), &call(&[""], &[]));
        assert_eq!((verdict, checks[0].sentence.as_deref(), checks[1].met), (Verdict::Failed, None, true));
    }
}
