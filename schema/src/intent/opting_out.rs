//! Whether a callee's words ask not to be called again. Pure, and by words alone, as requests for a person are found.
//!
//! Such a phrase may contain a negation ("don't call me again"), so a negation counts against it only if it is next to the phrase
//! and not part of it. These do not count: a request that is limited to a time ("don't call me again before nine"), words about
//! others ("they never call me again"), and reported speech. The languages of `phrases.rs` are always understood, whatever
//! language the call is in.

mod phrases;

use super::languages::Grammar;
use super::{ParsedSpeech, Sentence, WORDS_BETWEEN_MAX, is_reported, places, words};
use phrases::{ALL, OptOutWords};

/// Maximum distance between a phrase and a negation that reverses it, in words.
const NEGATED_WITHIN: usize = 2;

/// Returns the phrase with which these words ask not to be called again, if they do.
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

    /// Whether a phrase is meant at one of its positions in a clause.
    fn is_meant(&self, phrase: &[String], clause: &[String], before: &[&str], grammar: &Grammar) -> bool {
        let starts = (0..clause.len()).filter(|from| phrase.first() == clause.get(*from));
        // Only as far as the phrase can extend from there, so that a word that is repeated many times does not cost a search of
        // everything for each repetition.
        let reach = phrase.len() * (WORDS_BETWEEN_MAX + 1);
        let near = |from: usize| &clause[from..clause.len().min(from + reach)];
        let found = starts.filter_map(|from| Some((from, places(phrase, near(from))?)));
        let found = found.map(|(from, at)| at.into_iter().map(|at| from + at).collect::<Vec<_>>());
        let mut found = found.peekable();
        if found.peek().is_none() {
            return false;
        }
        let plain = grammar.without_harmless(clause);
        found.any(|of_phrase| self.is_meant_at(&of_phrase, &plain, before, grammar))
    }

    fn is_meant_at(&self, of_phrase: &[usize], plain: &[&str], before: &[&str], grammar: &Grammar) -> bool {
        let (Some(&from), Some(&last)) = (of_phrase.first(), of_phrase.last()) else { return false };
        // "Why don't you call me again?"
        if of_phrase.iter().any(|at| plain[*at].is_empty()) {
            return false;
        }
        let after = if grammar.negates_after { NEGATED_WITHIN } else { 0 };
        let near = from.saturating_sub(NEGATED_WITHIN)..(last + 1 + after).min(plain.len());
        let is_negation = |at: usize| {
            // "No, no me llame más" without its comma.
            let answers = at == 0 && (grammar.answers_no == plain[at] || plain[from] == plain[at]);
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

    fn asked_for(all: &[&str]) {
        for said in all {
            assert!(opt_out_in(said).is_some(), "{said}");
        }
    }

    fn not_asked_for(all: &[&str]) {
        for said in all {
            assert_eq!(opt_out_in(said), None, "{said}");
        }
    }

    #[test]
    fn requests_not_to_be_called_again_are_understood() {
        asked_for(&[
            "Don't call me again!",
            "Please don’t ever call me again.",
            "I'm not interested please do not call me anymore",
            "No, don't call me again",
            "Take me off your list.",
            "Could you please take me off your calling list",
            "I said stop calling me.",
            "I told you to stop calling me!",
            "Remove my number.",
            "Please don't call us again.",
            "Would you stop calling us, please?",
            "Take us off your calling list.",
            "Streichen Sie uns bitte aus Ihrer Liste.",
            "Rufen Sie mich nicht mehr an.",
            "Bitte rufen Sie mich nie wieder an!",
            "Ich habe kein Interesse, rufen Sie mich bitte nicht mehr an",
            "Ich möchte nicht mehr angerufen werden.",
            "Nein, nehmen Sie mich bitte aus Ihrer Liste",
            "Hören Sie endlich auf, mich anzurufen!",
            "Hören Sie auf mich anzurufen",
        ]);
    }

    #[test]
    fn other_words_are_not_taken_for_opting_out() {
        not_asked_for(&[
            "Call me again tomorrow.",
            "Don't call me again before nine.",
            "Please don't stop calling me",
            "Why don't you call me again?",
            "If you call me again I will buy it",
            "My wife said don't call me again",
            "They don't call me anymore",
            "Don't take me off your list",
            "The neighbours won't stop calling us",
            "Don't call us again before nine.",
            "\"Don't call me again\" is a song",
            "Rufen Sie mich morgen nicht mehr an",
            "Ich werde dort nicht mehr anrufen",
            "Er sagte, rufen Sie mich nicht mehr an",
            "Bitte streichen Sie mich nicht von Ihrer Liste",
            "",
        ]);
    }

    #[test]
    fn opting_out_in_spanish_is_distinguished_from_other_words() {
        asked_for(&[
            "No me llame más.",
            "Por favor, no me vuelvan a llamar.",
            "No, no me llamen más",
            "No no me llame más",
            "No estoy interesado, deje de llamarme.",
            "¿Podría dejar de llamarme, por favor?",
            "Le dije que no me llame más.",
            "No quiero que me llamen más.",
            "No quiero recibir más llamadas suyas",
            "Quítenme de su lista, por favor.",
            "Bórreme inmediatamente de la lista",
            "¿Puede borrarme de su lista?",
            "Elimine mi número.",
            "¡No vuelva a llamarme nunca!",
            "Dejen de llamar a esta casa",
            "No nos llamen más, gracias.",
            "Dejen de llamarnos, por favor.",
        ]);
        not_asked_for(&[
            "Llámeme mañana.",
            "No me llame más tarde, estoy ocupado",
            "No me llame más antes de las nueve.",
            "No me llamen más por la mañana",
            "No deje de llamarme, por favor.",
            "No borre mi número",
            "Mi mujer dijo: no me llame más.",
            "Él no quiere que me llame más",
            "¿Por qué no me llama más?",
            "Mi hijo no me llama más",
            "Si no me vuelve a llamar, no pasa nada",
            "«No me llame más» es una canción",
            "No me borre de su lista",
            "Deje de llamarme los domingos",
            "Nunca me llaman",
        ]);
    }

    #[test]
    fn opting_out_in_portuguese_is_distinguished_from_other_words() {
        asked_for(&[
            "Não me ligue mais.",
            "Por favor, não me liguem mais.",
            "Não, não me ligue mais",
            "Não não me ligue nunca mais",
            "Não tenho interesse, pare de me ligar.",
            "Parem de me ligar!",
            "Eu já disse: não me liguem mais.",
            "Não quero mais receber ligações de vocês",
            "Eu não quero que me liguem mais.",
            "Me tire da sua lista, por favor.",
            "Tire o meu número da lista",
            "Você pode me tirar da lista?",
            "Apague o meu número.",
            "Não voltem a ligar para aqui",
            "Nunca mais me ligue",
            "Não nos telefonem mais",
            "Parem de nos ligar!",
        ]);
        not_asked_for(&[
            "Me ligue amanhã.",
            "Não me ligue mais tarde, estou ocupado",
            "Não me ligue mais antes das nove.",
            "Não me liguem mais de manhã",
            "Não pare de me ligar, por favor.",
            "Não apague o meu número",
            "Minha mulher disse: não me ligue mais.",
            "Ela não quer que me ligue mais",
            "Por que não me liga mais?",
            "O meu filho não me liga mais",
            "Se não me ligarem, não compro",
            "«Não me ligue mais» é uma canção",
            "Não me tire da lista",
            "Pare de me ligar aos domingos",
            "Nunca me ligam",
        ]);
    }

    #[test]
    fn opting_out_in_french_is_distinguished_from_other_words() {
        asked_for(&[
            "Ne m'appelez plus.",
            "S'il vous plaît, ne m’appelez plus jamais !",
            "Non ne m'appelez plus",
            "Je ne suis pas intéressé, arrêtez de m'appeler.",
            "Arrêtez de nous appeler !",
            "Je vous ai dit de ne plus m'appeler.",
            "Merci de ne plus me rappeler",
            "Je ne veux plus être appelée.",
            "Je ne veux plus que vous m'appeliez",
            "Retirez-moi de votre liste.",
            "Pouvez-vous me retirer de votre liste ?",
            "Rayez-moi immédiatement de la liste",
            "Supprimez mon numéro, merci.",
            "Cessez de m'appeler",
            "Ne nous téléphonez plus",
            "Pourriez-vous supprimer mon numéro ?",
            "Retirez-nous de votre liste.",
        ]);
        not_asked_for(&[
            "Rappelez-moi demain.",
            "Ne m'appelez plus avant neuf heures.",
            "Ne m'appelez pas plus tard",
            "Ne me rappelez plus le soir",
            "N'arrêtez pas de m'appeler",
            "Ne supprimez pas mon numéro",
            "Ma femme a dit : ne m'appelez plus.",
            "Elle m'a demandé de ne plus m'appeler",
            "Pourquoi ne m'appelez-vous plus ?",
            "Mon fils ne m'appelle plus",
            "Si vous ne m'appelez plus, tant pis",
            "« Ne m'appelez plus » est une chanson",
            "Ne me retirez pas de la liste",
            "Arrêtez de m'appeler le dimanche",
            "Vous ne m'appelez jamais avant midi",
        ]);
    }

    #[test]
    fn every_phrase_is_found_and_none_that_is_reported() {
        let reporters = ["he said", "er sagte", "él dijo", "ele disse", "elle a dit"];
        for (language, reported) in ALL.iter().zip(reporters) {
            for phrase in language.phrases.iter().chain(language.in_two_clauses) {
                assert!(opt_out_in(phrase).is_some(), "{phrase}");
                assert_eq!(opt_out_in(&format!("{reported}: {phrase}")), None, "{phrase}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_words_break_it(said in any::<String>()) {
            opt_out_in(&said);
        }
    }
}
