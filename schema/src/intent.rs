//! Whether a caller's words ask for a person. Pure, and by words alone, without a model.
//!
//! A phrase counts if its words are in one clause in order, with at most two other words between any two of them. It does not
//! count if the clause negates it ("don't transfer me"), if the sentence reports somebody else's words ("he said transfer me"),
//! if it is in quotation marks, or if it is only hypothetical ("if you transfer me again"). A phrase of one word counts only if
//! all other words are small words ("operator, please").
//!
//! In an unknown language, the owner's phrases count only as whole clauses, because its words of negation are not known.

mod languages;
mod opting_out;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::business::is_language_tag;
use crate::limits::{HANDOFF_LANGUAGES_MAX, HANDOFF_PHRASE_CHARS_MAX, HANDOFF_PHRASES_MAX};
use crate::plain::{Lines, text_fault};
use languages::Grammar;
pub use opting_out::opt_out_in;

/// Maximum number of other words between two words of a phrase.
const WORDS_BETWEEN_MAX: usize = 2;
/// Number of words before a reporting word among which its speaker is found.
const SPEAKER_WORDS_BEFORE: usize = 3;
/// Number of characters of a caller's utterance that are checked.
const SAID_CHARS_MAX: usize = 2_000;

/// Words with which a profile's callers ask for a person, and the person they get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct HandoffWords {
    /// Whether a caller's words are searched. An assistant with a suitable tool has 2 s to use it first.
    pub enabled: bool,
    /// The name of the extension that is rung. If null, the people whom the business has named are called, else the first
    /// extension that a key leads to, else the one for callers who can't be served.
    pub target: Option<String>,
    /// The phrases by language, such as `{"en": ["talk to a person"]}`. They replace the built-in ones of that language.
    #[cfg_attr(feature = "openapi", schema(value_type = HashMap<String, Vec<String>>))]
    pub phrases: BTreeMap<String, Vec<String>>,
}

impl Default for HandoffWords {
    fn default() -> Self {
        Self { enabled: true, target: None, phrases: BTreeMap::new() }
    }
}

impl HandoffWords {
    /// Whether its phrases are valid and not too many.
    pub fn is_sound(&self) -> bool {
        let can_be_said = |phrase: &String| {
            text_fault(phrase, HANDOFF_PHRASE_CHARS_MAX, Lines::One).is_none()
                && words(phrase).next().is_some()
        };
        self.phrases.len() <= HANDOFF_LANGUAGES_MAX
            && self.phrases.iter().all(|(tag, phrases)| {
                is_language_tag(tag)
                    && phrases.len() <= HANDOFF_PHRASES_MAX
                    && phrases.iter().all(can_be_said)
            })
    }

    /// Returns the phrase with which these words of a caller ask for a person, on calls in this language. The phrases of all
    /// other listed languages count as well.
    pub fn asked_by(&self, said: &str, language: &str) -> Option<String> {
        if !self.enabled {
            return None;
        }
        let (spoken, own) =
            (primary(language), |tag: &str| self.phrases.keys().any(|own| primary(own) == tag));
        let built_in = Grammar::of(&spoken).filter(|_| !own(&spoken));
        let of_language = built_in.into_iter().flat_map(|grammar| {
            let heard = ParsedSpeech::of(said, &spoken);
            grammar
                .asks_for_person
                .iter()
                .find(|phrase| heard.asks(phrase))
                .map(|phrase| (*phrase).to_owned())
        });
        let of_owner = self.phrases.iter().filter_map(|(tag, phrases)| {
            let heard = ParsedSpeech::of(said, tag);
            phrases.iter().find(|phrase| heard.asks(phrase)).cloned()
        });
        of_language.chain(of_owner).next()
    }
}

/// A caller's words, prepared for the search.
#[derive(Clone, Debug)]
pub struct ParsedSpeech {
    grammar: Option<&'static Grammar>,
    sentences: Vec<Sentence>,
}

/// The clauses of a sentence, each as its words.
type Sentence = Vec<Vec<String>>;

impl ParsedSpeech {
    /// Parses words in a language, such as `en` or `pt-BR`.
    pub fn of(said: &str, language: &str) -> Self {
        let grammar = Grammar::of(&primary(language));
        let said: String = said.chars().take(SAID_CHARS_MAX).collect();
        let unquoted = without_quotations(&said);
        let sentences = unquoted.split(ends_sentence).map(|sentence| clauses(sentence, grammar)).collect();
        Self { grammar, sentences }
    }

    /// Whether this phrase was said, and meant.
    pub fn means(&self, phrase: &str) -> bool {
        let phrase: Vec<String> = words(phrase).collect();
        self.is_meant_where(&phrase, |_, _| true)
    }

