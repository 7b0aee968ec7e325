//! A list of contacts as a spreadsheet saves it, in any common character encoding and with any separator. It is interpreted here, without the store.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::contact_mapping::{CONSENT_NAMES, NUMBER_NAMES, ZONE_NAMES};
use cordboard_schema::limits::{CSV_CONTACTS_COLUMNS_MAX, CSV_CONTACTS_ROWS_MAX, OUTBOUND_VARIABLES_MAX};
use cordboard_schema::outbound::variable_name;
use csv::ByteRecord;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::csv_file::{RowPlace, Rows};
use super::csv_text::{CsvText, cell_text, column_names};

/// Columns named by the client, where the header does not tell their meaning.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapping {
    /// The name of the column with the number.
    pub(super) number: Option<String>,
    /// Name of the column with the time zone.
    pub(super) zone: Option<String>,
    /// Name of the column with the evidence of consent.
    pub(super) consent: Option<String>,
}

/// Characters of a column's name that are shown.
const SHOWN_CHARS_MAX: usize = 100;

/// Columns of the export, in order. The variables follow.
pub(super) const EXPORTED: [&str; 15] = [
    "id",
    "number",
    "state",
    "end",
    "tries",
    "last_outcome",
    "last_variant",
    "last_shown",
    "last_disposition",
    "last_disposition_by",
    "cost_micros",
    "next_at",
    "zone",
    "consent",
    "created_at",
];

/// Whether it is a result column of the export.
fn is_passed_over(name: &str) -> bool {
    EXPORTED.contains(&name) && !matches!(name, "number" | "zone" | "consent")
}

/// A row as read, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number, as a spreadsheet counts: the header is row 1.
    pub(super) row: usize,
    pub(super) number: String,
    pub(super) zone: String,
    pub(super) consent: String,
    pub(super) variables: BTreeMap<String, String>,
}

/// A file whose header was read. Its rows are read one by one: as contacts they may take a hundred times the memory that they take in the file.
#[derive(Debug)]
pub(super) struct ContactsFile {
    text: Vec<u8>,
    cells: &'static Encoding,
    columns: Vec<Column>,
    /// The place of the first row below the header.
    begin: RowPlace,
    /// The names of the columns that are left out, as written in the file.
    pub(super) left_out: Vec<String>,
}

/// The rows of a file from some place on.
pub(super) struct ContactRows<'a> {
    file: &'a ContactsFile,
    rows: Rows<'a>,
}

/// Meaning of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    Number,
    Zone,
    Consent,
    Variable(String),
    PassedOver,
}

impl ContactsFile {
    /// Reads the header of a file. The error is about the whole file, in words that follow `file`.
    pub(super) fn open(file: &[u8], mapping: &Mapping) -> Result<Self, String> {
        let CsvText { text, cells, separators } = CsvText::of(file);
        let (names, begin) = Rows::open(&text, separators, CSV_CONTACTS_ROWS_MAX)
            .map(|(names, rows)| (names, rows.place()))?;
        let head = column_names(&names, cells);
        // A browser can't detect the encoding of text that is not UTF-8: its user chooses among the names in this one.
        let as_shown = |name| WINDOWS_1252.decode_without_bom_handling(name).0.trim().to_owned();
        let shown: Vec<String> =
            if cells == UTF_8 { Vec::new() } else { names.iter().map(as_shown).collect() };
        let columns = columns(&head, &shown, mapping)?;
        let left_out = head.iter().zip(&columns).filter(|(_, column)| **column == Column::PassedOver);
        let left_out = left_out.map(|(name, _)| name.chars().take(SHOWN_CHARS_MAX).collect::<String>());
        let left_out = left_out.filter(|name| !name.is_empty()).collect();
        Ok(Self { text, cells, columns, begin, left_out })
    }

