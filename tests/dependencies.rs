//! The crates in the build, checked against deny.toml: licences, sources, bans, crates in two versions. cargo-deny reads the same list. It is not
//! part of the tests, because building it takes longer than most of them: `cargo deny check licenses sources bans`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// The fields of deny.toml that are checked here.
#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
    sources: Sources,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: BTreeSet<String>,
    allow_git: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: BTreeSet<String>,
    skip: BTreeSet<String>,
}

/// The fields of Cargo.lock: every crate for any machine.
#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    source: Option<String>,
}

fn read<T: for<'de> Deserialize<'de>>(file: &str) -> T {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A crate that is built here, for us or for our tests.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Built {
    name: String,
    version: String,
    license: String,
}

/// The lines of `cargo tree` with these arguments, each about one crate.
fn tree(words: &[&str], format: &str) -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .arg("tree")
        .args(words)
        .args(["--locked", "--prefix", "none", "--format", format])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&tree.stderr);
    assert!(tree.status.success(), "cargo tree: {said}");
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// The third-party crates; ours have a path.
fn built() -> BTreeSet<Built> {
    let lines = tree(&["--workspace", "--all-features", "--edges", "normal,build,dev"], "{p}|{l}");
    let crates = lines.iter().filter_map(|line| line.split_once('|'));
    crates
        .filter(|(package, _)| !package.contains("(/"))
        .map(|(package, license)| one(package, license))
        .collect()
}

fn one(package: &str, license: &str) -> Built {
    let mut words = package.split(' ');
    let (Some(name), Some(version)) = (words.next(), words.next()) else { panic!("no crate: {package}") };
    let version = version.trim_start_matches('v').to_owned();
    Built { name: name.to_owned(), version, license: license.to_owned() }
}

/// Whether a crate may be distributed under allowed licences: an SPDX expression. An unreadable one is not allowed.
fn is_allowed(expression: &str, is_one: &dyn Fn(&str) -> bool) -> bool {
    // Before SPDX expressions, a slash meant `OR`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    either(&mut rest, is_one) == Some(true) && rest.is_empty()
}

fn either(rest: &mut &[&str], is_one: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut found = both(rest, is_one)?;
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        found |= both(rest, is_one)?;
    }
    Some(found)
}

fn both(rest: &mut &[&str], is_one: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut found = license(rest, is_one)?;
    while rest.first() == Some(&"AND") {
        *rest = &rest[1..];
        found &= license(rest, is_one)?;
    }
    Some(found)
}

fn license(rest: &mut &[&str], is_one: &dyn Fn(&str) -> bool) -> Option<bool> {
    let (word, behind) = rest.split_first()?;
    *rest = behind;
    if *word == "(" {
        let found = either(rest, is_one)?;
        let (")", behind) = rest.split_first().map(|(word, behind)| (*word, behind))? else { return None };
        *rest = behind;
        return Some(found);
    }
    // An exception does not restrict what the licence allows.
    if let ["WITH", _, behind @ ..] = rest {
        *rest = behind;
    }
    Some(is_one(word))
}

/// The fields of a crate's manifest that are checked here.
#[derive(Deserialize)]
struct Manifest {
    dependencies: BTreeMap<String, toml::Value>,
}

/// Crates that the nouns can't use: a runtime, chance, a log, sockets, the server and its actors.
const NOT_OF_NOUNS: [&str; 11] = [
    "tokio",
    "actix",
    "actix-rt",
    "actix-web",
    "futures-util",
    "rand",
    "reqwest",
    "socket2",
    "tracing",
    "cordboard",
    "cordboard-actors",
];
/// Crates that a call's decisions, the reading of settings and browsers' sound can't use: the same, except the nouns.
const NOT_OF_DECISIONS: [&str; 12] = [
    "tokio",
    "actix",
    "actix-rt",
    "actix-web",
    "futures-util",
    "rand",
    "reqwest",
    "socket2",
    "tracing",
    "diesel",
    "cordboard",
    "cordboard-actors",
];
/// Crates that the actors can't use: the database, HTTP, the server.
const NOT_OF_ACTORS: [&str; 7] =
    ["diesel", "diesel_migrations", "libsqlite3-sys", "actix-web", "actix-http", "actix-ws", "cordboard"];

fn strangers<'a>(manifest: &Manifest, strangers: &[&'a str]) -> Vec<&'a str> {
    strangers.iter().copied().filter(|name| manifest.dependencies.contains_key(*name)).collect()
}

#[test]
fn nouns_decisions_and_actors_use_only_allowed_crates() {
    let small: Manifest = toml::from_str("[dependencies]\ntokio.workspace = true\nuuid = \"1\"").unwrap();
    assert_eq!(strangers(&small, &NOT_OF_NOUNS), ["tokio"]);
    assert_eq!(strangers(&read("schema/Cargo.toml"), &NOT_OF_NOUNS), Vec::<&str>::new());
    assert_eq!(strangers(&read("schema/tables/Cargo.toml"), &NOT_OF_NOUNS), Vec::<&str>::new());
    assert_eq!(strangers(&read("call/Cargo.toml"), &NOT_OF_DECISIONS), Vec::<&str>::new());
    assert_eq!(strangers(&read("campaigns/Cargo.toml"), &NOT_OF_DECISIONS), Vec::<&str>::new());
    assert_eq!(strangers(&read("settings/Cargo.toml"), &NOT_OF_DECISIONS), Vec::<&str>::new());
    assert_eq!(strangers(&read("rtc/Cargo.toml"), &NOT_OF_DECISIONS), Vec::<&str>::new());
    assert_eq!(strangers(&read("actors/Cargo.toml"), &NOT_OF_ACTORS), Vec::<&str>::new());
}

