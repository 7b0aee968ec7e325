//! `POST /api/v1/leads.csv`: imports leads of another system from a spreadsheet.

use actix_web::{HttpRequest, web};
use cordboard_actors::world;
use cordboard_schema::business::money::Currency;
use cordboard_schema::ids::{LeadId, OrganizationId};
use cordboard_schema::lead::{Lead, LeadBody, LeadStatus};
use cordboard_schema::limits::{CSV_IMPORT_BYTES_MAX, CSV_IMPORT_ROWS_MAX, CSV_IMPORT_SHOWN_MAX};
use csv::ByteRecord;
use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::csv_file::{FaultyRows, RowFault, Rows, of_file};
use super::csv_text::{CsvText, cell_text, column_names};
use super::given::Faults;
use super::leads::{check_body, settle};
use crate::store::{Connection, StoreError, change};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;
use crate::web::webhook::body;

/// The columns that are read, by their names in the first row. Other columns of the export are ignored.
const COLUMNS: [&str; 13] = [
    "name",
    "phone",
    "need",
    "urgency",
    "budget",
    "address",
    "status",
    "value",
    "value_minor",
    "currency",
    "owner_id",
    "next_step",
    "notes",
];

/// Columns of the export that identify a row there.
const PASSED_OVER: [&str; 5] = ["id", "created_at", "updated_at", "customer_id", "call_id"];

/// Whether leads are created.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportAsked {
    /// True: only checks the file and shows what would be created.
    preview: Option<bool>,
}

/// Contents of a file, and the result of its import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeadImportView {
    /// Rows below the header.
    rows: usize,
    /// Valid rows.
    good: usize,
    /// Leads that were created; 0 in a preview.
    made: usize,
    /// The character encoding of text that was not UTF-8; otherwise UTF-8.
    #[schema(example = "UTF-8")]
    encoding: String,
    /// Columns of the file that are not read.
    unknown_columns: Vec<String>,
    /// Faults in the order of the rows: all faults of the first 100 faulty rows. Faulty rows are left out.
    errors: Vec<RowFault>,
    /// The first leads that were or would be created; at most 20.
    first: Vec<Lead>,
}

/// Imports a CSV file of leads. Any common character encoding is read. Cells are separated by comma, semicolon, tab or bar, and the first row has the
/// names of the columns, as in the export (`value`, in whole units, may replace `value_minor`). Faulty rows are left out and reported. Nobody is
/// notified of the leads. A cell that the export has escaped is restored.
#[utoipa::path(
    post,
    operation_id = "import_leads",
    path = "/api/v1/leads.csv",
    tag = "leads",
    params(ImportAsked),
    request_body(content = String, content_type = "text/csv", description = "The file, at most 2 MiB and 5,000 rows"),
    responses(
        (status = 200, description = "The result of the check, and the number of leads created", body = LeadImportView),
        (status = 400, description = "A parameter is unknown or invalid"),
        (status = 413, description = "The file is too long"),
        (status = 422, description = "The whole file is unreadable, for instance because it has none of the columns"),
    )
)]
pub(crate) async fn take_in(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<ImportAsked>,
    request: HttpRequest,
    file: web::Payload,
) -> Result<web::Json<LeadImportView>, ApiError> {
    let _room = state.imports.room_of(&request, caller.organization_id)?;
    let file = body::read(&request, file, CSV_IMPORT_BYTES_MAX).await?;
    let organization_id = caller.organization_id;
    if asked.preview == Some(true) {
        let read = move |connection: &mut Connection| found(connection, organization_id, &file);
        let found = state.store.reads().run(read).await??;
        let detail = format!("{} leads", found.leads.len());
        state.store.audit(caller.did("leads.looked_at", organization_id, detail));
        return Ok(web::Json(found.view(0)));
    }
    // Thousands of rows are read and looked up outside the writer, which everything waits for; the writer only writes them.
    let read = move |connection: &mut Connection| found(connection, organization_id, &file);
    let mut found = state.store.reads().run(read).await??;
    let make = move |connection: &mut Connection| {
        change::take_in_leads(connection, organization_id, &mut found.leads)?;
        let detail = format!("{} leads", found.leads.len());
        change::record_audit(connection, &caller.did("leads.imported", organization_id, detail))?;
        Ok(found)
    };
    let found = state.store.change(make).await?;
    let made = found.leads.len();
    Ok(web::Json(found.view(made)))
}

