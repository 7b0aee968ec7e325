//! `/api/v1/customers/{id}/export`: everything about one person as a file, which the person may ask for (GDPR, articles 15 and 20).
//!
//! The file is made and sent in parts: a person with many calls takes no more memory than one with few.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_campaigns::campaign::{Attempt, ListedContact, ListedSuppression};
use cordboard_schema::activity::Activity;
use cordboard_schema::appointment::Appointment;
use cordboard_schema::call_note::{CallNote, CallShare};
use cordboard_schema::customer::Customer;
use cordboard_schema::extraction::CallExtraction;
use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::ids::{CallId, CustomerId, DispositionId, UserId};
use cordboard_schema::lead::Lead;
use cordboard_schema::limits::{EXPORTED_CALLS_AT_ONCE, EXPORTED_LINES_AT_ONCE, EXPORTED_RECORDS_AT_ONCE};
use cordboard_schema::message::Message;
use cordboard_schema::permission::Permission;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::wrap_up::WrapUpDraft;
use serde::Serialize;
use utoipa::ToSchema;

use super::callbacks::CallbackView;
use super::calls::CallView;
use super::csv_parts::{Part, in_parts};
use super::wrap_ups::WrapUpView;
use crate::store::{
    ActivityQuery, After, CallsOfPerson, Connection, ErasedCustomer, Promises, RecordKind, RecordRows,
    RecordsOfPerson, StoreError, query,
};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

const NO_SUCH: ApiError = ApiError::NotFound("customer");

/// The permissions that an export needs besides that to read customers: the one that an erasure needs, because everything about a person is for those
/// who decide what is kept about people, and those for what the file has. A token that may not read calls does not get them by this file.
const NEEDED: [Permission; 6] = [
    Permission::BusinessWrite,
    Permission::CallsRead,
    Permission::LeadsRead,
    Permission::AppointmentsRead,
    Permission::MessagesRead,
    Permission::FloorRead,
];

/// The lists of records after that of the calls, in the order of the file, by the names of their members.
const LISTS: [(RecordKind, &str); 6] = [
    (RecordKind::Lead, "leads"),
    (RecordKind::Appointment, "appointments"),
    (RecordKind::Message, "messages"),
    (RecordKind::Callback, "callbacks"),
    (RecordKind::Contact, "contacts"),
    (RecordKind::Attempt, "attempts"),
];

/// The beginning of a person's file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportedPerson {
    /// When the file was begun.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    exported_at: UnixMs,
    /// The customer, with all numbers.
    customer: Customer,
    /// Entries of the do-not-call list for their numbers.
    do_not_call: Vec<ListedSuppression>,
    /// Their numbers that want no text messages.
    no_texts: Vec<NoTexts>,
}

/// A number that wants no text messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoTexts {
    /// The number.
    #[schema(example = "+493012345678")]
    number: String,
    /// Since when.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    since: UnixMs,
}

/// A call in a person's file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportedCall {
    /// The call.
    call: CallView,
    /// Path of its journal, with every event.
    #[schema(example = "/api/v1/calls/0193a000-0000-7000-8000-000000000002/events")]
    journal_path: String,
    /// Path of its recording, which needs the permission to play it; null without a recording.
    #[schema(example = "/api/v1/calls/0193a000-0000-7000-8000-000000000002/recording")]
    recording_path: Option<String>,
    /// The fields and topics that its profile defines, as they were filled in; null without any.
    extraction: Option<CallExtraction>,
    /// Notes of users about it.
    notes: Vec<CallNote>,
    /// Requests of users to colleagues to look at it.
    shares: Vec<CallShare>,
    /// Wrap-ups of its agents.
    wrap_ups: Vec<WrapUpView>,
    /// Wrap-ups that agents have not finished.
    wrap_up_drafts: Vec<ExportedDraft>,
    /// Events and to-dos of the call.
    activities: Vec<Activity>,
    /// The lines of the conversation. It is the last member, because a long one is sent in parts.
    transcript: Vec<TranscriptItem>,
}

