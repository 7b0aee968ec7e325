//! Callers of FreeSWITCH who are handed to agents at their desks: the cases of every switch (`tests/support/src/desk_suite.rs`), over both kinds of
//! audio. The extension's phone rings, too.

use std::time::Duration;

use cordboard_test_support::audio::{SILENCE_RMS, Sound, Span, rms, samples_in, tone, tone_share};
use cordboard_test_support::browser;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::Person;
use cordboard_test_support::freeswitch::Call;
use cordboard_test_support::server::ADMIN_TOKEN;
use serde_json::{Value, json};

use super::setup::{Callee, Inbound, Setup};
use super::way::{AudioTransport, for_both_ways, for_one_way};
use crate::book::Book;
use crate::client::Client;
use crate::hearing::assert_heard;
use crate::suites::desks::{
    audio, has_not, hears_something, invited, is_heard_within, sees_first, stands, talks,
};
use crate::suites::handoff::{self, Switchboard};
use crate::suites::party::Party;

/// An agent's tones, each midway between two notes, so that no music is mistaken for one.
const TONES_HZ: [u32; 6] = [1077, 1210, 1357, 1524, 1710, 1920];
/// The length of each.
const TONE_LENGTH: Duration = Duration::from_millis(600);
/// The sample rate of an agent's sound.
const RATE: u32 = 16_000;
/// How much is searched at once for a tone.
const WINDOW: Duration = Duration::from_millis(40);
/// The longest that sound takes to get there: a switch plays a stream's sound in pieces.
const ON_ITS_WAY_MAX: Duration = Duration::from_secs(1);
/// How long the test listens to a waiting caller. They hear music in more than half of it.
const LISTENED: Duration = Duration::from_secs(2);
const FRAME: Duration = Duration::from_millis(20);

for_both_ways!(
    accepting_at_the_desk_takes_the_caller_and_stops_ringing,
    answering_the_phone_connects_the_caller_and_removes_the_offer,
    a_caller_handed_back_talks_with_the_assistant_again,
    a_caller_held_by_an_agent_hears_music_then_them,
    an_agents_words_are_heard_to_the_end_in_order,
    a_waiting_caller_hears_music_until_somebody_speaks,
);

for_one_way!(
    Websocket:
    a_caller_passed_on_is_joined_with_the_answered_phone,
    an_agent_talks_with_the_party_that_they_call,
    an_agent_who_hangs_up_during_ringing_stops_it,
    an_agent_has_the_caller_while_their_handset_is_lifted,
    declining_stops_the_agents_desk_phone_ringing,
    colleagues_on_a_phone_are_consulted_and_keep_the_caller,
);

/// A server whose phones and offers have time: here it does not matter how long they ring.
async fn setup(way: AudioTransport) -> Setup {
    Setup::open_with(way, Inbound::Known, &[("freeswitch.ring_timeout_s", "30")]).await
}

fn client(setup: &Setup) -> Client {
    Client { http: setup.server.addresses.http }
}

/// Waits until one party hears the tone that the other says.
async fn is_heard(speaker: &impl Party, listener: &impl Party, hz: f64) {
    is_heard_within(ON_ITS_WAY_MAX, speaker, listener, hz).await;
}

/// An agent at the desk of an extension that also has a phone.
struct Agent {
    person: Person,
    desk: TaskProgram,
    /// The name of their extension.
    extension: String,
}

impl Agent {
    /// An agent who takes calls at their desk, and whose phone takes calls in this way.
    async fn open(setup: &Setup, phone: handoff::Person) -> Self {
        Self::open_with(setup, phone, "browser").await
    }

    /// The same, who talks in their browser or on that phone.
    async fn open_with(setup: &Setup, phone: handoff::Person, audio: &str) -> Self {
        let extension = setup.person(phone);
        let person = invited(client(setup), ADMIN_TOKEN, &format!("At-{extension}"), "agent").await;
        talks(client(setup), ADMIN_TOKEN, &person, &extension, audio).await;
        let mut desk = TaskProgram::at_desk(client(setup).http, &person.token).await;
        let snapshot = desk.event().await;
        sees_first((&mut desk, &snapshot), &person, "available").await;
        Self { person, desk, extension }
    }

