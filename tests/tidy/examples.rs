//! Doc comments have no examples that rustdoc would run: `tests/run` does not start rustdoc, because it would read every crate once more. Usage is
//! shown by tests.

use std::fs;

use super::sources::{Source, root, sources};

/// The lines of doc comments at which an example begins: a block that is not marked as text, or an indented one.
fn examples(source: &Source) -> Vec<String> {
    let (mut is_in_block, mut is_behind_text) = (false, false);
    let mut found = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        let line = line.trim_start();
        let Some(said) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
            (is_in_block, is_behind_text) = (false, false);
            continue;
        };
        let said = said.strip_prefix(' ').unwrap_or(said);
        let fence = said.trim_start().strip_prefix("```");
        let begins = match fence {
            Some(kind) => !is_in_block && kind.trim() != "text",
            None => !is_in_block && !is_behind_text && said.starts_with("    "),
        };
        if begins {
            found.push(format!("{}:{}: {line}", source.path, at + 1));
        }
        is_in_block ^= fence.is_some();
        is_behind_text = !said.trim().is_empty();
    }
    found
}

/// The sources of the workspace's crates.
fn folders() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest.lines().find_map(|line| line.strip_prefix("members = ")).unwrap();
    let names = members.split('"').skip(1).step_by(2);
    names.map(|name| if name == "." { "src".to_owned() } else { format!("{name}/src") }).collect()
}

#[test]
fn an_example_is_found_in_either_form() {
    let text = "\
/// A picture:
/// ```text
/// a -> b
/// ```
fn a() {}
/// ```
/// a();
/// ```
fn b() {}
//! So:
//!
//!     a();
";
    assert_eq!(examples(&Source::of("src/a.rs", text)), ["src/a.rs:6: /// ```", "src/a.rs:12: //!     a();"]);
}

#[test]
fn doc_comments_have_no_examples() {
    let folders = folders();
    assert!(folders.len() > 2, "the workspace has {folders:?}");
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let found: Vec<String> = sources(&folders).iter().flat_map(examples).collect();
    assert!(found.is_empty(), "nothing runs these, so make them tests:\n{}", found.join("\n"));
}
