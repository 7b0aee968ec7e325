//! Plays a plan: the server in one life after the other, the switch that outlives each of them, owners, and the telephones.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
#[cfg(feature = "fault-injection")]
use cordboard::store::fault::{self as database, DatabaseFault};
#[cfg(feature = "fault-injection")]
use cordboard_actors::fault::{self, Fault};
use cordboard_actors::world;
use cordboard_test_support::freeswitch::{
    Door, Extension, FreeSwitch, Originated, Outliving, Phone, Settings, Strike,
};
use cordboard_test_support::loopback::own_address;
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing_subscriber::filter::LevelFilter;

use super::plan::{Absence, Act, Behaviour, Happening, List, Place, Plan, Timed};
use crate::api::Answer;
use crate::book::Book;
use crate::freeswitch::phone;
use crate::world::{Stage, World, copy_of};

/// How often telephones get their next behaviour.
const LOOK: Duration = Duration::from_millis(250);
/// The same once everything planned has happened.
const LATE_LOOK: Duration = Duration::from_secs(1);
/// How long after a check at which somebody was being called the next check follows, in virtual time. A check costs as much as some ten seconds of
/// the server's own work.
const CALLS: Duration = Duration::from_secs(8);
/// How long a world that has come to rest is left alone before it is judged.
const SETTLED: Duration = Duration::from_secs(15);
/// The longest pause between two checks: the calendar may be set, and a turn may come sooner.
const WAITS_MAX: Duration = Duration::from_secs(300);
/// How soon a world comes to rest that is left alone. This is over before the hour after which nobody is called any more.
const ALONE: Duration = Duration::from_secs(5 * 3_600);
/// A contact whose turn is later than that waits for another day.
const SOON: TimeDelta = TimeDelta::hours(6);
/// How long after a database has returned owners may still be asked to retry: it handles what has waited first.
const SETTLES: Duration = Duration::from_secs(8);
/// How soon a server ends that is asked to stop, whatever its database does.
const ENDS: Duration = Duration::from_secs(60);
/// How soon after the last fault a campaign calls the contacts whose turn it is, where only its database was unreachable.
const GOES_ON: Duration = Duration::from_secs(100);
/// In how many checks in a row a campaign may call nobody although the turn of a contact was long ago: a campaign between two calls has not
/// stopped.
const LOOKS: usize = 20;

/// Everything that is known about a world after its end.
pub(super) struct Evidence {
    /// The calls that the switch was asked to make, in order.
    pub(super) originated: Vec<Originated>,
    /// The id of each call by the name of its channel.
    pub(super) calls: BTreeMap<String, String>,
    pub(super) lists: Vec<ListAtEnd>,
    /// When the server acknowledged, by the switch's age, that a number is not called any more.
    pub(super) suppressed: Vec<(String, Duration)>,
    /// The same for campaigns that were stopped.
    pub(super) stopped: Vec<(usize, Duration)>,
    /// Which faults happened when, by the switch's age.
    pub(super) faults: Vec<(Duration, Happening)>,
    /// When the database was unreachable.
    pub(super) away: Vec<Away>,
    /// The calendar's time at the end.
    pub(super) now_ms: i64,
    /// How many legs the switch still had.
    pub(super) legs: usize,
    /// Things that must not happen, in words.
    pub(super) amiss: Vec<String>,
}

/// A time in which the database was unreachable, by the switch's age.
#[derive(Clone, Copy, Debug)]
pub(super) struct Away {
    pub(super) how: Absence,
    pub(super) from: Duration,
    /// `None` as long as it has not returned.
    pub(super) until: Option<Duration>,
}

/// A campaign as the API shows it at the end.
pub(super) struct ListAtEnd {
    pub(super) shown: Value,
    pub(super) progress: Value,
    /// Each contact with the attempts to reach them.
    pub(super) contacts: Vec<Value>,
}

/// Everything that continues from one life of the server to the next.
struct Story<'a> {
    plan: &'a Plan,
    /// The folder for the switch's own files.
    folder: TempDir,
    /// The address of the server's port for control connections. It is the same in all its lives, so that a call of a dead server finds the next one.
    control: String,
    switch: Option<Outliving>,
    /// The paths of the campaigns.
    paths: Vec<String>,
    /// For how many calls the telephones already have their behaviour.
    minded: usize,
    suppressed: Vec<(String, Duration)>,
    stopped: Vec<(usize, Duration)>,
    faults: Vec<(Duration, Happening)>,
    away: Vec<Away>,
    /// Until then, by the switch's age, an owner may be asked to retry because the table of attempts is or was missing.
    lacks_attempts_until: Duration,
    amiss: Vec<String>,
}

