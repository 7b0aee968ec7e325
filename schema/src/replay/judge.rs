//! Whether an example went as expected, and which sentence shows it.
//!
//! Tools and words are searched for here. A judge model decides on meanings in plain words (`judge_model.rs`); its opinion is
//! added to the results here.

use serde::{Deserialize, Serialize};

use super::judge_model::{NoVerdict, Opinion, Undecided};
use super::{ReplayedCall, Side};

/// Expectations of an assistant in an example.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Expectations {
    /// Tools that it must request.
    #[cfg_attr(feature = "openapi", schema(max_items = 16))]
    pub tools: Vec<String>,
    /// Words that it must say.
    #[cfg_attr(feature = "openapi", schema(max_items = 16))]
    pub words: Vec<String>,
    /// Words that it must not say.
    #[cfg_attr(feature = "openapi", schema(max_items = 16))]
    pub forbidden: Vec<String>,
    /// Behaviour of the assistant, in plain words, such as "offers a time on Monday and names no price". A judge model decides
    /// whether it is met; if none is configured, it is not checked.
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub meaning: Option<String>,
}

impl Expectations {
    /// Whether nothing is expected.
    pub fn is_empty(&self) -> bool {
        !self.can_be_found() && self.meaning.is_none()
    }

    /// Whether something is expected that can be checked without a judge model.
    fn can_be_found(&self) -> bool {
        !(self.tools.is_empty() && self.words.is_empty() && self.forbidden.is_empty())
    }
}

/// Verdict on an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Something expected did not happen, or something forbidden did.
    Failed,
    /// It could not be run, or could not be judged.
    Error,
}

/// Kinds of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// A tool that must be requested.
    Tool,
    /// Words that must be said.
    Words,
    /// Words that must not be said.
    Forbidden,
    /// Meaning, which a judge model decides.
    Meaning,
}

/// One expectation, and whether it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ExampleCheck))]
pub struct Check {
    /// Kind of the check.
    pub kind: CheckKind,
    /// The tool's name, or the words.
    pub wanted: String,
    /// Whether it went as expected; false if the judge model gave no verdict.
    pub met: bool,
    /// The sentence that contains the words, if one does; else the last sentence that was said.
    pub sentence: Option<String>,
    /// Why, in the words of the judge model, or why it gave no verdict; null for checks without a judge model.
    #[serde(default)]
    pub reason: Option<String>,
    /// Why the judge model gave no verdict, if it was asked.
    #[serde(default)]
    pub no_verdict: Option<NoVerdict>,
}

impl Check {
    /// Returns a check that needs no judge model.
    fn found(kind: CheckKind, wanted: &str, met: bool, sentence: Option<String>) -> Self {
        Self { kind, wanted: wanted.to_owned(), met, sentence, reason: None, no_verdict: None }
    }
}

/// Returns a text as it is compared: in lower case, with single spaces.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the sentences of a text, with their ends.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '؟' | '।' | '\n');
    text.split_inclusive(ends).map(str::trim).filter(|sentence| !sentence.is_empty())
}

/// Judges what was said and done in an example, as far as possible without a judge model.
pub fn judge(expected: &Expectations, call: &ReplayedCall) -> (Verdict, Vec<Check>) {
    let sides: Vec<&Side> = call.turns.iter().filter_map(|turn| turn.new.as_ref()).collect();
    let said: Vec<&str> = sides.iter().flat_map(|side| sentences(&side.said)).collect();
    let last = said.last().map(|sentence| (*sentence).to_owned());
    // Words may extend past the end of a sentence.
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
        Check::found(CheckKind::Tool, wanted, met, sentence)
    });
    let words = expected.words.iter().map(|wanted| {
        let (met, sentence) = find(wanted);
        let sentence = sentence.or_else(|| last.clone());
        Check::found(CheckKind::Words, wanted, met, sentence)
    });
    let forbidden = expected.forbidden.iter().map(|wanted| {
        let (is_said, sentence) = find(wanted);
        Check::found(CheckKind::Forbidden, wanted, !is_said, sentence)
    });
    let checks: Vec<Check> = tools.chain(words).chain(forbidden).collect();
    let verdict = if checks.iter().all(|check| check.met) { Verdict::Passed } else { Verdict::Failed };
    (verdict, checks)
}

