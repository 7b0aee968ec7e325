//! `POST /api/v1/customers.csv`: imports customers of another system from a spreadsheet or an address book.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use cordboard_actors::world;
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_import::{Existing, ImportedCustomer, Overfull};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    CSV_CUSTOMERS_BYTES_MAX, CSV_CUSTOMERS_REFUSED_MAX, CSV_IMPORT_SHOWN_MAX, CUSTOMER_NUMBERS_MAX, TAGS_MAX,
};
use cordboard_schema::permission::Permission;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::contact_rules::demand_country_code;
use super::csv_file::{FaultyRows, RowFault, of_file};
use super::csv_formulas::harmless;
use super::customers_file::{
    CustomerColumn, CustomerColumnView, CustomersFile, ReadRow, SeenNumbers, columns_of,
};
use super::suppressions;
use crate::priority;
use crate::store::{Connection, ImportedRow, NotImported, change, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::detached::done_whole;
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;
use crate::web::webhook::body;

/// How a file is read, and whether customers are created and changed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerImport {
    /// True: only checks the file and shows what would be created and changed.
    preview: Option<bool>,
    /// True: cells overwrite name, e-mail address, address, notes and language of customers who are there. If left out, they only fill what is empty.
    overwrite: Option<bool>,
    /// The content of the columns, in their order and separated by commas: `name`, `first_name`, `last_name`, `company`, `phone`, `email`, `address`,
    /// `language`, `tags`, `notes`, `sms_opted_out`, `do_not_call` or `skip`. If left out, the names in the first row decide.
    columns: Option<String>,
    /// Country code for numbers without one, such as `49`. If left out, such numbers are errors.
    country_code: Option<String>,
}

/// A row that was not imported.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedRow {
    /// Its number, as a spreadsheet counts: the header is row 1.
    row: usize,
    /// Its cells. One that a spreadsheet would take for a formula begins with `'`.
    cells: Vec<String>,
    /// All of its faults.
    faults: Vec<Fault>,
}

/// Contents of a file, and the result of its import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerImportView {
    /// Rows below the header.
    rows: usize,
    /// Rows whose customers were or would be created.
    created: usize,
    /// Rows whose customers were or would be changed.
    changed: usize,
    /// Rows whose customers are there with all that the rows say.
    unchanged: usize,
    /// Faulty rows. They are left out.
    refused: usize,
    /// Rows that are imported and say that no campaign may call the customer.
    do_not_call: usize,
    /// The character encoding of text that was not UTF-8; otherwise UTF-8.
    #[schema(example = "UTF-8")]
    encoding: String,
    /// The columns.
    columns: Vec<CustomerColumnView>,
    /// Faults in the order of the rows: all faults of the first 100 faulty rows.
    errors: Vec<RowFault>,
    /// The first customers who were or would be created or changed; at most 20.
    first: Vec<Customer>,
    /// The first 5,000 faulty rows, for correcting them; none in a preview.
    refused_rows: Vec<RefusedRow>,
}

/// How the rows of a file are imported.
#[derive(Clone, Copy)]
struct Asked {
    organization_id: OrganizationId,
    is_preview: bool,
    existing: Existing,
    now: UnixMs,
}

/// The result so far: rows that were imported and refused, or would be.
#[derive(Default)]
struct Found {
    rows: usize,
    created: usize,
    changed: usize,
    unchanged: usize,
    refused: usize,
    do_not_call: usize,
    errors: FaultyRows,
    first: Vec<Customer>,
    refused_rows: Vec<RefusedRow>,
}

