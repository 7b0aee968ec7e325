//! Rules that the compiler can't check: where words may be used, and that every file is used. Each guard is shown to fail on a small text, and fails
//! if it finds nothing to guard. Rules that the compiler can check are in `clippy.toml`, in `schema/clippy.toml`, `call/clippy.toml` and in the
//! manifests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod audit_words;
mod bands;
mod cause_words;
mod deploy;
mod documents;
mod examples;
mod limits;
mod products;
mod purity;
mod reason_words;
mod rooms;
mod sources;
mod test_names;

use std::path::Path;

use sources::{CODE_FOLDERS, Source, sources};

/// Samples, in any container.
const AUDIO: [&str; 5] = ["Frame", "[i16]", "Vec<i16>", "[i16;", "[f32]"];

/// Whether a file has messages that actors send each other.
fn has_messages(source: &Source) -> bool {
    let is_derived = |line: &str| line.contains("derive(") && line.contains("Message");
    source.path.starts_with("actors/src/messages/")
        || source.code.lines().any(|line| is_derived(line) || line.contains("Message for "))
}

/// Audio in a message: a queue of it would be late, and nothing limits it.
fn audio_in_messages(sources: &[Source]) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let names = |code: &str, word: &str| {
        code.match_indices(word)
            .any(|(at, _)| !code[..at].ends_with(is_name) && !code[at + word.len()..].starts_with(is_name))
    };
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| has_messages(source)) {
        let hits = AUDIO.iter().filter(|word| names(&source.code, word));
        found.extend(hits.map(|word| format!("{} names {word}", source.path)));
    }
    found
}

#[test]
fn audio_in_a_message_is_found() {
    let message = "#[derive(Debug, Message)]\npub struct A {\n    pub frame: Arc<Frame>,\n}";
    let sources = [
        Source::of("actors/src/messages/a.rs", "pub enum A { B(Vec<i16>) }"),
        Source::of("actors/src/b.rs", message),
        Source::of("actors/src/c.rs", "impl Message for C {}\nstruct C([i16; 160]);"),
        Source::of("actors/src/d.rs", "struct D(Frame);"),
        Source::of("actors/src/messages/e.rs", "pub struct E { frames: FrameCount }"),
    ];
    assert_eq!(
        audio_in_messages(&sources),
        [
            "actors/src/messages/a.rs names Vec<i16>",
            "actors/src/b.rs names Frame",
            "actors/src/c.rs names [i16;"
        ]
    );
}

#[test]
fn no_message_holds_audio() {
    let sources = sources(&["src", "actors/src", "call/src"]);
    let with_messages = sources.iter().filter(|source| has_messages(source)).count();
    assert!(with_messages > 10, "the messages have moved: {with_messages} files");
    let found = audio_in_messages(&sources);
    assert!(found.is_empty(), "audio never enters a mailbox:\n{}", found.join("\n"));
}

/// Open work without an issue number.
fn left_to_do(source: &Source) -> Vec<String> {
    let words = ["TODO", "FIXME", "XXX", "todo!(", "unimplemented!(", "dbg!("];
    let is_left = |line: &&str| words.iter().any(|word| line.contains(word)) && !line.contains('#');
    source.text.lines().filter(is_left).map(|line| format!("{}: {}", source.path, line.trim())).collect()
}

#[test]
fn no_open_work_is_left() {
    assert_eq!(
        left_to_do(&Source::of("a.rs", "fn a() {} // TODO\n// TODO of #33")),
        ["a.rs: fn a() {} // TODO"]
    );
    let mut sources = sources(&CODE_FOLDERS);
    sources.retain(|source| source.path != "tests/tidy/main.rs");
    let left: Vec<String> = sources.iter().flat_map(left_to_do).collect();
    assert!(left.is_empty(), "left to do, without an issue's number:\n{}", left.join("\n"));
}

/// Files that no other file declares as a module: they are not even compiled.
fn undeclared(all: &[Source]) -> Vec<&str> {
    let is_declared = |source: &&Source| {
        let path = Path::new(&source.path);
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if matches!(stem, "lib" | "main") {
            return true;
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
        all.iter()
            .filter(|other| parents.iter().any(|parent| Path::new(&other.path) == parent))
            .any(|parent| declared.iter().any(|words| parent.text.contains(words.as_str())))
    };
    all.iter().filter(|source| !is_declared(source)).map(|source| source.path.as_str()).collect()
}

#[test]
fn every_file_is_part_of_a_module() {
    let small =
        [Source::of("src/lib.rs", "mod a;"), Source::of("src/a.rs", "mod b;"), Source::of("src/a/c.rs", "")];
    assert_eq!(undeclared(&small), ["src/a/c.rs"]);
    let all = sources(&[
        "src",
        "actors/src",
        "call/src",
        "campaigns/src",
        "load/src",
        "rtc/src",
        "schema/src",
        "settings/src",
        "schema/tables/src",
        "simulator/src",
        "terminal/src",
    ]);
    assert_eq!(undeclared(&all), Vec::<&str>::new(), "declared nowhere");
}

/// Parts of each `Drop` that may panic. A panic in one while another panic unwinds aborts the process, and every call with it.
fn panics_in_drops(source: &Source) -> (usize, Vec<String>) {
    let (mut drops, mut found) = (0, Vec::new());
    for (at, _) in source.code.match_indices("fn drop(&mut self)") {
        drops += 1;
        let margin = source.code[..at].rsplit('\n').next().unwrap_or_default();
        let end = format!("{margin}}}");
        let body: String = source.code[at..].lines().take_while(|line| **line != end).collect();
        let words = [".unwrap()", ".expect(", "panic!", "[0]", "assert"];
        let hits = words.iter().filter(|word| body.contains(**word));
        found.extend(hits.map(|word| format!("{}: a Drop with {word}", source.path)));
    }
    (drops, found)
}

#[test]
fn no_drop_can_panic() {
    let text = "impl Drop for A {\n    fn drop(&mut self) {\n        self.b.unwrap();\n    }\n}\nfn c() { panic!() }";
    assert_eq!(
        panics_in_drops(&Source::of("a.rs", text)),
        (1, vec!["a.rs: a Drop with .unwrap()".to_owned()])
    );
    let (mut drops, mut found) = (0, Vec::new());
    for source in sources(&["src", "actors/src", "call/src"]) {
        let (more, of_this) = panics_in_drops(&source);
        drops += more;
        found.extend(of_this);
    }
    assert!(drops > 10, "{drops} of them");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
