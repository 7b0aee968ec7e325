//! Organizations with accounts of their own: each is served by its own, and none by another's.

use std::time::Duration;

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use cordboard_test_support::server::ADMIN_TOKEN;
use cordboard_test_support::twilio::{Account, Agent, Caller};
use cordboard_test_support::twilio_rest::Rest;
use serde_json::{Value, json};

use super::owner::{HOST, Owner};
use super::setup::{FROM, Setup, TO, TOKEN, sid};
use super::voicemail::{RECORDING, wav};
use crate::suites::book::{Book as _, RestRequests as _};
use crate::suites::provider::provider_of;
use crate::world::{Stage, virtually};

pub(crate) const HIS: &str = "+15550100006";
pub(crate) const HER_TOKEN: &str = "0123456789abcdef0123456789adaada";
pub(crate) const HIS_TOKEN: &str = "0123456789abcdef0123456789b0bb0b";
const NEW_TOKEN: &str = "0123456789abcdef0123456789abc0de";
/// An installation that is open for organizations, and whose stand-ins may be their servers. Every number that the server's account calls is
/// answered.
pub(crate) const OPEN: [(&str, &str); 3] =
    [("registration", "open"), ("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")];
pub(crate) const HERS: &str = "+15550100005";
/// How long the server waits for the audio of a caller whose call Twilio has, as set in `setup.rs`.
const MEET: Duration = Duration::from_secs(3);
const HOUSE_KEY: &str = "sk-of-the-house-0123456789";
const HER_KEY: &str = "sk-of-ada-0123456789";

/// The account that serves a number has one more session, and a tone at its beginning tells which.
fn provider(hz: f64) -> OpenAiStandIn {
    let said = Answer::say("Good day.", hz, Duration::from_millis(400));
    provider_of(Script::new().greeting(said))
}

/// The keys that a provider got, each once.
fn keys(provider: &OpenAiStandIn) -> Vec<String> {
    let connections = provider.connections();
    let headers = connections.iter().flat_map(|connection| connection.headers.iter());
    let mut keys: Vec<String> =
        headers.filter(|(name, _)| name == "authorization").map(|(_, value)| value.clone()).collect();
    keys.dedup();
    keys
}

#[test]
fn an_organizations_key_serves_its_own_callers_and_nobody_elses() {
    virtually(async || {
        let (house_provider, her_provider) = (provider(1000.0), provider(1300.0));
        let base_url = house_provider.base_url();
        let provided = [
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", HOUSE_KEY),
            ("OPENAI_BASE_URL", base_url.as_str()),
        ];
        let setup = Setup::open(&[&OPEN[..], &provided].concat()).await;
        setup.has_number(json!({})).await;
        let ada = Owner::of(&setup, "ada", HERS).await;
        let body =
            json!({ "settings": { "base_url": her_provider.base_url() }, "secrets": { "api_key": HER_KEY } });
        ada.send("PUT", "/api/v1/integrations/openai", &body, 200).await;
        ada.wait_answered(800).await;

        for (number, to) in [(1, HERS), (2, TO), (3, HERS)] {
            let caller = Caller::dial_here(&setup.account(), &sid(number), FROM, to);
            let greeted = |provider: &OpenAiStandIn| {
                let greetings = provider.connections();
                greetings.iter().filter(|of| of.from_client("response.create").count() > 0).count()
            };
            let (provider, before) =
                if to == TO { (&house_provider, 0) } else { (&her_provider, number / 2) };
            setup.wait("the greeting", async || (greeted(provider) > before as usize).then_some(())).await;
            caller.hang_up();
            caller.finish();
        }
        assert_eq!(keys(&her_provider), [format!("Bearer {HER_KEY}")]);
        assert_eq!(keys(&house_provider), [format!("Bearer {HOUSE_KEY}")]);
        let log = setup.world().log();
        assert!(!log.contains(HER_KEY) && !log.contains(HOUSE_KEY), "the log shows a key");
        setup.close().await;
        her_provider.finish();
        house_provider.finish();
    });
}