/// A file's rows, compared with the organization's leads.
struct ImportPreview {
    rows: usize,
    encoding: &'static str,
    unknown_columns: Vec<String>,
    errors: FaultyRows,
    leads: Vec<Lead>,
}

impl ImportPreview {
    /// The view for the answer.
    fn view(self, made: usize) -> LeadImportView {
        let Self { rows, encoding, unknown_columns, errors, leads } = self;
        let (encoding, errors) = (encoding.to_owned(), errors.into_faults());
        let good = leads.len();
        let first = leads.into_iter().take(CSV_IMPORT_SHOWN_MAX).collect();
        LeadImportView { rows, good, made, encoding, unknown_columns, errors, first }
    }
}

/// Reads a file, and finds customers and owners of its leads.
fn found(
    connection: &mut Connection,
    organization_id: OrganizationId,
    file: &[u8],
) -> Result<Result<ImportPreview, ApiError>, StoreError> {
    let Read { rows, encoding, unknown_columns, bodies, mut errors } = match read(file) {
        Ok(read) => read,
        Err(reason) => return Ok(Err(of_file(reason))),
    };
    let mut leads = Vec::with_capacity(bodies.len());
    for (row, body) in bodies {
        let at = world::now().into();
        let mut lead = Lead::of_body(LeadId(world::new_id()), organization_id, body, at);
        let mut faults = Faults::default();
        // A file that was exported may name owners who were removed before or after.
        settle(connection, &mut lead, &mut faults, true)?;
        match faults.into_list() {
            list if list.is_empty() => leads.push(lead),
            list => errors.add(row, list),
        }
    }
    Ok(Ok(ImportPreview { rows, encoding, unknown_columns, errors, leads }))
}

/// A file as read.
struct Read {
    rows: usize,
    /// Encoding of its text that is not UTF-8.
    encoding: &'static str,
    unknown_columns: Vec<String>,
    /// The rows that are leads, by number.
    bodies: Vec<(usize, LeadBody)>,
    errors: FaultyRows,
}

/// Reads a file. The error is about the whole file, in words that follow `the file`.
fn read(file: &[u8]) -> Result<Read, String> {
    let CsvText { text, cells, separators } = CsvText::of(file);
    let (head, mut rows) = Rows::open(&text, separators, CSV_IMPORT_ROWS_MAX)?;
    let head = column_names(&head, cells);
    let named: Vec<String> = head.iter().map(|name| name.to_lowercase().replace([' ', '-'], "_")).collect();
    let places = COLUMNS.map(|column| named.iter().position(|name| name == column));
    if places.iter().all(Option::is_none) {
        return Err(format!("must have the names of its columns in the first row: {}", COLUMNS.join(", ")));
    }
    let is_known = |name: &str| COLUMNS.contains(&name) || PASSED_OVER.contains(&name) || name.is_empty();
    let unknown = head.iter().zip(&named).filter(|(_, name)| !is_known(name));
    let unknown_columns = unknown.map(|(given, _)| given.chars().take(60).collect()).collect();
    let errors = FaultyRows::default();
    let mut read = Read { rows: 0, encoding: cells.name(), unknown_columns, bodies: Vec::new(), errors };
    while let Some((row, record)) = rows.next_row()? {
        match body(&places, record, cells) {
            Ok(body) => read.bodies.push((row, body)),
            Err(list) => read.errors.add(row, list),
        }
    }
    read.rows = rows.count();
    Ok(read)
}

