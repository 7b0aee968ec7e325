//! Calls that Cordboard makes: who answers is greeted, who does not is told of by one word.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::{Sound, tone};
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::{assert_heard_out, assert_not_heard, speech};
use cordboard_test_support::freeswitch::{Extension, Phone};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use serde_json::{Value, json};

use crate::house::{Caller, House, Inbound};
use crate::way::{Way, for_both_ways};

for_both_ways!(
    who_answers_is_greeted_and_talks_with_the_assistant,
    a_number_outside_is_called_over_the_trunk,
    what_the_network_plays_is_no_answer,
    who_can_not_be_reached_is_told_of_by_one_word,
    a_hang_up_while_it_rings_takes_the_call_back,
    a_mailbox_is_hung_up_on_where_people_are_wanted,
    a_killed_server_dials_nobody_again,
);

/// A call to somebody whose telephone is being called.
#[track_caller]
fn called(house: &House, number: &str, call: &Value) -> Caller {
    let id = house.place(call);
    Caller { phone: house.leg_at(number), id }
}

fn who_answers_is_greeted_and_talks_with_the_assistant(way: Way) {
    let house = House::shared(way);
    let person = house.person(Phone::Answers { after: Duration::from_millis(600), hangs_up_after: None });
    let variables = json!({ "customer": "Ann, of Köln & Sons", "order": "17" });
    let call = json!({ "to": person.name, "from": "+49301234", "variables": variables });
    let callee = called(&house, &person.number, &call);
    house.event(&callee.id, "dial_progress");
    house.wait_said(&callee.id, "greeting");
    assert_heard_out(&callee.heard(), "greeting");
    house.converses(&callee);

    let name = |variable| callee.phone.variable(variable).unwrap_or_default();
    assert_eq!(name("cordboard_customer"), "Ann%2C%20of%20K%C3%B6ln%20%26%20Sons");
    assert_eq!(
        (name("cordboard_order"), name("origination_caller_id_number")),
        ("17".into(), "+49301234".into())
    );
    callee.phone.hang_up();
    house.assert_ended(&callee, "normal_clearing", "caller");
    let row = house.call(&callee.id);
    let said = (&row["direction"], &row["from"], &row["to"], &row["failure"]);
    assert_eq!(said, (&json!("outbound"), &json!("+49301234"), &json!(person.name), &Value::Null), "{row}");
    house.close();
}

fn a_number_outside_is_called_over_the_trunk(way: Way) {
    let house = House::shared(way);
    let number = match way {
        Way::Websocket => "+4930111",
        Way::Unicast => "+4930222",
    };
    house.switch.set_extension(Extension::new(number));
    let callee = called(&house, number, &json!({ "to": number }));
    house.wait_said(&callee.id, "greeting");
    callee.phone.hang_up();
    house.assert_ended(&callee, "normal_clearing", "caller");
    house.close();
}

fn what_the_network_plays_is_no_answer(way: Way) {
    let house = House::shared(way);
    let person = house.person(Phone::Announces { after: Duration::from_secs(2) });
    let callee = called(&house, &person.number, &json!({ "to": person.name }));
    let progress = house.event(&callee.id, "dial_progress");
    assert_eq!(progress["progress"], "early_media");
    house.event(&callee.id, "assistant_ready");
    assert!(!callee.phone.is_answered() && house.call(&callee.id)["state"] == "dialling");
    assert_not_heard(&callee.heard(), "greeting");
    house.wait_said(&callee.id, "greeting");
    let kinds: Vec<Value> = house.events(&callee.id).iter().map(|event| event["kind"].clone()).collect();
    let at = |kind: &str| kinds.iter().position(|known| known == kind).unwrap();
    assert!(at("dial_answered") < at("item_started"), "{kinds:?}");
    callee.phone.hang_up();
    house.ended(&callee.id);
    house.close();
}

fn who_can_not_be_reached_is_told_of_by_one_word(way: Way) {
    let house = House::shared(way);
    let phone = |phone| move |extension: Extension| Some(extension.phone(phone));
    let people = [
        (house.person_with(phone(Phone::Busy)), "busy", "user_busy"),
        (house.person_with(phone(Phone::Declines)), "declined", "call_rejected"),
        (house.person_with(phone(Phone::Rings)), "no_answer", "no_answer"),
        (house.person_with(phone(Phone::Dead)), "unavailable", "normal_temporary_failure"),
        (
            house.person_with(|extension| Some(extension.unregistered())),
            "unregistered",
            "user_not_registered",
        ),
        (house.person_with(|_| None), "unallocated", "subscriber_absent"),
    ];
    let calls = people.map(|(person, failure, cause)| {
        (house.place(&json!({ "to": person.name, "answer_timeout_s": 5 })), failure, cause)
    });
    for (id, failure, cause) in calls {
        let row = house.ended(&id);
        let ended = (&row["failure"], &row["hangup_cause"], &row["hangup_by"], &row["answered_at"]);
        assert_eq!(ended, (&json!(failure), &json!(cause), &json!("switch"), &Value::Null), "{row}");
        assert_eq!(house.events_of(&id, "item_started").len(), 0, "nobody is spoken to");
    }
    house.close();
}