/// An account at Twilio besides the server's, and its API.
pub(crate) fn account(setup: &Setup, digit: char, token: &str) -> (Account, Rest) {
    let sid = format!("AC{}", digit.to_string().repeat(32));
    let rest = Rest::start_here(&sid, &sid, token).unwrap();
    (Account { sid, auth_token: token.to_owned(), ..setup.account() }, rest)
}

/// Ends a test: no rule was broken, and no key is in the log.
pub(crate) async fn close(setup: Setup, of_others: &[&Rest]) {
    of_others.iter().for_each(|rest| rest.finish());
    let log = setup.world().log();
    assert!(
        ![HER_TOKEN, HIS_TOKEN, NEW_TOKEN].iter().any(|token| log.contains(token)),
        "the log holds a token"
    );
    setup.close().await;
}

#[test]
fn webhooks_need_their_accounts_token_and_concern_only_its_organization() {
    virtually(async || {
        let setup = Setup::open(&OPEN).await;
        let (mut ada, mut bob) = (Owner::of(&setup, "ada", HERS).await, Owner::of(&setup, "bob", HIS).await);
        let ((hers, her_rest), (his, his_rest)) =
            (account(&setup, 'a', HER_TOKEN), account(&setup, 'b', HIS_TOKEN));
        // Before and after that the server's account gets the calls to its number.
        ada.wait_answered(700).await;
        ada.has_account(hers.clone(), &her_rest).await;
        assert!(
            setup
                .asked("/twilio/voice", 790, &[("To", HERS), ("CallStatus", "ringing")])
                .await
                .contains("<Stream")
        );
        bob.has_account(his.clone(), &his_rest).await;
        for (owner, first) in [(&ada, 800), (&bob, 850)] {
            owner.wait_answered(first).await;
        }
        let (caller, id) = ada.call(1).await;

        // A request that names another account, or is signed with another's key, is refused.
        let as_her = Account { sid: hers.sid.clone(), ..his.clone() };
        let as_the_house = Account { auth_token: HER_TOKEN.to_owned(), ..setup.account() };
        for forger in
            [&as_her, &as_the_house, &Account { auth_token: TOKEN.to_owned() + "0", ..hers.clone() }]
        {
            let fields = Account::fields(&sid(2), FROM, HERS, "ringing");
            assert_eq!(forger.post("/twilio/voice", &fields).await.unwrap().status, 403, "{forger:?}");
        }
        // His account can call no number but his, neither the server's nor hers.
        for (number, to) in [(3, HERS), (4, TO), (5, "+15550100008")] {
            let answer = bob.posts("/twilio/voice", number, &[("To", to), ("CallStatus", "ringing")]).await;
            assert!(answer.status == 200 && answer.body.contains("<Reject"), "{to}: {}", answer.body);
            assert_eq!(
                (ada.id_of(number).await, bob.id_of(number).await, setup.id_of(number).await),
                (None, None, None)
            );
        }
        // Nor report anything about her call, by any webhook.
        for path in [
            "voice",
            "next",
            "status",
            "process-audio",
            "transfer?extension=x",
            "dialled",
            "recorded",
            "recording",
        ] {
            let more = [
                ("CallStatus", "completed"),
                ("DialCallStatus", "completed"),
                ("RecordingSid", "RE00000000000000000000000000000001"),
                ("RecordingStatus", "completed"),
            ];
            let answer = bob.posts(&format!("/twilio/{path}"), 1, &more).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        }
        assert_eq!(ada.send("GET", &format!("/api/v1/calls/{id}"), &Value::Null, 200).await["state"], "live");
        assert_eq!(bob.id_of(1).await, None);
        caller.hang_up();
        assert_eq!(ada.ended(&id).await["hangup_by"], "caller");
        caller.finish();
        // Nor when it is over.
        assert_eq!(bob.posts("/twilio/next", 1, &[]).await.status, 404);
        assert_eq!(ada.posts("/twilio/next", 1, &[("CallStatus", "completed")]).await.status, 200);

        // A webhook of an account belongs to its organization, whatever number it names.
        let text = async |account: &Account, to: &str, message: &str| {
            let fields =
                [("MessageSid", message), ("AccountSid", ""), ("From", FROM), ("To", to), ("Body", "Hello")];
            let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(account.post("/twilio/message", &fields).await.unwrap().status, 200);
        };
        text(&his, HERS, "SM00000000000000000000000000000001").await;
        text(&hers, HERS, "SM00000000000000000000000000000002").await;
        let kept = async |owner: &Owner<'_>| owner.items("/api/v1/messages").await.len();
        assert_eq!((kept(&ada).await, kept(&bob).await), (1, 1));
        close(setup, &[&her_rest, &his_rest]).await;
    });
}

