//! Hand-offs to people, as callers and people notice them: one suite that every switch passes, without knowing how its switch works.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::audio::{SILENCE_RMS, Share, Sound, Span, share_heard};
use crate::book::{Book, LIMIT};
use crate::ear::{assert_heard_out, share_of, speech};
use crate::server::Token;
use crate::waiting::wait_until_every;

/// How much is heard after the end of the words.
const BEHIND: Duration = Duration::from_secs(1);
/// The longest silence that a caller hears who waits for a person.
const SILENT_MAX: Duration = Duration::from_millis(1_500);
/// How long the test listens to a waiting caller.
const WAITS: Duration = Duration::from_secs(3);

/// How a person's telephone takes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// It is picked up after 300 ms, and makes no sound by itself.
    Answers,
    /// The person is in another call.
    Busy,
    /// The person declines.
    Declines,
    /// Nobody picks it up.
    Rings,
    /// No telephone is registered.
    Unregistered,
    /// The switch has no such extension.
    Unknown,
}

/// A party on the telephone.
pub trait Party {
    /// Says this once.
    fn say(&self, sound: &Sound);
    /// Waits until everything that is said once was said.
    fn wait_said(&self);
    /// Presses a key.
    fn press(&self, key: char);
    /// Hangs up.
    fn hang_up(&self);
    /// Everything that was heard so far.
    fn heard(&self) -> Sound;
    /// Waits until the call is over at this telephone.
    fn wait_over(&self);
}

/// A caller whose call is answered.
pub struct Caller<P> {
    /// Their telephone.
    pub phone: P,
    /// The call's id.
    pub id: String,
}

/// A switch with a server behind it. Callers return to the assistant when a person leaves. Key 2 rings the person at the extension `desk`,
/// unless a case sets another one.
pub trait Switchboard: Book {
    /// A telephone.
    type Phone: Party;

    /// A caller who is answered.
    fn caller(&self) -> Caller<Self::Phone>;

    /// A person to whom callers can be handed, by the name of their extension.
    fn person(&self, how: Person) -> String;

    /// The person at the extension `desk` answers.
    fn desk_answers(&self);

    /// The telephone of this extension, once it is called.
    fn telephone_of(&self, name: &str) -> Self::Phone;

    /// Checks that the switch has joined the two.
    fn assert_joined(&self, caller: &Caller<Self::Phone>, person: &Self::Phone);

    /// Ends a case: nothing panicked, and the switch's rules were not broken.
    fn close(&self);

    /// Sends a request about a call, which is expected to succeed.
    fn ask_of(&self, caller: &Caller<Self::Phone>, what: &str, body: &Value) {
        let path = format!("/api/v1/calls/{}/{what}", caller.id);
        let answer = self.server().post(&path, body, Token::Admin).unwrap();
        assert_eq!(answer.status, 202, "{path}: {}", answer.text());
    }

    /// Sends a request that is expected to be refused, and returns the reason's code.
    fn refusal_of(&self, caller: &Caller<Self::Phone>, what: &str, body: &Value) -> String {
        let path = format!("/api/v1/calls/{}/{what}", caller.id);
        let answer = self.server().post(&path, body, Token::Admin).unwrap();
        assert_eq!(answer.status, 409, "{path}: {}", answer.text());
        answer.json()["code"].as_str().unwrap().to_owned()
    }

    /// The caller says something, and is answered: the conversation goes on.
    fn converses(&self, caller: &Caller<Self::Phone>) {
        self.converse(&[caller]);
    }

    /// Like [`Switchboard::converses`], for several callers at once, each in a conversation of their own.
    fn converse(&self, callers: &[&Caller<Self::Phone>]) {
        let replies = |caller: &Caller<Self::Phone>| {
            let items = self.events_of(&caller.id, "item_started");
            items.iter().filter(|event| event["line"].is_null()).count()
        };
        let before: Vec<usize> = callers.iter().map(|caller| replies(caller)).collect();
        callers.iter().for_each(|caller| caller.phone.say(&speech("thanks_bye")));
        for (caller, before) in callers.iter().zip(before) {
            self.wait("a reply", || (replies(caller) > before).then_some(()));
        }
    }

    /// The person says something, and the caller hears it.
    fn hears_person(&self, caller: &Caller<Self::Phone>, person: &Self::Phone) {
        let words = speech("interruption");
        person.say(&words);
        wait_hears(&caller.phone, &words);
        person.wait_said();
    }

    /// The caller hangs up, and the person's call is over, too.
    fn leaves(&self, caller: &Caller<Self::Phone>, person: &Self::Phone) {
        caller.phone.hang_up();
        person.wait_over();
        self.assert_ended(caller, "normal_clearing", "caller");
    }