/// A wrap-up that an agent has not finished.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportedDraft {
    /// The agent.
    user_id: UserId,
    /// The chosen business outcome, if any.
    disposition_id: Option<DispositionId>,
    /// The note so far.
    note: String,
    /// When it was last written.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: UnixMs,
}

impl From<WrapUpDraft> for ExportedDraft {
    fn from(draft: WrapUpDraft) -> Self {
        let WrapUpDraft { user_id, disposition_id, note, updated_at, .. } = draft;
        Self { user_id, disposition_id, note, updated_at }
    }
}

/// Everything about a person, each list with the oldest first.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "it describes a file that is never whole in memory")]
pub(crate) struct PersonExport {
    #[serde(flatten)]
    person: ExportedPerson,
    /// Their calls, also those that are active.
    calls: Vec<ExportedCall>,
    /// Leads: theirs, and those that were made in one of these calls for nobody else.
    leads: Vec<Lead>,
    /// Appointments, of the same.
    appointments: Vec<Appointment>,
    /// Text messages, of the same.
    messages: Vec<Message>,
    /// Callbacks: theirs, and those that were asked for in one of these calls.
    callbacks: Vec<CallbackView>,
    /// Contacts of campaigns with one of their numbers.
    contacts: Vec<ListedContact>,
    /// Attempts of campaigns to reach one of their numbers, with their results.
    attempts: Vec<Attempt>,
}

/// Exports everything about a customer as a JSON file, for a person who asks for it (GDPR, articles 15 and 20): the customer, calls with transcripts,
/// notes, tags, wrap-ups and what they were about, leads, appointments, events, text messages, callbacks, contacts of campaigns with their results, and
/// the entries of the lists of those who want no calls or texts. It is found in the same way as by an erasure of the person, at most 100,000 records
/// of each kind other than calls. Journals and recordings are paths of this API. Requires `business_write`, `calls_read`, `leads_read`,
/// `appointments_read`, `messages_read` and `floor_read` as well. A file that is cut off has an error: it is not complete.
#[utoipa::path(
    get,
    operation_id = "export_customer",
    path = "/api/v1/customers/{id}/export",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer")),
    responses(
        (status = 200, description = "Everything about them, as an attachment `customer-NAME.json`", body = PersonExport),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such customer"),
    )
)]
pub(crate) async fn export(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CustomerId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let configured = state.store.configured_numbers().clone();
    let read = move |connection: &mut Connection| {
        let Some(customer) = query::customer(connection, organization_id, id)? else { return Ok(None) };
        let whom = query::customer_to_erase(connection, &customer, &configured)?;
        Ok(Some((customer, whom)))
    };
    let (customer, whom) = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    for permission in NEEDED {
        caller.demand(permission)?;
    }
    // Each export is in the audit log, and nothing waits for that line. It names nobody: an erasure that comes later leaves it as it is.
    state.store.audit(caller.did("customer.exported", id, ""));
    let attachment = attachment(&customer);
    let export = Rc::new(Export { state, customer, whom: Arc::new(whom), found: RefCell::default() });
    let make = move |place| Rc::clone(&export).part(place);
    let file = in_parts(Place::Beginning, caller.signed_in, make).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("Content-Disposition", attachment))
        .streaming(file))
}

/// The header that names the file after the customer: letters and digits of the name with `-` in between, in UTF-8, and without other letters than
/// ASCII for old programs.
fn attachment(customer: &Customer) -> String {
    let mut name = String::new();
    for word in customer.name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
    {
        name.push('-');
        name.push_str(&word.to_lowercase());
    }
    if name.is_empty() {
        name = format!("-{}", customer.id);
    }
    let ascii: String = name.chars().filter(char::is_ascii).collect();
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"customer{ascii}.json\"; filename*=UTF-8''customer{encoded}.json")
}

