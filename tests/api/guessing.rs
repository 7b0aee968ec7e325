//! Guessing passwords, codes and tokens: what it costs the attacker, and that it costs the owner nothing.

use cordboard::config::{Config, Loaded, Sources};
use serde_json::{Value, json};

use crate::people::{PASSWORD, bearer, owner, post, register, setup_token};
use crate::setup::{Answer, Setup};

/// A server behind a proxy on this machine, with further settings.
fn behind_a_proxy(settings: &[(&str, &str)]) -> Loaded {
    let all = [&[("CORDBOARD_HTTP__TRUSTED_PROXIES", "127.0.0.1")][..], settings].concat();
    let environment = all.iter().map(|(name, value)| (name.into(), value.into())).collect();
    Config::load(&Sources { environment, ..Sources::default() }).unwrap()
}

fn login_from(setup: &Setup, address: &str, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    setup.ask("POST", "/api/v1/auth/login", &[("X-Forwarded-For", address)], &body)
}

fn guesser(number: u32) -> String {
    format!("10.1.{}.{}", number / 250, number % 250)
}

#[test]
fn the_owner_gets_in_while_1000_addresses_guess() {
    let setup = Setup::open_with(behind_a_proxy(&[]));
    owner(&setup, "ada@example.com");
    let home = "203.0.113.7";
    assert_eq!(login_from(&setup, home, "ada@example.com", PASSWORD).status, 200);
    // At home with a page, which keeps a cookie.
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let page = setup.ask("POST", "/api/v1/auth/session", &[("X-Forwarded-For", home)], &body);
    let cookies = page.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value);
    let device =
        cookies.map(|value| value.split(';').next().unwrap()).find(|cookie| cookie.contains("device"));

    let (mut looked_at, mut right) = (0, 0);
    for number in 0..1_000 {
        match login_from(&setup, &guesser(number), "ada@example.com", "a wrong password").status {
            401 => looked_at += 1,
            429 => {}
            other => panic!("{other}"),
        }
        if number % 100 == 99 {
            right += usize::from(login_from(&setup, home, "ada@example.com", PASSWORD).status == 200);
        }
    }
    println!("of 1,000 addresses' guesses {looked_at} were checked; the owner signed in {right} times of 10");
    assert!(looked_at <= 40, "all addresses together are slowed: {looked_at}");
    assert_eq!(right, 10);
    let device = device.expect("a device's cookie");
    let travelling = [("X-Forwarded-For", "192.0.2.77"), ("Cookie", device)];
    let elsewhere = setup.ask("POST", "/api/v1/auth/session", &travelling, &body);
    assert_eq!(elsewhere.status, 204, "the same browser in another network: {elsewhere:?}");
    // A guess takes the room that has become free since the last one.
    let guesses = (1_000..1_010)
        .map(|number| login_from(&setup, &guesser(number), "ada@example.com", "a wrong password"));
    assert!(guesses.map(|guess| guess.status).any(|status| status == 429), "guesses are no longer slowed");
    let invented = device.replace(|letter: char| letter.is_ascii_digit(), "0");
    let travelling = [("X-Forwarded-For", "192.0.2.78"), ("Cookie", &*invented)];
    let stranger = setup.ask("POST", "/api/v1/auth/session", &travelling, &body);
    assert_eq!(stranger.problem_code(429), "too_many_attempts", "a made-up cookie");
}

#[test]
fn guesses_from_the_same_address_lock_out_no_known_browser() {
    let setup = Setup::open();
    owner(&setup, "ada@example.com");
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let page = post(&setup, "/api/v1/auth/session", body.clone());
    let cookies = page.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value);
    let device =
        cookies.map(|value| value.split(';').next().unwrap()).find(|cookie| cookie.contains("device"));
    let wrong = json!({ "email": "ada@example.com", "password": "a wrong password" });
    let statuses: Vec<u16> =
        (0..30).map(|_| post(&setup, "/api/v1/auth/login", wrong.clone()).status).collect();
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    let device = device.expect("a device's cookie");
    let right = setup.ask("POST", "/api/v1/auth/session", &[("Cookie", device)], &body);
    assert_eq!(right.status, 204, "{right:?}");
}

#[test]
fn wrong_tokens_do_not_block_sign_ins() {
    let setup = Setup::open();
    owner(&setup, "ada@example.com");
    for _ in 0..10 {
        let look = post(&setup, "/api/v1/auth/invitations/look", json!({ "token": "guessed" }));
        assert!(matches!(look.status, 404 | 429), "{look:?}");
    }
    let right =
        post(&setup, "/api/v1/auth/login", json!({ "email": "ada@example.com", "password": PASSWORD }));
    assert_eq!(right.status, 200, "{right:?}");
}

