//! Calls that Cordboard makes: a callee who answers is greeted, and for one who does not a one-word reason is reported.

use std::time::Duration;

use cordboard_test_support::audio::{Sound, silence, tone, vowel};
use cordboard_test_support::ear::{assert_not_heard, speech};
use cordboard_test_support::elevenlabs::{Agent, ElevenLabsStandIn};
use cordboard_test_support::freeswitch::{Extension, Phone};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use super::setup::{ANSWERS, Callee, Inbound, Setup};
use super::way::{AudioTransport, for_both_ways, for_one_way};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::{Caller, Party, Switchboard};
use crate::world::{begun, virtually, when};

for_both_ways!(
    a_callee_is_greeted_and_talks_with_the_assistant,
    network_announcements_are_not_an_answer,
    a_short_hello_is_greeted_after_800_ms_of_silence,
    a_silent_callee_is_greeted_after_2_5_s,
    a_mailbox_detected_by_sound_is_hung_up_on,
);

for_one_way!(
    Websocket:
    a_number_outside_is_called_over_the_trunk,
    an_unreachable_person_is_reported_in_one_word,
    a_hang_up_during_ringing_cancels_the_call,
    a_mailbox_is_hung_up_on_if_a_person_is_required,
);

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A call to a person whose telephone is being called.
async fn called(setup: &Setup, number: &str, call: &Value) -> Callee {
    let id = setup.place(call).await;
    Caller { phone: setup.leg_at(number).await, id }
}

async fn a_callee_is_greeted_and_talks_with_the_assistant(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let person = setup.somebody(Phone::Answers { after: Duration::from_millis(600), hangs_up_after: None });
    let variables = json!({ "customer": "Ann, of Köln & Sons", "order": "17" });
    let call = json!({ "to": person.name, "from": "+49301234", "variables": variables });
    let callee = called(&setup, &person.number, &call).await;
    setup.event(&callee.id, "dial_progress").await;
    setup.wait_said(&callee.id, "greeting").await;
    assert_heard(&Party::heard(&callee.phone), "greeting");
    setup.converses(&callee).await;

    let name = |variable| callee.phone.variable(variable).unwrap_or_default();
    assert_eq!(name("cordboard_customer"), "Ann%2C%20of%20K%C3%B6ln%20%26%20Sons");
    assert_eq!(
        (name("cordboard_order"), name("origination_caller_id_number")),
        ("17".into(), "+49301234".into())
    );
    callee.phone.hang_up();
    setup.assert_ended(&callee.id, "normal_clearing", "caller").await;
    let row = setup.row(&callee.id).await;
    let said = (&row["direction"], &row["from"], &row["to"], &row["failure"]);
    assert_eq!(said, (&json!("outbound"), &json!("+49301234"), &json!(person.name), &Value::Null), "{row}");
    setup.close().await;
}

async fn a_number_outside_is_called_over_the_trunk(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let number = "+4930111";
    setup.switch.set_extension(Extension::new(number));
    let callee = called(&setup, number, &json!({ "to": number })).await;
    setup.wait_said(&callee.id, "greeting").await;
    callee.phone.hang_up();
    setup.assert_ended(&callee.id, "normal_clearing", "caller").await;
    setup.close().await;
}

async fn network_announcements_are_not_an_answer(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let person = setup.somebody(Phone::Announces { after: Duration::from_secs(2) });
    let callee = called(&setup, &person.number, &json!({ "to": person.name })).await;
    let progress = setup.event(&callee.id, "dial_progress").await;
    assert_eq!(progress["progress"], "early_media");
    setup.event(&callee.id, "assistant_ready").await;
    assert!(!callee.phone.is_answered() && setup.row(&callee.id).await["state"] == "dialling");
    assert_not_heard(&Party::heard(&callee.phone), "greeting");
    setup.wait_said(&callee.id, "greeting").await;
    let journal = setup.journal(&callee.id).await;
    let answered = when(&journal, "dial_answered");
    assert_eq!(answered - when(&journal, "dial_progress"), ms(2_020));
    assert_eq!(when(&journal, "item_started") - answered, ms(60), "the audio comes");
    assert_heard(&Party::heard(&callee.phone), "greeting");
    callee.phone.hang_up();
    setup.ended(&callee.id).await;
    setup.close().await;
}

