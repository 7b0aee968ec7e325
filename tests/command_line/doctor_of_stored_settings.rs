//! `doctor` with a database whose profiles and agents need external services.

use std::path::Path;
use std::time::Duration;

use cordboard::store::{Connection, Store, StoreError, StoreSettings, change};
use cordboard_schema::agent::{Agent, AgentAudio};
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::permission::Role;
use cordboard_tables::rows::UserRow;
use diesel::connection::SimpleConnection as _;
use uuid::Uuid;

use super::{FREE_PORTS, cordboard, stdout};

/// An agent of the organization who may sign in.
fn agent(organization_id: OrganizationId) -> UserRow {
    UserRow {
        id: Uuid::now_v7().to_string(),
        organization_id: organization_id.to_string(),
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        role: Role::Agent.as_str().to_owned(),
        status: "active".to_owned(),
        password_hash: String::new(),
        totp_secret: None,
        totp_pending: None,
        totp_step: 0,
        recovery_codes: "[]".to_owned(),
        created_at: chrono::Utc::now().naive_utc(),
        last_sign_in_at: None,
        language: None,
    }
}

/// A database whose profile falls back to Deepgram, and whose agent talks on a phone.
fn furnished(folder: &Path) -> OrganizationId {
    let store = Store::open(&StoreSettings::file(folder.join("cordboard-data/cordboard.db"))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let first = store.organization_id();
    let furnish = move |connection: &mut Connection| {
        let user = agent(first);
        let id = UserId(user.id.parse().unwrap());
        change::create_user(connection, &user)?;
        let by_phone = Agent::new(first, id, user.name);
        let extension = Some("200".to_owned());
        change::set_agent(connection, &Agent { extension, audio: AgentAudio::Phone, ..by_phone })?;
        connection.batch_execute(
            "UPDATE agent_profile_versions SET profile = json_set(profile, '$.voices', json('[{\"provider\":\"deepgram\"}]'))",
        )?;
        Ok::<_, StoreError>(())
    };
    runtime.block_on(store.change(furnish)).unwrap();
    runtime.block_on(store.close(Duration::from_secs(10)));
    first
}

/// The doctor's exit code and table, with these settings.
fn doctor(folder: &Path, settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let one = [("CORDBOARD_CALLS__MAX", "1")];
    let output = cordboard(folder, &["doctor"], &[&FREE_PORTS[..], &one, settings].concat());
    (output.status.code(), stdout(&output))
}

#[test]
fn the_doctor_names_voices_and_phones_that_can_not_work() {
    let folder = tempfile::tempdir().unwrap();
    let first = furnished(folder.path());
    let (code, said) = doctor(folder.path(), &[("CORDBOARD_EXTENSIONS__200", "internal,200,1")]);
    assert_eq!(code, Some(1), "{said}");
    let phone = format!("no switch can ring 200 of the organization {first}: the organization has none");
    for part in [phone.as_str(), "there is no account at deepgram: the profile receptionist names it"] {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
    let (_, said) = doctor(folder.path(), &[]);
    assert!(said.contains("there is no extension of that name"), "{said}");
}
