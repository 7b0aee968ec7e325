//! One organization and another: nothing of the one is ever seen or changed by the other, on any route or socket. Who may do what at all, and that
//! another organization's row looks absent, is in `identities`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use cordboard::store::{Connection, change, query};
use cordboard::web::{NewAccount, add_user};
use cordboard_schema::audit::Actor;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::extension::Extension;
use cordboard_schema::ids::{OrganizationId, RetentionPartId, RetentionRunId};
use cordboard_schema::permission::Role;
use cordboard_schema::retention::{DeletedType, RetentionKind, RetentionRun};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::{Conversation, now};
use crate::people::{PASSWORD, bearer, owner, post};
use crate::setup::Setup;

/// Mark in every row of the first organization that has words.
const MARK: &str = "marked-as-the-first-ones";

/// Returns the access token of a new user of another organization.
pub(crate) fn somebody(setup: &Setup, organization_id: OrganizationId, role: Role) -> Value {
    let email = format!("{}@other.example", role.as_str());
    let account = NewAccount {
        organization_id,
        email: email.clone(),
        name: "Eve".to_owned(),
        role,
        password: PASSWORD.to_owned(),
    };
    setup.block_on(add_user(&setup.store, account, Actor::Installation)).unwrap();
    let login = post(setup, "/api/v1/auth/login", json!({ "email": email, "password": PASSWORD }));
    assert_eq!(login.status, 200, "{login:?}");
    login.json()["access_token"].clone()
}

pub(crate) fn another_organization(setup: &Setup) -> OrganizationId {
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    setup.block_on(setup.store.change(make)).unwrap()
}

