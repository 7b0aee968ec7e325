//! Promises of a campaign to the people it calls, checked on a thousand campaigns by seed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, Timelike};
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::best_hour::{Calls, Learned, WeekHour};
use cordboard_campaigns::callee::Callee;
use cordboard_campaigns::hours::{CallingHours, WeekWindow};
use cordboard_campaigns::judge::Consent;
use cordboard_campaigns::predictive::{PATIENCE_MS, QUIET_MS, WINDOW_MS, answers_min};
use cordboard_campaigns::retries::{End, Retries, Retry};
use cordboard_campaigns::rules::{Mode, Rules};
use cordboard_campaigns::simulation::{
    Agents, Chance, Earlier, Happening, Person, Plan, Report, World, simulate,
};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;

const SEEDS: u64 = 1_000;
const DAY_MS: u64 = 86_400_000;
/// Monday, 2026-03-02 00:00 UTC: the clocks of America and Europe are set within the next weeks, and Easter comes.
const STARTS_AT: UnixMs = UnixMs(1_772_409_600_000);
/// Prefixes of numbers, some of them in several zones or in none.
const BEGINNINGS: [&str; 10] =
    ["+4930", "+1212", "+1310", "+1850", "+1709", "+3314", "+4420", "+6129", "+1800", "+8581"];

/// Returns a campaign of some people, with random hours, counts, pauses and world.
fn plan(seed: u64) -> Plan {
    let mut chance = Chance::new(seed ^ 0x5eed);
    let count = 5 + chance.below(40);
    let mut people: Vec<Person> = (0..count)
        .map(|_| {
            let beginning = BEGINNINGS[usize::try_from(chance.below(10)).unwrap()];
            let number = format!("{beginning}{:06}", chance.below(1_000_000)).parse().unwrap();
            let suppressed_from =
                chance.happens(15.0).then(|| STARTS_AT + chance.below(20 * DAY_MS)).filter(|_| count > 6);
            let earlier = Earlier::default();
            let consent = if chance.happens(90.0) { Consent::Given } else { Consent::Unknown };
            Person { number, zone: None, consent, suppressed_from, earlier }
        })
        .collect();
    // One person is twice on the list.
    let twin = people[0].clone();
    people.push(twin);
    let mut windows = Vec::new();
    for day in 1..=7 {
        if chance.happens(40.0) {
            let from_minute = u16::try_from(chance.below(1_200)).unwrap();
            windows.push(WeekWindow { day, from_minute, to_minute: from_minute + 200 });
        }
    }
    let retry = |chance: &mut Chance| Retry {
        tries: u32::try_from(chance.below(5)).unwrap(),
        pause_s: u32::try_from(1 + chance.below(86_400)).unwrap(),
        growth_percent: u32::try_from(100 + chance.below(300)).unwrap(),
    };
    let retries = Retries {
        tries_max: u32::try_from(1 + chance.below(8)).unwrap(),
        busy: retry(&mut chance),
        no_answer: retry(&mut chance),
        declined: retry(&mut chance),
        machine: retry(&mut chance),
        failed: retry(&mut chance),
        abandoned: retry(&mut chance),
        best_hour: seed.is_multiple_of(3),
    };
    if seed.is_multiple_of(10) {
        let mut chance = Chance::new(seed ^ 0xea51);
        people.iter_mut().for_each(|person| person.earlier = earlier(retries.tries_max, &mut chance));
    }
    let pauses = (0..chance.below(4))
        .map(|_| {
            let from = STARTS_AT + chance.below(10 * DAY_MS);
            (from, from + chance.below(DAY_MS))
        })
        .collect();
    Plan {
        rules: Rules {
            at_once_max: u32::try_from(1 + chance.below(5)).unwrap(),
            per_minute_max: u32::try_from(1 + chance.below(60)).unwrap(),
            hours: CallingHours {
                windows,
                days_off: ["2026-03-04".parse().unwrap()].into(),
                ..CallingHours::default()
            },
            retries,
            consent: String::new(),
            ..Rules::default()
        },
        people,
        learned: if seed.is_multiple_of(3) { learned(seed) } else { Learned::default() },
        agents: None,
        world: World {
            failed_percent: if chance.happens(20.0) { 70.0 } else { 5.0 },
            asks_to_stop_percent: 20.0,
            ..World::default()
        },
        starts_at: STARTS_AT,
        ends_at: STARTS_AT + 60 * DAY_MS,
        pauses,
        seed,
    }
}