#[test]
fn a_deletion_forgets_accounts_before_its_last_calls() {
    virtually(async || {
        let setup = Setup::open(&OPEN).await;
        let mut ada = Owner::of(&setup, "ada", HERS).await;
        let (hers, rest) = account(&setup, 'a', HER_TOKEN);
        ada.has_account(hers, &rest).await;
        let (caller, id) = ada.call(1).await;
        caller.hang_up();
        ada.ended(&id).await;
        caller.finish();
        let me = ada.send("GET", "/api/v1/auth/me", &Value::Null, 200).await;
        let organization = &me["organization"]["id"];
        let path = format!("/api/v1/organizations/{}", organization.as_str().unwrap());
        let operator = async |method: &str, path: &str, status: u16| {
            let answer = setup.server().send(method, path, Some(ADMIN_TOKEN), &Value::Null).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
            answer.json()
        };
        let refused =
            async || ada.posts("/twilio/status", 1, &[("CallStatus", "completed")]).await.status == 403;
        operator("POST", &format!("{path}/suspend"), 200).await;
        assert!(!refused().await, "a suspended organization keeps its account");
        operator("DELETE", &format!("{path}?name=ada%20Plumbing"), 202).await;
        setup.wait("the end of the account", async || refused().await.then_some(())).await;
        // The call ended just now, so it is not deleted yet.
        let all = operator("GET", "/api/v1/organizations", 200).await;
        let left = |of: &Value| of["id"] == *organization && of["deleting_since"].is_string();
        assert!(all["items"].as_array().unwrap().iter().any(left), "{all}");
        close(setup, &[&rest]).await;
    });
}

