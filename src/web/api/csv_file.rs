//! An uploaded CSV file: its rows, counted as a spreadsheet counts them.

use std::collections::BTreeMap;

use cordboard_schema::limits::CSV_IMPORT_FAULTS_MAX;
use csv::{ByteRecord, Reader, ReaderBuilder};
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::problem::{ApiError, Fault};

/// The most cells of a row. No program writes so many columns of contacts, and a reader needs more bytes for a cell than the file does.
const CELLS_MAX: usize = 4_096;

/// Fault in a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowFault {
    /// Its number, as a spreadsheet counts: the header is row 1.
    pub(super) row: usize,
    /// The column, and what is wrong with its value.
    #[serde(flatten)]
    pub(super) fault: Fault,
}

/// The first faulty rows of a file, at most [`CSV_IMPORT_FAULTS_MAX`], with all faults of each. Rows may be added in any order.
#[derive(Debug, Default)]
pub(super) struct FaultyRows(BTreeMap<usize, Vec<Fault>>);

impl FaultyRows {
    /// Adds a row with all of its faults.
    pub(super) fn add(&mut self, row: usize, faults: Vec<Fault>) {
        self.0.entry(row).or_default().extend(faults);
        if self.0.len() > CSV_IMPORT_FAULTS_MAX {
            self.0.pop_last();
        }
    }

    /// Returns the faults in the order of the rows.
    pub(super) fn into_faults(self) -> Vec<RowFault> {
        let of_row =
            |(row, faults): (usize, Vec<Fault>)| faults.into_iter().map(move |fault| RowFault { row, fault });
        self.0.into_iter().flat_map(of_row).collect()
    }
}

/// A fault of a whole file, in words that follow `file`.
pub(super) fn of_file(reason: String) -> ApiError {
    ApiError::Invalid(vec![Fault::of("file", reason)])
}

/// The place of a row in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowPlace {
    /// Bytes before it.
    at: usize,
    /// Rows before it, as a spreadsheet counts.
    row: usize,
    /// Separator of the cells.
    separator: u8,
}

/// The rows of a file below its header.
pub(super) struct Rows<'a> {
    reader: Reader<&'a [u8]>,
    /// The place in the file at which the reader began.
    begin: RowPlace,
    record: ByteRecord,
    /// Line ends inside cells so far, which a spreadsheet does not count as rows.
    inside: usize,
    count: usize,
    count_max: usize,
}

impl<'a> Rows<'a> {
    /// Detects which of `separators` separates the cells, and reads the header. Lines of `text` end with `\n`, including the last one.
    ///
    /// # Errors
    /// A fault of the whole file, in words that follow `file`; the same holds for [`Self::next_row`].
    pub(super) fn open(
        text: &'a [u8],
        separators: &[u8],
        count_max: usize,
    ) -> Result<(ByteRecord, Self), String> {
        let (at, named) = separator_line(text, separators);
        let below = text.get(at..).unwrap_or_default();
        let separator = named.unwrap_or_else(|| delimiter(below, separators));
        check_cells(below, separator)?;
        let mut rows = Self::from_place(text, RowPlace { at, row: 0, separator }, count_max);
        let mut head = ByteRecord::new();
        if !rows.reader.read_byte_record(&mut head).map_err(unreadable)? {
            return Err("is empty".to_owned());
        }
        rows.inside = breaks(&head);
        Ok((head, rows))
    }

    /// The rows of the same text from a place on that [`Self::place`] has returned. Only those are counted.
    pub(super) fn from_place(text: &'a [u8], begin: RowPlace, count_max: usize) -> Self {
        let text = text.get(begin.at..).unwrap_or_default();
        let mut reader = ReaderBuilder::new();
        let reader = reader.delimiter(begin.separator).has_headers(false).flexible(true).from_reader(text);
        Self { reader, begin, record: ByteRecord::new(), inside: 0, count: 0, count_max }
    }

    /// The place after the rows that were read.
    pub(super) fn place(&self) -> RowPlace {
        let read = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        RowPlace { at: self.begin.at.saturating_add(read), row: self.rows_before(), ..self.begin }
    }

