//! The contents of a call, found without a model: by words of the caller, ignoring case and accents. Pure. Values that these
//! rules can't find stay open.
//!
//! | what | how it is found |
//! | --- | --- |
//! | a topic | the caller says one of its words or phrases |
//! | a choice | the caller says it, and no other choice of the field |
//! | yes or no | the assistant speaks of the field's title and the caller answers with yes or no; else the caller speaks of it, or negates it |
//! | a number | caller or assistant speak of the field's title, and the caller says one number then |
//! | a text | never |

use std::collections::BTreeSet;

use super::{EXTRACTED_NUMBER_MAX, ExtractedValue, ExtractionField, FieldKind, Findings, TopicRule};
use crate::fold::{Role, TranscriptItem};
use crate::intent::primary;
use crate::words::words;

/// Words of a title with at least this many letters have to be said; shorter ones don't count if there is a longer one.
const TITLE_LETTERS_MIN: usize = 4;
/// An answer is among this many first words of the caller's line.
const ANSWER_WORDS: usize = 3;
/// Maximum number of words from a negation to the word that follows it and is negated.
const NEGATED_BEFORE: usize = 4;
/// Maximum number of words from a word to the negation that follows it.
const NEGATED_AFTER: usize = 2;

/// Words that agree, in the languages that the built-in assistant speaks.
const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "sure",
    "correct",
    "exactly",
    "absolutely",
    "ja",
    "jawohl",
    "genau",
    "richtig",
    "klar",
    "naturlich",
    "gerne",
    "si",
    "claro",
    "correcto",
    "exacto",
    "sim",
    "certo",
    "exato",
];

/// Words that negate.
const NO: &[&str] = &[
    "no", "nope", "not", "never", "without", "don", "doesn", "didn", "isn", "nein", "nee", "nicht", "kein",
    "keine", "keinen", "keinem", "keiner", "nie", "ohne", "sin", "nunca", "nao", "sem",
];

/// Words among these that mean something else in a language: "no domingo" is "on Sunday".
const NO_ELSEWHERE: &[(&str, &str)] = &[("pt", "no")];

/// Numbers in words. Those that are also articles are in [`ONE`].
const NUMBERS: &[(&str, f64)] = &[
    ("zero", 0.0),
    ("null", 0.0),
    ("cero", 0.0),
    ("eins", 1.0),
    ("two", 2.0),
    ("zwei", 2.0),
    ("dos", 2.0),
    ("dois", 2.0),
    ("duas", 2.0),
    ("three", 3.0),
    ("drei", 3.0),
    ("tres", 3.0),
    ("four", 4.0),
    ("vier", 4.0),
    ("cuatro", 4.0),
    ("quatro", 4.0),
    ("five", 5.0),
    ("funf", 5.0),
    ("cinco", 5.0),
    ("six", 6.0),
    ("sechs", 6.0),
    ("seis", 6.0),
    ("seven", 7.0),
    ("sieben", 7.0),
    ("siete", 7.0),
    ("sete", 7.0),
    ("eight", 8.0),
    ("acht", 8.0),
    ("ocho", 8.0),
    ("oito", 8.0),
    ("nine", 9.0),
    ("neun", 9.0),
    ("nueve", 9.0),
    ("nove", 9.0),
    ("ten", 10.0),
    ("zehn", 10.0),
    ("diez", 10.0),
    ("dez", 10.0),
    ("eleven", 11.0),
    ("elf", 11.0),
    ("onze", 11.0),
    ("twelve", 12.0),
    ("zwolf", 12.0),
    ("doce", 12.0),
    ("doze", 12.0),
];

/// Words for one that are otherwise articles: they count only if they are a whole line.
const ONE: &[&str] = &["one", "ein", "eine", "einer", "uno", "una", "um", "uma"];

/// Returns the values and topics that are found in the lines of a call, whose assistant speaks this language.
pub fn find(
    language: &str,
    fields: &[ExtractionField],
    topics: &[TopicRule],
    lines: &[TranscriptItem],
) -> Findings {
    let lines: Vec<Line> = lines.iter().map(Line::of).collect();
    let no = negations(language);
    let is_found = |topic: &&TopicRule| {
        let phrases: Vec<Phrase> = topic.words.iter().map(|word| Phrase::of(word)).collect();
        callers(&lines).any(|line| phrases.iter().any(|phrase| phrase.places(&line.words).next().is_some()))
    };
    let value = |field: &ExtractionField| {
        let found = match field.kind {
            FieldKind::Choice => choice(field, &lines).map(ExtractedValue::Text),
            FieldKind::YesNo => yes_or_no(&field.title, &lines, &no).map(ExtractedValue::YesNo),
            FieldKind::Number => number(&field.title, &lines).map(ExtractedValue::Number),
            FieldKind::Text => None,
        };
        found.map(|value| (field.name.clone(), value))
    };
    Findings {
        topics: topics.iter().filter(is_found).map(|topic| topic.name.clone()).collect(),
        fields: fields.iter().filter_map(value).collect(),
    }
}

