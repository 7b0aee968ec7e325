//! `/api/v1/campaigns/{id}/contacts.csv`: import and export of a campaign's list as a spreadsheet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::{io, mem};

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::world;
use cordboard_campaigns::campaign::{Contact, ListedContact};
use cordboard_campaigns::judge::Consent;
use cordboard_schema::ids::{CampaignId, ContactId, OrganizationId};
use cordboard_schema::limits::{
    CSV_CONTACTS_AT_ONCE, CSV_CONTACTS_BYTES_MAX, CSV_CONTACTS_ROWS_MAX, CSV_CONTACTS_VARIABLES_MAX,
    CSV_IMPORT_SHOWN_MAX,
};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::campaigns::NO_SUCH;
use super::contact_rules::{Given, contact, demand_country_code};
use super::contacts::{ContactList, has_room};
use super::contacts_file::{ContactsFile, EXPORTED, Mapping, Row};
use super::csv_file::{FaultyRows, RowFault, RowPlace, of_file};
use super::csv_formulas::harmless;
use super::csv_parts::{self, Begin, Part};
use crate::priority;
use crate::store::{Added, Connection, ContactCalls, ContactQuery, StoreError, change, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::detached::done_whole;
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;
use crate::web::webhook::body;

/// Contacts added by one write to the store, because everything waits for the writer.
const ADDED_AT_ONCE: usize = 2_000;

/// How a file is read, and whether contacts are added.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ContactImport {
    /// True: only checks the file and shows who would be added.
    preview: Option<bool>,
    /// The name of the column with the numbers; if left out, `number`, `phone`, `telephone`, `mobile` and similar names are tried.
    number_column: Option<String>,
    /// The name of the column with time zones; else `zone` or `time_zone`.
    zone_column: Option<String>,
    /// The name of the column with the evidence of consent; else `consent`, or the same word in German, Spanish, Portuguese or French.
    consent_column: Option<String>,
    /// Country code for numbers without one, such as `49`. If left out, such numbers are errors.
    country_code: Option<String>,
}

/// Contents of a file, and the result of its import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactImportView {
    /// Rows below the header.
    rows: usize,
    /// Valid rows.
    good: usize,
    /// Valid rows whose consent only says no, such as `no` or `false`. These contacts are on the list and are not called, whatever evidence the
    /// campaign has.
    consent_refused: usize,
    /// Contacts that were added; 0 in a preview.
    added: usize,
    /// Rows whose number was already on the list or in an earlier row; not counted in a preview. Of such a row, only a consent that says no is noted.
    known: usize,
    /// The character encoding of text that was not UTF-8; otherwise UTF-8.
    #[schema(example = "UTF-8")]
    encoding: String,
    /// Names of the variables that the assistant gets for each contact.
    variables: Vec<String>,
    /// Columns of the file that are ignored: result columns of an export, such as `state` or `tries`, and columns without an ASCII letter or digit in
    /// their name.
    columns_left_out: Vec<String>,
    /// Faults in the order of the rows: all faults of the first 100 faulty rows. Faulty rows are left out.
    errors: Vec<RowFault>,
    /// The first contacts that were or would be added; at most 20.
    first: Vec<Contact>,
}

/// A file that was checked, and what was found.
struct Checked {
    rows: usize,
    /// Valid rows.
    good: usize,
    /// Those of people who refused to be called.
    consent_refused: usize,
    errors: FaultyRows,
    /// The first contacts.
    first: Vec<Contact>,
    /// The words of those who refused, by number.
    refusals: BTreeMap<E164, String>,
}

/// How the rows of a file become contacts of a list.
#[derive(Clone)]
struct Reading {
    ids: (OrganizationId, CampaignId),
    country_code: Option<String>,
    now: UnixMs,
    /// Refusals of the whole file: one counts for each row of its number. Its own row may be in a part that is added after the number was called, or
    /// that is never added because the database fails.
    refusals: Arc<BTreeMap<E164, String>>,
}