/// Returns the verdict after the judge model was asked, and why there is none. If no judge is configured, the other checks
/// decide, if there are any. If a judge was asked and gave no verdict, only a failure of the other checks is a verdict.
pub fn with_opinion(
    expected: &Expectations,
    (verdict, mut checks): (Verdict, Vec<Check>),
    opinion: Result<Opinion, Undecided>,
) -> (Verdict, Vec<Check>, Option<String>) {
    let Some(wanted) = &expected.meaning else { return (verdict, checks, None) };
    let (met, reason, no_verdict) = match opinion {
        Ok(Opinion { met, reason }) => (met, reason, None),
        Err(Undecided { why, reason }) => (false, reason, Some(why)),
    };
    checks.push(Check {
        reason: Some(reason.clone()),
        no_verdict,
        ..Check::found(CheckKind::Meaning, wanted, met, None)
    });
    match (verdict, no_verdict) {
        (Verdict::Passed, None) if met => (Verdict::Passed, checks, None),
        (Verdict::Passed, None) => (Verdict::Failed, checks, None),
        (verdict, Some(NoVerdict::NoJudge)) if expected.can_be_found() => (verdict, checks, None),
        (Verdict::Passed, Some(_)) => (Verdict::Error, checks, Some(reason)),
        (verdict, _) => (verdict, checks, None),
    }
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
        Expectations { tools: texts(tools), words: texts(words), forbidden: texts(forbidden), meaning: None }
    }

    #[test]
    fn an_example_passes_if_everything_is_as_expected() {
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
    fn a_failed_check_names_the_sentence() {
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
    fn a_silent_assistant_fails_without_a_sentence() {
        let (verdict, checks) = judge(&expecting(&[], &["hello"], &["bye"]), &call(&[""], &[]));
        assert_eq!((verdict, checks[0].sentence.as_deref(), checks[1].met), (Verdict::Failed, None, true));
    }

    /// Returns the verdict of an example with a meaning and these expected words.
    fn judged(words: &[&str], opinion: Result<Opinion, Undecided>) -> (Verdict, Option<String>) {
        let expected =
            Expectations { meaning: Some("names a time".to_owned()), ..expecting(&[], words, &[]) };
        let found = judge(&expected, &call(&["We open at nine."], &[]));
        let (verdict, checks, reason) = with_opinion(&expected, found, opinion);
        let last = checks.last().unwrap();
        assert_eq!((last.kind, last.wanted.as_str()), (CheckKind::Meaning, "names a time"));
        assert!(last.reason.is_some() && last.met <= last.no_verdict.is_none(), "{last:?}");
        (verdict, reason)
    }

    #[test]
    fn the_judges_opinion_counts_alongside_words_and_tools() {
        let opinion = |met| Ok(Opinion { met, reason: "because".to_owned() });
        assert_eq!(judged(&["nine"], opinion(true)), (Verdict::Passed, None));
        assert_eq!(judged(&["nine"], opinion(false)), (Verdict::Failed, None));
        assert_eq!(judged(&["ten"], opinion(true)), (Verdict::Failed, None));
        assert_eq!(judged(&[], opinion(true)), (Verdict::Passed, None));
    }

    #[test]
    fn without_the_judges_opinion_nothing_passes() {
        let undecided = |why| Err(Undecided { why, reason: "no".to_owned() });
        let no = Some("no".to_owned());
        assert_eq!(judged(&["nine"], undecided(NoVerdict::TimedOut)), (Verdict::Error, no.clone()));
        assert_eq!(judged(&["ten"], undecided(NoVerdict::TimedOut)), (Verdict::Failed, None));
        assert_eq!(judged(&["nine"], undecided(NoVerdict::NoJudge)), (Verdict::Passed, None));
        assert_eq!(judged(&[], undecided(NoVerdict::NoJudge)), (Verdict::Error, no));
    }

    #[test]
    fn checks_from_before_judges_existed_are_read() {
        let old = json!({ "kind": "words", "wanted": "nine", "met": true, "sentence": null });
        let check: Check = serde_json::from_value(old).unwrap();
        assert_eq!(check, Check::found(CheckKind::Words, "nine", true, None));
        let old = json!({ "tools": [], "words": ["nine"], "forbidden": [] });
        let expected: Expectations = serde_json::from_value(old).unwrap();
        assert_eq!(expected.meaning, None);
    }
}