/// Earlier calls by hour, so that retries are moved to hours from the beginning.
fn learned(seed: u64) -> Learned {
    let mut chance = Chance::new(seed ^ 0x40e5);
    let mut learned = Learned::default();
    for number in 0..48 {
        let rang = chance.below(200);
        let calls = Calls { rang, answered: chance.below(rang + 1) };
        let nth = u32::try_from(1 + chance.below(4)).unwrap();
        let of = if chance.happens(50.0) { &mut learned.own } else { &mut learned.others };
        of.add(WeekHour::of_number(number).unwrap(), nth, calls);
    }
    learned
}

/// The time before a campaign: fewer tries than it allows, calls to the same number, a wait.
fn earlier(tries_max: u32, chance: &mut Chance) -> Earlier {
    let before = |chance: &mut Chance, ms: u64| STARTS_AT - chance.below(ms);
    let mut tries = BTreeMap::new();
    for _ in 0..chance.below(tries_max.into()) {
        let outcome = if chance.happens(50.0) { Outcome::NoAnswer } else { Outcome::Busy };
        *tries.entry(outcome).or_default() += 1;
    }
    Earlier {
        tries,
        dialled: (0..chance.below(6)).map(|_| before(chance, 30 * DAY_MS)).collect(),
        abandoned_at: chance.happens(20.0).then(|| before(chance, 4 * DAY_MS)),
        not_before: chance.happens(40.0).then(|| STARTS_AT + chance.below(5 * DAY_MS)),
    }
}

/// Whether a campaign with this seed is simulated in both ways: a twentieth of them is enough.
const fn is_compared(seed: u64) -> bool {
    seed.is_multiple_of(20)
}

/// Returns a campaign with agents: a few of them, some hundred contacts, a random cap and world. Its list sometimes has each number twice, and its
/// rules would soon call those who found no agent.
fn plan_of_people(seed: u64) -> Plan {
    let mut chance = Chance::new(seed ^ 0xa9e7);
    let count =
        |chance: &mut Chance, from: u64, to: u64| u32::try_from(from + chance.below(to - from)).unwrap();
    // A list that is long compared with what must be learned, if the value of learning is measured.
    let length = if is_compared(seed) { 1_500 } else { 300 + chance.below(300) };
    let people = (0..length)
        .map(|_| {
            let beginning = BEGINNINGS[usize::try_from(chance.below(4)).unwrap()];
            let number = format!("{beginning}{:06}", chance.below(4_000)).parse().unwrap();
            let earlier = Earlier::default();
            Person { number, zone: None, consent: Consent::Given, suppressed_from: None, earlier }
        })
        .collect();
    let soon = Retry { tries: 3, pause_s: 60, growth_percent: 100 };
    Plan {
        rules: Rules {
            mode: Mode::Predictive,
            abandoned_permille_max: u16::try_from(count(&mut chance, 10, 31)).unwrap(),
            at_once_max: 200,
            per_minute_max: 600,
            retries: Retries { abandoned: soon, ..Retries::default() },
            ..Rules::default()
        },
        people,
        learned: Learned::default(),
        agents: Some(Agents { count: count(&mut chance, 2, 9), wrap_up_s: count(&mut chance, 0, 30) }),
        world: World {
            answered_percent: vec![f64::from(count(&mut chance, 15, 70)); 24],
            talk_s: count(&mut chance, 30, 150).into(),
            ring_s: count(&mut chance, 4, 16).into(),
            ..World::default()
        },
        starts_at: STARTS_AT,
        ends_at: STARTS_AT + 30 * DAY_MS,
        pauses: Vec::new(),
        seed,
    }
}