/// Places of [`COLUMNS`] in a row, for those that the file has.
type Places = [Option<usize>; COLUMNS.len()];

/// Returns the lead of a row, or all its faults.
fn body(places: &Places, record: &ByteRecord, encoding: &'static Encoding) -> Result<LeadBody, Vec<Fault>> {
    let text = |column: &str| {
        let at = COLUMNS.iter().position(|name| *name == column).and_then(|nth| places[nth]);
        cell_text(at.and_then(|at| record.get(at)).unwrap_or_default(), encoding)
    };
    let given = |column: &str| Some(text(column)).filter(|text| !text.is_empty());
    let mut faults = Faults::default();
    let phone = given("phone").map(|text| text.parse()).transpose();
    if let Err(fault) = &phone {
        faults.demand(false, "phone", format!("{fault}"));
    }
    let status = status(&text("status"));
    faults.demand(status.is_some(), "status", "must be new, contacted, qualified, won or lost");
    let owner_id = given("owner_id").map(|text| text.parse()).transpose();
    faults.demand(owner_id.is_ok(), "owner_id", "is no user's of the organization");
    let currency = given("currency").map(|code| code.to_uppercase());
    let value_minor = match (given("value_minor"), given("value")) {
        (Some(minor), _) => minor.parse().map(Some).map_err(|_| "value_minor"),
        (None, Some(value)) => minor(&value, currency.as_deref()).map(Some).ok_or("value"),
        (None, None) => Ok(None),
    };
    if let Err(field) = value_minor {
        faults.demand(false, field, "must be a number, as 1200 or 49.90");
    }
    let body = LeadBody {
        customer_id: None,
        name: text("name"),
        phone: phone.unwrap_or_default(),
        need: text("need"),
        urgency: text("urgency"),
        budget: text("budget"),
        address: text("address"),
        status: status.unwrap_or_default(),
        value_minor: value_minor.unwrap_or_default(),
        currency,
        owner_id: owner_id.unwrap_or_default(),
        next_step: text("next_step"),
        notes: text("notes"),
    };
    check_body(&mut faults, &body);
    match faults.into_list() {
        list if list.is_empty() => Ok(body),
        list => Err(list),
    }
}

fn status(word: &str) -> Option<LeadStatus> {
    match word.to_lowercase().as_str() {
        "" | "new" => Some(LeadStatus::New),
        "contacted" => Some(LeadStatus::Contacted),
        "qualified" => Some(LeadStatus::Qualified),
        "won" => Some(LeadStatus::Won),
        "lost" => Some(LeadStatus::Lost),
        _ => None,
    }
}

