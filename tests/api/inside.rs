//! Insiders: no one grants what they do not have, and what a user created ends with the user.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use cordboard_schema::audit::Actor;
use cordboard_schema::permission::Role;
use cordboard_schema::webhook::EventKind;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::isolation::{another_organization, frame, somebody, until};
use crate::people::{PASSWORD, bearer, owner, post};
use crate::setup::{ADMIN, Answer, Setup};

/// Creates an API token with these scopes, by the holder of `by`.
fn token_of(setup: &Setup, by: &Value, scopes: &Value) -> Value {
    let body = json!({ "name": "a program", "scopes": scopes });
    let made = bearer(setup, "POST", "/api/v1/api-tokens", by, &body);
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["token"].clone()
}

/// Creates a user of the first organization; returns their id and an access token.
fn user(setup: &Setup, name: &str, role: Role) -> (String, Value) {
    let email = format!("{name}@example.com");
    let account = cordboard::web::NewAccount {
        organization_id: setup.store.organization_id(),
        email: email.clone(),
        name: name.to_owned(),
        role,
        password: PASSWORD.to_owned(),
    };
    let id = setup.block_on(cordboard::web::add_user(&setup.store, account, Actor::Installation)).unwrap().id;
    let login = post(setup, "/api/v1/auth/login", json!({ "email": email, "password": PASSWORD }));
    assert_eq!(login.status, 200, "{login:?}");
    (id.to_string(), login.json()["access_token"].clone())
}

fn invite(setup: &Setup, by: &Value, role: &str) -> Answer {
    let body = json!({ "email": format!("new-{role}@example.com"), "role": role });
    bearer(setup, "POST", "/api/v1/invitations", by, &body)
}

/// Creates a link of the calendar.
fn feed_of(setup: &Setup, by: &Value) -> String {
    let made = bearer(setup, "POST", "/api/v1/appointments/feed", by, &Value::Null);
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["path"].as_str().unwrap().to_owned()
}

fn looks(setup: &Setup, path: &str) -> u16 {
    setup.request("GET", path, &[]).status
}

#[test]
fn tokens_invite_within_their_rights_and_see_no_link() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let weak = token_of(&setup, &ada, &json!(["users_read", "users_write"]));
    for role in ["agent", "supervisor", "admin", "owner"] {
        let refused = invite(&setup, &weak, role);
        assert_eq!(refused.problem_code(403), "not_allowed", "{role}: {refused:?}");
    }
    // There is no mail server here, so a token's invitation would reach no one.
    let own: Vec<&str> = Role::Admin.permissions().iter().map(|scope| scope.as_str()).collect();
    let strong = token_of(&setup, &ada, &json!(own));
    assert_eq!(invite(&setup, &strong, "admin").problem_code(409), "no_mail_server");
    assert_eq!(invite(&setup, &strong, "owner").problem_code(403), "not_allowed");
    // A user who may invite sees the link, because there is no mail server.
    let made = invite(&setup, &ada, "admin");
    assert_eq!(made.status, 201, "{made:?}");
    assert!(made.json()["url"].as_str().unwrap().contains("/invitation#token="));
    let waiting = bearer(&setup, "GET", "/api/v1/invitations", &ada, &Value::Null);
    assert!(!String::from_utf8_lossy(&waiting.body).contains("token"), "{waiting:?}");
}

