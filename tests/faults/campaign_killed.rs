//! SIGKILL at any moment of a campaign: no contact is called twice for one try, and none is lost. The switch continues meanwhile, and counts.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use cordboard_campaigns::judge::{Candidate, Consent, Verdict, judge};
use cordboard_campaigns::rules::Rules;
use cordboard_schema::time::UnixMs;
use cordboard_test_support::book::Book;
use cordboard_test_support::freeswitch::{Extension, FreeSwitch, Phone, Rule, Settings};
use cordboard_test_support::server::{Server, Token};
use serde_json::{Value, json};

use crate::stage::crowd;

/// Kills of the server in a full run.
const KILLS: usize = 200;
/// Contacts for each life of the server: more than it can call in one.
const PEOPLE_A_LIFE: usize = 8;
/// How long a phone rings, and how long a person who answers talks.
const RINGS: Duration = Duration::from_millis(150);
const TALKS: Duration = Duration::from_millis(700);
/// Time for which calls are allowed after the test has begun.
const TEST_LENGTH: TimeDelta = TimeDelta::minutes(30);
/// The server's calendar is ahead by fewer days than this.
const DAYS_AHEAD: i64 = 7;

/// A server and its switch.
struct Campaigner {
    // Dropped in this order: a switch that ends first would end the server's calls.
    server: Server,
    switch: FreeSwitch,
}

impl Book for Campaigner {
    fn server(&self) -> &Server {
        &self.server
    }
}

impl Campaigner {
    /// Starts a server whose calendar is `days_ahead` days ahead.
    fn open(people: &[String], days_ahead: i64) -> Self {
        let switch = FreeSwitch::start(Settings::fast().with_gateway("outside")).unwrap();
        for number in people {
            let phone = Phone::Answers { after: RINGS, hangs_up_after: Some(TALKS) };
            switch.set_extension(Extension::new(number).phone(phone));
        }
        let (host, port) = (switch.esl_address().ip().to_string(), switch.esl_address().port().to_string());
        let days_ahead = days_ahead.to_string();
        let settings = [
            ("CALENDAR_DAYS_AHEAD", days_ahead.as_str()),
            ("dial_policy.numbers_allowed", "+1*,+90*,+61*"),
            ("dial_policy.per_day_max", "100000"),
            ("calls.resume_window_s", "2"),
            ("freeswitch.servers.pbx1.host", host.as_str()),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", switch.password()),
            ("freeswitch.servers.pbx1.trunk", "sofia/gateway/outside/{number}"),
        ];
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        Self { server, switch }
    }

    fn does(&self, path: &str, body: &Value) -> Value {
        let answer = self.server.post(path, body, Token::Admin).unwrap();
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
        answer.json()
    }

    fn is_finished(&self, campaign: &str) -> bool {
        self.ask(campaign).json()["state"] == "finished"
    }

    /// Waits until one more number was dialled than before, or no contact is left to be called; returns whether one was dialled.
    #[track_caller]
    fn dials(&self, campaign: &str, dialled_before: usize) -> bool {
        self.wait("a further call, or the campaign's end", || {
            if self.switch.dialled().len() > dialled_before {
                Some(true)
            } else {
                self.is_finished(campaign).then_some(false)
            }
        })
    }

    /// Returns every contact of a campaign.
    fn contacts(&self, campaign: &str) -> Vec<Value> {
        let mut contacts = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.ask(&format!("{campaign}/contacts?limit=200{cursor}")).json();
            contacts.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return contacts,
            }
        }
    }
}

/// Returns a country, a zone, and the number of days after which people may be called there at this time of day and for [`TEST_LENGTH`]. It is
/// daytime in some zone, and a holiday is rarely in all of them: only on New Year's Day, and on Sundays that are Canada's holiday.
fn callable() -> (&'static str, String, i64) {
    let now = chrono::Utc::now();
    let may_be_called = |prefix: &str, zone: &str, at: chrono::DateTime<chrono::Utc>| {
        let rules = Rules { consent: "form 7".to_owned(), ..Rules::default() };
        let candidate = Candidate {
            number: &number(prefix, 0).parse().unwrap(),
            zone: Some(zone.parse().unwrap()),
            is_suppressed: false,
            consent: Consent::Given,
            dialled: &[],
            abandoned_at: None,
            is_being_called: false,
        };
        judge(&rules, &candidate, UnixMs::from(at)) == Verdict::Dial
    };
    // Canada has the hours of a Sunday; the other two have other holidays.
    let countries = ["+1416555", "+9021255", "+6129555"];
    let places = |days: i64| {
        countries.into_iter().flat_map(move |prefix| {
            (-14..=12).map(move |west: i32| {
                (prefix, format!("Etc/GMT{}{}", if west < 0 { "" } else { "+" }, west), days)
            })
        })
    };
    let mut open = (0..DAYS_AHEAD).flat_map(places).filter(|(prefix, zone, days)| {
        let then = now + TimeDelta::days(*days);
        may_be_called(prefix, zone, then) && may_be_called(prefix, zone, then + TEST_LENGTH)
    });
    open.next().unwrap_or_else(|| panic!("no country may be called on the days from {now} on"))
}

