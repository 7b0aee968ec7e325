//! Our requests to Twilio: calls that are ended and made, once, whatever its API answers meanwhile.

use std::time::Duration;

use cordboard_actors::messages::ToSwitch;
use cordboard_actors::twilio::TwilioActor;
use cordboard_schema::ids::OutsideId;
use cordboard_test_support::audio::{Sound, tone};
use cordboard_test_support::ear::speech;
use cordboard_test_support::openai::{Answer, Script};
use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::{Account, Caller};
use cordboard_test_support::twilio_rest::{Came, Rest, Trouble};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::setup::{FROM, Setup, TO, TOKEN, sid};
use super::texts::settings;
use crate::openai::ears::tone_length;
use crate::suites::book::{Book as _, RestRequests as _};
use crate::suites::provider::provider_of;
use crate::world::{Setting, virtually, when};

/// The settings of a server that makes calls over Twilio.
pub(crate) const CALLING: [Setting<'static>; 2] =
    [("dial_policy.numbers_allowed", "+1555*"), ("TWILIO_TRANSFER_CALLER_ID", TO)];

/// The same for campaigns.
pub(crate) const CAMPAIGNING: [Setting<'static>; 2] =
    [("dial_policy.numbers_allowed", "+4930*"), ("TWILIO_TRANSFER_CALLER_ID", TO)];

/// The number of a campaign's contact.
pub(crate) const CONTACT: &str = "+493011100";

/// Sends the API a body that it has to accept.
pub(crate) async fn send(setup: &Setup, path: &str, body: &Value) {
    let answer = setup.server().post(path, body, Token::Admin).await;
    assert!(answer.status < 300, "{path}: {}", answer.text());
}

/// Starts a campaign that calls this number, and returns its path.
pub(crate) async fn campaign_to(setup: &Setup, number: &str) -> String {
    let rules = json!({ "consent": "form 7" });
    let body = json!({ "name": "Renewals", "settings": { "voicemail": { "do": "talk" }, "rules": rules } });
    let made = setup.server().post("/api/v1/campaigns", &body, Token::Admin).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let campaign = format!("/api/v1/campaigns/{}", made.json()["id"].as_str().unwrap());
    send(setup, &format!("{campaign}/contacts"), &json!({ "contacts": [{ "number": number }] })).await;
    send(setup, &format!("{campaign}/start"), &Value::Null).await;
    campaign
}

/// The campaign's contact must not be called any more, and was not.
pub(crate) async fn assert_taken_back(setup: &Setup, campaign: &str) {
    let contact = setup
        .wait_written("the contact's end", async || {
            let contact = setup.items(&format!("{campaign}/contacts")).await.remove(0);
            (contact["state"] == "done").then_some(contact)
        })
        .await;
    assert_eq!((&contact["end"], &contact["tries"]), (&json!("suppressed"), &json!(0)), "{contact}");
}

/// Makes a call; returns its id.
async fn place(setup: &Setup) -> String {
    place_as(setup, &json!({ "to": FROM })).await
}

/// The same with this body.
pub(crate) async fn place_as(setup: &Setup, body: &Value) -> String {
    let answer = setup.server().post("/api/v1/calls", body, Token::Admin).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn calling_house() -> Setup {
    Setup::open(&CALLING).await
}

/// A status callback of a call that was made.
pub(crate) async fn tell(setup: &Setup, made: &Came, status: &str, sequence: &str) {
    tell_with(setup, made, status, &[("SequenceNumber", sequence)]).await;
}

/// The same with further fields.
async fn tell_with(setup: &Setup, made: &Came, status: &str, more: &[(&str, &str)]) {
    let path = setup.path_of(made.get("StatusCallback").unwrap());
    let mut fields = Account::fields(made.sid.as_ref().unwrap(), TO, FROM, status);
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    assert_eq!(setup.account().post(&path, &fields).await.unwrap().status, 204);
}

/// They take the call that was made to them.
pub(crate) fn answers(setup: &Setup, made: &Came) -> Caller {
    let (first, status) = (made.get("Url").unwrap(), made.get("StatusCallback").unwrap());
    Caller::answer_here(&setup.account(), made.sid.as_ref().unwrap(), (TO, FROM), first, status)
}

#[test]
fn a_call_that_a_program_ends_is_ended_at_twilio() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let (caller, id) = setup.call(1).await;
        setup.wait_says(&id, "greeting").await;
        let answer =
            setup.server().post(&format!("/api/v1/calls/{id}/hangup"), &json!({}), Token::Admin).await;
        assert!(answer.status < 300, "{}", answer.text());
        let asked_at = Instant::now();
        let ended = setup.rest().comes("POST", &format!("/Calls/{}.json", sid(1))).await;
        assert_eq!(ended.at, asked_at);
        assert_eq!(ended.form, [("Status".to_owned(), "completed".to_owned())]);
        assert_eq!(setup.ended(&id).await["hangup_by"], "api");
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn outgoing_calls_are_made_once_despite_rate_limits_and_greeted() {
    virtually(async || {
        let setup = calling_house().await;
        setup.rest().trouble(&[Trouble::TooMany { retry_after_s: 1 }, Trouble::TooMany { retry_after_s: 0 }]);
        let id = place(&setup).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!((made.get("To"), made.get("From")), (Some(FROM), Some(TO)));
        tell(&setup, &made, "ringing", "1").await;
        setup.event(&id, "dial_progress").await;
        let callee = answers(&setup, &made);
        setup.event(&id, "dial_answered").await;
        setup.wait_says(&id, "greeting").await;
        callee.hang_up();
        let row = setup.ended(&id).await;
        assert_eq!(
            (row["hangup_cause"].as_str(), row["hangup_by"].as_str()),
            (Some("normal_clearing"), Some("caller"))
        );
        let asked: Vec<_> = setup.rest().came("POST", "/Calls.json").iter().map(|came| came.at).collect();
        let [first, second, third] = asked[..] else { panic!("refused twice, made once: {asked:?}") };
        // A random spread is added to the wait that Twilio asks for; the second time it is twice as much.
        let waits = ((second - first).as_millis(), (third - second).as_millis());
        assert!((1_125..=1_250).contains(&waits.0) && (250..=500).contains(&waits.1), "{waits:?}");
        callee.finish();
        setup.close().await;
    });
}

/// An account dials one call a second: a call that was requested with a hundred others is dialled late, and rings as long as they do.
#[test]
fn a_call_that_twilio_dials_late_rings_its_whole_time() {
    virtually(async || {
        let setup = calling_house().await;
        let id = place_as(&setup, &json!({ "to": FROM, "answer_timeout_s": 30 })).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        sleep(Duration::from_secs(100)).await;
        tell(&setup, &made, "initiated", "0").await;
        sleep(Duration::from_secs(30)).await;
        tell(&setup, &made, "ringing", "1").await;
        setup.event(&id, "dial_progress").await;
        let callee = answers(&setup, &made);
        setup.wait_says(&id, "greeting").await;
        callee.hang_up();
        setup.ended(&id).await;
        callee.finish();
        setup.close().await;
    });
}

/// Otherwise somebody who has asked for no calls, or whose evening has begun, would be called up to 10 minutes after the check.
#[test]
fn a_campaigns_call_in_twilios_queue_is_checked_again() {
    virtually(async || {
        let setup = Setup::open(&CAMPAIGNING).await;
        let campaign = campaign_to(&setup, CONTACT).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        let path = format!("/Calls/{}.json", made.sid.as_ref().unwrap());
        sleep(Duration::from_secs(30)).await;
        assert!(setup.rest().came("POST", &path).is_empty(), "its contact may still be called");
        send(&setup, "/api/v1/suppressions", &json!({ "number": CONTACT })).await;
        let ended = setup.rest().comes("POST", &path).await;
        assert_eq!(ended.get("Status"), Some("completed"));
        assert_taken_back(&setup, &campaign).await;
        setup.close().await;
    });
}

/// Twilio lets it ring for 5 s more, and takes 10 s to detect who has answered.
#[test]
fn a_callee_who_answers_at_the_very_end_is_reached() {
    virtually(async || {
        let setup = calling_house().await;
        let body = json!({ "to": FROM, "answer_timeout_s": 30, "voicemail": { "do": "hang_up" } });
        let id = place_as(&setup, &body).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        tell(&setup, &made, "initiated", "0").await;
        tell(&setup, &made, "ringing", "1").await;
        sleep(Duration::from_millis(45_500)).await;
        tell_with(&setup, &made, "in-progress", &[("SequenceNumber", "2"), ("AnsweredBy", "human")]).await;
        let callee = answers(&setup, &made);
        setup.wait_says(&id, "greeting").await;
        callee.hang_up();
        setup.ended(&id).await;
        callee.finish();
        setup.close().await;
    });
}

#[test]
fn a_create_without_an_answer_is_identified_by_its_callbacks() {
    virtually(async || {
        for (trouble, status, failure) in
            [(Trouble::DoneAndFails, "busy", "busy"), (Trouble::DoneAndSilent, "no-answer", "no_answer")]
        {
            let setup = calling_house().await;
            setup.rest().trouble(&[trouble]);
            let id = place(&setup).await;
            let made = setup.rest().comes("POST", "/Calls.json").await;
            tell(&setup, &made, "ringing", "1").await;
            setup.event(&id, "dial_progress").await;
            tell(&setup, &made, status, "2").await;
            setup.ended(&id).await;
            assert_eq!(setup.event(&id, "dial_failed").await["failure"], failure, "{trouble:?}");
            assert_eq!(setup.rest().came("POST", "/Calls.json").len(), 1, "{trouble:?}");
            setup.close().await;
        }
    });
}

#[test]
fn a_call_that_twilio_refuses_fails_with_the_reason() {
    virtually(async || {
        let setup = calling_house().await;
        setup.rest().trouble(&[Trouble::Refuses(400, 21211)]);
        let id = place(&setup).await;
        let failed = setup.event(&id, "dial_failed").await;
        assert_eq!((&failed["failure"], &failed["cause"]), (&json!("bad_target"), &json!("twilio_21211")));
        setup.ended(&id).await;
        setup.close().await;
    });
}

/// Nobody is called meanwhile, so no call's request can discover it.
#[test]
fn calls_are_made_again_once_twilio_accepts_requests() {
    virtually(async || {
        let setup = calling_house().await;
        setup.rest().behaves(Some(Trouble::Refuses(401, 20_003)));
        let id = place(&setup).await;
        assert_eq!(setup.event(&id, "dial_failed").await["failure"], "trunk");
        setup.ended(&id).await;
        let body = json!({ "to": FROM });
        let refused = setup.server().post("/api/v1/calls", &body, Token::Admin).await;
        assert_eq!(refused.status, 503, "{}", refused.text());
        setup.rest().behaves(None);
        setup.rest().comes("GET", "/Calls/").await;
        let again = async || {
            let answer = setup.server().post("/api/v1/calls", &body, Token::Admin).await;
            (answer.status == 201).then(|| answer.json()["id"].as_str().unwrap().to_owned())
        };
        let id = setup.wait("a call that is made", again).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        tell(&setup, &made, "busy", "1").await;
        setup.ended(&id).await;
        setup.close().await;
    });
}

/// Twilio reports who has answered in the callback of the answer.
const BY_MACHINE: [(&str, &str); 2] = [("SequenceNumber", "2"), ("AnsweredBy", "machine_start")];

#[test]
fn calls_wanting_a_person_hang_up_on_a_detected_mailbox() {
    virtually(async || {
        let setup = calling_house().await;
        let id = place_as(&setup, &json!({ "to": FROM, "voicemail": { "do": "hang_up" } })).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!(made.get("MachineDetection"), Some("Enable"));
        tell(&setup, &made, "ringing", "1").await;
        tell_with(&setup, &made, "in-progress", &BY_MACHINE).await;
        assert_eq!(setup.event(&id, "answered_by").await["who"], "machine");
        let ended = setup.rest().comes("POST", &format!("/Calls/{}.json", made.sid.as_ref().unwrap())).await;
        assert_eq!(ended.get("Status"), Some("completed"));
        assert_eq!(setup.ended(&id).await["failure"], "voicemail");
        setup.close().await;
    });
}

/// The mailbox greets, plays its tone and records; the model's words are a tone of another pitch.
#[test]
fn a_detected_mailbox_gets_its_message_after_its_tone() {
    const VOICE_HZ: f64 = 700.0;
    const TONE_HZ: f64 = 1_400.0;
    virtually(async || {
        let (text, length) = ("Please call us back.", Duration::from_millis(1_500));
        let provider = provider_of(Script::new().greeting(Answer::say(text, VOICE_HZ, length)));
        let base_url = provider.base_url();
        let model = [
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", "sk-test"),
            ("OPENAI_BASE_URL", base_url.as_str()),
        ];
        let setup = Setup::open(&[&CALLING[..], &model].concat()).await;
        let message = json!({ "do": "leave_message", "text": text });
        let id = place_as(&setup, &json!({ "to": FROM, "voicemail": message })).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!(made.get("MachineDetection"), Some("Enable"));
        tell(&setup, &made, "ringing", "1").await;
        tell_with(&setup, &made, "in-progress", &BY_MACHINE).await;
        // The document is requested once it is known who has answered.
        let mailbox = answers(&setup, &made);
        setup.event(&id, "answered").await;
        let rate = 8_000;
        let greets = speech("hello_question").resampled(rate);
        let beep = tone(TONE_HZ, 8_000.0, Duration::from_millis(400), rate);
        mailbox.say(&Sound { rate, samples: [greets.samples, beep.samples].concat() });

        let row = setup.ended(&id).await;
        let ended = (&row["failure"], &row["hangup_cause"], &row["hangup_by"]);
        assert_eq!(ended, (&json!("voicemail"), &json!("voicemail"), &json!("server")), "{row}");
        let journal = setup.journal(&id).await;
        assert!(when(&journal, "voicemail_tone") <= when(&journal, "item_started"));
        assert_eq!(
            tone_length(&mailbox.heard(), VOICE_HZ),
            length,
            "the mailbox has recorded another length"
        );
        setup.wait("the end of the call at Twilio", async || mailbox.is_over().then_some(())).await;
        mailbox.finish();
        setup.close().await;
        provider.finish();
    });
}

#[test]
fn a_mailbox_is_talked_with_like_a_person_if_wanted() {
    virtually(async || {
        let setup = calling_house().await;
        let id = place_as(&setup, &json!({ "to": FROM, "voicemail": { "do": "talk" } })).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!(made.get("MachineDetection"), None, "a person would wait for it");
        tell(&setup, &made, "ringing", "1").await;
        // Twilio reports it only where it was asked to. A report that comes all the same changes nothing.
        tell_with(&setup, &made, "in-progress", &BY_MACHINE).await;
        let mailbox = answers(&setup, &made);
        setup.wait_said(&id, "greeting").await;
        assert_eq!(setup.event(&id, "answered_by").await["who"], "machine");
        mailbox.hang_up();
        let row = setup.ended(&id).await;
        assert_eq!((&row["failure"], &row["hangup_by"]), (&json!(null), &json!("caller")), "{row}");
        setup.wait("the end of the call at Twilio", async || mailbox.is_over().then_some(())).await;
        mailbox.finish();
        setup.close().await;
    });
}

#[test]
fn a_ringing_call_that_is_no_longer_needed_is_ended() {
    virtually(async || {
        let setup = calling_house().await;
        let id = place(&setup).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        tell(&setup, &made, "ringing", "1").await;
        setup.event(&id, "dial_progress").await;
        let path = format!("/api/v1/calls/{id}/hangup");
        assert!(setup.server().post(&path, &json!({}), Token::Admin).await.status < 300);
        let call = format!("/Calls/{}.json", made.sid.as_ref().unwrap());
        let ended = setup.rest().comes("POST", &call).await;
        assert_eq!(ended.get("Status"), Some("completed"));
        setup.ended(&id).await;
        setup.close().await;
    });
}

/// Nothing else would end it: the other side would listen to silence.
#[test]
fn a_hang_up_that_twilio_refuses_is_requested_again() {
    virtually(async || {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let (switch, _line) = TwilioActor::start(settings(&rest)).unwrap();
        rest.behaves(Some(Trouble::Refuses(401, 20_003)));
        let name = OutsideId::twilio(&sid(1).parse().unwrap());
        assert!(switch.tell(ToSwitch::EndCall { name }));
        sleep(Duration::from_secs(60)).await;
        rest.behaves(None);
        let ended = rest.comes("POST", &format!("/Calls/{}.json", sid(1))).await;
        assert_eq!(ended.get("Status"), Some("completed"));
        sleep(Duration::from_secs(120)).await;
        let done = rest.came("POST", "/Calls/").into_iter().filter(|came| came.sid.is_some());
        assert_eq!(done.count(), 1, "once it has ended, nothing requests its end");
    });
}

#[cfg(feature = "fault-injection")]
#[test]
fn an_end_that_kills_the_actor_is_carried_out() {
    use cordboard_actors::fault::{Fault, arm};

    virtually(async || {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let (switch, _line) = TwilioActor::start(settings(&rest)).unwrap();
        arm(Fault::PanicInTwilio);
        let name = OutsideId::twilio(&sid(1).parse().unwrap());
        assert!(switch.tell(ToSwitch::EndCall { name }));
        let ended = rest.comes("POST", &format!("/Calls/{}.json", sid(1))).await;
        assert_eq!(ended.get("Status"), Some("completed"));
        sleep(Duration::from_secs(60)).await;
        assert_eq!(rest.came("POST", "/Calls/").len(), 1);
    });
}
