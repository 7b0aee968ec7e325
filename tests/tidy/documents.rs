//! The documents: every link leads to something, and no text refers to a document that readers don't have.

use std::collections::BTreeSet;
use std::fs;
use std::iter::successors;
use std::path::{Path, PathBuf};

use super::sources::{CODE_FOLDERS, Source, root, sources};

/// The folders with documents for people.
const FOLDERS: [&str; 10] = [
    "",
    "docs",
    "docs/architecture",
    "deploy/asterisk",
    "deploy/docker",
    "deploy/freeswitch",
    "deploy/osdial",
    "deploy/self-hosted",
    "static",
    "deploy/monitoring",
];

/// The anchor of a heading in a link, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text: String = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().replace(' ', "-")
}

fn anchors(document: &str) -> BTreeSet<String> {
    prose(document).filter(|line| line.starts_with('#')).map(anchor).collect()
}

/// The lines outside code blocks.
fn prose(document: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    document.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The texts between backticks, outside code blocks.
fn code_spans(document: &str) -> impl Iterator<Item = &str> {
    prose(document).flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The targets of the links `[text](target)` that stay in the repository.
fn targets(document: &str) -> Vec<String> {
    let text: String = prose(document).flat_map(|line| [line, "\n"]).collect();
    let ends = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    ends.filter(|target| !target.contains("://") && !target.contains(' ')).map(str::to_owned).collect()
}

/// The fault of a link in the document at `path`.
fn fault(path: &Path, target: &str) -> Option<String> {
    let (file, place) = target.split_once('#').unwrap_or((target, ""));
    let to = if file.is_empty() { path.to_owned() } else { path.parent()?.join(file) };
    let wrong = || Some(format!("{} links to {target}", path.display()));
    if !to.exists() {
        return wrong();
    }
    if place.is_empty() || to.is_dir() {
        return None;
    }
    let is_there = fs::read_to_string(&to).is_ok_and(|text| anchors(&text).contains(place));
    if is_there { None } else { wrong() }
}

fn documents() -> Vec<PathBuf> {
    let in_folder = |folder: &&str| fs::read_dir(root().join(folder)).into_iter().flatten();
    let paths = FOLDERS.iter().flat_map(in_folder).filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect()
}

#[test]
fn links_and_headings_are_read_as_github_reads_them() {
    assert_eq!(anchor("## Control (AMI)"), "control-ami");
    assert_eq!(anchor("# The application `AudioSocket()`"), "the-application-audiosocket");
    let document = "# One\n[a](x.md#y), ![b](c.png) [d](https://e.org)\n```md\n# Two\n[f](g)\n```\n";
    assert_eq!(targets(document), ["x.md#y", "c.png"]);
    assert_eq!(anchors(document), BTreeSet::from(["one".to_owned()]));
    let readme = root().join("README.md");
    assert!(fault(&readme, "docs/nothing.md").is_some());
    assert!(fault(&readme, "docs/security.md#nothing-of-the-kind").is_some());
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut links = 0;
    let mut wrong = Vec::new();
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let targets = targets(&text);
        links += targets.len();
        wrong.extend(targets.iter().filter_map(|target| fault(&path, target)));
    }
    assert!(links > 100, "only {links} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rows that stand alone: a blank line before a row ends the table, and the row is shown as text.
fn rows_without_head(document: &str) -> Vec<&str> {
    let lines: Vec<&str> = [""].into_iter().chain(prose(document)).chain([""]).collect();
    let row = |three: &&[&str]| {
        let is_row = |place: usize| three.get(place).is_some_and(|line| line.starts_with('|'));
        !is_row(0) && is_row(1) && !three.get(2).is_some_and(|line| line.starts_with("| ---"))
    };
    lines.windows(3).filter(row).filter_map(|three| three.get(1).copied()).collect()
}

#[test]
fn every_table_of_a_document_has_its_head() {
    let document = "| a |\n| --- |\n| b |\n\n| c |\n```text\n| d |\n```\n";
    assert_eq!(rows_without_head(document), ["| c |"]);
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(rows_without_head(&text), Vec::<&str>::new(), "{}", path.display());
    }
}

/// The source files that a document names by their path from the root, such as `tests/tidy/main.rs`.
fn files_named(document: &str) -> Vec<&str> {
    let is_file = |span: &&str| {
        let folder = span.split_once('/').map(|(folder, _)| folder);
        let is_source = span.ends_with(".rs") || span.ends_with(".mjs");
        is_source && folder.is_some_and(|folder| root().join(folder).is_dir())
    };
    code_spans(document).filter(is_file).collect()
}

#[test]
fn files_named_in_the_documents_about_tests_exist() {
    let document = "`tests/a.rs`, `a.rs`, `nowhere/a.rs`\n```sh\n`tests/b.rs`\n```\nand `src/c.mjs`\n";
    assert_eq!(files_named(document), ["tests/a.rs", "src/c.mjs"]);
    let about_tests = ["docs/testing.md", "docs/bounds.md", "docs/old-faults.md"];
    let documents = about_tests.map(|path| fs::read_to_string(root().join(path)).unwrap()).join("\n");
    let named = files_named(&documents);
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<&str> = named.into_iter().filter(|file| !root().join(file).is_file()).collect();
    assert_eq!(missing, Vec::<&str>::new(), "named in {about_tests:?}");
}

/// The Rust files that a document names by their path or its end, such as `machine/keys.rs`.
fn rust_files_named(document: &str) -> Vec<&str> {
    let is_path = |span: &&str| {
        let is_plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
        is_plain && span.ends_with(".rs")
    };
    code_spans(document).filter(is_path).collect()
}

#[test]
fn rust_files_that_documents_name_exist() {
    let document = "`tests/a.rs`, `a_b.rs`, `x/{a,b}.rs`, `a.mjs`\n```sh\n`c.rs`\n```\n";
    assert_eq!(rust_files_named(document), ["tests/a.rs", "a_b.rs"]);
    let paths: Vec<String> = sources(&CODE_FOLDERS).into_iter().map(|source| source.path).collect();
    let mut ends = BTreeSet::new();
    for path in &paths {
        ends.extend(successors(Some(path.as_str()), |end| end.split_once('/').map(|(_, rest)| rest)));
    }
    let (mut named, mut missing) = (0, Vec::new());
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        for file in rust_files_named(&text) {
            named += 1;
            if !ends.contains(file) && !root().join(file).is_file() {
                missing.push(format!("{}: {file}", path.display()));
            }
        }
    }
    assert!(named > 500, "only {named} files were found");
    assert_eq!(missing, Vec::<String>::new());
}

/// Documents that are not part of the repository, and that nobody can look up: their rules are stated where they apply.
const NOT_HERE: [&str; 5] =
    ["protocol note", "protocols/", "rules of the notes", "shared/design", "design rule"];

/// Texts that refer to such a document.
fn references(texts: &[(String, String)]) -> Vec<String> {
    let refers = |text: &str| {
        // A comment that continues on the next line is still one sentence.
        let text = text.to_lowercase().replace("\n//! ", " ").replace("\n/// ", " ").replace("\n// ", " ");
        NOT_HERE.into_iter().filter(|name| text.contains(*name)).collect::<Vec<_>>()
    };
    let found = texts.iter().map(|(path, text)| (path, refers(text)));
    found.flat_map(|(path, names)| names.into_iter().map(move |name| format!("{path}: {name}"))).collect()
}

#[test]
fn nothing_refers_to_an_unavailable_document() {
    let small = [
        ("a.rs", "//! A switch (protocol\n//! note, section 9)."),
        ("b.rs", "// RFC 3261, section 9"),
        ("c.md", "As Design rule 4 says."),
    ];
    let small = small.map(|(path, text)| (path.to_owned(), text.to_owned()));
    assert_eq!(references(&small), ["a.rs: protocol note", "c.md: design rule"]);
    let with_text = |source: Source| (source.path, source.text);
    let mut texts: Vec<(String, String)> = sources(&CODE_FOLDERS).into_iter().map(with_text).collect();
    texts.retain(|(path, _)| path != "tests/tidy/documents.rs");
    texts.extend(documents().into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path.display().to_string(), text)
    }));
    assert_eq!(references(&texts), Vec::<String>::new());
}

