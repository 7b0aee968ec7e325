//! The index with which SQLite finds live calls. PostgreSQL chooses by statistics, so an empty one shows nothing.

use cordboard::store::{Connection, StoreError, StoreSettings, migrate, query};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::OrganizationId;
use uuid::Uuid;

use super::plans::plans;

/// Returns the steps with which SQLite executes the first statement of `ask`.
fn plan(file: &str, ask: impl FnOnce(&mut Connection) -> Result<Vec<Call>, StoreError>) -> Vec<String> {
    let plans = plans(file, |connection| assert!(ask(connection).unwrap().is_empty()));
    plans.into_iter().next().unwrap().steps
}

#[test]
fn live_calls_are_found_without_reading_finished_ones() {
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
