//! Pages say in words why a call has ended, for each cause that is ours.

use std::fs;
use std::path::Path;

/// The causes of the list in `schema/src/call.rs`.
fn causes(source: &str) -> Vec<&str> {
    let list = source.split_once("\ncauses! {").map_or("", |(_, behind)| behind);
    let list = list.split_once("\n}").map_or("", |(list, _)| list);
    list.lines().filter_map(|line| line.trim().split_once(" = \"")?.1.strip_suffix("\",")).collect()
}

/// Causes without words.
fn unsaid<'c>(causes: &[&'c str], words: &str) -> Vec<&'c str> {
    let words = words.split_once("\n  causes: {").map_or("", |(_, behind)| behind);
    let words = words.split_once("\n  }").map_or("", |(words, _)| words);
    causes.iter().copied().filter(|cause| !words.contains(&format!("\n    {cause}: \""))).collect()
}

#[test]
fn a_cause_without_words_is_seen() {
    let source = "macro_rules! causes {\n}\n\ncauses! {\n    /// One.\n    one = \"first\",\n    two = \"second_one\",\n}\n";
    let causes = causes(source);
    assert_eq!(causes, ["first", "second_one"]);
    let words =
        "{\n  causes: {\n    first: \"First\",\n  },\n  others: {\n    second_one: \"Second\",\n  },\n";
    assert_eq!(unsaid(&causes, words), ["second_one"]);
}

#[test]
fn each_end_of_a_call_is_said_in_words() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let source = read("schema/src/call.rs");
    let causes = causes(&source);
    assert!(causes.len() > 20, "the list of causes has moved");
    for language in ["en", "de", "es", "pt"] {
        let file = format!("static/src/words/{language}.ts");
        let unsaid = unsaid(&causes, &read(&file));
        assert!(unsaid.is_empty(), "{file} lacks words for {unsaid:?}");
    }
}
