//! Contents of calls: the fields and topics that a profile extracts from its calls after they end, and the findings.

pub mod by_model;
pub mod by_rules;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::ProfileId;
use crate::plain::{Lines, text_fault};
use crate::time::{UnixMs, rfc3339};
use crate::words::words;

/// Maximum number of fields of a profile.
pub const EXTRACTION_FIELDS_MAX: usize = 12;
/// Maximum number of topics of a profile.
pub const TOPICS_MAX: usize = 20;
/// Maximum number of choices of a field.
pub const FIELD_CHOICES_MAX: usize = 12;
/// Maximum number of characters of a choice, and of a word or a phrase of a topic.
pub const EXTRACTION_WORD_CHARS_MAX: usize = 40;
/// Maximum number of words and phrases of a topic.
pub const TOPIC_WORDS_MAX: usize = 30;
/// Maximum number of characters of a title.
pub const EXTRACTION_TITLE_CHARS_MAX: usize = 80;
/// Maximum number of characters of a field's question.
pub const EXTRACTION_QUESTION_CHARS_MAX: usize = 200;
/// Maximum number of characters of a text value.
pub const EXTRACTED_TEXT_CHARS_MAX: usize = 500;
/// The largest number that is stored; its negative is the smallest.
pub const EXTRACTED_NUMBER_MAX: f64 = 1e12;

/// Kind of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One of the field's choices.
    Choice,
    /// True or false.
    YesNo,
    /// A number.
    Number,
    /// A few words. Only a model can find them.
    Text,
}

impl FieldKind {
    /// Returns the word that the API and the tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Choice => "choice",
            Self::YesNo => "yes_no",
            Self::Number => "number",
            Self::Text => "text",
        }
    }

    /// Whether calls are counted by its values.
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Choice | Self::YesNo)
    }
}

/// A value that a profile extracts from each call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExtractionField {
    /// Its name in answers: a lower case letter, then lower case letters, digits and `_`. It stays the same when the title is
    /// reworded.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z][a-z0-9_]{0,39}$", example = "reason"))]
    pub name: String,
    /// Its title for users. Without a model, the words of the call are searched for it.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80, example = "Reason"))]
    pub title: String,
    /// Kind of the value.
    pub kind: FieldKind,
    /// The possible values of a choice: at least 2, all different. Other kinds have none.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 12, example = json!(["order", "complaint"])))]
    pub choices: Vec<String>,
    /// The question that a model answers with the value.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "Why did the caller call?")
    )]
    pub question: String,
}

/// A topic that calls of a profile may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TopicRule {
    /// Its name in answers and reports: a lower case letter, then lower case letters, digits and `_`. Topics with the same name
    /// in several profiles are counted as one.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z][a-z0-9_]{0,39}$", example = "delivery"))]
    pub name: String,
    /// Its title for users.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80, example = "Delivery"))]
    pub title: String,
    /// Words and phrases of callers that identify it: whole words, ignoring case and accents. A word that ends with `*` also
    /// matches longer words that begin with it.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 30, example = json!(["deliver*", "parcel"])))]
    pub words: Vec<String>,
}

/// A value that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum ExtractedValue {
    /// Yes or no.
    YesNo(bool),
    /// A number.
    Number(f64),
    /// One of the choices, or a few words.
    Text(String),
}

/// Who or what found a value or a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExtractedBy {
    /// The judge model.
    Model,
    /// Rules, without a model.
    Rules,
}

impl ExtractedBy {
    /// Returns the word that the API and the tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Rules => "rules",
        }
    }
}

/// The value of a field on a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExtractedField {
    /// The field's name.
    pub name: String,
    /// Its title when the call was answered.
    pub title: String,
    /// Kind of the value.
    pub kind: FieldKind,
    /// The value.
    pub value: ExtractedValue,
    /// What found it.
    pub by: ExtractedBy,
}

/// A topic of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallTopic {
    /// The topic's name.
    pub name: String,
    /// Its title when the call was answered.
    pub title: String,
    /// What found it.
    pub by: ExtractedBy,
}

/// Findings about a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallExtraction {
    /// The profile that defines the fields and topics.
    pub profile_id: ProfileId,
    /// The profile's version; 0 for a draft.
    pub version: u32,
    /// When it was found.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// The topics, in the order of the profile.
    pub topics: Vec<CallTopic>,
    /// The values that were found, in the order of the profile's fields. Fields without a finding are left out.
    pub fields: Vec<ExtractedField>,
}