/// Some contacts of a file, and the place of the rest; none after the last.
type PartOfFile = (Vec<Contact>, Option<RowPlace>);

/// Imports a CSV file of contacts. Any common character encoding is read. Cells are separated by comma, semicolon, tab or bar, and the first row has
/// the names of the columns. Columns other than number, zone and consent become variables. Faulty rows are left out and reported. A number is on a
/// list once: importing the same file twice adds nobody twice. A long file is added in parts, also if nobody waits for the answer any more.
#[utoipa::path(
    post,
    operation_id = "import_contacts",
    path = "/api/v1/campaigns/{id}/contacts.csv",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign"), ContactImport),
    request_body(content = String, content_type = "text/csv", description = "The file, at most 32 MiB and 100,000 rows"),
    responses(
        (status = 200, description = "The result of the check, and the number of contacts added", body = ContactImportView),
        (status = 400, description = "The id is not a UUID, or a parameter is unknown or invalid"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "The campaign is stopped (`campaign_state`), or has no room for them (`too_many`)"),
        (status = 413, description = "The file is too long"),
        (status = 422, description = "The whole file is unreadable, for instance because it has a column twice"),
    )
)]
pub(crate) async fn take_in(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    asked: Query<ContactImport>,
    request: HttpRequest,
    file: web::Payload,
) -> Result<web::Json<ContactImportView>, ApiError> {
    let room = state.imports.room_for(caller.organization_id)?;
    let file = body::read(&request, file, CSV_CONTACTS_BYTES_MAX).await?;
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let asked = asked.into_inner();
    let (is_preview, country_code) = (asked.preview == Some(true), asked.country_code);
    demand_country_code(country_code.as_deref())?;
    let mapping =
        Mapping { number: asked.number_column, zone: asked.zone_column, consent: asked.consent_column };
    let reading = Reading { ids: (organization_id, id), country_code, now, refusals: Arc::default() };
    let checks = reading.clone();
    // A hundred thousand rows are read outside the writer, which everything waits for; the writer only writes them. They are read twice, because
    // nobody is added before the whole file was checked, and as contacts they would take up to a gigabyte.
    let read = move |connection: &mut Connection| {
        if query::campaign(connection, organization_id, id)?.is_none() {
            return Ok(Err(NO_SUCH));
        }
        let opened = ContactsFile::open(&file, &mapping).map_err(of_file);
        Ok(opened.and_then(|file| checks.check(&file).map(|found| (file, found))))
    };
    let (file, mut found) = state.store.reads().run(read).await??;
    let reading = Reading { refusals: Arc::new(mem::take(&mut found.refusals)), ..reading };
    if is_preview {
        let detail = format!("{} contacts", found.good);
        state.store.audit(caller.did("contacts.looked_at", id, detail));
        return Ok(web::Json(found.view(&file, &Added::default())));
    }
    let work = async move {
        let _room = room;
        imported(&state, &caller, Arc::new(file), &reading, found).await
    };
    done_whole(work).await.map(web::Json)
}

/// Adds the contacts of a checked file.
async fn imported(
    state: &WebState,
    caller: &Caller,
    file: Arc<ContactsFile>,
    reading: &Reading,
    found: Checked,
) -> Result<ContactImportView, ApiError> {
    let (_, id) = reading.ids;
    let mut all = Added::default();
    let whole = add_in_parts(state, &file, reading, &mut all).await;
    // Contacts of the parts before one that was refused are on the list.
    let noted = if whole.is_ok() || all.added > 0 {
        let entry = caller.did("campaign.contacts_imported", id, format!("{} contacts", all.added));
        state.store.change(move |connection| change::record_audit(connection, &entry)).await
    } else {
        Ok(())
    };
    let first = whole.map_err(|fault| after_some(fault, all.added))?;
    noted?;
    Ok(Checked { first, ..found }.view(&file, &all))
}