#[test]
fn an_organizations_calls_and_people_use_its_own_account() {
    virtually(async || {
        let setup = Setup::open(
            &[&OPEN[..], &[("TWILIO_TRANSFER_CALLER_ID", TO), ("dial_policy.numbers_allowed", "+1555*")]]
                .concat(),
        )
        .await;
        let mut ada = Owner::of(&setup, "ada", HERS).await;
        let (hers, rest) = account(&setup, 'a', HER_TOKEN);
        ada.has_account(hers, &rest).await;
        let operator = json!({ "name": "operator", "target": "people,2001,1" });
        ada.send("POST", "/api/v1/extensions", &operator, 201).await;
        ada.send("PUT", "/api/v1/dial-policy", &json!({ "numbers_allowed": ["+1555*"] }), 200).await;

        let (caller, id) = ada.call(1).await;
        rest.holds(&sid(1), &caller);
        let policy = &ada.event(&id, "call_started").await["policy"]["twilio"];
        assert_eq!((&policy["calls_people"], &policy["account"]), (&json!(true), &json!(ada.account.sid)));
        ada.send("POST", &format!("/api/v1/calls/{id}/handoff"), &json!({ "target": "operator" }), 202).await;
        let called = rest.comes("POST", "/Conferences/").await;
        assert_eq!(
            (called.get("From"), called.get("To")),
            (Some(HERS), Some(format!("sip:2001@{HOST}").as_str()))
        );
        let person = Agent::of(&ada.account, &called);
        person.rings().await;
        person.answers().await;
        setup.wait("both in the room", async || (person.with() == ["agent", "caller"]).then_some(())).await;
        ada.send("POST", &format!("/api/v1/calls/{id}/hangup"), &json!({}), 202).await;
        rest.comes("POST", &format!("/Calls/{}.json", sid(1))).await;
        ada.ended(&id).await;
        caller.finish();

        let placed = ada.send("POST", "/api/v1/calls", &json!({ "to": FROM, "switch": "twilio" }), 201).await;
        let id = placed["id"].as_str().unwrap();
        let made = rest.comes("POST", "/Calls.json").await;
        assert_eq!((made.get("To"), made.get("From")), (Some(FROM), Some(HERS)));
        let (first, status) = (made.get("Url").unwrap(), made.get("StatusCallback").unwrap());
        let callee =
            Caller::answer_here(&ada.account, made.sid.as_ref().unwrap(), (HERS, FROM), first, status);
        ada.event(id, "dial_answered").await;
        ada.send("POST", &format!("/api/v1/calls/{id}/hangup"), &json!({}), 202).await;
        rest.comes("POST", &format!("/Calls/{}.json", made.sid.as_ref().unwrap())).await;
        ada.ended(id).await;
        callee.finish();
        assert_eq!(setup.rest().came("POST", "/").len(), 0, "the server's account got a request");
        close(setup, &[&rest]).await;
    });
}

#[test]
fn text_messages_use_their_organizations_account_which_alone_reports_them() {
    virtually(async || {
        let said = |text: &str| Answer::say(text, 700.0, Duration::from_millis(300));
        let script = Script::new()
            .greeting(said("Hello."))
            .turn(Answer::call("send_sms", &json!({ "text": "See you" })))
            .after_tools(said("Done."));
        let provider = provider_of(script);
        let base_url = provider.base_url();
        let provided = [("OPENAI_BASE_URL", base_url.as_str()), ("assistant.provider", "openai")];
        let setup = Setup::open(
            &[
                &OPEN[..],
                &provided,
                &[("TWILIO_TRANSFER_CALLER_ID", TO), ("dial_policy.numbers_allowed", "+1555*")],
            ]
            .concat(),
        )
        .await;
        let (mut ada, mut bob) = (Owner::of(&setup, "ada", HERS).await, Owner::of(&setup, "bob", HIS).await);
        let ((hers, rest), (his, his_rest)) =
            (account(&setup, 'a', HER_TOKEN), account(&setup, 'b', HIS_TOKEN));
        ada.has_account(hers, &rest).await;
        bob.has_account(his, &his_rest).await;
        let mut profile = ada.items("/api/v1/agent-profiles").await[0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        profile["tools"] = json!(["send_sms"]);
        profile.as_object_mut().unwrap().remove("id");
        ada.send("PUT", &path, &profile, 200).await;
        ada.send("PUT", "/api/v1/notices", &json!({ "missed_call": { "sms": ["+15550100009"] } }), 200).await;

        let (caller, id) = ada.call(1).await;
        setup
            .wait("the greeting", async || {
                provider
                    .connections()
                    .iter()
                    .find(|of| of.from_client("response.create").count() > 0)
                    .map(drop)
            })
            .await;
        caller.say(&babble(1, Duration::from_millis(900), 8_000));
        caller.say(&silence(Duration::from_millis(600), 8_000));
        let text_to = |to: &str| {
            let came = rest.came("POST", "/Messages.json").into_iter();
            came.filter(|came| came.sid.is_some()).find(|came| came.get("To") == Some(to))
        };
        let sent = setup.wait("the text message", async || text_to(FROM)).await;
        assert_eq!(
            (sent.get("To"), sent.get("From"), sent.get("Body")),
            (Some(FROM), Some(HERS), Some("See you"))
        );
        let status = async |of: &Owner<'_>, told: &str| {
            let path = setup.path_of(sent.get("StatusCallback").unwrap());
            let fields =
                [("MessageSid", sent.sid.as_deref().unwrap()), ("MessageStatus", told), ("AccountSid", "")];
            let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(of.account.post(&path, &fields).await.unwrap().status, 204);
            ada.items("/api/v1/messages").await[0]["status"].clone()
        };
        assert_eq!(status(&ada, "sent").await, "sent");
        assert_eq!(status(&bob, "failed").await, "sent", "another account reports her message");
        assert_eq!(status(&ada, "delivered").await, "delivered");
        caller.hang_up();
        ada.ended(&id).await;
        caller.finish();

        // A call whose caller hangs up before the greeting is missed.
        assert!(ada.is_answered_in_vain(2).await);
        let told = setup.wait("a notice", async || text_to("+15550100009")).await;
        assert_eq!(told.get("From"), Some(HERS));
        assert_eq!(setup.rest().came("POST", "/").len(), 0, "the server's account got a request");
        provider.finish();
        close(setup, &[&rest, &his_rest]).await;
    });
}

