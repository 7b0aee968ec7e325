//! How long a caller has to be silent until their turn counts as over, judged by their words.

/// Silence after an incomplete sentence, as a multiple of the silence after a complete one.
const OPEN_TIMES: u64 = 2;
/// Silence after words that clearly go on, in ms.
const UNFINISHED_MS: u64 = 1_500;
/// Number of digits at the end of a text that may be the first part of a spelled number.
const PART_OF_NUMBER: std::ops::RangeInclusive<usize> = 3..=9;

/// Words that no turn ends with, whatever punctuation the recognizer puts after them.
const JOINS: &[&str] = &[
    "and", "but", "or", "because", "um", "uh", "uhm", "er", "erm", "und", "oder", "aber", "weil", "dass",
    "äh", "ähm", "öh", "y", "pero", "porque", "eh", "este", "e", "ou", "mas", "né", "et", "mais", "parce",
    "euh", "ma", "perché",
];

/// Words that no sentence ends with unless punctuation ends it.
const LEADS: &[&str] = &[
    "the", "a", "an", "to", "of", "for", "with", "my", "your", "is", "are", "i", "that", "if", "when",
    "from", "at", "in", "on", "so", "der", "die", "das", "ein", "eine", "einen", "mein", "meine", "ich",
    "mit", "für", "von", "zu", "wenn", "also", "ist", "am", "im", "que", "el", "la", "los", "las", "un",
    "una", "de", "para", "con", "mi", "o", "os", "um", "uma", "com", "meu", "minha", "do", "da",
];

/// Returns the silence in ms after these words that ends a turn; after a complete sentence it is `pause_ms`.
pub(super) fn pause_ms_after(text: &str, pause_ms: u64) -> u64 {
    let text = text.trim_end();
    let is_sentence = text.ends_with(['.', '!', '?', '…', '。', '！', '？']);
    let last = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let last = last.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let is_unfinished = JOINS.contains(&last.as_str())
        || text.ends_with([',', '-', '–', '—'])
        || text.ends_with("...")
        || text.ends_with('…')
        || (!is_sentence && LEADS.contains(&last.as_str()))
        || (!text.ends_with('?') && PART_OF_NUMBER.contains(&digits_at_end(text)));
    match (is_unfinished, is_sentence) {
        (true, _) => UNFINISHED_MS.max(pause_ms),
        (false, true) => pause_ms,
        // No longer than after clearly unfinished words.
        (false, false) => (pause_ms * OPEN_TIMES).min(UNFINISHED_MS.max(pause_ms)),
    }
}

/// Counts the digits at the end of a text, across spaces, dashes and final punctuation. A single group, as a time or a price, is
/// no spelled number.
fn digits_at_end(text: &str) -> usize {
    let tail = text.trim_end_matches('.');
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | ',');
    let start = tail
        .rfind(|c: char| !is_part(c))
        .map_or(0, |at| at + tail[at..].chars().next().map_or(1, char::len_utf8));
    let run = tail[start..].trim();
    let groups = run.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count();
    if groups < 2 { 0 } else { run.chars().filter(char::is_ascii_digit).count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_depends_on_the_words() {
        for (text, expected) in [
            ("When do you open?", 400),
            ("Yes.", 400),
            ("I want an appointment", 800),
            ("I want an appointment and", 1_500),
            ("I want an appointment and.", 1_500),
            ("My number is", 1_500),
            ("Ich brauche einen Termin, weil", 1_500),
            ("Das will ich das.", 400),
            ("On Monday,", 1_500),
            ("Well...", 1_500),
            ("quiero una cita para", 1_500),
            ("", 800),
        ] {
            assert_eq!(pause_ms_after(text, 400), expected, "{text}");
        }
    }

    #[test]
    fn unfinished_words_have_the_longest_wait() {
        for (pause_ms, expected) in
            [(100, [100, 200, 1_500]), (1_000, [1_000, 1_500, 1_500]), (5_000, [5_000; 3])]
        {
            let texts = ["Yes.", "I want an appointment", "On Monday,"];
            assert_eq!(texts.map(|text| pause_ms_after(text, pause_ms)), expected);
        }
    }

    #[test]
    fn a_turn_waits_while_a_number_is_spelled() {
        for (text, expected) in [
            ("It is 0 1 5", 1_500),
            ("555 01", 1_500),
            ("555-0102, 3344", 800),
            ("At 9.", 400),
            ("at 930", 800),
            ("Is it 5 5 5?", 400),
        ] {
            assert_eq!(pause_ms_after(text, 400), expected, "{text}");
        }
    }
}
