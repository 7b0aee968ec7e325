//! A list of customers as a spreadsheet or an address book saves it. It is interpreted here, without the store.

use std::collections::HashMap;

use cordboard_schema::composed::composed;
use cordboard_schema::contact_mapping::says_no;
use cordboard_schema::customer::CustomerChange;
use cordboard_schema::customer_import::ImportedCustomer;
use cordboard_schema::limits::{
    CSV_CUSTOMERS_COLUMNS_MAX, CSV_CUSTOMERS_ROWS_MAX, CSV_CUSTOMERS_WRITTEN_AT_ONCE,
};
use cordboard_schema::phone::E164;
use csv::ByteRecord;
use encoding_rs::Encoding;
use serde::Serialize;
use utoipa::ToSchema;

use super::contact_rules::number;
use super::csv_file::{RowPlace, Rows};
use super::csv_text::{CsvText, cell_text, column_names};
use super::customers::faults_of;
use super::given::Faults;
use crate::web::problem::Fault;

/// Characters of a column's name, and of an example from it, that are shown.
const SHOWN_CHARS_MAX: usize = 100;
/// Examples of a column that are shown, and the rows in which they are looked for.
const EXAMPLES_MAX: usize = 3;
const EXAMPLE_ROWS: usize = 20;

/// The content of a column in a file of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CustomerColumn {
    /// The whole name.
    Name,
    /// The first name, if the whole name has no column.
    FirstName,
    /// The last name, if the whole name has no column.
    LastName,
    /// The company: a line of the notes, or the name of a customer who has no other.
    Company,
    /// One or several numbers. Several columns may have some.
    Phone,
    /// The e-mail address.
    Email,
    /// The address, or a part of it.
    Address,
    /// The language: a BCP 47 tag, or the name of a common one.
    Language,
    /// Tags, separated by commas or semicolons.
    Tags,
    /// Notes. A column with another name than that is a line with its name.
    Notes,
    /// Whether the customer wants no text messages: anything but a word that says no.
    SmsOptedOut,
    /// Whether no campaign may call the customer: anything but a word that says no.
    DoNotCall,
    /// Nothing that is imported.
    Skip,
}

use CustomerColumn::{
    Address, Company, DoNotCall, Email, FirstName, Language, LastName, Name, Notes, Phone, Skip, SmsOptedOut,
    Tags,
};

/// The word of each in `columns`.
const WORDS: [(&str, CustomerColumn); 13] = [
    ("name", Name),
    ("first_name", FirstName),
    ("last_name", LastName),
    ("company", Company),
    ("phone", Phone),
    ("email", Email),
    ("address", Address),
    ("language", Language),
    ("tags", Tags),
    ("notes", Notes),
    ("sms_opted_out", SmsOptedOut),
    ("do_not_call", DoNotCall),
    ("skip", Skip),
];

/// Usual names of columns, in lower case and without anything but letters and digits.
const NAMES: [(CustomerColumn, &[&str]); 12] = [
    (Name, &["name", "fullname", "displayname", "customer", "customername", "kunde", "kundenname"]),
    (FirstName, &["firstname", "givenname", "forename", "vorname", "nombre", "nome", "prénom"]),
    (
        LastName,
        &[
            "lastname",
            "surname",
            "familyname",
            "nachname",
            "familienname",
            "apellido",
            "apellidos",
            "sobrenome",
        ],
    ),
    (
        Company,
        &[
            "company",
            "companyname",
            "organization",
            "organizationname",
            "organisation",
            "firma",
            "firmenname",
            "unternehmen",
            "empresa",
        ],
    ),
    (Phone, &["number", "othernumbers", "tel", "rufnummer", "festnetz"]),
    (Email, &["mail", "mailadresse", "correo", "correoelectrónico", "correoelectronico"]),
    (
        Address,
        &[
            "address",
            "street",
            "city",
            "town",
            "zip",
            "zipcode",
            "postcode",
            "postalcode",
            "country",
            "adresse",
            "anschrift",
            "straße",
            "strasse",
            "plz",
            "postleitzahl",
            "ort",
            "stadt",
            "wohnort",
            "land",
            "dirección",
            "direccion",
            "ciudad",
            "endereço",
            "endereco",
            "cidade",
            "cep",
        ],
    ),
    (Language, &["language", "lang", "sprache", "idioma"]),
    (Tags, &["tag", "tags", "labels", "categories", "schlagwort", "schlagworte", "kategorien", "etiquetas"]),
    (
        Notes,
        &[
            "note",
            "notes",
            "comment",
            "comments",
            "notiz",
            "notizen",
            "bemerkung",
            "bemerkungen",
            "kommentar",
            "notas",
            "observações",
        ],
    ),
    (SmsOptedOut, &["smsoptedout", "smsoptout", "nosms", "keinesms"]),
    (DoNotCall, &["donotcall", "dnc", "nichtanrufen", "werbesperre", "nollamar", "nãoligar"]),
];