#[test]
fn a_changed_account_serves_the_next_call() {
    virtually(async || {
        let setup = Setup::open(&OPEN).await;
        let mut ada = Owner::of(&setup, "ada", HERS).await;
        let (hers, rest) = account(&setup, 'a', HER_TOKEN);
        ada.has_account(hers.clone(), &rest).await;
        ada.wait_answered(800).await;
        let (first, first_id) = ada.call(1).await;
        let integration = ada.send("GET", "/api/v1/integrations/twilio", &Value::Null, 200).await;
        assert!(integration["events"].as_u64() > Some(1), "webhooks that came: {integration}");
        assert!(integration["last_event_at"].is_string(), "{integration}");

        // Another key of the same account, after which the old one is no longer valid.
        let new_rest = Rest::start_here(&hers.sid, &hers.sid, NEW_TOKEN).unwrap();
        let new = Account { auth_token: NEW_TOKEN.to_owned(), ..hers.clone() };
        ada.has_keys(new, json!({ "second_auth_token": HER_TOKEN }), &new_rest).await;
        ada.send("POST", &format!("/api/v1/calls/{first_id}/hangup"), &json!({}), 202).await;
        new_rest.comes("POST", &format!("/Calls/{}.json", sid(1))).await;
        ada.ended(&first_id).await;
        first.finish();
        ada.has_keys(ada.account.clone(), json!({ "second_auth_token": null }), &new_rest).await;
        let fields = Account::fields(&sid(2), FROM, HERS, "ringing");
        assert_eq!(hers.post("/twilio/voice", &fields).await.unwrap().status, 403, "the old key");
        let (second, second_id) = ada.call(2).await;

        let account = ada.account.clone();
        ada.send("DELETE", "/api/v1/integrations/twilio", &Value::Null, 204).await;
        assert_eq!(
            account.post("/twilio/voice", &fields).await.unwrap().status,
            403,
            "an account that is removed"
        );
        ada.send("POST", &format!("/api/v1/calls/{second_id}/hangup"), &json!({}), 202).await;
        new_rest.comes("POST", &format!("/Calls/{}.json", sid(2))).await;
        ada.ended(&second_id).await;
        // Twilio's webhooks about it no longer belong to any call.
        drop(second);
        ada.account = setup.account();
        let (third, id) = ada.call(3).await;
        ada.send("POST", &format!("/api/v1/calls/{id}/hangup"), &json!({}), 202).await;
        setup.rest().comes("POST", &format!("/Calls/{}.json", sid(3))).await;
        ada.ended(&id).await;
        third.finish();
        assert_eq!(rest.came("POST", "/").len(), 0);
        close(setup, &[&rest, &new_rest]).await;
    });
}

