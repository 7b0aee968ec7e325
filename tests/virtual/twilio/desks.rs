//! Callers on a stream who are handed to agents at their desks: their stream stays as it is, and Twilio gets no request until the end.

use std::time::Duration;

use cordboard_test_support::audio::Span;
use cordboard_test_support::browser;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::Person;
use cordboard_test_support::openai::{Answer, Script};
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use cordboard_test_support::twilio::{Caller, Opened};
use serde_json::{Value, json};

use super::people::wait_completed;
use super::rest::{answers, calling_house, tell};
use super::setup::{FROM, Setup, TO, sid};
use crate::suites::book::{Book as _, RestRequests as _};
use crate::suites::desks::{
    IN_TURN, audio, has_not, hears, hears_something, invited, is_heard, sees_first, stands, talks,
};
use crate::suites::party::Party as _;
use crate::suites::provider::provider_of;
use crate::world::virtually;

/// The settings with which Twilio can ring an extension.
const REACHING: [(&str, &str); 3] = [
    ("extensions.operator", "people,2001,1"),
    ("FREEPBX_DOMAIN", "pbx.example"),
    ("TWILIO_TRANSFER_CALLER_ID", TO),
];

/// A caller on a stream who talks with an agent in a browser.
struct Talk {
    setup: Setup,
    desk: TaskProgram,
    voice: browser::Caller,
    caller: Caller,
    id: String,
}

/// The caller has pressed the key of the extension, and its agent has accepted.
async fn talk() -> Talk {
    talk_in(Setup::open(&[]).await).await
}

/// The agent with the extension operator, who talks in their browser or on their phone; and their desk.
async fn operator_at_work(setup: &Setup, audio: &str) -> TaskProgram {
    let ada = invited(setup.server(), ADMIN_TOKEN, "Ada", "agent").await;
    talks(setup.server(), ADMIN_TOKEN, &ada, "operator", audio).await;
    at_work(setup, &ada).await
}

/// An agent without an extension, and their desk.
async fn ada_at_work(setup: &Setup) -> (Person, TaskProgram) {
    let ada = invited(setup.server(), ADMIN_TOKEN, "Ada", "agent").await;
    let desk = at_work(setup, &ada).await;
    (ada, desk)
}

/// The desk of a user who takes calls there.
async fn at_work(setup: &Setup, person: &Person) -> TaskProgram {
    let mut desk = TaskProgram::at_desk(setup.server().http, &person.token).await;
    let snapshot = desk.event().await;
    sees_first((&mut desk, &snapshot), person, "available").await;
    desk
}

async fn talk_in(setup: Setup) -> Talk {
    let mut desk = operator_at_work(&setup, "browser").await;
    let (caller, id) = setup.call(1).await;
    setup.rest().holds(&sid(1), &caller);
    setup.wait_said(&id, "greeting").await;
    caller.press('0');
    let offer = desk.event_of("offered").await["offer"].clone();
    assert_eq!(offer["call_id"], id);
    // The caller does not wait in silence.
    assert!(hears_something(&caller).await <= IN_TURN);
    desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
    stands(&mut desk, &json!(id), "connecting").await;
    let voice = audio(setup.server(), &mut desk, &json!(id)).await;
    stands(&mut desk, &json!(id), "talking").await;
    is_heard(&voice, &caller, 500.0).await;
    is_heard(&caller, &voice, 700.0).await;
    Talk { setup, desk, voice, caller, id }
}

impl Talk {
    /// Ends a test: no rule was broken, and the caller was on one stream all the time.
    async fn close(self) {
        self.voice.over().await;
        self.voice.finish();
        assert_eq!(self.caller.streams(), [Opened::Stream]);
        self.caller.finish();
        self.setup.close().await;
    }

    async fn by(&self) -> Value {
        self.setup.ended(&self.id).await["hangup_by"].clone()
    }
}

#[test]
fn caller_and_agent_talk_until_the_agent_ends_the_call() {
    virtually(async || {
        let mut talk = talk().await;
        talk.desk.done(json!({ "command": "hang_up", "call_id": talk.id })).await;
        assert_eq!(talk.by().await, "agent");
        wait_completed(&talk.setup, &sid(1)).await;
        talk.caller.over().await;
        talk.close().await;
    });
}