    /// Whether this phrase was said and meant, and a phrase of one word has only small words around it.
    fn asks(&self, phrase: &str) -> bool {
        let phrase: Vec<String> = words(phrase).collect();
        self.is_meant_where(&phrase, |grammar, clause| {
            let is_small = |word: &String| phrase.contains(word) || grammar.small.contains(&word.as_str());
            phrase.len() > 1 || clause.iter().all(is_small)
        })
    }

    fn is_meant_where(&self, phrase: &[String], holds: impl Fn(&Grammar, &[String]) -> bool) -> bool {
        if phrase.is_empty() {
            return false;
        }
        self.sentences.iter().any(|sentence| {
            let mut before: Vec<&str> = Vec::new();
            sentence.iter().any(|clause| {
                let is_meant = match self.grammar {
                    None => phrase == clause,
                    Some(grammar) => is_meant(phrase, clause, &before, grammar) && holds(grammar, clause),
                };
                before.extend(clause.iter().map(String::as_str));
                is_meant
            })
        })
    }
}

/// Whether a phrase is in a clause and is meant, given the words before the clause in the sentence.
fn is_meant(phrase: &[String], clause: &[String], before: &[&str], grammar: &Grammar) -> bool {
    let Some((from, to)) = found(phrase, clause) else { return false };
    let clause: Vec<&str> = grammar.without_harmless(clause);
    let negated = if grammar.negates_after { &clause[..] } else { &clause[..to] };
    let answers = |at: usize, word: &str| at == 0 && grammar.answers_no == word;
    let is_negated =
        negated.iter().enumerate().any(|(at, word)| grammar.negates.contains(word) && !answers(at, word));
    let is_thought = clause[..from].iter().any(|word| grammar.supposes.contains(word));
    let spoken: Vec<&str> = before.iter().chain(&clause[..from]).copied().collect();
    !is_negated && !is_thought && !is_reported(&spoken, grammar)
}

/// Returns the position of a phrase in a clause: its first word, and the word after its last.
fn found(phrase: &[String], clause: &[String]) -> Option<(usize, usize)> {
    let places = places(phrase, clause)?;
    Some((*places.first()?, places.last()? + 1))
}

/// Returns the position of each word of a phrase in a clause.
fn places(phrase: &[String], clause: &[String]) -> Option<Vec<usize>> {
    let (first, rest) = phrase.split_first()?;
    let starts = clause.iter().enumerate().filter(|(_, word)| *word == first).map(|(at, _)| at);
    starts.into_iter().find_map(|from| {
        let mut places = vec![from];
        for word in rest {
            let next = places.last()? + 1;
            let mut near = clause.iter().skip(next).take(WORDS_BETWEEN_MAX + 1);
            places.push(next + near.position(|other| other == word)?);
        }
        Some(places)
    })
}

/// Whether these words say that somebody else said what follows.
fn is_reported(before: &[&str], grammar: &Grammar) -> bool {
    let reporter = before.iter().rposition(|word| grammar.reports.contains(word));
    reporter.is_some_and(|at| {
        let near = &before[at.saturating_sub(SPEAKER_WORDS_BEFORE)..at];
        !near.iter().any(|word| grammar.speaker.contains(word))
    })
}

/// Returns the clauses of a sentence, without those that have no words.
fn clauses(sentence: &str, grammar: Option<&Grammar>) -> Sentence {
    let parts = sentence.split([',', ':', '،', '、', '–', '—', '(', ')']);
    let turns = |word: &String| grammar.is_some_and(|grammar| grammar.turns.contains(&word.as_str()));
    let parts = parts.flat_map(|part| {
        let words: Vec<String> = words(part).collect();
        words.split(turns).map(<[String]>::to_vec).collect::<Vec<_>>()
    });
    parts.filter(|clause| !clause.is_empty()).collect()
}

/// Returns the words in lower case letters and digits; apostrophes are removed.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c));
    let plain =
        parts.map(|part| part.chars().filter(|c| !is_apostrophe(*c)).collect::<String>().to_lowercase());
    plain.filter(|word| !word.is_empty())
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '`' | '´')
}

fn ends_sentence(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | ';' | '…' | '\n' | '。' | '！' | '？' | '؟' | '¿' | '¡')
}

/// Returns the text without quotations; the whole text if there is nothing else.
fn without_quotations(text: &str) -> String {
    let mut is_quoted = false;
    let outside: String = text
        .chars()
        .filter(|c| {
            let is_mark = matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
            is_quoted ^= is_mark;
            !is_quoted && !is_mark
        })
        .collect();
    match outside.chars().any(char::is_alphanumeric) {
        true => outside,
        false => text.to_owned(),
    }
}

/// Returns the languages in which requests are understood, such as `en`.
pub fn languages() -> impl Iterator<Item = &'static str> {
    languages::ALL.iter().map(Grammar::tag)
}

/// Returns the language of a tag, such as `pt` of `pt-BR`.
pub(crate) fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
