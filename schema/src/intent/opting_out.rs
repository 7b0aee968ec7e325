//! Whether a callee's words ask not to be called again. Pure, and word by word, as wishes for a person are found.
//!
//! Such a phrase may negate ("don't call me again"), so a negation counts against it only where it is beside the phrase and is no
//! word of it. A wish that holds for a time alone ("don't call me again before nine"), words about others ("they never call me again")
//! and reported ones do not count. English and German are known, whatever language the call is in.

use super::languages::Grammar;
use super::{ParsedSpeech, Sentence, is_reported, places, words};

/// Longest distance between a phrase and a negation that reverses it, in words.
const NEGATED_WITHIN: usize = 2;

/// Words of a language.
struct OptOutWords {
    tag: &'static str,
    phrases: &'static [&'static str],
    /// Those of which a comma parts the words.
    in_two_clauses: &'static [&'static str],
    /// Words by which a wish holds for a time alone.
    for_a_time: &'static [&'static str],
    /// Words right before the phrase by which it is about somebody else.
    others: &'static [&'static str],
}

const ALL: [OptOutWords; 2] = [
    OptOutWords {
        tag: "en",
        phrases: &[
            "dont call me again",
            "do not call me again",
            "dont call me anymore",
            "do not call me anymore",
            "dont call me any more",
            "do not call me any more",
            "dont ever call me",
            "do not ever call me",
            "dont call this number again",
            "do not call this number again",
            "dont call here again",
            "do not call here again",
            "never call me again",
            "never call this number again",
            "stop calling me",
            "stop calling this number",
            "stop calling here",
            "dont ring me again",
            "do not ring me again",
            "dont phone me again",
            "dont contact me again",
            "do not contact me again",
            "take me off your list",
            "take me off the list",
            "take me off this list",
            "take my number off",
            "remove me from your list",
            "remove me from the list",
            "remove me from this list",
            "remove my number",
            "delete my number",
            "put me on your do not call list",
            "put me on the do not call list",
        ],
        in_two_clauses: &[],
        for_a_time: &[
            "today",
            "tonight",
            "tomorrow",
            "before",
            "until",
            "till",
            "week",
            "month",
            "morning",
            "evening",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ],
        others: &["they", "he", "she", "people", "who"],
    },
    OptOutWords {
        tag: "de",
        phrases: &[
            "rufen sie mich nicht mehr an",
            "rufen sie mich nie mehr an",
            "rufen sie mich nie wieder an",
            "rufen sie mich bloß nicht mehr an",
            "rufen sie nicht mehr an",
            "rufen sie nie wieder an",
            "rufen sie uns nicht mehr an",
            "ruf mich nicht mehr an",
            "ruf mich nie wieder an",
            "ruft mich nicht mehr an",
            "mich nicht mehr anrufen",
            "mich nicht mehr anzurufen",
            "mich nie wieder anrufen",
            "uns nicht mehr anrufen",
            "nicht mehr angerufen werden",
            "nie wieder angerufen werden",
            "streichen sie mich von ihrer liste",
            "streichen sie mich von der liste",
            "streichen sie mich aus ihrer liste",
            "streichen sie mich aus der liste",
            "nehmen sie mich von ihrer liste",
            "nehmen sie mich von der liste",
            "nehmen sie mich aus ihrer liste",
            "nehmen sie mich aus der liste",
            "löschen sie meine nummer",
            "streichen sie meine nummer",
            "nehmen sie meine nummer aus",
            "nehmen sie meine nummer von",
        ],
        in_two_clauses: &["hören sie auf mich anzurufen", "hören sie auf uns anzurufen"],
        for_a_time: &[
            "heute",
            "morgen",
            "abends",
            "morgens",
            "vor",
            "bis",
            "woche",
            "monat",
            "montag",
            "dienstag",
            "mittwoch",
            "donnerstag",
            "freitag",
            "samstag",
            "sonntag",
        ],
        others: &["er", "man", "wer"],
    },
];

/// The phrase by which these words ask not to be called again, if they do.
pub fn opt_out_in(said: &str) -> Option<&'static str> {
    ALL.iter().find_map(|language| language.phrase_in(said))
}

