//! Accounts: registering, signing in and out, users, tokens, invitations, second factors.

use std::time::{SystemTime, UNIX_EPOCH};

use cordboard_schema::limits::USERS_MAX;
use cordboard_schema::permission::Role;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::isolation::{another_organization, somebody};
use crate::people::{PASSWORD, bearer, owner, post, register, setup_token};
use crate::setup::{ADMIN, Answer, Setup};

#[test]
fn the_setup_token_makes_the_first_owner_only_once() {
    let setup = Setup::open();
    let refused = register(&setup, "eve@example.com", Value::Null);
    assert_eq!(refused.problem_code(403), "not_allowed");
    let guessed = register(&setup, "eve@example.com", json!("guessed")).problem(403);
    assert!(guessed.contains("take the newest that it printed"), "{guessed}");
    let token = setup_token(&setup);
    let made = register(&setup, "Ada@Example.com", json!(token));
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!((&made["user"]["email"], &made["user"]["role"]), (&json!("ada@example.com"), &json!("owner")));
    assert!(!made.to_string().contains("argon2"), "{made}");
    let me = bearer(&setup, "GET", "/api/v1/auth/me", &made["access_token"], &Value::Null).json();
    assert_eq!(me["organization"]["id"], json!(setup.store.organization_id().to_string()));
    let used = register(&setup, "eve@example.com", json!(token)).problem(403);
    assert!(used.contains("has been used") && used.contains("ask them for an invitation"), "{used}");
}

#[test]
fn the_setup_token_makes_no_second_owner() {
    let setup = Setup::open();
    let token = setup_token(&setup);
    let asked = json!({ "email": "ada@example.com", "role": "owner" });
    let made = bearer(&setup, "POST", "/api/v1/invitations", &json!(ADMIN), &asked).json();
    let invited = made["url"].as_str().unwrap().split_once("#token=").unwrap().1;
    let accept = json!({ "token": invited, "name": "Ada", "password": PASSWORD });
    assert_eq!(post(&setup, "/api/v1/auth/invitations/accept", accept).status, 201);
    let refused = register(&setup, "eve@example.com", json!(token));
    assert!(refused.problem(403).contains("the owner came without it"), "{refused:?}");
}

#[test]
fn wrong_passwords_and_unknown_accounts_get_the_same_answer() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let wrong = post(
        &setup,
        "/api/v1/auth/login",
        json!({ "email": "ada@example.com", "password": "wrong password" }),
    );
    let nobody =
        post(&setup, "/api/v1/auth/login", json!({ "email": "eve@example.com", "password": PASSWORD }));
    assert_eq!((wrong.problem(401), wrong.body), (nobody.problem(401), nobody.body));
    let log = bearer(&setup, "GET", "/api/v1/audit-log", &ada, &Value::Null).json().to_string();
    assert!(log.contains("organization.registered") && log.contains("sign_in"), "{log}");
}

#[test]
fn too_many_wrong_passwords_delay_even_the_right_one() {
    let setup = Setup::open();
    owner(&setup, "ada@example.com");
    let attempt = |password: &str| {
        post(&setup, "/api/v1/auth/login", json!({ "email": "ada@example.com", "password": password }))
    };
    let statuses: Vec<u16> =
        (0..8).map(|number| attempt(&format!("wrong password {number}")).status).collect();
    assert_eq!(statuses[..5], [401; 5]);
    assert_eq!(statuses[5..], [429; 3]);
    let right = attempt(PASSWORD);
    assert_eq!(right.problem_code(429), "too_many_attempts");
    assert!(right.header("retry-after").is_some());
}

#[test]
fn a_refresh_token_used_twice_ends_the_sign_in() {
    let setup = Setup::open();
    let first = register(&setup, "ada@example.com", json!(setup_token(&setup))).json();
    let refresh = |token: &Value| post(&setup, "/api/v1/auth/refresh", json!({ "refresh_token": token }));
    let second = refresh(&first["refresh_token"]);
    assert_eq!(second.status, 200, "{second:?}");
    let second = second.json();
    let me = |token: &Value| bearer(&setup, "GET", "/api/v1/auth/me", token, &Value::Null).status;
    assert_eq!(me(&second["access_token"]), 200);
    assert_eq!(refresh(&first["refresh_token"]).problem_code(401), "sign_in_over");
    assert_eq!(
        refresh(&second["refresh_token"]).problem_code(401),
        "sign_in_over",
        "the whole family of tokens ends"
    );
    assert_eq!(me(&second["access_token"]), 401, "access tokens of the family end, too");
    for bad in ["", ".", "x.y", "' OR 1=1 --", "\u{1F511}"] {
        assert_eq!(refresh(&json!(bad)).problem_code(401), "sign_in_over");
    }
}

