//! Code that decides about a call knows the capabilities of a caller's line, and no product by name: the products are only in the schema's
//! `caller_line.rs`.

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

/// Lines of code or comments that name one.
fn named(source: &Source) -> Vec<String> {
    let names = |line: &&str| PRODUCTS.iter().any(|product| line.to_lowercase().contains(product));
    source.text.lines().filter(names).map(|line| format!("{}: {}", source.path, line.trim())).collect()
}

#[test]
fn no_product_is_named_in_decisions_about_calls() {
    assert_eq!(named(&Source::of("a.rs", "fn a() {}\n// a FreeSWITCH\n")), ["a.rs: // a FreeSWITCH"]);
    let found: Vec<String> = sources(&["call/src"]).iter().flat_map(named).collect();
    assert!(found.is_empty(), "say what it can do instead:\n{}", found.join("\n"));
}

/// Folders of voices that declare a kind that is missing in the table of kinds.
fn unregistered(all: &[Source]) -> Vec<&str> {
    const VOICES: &str = "actors/src/assistant/";
    let table = all.iter().find(|source| source.path == format!("{VOICES}mod.rs")).unwrap();
    let names = all.iter().filter_map(|source| source.path.strip_prefix(VOICES)?.strip_suffix("/kind.rs"));
    names.filter(|name| !table.code.contains(&format!("\n    {name},\n"))).collect()
}

#[test]
fn every_kind_of_voice_is_registered() {
    let table = Source::of("actors/src/assistant/mod.rs", "pub mod a;\npub mod b;\nvoices! {\n    a,\n}");
    let kind = |name: &str| Source::of(&format!("actors/src/assistant/{name}/kind.rs"), "");
    assert_eq!(unregistered(&[table, kind("a"), kind("b")]), ["b"]);
    let all = sources(&["actors/src/assistant"]);
    assert!(all.iter().filter(|source| source.path.ends_with("/kind.rs")).count() > 5, "kinds have moved");
    assert_eq!(unregistered(&all), Vec::<&str>::new(), "add its line to `voices!`");
}

/// Sections of kinds that implement `section` and are missing in the table of kinds at `path`.
fn unregistered_sections<'a>(all: &'a [Source], section: &str, path: &str) -> Vec<&'a str> {
    let table = all.iter().find(|source| source.path == path).unwrap();
    let mark = format!("impl {section} for ");
    let sections = all.iter().flat_map(|source| source.code.split(mark.as_str()).skip(1));
    let names = sections.filter_map(|rest| rest.split_whitespace().next());
    names.filter(|name| !table.code.contains(&format!("::{name},\n"))).collect()
}

#[test]
fn every_kind_of_leg_and_switch_is_registered() {
    let table = Source::of("a/mod.rs", "kinds! {\n    a: crate::a::A,\n}");
    let kind = |name: &str| Source::of(&format!("a/{name}.rs"), &format!("impl Section for {name} {{}}"));
    assert_eq!(unregistered_sections(&[table, kind("A"), kind("B")], "Section", "a/mod.rs"), ["B"]);
    let all = sources(&["actors/src"]);
    for (section, path) in
        [("LegSection", "actors/src/legs/mod.rs"), ("SwitchSection", "actors/src/switches/mod.rs")]
    {
        let missing = unregistered_sections(&all, section, path);
        assert_eq!(missing, Vec::<&str>::new(), "add its line at the end of {path}");
    }
}