    /// The character encoding of text that is not UTF-8; otherwise UTF-8.
    pub(super) fn encoding(&self) -> &'static str {
        self.cells.name()
    }

    /// The names of the variables, in the order of their columns.
    pub(super) fn variables(&self) -> Vec<String> {
        let variables = self.columns.iter().filter_map(|column| match column {
            Column::Variable(name) => Some(name.clone()),
            _ => None,
        });
        variables.collect()
    }

    /// The place of the first row below the header.
    pub(super) fn begin(&self) -> RowPlace {
        self.begin
    }

    /// The rows from this place on.
    pub(super) fn rows(&self, from: RowPlace) -> ContactRows<'_> {
        ContactRows { file: self, rows: Rows::from_place(&self.text, from, CSV_CONTACTS_ROWS_MAX) }
    }
}

impl ContactRows<'_> {
    /// Returns the next row. The error is about the whole file.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, String> {
        let (columns, cells) = (&self.file.columns, self.file.cells);
        let found = self.rows.next_row()?;
        Ok(found.map(|(row, record)| of_record(row, columns, record, cells)))
    }

    /// The place of the next row.
    pub(super) fn place(&self) -> RowPlace {
        self.rows.place()
    }
}

fn of_record(row: usize, columns: &[Column], record: &ByteRecord, cells: &'static Encoding) -> Row {
    let mut read = Row {
        row,
        number: String::new(),
        zone: String::new(),
        consent: String::new(),
        variables: BTreeMap::new(),
    };
    for (column, bytes) in columns.iter().zip(record) {
        let text = || cell_text(bytes, cells);
        match column {
            Column::Number => read.number = text(),
            Column::Zone => read.zone = text(),
            Column::Consent => read.consent = text(),
            Column::Variable(name) => {
                let text = text();
                if !text.is_empty() {
                    read.variables.insert(name.clone(), text);
                }
            }
            Column::PassedOver => {}
        }
    }
    read
}

