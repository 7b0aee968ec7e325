//! Hand-offs to people, as callers and people notice them: one suite that every switch passes. Its blocking form, for the real Asterisk, is in
//! `tests/support/src/handoff_suite.rs`.

use std::time::Duration;

use cordboard_test_support::audio::{SILENCE_RMS, Sound, Span, share_heard};
use cordboard_test_support::book::Channel;
use cordboard_test_support::ear::speech;
pub(crate) use cordboard_test_support::handoff_suite::Person;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::book::{Book, ms};
use crate::hearing::{assert_heard, assert_whole};
use crate::world::begun as begun_at;

/// The time by which the other party hears speech.
const BEHIND: Duration = Duration::from_millis(100);
/// Sound comes in packets of this length.
const PACKET: Duration = Duration::from_millis(20);
/// How long the test listens to a waiting caller.
const WAITS: Duration = Duration::from_secs(12);
/// How far a position in a recording may be from its time: sound is held back for a second, so that late sound gets its right place.
const RECORDED_APART: Duration = Duration::from_secs(1);
/// How long the caller is held while a person has them.
const HELD: Duration = Duration::from_secs(3);

/// A party on the telephone.
pub(crate) trait Party {
    /// Says this, after the sound that still waits.
    fn say(&self, sound: &Sound);
    /// Whether all of that was said.
    fn has_said(&self) -> bool;
    /// Presses a key.
    fn press(&self, key: char);
    /// Hangs up.
    fn hang_up(&self);
    /// Everything that was heard so far, with silence where nothing arrived.
    fn heard(&self) -> Sound;
    /// Whether the call is over at this telephone.
    fn is_over(&self) -> bool;

    /// Says this to its end.
    async fn says(&self, sound: &Sound) {
        self.say(sound);
        self.said().await;
    }

    /// Waits until everything is said.
    async fn said(&self) {
        while !self.has_said() {
            sleep(PACKET).await;
        }
    }
}

/// A caller whose call is answered.
pub(crate) struct Caller<P> {
    /// Their telephone.
    pub(crate) phone: P,
    /// The call's id.
    pub(crate) id: String,
}

/// A switch with a server behind it. Callers return to the assistant when a person leaves. Key 2 rings the person at the extension `desk`, unless a
/// case sets another one. Unanswered phones ring for [`Switchboard::RINGS`].
pub(crate) trait Switchboard: Book + Sized {
    /// How long an unanswered phone rings.
    const RINGS: Duration;

    /// A telephone.
    type Phone: Party;

    /// A caller who is answered.
    async fn caller(&self) -> Caller<Self::Phone>;

    /// A person to whom callers can be handed, by the name of their extension.
    fn person(&self, how: Person) -> String;

    /// The telephone of this extension, once it is called.
    async fn telephone_of(&self, name: &str) -> Self::Phone;

    /// Checks that the switch has joined the two.
    fn assert_joined(&self, caller: &Caller<Self::Phone>, person: &Self::Phone);

    /// Ends a case: nothing panicked, and the switch's rules were not broken.
    async fn close(self);

    /// The caller says something, and is answered: the conversation goes on.
    async fn converses(&self, caller: &Caller<Self::Phone>) {
        let before = self.replies(&caller.id).await;
        caller.phone.say(&speech("thanks_bye"));
        self.wait("a reply", async || (self.replies(&caller.id).await > before).then_some(())).await;
    }

    /// How often the assistant has answered what the caller said.
    async fn replies(&self, id: &str) -> usize {
        self.events_of(id, "item_started").await.iter().filter(|event| event["line"].is_null()).count()
    }

    /// The person says something, and the caller hears it.
    async fn hears_person(&self, caller: &Caller<Self::Phone>, person: &Self::Phone) {
        let words = speech("interruption");
        person.says(&words).await;
        sleep(BEHIND).await;
        assert_whole(&caller.phone.heard(), &words);
    }

    /// The caller hangs up, and the person's call is over, too.
    async fn leaves(&self, caller: &Caller<Self::Phone>, person: &Self::Phone) {
        caller.phone.hang_up();
        self.wait("the end of the person's call", async || person.is_over().then_some(())).await;
        self.assert_ended(&caller.id, "normal_clearing", "caller").await;
    }

    /// Checks who ended the call, and with which cause.
    async fn assert_ended(&self, id: &str, cause: &str, by: &str) {
        assert_eq!(self.ending(id).await, (cause.to_owned(), by.to_owned()));
    }

    /// Makes the phone of the person at this extension ring, and waits until they talk with the caller.
    async fn hand_to(&self, caller: &Caller<Self::Phone>, name: &str) -> Self::Phone {
        self.ask_of(&caller.id, "handoff", &json!({ "target": name })).await;
        self.event(&caller.id, "handoff_bridged").await;
        let person = self.telephone_of(name).await;
        self.assert_joined(caller, &person);
        person
    }
}