impl OptOutWords {
    fn phrase_in(&self, said: &str) -> Option<&'static str> {
        let heard = ParsedSpeech::of(said, self.tag);
        let grammar = heard.grammar?;
        let joined: Vec<Sentence> = heard.sentences.iter().map(|sentence| vec![sentence.concat()]).collect();
        let find = |phrases: &[&'static str], sentences: &[Sentence]| {
            phrases.iter().copied().find(|phrase| self.is_asked(phrase, sentences, grammar))
        };
        find(self.phrases, &heard.sentences).or_else(|| find(self.in_two_clauses, &joined))
    }

    fn is_asked(&self, phrase: &str, sentences: &[Sentence], grammar: &Grammar) -> bool {
        let phrase: Vec<String> = words(phrase).collect();
        sentences.iter().any(|sentence| {
            let mut before: Vec<&str> = Vec::new();
            sentence.iter().any(|clause| {
                let is_meant = self.is_meant(&phrase, clause, &before, grammar);
                before.extend(clause.iter().map(String::as_str));
                is_meant
            })
        })
    }

    fn is_meant(&self, phrase: &[String], clause: &[String], before: &[&str], grammar: &Grammar) -> bool {
        let Some(of_phrase) = places(phrase, clause) else { return false };
        let (Some(&from), Some(&last)) = (of_phrase.first(), of_phrase.last()) else { return false };
        let plain = grammar.without_harmless(clause);
        // "Why don't you call me again?"
        if of_phrase.iter().any(|at| plain[*at].is_empty()) {
            return false;
        }
        let behind = if grammar.negates_behind { NEGATED_WITHIN } else { 0 };
        let near = from.saturating_sub(NEGATED_WITHIN)..(last + 1 + behind).min(plain.len());
        let is_negation = |at: usize| {
            let answers = at == 0 && grammar.answers_no == plain[at];
            !of_phrase.contains(&at) && grammar.negates.contains(&plain[at]) && !answers
        };
        let is_thought = plain[..from].iter().any(|word| grammar.supposes.contains(word));
        let is_for_a_time = plain.iter().any(|word| self.for_a_time.contains(word));
        let is_others =
            plain[from.saturating_sub(NEGATED_WITHIN)..from].iter().any(|word| self.others.contains(word));
        let spoken: Vec<&str> = before.iter().chain(&plain[..from]).copied().collect();
        !near.into_iter().any(is_negation)
            && !is_thought
            && !is_for_a_time
            && !is_others
            && !is_reported(&spoken, grammar)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_asks_not_to_be_called_again_is_understood() {
        for said in [
            "Don't call me again!",
            "Please don’t ever call me again.",
            "I'm not interested please do not call me anymore",
            "No, don't call me again",
            "Take me off your list.",
            "Could you please take me off your calling list",
            "I said stop calling me.",
            "I told you to stop calling me!",
            "Remove my number.",
            "Rufen Sie mich nicht mehr an.",
            "Bitte rufen Sie mich nie wieder an!",
            "Ich habe kein Interesse, rufen Sie mich bitte nicht mehr an",
            "Ich möchte nicht mehr angerufen werden.",
            "Nein, nehmen Sie mich bitte aus Ihrer Liste",
            "Hören Sie endlich auf, mich anzurufen!",
            "Hören Sie auf mich anzurufen",
        ] {
            assert!(opt_out_in(said).is_some(), "{said}");
        }
    }

    #[test]
    fn who_says_something_else_stays_on_the_list() {
        for said in [
            "Call me again tomorrow.",
            "Don't call me again before nine.",
            "Please don't stop calling me",
            "Why don't you call me again?",
            "If you call me again I will buy it",
            "My wife said don't call me again",
            "They don't call me anymore",
            "Don't take me off your list",
            "\"Don't call me again\" is a song",
            "Rufen Sie mich morgen nicht mehr an",
            "Ich werde dort nicht mehr anrufen",
            "Er sagte, rufen Sie mich nicht mehr an",
            "Bitte streichen Sie mich nicht von Ihrer Liste",
            "",
        ] {
            assert_eq!(opt_out_in(said), None, "{said}");
        }
    }

    #[test]
    fn every_phrase_is_found_and_none_that_is_reported() {
        for (language, reported) in ALL.iter().zip(["he said", "er sagte"]) {
            for phrase in language.phrases.iter().chain(language.in_two_clauses) {
                assert!(opt_out_in(phrase).is_some(), "{phrase}");
                assert_eq!(opt_out_in(&format!("{reported}: {phrase}")), None, "{phrase}");
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_breaks_it(said in any::<String>()) {
            opt_out_in(&said);
        }
    }
}
