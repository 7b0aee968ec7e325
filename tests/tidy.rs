//! What the compiler can't check: where words may stand, how long a file may be, and that every file is used.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Lines after which a file has to be asked for its second subject.
const FILE_LINES_MAX: usize = 500;

/// A source file, its path from the root of the checkout, and its text without test modules.
struct Source {
    path: String,
    text: String,
    code: String,
}

fn sources(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in folders {
        collect(&root.join(folder), &mut found);
    }
    assert!(!found.is_empty(), "no sources in {folders:?}");
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let code = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            Source { path: path.strip_prefix(root).unwrap().display().to_string(), code, text }
        })
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// Complains about every file of `folders` that has one of `words` in its code, but for those below `rooms`.
fn only_in(folders: &[&str], words: &[&str], rooms: &[&str]) {
    let mut strays = Vec::new();
    for source in sources(folders) {
        if rooms.iter().any(|room| source.path.starts_with(room)) {
            continue;
        }
        let hits = words.iter().filter(|word| source.code.contains(**word));
        strays.extend(hits.map(|word| format!("{}: {word}", source.path)));
    }
    assert!(strays.is_empty(), "these belong elsewhere ({rooms:?}):\n{}", strays.join("\n"));
}

#[test]
fn pure_files_name_no_runtime_no_clock_and_no_chance() {
    let words = [
        "tokio::",
        "actix",
        "Instant::now",
        "SystemTime",
        "Utc::now",
        "rand::",
        "now_v7",
        "std::fs",
        "std::net",
    ];
    only_in(&["schema/src"], &words, &[]);
    let machine = [
        "actors/src/call/machine",
        "actors/src/call/cords.rs",
        "actors/src/call/effect.rs",
        "actors/src/assistant/openai/session",
        "actors/src/asterisk/port_leases.rs",
        "actors/src/freeswitch/switch/backoff.rs",
        "actors/src/freeswitch/switch/extension.rs",
        "actors/src/freeswitch/switch/fault.rs",
        "actors/src/freeswitch/switch/link.rs",
        "actors/src/freeswitch/switch/opening.rs",
        "actors/src/freeswitch/switch/reconciler.rs",
        "actors/src/freeswitch/switch/ringing.rs",
        "actors/src/freeswitch/switch/watched.rs",
        "actors/src/freeswitch/chunks",
        "actors/src/freeswitch/gathering.rs",
        "actors/src/freeswitch/heard_track.rs",
        "actors/src/freeswitch/stream_request.rs",
        "actors/src/freeswitch/unicast_packets.rs",
        "actors/src/tools",
        "actors/src/freeswitch/channel_control.rs",
        "actors/src/freeswitch/commands.rs",
        "actors/src/freeswitch/pending.rs",
        "actors/src/freeswitch/playback_queue.rs",
        "actors/src/freeswitch/standing.rs",
        "actors/src/freeswitch/translation.rs",
        "actors/src/twilio/rest/creating.rs",
        "actors/src/twilio/rest/person.rs",
        "actors/src/twilio/rest/placed.rs",
        "actors/src/twilio/rest/retry.rs",
        "actors/src/twilio/rest/rooms.rs",
        "actors/src/twilio/stream_played.rs",
        "actors/src/twilio/stream_timeline.rs",
    ];
    let pure: Vec<Source> = sources(&["actors/src"])
        .into_iter()
        .filter(|source| machine.iter().any(|part| source.path.starts_with(part)))
        .collect();
    assert!(pure.len() > 8, "the machine has moved");
    for source in pure {
        for word in words {
            assert!(!source.code.contains(word), "{} names {word}", source.path);
        }
    }
}

/// Where the system may be asked for the time, for chance or for a thread, and why it may.
const ASKS_THE_SYSTEM: [(&str, &str); 10] = [
    ("actors/src/world.rs", "asks it for everybody, or a test's world instead"),
    ("actors/src/threads.rs", "the same for threads"),
    ("src/command/", "programs beside a server"),
    ("src/secret_box.rs", "secrets"),
    ("src/random_secret.rs", "secrets"),
    ("src/outbox/signing.rs", "secrets"),
    ("src/web/accounts/", "secrets"),
    ("src/web/mod.rs", "a secret, where no other is set"),
    ("actors/src/one_time_tokens.rs", "secrets"),
    ("src/store/postgres/tunnel.rs", "libpq blocks its thread while another has to carry"),
];