#[test]
fn a_refresh_token_replaced_long_ago_ends_the_sign_in() {
    let setup = Setup::open();
    let first = register(&setup, "ada@example.com", json!(setup_token(&setup))).json();
    let refresh = |token: &Value| post(&setup, "/api/v1/auth/refresh", json!({ "refresh_token": token }));
    // A thief who has the first token can use it at once, as often as they like.
    let mut stolen = first.clone();
    for _ in 0..3 {
        let answer = refresh(&stolen["refresh_token"]);
        assert_eq!(answer.status, 200, "{answer:?}");
        stolen = answer.json();
    }
    let text = first["refresh_token"].as_str().unwrap();
    let (_, mac) = text.rsplit_once('.').unwrap();
    let (id, _) = text.split_once('.').unwrap();
    for made_up in [format!("{id}.guessed"), format!("{id}.guessed.{mac}"), format!("{id}..{mac}")] {
        assert_eq!(refresh(&json!(made_up)).problem_code(401), "sign_in_over");
    }
    let me = |token: &Value| bearer(&setup, "GET", "/api/v1/auth/me", token, &Value::Null).status;
    assert_eq!(me(&stolen["access_token"]), 200, "a made-up token ends nothing");
    assert_eq!(refresh(&first["refresh_token"]).problem_code(401), "sign_in_over");
    assert_eq!(me(&stolen["access_token"]), 401, "the thief is signed out");
    assert_eq!(refresh(&stolen["refresh_token"]).problem_code(401), "sign_in_over");
}

#[test]
fn signing_out_ends_the_access_token_at_once() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    assert_eq!(bearer(&setup, "POST", "/api/v1/auth/logout", &ada, &Value::Null).status, 204);
    assert_eq!(bearer(&setup, "GET", "/api/v1/auth/me", &ada, &Value::Null).status, 401);
    let admin = json!(ADMIN);
    assert_eq!(
        bearer(&setup, "POST", "/api/v1/auth/logout", &admin, &Value::Null).problem_code(409),
        "no_sign_in"
    );
}

#[test]
fn a_tampered_access_token_is_refused() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let token = ada.as_str().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    // {"alg":"none"}
    let none = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    for bad in [none, format!("{}.{}.", parts[0], parts[1]), format!("{token}x"), "a.b.c".to_owned()] {
        assert_eq!(bearer(&setup, "GET", "/api/v1/auth/me", &json!(bad), &Value::Null).status, 401, "{bad}");
    }
}

#[test]
fn invitations_work_once_and_role_changes_end_sign_ins() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let asked = json!({ "email": "grace@example.com", "role": "admin" });
    let made = bearer(&setup, "POST", "/api/v1/invitations", &ada, &asked).json();
    let token = made["url"].as_str().unwrap().split_once("#token=").unwrap().1.to_owned();
    let hebrew = "\u{5d2}\u{5e8}\u{5d9}\u{5d9}\u{5e1} \u{1F469}\u{200D}\u{1F527}";
    let accept = || {
        let body = json!({ "token": token, "name": hebrew, "password": PASSWORD });
        post(&setup, "/api/v1/auth/invitations/accept", body)
    };
    let joined = accept();
    assert_eq!(joined.status, 201, "{joined:?}");
    let joined = joined.json();
    assert_eq!(joined["user"]["name"], json!(hebrew));
    accept().problem(404);
    let (grace, id) = (&joined["access_token"], joined["user"]["id"].as_str().unwrap());
    let as_owner = json!({ "email": "eve@example.com", "role": "owner" });
    let refused = bearer(&setup, "POST", "/api/v1/invitations", grace, &as_owner);
    assert_eq!(refused.problem_code(403), "not_allowed", "only owners invite owners");
    let path = format!("/api/v1/users/{id}");
    let change = json!({ "name": "Grace", "role": "agent", "status": "active" });
    assert_eq!(bearer(&setup, "PUT", &path, &ada, &change).status, 200);
    assert_eq!(bearer(&setup, "GET", "/api/v1/auth/me", grace, &Value::Null).status, 401);
    let disabled = json!({ "name": "Grace", "role": "agent", "status": "disabled" });
    assert_eq!(bearer(&setup, "PUT", &path, &ada, &disabled).status, 200);
    let login = json!({ "email": "grace@example.com", "password": PASSWORD });
    assert_eq!(post(&setup, "/api/v1/auth/login", login).problem_code(401), "wrong_credentials");
}