    /// A caller whose call lists the extension in these places of its policy: `desks`, `desk_phones`.
    async fn caller_who_knows(&self, setup: &Setup, what: &str) -> Callee {
        let caller = setup.caller().await;
        let policy = setup.event(&caller.id, "call_started").await["policy"].clone();
        let desks = policy[what].as_array().unwrap();
        assert!(desks.iter().any(|name| *name == self.extension.as_str()), "{what}: {desks:?}");
        caller
    }

    /// The offer of this caller, who asks for the agent; the agent's phone rings as well.
    async fn is_offered(&mut self, setup: &Setup, caller: &Callee) -> Value {
        setup.ask_of(&caller.id, "handoff", &json!({ "target": self.extension })).await;
        let offer = self.desk.event_of("offered").await["offer"].clone();
        assert_eq!(offer["call_id"], caller.id);
        offer
    }

    /// Accepts the offer, and talks with the caller.
    async fn accepts(&mut self, setup: &Setup, caller: &Callee, offer: &Value) -> browser::Caller {
        let id = json!(caller.id);
        self.desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut self.desk, &id, "connecting").await;
        let voice = audio(client(setup), &mut self.desk, &id).await;
        stands(&mut self.desk, &id, "talking").await;
        voice
    }

    /// A caller is handed to the agent. They talk at the desk after the phone has rung unanswered.
    async fn talks(&mut self, setup: &Setup) -> (Callee, browser::Caller) {
        let caller = self.caller_who_knows(setup, "desks").await;
        let offer = self.is_offered(setup, &caller).await;
        let phone: Call = setup.telephone_of(&self.extension).await;
        let voice = self.accepts(setup, &caller, &offer).await;
        phone.over().await;
        (caller, voice)
    }

    /// Sends this command for the call from their desk.
    async fn does(&mut self, command: &str, caller: &Callee) {
        self.desk.done(json!({ "command": command, "call_id": caller.id })).await;
    }

    /// Their desk no longer has the call, in which they have talked.
    async fn has_talked(&mut self, setup: &Setup, call_id: &str) {
        assert_eq!(has_not(&mut self.desk, &json!(call_id)).await[0]["call_id"], call_id);
        let rows = setup.row(call_id).await["agents"].clone();
        let row = rows.as_array().unwrap().iter().find(|row| row["user_id"] == self.person.id).cloned();
        assert_eq!(row.map(|row| row["outcome"].clone()), Some(json!("talked")), "{rows}");
    }
}

/// The caller leaves first.
async fn accepting_at_the_desk_takes_the_caller_and_stops_ringing(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open(&setup, handoff::Person::Rings).await;
    let (caller, voice) = agent.talks(&setup).await;
    let said = setup.events_of(&caller.id, "item_started").await.len();
    is_heard(&voice, &caller.phone, 500.0).await;
    is_heard(&caller.phone, &voice, 700.0).await;
    assert_eq!(setup.events_of(&caller.id, "item_started").await.len(), said, "the assistant is silent");

    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    voice.over().await;
    agent.has_talked(&setup, &caller.id).await;
    voice.finish();
    setup.server.balanced().await;
    setup.close().await;
}

async fn answering_the_phone_connects_the_caller_and_removes_the_offer(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open(&setup, handoff::Person::Answers).await;
    let caller = agent.caller_who_knows(&setup, "desks").await;
    let offer = agent.is_offered(&setup, &caller).await;
    let gone = agent.desk.event_of("offer_gone").await;
    assert_eq!((&gone["offer_id"], &gone["why"]), (&offer["id"], &json!("taken_by")));
    let refused = agent.desk.refusal(json!({ "command": "accept", "offer_id": offer["id"] })).await;
    assert_eq!(refused, "offer_gone");

    setup.event(&caller.id, "handoff_bridged").await;
    let person = setup.telephone_of(&agent.extension).await;
    setup.assert_joined(&caller, &person);
    is_heard(&person, &caller.phone, 500.0).await;
    is_heard(&caller.phone, &person, 700.0).await;
    setup.leaves(&caller, &person).await;
    setup.close().await;
}