#[test]
fn time_chance_and_threads_come_from_the_world() {
    // Whoever asks the system sees another clock than a test that pauses ours, or does what no test can repeat (docs/testing.md).
    let words = [
        "Utc::now",
        "SystemTime",
        "Uuid::now_v7",
        "Uuid::new_v4",
        "rand::random",
        "rand::rng()",
        "thread::spawn",
        "thread::Builder",
        "thread::sleep",
        "Arbiter::new",
    ];
    let mut strays = Vec::new();
    for source in sources(&["src", "actors/src"]) {
        let is_test = source.path.ends_with("tests.rs") || source.path.contains("/tests/");
        if is_test || ASKS_THE_SYSTEM.iter().any(|(place, _)| source.path.starts_with(place)) {
            continue;
        }
        let hits = words.iter().filter(|word| source.code.contains(**word));
        strays.extend(hits.map(|word| format!("{}: {word}", source.path)));
        let asks = |line: &&str| line.contains("std::time") && line.contains("Instant");
        strays.extend(source.code.lines().find(asks).map(|line| format!("{}: {line}", source.path)));
    }
    assert!(strays.is_empty(), "take it from actors/src/world.rs or threads.rs:\n{}", strays.join("\n"));
}

#[test]
fn the_database_stays_in_its_room() {
    only_in(
        &["src", "actors/src", "schema/src"],
        &["diesel::", "diesel_migrations"],
        &[
            "src/store/",
            "schema/src/tables.rs",
            "schema/src/tables/",
            "schema/src/rows.rs",
            "schema/src/rows/",
        ],
    );
}

#[test]
fn text_messages_are_sent_at_one_place() {
    // Whoever sends one passes its bounds (`src/store/text_gate.rs`).
    only_in(&["src"], &["SendMessage", "send_message("], &["src/texts.rs"]);
    only_in(&["src"], &["ClaimedText("], &["src/store/texts.rs"]);
    only_in(&["src"], &["AdmittedText {"], &["src/store/text_gate.rs"]);
}

#[test]
fn http_stays_in_its_room() {
    only_in(&["src", "actors/src", "schema/src"], &["actix_web"], &["src/web/", "src/boot/"]);
}

#[test]
fn nothing_but_the_arrival_asks_who_the_peer_is() {
    let words =
        ["peer_addr", "connection_info", "realip_remote_addr", "X_FORWARDED", "x-forwarded", "FORWARDED,"];
    only_in(&["src/web"], &words, &["src/web/arriving.rs"]);
}

#[test]
fn no_message_holds_audio() {
    let messages =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("actors/src/messages.rs")).unwrap();
    for word in ["Frame", "[i16]", "Vec<i16>"] {
        assert!(!messages.contains(word), "messages.rs names {word}: audio never enters a mailbox");
    }
}

#[test]
fn nothing_prints_past_the_terminal_and_nothing_is_left_to_do() {
    let mut strays = Vec::new();
    for source in sources(&["src", "actors/src", "schema/src", "tests"]) {
        if source.path == "tests/tidy.rs" {
            continue;
        }
        for word in ["TODO", "FIXME", "XXX", "todo!(", "unimplemented!(", "dbg!("] {
            let unnumbered = source.text.lines().filter(|line| line.contains(word) && !line.contains('#'));
            strays.extend(unnumbered.map(|line| format!("{}: {}", source.path, line.trim())));
        }
    }
    assert!(strays.is_empty(), "left to do, without an issue's number:\n{}", strays.join("\n"));
}

