//! Clients behind a proxy: whose address headers are trusted, and what a stranger can see through the proxy.

use cordboard::config::{Config, Loaded, Sources};
use serde_json::{Value, json};

use crate::people::{PASSWORD, bearer, owner};
use crate::setup::{ADMIN, Answer, Setup};

fn configured(settings: &[(&str, &str)]) -> Loaded {
    let environment = settings.iter().map(|(name, value)| (name.into(), value.into())).collect();
    Config::load(&Sources { environment, ..Sources::default() }).unwrap()
}

const TRUSTED: (&str, &str) = ("CORDBOARD_HTTP__TRUSTED_PROXIES", "127.0.0.0/8");
const PUBLIC: (&str, &str) = ("CORDBOARD_HTTP__PUBLIC_BASE_URL", "https://calls.example.com");

/// A page's sign-in through a proxy that adds this header.
fn sign_in(setup: &Setup, header: (&str, &str), password: &str) -> Answer {
    let body = json!({ "email": "ada@example.com", "password": password });
    setup.ask("POST", "/api/v1/auth/session", &[header], &body)
}

fn cookie_named<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let cookies = answer.headers.iter().filter(|(header, _)| header == "set-cookie");
    cookies.map(|(_, value)| value.as_str()).find(|value| value.starts_with(&format!("{name}=")))
}

#[test]
fn behind_a_trusted_proxy_each_client_has_its_own_address() {
    let setup = Setup::open_with(configured(&[TRUSTED]));
    let ada = owner(&setup, "ada@example.com");
    for attempt in 0..8 {
        let wrong = sign_in(&setup, ("X-Forwarded-For", "198.51.100.9"), "a wrong password");
        assert!(matches!(wrong.status, 401 | 429), "{attempt}: {wrong:?}");
    }
    let blocked = sign_in(&setup, ("X-Forwarded-For", "198.51.100.9"), PASSWORD);
    assert_eq!(blocked.problem_code(429), "too_many_attempts");
    let right = sign_in(&setup, ("X-Forwarded-For", "203.0.113.7"), PASSWORD);
    assert_eq!(right.status, 204, "another client of the proxy: {right:?}");
    let right = sign_in(&setup, ("Forwarded", "for=\"[2001:db8::17]:4711\";proto=https"), PASSWORD);
    assert_eq!(right.status, 204, "{right:?}");
    let log = bearer(&setup, "GET", "/api/v1/audit-log", &ada, &Value::Null).json();
    let addresses: Vec<&str> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "sign_in" && entry["detail"] == "page")
        .filter_map(|entry| entry["address"].as_str())
        .collect();
    assert_eq!(addresses, ["2001:db8::17", "203.0.113.7"]);
}

#[test]
fn a_stranger_can_not_claim_another_address() {
    let setup = Setup::open();
    owner(&setup, "ada@example.com");
    let statuses: Vec<u16> = (0..8)
        .map(|number| {
            let address = format!("198.51.100.{number}");
            sign_in(&setup, ("X-Forwarded-For", &address), "a wrong password").status
        })
        .collect();
    assert_eq!(statuses[5..], [429; 3], "the peer is not configured as a proxy");
}

#[test]
fn addresses_that_a_client_adds_before_its_proxy_are_ignored() {
    let setup = Setup::open_with(configured(&[TRUSTED]));
    owner(&setup, "ada@example.com");
    let statuses: Vec<u16> = (0..8)
        .map(|number| {
            let invented = format!("198.51.100.{number}, 203.0.113.66");
            sign_in(&setup, ("X-Forwarded-For", &invented), "a wrong password").status
        })
        .collect();
    assert_eq!(statuses[5..], [429; 3], "the proxy added 203.0.113.66 each time");
}

