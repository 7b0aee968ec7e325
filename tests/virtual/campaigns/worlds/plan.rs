//! The plan of a world of campaigns: plain data that follows from a seed.

use std::fmt;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// Faults, and what owners do, happen within this many ms after the start of the campaigns.
const EVENTFUL_MS: u64 = 90_000;
/// The calendar is stepped within these bounds, in s, for all steps together. A world begins at 11:00 in Berlin, so people may be called all the
/// time.
const STEPS_S: std::ops::Range<i64> = -5_400..10_800;
/// How many ms the database is unreachable.
const AWAY_MS: std::ops::Range<u64> = 1_000..60_000;
/// A random generator for the database alone: the rest of a world is as it was before databases could fail.
const OF_THE_DATABASE: u64 = 0x6461_7461_6261_7365;

/// Everything that is to happen in a world.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    /// Its two campaigns.
    pub(super) lists: Vec<List>,
    /// Everybody who is on a list.
    pub(super) people: Vec<Person>,
    /// In order of their times.
    pub(super) happenings: Vec<Timed>,
}

/// A campaign.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) at_once_max: u32,
    pub(super) per_minute_max: u32,
    /// The number of tries in all, and of those that end in the same way.
    pub(super) tries_max: u32,
    pub(super) tries: u32,
    pub(super) pause_s: u32,
    pub(super) growth_percent: u32,
    /// The people on it, as indexes into [`Plan::people`].
    pub(super) contacts: Vec<usize>,
}

/// A person who is called.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) number: String,
    /// How often the number may be called within 24 h: its country's rule.
    pub(super) calls_a_day: usize,
    /// How their telephone behaves at each call; the last entry is for all later calls.
    pub(super) does: Vec<Behaviour>,
}

/// How a telephone behaves that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// A person answers, and hangs up.
    Talks {
        rings_ms: u64,
        talks_ms: u64,
    },
    /// A mailbox answers.
    Mailbox {
        rings_ms: u64,
    },
    Busy,
    Declines,
    /// Nobody answers.
    Rings,
    NoSuchNumber,
}

/// A happening and its time, counted from the start of the campaigns.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    pub(super) at_ms: u64,
    pub(super) what: Happening,
}

/// Something that happens to a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happening {
    /// The process is killed, and started again with the same files.
    Killed {
        away_ms: u64,
    },
    /// The process is asked to stop, and started again.
    Restarted {
        away_ms: u64,
    },
    /// The switch is killed, and refuses connections until it returns.
    SwitchGoes,
    SwitchReturns,
    /// The connection to the switch breaks; its calls go on.
    Cut,
    /// The switch answers this much later from now on.
    SwitchIsSlow {
        ms: u64,
    },
    /// The database has no table of attempts until it is back: no attempt can be reserved, closed, or looked up.
    AttemptsGo,
    AttemptsReturn,
    /// The whole database does not answer, or answers late, until it is back.
    DatabaseGoes {
        how: Absence,
    },
    DatabaseReturns,
    /// The calendar is set.
    ClockSteps {
        by_s: i64,
    },
    /// One owner, or two at the same moment.
    Owners {
        list: usize,
        first: Act,
        second: Option<Act>,
    },
    /// A number is put on the do-not-call list.
    Suppressed {
        person: usize,
    },
    /// An actor panics once its place was passed this often.
    Panics {
        place: Place,
        after: u32,
    },
}

impl Happening {
    /// Whether the process ends with it.
    pub(super) const fn ends_a_life(self) -> bool {
        matches!(self, Self::Killed { .. } | Self::Restarted { .. })
    }

    /// Whether a call whose end is reported to nobody may go on at the switch afterwards.
    pub(super) const fn loses_sight(self) -> bool {
        matches!(
            self,
            Self::SwitchGoes
                | Self::SwitchReturns
                | Self::Cut
                | Self::SwitchIsSlow { .. }
                | Self::Panics { .. }
        )
    }

    /// Whether it may make a call fail before the switch has made it.
    pub(super) const fn fails_calls(self) -> bool {
        self.ends_a_life() || self.loses_sight()
    }
}