#[test]
fn an_account_serves_its_calls_after_a_restart_too() {
    let mut lives = Stage::new();
    let (left, of_house, rest, id) = lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = Setup::open_at(folder, rest, &OPEN).await;
        let (hers, rest) = account(&setup, 'a', HER_TOKEN);
        let mut ada = Owner::of(&setup, "ada", HERS).await;
        ada.has_account(hers, &rest).await;
        ada.wait_answered(800).await;
        let (_caller, id) = ada.call(1).await;
        (ada.leave(), setup.left(), rest, id)
    });
    lives.run(async |folder| {
        let (of_house, rest) = (of_house.goes_on_here().unwrap(), rest.goes_on_here().unwrap());
        let setup = Setup::open_at(folder, of_house, &OPEN).await;
        let ada = Owner::again(&setup, left);
        // The call of a caller who does not come back is ended there.
        let ended = rest.comes("POST", &format!("/Calls/{}.json", sid(1))).await;
        assert_eq!(ended.at - setup.world().began(), MEET);
        assert_eq!(ada.ended(&id).await["hangup_cause"], "server_restart");
        let (caller, id) = ada.call(2).await;
        ada.send("POST", &format!("/api/v1/calls/{id}/hangup"), &json!({}), 202).await;
        rest.comes("POST", &format!("/Calls/{}.json", sid(2))).await;
        ada.ended(&id).await;
        caller.finish();
        close(setup, &[&rest]).await;
    });
}

#[test]
fn a_callers_message_is_fetched_from_the_account_holding_it() {
    virtually(async || {
        let setup = Setup::open(&OPEN).await;
        let (mut ada, mut bob) = (Owner::of(&setup, "ada", HERS).await, Owner::of(&setup, "bob", HIS).await);
        let ((hers, rest), (his, his_rest)) =
            (account(&setup, 'a', HER_TOKEN), account(&setup, 'b', HIS_TOKEN));
        rest.sounds(wav(3_250));
        ada.has_account(hers, &rest).await;
        bob.has_account(his, &his_rest).await;
        let closed = json!({ "revision": 0, "trade": "plumber", "name": "Closed", "hours": {} });
        ada.send("PUT", "/api/v1/business-profile", &closed, 200).await;
        let mut number = ada.items("/api/v1/phone-numbers").await[0].clone();
        let path = format!("/api/v1/phone-numbers/{}", number["id"].as_str().unwrap());
        number["closed"] = json!({ "do": "voicemail", "text": "Leave a message." });
        ada.send("PUT", &path, &number, 200).await;
        let call = 1;
        let answer = ada.posts("/twilio/voice", call, &[("CallStatus", "ringing")]).await;
        assert!(answer.body.contains("<Record"), "{}", answer.body);
        let recorded =
            [("RecordingSid", RECORDING), ("RecordingStatus", "completed"), ("RecordingDuration", "3")];
        assert_eq!(ada.posts("/twilio/recorded", call, &[]).await.status, 200);
        assert_eq!(ada.posts("/twilio/status", call, &[("CallStatus", "completed")]).await.status, 204);
        let id = ada.id_of(call).await.unwrap();
        ada.ended(&id).await;
        assert_eq!(bob.posts("/twilio/recording", call, &recorded).await.status, 404);
        assert_eq!(ada.posts("/twilio/recording", call, &recorded).await.status, 204);
        let of_call = format!("/api/v1/calls/{id}");
        setup
            .wait("the message", async || {
                ada.send("GET", &of_call, &Value::Null, 200).await["recording_ms"].as_u64()
            })
            .await;
        assert_eq!((rest.came("GET", "/Recordings/").len(), setup.rest().came("GET", "/").len()), (1, 0));
        close(setup, &[&rest, &his_rest]).await;
    });
}