async fn an_unreachable_person_is_reported_in_one_word(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let phone = |phone| move |extension: Extension| Some(extension.phone(phone));
    // A clock of whole seconds ends the 5 s that a phone may ring 400 ms early; the rest are ticks of the switch.
    let people = [
        (setup.somebody_with(phone(Phone::Busy)), "busy", "user_busy", ms(40)),
        (setup.somebody_with(phone(Phone::Declines)), "declined", "call_rejected", ms(40)),
        (setup.somebody_with(phone(Phone::Rings)), "no_answer", "no_answer", ms(4_620)),
        (setup.somebody_with(phone(Phone::Dead)), "unavailable", "normal_temporary_failure", ms(40)),
        (
            setup.somebody_with(|extension| Some(extension.unregistered())),
            "unregistered",
            "user_not_registered",
            ms(20),
        ),
        (setup.somebody_with(|_| None), "unallocated", "subscriber_absent", ms(20)),
    ];
    for (person, failure, cause, after) in people {
        let placed = setup.server.passed();
        let id = setup.place(&json!({ "to": person.name, "answer_timeout_s": 5 })).await;
        let row = setup.ended(&id).await;
        let ended = (&row["failure"], &row["hangup_cause"], &row["hangup_by"], &row["answered_at"]);
        assert_eq!(ended, (&json!(failure), &json!(cause), &json!("switch"), &Value::Null), "{row}");
        assert_eq!(setup.events_of(&id, "item_started").await.len(), 0, "nobody is spoken to");
        assert_eq!(when(&setup.journal(&id).await, "ended") - placed, after, "{failure}");
    }
    setup.close().await;
}

async fn a_hang_up_during_ringing_cancels_the_call(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let person = setup.somebody(Phone::Rings);
    let callee = called(&setup, &person.number, &json!({ "to": person.name })).await;
    setup.event(&callee.id, "dial_progress").await;
    setup.ask_of(&callee.id, "hangup", &Value::Null).await;
    let row = setup.ended(&callee.id).await;
    assert_eq!((&row["failure"], &row["hangup_by"]), (&json!("caller_left"), &json!("api")), "{row}");
    setup.wait("a phone that has stopped ringing", async || callee.phone.is_over().then_some(())).await;
    assert!(!callee.phone.is_answered());
    setup.close().await;
}

async fn a_mailbox_is_hung_up_on_if_a_person_is_required(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let mailbox = setup.somebody_with(|extension| Some(extension.variable("amd_result", "MACHINE")));
    let call = json!({ "to": mailbox.name, "voicemail": { "do": "hang_up" } });
    let callee = called(&setup, &mailbox.number, &call).await;
    let row = setup.ended(&callee.id).await;
    assert_eq!((&row["failure"], &row["hangup_cause"]), (&json!("voicemail"), &json!("voicemail")), "{row}");
    setup.wait("the end of the call", async || callee.phone.is_over().then_some(())).await;

    let person = setup.somebody_with(|extension| Some(extension.variable("amd_result", "HUMAN")));
    let call = json!({ "to": person.name, "voicemail": { "do": "hang_up" } });
    let callee = called(&setup, &person.number, &call).await;
    setup.wait_said(&callee.id, "greeting").await;
    assert_eq!(setup.event(&callee.id, "answered_by").await["who"], "human");
    callee.phone.hang_up();
    setup.ended(&callee.id).await;
    setup.close().await;
}

/// Calls a person whose switch does not report what answers; a mailbox is hung up on.
async fn listened_to(setup: &Setup) -> Callee {
    let person = setup.somebody(ANSWERS);
    let call = json!({ "to": person.name, "voicemail": { "do": "hang_up" } });
    let callee = called(setup, &person.number, &call).await;
    setup.event(&callee.id, "answered").await;
    callee
}