/// Converts an amount in whole units, such as `1200` or `49.90`, to the smallest unit of its currency.
fn minor(text: &str, currency: Option<&str>) -> Option<i64> {
    let digits = currency
        .and_then(|code| Currency::try_from(code.to_owned()).ok())
        .map_or(2, Currency::minor_digits) as usize;
    let (whole, rest) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(rest) || rest.len() > digits {
        return None;
    }
    format!("{whole}{rest:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str) -> Read {
        read(file.as_bytes()).unwrap()
    }

    #[test]
    fn cells_are_separated_as_in_the_header() {
        for file in [
            "name,need\nAda,\"a roof, new\"\n",
            "\u{feff}Name;Need\r\nAda;a roof, new\r\n",
            "name\tneed\nAda\ta roof, new",
        ] {
            let read = of(file);
            let [(2, body)] = &read.bodies[..] else { panic!("{file:?}: {:?}", read.errors) };
            assert_eq!((&*body.name, &*body.need), ("Ada", "a roof, new"), "{file:?}");
        }
    }

    #[test]
    fn a_leads_file_has_any_common_encoding() {
        let text = "name;need\nJürgen Müller;ein Dach für das Gebäude an der Straße\n";
        let (old, ..) = encoding_rs::WINDOWS_1252.encode(text);
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        let wide: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        for (file, encoding) in [(&*old, "windows-1252"), (&*wide, "UTF-8"), (text.as_bytes(), "UTF-8")] {
            let read = read(file).unwrap();
            let [(2, body)] = &read.bodies[..] else { panic!("{encoding}: {:?}", read.errors) };
            assert_eq!((&*body.name, read.encoding), ("Jürgen Müller", encoding));
            assert_eq!(&*body.need, "ein Dach für das Gebäude an der Straße");
        }
    }

    #[test]
    fn exported_text_returns_unchanged_and_a_formula_stays_text() {
        let read = of("name,phone,need\n'=cmd|x,'+493012345678,=1+1\n");
        let (_, body) = &read.bodies[0];
        let phone = body.phone.as_ref().map(ToString::to_string);
        assert_eq!((&*body.name, phone.as_deref(), &*body.need), ("=cmd|x", Some("+493012345678"), "=1+1"));
    }

    #[test]
    fn columns_are_found_anywhere_and_only_the_first_counts() {
        let read = of("id,,Next Step,name,name,notes\n7,x,call,Ada,Eve,quiet\n8,,,Bo\n");
        assert_eq!(read.unknown_columns, Vec::<String>::new());
        let [(2, ada), (3, bo)] = &read.bodies[..] else { panic!("{:?}", read.errors) };
        assert_eq!((&*ada.name, &*ada.next_step, &*ada.notes), ("Ada", "call", "quiet"));
        assert_eq!((&*bo.name, &*bo.notes, &*bo.need), ("Bo", "", ""));
    }

    #[test]
    fn each_faulty_row_is_reported_and_the_others_are_leads() {
        let read = of(
            "name,phone,status,value,currency,notes\nAda,12\nEve,,sold,,,\"two\nlines\"\n\nBo,,won,49.90,eur\nCy,,,5\nDi,,,4.999,EUR\n",
        );
        let errors = read.errors.into_faults();
        let faults: Vec<_> = errors.iter().map(|fault| (fault.row, fault.fault.field.as_ref())).collect();
        assert_eq!(faults, [(2, "phone"), (3, "status"), (6, "currency"), (7, "value")]);
        let [(5, bo)] = &read.bodies[..] else { panic!("{:?}", read.bodies) };
        assert_eq!(
            (bo.value_minor, bo.currency.as_deref(), bo.status),
            (Some(4_990), Some("EUR"), LeadStatus::Won)
        );
        assert_eq!(read.rows, 5);
    }

    #[test]
    fn rows_with_old_mac_line_ends_are_counted() {
        let read = of("name,phone\rAda,12\rBo,\rCy,13");
        let rows: Vec<_> = read.errors.into_faults().iter().map(|fault| fault.row).collect();
        assert_eq!((rows, read.rows), (vec![2, 4], 3));
        assert_eq!(read.bodies[0].0, 3);
    }

    #[test]
    fn an_invalid_leads_file_says_why() {
        let refusal = |file: &[u8]| read(file).err().unwrap();
        assert_eq!(refusal(b""), "is empty");
        assert!(refusal(b"{}").contains("first row"));
        let many = format!("name\n{}", "Ada\n".repeat(CSV_IMPORT_ROWS_MAX + 1));
        assert!(refusal(many.as_bytes()).contains("more than 5000 rows"));
    }

    #[test]
    fn an_amount_has_the_digits_of_its_currency() {
        for (text, currency, wanted) in [
            ("1200", Some("EUR"), Some(120_000)),
            ("49,9", Some("EUR"), Some(4_990)),
            ("5", Some("JPY"), Some(5)),
            ("5.5", Some("JPY"), None),
            ("-5", Some("EUR"), None),
            ("99999999999999999999", None, None),
        ] {
            assert_eq!(minor(text, currency), wanted, "{text} {currency:?}");
        }
    }
}