/// Observations of a campaign, and the promises it broke.
struct Watch<'a> {
    plan: &'a Plan,
    open: HashMap<usize, UnixMs>,
    tries: HashMap<usize, u32>,
    done: BTreeSet<usize>,
    by_number: HashMap<&'a E164, Vec<UnixMs>>,
    dials: Vec<UnixMs>,
    /// Calls that a person answered, and whether an agent took them.
    live: Vec<(UnixMs, bool)>,
    talking: BTreeSet<usize>,
    abandoned: HashMap<&'a E164, UnixMs>,
    broken: Vec<String>,
}

impl<'a> Watch<'a> {
    fn new(plan: &'a Plan) -> Self {
        let mut by_number: HashMap<&E164, Vec<UnixMs>> = HashMap::new();
        let mut abandoned = HashMap::new();
        for Person { number, earlier, .. } in &plan.people {
            by_number.entry(number).or_insert_with(|| earlier.dialled.clone());
            if let Some(at) = earlier.abandoned_at {
                abandoned.entry(number).or_insert(at);
            }
        }
        let tries = |(place, person): (usize, &Person)| (place, person.earlier.tries.values().sum::<u32>());
        Self {
            plan,
            open: HashMap::new(),
            tries: plan.people.iter().enumerate().map(tries).collect(),
            done: BTreeSet::new(),
            by_number,
            dials: Vec::new(),
            live: Vec::new(),
            talking: BTreeSet::new(),
            abandoned,
            broken: Vec::new(),
        }
    }

    fn holds(&mut self, is_kept: bool, promise: &str) {
        if !is_kept {
            self.broken.push(format!("seed {}: {promise}", self.plan.seed));
        }
    }

    fn on_event(&mut self, at: UnixMs, happening: Happening) {
        match happening {
            Happening::Dialled { person, nth } => self.dialled(at, person, nth),
            Happening::Live { person, waited_ms, is_taken } => {
                self.live.push((at, is_taken));
                if is_taken {
                    self.talking.insert(person);
                } else {
                    self.abandoned.insert(&self.plan.people[person].number, at);
                }
                let agents = self.plan.agents.map_or(0, |agents| agents.count) as usize;
                self.holds(self.talking.len() <= agents, "no agent has two calls");
                let in_time = if is_taken { waited_ms <= PATIENCE_MS } else { waited_ms == PATIENCE_MS };
                self.holds(
                    in_time,
                    "a call is abandoned if and only if no agent takes it within two seconds",
                );
            }
            Happening::Closed { person, outcome } => {
                let was_taken = self.talking.remove(&person);
                let is_of_people = self.plan.agents.is_some() && outcome == Outcome::Talked;
                self.holds(was_taken == is_of_people, "each callee who talked was taken by an agent");
                let was_open = self.open.remove(&person).is_some();
                self.holds(was_open, "a call ends once");
            }
            Happening::Done { person, .. } => {
                let is_first = self.done.insert(person);
                self.holds(is_first, "a contact ends once");
            }
        }
    }