    /// Checks who ended the call, and with which cause.
    fn assert_ended(&self, caller: &Caller<Self::Phone>, cause: &str, by: &str) {
        let row = self.ended(&caller.id);
        assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&json!(cause), &json!(by)), "{row}");
    }

    /// Has the person at this extension rung, and waits until they talk with the caller.
    fn hand_to(&self, caller: &Caller<Self::Phone>, name: &str) -> Self::Phone {
        self.ask_of(caller, "handoff", &json!({ "target": name }));
        self.event(&caller.id, "handoff_bridged");
        let person = self.telephone_of(name);
        self.assert_joined(caller, &person);
        person
    }
}

/// Whether that was heard; where a stall has torn it, only once something else is heard after it.
#[must_use]
pub fn has_heard(heard: &Sound, said: &Sound) -> bool {
    let is_over = |share: &Share| share.heard > 0.9 || share.until + BEHIND < heard.length();
    share_heard(heard, &said.resampled(heard.rate)).is_some_and(|share| share.is_all() && is_over(&share))
}

/// Waits until one party heard what the other says, which may be before its last syllable is said: a test that acts upon its end waits for
/// [`Party::wait_said`], too.
pub fn wait_hears(ear: &impl Party, said: &Sound) {
    let heard = || has_heard(&ear.heard(), said).then_some(());
    wait_until_every(Duration::from_millis(300), "the other party's speech", LIMIT, heard).unwrap();
}

/// Waits until a second of sound was heard from now on.
pub fn wait_music(ear: &impl Party) {
    let from = ear.heard().length();
    let second = Duration::from_secs(1);
    let is_music = || {
        let heard = ear.heard();
        let end = heard.length();
        let last = heard.part(Span { start: end.saturating_sub(second), end });
        (end >= from + second && last.rms() >= SILENCE_RMS).then_some(())
    };
    wait_until_every(Duration::from_millis(100), "music", LIMIT, is_music).unwrap();
}

/// A person takes over: both hear each other, and the assistant neither speaks nor listens. When the person leaves, the caller is welcomed back.
pub fn a_person_takes_over_and_the_caller_comes_back(setup: &impl Switchboard) {
    let desk = setup.person(Person::Answers);
    let caller = setup.caller();
    let person = setup.hand_to(&caller, &desk);

    let said_items = setup.events_of(&caller.id, "item_started").len();
    let (question, answer) = (speech("hello_question"), speech("interruption"));
    caller.phone.say(&question);
    person.say(&answer);
    wait_hears(&person, &question);
    wait_hears(&caller.phone, &answer);
    caller.phone.wait_said();
    assert_eq!(setup.events_of(&caller.id, "item_started").len(), said_items, "the assistant is silent");
    assert_eq!(setup.events_of(&caller.id, "transcript").len(), 0, "and hears nothing");

    person.hang_up();
    setup.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.phone.heard(), "welcome_back");
    setup.converses(&caller);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    assert_eq!(setup.events_of(&caller.id, "caller_returned").len(), 1);
    assert_eq!(setup.events_of(&caller.id, "interrupted").len(), 0, "an expected return is not a loss");
    let log = setup.server().log();
    let named = format!("asked={desk}");
    for words in [
        "asked to take over",
        "a phone rings",
        "accepted on the phone",
        "person and caller talk",
        "the person has left",
    ] {
        let is_logged = |line: &str| [&caller.id, words, &named].iter().all(|part| line.contains(*part));
        assert!(log.lines().any(is_logged), "the log does not say that {words}");
    }
    setup.close();
}

/// The person's phone puts the call on hold, and the caller hears the switch's music.
pub fn a_caller_can_wait_while_a_person_has_them(setup: &impl Switchboard) {
    let desk = setup.person(Person::Answers);
    let caller = setup.caller();
    let person = setup.hand_to(&caller, &desk);
    setup.ask_of(&caller, "hold", &Value::Null);
    setup.event(&caller.id, "hold_began");
    wait_music(&caller.phone);
    assert_eq!(setup.refusal_of(&caller, "hold", &Value::Null), "already_held");
    assert_eq!(setup.refusal_of(&caller, "handoff", &json!({ "target": desk })), "not_conversing");

    setup.ask_of(&caller, "unhold", &Value::Null);
    setup.event(&caller.id, "hold_ended");
    let answer = speech("interruption");
    let said = Instant::now();
    while share_heard_since(&caller.phone, &answer) < 0.9 && said.elapsed() < LIMIT {
        person.say(&answer);
        person.wait_said();
    }
    wait_hears(&caller.phone, &answer);
    setup.leaves(&caller, &person);
    setup.close();
}