#[test]
fn no_file_grows_past_one_subject() {
    let long: Vec<String> = sources(&["src", "actors", "schema", "simulator", "tests"])
        .into_iter()
        .filter(|source| source.text.lines().count() > FILE_LINES_MAX)
        .map(|source| format!("{}: {} lines", source.path, source.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "what is their second subject?\n{}", long.join("\n"));
}

#[test]
fn every_file_is_part_of_a_module() {
    let all = sources(&["src", "actors/src", "schema/src"]);
    for source in &all {
        let path = Path::new(&source.path);
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if matches!(stem, "lib" | "main") {
            continue;
        }
        let (name, folder) = if stem == "mod" {
            let folder = path.parent().unwrap();
            (folder.file_name().unwrap().to_str().unwrap(), folder.parent().unwrap())
        } else {
            (stem, path.parent().unwrap())
        };
        let declared = [format!("mod {name};"), format!("mod {name} {{")];
        let parents = [
            folder.join("mod.rs"),
            folder.join("lib.rs"),
            folder.join("main.rs"),
            folder.with_extension("rs"),
        ];
        let used = all
            .iter()
            .filter(|other| parents.iter().any(|parent| Path::new(&other.path) == parent))
            .any(|parent| declared.iter().any(|words| parent.text.contains(words.as_str())));
        assert!(used, "{} is declared nowhere", source.path);
    }
}

#[test]
fn a_drop_is_too_short_to_panic() {
    // A panic in a Drop while a panic unwinds aborts the process, and every call with it.
    for source in sources(&["src", "actors/src"]) {
        for (at, _) in source.code.match_indices("fn drop(&mut self)") {
            let body: String = source.code[at..].lines().take_while(|line| *line != "    }").collect();
            for word in [".unwrap()", ".expect(", "panic!", "[0]", "assert"] {
                assert!(!body.contains(word), "{}: a Drop with {word}", source.path);
            }
        }
    }
}

/// The text of `NAME` where the limits' files say `pub const NAME: type = text;`.
fn constants() -> Vec<(String, String)> {
    let folder = ["schema/src/limits"];
    let mut files = sources(&folder);
    let table =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/src/limits.rs")).unwrap();
    files.push(Source { path: "schema/src/limits.rs".to_owned(), code: table, text: String::new() });
    let named = |line: &str| {
        let (name, rest) = line.trim().strip_prefix("pub const ")?.split_once(": ")?;
        let (_, value) = rest.split_once(" = ")?;
        Some((name.to_owned(), value.trim_end_matches(';').to_owned()))
    };
    files.iter().flat_map(|file| file.code.lines().filter_map(named).collect::<Vec<_>>()).collect()
}

/// A number, a constant's name, or some of them with `*` between.
fn value(text: &str, constants: &[(String, String)]) -> Option<u64> {
    let factor = |factor: &str| {
        let factor = factor.trim();
        match constants.iter().find(|(name, _)| name == factor) {
            Some((_, text)) => value(text, constants),
            None => factor.replace('_', "").parse().ok(),
        }
    };
    text.split('*').map(factor).product()
}

#[test]
fn limits_that_the_security_document_names_have_the_values_that_it_says() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/security.md")).unwrap();
    let constants = constants();
    let mut wrong = Vec::new();
    let mut named = 0;
    for (before, after) in text.match_indices("` = ").map(|(at, _)| (&text[..at], &text[at + 4..])) {
        let name = before.rsplit('`').next().unwrap();
        let said: String = after.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
        let said: Option<u64> = said.replace(',', "").parse().ok();
        let found = constants.iter().find(|(known, _)| known == name);
        let is = found.and_then(|(_, text)| value(text, &constants));
        named += 1;
        if is.is_none() || is != said {
            wrong.push(format!("{name} is {is:?} in schema/src/limits, and {said:?} in docs/security.md"));
        }
    }
    assert!(named > 30, "{named}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn settings_that_the_security_document_names_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let example = fs::read_to_string(root.join(".env.example")).unwrap();
    let sections: Vec<String> = example
        .lines()
        .filter_map(|line| line.strip_prefix("#CORDBOARD_")?.split_once("__"))
        .map(|(section, _)| section.to_lowercase())
        .collect();
    let is_setting = |word: &&str| {
        let (section, name) = word.split_once('.').unwrap_or_default();
        sections.iter().any(|known| known == section)
            && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    // A file, as cordboard.service, is of no section.
    let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(is_setting).collect();
    assert!(named.len() > 10, "{named:?}");
    let is_missing = |word: &&str| {
        let variable = word.to_uppercase().replace('.', "__");
        !example.contains(&format!("#CORDBOARD_{variable}="))
    };
    let missing: Vec<&str> = named.into_iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "docs/security.md names settings that are not in .env.example: {missing:?}");
}
