//! The identity of a talk link's visitor, signed by a website's server: what is accepted, what is refused, and whose secret it was.

use std::time::{SystemTime, UNIX_EPOCH};

use cordboard::store::change;
use cordboard_schema::ids::TalkLinkId;
use cordboard_test_support::website::signed;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::setup::{Answer, Setup};

const SITE: &str = "https://www.example.com";

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn at(link: &Value) -> String {
    format!("/api/v1/talk-links/{}", link["id"].as_str().unwrap())
}

/// Creates a link whose widget is on pages of [`SITE`].
fn link(setup: &Setup, name: &str) -> Value {
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone();
    let body = json!({ "name": name, "profile_id": profile, "origins": [SITE], "calls_per_hour_max": 1000 });
    let made = setup.send("POST", "/api/v1/talk-links", &body);
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

/// Creates a signing secret of a link.
fn secret(setup: &Setup, link: &Value) -> String {
    let made = setup.send("POST", &format!("{}/signing-secret", at(link)), &Value::Null);
    assert_eq!(made.status, 200, "{made:?}");
    made.json()["secret"].as_str().unwrap().to_owned()
}

/// Has a page request a call with this body.
fn begin_with(setup: &Setup, link: &Value, body: &Value) -> Answer {
    let token = link["url"].as_str().unwrap().rsplit('/').next().unwrap();
    setup.ask("POST", &format!("/api/v1/talk/{token}/calls"), &[("Origin", SITE)], body)
}

/// Has a page state this identity of its visitor.
fn begin(setup: &Setup, link: &Value, identity: &str) -> Answer {
    begin_with(setup, link, &json!({ "identity": identity }))
}

fn ada(exp: u64) -> Value {
    json!({ "name": "Ada Example", "email": "ada@example.com", "exp": exp })
}

#[test]
fn a_secret_is_shown_once_kept_sealed_replaced_and_removed() {
    let setup = Setup::open();
    let link = link(&setup, "Our website");
    let first = secret(&setup, &link);
    assert_eq!(first.len(), 40);
    assert!(!crate::people::holds(&setup, &first), "the secret is in the database in clear");
    let shown = setup.json(&at(&link));
    assert!(shown["signing_secret_made_at"].is_string(), "{shown}");
    assert!(shown.get("secret").is_none() && !shown.to_string().contains(&first), "{shown}");
    // A change of the link keeps the secret.
    let body = json!({ "name": "Our shop", "profile_id": shown["profile_id"], "enabled": true });
    assert_eq!(
        setup.send("PUT", &at(&link), &body).json()["signing_secret_made_at"],
        shown["signing_secret_made_at"]
    );
    assert_eq!(begin(&setup, &link, &signed(&first, &ada(now_s() + 60))).problem_code(403), "foreign_origin");
    assert_eq!(setup.send("PATCH", &at(&link), &json!({ "origins": [SITE] })).status, 200);
    assert_eq!(begin(&setup, &link, &signed(&first, &ada(now_s() + 60))).status, 201);

    let second = secret(&setup, &link);
    assert_ne!(first, second);
    let stale = begin(&setup, &link, &signed(&first, &ada(now_s() + 60)));
    assert_eq!(stale.problem_code(403), "identity_bad_signature");
    assert_eq!(begin(&setup, &link, &signed(&second, &ada(now_s() + 60))).status, 201);

    let path = format!("{}/signing-secret", at(&link));
    for _ in 0..2 {
        assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    }
    assert_eq!(setup.json(&at(&link))["signing_secret_made_at"], Value::Null);
    let none = begin(&setup, &link, &signed(&second, &ada(now_s() + 60)));
    assert_eq!(none.problem_code(403), "identity_no_secret");
    assert!(none.problem(403).contains("page Talk links"), "{none:?}");
    assert_eq!(begin_with(&setup, &link, &json!({})).status, 201, "anonymous visitors can still talk");
    let audit = setup.json("/api/v1/audit-log");
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions[..3],
        [
            "talk_link.signing_secret_removed",
            "talk_link.signing_secret_removed",
            "talk_link.signing_secret_made"
        ]
    );
    assert!(!audit.to_string().contains(&second), "the audit log has the secret");
}

#[test]
fn a_signed_identity_reaches_the_call_and_pages_read_answers() {
    let setup = Setup::open();
    let link = link(&setup, "Our website");
    let secret = secret(&setup, &link);
    setup.heard();
    let begun = begin(&setup, &link, &signed(&secret, &ada(now_s() + 3_600)));
    assert_eq!((begun.status, begun.header("access-control-allow-origin")), (201, Some(SITE)), "{begun:?}");
    let heard = setup.heard().pop().unwrap();
    for part in [
        r#"Some("Web visitor")"#,
        r#"name: "Ada Example""#,
        r#"email: "ada@example.com""#,
        r#"by: "Our website""#,
    ] {
        assert!(heard.contains(part), "{part}: {heard}");
    }
    for nobody in [json!({}), json!({ "identity": null }), Value::Null] {
        assert_eq!(begin_with(&setup, &link, &nobody).status, 201, "{nobody}");
        let heard = setup.heard().pop().unwrap();
        assert!(!heard.contains("SignedIdentity") && !heard.ends_with(" writes"), "{heard}");
    }
    assert_eq!(begin_with(&setup, &link, &json!({ "writes": true })).status, 201);
    assert!(setup.heard().pop().unwrap().ends_with(" writes"), "the assistant waits longer for them");
}

