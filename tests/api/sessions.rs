//! The places where a user is signed in, and changes of the password with the current one.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::floor::last_done;
use crate::people::{PASSWORD, bearer, owner, post};
use crate::setup::Setup;

const SESSIONS: &str = "/api/v1/auth/sessions";
const EMAIL: &str = "ada@example.com";
const NEW: &str = "a quite different battery";

fn login(setup: &Setup, password: &str) -> Answer {
    post(setup, "/api/v1/auth/login", json!({ "email": EMAIL, "password": password }))
}

fn signed_in(setup: &Setup) -> Value {
    let answer = login(setup, PASSWORD);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["access_token"].clone()
}

fn listed(setup: &Setup, token: &Value) -> Vec<Value> {
    let answer = bearer(setup, "GET", SESSIONS, token, &Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["items"].as_array().unwrap().clone()
}

fn is_in(setup: &Setup, token: &Value) -> bool {
    bearer(setup, "GET", "/api/v1/auth/me", token, &Value::Null).status == 200
}

fn change(setup: &Setup, token: &Value, present: &str, password: &str) -> Answer {
    let body = json!({ "present": present, "password": password });
    bearer(setup, "POST", "/api/v1/auth/password", token, &body)
}

#[test]
fn users_see_their_sessions_and_can_end_them() {
    let setup = Setup::open();
    let ada = owner(&setup, EMAIL);
    let (phone, shop) = (signed_in(&setup), signed_in(&setup));
    let all = listed(&setup, &phone);
    assert_eq!(all.iter().filter(|one| one["is_current"] == true).count(), 1);
    assert!(all.iter().all(|one| one["kind"] == "program" && one["address"] == "127.0.0.1"), "{all:?}");
    assert!(all.iter().all(|one| one.get("secret_hash").is_none()), "{all:?}");
    let of_shop = listed(&setup, &shop).into_iter().find(|one| one["is_current"] == true).unwrap();
    let of_shop = format!("{SESSIONS}/{}", of_shop["id"].as_str().unwrap());

    assert_eq!(bearer(&setup, "DELETE", &of_shop, &phone, &Value::Null).status, 204);
    assert_eq!(last_done(&setup).0, "session.ended");
    assert!(!is_in(&setup, &shop) && is_in(&setup, &phone));
    assert_eq!(bearer(&setup, "DELETE", &of_shop, &phone, &Value::Null).problem_code(404), "not_found");

    assert_eq!(bearer(&setup, "DELETE", SESSIONS, &phone, &Value::Null).status, 204);
    assert_eq!(last_done(&setup).0, "session.others_ended");
    assert!(!is_in(&setup, &ada) && is_in(&setup, &phone));
    assert_eq!(listed(&setup, &phone).len(), 1);
    // The admin token is no user.
    assert_eq!(setup.get(SESSIONS).problem_code(409), "no_user");
}

#[test]
fn changing_the_password_needs_it_and_ends_other_sessions() {
    let setup = Setup::open();
    let (ada, phone) = (owner(&setup, EMAIL), signed_in(&setup));
    assert_eq!(change(&setup, &phone, "not my password", NEW).problem_code(401), "wrong_credentials");
    assert_eq!(change(&setup, &phone, PASSWORD, "short").problem_code(422), "invalid");
    assert!(is_in(&setup, &ada), "a wrong guess ends no session");

    assert_eq!(change(&setup, &phone, PASSWORD, NEW).status, 204);
    let (action, detail) = last_done(&setup);
    assert_eq!(action, "password.changed");
    assert!(!detail.contains(NEW), "{detail}");
    assert!(is_in(&setup, &phone) && !is_in(&setup, &ada), "the other sessions end, and this one continues");
    assert_eq!(login(&setup, PASSWORD).problem_code(401), "wrong_credentials");
    assert_eq!(login(&setup, NEW).status, 200);
}

#[test]
fn late_bodies_of_ended_sign_ins_change_nothing() {
    let setup = Setup::open();
    let ada = owner(&setup, EMAIL);
    let phone = signed_in(&setup);
    let body = json!({ "name": "Eve" }).to_string();
    let mut stream = TcpStream::connect(setup.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "POST /api/v1/customers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        phone.as_str().unwrap(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // It comes after the head, which has passed the gate by then.
    assert!(is_in(&setup, &phone));
    assert_eq!(bearer(&setup, "DELETE", SESSIONS, &ada, &Value::Null).status, 204);
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(Answer::parse(&answer).problem_code(401), "unauthorized");
    assert_eq!(setup.json("/api/v1/customers")["items"], json!([]));
}

#[test]
fn a_stolen_session_can_not_guess_the_password() {
    let setup = Setup::open();
    let ada = owner(&setup, EMAIL);
    let guesses: Vec<u16> =
        (0..7).map(|number| change(&setup, &ada, &format!("guess {number}"), NEW).status).collect();
    assert_eq!(guesses, [401, 401, 401, 401, 401, 429, 429]);
    assert_eq!(change(&setup, &ada, PASSWORD, NEW).problem_code(429), "too_many_attempts");
    assert_eq!(login(&setup, PASSWORD).status, 200, "the guesses do not block a sign-in");
}

#[test]
fn the_page_language_belongs_to_the_account() {
    let setup = Setup::open();
    let ada = owner(&setup, EMAIL);
    let elsewhere = signed_in(&setup);
    let shown = |token: &Value| {
        bearer(&setup, "GET", "/api/v1/auth/me", token, &Value::Null).json()["language"].clone()
    };
    let set = |body: Value| bearer(&setup, "PATCH", "/api/v1/auth/me", &ada, &body);
    assert_eq!(shown(&ada), Value::Null, "the browser decides");
    let chosen = set(json!({ "language": "de" }));
    assert_eq!((chosen.status, &chosen.json()["language"]), (200, &json!("de")));
    assert_eq!(shown(&elsewhere), "de");
    // A page gets it with its session.
    let page = post(&setup, "/api/v1/auth/session", json!({ "email": EMAIL, "password": PASSWORD }));
    let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let session = setup.request("GET", "/api/v1/auth/session", &[("Cookie", &cookie)]).json();
    assert_eq!(session["language"], "de");
    // A body without members changes nothing; null lets the browser decide again.
    assert_eq!(set(json!({})).json()["language"], "de");
    for wrong in [json!({ "language": "tlh" }), json!({ "name": "Ada" })] {
        assert_eq!(set(wrong.clone()).problem_code(422), "invalid", "{wrong}");
    }
    assert_eq!(set(json!({ "language": null })).json()["language"], Value::Null);
    assert_eq!(shown(&elsewhere), Value::Null);
    // The admin token is no user.
    let nobody = setup.send("PATCH", "/api/v1/auth/me", &json!({ "language": "de" }));
    assert_eq!(nobody.problem_code(409), "no_user");
}
