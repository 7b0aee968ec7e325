//! Strangers and careless programs on the HTTP port.

use std::fs;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::server::{ADMIN_TOKEN, DIALPLAN_TOKEN, Token};
use cordboard_test_support::waiting::wait_until;
use serde_json::Value;
use uuid::Uuid;

use crate::listening::Witness;
use crate::peer::Peer;
use crate::stage::{LIMIT, Stage, crowd};

/// The head of a request has 5 s to arrive.
const HEAD: Duration = Duration::from_secs(5);
/// A quick client is answered before the slow ones are given up.
const ANSWERED: Duration = Duration::from_secs(3);
/// Delay that a busy machine adds to a timeout.
const SLACK: Duration = Duration::from_secs(3);

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

/// Sends bytes and reads the one answer, if there is one before the server closes.
pub(crate) fn said_to(address: SocketAddr, request: &[u8]) -> Option<Said> {
    let mut peer = Peer::connect(address);
    peer.send(request);
    let bytes = peer.read_to_end();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().unwrap();
    Some(Said { status, head, body: bytes[end + 4..].to_vec() })
}

/// Returns a request with these headers, one per line.
pub(crate) fn request(method: &str, path: &str, headers: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// Asserts that a request is answered with one of these statuses, and with the reason in the format of all problems.
fn assert_problem(address: SocketAddr, request: &[u8], statuses: &[u16]) -> String {
    let shown = String::from_utf8_lossy(&request[..request.len().min(120)]).into_owned();
    let said = said_to(address, request).unwrap_or_else(|| panic!("{shown:?}: no answer"));
    assert!(statuses.contains(&said.status), "{shown:?}: {said:?}");
    assert!(said.head.contains("content-type: application/problem+json"), "{shown:?}: {said:?}");
    let problem: Value = serde_json::from_slice(&said.body).unwrap();
    assert_eq!(problem["status"], said.status);
    problem["detail"].as_str().unwrap().to_owned()
}

/// Starts a server with an ended call, for requests about it.
fn with_a_call() -> (Stage, String) {
    let stage = Stage::open(&[]);
    let uuid = Uuid::new_v4();
    let caller = stage.caller(uuid);
    wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
    caller.hang_up();
    let call = stage.wait_call(uuid, "a recording that is closed", |call| call["recording_ms"].is_u64());
    let id = call["id"].as_str().unwrap().to_owned();
    (stage, id)
}

#[test]
fn invalid_values_are_refused_by_name() {
    let (stage, id) = with_a_call();
    let address = stage.server.addresses().http;
    let uuid = Uuid::new_v4();
    let token = bearer(DIALPLAN_TOKEN);
    let long = "5".repeat(257);
    for name in ["from", "to"] {
        for bad in ["1%0d%0aEvil:%20yes", "1%0a", "%00", "1%1b[2J", &long] {
            let path = format!("/api/v1/calls/expect?uuid={uuid}&{name}={bad}");
            let detail = assert_problem(address, &request("GET", &path, &token), &[400]);
            assert!(detail.contains(name), "{detail}");
        }
    }
    assert_problem(
        address,
        &request("GET", &format!("/api/v1/calls/expect?uuid={uuid}&from={}", "5".repeat(5_000)), &token),
        &[414],
    );
    let garbage =
        ["", "x", "0", "%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "%0d%0a", "%F0%9F%93%9E", "{uuid}", &long];
    for bad in garbage {
        assert_problem(address, &request("GET", &format!("/api/v1/calls/expect?uuid={bad}"), &token), &[400]);
        assert_problem(
            address,
            &request("GET", &format!("/api/v1/calls/expect?uuid={uuid}&call={bad}"), &token),
            if bad.is_empty() { &[400, 200] } else { &[400] },
        );
        assert_problem(
            address,
            &request("GET", &format!("/api/v1/calls/{bad}/next"), &token),
            &[400, 404, 401],
        );
        for rest in ["", "/events", "/transcript", "/recording"] {
            let path = format!("/api/v1/calls/{bad}{rest}");
            assert_problem(address, &request("GET", &path, &bearer(ADMIN_TOKEN)), &[400, 404]);
        }
    }
    let questions = [
        "/api/v1/calls?limit=0",
        "/api/v1/calls?limit=201",
        "/api/v1/calls?limit=-1",
        "/api/v1/calls?limit=99999999999999999999",
        "/api/v1/calls?cursor=x",
        "/api/v1/calls?state=sleeping",
        "/api/v1/calls?sort=evil",
        &format!("/api/v1/calls/{id}/events?cursor=-1"),
        &format!("/api/v1/calls/{id}/events?cursor=18446744073709551616"),
        &format!("/api/v1/calls/{id}/recording?from_ms=5&to_ms=4"),
        &format!("/api/v1/calls/{id}/recording?from_ms=-5"),
        &format!("/api/v1/calls/{id}/recording?channel=../x"),
    ];
    for question in questions {
        assert_problem(address, &request("GET", question, &bearer(ADMIN_TOKEN)), &[400]);
    }
    // The largest number is beyond the end of every journal and every recording.
    for question in ["events?cursor=18446744073709551615", "recording?from_ms=18446744073709551615"] {
        let path = format!("/api/v1/calls/{id}/{question}");
        let said = said_to(address, &request("GET", &path, &bearer(ADMIN_TOKEN))).unwrap();
        assert_eq!(said.status, 200, "{question}: {said:?}");
    }
    for (method, path) in [
        ("DELETE", "/api/v1/calls"),
        ("PUT", "/readyz"),
        ("TRACE", "/healthz"),
        ("BREW", "/api/v1/calls/expect"),
    ] {
        let headers = bearer(ADMIN_TOKEN);
        assert_problem(address, &request(method, path, &headers), &[404, 405]);
    }
    stage.close();
}

#[test]
fn unusual_ranges_of_a_recording_are_answered() {
    let (stage, id) = with_a_call();
    let address = stage.server.addresses().http;
    let whole = stage.server.get(&format!("/api/v1/calls/{id}/recording"), Token::Admin).unwrap();
    let len = whole.body.len();
    let ask = |range: &str| {
        let headers = format!("{}Range: {range}\r\n", bearer(ADMIN_TOKEN));
        said_to(address, &request("GET", &format!("/api/v1/calls/{id}/recording"), &headers)).unwrap()
    };
    for (range, part) in [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=-10".to_owned(), len - 10..len),
        (format!("bytes={}-", len - 1), len - 1..len),
        (format!("bytes=10-{}", usize::MAX), 10..len),
        (format!("bytes=-{}", usize::MAX), 0..len),
    ] {
        let said = ask(&range);
        assert_eq!((said.status, &said.body[..]), (206, &whole.body[part]), "{range}");
    }
    for range in [format!("bytes={len}-"), format!("bytes={}-", u64::MAX), "bytes=-0".to_owned()] {
        let said = ask(&range);
        assert!(said.status == 416 && said.head.contains(&format!("bytes */{len}")), "{range}: {said:?}");
    }
    // An unreadable range, or one with several parts, is answered with the whole.
    let many = format!("bytes={}", vec!["0-1"; 1_000].join(","));
    for range in ["bytes=5-2", "bytes=abc", "lines=1-2", "bytes=99999999999999999999999-", "bytes=", &many] {
        let said = ask(range);
        assert_eq!((said.status, said.body.len()), (200, len), "{:?}", &range[..range.len().min(40)]);
    }
    stage.close();
}

#[test]
fn oversized_requests_and_non_http_are_refused() {
    let stage = Stage::open(&[]);
    let before = stage.held();
    let address = stage.server.addresses().http;
    let token = bearer(DIALPLAN_TOKEN);
    let expect = format!("/api/v1/calls/expect?uuid={}&from=1", Uuid::new_v4());
    let long_head = format!("X: {}\r\n", "x".repeat(300_000));
    let many_headers = "X: y\r\n".repeat(5_000);
    let body = "b".repeat(2_000_000);
    let requests = [
        request("GET", "/healthz", &long_head),
        request("GET", "/healthz", &many_headers),
        request("GET", &format!("/{}", "x".repeat(300_000)), ""),
        [
            request("POST", &expect, &format!("{token}Content-Length: {}\r\n", body.len())),
            body.clone().into_bytes(),
        ]
        .concat(),
        request("POST", &expect, &format!("{token}Content-Length: 99999999999999999999\r\n")),
        request("POST", &expect, &format!("{token}Content-Length: 5\r\nContent-Length: 6\r\n")),
        request("POST", &expect, &format!("{token}Content-Length: -5\r\n")),
        request("POST", &expect, &format!("{token}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")),
        [
            request("POST", &expect, &format!("{token}Transfer-Encoding: chunked\r\n")),
            b"fffffffffffffffff\r\nx".to_vec(),
        ]
        .concat(),
        [request("POST", &expect, &format!("{token}Transfer-Encoding: chunked\r\n")), b"zz\r\n".to_vec()]
            .concat(),
        b"GET\r\n\r\n".to_vec(),
        b"GET /healthz\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\nX: a\x00b\r\nConnection: close\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
        b"\x00\x00\x00\x00\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
    ];
    for bytes in &requests {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(100)]).into_owned();
        // Refused, accepted where it does no harm, or closed without an answer; but never a failure of the server.
        if let Some(said) = said_to(address, bytes) {
            assert!(said.status < 500, "{shown:?}: {said:?}");
            println!("{} {shown:?}", said.status);
        } else {
            println!("closed {shown:?}");
        }
    }
    // The accepted announcements are calls whose audio never arrives.
    stage.wait_nothing_left(before);
    let log = stage.server.log();
    let errors: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert_eq!(errors, Vec::<&str>::new(), "strangers write errors into the log");
    stage.close();
}