/// A person takes over: both hear each other, and the assistant neither speaks nor listens. When the person leaves, the caller is welcomed back.
pub(crate) async fn a_person_takes_over_and_the_caller_comes_back(setup: impl Switchboard) {
    let desk = setup.person(Person::Answers);
    let caller = setup.caller().await;
    let person = setup.hand_to(&caller, &desk).await;

    let said_items = setup.events_of(&caller.id, "item_started").await.len();
    let (question, answer) = (speech("hello_question"), speech("interruption"));
    caller.phone.say(&question);
    person.say(&answer);
    caller.phone.said().await;
    person.said().await;
    sleep(BEHIND).await;
    assert_whole(&person.heard(), &question);
    assert_whole(&caller.phone.heard(), &answer);
    assert_eq!(
        setup.events_of(&caller.id, "item_started").await.len(),
        said_items,
        "the assistant is silent"
    );
    assert_eq!(setup.events_of(&caller.id, "transcript").await.len(), 0, "and hears nothing");

    person.hang_up();
    setup.wait_said(&caller.id, "welcome_back").await;
    assert_heard(&caller.phone.heard(), "welcome_back");
    setup.converses(&caller).await;
    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    assert_eq!(setup.events_of(&caller.id, "caller_returned").await.len(), 1);
    assert_recorded_with_a_gap(&setup, &caller.id, &question).await;
    // No line of the call was lost on the way to the person and back.
    let ends = setup.events_of(&caller.id, "leg_left").await;
    assert!(ends.iter().all(|end| end["how"] != "broken"), "a leg that was lost: {ends:?}");
    setup.close().await;
}

/// After the person has left, the recording goes on at the position of that time. Only the switch has carried the words to them: the recording has
/// silence there.
async fn assert_recorded_with_a_gap(setup: &impl Book, id: &str, said_to_person: &Sound) {
    let begun = setup.entries_of(id, "recording_started").await;
    let [first, .., last] = &begun[..] else { panic!("it does not go on: {begun:?}") };
    let (place, due) = (ms(&last.event["offset_ms"]), last.at - first.at);
    assert!(place.abs_diff(due) <= RECORDED_APART, "it goes on at {place:?}, {due:?} after its beginning");
    let played = setup.recording(id, Channel::CallersEar).await;
    let welcome = assert_heard(&played, "welcome_back").at;
    let journal = setup.journal(id).await;
    let due = begun_at(&journal, "welcome_back") - first.at;
    assert!(welcome.abs_diff(due) <= RECORDED_APART, "at {welcome:?} of the recording, due at {due:?}");
    let caller = setup.recording(id, Channel::Caller).await;
    let share = share_heard(&caller, &said_to_person.resampled(caller.rate));
    assert!(share.as_ref().is_none_or(|share| share.heard < 0.3), "what was said to the person: {share:?}");
}

/// The person's phone puts the call on hold, and the caller hears the switch's music.
pub(crate) async fn a_caller_can_wait_while_a_person_has_them(setup: impl Switchboard) {
    let desk = setup.person(Person::Answers);
    let caller = setup.caller().await;
    let person = setup.hand_to(&caller, &desk).await;
    setup.ask_of(&caller.id, "hold", &Value::Null).await;
    setup.event(&caller.id, "hold_began").await;
    sleep(HELD).await;
    let heard = caller.phone.heard();
    let end = heard.length();
    let last = heard.part(Span { start: end.saturating_sub(Duration::from_secs(1)), end });
    assert!(last.rms() >= SILENCE_RMS && last.silences(Duration::from_millis(20)).is_empty(), "no music");
    assert_eq!(setup.refusal_of(&caller.id, "hold", &Value::Null).await, "already_held");
    let handoff = setup.refusal_of(&caller.id, "handoff", &json!({ "target": desk })).await;
    assert_eq!(handoff, "not_conversing");

    setup.ask_of(&caller.id, "unhold", &Value::Null).await;
    let held = ms(&setup.event(&caller.id, "hold_ended").await["held_ms"]);
    let began = setup.times_of(&caller.id, "hold_began").await[0];
    let ended = setup.times_of(&caller.id, "hold_ended").await[0];
    assert_eq!(held, ended - began);
    setup.hears_person(&caller, &person).await;
    setup.leaves(&caller, &person).await;
    setup.close().await;
}

/// A key rings the person at `desk`; the caller leaves first.
pub(crate) async fn a_key_rings_a_person_and_the_caller_leaves_both(setup: impl Switchboard) {
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    caller.phone.press('2');
    setup.event(&caller.id, "handoff_bridged").await;
    let person = setup.telephone_of("desk").await;
    setup.assert_joined(&caller, &person);
    setup.leaves(&caller, &person).await;
    setup.close().await;
}