/// Beginnings of usual names of columns with numbers.
const PHONE_BEGINS: [&str; 10] =
    ["phone", "telephone", "telefon", "teléfono", "mobil", "handy", "cell", "celular", "movil", "móvil"];

/// Ends of such names.
const PHONE_ENDS: [&str; 2] = ["phone", "telefon"];

/// Ends of the names of columns that an address book has next to each value, with its kind.
const KIND_ENDS: [&str; 3] = ["label", "type", "typ"];

/// Names of common languages.
const LANGUAGES: [(&str, &[&str]); 9] = [
    ("de", &["german", "deutsch", "alemán", "alemão", "allemand"]),
    ("en", &["english", "englisch", "inglés", "inglês", "anglais"]),
    ("es", &["spanish", "spanisch", "español", "espanhol", "espagnol"]),
    ("pt", &["portuguese", "portugiesisch", "portugués", "português", "portugais"]),
    ("fr", &["french", "französisch", "francés", "francês", "français"]),
    ("it", &["italian", "italienisch", "italiano"]),
    ("nl", &["dutch", "niederländisch", "nederlands"]),
    ("pl", &["polish", "polnisch", "polski"]),
    ("tr", &["turkish", "türkisch", "türkçe"]),
];

/// A column of the file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerColumnView {
    /// Its name in the first row; at most 100 characters.
    name: String,
    /// Its content: as given in `columns`, or by its name.
    field: CustomerColumn,
    /// Some of its values in the first rows; at most 3.
    examples: Vec<String>,
}

/// A file whose header was read.
#[derive(Debug)]
pub(super) struct CustomersFile {
    text: Vec<u8>,
    cells: &'static Encoding,
    head: Vec<String>,
    columns: Vec<CustomerColumn>,
    country_code: Option<String>,
    /// The place of the first row below the header.
    begin: RowPlace,
}

/// A row as read.
#[derive(Debug)]
pub(super) struct ReadRow {
    /// Its number, as a spreadsheet counts: the header is row 1.
    pub(super) row: usize,
    /// The customer, or all faults of the row.
    pub(super) customer: Result<ImportedCustomer, Vec<Fault>>,
    /// Its cells, as many as there are columns at most.
    pub(super) cells: Vec<String>,
}

/// The row of each number that was read.
pub(super) type SeenNumbers = HashMap<E164, usize>;

/// Reads what a client says about the columns: a word for each, separated by commas.
pub(super) fn columns_of(words: &str) -> Result<Vec<CustomerColumn>, String> {
    let column = |word: &str| {
        let known = WORDS.iter().find(|(known, _)| *known == word.trim());
        known.map(|(_, column)| *column).ok_or_else(|| {
            let all: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            format!("`columns` must have a word for each column, out of {}", all.join(", "))
        })
    };
    words.split(',').map(column).collect()
}

