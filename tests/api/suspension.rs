//! Suspending, resuming and deleting an organization by the operator.

use cordboard::organization_deletion::OrganizationDeleter;
use cordboard::recordings::RecordingFiles;
use cordboard::store::query;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::limits::RECORDING_SETTLED_MS;
use cordboard_schema::permission::Role;
use serde_json::{Value, json};

use crate::entries::{Conversation, now};
use crate::isolation::{another_organization, somebody};
use crate::people::{PASSWORD, bearer, owner, post};
use crate::setup::{Answer, Setup};

/// An operator, and an organization with an owner, a program and a talk link.
struct House {
    setup: Setup,
    /// The operator's access token.
    operator: Value,
    organization: String,
    /// The access token of its owner.
    eve: Value,
    /// The API token of its program.
    program: Value,
    /// Path of its talk link.
    talk: String,
}

impl House {
    fn open() -> Self {
        let setup = Setup::open();
        let operator = owner(&setup, "ada@example.com");
        let organization = another_organization(&setup);
        let eve = somebody(&setup, organization, Role::Owner);
        let made = |path: &str, body: Value| {
            let answer = bearer(&setup, "POST", path, &eve, &body);
            assert_eq!(answer.status, 201, "{path}: {answer:?}");
            answer.json()
        };
        let program = made("/api/v1/api-tokens", json!({ "name": "export", "scopes": ["calls_read"] }));
        let profiles = bearer(&setup, "GET", "/api/v1/agent-profiles", &eve, &Value::Null).json();
        let link =
            made("/api/v1/talk-links", json!({ "name": "x", "profile_id": profiles["items"][0]["id"] }));
        let talk = format!("/api/v1/talk/{}", link["url"].as_str().unwrap().rsplit('/').next().unwrap());
        let (organization, program) = (organization.to_string(), program["token"].clone());
        Self { setup, operator, organization, eve, program, talk }
    }

    fn act(&self, token: &Value, act: &str) -> Answer {
        let path = format!("/api/v1/organizations/{}/{act}", self.organization);
        bearer(&self.setup, "POST", &path, token, &Value::Null)
    }

    /// Requests its deletion, with this name in the form of a query.
    fn delete(&self, token: &Value, name: &str) -> Answer {
        let path = format!("/api/v1/organizations/{}?name={name}", self.organization);
        bearer(&self.setup, "DELETE", &path, token, &Value::Null)
    }

    /// Returns the organizations, as the operator sees them.
    fn all(&self) -> Vec<Value> {
        let all = bearer(&self.setup, "GET", "/api/v1/organizations", &self.operator, &Value::Null).json();
        all["items"].as_array().unwrap().clone()
    }

    fn login(&self) -> Answer {
        let body = json!({ "email": "owner@other.example", "password": PASSWORD });
        post(&self.setup, "/api/v1/auth/login", body)
    }

    /// Returns the statuses of a request of the owner, of the program and of a visitor.
    fn opens(&self) -> [u16; 3] {
        let me = bearer(&self.setup, "GET", "/api/v1/auth/me", &self.eve, &Value::Null).status;
        let calls = bearer(&self.setup, "GET", "/api/v1/calls", &self.program, &Value::Null).status;
        [me, calls, self.setup.request("GET", &self.talk, &[]).status]
    }

    /// Whether it has a profile with which calls could begin.
    fn has_calls(&self) -> bool {
        let read = self.setup.store.reads().run(query::published_profiles_everywhere);
        let published = self.setup.block_on(read).unwrap().found;
        published.iter().any(|one| one.profile.organization_id.to_string() == self.organization)
    }
}