#[test]
fn users_with_more_rights_can_not_be_changed_or_removed() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let (grace_id, _) = user(&setup, "grace", Role::Supervisor);
    let (alan_id, _) = user(&setup, "alan", Role::Agent);
    let (_, admin) = user(&setup, "kurt", Role::Admin);
    let mut scopes: Vec<&str> = Role::Agent.permissions().iter().map(|scope| scope.as_str()).collect();
    scopes.extend(["users_read", "users_write"]);
    let token = token_of(&setup, &ada, &json!(scopes));
    let change = |by: &Value, id: &str, role: &str, status: &str| {
        let body = json!({ "name": "Somebody", "role": role, "status": status });
        bearer(&setup, "PUT", &format!("/api/v1/users/{id}"), by, &body)
    };
    assert_eq!(change(&token, &grace_id, "supervisor", "disabled").problem_code(403), "not_allowed");
    assert_eq!(change(&token, &grace_id, "agent", "active").problem_code(403), "not_allowed");
    assert_eq!(change(&token, &alan_id, "supervisor", "active").problem_code(403), "not_allowed");
    let removed = bearer(&setup, "DELETE", &format!("/api/v1/users/{grace_id}"), &token, &Value::Null);
    assert_eq!(removed.problem_code(403), "not_allowed");
    assert_eq!(change(&token, &alan_id, "agent", "disabled").status, 200, "it has all rights of this user");
    let me = bearer(&setup, "GET", "/api/v1/auth/me", &ada, &Value::Null).json();
    let ada_id = me["user"]["id"].as_str().unwrap();
    assert_eq!(
        change(&admin, ada_id, "owner", "active").problem_code(403),
        "not_allowed",
        "not even her name"
    );
    assert_eq!(change(&admin, &grace_id, "admin", "active").status, 200);
    // Nor can a user revoke an invitation that they could not have made.
    let invited = invite(&setup, &ada, "owner").json();
    let path = format!("/api/v1/invitations/{}", invited["id"].as_str().unwrap());
    assert_eq!(bearer(&setup, "DELETE", &path, &admin, &Value::Null).problem_code(403), "not_allowed");
    assert_eq!(bearer(&setup, "DELETE", &path, &ada, &Value::Null).status, 204);
}

#[test]
fn a_token_only_subscribes_to_what_it_may_read() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let writes = token_of(&setup, &ada, &json!(["appointments_write", "integrations_write"]));
    let feed = bearer(&setup, "POST", "/api/v1/appointments/feed", &writes, &Value::Null);
    assert_eq!(feed.problem_code(403), "forbidden");
    let webhook = |by: &Value, event: &str| {
        let body = json!({ "url": "https://hooks.example/x", "events": [event] });
        bearer(&setup, "POST", "/api/v1/webhooks", by, &body)
    };
    for event in EventKind::ALL {
        assert_eq!(webhook(&writes, event.as_str()).problem_code(403), "forbidden", "{event:?}");
    }
    // Alarms are shown to supervisors, but not to everyone who reads calls.
    let alarmed = json!({ "alarm": { "email": ["me@example.net"] } });
    for (scope, made, set) in [("calls_read", 403, 403), ("calls_supervise", 201, 200)] {
        let by = token_of(&setup, &ada, &json!(["integrations_write", scope]));
        assert_eq!(webhook(&by, "alarm.raised").status, made, "{scope}");
        assert_eq!(bearer(&setup, "PUT", "/api/v1/notices", &by, &alarmed).status, set, "{scope}");
    }
    let notices = json!({ "new_lead": { "email": ["me@example.net"] } });
    assert_eq!(bearer(&setup, "PUT", "/api/v1/notices", &writes, &notices).problem_code(403), "forbidden");
    let reads = token_of(&setup, &ada, &json!(["integrations_write", "leads_read"]));
    assert_eq!(webhook(&reads, "lead.created").status, 201);
    assert_eq!(bearer(&setup, "PUT", "/api/v1/notices", &reads, &notices).status, 200);
    // Other people's recipients of alarms do not keep a token from changing who is notified of leads.
    assert_eq!(bearer(&setup, "PATCH", "/api/v1/notices", &ada, &alarmed).status, 200);
    let others = json!({ "new_lead": { "email": ["another@example.net"] } });
    assert_eq!(bearer(&setup, "PATCH", "/api/v1/notices", &reads, &others).status, 200);
    let alarmed = json!({ "alarm": { "email": ["another@example.net"] } });
    assert_eq!(bearer(&setup, "PATCH", "/api/v1/notices", &reads, &alarmed).problem_code(403), "forbidden");
    // It may not redirect another's webhook either.
    let made = webhook(&ada, "call.started").json();
    let path =
        format!("/api/v1/webhooks/{}", made["webhook"]["id"].as_str().or(made["id"].as_str()).unwrap());
    let elsewhere = json!({ "url": "https://hooks.example/mine", "events": ["call.started"] });
    assert_eq!(bearer(&setup, "PUT", &path, &reads, &elsewhere).problem_code(403), "forbidden");
    // Nor may it get the signing secret of another's webhook.
    let rolled = bearer(&setup, "POST", &format!("{path}/secret"), &reads, &Value::Null);
    assert_eq!(rolled.problem_code(403), "forbidden");
    // Nor send a call to another address once the webhook only gets leads, whether the call still waits or was sent.
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let delivery = setup.json(&format!("{path}/deliveries"))["items"][0]["id"].clone();
    let leads = |url: &str| json!({ "url": url, "events": ["lead.created"] });
    assert_eq!(bearer(&setup, "PUT", &path, &ada, &leads("https://hooks.example/x")).status, 200);
    let mine = bearer(&setup, "PUT", &path, &reads, &leads("https://hooks.example/mine"));
    assert_eq!(mine.problem_code(403), "forbidden");
    let again = format!("{path}/deliveries/{}/redeliver", delivery.as_str().unwrap());
    assert_eq!(bearer(&setup, "POST", &again, &reads, &Value::Null).problem_code(403), "forbidden");
    assert_eq!(bearer(&setup, "POST", &again, &ada, &Value::Null).status, 202);
}