async fn a_caller_handed_back_talks_with_the_assistant_again(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open(&setup, handoff::Person::Rings).await;
    let (caller, voice) = agent.talks(&setup).await;
    is_heard(&voice, &caller.phone, 500.0).await;
    let note = "Wants the blue one.";
    agent.desk.done(json!({ "command": "hand_back", "call_id": caller.id, "note": note })).await;
    assert_eq!(setup.event(&caller.id, "handed_back").await["note"], note);
    voice.over().await;
    setup.wait_said(&caller.id, "welcome_back").await;
    assert_heard(&Party::heard(&caller.phone), "welcome_back");
    setup.converses(&caller).await;
    let refused = agent.desk.refusal(json!({ "command": "hold", "call_id": caller.id })).await;
    assert_eq!(refused, "not_in_call");
    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    setup.close().await;
}

/// Until that phone is answered the caller is with the assistant; then the switch has joined them, and the agent is no longer in the call.
async fn a_caller_passed_on_is_joined_with_the_answered_phone(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open(&setup, handoff::Person::Rings).await;
    let phone_only = setup.person(handoff::Person::Answers);
    let (caller, voice) = agent.talks(&setup).await;
    let note = "Knows the price.";
    let passed = json!({ "command": "transfer", "call_id": caller.id, "target": phone_only, "note": note });
    agent.desk.done(passed).await;
    let told = setup.event(&caller.id, "passed_on").await;
    assert_eq!((&told["target"], &told["note"]), (&json!(phone_only), &json!(note)));
    voice.over().await;
    let person = setup.telephone_of(&phone_only).await;
    setup.wait_events(&caller.id, "handoff_bridged", 2).await;
    setup.assert_joined(&caller, &person);
    is_heard(&person, &caller.phone, 500.0).await;
    is_heard(&caller.phone, &person, 700.0).await;
    agent.has_talked(&setup, &caller.id).await;
    setup.leaves(&caller, &person).await;
    setup.close().await;
}

async fn a_caller_held_by_an_agent_hears_music_then_them(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open(&setup, handoff::Person::Rings).await;
    let (caller, voice) = agent.talks(&setup).await;
    let id = json!(caller.id);
    agent.does("hold", &caller).await;
    stands(&mut agent.desk, &id, "held").await;
    hears_something(&caller.phone).await;
    agent.does("unhold", &caller).await;
    stands(&mut agent.desk, &id, "talking").await;
    is_heard(&voice, &caller.phone, 500.0).await;
    is_heard(&caller.phone, &voice, 700.0).await;
    agent.does("hang_up", &caller).await;
    setup.assert_ended(&caller.id, "normal_clearing", "agent").await;
    caller.phone.over().await;
    voice.over().await;
    setup.close().await;
}

/// Nobody is dialled before the agent is in the call, and no assistant takes part, however many files a stream's playback takes.
async fn an_agent_talks_with_the_party_that_they_call(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open(&setup, handoff::Person::Rings).await;
    let called = setup.person(handoff::Person::Answers);
    let id = agent.desk.done(json!({ "command": "dial", "to": called })).await["call_id"].clone();
    let begun = stands(&mut agent.desk, &id, "dialling").await;
    assert_eq!(begun["dialling"]["to"], called.as_str());
    let voice = audio(client(&setup), &mut agent.desk, &id).await;
    stands(&mut agent.desk, &id, "talking").await;
    let call_id = id.as_str().unwrap().to_owned();
    let phone = setup.telephone_of(&called).await;
    is_heard(&voice, &phone, 500.0).await;
    is_heard(&phone, &voice, 700.0).await;
    agent.desk.done(json!({ "command": "hold", "call_id": id })).await;
    stands(&mut agent.desk, &id, "held").await;
    hears_something(&phone).await;
    agent.desk.done(json!({ "command": "unhold", "call_id": id })).await;
    stands(&mut agent.desk, &id, "talking").await;
    assert_eq!(setup.events_of(&call_id, "item_started").await.len(), 0, "no assistant has spoken");

    agent.desk.done(json!({ "command": "hang_up", "call_id": id })).await;
    phone.over().await;
    voice.over().await;
    let row = setup.ended(&call_id).await;
    let told = (&row["direction"], &row["hangup_by"], &row["failure"]);
    assert_eq!(told, (&json!("outbound"), &json!("agent"), &Value::Null), "{row}");
    agent.has_talked(&setup, &call_id).await;
    setup.close().await;
}

