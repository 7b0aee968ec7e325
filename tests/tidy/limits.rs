//! The limits and settings in docs/security.md match the code, and every limit is enforced by some code.

use std::collections::BTreeMap;
use std::fs;

use super::sources::{CODE_FOLDERS, Source, root, sources};

/// The text of `NAME` in lines `pub const NAME: type = text;` of the limits' files.
fn constants() -> Vec<(String, String)> {
    let named = |line: &str| {
        let (name, rest) = line.trim().strip_prefix("pub const ")?.split_once(": ")?;
        let (_, value) = rest.split_once(" = ")?;
        Some((name.to_owned(), value.trim_end_matches(';').to_owned()))
    };
    let files = sources(&["schema/src"]);
    let of_limits = files.iter().filter(|file| file.path.starts_with("schema/src/limits"));
    of_limits.flat_map(|file| file.code.lines().filter_map(named).collect::<Vec<_>>()).collect()
}

/// A number, a constant's name, or several of them joined by `*` or `+`.
fn value(text: &str, constants: &[(String, String)]) -> Option<u64> {
    let factor = |factor: &str| {
        let factor = factor.trim();
        match constants.iter().find(|(name, _)| name == factor) {
            Some((_, text)) => value(text, constants),
            None => factor.replace('_', "").parse().ok(),
        }
    };
    text.split('+').map(|product| product.split('*').map(factor).product::<Option<u64>>()).sum()
}

/// The limits that a text names as `` `NAME` = 1,000 ``: how many, and the wrong ones.
fn wrong_limits(text: &str, constants: &[(String, String)]) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    let mut named = 0;
    for (before, after) in text.match_indices("` = ").map(|(at, _)| (&text[..at], &text[at + 4..])) {
        let name = before.rsplit('`').next().unwrap();
        let said: String = after.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
        let said: Option<u64> = said.replace(',', "").parse().ok();
        let found = constants.iter().find(|(known, _)| known == name);
        let is = found.and_then(|(_, text)| value(text, constants));
        named += 1;
        if is.is_none() || is != said {
            wrong.push(format!("{name} is {is:?} in schema/src/limits, and {said:?} in docs/security.md"));
        }
    }
    (named, wrong)
}

#[test]
fn a_wrong_limit_is_found() {
    let constants =
        [("A", "2 * 1_000"), ("B", "3 * A + 10")].map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(wrong_limits("`A` = 2,000, `B` = 6,010 bytes", &constants), (2, vec![]));
    let (named, wrong) = wrong_limits("`A` = 2,001, `B` = many, `C` = 1", &constants);
    assert_eq!((named, wrong.len()), (3, 3), "{wrong:?}");
}

/// Limits in the files that no other code names.
fn unused(files: &[Source], constants: &[(String, String)]) -> Vec<String> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        file.code.split(|c| !is_of_word(c)).for_each(|word| *named.entry(word).or_default() += 1);
    }
    let is_unused = |name: &&String| named.get(name.as_str()).is_none_or(|times| *times < 2);
    constants.iter().map(|(name, _)| name).filter(is_unused).cloned().collect()
}

#[test]
fn every_limit_is_enforced_by_some_code() {
    let with = |code: &str| {
        [Source::of("schema/src/limits.rs", "pub const A: u64 = 1;"), Source::of("src/a.rs", code)]
    };
    let constant = [("A".to_owned(), "1".to_owned())];
    assert_eq!(unused(&with("fn f() -> u64 { A }"), &constant), Vec::<String>::new());
    assert_eq!(unused(&with("// Of A.\nfn f() -> u64 { AB }"), &constant), ["A"]);
    let files = sources(&CODE_FOLDERS);
    let unused = unused(&files, &constants());
    assert!(unused.is_empty(), "nothing enforces these: {}", unused.join(", "));
}

#[test]
fn limits_in_the_security_document_have_the_stated_values() {
    let text = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let (named, wrong) = wrong_limits(&text, &constants());
    assert!(named > 30, "{named}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn settings_named_in_the_security_document_exist() {
    let text = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let example = fs::read_to_string(root().join(".env.example")).unwrap();
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
    // A file name, such as cordboard.service, is not a setting.
    let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(is_setting).collect();
    assert!(named.len() > 10, "{named:?}");
    let is_missing = |word: &&str| {
        let variable = word.to_uppercase().replace('.', "__");
        !example.contains(&format!("#CORDBOARD_{variable}="))
    };
    let missing: Vec<&str> = named.into_iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "docs/security.md names settings that are not in .env.example: {missing:?}");
}