#[test]
fn only_tokens_that_may_hear_calls_can_connect_a_provider() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let own = json!({ "settings": { "base_url": "https://listener.example/v1" }, "secrets": { "api_key": "sk-x" } });
    let set = |by: &Value| bearer(&setup, "PUT", "/api/v1/integrations/openai", by, &own);
    for scopes in [json!(["integrations_write"]), json!(["integrations_write", "calls_read"])] {
        let refused = set(&token_of(&setup, &ada, &scopes));
        assert_eq!(refused.problem_code(403), "forbidden", "{scopes}");
    }
    let hears = token_of(&setup, &ada, &json!(["integrations_write", "calls_read", "recordings_play"]));
    assert_eq!(set(&hears).status, 200);
}

#[test]
fn an_expiring_token_creates_none_that_outlives_it() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let made = |by: &Value, days: Value| {
        let body = json!({ "name": "x", "scopes": ["tokens_write"], "expires_in_days": days });
        let made = bearer(&setup, "POST", "/api/v1/api-tokens", by, &body);
        assert_eq!(made.status, 201, "{made:?}");
        made.json()
    };
    let ends = made(&ada, json!(1));
    for days in [json!(null), json!(300)] {
        assert_eq!(made(&ends["token"], days)["expires_at"], ends["expires_at"]);
    }
    assert_eq!(made(&ada, json!(null))["expires_at"], json!(null), "a user's token may be permanent");
}

#[test]
fn a_calendar_link_ends_with_its_maker() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let (alan_id, alan) = user(&setup, "alan", Role::Agent);
    let path = format!("/api/v1/users/{alan_id}");
    let status = |status: &str| {
        let body = json!({ "name": "Alan", "role": "agent", "status": status });
        assert_eq!(bearer(&setup, "PUT", &path, &ada, &body).status, 200);
    };
    let link = feed_of(&setup, &alan);
    assert_eq!(looks(&setup, &link), 200);
    status("disabled");
    assert_eq!(looks(&setup, &link), 401, "the link of a disabled user");
    status("active");
    assert_eq!(looks(&setup, &link), 200);
    assert_eq!(bearer(&setup, "DELETE", &path, &ada, &Value::Null).status, 204);
    assert_eq!(looks(&setup, &link), 401, "the link of a removed user");
    assert_eq!(
        bearer(&setup, "DELETE", "/api/v1/appointments/feed", &ada, &Value::Null).problem_code(404),
        "not_found"
    );
}

