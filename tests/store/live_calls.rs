//! By which index SQLite finds the calls that are not over. PostgreSQL chooses by what it counts, so that an empty one tells nothing.

use std::sync::{Arc, Mutex};

use cordboard::store::{Connection, StoreError, StoreSettings, migrate, query};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::OrganizationId;
use diesel::Connection as _;
use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The steps by which SQLite carries out the first statement that `ask` sends.
fn plan(file: &str, ask: impl FnOnce(&mut Connection) -> Result<Vec<Call>, StoreError>) -> Vec<String> {
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut sqlite = SqliteConnection::establish(file).unwrap();
    sqlite.set_instrumentation({
        let sent = sent.clone();
        move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                sent.lock().unwrap().push(query.to_string());
            }
        }
    });
    assert!(ask(&mut Connection::Sqlite(sqlite)).unwrap().is_empty());
    let first = sent.lock().unwrap()[0].clone();
    let (statement, _) = first.split_once(" -- binds: ").unwrap();
    let explain = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
    let steps: Vec<Step> = explain.load(&mut SqliteConnection::establish(file).unwrap()).unwrap();
    steps.into_iter().map(|step| step.detail).collect()
}

#[test]
fn live_calls_are_found_without_reading_those_that_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db");
    migrate(&StoreSettings::file(&file)).unwrap();
    let file = file.display().to_string();
    let organization_id = OrganizationId(Uuid::now_v7());
    assert_eq!(
        plan(&file, |connection| query::live_calls_everywhere(connection, 100)),
        ["SCAN calls USING INDEX live_calls"]
    );
    assert_eq!(
        plan(&file, |connection| query::live_calls(connection, organization_id, 100)),
        ["SEARCH calls USING INDEX live_calls_of_organization (organization_id=?)"]
    );
}
