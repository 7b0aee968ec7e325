//! Organizations with accounts of their own: each is served by its own, and nobody by another's.

use std::time::Duration;

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use cordboard_test_support::twilio::{Account, Agent, Caller};
use cordboard_test_support::twilio_rest::Rest;
use serde_json::{Value, json};

use crate::house::{FROM, House, TO, TOKEN, sid};
use crate::owner::{HOST, Owner};
use crate::voicemail::{RECORDING, wav};

pub(crate) const HIS: &str = "+15550100006";
pub(crate) const HER_TOKEN: &str = "0123456789abcdef0123456789adaada";
pub(crate) const HIS_TOKEN: &str = "0123456789abcdef0123456789b0bb0b";
const NEW_TOKEN: &str = "0123456789abcdef0123456789abc0de";
/// An installation that takes organizations, and whose stand-ins may be their servers. Whatever number the house's account calls is
/// answered.
pub(crate) const OPEN: [(&str, &str); 3] =
    [("registration", "open"), ("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")];
pub(crate) const HERS: &str = "+15550100005";
const HOUSE_KEY: &str = "sk-of-the-house-0123456789";
const HER_KEY: &str = "sk-of-ada-0123456789";

/// Whoever serves a number has one session more, and says so at its beginning.
fn provider(hz: f64) -> OpenAiStandIn {
    let said = Answer::say("Good day.", hz, Duration::from_millis(400));
    OpenAiStandIn::start(Script::new().greeting(said)).unwrap()
}

/// The keys that a provider was shown, each once.
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
    let (house_provider, her_provider) = (provider(1000.0), provider(1300.0));
    let base_url = house_provider.base_url();
    let provided = [
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", HOUSE_KEY),
        ("OPENAI_BASE_URL", base_url.as_str()),
    ];
    let house = House::open(&[&OPEN[..], &provided].concat());
    house.has_number(json!({}));
    let ada = Owner::of(&house, "ada", HERS);
    let body =
        json!({ "settings": { "base_url": her_provider.base_url() }, "secrets": { "api_key": HER_KEY } });
    ada.send("PUT", "/api/v1/integrations/openai", &body, 200);
    ada.wait_answered(800);

    for (number, to) in [(1, HERS), (2, TO), (3, HERS)] {
        let caller = Caller::dial(&house.account(), &sid(number), FROM, to);
        let greeted = |provider: &OpenAiStandIn| {
            let greetings = provider.connections();
            greetings.iter().filter(|of| of.from_client("response.create").count() > 0).count()
        };
        let (provider, before) = if to == TO { (&house_provider, 0) } else { (&her_provider, number / 2) };
        house.wait("the greeting", || (greeted(provider) > before as usize).then_some(()));
        caller.hang_up();
        caller.finish();
    }
    assert_eq!(keys(&her_provider), [format!("Bearer {HER_KEY}")]);
    assert_eq!(keys(&house_provider), [format!("Bearer {HOUSE_KEY}")]);
    let log = house.server().log();
    assert!(!log.contains(HER_KEY) && !log.contains(HOUSE_KEY), "the log shows a key");
    house.close();
    her_provider.finish();
    house_provider.finish();
}

/// An account at Twilio beside the house's, and its API.
pub(crate) fn account(house: &House, digit: char, token: &str) -> (Account, Rest) {
    let sid = format!("AC{}", digit.to_string().repeat(32));
    let rest = Rest::start(&sid, &sid, token).unwrap();
    (Account { sid, auth_token: token.to_owned(), ..house.account() }, rest)
}

/// The end of a test: nobody's rule was broken, and no key is in the log.
pub(crate) fn close(house: House, of_others: &[&Rest]) {
    of_others.iter().for_each(|rest| rest.finish());
    let log = house.server().log();
    assert!(
        ![HER_TOKEN, HIS_TOKEN, NEW_TOKEN].iter().any(|token| log.contains(token)),
        "the log holds a token"
    );
    house.close();
}