/// A server and its switch.
struct Site {
    server: World,
    switch: FreeSwitch,
}

impl Book for Site {
    fn server(&self) -> &World {
        &self.server
    }
}

/// The end of a life.
enum Ended {
    /// Another life follows: the time since the start of the campaigns, and the files, where it was killed.
    Gone { passed: Duration, files: Option<TempDir> },
    /// It was the last one.
    Over(Box<Evidence>),
}

/// Plays a plan from its beginning to its end.
pub(super) fn play(plan: &Plan) -> Evidence {
    // Of a world that broke off.
    #[cfg(feature = "fault-injection")]
    fault::disarm();
    database_is(None);
    let mut stage = Stage::of_seed(plan.seed);
    let mut story = Story {
        plan,
        folder: tempfile::tempdir().unwrap(),
        control: format!("{}:8084", own_address()),
        switch: None,
        paths: Vec::new(),
        minded: 0,
        suppressed: Vec::new(),
        stopped: Vec::new(),
        faults: Vec::new(),
        away: Vec::new(),
        lacks_attempts_until: Duration::ZERO,
        amiss: Vec::new(),
    };
    let (mut rest, mut passed, mut away) = (plan.happenings.as_slice(), Duration::ZERO, Duration::ZERO);
    loop {
        let end = rest.iter().position(|timed| timed.what.ends_a_life());
        let (here, later) = rest.split_at(end.map_or(rest.len(), |at| at + 1));
        let ended = stage.run(async |folder| story.live(folder, here, passed, away).await);
        #[cfg(feature = "fault-injection")]
        fault::disarm();
        match ended {
            Ended::Over(evidence) => return *evidence,
            Ended::Gone { passed: now, files } => {
                passed = now;
                if let Some(files) = files {
                    stage.goes_on_over(files);
                }
            }
        }
        rest = later;
        away = match here.last().map(|timed| timed.what) {
            Some(Happening::Killed { away_ms } | Happening::Restarted { away_ms }) => {
                Duration::from_millis(away_ms)
            }
            _ => Duration::ZERO,
        };
    }
}

