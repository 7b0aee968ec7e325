//! Talk links: who creates them, who talks over them, and who is turned away.

use cordboard_actors::messages::Refused;
use cordboard_schema::ids::CallId;
use cordboard_test_support::browser;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::setup::{Answer, Setup};

const PATH: &str = "/api/v1/talk-links";

fn receptionist(setup: &Setup) -> Value {
    setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone()
}

fn at(link: &Value) -> String {
    format!("{PATH}/{}", link["id"].as_str().unwrap())
}

/// Creates a link with these further values.
fn link(setup: &Setup, more: &Value) -> Value {
    let mut body = json!({ "name": "Our website", "profile_id": receptionist(setup) });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = setup.send("POST", PATH, &body);
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

/// Returns the address for its visitors' requests.
fn visitors(link: &Value) -> String {
    format!("/api/v1/talk/{}", link["url"].as_str().unwrap().rsplit('/').next().unwrap())
}

/// Has a visitor begin a call, without a sign-in.
fn begin(setup: &Setup, link: &Value) -> Answer {
    setup.request("POST", &format!("{}/calls", visitors(link)), &[])
}

/// Sets whether the registry accepts the next calls.
fn registry_says(setup: &Setup, answer: Result<CallId, Refused>) {
    setup.answers.lock().unwrap().expect = answer;
}

#[test]
fn a_link_is_managed_and_shows_its_address_once() {
    let setup = Setup::open();
    let profile = receptionist(&setup);
    let made = setup.send("POST", PATH, &json!({ "name": " Our website ", "profile_id": profile }));
    assert_eq!(made.status, 201, "{made:?}");
    let (mut link, location) = (made.json(), made.header("location").unwrap().to_owned());
    assert_eq!(location, at(&link));
    let url = link.as_object_mut().unwrap().remove("url").unwrap();
    let token = url.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert!(url.as_str().unwrap().ends_with(&format!("/talk/{token}")) && token.len() == 40, "{url}");
    let known = json!({
        "id": link["id"], "name": "Our website", "profile_id": profile, "enabled": true, "calls_max": 5,
        "calls_per_hour_max": 20, "origins": [],
        "widget": { "position": "right", "accent": null, "greeting": "" }, "created_at": link["created_at"], "last_used_at": null,
        "signing_secret_made_at": null, "revision": link["revision"],
    });
    assert_eq!(link, known);
    assert_eq!(setup.json(&at(&link)), known);
    assert_eq!(setup.json(PATH)["items"], json!([known]));
    assert!(!crate::people::holds(&setup, &token), "the token itself is stored");

    let body = json!({
        "name": "Van", "profile_id": profile, "enabled": false, "calls_max": 1, "calls_per_hour_max": 2,
        "origins": ["https://www.example.com", "http://localhost:3000"],
        "widget": { "position": "left", "accent": "#0b6e4f", "greeting": "Talk to us" },
    });
    let changed = setup.send("PUT", &at(&link), &body);
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut expected = known;
    for (name, value) in body.as_object().unwrap() {
        expected[name] = value.clone();
    }
    let changed = changed.json();
    assert_ne!(changed["revision"], expected["revision"]);
    expected["revision"] = changed["revision"].clone();
    assert_eq!(changed, expected);
    // A member that is not named stays: a change without `enabled` does not switch the link on.
    expected["name"] = json!("Lorry");
    let named = setup.send("PATCH", &at(&link), &json!({ "name": "Lorry" }));
    assert_eq!(named.status, 200, "{named:?}");
    expected["revision"] = named.json()["revision"].clone();
    assert_eq!(named.json(), expected);
    let unsaid = json!({ "name": "Lorry", "profile_id": profile });
    assert!(setup.send("PUT", &at(&link), &unsaid).problem(422).contains("enabled"));
    assert_eq!(setup.json(&at(&link)), expected);
    let another = setup.send("PATCH", &at(&link), &json!({ "profile_id": Uuid::now_v7() }));
    assert_eq!(another.json()["errors"][0]["field"], "profile_id", "{another:?}");

    assert_eq!(setup.send("DELETE", &at(&link), &Value::Null).status, 204);
    setup.get(&at(&link)).problem(404);
    setup.send("PUT", &at(&link), &body).problem(404);
    setup.send("PATCH", &at(&link), &json!({})).problem(404);
    setup.send("DELETE", &at(&link), &Value::Null).problem(404);
    let audit = setup.json("/api/v1/audit-log");
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions[..4],
        ["talk_link.removed", "talk_link.changed", "talk_link.changed", "talk_link.made"]
    );
}