/// A place in the file, where the next part begins.
#[derive(Clone, Debug)]
enum Place {
    /// The beginning of the file.
    Beginning,
    /// In the list of calls.
    Calls {
        /// The last call that was read; empty if there is none.
        after: String,
        /// Whether the list has no call yet.
        is_first: bool,
    },
    /// In the transcript of a call.
    Lines {
        call_id: CallId,
        /// The last line.
        after: u64,
    },
    /// In a list of other records.
    Records {
        /// Its place in `LISTS`.
        list: usize,
        /// The last record that was read; empty if there is none.
        after: String,
        /// Whether the list has no record yet.
        is_first: bool,
    },
}

/// Some calls, with everything that belongs to them.
struct SomeCalls {
    /// Those that are still there.
    calls: Vec<ExportedCall>,
    /// The last one that was read, also if it is gone; none if there are no more.
    last: Option<CallId>,
    /// Records that were made in them; after the last call, the person's other records.
    records: RecordsOfPerson,
}

/// An export of a person.
struct Export {
    state: web::Data<WebState>,
    customer: Customer,
    whom: Arc<ErasedCustomer>,
    /// Records that were found so far.
    found: RefCell<RecordsOfPerson>,
}

impl Export {
    /// Makes a part. None is empty, because that would end the answer.
    async fn part(self: Rc<Self>, place: Place) -> io::Result<Part<Place>> {
        match place {
            Place::Beginning => self.beginning().await,
            Place::Calls { after, is_first } => self.calls(after, is_first).await,
            Place::Lines { call_id, after } => self.lines(call_id, after).await,
            Place::Records { list, after, is_first } => self.records(list, &after, is_first).await,
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Connection, &ErasedCustomer) -> Result<T, StoreError> + Send + 'static,
    ) -> io::Result<T> {
        let whom = Arc::clone(&self.whom);
        let read = move |connection: &mut Connection| read(connection, &whom);
        self.state.store.reads().run(read).await.map_err(io::Error::other)
    }

    async fn beginning(&self) -> io::Result<Part<Place>> {
        let Promises { do_not_call, no_texts } = self.read(query::promises_to_person).await?;
        let person = ExportedPerson {
            exported_at: world::now().into(),
            customer: self.customer.clone(),
            do_not_call,
            no_texts: no_texts.into_iter().map(|(number, since)| NoTexts { number, since }).collect(),
        };
        let mut part = serde_json::to_vec(&person)?;
        // The object goes on.
        part.pop();
        part.extend_from_slice(b",\n\"calls\":[");
        Ok((part, Some(Place::Calls { after: String::new(), is_first: true })))
    }

    async fn calls(&self, after: String, mut is_first: bool) -> io::Result<Part<Place>> {
        let currency = self.state.currency().to_owned();
        let read = move |connection: &mut Connection, whom: &ErasedCustomer| {
            some_calls(connection, whom, &after, &currency)
        };
        let SomeCalls { calls, last, records } = self.read(read).await?;
        self.found.borrow_mut().add(records);
        let mut part = vec![b'\n'];
        let Some(last) = last else {
            let next = next_list(&mut part, 0);
            return Ok((part, next));
        };
        write_items(&mut part, &mut is_first, &calls)?;
        let cut = calls.last().and_then(|call| last_of_more(&call.transcript));
        if let Some(after) = cut {
            // The transcript goes on, and so does its call.
            part.truncate(part.len() - b"]}".len());
            return Ok((part, Some(Place::Lines { call_id: last, after })));
        }
        Ok((part, Some(Place::Calls { after: last.to_string(), is_first })))
    }