    /// Number of the last row that was read.
    fn rows_before(&self) -> usize {
        // The reader is on the line after the row.
        let line = usize::try_from(self.reader.position().line()).unwrap_or(usize::MAX);
        (self.begin.row.saturating_add(line)).saturating_sub(1 + self.inside)
    }

    /// Returns the next row that is not empty, and its number.
    pub(super) fn next_row(&mut self) -> Result<Option<(usize, &ByteRecord)>, String> {
        loop {
            if !self.reader.read_byte_record(&mut self.record).map_err(unreadable)? {
                return Ok(None);
            }
            self.inside += breaks(&self.record);
            if !self.record.iter().all(is_blank) {
                break;
            }
        }
        self.count += 1;
        if self.count > self.count_max {
            return Err(format!("has more than {} rows: part it into several files", self.count_max));
        }
        Ok(Some((self.rows_before(), &self.record)))
    }

    /// Number of rows read.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

fn unreadable(fault: csv::Error) -> String {
    format!("can't be read: {fault}")
}

/// Line ends in the cells of a row.
fn breaks(record: &ByteRecord) -> usize {
    record.iter().map(|cell| cell.iter().filter(|byte| **byte == b'\n').count()).sum()
}

fn is_blank(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| text.trim().is_empty())
}

/// Returns the length of a first line such as `sep=;`, and the separator that it names. Excel reads such a line, and shows the next one as row 1.
fn separator_line(text: &[u8], separators: &[u8]) -> (usize, Option<u8>) {
    let length = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| end + 1);
    let line = text[..length].strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text[..length]);
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', sign] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => {
            (length, Some(*sign).filter(|sign| separators.contains(sign)))
        }
        _ => (0, None),
    }
}

/// Separator of the cells: the most frequent one in the first line.
pub(super) fn delimiter(text: &[u8], separators: &[u8]) -> u8 {
    let head = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |sign: u8| head.iter().filter(|byte| **byte == sign).count();
    separators.iter().copied().rev().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

/// The place of a byte in a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Begin,
    Plain,
    Quoted,
    /// After a quotation mark that ends the cell, or is the first of two that stand for one.
    Closed,
}