#[test]
fn all_faults_of_a_link_are_reported_at_once() {
    let setup = Setup::open();
    let bad = json!({
        "name": "", "profile_id": receptionist(&setup), "calls_max": 0, "calls_per_hour_max": 10_001,
        "origins": ["http://example.com"], "widget": { "accent": "red;", "greeting": "x".repeat(61) },
    });
    let answer = setup.send("POST", PATH, &bad);
    answer.problem(422);
    let told = answer.json();
    let mut fields: Vec<&str> =
        told["errors"].as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    let expected = ["calls_max", "calls_per_hour_max", "name", "origins", "widget.accent", "widget.greeting"];
    assert_eq!(fields, expected);
    let many: Vec<String> = (0..21).map(|n| format!("https://{n}.example")).collect();
    let many = json!({ "name": "x", "profile_id": receptionist(&setup), "origins": many });
    assert_eq!(setup.send("POST", PATH, &many).json()["errors"][0]["field"], "origins");
    let foreign = json!({ "name": "x", "profile_id": Uuid::now_v7().to_string() });
    assert_eq!(setup.send("POST", PATH, &foreign).json()["errors"][0]["field"], "profile_id");
}

#[test]
fn a_profile_that_answers_over_a_link_is_kept() {
    let setup = Setup::open();
    let sales = setup.send("POST", "/api/v1/agent-profiles", &json!({ "name": "sales" })).json();
    let path = format!("/api/v1/agent-profiles/{}", sales["id"].as_str().unwrap());
    let link = link(&setup, &json!({ "profile_id": sales["id"] }));
    assert_eq!(setup.send("DELETE", &path, &Value::Null).problem_code(409), "profile_has_talk_link");
    assert_eq!(setup.send("DELETE", &at(&link), &Value::Null).status, 204);
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
}

