//! Backchannels: words that only show that the caller listens, and need no answer, such as "mhm", "ja" or "sí, claro".

/// Longest backchannel in words: more words are a sentence.
const WORDS_MAX: usize = 3;

/// Backchannel words, in the languages that assistants speak most.
const WORDS: &[&str] = &[
    // Sounds.
    "mhm", "mm", "mmm", "mmhm", "hm", "hmm", "hmmm", "uh", "huh", "ah", "aah", "aha", "ahh", "oh", "ooh",
    // English.
    "yes", "yeah", "yep", "yup", "ya", "ok", "okay", "okey", "right", "alright", "sure", "exactly", "indeed",
    "cool", "great", "good", "nice", "fine", "true", // German.
    "ja", "jaja", "jo", "joa", "genau", "gut", "klar", "stimmt", "richtig", "ach", "achso", "so", "verstehe",
    "super", // Spanish.
    "sí", "si", "claro", "vale", "bueno", "bien", "ajá", "entiendo", "exacto", "cierto", "perfecto",
    // Portuguese.
    "sim", "tá", "ta", "está", "bom", "certo", "pois", "é", "isso", "entendi", "aham", "uhum",
    // French, Italian.
    "oui", "ouais", "daccord", "voilà", "sì", "capito",
];

/// Backchannels of several words.
const PHRASES: &[&str] =
    &["i see", "got it", "of course", "uh huh", "alles klar", "ach so", "de acuerdo", "muy bien", "tudo bem"];

/// Returns whether a text is a backchannel. An empty text is not.
pub(super) fn is_backchannel(text: &str) -> bool {
    let text = text.to_lowercase().replace(['\'', '’'], "");
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words.len() > WORDS_MAX {
        return false;
    }
    words.iter().all(|word| WORDS.contains(word)) || PHRASES.contains(&words.join(" ").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backchannels_are_recognized_in_several_languages() {
        for text in [
            "mhm",
            "Mm-hmm.",
            "Yes.",
            "okay, okay",
            "Ja, genau!",
            "sí",
            "Sí, claro.",
            "D'accord",
            "I see.",
            "Uh-huh",
            "Tá bom",
        ] {
            assert!(is_backchannel(text), "{text}");
        }
    }

    #[test]
    fn meaningful_words_are_no_backchannel() {
        for text in [
            "",
            "...",
            "no",
            "stop",
            "wait",
            "yes but",
            "okay tell me more",
            "ja ja ja ja",
            "nein",
            "Moment",
            "sí pero no",
        ] {
            assert!(!is_backchannel(text), "{text}");
        }
    }
}