fn number(prefix: &str, person: usize) -> String {
    format!("{prefix}{person:04}")
}

/// Pauses before the kills, in ms: spread evenly over the first 600 ms of a life or after its first call, and the same in each run.
fn pause(kill: usize) -> Duration {
    Duration::from_millis((kill as u64 * 373) % 600)
}

#[test]
fn a_repeatedly_killed_campaign_tries_each_contact_once() {
    let kills = crowd(KILLS);
    let (prefix, zone, days_ahead) = callable();
    let people: Vec<String> = (0..kills * PEOPLE_A_LIFE).map(|person| number(prefix, person)).collect();
    let mut campaigner = Campaigner::open(&people, days_ahead);
    let once = json!({ "tries": 1, "pause_s": 60, "growth_percent": 100 });
    let retries = json!({ "tries_max": 1, "failed": once, "busy": once, "no_answer": once, "machine": once });
    let rules = json!({ "at_once_max": 6, "per_minute_max": 600, "consent": "form 7", "retries": retries });
    let settings = json!({ "voicemail": { "do": "talk" }, "rules": rules });
    let made = campaigner.does("/api/v1/campaigns", &json!({ "name": "Renewals", "settings": settings }));
    let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().unwrap());
    let contacts: Vec<Value> =
        people.iter().map(|number| json!({ "number": number, "zone": zone })).collect();
    campaigner.does(&format!("{campaign}/contacts"), &json!({ "contacts": contacts }));
    campaigner.does(&format!("{campaign}/start"), &Value::Null);

    let mut lives_with_calls = 0;
    let mut dialled_before = 0;
    for kill in 0..kills {
        // Every other life is killed after its start, and the others after they have called someone, however late that is.
        if kill % 2 == 1 {
            campaigner.dials(&campaign, dialled_before);
        }
        // The moment of the kill is the case; nothing is waited for.
        thread::sleep(pause(kill));
        campaigner.server.restart().unwrap();
        let dialled = campaigner.switch.dialled().len();
        lives_with_calls += usize::from(dialled > dialled_before);
        dialled_before = dialled;
    }
    // The machine decides how long it takes; it only must not stop.
    while campaigner.dials(&campaign, campaigner.switch.dialled().len()) {}
    campaigner.wait("the end of all calls", || campaigner.switch.legs().is_empty().then_some(()));

    let mut dialled: BTreeMap<String, u32> = BTreeMap::new();
    campaigner.switch.dialled().into_iter().for_each(|number| *dialled.entry(number).or_default() += 1);
    let twice: Vec<_> = dialled.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "called twice: {twice:?}");
    let contacts = campaigner.contacts(&campaign);
    assert_eq!(contacts.len(), people.len(), "no contact is lost");
    let of = |contact: &Value| {
        (contact["end"].as_str().unwrap_or_default().to_owned(), contact["tries"].as_u64().unwrap())
    };
    let untried: Vec<_> = contacts.iter().filter(|contact| of(contact).1 != 1).collect();
    assert!(untried.is_empty(), "one try each: {untried:?}");
    // If a call had begun on disk when its server died, it is unknown whether the switch got the request: that was the contact's try.
    let unheard: Vec<_> = contacts
        .iter()
        .filter(|contact| !dialled.contains_key(contact["number"].as_str().unwrap()))
        .collect();
    assert!(unheard.iter().all(|contact| of(contact).0 == "given_up"), "{unheard:?}");
    println!(
        "{kills} kills, {} contacts: {} dialled, {} died before their phone rang; {lives_with_calls} lives dialled a number",
        people.len(),
        dialled.len(),
        unheard.len()
    );
    // A killed program leaves its channels alive: that is the case.
    let broken = campaigner.switch.take_violations();
    assert!(broken.iter().all(|violation| violation.rule == Rule::LeftAlive), "{broken:?}");
}
