//! Text messages, as Twilio delivers them and reports on them.

use std::sync::mpsc;
use std::thread;

use cordboard::config::{Config, Loaded, Sources};
use cordboard::store::change;
use cordboard_schema::call::Direction;
use cordboard_schema::ids::MessageId;
use cordboard_schema::limits::STORE_CHANGES_OF_ORGANIZATION_MAX;
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_test_support::driving::block_on;
use cordboard_test_support::twilio::{Account, Posted};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::now;
use crate::setup::Setup;

const PUBLIC_BASE: &str = "https://calls.example.com";
const TOKEN: &str = "f00dfeedcafe0123456789abcdef0123";
const FROM: &str = "+15550100002";
const TO: &str = "+15550100001";

/// A server with a Twilio account.
fn setup() -> (Setup, Account) {
    let variables = [
        ("CORDBOARD_HTTP__PUBLIC_BASE_URL", PUBLIC_BASE),
        ("TWILIO_ACCOUNT_SID", Account::SID),
        ("TWILIO_AUTH_TOKEN", TOKEN),
    ];
    let environment = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
    let configuration: Loaded = Config::load(&Sources { file: None, dotenv: None, environment }).unwrap();
    let setup = Setup::open_with(configuration);
    let account = Account {
        http: setup.address,
        public_base: PUBLIC_BASE.to_owned(),
        auth_token: TOKEN.to_owned(),
        sid: Account::SID.to_owned(),
    };
    (setup, account)
}