async fn a_short_hello_is_greeted_after_800_ms_of_silence(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let callee = listened_to(&setup).await;
    let begins = setup.server.passed();
    callee.phone.say(&vowel(ms(500), 8_000));
    setup.wait_said(&callee.id, "greeting").await;
    let told = setup.event(&callee.id, "answered_by").await;
    assert_eq!((&told["who"], &told["by"]), (&json!("human"), &json!("own")), "{told}");
    let journal = setup.journal(&callee.id).await;
    assert_eq!(when(&journal, "answered_by") - begins, ms(1_300));
    assert_eq!(begun(&journal, "greeting"), when(&journal, "answered_by"));
    assert_heard(&Party::heard(&callee.phone), "greeting");
    setup.converses(&callee).await;
    callee.phone.hang_up();
    assert_eq!(setup.ended(&callee.id).await["failure"], Value::Null);
    setup.close().await;
}

async fn a_silent_callee_is_greeted_after_2_5_s(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let callee = listened_to(&setup).await;
    setup.wait_said(&callee.id, "greeting").await;
    assert_eq!(setup.event(&callee.id, "answered_by").await["who"], "unknown");
    let journal = setup.journal(&callee.id).await;
    assert_eq!(when(&journal, "answered_by") - when(&journal, "answered"), ms(2_500));
    assert_heard(&Party::heard(&callee.phone), "greeting");
    callee.phone.hang_up();
    setup.ended(&callee.id).await;
    setup.close().await;
}

async fn a_mailbox_detected_by_sound_is_hung_up_on(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let callee = listened_to(&setup).await;
    let begins = setup.server.passed();
    callee.phone.say(&vowel(ms(6_000), 8_000));
    let row = setup.ended(&callee.id).await;
    assert_eq!((&row["failure"], &row["hangup_cause"]), (&json!("voicemail"), &json!("voicemail")), "{row}");
    let journal = setup.journal(&callee.id).await;
    assert_eq!(when(&journal, "answered_by") - begins, ms(1_500));
    assert_eq!(setup.events_of(&callee.id, "item_started").await.len(), 0, "a mailbox is spoken to");
    setup.close().await;
}

/// The pitch of a model's voice here, and of a mailbox's tone, in Hz.
const VOICE_HZ: f64 = 700.0;
const TONE_HZ: f64 = 1_400.0;

/// A mailbox greets, plays its tone and records; the model's words are a tone of another pitch.
#[test]
fn a_mailbox_gets_its_message_after_its_tone() {
    virtually(async || {
        let words = Answer::say("Please call us back.", VOICE_HZ, Duration::from_millis(1_500));
        let calendar =
            || Duration::from_millis(cordboard_actors::world::now().timestamp_millis().unsigned_abs());
        let provider = OpenAiStandIn::start_here(Script::new().greeting(words), calendar).unwrap();
        let base_url = provider.base_url();
        let model = [
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", "sk-test"),
            ("OPENAI_BASE_URL", base_url.as_str()),
        ];
        let setup = Setup::open_with(AudioTransport::Websocket, Inbound::Known, &model).await;
        let mailbox = setup.somebody_with(|extension| Some(extension.variable("amd_result", "MACHINE")));
        let text = "Please call us back.";
        let call = json!({ "to": mailbox.name, "voicemail": { "do": "leave_message", "text": text } });
        let callee = called(&setup, &mailbox.number, &call).await;
        setup.event(&callee.id, "answered").await;
        let rate = 8_000;
        let greets = speech("hello_question").resampled(rate);
        let beep = tone(TONE_HZ, 8_000.0, Duration::from_millis(400), rate);
        let begins = setup.server.passed();
        let beeps = begins + greets.length();
        callee.phone.say(&Sound { rate, samples: [greets.samples, beep.samples].concat() });

        let row = setup.ended(&callee.id).await;
        let ended = (&row["failure"], &row["hangup_cause"], &row["hangup_by"]);
        assert_eq!(ended, (&json!("voicemail"), &json!("voicemail"), &json!("server")), "{row}");
        let journal = setup.journal(&callee.id).await;
        assert!(when(&journal, "voicemail_tone") <= when(&journal, "item_started"));
        // The tone is recognized by its end, 400 ms later.
        assert_eq!(when(&journal, "voicemail_tone") - beeps, ms(460));
        let heard = Party::heard(&callee.phone);
        let frames = heard.samples.chunks(160).map(|frame| Sound { rate, samples: frame.to_vec() });
        let spoken = frames.filter(|frame| frame.tone_share(VOICE_HZ) > 0.8).count();
        assert_eq!(spoken, 75, "the mailbox has recorded {} of 1500 ms", spoken * 20);
        setup.close().await;
        provider.finish();
    });
}

