//! The pages say in words why a call has ended.

use std::fs;
use std::path::Path;

/// The causes of a list that has them as `closed = "closed_hours",`.
fn causes(list: &str) -> Vec<&str> {
    let lines = list.lines().filter_map(|line| line.trim().strip_suffix("\","));
    lines.filter_map(|line| Some(line.split_once(" = \"")?.1)).collect()
}

#[test]
fn each_cause_of_a_calls_end_is_said_in_words() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let call = read("schema/src/call.rs");
    let (_, list) = call.split_once("\ncauses! {").unwrap();
    let causes = causes(list);
    assert!(
        causes.len() > 15 && causes.contains(&"closed_hours"),
        "the list of causes has moved: {causes:?}"
    );
    // The other languages have what the English file has: the check of types sees to it.
    let words = read("static/src/words/en.ts");
    let unsaid: Vec<&&str> =
        causes.iter().filter(|cause| !words.contains(&format!("\n    {cause}: \""))).collect();
    assert!(unsaid.is_empty(), "static/src/words lacks words for {unsaid:?}");
}