/// Rows of the first organization by collection, and their names by paths' parameters.
pub(crate) struct First {
    ids: Vec<(&'static str, Vec<String>)>,
    /// The id of a row by its collection: `users` for `/api/v1/users/{id}`.
    pub(crate) rows: Vec<(&'static str, String)>,
    /// The access token of the owner.
    pub(crate) owner: Value,
    /// Texts that only the first organization has.
    secrets: Vec<String>,
}

impl First {
    /// The only row that this parameter of a path may mean.
    pub(crate) fn id(&self, name: &str) -> &str {
        let (_, values) = self.ids.iter().find(|(known, _)| *known == name).unwrap();
        &values[0]
    }
}

pub(crate) fn first(setup: &Setup) -> First {
    let ada = owner(setup, "marked-as-the-first-ones@example.com");
    let first = setup.store.organization_id();
    let mut said = Conversation::new(first);
    setup.journal(said.live());
    let target: DialplanTarget = serde_json::from_value(json!("internal,1,1")).unwrap();
    let extension =
        Extension { organization_id: first, name: MARK.to_owned(), title: MARK.to_owned(), target };
    setup
        .block_on(setup.store.change(move |connection| change::create_extension(connection, &extension)))
        .unwrap();
    let made = |path: &str, body: Value| {
        let answer = bearer(setup, "POST", path, &ada, &body);
        assert_eq!(answer.status, 201, "{path}: {answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    let set = |path: &str, body: Value| {
        let answer = bearer(setup, "PUT", path, &ada, &body);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    };
    let token = made("/api/v1/api-tokens", json!({ "name": MARK, "scopes": ["calls_read"] }));
    let invitation =
        made("/api/v1/invitations", json!({ "email": format!("{MARK}@example.org"), "role": "agent" }));
    let me = bearer(setup, "GET", "/api/v1/auth/me", &ada, &Value::Null).json();
    let user = me["user"]["id"].as_str().unwrap().to_owned();
    let read = move |connection: &mut Connection| query::profile_heads(connection, first);
    let profile = setup.block_on(setup.store.reads().run(read)).unwrap().remove(0).id;
    let url = format!("https://hooks.example/{MARK}");
    let webhook = made("/api/v1/webhooks", json!({ "url": url, "events": ["call.started"] }));
    let tool = made(
        &format!("/api/v1/agent-profiles/{profile}/tools"),
        json!({
            "name": "look_up", "description": MARK, "method": "GET", "url": format!("https://tools.example/{MARK}"),
            "parameters": { "type": "object", "properties": {} },
        }),
    );
    let number = made(
        "/api/v1/phone-numbers",
        json!({ "number": "+4930555000111", "profile_id": profile, "label": MARK }),
    );
    let link = made("/api/v1/talk-links", json!({ "name": MARK, "profile_id": profile }));
    let customer = made("/api/v1/customers", json!({ "name": MARK, "phone": "+4930555000222" }));
    let other = made("/api/v1/customers", json!({ "name": MARK, "phone": "+4930555000223" }));
    let message = crate::inbox::text_from(setup, "+4930555000222", MARK).id.to_string();
    let appointment = made(
        "/api/v1/appointments",
        json!({
            "service": MARK, "starts_at": "2027-03-01T10:00:00Z", "ends_at": "2027-03-01T11:00:00Z",
        }),
    );
    let activity = made("/api/v1/activities", json!({ "type": "todo", "title": MARK }));
    set("/api/v1/business-profile", json!({ "revision": 0, "name": MARK }));
    set("/api/v1/notices", json!({ "new_lead": { "email": [format!("{MARK}@example.net")] } }));
    set("/api/v1/integrations/openai", json!({ "secrets": { "api_key": format!("sk-{MARK}") } }));
    let queue = made(
        "/api/v1/queues",
        json!({ "name": "marked-queue", "title": MARK, "skills": [MARK], "members": [{ "user_id": user }] }),
    );
    let disposition = made("/api/v1/dispositions", json!({ "name": MARK }));
    let reason = made("/api/v1/presence-reasons", json!({ "name": MARK }));
    set(&format!("/api/v1/agents/{user}"), json!({ "extension": "marked-extension", "skills": [MARK] }));
    setup.journal(said.joined(user.parse().unwrap()));
    let wrap_up = json!({
        "call_id": said.call_id, "queue_id": queue, "disposition_id": disposition, "note": MARK,
    });
    assert_eq!(bearer(setup, "POST", "/api/v1/wrap-ups", &ada, &wrap_up).status, 201);
    let login = json!({ "email": "marked-as-the-first-ones@example.com", "password": PASSWORD });
    assert_eq!(post(setup, "/api/v1/auth/login", login).status, 200);
    let sessions = bearer(setup, "GET", "/api/v1/auth/sessions", &ada, &Value::Null).json();
    let other_session = sessions["items"].as_array().unwrap().iter().find(|one| one["is_current"] == false);
    let session = other_session.unwrap()["id"].as_str().unwrap().to_owned();
    let callback = crate::callbacks::callback(setup, MARK).id.to_string();
    let lead = crate::leads::lead(setup, MARK, MARK).id.to_string();
    let (replay, example) = crate::replays::kept(setup, &profile, said.call_id);
    let shadow_call = crate::shadows::kept(setup, &profile, said.call_id);
    let alarm = crate::supervision::raised(setup, said.call_id, MARK);
    set(
        "/api/v1/alarm-rules",
        json!({ "rules": [{ "name": MARK, "enabled": true, "on": "assistant_failed" }] }),
    );
    // The begin of a call made a delivery.
    let mut another = Conversation::new(first);
    setup.journal(another.live());
    let deliveries =
        bearer(setup, "GET", &format!("/api/v1/webhooks/{webhook}/deliveries"), &ada, &Value::Null).json();
    let delivery = deliveries["items"][0]["id"].as_str().unwrap().to_owned();
    let call = said.call_id.to_string();
    let note = made(&format!("/api/v1/calls/{call}/notes"), json!({ "text": MARK }));
    let share = made(&format!("/api/v1/calls/{call}/shares"), json!({ "user_id": user, "note": MARK }));
    set(&format!("/api/v1/calls/{call}/tags"), json!({ "tags": [MARK] }));
    let campaign = made("/api/v1/campaigns", json!({ "name": MARK }));
    let people = json!({ "contacts": [{ "number": "+4930555000777", "variables": { "name": MARK } }] });
    let path = format!("/api/v1/campaigns/{campaign}/contacts");
    assert_eq!(bearer(setup, "POST", &path, &ada, &people).status, 200);
    let contacts = bearer(setup, "GET", &path, &ada, &Value::Null).json();
    let contact = contacts["items"][0]["id"].as_str().unwrap().to_owned();
    let contact_link = made(
        &format!("/api/v1/campaigns/{campaign}/contact-links"),
        json!({ "name": MARK, "mapping": { "evidence": MARK } }),
    );
    let suppressed = json!({ "number": "+4930555000778", "evidence": MARK });
    assert_eq!(bearer(setup, "POST", "/api/v1/suppressions", &ada, &suppressed).status, 200);
    let view = made("/api/v1/call-views", json!({ "name": MARK, "shared": true }));
    let run = retention_run(setup, first).to_string();
    let rows = vec![
        ("call-shares", share),
        ("call-views", view),
        ("calls", call.clone()),
        ("api-tokens", token),
        ("invitations", invitation),
        ("users", user.clone()),
        ("agents", user),
        ("agent-profiles", profile.clone()),
        ("webhooks", webhook),
        ("phone-numbers", number),
        ("talk-links", link.clone()),
        ("customers", customer),
        ("appointments", appointment),
        ("activities", activity),
        ("messages", message),
        ("leads", lead),
        ("queues", queue),
        ("dispositions", disposition),
        ("presence-reasons", reason),
        ("callbacks", callback),
        ("sessions", session),
        ("alarms", alarm),
        ("campaigns", campaign),
        ("runs", run),
    ];
    let every: Vec<String> = rows.iter().map(|(_, id)| id.clone()).collect();
    let mut secrets = every.clone();
    secrets.extend([
        MARK.to_owned(),
        first.to_string(),
        tool.clone(),
        delivery.clone(),
        other.clone(),
        note.clone(),
        contact.clone(),
        contact_link.clone(),
    ]);
    secrets.extend(
        [
            "+4930555000111",
            "+4930555000222",
            "+4930555000777",
            "+4930555000778",
            "marked-queue",
            "marked-extension",
        ]
        .map(str::to_owned),
    );
    let ids = vec![
        ("id", every),
        ("delivery_id", vec![delivery]),
        ("other_id", vec![other]),
        ("note_id", vec![note]),
        ("tool_id", vec![tool]),
        ("replay_id", vec![replay]),
        ("example_id", vec![example]),
        ("shadow_call_id", vec![shadow_call]),
        ("channel", vec![call.clone()]),
        ("person", vec![call.clone()]),
        ("session", vec![call.clone()]),
        ("uuid", vec![call]),
        ("profile_id", vec![profile]),
        ("organization_id", vec![first.to_string()]),
        ("kind", vec!["openai".to_owned()]),
        ("digits", vec!["0".to_owned()]),
        ("name", vec![MARK.to_owned()]),
        ("contact_id", vec![contact]),
        ("number", vec!["+4930555000778".to_owned()]),
        ("port", vec!["1".to_owned()]),
        ("version", vec!["1".to_owned()]),
        ("draft", vec!["a".to_owned(), "b".to_owned()]),
        // The holder of a link's token may talk over it, and the holder of a secret adds people; an id is neither.
        ("token", vec![link]),
        ("secret", vec![contact_link.clone()]),
        ("link_id", vec![contact_link]),
    ];
    First { ids, rows, owner: ada, secrets }
}

/// A run of retention that has deleted a call.
fn retention_run(setup: &Setup, owner: OrganizationId) -> RetentionRunId {
    let id = RetentionRunId(Uuid::now_v7());
    let run = RetentionRun { id, at: now(), kind: RetentionKind::Calls, kept_days: 30, deleted: 1, bytes: 0 };
    let part = (RetentionPartId(Uuid::now_v7()), DeletedType::Call, vec![MARK.to_owned()]);
    let note = move |connection: &mut Connection| {
        change::note_retention_run(connection, owner, &run)?;
        change::note_retention_parts(connection, owner, id, vec![part])
    };
    setup.block_on(setup.store.change(note)).unwrap();
    id
}

/// Returns the path with each parameter's values of the first organization. `{id}` is the row of the collection before it, if one is known: to its
/// own organization, too, the id of a row of another kind looks absent.
pub(crate) fn concrete(path: &str, first: &First) -> Vec<String> {
    let mut all = vec![path.to_owned()];
    for (name, values) in &first.ids {
        let hole = format!("{{{name}}}");
        let of_collection =
            |(known, _): &&(&str, String)| *name == "id" && path.contains(&format!("/{known}/{{id}}"));
        let row = first.rows.iter().find(of_collection);
        let values = row.map_or(values.as_slice(), |(_, id)| std::slice::from_ref(id));
        if path.contains(&hole) {
            all = all.iter().flat_map(|path| values.iter().map(|value| path.replace(&hole, value))).collect();
        }
    }
    assert!(all.iter().all(|path| !path.contains('{')), "{path} has a parameter without a known row");
    all
}

#[test]
fn no_route_shows_or_changes_anything_of_another_organization() {
    let setup = Setup::open();
    let first = first(&setup);
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    let token = format!("Bearer {}", eve.as_str().unwrap());
    let mut walked = 0;
    for (path, methods) in cordboard::web::paths() {
        // After a sign-out nothing can be seen, and the live view never ends: both are tested below.
        if path == "/api/v1/auth/logout" || path == "/api/v1/live" {
            continue;
        }
        for path in concrete(path, &first) {
            for method in methods.split(", ") {
                let bodies = [
                    json!({}),
                    json!({ "text": MARK }),
                    json!({ "target": "sales" }),
                    json!({ "name": "Mallory", "role": "owner", "status": "disabled" }),
                    json!({ "title": "Mallory", "target": "internal,9,9" }),
                    json!({ "action": { "action": "repeat" } }),
                    json!({ "extension": "200" }),
                    json!({ "name": "mallory" }),
                ];
                for body in if method == "GET" { &bodies[..1] } else { &bodies[..] } {
                    let answer = setup.send_as(method, &path, eve.as_str(), body);
                    let told = String::from_utf8_lossy(&answer.body);
                    let is_echo = |secret: &str| path.contains(secret) || body.to_string().contains(secret);
                    for secret in &first.secrets {
                        assert!(
                            is_echo(secret) || !told.contains(secret),
                            "{method} {path} tells {secret}: {told}"
                        );
                    }
                    let names_a_row = first.secrets.iter().any(|secret| path.contains(secret.as_str()));
                    assert!(
                        !names_a_row || answer.status >= 400,
                        "{method} {path} {body}: {}: {told}",
                        answer.status
                    );
                    walked += 1;
                }
            }
        }
    }
    assert!(walked > 150, "{walked}");
    let narrowed =
        [("Authorization", token.as_str()), ("X-Organization", &setup.store.organization_id().to_string())];
    let me = setup.request("GET", "/api/v1/auth/me", &narrowed).json();
    assert_ne!(
        me["organization"]["id"],
        json!(setup.store.organization_id().to_string()),
        "only the admin token names an organization"
    );
}

#[test]
fn a_row_cannot_name_a_row_of_another_organization() {
    let setup = Setup::open();
    let first = first(&setup);
    let other = another_organization(&setup);
    let eve = somebody(&setup, other, Role::Owner);
    let theirs = |of: &str| {
        let (_, values) = first.ids.iter().find(|(name, _)| *name == of).unwrap();
        values.clone()
    };
    let profile = &theirs("profile_id")[0];
    let mut said = Conversation::new(other);
    setup.journal(said.live());
    let own = said.call_id;
    let mut bodies = vec![
        ("/api/v1/queues", json!({ "name": "mine", "overflow": { "to": "queue", "name": "marked-queue" } })),
        ("/api/v1/queues", json!({ "name": "mine", "overflow": { "to": "extension", "name": MARK } })),
        (
            "/api/v1/queues",
            json!({ "name": "mine", "overflow": { "to": "extension", "name": "marked-extension" } }),
        ),
        ("/api/v1/phone-numbers", json!({ "number": "+4930555000333", "profile_id": profile })),
        ("/api/v1/phone-numbers", json!({ "number": "+4930555000111", "profile_id": profile })),
        ("/api/v1/talk-links", json!({ "name": "Mallory", "profile_id": profile })),
    ];
    for id in theirs("id") {
        bodies.push(("/api/v1/queues", json!({ "name": "mine", "members": [{ "user_id": id }] })));
        bodies.push(("/api/v1/wrap-ups", json!({ "call_id": id })));
        for member in ["queue_id", "disposition_id"] {
            let mut body = json!({ "call_id": own });
            body[member] = json!(id);
            bodies.push(("/api/v1/wrap-ups", body));
        }
        for member in ["customer_id", "lead_id"] {
            let mut body = json!({
                "service": "Inspection", "starts_at": "2027-03-01T10:00:00Z", "ends_at": "2027-03-01T11:00:00Z",
            });
            body[member] = json!(id);
            bodies.push(("/api/v1/appointments", body));
        }
    }
    for (path, body) in bodies {
        let answer = bearer(&setup, "POST", path, &eve, &body);
        assert!(matches!(answer.status, 404 | 409 | 422), "{path} {body}: {answer:?}");
    }
}

/// Bodies that name a row: where they are sent, the collection of the row, and the body. ROW stands for its id, CALL and CUSTOMER for a call and a
/// customer of the sender.
const NAMING: [(&str, &str, &str); 9] = [
    ("/api/v1/activities", "calls", r#"{"type": "todo", "title": "Ask", "call_id": "ROW"}"#),
    ("/api/v1/activities", "users", r#"{"type": "todo", "title": "Ask", "owner_id": "ROW"}"#),
    ("/api/v1/leads", "customers", r#"{"name": "Tom", "customer_id": "ROW"}"#),
    ("/api/v1/leads", "users", r#"{"name": "Tom", "owner_id": "ROW"}"#),
    ("/api/v1/suppressions", "calls", r#"{"number": "+4930555000999", "call_id": "ROW"}"#),
    ("/api/v1/campaigns", "dispositions", r#"{"name": "Renewals", "settings": {"goal": "ROW"}}"#),
    (
        "/api/v1/dtmf-actions",
        "agent-profiles",
        r#"{"profile_id": "ROW", "digits": "7", "action": {"action": "repeat"}}"#,
    ),
    ("/api/v1/calls/CALL/shares", "users", r#"{"user_id": "ROW"}"#),
    ("/api/v1/customers/doubles", "customers", r#"{"one_id": "CUSTOMER", "other_id": "ROW"}"#),
];

#[test]
fn another_organizations_id_looks_absent() {
    let setup = Setup::open();
    let first = first(&setup);
    let other = another_organization(&setup);
    let eve = somebody(&setup, other, Role::Owner);
    let call_of = |organization_id| {
        let mut said = Conversation::new(organization_id);
        setup.journal(said.live());
        said.call_id.to_string()
    };
    let hers = bearer(&setup, "POST", "/api/v1/customers", &eve, &json!({ "name": "hers" })).json();
    let (her_call, her_customer) = (call_of(other), hers["id"].as_str().unwrap());
    let (own_call, own_customer) = (call_of(setup.store.organization_id()), first.id("other_id"));
    let send = |by: &Value, (call, customer): (&str, &str), (path, body): (&str, &str), row: &str| {
        let body = body.replace("ROW", row).replace("CUSTOMER", customer);
        let body: Value = serde_json::from_str(&body).unwrap();
        bearer(&setup, "POST", &path.replace("CALL", call), by, &body)
    };
    for (path, collection, body) in NAMING {
        let (_, row) = first.rows.iter().find(|(known, _)| *known == collection).unwrap();
        let of = |row: &str| {
            let told = send(&eve, (her_call.as_str(), her_customer), (path, body), row);
            (told.status, told.text().replace(row, "ID"))
        };
        let foreign = of(row);
        assert_eq!(foreign, of(&Uuid::now_v7().to_string()), "{path} {body}");
        assert!(matches!(foreign.0, 404 | 422), "{path} {body}: {foreign:?}");
        // Nothing else is wrong with the body: with a row of one's own it succeeds.
        let done = send(&first.owner, (own_call.as_str(), own_customer), (path, body), row);
        assert!((200..300).contains(&done.status), "{path} {body}: {done:?}");
    }
}

/// Lists that are filtered by the id of a row: the query, and the collection of the row. ROW stands for the id.
const NARROWED: [(&str, &str); 19] = [
    ("/api/v1/leads?customer_id=ROW", "customers"),
    ("/api/v1/leads?owner_id=ROW", "users"),
    ("/api/v1/leads?call_id=ROW", "calls"),
    ("/api/v1/leads.csv?customer_id=ROW", "customers"),
    ("/api/v1/leads?cursor=ROW", "leads"),
    ("/api/v1/appointments?customer_id=ROW", "customers"),
    ("/api/v1/appointments?call_id=ROW", "calls"),
    ("/api/v1/messages?customer_id=ROW", "customers"),
    ("/api/v1/messages?call_id=ROW", "calls"),
    ("/api/v1/activities?call_id=ROW", "calls"),
    ("/api/v1/activities?owner_id=ROW", "users"),
    ("/api/v1/callbacks?queue_id=ROW", "queues"),
    ("/api/v1/callbacks?user_id=ROW", "users"),
    ("/api/v1/calls?profile_id=ROW", "agent-profiles"),
    ("/api/v1/calls.csv?agent_id=ROW", "users"),
    ("/api/v1/wrap-ups?call_id=ROW", "calls"),
    ("/api/v1/customers/doubles?customer_id=ROW", "customers"),
    ("/api/v1/audit-log?who=ROW", "users"),
    ("/api/customer/data?extension=200&call_id=ROW", "calls"),
];

#[test]
fn filtering_by_another_organizations_id_acts_like_an_unknown_id() {
    let setup = Setup::open();
    let first = first(&setup);
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    for (path, collection) in NARROWED {
        let (_, row) = first.rows.iter().find(|(known, _)| *known == collection).unwrap();
        let told = |row: &str| {
            let answer = bearer(&setup, "GET", &path.replace("ROW", row), &eve, &Value::Null);
            (answer.status, answer.text().replace(row, "ID"))
        };
        let foreign = told(row);
        assert_eq!(foreign, told(&Uuid::now_v7().to_string()), "{path}");
        assert!(matches!(foreign.0, 200 | 404), "{path}: {foreign:?}");
        let leaked = first.secrets.iter().find(|secret| foreign.1.contains(secret.as_str()));
        assert_eq!(leaked, None, "{path}: {}", foreign.1);
    }
}

#[test]
fn live_view_and_control_socket_show_only_ones_own_calls() {
    let setup = Setup::open();
    let other = another_organization(&setup);
    let eve = somebody(&setup, other, Role::Owner);
    let token = eve.as_str().unwrap();
    let mut streams: Vec<TcpStream> = [
        format!("GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"),
        format!(
            "GET /ws/control HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ),
    ]
    .iter()
    .map(|head| {
        let mut stream = TcpStream::connect(setup.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream
    })
    .collect();
    let command = br#"{"id":"1","command":"subscribe","topics":["calls","transcripts"]}"#;
    // The snapshot, and the answer to the upgrade.
    let mut told: Vec<String> = vec![until(&mut streams[0], "snapshot"), until(&mut streams[1], "\r\n\r\n")];
    streams[1].write_all(&frame(command)).unwrap();
    told.push(until(&mut streams[1], "snapshot"));
    let (mut ours, mut theirs) = (Conversation::new(setup.store.organization_id()), Conversation::new(other));
    setup.journal(ours.live());
    setup.journal(theirs.live());
    let own = theirs.call_id.to_string();
    told.extend(streams.iter_mut().map(|stream| until(stream, &own)));
    for text in told {
        assert!(!text.contains(&ours.call_id.to_string()), "{text}");
    }
    let node = br#"{"id":"2","command":"subscribe","topics":["actors"]}"#;
    streams[1].write_all(&frame(node)).unwrap();
    until(&mut streams[1], "forbidden");
}

/// A text of fewer than 126 bytes as a WebSocket client sends it, masked with zeros.
pub(crate) fn frame(text: &[u8]) -> Vec<u8> {
    [&[0x81, 0x80 | text.len() as u8, 0, 0, 0, 0], text].concat()
}

/// Reads until this text arrives.
pub(crate) fn until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut all = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&all).into_owned();
        if text.contains(wanted) {
            return text;
        }
        let read = stream.read(&mut piece).unwrap_or(0);
        assert!(read > 0, "{wanted} did not arrive, but: {text}");
        all.extend_from_slice(&piece[..read]);
    }
}