    fn dialled(&mut self, at: UnixMs, person: usize, nth: u32) {
        let plan = self.plan;
        let target = &plan.people[person];
        let tries = self.tries.entry(person).or_default();
        *tries += 1;
        let tries = *tries;
        self.holds(tries == nth, "tries are counted one by one");
        self.holds(tries <= plan.rules.retries.tries_max, "no more tries than the rules say");
        let is_free = self.open.insert(person, at).is_none() && !self.done.contains(&person);
        self.holds(is_free, "a contact is called at most once per try");
        self.holds(self.open.len() <= plan.rules.at_once_max as usize, "no more calls at once");
        self.holds(target.suppressed_from.is_none_or(|from| at < from), "nobody on the list is called");
        self.holds(target.consent == Consent::Given, "nobody without consent is called");
        let is_due = target.earlier.not_before.is_none_or(|from| from <= at);
        self.holds(is_due, "nobody is called before it is their turn");
        self.holds(
            !plan.pauses.iter().any(|(from, to)| *from <= at && at < *to),
            "nobody is called during a pause",
        );
        self.hours(at, &target.number);
        let is_quiet = self.abandoned.get(&target.number).is_some_and(|then| at.ms_since(*then) < QUIET_MS);
        self.holds(!is_quiet, "nobody who found no agent is called within 72 h");
        let rule = Callee::of(&target.number).rule;
        let before = self.by_number.entry(&target.number).or_default();
        before.push(at);
        let within = |ms: u64| before.iter().filter(|then| at.ms_since(**then) < ms).count();
        let (day, month) = (within(DAY_MS), within(30 * DAY_MS));
        self.holds(
            day <= rule.per_day_max as usize,
            "no number is called more often a day than its country allows",
        );
        self.holds(month <= rule.per_30_days_max as usize, "nor in a month");
        self.dials.push(at);
        // A minute, and the second that a late check may catch up on.
        let lately = self.dials.iter().rev().take_while(|then| at.ms_since(**then) < 60_000).count();
        let pace = plan.rules.per_minute_max as usize;
        self.holds(lately <= pace + 1 + pace / 60 + 1, "the pace is held");
    }

    /// Checks the hours independently, from the clock of the callee.
    fn hours(&mut self, at: UnixMs, number: &E164) {
        let Callee { rule, zones } = Callee::of(number);
        self.holds(!zones.is_empty(), "nobody is called whose zone is not known");
        for zone in zones {
            let there = at.to_utc().with_timezone(zone);
            let minute = u16::try_from(there.hour() * 60 + there.minute()).unwrap();
            let day = there.date_naive();
            let is_in = |from: u16, to: u16| (from..to).contains(&minute);
            let in_country = rule.windows(day).iter().any(|(from, to)| is_in(*from, *to));
            self.holds(in_country, "nobody is called outside of the hours of their country");
            let CallingHours { windows, days_off, .. } = &self.plan.rules.hours;
            let weekday = u8::try_from(day.weekday().number_from_monday()).unwrap();
            let in_campaign = windows.is_empty()
                || windows.iter().any(|it| it.day == weekday && is_in(it.from_minute, it.to_minute));
            self.holds(in_campaign && !days_off.contains(&day), "nor outside of the campaign's hours");
        }
    }

    fn ended(&mut self, report: &Report) {
        self.holds(report.balances(), "calls and contacts add up");
        self.holds(report.calls == self.dials.len() as u64, "each call is counted");
        self.holds(self.open.is_empty(), "each call ends");
        self.holds(self.done.len() + report.left == self.plan.people.len(), "no contact is lost");
        self.holds(report.lines <= self.plan.rules.at_once_max, "lines are calls at once");
        self.cap();
    }

    /// Checks every window of at most 24 h with enough live calls, counted one by one.
    fn cap(&mut self) {
        let enough = answers_min(self.plan.agents.map_or(0, |agents| agents.count)) as usize;
        let cap = usize::from(self.plan.rules.abandoned_permille_max);
        let mut is_kept = true;
        for (first, (from, _)) in self.live.iter().enumerate() {
            let mut abandoned = 0;
            let within = self.live[first..].iter().take_while(|(at, _)| at.ms_since(*from) < WINDOW_MS);
            for (before, (_, is_taken)) in within.enumerate() {
                abandoned += usize::from(!is_taken);
                is_kept &= before + 1 < enough || abandoned * 1_000 <= cap * (before + 1);
            }
        }
        self.holds(is_kept, "no window of 24 h has more abandoned calls than the cap");
    }
}