/// Meaning of each column of the header. A client may name a column as in `head`, or as in `shown`.
fn columns(head: &[String], shown: &[String], mapping: &Mapping) -> Result<Vec<Column>, String> {
    if head.len() > CSV_CONTACTS_COLUMNS_MAX {
        return Err(format!("has more than {CSV_CONTACTS_COLUMNS_MAX} columns"));
    }
    let names: Vec<String> = head.iter().map(|name| variable_name(name)).collect();
    let mut seen = BTreeSet::new();
    // A variable that came over the API may have the name of such a column. Then the export has both, and both are ignored.
    let mut taken = names.iter().filter(|name| !name.is_empty() && !is_passed_over(name));
    if let Some(twice) = taken.find(|name| !seen.insert(*name)) {
        return Err(format!("has the column {twice:?} twice"));
    }
    let at = |named: &Option<String>, usual: &[&str]| match named {
        Some(named) => {
            let is_it = |name: &String| name.eq_ignore_ascii_case(named.trim());
            let found = head.iter().position(is_it).or_else(|| shown.iter().position(is_it));
            found.map(Some).ok_or_else(|| format!("has no column {named:?}"))
        }
        None => Ok(usual.iter().find_map(|usual| names.iter().position(|name| name == usual))),
    };
    let number = at(&mapping.number, &NUMBER_NAMES)?;
    let (zone, consent) = (at(&mapping.zone, &ZONE_NAMES)?, at(&mapping.consent, &CONSENT_NAMES)?);
    let Some(number) = number else {
        return Err(
            "must have the names of its columns in the first row: number or phone, and others".to_owned()
        );
    };
    let mut columns = Vec::with_capacity(names.len());
    for (place, name) in names.into_iter().enumerate() {
        let place = Some(place);
        columns.push(match name {
            _ if place == Some(number) => Column::Number,
            _ if place == zone => Column::Zone,
            _ if place == consent => Column::Consent,
            name if name.is_empty() || is_passed_over(&name) => Column::PassedOver,
            name => Column::Variable(name),
        });
    }
    let variables = columns.iter().filter(|column| matches!(column, Column::Variable(_))).count();
    if variables > OUTBOUND_VARIABLES_MAX {
        return Err(format!(
            "has {variables} columns beside the number: at most {OUTBOUND_VARIABLES_MAX} become variables"
        ));
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as read.
    #[derive(Debug)]
    struct ReadFile {
        encoding: &'static str,
        variables: Vec<String>,
        left_out: Vec<String>,
        rows: Vec<Row>,
    }

    fn read(file: &[u8], mapping: &Mapping) -> Result<ReadFile, String> {
        let file = ContactsFile::open(file, mapping)?;
        let mut left = file.rows(file.begin());
        let mut rows = Vec::new();
        while let Some(row) = left.next_row()? {
            rows.push(row);
        }
        let (encoding, variables) = (file.encoding(), file.variables());
        Ok(ReadFile { encoding, variables, left_out: file.left_out.clone(), rows })
    }

    fn of(file: &[u8]) -> ReadFile {
        read(file, &Mapping::default()).unwrap()
    }

    fn refused(file: &[u8]) -> String {
        read(file, &Mapping::default()).unwrap_err()
    }

    /// Encodes `text` in UTF-16, little endian, with its byte order mark.
    fn utf16(text: &str) -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn files_of_all_common_spreadsheets_are_read() {
        let windows = b"Telefon;Vorname\r\n+493012345678;J\xfcrgen M\xfcller\r\n".to_vec();
        let mixed =
            b"phone,first name\n+493012345678,J\xfcrgen M\xfcller\n+493012345679,Ren\xc3\xa9\n".to_vec();
        for (file, encoding, name) in [
            ("phone,first name\n+493012345678,Jürgen Müller\n".as_bytes().to_vec(), "UTF-8", "first_name"),
            (
                "\u{feff}phone\tfirst name\r+493012345678\tJürgen Müller".as_bytes().to_vec(),
                "UTF-8",
                "first_name",
            ),
            (utf16("phone|first name\r\n+493012345678|Jürgen Müller\r\n"), "UTF-8", "first_name"),
            (windows, "windows-1252", "vorname"),
            (mixed, "windows-1252", "first_name"),
        ] {
            let read = of(&file);
            assert_eq!((read.encoding, read.variables), (encoding, vec![name.to_owned()]));
            let first = &read.rows[0];
            assert_eq!((first.row, &*first.number), (2, "+493012345678"));
            assert_eq!(first.variables[name], "Jürgen Müller");
            assert!(read.rows.get(1).is_none_or(|row| row.variables[name] == "René"), "{:?}", read.rows);
        }
    }

    #[test]
    fn rows_are_numbered_as_in_spreadsheets_and_may_be_short() {
        let read = of(b"number,note,zone,consent,tries\n'+493012345678,\"two\nlines\",Europe/Berlin,form 7,4\n\n,,\n+493012345679\n");
        let rows: Vec<_> = read.rows.iter().map(|row| (row.row, row.number.as_str())).collect();
        assert_eq!(rows, [(2, "+493012345678"), (5, "+493012345679")]);
        let first = &read.rows[0];
        assert_eq!((&*first.zone, &*first.consent, read.variables.len()), ("Europe/Berlin", "form 7", 1));
        assert_eq!(first.variables["note"], "two\nlines");
    }

    /// A long file is read part by part.
    #[test]
    fn the_rest_of_a_file_is_read_from_any_row() {
        let file =
            b"note;\"phone\nnumber\";phone\n\n\"two\nlines; \"\"so\"\"\";1;2\n\n;;\n;3;4\n\nJ\xfcrgen M\xfcller;5;6";
        let mapping = Mapping { number: Some("phone".to_owned()), ..Mapping::default() };
        let file = ContactsFile::open(file, &mapping).unwrap();
        let mut rows = file.rows(file.begin());
        let mut found = Vec::new();
        while let Some(row) = rows.next_row().unwrap() {
            let mut rest = file.rows(rows.place());
            found.push((row, rest.next_row().unwrap()));
        }
        let numbers: Vec<_> = found.iter().map(|(row, _)| (row.row, row.number.as_str())).collect();
        assert_eq!(numbers, [(3, "2"), (6, "4"), (8, "6")]);
        assert!(found.windows(2).all(|two| two[0].1.as_ref() == Some(&two[1].0)), "{found:?}");
        assert_eq!(found.last().unwrap().1, None);
        assert_eq!(found[2].0.variables["note"], "Jürgen Müller");
    }

    /// Each of these names would be twice in an export.
    #[test]
    fn columns_with_names_of_the_export_are_reported() {
        let read = of(b"phone,First name,State,###,,Tries\n+12125550123,Ada,NY,x,y,4\n");
        assert_eq!(
            (read.variables, read.left_out),
            (vec!["first_name".to_owned()], vec!["State".to_owned(), "###".to_owned(), "Tries".to_owned()])
        );
        assert_eq!(of(b"phone,us_state\n+12125550123,NY\n").rows[0].variables["us_state"], "NY");
        let german = of(b"Telefon;Einwilligung\n+493012345678;nein\n");
        assert_eq!((&*german.rows[0].consent, german.variables.len()), ("nein", 0));
        let exported = of(b"id,number,state,consent,city,state\n7,+12125550123,done,form 7,Albany,NY\n");
        assert_eq!((exported.variables, exported.left_out.len()), (vec!["city".to_owned()], 3));
    }

    #[test]
    fn a_column_can_be_named() {
        let mapping = Mapping { number: Some("Privat".to_owned()), ..Mapping::default() };
        let read = read(b"phone,privat\n1,2\n", &mapping).unwrap();
        assert_eq!((&*read.rows[0].number, &*read.rows[0].variables["phone"]), ("2", "1"));
    }

    #[test]
    fn a_column_can_be_named_as_a_browser_shows_it() {
        let text = "Имя;Телефон\nИван Петров из города Москва;+74951234567\n";
        let (file, ..) = encoding_rs::WINDOWS_1251.encode(text);
        let mapping = Mapping { number: Some("Òåëåôîí".to_owned()), ..Mapping::default() };
        assert_eq!(read(&file, &mapping).unwrap().rows[0].number, "+74951234567");
        assert!(
            read(text.as_bytes(), &mapping).is_err(),
            "a browser shows the names of this file as they are"
        );
    }

    #[test]
    fn an_invalid_contacts_file_says_why() {
        for (file, why) in [
            (b"".to_vec(), "is empty"),
            (b"name\nAda\n".to_vec(), "must have the names"),
            (b"phone,First Name,first-name\n".to_vec(), "has the column \"first_name\" twice"),
            (b"phone,phone\n".to_vec(), "has the column \"phone\" twice"),
            (vec![0; 100], "must have the names"),
            (format!("phone{}\n", ",a".repeat(200)).into_bytes(), "has more than 100 columns"),
            (format!("phone{}\n", ",".repeat(5_000)).into_bytes(), "has a row of more than 4096 cells"),
            (
                format!("phone{}\n", (0..40).map(|n| format!(",v{n}")).collect::<String>()).into_bytes(),
                "has 40 columns beside",
            ),
            (
                format!("phone\n{}", "1\n".repeat(CSV_CONTACTS_ROWS_MAX + 1)).into_bytes(),
                "has more than 100000 rows",
            ),
        ] {
            let said = refused(&file);
            assert!(said.starts_with(why), "{said} {why}");
        }
        let unknown = Mapping { zone: Some("Zone 2".to_owned()), ..Mapping::default() };
        assert_eq!(read(b"phone\n", &unknown).unwrap_err(), "has no column \"Zone 2\"");
    }
}
