//! Markdown tables, and access to members and texts of JSON documents.

use serde_json::{Map, Value};

/// Returns a text as one cell: in one line, and without characters that end a cell.
pub(super) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Returns a row of cells.
pub(super) fn row<const CELLS: usize>(cells: [&str; CELLS]) -> String {
    format!("| {} |\n", cells.map(cell).join(" | "))
}

/// Returns the head of a table.
pub(super) fn head<const CELLS: usize>(cells: [&str; CELLS]) -> String {
    format!("{}|{}\n", row(cells), " --- |".repeat(CELLS))
}

/// Returns the members of a JSON object; none of any other value.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// Returns the text of a member of a JSON object, empty if there is none.
pub(super) fn text_of<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_line_and_ends_no_table() {
        assert_eq!(cell("a\n  b | c "), "a b \\| c");
        assert_eq!(head(["a", "b"]), "| a | b |\n| --- | --- |\n");
    }
}
