//! Callers of a switch who are handed to agents at their desks: one suite for every switch whose phones ring.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use serde_json::{Value, json};

use crate::control::Program;
use crate::desk::{Person, audio, has_not, hears_something, is_heard, sees_first, stands};
use crate::handoff_suite::{self as handoffs, Caller, Party, Switchboard};
use crate::server::ADMIN_TOKEN;
use crate::{book::Book, browser};

/// An agent at the desk of an extension that also has a phone.
pub struct Agent {
    /// The user.
    pub person: Person,
    /// Their screen.
    pub desk: Program,
    /// The name of their extension.
    pub extension: String,
}

impl Agent {
    /// An agent who takes calls at their desk, and whose phone takes calls in this way.
    #[must_use]
    #[track_caller]
    pub fn open<H: Switchboard>(setup: &H, phone: handoffs::Person) -> Self {
        Self::open_with(setup, phone, "browser")
    }

    /// The same, who talks in their browser or on that phone.
    #[must_use]
    #[track_caller]
    pub fn open_with<H: Switchboard>(setup: &H, phone: handoffs::Person, audio: &str) -> Self {
        let extension = setup.person(phone);
        let server = setup.server();
        let person = Person::invited(server, ADMIN_TOKEN, &format!("At-{extension}"), "agent");
        person.talks(server, ADMIN_TOKEN, &extension, audio);
        let mut desk = Program::at_desk(server.addresses().http, &person.token);
        let snapshot = desk.event();
        sees_first((&mut desk, &snapshot), &person, "available");
        Self { person, desk, extension }
    }

    /// A caller whose call has the agent's extension.
    #[track_caller]
    pub fn caller<H: Switchboard>(&self, setup: &H) -> Caller<H::Phone> {
        self.caller_who_knows(setup, "desks")
    }

    /// A caller whose call lists the extension in these places of its policy: `desks`, `desk_phones`.
    #[track_caller]
    pub fn caller_who_knows<H: Switchboard>(&self, setup: &H, what: &str) -> Caller<H::Phone> {
        let caller = setup.caller();
        let policy = setup.event(&caller.id, "call_started")["policy"].clone();
        let desks = policy[what].as_array().unwrap();
        assert!(desks.iter().any(|name| *name == self.extension.as_str()), "{what}: {desks:?}");
        caller
    }

    /// The offer of this caller, who asks for the agent; the agent's phone rings as well.
    #[track_caller]
    pub fn is_offered<H: Switchboard>(&mut self, setup: &H, caller: &Caller<H::Phone>) -> Value {
        setup.ask_of(caller, "handoff", &json!({ "target": self.extension }));
        let offer = self.desk.event_of("offered")["offer"].clone();
        assert_eq!(offer["call_id"], caller.id);
        offer
    }

    /// Accepts the offer, and talks with the caller.
    #[track_caller]
    pub fn accepts<H: Switchboard>(
        &mut self,
        setup: &H,
        caller: &Caller<H::Phone>,
        offer: &Value,
    ) -> browser::Caller {
        let id = json!(caller.id);
        self.desk.done(json!({ "command": "accept", "offer_id": offer["id"] }));
        stands(&mut self.desk, &id, "connecting");
        let voice = audio(setup.server(), &mut self.desk, &id);
        stands(&mut self.desk, &id, "talking");
        voice
    }

    /// A caller is handed to the agent. They talk at the desk after the phone has rung unanswered.
    #[track_caller]
    fn talks<H: Switchboard>(&mut self, setup: &H) -> (Caller<H::Phone>, browser::Caller) {
        let caller = self.caller(setup);
        let offer = self.is_offered(setup, &caller);
        let phone = setup.telephone_of(&self.extension);
        let voice = self.accepts(setup, &caller, &offer);
        phone.wait_over();
        (caller, voice)
    }
}

