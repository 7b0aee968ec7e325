//! A table of text with aligned columns.

use std::fmt;

/// Rows with as many cells as the title. The last column is not padded.
#[derive(Clone, Debug)]
pub struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// Makes a table without rows.
    #[must_use]
    pub fn titled(title: [&str; COLUMNS]) -> Self {
        Self { rows: vec![title.map(str::to_owned)] }
    }

    /// Adds a row.
    pub fn push(&mut self, row: [String; COLUMNS]) {
        self.rows.push(row);
    }
}

impl<const COLUMNS: usize> fmt::Display for Table<COLUMNS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width =
            |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; COLUMNS] = std::array::from_fn(width);
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                line.push_str(&format!("{cell:width$}  "));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_with_their_text() {
        let mut table = Table::titled(["CHECK", "RESULT"]);
        table.push(["clock".to_owned(), "ok".to_owned()]);
        table.push(["número".to_owned(), String::new()]);
        assert_eq!(table.to_string(), "CHECK   RESULT\nclock   ok\nnúmero\n");
    }
}
