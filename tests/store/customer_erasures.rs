//! Everything about one person is erased: nothing of them stays but the promise not to call them, and nothing of others goes.

use std::collections::BTreeMap;

use cordboard::customer_erasure::CustomerEraser;
use cordboard::recordings::RecordingFiles;
use cordboard::store::copying::Contents;
use cordboard::store::{
    Connection, EXPORTED_TABLES, ErasedCustomer, ErasureCounts, ExampleRefused, Incoming,
    NOT_EXPORTED_TABLES, RecordKind, RecordRows, RecordsOfPerson, Store, SuppressionQuery, change, query,
};
use cordboard_schema::audit::{Actor, AuditEntry};
use cordboard_schema::call_note::CallNote;
use cordboard_schema::customer::Customer;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{CallId, CallNoteId, CustomerId, ExampleId, OrganizationId};
use cordboard_schema::known_caller::OwnNumbers;
use cordboard_schema::limits::RECORDING_SETTLED_MS;
use cordboard_schema::phone::E164;
use cordboard_schema::replay::{Example, Expectations};
use cordboard_schema::report::{Cut, Grain};
use cordboard_schema::sms::Keyword;
use cordboard_schema::time::UnixMs;
use diesel::connection::SimpleConnection;
use tempfile::TempDir;
use uuid::Uuid;

use super::figures::{asked, begun, kept, report};
use super::room::{Room, call, first_profile, journal, read, rows};
use crate::entries::{Conversation, now};

const DAY_MS: u64 = 24 * 3_600_000;
const ADA: &str = "+493011111111";
const SECOND: &str = "+493022222222";
const BOB: &str = "+493033333333";
const AT: &str = "2026-01-01 00:00:00";

/// Tables with rows about people.
const TABLES: [&str; 14] = [
    "appointments",
    "attempts",
    "call_events",
    "callbacks",
    "calls",
    "contacts",
    "customers",
    "deliveries",
    "examples",
    "leads",
    "messages",
    "recordings",
    "suppressions",
    "transcript_items",
];

/// A database with two organizations, a folder of recordings, and the worker that erases.
struct House {
    room: Room,
    store: Store,
    folder: TempDir,
    eraser: CustomerEraser,
}

fn eraser(store: &Store, folder: &TempDir) -> CustomerEraser {
    let files = RecordingFiles::new(folder.path().to_owned(), None);
    CustomerEraser { store: store.clone(), files }
}

impl House {
    fn new() -> Self {
        let room = Room::new();
        let (store, folder) = (room.store(), tempfile::tempdir().unwrap());
        let eraser = eraser(&store, &folder);
        Self { room, store, folder, eraser }
    }

    fn owner(&self) -> OrganizationId {
        self.store.organization_id()
    }

    fn sql(&self, sql: &str) {
        self.room.stranger().batch_execute(sql).unwrap();
    }

    /// Creates a customer with these numbers.
    async fn customer(&self, owner: OrganizationId, name: &str, numbers: &[&str]) -> Customer {
        let mut numbers = numbers.iter().map(|number| number.parse::<E164>().unwrap());
        let id = CustomerId(Uuid::now_v7());
        let made = Customer {
            name: name.to_owned(),
            email: format!("{name}@example.com"),
            ..Customer::new(id, owner, numbers.next(), now())
        };
        let made = Customer { other_numbers: numbers.collect(), ..made };
        let making = made.clone();
        let make = move |connection: &mut Connection| change::create_customer(connection, &making);
        self.store.change(make).await.unwrap();
        made
    }

    /// Creates a finished call of this party that began `days_ago` days ago.
    async fn call(&self, owner: OrganizationId, from: &str, days_ago: u64) -> CallId {
        let began = now() - days_ago * DAY_MS;
        let mut said = Conversation::new(owner);
        let chance = Uuid::now_v7().as_u128() & ((1 << 80) - 1);
        said.call_id = CallId(Uuid::from_u128(u128::try_from(began.0).unwrap() << 80 | chance));
        let mut entries = said.live_by(from);
        entries.push(said.entry(Fact::RecordingStarted { offset_ms: 0 }));
        entries.extend(said.ended(NextStep::Hangup));
        entries.push(said.entry(Fact::RecordingFinished { duration_ms: 60_000 }));
        entries.iter_mut().for_each(|entry| entry.at = began);
        self.store.journal(entries);
        self.store.commit().await.unwrap();
        let row = read(&self.store, |connection| query::call(connection, owner, said.call_id));
        std::fs::write(self.folder.path().join(row.unwrap().recording.unwrap()), [0; 1_000]).unwrap();
        said.call_id
    }

