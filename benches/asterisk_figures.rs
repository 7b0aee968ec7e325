//! Delays of a call over a real Asterisk, measured from outside: `cargo bench --bench asterisk_figures`. Prints a table; docs/figures.md explains its
//! rows. Takes some two minutes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement stops when it fails"
)]

#[path = "../tests/asterisk_control/setup.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod setup;

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use cordboard_test_support::ami::{Mark, Message};
use cordboard_test_support::book::{Book, LIMIT, text};
use cordboard_test_support::handoff_suite::{Caller, Party};
use cordboard_test_support::server::Token;
use cordboard_test_support::sip::{Manner, PhoneCall, Says};
use serde_json::{Value, json};

use crate::setup::{DESK, Plan, Setup, Telephone};

/// Calls one after another, each handed to a person.
const CALLS: usize = 100;
/// Callers who are sent to a person without a consultation.
const SENT: usize = 100;
/// Number of them at a time, because their first messages take seconds.
const GROUP: usize = 5;
/// Interval within a group, so that Asterisk handles one of them at a time.
const APART: Duration = Duration::from_millis(150);
/// Calls that are requested at once.
const AT_ONCE: usize = 100;

/// Samples of each figure, in ms.
#[derive(Default)]
struct Figures(BTreeMap<&'static str, Vec<f64>>);

impl Figures {
    fn add(&mut self, name: &'static str, sample_ms: f64) {
        self.0.entry(name).or_default().push(sample_ms);
    }

    fn print(&mut self) {
        println!("{:<44} {:>5} {:>8} {:>8} {:>8}", "FIGURE, MS", "N", "P50", "P99", "MAX");
        for (name, samples) in &mut self.0 {
            samples.sort_by(f64::total_cmp);
            let at = |share: f64| samples[((samples.len() as f64 * share).ceil() as usize).max(1) - 1];
            println!("{name:<44} {:>5} {:>8.1} {:>8.1} {:>8.1}", samples.len(), at(0.5), at(0.99), at(1.0));
        }
    }
}

fn main() {
    let setup = Setup::open_with(Plan {
        settings: vec![("calls.max", "300".to_owned()), ("log.level", "info".to_owned())],
        ..Plan::default()
    });
    let mut figures = Figures::default();
    for number in 0..CALLS {
        one_call(&setup, number, &mut figures);
    }
    blind_transfers(&setup, &mut figures);
    many_at_once(&setup, &mut figures);
    figures.print();
    println!("load: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
}

/// A call to an outside number, from the request to its first word; then a person takes over.
fn one_call(setup: &Setup, number: usize, figures: &mut Figures) {
    let number = format!("+493020{number:04}");
    setup.phones.will(&number, at_once());
    setup.phones.will(&DESK.to_string(), at_once());
    let (placed, asked) = (Instant::now(), json!({ "to": number }));
    let answer = setup.server.post("/api/v1/calls", &asked, Token::Admin).unwrap();
    figures.add("POST to its answer", ms(placed.elapsed()));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = text(&answer.json()["id"]);
    let phone = setup.phones.wait_invite(&number, LIMIT).unwrap();
    figures.add("POST to INVITE at the phone", ms(phone.came_at() - placed));
    let (answered_at, first_word) =
        setup.wait("a first word", || Some((phone.answered_at()?, first_word(&phone)?)));
    figures.add("200 OK to first word at the phone", ms(first_word - answered_at));

    let (asked, joined) = ask_to_join(setup, &id, "handoff", DESK);
    figures.add("hand-off asked to bridged", ms(joined - asked));
    let person = setup.phones.wait_invite(&DESK.to_string(), LIMIT).unwrap();
    figures.add("hand-off asked to INVITE at the person", ms(person.came_at() - asked));
    let bridged_at = time_of(&setup.event(&id, "handoff_bridged"));
    let picked_up = on_the_clock(person.answered_at().unwrap());
    figures.add("person's 200 OK to bridged", ms_between(picked_up, bridged_at));
    phone.hang_up().unwrap();
    setup.ended(&id);
}

/// Callers from outside who are sent to a person without a consultation, a group at a time.
fn blind_transfers(setup: &Setup, figures: &mut Figures) {
    let persons: Vec<u16> = (0..GROUP).map(|_| setup.number(at_once())).collect();
    for _ in 0..SENT / GROUP {
        let callers: Vec<Caller<Telephone>> = persons.iter().map(|_| greeted(setup)).collect();
        let samples: Vec<(&'static str, f64)> = thread::scope(|scope| {
            let threads: Vec<_> = (0_u32..)
                .zip(callers.iter().zip(&persons))
                .map(|(place, (caller, person))| {
                    let (id, person) = (caller.id.as_str(), *person);
                    scope.spawn(move || {
                        thread::sleep(APART * place);
                        blind_transfer(setup, id, person)
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        samples.into_iter().for_each(|(name, sample_ms)| figures.add(name, sample_ms));
        for caller in &callers {
            caller.phone.hang_up();
            setup.ended(&caller.id);
        }
    }
}

/// A caller who hears the greeting, and whose channel is under control.
fn greeted(setup: &Setup) -> Caller<Telephone> {
    let caller = setup.controlled("100");
    setup.wait_says(&caller.id, "greeting");
    caller
}

/// Sends a caller to the person with this number. The caller is told first: for the server the call is over, and it requests the transfer from
/// Asterisk, when they have heard that out.
fn blind_transfer(setup: &Setup, id: &str, number: u16) -> [(&'static str, f64); 4] {
    let (asked, joined) = ask_to_join(setup, id, "transfer", number);
    let came_at = setup.phones.wait_invite(&number.to_string(), LIMIT).unwrap().came_at();
    let announced = time_of(&setup.event(id, "ended"));
    [
        ("transfer asked to INVITE at the person", ms(came_at - asked)),
        ("transfer asked to bridged", ms(joined - asked)),
        ("transfer announced to INVITE at the person", ms_between(announced, on_the_clock(came_at))),
        ("transfer announced to bridged", ms_between(announced, on_the_clock(joined))),
    ]
}

/// Makes a request that connects a call's caller with the person with this number. Returns when it was made, and when Asterisk had reported that the
/// two are in one bridge.
fn ask_to_join(setup: &Setup, id: &str, what: &str, number: u16) -> (Instant, Instant) {
    let mark = setup.ami.mark();
    thread::scope(|scope| {
        let joined = scope.spawn(|| joined_at(setup, mark, number));
        let asked = Instant::now();
        let body = json!({ "target": format!("desk{number}") });
        let answer = setup.server.post(&format!("/api/v1/calls/{id}/{what}"), &body, Token::Admin).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.text());
        (asked, joined.join().unwrap())
    })
}

/// Returns when Asterisk has reported, after the mark, that this person's phone and another channel are in one bridge. Messages are timed on arrival,
/// because they have no time of their own.
fn joined_at(setup: &Setup, mark: Mark, number: u16) -> Instant {
    let phone = format!("PJSIP/{number}-");
    let enters = |message: &Message| message.event() == "BridgeEnter";
    let is_persons =
        |message: &Message| message.get("Channel").is_some_and(|channel| channel.starts_with(&phone));
    let awaited = format!("{number} in a bridge");
    let is_person = |message: &Message| enters(message) && is_persons(message);
    let person = setup.ami.wait_for(mark, LIMIT, &awaited, is_person).unwrap();
    let bridge = person.get("BridgeUniqueid");
    let awaited = format!("a caller in the bridge of {number}");
    let is_caller = |message: &Message| {
        enters(message) && message.get("BridgeUniqueid") == bridge && !is_persons(message)
    };
    setup.ami.wait_for(mark, LIMIT, &awaited, is_caller).unwrap();
    Instant::now()
}

/// Makes a hundred requests at once, to phones that decline.
fn many_at_once(setup: &Setup, figures: &mut Figures) {
    let numbers: Vec<String> = (0..AT_ONCE).map(|number| format!("+493021{number:04}")).collect();
    numbers.iter().for_each(|number| setup.phones.will(number, Manner::Declines));
    let begun = Instant::now();
    let placed: Vec<(Instant, String)> = thread::scope(|scope| {
        let post = |number: &String| {
            let at = Instant::now();
            let answer = setup.server.post("/api/v1/calls", &json!({ "to": number }), Token::Admin).unwrap();
            assert_eq!(answer.status, 201, "{}", answer.text());
            (at, text(&answer.json()["id"]))
        };
        let threads: Vec<_> = numbers.iter().map(|number| scope.spawn(move || post(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut last = begun;
    for ((at, _), number) in placed.iter().zip(&numbers) {
        let came_at = setup.phones.wait_invite(number, LIMIT).unwrap().came_at();
        figures.add("of 100 at once: POST to INVITE", ms(came_at - *at));
        last = last.max(came_at);
    }
    let rung = last - begun;
    let failures: Vec<String> = placed.iter().map(|(_, id)| text(&setup.ended(id)["failure"])).collect();
    assert!(failures.iter().all(|failure| failure == "declined"), "{failures:?}");
    println!(
        "{AT_ONCE} calls asked for at once rang within {:.2} s: {:.0} calls a second; all were declined and ended within {:.2} s",
        rung.as_secs_f64(),
        AT_ONCE as f64 / rung.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
}

/// A telephone that is picked up without ringing, by a silent person.
fn at_once() -> Manner {
    Manner::Answers { after: Duration::ZERO, says: Says::nothing() }
}

fn first_word(phone: &PhoneCall) -> Option<Instant> {
    Some(phone.heard_since()? + phone.heard().first_sound()?)
}

/// When a journal's entry was made.
fn time_of(event: &Value) -> SystemTime {
    chrono::DateTime::parse_from_rfc3339(&text(&event["at"])).unwrap().into()
}

/// Converts a moment to the wall clock of journals.
fn on_the_clock(at: Instant) -> SystemTime {
    SystemTime::now() - at.elapsed()
}

/// Returns the time from one moment to a later one, in ms; 0 if rounding in a journal put it before.
fn ms_between(from: SystemTime, to: SystemTime) -> f64 {
    ms(to.duration_since(from).unwrap_or_default())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
