//! A realtime model with a real Asterisk: what its tools do there, and the message that it leaves in a mailbox.

use std::time::Duration;

use cordboard_test_support::audio::{Sound, tone};
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::speech;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard};
use cordboard_test_support::openai::{Answer, Content, OpenAiStandIn, Script};
use cordboard_test_support::server::Token;
use cordboard_test_support::sip::{Manner, Says};
use serde_json::{Value, json};

use crate::placing::outside;
use crate::setup::{DESK, Plan, Setup, answers};

/// The pitch of the model's voice, and of a mailbox's tone.
const VOICE_HZ: f64 = 700.0;
const TONE_HZ: f64 = 1_400.0;

/// A set-up whose assistant is the model.
fn open(provider: &OpenAiStandIn) -> Setup {
    let settings = vec![
        ("assistant.provider", "openai".to_owned()),
        ("OPENAI_API_KEY", "sk-test".to_owned()),
        ("OPENAI_BASE_URL", provider.base_url()),
    ];
    Setup::open_with(Plan { settings, ..Plan::default() })
}

/// The outputs of the tools so far.
fn outputs(provider: &OpenAiStandIn) -> Vec<String> {
    let connection = provider.connection(0);
    let items = connection.into_iter().flat_map(|connection| connection.conversation.items);
    let output = |content: Content| match content {
        Content::Returned { output, .. } => Some(output),
        _ => None,
    };
    items.filter_map(|item| output(item.content)).collect()
}

#[test]
fn the_models_tools_check_ring_and_learn_the_failure() {
    let (busy, free) = (format!("desk{}", DESK + 1), format!("desk{}", DESK + 2));
    let script = Script::new()
        .greeting(Answer::say("Good day.", 1_000.0, Duration::from_secs(1)))
        .turn(Answer::call("check_extension", &json!({ "target": free })))
        .after_tools(Answer::call("request_handoff", &json!({ "target": busy, "reason": "a question" })))
        .after_tools(Answer::say("They are busy.", VOICE_HZ, Duration::from_secs(1)))
        .turn(Answer::call("request_handoff", &json!({ "target": free, "reason": "a question" })));
    let provider = OpenAiStandIn::start(script).unwrap();
    let setup = open(&provider);
    assert_eq!([setup.person(Person::Busy), setup.person(Person::Answers)], [busy, free.clone()]);
    let caller = setup.caller();
    setup.wait_events(&caller.id, "played_until", 1);
    let question = speech("hello_question");
    caller.phone.say(&question);
    caller.phone.wait_said();
    assert_eq!(setup.event(&caller.id, "handoff_abandoned")["failure"], "busy");
    setup.wait("what the tools answered", || (outputs(&provider).len() == 2).then_some(()));
    let told = outputs(&provider);
    assert!(told[0].contains("registered") && told[1].contains("busy"), "{told:?}");

    setup.wait_events(&caller.id, "played_until", 2);
    caller.phone.say(&question);
    caller.phone.wait_said();
    setup.event(&caller.id, "handoff_bridged");
    let person = setup.telephone_of(&free);
    setup.hears_person(&caller, &person);
    setup.leaves(&caller, &person);
    setup.close();
    drop(setup);
    provider.finish();
}

/// A person away from the office, whom the switch does not know as an extension.
#[test]
fn a_person_named_by_number_is_called_over_the_trunk() {
    let urgent = json!({ "reason": "water in the cellar", "urgency": "emergency" });
    let script = Script::new()
        .greeting(Answer::say("Good day.", 1_000.0, Duration::from_secs(1)))
        .turn(Answer::call("escalate_to_human", &urgent));
    let provider = OpenAiStandIn::start(script).unwrap();
    let setup = open(&provider);
    let number = outside(&setup, answers());
    let business = json!({ "revision": 0, "escalation": { "targets": [number] } });
    let set = setup.server.put("/api/v1/business-profile", &business, Token::Admin).unwrap();
    assert_eq!(set.status, 200, "{}", set.text());
    let caller = setup.caller();
    setup.wait_events(&caller.id, "played_until", 1);
    caller.phone.say(&speech("hello_question"));
    caller.phone.wait_said();
    setup.event(&caller.id, "handoff_bridged");
    assert_eq!(setup.event(&caller.id, "handoff_requested")["target"], number);
    let person = setup.telephone_of(&number);
    setup.hears_person(&caller, &person);
    setup.leaves(&caller, &person);
    setup.close();
    drop(setup);
    provider.finish();
}

/// A mailbox greets for so long that it is not taken for a person; then it plays its tone and records.
#[test]
fn a_mailbox_gets_its_message_after_its_tone() {
    let words = Answer::say("Please call us back.", VOICE_HZ, Duration::from_millis(1_500));
    let provider = OpenAiStandIn::start(Script::new().greeting(words)).unwrap();
    let setup = open(&provider);
    let rate = 8_000;
    let greeting = speech("hello_question").resampled(rate).samples.repeat(4);
    let beep = tone(TONE_HZ, 8_000.0, Duration::from_millis(400), rate);
    let says = Says::Sound(Sound { rate, samples: [greeting, beep.samples].concat() });
    let number = "+49305550100";
    setup.phones.will(number, Manner::Answers { after: Duration::from_millis(300), says });
    let text = "Please call us back.";
    let call = json!({ "to": number, "voicemail": { "do": "leave_message", "text": text } });
    let answer = setup.server.post("/api/v1/calls", &call, Token::Admin).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let phone = setup.phones.wait_invite(number, LIMIT).unwrap();

    let row = setup.ended(&id);
    let ended = (&row["failure"], &row["hangup_cause"], &row["hangup_by"]);
    assert_eq!(ended, (&json!("voicemail"), &json!("voicemail"), &json!("server")), "{row}");
    let kinds: Vec<Value> = setup.events(&id).iter().map(|event| event["kind"].clone()).collect();
    let at = |kind: &str| kinds.iter().position(|known| known == kind);
    assert!(at("voicemail_tone").is_some() && at("voicemail_tone") < at("item_started"), "{kinds:?}");
    let heard = phone.heard();
    let frames = heard.samples.chunks(160).map(|frame| Sound { rate, samples: frame.to_vec() });
    let spoken = frames.filter(|frame| frame.tone_share(VOICE_HZ) > 0.8).count();
    assert!(spoken >= 70, "the mailbox has recorded {} of 1500 ms", spoken * 20);
    setup.close();
    drop(setup);
    provider.finish();
}
