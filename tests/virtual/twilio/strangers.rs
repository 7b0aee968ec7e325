//! Another organization, with an account of its own at Twilio: whatever it signs, it reads or changes nothing of others.

use std::time::Duration;

use cordboard::web::paths;
use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::Account;
use serde_json::{Value, json};

use super::own_accounts::{HER_TOKEN, HERS, HIS, HIS_TOKEN, OPEN, account, close};
use super::owner::Owner;
use super::setup::{FROM, Setup, TO, sid};
use crate::suites::book::{Book as _, between};
use crate::world::virtually;

/// A call whose SID at Twilio has letters among its digits.
const LETTERS: u32 = 0x00ab_cdef;
/// A number of no call.
const NEW: u32 = 0x00fe_dcba;

/// The ways to name another organization's call in a webhook, each with the query and the body.
fn ways(theirs: &str) -> Vec<(&'static str, String, String)> {
    let digits = theirs.strip_prefix("CA").unwrap();
    let (lower, upper) = (theirs.to_lowercase(), format!("CA{}", digits.to_uppercase()));
    let own = sid(NEW);
    let body = |text: String| (String::new(), text);
    [
        ("plain", body(format!("CallSid={theirs}"))),
        ("a blank before", body(format!("CallSid=+{theirs}"))),
        ("a blank after", body(format!("CallSid={theirs}+"))),
        ("a tab", body(format!("CallSid=%09{theirs}"))),
        ("an end of line", body(format!("CallSid={theirs}%0D%0A"))),
        ("a zero", body(format!("CallSid={theirs}%00"))),
        ("a hard blank", body(format!("CallSid=%C2%A0{theirs}"))),
        ("lower case", body(format!("CallSid={lower}"))),
        ("upper case", body(format!("CallSid={upper}"))),
        ("percent encoded", body(format!("CallSid=%43%41{digits}"))),
        ("encoded twice", body(format!("CallSid=%2543A{digits}"))),
        ("a name that is encoded", body(format!("Call%53id={theirs}"))),
        ("twice, their own first", body(format!("CallSid={own}&CallSid={theirs}"))),
        ("twice, the other one first", body(format!("CallSid={theirs}&CallSid={own}"))),
        ("twice the same", body(format!("CallSid={theirs}&CallSid={theirs}"))),
        ("in the query", (format!("CallSid={theirs}"), format!("CallSid={own}"))),
        ("as the parent", body(format!("CallSid={own}&ParentCallSid={theirs}"))),
        ("as the dialled party", body(format!("CallSid={own}&DialCallSid={theirs}"))),
        ("as the one who ended a room", body(format!("CallSid={own}&CallSidEndingConference={theirs}"))),
    ]
    .into_iter()
    .map(|(way, (query, body))| (way, query, body))
    .collect()
}

/// The webhooks in the router's list, with their parameters filled in.
fn webhooks() -> Vec<String> {
    let is_one = |path: &&str| path.starts_with("/twilio/");
    let nobody = uuid::Uuid::new_v4().to_string();
    let all: Vec<String> = paths()
        .into_iter()
        .map(|(path, _)| path)
        .filter(is_one)
        .map(|path| path.replace("{channel}", &nobody).replace("{person}", &nobody))
        .collect();
    assert!(all.len() >= 15 && all.iter().all(|path| !path.contains('{')), "{all:?}");
    all
}

