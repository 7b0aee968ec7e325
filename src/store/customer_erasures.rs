//! The erasure of everything about one person, in parts, each in a transaction of its own.
//!
//! The person is described when the erasure is requested: by their numbers in all spellings, their e-mail address and their customer's id. A number
//! of the organization itself, or of another customer, does not describe them. An interrupted erasure is continued by what is left, because a part is
//! chosen only by that. A recording's file is deleted before its row, a call after its recording, and records about the person after their calls,
//! because a call of a withheld number is found only by them. The customer's row goes at the end. A fingerprint of each number stays, so that an import
//! does not bring the person back.

mod exporting;
mod fingerprints;
mod mentions;

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::audit::{Actor, AuditEntry, ERASED_CUSTOMER};
use cordboard_schema::changed::Thing;
use cordboard_schema::composed::composed;
use cordboard_schema::customer::Customer;
use cordboard_schema::delivery::{Channel, DeliveryState, Letter};
use cordboard_schema::ids::{AuditId, CallId, CustomerId, OrganizationId};
use cordboard_schema::known_caller::OwnNumbers;
use cordboard_schema::limits::{
    DELIVERY_KEPT_MS, ERASURE_ROWS_READ, RECORDING_SETTLED_MS, RETENTION_AT_ONCE,
};
use cordboard_schema::phone::E164;
use cordboard_schema::signed_identity::SignedIdentity;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{AuditRow, BadRow};
use cordboard_tables::tables::{
    appointments, audit_log, callbacks, calls, customer_erasures, customers, deliveries, leads, messages,
    recordings,
};
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::{Deserialize, Serialize};

pub use exporting::{
    CallsOfPerson, EXPORTED_TABLES, NOT_EXPORTED_TABLES, Promises, RecordKind, RecordRows, RecordsOfPerson,
    calls as calls_of_person, promises, records as records_of_person, rows as record_rows,
};
use fingerprints::keep_fingerprints;

use super::calls::is_live;
use super::moments::column;
use super::retention::{self, Deleted, OldRecording};
use super::text::{containing, holds};
use super::{Connection, StoreError, audit, campaigns, changes, counted, gathering, phone_numbers};

pub(super) use fingerprints::erased_among;

/// Ids in one condition.
const IDS_AT_ONCE: usize = 500;
/// Records of a kind that are counted before an erasure.
const COUNTED_MAX: i64 = 100_000;
/// The age, in milliseconds, at which no delivery is kept any more, with a day to spare.
const DELIVERIES_MS: u64 = DELIVERY_KEPT_MS + 24 * 3_600_000;
/// Subjects of the audit log's actions whose entries may name customers. Those about the do-not-call list stay as they are: they prove a promise.
const NAMING: [&str; 12] = [
    "appointment",
    "call",
    "callback",
    "calls",
    "campaign",
    "contact",
    "contacts",
    "customer",
    "customers",
    "lead",
    "leads",
    "message",
];

/// The person: whatever identifies records about them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Person {
    /// Their numbers in all spellings, without those of others.
    numbers: Vec<String>,
    /// Their e-mail address in lower case; empty without one, or if another customer has the same.
    email: String,
    /// Their name.
    name: String,
}

/// A customer about whom everything is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasedCustomer {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The customer's id.
    pub customer_id: CustomerId,
    person: Person,
}

/// An erasure that was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The customer whose records are erased.
    pub of: ErasedCustomer,
    /// When it was requested.
    pub since: UnixMs,
    /// How many records were erased so far.
    pub erased: ErasureCounts,
    asked_by: String,
}

/// Records by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErasureCounts {
    /// Calls.
    pub calls: u64,
    /// Recordings of calls.
    pub recordings: u64,
    /// Leads.
    pub leads: u64,
    /// Appointments.
    pub appointments: u64,
    /// Text messages.
    pub messages: u64,
    /// Callbacks.
    pub callbacks: u64,
    /// Contacts of campaigns.
    pub contacts: u64,
    /// Attempts of campaigns to reach them.
    pub attempts: u64,
}