#[test]
fn a_visitor_learns_the_links_owner_and_begins_a_call() {
    let setup = Setup::open();
    let call = CallId(Uuid::now_v7());
    registry_says(&setup, Ok(call));
    let link = link(&setup, &json!({}));
    let shown = setup.request("GET", &visitors(&link), &[]);
    assert_eq!((shown.status, shown.json()["name"].clone()), (200, json!("Our website")));
    assert!(!shown.json()["business"].as_str().unwrap().is_empty());
    let begun = begin(&setup, &link);
    assert_eq!(begun.status, 201, "{begun:?}");
    let begun = begun.json();
    assert_eq!((&begun["call_id"], &begun["expires_in_s"]), (&json!(call.to_string()), &json!(60)));
    assert_eq!(begun["token"].as_str().unwrap().len(), 22);
    let heard = setup.heard().pop().unwrap();
    assert!(
        heard.starts_with("expect web ") && heard.contains(r#"Some("Web visitor") Some("Our website")"#),
        "{heard}"
    );
    let used = || setup.json(&at(&link))["last_used_at"].is_string().then_some(());
    cordboard_test_support::waiting::wait_until(
        "its use in the list",
        std::time::Duration::from_secs(10),
        used,
    )
    .unwrap();
}

#[test]
fn links_that_are_off_or_unknown_are_not_found() {
    let setup = Setup::open();
    let mut off = link(&setup, &json!({ "enabled": false }));
    for _ in 0..2 {
        setup.request("GET", &visitors(&off), &[]).problem(404);
        begin(&setup, &off).problem(404);
        off["url"] = json!("http://here/talk/nosuchlink");
    }
    assert_eq!(setup.heard(), Vec::<String>::new());
}

#[test]
fn visitors_who_find_no_room_learn_when_to_return() {
    let setup = Setup::open();
    registry_says(&setup, Err(Refused::NoCapacity { max: 1 }));
    // A call that finds no room is none of the two in an hour.
    let link = link(&setup, &json!({ "calls_max": 1, "calls_per_hour_max": 2 }));
    let full = begin(&setup, &link);
    full.problem(503);
    assert!(full.header("retry-after").is_some());
    registry_says(&setup, Ok(CallId(Uuid::now_v7())));
    assert_eq!(begin(&setup, &link).status, 201, "the line of a call that did not begin is free");
    let taken = begin(&setup, &link);
    assert!(taken.problem(503).contains("all lines of this link are taken"), "{taken:?}");
    assert!(taken.header("retry-after").is_some());
    setup.answers.lock().unwrap().is_live = false;
    assert_eq!(begin(&setup, &link).status, 201, "the line of a call that has ended is free at once");
}

#[test]
fn calls_from_one_address_are_limited_per_hour() {
    let setup = Setup::open();
    registry_says(&setup, Ok(CallId(Uuid::now_v7())));
    let (one, other) = (link(&setup, &json!({ "calls_per_hour_max": 2 })), link(&setup, &json!({})));
    for _ in 0..2 {
        assert_eq!(begin(&setup, &one).status, 201);
    }
    let late = begin(&setup, &one);
    assert_eq!(late.problem_code(429), "too_many_calls");
    let wait: u32 = late.header("retry-after").unwrap().parse().unwrap();
    assert!((3_000..=3_601).contains(&wait), "{wait} s");
    assert_eq!(begin(&setup, &other).status, 201, "another link has its own count");
}

#[test]
fn an_address_that_tries_token_after_token_waits() {
    let setup = Setup::open();
    let guess = |n: u32| setup.request("GET", &format!("/api/v1/talk/guess{n}"), &[]).status;
    let answers: Vec<u16> = (0..61).map(guess).collect();
    assert!(answers[..60].iter().all(|status| *status == 404), "{answers:?}");
    assert_eq!(answers[60], 429);
}

#[test]
fn many_visitors_of_one_office_are_all_admitted() {
    let setup = Setup::open();
    registry_says(&setup, Ok(CallId(Uuid::now_v7())));
    let link = embedded(&setup, &json!({ "calls_max": 50, "calls_per_hour_max": 100 }));
    let (shown, calls) = (visitors(&link), format!("{}/calls", visitors(&link)));
    let preflight = [("Origin", SITE), ("Access-Control-Request-Method", "POST")];
    for visitor in 0..40 {
        // What a browser sends for one who opens the widget and writes.
        let answers = [
            from(&setup, SITE, "GET", &shown),
            setup.request("OPTIONS", &calls, &preflight),
            from(&setup, SITE, "POST", &calls),
        ];
        assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 204, 201], "visitor {visitor}");
    }
    // Guesses from the same office still have an end.
    let guess = |n: u32| setup.request("GET", &format!("/api/v1/talk/guess{n}"), &[]).status;
    let answers: Vec<u16> = (0..61).map(guess).collect();
    assert_eq!(answers.iter().filter(|status| **status == 404).count(), 60, "{answers:?}");
}