/// The reason why nobody took over is reported, in a word from the common list, and the assistant goes on.
pub(crate) async fn an_unreachable_person_is_announced_and_the_conversation_goes_on<S: Switchboard>(
    setup: S,
) {
    let people = [
        (Person::Busy, "busy"),
        (Person::Declines, "declined"),
        (Person::Rings, "no_answer"),
        (Person::Unregistered, "unregistered"),
        (Person::Unknown, "unallocated"),
    ];
    for (person, failure) in people {
        let name = setup.person(person);
        let caller = setup.caller().await;
        setup.ask_of(&caller.id, "handoff", &json!({ "target": name })).await;
        assert_eq!(setup.event(&caller.id, "handoff_abandoned").await["failure"], failure);
        if person == Person::Rings {
            let rang = setup.times_of(&caller.id, "handoff_ringing").await[0];
            let abandoned = setup.times_of(&caller.id, "handoff_abandoned").await[0];
            assert_eq!(abandoned - rang, S::RINGS);
        }
        setup.wait_said(&caller.id, "transfer_refused").await;
        assert_heard(&caller.phone.heard(), "transfer_refused");
        setup.converses(&caller).await;
        caller.phone.hang_up();
        setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    }
    setup.close().await;
}

/// When a caller leaves while a phone rings for them, it stops ringing.
pub(crate) async fn a_caller_who_leaves_during_ringing_stops_it(setup: impl Switchboard) {
    let desk = setup.person(Person::Rings);
    let caller = setup.caller().await;
    setup.ask_of(&caller.id, "handoff", &json!({ "target": desk })).await;
    let ringing = setup.telephone_of(&desk).await;
    setup.leaves(&caller, &ringing).await;
    assert_eq!(setup.event(&caller.id, "handoff_abandoned").await["failure"], "caller_left");
    setup.close().await;
}

/// As a new profile sets it: the call ends with the person. This server's profile is unchanged.
pub(crate) async fn the_call_ends_with_the_person_if_so_configured(setup: impl Switchboard) {
    let desk = setup.person(Person::Answers);
    let caller = setup.caller().await;
    let person = setup.hand_to(&caller, &desk).await;
    person.says(&speech("thanks_bye")).await;
    person.hang_up();
    setup.wait("the end of the caller's call", async || caller.phone.is_over().then_some(())).await;
    setup.assert_ended(&caller.id, "normal_clearing", "server").await;
    setup.close().await;
}

/// A caller who waits for a person whose phone rings hears no silence longer than `longest`.
pub(crate) async fn a_caller_never_waits_in_silence_while_a_phone_rings(
    setup: impl Switchboard,
    longest: Duration,
) {
    let desk = setup.person(Person::Rings);
    let caller = setup.caller().await;
    setup.wait_said(&caller.id, "greeting").await;
    setup.ask_of(&caller.id, "handoff", &json!({ "target": desk })).await;
    setup.telephone_of(&desk).await;
    let start = caller.phone.heard().length();
    sleep(WAITS).await;
    let heard = caller.phone.heard();
    let waits = heard.part(Span { start, end: heard.length() });
    let silences = waits.silences(Duration::ZERO);
    let silent = silences.iter().map(Span::length).max().unwrap_or_default();
    // Up to a frame less, depending on the phase of their clock.
    assert!(silent <= longest, "{silences:?}");
    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    setup.close().await;
}

/// A caller who is to be sent to each of these places, which no caller can reach, stays with the assistant, who gets the reason.
pub(crate) async fn stays_with_the_assistant<S: Switchboard>(setup: S, places: &[(&str, &str)]) {
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    for (nth, (target, failure)) in places.iter().enumerate() {
        setup.ask_of(&caller.id, "transfer", &json!({ "target": target })).await;
        let told = async || setup.events_of(&caller.id, "transfer_failed").await.get(nth).cloned();
        let failed = setup.wait("the outcome", told).await;
        assert_eq!((&failed["target"], &failed["failure"]), (&json!(target), &json!(failure)));
        setup.wait_said(&caller.id, "transfer_refused").await;
        let row = setup.row(&caller.id).await;
        assert_eq!((&row["state"], &row["failure"]), (&json!("live"), &json!(failure)), "{row}");
    }
    assert_heard(&caller.phone.heard(), "transfer_refused");
    let said = setup.events_of(&caller.id, "item_started").await;
    assert!(said.iter().all(|item| item["line"] != "transferring"), "no transfer is announced: {said:?}");
    setup.converses(&caller).await;
    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    setup.close().await;
}