#[test]
fn a_stranger_reaches_no_call_however_its_name_is_written() {
    virtually(async || {
        let setup = Setup::open(&OPEN).await;
        let (mut ada, mut bob) = (Owner::of(&setup, "ada", HERS).await, Owner::of(&setup, "bob", HIS).await);
        let ((hers, her_rest), (his, his_rest)) =
            (account(&setup, 'a', HER_TOKEN), account(&setup, 'b', HIS_TOKEN));
        ada.has_account(hers, &her_rest).await;
        bob.has_account(his, &his_rest).await;
        ada.wait_answered(700).await;
        bob.wait_answered(800).await;
        let (caller, id) = ada.call(LETTERS).await;
        // Everything that a webhook can do to a call, except what its assistant and its audio do by themselves.
        let told = async || {
            let ends = [
                "channel_ended",
                "leg_left",
                "ended",
                "interrupted",
                "returning",
                "voicemail_left",
                "document_answered",
            ];
            let events = ada.items(&format!("/api/v1/calls/{id}/events?limit=200")).await;
            let kinds = events.iter().map(|event| event["kind"].as_str().unwrap().to_owned());
            kinds.filter(|kind| ends.contains(&kind.as_str())).collect::<Vec<_>>()
        };
        let his_calls = bob.items("/api/v1/calls?limit=200").await.len();
        let mut wrong = Vec::new();
        for path in webhooks() {
            for (way, query, names) in ways(&sid(LETTERS)) {
                let mut query = vec![query];
                query.extend((path == "/twilio/transfer").then(|| "extension=operator".to_owned()));
                query.retain(|part| !part.is_empty());
                let address =
                    if query.is_empty() { path.clone() } else { format!("{path}?{}", query.join("&")) };
                let body = format!(
                    "AccountSid={}&{names}&From=%2B15550100002&To=%2B{}&CallStatus=completed&DialCallStatus=completed&\
                 RecordingSid=RE00000000000000000000000000000001&RecordingStatus=completed&\
                 ConferenceSid=CF00000000000000000000000000000001&StatusCallbackEvent=participant-leave&\
                 MessageSid=SM00000000000000000000000000000001&MessageStatus=failed&Body=Hello",
                    bob.account.sid,
                    &HIS[1..],
                );
                let answer = bob.account.post_body(&address, &body).await.unwrap();
                if !matches!(answer.status, 400 | 404) || answer.body.contains("<Stream") {
                    let said: String = answer.body.chars().take(120).collect();
                    wrong.push(format!("{path}, {way}: {} {said}", answer.status));
                }
            }
        }
        assert!(wrong.is_empty(), "{} were answered:\n{}", wrong.len(), wrong.join("\n"));
        assert_eq!(told().await, Vec::<String>::new(), "her call got an event");
        assert_eq!(ada.send("GET", &format!("/api/v1/calls/{id}"), &Value::Null, 200).await["state"], "live");
        assert_eq!(
            bob.items("/api/v1/calls?limit=200").await.len(),
            his_calls,
            "he got a call from her account"
        );
        caller.hang_up();
        assert_eq!(ada.ended(&id).await["hangup_by"], "caller");
        caller.finish();
        close(setup, &[&her_rest, &his_rest]).await;
    });
}

#[test]
fn a_stranger_can_take_no_number_of_others() {
    virtually(async || {
        let more =
            [("twilio.numbers.+15550100001", "receptionist"), ("TWILIO_TRANSFER_CALLER_ID", "+15550100004")];
        let setup = Setup::open(&[&OPEN[..], &more].concat()).await;
        let ada = Owner::of(&setup, "ada", HERS).await;
        let mut bob = Owner::of(&setup, "bob", HIS).await;
        let (his, his_rest) = account(&setup, 'b', HIS_TOKEN);
        let profile = bob.items("/api/v1/agent-profiles").await[0]["id"].clone();
        let body = |number: &str| json!({ "number": number, "profile_id": profile });
        // They can't learn whether a number is taken.
        for number in [TO, "+15550100004", HERS, "+15550100077"] {
            let refused = bob.send("POST", "/api/v1/phone-numbers", &body(number), 422).await;
            assert_eq!(refused["errors"][0]["field"], "number", "{refused}");
        }
        bob.has_account(his, &his_rest).await;
        for number in [TO, "+15550100004", HERS, "+15550100077"] {
            bob.send("POST", "/api/v1/phone-numbers", &body(number), 422).await;
        }
        let own = bob.items("/api/v1/phone-numbers").await[0]["id"].as_str().unwrap().to_owned();
        bob.send("PUT", &format!("/api/v1/phone-numbers/{own}"), &body(TO), 422).await;
        assert_eq!(bob.items("/api/v1/phone-numbers").await.len(), 1);

        // A number that his account has is his, and only to his account; about others' numbers he learns no more than that.
        for number in [TO, "+15550100004", HERS, "+15550100077"] {
            his_rest.has_number(number);
        }
        let made = bob.send("POST", "/api/v1/phone-numbers", &body("+15550100077"), 201).await;
        assert_eq!(made["proof"], json!("account"));
        for number in [TO, "+15550100004", HERS] {
            let refused = bob.send("POST", "/api/v1/phone-numbers", &body(number), 409).await;
            assert_eq!(
                (&refused["code"], &refused["detail"]),
                (&json!("number_taken"), &json!("this number is in use already: use another one"))
            );
        }
        let to_his = [("To", "+15550100077"), ("CallStatus", "ringing")];
        assert!(bob.posts("/twilio/voice", 2, &to_his).await.body.contains("<Stream"));
        assert!(
            setup.asked("/twilio/voice", 3, &to_his).await.contains("<Stream"),
            "the server's usual profile answers"
        );
        setup.wait("a call of the server's organization", async || setup.id_of(3).await).await;
        assert_eq!(bob.id_of(3).await, None, "the server's account has not proved it");

        // The next call and text go where they went before.
        let to_house = [("To", TO), ("CallStatus", "ringing")];
        assert!(setup.asked("/twilio/voice", 4, &to_house).await.contains("<Stream"));
        setup.wait("a call of the server's organization", async || setup.id_of(4).await).await;
        let text =
            [("MessageSid", "SM00000000000000000000000000000009"), ("To", TO), ("Body", "my code is 4711")];
        setup.asked("/twilio/message", 5, &text).await;
        assert_eq!((bob.id_of(4).await, bob.items("/api/v1/messages").await.len()), (None, 0));
        assert_eq!(ada.items("/api/v1/messages").await.len(), 0);
        assert_eq!(setup.items("/api/v1/messages").await[0]["body"], "my code is 4711");
        for number in [2, 3, 4] {
            let account = if number == 2 { bob.account.clone() } else { setup.account() };
            let fields = Account::fields(&sid(number), FROM, TO, "completed");
            assert_eq!(account.post("/twilio/status", &fields).await.unwrap().status, 204);
        }
        close(setup, &[&his_rest]).await;
    });
}

