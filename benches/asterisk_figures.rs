//! How long what a call over a real Asterisk takes, from outside: `cargo bench --bench asterisk_figures`. Prints a table;
//! docs/figures.md says what its rows mean.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement stops where it fails"
)]

#[path = "../tests/asterisk_control/house.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod house;

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use cordboard_test_support::audio::Sound;
use cordboard_test_support::book::{Book, LIMIT, text};
use cordboard_test_support::server::Token;
use cordboard_test_support::sip::{Manner, PhoneCall, Says};
use serde_json::{Value, json};

use crate::house::{DESK, House, Plan};

/// Calls one after another.
const CALLS: usize = 40;
/// Calls that are asked for at once.
const AT_ONCE: usize = 100;

/// What a figure's samples are, in ms.
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
    let house = House::open_with(Plan {
        settings: vec![("calls.max", "300"), ("log.level", "info")],
        ..Plan::default()
    });
    let mut figures = Figures::default();
    for number in 0..CALLS {
        one_call(&house, number, &mut figures);
    }
    many_at_once(&house, &mut figures);
    figures.print();
    println!("load: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
}

/// A call to a number outside, from the request to its first word; then a person takes over.
fn one_call(house: &House, number: usize, figures: &mut Figures) {
    let number = format!("+493020{number:04}");
    let silent = || Says::Sound(Sound { rate: 8_000, samples: Vec::new() });
    let at_once = || Manner::Answers { after: Duration::ZERO, says: silent() };
    house.phones.will(&number, at_once());
    house.phones.will(&DESK.to_string(), at_once());
    let (placed, asked) = (Instant::now(), json!({ "to": number }));
    let answer = house.server.post("/api/v1/calls", &asked, Token::Admin).unwrap();
    figures.add("POST to its answer", ms(placed.elapsed()));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = text(&answer.json()["id"]);
    let phone = house.phones.wait_invite(&number, LIMIT).unwrap();
    figures.add("POST to INVITE at the phone", ms(phone.came_at() - placed));
    let (answered_at, first_word) =
        house.wait("a first word", || Some((phone.answered_at()?, first_word(&phone)?)));
    figures.add("200 OK to first word at the phone", ms(first_word - answered_at));

    let handed = Instant::now();
    let body = json!({ "target": "desk" });
    let answer = house.server.post(&format!("/api/v1/calls/{id}/handoff"), &body, Token::Admin).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
    let person = house.phones.wait_invite(&DESK.to_string(), LIMIT).unwrap();
    figures.add("hand-off asked to INVITE at the person", ms(person.came_at() - handed));
    let bridged_at = time_of(&house.event(&id, "handoff_bridged"));
    let picked_up = SystemTime::now() - person.answered_at().unwrap().elapsed();
    let bridged = bridged_at.duration_since(picked_up).unwrap_or_default();
    figures.add("person's 200 OK to bridged", ms(bridged));
    phone.hang_up().unwrap();
    house.ended(&id);
}

/// A hundred requests at once, to phones that decline.
fn many_at_once(house: &House, figures: &mut Figures) {
    let numbers: Vec<String> = (0..AT_ONCE).map(|number| format!("+493021{number:04}")).collect();
    numbers.iter().for_each(|number| house.phones.will(number, Manner::Declines));
    let begun = Instant::now();
    let placed: Vec<(Instant, String)> = thread::scope(|scope| {
        let post = |number: &String| {
            let at = Instant::now();
            let answer = house.server.post("/api/v1/calls", &json!({ "to": number }), Token::Admin).unwrap();
            assert_eq!(answer.status, 201, "{}", answer.text());
            (at, text(&answer.json()["id"]))
        };
        let threads: Vec<_> = numbers.iter().map(|number| scope.spawn(move || post(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut last = begun;
    for ((at, _), number) in placed.iter().zip(&numbers) {
        let came_at = house.phones.wait_invite(number, LIMIT).unwrap().came_at();
        figures.add("of 100 at once: POST to INVITE", ms(came_at - *at));
        last = last.max(came_at);
    }
    let rung = last - begun;
    let failures: Vec<String> = placed.iter().map(|(_, id)| text(&house.ended(id)["failure"])).collect();
    assert!(failures.iter().all(|failure| failure == "declined"), "{failures:?}");
    println!(
        "{AT_ONCE} calls asked for at once rang within {:.2} s: {:.0} calls a second; all were declined and ended within {:.2} s",
        rung.as_secs_f64(),
        AT_ONCE as f64 / rung.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
}

fn first_word(phone: &PhoneCall) -> Option<Instant> {
    Some(phone.heard_since()? + phone.heard().first_sound()?)
}

/// When a journal's entry was made.
fn time_of(event: &Value) -> SystemTime {
    chrono::DateTime::parse_from_rfc3339(&text(&event["at"])).unwrap().into()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