impl ErasureCounts {
    /// Returns the number of records of each kind, without kinds that have none.
    fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let Self { calls, recordings, leads, appointments, messages, callbacks, contacts, attempts } = *self;
        let all = [
            ("appointments", appointments),
            ("attempts", attempts),
            ("callbacks", callbacks),
            ("calls", calls),
            ("contacts", contacts),
            ("leads", leads),
            ("messages", messages),
            ("recordings", recordings),
        ];
        all.into_iter().filter(|(_, count)| *count > 0)
    }
}

/// The records that are there about a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToErase {
    /// Records.
    pub records: ErasureCounts,
    /// Calls that have not ended, of those.
    pub live_calls: u64,
}

/// Some calls of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallsToErase {
    /// The last one that was read, if any.
    pub last: Option<String>,
    /// Those that ended so long ago that nothing is written to their journals any more.
    pub ended: Vec<String>,
    /// Recordings of those.
    pub recordings: Vec<OldRecording>,
}

/// Records about a person, other than calls: ids by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordsToErase {
    leads: Vec<String>,
    appointments: Vec<String>,
    messages: Vec<String>,
    callbacks: Vec<String>,
}

impl RecordsToErase {
    /// Tells whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.leads.is_empty()
            && self.appointments.is_empty()
            && self.messages.is_empty()
            && self.callbacks.is_empty()
    }
}

/// Rows that name a person, of some that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamingRows {
    /// Their ids.
    pub ids: Vec<String>,
    /// The last row that was read, if any.
    pub last: Option<String>,
}

/// Describes the person whom a customer is.
pub fn of(
    connection: &mut Connection,
    customer: &Customer,
    configured: &OwnNumbers,
) -> Result<ErasedCustomer, StoreError> {
    let (organization_id, id) = (customer.organization_id, customer.id.to_string());
    let own = phone_numbers::own_numbers(connection, organization_id, configured)?;
    let numbers = super::customers::spelled_numbers(connection, customer)?;
    let numbers = numbers.into_iter().filter(|number| !own.contains(number)).map(String::from).collect();
    let mut email = customer.email.to_lowercase();
    if !email.is_empty() {
        let others: Vec<String> = customers::table
            .filter(customers::organization_id.eq(organization_id.to_string()))
            .filter(customers::id.ne(&id))
            .filter(customers::search.like(containing(&composed(&email).to_lowercase())).escape('\\'))
            .select(customers::email)
            .load(connection)?;
        if others.iter().any(|other| other.to_lowercase() == email) {
            email.clear();
        }
    }
    let person = Person { numbers, email, name: customer.name.clone() };
    Ok(ErasedCustomer { organization_id, customer_id: customer.id, person })
}

/// Marks a customer: the server erases everything about them from then on. One that is marked keeps its mark.
pub fn begin(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    asked_by: &Actor,
    now: UnixMs,
) -> Result<(), StoreError> {
    let ErasedCustomer { organization_id, customer_id, person } = customer;
    if is_under_way(connection, *organization_id, *customer_id)? {
        return Ok(());
    }
    let person =
        serde_json::to_string(person).map_err(|fault| BadRow::new("customer_erasures.person", fault))?;
    diesel::insert_into(customer_erasures::table)
        .values((
            customer_erasures::customer_id.eq(customer_id.to_string()),
            customer_erasures::organization_id.eq(organization_id.to_string()),
            customer_erasures::since.eq(column(now)),
            customer_erasures::asked_by.eq(AuditRow::column_of(asked_by)?),
            customer_erasures::person.eq(person),
            customer_erasures::counts.eq("{}"),
        ))
        .execute(connection)?;
    Ok(())
}

/// Tells whether everything about a customer is being erased.
pub fn is_under_way(
    connection: &mut Connection,
    organization_id: OrganizationId,
    customer_id: CustomerId,
) -> Result<bool, StoreError> {
    Ok(find(connection, organization_id, customer_id)?.is_some())
}