#[test]
fn a_browser_without_a_token_learns_why_and_is_disconnected() {
    let setup = Setup::open();
    let hello = json!({ "type": "hello", "version": 1, "rate": 24_000, "token": "forged" });
    let mut newer = hello.clone();
    newer["version"] = json!(2);
    let firsts = [
        (Message::text(hello.to_string()), "bad_token"),
        (Message::text(newer.to_string()), "bad_hello"),
        (Message::text("hello"), "bad_hello"),
        (Message::text(json!({ "type": "bye" }).to_string()), "bad_hello"),
        (Message::binary(vec![0; 960]), "bad_hello"),
    ];
    for (first, cause) in firsts {
        let mut socket = browser::open(setup.address, None).unwrap();
        socket.send(first).unwrap();
        let bye = browser::next_text(&mut socket).unwrap();
        assert_eq!((&bye["type"], &bye["cause"]), (&json!("bye"), &json!(cause)), "{bye}");
        assert!(!bye.to_string().contains("forged"));
        assert_eq!(browser::next_text(&mut socket), None, "the socket closes");
    }
    let mut socket = browser::open(setup.address, None).unwrap();
    let _ = socket.send(Message::binary(vec![0; 1_000_000]));
    assert_eq!(browser::next_text(&mut socket), None, "a message of a megabyte ends it");
}

#[test]
fn a_page_of_another_site_opens_no_audio() {
    let setup = Setup::open();
    assert_eq!(browser::open(setup.address, Some("https://evil.example")).err(), Some(403));
    assert_eq!(browser::open(setup.address, Some("null")).err(), Some(403));
    assert!(browser::open(setup.address, Some(&format!("http://{}", setup.address))).is_ok());
    assert_eq!(setup.get("/ws/audio").problem_code(426), "no_upgrade");
}

#[test]
fn silent_sockets_block_no_visitor() {
    let setup = Setup::open();
    let mut silent: Vec<_> = (0..300).map(|_| browser::open(setup.address, None).unwrap()).collect();
    let mut visitor = browser::open(setup.address, None).expect("the visitor is refused");
    let hello = json!({ "type": "hello", "version": 1, "token": "forged", "rate": 16_000 });
    visitor.send(Message::text(hello.to_string())).unwrap();
    let told = browser::next_text(&mut visitor).unwrap();
    assert_eq!(told["cause"], "bad_token", "a client that says hello is answered: {told}");
    // The oldest socket made room for another; the newest has its 5 s, and is notified.
    assert_eq!(browser::next_text(&mut silent[0]), None);
    let newest = browser::next_text(silent.last_mut().unwrap()).unwrap();
    assert_eq!(newest["cause"], "bad_hello", "{newest}");
    let shown = setup.json("/api/v1/admin/actors");
    let rows = shown["ledger"].as_array().unwrap();
    let row = |kind: &str| rows.iter().find(|row| row["kind"] == kind).unwrap();
    assert_eq!(row("handshakes")["opened"], 0, "switch ports have their own counter");
    assert!(row("handshakes_web")["opened"].as_u64().unwrap() > 300);
}

const SITE: &str = "https://www.example.com";

/// Creates a link whose widget is on pages of [`SITE`].
fn embedded(setup: &Setup, more: &Value) -> Value {
    let mut body = json!({ "origins": [SITE, "http://localhost:3000"] });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    link(setup, &body)
}

/// Sends the request of a page of this origin.
fn from(setup: &Setup, origin: &str, method: &str, path: &str) -> Answer {
    setup.request(method, path, &[("Origin", origin)])
}