fn sid(number: u32) -> String {
    format!("SM{number:032x}")
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn written(number: u32, body: &str) -> Vec<(String, String)> {
    let sid = sid(number);
    fields(&[
        ("MessageSid", &sid),
        ("AccountSid", Account::SID),
        ("From", FROM),
        ("To", TO),
        ("Body", body),
        ("NumMedia", "0"),
    ])
}

fn post(account: &Account, path: &str, fields: &[(String, String)]) -> Option<Posted> {
    block_on(account.post(path, fields))
}

#[track_caller]
fn taken(posted: Option<Posted>) {
    let Posted { status, content_type, body } = posted.unwrap();
    assert_eq!((status, content_type.as_str()), (200, "text/xml; charset=utf-8"), "{body}");
    assert!(body.ends_with("<Response/>") || body.ends_with("<Response></Response>"), "{body}");
}

fn messages(setup: &Setup) -> Vec<Value> {
    setup.json("/api/v1/messages")["items"].as_array().unwrap().clone()
}

/// Returns the customer with the number that messages come from.
fn opted_out(setup: &Setup) -> Value {
    setup.json("/api/v1/customers")["items"][0]["sms_opted_out"].clone()
}

#[test]
fn a_repeated_message_is_kept_once_and_makes_a_customer() {
    let (setup, account) = setup();
    let odd = "'; DROP TABLE messages; -- <script>🦊 محمد\n=1+1";
    for _ in 0..3 {
        taken(post(&account, "/twilio/message", &written(1, odd)));
    }
    let [message] = &messages(&setup)[..] else { panic!("{:?}", messages(&setup)) };
    for (field, value) in [
        ("direction", json!("inbound")),
        ("status", json!("received")),
        ("from", json!(FROM)),
        ("to", json!(TO)),
        ("body", json!(odd)),
        ("sid", json!(sid(1))),
    ] {
        assert_eq!(message[field], value, "{field}");
    }
    let customers = setup.json("/api/v1/customers")["items"].clone();
    assert_eq!((&customers[0]["phone"], &customers[1]), (&json!(FROM), &Value::Null));
    assert_eq!(message["customer_id"], customers[0]["id"]);
    assert_eq!(customers[0]["sms_opted_out"], false);
}

#[test]
fn stop_and_start_are_obeyed_whatever_their_case() {
    let (setup, account) = setup();
    for (number, (body, out)) in [
        ("please stop by", false),
        ("STOP", true),
        ("Hello?", true),
        ("start", false),
        (" Unsubscribe ", true),
    ]
    .into_iter()
    .enumerate()
    {
        taken(post(&account, "/twilio/message", &written(u32::try_from(number).unwrap(), body)));
        assert_eq!(opted_out(&setup), json!(out), "{body}");
    }
    let mut told = written(9, "arrêt svp");
    told.push(("OptOutType".to_owned(), "START".to_owned()));
    taken(post(&account, "/twilio/message", &told));
    assert_eq!(opted_out(&setup), json!(false), "what Twilio takes it for");
}

#[test]
fn a_stop_still_applies_to_the_numbers_new_owner() {
    let (setup, account) = setup();
    taken(post(&account, "/twilio/message", &written(1, "STOP")));
    let path = || {
        let customers = setup.json("/api/v1/customers");
        format!("/api/v1/customers/{}", customers["items"][0]["id"].as_str().unwrap())
    };
    let made_again = |body: &Value| {
        assert_eq!(setup.send("DELETE", &path(), &Value::Null).status, 204);
        let made = setup.send("POST", "/api/v1/customers", body);
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!(made.json(), setup.json(&path()));
        made.json()["sms_opted_out"].clone()
    };
    assert_eq!(made_again(&json!({ "phone": FROM, "sms_opted_out": false })), true);
    assert_eq!(made_again(&json!({ "name": "Ada" })), false);
    let wants_none = |body: &Value| {
        let changed = setup.send("PATCH", &path(), body);
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!(changed.json(), setup.json(&path()));
        changed.json()["sms_opted_out"].clone()
    };
    assert_eq!(wants_none(&json!({ "other_numbers": [FROM] })), true);
    // A person knows that they want messages again.
    assert_eq!(wants_none(&json!({ "sms_opted_out": false })), false);
    assert_eq!(made_again(&json!({ "phone": FROM })), false);
}

#[test]
fn a_forged_or_incomplete_message_is_not_kept() {
    let (setup, account) = setup();
    let forger = Account { auth_token: "another token".to_owned(), ..account.clone() };
    for path in ["/twilio/message", "/twilio/message/status"] {
        assert_eq!(post(&forger, path, &written(1, "STOP")).unwrap().status, 403, "{path}");
        assert_eq!(post(&account, path, &fields(&[("From", FROM)])).unwrap().status, 400, "{path}");
        let long = fields(&[("Body", &"x".repeat(70_000))]);
        assert_eq!(post(&account, path, &long).unwrap().status, 413, "{path}");
    }
    // A message from a name instead of a number is kept, but creates no customer.
    let mut named = written(2, "");
    named[2].1 = "BANK".to_owned();
    named[5].1 = "2".to_owned();
    taken(post(&account, "/twilio/message", &named));
    assert_eq!(messages(&setup)[0]["body"], "(2 attached)");
    assert_eq!(messages(&setup).len(), 1);
    assert_eq!(setup.json("/api/v1/customers")["items"], json!([]));
}

#[test]
fn a_message_is_followed_in_any_order_of_states() {
    let (setup, account) = setup();
    let id = MessageId(Uuid::now_v7());
    let organization_id = setup.store.organization_id();
    let message = Message {
        id,
        organization_id,
        customer_id: None,
        call_id: None,
        direction: Direction::Outbound,
        from: TO.to_owned(),
        to: FROM.to_owned(),
        body: "See you".to_owned(),
        template: None,
        status: MessageStatus::Unknown,
        sid: None,
        error_code: None,
        segments: Some(1),
        done_at: None,
        done_by: None,
        created_at: now(),
        updated_at: now(),
    };
    setup.change(move |connection| change::create_message(connection, &message));
    let tell = |path: &str, status: &str, error: &str| {
        let sid = sid(5);
        let told = fields(&[("MessageSid", &sid), ("MessageStatus", status), ("ErrorCode", error)]);
        post(&account, path, &told).unwrap().status
    };
    let ours = format!("/twilio/message/status?message={id}");
    // It was unknown whether this message was sent.
    for (path, told, stands) in [
        (ours.as_str(), "sent", "sent"),
        (&ours, "queued", "sent"),
        (&ours, "delivered", "delivered"),
        (&ours, "undelivered", "delivered"),
        ("/twilio/message/status", "sent", "delivered"),
    ] {
        assert_eq!(tell(path, told, ""), 204, "{told}");
        let message = messages(&setup).remove(0);
        assert_eq!((&message["status"], &message["sid"]), (&json!(stands), &json!(sid(5))), "{told}");
    }
    assert_eq!(tell(&ours, "lost", ""), 400);
    assert_eq!(tell("/twilio/message/status?message=5", "sent", ""), 400);
    let nobody = format!("/twilio/message/status?message={}", Uuid::now_v7());
    assert_eq!(tell(&nobody, "sent", ""), 204, "an unknown message");
    assert_eq!(messages(&setup).len(), 1);
}

#[test]
fn messages_take_their_organizations_share_of_the_writer() {
    const BEYOND: usize = 8;
    let (setup, account) = setup();
    let (begins, begun) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let store = setup.store.clone();
    // The writer is busy for as long as the test wants.
    let busy = thread::spawn(move || {
        let held = store.change(move |_| {
            begins.send(()).unwrap();
            let _ = gate.recv();
            Ok(())
        });
        drop(block_on(held));
    });
    begun.recv().unwrap();
    let messages: Vec<_> = (0..STORE_CHANGES_OF_ORGANIZATION_MAX + BEYOND)
        .map(|number| written(u32::try_from(number).unwrap(), "Hello"))
        .collect();
    let mut posts: FuturesUnordered<_> =
        messages.iter().map(|message| account.post("/twilio/message", message)).collect();
    block_on(async {
        for _ in 0..BEYOND {
            let refused = posts.next().await.unwrap().unwrap();
            assert_eq!(refused.status, 429, "{}", refused.body);
        }
        drop(open);
        while let Some(posted) = posts.next().await {
            taken(posted);
        }
    });
    busy.join().unwrap();
}