impl Story<'_> {
    /// Plays one life of the server, which begins when this much time has passed, and the server has been down for that long.
    async fn live(&mut self, folder: &Path, happenings: &[Timed], passed: Duration, away: Duration) -> Ended {
        let mut began = Instant::now();
        let is_first = self.paths.is_empty();
        let switch = match self.switch.take() {
            Some(outliving) => phone::go_on(outliving),
            None => self.new_switch(),
        };
        sleep(away).await;
        if self.absence().is_some_and(|how| !matches!(how, Absence::Slow { .. })) {
            // A server does not start with such a database; its supervisor starts it again until it does.
            let returns = happenings.iter().find(|timed| timed.what == Happening::DatabaseReturns);
            let ends = happenings.last().filter(|timed| timed.what.ends_a_life());
            if let Some(Timed { at_ms, .. }) = returns.or(ends) {
                sleep_until(began + Duration::from_millis(*at_ms).saturating_sub(passed)).await;
            }
            if returns.is_none() && ends.is_some() {
                return self.leave_switch(switch, passed + began.elapsed());
            }
            self.database_returns(switch.age());
        }
        // A start that a slow database delays too long is also retried: this is the one that succeeds.
        database_is(None);
        let site = Site { server: self.server(folder, &switch).await, switch };
        database_is(self.absence());
        if is_first {
            self.begin(&site).await;
            began = Instant::now();
        }
        for Timed { at_ms, what } in happenings {
            let at = began + Duration::from_millis(*at_ms).saturating_sub(passed);
            self.mind_until(&site, at).await;
            if what.fails_calls() {
                self.faults.push((site.switch.age(), *what));
            }
            match what {
                Happening::Killed { .. } => {
                    let files = Some(copy_of(folder));
                    return self.leave(site, passed + began.elapsed(), files);
                }
                Happening::Restarted { .. } => {
                    self.stop(&site).await;
                    return self.leave(site, passed + began.elapsed(), None);
                }
                other => self.happens(&site, *other).await,
            }
        }
        Ended::Over(Box::new(self.rest(site).await))
    }

    fn leave(&mut self, site: Site, passed: Duration, files: Option<TempDir>) -> Ended {
        let Site { server, switch } = site;
        self.note_crashes(&switch);
        self.switch = Some(switch.outlives());
        drop(server);
        Ended::Gone { passed, files }
    }

    /// Takes the server down. Where the database is unreachable it ends all the same, without some of its rows.
    async fn stop(&mut self, site: &Site) {
        if self.absence().is_none() {
            site.server.stops().await;
        } else if timeout(ENDS, site.server.tries_to_stop()).await.is_err() {
            self.amiss.push(format!("a server whose database is away has not ended within {ENDS:?}"));
        }
    }

    /// The end of a life in which no server has started.
    fn leave_switch(&mut self, switch: FreeSwitch, passed: Duration) -> Ended {
        self.note_crashes(&switch);
        self.switch = Some(switch.outlives());
        Ended::Gone { passed, files: None }
    }

    /// How the database is unreachable at the moment.
    fn absence(&self) -> Option<Absence> {
        self.away.last().filter(|away| away.until.is_none()).map(|away| away.how)
    }

    fn database_returns(&mut self, at: Duration) {
        database_is(None);
        if let Some(away) = self.away.last_mut() {
            away.until.get_or_insert(at);
        }
    }

    /// Whether an owner may be asked to retry: the database is unreachable or has no attempts, or was so just now.
    fn may_be_unavailable(&self, site: &Site) -> bool {
        if site.switch.age() < self.lacks_attempts_until {
            return true;
        }
        let is_at = |until: Duration| site.switch.age() < until + SETTLES;
        self.away.last().is_some_and(|away| away.until.is_none_or(is_at))
    }

    fn new_switch(&self) -> FreeSwitch {
        let switch = phone::start(Settings::default().with_gateway("outside"), self.folder.path());
        for person in &self.plan.people {
            switch.set_extension(extension(&person.number, person.does[0]));
        }
        switch
    }

    async fn server(&self, folder: &Path, switch: &FreeSwitch) -> World {
        let port = switch.esl_address().port().to_string();
        let host = switch.esl_address().ip().to_string();
        let settings = [
            ("dial_policy.numbers_allowed", "+4930*,+1212*"),
            ("dial_policy.per_day_max", "1000"),
            ("calls.silence_prompt_s", "300"),
            ("calls.resume_window_s", "5"),
            ("calls.drain_timeout_s", "3"),
            ("freeswitch.esl_listen", &self.control),
            ("freeswitch.servers.pbx1.host", &host),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", switch.password()),
            ("freeswitch.servers.pbx1.trunk", "sofia/gateway/outside/{number}"),
        ];
        World::open_logging(folder, &settings, LevelFilter::WARN).await
    }

    /// Makes the campaigns and starts them.
    async fn begin(&mut self, site: &Site) {
        site.wait("the switch", async || {
            (site.items("/api/v1/switches").await[0]["is_connected"] == true).then_some(())
        })
        .await;
        for list in &self.plan.lists {
            let body = json!({ "name": "Renewals", "settings": settings(list) });
            let made = site.post("/api/v1/campaigns", &body, Token::Admin).await;
            assert_eq!(made.status, 201, "{}", made.text());
            let path = format!("/api/v1/campaigns/{}", made.json()["id"].as_str().unwrap());
            let number = |at: &usize| {
                // It is day in Berlin.
                json!({ "number": self.plan.people[*at].number, "zone": "Europe/Berlin" })
            };
            let contacts: Vec<Value> = list.contacts.iter().map(number).collect();
            let path_of_contacts = format!("{path}/contacts");
            let added = site.post(&path_of_contacts, &json!({ "contacts": contacts }), Token::Admin).await;
            assert_eq!(added.status, 200, "{}", added.text());
            self.paths.push(path);
        }
        for path in &self.paths {
            let started = site.post(&format!("{path}/start"), &Value::Null, Token::Admin).await;
            assert_eq!(started.status, 200, "{}", started.text());
        }
    }

    async fn happens(&mut self, site: &Site, what: Happening) {
        match what {
            Happening::Killed { .. } | Happening::Restarted { .. } => {}
            Happening::SwitchGoes => {
                site.switch.faults(|faults| faults.door = Door::Refused);
                site.switch.kill();
            }
            Happening::SwitchReturns => site.switch.faults(|faults| faults.door = Door::Open),
            Happening::Cut => {
                site.switch.strike_inbound(&Strike::Reset);
            }
            Happening::SwitchIsSlow { ms } => {
                site.switch.faults(|faults| faults.reply_delay = Duration::from_millis(ms));
            }
            Happening::AttemptsGo => {
                site.server.sql_beside("ALTER TABLE attempts RENAME TO attempts_away");
                self.lacks_attempts_until = Duration::MAX;
            }
            Happening::AttemptsReturn => {
                site.server.sql_beside("ALTER TABLE attempts_away RENAME TO attempts");
                self.lacks_attempts_until = site.switch.age() + SETTLES;
            }
            Happening::DatabaseGoes { how } => {
                self.away.push(Away { how, from: site.switch.age(), until: None });
                database_is(Some(how));
            }
            Happening::DatabaseReturns => self.database_returns(site.switch.age()),
            Happening::ClockSteps { by_s } => world::set_calendar(TimeDelta::seconds(by_s)),
            Happening::Owners { list, first, second } => self.act(site, list, first, second).await,
            Happening::Suppressed { person } => {
                let number = &self.plan.people[person].number;
                let body = json!({ "number": number, "evidence": "Do not call." });
                let may_be_unavailable = self.may_be_unavailable(site);
                let answer = site.post("/api/v1/suppressions", &body, Token::Admin).await;
                match answer.status {
                    200 => self.suppressed.push((number.clone(), site.switch.age())),
                    503 if may_be_unavailable => {}
                    _ => self.amiss.push(format!("a suppression was refused: {}", answer.text())),
                }
            }
            Happening::Panics { place, after } => arm(place, after),
        }
    }

    async fn act(&mut self, site: &Site, list: usize, first: Act, second: Option<Act>) {
        let path = &self.paths[list];
        let paths = [Some(first), second].map(|act| act.map(|act| format!("{path}/{}", act.word())));
        let [one, other] = paths;
        let may_be_unavailable = self.may_be_unavailable(site);
        let (one, other) = tokio::join!(asked(site, one), asked(site, other));
        for (act, answer) in [(Some(first), one), (second, other)] {
            match (act, answer.map(|answer| (answer.status, answer.text()))) {
                (Some(Act::Stop), Some((200, _))) => self.stopped.push((list, site.switch.age())),
                (None, _) | (_, Some((200 | 409, _))) => {}
                (_, Some((503, _))) if may_be_unavailable => {}
                (act, answer) => self.amiss.push(format!("{act:?} was answered {answer:?}")),
            }
        }
    }

    /// Goes on until then, and gives telephones their next behaviour after each call.
    async fn mind_until(&mut self, site: &Site, at: Instant) {
        loop {
            self.mind(site);
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            sleep(left.min(LOOK)).await;
        }
    }

    fn mind(&mut self, site: &Site) {
        if site.switch.originated_count() == self.minded {
            return;
        }
        let calls = site.switch.originated();
        for (at, call) in calls.iter().enumerate().skip(self.minded) {
            let Some(person) = self.plan.people.iter().find(|person| person.number == call.number) else {
                continue;
            };
            let called = calls[..=at].iter().filter(|other| other.number == call.number).count();
            if let Some(next) = person.does.get(called) {
                site.switch.set_extension(extension(&person.number, *next));
            }
        }
        self.minded = calls.len();
    }

    fn note_crashes(&mut self, switch: &FreeSwitch) {
        let crashed = switch.crashed();
        self.amiss
            .extend(crashed.iter().map(|violation| format!("the switch would have died: {violation:?}")));
    }

    /// All faults are over. Waits until nothing happens any more, and collects the evidence.
    async fn rest(&mut self, site: Site) -> Evidence {
        #[cfg(feature = "fault-injection")]
        fault::disarm();
        site.switch.faults(|faults| {
            faults.door = Door::Open;
            faults.reply_delay = Duration::ZERO;
        });
        self.database_returns(site.switch.age());
        for path in &self.paths {
            // A campaign that is not paused refuses this.
            let resume = format!("{path}/resume");
            let returned = Instant::now();
            while site.post(&resume, &Value::Null, Token::Admin).await.status == 503 {
                if returned.elapsed() > SETTLES {
                    self.amiss.push(format!("the database is not there within {SETTLES:?} of its return"));
                    break;
                }
                sleep(LATE_LOOK).await;
            }
        }
        let loses_sight = self.plan.happenings.iter().any(|timed| timed.what.loses_sight());
        if !self.away.is_empty() && !loses_sight {
            self.goes_on(&site).await;
        }
        let began = Instant::now();
        while let Some(pause) = self.busy_for(&site).await {
            if began.elapsed() > ALONE {
                self.amiss.push("it has not come to rest within 5 h".to_owned());
                break;
            }
            let until = Instant::now() + pause;
            while Instant::now() < until {
                self.mind(&site);
                sleep(LATE_LOOK).await;
            }
        }
        // Nobody is called any more now.
        sleep(SETTLED).await;
        let mut lists = Vec::new();
        for path in &self.paths {
            let mut contacts = Vec::new();
            for contact in site.items(&format!("{path}/contacts?limit=200")).await {
                let id = contact["id"].as_str().unwrap();
                contacts.push(site.ask(&format!("{path}/contacts/{id}")).await.json());
            }
            let progress = site.ask(&format!("{path}/progress")).await.json();
            lists.push(ListAtEnd { shown: site.ask(path).await.json(), progress, contacts });
        }
        let mut calls = BTreeMap::new();
        for call in site.calls().await {
            for name in call["outside_ids"].as_array().unwrap() {
                let (name, id) = (name["value"].as_str().unwrap(), call["id"].as_str().unwrap());
                calls.insert(name.to_owned(), id.to_owned());
            }
        }
        self.note_crashes(&site.switch);
        let panics = self.plan.happenings.iter().any(|timed| matches!(timed.what, Happening::Panics { .. }));
        if !panics && site.server.log().contains("panicked") {
            self.amiss.push("something panicked".to_owned());
        }
        let evidence = Evidence {
            originated: site.switch.originated(),
            calls,
            lists,
            suppressed: std::mem::take(&mut self.suppressed),
            stopped: std::mem::take(&mut self.stopped),
            faults: std::mem::take(&mut self.faults),
            away: std::mem::take(&mut self.away),
            now_ms: world::now().timestamp_millis(),
            legs: site.switch.legs().len(),
            amiss: std::mem::take(&mut self.amiss),
        };
        site.server.stops().await;
        evidence
    }

    /// After a database outage campaigns go on by themselves.
    async fn goes_on(&mut self, site: &Site) {
        let until = Instant::now() + GOES_ON;
        // Once all campaigns have ended they have nobody to call, and it is a waste to go on: virtual time costs what the server does by itself in
        // it.
        while Instant::now() < until && self.has_somebody_to_call(site).await {
            self.mind_until(site, until.min(Instant::now() + GOES_ON / 4)).await;
        }
        for (at, path) in self.paths.clone().iter().enumerate() {
            let mut looks = 0;
            while looks < LOOKS && stands_still(site, path).await {
                looks += 1;
                sleep(LATE_LOOK).await;
            }
            if looks == LOOKS {
                self.amiss.push(format!("campaign {at} calls nobody after a database outage"));
            }
        }
    }

    /// Whether a campaign runs that has not come to its end.
    async fn has_somebody_to_call(&self, site: &Site) -> bool {
        for path in &self.paths {
            let state = site.ask(path).await.json()["state"].clone();
            if state != "finished" && state != "stopped" {
                return true;
            }
        }
        false
    }

    /// How long somebody is being called at least, or until when nobody will be; `None` where that is the rest of this day.
    async fn busy_for(&self, site: &Site) -> Option<Duration> {
        let mut waits = None;
        for path in &self.paths {
            let progress = site.ask(&format!("{path}/progress")).await.json();
            if progress["calling"] != 0 || progress["open"] != 0 {
                return Some(CALLS);
            }
            if site.ask(path).await.json()["state"] != "running" {
                continue;
            }
            if progress["waiting"] == 0 {
                // It will be finished in a moment.
                return Some(CALLS);
            }
            let now = world::now();
            for contact in site.items(&format!("{path}/contacts?state=waiting&limit=200")).await {
                let left = next_at(&contact) - now;
                if left < SOON {
                    let left = left.to_std().unwrap_or_default().clamp(CALLS, WAITS_MAX);
                    waits = Some(waits.map_or(left, |other: Duration| other.min(left)));
                }
            }
        }
        waits.or_else(|| (!site.switch.legs().is_empty()).then_some(CALLS))
    }
}