/// Returns the origin whose pages may read an answer.
fn readable_by(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

#[test]
fn only_pages_of_listed_sites_read_what_the_widget_needs() {
    let setup = Setup::open();
    registry_says(&setup, Ok(CallId(Uuid::now_v7())));
    let link = embedded(&setup, &json!({ "widget": { "position": "left", "accent": "#0B6E4F" } }));
    let path = visitors(&link);
    let shown = from(&setup, SITE, "GET", &path);
    assert_eq!((shown.status, readable_by(&shown)), (200, Some(SITE)), "{shown:?}");
    assert_eq!(shown.json()["widget"], json!({ "position": "left", "accent": "#0b6e4f", "greeting": "" }));
    assert_eq!(shown.header("access-control-allow-credentials"), None, "no cookie is ever sent along");
    let begun = from(&setup, SITE, "POST", &format!("{path}/calls"));
    assert_eq!((begun.status, readable_by(&begun)), (201, Some(SITE)), "{begun:?}");
    assert_eq!(from(&setup, "http://localhost:3000", "GET", &path).status, 200);

    setup.heard();
    for foreign in [
        "https://evil.example",
        "https://example.com",
        "http://www.example.com",
        "https://www.example.com:8443",
        "https://www.example.com.evil.example",
        "HTTPS://WWW.EXAMPLE.COM",
        "http://localhost:3001",
        "null",
        "",
    ] {
        for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/calls"))] {
            let refused = from(&setup, foreign, method, &path);
            assert_eq!(refused.problem_code(403), "foreign_origin", "{foreign}");
            assert!(refused.json()["detail"].as_str().unwrap().contains("`origins` of the talk link"));
            assert_eq!(readable_by(&refused), None, "{foreign}");
        }
    }
    assert_eq!(setup.heard(), Vec::<String>::new(), "no call has begun");
    // As the request's `Host` has it.
    assert_eq!(
        from(&setup, "http://localhost", "GET", &path).status,
        200,
        "the server's own page can still talk"
    );
}

#[test]
fn a_link_without_listed_sites_serves_only_our_own_page() {
    let setup = Setup::open();
    let link = link(&setup, &json!({}));
    let foreign = from(&setup, SITE, "GET", &visitors(&link));
    assert_eq!(foreign.problem_code(403), "foreign_origin");
    assert_eq!(setup.request("GET", &visitors(&link), &[]).status, 200);
}

#[test]
fn a_preflight_request_is_answered_only_for_listed_sites() {
    let setup = Setup::open();
    let (of_site, of_other) =
        (embedded(&setup, &json!({})), link(&setup, &json!({ "origins": ["https://b.example"] })));
    let asks = |origin: &str, path: &str| {
        let headers = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
        setup.request("OPTIONS", path, &headers)
    };
    let calls = |link: &Value| format!("{}/calls", visitors(link));
    for path in [
        visitors(&of_site),
        calls(&of_site),
        "/api/v1/webrtc".into(),
        format!("/api/v1/webrtc/{}", Uuid::now_v7()),
        "/api/v1/audio".into(),
    ] {
        let allowed = asks(SITE, &path);
        assert_eq!((allowed.status, readable_by(&allowed)), (204, Some(SITE)), "{path}: {allowed:?}");
        assert_eq!(allowed.header("access-control-allow-headers"), Some("authorization, content-type"));
        let refused = asks("https://evil.example", &path);
        assert_eq!(
            (refused.problem_code(403), readable_by(&refused)),
            ("foreign_origin".into(), None),
            "{path}"
        );
    }
    asks(SITE, &calls(&of_other)).problem(403);
    asks(SITE, "/api/v1/talk/nosuchlink/calls").problem(404);
    for elsewhere in ["/api/v1/talk-links", "/api/v1/auth/login", "/api/v1/calls"] {
        let answer = asks(SITE, elsewhere);
        assert!(answer.status >= 400 && readable_by(&answer).is_none(), "{elsewhere}: {answer:?}");
    }
    setup.request("OPTIONS", &calls(&of_site), &[]).problem(405);
}