/// An agent who accepts at their desk talks with the caller, and their phone stops ringing. The caller leaves first.
pub fn accepting_at_the_desk_takes_the_caller_and_stops_ringing(setup: &impl Switchboard) {
    let mut agent = Agent::open(setup, handoffs::Person::Rings);
    let (caller, voice) = agent.talks(setup);
    let said = setup.events_of(&caller.id, "item_started").len();
    is_heard(&voice, &caller.phone, 500.0);
    is_heard(&caller.phone, &voice, 700.0);
    assert_eq!(setup.events_of(&caller.id, "item_started").len(), said, "the assistant is silent");

    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    voice.wait_over();
    assert_eq!(has_not(&mut agent.desk, &json!(caller.id))[0]["call_id"], caller.id);
    assert_agent(setup, &agent, &caller.id, "talked");
    voice.finish();
    setup.close();
}

/// An agent who answers their phone talks with the caller, and the offer at their desk disappears.
pub fn answering_the_phone_connects_the_caller_and_removes_the_offer(setup: &impl Switchboard) {
    let mut agent = Agent::open(setup, handoffs::Person::Answers);
    let caller = agent.caller(setup);
    let offer = agent.is_offered(setup, &caller);
    let gone = agent.desk.event_of("offer_gone");
    assert_eq!((&gone["offer_id"], &gone["why"]), (&offer["id"], &json!("taken_by")));
    let refused = agent.desk.refusal(json!({ "command": "accept", "offer_id": offer["id"] }));
    assert_eq!(refused, "offer_gone");

    setup.event(&caller.id, "handoff_bridged");
    let person = setup.telephone_of(&agent.extension);
    setup.assert_joined(&caller, &person);
    is_heard(&person, &caller.phone, 500.0);
    is_heard(&caller.phone, &person, 700.0);
    setup.leaves(&caller, &person);
    setup.close();
}

