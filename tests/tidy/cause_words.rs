//! The pages have a text for every cause of a call's end.

use std::fs;
use std::path::Path;

/// The causes in a list with entries such as `closed = "closed_hours",`.
fn causes(list: &str) -> Vec<&str> {
    let lines = list.lines().filter_map(|line| line.trim().strip_suffix("\","));
    lines.filter_map(|line| Some(line.split_once(" = \"")?.1)).collect()
}

#[test]
fn every_cause_of_a_calls_end_has_a_text() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let call = read("schema/src/call.rs");
    let (_, list) = call.split_once("\ncauses! {").unwrap();
    let causes = causes(list);
    assert!(
        causes.len() > 15 && causes.contains(&"closed_hours"),
        "the list of causes has moved: {causes:?}"
    );
    // The other languages have the same entries as the English file: the type check ensures that.
    let words = read("static/src/words/en.ts");
    let unsaid: Vec<&&str> =
        causes.iter().filter(|cause| !words.contains(&format!("\n    {cause}: \""))).collect();
    assert!(unsaid.is_empty(), "static/src/words has no text for {unsaid:?}");
}