#[test]
fn a_caller_who_hangs_up_leaves_the_agent() {
    virtually(async || {
        let mut talk = talk().await;
        talk.caller.hang_up();
        assert_eq!(talk.by().await, "caller");
        assert_eq!(has_not(&mut talk.desk, &json!(talk.id)).await[0]["call_id"], talk.id);
        talk.close().await;
    });
}

/// The assistant's later speech is played to its end, mark by mark.
#[test]
fn held_callers_hear_music_and_those_handed_back_the_assistant() {
    virtually(async || {
        let mut talk = talk().await;
        let id = json!(talk.id);
        talk.desk.done(json!({ "command": "hold", "call_id": id })).await;
        stands(&mut talk.desk, &id, "held").await;
        assert!(hears_something(&talk.caller).await <= IN_TURN);
        talk.desk.done(json!({ "command": "unhold", "call_id": id })).await;
        stands(&mut talk.desk, &id, "talking").await;
        is_heard(&talk.voice, &talk.caller, 600.0).await;
        talk.desk.done(json!({ "command": "hand_back", "call_id": id })).await;
        talk.setup.wait_said(&talk.id, "welcome_back").await;
        assert_eq!(talk.setup.row(&talk.id).await["state"], "live");
        talk.caller.hang_up();
        assert_eq!(talk.by().await, "caller");
        talk.close().await;
    });
}

/// An agent calls a number: Twilio gets one request, the agent hears it ring, and then hears the callee.
#[test]
fn an_agent_talks_with_the_party_that_they_call() {
    virtually(async || {
        let setup = calling_house().await;
        let (_, mut desk) = ada_at_work(&setup).await;
        let id = desk.done(json!({ "command": "dial", "to": FROM })).await["call_id"].clone();
        stands(&mut desk, &id, "dialling").await;
        let voice = audio(setup.server(), &mut desk, &id).await;
        assert!(hears_something(&voice).await <= IN_TURN);
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!((made.get("To"), made.get("From")), (Some(FROM), Some(TO)));
        tell(&setup, &made, "ringing", "1").await;
        let callee = answers(&setup, &made);
        stands(&mut desk, &id, "talking").await;
        is_heard(&voice, &callee, 500.0).await;
        is_heard(&callee, &voice, 700.0).await;
        assert_eq!(
            setup.events_of(id.as_str().unwrap(), "item_started").await.len(),
            0,
            "no assistant has spoken"
        );
        callee.hang_up();
        assert_eq!(has_not(&mut desk, &id).await[0]["call_id"], id);
        voice.over().await;
        let row = setup.ended(id.as_str().unwrap()).await;
        assert_eq!((&row["hangup_by"], &row["failure"]), (&json!("caller"), &Value::Null), "{row}");
        assert_eq!(setup.rest().came("POST", "/Calls.json").len(), 1);
        voice.finish();
        callee.finish();
        setup.close().await;
    });
}

/// If several switches could call, the configured one dials; without that setting the agent learns what to do.
#[test]
fn of_several_switches_the_configured_one_dials() {
    virtually(async || {
        // Nothing listens there: an Asterisk that is down.
        let pbx = [
            ("dial_policy.numbers_allowed", "+1555*"),
            ("TWILIO_TRANSFER_CALLER_ID", TO),
            ("asterisk.servers.pbx.host", "127.0.0.1"),
            ("asterisk.servers.pbx.port", "9"),
            ("asterisk.servers.pbx.user", "cordboard"),
            ("asterisk.servers.pbx.secret", "secret"),
        ];
        for is_set in [false, true] {
            let setting = is_set.then_some(("calls.switch", "twilio"));
            let setup = Setup::open(&pbx.into_iter().chain(setting).collect::<Vec<_>>()).await;
            let (_, mut desk) = ada_at_work(&setup).await;
            let dial = json!({ "command": "dial", "to": FROM });
            if is_set {
                let id = desk.done(dial).await["call_id"].clone();
                let voice = audio(setup.server(), &mut desk, &id).await;
                let made = setup.rest().comes("POST", "/Calls.json").await;
                assert_eq!(made.get("To"), Some(FROM));
                desk.done(json!({ "command": "hang_up", "call_id": id })).await;
                voice.over().await;
            } else {
                let error = desk.ask(dial).await["error"].clone();
                assert_eq!(error["kind"], "which_switch");
                let detail = error["detail"].as_str().unwrap();
                assert!(detail.contains("pbx, twilio") && detail.contains("calls.switch"), "{detail}");
            }
            setup.close().await;
        }
    });
}

