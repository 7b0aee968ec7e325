//! Source files for the guards: their code without comments and tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A source file, by its path from the root of the checkout.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// Without comments and tests; empty if the whole file is a test.
    pub(crate) code: String,
}

impl Source {
    /// A source that is in no folder, to show that a guard fails.
    pub(crate) fn of(path: &str, text: &str) -> Self {
        let (code, _) = without_tests(text);
        Self { path: path.to_owned(), text: text.to_owned(), code: without_comments(&code) }
    }

    /// Its first comment lines, without tables.
    pub(crate) fn head(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("//!"));
        lines.filter(|line| !line.trim_start().starts_with('|')).collect::<Vec<_>>().join(" ")
    }
}

/// The folders with the code of the workspace.
pub(crate) const CODE_FOLDERS: [&str; 12] = [
    "actors",
    "benches",
    "call",
    "campaigns",
    "load",
    "rtc",
    "schema",
    "settings",
    "simulator",
    "src",
    "terminal",
    "tests",
];

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below some folders. A folder without a file is an error of the guard that uses it.
pub(crate) fn sources(folders: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        let before = paths.len();
        collect(&root().join(folder), &mut paths);
        assert!(paths.len() > before, "{folder} has no sources");
    }
    let texts = paths.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root()).unwrap().display().to_string(), text)
    });
    read(texts.collect())
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

/// Test files have no code; neither have the modules in them.
fn read(texts: Vec<(String, String)>) -> Vec<Source> {
    let mut of_tests = BTreeSet::new();
    for (path, text) in &texts {
        for name in without_tests(text).1 {
            of_tests.insert(folder_of_modules(path).join(name));
        }
    }
    let is_test = |path: &str| {
        let modules = Path::new(path).with_extension("");
        modules.ancestors().any(|place| of_tests.contains(place))
    };
    let mut found: Vec<Source> = texts.iter().map(|(path, text)| Source::of(path, text)).collect();
    for source in &mut found {
        if is_test(&source.path) {
            source.code.clear();
        }
    }
    found
}

/// The folder of the modules that a file declares.
fn folder_of_modules(path: &str) -> PathBuf {
    let path = Path::new(path);
    match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod" | "lib" | "main") => path.parent().unwrap_or(path).to_owned(),
        _ => path.with_extension(""),
    }
}

/// A text without the items after `#[cfg(test)]`, and the names of the modules among them that are separate files. An item ends where rustfmt ends
/// it: at the end of its first line, or with a brace at that line's indentation.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let (mut code, mut modules) = (Vec::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(margin) = line.strip_suffix("#[cfg(test)]").filter(|margin| margin.trim().is_empty()) else {
            code.push(line);
            continue;
        };
        let is_attribute = |line: &&str| line.trim_start().starts_with("#[");
        let Some(first) = lines.by_ref().find(|line| !is_attribute(line)) else { break };
        if first.ends_with(';') || first.ends_with(',') || first.ends_with('}') {
            let name = first.trim().strip_suffix(';').and_then(|item| item.rsplit_once("mod "));
            modules.extend(name.map(|(_, name)| name.to_owned()));
            continue;
        }
        let end = format!("{margin}}}");
        lines.by_ref().find(|line| line.starts_with(&end));
    }
    (code.join("\n"), modules)
}

fn without_comments(text: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_code_around_a_test_module_is_read() {
    let text = "\
//! A file.
use a;
#[cfg(test)]
mod tests;
#[cfg(test)]
use b::{
    c,
};
fn one() {}
#[cfg(test)]
#[allow(clippy::panic, reason = \"a test\")]
mod properties {
    fn two() {}
}
mod three {
    // a comment
    #[cfg(test)]
    fn four() {
    }
    fn five() {}
}
";
    assert_eq!(Source::of("a.rs", text).code, "use a;\nfn one() {}\nmod three {\n    fn five() {}\n}");
    assert_eq!(without_tests(text).1, ["tests"]);
}

#[test]
fn test_files_and_their_modules_count_as_no_code() {
    let texts = [
        ("src/a.rs", "#[cfg(test)]\nmod tests;\nmod of_tests;\nfn a() {}"),
        ("src/a/tests.rs", "mod more;\nfn b() {}"),
        ("src/a/tests/more.rs", "fn c() {}"),
        ("src/a/of_tests.rs", "fn d() {}"),
        ("src/d/mod.rs", "#[cfg(test)]\npub(crate) mod stage;"),
        ("src/d/stage.rs", "fn e() {}"),
        ("src/tests.rs", "fn f() {}"),
    ];
    let texts = texts.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let read = read(texts.to_vec());
    let with_code: Vec<&str> =
        read.iter().filter(|source| !source.code.is_empty()).map(|source| source.path.as_str()).collect();
    assert_eq!(with_code, ["src/a.rs", "src/a/of_tests.rs", "src/tests.rs"]);
}

#[test]
fn a_files_head_contains_no_table() {
    let source = Source::of("a.rs", "//! A file.\n//! | `b.rs` (pure) | c |\n//! Pure.\n\n//! Not this.");
    assert_eq!(source.head(), " A file.  Pure.");
}