fn share_heard_since(ear: &impl Party, said: &Sound) -> f64 {
    let heard = ear.heard();
    share_heard(&heard, &said.resampled(heard.rate)).map_or(0.0, |share| share.heard)
}

/// A key rings the person at `desk`; the caller leaves first.
pub fn a_key_rings_a_person_and_the_caller_leaves_both(setup: &impl Switchboard) {
    setup.desk_answers();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    caller.phone.press('2');
    setup.event(&caller.id, "handoff_bridged");
    let person = setup.telephone_of("desk");
    setup.assert_joined(&caller, &person);
    setup.leaves(&caller, &person);
    setup.close();
}

/// The reason why nobody took over is reported, in a word from the common list, and the assistant goes on.
pub fn an_unreachable_person_is_announced_and_the_conversation_goes_on(setup: &impl Switchboard) {
    let rung: Vec<_> = [
        (Person::Busy, "busy"),
        (Person::Declines, "declined"),
        (Person::Rings, "no_answer"),
        (Person::Unregistered, "unregistered"),
        (Person::Unknown, "unallocated"),
    ]
    .into_iter()
    .map(|(person, failure)| {
        let name = setup.person(person);
        let caller = setup.caller();
        setup.ask_of(&caller, "handoff", &json!({ "target": name }));
        (caller, failure)
    })
    .collect();
    for (caller, failure) in &rung {
        assert_eq!(setup.event(&caller.id, "handoff_abandoned")["failure"], *failure);
        setup.wait_said(&caller.id, "transfer_refused");
        // Five callers in real time are a lot for a busy machine.
        let share = share_of(&caller.phone.heard(), "transfer_refused");
        assert!(share.heard > 0.4, "{failure}: {share:?}");
    }
    let callers: Vec<_> = rung.iter().map(|(caller, _)| caller).collect();
    setup.converse(&callers);
    for caller in callers {
        caller.phone.hang_up();
        setup.assert_ended(caller, "normal_clearing", "caller");
    }
    setup.close();
}

/// A place that a switch can check is checked before the caller notices: they stay with the assistant, who learns why.
pub fn a_caller_stays_when_a_place_cant_be_reached(setup: &impl Switchboard, places: &[(&str, &str)]) {
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    for (nth, (target, failure)) in places.iter().enumerate() {
        setup.ask_of(&caller, "transfer", &json!({ "target": target }));
        let failed =
            setup.wait("the outcome", || setup.events_of(&caller.id, "transfer_failed").get(nth).cloned());
        assert_eq!((&failed["target"], &failed["failure"]), (&json!(target), &json!(failure)));
        setup.wait_said(&caller.id, "transfer_refused");
        let row = setup.call(&caller.id);
        assert_eq!((&row["state"], &row["failure"]), (&json!("live"), &json!(failure)), "{row}");
    }
    assert_heard_out(&caller.phone.heard(), "transfer_refused");
    let said = setup.events_of(&caller.id, "item_started");
    assert!(said.iter().all(|item| item["line"] != "transferring"), "no transfer is announced: {said:?}");
    setup.converses(&caller);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

/// When a caller leaves while a phone rings for them, it stops ringing.
pub fn a_caller_who_leaves_during_ringing_stops_it(setup: &impl Switchboard) {
    let desk = setup.person(Person::Rings);
    let caller = setup.caller();
    setup.ask_of(&caller, "handoff", &json!({ "target": desk }));
    let ringing = setup.telephone_of(&desk);
    caller.phone.hang_up();
    ringing.wait_over();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    assert_eq!(setup.event(&caller.id, "handoff_abandoned")["failure"], "caller_left");
    setup.close();
}

/// As a new profile sets it: the call ends with the person. This server's profile is unchanged.
pub fn the_call_ends_with_the_person_if_so_configured(setup: &impl Switchboard) {
    let desk = setup.person(Person::Answers);
    let caller = setup.caller();
    let person = setup.hand_to(&caller, &desk);
    person.say(&speech("thanks_bye"));
    person.wait_said();
    person.hang_up();
    caller.phone.wait_over();
    setup.assert_ended(&caller, "normal_clearing", "server");
    setup.close();
}

/// A waiting caller is never without sound for more than 1.5 s.
#[track_caller]
pub fn assert_waits_in_no_silence(phone: &impl Party) {
    let start = phone.heard().length();
    let heard = wait_until_every(Duration::from_millis(100), "the sound for a waiting caller", LIMIT, || {
        let heard = phone.heard();
        (heard.length() > start + WAITS).then_some(heard)
    })
    .unwrap();
    let silences = heard.part(Span { start, end: start + WAITS }).silences(SILENT_MAX);
    assert!(silences.is_empty(), "silent at {silences:?}");
}