/// Imports a CSV file of customers. Any common character encoding is read. Cells are separated by comma, semicolon, tab or bar, and the first row has
/// the names of the columns. A customer is recognized by their numbers: if one has a number of the row, the row completes or overwrites them, and
/// otherwise it creates one. Importing the same file twice changes nothing. Numbers, tags and opt-outs are only added, and empty cells change
/// nothing. Faulty rows are left out and reported; so are rows without a number, rows with a number of an earlier row, rows whose numbers belong to
/// several customers, and rows with a number of a person about whom everything is being or was erased, unless they were added again. A file with a
/// column `do_not_call` puts numbers on the do-not-call list, and requires `leads_write` as well. A long file is imported in parts, also if nobody
/// waits for the answer any more.
#[utoipa::path(
    post,
    operation_id = "import_customers",
    path = "/api/v1/customers.csv",
    tag = "customers",
    params(CustomerImport),
    request_body(content = String, content_type = "text/csv", description = "The file, at most 8 MiB and 20,000 rows"),
    responses(
        (status = 200, description = "The result of the check, and what was created and changed", body = CustomerImportView),
        (status = 400, description = "A parameter is unknown or invalid"),
        (status = 409, description = "The do-not-call list has 1,000,000 numbers (`too_many`); rows before that are imported"),
        (status = 413, description = "The file is too long"),
        (status = 422, description = "The whole file is unreadable, or none of its columns has numbers"),
    )
)]
pub(crate) async fn take_in(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<CustomerImport>,
    request: HttpRequest,
    file: web::Payload,
) -> Result<web::Json<CustomerImportView>, ApiError> {
    let room = state.imports.room_for(caller.organization_id)?;
    let file = body::read(&request, file, CSV_CUSTOMERS_BYTES_MAX).await?;
    let CustomerImport { preview, overwrite, columns, country_code } = asked.into_inner();
    demand_country_code(country_code.as_deref())?;
    let columns = columns.as_deref().map(columns_of).transpose().map_err(ApiError::BadInput)?;
    let asked = Asked {
        organization_id: caller.organization_id,
        is_preview: preview == Some(true),
        existing: if overwrite == Some(true) { Existing::Overwrite } else { Existing::Complete },
        now: world::now().into(),
    };
    let open = move || CustomersFile::open(&file, columns, country_code);
    let file = priority::blocking(open).await.map_err(|_| ApiError::going_down())?.map_err(of_file)?;
    let file = Arc::new(file);
    if asked.is_preview {
        let mut found = Found::default();
        in_parts(&state, &file, asked, &mut found).await?;
        let detail = format!("{} customers", found.rows);
        state.store.audit(caller.did("customers.looked_at", asked.organization_id, detail));
        return Ok(web::Json(found.view(&file)));
    }
    if file.has(CustomerColumn::DoNotCall) {
        caller.demand(Permission::LeadsWrite)?;
    }
    if !file.has(CustomerColumn::Phone) {
        let reason = "must have the names of its columns in the first row: phone, and others";
        return Err(of_file(reason.to_owned()));
    }
    let work = async move {
        let _room = room;
        imported(&state, &caller, file, asked).await
    };
    done_whole(work).await.map(web::Json)
}

/// Imports a file.
async fn imported(
    state: &WebState,
    caller: &Caller,
    file: Arc<CustomersFile>,
    asked: Asked,
) -> Result<CustomerImportView, ApiError> {
    let (mut found, organization_id) = (Found::default(), asked.organization_id);
    let whole = in_parts(state, &file, asked, &mut found).await;
    // Customers of the parts before one that failed are imported.
    let noted = if whole.is_ok() || found.has_written() {
        let detail = format!("{} created, {} changed", found.created, found.changed);
        let entry = caller.did("customers.imported", organization_id, detail);
        state.store.change(move |connection| change::record_audit(connection, &entry)).await
    } else {
        Ok(())
    };
    whole.map_err(|cause| found.cut_short(cause))?;
    noted?;
    Ok(found.view(&file))
}

/// Goes through a file part by part. Thousands of rows are read outside the writer, which everything waits for.
async fn in_parts(
    state: &WebState,
    file: &Arc<CustomersFile>,
    asked: Asked,
    found: &mut Found,
) -> Result<(), ApiError> {
    let (mut seen, mut next) = (SeenNumbers::new(), Some(file.begin()));
    while let Some(place) = next {
        let (part_of, mut before) = (Arc::clone(file), std::mem::take(&mut seen));
        let read = priority::blocking(move || {
            let part = part_of.part(place, &mut before);
            (part, before)
        });
        let (part, after) = read.await.map_err(|_| ApiError::going_down())?;
        let (rows, further) = part.map_err(of_file)?;
        (seen, next) = (after, further);
        let good: Vec<ImportedCustomer> =
            rows.iter().filter_map(|row| row.customer.as_ref().ok()).cloned().collect();
        let outcomes = outcomes(state, good, asked).await?;
        found.add(rows, outcomes, asked);
    }
    Ok(())
}

/// Imports these rows, or plans it. Returns the outcome of each.
async fn outcomes(
    state: &WebState,
    good: Vec<ImportedCustomer>,
    asked: Asked,
) -> Result<Vec<ImportedRow>, ApiError> {
    if good.is_empty() {
        return Ok(Vec::new());
    }
    let Asked { organization_id, is_preview, existing, now } = asked;
    if is_preview {
        let plan = move |connection: &mut Connection| {
            query::plan_customer_import(connection, organization_id, &good, existing, now)
        };
        return Ok(state.store.reads().run(plan).await?);
    }
    let refusing = good.iter().filter(|row| row.do_not_call);
    let refused: Vec<E164> = refusing.flat_map(|row| &row.numbers).cloned().collect();
    if !refused.is_empty() {
        suppressions::demand_room(state, organization_id, refused).await?;
    }
    let take_in = move |connection: &mut Connection| {
        change::take_in_customers(connection, organization_id, &good, existing, now)
    };
    Ok(state.store.change(take_in).await?)
}