#[test]
fn calls_begun_over_a_link_without_audio_notify_nobody() {
    virtually(async || {
        let more = [("TWILIO_TRANSFER_CALLER_ID", TO), ("dial_policy.numbers_allowed", "+1*")];
        let setup = Setup::open(&[&OPEN[..], &more].concat()).await;
        let bob = Owner::of(&setup, "bob", HIS).await;
        let numbers: Vec<String> = (0..10).map(|last| format!("+1900555010{last}")).collect();
        bob.send("PUT", "/api/v1/notices", &json!({ "missed_call": { "sms": numbers } }), 200).await;
        bob.send("PUT", "/api/v1/dial-policy", &json!({ "numbers_allowed": ["+1*"] }), 200).await;
        let profile = bob.items("/api/v1/agent-profiles").await[0]["id"].clone();
        let link =
            bob.send("POST", "/api/v1/talk-links", &json!({ "name": "x", "profile_id": profile }), 201).await;
        let token = link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let begin = format!("/api/v1/talk/{token}/calls");
        let begun = setup.server().post(&begin, &Value::Null, Token::None).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let id = begun.json()["call_id"].as_str().unwrap().to_owned();
        setup
            .wait("the call", async || {
                bob.items("/api/v1/calls").await.iter().find(|call| call["id"] == *id).map(drop)
            })
            .await;
        let row = bob.ended(&id).await;
        let lasted = between(&json!({ "at": row["started_at"] }), &json!({ "at": row["ended_at"] }));
        assert_eq!(lasted, Duration::from_secs(10), "the server waits this long for a page's audio");
        // Notices about a call are written with its end.
        let told = bob.items("/api/v1/notices/deliveries").await.len();
        let texts = setup.rest().came("POST", "/Messages.json").len();
        assert_eq!((told, texts), (0, 0), "notified of one call on which nobody spoke");
        close(setup, &[]).await;
    });
}

#[test]
fn notices_text_only_admitted_numbers_and_one_stands_for_many() {
    virtually(async || {
        let more = [("TWILIO_TRANSFER_CALLER_ID", TO), ("dial_policy.numbers_allowed", "+1555*")];
        let setup = Setup::open(&[&OPEN[..], &more].concat()).await;
        let bob = Owner::of(&setup, "bob", HIS).await;
        bob.send("PUT", "/api/v1/notices", &json!({ "missed_call": { "sms": ["+19005550100"] } }), 200).await;
        bob.wait_answered(600).await;
        let deliveries = async || bob.items("/api/v1/notices/deliveries").await;
        let refused = setup
            .wait("the end of the notice", async || {
                deliveries().await.into_iter().find(|delivery| delivery["state"] == "failed")
            })
            .await;
        assert!(refused["answer"].as_str().unwrap().contains("does not admit"), "{refused}");
        for call in 1..=5 {
            assert!(bob.is_answered_in_vain(call).await);
            let id = bob.id_of(call).await.unwrap();
            bob.ended(&id).await;
        }
        assert_eq!(
            deliveries().await.len(),
            2,
            "five more calls are one notice, which waits: {:?}",
            deliveries().await
        );
        assert_eq!(setup.rest().came("POST", "/Messages.json").len(), 0);
        close(setup, &[]).await;
    });
}