    async fn lines(&self, call_id: CallId, after: u64) -> io::Result<Part<Place>> {
        let read = move |connection: &mut Connection, whom: &ErasedCustomer| {
            query::transcript(connection, whom.organization_id, call_id, lines_after(after))
        };
        let lines = self.read(read).await?;
        let mut part = vec![b'\n'];
        write_items(&mut part, &mut false, &lines)?;
        if let Some(after) = last_of_more(&lines) {
            return Ok((part, Some(Place::Lines { call_id, after })));
        }
        part.extend_from_slice(b"]}");
        Ok((part, Some(Place::Calls { after: call_id.to_string(), is_first: false })))
    }

    async fn records(&self, list: usize, after: &str, mut is_first: bool) -> io::Result<Part<Place>> {
        let mut part = vec![b'\n'];
        let Some((kind, _)) = LISTS.get(list).copied() else { return Ok((part, None)) };
        let ids = self.found.borrow().after(kind, after, EXPORTED_RECORDS_AT_ONCE);
        let Some(last) = ids.last().cloned() else {
            let next = next_list(&mut part, list + 1);
            return Ok((part, next));
        };
        let read = move |connection: &mut Connection, whom: &ErasedCustomer| {
            query::record_rows(connection, whom.organization_id, kind, &ids)
        };
        match self.read(read).await? {
            RecordRows::Leads(rows) => write_items(&mut part, &mut is_first, &rows)?,
            RecordRows::Appointments(rows) => write_items(&mut part, &mut is_first, &rows)?,
            RecordRows::Messages(rows) => write_items(&mut part, &mut is_first, &rows)?,
            RecordRows::Callbacks(rows) => {
                let views: Vec<CallbackView> = rows.into_iter().map(CallbackView::from).collect();
                write_items(&mut part, &mut is_first, &views)?;
            }
            RecordRows::Contacts(rows) => write_items(&mut part, &mut is_first, &rows)?,
            RecordRows::Attempts(rows) => write_items(&mut part, &mut is_first, &rows)?,
        }
        Ok((part, Some(Place::Records { list, after: last, is_first })))
    }
}

/// Reads the next calls, and at the end the person's other records.
fn some_calls(
    connection: &mut Connection,
    whom: &ErasedCustomer,
    after: &str,
    currency: &str,
) -> Result<SomeCalls, StoreError> {
    let CallsOfPerson { ids, made } =
        query::calls_of_person(connection, whom, after, EXPORTED_CALLS_AT_ONCE)?;
    if ids.is_empty() {
        let records = query::records_of_person(connection, whom)?;
        return Ok(SomeCalls { calls: Vec::new(), last: None, records });
    }
    let mut some = SomeCalls { calls: Vec::new(), last: None, records: made };
    let mut lines = 0;
    for id in ids {
        some.last = Some(id);
        let Some(call) = exported_call(connection, whom, id, currency)? else { continue };
        lines += call.transcript.len();
        some.calls.push(call);
        if lines >= LINES_AT_ONCE {
            break;
        }
    }
    Ok(some)
}

/// Reads a call with everything that belongs to it, and the beginning of its transcript; none if it is gone.
fn exported_call(
    connection: &mut Connection,
    whom: &ErasedCustomer,
    id: CallId,
    currency: &str,
) -> Result<Option<ExportedCall>, StoreError> {
    let owner = whom.organization_id;
    let Some(call) = query::call(connection, owner, id)? else { return Ok(None) };
    let recording_path = call.recording.as_ref().map(|_| format!("/api/v1/calls/{id}/recording"));
    let Some(call) = CallView::read(connection, owner, vec![call], currency)?.pop() else {
        return Ok(None);
    };
    let (extraction, _) = query::extraction_of_call(connection, owner, id)?;
    let wrap_ups = query::wrap_ups(connection, owner, id)?;
    let drafts = query::wrap_up_drafts(connection, owner, id)?;
    // A call has few.
    let of_call = ActivityQuery { call_id: Some(id), limit: i64::MAX, ..ActivityQuery::default() };
    Ok(Some(ExportedCall {
        call,
        journal_path: format!("/api/v1/calls/{id}/events"),
        recording_path,
        extraction,
        notes: query::call_notes(connection, owner, id)?,
        shares: query::call_shares(connection, owner, id)?,
        wrap_ups: wrap_ups.into_iter().map(WrapUpView::from).collect(),
        wrap_up_drafts: drafts.into_iter().map(ExportedDraft::from).collect(),
        activities: query::activities(connection, owner, of_call)?,
        transcript: query::transcript(connection, owner, id, lines_after(0))?,
    }))
}