/// Adds the contacts of a file part by part, until a part is refused; `all` counts those added. Returns the first ones.
async fn add_in_parts(
    state: &WebState,
    file: &Arc<ContactsFile>,
    reading: &Reading,
    all: &mut Added,
) -> Result<Vec<Contact>, ApiError> {
    let (organization_id, id) = reading.ids;
    let (mut first, mut next) = (Vec::new(), Some(file.begin()));
    while let Some(place) = next {
        let (file, reading) = (Arc::clone(file), reading.clone());
        let read = priority::blocking(move || reading.part(&file, place)).await;
        let (people, further) = read.map_err(|_| ApiError::going_down())??;
        next = further;
        if people.is_empty() {
            continue;
        }
        let shown = CSV_IMPORT_SHOWN_MAX.saturating_sub(first.len());
        first.extend(people.iter().take(shown).cloned());
        let make = move |connection: &mut Connection| {
            if let Err(fault) = has_room(connection, organization_id, id, &people)? {
                return Ok(Err(fault));
            }
            Ok(Ok(change::add_contacts(connection, organization_id, id, &people)?))
        };
        let part = state.store.change(make).await??;
        all.added += part.added;
        all.known += part.known;
    }
    Ok(first)
}

impl Checked {
    /// The view for the answer.
    fn view(self, file: &ContactsFile, added: &Added) -> ContactImportView {
        let Self { rows, good, consent_refused, errors, first, .. } = self;
        let Added { added, known, .. } = *added;
        ContactImportView {
            rows,
            good,
            consent_refused,
            added,
            known,
            encoding: file.encoding().to_owned(),
            variables: file.variables(),
            columns_left_out: file.left_out.clone(),
            errors: errors.into_faults(),
            first,
        }
    }
}

impl Reading {
    /// Checks all rows of a file. Keeps only the first contacts and faults.
    fn check(&self, file: &ContactsFile) -> Result<Checked, ApiError> {
        let mut found = Checked {
            rows: 0,
            good: 0,
            consent_refused: 0,
            errors: FaultyRows::default(),
            first: Vec::new(),
            refusals: BTreeMap::new(),
        };
        let mut rows = file.rows(file.begin());
        while let Some(row) = rows.next_row().map_err(of_file)? {
            found.rows += 1;
            let number = row.row;
            match self.contact(row) {
                Ok(contact) => {
                    found.good += 1;
                    if Consent::of(&contact.consent) == Consent::Refused {
                        found.consent_refused += 1;
                        found.refusals.insert(contact.number.clone(), contact.consent.clone());
                    }
                    if found.first.len() < CSV_IMPORT_SHOWN_MAX {
                        found.first.push(contact);
                    }
                }
                Err(faults) => found.errors.add(number, faults),
            }
        }
        Ok(found)
    }

    /// The contacts of a file from this place on, as many as one write adds.
    fn part(&self, file: &ContactsFile, place: RowPlace) -> Result<PartOfFile, ApiError> {
        let (mut rows, mut people) = (file.rows(place), Vec::new());
        while people.len() < ADDED_AT_ONCE {
            let Some(row) = rows.next_row().map_err(of_file)? else { return Ok((people, None)) };
            // Faulty rows were reported by the check.
            people.extend(self.contact(row).ok());
        }
        Ok((people, Some(rows.place())))
    }

    fn contact(&self, row: Row) -> Result<Contact, Vec<Fault>> {
        let (organization_id, campaign_id) = self.ids;
        let given =
            Given { number: &row.number, zone: &row.zone, consent: &row.consent, variables: row.variables };
        let ids = (organization_id, campaign_id, ContactId(world::new_id()));
        let mut contact = contact(ids, given, self.country_code.as_deref(), self.now)?;
        if let Some(said) = self.refusals.get(&contact.number) {
            contact.consent.clone_from(said);
        }
        Ok(contact)
    }
}

/// A conflict that a later part of a file has says how many contacts the earlier parts have added.
fn after_some(fault: ApiError, added: usize) -> ApiError {
    match fault {
        ApiError::Conflict { code, detail } if added > 0 => {
            let detail = format!("{detail}; {added} contacts of the file were added before, and stay");
            ApiError::Conflict { code, detail }
        }
        fault => fault,
    }
}

