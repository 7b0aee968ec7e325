//! Unreadable rows of one organization: every command that opens the database continues, and calls of the other organizations are answered.

use std::net::SocketAddr;
use std::path::Path;

use cordboard::store::{Connection, Store, StoreError, StoreSettings, change};
use diesel::connection::SimpleConnection as _;

use super::{FREE_PORTS, Server, addresses_of, cordboard, stderr, stdout};

/// With these rows, nothing of the organization can be read.
const SPOILED: [&str; 7] = [
    "INSERT INTO dial_policies (organization_id, numbers_allowed, per_call_max, per_day_max) VALUES ('{id}', '[', -1, -1)",
    "INSERT INTO grants (organization_id, kind, name) VALUES ('{id}', 'everything', 'x')",
    "INSERT INTO extensions (organization_id, name, title, target, created_at) \
     VALUES ('{id}', 'sales', '', 'nowhere', '2026-10-24 00:00:00')",
    "INSERT INTO business_profiles (organization_id, revision, profile, updated_at) \
     VALUES ('{id}', 1, '[', '2026-10-24 00:00:00')",
    "INSERT INTO integrations (organization_id, kind, settings, secrets, updated_at) \
     VALUES ('{id}', 'nothing', '[', '[', '2026-10-24 00:00:00')",
    "UPDATE agent_profiles SET tools = '[' WHERE organization_id = '{id}'",
    "UPDATE agent_profile_versions SET profile = '[' WHERE organization_id = '{id}'",
];

/// A database with two organizations, one of them unreadable: the first one or the other.
fn spoiled(folder: &Path, is_first: bool) {
    let store = Store::open(&StoreSettings::file(folder.join("cordboard-data/cordboard.db"))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = runtime.block_on(store.change(make)).unwrap();
    let spoiled = if is_first { store.organization_id() } else { other };
    let id = spoiled.to_string();
    let spoil = move |connection: &mut Connection| {
        for statement in SPOILED {
            connection.batch_execute(&statement.replace("{id}", &id))?;
        }
        Ok::<_, StoreError>(())
    };
    runtime.block_on(store.change(spoil)).unwrap();
    runtime.block_on(store.close(std::time::Duration::from_secs(10)));
}

#[test]
fn start_backup_and_restore_work_and_others_calls_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    spoiled(folder, false);
    for words in [&["migrate"][..], &["migrate", "--plan"], &["backup", "monday.tar.gz"]] {
        let output = cordboard(folder, words, &FREE_PORTS);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", stderr(&output));
    }
    let other = [&FREE_PORTS[..], &[("CORDBOARD_DATA_DIR", "restored")]].concat();
    let restored = cordboard(folder, &["restore", "monday.tar.gz"], &other);
    assert_eq!(restored.status.code(), Some(0), "{}", stderr(&restored));

    let mut server = Server::start(folder, &[]);
    let addresses = addresses_of(&mut server);
    let audiosocket: SocketAddr = addresses["audiosocket"].as_str().unwrap().parse().unwrap();
    let call = cordboard(folder, &["call", "--to", &audiosocket.to_string(), "--dtmf", "9"], &[]);
    let said = format!("{}{}", stdout(&call), stderr(&call));
    assert_eq!(call.status.code(), Some(0), "{said}");
    let http = addresses["http"].as_str().unwrap().to_owned();
    let settings = [("CORDBOARD_HTTP__LISTEN", http.as_str())];
    let doctor = cordboard(folder, &["doctor", "--json"], &[&FREE_PORTS[1..], &settings].concat());
    let found = stdout(&doctor);
    for work in ["profiles of 1 organizations", "dialling of 1 organizations"] {
        assert!(found.contains(work), "{found}");
    }
}

#[test]
fn a_server_starts_though_the_first_organization_is_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    spoiled(folder.path(), true);
    let mut server = Server::start(folder.path(), &[]);
    assert!(addresses_of(&mut server)["http"].is_string());
}