/// How an unreachable database behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// Connections are refused.
    Refused,
    /// The same, starting with a COMMIT that was carried out, but not answered.
    AnswerLost,
    /// The same, starting with a COMMIT that was neither carried out nor answered.
    CommitLost,
    /// Each read and each transaction takes this much longer.
    Slow { ms: u64 },
}

/// Something that an owner does with a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Pause,
    Resume,
    Stop,
}

impl Act {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
        }
    }
}

/// An actor, at a place where it can panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Step,
    StepOfEnd,
    Call,
    Registry,
    Switch,
    Router,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        for (number, list) in self.lists.iter().enumerate() {
            writeln!(f, "  campaign {number}: {list:?}")?;
        }
        for (number, person) in self.people.iter().enumerate() {
            writeln!(f, "  person {number}: {} {:?}", person.number, person.does)?;
        }
        self.happenings.iter().try_for_each(|timed| writeln!(f, "  {:>6} ms: {:?}", timed.at_ms, timed.what))
    }
}

/// The plan of a seed.
pub(super) fn plan(seed: u64) -> Plan {
    let mut chance = StdRng::seed_from_u64(seed);
    let people: Vec<Person> = (0..chance.random_range(5..=9)).map(|at| person(&mut chance, at)).collect();
    let lists = (0..2).map(|_| list(&mut chance, people.len())).collect();
    let mut happenings = happenings(&mut chance, people.len());
    database_is_away(seed, &mut happenings);
    Plan { seed, lists, people, happenings }
}

fn person(chance: &mut StdRng, at: usize) -> Person {
    // In Germany a number may be called twice a day, in New York three times.
    let (number, calls_a_day) = if chance.random_bool(0.5) {
        (format!("+4930111{at:02}"), 2)
    } else {
        (format!("+121255501{at:02}"), 3)
    };
    let does = (0..3).map(|_| behaviour(chance)).collect();
    Person { number, calls_a_day, does }
}

fn behaviour(chance: &mut StdRng) -> Behaviour {
    let rings_ms = chance.random_range(100..4_000);
    match chance.random_range(0..10) {
        0..4 => Behaviour::Talks { rings_ms, talks_ms: chance.random_range(300..5_000) },
        4 => Behaviour::Mailbox { rings_ms },
        5..7 => Behaviour::Busy,
        7 => Behaviour::Declines,
        8 => Behaviour::Rings,
        _ => Behaviour::NoSuchNumber,
    }
}

fn list(chance: &mut StdRng, people: usize) -> List {
    let mut contacts: Vec<usize> = (0..people).collect();
    while contacts.len() > 3 && (contacts.len() > 8 || chance.random_bool(0.4)) {
        contacts.swap_remove(chance.random_range(0..contacts.len()));
    }
    List {
        at_once_max: chance.random_range(1..=3),
        per_minute_max: chance.random_range(20..=240),
        tries_max: chance.random_range(1..=4),
        tries: chance.random_range(1..=3),
        pause_s: chance.random_range(2..=40),
        growth_percent: chance.random_range(100..=200),
        contacts,
    }
}