async fn an_agent_who_hangs_up_during_ringing_stops_it(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open(&setup, handoff::Person::Rings).await;
    let called = setup.person(handoff::Person::Rings);
    let id = agent.desk.done(json!({ "command": "dial", "to": called })).await["call_id"].clone();
    let voice = audio(client(&setup), &mut agent.desk, &id).await;
    let phone = setup.telephone_of(&called).await;
    hears_something(&voice).await;
    agent.desk.done(json!({ "command": "hang_up", "call_id": id })).await;
    assert_eq!(has_not(&mut agent.desk, &id).await, json!([]));
    phone.over().await;
    voice.over().await;
    let row = setup.ended(id.as_str().unwrap()).await;
    assert_eq!((&row["failure"], &row["answered_at"]), (&json!("caller_left"), &Value::Null), "{row}");
    setup.close().await;
}

/// The tones of an agent that are heard from that moment on, in order, each with how much of it is heard before the next one.
fn tones_in(heard: &Sound, from: Duration) -> Vec<(u32, Duration)> {
    let heard = heard.part(Span { start: from, end: heard.length() });
    let tone_of = |part: &[i16]| {
        let is_heard =
            |hz: &u32| rms(part) >= SILENCE_RMS && tone_share(part, f64::from(*hz), heard.rate) > 0.8;
        TONES_HZ.into_iter().find(is_heard)
    };
    let tones: Vec<u32> = heard.samples.chunks(samples_in(WINDOW, heard.rate)).filter_map(tone_of).collect();
    tones.chunk_by(|one, next| one == next).map(|run| (run[0], WINDOW * run.len() as u32)).collect()
}

async fn an_agents_words_are_heard_to_the_end_in_order(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open(&setup, handoff::Person::Rings).await;
    let (caller, voice) = agent.talks(&setup).await;
    let before = Party::heard(&caller.phone).length();
    let tones = TONES_HZ.map(|hz| tone(f64::from(hz), 8_000.0, TONE_LENGTH, RATE).samples);
    voice.say(&Sound { rate: RATE, samples: tones.concat() });
    let heard = || tones_in(&Party::heard(&caller.phone), before);
    let is_long = |(_, length): &(u32, Duration)| *length > TONE_LENGTH / 2;
    let is_last = |tone: &(u32, Duration)| Some(&tone.0) == TONES_HZ.last() && is_long(tone);
    let has_ended = async || heard().last().is_some_and(is_last).then_some(());
    setup.wait("most of the last tone of the agent", has_ended).await;
    let tones = heard();
    assert_eq!(tones.iter().map(|(hz, _)| *hz).collect::<Vec<_>>(), TONES_HZ);
    assert!(tones.iter().all(is_long), "{tones:?}");
    agent.does("hang_up", &caller).await;
    setup.assert_ended(&caller.id, "normal_clearing", "agent").await;
    setup.close().await;
}

/// It rings for 3 s; the test listens to two of them.
async fn a_waiting_caller_hears_music_until_somebody_speaks(way: AudioTransport) {
    let setup = Setup::open_with(way, Inbound::Known, &[]).await;
    let mut agent = Agent::open(&setup, handoff::Person::Rings).await;
    let caller = agent.caller_who_knows(&setup, "desks").await;
    setup.wait_said(&caller.id, "greeting").await;
    agent.is_offered(&setup, &caller).await;
    let start = Party::heard(&caller.phone).length();
    let gone = agent.desk.event_of("offer_gone").await;
    assert!(["missed", "withdrawn"].iter().any(|why| gone["why"] == *why), "{gone}");
    let heard = Party::heard(&caller.phone).part(Span { start, end: start + LISTENED });
    let frames = heard.samples.chunks(samples_in(FRAME, heard.rate));
    let loud = frames.filter(|frame| rms(frame) >= SILENCE_RMS).count();
    assert!(loud > 50, "{loud} frames of music");
    // Nobody took over: the assistant says so.
    setup.wait_said(&caller.id, "transfer_refused").await;
    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    setup.close().await;
}

