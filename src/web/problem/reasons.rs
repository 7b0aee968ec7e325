//! The rules that values break, as codes for programs and for the catalogues of the pages (`static/src/api/words`).
//!
//! The sentences are written where the rules are, many of them in crates that know nothing of HTTP. So the code is derived from the form of the
//! sentence, only here. A test finds sentences in the sources that have no code.

use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

/// The code for a sentence without a known rule.
pub(super) const OTHER: &str = "other";

/// The rules: the code, and the forms of its sentences, which follow the value's name. `{min}`, `{max}` and `{chars}` stand for numbers, which are
/// sent with the code; `{_}` stands for any text. The first form that fits is used. Codes that were in a release stay.
const RULES: &[(&str, &[&str])] = &[
    ("account_sid", &["must have an account_sid of AC and {_}"]),
    (
        "address",
        &[
            "must be an address of a web server, as {_}",
            "must begin with https:// {_}",
            "must have no user name or password in it",
        ],
    ),
    ("address_inside", &["must be an address of the public internet {_}"]),
    (
        "agent_id",
        &[
            "must have an agent_id of {min} to {max} letters, digits, - and _",
            "must have an agent_id of {min} to {max} letters, digits, - and _, at {_}",
        ],
    ),
    (
        "alarm_rule",
        &[
            "must each have a name of {min} to {max} characters that no other rule has",
            "must each have a time of {min} to {max} s",
            "must each have {min} to {max} phrases, of a word at least and {chars} characters at most",
        ],
    ),
    ("api_key_sid", &["must have an api_key_sid of SK and {_}"]),
    ("base_url", &["must have a good {_}: it {_}"]),
    ("beyond_dial_policy", &["must lie within the installation's dial policy, {_}"]),
    ("bounds", &["must have sliders of {_}", "must have a threshold_percent of {_}"]),
    ("buffers", &["must keep at most {max} minutes free before and after an appointment"]),
    ("capacities", &["must have capacities of {min} to {max} appointments at the same time"]),
    ("choices", &["must be 2 to {max} choices"]),
    ("colour", &["must be a colour of # and six hexadecimal digits, as {_}"]),
    ("columns", &["must have the names of its columns in the first row: {_}"]),
    (
        "control_characters",
        &[
            "must have no control characters",
            "must have no control characters, and one line",
            "holds control characters",
            "holds a line break or another control character",
        ],
    ),
    ("currency", &["must be three letters of ISO 4217, as EUR"]),
    ("currency_missing", &["must be there where a value is"]),
    ("customer_name", &["must be the customer's name, letter for letter"]),
    ("digits", &["must have {min} to {max} digits"]),
    ("durations", &["must have durations of {min} to {max} minutes"]),
    (
        "email",
        &[
            "must be an e-mail address",
            "must be an e-mail address, as {_}",
            "must have e-mail addresses, as {_}",
        ],
    ),
    (
        "empty",
        &[
            "must not be empty",
            "must have at least one",
            "must name one topic at least",
            "must name one permission at least",
            "must name one event at least",
            "must expect something: {_}",
        ],
    ),
    ("erased_person", &["must be added by hand: everything about a person with this number was erased"]),
    ("erasing_person", &["must wait: everything about a person with this number is being erased"]),
    ("header_value", &["must each have a value, where it had none or {_}"]),
    ("holiday", &["must each end on or after its first day, within {max} days"]),
    ("horizon", &["must be limited to {min} to {max} days ahead, or not at all"]),
    ("import_again", &["must be imported again: somebody changed the customer at the same time"]),
    ("language", &["must be a BCP 47 tag, as {_}"]),
    (
        "languages",
        &[
            "must be at most {max} BCP 47 tags, as {_}",
            "must have languages by BCP 47 tags, at most {max}, at {_}",
        ],
    ),
    ("leads_back", &["must not lead back to this queue", "must not lead back to this number"]),
    (
        "length",
        &[
            "must have {min} to {max} characters",
            "must have {min} to {max} characters, in one line",
            "must have {min} to {max} characters, it has {_}",
            "must have a voice's name of {min} to {max} printable characters without spaces, at {_}",
            "must have {min} to {max} characters of ASCII, {_}",
            "must have a text of {min} to {max} characters without control characters",
            "must say {min} to {max} characters",
            "must be {min} to {max} characters, none of them {_}",
            "must be a name of {min} to {max} characters without {_}",
            "must be an extension: {min} to {max} characters",
        ],
    ),
    (
        "length_each",
        &[
            "must each have {min} to {max} characters, in one line",
            "must have names of {min} to {max} characters",
            "must have texts of {min} to {max} characters",
            "must have values of {min} to {max} characters that can stand in a header",
            "must be {min} to {max} visible ASCII characters each",
            "must each have {min} to {max} characters, in one line, and a letter or a digit",
        ],
    ),
    ("minutes_after_start", &["must be {min} to {max} minutes after `starts_at`"]),
    (
        "name_form",
        &[
            "must have {min} to {max} lower case letters, digits, `_` and `-`",
            "must have {min} to {max} small letters, digits and _, a letter first",
            "must have {min} to {max} letters, digits, `_`, `-` and `.` each",
        ],
    ),
    ("no_choices", &["must be left out of a field that is no choice"]),
    ("no_sip_host", &["must not forward to an extension, for Twilio knows no SIP host {_}"]),
    ("notice", &["must require at most {max} hours of notice"]),
    ("number", &["must be a number, as {_}"]),
    (
        "number_not_proved",
        &[
            "must be proved: {_}",
            "must be proved by an account at Twilio itself: {_}",
            "must be one that the organization's own Twilio account has",
        ],
    ),
    ("organization_name", &["must be the organization's name, letter for letter"]),
    ("overlap", &["must have spans that do not overlap", "must have hours that do not overlap, {_}"]),
    ("page_origins", &["must be origins of pages, as {_}"]),
    (
        "phone_number",
        &[
            "must be a number with its country code, as {_}",
            "must be at most {max} numbers with their country code, each once, as {_}",
            "must have numbers with their country, as {_}",
            // Reasons of a type of its own that refuses while the body is read.
            "is not as it must be: must be a number with its country code, as {_}",
        ],
    ),
    (
        "phone_pattern",
        &[
            "must be a number: {min} to {max} digits, with + before them as needed",
            "must be the name of an extension, or a number of {min} to {max} digits with + before them as needed",
        ],
    ),
    ("prices", &["must have prices of 0 or more, the lower one first"]),
    (
        "range",
        &[
            "must be {min} to {max}",
            "must be {min} (Monday) to {max} (Sunday)",
            "must have a month_cost_max_micros of {min} to {max}",
            "must have a share_percent of {min} to {max}",
            "must have a call_cost_max_micros of {min} to {max}, at {_}",
        ],
    ),
    (
        "required",
        &[
            "must be there",
            "must be there, or {_}",
            "must be given, or {_}",
            "must be chosen: the call's queue asks for it",
            "must have a reason: {_}",
        ],
    ),
    ("reserved", &["must not be a word that Cordboard uses itself"]),
    ("resource", &["must have a `resource` of {min} to {max} characters, or none"]),
    (
        "revision",
        &[
            "must say which revision {_}",
            "must be 0 or left out: nothing is there yet",
            "is not the one of `If-Match`",
            "must stand in `If-Match` {_}",
        ],
    ),
    ("row_twice", &["must not be a number of row {min} as well: {_}"]),
    ("same_customer", &["must be another customer"]),
    ("schema", &["must be the JSON schema of an object", "must be a JSON schema that can be read: {_}"]),
    ("score_answer", &["must answer questions of the scorecard, each in its kind"]),
    (
        "score_question",
        &["must each have an id of {min} to {max} small letters, digits and _ of its own, and {_}"],
    ),
    (
        "secrets_anew",
        &[
            "must all be sent anew, for base_url leads to another server",
            "must have {_} sent anew, for its address leads to another server",
        ],
    ),
    ("several_customers", &["must be numbers of one customer: {_}"]),
    ("shape", &["is not as it must be: {_}", "are not as they must be: {_}", "must be a UUID"]),
    ("sip_domain", &["must have a sip_domain that is a host, as {_}"]),
    ("span_order", &["must not close when it opens; {_}"]),
    ("speech_voice", &["must have a speech_voice, for ElevenLabs has none that is everybody's"]),
    ("supervising_role", &["must be a role that supervises: {_}"]),
    (
        "target",
        &["must forward to the name of an extension, or {_}", "must have {min} to {max} targets, each {_}"],
    ),
    ("time", &["must be between the years 1970 and 2200"]),
    ("time_in_call", &["must be between the call's beginning and now"]),
    ("time_zone", &["is no time zone of the IANA database", "is no time zone of the IANA database; {_}"]),
    (
        "too_long",
        &[
            "must have at most {max} characters",
            "must have at most {max} characters, in one line",
            "must have at most {max} characters in all its texts",
            "must be one line of at most {max} characters",
            "has more than {max} characters",
        ],
    ),
    ("too_long_bytes", &["must have {max} bytes at most", "must have at most {max} bytes"]),
    (
        "too_many",
        &[
            "must be at most {max}",
            "must be at most {max}, with names of at most {_}",
            "must be at most {max}, each with {_}",
            "must be at most {max} questions of {_}",
            "must name 1 to {max} agents",
            "must have at most {max} patterns",
            "must have at most {max} rules",
            "must have at most {max} questions",
            "must have at most {max} recipients of a kind",
            "must have at most {max} rows",
            "must have at most {max} entries",
            "must have at most {max} voices",
            "must have at most {max} spans",
            "has more than {max} rows: {_}",
        ],
    ),
    (
        "too_many_texts",
        &[
            "must be at most {max} texts of 1 to {chars} characters each",
            "must have at most {max} lines of 1 to {chars} characters each",
        ],
    ),
    ("too_short", &["must have {min} characters or more"]),
    (
        "tool_name",
        &[
            "must have {min} to {max} lower case letters, digits and `_`, a letter first, and be none of a built-in tool",
        ],
    ),
    ("topic_words", &["must be {min} to {max} words or phrases"]),
    (
        "twice",
        &[
            "must name each user once",
            "must name each tool once",
            "must name each of them once",
            "must name each key or sequence of keys once",
            "must have each name once",
            "must be named once each",
            "name a user twice",
        ],
    ),
    (
        "unknown",
        &[
            "is no user's of the organization",
            "is no other user's of the organization",
            "must all be users of the organization",
            "is no customer's",
            "is no call's",
            "is no lead's",
            "is no queue's",
            "is no disposition's",
            "is no published version of that profile",
            "must name an extension that there is",
            "must name a queue that there is",
            "must be the name of an extension",
            "must lead to the name of an extension",
            "must be one of `/api/v1/extensions` for an agent with a phone",
            "must be one of the organization's agent profiles",
            "must be the name of an agent profile",
            "must be the name of an agent profile, of {_}",
            "must be the name of a switch in the configuration",
        ],
    ),
    ("unknown_argument", &["names `{_}`, which is no property of parameters"]),
    (
        "variant",
        &[
            "must name another profile or version than the campaign does",
            "must be left out where no profile is named",
            "must be left out where agents talk: {_}",
        ],
    ),
    (
        "wrong_kind",
        &[
            "is of a message that came in",
            "is of a to-do; an event has `at`",
            "is of an event; a to-do has `due_at`",
        ],
    ),
    ("wrong_word", &["must be new, contacted, qualified, won or lost", "must be of these names: {_}"]),
    ("zone_of_number", &["is no time zone in which the number may be"]),
];

