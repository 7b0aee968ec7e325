//! Requests that are never sent by mistake: bodies of 10 MB on every route, and texts that mean something to a database, a browser or a terminal in
//! every text field.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use cordboard_schema::limits::CSV_CONTACTS_BYTES_MAX;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setup::{ADMIN, Setup};

/// More than any accepted body.
const TOO_LONG: usize = 64_000_000;

/// Texts of one line that must be returned unchanged.
const TEXTS: [&str; 7] = [
    "Robert'); DROP TABLE customers;--",
    "\" OR \"1\"=\"1",
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "\u{202e}\u{5d2}\u{5e8}\u{5d9}\u{5d9}\u{5e1}\u{202c} \u{1F469}\u{200D}\u{1F527}\u{1F3FD}",
    "=HYPERLINK(\"http://x\")",
    "%s%n${jndi:ldap://x}{{7*7}}\\u0000%00",
    "\u{0627}\u{0644}\u{062e}\u{0637} \u{fdfd} Z\u{0351}\u{0300}\u{0301}",
];

#[test]
fn no_route_accepts_a_body_of_10_mb() {
    let setup = Setup::open();
    let document = setup.json("/api/openapi.json");
    let mut walked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        // They have their own tests, with a configured account.
        if path.starts_with("/twilio/") || path.starts_with("/elevenlabs/") {
            continue;
        }
        let operations = operations.as_object().unwrap();
        for (method, _) in operations.iter().filter(|(_, operation)| operation.get("requestBody").is_some()) {
            let path = filled(path);
            let answer = begin_body(&setup, &method.to_uppercase(), &path);
            assert!(answer.starts_with("HTTP/1.1 413"), "{method} {path}: {answer}");
            assert!(answer.contains("body_too_long"), "{method} {path}: {answer}");
            walked += 1;
        }
    }
    assert!(walked > 40, "{walked}");
    assert_eq!(setup.get("/healthz").status, 200);
}

