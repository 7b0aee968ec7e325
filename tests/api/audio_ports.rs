//! `/api/v1/audio-ports`: ports that a dialplan or a dialler leases, one for each call.

use std::net::Ipv4Addr;

use cordboard::config::{Config, Loaded};
use cordboard_actors::asterisk::PortRange;
use cordboard_actors::messages::Refused;
use cordboard_test_support::book::LIMIT;
use cordboard_test_support::free_ports::free_ports;
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setup::{ADMIN, DIALPLAN, Setup};

const UUID: &str = "6f1c2a34-9e0b-4d1a-8f2b-0a1b2c3d4e5f";

/// A server with `ports` ports to lease.
fn setup(ports: u16) -> Setup {
    let mut config = Config::default();
    let range = free_ports(ports).unwrap();
    config.legs.audiosocket.port_range = Some(PortRange::new(range.start, range.end - 1).unwrap());
    Setup::open_with(Loaded::from(config))
}

fn listed(setup: &Setup) -> Vec<Value> {
    setup.json("/api/v1/audio-ports")["items"].as_array().unwrap().clone()
}

#[test]
fn a_port_is_leased_listed_and_given_back() {
    let setup = setup(2);
    let body = json!({ "call_uuid": UUID, "from": "100", "to": "200", "ttl_s": 90 });
    let answer = setup.send("POST", "/api/v1/audio-ports", &body);
    assert_eq!(answer.status, 201, "{answer:?}");
    let leased = answer.json();
    assert_eq!((&leased["host"], &leased["uuid"]), (&json!("127.0.0.1"), &json!(UUID)));
    assert_eq!((&leased["state"], &leased["profile"]), (&json!("waiting"), &Value::Null));
    assert!(leased["expires_at"].as_str().unwrap() > leased["since"].as_str().unwrap());
    assert_eq!(listed(&setup), std::slice::from_ref(&leased));
    let port = leased["port"].as_u64().unwrap() as u16;
    assert!(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());

    // Neither body nor header is needed.
    let authorization = format!("Bearer {DIALPLAN}");
    let answer = setup.request("POST", "/api/v1/audio-ports", &[("Authorization", &authorization)]);
    assert_eq!((answer.status, &answer.json()["uuid"]), (201, &Value::Null));
    let used_up = setup.send("POST", "/api/v1/audio-ports", &json!({}));
    assert_eq!(used_up.problem_code(503), "ports_used_up");
    assert!(used_up.problem(503).contains("2 wait for their connection"), "{used_up:?}");

    let path = format!("/api/v1/audio-ports/{port}");
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    setup.send("DELETE", &path, &Value::Null).problem(404);
    setup.send("DELETE", "/api/v1/audio-ports/99999", &Value::Null).problem(400);
    assert_eq!(listed(&setup).len(), 1);
    wait_until("its end", LIMIT, || {
        std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err().then_some(())
    })
    .unwrap();
}

#[test]
fn leasing_a_port_needs_a_token() {
    let setup = setup(1);
    for headers in [vec![], vec![("Authorization", "Bearer wrong")]] {
        setup.request("POST", "/api/v1/audio-ports", &headers).problem(401);
        setup.request("GET", "/api/v1/audio-ports", &headers).problem(401);
        setup.request("DELETE", "/api/v1/audio-ports/9100", &headers).problem(401);
    }
    for token in [ADMIN, DIALPLAN] {
        let authorization = format!("Bearer {token}");
        let answer = setup.request("GET", "/api/v1/audio-ports", &[("Authorization", &authorization)]);
        assert_eq!(answer.json()["items"], json!([]));
    }
}

#[test]
fn bad_leases_name_all_faults_and_take_no_port() {
    let setup = setup(1);
    let body = json!({ "ttl_s": 0, "from": "1\n2", "to": "x".repeat(300), "profile": "nobody" });
    let answer = setup.send("POST", "/api/v1/audio-ports", &body);
    assert_eq!(answer.problem_code(422), "invalid");
    let errors = answer.json()["errors"].clone();
    let fields: Vec<&str> =
        errors.as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["ttl_s", "from", "to", "profile"]);
    for (body, status) in [("{", 400), (r#"{"uuid": 1}"#, 422), (r#"{"call_uuid": "x"}"#, 422)] {
        setup.send_text("POST", "/api/v1/audio-ports", body).problem(status);
    }
    setup.send("POST", "/api/v1/audio-ports", &json!({ "ttl_s": 3_601 })).problem(422);
    assert_eq!(listed(&setup), Vec::<Value>::new());
}

#[test]
fn a_missing_port_range_is_reported_with_its_fix() {
    let setup = Setup::open();
    let answer = setup.send("POST", "/api/v1/audio-ports", &json!({}));
    assert_eq!(answer.problem_code(409), "no_port_range");
    assert!(answer.problem(409).contains("set audiosocket.port_range"));
    assert_eq!(listed(&setup), Vec::<Value>::new());
    let (status, answer) = setup.curl(&format!("/api/v1/calls/expect?uuid={UUID}&audio_port=1"));
    assert_eq!(status, 409, "{answer}");
    assert!(setup.heard().is_empty(), "a call was announced that can't arrive");
}

#[test]
fn a_dialplan_gets_its_port_with_the_announcement() {
    let setup = setup(1);
    let expect = |more: &str| setup.curl(&format!("/api/v1/calls/expect?uuid={UUID}&from=100{more}"));
    assert_eq!(expect(""), (200, "ok".to_owned()));
    assert_eq!(expect("&audio_port=0"), (200, "ok".to_owned()));
    assert_eq!(expect("&audio_port=2").0, 400);
    let (status, answer) = expect("&audio_port=1");
    let leased = listed(&setup);
    assert_eq!((status, answer), (200, format!("ok {}", leased[0]["port"])));
    assert_eq!(leased[0]["uuid"], UUID);
    assert_eq!(setup.heard().len(), 3, "each request announces the call");

    // A failure leaves neither the port nor the announcement behind.
    assert_eq!(expect("&audio_port=1").0, 503);
    assert!(setup.heard().is_empty());
    let path = format!("/api/v1/audio-ports/{}", leased[0]["port"]);
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    setup.answers.lock().unwrap().expect = Err(Refused::NoCapacity { max: 3 });
    let uuid = Uuid::new_v4();
    assert_eq!(setup.curl(&format!("/api/v1/calls/expect?uuid={uuid}&audio_port=1")).0, 503);
    assert_eq!(listed(&setup), Vec::<Value>::new());
}