/// Returns the code for a sentence, and its numbers.
pub(super) fn known(sentence: &str) -> (&'static str, Map<String, Value>) {
    for (code, forms) in RULES {
        if let Some(params) = forms.iter().find_map(|form| fitting(form, sentence)) {
            return (code, params);
        }
    }
    (OTHER, Map::new())
}

/// Returns the numbers of a sentence, if it has this form.
fn fitting(form: &str, sentence: &str) -> Option<Map<String, Value>> {
    let (mut form, mut rest, mut params) = (form, sentence, Map::new());
    while let Some((before, opened)) = form.split_once('{') {
        rest = rest.strip_prefix(before)?;
        let (name, after) = opened.split_once('}')?;
        let taken = if name == "_" {
            let next = after.split('{').next().unwrap_or_default();
            if next.is_empty() { rest.len() } else { rest.find(next)? }
        } else {
            rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
        };
        let (value, left) = rest.split_at_checked(taken)?;
        if name != "_" {
            params.insert(name.to_owned(), json!(value.parse::<u64>().ok()?));
        }
        (form, rest) = (after, left);
    }
    (form == rest).then_some(params)
}

/// The codes in the API's document.
pub(super) fn schema() -> ObjectBuilder {
    let words = RULES.iter().map(|(code, _)| *code).chain([OTHER]);
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some(
            "Which rule it breaks, in one word for programs, such as `range`; `other` if only `reason` says it.",
        ))
        .enum_values(Some(words))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Sentences that are sent as they are, in English: their readers operate the server or write programs.
    const FREE: &[&str] = &[
        "holds a value of 1 that has control characters, or more than 1 bytes",
        "holds the name 1: a name has 1 to 1 letters, digits and _, and does not begin with a digit",
        "must be CA and 32 digits of 0 to 9 and a to f",
        "must be confirmed, cancelled, or what it is",
        "must be false or left out: a draft is published by itself",
        "must be left out beside `from_draft`",
        "must be left out beside `to_draft`",
        "must be numbers that are yours to show: ask the operator to grant the caller id 1",
        "must be that of the profile: the first draft alone gives it another one",
        "must be where a turn of the caller is",
        "must lie in a context that the organization was granted: ask the operator to grant context 1",
        "must name an extension, and have phrases of 1 to 1 characters with a word, at most 1 of a language, by BCP 47 tags, at most 1",
        "must name switches of the configuration: 1",
        "must name switches that are among `switches`",
    ];

    #[test]
    fn a_sentence_has_its_code_and_its_numbers() {
        for (sentence, code, params) in [
            ("must be 25 to 150", "range", json!({ "min": 25, "max": 150 })),
            ("must be 1 (Monday) to 7 (Sunday)", "range", json!({ "min": 1, "max": 7 })),
            ("must have 1 to 120 characters, it has 5000", "length", json!({ "min": 1, "max": 120 })),
            ("must be at most 20 BCP 47 tags, as `en` or `pt-BR`", "languages", json!({ "max": 20 })),
            ("must be at most 20", "too_many", json!({ "max": 20 })),
            ("is not as it must be: invalid type", "shape", json!({})),
            ("names `x`, which is no property of parameters", "unknown_argument", json!({})),
            ("must be at most twenty", OTHER, json!({})),
            ("must be 25 to 150 or so", OTHER, json!({})),
            ("", OTHER, json!({})),
        ] {
            assert_eq!(known(sentence), (code, params.as_object().unwrap().clone()), "{sentence}");
        }
    }

    #[test]
    fn codes_are_sorted_and_each_form_has_its_own() {
        assert!(RULES.is_sorted_by_key(|(code, _)| code), "out of order");
        for (code, forms) in RULES {
            for form in *forms {
                let sentence = form
                    .replace("{_}", "so")
                    .replace("{min}", "1")
                    .replace("{max}", "2")
                    .replace("{chars}", "3");
                assert_eq!(known(&sentence).0, *code, "{sentence}");
            }
        }
    }

    /// The literals in a source that begin as a reason does, with `1` in place of their arguments.
    fn reasons(source: &str) -> Vec<String> {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let code: String =
            source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let texts = code.split('"').skip(1).step_by(2);
        let begins =
            |text: &&str| ["must ", "is no ", "is of ", "holds "].iter().any(|word| text.starts_with(word));
        let joined = |text: &str| {
            text.split("\\\n")
                .enumerate()
                .map(|(line, part)| if line == 0 { part } else { part.trim_start() })
                .collect::<String>()
        };
        texts.filter(begins).map(|text| filled(&joined(text))).collect()
    }

    fn filled(text: &str) -> String {
        let (mut all, mut rest) = (String::new(), text);
        while let Some((before, opened)) = rest.split_once('{') {
            all.push_str(before);
            if let Some(opened) = opened.strip_prefix('{') {
                all.push('{');
                rest = opened;
            } else {
                all.push('1');
                rest = opened.split_once('}').map_or("", |(_, after)| after);
            }
        }
        all + &rest.replace("}}", "}")
    }

    fn collect(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.extend(reasons(&fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn every_reason_has_a_code_or_is_sent_unchanged() {
        let mut found = Vec::new();
        for folder in ["src/web/api", "schema/src"] {
            collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
        }
        assert!(found.len() > 100, "the sources can't be parsed as expected: {found:?}");
        found.sort();
        found.dedup();
        let free: Vec<&String> = found
            .iter()
            .filter(|reason| known(reason).0 == OTHER && !FREE.contains(&reason.as_str()))
            .collect();
        assert!(free.is_empty(), "add a form to RULES, and its words to static/src/api/words: {free:#?}");
        let gone: Vec<&&str> = FREE.iter().filter(|reason| !found.iter().any(|one| one == *reason)).collect();
        assert!(gone.is_empty(), "forms of no sentence: {gone:#?}");
    }
}
