//! A user's new e-mail address at a server without mail: somebody who may change users sets it. With mail: `tests/virtual/mail.rs`.

use cordboard_schema::permission::Role;
use serde_json::{Value, json};

use crate::isolation::{another_organization, somebody};
use crate::people::{PASSWORD, bearer, owner, post};
use crate::setup::{ADMIN, Answer, Setup};

/// The agent's new address.
const NEW: &str = "grace@example.net";

fn me(setup: &Setup, token: &Value) -> Answer {
    bearer(setup, "GET", "/api/v1/auth/me", token, &Value::Null)
}

/// The path at which the address of this token's user is set.
fn path_of(setup: &Setup, token: &Value) -> String {
    format!("/api/v1/users/{}/email", me(setup, token).json()["user"]["id"].as_str().unwrap())
}

fn login(setup: &Setup, email: &str) -> Answer {
    post(setup, "/api/v1/auth/login", json!({ "email": email, "password": PASSWORD }))
}

#[test]
fn an_address_is_set_by_somebody_who_may_change_users() {
    let setup = Setup::open();
    let (ada, first) = (owner(&setup, "ada@example.com"), setup.store.organization_id());
    let [grace, linus] = [Role::Agent, Role::Admin].map(|role| somebody(&setup, first, role));
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    let (path, owners) = (path_of(&setup, &grace), path_of(&setup, &ada));
    let set = |path: &str, token: &Value, (email, password): (&str, &str)| {
        bearer(&setup, "POST", path, token, &json!({ "email": email, "password": password }))
    };
    let invited =
        bearer(&setup, "POST", "/api/v1/invitations", &ada, &json!({ "email": NEW, "role": "agent" })).json();
    set(&path, &eve, (NEW, PASSWORD)).problem(404);
    assert_eq!(set(&path, &grace, (NEW, PASSWORD)).problem_code(403), "forbidden");
    assert_eq!(set(&path, &json!(ADMIN), (NEW, PASSWORD)).problem_code(409), "no_user");
    assert_eq!(set(&path, &linus, (NEW, "a guessed one")).problem_code(401), "wrong_credentials");
    assert_eq!(set(&path, &linus, ("nobody", PASSWORD)).problem_code(422), "invalid");
    for taken in ["Ada@Example.com", "owner@other.example"] {
        assert_eq!(set(&path, &linus, (taken, PASSWORD)).problem_code(409), "email_taken", "{taken}");
    }
    assert_eq!(set(&owners, &linus, (NEW, PASSWORD)).problem_code(403), "not_allowed", "it is an owner's");
    assert_eq!(me(&setup, &grace).json()["user"]["email"], json!("agent@other.example"));

    let answer = set(&path, &linus, (" Grace@Example.NET ", PASSWORD));
    assert_eq!((answer.status, answer.json()["email"].clone()), (200, json!(NEW)), "{answer:?}");
    assert_eq!(me(&setup, &grace).status, 401, "every sign-in of hers ends");
    assert_eq!(login(&setup, "agent@other.example").problem_code(401), "wrong_credentials");
    let signed_in = login(&setup, NEW);
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    assert_eq!(set(&path, &linus, (NEW, PASSWORD)).status, 200, "a repeated request succeeds");
    assert_eq!(me(&setup, &signed_in.json()["access_token"]).status, 200, "there was nothing to change");
    let token = invited["url"].as_str().unwrap().split_once("#token=").unwrap().1;
    post(&setup, "/api/v1/auth/invitations/look", json!({ "token": token })).problem(404);
    let log = bearer(&setup, "GET", "/api/v1/audit-log", &ada, &Value::Null).json();
    let lines: Vec<&Value> =
        log["items"].as_array().unwrap().iter().filter(|line| line["action"] == "user.email_set").collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert_eq!(lines[0]["detail"], json!("from agent@other.example to grace@example.net"));
}

#[test]
fn without_mail_owners_set_their_own_address_and_others_ask() {
    let setup = Setup::open();
    let (ada, first) = (owner(&setup, "ada@example.com"), setup.store.organization_id());
    let grace = somebody(&setup, first, Role::Agent);
    let request = |token: &Value, password: &str| {
        let body = json!({ "email": NEW, "password": password });
        bearer(&setup, "POST", "/api/v1/auth/email", token, &body)
    };
    assert_eq!(request(&grace, "a guessed one").problem_code(401), "wrong_credentials");
    assert_eq!(request(&json!(ADMIN), PASSWORD).problem_code(409), "no_user");
    let refused = request(&grace, PASSWORD);
    assert_eq!(refused.problem_code(409), "no_mail_server");
    assert!(refused.problem(409).contains("an owner or an administrator"), "{refused:?}");
    let elsewhere = login(&setup, "ada@example.com").json()["access_token"].clone();
    let body = json!({ "email": "ada@example.net", "password": PASSWORD });
    let own = bearer(&setup, "POST", &path_of(&setup, &ada), &ada, &body);
    assert_eq!(own.status, 200, "{own:?}");
    assert_eq!(me(&setup, &ada).json()["user"]["email"], json!("ada@example.net"));
    assert_eq!(me(&setup, &elsewhere).status, 401, "only the sign-in that asked stays");
}

#[test]
fn made_up_links_do_not_reveal_which_addresses_are_taken() {
    let setup = Setup::open();
    owner(&setup, "ada@example.com");
    // The addresses are `ada@example.com` and `eve@example.com`.
    let answers = ["YWRhQGV4YW1wbGUuY29t", "ZXZlQGV4YW1wbGUuY29t"].map(|address| {
        let token = json!({ "token": format!("guessed..{address}") });
        post(&setup, "/api/v1/auth/email/confirm", token)
    });
    answers[0].problem(404);
    assert_eq!((answers[0].status, &answers[0].body), (answers[1].status, &answers[1].body));
    for evil in ["", "' OR '1'='1", "guessed..\u{1F511}"] {
        post(&setup, "/api/v1/auth/email/confirm", json!({ "token": evil })).problem(404);
    }
}