/// The same number as [`EXPORTED_LINES_AT_ONCE`].
const LINES_AT_ONCE: usize = EXPORTED_LINES_AT_ONCE as usize;

/// The lines of a part of a transcript.
const fn lines_after(seq: u64) -> After {
    After { seq, limit: EXPORTED_LINES_AT_ONCE }
}

/// Returns the position of the last of these lines if there may be more.
fn last_of_more(lines: &[TranscriptItem]) -> Option<u64> {
    lines.last().filter(|_| lines.len() >= LINES_AT_ONCE).map(|line| line.seq)
}

/// Writes items of a list.
fn write_items(part: &mut Vec<u8>, is_first: &mut bool, items: &[impl Serialize]) -> io::Result<()> {
    for item in items {
        if !std::mem::take(is_first) {
            part.extend_from_slice(b",\n");
        }
        serde_json::to_writer(&mut *part, item)?;
    }
    Ok(())
}

/// Ends a list, and begins the next one of records, or ends the file.
fn next_list(part: &mut Vec<u8>, list: usize) -> Option<Place> {
    let Some((_, name)) = LISTS.get(list) else {
        part.extend_from_slice(b"]}\n");
        return None;
    };
    part.extend_from_slice(format!("],\n\"{name}\":[").as_bytes());
    Some(Place::Records { list, after: String::new(), is_first: true })
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::OrganizationId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_persons_file_is_named_after_them() {
        let (id, owner) = (CustomerId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        let named = |name: &str| {
            let customer = Customer::new(id, owner, None, UnixMs(0));
            attachment(&Customer { name: name.to_owned(), ..customer })
        };
        let plain = "attachment; filename=\"customer-ada-lovelace.json\"; \
                     filename*=UTF-8''customer-ada-lovelace.json";
        assert_eq!(named(" Ada \"Lovelace\r\n"), plain);
        let spelled = "attachment; filename=\"customer-jrg.json\"; filename*=UTF-8''customer-j%C3%B6rg.json";
        assert_eq!(named("Jörg"), spelled);
        assert!(named("…").contains(&format!("filename=\"customer-{id}.json\"")), "without letters");
    }

    #[test]
    fn only_a_full_part_of_a_transcript_goes_on() {
        let line = |seq| TranscriptItem {
            seq,
            at: UnixMs(0),
            role: cordboard_schema::fold::Role::Caller,
            text: "Yes.".to_owned(),
            interrupted: false,
        };
        let lines: Vec<_> = (1..).take(LINES_AT_ONCE).map(line).collect();
        assert_eq!(last_of_more(&lines), lines.last().map(|line| line.seq));
        assert_eq!(last_of_more(&lines[1..]), None);
        assert_eq!(last_of_more(&[]), None);
    }

    #[test]
    fn the_lists_of_a_file_are_one_object() {
        let mut part = b"{\"calls\":[".to_vec();
        let mut is_first = true;
        write_items(&mut part, &mut is_first, &[1, 2]).unwrap();
        write_items(&mut part, &mut is_first, &[3]).unwrap();
        for list in 0..=LISTS.len() {
            assert_eq!(next_list(&mut part, list).is_some(), list < LISTS.len());
        }
        let whole: serde_json::Value = serde_json::from_slice(&part).unwrap();
        assert_eq!(whole["calls"], serde_json::json!([1, 2, 3]));
        assert_eq!(whole.as_object().map(serde_json::Map::len), Some(1 + LISTS.len()));
    }
}