#[test]
fn robots_on_listed_sites_can_read_when_to_return() {
    let setup = Setup::open();
    registry_says(&setup, Ok(CallId(Uuid::now_v7())));
    let link = embedded(&setup, &json!({ "calls_per_hour_max": 3 }));
    let path = format!("{}/calls", visitors(&link));
    let answers: Vec<Answer> = (0..1_000).map(|_| from(&setup, SITE, "POST", &path)).collect();
    let begun = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(begun, 3);
    for refused in &answers[3..] {
        assert_eq!(refused.problem_code(429), "too_many_calls");
        assert!(readable_by(refused) == Some(SITE) && refused.header("retry-after").is_some());
    }
    let hangs_up = from(&setup, SITE, "DELETE", "/api/v1/audio");
    assert_eq!(hangs_up.problem_code(429), "too_many_calls");
    assert!(readable_by(&hangs_up) == Some(SITE) && hangs_up.header("retry-after").is_some());
    assert_eq!(setup.heard().iter().filter(|heard| heard.starts_with("expect web")).count(), 3);
}

#[test]
fn connections_with_valid_tokens_do_not_count_for_an_address() {
    let setup = Setup::open();
    let link = embedded(&setup, &json!({ "calls_max": 50, "calls_per_hour_max": 100 }));
    for visitor in 0..40 {
        registry_says(&setup, Ok(CallId(Uuid::now_v7())));
        let begun = from(&setup, SITE, "POST", &format!("{}/calls", visitors(&link)));
        assert_eq!(begun.status, 201, "visitor {visitor} of an office: {begun:?}");
        let mut socket = browser::open(setup.address, Some(SITE)).unwrap();
        let hello = json!({ "type": "hello", "version": 1, "rate": 24_000, "token": begun.json()["token"] });
        socket.send(Message::text(hello.to_string())).unwrap();
        // Their token was looked at before that.
        let _ = browser::next_text(&mut socket);
    }
}

#[test]
fn a_listed_sites_audio_opens_only_with_its_own_token() {
    let setup = Setup::open();
    registry_says(&setup, Ok(CallId(Uuid::now_v7())));
    let link = link(&setup, &json!({ "origins": [SITE, "https://b.example"] }));
    let path = format!("{}/calls", visitors(&link));
    let told = |origin: Option<&str>| {
        let headers: Vec<(&str, &str)> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
        setup.request("POST", &path, &headers).json()["token"].as_str().unwrap().to_owned()
    };
    let says = |origin: Option<&str>, token: &str| {
        let mut socket = browser::open(setup.address, origin).unwrap();
        let hello = json!({ "type": "hello", "version": 1, "rate": 24_000, "token": token });
        socket.send(Message::text(hello.to_string())).unwrap();
        browser::next_text(&mut socket).unwrap()["cause"].clone()
    };
    let own = format!("http://{}", setup.address);
    for (of, from) in [
        (Some(SITE), "https://b.example"),
        (Some(SITE), &*own),
        (None, SITE),
        (Some("https://b.example"), SITE),
    ] {
        assert_eq!(says(Some(from), &told(of)), "bad_token", "told to {of:?}, shown from {from}");
    }
    assert_eq!(browser::open(setup.address, Some("https://evil.example")).err(), Some(403));
    let mut off =
        json!({ "name": "x", "profile_id": receptionist(&setup), "enabled": false, "origins": [SITE] });
    assert_eq!(setup.send("PUT", &at(&link), &off).status, 200);
    assert!(browser::open(setup.address, Some(SITE)).is_ok(), "a visitor can't return to a call");
    for path in [visitors(&link), path] {
        let method = if path.ends_with("/calls") { "POST" } else { "GET" };
        let refused = from(&setup, SITE, method, &path);
        assert_eq!((refused.status, readable_by(&refused)), (404, Some(SITE)), "{refused:?}");
        let foreign = from(&setup, "https://evil.example", method, &path);
        assert_eq!((foreign.status, readable_by(&foreign)), (404, None), "{foreign:?}");
    }
    off["origins"] = json!(["https://b.example"]);
    assert_eq!(setup.send("PUT", &at(&link), &off).status, 200);
    assert_eq!(browser::open(setup.address, Some(SITE)).err(), Some(403), "no link lists it");
}