/// Exports a campaign's contacts as a CSV file, in the order in which they were added, at most 100,000. Each row also has the variant and the number
/// shown of the newest call (`last_variant`, `last_shown`), the newest disposition and who set it (`last_disposition`, `last_disposition_by`:
/// `assistant` or `agent`), and the cost of all calls to the contact in millionths of the currency (`cost_micros`). A cell that a spreadsheet would
/// take for a formula begins with `'`.
#[utoipa::path(
    get,
    operation_id = "export_contacts",
    path = "/api/v1/campaigns/{id}/contacts.csv",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign"), ContactList),
    responses(
        (status = 200, description = "All that fit; `limit` is ignored", content_type = "text/csv", body = String),
        (status = 400, description = "The id is not a UUID, or a parameter is unknown or invalid"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "The contacts have more than 1,000 different variables (`too_many`)"),
    )
)]
pub(crate) async fn export(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    asked: Query<ContactList>,
) -> Result<HttpResponse, ApiError> {
    let asked = asked.into_inner();
    asked.limit()?;
    let (organization_id, id) = (caller.organization_id, *id);
    let begin = Begin::of(asked.wanted(CSV_CONTACTS_AT_ONCE), CSV_CONTACTS_ROWS_MAX);
    let from = begin.clone();
    let read = move |connection: &mut Connection| found(connection, (organization_id, id), from);
    let Found { names, count } = state.store.reads().run(read).await??;
    // Each export is in the audit log, and nothing waits for that line.
    state.store.audit(caller.did("contacts.exported", id, format!("{count} contacts")));
    let (names, signed_in) = (Arc::new(names), caller.signed_in);
    let make = move |begin| part(state.clone(), (organization_id, id), Arc::clone(&names), begin);
    csv_parts::sent("contacts.csv", begin, signed_in, make).await
}

/// Contacts of a file to export.
struct Found {
    /// Names of their variables, for the header.
    names: BTreeSet<String>,
    count: usize,
}

/// Reads all contacts of a file, with no more of them in memory than a part has.
fn found(
    connection: &mut Connection,
    (organization_id, id): (OrganizationId, CampaignId),
    begin: Begin<ContactQuery>,
) -> Result<Result<Found, ApiError>, StoreError> {
    if query::campaign(connection, organization_id, id)?.is_none() {
        return Ok(Err(NO_SUCH));
    }
    let mut found = Found { names: BTreeSet::new(), count: 0 };
    let mut next = Some(begin);
    while let Some(begin) = next {
        let rows_max = begin.rows_max(begin.wanted.limit);
        let mut contacts = query::contacts(connection, organization_id, id, &begin.wanted)?;
        contacts.truncate(rows_max);
        found.count += contacts.len();
        next = begin.after(contacts.len(), rows_max, query_after(&begin, &contacts));
        found.names.extend(contacts.into_iter().flat_map(|contact| contact.variables.into_keys()));
        if found.names.len() > CSV_CONTACTS_VARIABLES_MAX {
            let wide = format!(
                "the contacts have more than {CSV_CONTACTS_VARIABLES_MAX} different variables, the most columns that a file can have: export fewer contacts at a time, by `state`, `end` or `outcome`"
            );
            return Ok(Err(ApiError::conflict("too_many", wide)));
        }
    }
    Ok(Ok(found))
}

/// The query for the contacts after these; `None` if there are none.
fn query_after(begin: &Begin<ContactQuery>, contacts: &[ListedContact]) -> Option<ContactQuery> {
    contacts.last().map(|last| ContactQuery { after: Some(last.id), ..begin.wanted.clone() })
}