/// When it is a contact's turn.
fn next_at(contact: &Value) -> DateTime<Utc> {
    contact["next_at"].as_str().unwrap().parse().unwrap()
}

/// Whether a running campaign calls nobody, although a contact waits whose turn was long ago.
async fn stands_still(site: &Site, path: &str) -> bool {
    let progress = site.ask(&format!("{path}/progress")).await.json();
    let calls = progress["calling"] != 0 || progress["open"] != 0;
    if calls || site.ask(path).await.json()["state"] != "running" {
        return false;
    }
    let long_ago = world::now() - TimeDelta::from_std(GOES_ON).unwrap();
    let waiting = site.items(&format!("{path}/contacts?state=waiting&limit=200")).await;
    waiting.iter().any(|contact| next_at(contact) < long_ago)
}

/// The answer to an owner.
async fn asked(site: &Site, path: Option<String>) -> Option<Answer> {
    match path {
        Some(path) => Some(site.post(&path, &Value::Null, Token::Admin).await),
        None => None,
    }
}

/// The settings of a campaign: after every outcome a call is tried again by the same rule.
fn settings(list: &List) -> Value {
    let List { tries, pause_s, growth_percent, .. } = *list;
    let retry = json!({ "tries": tries, "pause_s": pause_s, "growth_percent": growth_percent });
    let rules = json!({
        "at_once_max": list.at_once_max, "per_minute_max": list.per_minute_max, "consent": "form 7",
        "retries": {
            "tries_max": list.tries_max,
            "busy": retry, "no_answer": retry, "declined": retry, "machine": retry, "failed": retry,
        },
    });
    json!({
        "answer_timeout_s": 5, "voicemail": { "do": "hang_up" }, "mailbox_detection": "line", "rules": rules,
    })
}