#[test]
fn forged_or_expired_identities_begin_no_call() {
    let setup = Setup::open();
    let link = link(&setup, "Our website");
    let secret = secret(&setup, &link);
    let (now, good) = (now_s(), signed(&secret, &ada(now_s() + 3_600)));
    let (payload, code) = good.split_once('.').unwrap();
    let far = now + 24 * 3_600 + 600;
    setup.heard();
    for (identity, status, expected) in [
        (signed("another", &ada(now + 60)), 403, "identity_bad_signature"),
        (signed("", &ada(now + 60)), 403, "identity_bad_signature"),
        (format!("{payload}A.{code}"), 403, "identity_bad_signature"),
        (signed(&secret, &ada(now - 1)), 403, "identity_expired"),
        (signed(&secret, &ada(0)), 403, "identity_expired"),
        (signed(&secret, &ada(far)), 422, "identity_unreadable"),
        // In milliseconds.
        (signed(&secret, &ada(now * 1_000)), 422, "identity_unreadable"),
        (signed(&secret, &json!({ "name": "Ada" })), 422, "identity_unreadable"),
        (signed(&secret, &json!({ "name": "x".repeat(121), "exp": now + 60 })), 422, "identity_unreadable"),
        (signed(&secret, &json!({ "name": "a\u{0}b", "exp": now + 60 })), 422, "identity_unreadable"),
        (signed(&secret, &json!(["Ada", "ada@example.com"])), 422, "identity_unreadable"),
        (payload.to_owned(), 422, "identity_unreadable"),
        (String::new(), 422, "identity_unreadable"),
        ("{\"name\":\"Ada\"}".to_owned(), 422, "identity_unreadable"),
        (format!("{payload}.{}", "é".repeat(32)), 422, "identity_unreadable"),
        ("a".repeat(4_097), 422, "identity_unreadable"),
    ] {
        let refused = begin(&setup, &link, &identity);
        assert_eq!(refused.problem_code(status), expected, "{identity}: {refused:?}");
        assert_eq!(refused.header("access-control-allow-origin"), Some(SITE), "the page can read the error");
        let told = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(!told.contains(&secret) && !told.contains(code), "{told}");
    }
    assert_eq!(setup.heard(), Vec::<String>::new(), "a call has begun");
    for odd in
        [json!({ "identity": 1 }), json!({ "identiy": good }), json!({ "identity": { "name": "Ada" } })]
    {
        assert_eq!(begin_with(&setup, &link, &odd).problem_code(422), "invalid", "{odd}");
    }
    begin_with(&setup, &link, &json!(["a"])).problem(400);
    assert_eq!(setup.heard(), Vec::<String>::new(), "a call has begun");
    assert_eq!(begin(&setup, &link, &good).status, 201);
}

#[test]
fn a_refused_identity_costs_no_line_of_the_link() {
    let setup = Setup::open();
    let link = link(&setup, "Our website");
    let body = json!({ "origins": [SITE], "calls_max": 1 });
    assert_eq!(setup.send("PATCH", &at(&link), &body).status, 200);
    let secret = secret(&setup, &link);
    for _ in 0..3 {
        begin(&setup, &link, &signed("another", &ada(now_s() + 60))).problem(403);
    }
    assert_eq!(begin(&setup, &link, &signed(&secret, &ada(now_s() + 60))).status, 201);
}

#[test]
fn one_links_secret_signs_for_no_other_even_if_moved() {
    let setup = Setup::open();
    let (ours, theirs) = (link(&setup, "Ours"), link(&setup, "Theirs"));
    let (our_secret, their_secret) = (secret(&setup, &ours), secret(&setup, &theirs));
    let of = |secret: &str| signed(secret, &ada(now_s() + 60));
    assert_eq!(begin(&setup, &ours, &of(&their_secret)).problem_code(403), "identity_bad_signature");
    assert_eq!(begin(&setup, &theirs, &of(&our_secret)).problem_code(403), "identity_bad_signature");
    // Editing the database can't move a secret to another link: it is sealed for its own link.
    let id = |link: &Value| link["id"].as_str().unwrap().parse::<TalkLinkId>().unwrap();
    let (from, to) = (id(&theirs), id(&ours));
    let moves = format!(
        "UPDATE talk_links SET signing_secret = (SELECT signing_secret FROM talk_links WHERE id = '{from}') WHERE id = '{to}'"
    );
    setup.stranger().batch_execute(&moves).unwrap();
    let moved = begin(&setup, &ours, &of(&their_secret));
    assert_eq!(moved.problem_code(503), "unavailable", "{moved:?}");
}

#[test]
fn secrets_of_another_organizations_link_can_not_be_made() {
    let setup = Setup::open();
    let link = link(&setup, "Our website");
    let ours = secret(&setup, &link);
    let other = crate::isolation::another_organization(&setup);
    let eve = crate::isolation::somebody(&setup, other, cordboard_schema::permission::Role::Owner);
    let path = format!("{}/signing-secret", at(&link));
    for method in ["POST", "DELETE"] {
        setup.send_as(method, &path, eve.as_str(), &Value::Null).problem(404);
    }
    let id: TalkLinkId = link["id"].as_str().unwrap().parse().unwrap();
    let took =
        setup.change(move |connection| change::set_talk_link_signing_secret(connection, other, id, None));
    assert!(!took, "the store checks the owner, too");
    assert_eq!(begin(&setup, &link, &signed(&ours, &ada(now_s() + 60))).status, 201, "the link is unchanged");
}