#[test]
fn an_agent_learns_that_the_number_is_busy() {
    virtually(async || {
        let setup = calling_house().await;
        let (_, mut desk) = ada_at_work(&setup).await;
        let id = desk.done(json!({ "command": "dial", "to": FROM })).await["call_id"].clone();
        let voice = audio(setup.server(), &mut desk, &id).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        tell(&setup, &made, "busy", "1").await;
        let told = desk.event_of("not_reached").await;
        assert_eq!((&told["call_id"], &told["to"], &told["failure"]), (&id, &json!(FROM), &json!("busy")));
        assert_eq!(has_not(&mut desk, &id).await, json!([]));
        voice.over().await;
        setup.close().await;
    });
}

/// A party that is called at a number joins by a stream of their own, and has the caller once the agent has left.
#[test]
fn a_consulted_party_at_a_number_keeps_the_caller() {
    virtually(async || {
        let settings = [("dial_policy.numbers_allowed", "+1555*"), ("TWILIO_TRANSFER_CALLER_ID", TO)];
        let mut talk = talk_in(Setup::open(&settings).await).await;
        let id = json!(talk.id);
        talk.desk.done(json!({ "command": "consult", "call_id": id, "target": "+15550100077" })).await;
        let made = talk.setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!((made.get("To"), made.get("From")), (Some("+15550100077"), Some(TO)));
        let third = answers(&talk.setup, &made);
        while stands(&mut talk.desk, &id, "held").await["consult"]["is_there"] != true {}
        is_heard(&talk.voice, &third, 500.0).await;
        is_heard(&third, &talk.voice, 700.0).await;
        talk.desk.done(json!({ "command": "complete_consult", "call_id": id })).await;
        talk.voice.over().await;
        is_heard(&third, &talk.caller, 900.0).await;
        is_heard(&talk.caller, &third, 500.0).await;
        talk.caller.hang_up();
        assert_eq!(talk.by().await, "caller");
        wait_completed(&talk.setup, made.sid.as_ref().unwrap()).await;
        third.over().await;
        third.finish();
        talk.close().await;
    });
}

/// A caller who is served turn by turn gets a stream for an agent at a desk, and talks with the assistant over it afterwards.
#[test]
fn a_turn_by_turn_caller_gets_a_stream_for_agents() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let mut desk = operator_at_work(&setup, "browser").await;
        setup.has_number(json!({ "mode": "gather" })).await;
        let (caller, id) = setup.call(1).await;
        setup.rest().holds(&sid(1), &caller);
        caller.press('0');
        let offer = desk.event_of("offered").await["offer"].clone();
        assert_eq!(offer["call_id"], id);
        assert!(hears_something(&caller).await <= IN_TURN);
        desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        let voice = audio(setup.server(), &mut desk, &json!(id)).await;
        stands(&mut desk, &json!(id), "talking").await;
        is_heard(&voice, &caller, 500.0).await;
        is_heard(&caller, &voice, 700.0).await;
        let said = setup.transcript(&id).await;
        assert!(said[0]["text"].as_str().unwrap().contains("press 0 or say operator"), "{said:?}");
        desk.done(json!({ "command": "hand_back", "call_id": id })).await;
        setup.wait_said(&id, "welcome_back").await;
        caller.hang_up();
        let talk = Talk { setup, desk, voice, caller, id };
        assert_eq!(talk.by().await, "caller");
        talk.close().await;
    });
}