fn extension(number: &str, behaviour: Behaviour) -> Extension {
    let answers =
        |rings_ms, hangs_up_after| Phone::Answers { after: Duration::from_millis(rings_ms), hangs_up_after };
    let (phone, who) = match behaviour {
        Behaviour::Talks { rings_ms, talks_ms } => {
            (answers(rings_ms, Some(Duration::from_millis(talks_ms))), "HUMAN")
        }
        // A mailbox ends a call by itself.
        Behaviour::Mailbox { rings_ms } => (answers(rings_ms, Some(Duration::from_secs(30))), "MACHINE"),
        Behaviour::Busy => (Phone::Busy, "HUMAN"),
        Behaviour::Declines => (Phone::Declines, "HUMAN"),
        Behaviour::Rings => (Phone::Rings, "HUMAN"),
        Behaviour::NoSuchNumber => (Phone::NotFound, "HUMAN"),
    };
    Extension::new(number).phone(phone).variable("amd_result", who)
}

/// Requests a panic at a place of this thread.
fn arm(place: Place, after: u32) {
    #[cfg(feature = "fault-injection")]
    fault::arm_after(
        match place {
            Place::Step => Fault::PanicInStep,
            Place::StepOfEnd => Fault::PanicInStepOfEnd,
            Place::Call => Fault::PanicInCall,
            Place::Registry => Fault::PanicInRegistry,
            Place::Switch => Fault::PanicInSwitch,
            Place::Router => Fault::PanicInRouter,
        },
        after,
    );
    #[cfg(not(feature = "fault-injection"))]
    let _ = (place, after);
}

/// Makes the database of this thread unreachable, or reachable again.
fn database_is(away: Option<Absence>) {
    #[cfg(feature = "fault-injection")]
    database::set(away.map(|how| match how {
        Absence::Refused => DatabaseFault::Away,
        Absence::AnswerLost => DatabaseFault::AnswerLost,
        Absence::CommitLost => DatabaseFault::CommitLost,
        Absence::Slow { ms } => DatabaseFault::Slow { ms },
    }));
    #[cfg(not(feature = "fault-injection"))]
    let _ = away;
}