#[test]
fn nobody_can_use_a_suspended_organization_until_it_resumes() {
    let house = House::open();
    assert_eq!((house.opens(), house.has_calls()), ([200; 3], true));
    assert_eq!(
        house.act(&house.eve, "suspend").problem_code(403),
        "forbidden",
        "only the operator may suspend"
    );
    let suspended = house.act(&house.operator, "suspend");
    assert_eq!(suspended.status, 200, "{suspended:?}");
    let suspended = suspended.json();
    assert!(suspended["suspended_at"].is_string(), "{suspended}");
    assert_eq!(house.act(&house.operator, "suspend").json(), suspended, "the time of the suspension stays");
    assert_eq!((house.opens(), house.has_calls()), ([401, 401, 404], false));
    assert_eq!(house.login().problem_code(403), "organization_suspended");
    let wrong = json!({ "email": "owner@other.example", "password": "a guessed one" });
    let wrong = post(&house.setup, "/api/v1/auth/login", wrong);
    assert_eq!(wrong.problem_code(401), "wrong_credentials", "the suspension is not revealed to others");
    let all = bearer(&house.setup, "GET", "/api/v1/organizations", &house.operator, &Value::Null).json();
    let since: Vec<&Value> =
        all["items"].as_array().unwrap().iter().map(|one| &one["suspended_at"]).collect();
    assert_eq!(since, [&Value::Null, &suspended["suspended_at"]], "{all}");
    let first: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|one| &one["is_first"]).collect();
    assert_eq!((first, &suspended["is_first"]), (vec![&json!(true), &json!(false)], &json!(false)), "{all}");

    assert_eq!(house.act(&house.operator, "resume").json()["suspended_at"], Value::Null);
    assert_eq!((house.opens(), house.has_calls()), ([401, 200, 200], true), "people have to sign in again");
    assert_eq!(house.login().status, 200);
    let log = bearer(&house.setup, "GET", "/api/v1/audit-log", &house.operator, &Value::Null).json();
    let lines = log["items"].as_array().unwrap().iter().filter_map(|line| line["action"].as_str());
    let lines: Vec<&str> =
        lines.filter(|action| matches!(*action, "organization.suspended" | "organization.resumed")).collect();
    assert_eq!(lines, ["organization.resumed", "organization.suspended"]);
}

#[test]
fn the_first_organization_is_never_suspended() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let path = format!("/api/v1/organizations/{}/suspend", setup.store.organization_id());
    assert_eq!(bearer(&setup, "POST", &path, &ada, &Value::Null).problem_code(403), "not_allowed");
    let path = format!("/api/v1/organizations/{}?name=First%20organization", setup.store.organization_id());
    assert_eq!(bearer(&setup, "DELETE", &path, &ada, &Value::Null).problem_code(403), "not_allowed");
    assert_eq!(bearer(&setup, "GET", "/api/v1/auth/me", &ada, &Value::Null).status, 200);
}

#[test]
fn a_suspended_organization_is_deleted_if_its_name_is_repeated() {
    const NAME: &str = "The%20other%20one";
    let house = House::open();
    let operator = &house.operator;
    assert_eq!(house.delete(&house.eve, NAME).problem_code(403), "forbidden");
    assert_eq!(house.delete(operator, NAME).problem_code(409), "not_suspended");
    assert_eq!(house.act(operator, "suspend").status, 200);
    let wrong = house.delete(operator, "The%20Other%20One");
    assert_eq!(wrong.problem_code(422), "invalid");
    let fault = &wrong.json()["errors"][0];
    assert_eq!((&fault["field"], &fault["code"]), (&json!("name"), &json!("organization_name")));
    let mut said = Conversation::new(house.organization.parse().unwrap());
    house.setup.journal(said.live());
    assert_eq!(house.delete(operator, NAME).problem_code(409), "calls_live");
    house.setup.journal(said.ended(NextStep::Hangup));

    let begun = house.delete(operator, NAME);
    assert_eq!(begun.status, 202, "{begun:?}");
    let begun = begun.json();
    assert!(begun["deleting_since"].is_string(), "{begun}");
    assert_eq!(house.delete(operator, NAME).json(), begun, "the mark stays");
    assert_eq!(house.act(operator, "resume").problem_code(409), "being_deleted");
    assert_eq!(house.act(operator, "suspend").json(), begun);
    let all = house.all();
    assert_eq!((&all[0]["deleting_since"], &all[1]), (&Value::Null, &begun));
    assert!(house.login().problem(403).contains("is suspended"));

    let files = RecordingFiles::new(house.setup.recording_path(""), None);
    let deleter = OrganizationDeleter { store: house.setup.store.clone(), files, accounts: None };
    house.setup.block_on(deleter.run_pass(now() + 2 * RECORDING_SETTLED_MS)).unwrap();
    assert_eq!(house.all().len(), 1);
    assert_eq!(house.delete(operator, NAME).problem_code(404), "not_found");
    assert_eq!((house.opens(), house.has_calls()), ([401, 401, 404], false));
    assert_eq!(house.login().problem_code(401), "wrong_credentials");
    let log = bearer(&house.setup, "GET", "/api/v1/audit-log", operator, &Value::Null).json();
    let of = |action: &str| {
        let mut lines = log["items"].as_array().unwrap().iter();
        lines.find(|line| line["action"] == action).unwrap_or_else(|| panic!("{action}: {log}"))
    };
    let (asked, done) = (of("organization.deletion_begun"), of("organization.deleted"));
    assert_eq!((&asked["subject"], &asked["actor"]), (&json!(house.organization), &done["actor"]));
    assert_eq!(asked["detail"], "The other one");
    assert_eq!(done["detail"], "The other one: calls 1, users 1");
}
