//! Which organization gets a call to a number, and the fallback of callers who are not put through.

use cordboard_test_support::book::text;
use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::Account;
use cordboard_test_support::twilio_rest::Rest;
use serde_json::{Value, json};

use super::setup::{FROM, Setup, TO, TOKEN};
use crate::suites::book::Book as _;
use crate::world::{Stage, virtually};

const OPERATOR: (&str, &str) = ("extensions.operator", "internal,2001,1");
const HOST: (&str, &str) = ("FREEPBX_DOMAIN", "pbx.example.com");

/// How a call ended: its cause, and whether a person was connected.
async fn ending(setup: &Setup, number: u32) -> (String, bool) {
    let id = setup.wait("the call", async || setup.id_of(number).await).await;
    let row = setup.ended(&id).await;
    (text(&row["hangup_cause"]), !row["answered_at"].is_null())
}

#[test]
fn each_organization_is_reached_by_its_own_number() {
    virtually(async || {
        let setup = Setup::open(&[("registration", "open"), ("twilio.unlisted", "refuse")]).await;
        setup.has_number(json!({})).await;
        let account = json!({
            "email": "ada@example.com", "password": "correct horse battery staple", "name": "Ada",
            "organization": "Lovelace Plumbing"
        });
        let registered = setup.server().post("/api/v1/auth/register", &account, Token::None).await;
        assert_eq!(registered.status, 201, "{}", registered.text());
        let ada = text(&registered.json()["access_token"]);
        let her = async |path: &str| {
            setup.server().send("GET", path, Some(&ada), &Value::Null).await.json()["items"].clone()
        };
        let profile = her("/api/v1/agent-profiles").await[0]["id"].clone();
        let number = json!({ "number": "+15550100005", "profile_id": profile });
        let own = setup.server().send("POST", "/api/v1/phone-numbers", Some(&ada), &number).await;
        assert_eq!(own.status, 422, "she has not proved it: {}", own.text());
        let me = setup.server().send("GET", "/api/v1/auth/me", Some(&ada), &Value::Null).await.json();
        let organization = text(&me["organization"]["id"]);
        let given = setup.server().post_in(&organization, "/api/v1/phone-numbers", &number).await;
        assert_eq!((given.status, &given.json()["proof"]), (201, &json!("operator")), "{}", given.text());

        assert!(setup.rings(1).await.contains("<Stream"));
        // The profiles of calls are read again every 2 s.
        let mut call = 1;
        setup
            .wait("the second organization's profile", async || {
                call += 1;
                let answer = setup
                    .asked("/twilio/voice", call, &[("To", "+15550100005"), ("CallStatus", "ringing")])
                    .await;
                answer.contains("<Stream").then_some(())
            })
            .await;
        let hers = setup.wait("her call", async || her("/api/v1/calls").await.get(0).cloned()).await;
        assert_eq!((&hers["to"], &hers["profile_id"]), (&json!("+15550100005"), &profile));
        assert_eq!(her("/api/v1/calls").await.as_array().unwrap().len(), 1);
        let ours = setup.calls().await;
        assert!(ours.iter().all(|call| call["to"] == TO), "{ours:?}");
        let nobodys =
            setup.asked("/twilio/voice", 900, &[("To", "+15550100007"), ("CallStatus", "ringing")]).await;
        assert!(nobodys.contains("<Reject reason=\"rejected\"/>"), "{nobodys}");
        setup.close().await;
    });
}