    /// Creates a customer with a record of each kind, of which some are found only by the number. Returns the customer and their call.
    async fn person(&self, owner: OrganizationId, name: &str, numbers: &[&str]) -> (Customer, CallId) {
        let (made, number) = (self.customer(owner, name, numbers).await, numbers[0]);
        let call_id = self.call(owner, number, 40).await;
        let profile = read(&self.store, |connection| first_profile(connection, owner));
        let (customer, id) = (made.id, Uuid::now_v7);
        self.sql(&format!(
            "INSERT INTO leads (id, organization_id, customer_id, name, need, urgency, budget, address, status, notes, created_at, \
             updated_at) VALUES ('{}', '{owner}', '{customer}', '{name}', '', '', '', '', 'new', '', '{AT}', '{AT}'); \
             INSERT INTO appointments (id, organization_id, call_id, resource, service, starts_at, ends_at, zone, status, name, phone, \
             address, notes, sequence, created_at, updated_at) VALUES ('{}', '{owner}', '{call_id}', '', '', '{AT}', '{AT}', 'UTC', 'confirmed', \
             '{name}', NULL, '', '', 0, '{AT}', '{AT}'); \
             INSERT INTO messages (id, organization_id, direction, from_number, to_number, body, status, created_at, updated_at) \
             VALUES ('{}', '{owner}', 'inbound', '{number}', '+493099', 'Hello', 'received', '{AT}', '{AT}'); \
             INSERT INTO callbacks (id, organization_id, call_id, customer_id, phone, about, state, created_at, updated_at) \
             VALUES ('{}', '{owner}', '{call_id}', '{customer}', '{number}', '', 'open', '{AT}', '{AT}'); \
             INSERT INTO examples (id, organization_id, profile_id, call_id, name, expectations, created_at) \
             VALUES ('{}', '{owner}', '{profile}', '{call_id}', 'one', '{{}}', '{AT}'); \
             INSERT INTO suppressions (organization_id, number, source, evidence, created_at) \
             VALUES ('{owner}', '{number}', 'words', 'Stop it.', '{AT}')",
            id(),
            id(),
            id(),
            id(),
            id(),
        ));
        let campaign = id();
        self.sql(&format!(
            "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
             VALUES ('{campaign}', '{owner}', 'List', 'draft', '{{}}', '{AT}', '{AT}'); \
             INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
             VALUES ('{}', '{owner}', '{campaign}', '{number}', '{{}}', '', 'waiting', '{AT}', 0, '{AT}', '{AT}'); \
             INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
             VALUES ('{}', '{owner}', '{campaign}', '{}', '{number}', '{AT}', '{AT}', 'no_answer'); \
             INSERT INTO audit_log (id, organization_id, at, actor, action, subject, detail) \
             VALUES ('{}', '{owner}', '{AT}', '{{\"kind\":\"system\"}}', 'call.transferred', '{call_id}', 'to {number}')",
            id(),
            id(),
            id(),
            id(),
        ));
        self.delivery(owner, &format!("{{\"from\":\"{number}\"}}"));
        (made, call_id)
    }

    /// Stores a delivery with this body that waits.
    fn delivery(&self, owner: OrganizationId, body: &str) {
        self.sql(&format!(
            "INSERT INTO deliveries (id, organization_id, channel, target, event, body, state, attempts, created_at, due_at, claimed, \
             give_up_at) VALUES ('{}', '{owner}', 'webhook', 'x', 'call.ended', '{body}', 'waiting', 1, '{AT}', '{AT}', false, '{AT}')",
            Uuid::now_v7(),
        ));
    }

    /// Stores a waiting e-mail for two missed calls, of these parties.
    fn gathered(&self, owner: OrganizationId, parties: [&str; 2]) {
        let [one, other] = parties;
        self.sql(&format!(
            "INSERT INTO deliveries (id, organization_id, channel, target, event, body, state, attempts, created_at, due_at, claimed, \
             give_up_at) VALUES ('{}', '{owner}', 'email', 'office@example.com', 'missed_call', '{{\"subject\":\"2 missed calls\",\
             \"text\":\"From: {one}\\n\\nFrom: {other}\\n\",\"stands_for\":2}}', 'waiting', 0, '{AT}', '{AT}', false, '{AT}')",
            Uuid::now_v7(),
        ));
    }