/// The phone is parked and sends its sound by unicast, however the caller's sound is carried.
async fn an_agent_has_the_caller_while_their_handset_is_lifted(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open_with(&setup, handoff::Person::Answers, "phone").await;
    let caller = agent.caller_who_knows(&setup, "desk_phones").await;
    let id = json!(caller.id);
    let offer = agent.is_offered(&setup, &caller).await;
    let gone = agent.desk.event_of("offer_gone").await;
    assert_eq!((&gone["offer_id"], &gone["why"]), (&offer["id"], &json!("accepted")));
    assert_eq!(stands(&mut agent.desk, &id, "talking").await["audio"], "phone");
    let handset = setup.telephone_of(&agent.extension).await;
    is_heard(&handset, &caller.phone, 500.0).await;
    is_heard(&caller.phone, &handset, 700.0).await;
    assert!(setup.events_of(&caller.id, "handoff_ringing").await.is_empty(), "their phone rings once");

    agent.does("hold", &caller).await;
    stands(&mut agent.desk, &id, "held").await;
    hears_something(&caller.phone).await;
    agent.does("unhold", &caller).await;
    stands(&mut agent.desk, &id, "talking").await;
    is_heard(&handset, &caller.phone, 500.0).await;
    handset.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "agent").await;
    agent.has_talked(&setup, &caller.id).await;
    caller.phone.over().await;
    setup.server.balanced().await;
    setup.close().await;
}

/// The caller is back with the assistant.
async fn declining_stops_the_agents_desk_phone_ringing(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open_with(&setup, handoff::Person::Rings, "phone").await;
    let caller = agent.caller_who_knows(&setup, "desk_phones").await;
    let offer = agent.is_offered(&setup, &caller).await;
    let phone = setup.telephone_of(&agent.extension).await;
    agent.desk.done(json!({ "command": "decline", "offer_id": offer["id"] })).await;
    phone.over().await;
    assert_eq!(setup.event(&caller.id, "handoff_abandoned").await["failure"], "declined");
    setup.converses(&caller).await;
    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    setup.close().await;
}

/// All three talk, the agent leaves, and the call ends when the third party hangs up.
async fn colleagues_on_a_phone_are_consulted_and_keep_the_caller(way: AudioTransport) {
    let setup = setup(way).await;
    let mut agent = Agent::open(&setup, handoff::Person::Rings).await;
    let outside = setup.person(handoff::Person::Answers);
    let (caller, voice) = agent.talks(&setup).await;
    let id = json!(caller.id);
    agent.desk.done(json!({ "command": "consult", "call_id": id, "target": outside })).await;
    let consulted = loop {
        let call = stands(&mut agent.desk, &id, "held").await;
        if call["consult"]["is_there"] == true {
            break call;
        }
    };
    assert_eq!(
        (&consulted["consult"]["target"], &consulted["consult"]["with"]),
        (&json!(outside), &Value::Null)
    );
    let third = setup.telephone_of(&outside).await;
    is_heard(&voice, &third, 500.0).await;
    is_heard(&third, &voice, 700.0).await;

    agent.does("join_consult", &caller).await;
    assert_eq!(stands(&mut agent.desk, &id, "talking").await["outsiders"], json!([outside]));
    is_heard(&caller.phone, &third, 900.0).await;
    is_heard(&third, &caller.phone, 500.0).await;
    agent.does("hang_up", &caller).await;
    voice.over().await;
    assert_eq!(has_not(&mut agent.desk, &id).await[0]["call_id"], caller.id);
    is_heard(&third, &caller.phone, 700.0).await;
    third.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "switch").await;
    caller.phone.over().await;
    setup.close().await;
}