fn happenings(chance: &mut StdRng, people: usize) -> Vec<Timed> {
    let mut happenings = Vec::new();
    let at = |chance: &mut StdRng| chance.random_range(0..EVENTFUL_MS);
    let mut add = |at_ms: u64, what: Happening| happenings.push(Timed { at_ms, what });
    if chance.random_bool(0.7) {
        // Most calls begin early, and a kill between two steps of a call finds more than one while nothing happens.
        let at_ms = if chance.random_bool(0.5) { chance.random_range(0..6_000) } else { at(chance) };
        let away_ms = chance.random_range(0..8_000);
        let is_killed = chance.random_bool(0.8);
        add(at_ms, if is_killed { Happening::Killed { away_ms } } else { Happening::Restarted { away_ms } });
        if chance.random_bool(0.5) {
            let again_ms = at_ms + away_ms + chance.random_range(0..2_000);
            add(again_ms, Happening::Killed { away_ms: chance.random_range(0..3_000) });
        }
    } else if chance.random_bool(0.5) {
        // A server does not start with such a database.
        let at_ms = at(chance);
        add(at_ms, Happening::AttemptsGo);
        add(at_ms + chance.random_range(10..30_000), Happening::AttemptsReturn);
    }
    if chance.random_bool(0.3) {
        let at_ms = at(chance);
        add(at_ms, Happening::SwitchGoes);
        add(at_ms + chance.random_range(100..40_000), Happening::SwitchReturns);
    }
    if chance.random_bool(0.4) {
        for _ in 0..chance.random_range(1..3) {
            add(at(chance), Happening::Cut);
        }
    }
    if chance.random_bool(0.2) {
        let at_ms = at(chance);
        add(at_ms, Happening::SwitchIsSlow { ms: chance.random_range(10..3_000) });
        add(at_ms + chance.random_range(1_000..20_000), Happening::SwitchIsSlow { ms: 0 });
    }
    if chance.random_bool(0.4) {
        let mut times: Vec<u64> = (0..chance.random_range(1..4)).map(|_| at(chance)).collect();
        times.sort_unstable();
        let mut all_s = 0;
        for at_ms in times {
            let by_s = chance.random_range(STEPS_S) - all_s;
            all_s += by_s;
            add(at_ms, Happening::ClockSteps { by_s });
        }
    }
    if chance.random_bool(0.5) {
        for _ in 0..chance.random_range(1..4) {
            let mut act = || match chance.random_range(0..12) {
                0 => Act::Stop,
                1..7 => Act::Pause,
                _ => Act::Resume,
            };
            let (first, second) = (act(), act());
            let second = chance.random_bool(0.5).then_some(second);
            let list = chance.random_range(0..2);
            add(at(chance), Happening::Owners { list, first, second });
        }
    }
    if chance.random_bool(0.5) {
        let person = chance.random_range(0..people);
        add(at(chance), Happening::Suppressed { person });
    }
    if cfg!(feature = "fault-injection") && chance.random_bool(0.4) {
        for _ in 0..chance.random_range(1..4) {
            let place = match chance.random_range(0..6) {
                0 => Place::Step,
                1 => Place::StepOfEnd,
                2 => Place::Call,
                3 => Place::Registry,
                4 => Place::Switch,
                _ => Place::Router,
            };
            add(at(chance), Happening::Panics { place, after: chance.random_range(0..8) });
        }
    }
    happenings.sort_by_key(|timed| timed.at_ms);
    happenings
}

/// In many worlds the whole database is unreachable once: around a kill, while most calls begin, or at any moment.
fn database_is_away(seed: u64, happenings: &mut Vec<Timed>) {
    let mut chance = StdRng::seed_from_u64(seed ^ OF_THE_DATABASE);
    let lacks_attempts = happenings.iter().any(|timed| timed.what == Happening::AttemptsGo);
    if !cfg!(feature = "fault-injection") || lacks_attempts || chance.random_bool(0.5) {
        return;
    }
    let ends = happenings.iter().find(|timed| timed.what.ends_a_life()).map(|timed| timed.at_ms);
    let at_ms = match ends {
        Some(ends_ms) if chance.random_bool(0.5) => ends_ms.saturating_sub(chance.random_range(0..3_000)),
        _ if chance.random_bool(0.5) => chance.random_range(0..6_000),
        _ => chance.random_range(0..EVENTFUL_MS),
    };
    let how = match chance.random_range(0..4) {
        0 => Absence::Refused,
        1 => Absence::AnswerLost,
        2 => Absence::CommitLost,
        _ => Absence::Slow { ms: chance.random_range(1_000..3_000) },
    };
    let back_ms = at_ms + chance.random_range(AWAY_MS);
    happenings.push(Timed { at_ms, what: Happening::DatabaseGoes { how } });
    happenings.push(Timed { at_ms: back_ms, what: Happening::DatabaseReturns });
    happenings.sort_by_key(|timed| timed.at_ms);
}