/// A caller whom an agent hands back talks with the assistant again.
pub fn a_caller_handed_back_talks_with_the_assistant_again(setup: &impl Switchboard) {
    let mut agent = Agent::open(setup, handoffs::Person::Rings);
    let (caller, voice) = agent.talks(setup);
    is_heard(&voice, &caller.phone, 500.0);
    let note = "Wants the blue one.";
    agent.desk.done(json!({ "command": "hand_back", "call_id": caller.id, "note": note }));
    assert_eq!(setup.event(&caller.id, "handed_back")["note"], note);
    voice.wait_over();
    setup.wait_said(&caller.id, "welcome_back");
    hears_spoken(&caller, "welcome_back");
    setup.converses(&caller);
    let refused = agent.desk.refusal(json!({ "command": "hold", "call_id": caller.id }));
    assert_eq!(refused, "not_in_call");
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

/// A caller whom an agent passes on is with the assistant until the phone of that extension is answered. Then the switch has joined the two, and
/// the agent is no longer in the call.
pub fn a_caller_passed_on_is_joined_with_the_answered_phone(setup: &impl Switchboard) {
    let mut agent = Agent::open(setup, handoffs::Person::Rings);
    let phone_only = setup.person(handoffs::Person::Answers);
    let (caller, voice) = agent.talks(setup);
    let note = "Knows the price.";
    let passed = json!({ "command": "transfer", "call_id": caller.id, "target": phone_only, "note": note });
    agent.desk.done(passed);
    let told = setup.event(&caller.id, "passed_on");
    assert_eq!((&told["target"], &told["note"]), (&json!(phone_only), &json!(note)));
    voice.wait_over();
    let person = setup.telephone_of(&phone_only);
    setup.wait("the second hand-off to succeed", || {
        (setup.events_of(&caller.id, "handoff_bridged").len() == 2).then_some(())
    });
    setup.assert_joined(&caller, &person);
    is_heard(&person, &caller.phone, 500.0);
    is_heard(&caller.phone, &person, 700.0);
    assert_eq!(has_not(&mut agent.desk, &json!(caller.id))[0]["call_id"], caller.id);
    assert_agent(setup, &agent, &caller.id, "talked");
    setup.leaves(&caller, &person);
    setup.close();
}

/// A held caller hears music, whatever carries their voice, and then the agent again.
pub fn a_caller_held_by_an_agent_hears_music_then_them(setup: &impl Switchboard) {
    let mut agent = Agent::open(setup, handoffs::Person::Rings);
    let (caller, voice) = agent.talks(setup);
    let id = json!(caller.id);
    agent.desk.done(json!({ "command": "hold", "call_id": id }));
    stands(&mut agent.desk, &id, "held");
    hears_something(&caller.phone);
    agent.desk.done(json!({ "command": "unhold", "call_id": id }));
    stands(&mut agent.desk, &id, "talking");
    is_heard(&voice, &caller.phone, 500.0);
    is_heard(&caller.phone, &voice, 700.0);
    agent.desk.done(json!({ "command": "hang_up", "call_id": id }));
    setup.assert_ended(&caller, "normal_clearing", "agent");
    caller.phone.wait_over();
    voice.wait_over();
    setup.close();
}

/// A party that an agent calls talks with them. Nobody is dialled before the agent is in the call, who hears ring-back tone. No assistant takes
/// part until the agent hands over.
pub fn an_agent_talks_with_the_party_that_they_call(setup: &impl Switchboard) {
    let mut agent = Agent::open(setup, handoffs::Person::Rings);
    let called = setup.person(handoffs::Person::Answers);
    let id = agent.desk.done(json!({ "command": "dial", "to": called }))["call_id"].clone();
    let begun = stands(&mut agent.desk, &id, "dialling");
    assert_eq!(begun["dialling"]["to"], called.as_str());
    let voice = audio(setup.server(), &mut agent.desk, &id);
    stands(&mut agent.desk, &id, "talking");
    let call_id = id.as_str().unwrap().to_owned();
    let phone = setup.telephone_of(&called);
    is_heard(&voice, &phone, 500.0);
    is_heard(&phone, &voice, 700.0);
    agent.desk.done(json!({ "command": "hold", "call_id": id }));
    stands(&mut agent.desk, &id, "held");
    hears_something(&phone);
    agent.desk.done(json!({ "command": "unhold", "call_id": id }));
    stands(&mut agent.desk, &id, "talking");
    assert_eq!(setup.events_of(&call_id, "item_started").len(), 0, "no assistant has spoken");

    agent.desk.done(json!({ "command": "hang_up", "call_id": id }));
    let wrap_ups = has_not(&mut agent.desk, &id);
    assert_eq!(wrap_ups[0]["call_id"], id);
    phone.wait_over();
    voice.wait_over();
    let row = setup.ended(&call_id);
    let told = (&row["direction"], &row["hangup_by"], &row["failure"]);
    assert_eq!(told, (&json!("outbound"), &json!("agent"), &Value::Null), "{row}");
    assert_agent(setup, &agent, &call_id, "talked");
    setup.close();
}

/// When an agent hangs up while the phone rings, it stops ringing.
pub fn an_agent_who_hangs_up_during_ringing_stops_it(setup: &impl Switchboard) {
    let mut agent = Agent::open(setup, handoffs::Person::Rings);
    let called = setup.person(handoffs::Person::Rings);
    let id = agent.desk.done(json!({ "command": "dial", "to": called }))["call_id"].clone();
    let voice = audio(setup.server(), &mut agent.desk, &id);
    let phone = setup.telephone_of(&called);
    hears_something(&voice);
    agent.desk.done(json!({ "command": "hang_up", "call_id": id }));
    assert_eq!(has_not(&mut agent.desk, &id), json!([]));
    phone.wait_over();
    voice.wait_over();
    let row = setup.ended(id.as_str().unwrap());
    assert_eq!((&row["failure"], &row["answered_at"]), (&json!("caller_left"), &Value::Null), "{row}");
    setup.close();
}

/// An agent who talks on their desk phone accepts by lifting the handset, can hold the caller at their desk, and hangs up by putting the handset
/// down.
pub fn an_agent_has_the_caller_while_their_handset_is_lifted(setup: &impl Switchboard) {
    let mut agent = Agent::open_with(setup, handoffs::Person::Answers, "phone");
    let caller = agent.caller_who_knows(setup, "desk_phones");
    let id = json!(caller.id);
    let offer = agent.is_offered(setup, &caller);
    let gone = agent.desk.event_of("offer_gone");
    assert_eq!((&gone["offer_id"], &gone["why"]), (&offer["id"], &json!("accepted")));
    assert_eq!(stands(&mut agent.desk, &id, "talking")["audio"], "phone");
    let handset = setup.telephone_of(&agent.extension);
    is_heard(&handset, &caller.phone, 500.0);
    is_heard(&caller.phone, &handset, 700.0);
    assert!(setup.events_of(&caller.id, "handoff_ringing").is_empty(), "their phone rings once");

    agent.desk.done(json!({ "command": "hold", "call_id": id }));
    stands(&mut agent.desk, &id, "held");
    hears_something(&caller.phone);
    agent.desk.done(json!({ "command": "unhold", "call_id": id }));
    stands(&mut agent.desk, &id, "talking");
    is_heard(&handset, &caller.phone, 500.0);
    handset.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "agent");
    assert_eq!(has_not(&mut agent.desk, &id)[0]["call_id"], caller.id);
    assert_agent(setup, &agent, &caller.id, "talked");
    caller.phone.wait_over();
    setup.close();
}