/// A line of the transcript, with its words.
struct Line<'a> {
    role: Role,
    text: &'a str,
    words: Vec<String>,
}

impl<'a> Line<'a> {
    fn of(item: &'a TranscriptItem) -> Self {
        Self { role: item.role, text: &item.text, words: words(&item.text) }
    }
}

fn callers<'a, 'b>(lines: &'b [Line<'a>]) -> impl Iterator<Item = &'b Line<'a>> {
    lines.iter().filter(|line| line.role == Role::Caller)
}

/// Words that are searched for as a sequence.
struct Phrase(Vec<Part>);

/// A word of a phrase.
enum Part {
    Whole(String),
    /// The beginning of a word, which may be the whole word.
    Beginning(String),
}

impl Phrase {
    fn of(text: &str) -> Self {
        let mut parts = Vec::new();
        for word in text.split_whitespace() {
            let mut found: Vec<Part> = words(word).into_iter().map(Part::Whole).collect();
            if word.ends_with('*')
                && let Some(Part::Whole(last)) = found.pop()
            {
                found.push(Part::Beginning(last));
            }
            parts.extend(found);
        }
        Self(parts)
    }

    /// Returns the positions in `said` at which it begins.
    fn places<'a>(&'a self, said: &'a [String]) -> impl Iterator<Item = usize> + 'a {
        let count = self.0.len();
        let fits = |(part, word): (&Part, &String)| match part {
            Part::Whole(whole) => word == whole,
            Part::Beginning(beginning) => word.starts_with(beginning.as_str()),
        };
        let at = said.windows(count.max(1)).enumerate();
        at.filter(move |(_, window)| count > 0 && self.0.iter().zip(*window).all(fits)).map(|(at, _)| at)
    }
}

/// Returns the only choice that the caller mentions. A choice within the words of a longer one does not count.
fn choice(field: &ExtractionField, lines: &[Line<'_>]) -> Option<String> {
    let phrases: Vec<Phrase> = field.choices.iter().map(|choice| Phrase::of(choice)).collect();
    let mut said = BTreeSet::new();
    for line in callers(lines) {
        let found: Vec<(usize, usize, usize)> = phrases
            .iter()
            .enumerate()
            .flat_map(|(index, phrase)| {
                phrase.places(&line.words).map(move |at| (index, at, at + phrase.0.len()))
            })
            .collect();
        let is_within_a_longer_one = |(index, from, to): &(usize, usize, usize)| {
            found.iter().any(|(other, start, end)| {
                other != index && start <= from && to <= end && end - start > to - from
            })
        };
        said.extend(found.iter().filter(|place| !is_within_a_longer_one(place)).map(|(index, ..)| *index));
    }
    match said.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => field.choices.get(*only).cloned(),
        _ => None,
    }
}

/// Returns the words of a title by which a line mentions it.
fn title_words(title: &str) -> Vec<String> {
    let all = words(title);
    let long: Vec<String> =
        all.iter().filter(|word| word.chars().count() >= TITLE_LETTERS_MIN).cloned().collect();
    if long.is_empty() { all } else { long }
}

fn speaks_of(line: &Line<'_>, title: &[String]) -> bool {
    !title.is_empty() && title.iter().all(|word| line.words.contains(word))
}

/// Returns the positions of the caller's lines that answer a line of the assistant about the title.
fn answers(lines: &[Line<'_>], title: &[String]) -> Vec<usize> {
    let is_answer = |at: &usize| match (at.checked_sub(1).and_then(|before| lines.get(before)), &lines[*at]) {
        (Some(asked), answer) => {
            asked.role == Role::Assistant && answer.role == Role::Caller && speaks_of(asked, title)
        }
        (None, _) => false,
    };
    (0..lines.len()).filter(is_answer).collect()
}

/// Returns the words that negate in this language.
fn negations(language: &str) -> Vec<&'static str> {
    let language = primary(language);
    let negates = |word: &&str| !NO_ELSEWHERE.iter().any(|(tag, other)| *tag == language && other == word);
    NO.iter().copied().filter(negates).collect()
}