/// A mailbox that the switch does not report: it greets for 6 s, plays its tone after a pause, and records.
#[test]
fn mailboxes_known_by_sound_get_the_message_after_their_tone() {
    virtually(async || {
        let text = "Please call us back.";
        let words = Answer::say(text, VOICE_HZ, ms(1_500));
        let calendar =
            || Duration::from_millis(cordboard_actors::world::now().timestamp_millis().unsigned_abs());
        // To the provider the mailbox's greeting is a turn of the caller.
        let provider = OpenAiStandIn::start_here(Script::new().turn(words), calendar).unwrap();
        let base_url = provider.base_url();
        let model = [
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", "sk-test"),
            ("OPENAI_BASE_URL", base_url.as_str()),
        ];
        let setup = Setup::open_with(AudioTransport::Websocket, Inbound::Known, &model).await;
        let mailbox = setup.somebody(ANSWERS);
        let call = json!({ "to": mailbox.name, "voicemail": { "do": "leave_message", "text": text } });
        let callee = called(&setup, &mailbox.number, &call).await;
        setup.event(&callee.id, "answered").await;
        let rate = 8_000;
        let (greets, pause) = (vowel(ms(6_000), rate), silence(ms(1_000), rate));
        let beep = tone(TONE_HZ, 8_000.0, ms(400), rate);
        let begins = setup.server.passed();
        callee.phone.say(&Sound { rate, samples: [greets.samples, pause.samples, beep.samples].concat() });

        let row = setup.ended(&callee.id).await;
        assert_eq!((&row["failure"], &row["hangup_by"]), (&json!("voicemail"), &json!("server")), "{row}");
        let journal = setup.journal(&callee.id).await;
        assert_eq!(when(&journal, "answered_by") - begins, ms(1_500));
        // The tone begins after 7 s, lasts for 400 ms, and its end is recognized 60 ms later.
        assert_eq!(when(&journal, "voicemail_tone") - begins, ms(7_460));
        assert!(when(&journal, "voicemail_tone") <= when(&journal, "item_started"));
        let heard = Party::heard(&callee.phone);
        let frames = heard.samples.chunks(160).map(|frame| Sound { rate, samples: frame.to_vec() });
        let spoken = frames.filter(|frame| frame.tone_share(VOICE_HZ) > 0.8).count();
        assert_eq!(spoken, 75, "the mailbox has recorded {} of 1500 ms", spoken * 20);
        setup.close().await;
        provider.finish();
    });
}

#[test]
fn a_profiles_agent_can_leave_messages_that_recordings_cannot_speak() {
    virtually(async || {
        let (agent, key) = ("agent_of_the_tests", "xi-of-the-tests-0123456789");
        let script = Script::new().greeting(Answer::say("Good day.", VOICE_HZ, ms(600)));
        let provider = ElevenLabsStandIn::start_here(Agent::new(agent, Some(key)), script).unwrap();
        let outside = [("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")];
        let setup = Setup::open_with(AudioTransport::Websocket, Inbound::Known, &outside).await;
        let person = setup.somebody_with(|extension| Some(extension.variable("amd_result", "HUMAN")));
        let message = json!({ "do": "leave_message", "text": "Please call us back." });
        let call = json!({ "to": person.name, "voicemail": message });
        let refused = setup.post("/api/v1/calls", &call, Token::Admin).await;
        assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("cannot_speak_text")));

        let own = json!({ "settings": { "base_url": provider.base_url() }, "secrets": { "api_key": key } });
        let set = setup.server.put("/api/v1/integrations/elevenlabs", &own, Token::Admin).await;
        assert_eq!(set.status, 200, "{}", set.text());
        setup.change_profile("agent", &json!({ "provider": "elevenlabs", "agent_id": agent })).await;
        let callee = called(&setup, &person.number, &call).await;
        assert_eq!(setup.event(&callee.id, "assistant_ready").await["provider"], "elevenlabs");
        callee.phone.hang_up();
        setup.ended(&callee.id).await;
        setup.close().await;
        provider.finish();
    });
}