impl CustomersFile {
    /// Reads a file's header, and checks that all of its rows can be read. The error is about the whole file, in words that follow `file`.
    pub(super) fn open(
        file: &[u8],
        columns: Option<Vec<CustomerColumn>>,
        country_code: Option<String>,
    ) -> Result<Self, String> {
        let CsvText { text, cells, separators } = CsvText::of(file);
        let (names, begin) = {
            let (names, mut rows) = Rows::open(&text, separators, CSV_CUSTOMERS_ROWS_MAX)?;
            let begin = rows.place();
            // Otherwise the first rows of a file that can't be read to its end would be imported.
            while rows.next_row()?.is_some() {}
            (names, begin)
        };
        let head = column_names(&names, cells);
        if head.len() > CSV_CUSTOMERS_COLUMNS_MAX {
            return Err(format!("has more than {CSV_CUSTOMERS_COLUMNS_MAX} columns"));
        }
        let columns = columns.unwrap_or_else(|| usual(&head));
        if columns.len() != head.len() {
            return Err(format!("has {} columns, but `columns` has {}", head.len(), columns.len()));
        }
        Ok(Self { text, cells, head, columns, country_code, begin })
    }

    /// The character encoding of text that is not UTF-8; otherwise UTF-8.
    pub(super) fn encoding(&self) -> &'static str {
        self.cells.name()
    }

    /// Whether a column has this.
    pub(super) fn has(&self, column: CustomerColumn) -> bool {
        self.columns.contains(&column)
    }

    /// The place of the first row below the header.
    pub(super) fn begin(&self) -> RowPlace {
        self.begin
    }

    /// The columns, with examples.
    pub(super) fn views(&self) -> Vec<CustomerColumnView> {
        let shown = |text: &str| text.chars().take(SHOWN_CHARS_MAX).collect::<String>();
        let named = self.head.iter().zip(&self.columns).map(|(name, field)| CustomerColumnView {
            name: shown(name),
            field: *field,
            examples: Vec::new(),
        });
        let mut views: Vec<CustomerColumnView> = named.collect();
        let mut rows = Rows::from_place(&self.text, self.begin, CSV_CUSTOMERS_ROWS_MAX);
        for _ in 0..EXAMPLE_ROWS {
            let Ok(Some((_, record))) = rows.next_row() else { break };
            for (view, text) in views.iter_mut().zip(self.texts(record)) {
                let text = shown(&text);
                let is_new = !text.is_empty() && !view.examples.contains(&text);
                if is_new && view.examples.len() < EXAMPLES_MAX {
                    view.examples.push(text);
                }
            }
        }
        views
    }

    /// The rows from this place on, as many as one write imports, and the place of the rest; none after the last. The error is about the whole file.
    pub(super) fn part(
        &self,
        from: RowPlace,
        seen: &mut SeenNumbers,
    ) -> Result<(Vec<ReadRow>, Option<RowPlace>), String> {
        let mut rows = Rows::from_place(&self.text, from, CSV_CUSTOMERS_ROWS_MAX);
        let mut read = Vec::with_capacity(CSV_CUSTOMERS_WRITTEN_AT_ONCE);
        while read.len() < CSV_CUSTOMERS_WRITTEN_AT_ONCE {
            let Some((row, record)) = rows.next_row()? else { return Ok((read, None)) };
            let cells = self.texts(record);
            let customer = self.customer(&cells).and_then(|found| {
                let other = found.numbers.iter().find_map(|number| seen.get(number).copied());
                if let Some(other) = other {
                    let reason =
                        format!("must not be a number of row {other} as well: keep one of the two rows");
                    return Err(vec![Fault::of("phone", reason)]);
                }
                seen.extend(found.numbers.iter().map(|number| (number.clone(), row)));
                Ok(found)
            });
            read.push(ReadRow { row, customer, cells });
        }
        Ok((read, Some(rows.place())))
    }

    /// The cells of a row. A row may be shorter than the header, and longer.
    fn texts(&self, record: &ByteRecord) -> Vec<String> {
        record.iter().take(self.head.len()).map(|bytes| cell_text(bytes, self.cells)).collect()
    }

    /// The cells of these columns that are not empty.
    fn those<'a>(&'a self, cells: &'a [String], column: CustomerColumn) -> impl Iterator<Item = &'a str> {
        let all = self.columns.iter().zip(cells);
        all.filter(move |(of, text)| **of == column && !text.is_empty()).map(|(_, text)| text.as_str())
    }

    /// Returns the customer of a row, or all its faults.
    fn customer(&self, cells: &[String]) -> Result<ImportedCustomer, Vec<Fault>> {
        let first = |column| self.those(cells, column).next().unwrap_or_default();
        let parts = |column, signs: &[char]| -> Vec<String> {
            let texts = self.those(cells, column).flat_map(|text| text.split(signs)).map(str::trim);
            texts.filter(|text| !text.is_empty()).map(|text| composed(text).into_owned()).collect()
        };
        let mut name = one_line(first(Name));
        if name.is_empty() {
            name = one_line(&format!("{} {}", first(FirstName), first(LastName)));
        }
        let is_company = name.is_empty();
        if is_company {
            name = one_line(first(Company));
        }
        let (numbers, mut faults) = self.numbers(&parts(Phone, &[',', ';', '|', ':', '\n']));
        let address: Vec<&str> = self.those(cells, Address).collect();
        let change = CustomerChange {
            phone: None,
            other_numbers: Some(numbers.iter().skip(1).cloned().collect()),
            name: Some(name),
            email: parts(Email, &[',', ';', '\n']).into_iter().next(),
            address: Some(address.join(", ")),
            notes: Some(self.notes(cells, is_company)),
            language: Some(language(first(Language))),
            tags: Some(parts(Tags, &[',', ';', '\n'])),
            verified: None,
            sms_opted_out: None,
        };
        faults.extend(faults_of(&change).into_list());
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(ImportedCustomer {
            numbers,
            name: change.name.unwrap_or_default(),
            email: change.email.unwrap_or_default(),
            address: change.address.unwrap_or_default(),
            notes: change.notes.unwrap_or_default(),
            language: change.language.unwrap_or_default(),
            tags: change.tags.unwrap_or_default(),
            sms_opted_out: says_yes(first(SmsOptedOut)),
            do_not_call: says_yes(first(DoNotCall)),
        })
    }

    /// The numbers of a row, each once, and their faults.
    fn numbers(&self, given: &[String]) -> (Vec<E164>, Vec<Fault>) {
        let (mut numbers, mut faults) = (Vec::with_capacity(given.len()), Faults::default());
        for text in given {
            match number(text, self.country_code.as_deref()) {
                Ok(number) if numbers.contains(&number) => {}
                Ok(number) => numbers.push(number),
                Err(fault) => faults.demand(false, "phone", fault.to_string()),
            }
        }
        let why = "must be there, or the customer is not recognized when they call";
        faults.demand(!given.is_empty(), "phone", why);
        (numbers, faults.into_list())
    }

    /// The notes of a row: a line of each column that has some.
    fn notes(&self, cells: &[String], is_company: bool) -> String {
        let mut lines = Vec::new();
        for ((column, head), text) in self.columns.iter().zip(&self.head).zip(cells) {
            let is_wanted = match column {
                Notes => true,
                // Otherwise it is the customer's name.
                Company => !is_company,
                _ => false,
            };
            if !is_wanted || text.is_empty() {
                continue;
            }
            let has_name = !head.is_empty() && meaning(head) != Notes;
            lines.push(if has_name { format!("{head}: {text}") } else { text.clone() });
        }
        lines.join("\n")
    }
}

