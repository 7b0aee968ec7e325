//! Quality: an organization's questions about finished calls, their answers, and the selection of calls for review.

pub mod by_model;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{CallId, UserId};
use crate::time::{UnixMs, rfc3339};

/// Maximum number of questions of a scorecard.
pub const SCORE_QUESTIONS_MAX: usize = 20;
/// Maximum number of characters of a question.
pub const SCORE_QUESTION_CHARS_MAX: usize = 200;
/// Maximum number of characters of an answer in words.
pub const SCORE_TEXT_CHARS_MAX: usize = 2_000;
/// Maximum number of corrections that are kept for a call; the newest are kept.
pub const SCORE_CORRECTIONS_MAX: usize = 200;

/// Kind of a question's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Yes or no.
    YesNo,
    /// A number from 1, bad, to 5, good.
    OneToFive,
    /// Words. Such an answer does not count in the average.
    Text,
}

/// A question of a scorecard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ScoreQuestion {
    /// Its name in answers: 1 to 40 lower case letters, digits and `_`. It stays the same when the question is reworded.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9_]{1,40}$", example = "greeted"))]
    pub id: String,
    /// The question.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "Was the caller greeted by name?")
    )]
    pub text: String,
    /// Kind of its answer.
    pub kind: QuestionKind,
}

/// Rules that pick calls for review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PickRules {
    /// Share of calls that are picked at random, in percent.
    #[cfg_attr(feature = "openapi", schema(maximum = 100))]
    pub random_percent: u8,
    /// Whether calls in which a person was requested are picked.
    pub handed_off: bool,
    /// Picks calls whose conversation was shorter than this many seconds; null picks none for that reason.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3600))]
    pub shorter_than_s: Option<u32>,
    /// Whether calls that raised an alarm are picked.
    pub alarm: bool,
}

/// Which calls the judge model scores automatically after they end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScoredByModel {
    /// None: each score is requested.
    #[default]
    None,
    /// Calls that are picked for review.
    Picked,
    /// All calls.
    All,
}

/// An organization's scorecard for its calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scorecard {
    /// The questions, in order.
    pub questions: Vec<ScoreQuestion>,
    /// Rules that pick calls for review.
    pub picks: PickRules,
    /// Which calls the judge model scores automatically after they end.
    #[serde(default)]
    pub by_model: ScoredByModel,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Score {
    /// Yes or no.
    YesNo(bool),
    /// 1, bad, to 5, good.
    Points(u8),
    /// In words.
    Text(String),
}

/// Answers, by question name.
pub type Answers = BTreeMap<String, Score>;

/// A changed answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Correction {
    /// The user who changed it; null for a program.
    pub by: Option<UserId>,
    /// The time.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// The question's name.
    pub question: String,
    /// The previous answer; null if there was none.
    pub before: Option<Score>,
    /// The new answer; null if there is none.
    pub after: Option<Score>,
}

/// The score of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallScore {
    /// The call.
    pub call_id: CallId,
    /// The answers, by question name.
    pub answers: Answers,
    /// The average of the answers that have a number, 0 to 100: yes is 100, no is 0, and 1 to 5 are 0 to 100. Null if no answer
    /// has a number.
    pub percent: Option<u8>,
    /// The user who filled it in first; null for a model or a program.
    pub filled_by: Option<UserId>,
    /// The model that filled it in first; null if none did.
    pub model: Option<String>,
    /// When it was filled in first.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub filled_at: UnixMs,
    /// Corrections since then, oldest first.
    pub corrections: Vec<Correction>,
}

/// Why a call is picked for review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PickReason {
    /// It raised an alarm.
    Alarm,
    /// A person was requested.
    HandedOff,
    /// It was short.
    Short,
    /// At random.
    Random,
}

/// Facts of a call that decide whether it is to be reviewed.
#[derive(Clone, Copy, Debug)]
pub struct Pickable {
    /// The call.
    pub call_id: CallId,
    /// Duration of the conversation, in ms; none if nobody answered.
    pub talk_ms: Option<u64>,
    /// Whether a person was requested.
    pub handed_off: bool,
    /// Whether it raised an alarm.
    pub alarm: bool,
}

