//! The pages translate the sentences by which the server says why a call is offered: each is still one of its sentences.

use std::fs;
use std::path::Path;

/// The files with the sentences.
const SOURCES: [&str; 7] = [
    "actors/src/call/at_desks.rs",
    "call/src/machine/commands.rs",
    "call/src/machine/consults.rs",
    "call/src/machine/desks.rs",
    "call/src/machine/keys.rs",
    "call/src/machine/reaching.rs",
    "call/src/machine/typing.rs",
];
/// Before the name of the button by which a caller has asked for a person.
const WISHED: &str = "the caller asked for it: ";

/// The sentences that a language's words translate.
fn translated(words: &str) -> Vec<&str> {
    let (_, reasons) = words.split_once("\n    reasons: {\n").unwrap();
    let (reasons, _) = reasons.split_once("\n    },\n").unwrap();
    reasons.lines().map(|line| line.trim().trim_start_matches('"').split_once("\": ").unwrap().0).collect()
}

#[test]
fn translated_reasons_of_offers_are_sentences_of_the_server() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let sources: Vec<String> = SOURCES.iter().map(|path| read(path)).collect();
    let wishes = read("call/src/machine/person_requests.rs");
    assert!(wishes.contains(&format!("\"{WISHED}{{phrase}}\"")), "the words before a wish have changed");
    for language in ["de", "es", "pt"] {
        let words = read(&format!("static/src/desk/words/parts/{language}.ts"));
        let translated = translated(&words);
        assert!(translated.len() >= SOURCES.len(), "{language}: {translated:?}");
        for sentence in translated {
            let literal = format!("\"{}\"", sentence.trim_start_matches(WISHED));
            let is_said = sources.iter().any(|source| source.contains(&literal));
            assert!(is_said, "{language}: the server no longer says {sentence:?}");
        }
    }
}
