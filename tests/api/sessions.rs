//! The places where a user is signed in, and a change of password with the present one.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::floor::last_done;
use crate::house::House;
use crate::people::{PASSWORD, bearer, owner, post};

const SESSIONS: &str = "/api/v1/auth/sessions";
const EMAIL: &str = "ada@example.com";
const NEW: &str = "a quite different battery";

fn login(house: &House, password: &str) -> Answer {
    post(house, "/api/v1/auth/login", json!({ "email": EMAIL, "password": password }))
}

fn signed_in(house: &House) -> Value {
    let answer = login(house, PASSWORD);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["access_token"].clone()
}

fn listed(house: &House, token: &Value) -> Vec<Value> {
    let answer = bearer(house, "GET", SESSIONS, token, &Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["items"].as_array().unwrap().clone()
}

fn is_in(house: &House, token: &Value) -> bool {
    bearer(house, "GET", "/api/v1/auth/me", token, &Value::Null).status == 200
}

fn change(house: &House, token: &Value, present: &str, password: &str) -> Answer {
    let body = json!({ "present": present, "password": password });
    bearer(house, "POST", "/api/v1/auth/password", token, &body)
}

#[test]
fn somebody_sees_where_they_are_signed_in_and_ends_it() {
    let house = House::open();
    let ada = owner(&house, EMAIL);
    let (phone, shop) = (signed_in(&house), signed_in(&house));
    let all = listed(&house, &phone);
    assert_eq!(all.iter().filter(|one| one["is_current"] == true).count(), 1);
    assert!(all.iter().all(|one| one["kind"] == "program" && one["address"] == "127.0.0.1"), "{all:?}");
    assert!(all.iter().all(|one| one.get("secret_hash").is_none()), "{all:?}");
    let of_shop = listed(&house, &shop).into_iter().find(|one| one["is_current"] == true).unwrap();
    let of_shop = format!("{SESSIONS}/{}", of_shop["id"].as_str().unwrap());

    assert_eq!(bearer(&house, "DELETE", &of_shop, &phone, &Value::Null).status, 204);
    assert_eq!(last_done(&house).0, "session.ended");
    assert!(!is_in(&house, &shop) && is_in(&house, &phone));
    assert_eq!(bearer(&house, "DELETE", &of_shop, &phone, &Value::Null).problem_code(404), "not_found");

    assert_eq!(bearer(&house, "DELETE", SESSIONS, &phone, &Value::Null).status, 204);
    assert_eq!(last_done(&house).0, "session.others_ended");
    assert!(!is_in(&house, &ada) && is_in(&house, &phone));
    assert_eq!(listed(&house, &phone).len(), 1);
    // The admin token is nobody.
    assert_eq!(house.get(SESSIONS).problem_code(409), "no_user");
}

#[test]
fn a_password_is_changed_by_the_present_one_and_ends_all_other_sign_ins() {
    let house = House::open();
    let (ada, phone) = (owner(&house, EMAIL), signed_in(&house));
    assert_eq!(change(&house, &phone, "not my password", NEW).problem_code(401), "wrong_credentials");
    assert_eq!(change(&house, &phone, PASSWORD, "short").problem_code(422), "invalid");
    assert!(is_in(&house, &ada), "a wrong guess ends nothing");

    assert_eq!(change(&house, &phone, PASSWORD, NEW).status, 204);
    let (action, detail) = last_done(&house);
    assert_eq!(action, "password.changed");
    assert!(!detail.contains(NEW), "{detail}");
    assert!(is_in(&house, &phone) && !is_in(&house, &ada), "the others end, and the one that asked goes on");
    assert_eq!(login(&house, PASSWORD).problem_code(401), "wrong_credentials");
    assert_eq!(login(&house, NEW).status, 200);
}

#[test]
fn whoever_found_a_session_does_not_guess_the_password_with_it() {
    let house = House::open();
    let ada = owner(&house, EMAIL);
    let guesses: Vec<u16> =
        (0..7).map(|number| change(&house, &ada, &format!("guess {number}"), NEW).status).collect();
    assert_eq!(guesses, [401, 401, 401, 401, 401, 429, 429]);
    assert_eq!(change(&house, &ada, PASSWORD, NEW).problem_code(429), "too_many_attempts");
    assert_eq!(login(&house, PASSWORD).status, 200, "it keeps nobody from signing in");
}