/// Findings in the words of a call: values by field name, and names of topics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Values.
    pub fields: BTreeMap<String, ExtractedValue>,
    /// Topics.
    pub topics: BTreeSet<String>,
}

impl ExtractionField {
    /// Whether this can be a value of the field.
    pub fn accepts(&self, value: &ExtractedValue) -> bool {
        match (self.kind, value) {
            (FieldKind::YesNo, ExtractedValue::YesNo(_)) => true,
            (FieldKind::Number, ExtractedValue::Number(number)) => number.abs() <= EXTRACTED_NUMBER_MAX,
            (FieldKind::Choice, ExtractedValue::Text(text)) => self.choices.contains(text),
            (FieldKind::Text, ExtractedValue::Text(text)) => {
                text_fault(text, EXTRACTED_TEXT_CHARS_MAX, Lines::Many).is_none() && !text.trim().is_empty()
            }
            _ => false,
        }
    }

    fn faults(&self, place: &str) -> Vec<(String, String)> {
        let mut faults = named_faults(place, &self.name, &self.title);
        if !is_line(&self.question, EXTRACTION_QUESTION_CHARS_MAX) {
            faults.push((
                format!("{place}.question"),
                format!("must have 1 to {EXTRACTION_QUESTION_CHARS_MAX} characters, in one line"),
            ));
        }
        let choices = format!("{place}.choices");
        if self.kind != FieldKind::Choice {
            if !self.choices.is_empty() {
                faults.push((choices, "must be left out of a field that is no choice".to_owned()));
            }
            return faults;
        }
        if !(2..=FIELD_CHOICES_MAX).contains(&self.choices.len()) {
            faults.push((choices.clone(), format!("must be 2 to {FIELD_CHOICES_MAX} choices")));
        }
        if !self.choices.iter().all(|choice| is_word(choice)) {
            faults.push((choices.clone(), word_reason()));
        }
        let distinct: BTreeSet<&String> = self.choices.iter().collect();
        if distinct.len() != self.choices.len() {
            faults.push((choices, "must be named once each".to_owned()));
        }
        faults
    }
}

impl TopicRule {
    fn faults(&self, place: &str) -> Vec<(String, String)> {
        let mut faults = named_faults(place, &self.name, &self.title);
        let words = format!("{place}.words");
        if !(1..=TOPIC_WORDS_MAX).contains(&self.words.len()) {
            faults.push((words.clone(), format!("must be 1 to {TOPIC_WORDS_MAX} words or phrases")));
        }
        if !self.words.iter().all(|word| is_word(word)) {
            faults.push((words, word_reason()));
        }
        faults
    }
}

/// Returns the faults of these, if any: places in the profile, such as `extraction.0.name`, each with a reason.
pub fn faults(fields: &[ExtractionField], topics: &[TopicRule]) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    if fields.len() > EXTRACTION_FIELDS_MAX {
        faults.push(("extraction".to_owned(), format!("must have at most {EXTRACTION_FIELDS_MAX} entries")));
    }
    if topics.len() > TOPICS_MAX {
        faults.push(("topics".to_owned(), format!("must have at most {TOPICS_MAX} entries")));
    }
    let mut names = BTreeSet::new();
    for (index, field) in fields.iter().enumerate() {
        let place = format!("extraction.{index}");
        faults.extend(field.faults(&place));
        if !names.insert(&field.name) {
            faults.push((format!("{place}.name"), ONCE.to_owned()));
        }
    }
    names.clear();
    for (index, topic) in topics.iter().enumerate() {
        let place = format!("topics.{index}");
        faults.extend(topic.faults(&place));
        if !names.insert(&topic.name) {
            faults.push((format!("{place}.name"), ONCE.to_owned()));
        }
    }
    faults
}

const ONCE: &str = "must be named once each";

fn named_faults(place: &str, name: &str, title: &str) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    let is_name = (1..=EXTRACTION_WORD_CHARS_MAX).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_name {
        faults.push((
            format!("{place}.name"),
            format!("must have 1 to {EXTRACTION_WORD_CHARS_MAX} small letters, digits and _, a letter first"),
        ));
    }
    if !is_line(title, EXTRACTION_TITLE_CHARS_MAX) {
        faults.push((
            format!("{place}.title"),
            format!("must have 1 to {EXTRACTION_TITLE_CHARS_MAX} characters, in one line"),
        ));
    }
    faults
}

