//! Organizations that the operator deletes: nothing of them stays, and nothing of others goes.

use std::collections::{BTreeMap, BTreeSet};

use cordboard::counting;
use cordboard::organization_deletion::OrganizationDeleter;
use cordboard::recordings::RecordingFiles;
use cordboard::store::{Connection, DeletedUpTo, Store, StoreSettings, change, migrate, query};
use cordboard_schema::audit::{Actor, AuditEntry};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::RECORDING_SETTLED_MS;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection as _, QueryableByName, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;

use super::room::{Room, read, rows};
use crate::entries::{Conversation, now};

/// Tables without rows of an organization, and one whose columns differ between the databases.
const LEFT_OUT: [&str; 4] = ["call_words", "organization_deletions", "organizations", "revisions"];
/// The audit log's words about the deletion of the organization Gone.
const LOGGED: &str =
    "Gone: appointments 1, calls 1, contacts 1, customers 1, leads 1, messages 1, recordings 1, users 1";

/// A column of a table, and the column that it refers to.
#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    parent: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    parent_column: Option<String>,
}

impl Column {
    /// The columns of all tables, which both databases have.
    fn all() -> Vec<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cordboard.db");
        migrate(&StoreSettings::file(&file)).unwrap();
        let mut sqlite = SqliteConnection::establish(&file.display().to_string()).unwrap();
        let columns = diesel::sql_query(
            "SELECT t.name AS table_name, c.name AS column_name, c.type AS kind, f.\"table\" AS parent, f.\"to\" AS parent_column \
             FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name) AS c \
             LEFT JOIN pragma_foreign_key_list(t.name) AS f ON f.\"from\" = c.name \
             WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND c.hidden = 0 ORDER BY t.name, c.cid",
        );
        let mut columns: Vec<Self> = columns.load(&mut sqlite).unwrap();
        columns.retain(|column| !LEFT_OUT.contains(&column.table_name.as_str()));
        columns
    }

    /// Its value in the organization's row, in SQL.
    fn value(&self, owner: OrganizationId) -> String {
        let text = |table: &str, column: &str| format!("'{table}.{column}.{owner}'");
        let to = self.parent.as_deref().zip(self.parent_column.as_deref());
        match (self.table_name.as_str(), self.column_name.as_str(), to) {
            (_, "organization_id", _) => format!("'{owner}'"),
            ("calls", "state", _) => "'ended'".to_owned(),
            ("recordings", "file", _) => format!("'{owner}.wav'"),
            (_, _, Some((parent, column))) => text(parent, column),
            (_, "call_id", None) => text("calls", "id"),
            (table, column, None) => match self.kind.as_str() {
                "TIMESTAMP" => "'2020-01-01 00:00:00'".to_owned(),
                "BOOLEAN" => "FALSE".to_owned(),
                "TEXT" => text(table, column),
                _ => "1".to_owned(),
            },
        }
    }
}

/// A database, a folder of recordings, and the worker that deletes organizations.
struct House {
    room: Room,
    store: Store,
    folder: TempDir,
    deleter: OrganizationDeleter,
    columns: Vec<Column>,
}

impl House {
    fn new() -> Self {
        let room = Room::new();
        let (store, folder) = (room.store(), tempfile::tempdir().unwrap());
        let deleter = deleter(&store, &folder);
        Self { room, store, folder, deleter, columns: Column::all() }
    }

