//! A whole campaign in virtual time, by seed, before anybody is called: the same decisions as in operation, in an invented world.
//!
//! The world has its own random generator with a fixed algorithm, so a seed gives the same campaign on every machine and in every version.

mod agents;
mod chance;
mod report;
mod world;

pub mod sample;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use chrono_tz::Tz;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;

use crate::attempt::Outcome;
use crate::best_hour::{self, Calls, Learned, WeekHour};
use crate::dialler::{CampaignState, Dialler, Room};
use crate::judge::{Candidate, Consent, Verdict, judge};
use crate::retries::{After, End, Tried};
use crate::rules::{Mode, Rules};

pub use agents::{Agents, PeopleReport};
use agents::{Answer, Desks, MESSAGE_MS, Met};
pub use chance::Chance;
pub use report::{HourRow, Report};
pub use world::World;

/// A person on the list.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their number.
    pub number: E164,
    /// Their time zone, if given; otherwise that of their number counts.
    pub zone: Option<Tz>,
    /// Their consent to being called.
    pub consent: Consent,
    /// Since when they are on the suppression list, for a reason outside of the simulation.
    pub suppressed_from: Option<UnixMs>,
    /// The calls before the simulation.
    pub earlier: Earlier,
}

/// Calls to a person before the simulation begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Tries of this campaign, by outcome.
    pub tries: BTreeMap<Outcome, u32>,
    /// When their number was dialled within the last 30 days, by any campaign, in any order.
    pub dialled: Vec<UnixMs>,
    /// When a call to it last found no agent.
    pub abandoned_at: Option<UnixMs>,
    /// They are not called before this time.
    pub not_before: Option<UnixMs>,
}

/// The campaign to simulate.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The owner's rules.
    pub rules: Rules,
    /// The list.
    pub people: Vec<Person>,
    /// How people behave.
    pub world: World,
    /// Calls before the simulation, by the hour at which they were made.
    pub learned: Learned,
    /// Agents who talk with callees who answer, in mode `predictive`.
    pub agents: Option<Agents>,
    /// When the campaign is started.
    pub starts_at: UnixMs,
    /// When the simulation ends. What is not done by then stays open.
    pub ends_at: UnixMs,
    /// Periods in which the owner has paused it: from, to.
    pub pauses: Vec<(UnixMs, UnixMs)>,
    /// The seed.
    pub seed: u64,
}

/// An event of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A contact was called. It says which of their tries it is, from 1 on, including those before the simulation.
    Dialled {
        /// Index of the contact.
        person: usize,
        /// Their try.
        nth: u32,
    },
    /// A person answered a call in mode `predictive`, and an agent took it or none was available.
    Live {
        /// Index of the contact.
        person: usize,
        /// How long they waited.
        waited_ms: u64,
        /// Whether an agent took it.
        is_taken: bool,
    },
    /// The call ended.
    Closed {
        /// Index of the contact.
        person: usize,
        /// Its outcome.
        outcome: Outcome,
    },
    /// The contact is finished.
    Done {
        /// Index of the contact.
        person: usize,
        /// The reason.
        end: End,
    },
}

/// Interval of checks whether more may be dialled while phones ring, in ms.
const RECHECK_MS: u64 = 1_000;

#[derive(Clone, Debug)]
struct Contact {
    tries: u32,
    outcomes: BTreeMap<Outcome, u32>,
    /// The hour at which they were called last, if the call still runs.
    hour: Option<WeekHour>,
}