/// For an agent with a desk phone Twilio rings it, at the server's SIP domain; lifting the handset accepts, putting it down hangs up.
#[test]
fn an_agent_has_the_caller_while_their_handset_is_lifted() {
    virtually(async || {
        let setup = Setup::open(&REACHING).await;
        let mut desk = operator_at_work(&setup, "phone").await;
        let (caller, id) = setup.call(1).await;
        setup.rest().holds(&sid(1), &caller);
        setup.wait_said(&id, "greeting").await;
        let asks = format!("/api/v1/calls/{id}/handoff");
        let asked = setup.server().post(&asks, &json!({ "target": "operator" }), Token::Admin).await;
        assert_eq!(asked.status, 202, "{}", asked.text());
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!(made.get("From"), Some(TO));
        assert!(
            made.get("To").is_some_and(|to| to.starts_with("sip:") && to.ends_with("@pbx.example")),
            "{made:?}"
        );
        let offer = desk.event_of("offered").await["offer"].clone();
        let handset = answers(&setup, &made);
        let gone = desk.event_of("offer_gone").await;
        assert_eq!((&gone["offer_id"], &gone["why"]), (&offer["id"], &json!("accepted")));
        assert_eq!(stands(&mut desk, &json!(id), "talking").await["audio"], "phone");
        is_heard(&handset, &caller, 500.0).await;
        is_heard(&caller, &handset, 700.0).await;
        handset.hang_up();
        assert_eq!(setup.ended(&id).await["hangup_by"], "agent");
        assert_eq!(has_not(&mut desk, &json!(id)).await[0]["call_id"], id);
        assert_eq!(setup.rest().came("POST", "/Calls.json").len(), 1);
        caller.over().await;
        assert_eq!(caller.streams(), [Opened::Stream]);
        caller.finish();
        handset.finish();
        setup.close().await;
    });
}

/// A visitor of a talk link, and the id of their call.
async fn visit(setup: &Setup) -> (browser::Caller, String) {
    let profile = setup.items("/api/v1/agent-profiles").await[0]["id"].clone();
    let link = json!({ "name": "Our website", "profile_id": profile });
    let made = setup.server().post("/api/v1/talk-links", &link, Token::Admin).await.json();
    let secret = made["url"].as_str().unwrap().rsplit('/').next().unwrap();
    let path = format!("/api/v1/talk/{secret}/calls");
    let begun = setup.server().post(&path, &json!({}), Token::None).await.json();
    let token = begun["token"].as_str().unwrap();
    let visitor = browser::Caller::connect_here(setup.server().http, token, 16_000).await;
    (visitor, setup.call_from("Web visitor").await)
}

/// A visitor of a talk link has no switch that could ring anybody: Twilio rings the extension, and both meet on the server.
#[test]
fn a_visitor_is_joined_with_an_extension_that_twilio_rings() {
    virtually(async || {
        let setup = Setup::open(&REACHING).await;
        let (visitor, id) = visit(&setup).await;
        setup.wait_said(&id, "greeting").await;
        visitor.press('0');
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!((made.get("To"), made.get("From")), (Some("sip:2001@pbx.example"), Some(TO)));
        // The visitor does not wait in silence.
        assert!(hears_something(&visitor).await <= IN_TURN);
        let person = answers(&setup, &made);
        setup.event(&id, "handoff_bridged").await;
        is_heard(&person, &visitor, 500.0).await;
        is_heard(&visitor, &person, 700.0).await;
        person.hang_up();
        assert_eq!(setup.ended(&id).await["hangup_by"], "switch");
        visitor.over().await;
        person.finish();
        visitor.finish();
        setup.close().await;
    });
}