    /// Makes an organization with a row in every table and a recording.
    async fn organization(&self, name: &'static str) -> OrganizationId {
        let make = move |connection: &mut Connection| change::create_organization(connection, name);
        let owner = self.store.change(make).await.unwrap();
        let mut tables: BTreeMap<&str, Vec<&Column>> = BTreeMap::new();
        for column in &self.columns {
            tables.entry(&column.table_name).or_default().push(column);
        }
        let mut stranger = self.room.stranger();
        let mut filled = BTreeSet::from(["organizations"]);
        while !tables.is_empty() {
            // A row is there before those that refer to it.
            let next = tables.iter().find(|(_, columns)| {
                columns.iter().filter_map(|column| column.parent.as_deref()).all(|to| filled.contains(to))
            });
            let table = *next.unwrap().0;
            let columns = tables.remove(table).unwrap();
            let names: Vec<String> =
                columns.iter().map(|column| format!("\"{}\"", column.column_name)).collect();
            let values: Vec<String> = columns.iter().map(|column| column.value(owner)).collect();
            let (names, values) = (names.join(", "), values.join(", "));
            stranger.batch_execute(&format!("INSERT INTO {table} ({names}) VALUES ({values})")).unwrap();
            filled.insert(table);
        }
        let words = match &stranger {
            Connection::Sqlite(_) => {
                format!(
                    "INSERT INTO call_words (n, call_id) \
                     SELECT COALESCE(MAX(n), 0) + 1, 'calls.id.{owner}' FROM call_words"
                )
            }
            Connection::Postgres(_) => format!(
                "INSERT INTO call_words (call_id, organization_id, words) \
                 VALUES ('calls.id.{owner}', '{owner}', array_to_tsvector(ARRAY['table']))"
            ),
        };
        stranger.batch_execute(&words).unwrap();
        std::fs::write(self.folder.path().join(format!("{owner}.wav")), [0; 1_000]).unwrap();
        owner
    }

    async fn mark(&self, owner: OrganizationId) {
        let begin = move |connection: &mut Connection| {
            change::begin_organization_deletion(connection, owner, &Actor::Installation, now())
        };
        self.store.change(begin).await.unwrap();
    }

    /// Counts the organization's rows by table.
    fn counts(&self, owner: OrganizationId) -> BTreeMap<String, i64> {
        let mut stranger = self.room.stranger();
        let mut count = |table: &str, condition: String| {
            (table.to_owned(), rows(&mut stranger, &format!("{table} WHERE {condition}")))
        };
        let owned = self.columns.iter().filter(|column| column.column_name == "organization_id");
        let mut counts: BTreeMap<String, i64> =
            owned.map(|column| count(&column.table_name, format!("organization_id = '{owner}'"))).collect();
        let of_calls = ["call_words", "call_words_due"];
        counts.extend(of_calls.map(|table| count(table, format!("call_id = 'calls.id.{owner}'"))));
        counts.extend([count("organizations", format!("id = '{owner}'"))]);
        counts.extend([count("organization_deletions", format!("organization_id = '{owner}'"))]);
        counts
    }

    /// The tables with rows of the organization.
    fn left(&self, owner: OrganizationId) -> Vec<String> {
        self.counts(owner).into_iter().filter(|(_, count)| *count > 0).map(|(table, _)| table).collect()
    }

    /// The files of recordings.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Entries about deletions in the first organization's audit log.
    fn log(&self) -> Vec<(Actor, String, String)> {
        let first = self.store.organization_id();
        let filter = query::AuditFilter::default();
        let entries = read(&self.store, |c| query::audit_log(c, first, &filter, None, 10));
        let deleted = entries.into_iter().filter(|entry| entry.action == "organization.deleted");
        deleted.map(|AuditEntry { actor, subject, detail, .. }| (actor, subject, detail)).collect()
    }
}

fn deleter(store: &Store, folder: &TempDir) -> OrganizationDeleter {
    let files = RecordingFiles::new(folder.path().to_owned(), None);
    OrganizationDeleter { store: store.clone(), files, accounts: None }
}

