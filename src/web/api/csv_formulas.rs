//! Cells that a spreadsheet would take for formulas: made harmless on their way into a CSV file, and as they were on their way out of one.
//!
//! A caller's words end up in an owner's spreadsheet. Some spreadsheets part cells by a semicolon and not by a comma: such a one begins a cell in
//! the middle of ours, behind a semicolon, a tab or the end of a line, and passes over the quotation marks that stand around ours.

use std::borrow::Cow;

/// A cell that no spreadsheet takes for a formula: a `'` stands before each that it could begin.
pub(super) fn harmless(cell: &str) -> Cow<'_, str> {
    let is_blank = |at: usize| begins_blank(cell, at);
    let is_formula = |at: usize| cell.get(at..).is_some_and(|text| begins_formula(text, at > 0));
    let places: Vec<usize> = begins(cell).filter(|at| is_blank(*at) || is_formula(*at)).collect();
    if places.is_empty() {
        return Cow::Borrowed(cell);
    }
    let mut safe = cell.to_owned();
    // From the last on: the places before it stay where they are.
    for at in places.into_iter().rev() {
        safe.insert(at, '\'');
    }
    Cow::Owned(safe)
}

/// A cell as it was before an export made it harmless.
pub(super) fn as_it_was(cell: &str) -> Cow<'_, str> {
    let behind = |at: usize| cell.get(at..).and_then(|text| text.strip_prefix('\''));
    let is_ours =
        |at: usize| behind(at).is_some_and(|text| begins_blank(text, at) || begins_formula(text, at > 0));
    let places: Vec<usize> = begins(cell).filter(|at| is_ours(*at)).collect();
    if places.is_empty() {
        return Cow::Borrowed(cell);
    }
    let mut was = cell.to_owned();
    for at in places.into_iter().rev() {
        was.replace_range(at..=at, "");
    }
    Cow::Owned(was)
}

/// The places in a cell at which a spreadsheet could begin one.
fn begins(cell: &str) -> impl Iterator<Item = usize> {
    let mut may_begin = true;
    cell.char_indices().filter_map(move |(at, sign)| {
        let begins = may_begin;
        may_begin = matches!(sign, ';' | '\t' | '\r' | '\n') || (may_begin && sign == '"');
        begins.then_some(at)
    })
}

/// Whether a cell begins with a blank that spreadsheets pass over.
fn begins_blank(text: &str, at: usize) -> bool {
    at == 0 && text.starts_with(['\t', '\r', '\n'])
}

/// Whether a text begins as a formula. Inside a cell a `-` or `+` with a blank behind it begins an entry of a list.
fn begins_formula(text: &str, is_inside: bool) -> bool {
    let mut signs = text.chars();
    match signs.next() {
        Some('=' | '@' | '＝' | '＠') => true,
        Some('+' | '-' | '＋' | '－') => {
            !is_inside || signs.next().is_some_and(|sign| !sign.is_whitespace())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for cell in ["=1+1", "+4930", "-2", "- 2", "@SUM(A1)", "\tx", "\rx", "＝1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for cell in
            ["", "a=b", "'=1", "🦊", "محمد", "two; three", "a roof\n- a door\n- + a gate", "1-2;3+4", "x;-"]
        {
            assert_eq!(harmless(cell), cell);
        }
    }

    #[test]
    fn formulas_behind_cell_separators_are_made_harmless() {
        for (cell, safe) in [
            ("a roof;=cmd|' /C calc'!A0", "a roof;'=cmd|' /C calc'!A0"),
            ("a roof\n=1+1\r\n@SUM(A1)", "a roof\n'=1+1\r\n'@SUM(A1)"),
            ("a\t+1;-2;\"=3", "a\t'+1;'-2;\"'=3"),
            ("\"\"=1", "\"\"'=1"),
            ("\t=1", "'\t'=1"),
            ("=1;=2", "'=1;'=2"),
        ] {
            assert_eq!(harmless(cell), safe);
        }
    }

    #[test]
    fn what_was_made_harmless_is_as_it_was() {
        for cell in
            ["=1", "a roof;=1\n-2;\"@x", "plain", "it's; 'so", "\"=🦊", "-", "a\n- b", "\n- a roof", "\t=1"]
        {
            assert_eq!(as_it_was(&harmless(cell)), cell);
        }
        for cell in ["'tis", "a;'b", "'", "a;'- b"] {
            assert_eq!(as_it_was(cell), cell, "nothing of ours");
        }
    }
}