impl Contact {
    fn of(person: &Person) -> Self {
        let outcomes = person.earlier.tries.clone();
        Self { tries: outcomes.values().sum(), outcomes, hour: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ending {
    at: UnixMs,
    person: usize,
    outcome: Outcome,
    talked_ms: u64,
    asks_to_stop: bool,
}

struct Run<'a> {
    plan: &'a Plan,
    dialler: Dialler,
    chance: Chance,
    contacts: Vec<Contact>,
    /// Contacts that wait, by the time of their next check.
    waiting: BinaryHeap<Reverse<(UnixMs, usize)>>,
    calls: BinaryHeap<Reverse<Ending>>,
    /// The agents, in mode `predictive`.
    desks: Option<Desks>,
    /// When a call to a number last found no agent.
    abandoned: HashMap<&'a E164, UnixMs>,
    /// Numbers whose owners asked not to be called again.
    suppressed: HashMap<&'a E164, UnixMs>,
    /// When a number was dialled, for any contact.
    by_number: HashMap<&'a E164, Vec<UnixMs>>,
    learned: Learned,
    report: Report,
}

/// Simulates the plan, and reports each event as it happens.
pub fn simulate(plan: &Plan, on_event: impl FnMut(UnixMs, Happening)) -> Report {
    play(plan, || true, on_event).0
}

/// Does the same for as long as `should_continue` returns true, which is called at each step; none if it was stopped.
pub fn simulate_while(plan: &Plan, should_continue: impl FnMut() -> bool) -> Option<Report> {
    let (report, is_whole) = play(plan, should_continue, |_, _| ());
    is_whole.then_some(report)
}

fn play(
    plan: &Plan,
    mut should_continue: impl FnMut() -> bool,
    mut on_event: impl FnMut(UnixMs, Happening),
) -> (Report, bool) {
    let first_at = |person: &Person| plan.starts_at.max(person.earlier.not_before.unwrap_or(plan.starts_at));
    let waiting =
        plan.people.iter().enumerate().map(|(place, person)| Reverse((first_at(person), place))).collect();
    let mut by_number: HashMap<&E164, Vec<UnixMs>> = HashMap::new();
    let mut abandoned: HashMap<&E164, UnixMs> = HashMap::new();
    for Person { number, earlier, .. } in &plan.people {
        // A number that is twice on the list has the same calls twice.
        by_number.entry(number).or_insert_with(|| earlier.dialled.clone());
        if let Some(at) = earlier.abandoned_at {
            abandoned.entry(number).or_insert(at);
        }
    }
    let listed = plan.people.iter().filter_map(|person| Some((&person.number, person.suppressed_from?)));
    let mut run = Run {
        plan,
        dialler: Dialler::new(CampaignState::Running, &plan.rules, 0),
        chance: Chance::new(plan.seed),
        contacts: plan.people.iter().map(Contact::of).collect(),
        waiting,
        calls: BinaryHeap::new(),
        desks: (plan.rules.mode == Mode::Predictive).then(|| {
            let agents = plan.agents.unwrap_or(Agents { count: 0, wrap_up_s: 0 });
            Desks::new(agents, &plan.rules, plan.starts_at)
        }),
        abandoned,
        suppressed: listed.collect(),
        by_number,
        learned: plan.learned.clone(),
        report: Report::new(plan),
    };
    let mut now = plan.starts_at;
    let mut is_whole = true;
    while now <= plan.ends_at {
        is_whole = should_continue();
        if !is_whole {
            break;
        }
        run.pass_to(now, &mut on_event);
        let next = run.dial(now, &mut on_event);
        match next {
            Some(next) if next <= plan.ends_at => now = next.max(now + 1),
            _ => break,
        }
    }
    // Calls that run at the end are finished, so that nothing is counted half.
    while let Some(next) = run.next() {
        run.pass_to(next, &mut on_event);
    }
    run.report.left = run.waiting.len();
    run.report.people = run.desks.map(|desks| desks.report);
    (run.report, is_whole)
}

impl<'a> Run<'a> {
    fn state(&mut self, now: UnixMs) -> Option<UnixMs> {
        let paused = self.plan.pauses.iter().find(|(from, to)| *from <= now && now < *to);
        let state = if paused.is_some() { CampaignState::Paused } else { CampaignState::Running };
        self.dialler.changed(state, &self.plan.rules);
        paused.map(|(_, to)| *to)
    }

    /// When something happens next by itself.
    fn next(&self) -> Option<UnixMs> {
        let ends = self.calls.peek().map(|Reverse(call)| call.at);
        [ends, self.desks.as_ref().and_then(Desks::next)].into_iter().flatten().min()
    }

    /// Runs all events until `now`, in order.
    fn pass_to(&mut self, now: UnixMs, on_event: &mut impl FnMut(UnixMs, Happening)) {
        while let Some(at) = self.next().filter(|at| *at <= now) {
            let Some(desks) = &mut self.desks else {
                self.end_call(on_event);
                continue;
            };
            desks.time_passes(at);
            // Among simultaneous events the end of a call comes first, because after it its agent is available.
            if self.calls.peek().is_some_and(|Reverse(call)| call.at == at) {
                self.end_call(on_event);
                continue;
            }
            match desks.happens(at) {
                Met::Nothing => {}
                Met::Taken(answer, waited_ms) => {
                    let Answer { person, talked_ms, asks_to_stop, .. } = answer;
                    on_event(at, Happening::Live { person, waited_ms, is_taken: true });
                    let outcome = Outcome::Talked;
                    let at = at + talked_ms;
                    self.calls.push(Reverse(Ending { at, person, outcome, talked_ms, asks_to_stop }));
                }
                Met::NoAgent(Answer { at: answered_at, person, .. }) => {
                    let waited_ms = at.ms_since(answered_at);
                    on_event(at, Happening::Live { person, waited_ms, is_taken: false });
                    self.abandoned.insert(&self.plan.people[person].number, at);
                    let outcome = Outcome::Abandoned;
                    let at = at + MESSAGE_MS;
                    self.calls.push(Reverse(Ending {
                        at,
                        person,
                        outcome,
                        talked_ms: 0,
                        asks_to_stop: false,
                    }));
                }
            }
        }
        if let Some(desks) = &mut self.desks {
            desks.time_passes(now);
        }
    }

    fn end_call(&mut self, on_event: &mut impl FnMut(UnixMs, Happening)) {
        let Some(Reverse(ending)) = self.calls.pop() else { return };
        let Ending { at, person, outcome, talked_ms, asks_to_stop } = ending;
        self.dialler.closed(outcome, at);
        if let Some(desks) = &mut self.desks {
            desks.ended(person);
        }
        on_event(at, Happening::Closed { person, outcome });
        self.report.closed(outcome, talked_ms, at);
        if asks_to_stop {
            self.suppressed.entry(&self.plan.people[person].number).or_insert(at);
        }
        let contact = &mut self.contacts[person];
        let of_outcome = contact.outcomes.entry(outcome).or_default();
        *of_outcome += 1;
        let tried = Tried { all: contact.tries, of_outcome: *of_outcome };
        if let (Some(hour), Some(call)) = (contact.hour, Calls::of(outcome)) {
            self.learned.own.add(hour, tried.all, call);
        }
        let rules = &self.plan.rules;
        match rules.after(outcome, tried, at) {
            After::Retry(from) if best_hour::chooses(&rules.retries, outcome) => {
                let Person { number, zone, .. } = &self.plan.people[person];
                let at = self.learned.again(from, number, *zone, &rules.hours);
                self.waiting.push(Reverse((at, person)));
            }
            After::Retry(from) => self.waiting.push(Reverse((from, person))),
            After::Done(end) => self.finish(person, end, at, on_event),
        }
    }

    fn finish(&mut self, person: usize, end: End, at: UnixMs, on_event: &mut impl FnMut(UnixMs, Happening)) {
        *self.report.ends.entry(end).or_default() += 1;
        on_event(at, Happening::Done { person, end });
    }

    /// Calls as many contacts as allowed, and returns when to check again.
    fn dial(&mut self, now: UnixMs, on_event: &mut impl FnMut(UnixMs, Happening)) -> Option<UnixMs> {
        let resumes = self.state(now);
        let mut free = self.desks.as_ref().map_or(u32::MAX, |desks| desks.dials(now));
        loop {
            let first_due = self.waiting.peek().map(|Reverse((at, _))| *at);
            let room = self.dialler.room(now, free);
            let until = match room {
                Room::Now(_) => first_due.filter(|due| *due > now),
                Room::At(at) => first_due.map(|due| due.max(at)),
                // The longer a phone rings, the less likely it is answered.
                Room::AfterACall => {
                    let rings = self.desks.as_ref().is_some_and(Desks::rings);
                    first_due.filter(|_| rings).map(|due| due.max(now + RECHECK_MS))
                }
                Room::None => resumes,
            };
            let is_due = first_due.is_some_and(|due| due <= now);
            if let Some(desks) = &mut self.desks {
                desks.has_more = is_due && room != Room::None;
            }
            if !matches!(room, Room::Now(_)) || !is_due {
                return [self.next(), until].into_iter().flatten().min();
            }
            let Some(Reverse((_, person))) = self.waiting.pop() else { continue };
            if self.consider(person, now, on_event) {
                free = free.saturating_sub(1);
            }
        }
    }

    /// Calls a contact if they may be called now, and returns whether it did.
    fn consider(&mut self, index: usize, now: UnixMs, on_event: &mut impl FnMut(UnixMs, Happening)) -> bool {
        let person: &'a Person = &self.plan.people[index];
        let dialled = self.by_number.entry(&person.number).or_default();
        let candidate = Candidate {
            number: &person.number,
            zone: person.zone,
            is_suppressed: self.suppressed.get(&person.number).is_some_and(|from| *from <= now),
            consent: person.consent,
            dialled,
            abandoned_at: self.abandoned.get(&person.number).copied(),
            // Other campaigns are not simulated, and a list has a number once.
            is_being_called: false,
        };
        match judge(&self.plan.rules, &candidate, now) {
            Verdict::Wait(until) => {
                self.waiting.push(Reverse((until.max(now + 1), index)));
                return false;
            }
            Verdict::Close(end) => {
                self.finish(index, end, now, on_event);
                return false;
            }
            Verdict::Dial => {}
        }
        dialled.push(now);
        let zone = self.plan.rules.hours.clock(person.zone, &person.number);
        let contact = &mut self.contacts[index];
        contact.tries += 1;
        contact.hour = zone.map(|zone| WeekHour::at(zone, now));
        let nth = contact.tries;
        self.dialler.reserved(now);
        self.report.dialled(now, self.dialler.open());
        on_event(now, Happening::Dialled { person: index, nth });
        let (outcome, ms, talked_ms) = self.plan.world.answer(zone, nth, now, &mut self.chance);
        let is_live = outcome == Outcome::Talked;
        let asks_to_stop = is_live && self.chance.happens(self.plan.world.asks_to_stop_percent);
        let at = now + ms.max(1);
        if let Some(desks) = &mut self.desks {
            let answered_at = now + ms.saturating_sub(talked_ms).max(1);
            let answer =
                is_live.then_some(Answer { at: answered_at, person: index, talked_ms, asks_to_stop });
            desks.dialled(index, now, answer);
            if is_live {
                return true;
            }
        }
        self.calls.push(Reverse(Ending { at, person: index, outcome, talked_ms, asks_to_stop }));
        true
    }
}