/// Features that change a third-party crate only internally, and add nothing to its interface: the locks of tokio, and the log of rustls.
const INSIDE: [&str; 3] = ["parking_lot", "log", "logging"];

/// The features of each crate that is built for these crates of ours: one line for each variant in which it is built.
fn features(ours: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut words = vec!["--edges", "normal,build"];
    for package in ours {
        words.extend(["--package", *package]);
    }
    let mut features = BTreeMap::<String, BTreeSet<String>>::new();
    for line in tree(&words, "{p}|{f}") {
        let Some((package, all)) = line.split_once('|') else { continue };
        let name = package.split(' ').next().unwrap_or(package);
        let offered: Vec<&str> = all.split(',').filter(|feature| !INSIDE.contains(feature)).collect();
        features.entry(name.to_owned()).or_default().insert(offered.join(","));
    }
    features
}

/// Our crates that are checked by a line of a script.
fn checked(line: &str) -> Vec<&str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if !words.starts_with(&["cargo", "check"]) {
        return Vec::new();
    }
    words.windows(2).filter(|pair| pair[0] == "-p").map(|pair| pair[1]).collect()
}

/// The manifest of one of our crates.
fn manifest(package: &str) -> Manifest {
    let folder = match package {
        "cordboard" => ".",
        "cordboard-tables" => "schema/tables",
        inner => inner.strip_prefix("cordboard-").unwrap_or(inner),
    };
    read(&format!("{folder}/Cargo.toml"))
}

#[test]
fn crates_that_are_checked_together_have_their_own_features() {
    assert_eq!(checked("  cargo check --quiet -p a -p b &&"), ["a", "b"]);
    assert_ne!(features(&["cordboard-call"])["chrono"], features(&["cordboard-actors"])["chrono"]);

    let script = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run")).unwrap();
    let groups: Vec<Vec<&str>> = script.lines().map(checked).filter(|group| group.len() > 1).collect();
    assert!(!groups.is_empty(), "tests/run checks no crates in one go");
    for group in groups {
        let together = features(&group);
        for package in &group {
            let alone = features(&[*package]);
            for name in manifest(package).dependencies.keys() {
                assert_eq!(
                    alone.get(name),
                    together.get(name),
                    "{package} has {name} with other features together with {group:?}: tests/run must check it alone"
                );
            }
        }
    }
}

#[test]
fn a_licence_expression_is_read_as_spdx_defines_it() {
    let is_one = |license: &str| ["MIT", "ISC", "Apache-2.0"].contains(&license);
    for allowed in
        ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "(GPL-3.0 OR MIT) AND ISC", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(is_allowed(allowed, &is_one), "{allowed}");
    }
    for refused in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT",
        "MIT ISC",
        "MIT OR",
        "GPL-3.0 OR (MIT AND MPL-2.0)",
        "AND MIT",
    ] {
        assert!(!is_allowed(refused, &is_one), "{refused}");
    }
}

#[test]
fn every_crate_has_a_licence_that_deny_toml_allows() {
    let Deny { licenses, .. } = read("deny.toml");
    let built = built();
    assert!(built.len() > 300, "{} crates", built.len());
    let mut refused = Vec::new();
    for Built { name, version, license } in &built {
        let own = licenses.exceptions.iter().find(|exception| exception.name == *name);
        let is_one = |license: &str| {
            licenses.allow.contains(license) || own.is_some_and(|own| own.allow.contains(license))
        };
        if !is_allowed(license, &is_one) {
            refused.push(format!("{name} {version}: `{license}`"));
        }
    }
    assert!(refused.is_empty(), "licences that deny.toml does not allow: {refused:#?}");
}

#[test]
fn every_crate_has_an_allowed_source_and_none_is_banned() {
    let Deny { sources, bans, .. } = read("deny.toml");
    let Lock { package } = read("Cargo.lock");
    for Locked { name, source } in package {
        assert!(
            !bans.deny.contains(&name),
            "{name} is banned by deny.toml: find who brought it, with cargo tree -i {name}"
        );
        // Ours have none.
        let Some(source) = source else { continue };
        let is_known = match source.split_once('+') {
            Some(("registry", registry)) => sources.allow_registry.contains(registry),
            Some(("git", repository)) => sources.allow_git.iter().any(|known| repository.starts_with(known)),
            _ => false,
        };
        assert!(is_known, "{name} comes from {source}, which deny.toml does not allow");
    }
}

#[test]
fn crates_in_two_versions_are_listed_in_deny_toml() {
    let Deny { bans, .. } = read("deny.toml");
    let mut versions = BTreeMap::<String, Vec<String>>::new();
    for Built { name, version, .. } in built() {
        versions.entry(name).or_default().push(version);
    }
    for (name, versions) in versions {
        let unknown: Vec<_> =
            versions.iter().filter(|version| !bans.skip.contains(&format!("{name}@{version}"))).collect();
        assert!(
            unknown.len() <= 1,
            "{name} is built in several versions, {unknown:?}: have one of them everywhere, or list the older in deny.toml"
        );
    }
}