/// The desk phone of an agent who declines at their desk stops ringing, and the caller is back with the assistant.
pub fn declining_stops_the_agents_desk_phone_ringing(setup: &impl Switchboard) {
    let mut agent = Agent::open_with(setup, handoffs::Person::Rings, "phone");
    let caller = agent.caller_who_knows(setup, "desk_phones");
    let offer = agent.is_offered(setup, &caller);
    let phone = setup.telephone_of(&agent.extension);
    agent.desk.done(json!({ "command": "decline", "offer_id": offer["id"] }));
    phone.wait_over();
    assert_eq!(setup.event(&caller.id, "handoff_abandoned")["failure"], "declined");
    setup.converses(&caller);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

/// An agent consults a colleague who is at no desk, and whose phone rings. All three talk, the agent leaves, and the call ends when the colleague
/// hangs up.
pub fn colleagues_on_a_phone_are_consulted_and_keep_the_caller(setup: &impl Switchboard) {
    let mut agent = Agent::open(setup, handoffs::Person::Rings);
    let outside = setup.person(handoffs::Person::Answers);
    let (caller, voice) = agent.talks(setup);
    let id = json!(caller.id);
    agent.desk.done(json!({ "command": "consult", "call_id": id, "target": outside }));
    let consulted = loop {
        let call = stands(&mut agent.desk, &id, "held");
        if call["consult"]["is_there"] == true {
            break call;
        }
    };
    assert_eq!(
        (&consulted["consult"]["target"], &consulted["consult"]["with"]),
        (&json!(outside), &Value::Null)
    );
    let third = setup.telephone_of(&outside);
    is_heard(&voice, &third, 500.0);
    is_heard(&third, &voice, 700.0);

    agent.desk.done(json!({ "command": "join_consult", "call_id": id }));
    assert_eq!(stands(&mut agent.desk, &id, "talking")["outsiders"], json!([outside]));
    is_heard(&caller.phone, &third, 900.0);
    is_heard(&third, &caller.phone, 500.0);
    agent.desk.done(json!({ "command": "hang_up", "call_id": id }));
    voice.wait_over();
    assert_eq!(has_not(&mut agent.desk, &id)[0]["call_id"], caller.id);
    is_heard(&third, &caller.phone, 700.0);
    third.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "switch");
    caller.phone.wait_over();
    setup.close();
}

/// The agent's outcome in the call, from the API.
#[track_caller]
fn assert_agent(setup: &impl Book, agent: &Agent, call_id: &str, outcome: &str) {
    let rows = setup.call(call_id)["agents"].clone();
    let row = rows.as_array().unwrap().iter().find(|row| row["user_id"] == agent.person.id).cloned();
    assert_eq!(row.map(|row| row["outcome"].clone()), Some(json!(outcome)), "{rows}");
}

/// The caller has heard what the assistant has said.
#[track_caller]
fn hears_spoken<P: Party>(caller: &Caller<P>, line: &str) {
    crate::ear::assert_heard_out(&caller.phone.heard(), line);
}