#[test]
fn an_invitation_to_a_full_organization_waits_for_room() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let asked = json!({ "email": "grace@example.com", "role": "agent" });
    let made = bearer(&setup, "POST", "/api/v1/invitations", &ada, &asked).json();
    let token = made["url"].as_str().unwrap().split_once("#token=").unwrap().1.to_owned();
    let accept = || {
        let body = json!({ "token": token, "name": "Grace", "password": PASSWORD });
        post(&setup, "/api/v1/auth/invitations/accept", body)
    };
    let fill = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
         INSERT INTO users (id, organization_id, email, name, role, status, password_hash, totp_step, \
                            recovery_codes, created_at) \
         SELECT substr(id, 1, 28) || printf('%08d', i), organization_id, 'n' || i || '@example.com', 'n', 'agent', \
                status, password_hash, 0, '[]', created_at \
         FROM users, n WHERE email = 'ada@example.com'",
        USERS_MAX - 1
    );
    setup.stranger().batch_execute(&fill).unwrap();
    assert_eq!(accept().problem_code(409), "too_many");
    setup.stranger().batch_execute("DELETE FROM users WHERE email = 'n1@example.com'").unwrap();
    assert_eq!(accept().status, 201, "its link stays valid");
}

#[test]
fn the_audit_log_names_who_changed_an_extension() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let made = bearer(
        &setup,
        "POST",
        "/api/v1/extensions",
        &ada,
        &json!({ "name": "desk", "target": "internal,7,1" }),
    );
    assert_eq!(made.status, 201, "{made:?}");
    let changed = json!({ "target": "internal,8,1" });
    assert_eq!(bearer(&setup, "PUT", "/api/v1/extensions/desk", &ada, &changed).status, 200);
    assert_eq!(bearer(&setup, "PUT", "/api/v1/extensions/none", &ada, &changed).status, 404);
    assert_eq!(bearer(&setup, "DELETE", "/api/v1/extensions/desk", &ada, &Value::Null).status, 204);
    let log = bearer(&setup, "GET", "/api/v1/audit-log", &ada, &Value::Null).json();
    let of_extensions: Vec<&str> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .filter(|action| action.starts_with("extension."))
        .collect();
    assert_eq!(of_extensions, ["extension.removed", "extension.changed", "extension.made"]);
    assert_eq!(log["items"][0]["actor"]["kind"], "user");
}

#[test]
fn the_last_owner_stays() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let me = bearer(&setup, "GET", "/api/v1/auth/me", &ada, &Value::Null).json();
    let path = format!("/api/v1/users/{}", me["user"]["id"].as_str().unwrap());
    for change in [("admin", "active"), ("owner", "disabled")] {
        let body = json!({ "name": "Ada", "role": change.0, "status": change.1 });
        assert_eq!(bearer(&setup, "PUT", &path, &ada, &body).problem_code(409), "last_owner", "{change:?}");
    }
    assert_eq!(bearer(&setup, "DELETE", &path, &ada, &Value::Null).problem_code(409), "last_owner");
}

#[test]
fn api_tokens_follow_their_scopes_and_are_shown_once() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let body = json!({ "name": "export", "scopes": ["calls_read"], "expires_in_days": 7 });
    let made = bearer(&setup, "POST", "/api/v1/api-tokens", &ada, &body).json();
    let token = &made["token"];
    assert_eq!(bearer(&setup, "GET", "/api/v1/calls", token, &Value::Null).status, 200);
    assert_eq!(bearer(&setup, "GET", "/api/v1/users", token, &Value::Null).problem_code(403), "forbidden");
    let list = bearer(&setup, "GET", "/api/v1/api-tokens", &ada, &Value::Null).json().to_string();
    assert!(!list.contains(token.as_str().unwrap()), "{list}");
    let more = json!({ "name": "x", "scopes": ["installation"] });
    bearer(&setup, "POST", "/api/v1/api-tokens", &ada, &more).problem(422);
    let path = format!("/api/v1/api-tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(bearer(&setup, "DELETE", &path, &ada, &Value::Null).status, 204);
    assert_eq!(bearer(&setup, "GET", "/api/v1/calls", token, &Value::Null).status, 401);
}