fn yes_or_no(title: &str, lines: &[Line<'_>], no: &[&str]) -> Option<bool> {
    let title = title_words(title);
    // The newest answer counts: a caller who is asked again has changed their mind.
    let mut answered = answers(lines, &title).into_iter().filter_map(|at| {
        let has = |among: &[&str]| {
            lines[at].words.iter().take(ANSWER_WORDS).any(|word| among.contains(&word.as_str()))
        };
        match (has(YES), has(no)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    });
    if let Some(answer) = answered.next_back() {
        return Some(answer);
    }
    let said: BTreeSet<bool> = callers(lines)
        .filter(|line| speaks_of(line, &title))
        .map(|line| !is_negated(&line.words, &title, no))
        .collect();
    match said.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Whether a negation is near a word of the title.
fn is_negated(said: &[String], title: &[String], no: &[&str]) -> bool {
    let places = said.iter().enumerate().filter(|(_, word)| title.contains(word)).map(|(at, _)| at);
    places.into_iter().any(|at| {
        let near = &said[at.saturating_sub(NEGATED_BEFORE)..said.len().min(at + NEGATED_AFTER + 1)];
        near.iter().any(|word| no.contains(&word.as_str()))
    })
}

/// Returns the newest number that the caller says about the title.
fn number(title: &str, lines: &[Line<'_>]) -> Option<f64> {
    let title = title_words(title);
    let answers = answers(lines, &title);
    let about = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| answers.contains(at) || (line.role == Role::Caller && speaks_of(line, &title)));
    about.filter_map(|(_, line)| only_number(line)).next_back()
}

/// Returns the number of a line that contains only one.
fn only_number(line: &Line<'_>) -> Option<f64> {
    if let [word] = line.words.as_slice()
        && ONE.contains(&word.as_str())
    {
        return Some(1.0);
    }
    let mut numbers = line.text.split_whitespace().filter_map(number_of);
    let first = numbers.next()?;
    numbers.next().is_none().then_some(first)
}

/// Returns the number that a word means, in digits or in letters.
fn number_of(word: &str) -> Option<f64> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '+'));
    if !word.contains(|c: char| c.is_ascii_digit()) {
        let [word]: [String; 1] = words(word).try_into().ok()?;
        return NUMBERS.iter().find(|(known, _)| *known == word).map(|(_, number)| *number);
    }
    let (sign, digits) = word.strip_prefix('-').map_or((1.0, word), |rest| (-1.0, rest));
    let parts: Vec<&str> = digits.split(['.', ',']).collect();
    if !parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let (whole, rest) = parts.split_first()?;
    // Three digits after a separator are thousands, as in 1.000 and 12,500.
    let is_grouped = rest.iter().all(|part| part.len() == 3) && whole.len() <= 3 && *whole != "0";
    let plain = match rest {
        [] => (*whole).to_owned(),
        _ if is_grouped => digits.replace(['.', ','], ""),
        [fraction] => format!("{whole}.{fraction}"),
        _ => return None,
    };
    let number = sign * plain.parse::<f64>().ok()?;
    (number.abs() <= EXTRACTED_NUMBER_MAX).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixMs;

    fn line((role, text): (Role, &str)) -> TranscriptItem {
        TranscriptItem { seq: 1, at: UnixMs(0), role, text: text.to_owned(), interrupted: false }
    }

    fn caller(text: &str) -> (Role, &str) {
        (Role::Caller, text)
    }

    fn assistant(text: &str) -> (Role, &str) {
        (Role::Assistant, text)
    }

    fn found(
        kind: FieldKind,
        title: &str,
        choices: &[&str],
        said: &[(Role, &str)],
    ) -> Option<ExtractedValue> {
        found_in("en", kind, title, choices, said)
    }

    fn found_in(
        language: &str,
        kind: FieldKind,
        title: &str,
        choices: &[&str],
        said: &[(Role, &str)],
    ) -> Option<ExtractedValue> {
        let field = ExtractionField {
            name: "it".to_owned(),
            title: title.to_owned(),
            kind,
            choices: choices.iter().map(ToString::to_string).collect(),
            question: "What?".to_owned(),
        };
        let lines: Vec<_> = said.iter().copied().map(line).collect();
        find(language, &[field], &[], &lines).fields.remove("it")
    }

    #[test]
    fn a_topic_is_found_by_whole_words_of_the_caller() {
        let topic = |words: &[&str]| TopicRule {
            name: "it".to_owned(),
            title: "It".to_owned(),
            words: words.iter().map(ToString::to_string).collect(),
        };
        for (words, said, expected) in [
            (&["parcel"][..], caller("Where is my PARCEL?"), true),
            (&["parcel"], caller("two parcels"), false),
            (&["parcel*"], caller("two parcels"), true),
            (&["rechnung*"], caller("Die Rechnungen fehlen"), true),
            (&["fähre"], caller("die Fahre nach Rügen"), true),
            (&["credit card"], caller("my credit card, please"), true),
            (&["credit card"], caller("a card on credit"), false),
            (&["opening hour*"], caller("your opening hours"), true),
            (&["parcel"], assistant("Is it about a parcel?"), false),
        ] {
            let is_found = !find("en", &[], &[topic(words)], &[line(said)]).topics.is_empty();
            assert_eq!(is_found, expected, "{words:?} in {said:?}");
        }
    }

    #[test]
    fn a_choice_counts_if_no_other_is_mentioned() {
        let of = |said: &[(Role, &str)]| {
            found(FieldKind::Choice, "How", &["card", "credit card", "Überweisung"], said)
        };
        let text = |text: &str| Some(ExtractedValue::Text(text.to_owned()));
        assert_eq!(of(&[caller("by card")]), text("card"));
        assert_eq!(of(&[caller("by credit card")]), text("credit card"));
        assert_eq!(of(&[caller("per Uberweisung bitte")]), text("Überweisung"));
        assert_eq!(of(&[caller("by card"), caller("no, credit card")]), None);
        assert_eq!(of(&[assistant("By card?"), caller("Yes.")]), None);
    }

    #[test]
    fn yes_and_no_are_answers_or_the_callers_own_words() {
        let of = |said: &[(Role, &str)]| match found(FieldKind::YesNo, "Delivery", &[], said) {
            Some(ExtractedValue::YesNo(yes)) => Some(yes),
            None => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(&[assistant("Do you want delivery?"), caller("Yes, please.")]), Some(true));
        assert_eq!(of(&[assistant("Do you want delivery?"), caller("Oh no, thanks.")]), Some(false));
        assert_eq!(of(&[assistant("Do you want delivery?"), caller("How much is it?")]), None);
        assert_eq!(of(&[caller("I want delivery.")]), Some(true));
        assert_eq!(of(&[caller("I don't need any delivery.")]), Some(false));
        assert_eq!(of(&[caller("Delivery. Or rather"), caller("no delivery")]), None);
        assert_eq!(of(&[caller("A table for four.")]), None);
    }

    #[test]
    fn the_portuguese_word_for_on_the_is_no_refusal() {
        let of = |language: &str, said: &[(Role, &str)]| match found_in(
            language,
            FieldKind::YesNo,
            "Entrega",
            &[],
            said,
        ) {
            Some(ExtractedValue::YesNo(yes)) => Some(yes),
            None => None,
            other => panic!("{other:?}"),
        };
        let asked = assistant("Quer entrega?");
        assert_eq!(of("pt-BR", &[asked, caller("Sim, no domingo.")]), Some(true));
        assert_eq!(of("pt", &[caller("Quero a entrega no domingo.")]), Some(true));
        assert_eq!(of("pt", &[asked, caller("Não, no domingo não.")]), Some(false));
        assert_eq!(of("es", &[asked, caller("No, gracias.")]), Some(false));
    }

    #[test]
    fn a_number_counts_if_it_is_about_the_title() {
        let of = |said: &[(Role, &str)]| match found(FieldKind::Number, "Guests", &[], said) {
            Some(ExtractedValue::Number(number)) => Some(number),
            None => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(&[caller("We are 4 guests.")]), Some(4.0));
        assert_eq!(of(&[assistant("How many guests?"), caller("Twelve!")]), Some(12.0));
        assert_eq!(of(&[assistant("How many guests?"), caller("One.")]), Some(1.0));
        assert_eq!(of(&[assistant("How many guests?"), caller("4 or 5")]), None);
        assert_eq!(of(&[assistant("How many guests?"), caller("At 8, please")]), Some(8.0));
        assert_eq!(of(&[caller("4 guests"), caller("no, 6 guests")]), Some(6.0));
        assert_eq!(of(&[caller("My number is 4.")]), None);
    }

    #[test]
    fn numbers_are_written_in_several_ways() {
        for (word, expected) in [
            ("4", Some(4.0)),
            ("4.", Some(4.0)),
            ("4,5", Some(4.5)),
            ("2.25", Some(2.25)),
            ("1.000", Some(1_000.0)),
            ("12,500", Some(12_500.0)),
            ("0.125", Some(0.125)),
            ("-3", Some(-3.0)),
            ("zwölf", Some(12.0)),
            ("12:30", None),
            ("+493012345", None),
            ("9999999999999", None),
            ("4th", None),
            ("table", None),
        ] {
            assert_eq!(number_of(word), expected, "{word}");
        }
    }
}