/// A part of the file. Variables of contacts that were added after the header was written are left out.
async fn part(
    state: web::Data<WebState>,
    (organization_id, id): (OrganizationId, CampaignId),
    names: Arc<BTreeSet<String>>,
    begin: Begin<ContactQuery>,
) -> io::Result<Part<Begin<ContactQuery>>> {
    let asked = begin.clone();
    let rows_max = begin.rows_max(begin.wanted.limit);
    let read = move |connection: &mut Connection| {
        let mut contacts = query::contacts(connection, organization_id, id, &asked.wanted)?;
        contacts.truncate(rows_max);
        let calls = query::calls_to_contacts(connection, organization_id, &contacts)?;
        let rows = written(&contacts, &calls, &names, asked.is_first);
        Ok((contacts.len(), query_after(&asked, &contacts), rows))
    };
    let (count, further, rows) = state.store.reads().run(read).await.map_err(io::Error::other)?;
    Ok((rows?, begin.after(count, rows_max, further)))
}

/// Writes these contacts as rows; the first part includes the header. `calls` has the calls to each contact, by id.
fn written(
    contacts: &[ListedContact],
    calls: &BTreeMap<String, ContactCalls>,
    names: &BTreeSet<String>,
    is_first: bool,
) -> io::Result<Vec<u8>> {
    let never_called = ContactCalls::default();
    let mut file = csv::Writer::from_writer(Vec::new());
    if is_first {
        file.write_record(EXPORTED.into_iter().chain(names.iter().map(String::as_str)))?;
    }
    for contact in contacts {
        let id = contact.id.to_string();
        let ContactCalls { variant, shown, cost_micros, disposition } =
            calls.get(&id).unwrap_or(&never_called);
        let fixed = [
            id,
            contact.number.clone(),
            contact.state.as_str().to_owned(),
            contact.end.map_or("", |end| end.as_str()).to_owned(),
            contact.tries.to_string(),
            contact.last_outcome.map_or("", |outcome| outcome.as_str()).to_owned(),
            variant.map_or("", |variant| variant.as_str()).to_owned(),
            shown.clone().unwrap_or_default(),
            disposition.as_ref().map_or_else(String::new, |(name, _)| name.clone()),
            disposition.as_ref().map_or("", |(_, by)| by.as_str()).to_owned(),
            cost_micros.map_or_else(String::new, |cost| cost.to_string()),
            contact.next_at.to_rfc3339(),
            contact.zone.map_or("", |zone| zone.name()).to_owned(),
            contact.consent.clone(),
            contact.created_at.to_rfc3339(),
        ];
        let variables = names.iter().map(|name| contact.variables.get(name).map_or("", String::as_str));
        let cells = fixed.iter().map(String::as_str).chain(variables);
        file.write_record(cells.map(|cell| harmless(cell).into_owned()))?;
    }
    file.into_inner().map_err(|fault| fault.into_error())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_refusal_in_a_later_part_counts_in_the_first() {
        let others: Vec<String> = (0..ADDED_AT_ONCE).map(|nth| format!("+49301{nth:07},form 7\n")).collect();
        let text = format!("number,consent\n+493012345678,form 7\n{}+49 30 12345678,no\n", others.concat());
        let file = ContactsFile::open(text.as_bytes(), &Mapping::default()).unwrap();
        let ids = (OrganizationId(Uuid::nil()), CampaignId(Uuid::nil()));
        let reading = Reading { ids, country_code: None, now: UnixMs(0), refusals: Arc::default() };
        let refusals = Arc::new(reading.check(&file).unwrap().refusals);
        let (people, further) = Reading { refusals, ..reading }.part(&file, file.begin()).unwrap();
        assert!(further.is_some(), "the refusal is in another part");
        assert_eq!([&people[0].consent, &people[1].consent], ["no", "form 7"]);
    }

    #[test]
    fn a_refused_part_names_the_contacts_that_were_added() {
        let full = || ApiError::conflict("too_many", "there is no room");
        let said = |added| after_some(full(), added).to_string();
        assert_eq!(said(0), full().to_string());
        assert!(said(2_000).contains("2000 contacts of the file were added"), "{}", said(2_000));
    }
}
