//! Access to the socket.

use std::time::Duration;

use cordboard_schema::limits::CONTROL_SOCKETS_MAX;
use cordboard_test_support::control::Program;
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};

use crate::setup::{ADMIN, DIALPLAN, Setup};
use crate::{program, sockets};

fn refused(setup: &Setup, headers: &[(&str, &str)]) -> (u16, String) {
    let refused = Program::knock(setup.address, headers).unwrap_err();
    let problem: Value = serde_json::from_str(&refused.body).unwrap_or_default();
    (refused.status, problem["code"].as_str().unwrap_or_default().to_owned())
}

/// The cookie of a signed-in page.
fn cookie(setup: &Setup) -> String {
    let answer = setup.send("POST", "/api/v1/auth/session", &json!({ "token": ADMIN }));
    let set = answer.header("set-cookie").unwrap();
    set.split(';').next().unwrap().to_owned()
}

#[test]
fn only_the_admin_token_opens_the_socket() {
    let setup = Setup::open();
    assert_eq!(refused(&setup, &[]).0, 401);
    assert_eq!(refused(&setup, &[("Authorization", "Bearer guessed")]), (401, "unauthorized".to_owned()));
    assert_eq!(refused(&setup, &[("Authorization", &format!("Bearer {DIALPLAN}"))]).0, 401);
    // A program may send any origin: its token is not a cookie that a browser would add by itself.
    let token = format!("Bearer {ADMIN}");
    let headers = [("Authorization", token.as_str()), ("Origin", "https://elsewhere.example")];
    let mut program = Program::knock(setup.address, &headers).unwrap();
    program.done(json!({ "command": "listCalls" }));
}

#[test]
fn a_page_of_another_site_cannot_use_our_cookie() {
    let setup = Setup::open();
    let cookie = cookie(&setup);
    let with = |origin: &str| refused(&setup, &[("Cookie", &cookie), ("Origin", origin)]);
    for origin in ["https://elsewhere.example", "null", "http://127.0.0.1:1", ""] {
        assert_eq!(with(origin), (403, "foreign_origin".to_owned()), "{origin:?}");
    }
    assert_eq!(refused(&setup, &[("Cookie", &cookie)]).0, 403, "a page says where it came from");
    let own = format!("http://{}", setup.address);
    let mut page = Program::knock(setup.address, &[("Cookie", &cookie), ("Origin", &own)]).unwrap();
    page.done(json!({ "command": "listCalls" }));
}

#[test]
fn sockets_of_a_page_end_with_its_session() {
    let setup = Setup::open();
    let cookie = cookie(&setup);
    let own = format!("http://{}", setup.address);
    let open = || Program::knock(setup.address, &[("Cookie", &cookie), ("Origin", &own)]).unwrap();
    let (mut asks, mut listens, mut program) = (open(), open(), program(&setup));
    asks.done(json!({ "command": "listCalls" }));
    listens.done(json!({ "command": "subscribe", "topics": ["calls"] }));

    let session = setup.request("GET", "/api/v1/auth/session", &[("Cookie", &cookie)]).json();
    let csrf = session["csrf"].as_str().unwrap();
    let headers = [("Cookie", cookie.as_str()), ("X-CSRF-Token", csrf)];
    assert_eq!(setup.request("DELETE", "/api/v1/auth/session", &headers).status, 204);

    // This also applies to a socket without traffic; a token's socket belongs to no session.
    for page in [&mut asks, &mut listens] {
        let (_, code, reason) = page.until_closed();
        assert_eq!(code, 1008, "{reason}");
        assert!(reason.contains("session is over"), "{reason}");
    }
    program.done(json!({ "command": "listCalls" }));
}

#[test]
fn a_plain_request_is_told_that_this_is_a_websocket() {
    let setup = Setup::open();
    let answer = setup.get("/ws/control");
    assert_eq!(answer.problem_code(426), "no_upgrade");
    assert_eq!(answer.header("upgrade"), Some("websocket"));
    setup.send("POST", "/ws/control", &json!({})).problem(405);
}

#[test]
fn sockets_are_limited_and_places_left_become_free() {
    let setup = Setup::open();
    let mut programs: Vec<Program> = (0..CONTROL_SOCKETS_MAX).map(|_| program(&setup)).collect();
    let token = format!("Bearer {ADMIN}");
    let knock = || Program::knock(setup.address, &[("Authorization", &token)]);
    assert_eq!(knock().unwrap_err().status, 503);
    let sockets = sockets(&setup);
    assert_eq!(
        (&sockets["used"], &sockets["max"]),
        (&json!(CONTROL_SOCKETS_MAX), &json!(CONTROL_SOCKETS_MAX))
    );
    programs.pop().unwrap().close();
    drop(programs.pop());
    let mut free = Vec::new();
    wait_until("two free places", Duration::from_secs(10), || {
        free.extend(knock().ok());
        (free.len() == 2).then_some(())
    })
    .unwrap();
    assert_eq!(knock().unwrap_err().status, 503);
    free[0].done(json!({ "command": "listCalls" }));
}