#[test]
fn unreadable_rows_send_only_their_organizations_callers_to_the_fallback() {
    let settings = [("registration", "open"), OPERATOR, HOST, ("calls.fallback_extension", "operator")];
    let mut lives = Stage::new();
    let rest = lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = Setup::open_at(folder, rest, &settings).await;
        setup.has_number(json!({})).await;
        let account = json!({
            "email": "ada@example.com", "password": "correct horse battery staple", "name": "Ada",
            "organization": "Lovelace Plumbing"
        });
        let registered = setup.server().post("/api/v1/auth/register", &account, Token::None).await;
        let ada = text(&registered.json()["access_token"]);
        let shown =
            async |path: &str| setup.server().send("GET", path, Some(&ada), &Value::Null).await.json();
        let profile = shown("/api/v1/agent-profiles").await["items"][0]["id"].clone();
        let organization = text(&shown("/api/v1/auth/me").await["organization"]["id"]);
        let number = json!({ "number": "+15550100005", "profile_id": profile });
        let given = setup.server().post_in(&organization, "/api/v1/phone-numbers", &number).await;
        assert_eq!(given.status, 201, "{}", given.text());
        let grants = json!({ "switches": ["twilio"], "contexts": ["internal"] });
        let path = format!("/api/v1/organizations/{organization}/grants");
        let granted = setup.server().put(&path, &grants, Token::Admin).await;
        assert!(granted.status < 300, "{}", granted.text());
        let spoil = format!(
            "UPDATE agent_profile_versions SET profile = '{{' WHERE organization_id = '{organization}'"
        );
        setup.world().sql(&spoil).await;
        setup.left()
    });
    lives.run(async |folder| {
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &settings).await;
        let fallback = "<Sip>sip:2001@pbx.example.com</Sip>";
        assert!(setup.rings(1).await.contains("<Stream"));
        let hers = [("To", "+15550100005"), ("CallStatus", "ringing")];
        let answer = setup.asked("/twilio/voice", 2, &hers).await;
        assert!(answer.contains(fallback) && !answer.contains("<Stream"), "{answer}");
        // A grant that can't be read leads to no place on the server. The registry reloads every 2 s.
        setup.world().sql("UPDATE grants SET kind = 'everything' WHERE kind = 'context'").await;
        let mut call = 10;
        setup
            .wait("a caller who is turned away", async || {
                call += 1;
                let answer = setup.asked("/twilio/voice", call, &hers).await;
                answer.contains("<Reject reason=\"busy\"/>").then_some(())
            })
            .await;
        setup.world().sql("UPDATE phone_numbers SET answering = '{'").await;
        let answer = setup.rings(3).await;
        assert!(answer.contains(fallback), "{answer}");
        setup.close().await;
    });
}

#[test]
fn blocked_callers_hear_the_numbers_words_and_leave_no_call() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let say = json!({ "do": "say", "text": "Please don't call <us> again." });
        setup.has_number(json!({ "blocked_callers": [FROM], "blocked": say, "block_anonymous": true })).await;
        let answer = setup.rings(1).await;
        assert!(
            answer
                .contains("<Say language=\"en-US\">Please don&apos;t call &lt;us&gt; again.</Say><Hangup/>"),
            "{answer}"
        );
        let hidden =
            setup.asked("/twilio/voice", 2, &[("From", "anonymous"), ("CallStatus", "ringing")]).await;
        assert!(hidden.contains("<Say language=\"en-US\">"), "{hidden}");
        // Calls are listed in order of arrival: where the last one is listed, all are.
        let friend =
            setup.asked("/twilio/voice", 3, &[("From", "+15550100003"), ("CallStatus", "ringing")]).await;
        assert!(friend.contains("<Stream"), "{friend}");
        setup.wait("the call", async || setup.id_of(3).await).await;
        assert_eq!(setup.calls().await.len(), 1);
        setup.close().await;
    });
}

#[test]
fn callers_out_of_hours_hear_so_and_count_as_missed() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        setup.is_closed().await;
        let closed = json!({ "do": "say", "text": "We are closed." });
        setup.has_number(json!({ "closed": closed })).await;
        let answer = setup.rings(1).await;
        assert!(answer.contains("<Say language=\"en-US\">We are closed.</Say><Hangup/>"), "{answer}");
        assert_eq!(setup.rings(1).await, answer, "asked twice, answered once");
        assert_eq!(ending(&setup, 1).await, ("closed_hours".to_owned(), false));
        let [call] = &setup.calls().await[..] else { panic!("{:?}", setup.calls().await) };
        assert_eq!((call["from"].as_str(), call["to"].as_str()), (Some(FROM), Some(TO)));
        let id = text(&call["id"]);
        assert_eq!(setup.transcript(&id).await[0]["text"], "We are closed.");
        assert!(setup.rest().came("POST", "/Calls/").is_empty(), "the words are not cut short by REST");
        setup.close().await;
    });
}

