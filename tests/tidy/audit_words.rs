//! The audit log's page has a text for everything that the server records.

use std::fs;
use std::path::Path;

/// The quoted texts that are actions, such as `campaign.started`: two lower-case words with a dot between them.
fn actions(list: &str) -> Vec<&str> {
    list.split('"').filter(|text| is_action(text)).collect()
}

fn is_action(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
    };
    text.split_once('.').is_some_and(|(about, did)| is_word(about) && is_word(did))
}

/// Actions without a text of their own, and without texts for noun and verb.
fn unsaid(list: &str, words: &str) -> Vec<String> {
    let (nouns, verbs) = words.split_once("  verbs: {").unwrap();
    let has = |part: &str, key: &str| part.contains(&format!("\n    {key}: \""));
    let is_said = |action: &str| {
        let (about, did) = action.split_once('.').unwrap();
        has(nouns, &format!("\"{action}\"")) || (has(nouns, about) && has(verbs, did))
    };
    actions(list).into_iter().filter(|action| !is_said(action)).map(str::to_owned).collect()
}

#[test]
fn an_action_without_a_text_is_found() {
    let list = "As(&[\"queue.created\", \"queue.emptied\", \"call.shared\", \"lead.created\"])";
    let words = "{\n    \"call.shared\": \"Call shared\",\n  nouns: {\n    queue: \"Queue\",\n  verbs: {\n    created: \"made\",\n";
    assert_eq!(unsaid(list, words), ["queue.emptied", "lead.created"]);
}

#[test]
fn every_action_of_the_audit_log_has_a_text() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let list = read("src/web/routes/audited.rs");
    assert!(actions(&list).len() > 100, "the list of audit lines has moved");
    let unsaid = unsaid(&list, &read("static/src/audit/words/en.ts"));
    assert!(unsaid.is_empty(), "static/src/audit/words has no text for {unsaid:?}");
}