#[test]
fn cookies_are_secure_only_under_verified_https() {
    let plain = Setup::open();
    owner(&plain, "ada@example.com");
    let session = sign_in(&plain, ("X-Forwarded-Proto", "https"), PASSWORD);
    let cookie = cookie_named(&session, "cordboard_session").expect("a plain name");
    assert!(!cookie.contains("Secure"), "{cookie}");
    assert_eq!(plain.get("/healthz").header("strict-transport-security"), None);

    let public = Setup::open_with(configured(&[PUBLIC]));
    owner(&public, "ada@example.com");
    let session = sign_in(&public, ("Origin", "https://calls.example.com"), PASSWORD);
    let cookie = cookie_named(&session, "__Host-cordboard_session").expect("the prefix");
    assert!(cookie.contains("; Path=/;") && cookie.contains("; Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let shown = |host: &str, cookie: &str| {
        let head = format!("GET /api/v1/auth/session HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n");
        let answer = public.raw(&format!("{head}Connection: close\r\n\r\n"));
        String::from_utf8_lossy(&answer[9..12]).into_owned()
    };
    assert_eq!(shown("calls.example.com", cookie), "200");
    assert_eq!(shown(&public.address.to_string(), cookie), "200", "a proxy changed the host");
    let planted = cookie.strip_prefix("__Host-").unwrap();
    assert_eq!(shown("calls.example.com", planted), "401", "a sibling host could have set it");
    // The operator opens the pages on the server's own machine.
    let here = sign_in(&public, ("Origin", "http://127.0.0.1:8080"), PASSWORD);
    assert!(!cookie_named(&here, "cordboard_session").expect("a plain name").contains("Secure"), "{here:?}");
    let transport = public.get("/healthz").header("strict-transport-security").map(str::to_owned);
    assert_eq!(transport.as_deref(), Some("max-age=31536000"));

    let proxied = Setup::open_with(configured(&[TRUSTED]));
    owner(&proxied, "ada@example.com");
    let session = sign_in(&proxied, ("X-Forwarded-Proto", "https"), PASSWORD);
    assert!(cookie_named(&session, "__Host-cordboard_session").is_some(), "{session:?}");
}

#[test]
fn metrics_without_a_token_are_shown_only_on_this_machine() {
    let setup = Setup::open();
    let here = setup.address.to_string();
    let status = |head: &str| {
        let answer = setup.raw(&format!("{head}\r\nConnection: close\r\n\r\n"));
        String::from_utf8_lossy(&answer[9..12]).parse::<u16>().unwrap()
    };
    for (expected, head) in [
        (200, format!("GET /metrics HTTP/1.1\r\nHost: {here}")),
        (200, "GET /metrics HTTP/1.1\r\nHost: localhost".to_owned()),
        (200, "GET /metrics HTTP/1.1\r\nHost: [::1]:8080".to_owned()),
        (401, "GET /metrics HTTP/1.1\r\nHost: calls.example.com".to_owned()),
        (401, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1.example.com".to_owned()),
        (401, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 127.0.0.1".to_owned()),
        (401, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nForwarded: for=127.0.0.1".to_owned()),
        (401, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nVia: 1.1 proxy".to_owned()),
        (401, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Real-IP: 127.0.0.1".to_owned()),
        // As an old nginx without settings sends it.
        (401, format!("GET /metrics HTTP/1.0\r\nHost: {here}")),
        (401, "GET /metrics HTTP/1.0".to_owned()),
        (200, format!("GET /metrics HTTP/1.1\r\nHost: calls.example.com\r\nAuthorization: Bearer {ADMIN}")),
    ] {
        assert_eq!(status(&head), expected, "{head}");
    }
    for setting in [PUBLIC, TRUSTED] {
        let setup = Setup::open_with(configured(&[setting]));
        let metrics = |headers: &[(&str, &str)]| setup.request("GET", "/metrics", headers).status;
        assert_eq!(metrics(&[]), 401, "{setting:?} says that there is a proxy in front of the server");
        assert_eq!(metrics(&[("Authorization", &format!("Bearer {ADMIN}"))]), 200);
    }
}

#[test]
fn strangers_learn_only_whether_the_server_is_ready() {
    let setup = Setup::open();
    setup.answers.lock().unwrap().census.admitting = false;
    let stranger = setup.request("GET", "/readyz", &[("X-Forwarded-For", "198.51.100.9")]);
    assert_eq!(stranger.status, 503);
    let nothing = json!({
        "ready": false, "reasons": null, "calls": null, "journal": null, "cache": null, "data_dir": null,
    });
    assert_eq!(stranger.json(), nothing);
    let token = format!("Bearer {ADMIN}");
    let operator =
        setup.request("GET", "/readyz", &[("X-Forwarded-For", "198.51.100.9"), ("Authorization", &token)]);
    assert!(operator.json()["reasons"][0].as_str().unwrap().contains("draining"), "{operator:?}");
    let wrong = setup.request("GET", "/readyz", &[("Via", "1.1 proxy"), ("Authorization", "Bearer x")]);
    assert_eq!((wrong.status, wrong.json()), (503, nothing), "a check is answered despite a wrong token");
}

#[test]
fn the_operator_learns_of_an_untrusted_proxy() {
    let setup = Setup::open();
    let proxies = || setup.json("/api/v1/admin/proxies")["items"].clone();
    assert_eq!(proxies(), json!([]));
    for _ in 0..3 {
        setup.request("GET", "/healthz", &[("X-Forwarded-For", "198.51.100.9")]);
    }
    setup.request("GET", "/healthz", &[("Forwarded", "for=198.51.100.9")]);
    let seen = proxies();
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen}");
    assert_eq!((&seen[0]["address"], &seen[0]["requests"]), (&json!("127.0.0.1"), &json!(4)), "{seen}");
    let trusting = Setup::open_with(configured(&[TRUSTED]));
    trusting.request("GET", "/healthz", &[("X-Forwarded-For", "198.51.100.9")]);
    assert_eq!(trusting.json("/api/v1/admin/proxies")["items"], json!([]));
}

#[cfg(feature = "pages")]
#[test]
fn a_page_may_use_only_its_host_and_the_microphone() {
    let setup = Setup::open();
    let page = |host: &str| {
        let answer = setup.raw(&format!("GET /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        String::from_utf8_lossy(&answer).into_owned()
    };
    // The setup comes first.
    owner(&setup, "ada@example.com");
    let shell = page("calls.example.com:8443");
    let policy = "default-src 'self'; connect-src 'self' ws://calls.example.com:8443 wss://calls.example.com:8443; \
                  frame-ancestors 'none'; base-uri 'none'";
    assert!(shell.contains(policy), "{shell}");
    assert!(shell.contains("permissions-policy: ") && shell.contains("microphone=(self)"), "{shell}");
    assert!(shell.contains("camera=()"), "{shell}");
    for evil in ["x; script-src *", "*", "x y"] {
        let shell = page(evil);
        assert!(
            !shell.contains("script-src") && !shell.contains("ws://*") && !shell.contains("ws: "),
            "{shell}"
        );
    }
    let public = Setup::open_with(configured(&[PUBLIC]));
    owner(&public, "ada@example.com");
    let shell = public.raw("GET /login HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n");
    let shell = String::from_utf8_lossy(&shell).into_owned();
    assert!(shell.contains("connect-src 'self' wss://other.example wss://calls.example.com;"), "{shell}");
}