#[actix::test]
async fn nothing_of_a_deleted_organization_is_left_in_any_table() {
    let house = House::new();
    let (gone, stays) = (house.organization("Gone").await, house.organization("Stays").await);
    house.deleter.run_pass(now()).await.unwrap();
    let before = house.counts(gone);
    let empty: Vec<_> = before.iter().filter(|(_, count)| **count == 0).map(|(table, _)| table).collect();
    assert_eq!(empty, ["organization_deletions"], "without a mark nothing is deleted");

    house.mark(gone).await;
    let others = house.counts(stays);
    house.deleter.run_pass(now()).await.unwrap();
    assert!(house.left(gone).is_empty(), "{:?}", house.left(gone));
    assert_eq!(house.counts(stays), others);
    assert_eq!(house.files(), [format!("{stays}.wav")]);
    assert_eq!(house.log(), [(Actor::Installation, gone.to_string(), LOGGED.to_owned())]);
    house.deleter.run_pass(now()).await.unwrap();
    assert_eq!((house.counts(stays), house.log().len()), (others, 1));
}

#[actix::test]
async fn the_next_start_finishes_a_deletion_that_was_interrupted() {
    let mut house = House::new();
    let (gone, stays) = (house.organization("Gone").await, house.organization("Stays").await);
    house.mark(gone).await;
    for _ in 0..30 {
        let delete = move |c: &mut Connection| {
            change::delete_some_of_organization(c, gone, &DeletedUpTo::default(), now())
        };
        assert!(house.store.change(delete).await.unwrap().is_some());
    }
    // A recording's file was deleted before its row.
    std::fs::remove_file(house.folder.path().join(format!("{gone}.wav"))).unwrap();
    assert!(house.left(gone).iter().any(|table| table == "calls"));

    let store = house.room.store();
    house.deleter = deleter(&store, &house.folder);
    house.store = store;
    let others = house.counts(stays);
    house.deleter.run_pass(now()).await.unwrap();
    assert!(house.left(gone).is_empty(), "{:?}", house.left(gone));
    assert_eq!(house.counts(stays), others);
    assert_eq!(house.log(), [(Actor::Installation, gone.to_string(), LOGGED.to_owned())]);
}

#[actix::test]
async fn an_undeletable_recording_or_live_call_keeps_the_organization() {
    let house = House::new();
    let owner = house.organization("Gone").await;
    house.mark(owner).await;
    let path = house.folder.path().join(format!("{owner}.wav"));
    std::fs::remove_file(&path).unwrap();
    // A folder can't be removed as a file.
    std::fs::create_dir(&path).unwrap();
    let told = house.deleter.run_pass(now()).await.unwrap_err().to_string();
    assert!(told.contains(&path.display().to_string()), "{told}");
    let of_the_call = [
        "call_events",
        "call_notes",
        "call_outside_ids",
        "call_shares",
        "call_words",
        "call_words_due",
        "calls",
        "organization_deletions",
        "organizations",
        "recordings",
        "transcript_items",
    ];
    assert_eq!(house.left(owner), of_the_call);
    counting::all(&house.store).await.unwrap();
    assert_eq!(house.left(owner), of_the_call, "nothing is counted for it any more");

    std::fs::remove_dir(&path).unwrap();
    // A call that began just before the mark.
    let mut said = Conversation::new(owner);
    house.store.journal(said.live());
    house.store.commit().await.unwrap();
    house.deleter.run_pass(now()).await.unwrap();
    let call = read(&house.store, |connection| query::call(connection, owner, said.call_id));
    assert!(call.is_some(), "a live call is not deleted");
    assert!(house.log().is_empty());

    house.store.journal(said.ended(NextStep::Hangup));
    house.store.commit().await.unwrap();
    house.deleter.run_pass(now()).await.unwrap();
    // The last costs are reported after the end.
    house.store.journal(vec![said.entry(Decision::Charged { model: "m".to_owned(), cost_micros: 5 })]);
    house.store.commit().await.unwrap();
    assert!(house.log().is_empty(), "its journal may not be complete yet");

    house.deleter.run_pass(now() + 2 * RECORDING_SETTLED_MS).await.unwrap();
    assert!(house.left(owner).is_empty(), "{:?}", house.left(owner));
    assert_eq!(house.log().len(), 1);
}