#[test]
fn the_second_factor_is_required_and_works_once_per_code() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let offer = bearer(&setup, "POST", "/api/v1/auth/totp", &ada, &json!({ "password": PASSWORD })).json();
    let secret = offer["secret"].as_str().unwrap().to_owned();
    let wrong = bearer(&setup, "POST", "/api/v1/auth/totp/confirm", &ada, &json!({ "code": "abcdef" }));
    assert_eq!(wrong.problem_code(401), "wrong_credentials");
    let code = code_of(&secret);
    let confirmed = bearer(&setup, "POST", "/api/v1/auth/totp/confirm", &ada, &json!({ "code": code }));
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let recovery = confirmed.json()["recovery_codes"][0].clone();
    let login = |code: Value| {
        let body = json!({ "email": "ada@example.com", "password": PASSWORD, "code": code });
        post(&setup, "/api/v1/auth/login", body)
    };
    assert_eq!(login(Value::Null).problem_code(401), "totp_required");
    assert_eq!(login(json!(code)).problem_code(401), "wrong_credentials", "the code was used to confirm");
    let typed = recovery.as_str().unwrap().replace('-', "").to_uppercase();
    assert_eq!(login(json!(typed)).status, 200);
    assert_eq!(login(recovery).problem_code(401), "wrong_credentials", "a recovery code works once");
}

#[test]
fn a_new_second_factor_has_new_codes() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let password = json!({ "password": PASSWORD });
    // Most of the time this is within the 30 s of one code.
    for _ in 0..2 {
        let offer = bearer(&setup, "POST", "/api/v1/auth/totp", &ada, &password).json();
        let code = json!({ "code": code_of(offer["secret"].as_str().unwrap()) });
        let confirmed = bearer(&setup, "POST", "/api/v1/auth/totp/confirm", &ada, &code);
        assert_eq!(confirmed.status, 200, "{confirmed:?}");
        let again = bearer(&setup, "POST", "/api/v1/auth/totp/confirm", &ada, &code);
        assert_eq!(again.problem_code(409), "not_offered");
        assert_eq!(bearer(&setup, "POST", "/api/v1/auth/totp/remove", &ada, &password).status, 204);
    }
}

/// Gives a user a second factor.
fn add_factor(setup: &Setup, token: &Value) {
    let offer = bearer(setup, "POST", "/api/v1/auth/totp", token, &json!({ "password": PASSWORD })).json();
    let code = json!({ "code": code_of(offer["secret"].as_str().unwrap()) });
    assert_eq!(bearer(setup, "POST", "/api/v1/auth/totp/confirm", token, &code).status, 200);
}