/// The tests that a document names, possibly by a part of the name: `calls::filters_live_in_the_address`, `at_*_who_accepts_…`. Names of settings and
/// fields are shorter.
fn tests_named(document: &str) -> Vec<&str> {
    let is_name = |span: &&str| {
        let is_path = span.contains(['/', '.', ' ', '(', '=']);
        !is_path && (span.contains("::") || span.matches('_').count() > 1)
    };
    let names = code_spans(document).filter(is_name).map(|span| {
        let name = span.rsplit("::").next().unwrap_or(span);
        name.rsplit('*').next().unwrap_or(name).trim_end_matches('…')
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// The text of all tests, in Rust and in JavaScript.
fn texts_of_tests(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_test = path.extension().is_some_and(|ending| ending == "rs" || ending == "mjs");
        if path.is_dir() {
            text.push_str(&texts_of_tests(&path));
        } else if is_test {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    text
}

#[test]
fn tests_named_in_the_list_of_checks_exist() {
    let document =
        "`a::b_c`, `at_*_who_calls_…`, `calls::*`, `calls_max`, `tests/a_b_c.rs` and `one_two_three`\n";
    assert_eq!(tests_named(document), ["b_c", "_who_calls_", "one_two_three"]);
    let checks = fs::read_to_string(root().join("docs/ux-checks.md")).unwrap();
    let tests = texts_of_tests(&root().join("tests"));
    let named = tests_named(&checks);
    assert!(named.len() > 100, "{named:?}");
    let missing: Vec<&str> = named.into_iter().filter(|name| !tests.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "named in docs/ux-checks.md");
}