fn a_hang_up_while_it_rings_takes_the_call_back(way: Way) {
    let house = House::shared(way);
    let person = house.person(Phone::Rings);
    let callee = called(&house, &person.number, &json!({ "to": person.name }));
    house.event(&callee.id, "dial_progress");
    house.ask_of(&callee, "hangup", &Value::Null);
    let row = house.ended(&callee.id);
    assert_eq!((&row["failure"], &row["hangup_by"]), (&json!("caller_left"), &json!("api")), "{row}");
    callee.phone.wait_over(LIMIT).unwrap();
    assert!(!callee.phone.is_answered());
    house.close();
}

fn a_mailbox_is_hung_up_on_where_people_are_wanted(way: Way) {
    let house = House::shared(way);
    let mailbox = house.person_with(|extension| Some(extension.variable("amd_result", "MACHINE")));
    let call = json!({ "to": mailbox.name, "voicemail": { "do": "hang_up" } });
    let callee = called(&house, &mailbox.number, &call);
    let row = house.ended(&callee.id);
    assert_eq!((&row["failure"], &row["hangup_cause"]), (&json!("voicemail"), &json!("voicemail")), "{row}");
    callee.phone.wait_over(LIMIT).unwrap();

    let person = house.person_with(|extension| Some(extension.variable("amd_result", "HUMAN")));
    let call = json!({ "to": person.name, "voicemail": { "do": "hang_up" } });
    let callee = called(&house, &person.number, &call);
    house.wait_said(&callee.id, "greeting");
    assert_eq!(house.event(&callee.id, "answered_by")["who"], "human");
    callee.phone.hang_up();
    house.ended(&callee.id);
    house.close();
}

/// The phone rings on, and whoever answers then is greeted by the new server.
fn a_killed_server_dials_nobody_again(way: Way) {
    let mut house = House::open(way);
    let person = house.person(Phone::Rings);
    let callee = called(&house, &person.number, &json!({ "to": person.name, "answer_timeout_s": 60 }));
    house.event(&callee.id, "dial_progress");
    house.server.restart().unwrap();
    house.event(&callee.id, "server_restarted");
    house.event(&callee.id, "control_attached");
    callee.phone.answer();
    house.wait_said(&callee.id, "greeting");
    let since = Instant::now();
    callee.wait_sound(since - Duration::from_secs(1), Duration::from_millis(200));
    let dialled = house.switch.sent().iter().filter(|sent| sent.command.line.contains("originate")).count();
    assert_eq!(dialled, 1);
    callee.phone.hang_up();
    house.ended(&callee.id);
    house.close();
}

/// The pitch of a model's voice here, and of a mailbox's tone, in Hz.
const VOICE_HZ: f64 = 700.0;
const TONE_HZ: f64 = 1_400.0;

/// A mailbox greets, gives its tone and records; the model's words are a tone of another pitch.
#[test]
fn a_mailbox_gets_its_message_behind_its_tone() {
    let words = Answer::say("Please call us back.", VOICE_HZ, Duration::from_millis(1_500));
    let provider = OpenAiStandIn::start(Script::new().greeting(words)).unwrap();
    let base_url = provider.base_url();
    let model = [
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", "sk-test"),
        ("OPENAI_BASE_URL", base_url.as_str()),
    ];
    let house = House::open_among(Way::Websocket, Inbound::Known, &model);
    let mailbox = house.person_with(|extension| Some(extension.variable("amd_result", "MACHINE")));
    let text = "Please call us back.";
    let call = json!({ "to": mailbox.name, "voicemail": { "do": "leave_message", "text": text } });
    let callee = called(&house, &mailbox.number, &call);
    house.event(&callee.id, "answered");
    let rate = 8_000;
    let greets = speech("hello_question").resampled(rate);
    let beep = tone(TONE_HZ, 8_000.0, Duration::from_millis(400), rate);
    callee.phone.say(&Sound { rate, samples: [greets.samples, beep.samples].concat() });

    let row = house.ended(&callee.id);
    let ended = (&row["failure"], &row["hangup_cause"], &row["hangup_by"]);
    assert_eq!(ended, (&json!("voicemail"), &json!("voicemail"), &json!("server")), "{row}");
    let kinds: Vec<Value> = house.events(&callee.id).iter().map(|event| event["kind"].clone()).collect();
    let at = |kind: &str| kinds.iter().position(|known| known == kind);
    assert!(at("voicemail_tone").is_some() && at("voicemail_tone") < at("item_started"), "{kinds:?}");
    let heard = callee.heard();
    let frames = heard.samples.chunks(160).map(|frame| Sound { rate, samples: frame.to_vec() });
    let spoken = frames.filter(|frame| frame.tone_share(VOICE_HZ) > 0.8).count();
    assert!(spoken >= 70, "the mailbox has recorded {} of 1500 ms", spoken * 20);
    house.close();
    drop(house);
    provider.finish();
}