impl PickRules {
    /// Returns why this call is picked for review; empty if it is not.
    pub fn reasons(&self, call: &Pickable) -> Vec<PickReason> {
        let is_short = self
            .shorter_than_s
            .zip(call.talk_ms)
            .is_some_and(|(least_s, talk_ms)| talk_ms < u64::from(least_s) * 1_000);
        // The end of an id is random: a call is picked or not, with the same result at every request.
        let chance = call.call_id.0.as_u128() % 100;
        [
            (self.alarm && call.alarm, PickReason::Alarm),
            (self.handed_off && call.handed_off, PickReason::HandedOff),
            (is_short, PickReason::Short),
            (chance < u128::from(self.random_percent), PickReason::Random),
        ]
        .into_iter()
        .filter_map(|(is, why)| is.then_some(why))
        .collect()
    }
}

impl Scorecard {
    /// Returns why the scorecard is not valid, if so: each fault with its field.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        if self.questions.len() > SCORE_QUESTIONS_MAX {
            faults.push(("questions", format!("must have at most {SCORE_QUESTIONS_MAX} questions")));
        }
        let is_name = |id: &str| {
            (1..=40).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let mut ids = BTreeSet::new();
        let is_bad = |question: &ScoreQuestion| {
            let chars = question.text.trim().chars().count();
            !is_name(&question.id)
                || !(1..=SCORE_QUESTION_CHARS_MAX).contains(&chars)
                || question.text.chars().any(char::is_control)
        };
        if self.questions.iter().any(|question| is_bad(question) || !ids.insert(&question.id)) {
            faults.push((
                "questions",
                format!(
                    "must each have an id of 1 to 40 small letters, digits and _ of its own, and 1 to {SCORE_QUESTION_CHARS_MAX} characters"
                ),
            ));
        }
        if self.picks.random_percent > 100 {
            faults.push(("picks.random_percent", "must be 0 to 100".to_owned()));
        }
        if self.picks.shorter_than_s.is_some_and(|s| !(1..=3_600).contains(&s)) {
            faults.push(("picks.shorter_than_s", "must be 1 to 3600".to_owned()));
        }
        faults
    }

    /// Whether the answers are valid: each belongs to one of its questions and has that question's kind.
    pub fn is_answered_by(&self, answers: &Answers) -> bool {
        answers.iter().all(|(id, score)| {
            let Some(question) = self.questions.iter().find(|question| question.id == *id) else {
                return false;
            };
            match (question.kind, score) {
                (QuestionKind::YesNo, Score::YesNo(_)) => true,
                (QuestionKind::OneToFive, Score::Points(points)) => (1..=5).contains(points),
                (QuestionKind::Text, Score::Text(text)) => {
                    (1..=SCORE_TEXT_CHARS_MAX).contains(&text.chars().count())
                        && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
                }
                _ => false,
            }
        })
    }
}

/// Returns the average of the answers that have a number, 0 to 100.
fn percent_of(answers: &Answers) -> Option<u8> {
    let points: Vec<u32> = answers
        .values()
        .filter_map(|score| match score {
            Score::YesNo(yes) => Some(if *yes { 100 } else { 0 }),
            Score::Points(points) => Some(u32::from(points.saturating_sub(1)).min(4) * 25),
            Score::Text(_) => None,
        })
        .collect();
    let count = u32::try_from(points.len()).ok().filter(|count| *count > 0)?;
    u8::try_from((points.iter().sum::<u32>() + count / 2) / count).ok()
}

impl CallScore {
    /// Returns a scorecard that is filled in for the first time: by a user, by a model, or, without either, by a program.
    pub fn filled_in(
        call_id: CallId,
        answers: Answers,
        (filled_by, model): (Option<UserId>, Option<String>),
        filled_at: UnixMs,
    ) -> Self {
        let percent = percent_of(&answers);
        Self { call_id, answers, percent, filled_by, model, filled_at, corrections: Vec::new() }
    }

