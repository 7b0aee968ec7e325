//! A test's name is a sentence of ten words at most.

use super::sources::{CODE_FOLDERS, Source, sources};

const WORDS_MAX: usize = 10;

/// The names of a file's tests.
fn tests_of(source: &Source) -> Vec<&str> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.text.lines().map(str::trim_start) {
        if let Some(attribute) = line.strip_prefix("#[") {
            is_test |= attribute.split(['(', ']']).next().is_some_and(|name| name.ends_with("test"));
        } else if let Some((_, behind)) = line.split_once("fn ").filter(|_| is_test) {
            names.extend(behind.split(['(', '<']).next());
            is_test = false;
        }
    }
    names
}

/// Those of them that are too long.
fn too_long(source: &Source) -> Vec<String> {
    let names = tests_of(source).into_iter();
    let long = names.filter(|name| name.split('_').count() > WORDS_MAX);
    long.map(|name| format!("{}: {name}", source.path)).collect()
}

#[test]
fn a_name_of_eleven_words_is_found() {
    // This file is read, too.
    let text = "\
@test]
fn a_name_of_ten_words_is_what_a_test_has() {}
@actix_web::test]
async fn a_name_of_eleven_words_is_more_than_a_test_has() {}
@cfg(test)]
fn a_function_that_is_no_test_has_as_many_words_as_it_wants() {}
";
    let long = too_long(&Source::of("a.rs", &text.replace('@', "#[")));
    assert_eq!(long, ["a.rs: a_name_of_eleven_words_is_more_than_a_test_has"]);
}

#[test]
fn names_of_tests_have_ten_words_at_most() {
    let sources = sources(&CODE_FOLDERS);
    let count: usize = sources.iter().map(|source| tests_of(source).len()).sum();
    assert!(count > 4_000, "the tests have moved: {count}");
    let long: Vec<String> = sources.iter().flat_map(too_long).collect();
    assert!(long.is_empty(), "{} names are too long:\n{}", long.len(), long.join("\n"));
}