#[test]
fn a_lost_second_factor_is_removed_by_their_administrator() {
    let setup = Setup::open();
    let (ada, first) = (owner(&setup, "ada@example.com"), setup.store.organization_id());
    let [grace, linus] = [Role::Agent, Role::Admin].map(|role| somebody(&setup, first, role));
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    for token in [&ada, &grace] {
        add_factor(&setup, token);
    }
    let me = |token: &Value| bearer(&setup, "GET", "/api/v1/auth/me", token, &Value::Null);
    let id = me(&grace).json()["user"]["id"].clone();
    let path = format!("/api/v1/users/{}/totp/remove", id.as_str().unwrap());
    let remove = |token: &Value, password: &str| {
        bearer(&setup, "POST", &path, token, &json!({ "password": password }))
    };
    let login = || {
        post(&setup, "/api/v1/auth/login", json!({ "email": "agent@other.example", "password": PASSWORD }))
    };
    remove(&eve, PASSWORD).problem(404);
    assert_eq!(remove(&grace, PASSWORD).problem_code(403), "forbidden");
    assert_eq!(remove(&json!(ADMIN), PASSWORD).problem_code(409), "no_user");
    assert_eq!(remove(&linus, "a guessed one").problem_code(401), "wrong_credentials");
    let owners = format!("/api/v1/users/{}/totp/remove", me(&ada).json()["user"]["id"].as_str().unwrap());
    let refused = bearer(&setup, "POST", &owners, &linus, &json!({ "password": PASSWORD }));
    assert_eq!(refused.problem_code(403), "not_allowed", "the factor is an owner's");
    assert_eq!(login().problem_code(401), "totp_required", "nothing was removed");
    assert_eq!(me(&grace).status, 200, "no one was signed out");

    assert_eq!(remove(&linus, PASSWORD).status, 204);
    assert_eq!(me(&grace).status, 401, "every sign-in of hers ends");
    let anew = login();
    assert_eq!(anew.status, 200, "{anew:?}");
    let anew = anew.json();
    assert_eq!(anew["user"]["has_totp"], json!(false));
    assert_eq!(remove(&linus, PASSWORD).status, 204, "a repeated removal succeeds");
    assert_eq!(me(&anew["access_token"]).status, 200, "there was nothing to remove");
    let log = bearer(&setup, "GET", "/api/v1/audit-log", &ada, &Value::Null).json();
    let removed: Vec<&Value> =
        log["items"].as_array().unwrap().iter().filter(|line| line["action"] == "totp.reset").collect();
    assert_eq!(removed.len(), 1, "{log}");
    assert_eq!((&removed[0]["subject"], &removed[0]["actor"]["kind"]), (&id, &json!("user")));
}

/// An app's code for a secret in base32.
pub(crate) fn code_of(secret: &str) -> String {
    let second = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    totp_rs::Builder::new().with_secret(secret).build().unwrap().generate(second).to_string()
}

#[test]
fn the_admin_token_opens_pages_until_an_owner_exists() {
    let setup = Setup::open();
    let cookie_of = |answer: &Answer| {
        let cookie = answer.header("set-cookie").unwrap().to_owned();
        assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    };
    let admin = post(&setup, "/api/v1/auth/session", json!({ "token": ADMIN }));
    assert_eq!(admin.status, 204);
    let admins = cookie_of(&admin);
    let session = |cookie: &str| setup.request("GET", "/api/v1/auth/session", &[("Cookie", cookie)]);
    assert_eq!(session(&admins).json()["user"], Value::Null);
    owner(&setup, "ada@example.com");
    assert_eq!(session(&admins).status, 401, "an owner exists now");
    let refused = post(&setup, "/api/v1/auth/session", json!({ "token": ADMIN }));
    assert_eq!(refused.problem_code(403), "not_allowed");
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let ada = cookie_of(&post(&setup, "/api/v1/auth/session", body));
    let csrf = session(&ada).json()["csrf"].as_str().unwrap().to_owned();
    let rename = |headers: &[(&str, &str)]| setup.request("PUT", "/api/v1/organization", headers).status;
    assert_eq!(rename(&[("Cookie", &ada)]), 403, "without the proof");
    assert_eq!(rename(&[("Cookie", &ada), ("X-CSRF-Token", &csrf.replace(&csrf[..1], "x"))]), 403);
    assert_ne!(rename(&[("Cookie", &ada), ("X-CSRF-Token", &csrf)]), 403, "with the proof the body is read");
    let out = setup.request("DELETE", "/api/v1/auth/session", &[("Cookie", &ada), ("X-CSRF-Token", &csrf)]);
    assert_eq!(out.status, 204);
    assert_eq!(session(&ada).status, 401);
}

#[test]
fn malformed_sign_ins_are_refused() {
    let setup = Setup::open();
    owner(&setup, "ada@example.com");
    for evil in ["' OR '1'='1", "<script>alert(1)</script>", "\u{202E}evil", "\0", "ada@example.com'--"] {
        let login =
            post(&setup, "/api/v1/auth/login", json!({ "email": evil, "password": evil, "code": evil }));
        assert!(matches!(login.status, 401 | 429), "{evil:?}: {login:?}");
        let taken =
            post(&setup, "/api/v1/auth/password/reset", json!({ "token": evil, "password": PASSWORD }));
        assert!(matches!(taken.status, 404 | 429), "{evil:?}: {taken:?}");
    }
    let huge = "x".repeat(10 * 1_024 * 1_024);
    let length = huge.len();
    let head = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    // The length in the head is enough to refuse it.
    let answer = setup.raw(&head);
    assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
}