/// Returns the usual contents of columns with these names.
fn usual(head: &[String]) -> Vec<CustomerColumn> {
    let mut columns = Vec::with_capacity(head.len());
    for name in head {
        let column = meaning(name);
        let may_be_several = matches!(column, Phone | Address | Tags | Notes);
        columns.push(if !may_be_several && columns.contains(&column) { Skip } else { column });
    }
    columns
}

/// Returns the usual contents of a column with this name.
fn meaning(name: &str) -> CustomerColumn {
    let plain: String = composed(name).to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let begins = |with: &[&str]| with.iter().any(|begin| plain.starts_with(begin));
    let ends = |with: &[&str]| with.iter().any(|end| plain.ends_with(end));
    if ends(&KIND_ENDS) {
        return Skip;
    }
    let named = NAMES.iter().find(|(_, names)| names.contains(&plain.as_str()));
    match named {
        Some((column, _)) => *column,
        None if begins(&PHONE_BEGINS) || ends(&PHONE_ENDS) => Phone,
        None if begins(&["email"]) => Email,
        None => Skip,
    }
}

/// A text without line breaks and repeated blanks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The tag of a language, if this is its name.
fn language(text: &str) -> String {
    let lower = composed(text).to_lowercase();
    let named = LANGUAGES.iter().find(|(_, names)| names.contains(&lower.as_str()));
    named.map_or_else(|| text.replace('_', "-"), |(tag, _)| (*tag).to_owned())
}