#[test]
fn a_thousand_campaigns_break_no_promise() {
    let (mut broken, mut calls, mut ends) = (Vec::new(), 0, BTreeSet::new());
    for seed in 0..SEEDS {
        let plan = plan(seed);
        let mut watch = Watch::new(&plan);
        let report = simulate(&plan, |at, happening| watch.on_event(at, happening));
        watch.ended(&report);
        broken.append(&mut watch.broken);
        calls += report.calls;
        ends.extend(report.ends.keys().copied());
    }
    assert!(broken.is_empty(), "{} broken, the first: {:#?}", broken.len(), &broken[..broken.len().min(5)]);
    // Otherwise the promises were checked against nothing.
    assert!(calls > 20_000, "{calls}");
    assert_eq!(ends.len(), 6, "{ends:?}");
}

/// The same campaigns with one call for each available agent keep their agents less busy.
#[test]
fn predictive_campaigns_stay_below_their_cap_with_busier_agents() {
    let mut broken = Vec::new();
    // Busy and staffed time of agents, and abandoned calls: predictive, progressive.
    let mut sums = [(0, 0, 0); 2];
    let mut all_abandoned = 0;
    for seed in 0..SEEDS {
        let predictive = plan_of_people(seed);
        let mut progressive = predictive.clone();
        progressive.rules.abandoned_permille_max = 0;
        let plans = [Some(&predictive), Some(&progressive).filter(|_| is_compared(seed))];
        for (plan, (busy_ms, staffed_ms, abandoned)) in plans.into_iter().flatten().zip(&mut sums) {
            let mut watch = Watch::new(plan);
            let report = simulate(plan, |at, happening| watch.on_event(at, happening));
            watch.ended(&report);
            let people = report.people.unwrap();
            let counted = watch.live.iter().filter(|(_, is_taken)| !is_taken).count() as u64;
            watch.holds(people.abandoned == counted, "each abandoned call is counted");
            broken.append(&mut watch.broken);
            all_abandoned += people.abandoned;
            if !is_compared(seed) {
                continue;
            }
            *busy_ms += people.busy_ms;
            *staffed_ms += people.staffed_ms;
            *abandoned += people.abandoned;
        }
    }
    assert!(broken.is_empty(), "{} broken, the first: {:#?}", broken.len(), &broken[..broken.len().min(5)]);
    let [(busy, staffed, abandoned), (busy_before, staffed_before, abandoned_before)] = sums;
    assert_eq!(abandoned_before, 0, "one call for each free agent abandons nobody");
    assert!(
        abandoned > 0 && all_abandoned > 500,
        "{all_abandoned}: otherwise the cap was checked against nothing"
    );
    let (percent, before) = (busy * 100 / staffed, busy_before * 100 / staffed_before);
    assert!(percent >= before + 3, "{percent} % of agents' time against {before} %");
}