#[test]
fn tokens_keep_within_their_makers_rights_and_end_with_them() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let (id, kurt) = user(&setup, "kurt", Role::Admin);
    let path = format!("/api/v1/users/{id}");
    let change = |role: &str, status: &str| {
        let body = json!({ "name": "Kurt", "role": role, "status": status });
        assert_eq!(bearer(&setup, "PUT", &path, &ada, &body).status, 200);
    };
    let token = token_of(&setup, &kurt, &json!(["calls_read", "audit_read", "tokens_write"]));
    let child = token_of(&setup, &token, &json!(["calls_read"]));
    let of_the_installation = token_of(&setup, &json!(ADMIN), &json!(["calls_read"]));
    let asks = |token: &Value, path: &str| bearer(&setup, "GET", path, token, &Value::Null).status;
    assert_eq!((asks(&token, "/api/v1/calls"), asks(&token, "/api/v1/audit-log")), (200, 200));
    change("supervisor", "active");
    assert_eq!(
        (asks(&token, "/api/v1/calls"), asks(&token, "/api/v1/audit-log")),
        (200, 403),
        "the rights are reduced"
    );
    change("supervisor", "disabled");
    assert_eq!((asks(&token, "/api/v1/calls"), asks(&child, "/api/v1/calls")), (401, 401));
    change("admin", "active");
    assert_eq!((asks(&token, "/api/v1/audit-log"), asks(&child, "/api/v1/calls")), (200, 200));
    assert_eq!(bearer(&setup, "DELETE", &path, &ada, &Value::Null).status, 204);
    assert_eq!((asks(&token, "/api/v1/calls"), asks(&child, "/api/v1/calls")), (401, 401));
    assert_eq!(asks(&of_the_installation, "/api/v1/calls"), 200, "a token without an owner");
    let left = bearer(&setup, "GET", "/api/v1/api-tokens", &ada, &Value::Null).json();
    assert_eq!(left["items"].as_array().unwrap().len(), 1, "{left}");
}

#[test]
fn an_invitation_is_valid_while_its_maker_could_make_it() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let (id, kurt) = user(&setup, "kurt", Role::Admin);
    let link = invite(&setup, &kurt, "admin").json()["url"].as_str().unwrap().to_owned();
    let token = link.split_once("#token=").unwrap().1.to_owned();
    let look = || post(&setup, "/api/v1/auth/invitations/look", json!({ "token": token })).status;
    assert_eq!(look(), 200);
    let body = json!({ "name": "Kurt", "role": "supervisor", "status": "active" });
    assert_eq!(bearer(&setup, "PUT", &format!("/api/v1/users/{id}"), &ada, &body).status, 200);
    assert_eq!(look(), 404);
    let taken = json!({ "token": token, "name": "Kurt again", "password": PASSWORD });
    post(&setup, "/api/v1/auth/invitations/accept", taken).problem(404);
}

/// A control socket that is opened with a token and subscribes to events of calls.
pub(crate) fn control(setup: &Setup, token: &Value) -> TcpStream {
    let mut stream = TcpStream::connect(setup.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "GET /ws/control HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        token.as_str().unwrap()
    );
    stream.write_all(head.as_bytes()).unwrap();
    until(&mut stream, "\r\n\r\n");
    stream.write_all(&frame(br#"{"id":"1","command":"subscribe","topics":["calls"]}"#)).unwrap();
    stream
}

#[test]
fn a_tokens_socket_ends_when_the_token_loses_rights() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let (id, kurt) = user(&setup, "kurt", Role::Admin);
    let token = token_of(&setup, &kurt, &json!(["calls_read", "calls_control", "audit_read"]));
    let mut socket = control(&setup, &token);
    until(&mut socket, "snapshot");
    let body = json!({ "name": "Kurt", "role": "supervisor", "status": "active" });
    assert_eq!(bearer(&setup, "PUT", &format!("/api/v1/users/{id}"), &ada, &body).status, 200);
    setup.journal(Conversation::new(setup.store.organization_id()).live());
    until(&mut socket, "the session is over");
    // A new socket has the remaining rights.
    until(&mut control(&setup, &token), "snapshot");
}

#[test]
fn a_socket_reports_calls_only_with_reading_rights() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let token = token_of(&setup, &ada, &json!(["calls_control"]));
    until(&mut control(&setup, &token), "forbidden");
}

/// Returns the kinds of a user's belongings, as the list has them.
fn kinds(setup: &Setup, by: &Value, id: &str) -> Vec<String> {
    let found = bearer(setup, "GET", &format!("/api/v1/users/{id}/belongings"), by, &Value::Null);
    assert_eq!(found.status, 200, "{found:?}");
    let found = found.json();
    let kinds = found["items"].as_array().unwrap().iter();
    kinds
        .map(|item| format!("{} {}", item["kind"].as_str().unwrap(), item["made"].as_str().unwrap()))
        .collect()
}

