//! Shared resources: a stranger with an organization of their own can use up their share of each, but not the others' shares.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use cordboard_schema::limits::{
    CONTROL_SOCKETS_OF_ONE_MAX, LIVE_CLIENTS_OF_ONE_MAX, LIVE_CLIENTS_OF_ORGANIZATION_MAX,
    REQUESTS_OF_ONE_MAX,
};
use cordboard_schema::permission::Role;
use cordboard_test_support::waiting::wait_until;
use serde_json::json;

use crate::isolation::{another_organization, somebody};
use crate::people::bearer;
use crate::setup::{ADMIN, Setup};

/// Tokens of programs in the stranger's organization.
fn tokens(setup: &Setup, count: usize) -> Vec<String> {
    let organization = another_organization(setup);
    let owner = somebody(setup, organization, Role::Owner);
    let one = |number: usize| {
        let body = json!({ "name": format!("screen {number}"), "scopes": ["calls_read", "calls_control", "customers_write"] });
        let made = bearer(setup, "POST", "/api/v1/api-tokens", &owner, &body);
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["token"].as_str().unwrap().to_owned()
    };
    (0..count).map(one).collect()
}

/// Opens a connection, sends a request, and returns the connection with the beginning of the answer.
fn ask(setup: &Setup, head: &str, token: &str) -> (TcpStream, String) {
    let mut stream = begin(setup, head, token);
    let mut answer = Vec::new();
    let mut piece = [0; 1_024];
    while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece).unwrap() {
            0 => break,
            read => answer.extend_from_slice(&piece[..read]),
        }
    }
    (stream, String::from_utf8_lossy(&answer).into_owned())
}

fn begin(setup: &Setup, head: &str, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(setup.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!("{head}\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

fn watch(setup: &Setup, token: &str) -> (TcpStream, String) {
    ask(setup, "GET /api/v1/live HTTP/1.1", token)
}

#[test]
fn one_organization_can_not_use_up_others_live_views() {
    let setup = Setup::open();
    let tokens = tokens(&setup, 5);
    let mut open = Vec::new();
    for token in &tokens[..4] {
        for _ in 0..LIVE_CLIENTS_OF_ONE_MAX {
            let (stream, answer) = watch(&setup, token);
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            open.push(stream);
        }
    }
    assert_eq!(open.len(), LIVE_CLIENTS_OF_ORGANIZATION_MAX);
    let (_, refused) = watch(&setup, &tokens[0]);
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after: 2"), "{refused}");
    let told = setup.send_as("GET", "/api/v1/live", Some(&tokens[0]), &json!(null));
    assert_eq!((told.status, told.json()["code"].clone()), (429, json!("share_used_up")));
    assert!(told.json()["detail"].as_str().unwrap().contains("this user or token"), "{told:?}");
    let told = setup.send_as("GET", "/api/v1/live", Some(&tokens[4]), &json!(null));
    assert!(
        told.json()["detail"].as_str().unwrap().contains("your organization, its share of 256"),
        "{told:?}"
    );
    let (_kept, administrator) = watch(&setup, ADMIN);
    assert!(administrator.starts_with("HTTP/1.1 200"), "{administrator}");
    open.clear();
    wait_until("a free place", Duration::from_secs(20), || {
        watch(&setup, &tokens[4]).1.starts_with("HTTP/1.1 200").then_some(())
    })
    .unwrap();
}

#[test]
fn one_token_only_gets_its_share_of_control_sockets() {
    let setup = Setup::open();
    let tokens = tokens(&setup, 2);
    let head = "GET /ws/control HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let open: Vec<_> = (0..CONTROL_SOCKETS_OF_ONE_MAX)
        .map(|_| {
            let (stream, answer) = ask(&setup, head, &tokens[0]);
            assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
            stream
        })
        .collect();
    let (_, refused) = ask(&setup, head, &tokens[0]);
    assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
    for token in [&tokens[1], ADMIN] {
        let (_, answer) = ask(&setup, head, token);
        assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    }
    drop(open);
}

#[test]
fn requests_being_answered_at_once_are_limited_to_a_share() {
    let setup = Setup::open();
    let tokens = tokens(&setup, 2);
    // A body that does not arrive keeps a request open.
    let head = "POST /api/v1/customers HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100";
    let mut open: Vec<_> = (0..REQUESTS_OF_ONE_MAX).map(|_| begin(&setup, head, &tokens[0])).collect();
    let look = |token: &str| setup.send_as("GET", "/api/v1/calls", Some(token), &json!(null));
    let refused = wait_until("the share to be used up", Duration::from_secs(20), || {
        // A busy machine may have given one of them up.
        open.push(begin(&setup, head, &tokens[0]));
        Some(look(&tokens[0])).filter(|answer| answer.status == 429)
    })
    .unwrap();
    assert_eq!(refused.json()["code"], "share_used_up");
    assert_eq!(refused.header("retry-after"), Some("2"));
    assert_eq!((look(&tokens[1]).status, look(ADMIN).status), (200, 200));
    drop(open);
    wait_until("the share to be given back", Duration::from_secs(20), || {
        (look(&tokens[0]).status == 200).then_some(())
    })
    .unwrap();
}