#[test]
fn a_seed_is_one_campaign() {
    let runs = [7, 7, 8].map(|seed| {
        let mut events = Vec::new();
        simulate(&plan(seed), |at, happening| events.push((at, happening)));
        events
    });
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

/// Nobody ever answers, and each contact has three tries without an answer.
#[test]
fn tries_before_the_simulation_are_counted() {
    let with = |earlier: Earlier| {
        let number = "+493012345678".parse().unwrap();
        let silent = World {
            answered_percent: vec![0.0; 24],
            machine_percent: 0.0,
            busy_percent: 0.0,
            declined_percent: 0.0,
            wrong_percent: 100.0,
            failed_percent: 0.0,
            ..World::default()
        };
        let plan = Plan {
            rules: Rules::default(),
            people: vec![Person {
                number,
                zone: None,
                consent: Consent::Given,
                suppressed_from: None,
                earlier,
            }],
            world: silent,
            learned: Learned::default(),
            agents: None,
            starts_at: STARTS_AT,
            ends_at: STARTS_AT + 30 * DAY_MS,
            pauses: Vec::new(),
            seed: 1,
        };
        let mut dialled = Vec::new();
        simulate(&plan, |at, happening| {
            if let Happening::Dialled { nth, .. } = happening {
                dialled.push((at, nth));
            }
        });
        dialled
    };
    let tried = |tries: u32| BTreeMap::from([(Outcome::NoAnswer, tries)]);
    let nths = |dialled: &[(UnixMs, u32)]| dialled.iter().map(|(_, nth)| *nth).collect::<Vec<_>>();
    // A wrong number is found at the first try, and never later.
    assert_eq!(nths(&with(Earlier::default())), [1]);
    assert_eq!(nths(&with(Earlier { tries: tried(1), ..Earlier::default() })), [2, 3]);
    assert_eq!(nths(&with(Earlier { tries: tried(2), ..Earlier::default() })), [3]);
    let not_before = Some(STARTS_AT + 3 * DAY_MS);
    let later = with(Earlier { tries: tried(2), not_before, ..Earlier::default() });
    assert!(later.len() == 1 && Some(later[0].0) >= not_before, "{later:?}");
    // Germany: twice a day.
    let dialled = vec![STARTS_AT - 1_000, STARTS_AT - 2_000];
    let full = with(Earlier { tries: tried(2), dialled, ..Earlier::default() });
    assert!(full.len() == 1 && full[0].0 >= STARTS_AT - 2_000 + DAY_MS, "{full:?}");
}

/// A campaign in Berlin that has called everybody once by noon. Few people answer before three in the afternoon.
fn plan_of_afternoons(seed: u64, best_hour: bool) -> Plan {
    let people = (0..1_200).map(|nth| Person {
        number: format!("+4930{:06}", 100_000 + nth).parse().unwrap(),
        zone: None,
        consent: Consent::Given,
        suppressed_from: None,
        earlier: Earlier::default(),
    });
    let again = Retry { tries: 4, pause_s: 4 * 3_600, growth_percent: 100 };
    let retries = Retries { tries_max: 4, best_hour, no_answer: again, machine: again, ..Retries::default() };
    Plan {
        rules: Rules { at_once_max: 4, per_minute_max: 60, retries, ..Rules::default() },
        people: people.collect(),
        world: World {
            answered_percent: (0..24).map(|hour| if hour < 15 { 5.0 } else { 40.0 }).collect(),
            ..World::default()
        },
        learned: Learned::default(),
        agents: None,
        starts_at: STARTS_AT,
        ends_at: STARTS_AT + 60 * DAY_MS,
        pauses: Vec::new(),
        seed,
    }
}

/// A number is called twice a day in Germany, so the third try is made on the next morning unless an hour is chosen.
#[test]
fn the_best_hour_reaches_more_people_by_fewer_calls_each() {
    // Calls and reached contacts: with pauses only, and at the best hour.
    let mut sums = [(0, 0); 2];
    for seed in 0..10 {
        for (best_hour, (calls, reached)) in [false, true].into_iter().zip(&mut sums) {
            let plan = plan_of_afternoons(seed, best_hour);
            let mut watch = Watch::new(&plan);
            let report = simulate(&plan, |at, happening| watch.on_event(at, happening));
            watch.ended(&report);
            assert!(watch.broken.is_empty(), "{:#?}", watch.broken);
            assert_eq!(report.left, 0, "seed {seed}: each contact is finished");
            *calls += report.calls;
            *reached += report.ends.get(&End::Reached).copied().unwrap_or_default();
        }
    }
    let [(calls_before, reached_before), (calls, reached)] = sums;
    assert!(reached * 100 > reached_before * 105, "{reached} reached against {reached_before}");
    // Compared per reached contact: those who were not reached have all their tries either way.
    let (each, each_before) = (calls * reached_before, calls_before * reached);
    assert!(each < each_before, "{calls} calls for {reached} against {calls_before} for {reached_before}");
}
