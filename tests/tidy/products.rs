//! Whoever decides about a call knows what can be done with a caller's line, and no product by its name: those stand in the schema's
//! `caller_line.rs`, once.

use super::sources::{Source, sources};

const PRODUCTS: [&str; 9] = [
    "asterisk",
    "audiosocket",
    "freeswitch",
    "twilio",
    "openai",
    "elevenlabs",
    "deepgram",
    "gemini",
    "postgres",
];

/// Lines of code or comment that name one.
fn named(source: &Source) -> Vec<String> {
    let names = |line: &&str| PRODUCTS.iter().any(|product| line.to_lowercase().contains(product));
    source.text.lines().filter(names).map(|line| format!("{}: {}", source.path, line.trim())).collect()
}

#[test]
fn no_product_is_named_where_calls_are_decided() {
    assert_eq!(named(&Source::of("a.rs", "fn a() {}\n// a FreeSWITCH\n")), ["a.rs: // a FreeSWITCH"]);
    let found: Vec<String> = sources(&["call/src"]).iter().flat_map(named).collect();
    assert!(found.is_empty(), "say what it can do instead:\n{}", found.join("\n"));
}