/// Whether a cell says yes: it has anything but a word that says no.
fn says_yes(text: &str) -> bool {
    !text.is_empty() && !says_no(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str) -> CustomersFile {
        CustomersFile::open(file.as_bytes(), None, Some("49".to_owned())).unwrap()
    }

    /// The rows of a file, by number.
    fn rows(file: &CustomersFile) -> Vec<(usize, Result<ImportedCustomer, Vec<Fault>>)> {
        let (mut seen, mut read, mut next) = (SeenNumbers::new(), Vec::new(), Some(file.begin()));
        while let Some(place) = next {
            let (rows, further) = file.part(place, &mut seen).unwrap();
            read.extend(rows.into_iter().map(|row| (row.row, row.customer)));
            next = further;
        }
        read
    }

    fn numbers(customer: &ImportedCustomer) -> Vec<&str> {
        customer.numbers.iter().map(E164::as_str).collect()
    }

    #[test]
    fn files_of_address_books_are_read_by_their_columns() {
        let google = of(
            "First Name,Last Name,Organization Name,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value\n\
             Ada,Lovelace,Analytical Ltd,Work,ada@example.com,Mobile,030 1111111 ::: 030 2222222,+44 20 7946 0000\n",
        );
        let german = of(
            "Nachname;Vorname;Firma;Straße;PLZ;Ort;Telefon (privat);Handy;Sprache;Bemerkung;Kundennummer\n\
             Lovelace;Ada;Analytical Ltd;Weg 1;10115;Berlin;030 1111111;030-2222222;Deutsch;hat einen Hund;77\n",
        );
        let (google, german) = (rows(&google), rows(&german));
        let [(2, Ok(one))] = &google[..] else { panic!("{google:?}") };
        let [(2, Ok(other))] = &german[..] else { panic!("{german:?}") };
        assert_eq!(numbers(one), ["+49301111111", "+49302222222", "+442079460000"]);
        assert_eq!(numbers(other), ["+49301111111", "+49302222222"]);
        assert_eq!((&*one.name, &*other.name), ("Ada Lovelace", "Ada Lovelace"));
        assert_eq!((&*one.email, &*one.notes), ("ada@example.com", "Organization Name: Analytical Ltd"));
        assert_eq!((&*other.address, &*other.language), ("Weg 1, 10115, Berlin", "de"));
        assert_eq!(other.notes, "Firma: Analytical Ltd\nhat einen Hund");
    }

    #[test]
    fn the_client_says_what_columns_have() {
        let columns = columns_of("phone, name,notes,do_not_call,sms_opted_out,skip").unwrap();
        let text = "A,B,Plan,D,E,F\n0301111111,Ada,gold,x,nein,1\n0302222222,Bo,,FALSCH,1,2\n";
        let file = CustomersFile::open(text.as_bytes(), Some(columns), Some("49".to_owned())).unwrap();
        let read = rows(&file);
        let [(2, Ok(ada)), (3, Ok(bo))] = &read[..] else { panic!("{read:?}") };
        assert_eq!((&*ada.name, &*ada.notes), ("Ada", "Plan: gold"));
        assert_eq!((ada.do_not_call, ada.sms_opted_out), (true, false));
        assert_eq!((bo.do_not_call, bo.sms_opted_out, &*bo.notes), (false, true, ""));
        let shown: Vec<_> =
            file.views().into_iter().map(|view| (view.name, view.field, view.examples)).collect();
        assert_eq!(shown[1], ("B".to_owned(), Name, vec!["Ada".to_owned(), "Bo".to_owned()]));
        assert!(columns_of("phone,colour").unwrap_err().contains("out of name, first_name"));
        let few = CustomersFile::open(text.as_bytes(), Some(vec![Phone]), None).unwrap_err();
        assert_eq!(few, "has 6 columns, but `columns` has 1");
    }

    #[test]
    fn faulty_rows_have_all_their_faults() {
        let file = of(&format!(
            "name;phone;email;language\nAda;12;nowhere;deutsch!\n{};;;\nBo;030 1111111;;\nCy;+49 30 1111111;;\nDi;030 1111111 or so;;\n",
            "x".repeat(121)
        ));
        let faults: Vec<Vec<_>> = rows(&file)
            .into_iter()
            .map(|(_, row)| {
                row.err().unwrap_or_default().iter().map(|fault| fault.field.to_string()).collect()
            })
            .collect();
        let expected: [&[&str]; 5] =
            [&["phone", "email", "language"], &["phone", "name"], &[], &["phone"], &["phone"]];
        assert_eq!(faults, expected);
        let (row, twice) = rows(&file).remove(3);
        assert!(twice.unwrap_err()[0].reason.contains("row 4"), "row {row} has the number of another one");
    }

    #[test]
    fn truth_values_of_any_spreadsheet_say_no() {
        for no in ["", "FAŁSZ", "Nee", "nie", "0.0", "onwaar"] {
            assert!(!says_yes(no), "{no}");
        }
        for yes in ["x", "1", "opted out", "unsubscribed"] {
            assert!(says_yes(yes), "{yes}");
        }
    }

    #[test]
    fn a_company_is_the_name_of_a_customer_without_one() {
        let file = of("company,phone,name\nAnalytical Ltd,0301111111,\nAnalytical Ltd,0302222222,Ada\n");
        let read = rows(&file);
        let [(_, Ok(company)), (_, Ok(ada))] = &read[..] else { panic!("{read:?}") };
        assert_eq!((&*company.name, &*company.notes), ("Analytical Ltd", ""));
        assert_eq!((&*ada.name, &*ada.notes), ("Ada", "company: Analytical Ltd"));
    }

    #[test]
    fn a_file_that_is_cut_off_is_refused_whole() {
        let refused = |text: &str| CustomersFile::open(text.as_bytes(), None, None).unwrap_err();
        assert!(refused("phone,name\n1,Ada\n2,\"Bo\n").contains("row 3"));
        assert_eq!(refused(""), "is empty");
        let wide = format!("phone{}\n", ",a".repeat(CSV_CUSTOMERS_COLUMNS_MAX));
        assert_eq!(refused(&wide), "has more than 100 columns");
        let long = format!("phone\n{}", "1\n".repeat(CSV_CUSTOMERS_ROWS_MAX + 1));
        assert!(refused(&long).starts_with("has more than 20000 rows"));
    }

    #[test]
    fn a_long_file_is_read_in_parts() {
        let lines: String = (0..250).map(|nth| format!("Ann {nth},+4930{}\n", 2_000_000 + nth)).collect();
        let file = of(&format!("name,phone\n{lines}"));
        let read = rows(&file);
        assert_eq!((read.len(), read.last().map(|(row, _)| *row)), (250, Some(251)));
        assert!(read.iter().all(|(_, customer)| customer.is_ok()));
    }
}