    /// Stores the result that a dialler gets for a call.
    fn dialler_result(&self, owner: OrganizationId, call_id: CallId, state: &str) {
        self.sql(&format!(
            "INSERT INTO deliveries (id, organization_id, channel, target, event, body, state, attempts, created_at, due_at, claimed, \
             give_up_at) VALUES ('{call_id}', '{owner}', 'dialler', 'dialler', 'dialler_call.ended', '{{\"about\":\"her words\"}}', '{state}', 1, \
             '{AT}', '{AT}', false, '{AT}')",
        ));
    }

    fn described(&self, customer: &Customer, own: &OwnNumbers) -> ErasedCustomer {
        read(&self.store, |connection| query::customer_to_erase(connection, customer, own))
    }

    async fn begin(&self, customer: &Customer) {
        let whom = self.described(customer, &OwnNumbers::default());
        let begin = move |connection: &mut Connection| {
            change::begin_customer_erasure(connection, &whom, &Actor::Installation, now())
        };
        self.store.change(begin).await.unwrap();
    }

    fn is_there(&self, customer: &Customer) -> bool {
        let Customer { organization_id, id, .. } = *customer;
        read(&self.store, |connection| query::customer(connection, organization_id, id)).is_some()
    }

    /// Counts the organization's rows by table.
    fn counts(&self, owner: OrganizationId) -> BTreeMap<&'static str, i64> {
        let mut stranger = self.room.stranger();
        let mut count =
            |table: &str| rows(&mut stranger, &format!("{table} WHERE organization_id = '{owner}'"));
        TABLES.map(|table| (table, count(table))).into()
    }

    /// Counts the rows of each table.
    fn tables(&self) -> BTreeMap<String, u64> {
        Contents::open(&self.room.settings()).unwrap().count().unwrap().1
    }

    /// Adds a tag and a note to a call.
    async fn annotate(&self, call_id: CallId) {
        let (owner, at) = (self.owner(), now());
        let note = CallNote {
            id: CallNoteId(Uuid::now_v7()),
            organization_id: owner,
            call_id,
            author_id: None,
            text: "Wants it blue".to_owned(),
            created_at: at,
            updated_at: at,
        };
        let add = move |connection: &mut Connection| {
            change::set_call_tags(connection, owner, call_id, &["roof".to_owned()].into())?;
            change::create_call_note(connection, &note)
        };
        self.store.change(add).await.unwrap();
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }

    fn log(&self) -> Vec<AuditEntry> {
        let filter = query::AuditFilter::default();
        read(&self.store, |connection| query::audit_log(connection, self.owner(), &filter, None, 100))
    }
}