/// Checks what the reader does not report, by the reader's own rules. The reader finds the end of a row only when it has all of its cells. An opening
/// quotation mark that is never closed takes the rest of the file into one cell, and the missing rows would go unnoticed.
///
/// # Errors
/// A row has more than [`CELLS_MAX`] cells, or the last cell is not closed.
fn check_cells(text: &[u8], separator: u8) -> Result<(), String> {
    // The reader skips this mark: a quotation mark after it begins a cell.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut place = Place::Begin;
    let mut cells = 1_usize;
    let mut row = 1_usize;
    for byte in text {
        place = match (place, *byte) {
            (Place::Begin | Place::Closed, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::Closed,
            (Place::Quoted, _) => Place::Quoted,
            (_, b'\n' | b'\r') => {
                row += usize::from(*byte == b'\n');
                cells = 1;
                Place::Begin
            }
            (_, byte) if byte == separator => {
                cells += 1;
                Place::Begin
            }
            _ => Place::Plain,
        };
        if cells > CELLS_MAX {
            return Err(format!("has a row of more than {CELLS_MAX} cells"));
        }
    }
    if place == Place::Quoted {
        return Err(format!("has a cell in row {row} that begins with a quotation mark and ends with none"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns why a file is not accepted.
    fn refused(text: &str) -> Option<String> {
        Rows::open(text.as_bytes(), b",;", 10).err()
    }

    #[test]
    fn a_row_with_too_many_cells_is_refused() {
        let (wide, half) = (",".repeat(CELLS_MAX), ",".repeat(CELLS_MAX / 2));
        for text in [
            format!("{wide}\n"),
            format!("phone\n1{wide}\n"),
            format!("phone\n\"two\nlines, \"\"so\"\"\"{wide}\n"),
            format!("{half}\"\n\"{half}\n"),
            format!("a\"{wide}\n"),
            format!("\u{feff}\",\"{wide}\n"),
        ] {
            let said = refused(&text);
            let begin: String = text.chars().take(20).collect();
            assert_eq!(said.as_deref(), Some("has a row of more than 4096 cells"), "{begin:?}");
        }
    }

    #[test]
    fn all_faults_of_the_first_100_faulty_rows_are_reported() {
        let faults = || vec![Fault::of("phone", "is no number"), Fault::of("status", "is none")];
        let reported = |wrong: Vec<usize>| {
            let mut faulty = FaultyRows::default();
            for row in wrong {
                faulty.add(row, faults());
            }
            faulty.into_faults()
        };
        for wrong in [(2..152).collect::<Vec<usize>>(), (2..152).rev().collect()] {
            let rows: Vec<usize> = reported(wrong).iter().map(|fault| fault.row).collect();
            assert_eq!(rows, (2..102).flat_map(|row| [row, row]).collect::<Vec<_>>());
        }
        assert_eq!(reported((2..102).collect()).len(), 200);
    }

    #[test]
    fn separators_in_quotes_and_other_rows_are_not_counted() {
        let wide = ",".repeat(CELLS_MAX);
        for text in [
            format!("{}\n", ",".repeat(CELLS_MAX - 1)),
            format!("phone\n\"{wide}\"\n"),
            format!("phone;note\n1;{wide}\n"),
            "a,b\n".repeat(CELLS_MAX),
            "a,b\r".repeat(CELLS_MAX),
        ] {
            assert_eq!(refused(&text), None);
        }
    }

    /// Returns the numbers of the rows below the header, or the file's fault.
    fn rows(text: &str) -> Result<Vec<usize>, String> {
        let (_, mut rows) = Rows::open(text.as_bytes(), b",;", 10)?;
        let mut found = Vec::new();
        while let Some((row, _)) = rows.next_row()? {
            found.push(row);
        }
        Ok(found)
    }

    #[test]
    fn a_first_line_that_names_the_separator_is_no_header() {
        for (text, expected) in [
            ("sep=;\nphone;name, note\n1;Ada\n", ["phone", "name, note"]),
            ("\u{feff}SEP=,\r\nphone,name;s\n1,Ada\n", ["phone", "name;s"]),
            ("\"sep=,\"\nphone,a;b;c\n1,Ada\n", ["phone", "a;b;c"]),
            ("sep=|\nphone;name\n1;Ada\n", ["phone", "name"]),
            ("sep=;name\n1;Ada\n", ["sep=", "name"]),
        ] {
            let (head, mut rows) = Rows::open(text.as_bytes(), b",;", 10).unwrap();
            assert_eq!(head, ByteRecord::from(expected.to_vec()), "{text:?}");
            let (row, record) = rows.next_row().unwrap().unwrap();
            assert_eq!((row, record.get(1)), (2, Some(&b"Ada"[..])), "{text:?}");
        }
        assert!(refused("sep=;\n").is_some_and(|said| said == "is empty"));
    }

    #[test]
    fn a_cell_that_swallows_the_following_rows_is_a_fault() {
        let open = |row: usize| {
            Err(format!("has a cell in row {row} that begins with a quotation mark and ends with none"))
        };
        for (text, expected) in [
            ("phone,name\n1,Ada\n2,\"Bo\n3,Cy\n", open(3)),
            ("phone,name\n1,\"a\nb\"\n2,\"Bo\n3,Cy\n\n", open(3)),
            ("phone,name\n1,\"Bo \"\"the wall\"\"\n", open(2)),
            ("phone,\"name\n1,Ada\n", open(1)),
            // Closed quotation marks, and marks within a cell.
            ("phone,name\n1,\"Ada\n\"\n", Ok(vec![2])),
            ("phone,name\n1,\"Ada\n\"\n\n", Ok(vec![2])),
            ("phone,name\n1,\"Ada\"\n2,\"\"\n", Ok(vec![2, 3])),
            ("phone,name\n1,5\" pipe\n2,Bo\n", Ok(vec![2, 3])),
        ] {
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }
}