impl Found {
    /// Whether rows of the file are imported.
    const fn has_written(&self) -> bool {
        self.created + self.changed + self.do_not_call > 0
    }

    /// The refusal of an import that failed after these rows.
    fn cut_short(&self, cause: ApiError) -> ApiError {
        // A fault of the file names its place.
        if self.rows == 0 || matches!(cause, ApiError::Invalid(_)) {
            return cause;
        }
        let Self { rows, created, changed, refused, .. } = self;
        let done = format!(
            "the first {rows} rows of the file are done ({created} created, {changed} changed, {refused} refused): send the whole file again, \
             it leaves them as they are"
        );
        ApiError::CutShort { done, cause: Box::new(cause) }
    }

    /// Adds a part of the file: its rows, and what was done with those that have no fault of their own.
    fn add(&mut self, rows: Vec<ReadRow>, outcomes: Vec<ImportedRow>, asked: Asked) {
        let mut outcomes = outcomes.into_iter();
        for ReadRow { row, customer, cells } in rows {
            self.rows += 1;
            let refusal = match customer {
                Err(faults) => faults,
                Ok(imported) => match outcomes.next() {
                    Some(ImportedRow::Refused(why)) => vec![fault_of(why)],
                    outcome => {
                        self.do_not_call += usize::from(imported.do_not_call);
                        self.count(outcome);
                        continue;
                    }
                },
            };
            self.refuse(row, cells, refusal, asked.is_preview);
        }
    }

    fn count(&mut self, outcome: Option<ImportedRow>) {
        let customer = match outcome {
            Some(ImportedRow::Created(customer)) => {
                self.created += 1;
                customer
            }
            Some(ImportedRow::Changed { customer, .. }) => {
                self.changed += 1;
                customer
            }
            Some(ImportedRow::Unchanged | ImportedRow::Refused(_)) | None => {
                self.unchanged += 1;
                return;
            }
        };
        if self.first.len() < CSV_IMPORT_SHOWN_MAX {
            self.first.push(customer);
        }
    }

    fn refuse(&mut self, row: usize, cells: Vec<String>, faults: Vec<Fault>, is_preview: bool) {
        self.refused += 1;
        if !is_preview && self.refused <= CSV_CUSTOMERS_REFUSED_MAX {
            let cells = cells.iter().map(|cell| harmless(cell).into_owned()).collect();
            self.refused_rows.push(RefusedRow { row, cells, faults: faults.clone() });
        }
        self.errors.add(row, faults);
    }

    /// The view for the answer.
    fn view(self, file: &CustomersFile) -> CustomerImportView {
        let Self { rows, created, changed, unchanged, refused, do_not_call, errors, first, refused_rows } =
            self;
        CustomerImportView {
            rows,
            created,
            changed,
            unchanged,
            refused,
            do_not_call,
            encoding: file.encoding().to_owned(),
            columns: file.views(),
            errors: errors.into_faults(),
            first,
            refused_rows,
        }
    }
}

/// The fault of a row that is not imported, with the remedy.
fn fault_of(why: NotImported) -> Fault {
    let (field, reason) = match why {
        NotImported::SeveralCustomers => {
            ("phone", "must be numbers of one customer: merge the customers who have them".to_owned())
        }
        NotImported::BeingErased => {
            ("phone", "must wait: everything about a person with this number is being erased".to_owned())
        }
        NotImported::Erased => (
            "phone",
            "must be added by hand: everything about a person with this number was erased".to_owned(),
        ),
        NotImported::Overfull(Overfull::Numbers) => {
            ("other_numbers", format!("must be at most {CUSTOMER_NUMBERS_MAX}"))
        }
        NotImported::Overfull(Overfull::Tags) => ("tags", format!("must be at most {TAGS_MAX}")),
        NotImported::ChangedMeanwhile => {
            ("phone", "must be imported again: somebody changed the customer at the same time".to_owned())
        }
    };
    Fault::of(field, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_that_fails_says_which_rows_are_done() {
        let found = Found { rows: 4_000, created: 3_980, changed: 10, refused: 10, ..Found::default() };
        let cut = found.cut_short(ApiError::going_down()).to_string();
        assert!(
            cut.contains("the first 4000 rows of the file are done (3980 created, 10 changed, 10 refused)"),
            "{cut}"
        );
        let whole = Found::default().cut_short(ApiError::going_down());
        assert!(matches!(whole, ApiError::Unavailable(_)), "{whole}");
    }
}