/// Returns the erasure of a customer, if one is under way.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    customer_id: CustomerId,
) -> Result<Option<Erasure>, StoreError> {
    let row: Option<Row> = customer_erasures::table
        .find(customer_id.to_string())
        .filter(customer_erasures::organization_id.eq(organization_id.to_string()))
        .first(connection)
        .optional()?;
    Ok(row.map(parsed).transpose()?)
}

/// People of an organization about whom everything is being erased.
#[derive(Debug, Default)]
pub(super) struct BeingErased {
    /// The customers.
    pub(super) ids: HashSet<CustomerId>,
    /// Their numbers in all spellings, without those of others.
    pub(super) numbers: HashSet<String>,
}

/// Returns the people of an organization about whom everything is being erased.
pub(super) fn being_erased(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<BeingErased, StoreError> {
    let rows: Vec<Row> = customer_erasures::table
        .filter(customer_erasures::organization_id.eq(organization_id.to_string()))
        .load(connection)?;
    let mut found = BeingErased::default();
    for row in rows {
        let ErasedCustomer { customer_id, person, .. } = parsed(row)?.of;
        found.ids.insert(customer_id);
        found.numbers.extend(person.numbers);
    }
    Ok(found)
}

/// Returns all erasures that are under way, the earliest first.
pub fn all(connection: &mut Connection) -> Result<Vec<Erasure>, StoreError> {
    let rows: Vec<Row> = customer_erasures::table.order(customer_erasures::since).load(connection)?;
    Ok(rows.into_iter().map(parsed).collect::<Result<_, _>>()?)
}

/// The columns of a row.
type Row = (String, String, NaiveDateTime, String, String, String);

fn parsed((customer_id, organization_id, since, asked_by, person, counts): Row) -> Result<Erasure, BadRow> {
    let customer_id = customer_id
        .parse::<CustomerId>()
        .map_err(|fault| BadRow::new("customer_erasures.customer_id", fault))?;
    let organization_id = organization_id
        .parse::<OrganizationId>()
        .map_err(|fault| BadRow::new("customer_erasures.organization_id", fault))?;
    let person = serde_json::from_str::<Person>(&person)
        .map_err(|fault| BadRow::new("customer_erasures.person", fault))?;
    Ok(Erasure {
        of: ErasedCustomer { organization_id, customer_id, person },
        since: since.and_utc().into(),
        erased: counts_of(&counts)?,
        asked_by,
    })
}

fn counts_of(text: &str) -> Result<ErasureCounts, BadRow> {
    serde_json::from_str(text).map_err(|fault| BadRow::new("customer_erasures.counts", fault))
}

/// Adds erased records to the counts, and notes that pages show another progress.
fn count(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    add: impl FnOnce(&mut ErasureCounts),
) -> Result<(), StoreError> {
    let found = || customer_erasures::table.find(customer.customer_id.to_string());
    let before: Option<String> = found().select(customer_erasures::counts).first(connection).optional()?;
    let Some(before) = before else { return Ok(()) };
    let before = counts_of(&before)?;
    let mut counts = before;
    add(&mut counts);
    if counts != before {
        let counts =
            serde_json::to_string(&counts).map_err(|fault| BadRow::new("customer_erasures.counts", fault))?;
        diesel::update(found()).set(customer_erasures::counts.eq(counts)).execute(connection)?;
        changes::note(customer.organization_id, Thing::Customer, customer.customer_id);
    }
    Ok(())
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Returns calls of the person that their number does not find: by the identity that a website has signed, or by records about them. A call with
/// another customer is not theirs, even if it was about them.
fn calls_by_other_signs(
    connection: &mut Connection,
    customer: &ErasedCustomer,
) -> Result<BTreeSet<String>, StoreError> {
    let ErasedCustomer { organization_id, customer_id, person } = customer;
    let (owner, id) = (organization_id.to_string(), customer_id.to_string());
    let mut linked: BTreeSet<String> = BTreeSet::new();
    if !person.email.is_empty() {
        let is_in = holds(connection, "calls.identity", &person.email);
        let rows: Vec<(String, Option<String>)> = calls::table
            .filter(calls::organization_id.eq(&owner))
            // Worded as in the partial index: the planner uses it only then.
            .filter(sql::<Bool>("calls.identity IS NOT NULL"))
            .filter(is_in)
            .select((calls::id, calls::identity))
            .into_boxed()
            .load(connection)?;
        let is_theirs = |text: &str| {
            let signed = serde_json::from_str::<SignedIdentity>(text);
            signed.is_ok_and(|signed| signed.email.trim().to_lowercase() == person.email)
        };
        let theirs = rows.into_iter().filter(|(_, signed)| signed.as_deref().is_some_and(is_theirs));
        linked.extend(theirs.map(|(id, _)| id));
    }
    macro_rules! link {
        ($($table:ident),*) => {
            $({
                let ids: Vec<Option<String>> = $table::table
                    .filter($table::organization_id.eq(&owner))
                    .filter($table::customer_id.eq(&id))
                    .select($table::call_id)
                    .load(connection)?;
                linked.extend(ids.into_iter().flatten());
            })*
        };
    }
    link!(leads, appointments, messages);
    let asked: Vec<String> = callbacks::table
        .filter(callbacks::organization_id.eq(&owner))
        .filter(callbacks::customer_id.eq(&id))
        .select(callbacks::call_id)
        .load(connection)?;
    linked.extend(asked);
    let linked: Vec<String> = linked.into_iter().collect();
    let mut theirs = BTreeSet::new();
    for some in linked.chunks(IDS_AT_ONCE) {
        let rows: Vec<(String, Option<String>)> = calls::table
            .filter(calls::id.eq_any(some))
            .filter(calls::organization_id.eq(&owner))
            .select((calls::id, calls::party_number))
            .load(connection)?;
        for (call, number) in rows {
            if number.as_ref().is_some_and(|number| person.numbers.contains(number)) {
                continue;
            }
            let with = match number.map(|number| number.parse::<E164>()) {
                Some(Ok(number)) => super::customers::id_of(connection, *organization_id, &number)?,
                Some(Err(_)) | None => None,
            };
            if with.is_none_or(|with| with == id) {
                theirs.insert(call);
            }
        }
    }
    Ok(theirs)
}

/// Returns at most `limit` calls of the person after the call `after`, in order, also live ones.
fn call_ids(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let owner = customer.organization_id.to_string();
    let mut ids = calls_by_other_signs(connection, customer)?.split_off(after);
    ids.remove(after);
    // Number by number: with several in one query, the database sorts all their calls.
    for number in &customer.person.numbers {
        let of_number: Vec<String> = calls::table
            .filter(calls::organization_id.eq(&owner))
            .filter(calls::party_number.eq(number.as_str()))
            .filter(calls::id.gt(after))
            .order(calls::id)
            .limit(limit)
            .select(calls::id)
            .load(connection)?;
        ids.extend(of_number);
    }
    Ok(ids.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}

/// Counts the calls of a person that have not ended.
pub fn live_calls(connection: &mut Connection, customer: &ErasedCustomer) -> Result<u64, StoreError> {
    let others: Vec<String> = calls_by_other_signs(connection, customer)?.into_iter().collect();
    live_among(connection, customer, &others)
}

/// The same if those that their number does not find are known.
fn live_among(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    others: &[String],
) -> Result<u64, StoreError> {
    let by_number = calls::table
        .filter(calls::organization_id.eq(customer.organization_id.to_string()))
        .filter(calls::party_number.eq_any(&customer.person.numbers))
        .filter(is_live());
    let mut live = counted(by_number.count().get_result(connection)?);
    for some in others.chunks(IDS_AT_ONCE) {
        let these = calls::table.filter(calls::id.eq_any(some)).filter(is_live());
        live += counted(these.count().get_result(connection)?);
    }
    Ok(live)
}

/// Counts what is there about a person.
pub fn to_erase(connection: &mut Connection, customer: &ErasedCustomer) -> Result<ToErase, StoreError> {
    let ErasedCustomer { organization_id, person, .. } = customer;
    let owner = organization_id.to_string();
    let by_number = || {
        calls::table
            .filter(calls::organization_id.eq(owner.clone()))
            .filter(calls::party_number.eq_any(person.numbers.clone()))
    };
    let others: Vec<String> = calls_by_other_signs(connection, customer)?.into_iter().collect();
    let live_calls = live_among(connection, customer, &others)?;
    let mut found = ToErase { live_calls, ..ToErase::default() };
    found.records.calls = counted(by_number().count().get_result(connection)?);
    found.records.recordings = counted(
        by_number()
            .filter(exists(recordings::table.filter(recordings::call_id.eq(calls::id))))
            .count()
            .get_result(connection)?,
    );
    found.records.calls += whole(others.len());
    for some in others.chunks(IDS_AT_ONCE) {
        let sound = recordings::table.filter(recordings::call_id.eq_any(some));
        found.records.recordings += counted(sound.count().get_result(connection)?);
    }
    let records = records_to_erase(connection, customer, COUNTED_MAX)?;
    found.records.leads = whole(records.leads.len());
    found.records.appointments = whole(records.appointments.len());
    found.records.messages = whole(records.messages.len());
    found.records.callbacks = whole(records.callbacks.len());
    let (contacts, attempts) = campaigns::count_numbers(connection, *organization_id, &person.numbers)?;
    found.records.contacts = counted(contacts);
    found.records.attempts = counted(attempts);
    Ok(found)
}

/// Finds at most [`RETENTION_AT_ONCE`] calls of a person after the call `after`.
pub fn calls_to_erase(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    after: &str,
    now: UnixMs,
) -> Result<CallsToErase, StoreError> {
    let ids = call_ids(connection, customer, after, RETENTION_AT_ONCE)?;
    let Some(last) = ids.last().cloned() else { return Ok(CallsToErase::default()) };
    let ended: Vec<String> = calls::table
        .filter(calls::id.eq_any(&ids))
        .filter(calls::ended_at.lt(column(now - RECORDING_SETTLED_MS)))
        .order(calls::id)
        .select(calls::id)
        .load(connection)?;
    let sound: Vec<(String, String, Option<NaiveDateTime>)> = recordings::table
        .filter(recordings::call_id.eq_any(&ended))
        .order(recordings::call_id)
        .select((recordings::call_id, recordings::file, recordings::moved_at))
        .load(connection)?;
    let recordings =
        sound.into_iter().map(|(call_id, file, moved_at)| OldRecording { call_id, file, moved_at }).collect();
    Ok(CallsToErase { last: Some(last), ended, recordings })
}

/// Tells whether calls of a person are left.
pub fn has_calls(connection: &mut Connection, customer: &ErasedCustomer) -> Result<bool, StoreError> {
    Ok(!call_ids(connection, customer, "", 1)?.is_empty())
}

/// Returns the ids of records that deliveries about a person may name: the customer, and calls that are so young that their deliveries are kept.
pub fn named_ids(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    now: UnixMs,
) -> Result<BTreeSet<String>, StoreError> {
    let after = CallId::first_at(now - DELIVERIES_MS).to_string();
    let mut ids: BTreeSet<String> =
        call_ids(connection, customer, &after, COUNTED_MAX)?.into_iter().collect();
    ids.insert(customer.customer_id.to_string());
    Ok(ids)
}

/// Finds deliveries in a state that name a person, among the next [`ERASURE_ROWS_READ`] after the delivery `after`: webhooks' events, notices,
/// e-mails, and results that a dialler has. State by state, because the index has the state before the id.
pub fn deliveries_about(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    ids: &BTreeSet<String>,
    (state, after): (DeliveryState, &str),
) -> Result<NamingRows, StoreError> {
    let rows: Vec<(String, String, String, String)> = deliveries::table
        .filter(deliveries::organization_id.eq(customer.organization_id.to_string()))
        .filter(deliveries::state.eq(state.as_str()))
        .filter(deliveries::id.gt(after))
        .order(deliveries::id)
        .limit(ERASURE_ROWS_READ)
        .select((deliveries::id, deliveries::channel, deliveries::target, deliveries::body))
        .load(connection)?;
    let last = rows.last().map(|(id, ..)| id.clone());
    let Person { numbers, email, .. } = &customer.person;
    let names = |text: &str| mentions::names_number(text, numbers) || mentions::names_email(text, email);
    let about =
        rows.into_iter().filter(|(id, channel, target, body)| match channel == Channel::Dialler.as_str() {
            // Its id is that of the call. One that waits is still written: without it the dialler would call a person who has asked for no calls.
            true => state != DeliveryState::Waiting && (ids.contains(id) || names(body)),
            false => names(target) || names(body) || mentions::names_id(body, ids),
        });
    Ok(NamingRows { ids: about.map(|(id, ..)| id).collect(), last })
}

/// Deletes these deliveries. Those that wait are not sent. A waiting letter that gathers several notices loses only those that name the person, or one
/// of these ids of records about them.
pub fn erase_deliveries(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    named: &BTreeSet<String>,
    ids: &[String],
) -> Result<(), StoreError> {
    let these = || {
        deliveries::table
            .filter(deliveries::id.eq_any(ids))
            .filter(deliveries::organization_id.eq(customer.organization_id.to_string()))
    };
    let waiting: Vec<(String, String, String, String)> = these()
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::channel.eq_any([Channel::Email, Channel::Sms].map(Channel::as_str)))
        .select((deliveries::id, deliveries::channel, deliveries::target, deliveries::body))
        .load(connection)?;
    let mut kept = Vec::new();
    for (id, channel, target, body) in waiting {
        let is_text = channel == Channel::Sms.as_str();
        if let Some(body) = without_person(&customer.person, named, is_text, (&target, &body))? {
            diesel::update(deliveries::table.find(&id)).set(deliveries::body.eq(body)).execute(connection)?;
            kept.push(id);
        }
    }
    let erased = diesel::delete(these().filter(deliveries::id.ne_all(&kept))).execute(connection)?;
    if erased + kept.len() > 0 {
        changes::note(customer.organization_id, Thing::Notices, customer.organization_id);
    }
    Ok(())
}

/// Returns the body of a letter to others without the notices about this person. None if nothing is left, or if it still names them.
fn without_person(
    person: &Person,
    ids: &BTreeSet<String>,
    is_text: bool,
    (target, body): (&str, &str),
) -> Result<Option<String>, StoreError> {
    let names = |text: &str| {
        mentions::names_number(text, &person.numbers)
            || mentions::names_email(text, &person.email)
            || mentions::names_id(text, ids)
    };
    let Ok(letter) = serde_json::from_str::<Letter>(body) else { return Ok(None) };
    let left = letter.without(is_text, names).map(|letter| gathering::body(&letter)).transpose()?;
    Ok(left.filter(|body| !names(body) && !names(target)))
}

/// Finds entries of the audit log that name a person, among the next [`ERASURE_ROWS_READ`] after the entry `after`.
pub fn entries_about(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    after: &str,
) -> Result<NamingRows, StoreError> {
    let rows: Vec<(String, String, String)> = audit_log::table
        .filter(audit_log::organization_id.eq(customer.organization_id.to_string()))
        .filter(audit_log::id.gt(after))
        .order(audit_log::id)
        .limit(ERASURE_ROWS_READ)
        .select((audit_log::id, audit_log::action, audit_log::detail))
        .load(connection)?;
    let last = rows.last().map(|(id, ..)| id.clone());
    let Person { numbers, email, name } = &customer.person;
    let name = composed(name).to_lowercase();
    let about = rows.into_iter().filter(|(_, action, detail)| {
        let Some((subject, done)) = action.split_once('.') else { return false };
        // Somebody has searched for what an export was filtered by: a name in small or capital letters, or a number with blanks in it.
        let is_named = || !name.is_empty() && composed(detail).to_lowercase().contains(&name);
        let is_searched = || done == "exported" && (is_named() || mentions::searches_number(detail, numbers));
        NAMING.contains(&subject)
            && (mentions::names_number(detail, numbers)
                || mentions::names_email(detail, email)
                || is_searched())
    });
    Ok(NamingRows { ids: about.map(|(id, ..)| id).collect(), last })
}

/// Empties the details of these entries of the audit log. Who did what to which record, and when, stays.
pub fn empty_entries(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    ids: &[String],
) -> Result<(), StoreError> {
    let about = audit_log::table
        .filter(audit_log::id.eq_any(ids))
        .filter(audit_log::organization_id.eq(customer.organization_id.to_string()));
    diesel::update(about).set(audit_log::detail.eq("")).execute(connection)?;
    Ok(())
}

/// Deletes the rows of recordings whose files are deleted, and those of these calls that ended some time ago and have no recording left: with
/// everything that belongs only to them, and with records that were made in them for nobody else.
pub fn erase_calls(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    (ids, gone): (&[String], &[OldRecording]),
    now: UnixMs,
) -> Result<(), StoreError> {
    let owner = customer.organization_id.to_string();
    let Deleted { records, .. } = retention::forget_recordings(connection, gone)?;
    let sound: usize = records.iter().map(|(_, ids)| ids.len()).sum();
    let ids: Vec<String> = calls::table
        .filter(calls::id.eq_any(ids))
        .filter(calls::organization_id.eq(&owner))
        .filter(calls::ended_at.lt(column(now - RECORDING_SETTLED_MS)))
        .filter(not(exists(recordings::table.filter(recordings::call_id.eq(calls::id)))))
        .order(calls::id)
        .select(calls::id)
        .load(connection)?;
    let records = made_in_calls(connection, &owner, &ids)?;
    erase_records(connection, customer, &records)?;
    retention::erase_calls(connection, customer.organization_id, &ids, now)?;
    let add = |counts: &mut ErasureCounts| {
        counts.recordings += whole(sound);
        counts.calls += whole(ids.len());
    };
    count(connection, customer, add)
}

/// Finds records that were made in these calls of a person for nobody else.
fn made_in_calls(
    connection: &mut Connection,
    owner: &str,
    ids: &[String],
) -> Result<RecordsToErase, StoreError> {
    macro_rules! made {
        ($table:ident) => {
            $table::table
                .filter($table::organization_id.eq(owner))
                .filter($table::call_id.eq_any(ids))
                .filter($table::customer_id.is_null())
                .select($table::id)
                .load(connection)?
        };
    }
    // A callback is deleted with its call, whoever is to be called.
    let asked = callbacks::table
        .filter(callbacks::organization_id.eq(owner))
        .filter(callbacks::call_id.eq_any(ids))
        .select(callbacks::id)
        .load(connection)?;
    Ok(RecordsToErase {
        leads: made!(leads),
        appointments: made!(appointments),
        messages: made!(messages),
        callbacks: asked,
    })
}

/// Finds records about a person, other than calls, at most `limit` of each kind.
pub fn records_to_erase(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    limit: i64,
) -> Result<RecordsToErase, StoreError> {
    let (owner, id) = (customer.organization_id.to_string(), customer.customer_id.to_string());
    let numbers = &customer.person.numbers;
    macro_rules! theirs {
        ($table:ident, $($number:ident),*) => {{
            // Unordered, so that they are found by the customer: by id, SQLite would read the organization's.
            let of_customer: Vec<String> = $table::table
                .filter($table::organization_id.eq(&owner))
                .filter($table::customer_id.eq(&id))
                .limit(limit)
                .select($table::id)
                .load(connection)?;
            let mut ids: BTreeSet<String> = of_customer.into_iter().collect();
            $(
                let of_number: Vec<String> = $table::table
                    .filter($table::organization_id.eq(&owner))
                    .filter($table::$number.eq_any(numbers))
                    .filter($table::customer_id.is_null())
                    .limit(limit)
                    .select($table::id)
                    .load(connection)?;
                ids.extend(of_number);
            )*
            ids.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect()
        }};
    }
    Ok(RecordsToErase {
        leads: theirs!(leads, phone),
        appointments: theirs!(appointments, phone),
        messages: theirs!(messages, from_number, to_number),
        callbacks: theirs!(callbacks, phone),
    })
}

/// Deletes these records.
pub fn erase_records(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    records: &RecordsToErase,
) -> Result<(), StoreError> {
    let organization_id = customer.organization_id;
    let owner = organization_id.to_string();
    macro_rules! delete {
        ($thing:ident, $table:ident) => {{
            let these = $table::table
                .filter($table::id.eq_any(&records.$table))
                .filter($table::organization_id.eq(&owner));
            records.$table.iter().for_each(|id| changes::note(organization_id, Thing::$thing, id));
            whole(diesel::delete(these).execute(connection)?)
        }};
    }
    let (messages, appointments) = (delete!(Message, messages), delete!(Appointment, appointments));
    let (leads, callbacks) = (delete!(Lead, leads), delete!(Callback, callbacks));
    let add = |counts: &mut ErasureCounts| {
        counts.messages += messages;
        counts.appointments += appointments;
        counts.leads += leads;
        counts.callbacks += callbacks;
    };
    count(connection, customer, add)
}

/// Deletes the contacts with the person's numbers from all lists, so that no campaign calls them, and what was noted with the promise not to call
/// them. The number stays on the do-not-call list.
pub fn erase_contacts(connection: &mut Connection, customer: &ErasedCustomer) -> Result<(), StoreError> {
    let ErasedCustomer { organization_id, person, .. } = customer;
    let (listed, _) = campaigns::count_numbers(connection, *organization_id, &person.numbers)?;
    campaigns::forget_spellings(connection, *organization_id, &person.numbers)?;
    count(connection, customer, |counts| counts.contacts += counted(listed))
}

/// Deletes some closed attempts of campaigns to reach the person. Returns how many.
pub fn erase_attempts(connection: &mut Connection, customer: &ErasedCustomer) -> Result<usize, StoreError> {
    let ErasedCustomer { organization_id, person, .. } = customer;
    let deleted =
        campaigns::delete_attempts_to(connection, *organization_id, &person.numbers, RETENTION_AT_ONCE)?;
    count(connection, customer, |counts| counts.attempts += whole(deleted))?;
    Ok(deleted)
}

/// Deletes the row of a customer about whom nothing else is left, and records that in the audit log. Returns false if something was added meanwhile,
/// or a campaign's attempt is still open.
pub fn finish(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let ErasedCustomer { organization_id, customer_id, .. } = *customer;
    let Some(Erasure { erased, asked_by, .. }) = find(connection, organization_id, customer_id)? else {
        return Ok(true);
    };
    let ToErase { records, .. } = to_erase(connection, customer)?;
    if records != ErasureCounts::default() {
        return Ok(false);
    }
    let actor: Actor =
        serde_json::from_str(&asked_by).map_err(|fault| BadRow::new("customer_erasures.asked_by", fault))?;
    super::customers::delete(connection, organization_id, customer_id)?;
    keep_fingerprints(connection, organization_id, &customer.person.numbers)?;
    diesel::delete(customer_erasures::table.find(customer_id.to_string())).execute(connection)?;
    let kinds: Vec<String> = erased.named().map(|(kind, count)| format!("{kind} {count}")).collect();
    let entry = AuditEntry {
        id: AuditId(world::new_id()),
        organization_id,
        at: now,
        actor,
        action: ERASED_CUSTOMER.to_owned(),
        subject: customer_id.to_string(),
        address: None,
        detail: kinds.join(", "),
    };
    audit::record(connection, &entry)?;
    Ok(true)
}