#[test]
fn slow_clients_do_not_delay_other_answers() {
    let stage = Stage::open(&[]);
    let before = stage.held();
    let address = stage.server.addresses().http;
    let witness = Witness::join(&stage);
    let mut peers: Vec<Peer> = (0..crowd(2_000)).map(|_| Peer::connect(address)).collect();
    for byte in b"GET /" {
        for peer in &mut peers {
            peer.send(&[*byte]);
        }
        let asked_at = Instant::now();
        assert_eq!(stage.server.get("/healthz", Token::None).unwrap().status, 200);
        assert!(asked_at.elapsed() < ANSWERED, "{:?}", asked_at.elapsed());
        thread::sleep(Duration::from_secs(1));
    }
    for mut peer in peers {
        let (_, after) = peer.wait_end();
        assert!(after < HEAD + SLACK, "{after:?}");
    }
    witness.heard_undisturbed();
    stage.wait_nothing_left(before);
    stage.close();
}

#[test]
fn a_client_that_does_not_read_is_disconnected() {
    let (stage, id) = with_a_call();
    // More than any kernel buffers for a reader.
    let recording = stage.server.data_folder().join("recordings").join(format!("{id}.wav"));
    let mut bytes = fs::read(&recording).unwrap();
    bytes.resize(32 << 20, 0);
    fs::write(&recording, bytes).unwrap();
    let before = stage.held();
    let question = request("GET", &format!("/api/v1/calls/{id}/recording"), &bearer(ADMIN_TOKEN));
    let mut peers: Vec<Peer> =
        (0..20).map(|_| Peer::with_small_buffer(stage.server.addresses().http)).collect();
    for peer in &mut peers {
        peer.send(&question);
    }
    wait_until("answers under way", LIMIT, || (stage.held().files >= before.files + 20).then_some(()))
        .unwrap();
    let held = || (stage.held().files > before.files).then_some(stage.held());
    let gone =
        wait_until("the end of the answers", Duration::from_secs(30), || held().is_none().then_some(()));
    gone.unwrap_or_else(|late| panic!("{late}: {:?}, {before:?} before", stage.held()));
    stage.wait_nothing_left(before);
    stage.close();
}