/// A gigabyte of rows without a length: no more is read than such a file may have.
#[test]
fn a_chunked_gigabyte_file_is_refused_at_its_bound() {
    let setup = Setup::open();
    let made = setup.send("POST", "/api/v1/campaigns", &json!({ "name": "Renewals" })).json();
    let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().unwrap());
    let mut stream = TcpStream::connect(setup.address).unwrap();
    let head = format!(
        "POST {campaign}/contacts.csv HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {ADMIN}\r\n\
         Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nnumber\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answers = stream.try_clone().unwrap();
    answers.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let reader = std::thread::spawn(move || {
        let mut answer = Vec::new();
        let mut piece = [0; 4_096];
        while !String::from_utf8_lossy(&answer).contains("\r\n\r\n{") {
            match answers.read(&mut piece) {
                Ok(read @ 1..) => answer.extend_from_slice(&piece[..read]),
                _ => break,
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    });
    let rows = "+493012345678\r\n".repeat(4_096);
    let chunk = format!("{:x}\r\n{rows}\r\n", rows.len());
    let mut sent = 0;
    // A server that has answered stops reading; the rest is in the buffers of the connection.
    while sent < 1_000_000_000 && !reader.is_finished() && stream.write_all(chunk.as_bytes()).is_ok() {
        sent += rows.len();
    }
    let answer = reader.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body_too_long"), "{sent} B: {answer}");
    assert!(sent < 2 * CSV_CONTACTS_BYTES_MAX, "{sent} B were taken");
    assert_eq!(setup.json(&format!("{campaign}/contacts"))["items"], json!([]));
}

/// Returns a path with a value for each of its parameters.
fn filled(path: &str) -> String {
    let mut filled = path.to_owned();
    while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
        let value = match &filled[from + 1..to] {
            "kind" => "openai".to_owned(),
            "digits" => "0".to_owned(),
            "name" => "operator".to_owned(),
            "number" => "+493012345678".to_owned(),
            "port" | "version" => "1".to_owned(),
            "draft" => "a".to_owned(),
            _ => Uuid::now_v7().to_string(),
        };
        filled.replace_range(from..=to, &value);
    }
    filled
}

/// Returns the answer to a body of which only the beginning is sent.
fn begin_body(setup: &Setup, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(setup.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {ADMIN}\r\n\
         Content-Type: application/json\r\nContent-Length: {TOO_LONG}\r\n\r\n{{\"name\":\""
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4_096];
    while !String::from_utf8_lossy(&answer).contains("\r\n\r\n{") {
        match stream.read(&mut piece) {
            Ok(read @ 1..) => answer.extend_from_slice(&piece[..read]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn every_text_comes_back_unchanged_and_does_nothing() {
    let setup = Setup::open();
    let profile = setup.json("/api/v1/agent-profiles")["items"][0].clone();
    let tools = format!("/api/v1/agent-profiles/{}/tools", profile["id"].as_str().unwrap());
    for (number, text) in TEXTS.iter().enumerate() {
        let made = [
            ("/api/v1/customers", json!({ "name": text, "address": text, "notes": text })),
            (
                "/api/v1/appointments",
                json!({
                    "service": text, "name": text, "address": text, "notes": text,
                    "starts_at": format!("2027-03-01T1{number}:00:00Z"), "ends_at": format!("2027-03-01T1{number}:30:00Z"),
                }),
            ),
            (
                "/api/v1/phone-numbers",
                json!({
                    "number": format!("+4930555000{number:03}"), "profile_id": profile["id"], "label": text,
                    "closed": { "do": "say", "text": text },
                }),
            ),
            ("/api/v1/agent-profiles", json!({ "name": format!("profile-{number}"), "greeting": text })),
            ("/api/v1/queues", json!({ "name": format!("queue-{number}"), "title": text })),
            ("/api/v1/dispositions", json!({ "name": short(text) })),
            ("/api/v1/presence-reasons", json!({ "name": short(text) })),
            (
                &tools,
                json!({
                    "name": format!("tool_{number}"), "description": text, "method": "GET", "url": "https://tools.example/",
                    "parameters": { "type": "object", "properties": {} },
                }),
            ),
        ];
        for (path, body) in &made {
            let answer = setup.send("POST", path, body);
            assert_eq!(answer.status, 201, "{path} {body}: {answer:?}");
            let at = format!("{path}/{}", answer.json()["id"].as_str().unwrap());
            assert_holds(&setup.json(&at), body, &at);
        }
        let business = json!({
            "revision": number, "name": text, "trade": text, "area": text, "notes": text,
            "services": [{ "name": text, "description": text, "price": { "type": "on_request" } }],
            "faq": [{ "question": text, "answer": text }], "may_promise": [text], "never_promise": [text],
        });
        assert_eq!(setup.send("PUT", "/api/v1/business-profile", &business).status, 200, "{text}");
        let shown = setup.json("/api/v1/business-profile");
        for member in ["name", "trade", "area", "notes", "may_promise", "never_promise", "faq"] {
            assert_eq!(shown[member], business[member]);
        }
        // A search term is a text, too.
        let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for path in ["/api/v1/calls", "/api/v1/customers"] {
            assert!(setup.get(&format!("{path}?q={query}")).status < 500, "{path} {text}");
        }
    }
    assert_eq!(setup.json("/api/v1/customers")["items"].as_array().unwrap().len(), TEXTS.len());
}

/// Shortens a text to the length of a button.
fn short(text: &str) -> String {
    text.chars().take(40).collect::<String>().trim().to_owned()
}

/// Asserts that the answer shows the values that were sent.
fn assert_holds(shown: &Value, sent: &Value, at: &str) {
    for (member, value) in sent.as_object().unwrap().iter().filter(|(member, _)| !member.ends_with("_at")) {
        assert_eq!(&shown[member], value, "{at} {member}");
    }
}