/// A person who takes over on a phone is briefed. Meanwhile the visitor hears music and none of the briefing.
#[test]
fn a_person_rung_for_a_visitor_is_briefed_before_talking() {
    virtually(async || {
        const TOLD: &str = "A visitor has said last: a plumber.";
        const TOLD_HZ: f64 = 1_300.0;
        let greeting = Answer::say("Good day.", 1_000.0, Duration::from_millis(600));
        let told = Answer::say(TOLD, TOLD_HZ, Duration::from_secs(3));
        let provider = provider_of(Script::new().greeting(greeting).greeting(told));
        let base_url = provider.base_url();
        let model = [
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", "sk-test"),
            ("OPENAI_BASE_URL", base_url.as_str()),
            ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
        ];
        let setup = Setup::open(&[&REACHING[..], &model[..]].concat()).await;
        setup.change_profile(&json!({ "handoff_style": "warm" })).await;
        let (visitor, id) = visit(&setup).await;
        setup.event(&id, "assistant_said").await;
        visitor.press('0');
        let made = setup.rest().comes("POST", "/Calls.json").await;
        let person = answers(&setup, &made);
        let before = visitor.heard().length();
        hears(&person, |sound| sound.tone_share(TOLD_HZ) > 0.5).await;
        assert!(hears_something(&visitor).await <= IN_TURN);
        setup.event(&id, "handoff_bridged").await;
        let heard = visitor.heard();
        let meanwhile = heard.part(Span { start: before, end: heard.length() });
        assert!(meanwhile.tone_share(TOLD_HZ) < 0.2, "visitors do not hear the briefing");
        is_heard(&person, &visitor, 500.0).await;
        is_heard(&visitor, &person, 700.0).await;
        let whispered = setup.event(&id, "whispered").await;
        assert_eq!((&whispered["user_id"], &whispered["text"]), (&Value::Null, &json!(TOLD)));
        person.hang_up();
        setup.ended(&id).await;
        visitor.over().await;
        person.finish();
        visitor.finish();
        setup.close().await;
    });
}

/// A callback is called at its number: it belongs to the agent from then on, and is done when they say so.
#[test]
fn a_callback_is_dialled_and_then_belongs_to_the_agent() {
    virtually(async || {
        let setup = calling_house().await;
        let queue =
            json!({ "name": "support", "title": "Support", "members": [], "overflow": { "to": "callback" } });
        let made = setup.server().post("/api/v1/queues", &queue, Token::Admin).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let (caller, id) = setup.call(1).await;
        setup.wait_said(&id, "greeting").await;
        let asks = format!("/api/v1/calls/{id}/handoff");
        let asked = setup.server().post(&asks, &json!({ "target": "support" }), Token::Admin).await;
        assert_eq!(asked.status, 202, "{}", asked.text());
        setup.event(&id, "callback_noted").await;
        caller.hang_up();
        setup.ended(&id).await;
        caller.finish();
        let callbacks = async || setup.items("/api/v1/callbacks").await;
        let noted = setup
            .wait("the callback in the list", async || {
                callbacks().await.into_iter().find(|row| row["call_id"] == id)
            })
            .await;
        assert_eq!((&noted["phone"], &noted["state"]), (&json!(FROM), &json!("open")));

        let (ada, mut desk) = ada_at_work(&setup).await;
        let missing = desk.refusal(json!({ "command": "dial", "callback_id": ada.id })).await;
        assert_eq!(missing, "not_found");
        let call = json!({ "command": "dial", "callback_id": noted["id"] });
        let back = desk.done(call.clone()).await["call_id"].clone();
        let claimed = callbacks().await.into_iter().find(|row| row["id"] == noted["id"]).unwrap();
        assert_eq!((&claimed["state"], &claimed["user_id"]), (&json!("claimed"), &ada.id));
        let voice = audio(setup.server(), &mut desk, &back).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!(made.get("To"), Some(FROM));
        let callee = answers(&setup, &made);
        stands(&mut desk, &back, "talking").await;
        desk.done(json!({ "command": "hang_up", "call_id": back })).await;
        has_not(&mut desk, &back).await;
        voice.over().await;
        let done = format!("/api/v1/callbacks/{}/done", noted["id"].as_str().unwrap());
        assert_eq!(setup.server().send("POST", &done, Some(&ada.token), &Value::Null).await.status, 200);
        assert_eq!(desk.refusal(call).await, "done");
        callee.finish();
        setup.close().await;
    });
}