#[test]
fn an_accounts_webhooks_are_taken_with_its_own_token_and_concern_its_own_organization_alone() {
    let house = House::open(&OPEN);
    let (mut ada, mut bob) = (Owner::of(&house, "ada", HERS), Owner::of(&house, "bob", HIS));
    let ((hers, her_rest), (his, his_rest)) =
        (account(&house, 'a', HER_TOKEN), account(&house, 'b', HIS_TOKEN));
    // Before and behind that its number is answered to the house's account.
    ada.wait_answered(700);
    ada.has_account(hers.clone(), &her_rest);
    assert!(
        house.asked("/twilio/voice", 790, &[("To", HERS), ("CallStatus", "ringing")]).contains("<Stream")
    );
    bob.has_account(his.clone(), &his_rest);
    for (owner, first) in [(&ada, 800), (&bob, 850)] {
        owner.wait_answered(first);
    }
    let (caller, id) = ada.call(1);

    // Who says to be another account, or signs with another's key, is nobody.
    let as_her = Account { sid: hers.sid.clone(), ..his.clone() };
    let as_the_house = Account { auth_token: HER_TOKEN.to_owned(), ..house.account() };
    for forger in [&as_her, &as_the_house, &Account { auth_token: TOKEN.to_owned() + "0", ..hers.clone() }] {
        let fields = Account::fields(&sid(2), FROM, HERS, "ringing");
        assert_eq!(forger.post("/twilio/voice", &fields).unwrap().status, 403, "{forger:?}");
    }
    // His account can call no number but his, and neither the house's nor hers.
    for (number, to) in [(3, HERS), (4, TO), (5, "+15550100008")] {
        let answer = bob.posts("/twilio/voice", number, &[("To", to), ("CallStatus", "ringing")]);
        assert!(answer.status == 200 && answer.body.contains("<Reject"), "{to}: {}", answer.body);
        assert_eq!((ada.id_of(number), bob.id_of(number), house.id_of(number)), (None, None, None));
    }
    // Nor say anything of her call, by whatever webhook.
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
        let answer = bob.posts(&format!("/twilio/{path}"), 1, &more);
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
    assert_eq!(ada.send("GET", &format!("/api/v1/calls/{id}"), &Value::Null, 200)["state"], "live");
    assert_eq!(bob.id_of(1), None);
    caller.hang_up();
    assert_eq!(ada.ended(&id)["hangup_by"], "caller");
    caller.finish();
    // Nor when it is over.
    assert_eq!(bob.posts("/twilio/next", 1, &[]).status, 404);
    assert_eq!(ada.posts("/twilio/next", 1, &[("CallStatus", "completed")]).status, 200);

    // What an account brings is its organization's, whatever number it names.
    let text = |account: &Account, to: &str, message: &str| {
        let fields =
            [("MessageSid", message), ("AccountSid", ""), ("From", FROM), ("To", to), ("Body", "Hello")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(account.post("/twilio/message", &fields).unwrap().status, 200);
    };
    text(&his, HERS, "SM00000000000000000000000000000001");
    text(&hers, HERS, "SM00000000000000000000000000000002");
    let kept = |owner: &Owner<'_>| owner.items("/api/v1/messages").len();
    assert_eq!((kept(&ada), kept(&bob)), (1, 1));
    close(house, &[&her_rest, &his_rest]);
}

#[test]
fn calls_and_people_of_an_organization_go_by_its_own_account() {
    let house = House::open(
        &[&OPEN[..], &[("TWILIO_TRANSFER_CALLER_ID", TO), ("dial_policy.numbers_allowed", "+1555*")]]
            .concat(),
    );
    let mut ada = Owner::of(&house, "ada", HERS);
    let (hers, rest) = account(&house, 'a', HER_TOKEN);
    ada.has_account(hers, &rest);
    let operator = json!({ "name": "operator", "target": "people,2001,1" });
    ada.send("POST", "/api/v1/extensions", &operator, 201);
    ada.send("PUT", "/api/v1/dial-policy", &json!({ "numbers_allowed": ["+1555*"] }), 200);

    let (caller, id) = ada.call(1);
    rest.holds(&sid(1), &caller);
    let policy = &ada.event(&id, "call_started")["policy"]["twilio"];
    assert_eq!((&policy["calls_people"], &policy["account"]), (&json!(true), &json!(ada.account.sid)));
    ada.send("POST", &format!("/api/v1/calls/{id}/handoff"), &json!({ "target": "operator" }), 202);
    let called = rest.wait_done("POST", "/Conferences/", LIMIT).unwrap();
    assert_eq!(
        (called.get("From"), called.get("To")),
        (Some(HERS), Some(format!("sip:2001@{HOST}").as_str()))
    );
    let person = Agent::of(&ada.account, &called);
    person.rings();
    person.answers();
    house.wait("both in the room", || (person.with() == ["agent", "caller"]).then_some(()));
    ada.send("POST", &format!("/api/v1/calls/{id}/hangup"), &json!({}), 202);
    rest.wait_done("POST", &format!("/Calls/{}.json", sid(1)), LIMIT).unwrap();
    ada.ended(&id);
    caller.finish();

    let placed = ada.send("POST", "/api/v1/calls", &json!({ "to": FROM, "switch": "twilio" }), 201);
    let id = placed["id"].as_str().unwrap();
    let made = rest.wait_done("POST", "/Calls.json", LIMIT).unwrap();
    assert_eq!((made.get("To"), made.get("From")), (Some(FROM), Some(HERS)));
    let (first, status) = (made.get("Url").unwrap(), made.get("StatusCallback").unwrap());
    let callee = Caller::answer(&ada.account, made.sid.as_ref().unwrap(), (HERS, FROM), first, status);
    ada.event(id, "dial_answered");
    ada.send("POST", &format!("/api/v1/calls/{id}/hangup"), &json!({}), 202);
    rest.wait_done("POST", &format!("/Calls/{}.json", made.sid.as_ref().unwrap()), LIMIT).unwrap();
    ada.ended(id);
    callee.finish();
    assert_eq!(house.rest().came("POST", "/").len(), 0, "the house's account was asked");
    close(house, &[&rest]);
}

#[test]
fn text_messages_go_by_the_organizations_own_account_which_alone_tells_of_them() {
    let said = |text: &str| Answer::say(text, 700.0, Duration::from_millis(300));
    let script = Script::new()
        .greeting(said("Hello."))
        .turn(Answer::call("send_sms", &json!({ "text": "See you" })))
        .after_tools(said("Done."));
    let provider = OpenAiStandIn::start(script).unwrap();
    let base_url = provider.base_url();
    let provided = [("OPENAI_BASE_URL", base_url.as_str()), ("assistant.provider", "openai")];
    let house = House::open(
        &[
            &OPEN[..],
            &provided,
            &[("TWILIO_TRANSFER_CALLER_ID", TO), ("dial_policy.numbers_allowed", "+1555*")],
        ]
        .concat(),
    );
    let (mut ada, mut bob) = (Owner::of(&house, "ada", HERS), Owner::of(&house, "bob", HIS));
    let ((hers, rest), (his, his_rest)) = (account(&house, 'a', HER_TOKEN), account(&house, 'b', HIS_TOKEN));
    ada.has_account(hers, &rest);
    bob.has_account(his, &his_rest);
    let mut profile = ada.items("/api/v1/agent-profiles")[0].clone();
    let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
    profile["tools"] = json!(["send_sms"]);
    profile.as_object_mut().unwrap().remove("id");
    ada.send("PUT", &path, &profile, 200);
    ada.send("PUT", "/api/v1/notices", &json!({ "missed_call": { "sms": ["+15550100009"] } }), 200);

    let (caller, id) = ada.call(1);
    house.wait("the greeting", || {
        provider.connections().iter().find(|of| of.from_client("response.create").count() > 0).map(drop)
    });
    caller.say(&babble(1, Duration::from_millis(900), 8_000));
    caller.say(&silence(Duration::from_millis(600), 8_000));
    let text_to = |to: &str| {
        let came = rest.came("POST", "/Messages.json").into_iter();
        came.filter(|came| came.sid.is_some()).find(|came| came.get("To") == Some(to))
    };
    let sent = house.wait("the text message", || text_to(FROM));
    assert_eq!(
        (sent.get("To"), sent.get("From"), sent.get("Body")),
        (Some(FROM), Some(HERS), Some("See you"))
    );
    let status = |of: &Owner<'_>, told: &str| {
        let path = house.path_of(sent.get("StatusCallback").unwrap());
        let fields =
            [("MessageSid", sent.sid.as_deref().unwrap()), ("MessageStatus", told), ("AccountSid", "")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(of.account.post(&path, &fields).unwrap().status, 204);
        ada.items("/api/v1/messages")[0]["status"].clone()
    };
    assert_eq!(status(&ada, "sent"), "sent");
    assert_eq!(status(&bob, "failed"), "sent", "somebody else's account tells of her message");
    assert_eq!(status(&ada, "delivered"), "delivered");
    caller.hang_up();
    ada.ended(&id);
    caller.finish();

    // One who hangs up before the greeting is missed.
    assert!(ada.is_answered_in_vain(2));
    let told = house.wait("a notice", || text_to("+15550100009"));
    assert_eq!(told.get("From"), Some(HERS));
    assert_eq!(house.rest().came("POST", "/").len(), 0, "the house's account was asked");
    provider.finish();
    close(house, &[&rest, &his_rest]);
}

#[test]
fn an_account_that_is_changed_or_removed_is_so_for_the_next_call_and_one_under_way_keeps_its_own() {
    let house = House::open(&OPEN);
    let mut ada = Owner::of(&house, "ada", HERS);
    let (hers, rest) = account(&house, 'a', HER_TOKEN);
    ada.has_account(hers.clone(), &rest);
    ada.wait_answered(800);
    let (first, first_id) = ada.call(1);

    // Another key of the same account, and then not the old one any more.
    let new_rest = Rest::start(&hers.sid, &hers.sid, NEW_TOKEN).unwrap();
    let new = Account { auth_token: NEW_TOKEN.to_owned(), ..hers.clone() };
    ada.has_keys(new, json!({ "second_auth_token": HER_TOKEN }), &new_rest);
    ada.send("POST", &format!("/api/v1/calls/{first_id}/hangup"), &json!({}), 202);
    new_rest.wait_done("POST", &format!("/Calls/{}.json", sid(1)), LIMIT).unwrap();
    ada.ended(&first_id);
    first.finish();
    ada.has_keys(ada.account.clone(), json!({ "second_auth_token": null }), &new_rest);
    let fields = Account::fields(&sid(2), FROM, HERS, "ringing");
    assert_eq!(hers.post("/twilio/voice", &fields).unwrap().status, 403, "the old key");
    let (second, second_id) = ada.call(2);

    let account = ada.account.clone();
    ada.send("DELETE", "/api/v1/integrations/twilio", &Value::Null, 204);
    assert_eq!(account.post("/twilio/voice", &fields).unwrap().status, 403, "an account that is removed");
    ada.send("POST", &format!("/api/v1/calls/{second_id}/hangup"), &json!({}), 202);
    new_rest.wait_done("POST", &format!("/Calls/{}.json", sid(2)), LIMIT).unwrap();
    ada.ended(&second_id);
    // What Twilio says of it is nobody's any more.
    drop(second);
    ada.account = house.account();
    let (third, id) = ada.call(3);
    ada.send("POST", &format!("/api/v1/calls/{id}/hangup"), &json!({}), 202);
    house.rest().wait_done("POST", &format!("/Calls/{}.json", sid(3)), LIMIT).unwrap();
    ada.ended(&id);
    third.finish();
    assert_eq!(rest.came("POST", "/").len(), 0);
    close(house, &[&rest, &new_rest]);
}

#[test]
fn an_account_serves_its_calls_after_a_restart_too() {
    let mut house = House::open(&OPEN);
    let (hers, rest) = account(&house, 'a', HER_TOKEN);
    let mut ada = Owner::of(&house, "ada", HERS);
    ada.has_account(hers, &rest);
    ada.wait_answered(800);
    let (caller, id) = ada.call(1);
    let left = ada.leave();
    house.restart();
    let ada = Owner::again(&house, left);
    // A caller who does not come back is ended there.
    rest.wait_done("POST", &format!("/Calls/{}.json", sid(1)), LIMIT).unwrap();
    assert_eq!(ada.ended(&id)["hangup_cause"], "server_restart");
    drop(caller);
    let (caller, id) = ada.call(2);
    ada.send("POST", &format!("/api/v1/calls/{id}/hangup"), &json!({}), 202);
    rest.wait_done("POST", &format!("/Calls/{}.json", sid(2)), LIMIT).unwrap();
    ada.ended(&id);
    caller.finish();
    close(house, &[&rest]);
}

#[test]
fn a_callers_message_is_fetched_from_the_account_that_has_it() {
    let house = House::open(&OPEN);
    let (mut ada, mut bob) = (Owner::of(&house, "ada", HERS), Owner::of(&house, "bob", HIS));
    let ((hers, rest), (his, his_rest)) = (account(&house, 'a', HER_TOKEN), account(&house, 'b', HIS_TOKEN));
    rest.sounds(wav(3_250));
    ada.has_account(hers, &rest);
    bob.has_account(his, &his_rest);
    let closed = json!({ "revision": 0, "trade": "plumber", "name": "Closed", "hours": {} });
    ada.send("PUT", "/api/v1/business-profile", &closed, 200);
    let mut number = ada.items("/api/v1/phone-numbers")[0].clone();
    let path = format!("/api/v1/phone-numbers/{}", number["id"].as_str().unwrap());
    number.as_object_mut().unwrap().retain(|member, _| !["id", "proof"].contains(&member.as_str()));
    number["closed"] = json!({ "do": "voicemail", "text": "Leave a message." });
    ada.send("PUT", &path, &number, 200);
    let mut call = 0;
    house.wait("the number's word", || {
        call += 1;
        let answer = ada.posts("/twilio/voice", call, &[("CallStatus", "ringing")]);
        answer.body.contains("<Record").then_some(())
    });
    let recorded =
        [("RecordingSid", RECORDING), ("RecordingStatus", "completed"), ("RecordingDuration", "3")];
    assert_eq!(ada.posts("/twilio/recorded", call, &[]).status, 200);
    assert_eq!(ada.posts("/twilio/status", call, &[("CallStatus", "completed")]).status, 204);
    let id = ada.id_of(call).unwrap();
    ada.ended(&id);
    assert_eq!(bob.posts("/twilio/recording", call, &recorded).status, 404);
    assert_eq!(ada.posts("/twilio/recording", call, &recorded).status, 204);
    let of_call = format!("/api/v1/calls/{id}");
    house.wait("the message", || ada.send("GET", &of_call, &Value::Null, 200)["recording_ms"].as_u64());
    assert_eq!((rest.came("GET", "/Recordings/").len(), house.rest().came("GET", "/").len()), (1, 0));
    close(house, &[&rest, &his_rest]);
}