#[test]
fn a_caller_beyond_capacity_gets_the_numbers_fallback() {
    virtually(async || {
        let setup = Setup::open(&[("calls.max", "1"), OPERATOR]).await;
        let full = json!({ "do": "say", "text": "All lines are busy." });
        setup.has_number(json!({ "mode": "gather", "no_capacity": full })).await;
        assert!(setup.rings(1).await.contains("<Gather"));
        let answer = setup.rings(2).await;
        assert!(answer.contains("<Say language=\"en-US\">All lines are busy.</Say><Hangup/>"), "{answer}");
        assert_eq!(ending(&setup, 2).await, ("no_capacity".to_owned(), false));
        setup.is_over(1, "completed").await;
        ending(&setup, 1).await;
        assert_eq!(setup.calls().await.len(), 2, "a refusal and what came instead are one call");
        setup.close().await;
    });
}

#[test]
fn a_call_forwarded_to_an_extension_is_answered_or_missed() {
    virtually(async || {
        let setup = Setup::open(&[OPERATOR, HOST, ("twilio.ring_timeout_s", "40")]).await;
        setup.is_closed().await;
        setup.has_number(json!({ "closed": { "do": "forward", "target": "operator" } })).await;
        let dial = setup.rings(1).await;
        assert!(dial.contains("<Sip>sip:2001@pbx.example.com</Sip>"), "{dial}");
        assert!(dial.contains("timeout=\"40\""), "{dial}");
        assert!(dial.contains("action=\"https://calls.example.com/twilio/dialled\""), "{dial}");
        let busy = setup.asked("/twilio/dialled", 1, &[("DialCallStatus", "busy")]).await;
        assert!(busy.contains("<Say language=\"en-US\">I am sorry, nobody can be reached"), "{busy}");
        assert_eq!(ending(&setup, 1).await, ("closed_hours".to_owned(), false));
        let id = setup.id_of(1).await.unwrap();
        let failed = setup.event(&id, "transfer_failed").await;
        assert_eq!((&failed["target"], &failed["failure"]), (&json!("operator"), &json!("busy")));
        setup.rings(2).await;
        let talked = setup.asked("/twilio/dialled", 2, &[("DialCallStatus", "completed")]).await;
        assert!(talked.contains("<Response><Hangup/></Response>"), "{talked}");
        assert_eq!(ending(&setup, 2).await, ("call_transferred".to_owned(), true));
        // If a caller hangs up during the conversation, only the status reports it.
        setup.rings(3).await;
        setup.is_over(3, "completed").await;
        assert_eq!(ending(&setup, 3).await, ("call_transferred".to_owned(), true));
        setup.rings(4).await;
        setup.is_over(4, "canceled").await;
        assert_eq!(ending(&setup, 4).await, ("closed_hours".to_owned(), false));
        setup.close().await;
    });
}

#[test]
fn a_number_the_policy_no_longer_admits_is_not_dialled() {
    virtually(async || {
        let setup =
            Setup::open(&[("TWILIO_TRANSFER_CALLER_ID", TO), ("dial_policy.numbers_allowed", "+1555*")])
                .await;
        let policy = async |allowed: Value| {
            let body = json!({ "numbers_allowed": allowed, "per_call_max": 5, "per_day_max": 100 });
            let set = setup.server().put("/api/v1/dial-policy", &body, Token::Admin).await;
            assert!(set.status < 300, "{}", set.text());
        };
        policy(json!(["+1555*"])).await;
        setup.is_closed().await;
        setup.has_number(json!({ "closed": { "do": "forward", "target": "+15550100008" } })).await;
        let dial = setup.rings(1).await;
        assert!(
            dial.contains("<Number>+15550100008</Number>") && dial.contains("callerId=\"+15550100001\""),
            "{dial}"
        );
        policy(json!([])).await;
        let answer = setup.rings(2).await;
        assert!(answer.contains("<Say language=\"en-US\">I am sorry, nobody can be reached"), "{answer}");
        assert_eq!(ending(&setup, 2).await, ("closed_hours".to_owned(), false));
        let id = setup.id_of(2).await.unwrap();
        assert_eq!(setup.event(&id, "forward_refused").await["target"], "+15550100008");
        setup.is_over(1, "no-answer").await;
        setup.close().await;
    });
}