fn is_line(text: &str, chars_max: usize) -> bool {
    text_fault(text, chars_max, Lines::One).is_none() && !text.trim().is_empty()
}

/// Whether a text can be searched for in the words of callers.
fn is_word(text: &str) -> bool {
    is_line(text, EXTRACTION_WORD_CHARS_MAX) && text.trim() == text && !words(text).is_empty()
}

fn word_reason() -> String {
    format!(
        "must each have 1 to {EXTRACTION_WORD_CHARS_MAX} characters, in one line, and a letter or a digit"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, kind: FieldKind, choices: &[&str]) -> ExtractionField {
        ExtractionField {
            name: name.to_owned(),
            title: "Title".to_owned(),
            kind,
            choices: choices.iter().map(ToString::to_string).collect(),
            question: "What?".to_owned(),
        }
    }

    fn topic(name: &str, words: &[&str]) -> TopicRule {
        let words = words.iter().map(ToString::to_string).collect();
        TopicRule { name: name.to_owned(), title: "Title".to_owned(), words }
    }

    fn places(fields: &[ExtractionField], topics: &[TopicRule]) -> Vec<String> {
        faults(fields, topics).into_iter().map(|(place, _)| place).collect()
    }

    #[test]
    fn each_invalid_part_is_named_by_its_place() {
        let good = [field("reason", FieldKind::Choice, &["order", "complaint"])];
        assert!(places(&good, &[topic("delivery", &["deliver*", "on its way"])]).is_empty());
        for (fields, topics, expected) in [
            (vec![field("Reason", FieldKind::Text, &[])], vec![], vec!["extraction.0.name"]),
            (vec![field("1st", FieldKind::Text, &[])], vec![], vec!["extraction.0.name"]),
            (vec![field("a", FieldKind::Choice, &["one"])], vec![], vec!["extraction.0.choices"]),
            (vec![field("a", FieldKind::Choice, &["one", "one"])], vec![], vec!["extraction.0.choices"]),
            (vec![field("a", FieldKind::Choice, &["one", "?"])], vec![], vec!["extraction.0.choices"]),
            (vec![field("a", FieldKind::YesNo, &["one", "two"])], vec![], vec!["extraction.0.choices"]),
            (
                vec![field("a", FieldKind::Text, &[]), field("a", FieldKind::YesNo, &[])],
                vec![],
                vec!["extraction.1.name"],
            ),
            (vec![], vec![topic("a", &[])], vec!["topics.0.words"]),
            (vec![], vec![topic("a", &["x"]), topic("b", &["*"])], vec!["topics.1.words"]),
            (vec![], vec![topic("a", &["x"]), topic("a", &["y"])], vec!["topics.1.name"]),
        ] {
            assert_eq!(places(&fields, &topics), expected, "{fields:?} {topics:?}");
        }
        let blank = ExtractionField { title: " ".to_owned(), question: String::new(), ..good[0].clone() };
        assert_eq!(places(&[blank], &[]), ["extraction.0.title", "extraction.0.question"]);
        let many: Vec<_> = (0..13).map(|n| field(&format!("f{n}"), FieldKind::Text, &[])).collect();
        assert_eq!(places(&many, &[]), ["extraction"]);
        let many: Vec<_> = (0..21).map(|n| topic(&format!("t{n}"), &["x"])).collect();
        assert_eq!(places(&[], &many), ["topics"]);
    }

    #[test]
    fn a_value_must_have_its_fields_kind() {
        let text = |text: &str| ExtractedValue::Text(text.to_owned());
        let choice = field("a", FieldKind::Choice, &["order", "complaint"]);
        assert!(choice.accepts(&text("order")));
        assert!(!choice.accepts(&text("Order")) && !choice.accepts(&ExtractedValue::YesNo(true)));
        let number = field("a", FieldKind::Number, &[]);
        assert!(number.accepts(&ExtractedValue::Number(-2.5)));
        assert!(!number.accepts(&ExtractedValue::Number(1e13)) && !number.accepts(&text("4")));
        assert!(!number.accepts(&ExtractedValue::Number(f64::NAN)));
        let words = field("a", FieldKind::Text, &[]);
        assert!(words.accepts(&text("The lamp is broken.")));
        assert!(!words.accepts(&text(" ")) && !words.accepts(&text(&"x".repeat(501))));
        assert!(!words.accepts(&text("a\u{7}b")));
    }
}
