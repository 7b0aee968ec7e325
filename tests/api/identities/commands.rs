//! Permissions of commands over the control socket.

use std::collections::BTreeSet;

use cordboard_schema::permission::{Permission, Role};
use cordboard_schema::wire::control::Command;
use cordboard_test_support::control::Program;
use serde_json::{Value, json};
use uuid::Uuid;

use super::table::{self, CommandRow};
use super::{setup, who};
use crate::entries::Conversation;
use crate::isolation::{another_organization, somebody};
use crate::setup::{ADMIN, Setup};

/// Returns the rows, one for each command.
fn rows() -> Vec<CommandRow> {
    let rows = table::commands();
    let named: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    for name in Command::NAMES {
        assert!(
            named.contains(name),
            "the command {name} has no row in tests/api/identities/commands.txt. Write: {name}  the permission that it takes  \
             {{\"its\": \"members\"}}"
        );
    }
    assert!(named.iter().all(|name| Command::NAMES.contains(name)), "a row is of no command: {named:?}");
    rows
}

impl CommandRow {
    /// Returns the command for this call and profile.
    fn on(&self, call: &str, profile: &str) -> Value {
        let text = self.body.replace("CALL", call).replace("PROFILE", profile);
        let mut command: Value = serde_json::from_str(&text).unwrap();
        command["command"] = json!(self.name);
        command
    }
}

/// Returns the answer to a socket of this token: the kind of the error, empty on success.
fn told(program: &mut Program, command: Value) -> String {
    let answer = program.ask(command);
    answer["error"]["kind"].as_str().unwrap_or_default().to_owned()
}

fn absent() -> String {
    Uuid::now_v7().to_string()
}

#[test]
fn each_command_requires_the_permission_in_its_row() {
    let setup = setup();
    let rows = rows();
    let mut asked = 0;
    let mut check = |program: &mut Program, name: &str, may: &dyn Fn(Permission) -> bool| {
        for row in &rows {
            let told = told(program, row.on(&absent(), &absent()));
            assert_eq!(told == "forbidden", !may(row.takes), "{}, of {name}: {told:?}", row.name);
            asked += 1;
        }
    };
    let mut admin = Program::connect(setup.address, ADMIN);
    check(&mut admin, "the admin token", &|_| true);
    for scope in Permission::ALL.iter().filter(|scope| **scope != Permission::Installation) {
        let scopes = [Permission::CallsControl, *scope];
        let body = json!({ "name": scope, "scopes": scopes });
        let token = setup.send("POST", "/api/v1/api-tokens", &body).json()["token"].clone();
        let mut program = Program::connect(setup.address, token.as_str().unwrap());
        check(&mut program, &format!("a token of calls_control and {scope}"), &|takes| {
            scopes.contains(&takes)
        });
        program.close();
    }
    for role in [Role::Supervisor, Role::Admin, Role::Owner] {
        let user = who::user(&setup, role.as_str(), role).access(&setup);
        let mut program = Program::connect(setup.address, &user);
        // Written out, not derived from the roles: supervisors change no profiles.
        let may = |takes| role != Role::Supervisor || takes != Permission::ProfilesWrite;
        check(&mut program, role.as_str(), &may);
        program.close();
    }
    println!("{} commands, {asked} asked", rows.len());
}

#[test]
fn commands_treat_another_organizations_call_or_profile_as_absent() {
    let setup = setup();
    setup.answers.lock().unwrap().instruct = Ok(());
    setup.answers.lock().unwrap().end_call = Ok(());
    let (call, profile) = rows_of(&setup);
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    let mut eve = Program::connect(setup.address, eve.as_str().unwrap());
    let mut admin = Program::connect(setup.address, ADMIN);
    for row in rows().iter().filter(|row| row.body.contains("CALL") || row.body.contains("PROFILE")) {
        let missing = (absent(), absent());
        let ids = [&call, &profile, &missing.0, &missing.1];
        let mut of = |call: &str, profile: &str| {
            let answer = eve.ask(row.on(call, profile));
            ids.iter().fold(answer["error"].to_string(), |told, id| told.replace(id.as_str(), "ID"))
        };
        let (foreign, absent) = (of(&call, &profile), of(&missing.0, &missing.1));
        assert_eq!(foreign, absent, "{}", row.name);
        assert!(foreign.contains("not_found"), "{}: {foreign}", row.name);
        assert_eq!(told(&mut admin, row.on(&call, &profile)), "", "{}: the command was not tried", row.name);
    }
    let heard = setup.heard();
    assert!(heard.iter().all(|told| told.contains(&call)), "{heard:?}");
}

/// Creates a live call and a profile of the first organization.
fn rows_of(setup: &Setup) -> (String, String) {
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let profiles = setup.json("/api/v1/agent-profiles");
    let profile = profiles["items"][0]["id"].as_str().unwrap().to_owned();
    (said.call_id.to_string(), profile)
}
