//! Access: which requests are admitted, and which are refused before they are read.

use std::time::{Duration, Instant};

use crate::setup::{ADMIN, DIALPLAN, Setup};

const SOME_CALL: &str = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10";

#[test]
fn requests_without_the_right_token_learn_nothing() {
    let setup = Setup::open();
    let admin_paths = ["", "/events", "/transcript", "/recording"];
    let mut paths: Vec<_> =
        admin_paths.map(|part| ("GET", format!("/api/v1/calls/{SOME_CALL}{part}"))).into();
    paths.push(("POST", format!("/api/v1/calls/{SOME_CALL}/hangup")));
    paths.extend(["/api/v1/calls", "/api/v1/activities", "/api/v1/nothing"].map(|p| ("GET", p.to_owned())));
    let wrong = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {DIALPLAN}"),
        format!("Bearer {ADMIN}x"),
        format!("Basic {ADMIN}"),
        ADMIN.to_owned(),
    ];
    for (method, path) in &paths {
        for authorization in &wrong {
            let answer = setup.request(method, path, &[("Authorization", authorization)]);
            answer.problem(401);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"cordboard\""));
        }
        let with_query = setup.request(method, &format!("{path}?token={ADMIN}"), &[]);
        with_query.problem(401);
    }
    let (_, call) = &paths[0];
    let almost = &ADMIN[..ADMIN.len() - 1];
    for token in ["wrong", almost, "\u{e4}\u{f6}", &"x".repeat(10_000)] {
        setup.request("GET", call, &[("Authorization", &format!("Bearer {token}"))]).problem(401);
    }
    setup.request("GET", call, &[("Cookie", &format!("token={ADMIN}"))]).problem(401);
    setup.request("GET", &format!("/api/v1/calls/{SOME_CALL}/next?token=wrong"), &[]).problem(401);
    for path in [format!("/api/v1/calls/expect?uuid={SOME_CALL}"), format!("/api/v1/calls/{SOME_CALL}/next")]
    {
        setup.request("GET", &path, &[]).problem(401);
        setup.request("GET", &path, &[("Authorization", "Bearer wrong")]).problem(401);
        for token in [ADMIN, DIALPLAN] {
            let answer = setup.request("GET", &path, &[("Authorization", &format!("Bearer {token}"))]);
            assert_eq!(answer.status, 200, "{path}");
        }
    }
    assert!(setup.heard().iter().all(|message| !message.starts_with("end")));
}

#[test]
fn unknown_paths_are_not_found_and_wrong_methods_name_others() {
    let setup = Setup::open();
    setup.get("/nothing").problem(404);
    setup.get("/api/v1/nothing").problem(404);
    setup.get(&format!("/api/v1/calls/{SOME_CALL}")).problem(404);
    let authorization = format!("Bearer {ADMIN}");
    for (method, path, allowed) in [
        ("DELETE", "/api/v1/calls".to_owned(), "GET, POST"),
        ("GET", format!("/api/v1/calls/{SOME_CALL}/hangup"), "POST"),
        ("PUT", format!("/api/v1/calls/expect?uuid={SOME_CALL}"), "GET, POST"),
        ("POST", "/healthz".to_owned(), "GET"),
    ] {
        let answer = setup.request(method, &path, &[("Authorization", &authorization)]);
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
}

#[test]
fn head_is_answered_like_get_without_a_body() {
    let setup = Setup::open();
    let authorization = format!("Bearer {ADMIN}");
    let asked = |method: &str, path: &str| setup.request(method, path, &[("Authorization", &authorization)]);
    for path in ["/api/v1/calls", "/api/v1/auth/me", "/api/openapi.json", "/readyz"] {
        let (head, get) = (asked("HEAD", path), asked("GET", path));
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
    }
    assert_eq!(setup.request("HEAD", "/api/v1/calls", &[]).status, 401);
    // These begin something, or note what was sent.
    let export = format!("/api/v1/customers/{SOME_CALL}/export");
    let next = format!("/api/v1/calls/{SOME_CALL}/next");
    for path in ["/api/v1/live", "/api/v1/calls.csv", &export, &next] {
        assert_eq!(asked("HEAD", path).status, 405, "{path}");
    }
}

#[test]
fn invalid_values_are_named() {
    let setup = Setup::open();
    for (path, named) in [
        ("/api/v1/calls?limit=0", "`limit`"),
        ("/api/v1/calls?limit=201", "`limit`"),
        ("/api/v1/calls?limit=many", "digit"),
        ("/api/v1/calls?state=asleep", "asleep"),
        ("/api/v1/calls?stat=live", "stat"),
        ("/api/v1/calls?cursor=17", "UUID"),
        ("/api/v1/activities?call_id=17", "UUID"),
        ("/api/v1/calls/17", "UUID"),
    ] {
        let detail = setup.get(path).problem(400);
        assert!(detail.contains(named), "{path}: {detail}");
    }
    setup.get(&format!("/api/v1/calls?{}", "x".repeat(5_000))).problem(414);
}

#[test]
fn a_client_with_an_unfinished_request_is_dropped() {
    let setup = Setup::open();
    let began = Instant::now();
    let answer = setup.raw("GET /healthz HTTP/1.1\r\nHost: local");
    assert!(began.elapsed() < Duration::from_secs(10), "waited {:?}", began.elapsed());
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn the_server_survives_random_bytes() {
    let setup = Setup::open();
    for bad in
        ["\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\r\n\r\n"]
    {
        let answer = setup.raw(bad);
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{bad:?}");
    }
    let huge = format!("GET /healthz HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    let mut stream = std::net::TcpStream::connect(setup.address).unwrap();
    // The server may close the connection before it has read all of it.
    let _ = std::io::Write::write_all(&mut stream, huge.as_bytes());
    assert_eq!(setup.request("GET", "/healthz", &[]).status, 200);
}