#[test]
fn removed_users_belongings_are_listed_and_handed_over_or_ended() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let me = bearer(&setup, "GET", "/api/v1/auth/me", &ada, &Value::Null).json();
    let ada_id = me["user"]["id"].as_str().unwrap().to_owned();
    let (kurt_id, kurt) = user(&setup, "kurt", Role::Admin);
    let (alan_id, _) = user(&setup, "alan", Role::Agent);
    let profile = bearer(&setup, "GET", "/api/v1/agent-profiles", &ada, &Value::Null).json();
    let profile = profile["items"][0]["id"].clone();
    let make = |by: &Value| {
        token_of(&setup, by, &json!(["calls_read"]));
        feed_of(&setup, by);
        invite(&setup, by, "agent");
        let webhook = json!({ "url": "https://hooks.example/x", "events": ["call.started"] });
        assert_eq!(bearer(&setup, "POST", "/api/v1/webhooks", by, &webhook).status, 201);
        let link = json!({ "name": "Site", "profile_id": profile });
        assert_eq!(bearer(&setup, "POST", "/api/v1/talk-links", by, &link).status, 201);
        let account = json!({ "secrets": { "api_key": "sk-of-kurt" } });
        assert_eq!(bearer(&setup, "PUT", "/api/v1/integrations/openai", by, &account).status, 200);
    };
    make(&kurt);
    let addresses = ["kurt@example.com", "mary@example.com", "office@example.com"];
    let notices = json!({ "alarm": { "email": addresses, "sms": [] } });
    assert_eq!(bearer(&setup, "PUT", "/api/v1/notices", &ada, &notices).status, 200);
    let all = ["api_token", "calendar_feed", "invitation", "talk_link", "webhook", "integration"];
    let by_them: Vec<String> = all.iter().map(|kind| format!("{kind} by_them")).collect();
    assert_eq!(kinds(&setup, &ada, &kurt_id), by_them);
    assert!(kinds(&setup, &ada, &ada_id).is_empty());
    let remove = |id: &str, query: &str| {
        bearer(&setup, "DELETE", &format!("/api/v1/users/{id}{query}"), &ada, &Value::Null)
    };
    // An agent may not get what an admin made, and users of other organizations get nothing.
    assert_eq!(remove(&kurt_id, &format!("?hand_over_to={alan_id}")).problem_code(422), "invalid");
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    let eve = bearer(&setup, "GET", "/api/v1/auth/me", &eve, &Value::Null).json();
    let eve_id = eve["user"]["id"].as_str().unwrap();
    assert_eq!(remove(&kurt_id, &format!("?hand_over_to={eve_id}")).problem_code(422), "invalid");
    assert_eq!(remove(&kurt_id, &format!("?hand_over_to={kurt_id}")).problem_code(422), "invalid");
    assert_eq!(kinds(&setup, &ada, &kurt_id), by_them, "nothing has changed");
    assert_eq!(remove(&kurt_id, &format!("?hand_over_to={ada_id}")).status, 204);
    assert_eq!(kinds(&setup, &ada, &ada_id), by_them);

    let (mary_id, mary) = user(&setup, "mary", Role::Admin);
    make(&mary);
    assert_eq!(remove(&mary_id, "").status, 204);
    let notices = bearer(&setup, "GET", "/api/v1/notices", &ada, &Value::Null).json();
    assert_eq!(notices["alarm"]["email"], json!(["office@example.com", "ada@example.com"]));
    let left = kinds(&setup, &ada, &ada_id);
    for kind in ["webhook before_makers", "talk_link before_makers", "integration before_makers"] {
        assert!(left.contains(&kind.to_owned()), "{kind}: {left:?}");
    }
    for kind in ["api_token before_makers", "calendar_feed before_makers", "invitation before_makers"] {
        assert!(!left.contains(&kind.to_owned()), "{kind}: {left:?}");
    }
    let webhooks = bearer(&setup, "GET", "/api/v1/webhooks", &ada, &Value::Null).json();
    assert_eq!(
        (&webhooks["items"][0]["enabled"], &webhooks["items"][1]["enabled"]),
        (&json!(true), &json!(false))
    );
    let links = bearer(&setup, "GET", "/api/v1/talk-links", &ada, &Value::Null).json();
    assert_eq!((&links["items"][0]["enabled"], &links["items"][1]["enabled"]), (&json!(true), &json!(false)));
    let log = bearer(&setup, "GET", "/api/v1/audit-log", &ada, &Value::Null).json().to_string();
    assert!(log.contains("user.belongings_handed_over") && log.contains("user.belongings_ended"), "{log}");
}
