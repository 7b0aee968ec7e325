//! People at their desks, and helpers that read answers about them.

use cordboard::web::{NewAccount, add_user};
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::UserId;
use cordboard_schema::permission::Role;
use serde_json::{Value, json};

use crate::people::{PASSWORD, bearer, post};
use crate::setup::{Answer, Setup};

/// A user who is signed in.
pub(crate) struct Person {
    pub(crate) id: Value,
    pub(crate) token: Value,
}

impl Person {
    /// Creates a user of the first organization.
    pub(crate) fn of(setup: &Setup, name: &str, role: Role) -> Self {
        let email = format!("{}@example.com", name.to_lowercase());
        let account = NewAccount {
            organization_id: setup.store.organization_id(),
            email: email.clone(),
            name: name.to_owned(),
            role,
            password: PASSWORD.to_owned(),
        };
        setup.block_on(add_user(&setup.store, account, Actor::Installation)).unwrap();
        let login = post(setup, "/api/v1/auth/login", json!({ "email": email, "password": PASSWORD })).json();
        Self { id: login["user"]["id"].clone(), token: login["access_token"].clone() }
    }

    /// Returns their id as journals have it.
    pub(crate) fn user_id(&self) -> UserId {
        self.id.as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn send(&self, setup: &Setup, method: &str, path: &str, body: &Value) -> Answer {
        bearer(setup, method, path, &self.token, body)
    }

    /// Returns their path below this collection.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{path}/{}", self.id.as_str().unwrap())
    }
}

/// Returns the names of the invalid members, from an answer that refuses a body.
pub(crate) fn faulty(answer: &Answer) -> Vec<String> {
    answer.problem(422);
    let answer = answer.json();
    let fields = answer["errors"].as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap());
    fields.map(str::to_owned).collect()
}

/// Returns the newest line of the audit log: the action and its detail.
pub(crate) fn last_done(setup: &Setup) -> (String, String) {
    let log = setup.json("/api/v1/audit-log");
    let word = |member: &str| log["items"][0][member].as_str().unwrap().to_owned();
    (word("action"), word("detail"))
}

/// Returns the values of a member of all items of a list.
pub(crate) fn each(list: &Value, member: &str) -> Vec<Value> {
    list["items"].as_array().unwrap().iter().map(|item| item[member].clone()).collect()
}
