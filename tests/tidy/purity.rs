//! Files that claim to be pure, and are: no runtime, no clock, no chance, no files and no sockets. A file claims it in its first lines; the claim
//! covers its folder. The purity of the crates of the nouns and of a call's decisions is enforced by their manifests, `schema/clippy.toml` and
//! `call/clippy.toml`.

use std::path::Path;

use super::sources::{Source, sources};

/// Names that a pure file can't use. An `Instant` that is passed in is a number.
const IMPURE: [&str; 16] = [
    "tokio::",
    "actix::",
    "actix_rt",
    "tokio_",
    "Instant::now",
    "SystemTime",
    "Utc::now",
    "world::",
    "threads::",
    "rand::",
    "now_v7",
    "new_v4",
    "std::fs",
    "std::thread",
    "TcpStream",
    "UdpSocket",
];

/// Files that must be in the list of pure ones.
const HEARTS: [&str; 5] = [
    "actors/src/desk/floor.rs",
    "actors/src/assistant/openai/session.rs",
    "actors/src/asterisk/ami.rs",
    "actors/src/freeswitch/switch.rs",
    "src/web/attempts.rs",
];

/// Whether a file's own words claim it. A remark in parentheses is about other files.
fn says_pure(source: &Source) -> bool {
    let head = source.head();
    let is_word = |at: usize| {
        let before = head[..at].trim_end();
        let is_of_others =
            before.ends_with(['(', '`']) || before.ends_with(" the") || before.ends_with(" its");
        !is_of_others && !head[at + 4..].starts_with(char::is_alphabetic) && !before.ends_with("parts")
    };
    ["Pure", "pure"].iter().any(|word| head.match_indices(word).any(|(at, _)| is_word(at)))
}

/// The folder of a file's modules, with a slash at the end.
fn folder(path: &str) -> String {
    let path = Path::new(path);
    let folder = match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod") => path.parent().unwrap_or(path).to_owned(),
        _ => path.with_extension(""),
    };
    format!("{}/", folder.display())
}

/// The files that claim it, and those in their folders.
fn pure(sources: &[Source]) -> Vec<&Source> {
    let said: Vec<&Source> = sources.iter().filter(|source| says_pure(source)).collect();
    let is_pure = |source: &&Source| {
        said.iter().any(|pure| pure.path == source.path || source.path.starts_with(&folder(&pure.path)))
    };
    sources.iter().filter(is_pure).collect()
}

fn impurities(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in pure(sources) {
        let code = source.code.replace("use tokio::time::Instant;", "");
        let hits = IMPURE.iter().filter(|word| code.contains(**word));
        found.extend(hits.map(|word| format!("{} says that it is pure, and names {word}", source.path)));
    }
    found
}

#[test]
fn impure_names_in_pure_files_are_found_anywhere() {
    let sources = [
        Source::of("src/a.rs", "//! Something. Pure.\n#[cfg(test)]\nmod tests;\nfn a() { Utc::now() }"),
        Source::of("src/a/part.rs", "fn b() { rand::random() }"),
        Source::of("src/b.rs", "//! Something; its pure machine (pure) is `a.rs`.\nfn c() { Utc::now() }"),
        Source::of("src/c.rs", "//! Something: pure.\nuse tokio::time::Instant;\nfn d(now: Instant) {}"),
        Source::of("src/d/mod.rs", "//! Pure, and so on.\nuse std::fs;"),
        Source::of("src/d/e.rs", "#[cfg(test)]\nuse std::fs;"),
    ];
    assert_eq!(
        impurities(&sources),
        [
            "src/a.rs says that it is pure, and names Utc::now",
            "src/a/part.rs says that it is pure, and names rand::",
            "src/d/mod.rs says that it is pure, and names std::fs"
        ]
    );
}

#[test]
fn files_that_claim_to_be_pure_are_pure() {
    let sources = sources(&["actors/src", "src"]);
    let pure = pure(&sources);
    for heart in HEARTS {
        assert!(pure.iter().any(|source| source.path == heart), "{heart} does not say that it is pure");
    }
    let impurities = impurities(&sources);
    assert!(impurities.is_empty(), "{}", impurities.join("\n"));
}
