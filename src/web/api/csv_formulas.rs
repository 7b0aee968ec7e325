//! Cells that a spreadsheet would take for formulas: escaped in exported CSV files, and restored from imported ones.
//!
//! A caller's words end up in an owner's spreadsheet. Some spreadsheets separate cells by a semicolon and not by a comma. For these a cell can begin
//! in the middle of ours, after a semicolon, a tab or the end of a line, ignoring the quotation marks around ours.

use std::borrow::Cow;

/// Escapes a cell so that no spreadsheet takes it for a formula: a `'` is inserted before each formula that it could begin.
pub(super) fn harmless(cell: &str) -> Cow<'_, str> {
    let is_blank = |at: usize| begins_blank(cell, at);
    let is_formula = |at: usize| cell.get(at..).is_some_and(|text| begins_formula(text, at > 0));
    let mut places = begins(cell).filter(|at| is_blank(*at) || is_formula(*at)).peekable();
    if places.peek().is_none() {
        return Cow::Borrowed(cell);
    }
    let (mut safe, mut from) = (String::with_capacity(cell.len() + 1), 0);
    for at in places {
        safe.push_str(&cell[from..at]);
        safe.push('\'');
        from = at;
    }
    safe.push_str(&cell[from..]);
    Cow::Owned(safe)
}

/// Restores a cell that an export has escaped.
pub(super) fn as_it_was(cell: &str) -> Cow<'_, str> {
    let after_quote = |at: usize| cell.get(at..).and_then(|text| text.strip_prefix('\''));
    let is_ours = |at: usize| {
        after_quote(at).is_some_and(|text| begins_blank(text, at) || begins_formula(text, at > 0))
    };
    let mut places = begins(cell).filter(|at| is_ours(*at)).peekable();
    if places.peek().is_none() {
        return Cow::Borrowed(cell);
    }
    // Written once: a cell may be as long as the file, and have a quotation mark to be removed at every third letter.
    let (mut was, mut from) = (String::with_capacity(cell.len()), 0);
    for at in places {
        was.push_str(&cell[from..at]);
        from = at + 1;
    }
    was.push_str(&cell[from..]);
    Cow::Owned(was)
}

/// The places in a cell at which a spreadsheet could begin a cell.
fn begins(cell: &str) -> impl Iterator<Item = usize> {
    let mut may_begin = true;
    cell.char_indices().filter_map(move |(at, sign)| {
        let begins = may_begin;
        may_begin = matches!(sign, ';' | '\t' | '\r' | '\n') || (may_begin && sign == '"');
        begins.then_some(at)
    })
}

/// Whether a cell begins with a blank that spreadsheets skip.
fn begins_blank(text: &str, at: usize) -> bool {
    at == 0 && text.starts_with(['\t', '\r', '\n'])
}

/// Whether a text begins as a formula. Inside a cell a `-` or `+` followed by a blank begins an entry of a list.
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
    fn formulas_are_exported_as_text() {
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
    fn formulas_after_cell_separators_are_escaped() {
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
    fn escaped_cells_are_restored_on_import() {
        for cell in
            ["=1", "a roof;=1\n-2;\"@x", "plain", "it's; 'so", "\"=🦊", "-", "a\n- b", "\n- a roof", "\t=1"]
        {
            assert_eq!(as_it_was(&harmless(cell)), cell);
        }
        for cell in ["'tis", "a;'b", "'", "a;'- b"] {
            assert_eq!(as_it_was(cell), cell, "nothing of ours");
        }
    }

    /// Each letter is moved once: moving the rest of the cell for each formula would take minutes.
    #[test]
    fn a_file_of_one_cell_of_formulas_is_restored() {
        let cell = ";=1".repeat(1 << 20);
        let safe = harmless(&cell);
        assert_eq!(safe.len(), cell.len() / 3 * 4);
        assert!(as_it_was(&safe) == cell, "another cell");
    }
}