#[test]
fn knowing_the_password_does_not_allow_guessing_codes() {
    let setup = Setup::open_with(behind_a_proxy(&[]));
    let ada = owner(&setup, "ada@example.com");
    let offer = bearer(&setup, "POST", "/api/v1/auth/totp", &ada, &json!({ "password": PASSWORD })).json();
    let code = crate::accounts::code_of(offer["secret"].as_str().unwrap());
    let confirm = json!({ "code": code });
    let recovery = bearer(&setup, "POST", "/api/v1/auth/totp/confirm", &ada, &confirm).json();
    let recovery = recovery["recovery_codes"][0].clone();
    let with_code = |address: &str, code: &Value| {
        let body = json!({ "email": "ada@example.com", "password": PASSWORD, "code": code });
        setup.ask("POST", "/api/v1/auth/login", &[("X-Forwarded-For", address)], &body)
    };
    let statuses: Vec<u16> =
        (0..20).map(|number| with_code(&guesser(number), &json!("000000")).status).collect();
    let tried = statuses.iter().filter(|status| **status == 401).count();
    assert!(tried <= 6, "{statuses:?}");
    let waits = with_code(&guesser(30), &json!("000000"));
    assert_eq!(waits.problem_code(429), "too_many_attempts");
    // She registered from an address without a proxy's header, so that address is known.
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "code": recovery });
    assert_eq!(post(&setup, "/api/v1/auth/login", body).status, 200);
}

#[test]
fn a_wrong_refresh_secret_ends_no_sign_in() {
    let setup = Setup::open();
    let first = register(&setup, "ada@example.com", json!(setup_token(&setup))).json();
    let refresh = |token: &str| post(&setup, "/api/v1/auth/refresh", json!({ "refresh_token": token }));
    let token = first["refresh_token"].as_str().unwrap();
    let (id, _) = token.split_once('.').unwrap();
    assert_eq!(refresh(&format!("{id}.guessed")).problem_code(401), "sign_in_over");
    let second = refresh(token);
    assert_eq!(second.status, 200, "the sign-in continues: {second:?}");
    assert_eq!(refresh(&format!("{id}.guessed")).problem_code(401), "sign_in_over");
    let second = second.json();
    let third = refresh(second["refresh_token"].as_str().unwrap());
    assert_eq!(third.status, 200, "{third:?}");
    // The token before the newest was used a second time.
    refresh(second["refresh_token"].as_str().unwrap()).problem(401);
    let third = third.json();
    refresh(third["refresh_token"].as_str().unwrap()).problem(401);
}

#[test]
fn an_invalid_setup_token_does_not_reveal_accounts() {
    for registration in ["invite", "open"] {
        let setup = Setup::open_with(behind_a_proxy(&[("CORDBOARD_REGISTRATION", registration)]));
        let token = setup_token(&setup);
        assert_eq!(register(&setup, "ada@example.com", json!(token)).status, 201);
        for bogus in ["guessed", &token] {
            let known = register(&setup, "ada@example.com", json!(bogus));
            let unknown = register(&setup, "eve@example.com", json!(bogus));
            assert_eq!(
                (known.status, &known.body),
                (unknown.status, &unknown.body),
                "{registration} {bogus}"
            );
            let detail = unknown.problem(403);
            assert!(detail.contains("setup token") && !detail.contains("nobody can register"), "{detail}");
        }
    }
}

#[test]
fn a_taken_email_does_not_use_up_the_setup_token() {
    let setup = Setup::open_with(behind_a_proxy(&[("CORDBOARD_REGISTRATION", "open")]));
    assert_eq!(register(&setup, "eve@example.com", Value::Null).status, 201);
    let token = setup_token(&setup);
    assert_eq!(register(&setup, "eve@example.com", json!(token)).problem_code(409), "email_taken");
    assert_eq!(register(&setup, "ada@example.com", json!(token)).status, 201);
}

#[test]
fn without_a_mail_server_no_password_can_be_reset() {
    let setup = Setup::open();
    owner(&setup, "ada@example.com");
    let forgot = |email: &str| post(&setup, "/api/v1/auth/password/forgot", json!({ "email": email }));
    let (known, unknown) = (forgot("ada@example.com"), forgot("nobody@example.com"));
    assert_eq!(
        (known.status, &known.body),
        (unknown.status, &unknown.body),
        "the answer does not depend on the account"
    );
    assert_eq!(known.problem_code(503), "no_mail");
    assert_eq!(known.header("retry-after"), None, "waiting does not help");
    let detail = known.problem(503);
    assert!(detail.contains("mail"), "{detail}");
}