#[actix::test]
async fn everything_about_one_person_goes_and_nothing_of_others() {
    let house = House::new();
    let owner = house.owner();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = house.store.change(make).await.unwrap();
    let (bob, bobs_call) = house.person(owner, "Bob", &[BOB]).await;
    let (twin, _) = house.person(other, "Ada", &[ADA]).await;
    let (before, of_other) = (house.counts(owner), house.counts(other));

    let (ada, _) = house.person(owner, "Ada", &[ADA, SECOND]).await;
    let from_second = house.call(owner, SECOND, 13).await;
    // Bob has called about her, and she has called without a number: a lead and an appointment say so.
    let withheld = house.call(owner, "anonymous", 15).await;
    for (call_id, name) in [(withheld, "Ada"), (bobs_call, "for Ada")] {
        house.sql(&format!(
            "INSERT INTO leads (id, organization_id, customer_id, call_id, name, need, urgency, budget, address, status, notes, created_at, \
             updated_at) VALUES ('{}', '{owner}', '{}', '{call_id}', '{name}', '', '', '', '', 'new', '', '{AT}', '{AT}')",
            Uuid::now_v7(),
            ada.id,
        ));
    }
    let numbers = ["+49 (30) 1111-1111", "49 30 22222222", "+49 30 / 3333-3333"];
    for name in ["ada", "bob"].into_iter().chain(numbers) {
        house.sql(&format!(
            "INSERT INTO audit_log (id, organization_id, at, actor, action, subject, detail) \
             VALUES ('{}', '{owner}', '{AT}', '{{\"kind\":\"system\"}}', 'customers.exported', '{owner}', '{{\"q\":\"{name}\"}}')",
            Uuid::now_v7(),
        ));
    }
    house.delivery(owner, &format!("{{\"call_id\":\"{from_second}\"}}"));
    house.gathered(owner, [ADA, BOB]);
    house.gathered(owner, [SECOND, ADA]);
    house.dialler_result(owner, from_second, "delivered");
    house.dialler_result(owner, withheld, "waiting");
    house.eraser.run_pass(now()).await.unwrap();
    assert!(house.is_there(&ada), "without a mark nothing is erased");
    let ours: OwnNumbers = [ADA, SECOND].map(|number| number.parse().unwrap()).into_iter().collect();
    let described = house.described(&ada, &ours);
    let found = read(&house.store, |connection| query::to_erase(connection, &described));
    assert_eq!((found.records.calls, found.records.leads), (2, 3), "our own numbers describe nobody");

    house.begin(&ada).await;
    let begun = read(&house.store, |connection| query::customer_erasure(connection, owner, ada.id)).unwrap();
    let found = read(&house.store, |connection| query::to_erase(connection, &begun.of));
    let counts = ErasureCounts {
        calls: 3,
        recordings: 3,
        leads: 3,
        appointments: 0,
        messages: 1,
        callbacks: 1,
        contacts: 1,
        attempts: 1,
    };
    assert_eq!(found.records, counts, "the appointment is found with its call");
    assert_eq!((found.live_calls, begun.erased), (0, ErasureCounts::default()));
    house.eraser.run_pass(now()).await.unwrap();

    assert_eq!(house.counts(other), of_other);
    let mut after = before;
    *after.get_mut("suppressions").unwrap() += 1;
    // The dialler does not know yet whether it may call her, and somebody is to learn that Bob has called.
    *after.get_mut("deliveries").unwrap() += 2;
    let of_bob = format!(
        "deliveries WHERE body = '{{\"subject\":\"1 missed call\",\"text\":\"From: {BOB}\\n\",\"stands_for\":1}}'"
    );
    assert_eq!(rows(&mut house.room.stranger(), &of_bob), 1);
    assert_eq!(house.counts(owner), after, "only the promise not to call her stays");
    assert_eq!((house.is_there(&ada), house.is_there(&bob), house.is_there(&twin)), (false, true, true));
    assert_eq!(house.files(), 2);
    assert!(call(&house.store, bobs_call).is_some(), "Bob's call is his, although it was about her");
    let all = SuppressionQuery { limit: 9, ..SuppressionQuery::default() };
    let promised = read(&house.store, |connection| query::suppressions(connection, owner, &all));
    let mut said: Vec<_> = promised.iter().map(|one| (one.number.as_str(), one.evidence.as_str())).collect();
    said.sort_unstable();
    assert_eq!(said, [(ADA, ""), (BOB, "Stop it.")]);

    let log = house.log();
    let AuditEntry { actor, action, subject, detail, .. } = &log[0];
    assert_eq!(
        (actor, action.as_str(), subject),
        (&Actor::Installation, "customer.erased", &ada.id.to_string())
    );
    let erased =
        "appointments 1, attempts 1, callbacks 1, calls 3, contacts 1, leads 3, messages 1, recordings 3";
    assert_eq!(detail, erased);
    let naming = ["call.transferred", "customers.exported"];
    let named = log.iter().filter(|entry| naming.contains(&entry.action.as_str()));
    let mut details: Vec<_> = named.map(|entry| entry.detail.as_str()).collect();
    details.sort_unstable();
    let of_bob = ["to +493033333333", r#"{"q":"+49 30 / 3333-3333"}"#, r#"{"q":"bob"}"#];
    assert_eq!(details[..4], [""; 4], "who did what, and when, stays");
    assert_eq!(details[4..], of_bob);
    house.eraser.run_pass(now()).await.unwrap();
    assert_eq!((house.counts(owner), house.log().len()), (after, log.len()));
}

#[actix::test]
async fn an_export_finds_exactly_what_an_erasure_deletes() {
    let house = House::new();
    let owner = house.owner();
    let (bob, _) = house.person(owner, "Bob", &[BOB]).await;
    let (ada, of_ada) = house.person(owner, "Ada", &[ADA, SECOND]).await;
    let withheld = house.call(owner, "anonymous", 15).await;
    house.sql(&format!(
        "INSERT INTO leads (id, organization_id, customer_id, call_id, name, need, urgency, budget, address, status, notes, created_at, \
         updated_at) VALUES ('{}', '{owner}', '{}', '{withheld}', 'Ada', '', '', '', '', 'new', '', '{AT}', '{AT}')",
        Uuid::now_v7(),
        ada.id,
    ));
    house.annotate(of_ada).await;

    let whom = house.described(&ada, &OwnNumbers::default());
    let (mut calls, mut records) = (Vec::new(), RecordsOfPerson::default());
    loop {
        let after = calls.last().map(CallId::to_string).unwrap_or_default();
        let some = read(&house.store, |connection| query::calls_of_person(connection, &whom, &after, 1));
        if some.ids.is_empty() {
            break;
        }
        calls.extend(some.ids);
        records.add(some.made);
    }
    assert_eq!(calls, [of_ada, withheld]);
    records.add(read(&house.store, |connection| query::records_of_person(connection, &whom)));
    let count = |kind: RecordKind| {
        let ids = records.after(kind, "", usize::MAX);
        let rows = read(&house.store, |connection| query::record_rows(connection, owner, kind, &ids));
        let read = match rows {
            RecordRows::Leads(rows) => rows.len(),
            RecordRows::Appointments(rows) => rows.len(),
            RecordRows::Messages(rows) => rows.len(),
            RecordRows::Callbacks(rows) => rows.len(),
            RecordRows::Contacts(rows) => rows.len(),
            RecordRows::Attempts(rows) => rows.len(),
        };
        assert_eq!(read, ids.len(), "{kind:?}");
        u64::try_from(read).unwrap()
    };
    let ErasureCounts { leads, messages, callbacks, contacts, attempts, .. } =
        read(&house.store, |connection| query::to_erase(connection, &whom)).records;
    let kinds = [RecordKind::Lead, RecordKind::Message, RecordKind::Callback, RecordKind::Contact];
    assert_eq!(kinds.map(count), [leads, messages, callbacks, contacts]);
    assert_eq!((leads, messages, callbacks, contacts), (2, 1, 1, 1));
    assert_eq!((count(RecordKind::Attempt), attempts), (1, 1));
    assert_eq!(count(RecordKind::Appointment), 1, "it was made in her call, and is erased with it");
    let promises = read(&house.store, |connection| query::promises_to_person(connection, &whom));
    let evidence: Vec<&str> = promises.do_not_call.iter().map(|one| one.evidence.as_str()).collect();
    assert_eq!((evidence, promises.no_texts), (vec!["Stop it."], vec![]));

    let before = house.tables();
    house.begin(&ada).await;
    house.eraser.run_pass(now()).await.unwrap();
    assert_eq!((house.is_there(&ada), house.is_there(&bob)), (false, true));
    let after = house.tables();
    let emptied: Vec<&str> = before
        .iter()
        .filter(|(table, rows)| after[*table] < **rows)
        .map(|(table, _)| table.as_str())
        .collect();
    let left_out = NOT_EXPORTED_TABLES.iter().map(|(table, _)| table);
    let known: Vec<&str> = EXPORTED_TABLES.iter().chain(left_out).copied().collect();
    let unknown: Vec<_> = emptied.iter().filter(|table| !known.contains(table)).collect();
    assert!(unknown.is_empty(), "an erasure deletes what no export knows: {unknown:?}");
    for table in ["call_notes", "call_tags", "calls", "contacts", "leads", "messages", "transcript_items"] {
        assert!(emptied.contains(&table), "{table}: {emptied:?}");
    }
}

#[actix::test]
async fn runs_of_removed_examples_go_with_anybodys_calls() {
    let house = House::new();
    let owner = house.owner();
    let ada = house.customer(owner, "Ada", &[ADA]).await;
    let bobs_call = house.call(owner, BOB, 13).await;
    let profile = read(&house.store, |connection| first_profile(connection, owner));
    let [kept, removed] = [Uuid::now_v7(), Uuid::now_v7()];
    house.sql(&format!(
        "INSERT INTO examples (id, organization_id, profile_id, call_id, name, expectations, created_at) \
         VALUES ('{kept}', '{owner}', '{profile}', '{bobs_call}', 'one', '{{}}', '{AT}')"
    ));
    for examples in [
        format!("{{\"example_id\":\"{kept}\"}}"),
        format!("{{\"example_id\":\"{kept}\"}},{{\"example_id\":\"{removed}\"}}"),
    ] {
        house.sql(&format!(
            "INSERT INTO replays (id, organization_id, profile_id, kind, asked_by, draft_revision, state, steps, steps_done, cost_micros, \
             started_at, result) VALUES ('{}', '{owner}', '{profile}', 'examples', '', 1, 'done', 1, 1, 0, '{AT}', \
             '{{\"examples\":[{examples}]}}')",
            Uuid::now_v7(),
        ));
    }
    let runs = || rows(&mut house.room.stranger(), &format!("replays WHERE organization_id = '{owner}'"));
    house.begin(&ada).await;
    house.eraser.run_pass(now()).await.unwrap();
    assert_eq!((house.is_there(&ada), runs()), (false, 2), "she has never called");

    let ada = house.customer(owner, "Ada", &[ADA]).await;
    house.call(owner, ADA, 13).await;
    house.begin(&ada).await;
    house.eraser.run_pass(now()).await.unwrap();
    assert_eq!((house.is_there(&ada), runs()), (false, 1), "one may repeat her words");
}

#[actix::test]
async fn the_next_start_finishes_an_interrupted_erasure() {
    let mut house = House::new();
    let owner = house.owner();
    let (bob, _) = house.person(owner, "Bob", &[BOB]).await;
    let before = house.counts(owner);
    let (ada, of_ada) = house.person(owner, "Ada", &[ADA]).await;
    let second = house.call(owner, ADA, 13).await;
    house.begin(&ada).await;
    let whom = house.described(&ada, &OwnNumbers::default());
    let found = read(&house.store, |connection| query::calls_to_erase(connection, &whom, "", now()));
    assert_eq!(found.ended, [of_ada.to_string(), second.to_string()]);
    // The server died: a call is erased, and of another one only the file.
    for recording in &found.recordings {
        std::fs::remove_file(house.folder.path().join(&recording.file)).unwrap();
    }
    let (first, gone) = (found.ended[..1].to_vec(), found.recordings[..1].to_vec());
    let erase = move |connection: &mut Connection| {
        change::erase_contacts(connection, &whom)?;
        change::erase_calls(connection, &whom, (&first, &gone), now())
    };
    house.store.change(erase).await.unwrap();
    assert_eq!((call(&house.store, of_ada), call(&house.store, second).is_some()), (None, true));
    // Somebody removes the customer meanwhile.
    let id = ada.id;
    let remove = move |connection: &mut Connection| change::forget_customer(connection, owner, id);
    assert!(house.store.change(remove).await.unwrap());

    let store = house.room.store();
    house.eraser = eraser(&store, &house.folder);
    house.store = store;
    house.eraser.run_pass(now()).await.unwrap();
    let mut after = before;
    *after.get_mut("suppressions").unwrap() += 1;
    // Without the customer, the lead without a number is nobody's.
    *after.get_mut("leads").unwrap() += 1;
    assert_eq!(house.counts(owner), after);
    assert!(house.is_there(&bob));
    assert_eq!(house.log()[0].action, "customer.erased");
}

#[actix::test]
async fn a_text_fetched_after_an_erasure_counts_only_as_stop() {
    let house = House::new();
    let owner = house.owner();
    let ada = house.customer(owner, "Ada", &[ADA]).await;
    house.begin(&ada).await;
    house.eraser.run_pass(now()).await.unwrap();
    let receive = async |sid: &str, body: &str, sent_at: Option<UnixMs>| {
        let (sid, body) = (sid.to_owned(), body.to_owned());
        let keyword = Keyword::read(None, &body);
        let (from, to) = (ADA.to_owned(), "+493099".to_owned());
        let incoming = Incoming { organization_id: owner, sid, from, to, body, keyword, sent_at };
        let receive = move |connection: &mut Connection| {
            change::receive_text(connection, &incoming, (&OwnNumbers::default(), now()))
        };
        house.store.change(receive).await.unwrap()
    };
    for (sid, body) in [("SM1", "Hello"), ("SM2", "STOP")] {
        assert!(!receive(sid, body, Some(now() - 60_000)).await, "{body}");
    }
    let there = || {
        let counts = house.counts(owner);
        (counts["customers"], counts["messages"])
    };
    assert_eq!(there(), (0, 0), "it may be one of those that were erased");
    // She writes again.
    assert!(receive("SM3", "Hello", None).await);
    assert_eq!(there(), (1, 1));
    let opted_out = format!("customers WHERE organization_id = '{owner}' AND sms_opted_out");
    assert_eq!(rows(&mut house.room.stranger(), &opted_out), 1);
    assert!(receive("SM4", "Hello?", Some(now())).await, "it was sent after the erasure");
}

#[actix::test]
async fn figures_of_the_last_week_keep_erased_calls() {
    let house = House::new();
    let (owner, store) = (house.owner(), &house.store);
    let ada = house.customer(owner, "Ada", &[ADA]).await;
    // Bob's call is in the same hour: the hour is counted again for it.
    let of_ada = house.call(owner, ADA, 3).await;
    house.call(owner, BOB, 3).await;
    let date = |days_ago: u64| (now() - days_ago * DAY_MS).to_utc().date_naive().to_string();
    let counted = || report(store, asked(&date(4), &date(2), Grain::Day, Cut::All, None)).now.figures.calls;
    begun(store).await;
    kept(store).await;
    assert_eq!(counted(), 2);

    house.begin(&ada).await;
    house.eraser.run_pass(now()).await.unwrap();
    assert!(!house.is_there(&ada));
    let is_named = call(store, of_ada).unwrap().from.is_some();
    assert!(!is_named && journal(store, of_ada).is_empty(), "nothing says that it was hers");
    let week_after = now() + 8 * DAY_MS;
    let settle = move |connection: &mut Connection| change::settle_figures(connection, owner, week_after);
    store.change(settle).await.unwrap();
    kept(store).await;
    assert_eq!(counted(), 2);
}

#[actix::test]
async fn a_live_call_keeps_the_customer_until_it_is_over() {
    let house = House::new();
    let owner = house.owner();
    let ada = house.customer(owner, "Ada", &[ADA]).await;
    house.begin(&ada).await;
    let mut said = Conversation::new(owner);
    house.store.journal(said.live_by(ADA));
    house.store.commit().await.unwrap();
    house.eraser.run_pass(now()).await.unwrap();
    assert!(house.is_there(&ada) && call(&house.store, said.call_id).is_some());

    let mut rest = said.ended(NextStep::Hangup);
    rest.push(said.entry(Decision::Charged { model: "m".to_owned(), cost_micros: 5 }));
    house.store.journal(rest);
    house.store.commit().await.unwrap();
    house.eraser.run_pass(now()).await.unwrap();
    assert!(house.is_there(&ada), "its journal may not be complete yet");
    house.eraser.run_pass(now() + 2 * RECORDING_SETTLED_MS).await.unwrap();
    assert!(!house.is_there(&ada));
    let left = call(&house.store, said.call_id).unwrap();
    assert_eq!((left.from, left.identity.is_none(), left.cost_micros), (None, true, 5), "today's costs stay");
    assert_eq!(left.to.as_deref(), Some("100"));
    let counts = house.counts(owner);
    assert_eq!((counts["calls"], counts["call_events"], counts["transcript_items"]), (1, 0, 0));

    let profile_id = read(&house.store, |connection| first_profile(connection, owner));
    let (unknown, created_at) = (CallId(Uuid::now_v7()), now());
    for (call_id, why) in [(said.call_id, ExampleRefused::NoWords), (unknown, ExampleRefused::NoSuchCall)] {
        let (id, name, expectations) = (ExampleId(Uuid::now_v7()), "one".to_owned(), Expectations::default());
        let example = Example { id, profile_id, call_id, turn_seq: None, name, expectations, created_at };
        let keep = move |connection: &mut Connection| change::create_example(connection, owner, &example);
        assert_eq!(house.store.change(keep).await.unwrap(), Err(why), "it would keep the row for ever");
    }
}