    /// Replaces answers to the questions of the card. Differences are recorded as corrections by this user. Answers to questions
    /// that the card no longer has stay.
    pub fn correct(&mut self, card: &Scorecard, mut answers: Answers, by: Option<UserId>, at: UnixMs) {
        let is_gone = |id: &str| card.questions.iter().all(|question| question.id != id);
        let gone = self.answers.iter().filter(|(id, _)| is_gone(id.as_str()));
        answers.extend(gone.map(|(id, score)| (id.clone(), score.clone())));
        let names: BTreeSet<String> = self.answers.keys().chain(answers.keys()).cloned().collect();
        for question in names {
            let (before, after) = (self.answers.get(&question).cloned(), answers.get(&question).cloned());
            if before != after {
                self.corrections.push(Correction { by, at, question, before, after });
            }
        }
        let many = self.corrections.len().saturating_sub(SCORE_CORRECTIONS_MAX);
        self.corrections.drain(..many);
        self.percent = percent_of(&answers);
        self.answers = answers;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn card() -> Scorecard {
        let question = |id: &str, kind| ScoreQuestion { id: id.to_owned(), text: format!("{id}?"), kind };
        Scorecard {
            questions: vec![
                question("greeted", QuestionKind::YesNo),
                question("kind", QuestionKind::OneToFive),
                question("why", QuestionKind::Text),
            ],
            picks: PickRules::default(),
            by_model: ScoredByModel::None,
        }
    }

    fn answers(json: serde_json::Value) -> Answers {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn answers_must_have_their_questions_kind() {
        let fits = |json| card().is_answered_by(&answers(json));
        assert!(fits(serde_json::json!({ "greeted": true, "kind": 5, "why": "polite" })));
        assert!(fits(serde_json::json!({})), "answers that are not known yet are left out");
        for bad in [
            serde_json::json!({ "greeted": 1 }),
            serde_json::json!({ "kind": 6 }),
            serde_json::json!({ "kind": 0 }),
            serde_json::json!({ "why": "" }),
            serde_json::json!({ "unknown": true }),
        ] {
            assert!(!fits(bad.clone()), "{bad}");
        }
    }

    #[test]
    fn the_average_counts_only_answers_with_a_number() {
        assert_eq!(percent_of(&answers(serde_json::json!({ "a": true, "b": 3, "c": "x" }))), Some(75));
        assert_eq!(percent_of(&answers(serde_json::json!({ "a": false, "b": 1 }))), Some(0));
        assert_eq!(percent_of(&answers(serde_json::json!({ "c": "x" }))), None);
    }

    #[test]
    fn a_correction_records_its_user_and_the_previous_answer() {
        let first = answers(serde_json::json!({ "greeted": true, "kind": 2 }));
        let by_model = (None, Some("m".to_owned()));
        let mut score = CallScore::filled_in(CallId(Uuid::nil()), first, by_model, UnixMs(0));
        let by = Some(UserId(Uuid::nil()));
        score.correct(&card(), answers(serde_json::json!({ "greeted": true, "kind": 4 })), by, UnixMs(1));
        let [correction] = score.corrections.as_slice() else { panic!("{:?}", score.corrections) };
        assert_eq!(
            (&correction.before, &correction.after),
            (&Some(Score::Points(2)), &Some(Score::Points(4)))
        );
        assert_eq!((correction.by, score.percent), (by, Some(88)));
    }

    #[test]
    fn answers_to_removed_questions_stay() {
        let first = answers(serde_json::json!({ "greeted": true, "kind": 2, "named": false }));
        let mut score = CallScore::filled_in(CallId(Uuid::nil()), first, (None, None), UnixMs(0));
        score.correct(&card(), answers(serde_json::json!({ "kind": 4 })), None, UnixMs(1));
        assert_eq!(score.answers, answers(serde_json::json!({ "kind": 4, "named": false })));
        let corrected: Vec<&str> = score.corrections.iter().map(|one| one.question.as_str()).collect();
        assert_eq!(corrected, ["greeted", "kind"]);
    }

    #[test]
    fn calls_picked_by_rule_or_at_random_stay_picked() {
        let rules = PickRules { random_percent: 10, handed_off: true, shorter_than_s: Some(20), alarm: true };
        let call = |id: u128| Pickable {
            call_id: CallId(Uuid::from_u128(id)),
            talk_ms: Some(60_000),
            handed_off: false,
            alarm: false,
        };
        let chance = (0..1_000).filter(|id| !rules.reasons(&call(*id)).is_empty()).count();
        assert_eq!(chance, 100);
        let of = |call: Pickable| rules.reasons(&call);
        assert_eq!(
            of(Pickable { handed_off: true, alarm: true, ..call(50) }),
            [PickReason::Alarm, PickReason::HandedOff]
        );
        assert_eq!(of(Pickable { talk_ms: Some(19_000), ..call(50) }), [PickReason::Short]);
        assert!(of(Pickable { talk_ms: None, ..call(50) }).is_empty(), "nobody answered: it was not short");
    }
}
