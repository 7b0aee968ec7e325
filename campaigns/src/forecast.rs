//! Assumptions for the simulation of an existing campaign: its own rates if it has made enough calls, otherwise guesses. Values that its owner gives
//! override them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::attempt::Outcome;
use crate::best_hour::Hourly;
use crate::simulation::World;

/// Maximum number of simulated contacts.
pub const FORECAST_CONTACTS_MAX: usize = 10_000;
/// Minimum number of calls before a campaign's own rates are used for future calls.
pub const OWN_CALLS_MIN: u64 = 100;
/// Maximum of the mean length of a talk, in s.
pub const TALK_S_MAX: u64 = 3_600;
/// Hours of the day for which the share of answered calls is shown.
const DAYTIME: std::ops::RangeInclusive<usize> = 8..=20;

/// The campaign's own calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Ended calls, by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Calls with a talk whose record is kept.
    pub talks: u64,
    /// Total time of these talks, in ms.
    pub talk_ms: u64,
    /// Calls of the last months, by hour.
    pub hours: Hourly,
}

/// The assumptions that an owner sees and changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Assumptions {
    /// Percentage of ringing calls that a person answers during the day. Over the day it varies as usual.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub answered_percent: Option<f64>,
    /// Percentage of calls not answered by a person that a mailbox answers.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub machine_percent: Option<f64>,
    /// Mean length of a talk, in s.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3_600))]
    pub talk_s: Option<u64>,
}

impl Assumptions {
    /// Everything that is wrong with them: the value's name, and what it must be.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let is_percent =
            |percent: Option<f64>| percent.is_none_or(|percent| (0.0..=100.0).contains(&percent));
        let is_length = self.talk_s.is_none_or(|s| (1..=TALK_S_MAX).contains(&s));
        let checks = [
            (is_percent(self.answered_percent), "answered_percent", "must be 0 to 100".to_owned()),
            (is_percent(self.machine_percent), "machine_percent", "must be 0 to 100".to_owned()),
            (is_length, "talk_s", format!("must be 1 to {TALK_S_MAX}")),
        ];
        checks.into_iter().filter(|(is_good, ..)| !is_good).map(|(_, field, why)| (field, why)).collect()
    }

    /// Returns the assumptions of a world, all of them set.
    pub fn of(world: &World) -> Self {
        Self {
            answered_percent: Some(to_a_tenth(by_day(world))),
            machine_percent: Some(to_a_tenth(world.machine_percent)),
            talk_s: Some(world.talk_s),
        }
    }

    /// Returns the world with these assumptions instead of its own.
    pub fn in_world(&self, mut world: World) -> World {
        if let Some(wanted) = self.answered_percent.filter(|wanted| to_a_tenth(by_day(&world)) != *wanted) {
            let scale = wanted / by_day(&world).max(0.001);
            for percent in &mut world.answered_percent {
                *percent = (*percent * scale).min(100.0);
            }
        }
        world.machine_percent = self.machine_percent.unwrap_or(world.machine_percent);
        world.talk_s = self.talk_s.unwrap_or(world.talk_s);
        world
    }
}

impl Measured {
    fn of(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// Number of ended calls.
    pub fn calls(&self) -> u64 {
        self.outcomes.iter().filter(|(outcome, _)| outcome.is_try()).map(|(_, count)| count).sum()
    }

    /// Whether they are enough to predict future calls.
    pub fn are_enough(&self) -> bool {
        self.calls() >= OWN_CALLS_MIN
    }

    /// Returns the world that these calls suggest; the default one if they are too few.
    pub fn world(&self) -> World {
        let mut world = World::default();
        if !self.are_enough() {
            return world;
        }
        let all = self.calls();
        world.wrong_percent = percent(self.of(Outcome::WrongNumber), all);
        world.failed_percent = percent(self.of(Outcome::Failed), all);
        world.busy_percent = percent(self.of(Outcome::Busy), all);
        let answered = self.of(Outcome::Talked) + self.of(Outcome::Abandoned);
        // Nobody talks in either case, and neither rings to the end.
        let declined = self.of(Outcome::Declined) + self.of(Outcome::HungUpEarly);
        let machine = self.of(Outcome::Machine);
        let silent = self.of(Outcome::NoAnswer) + self.of(Outcome::Cancelled);
        let rang = answered + declined + machine + silent;
        if rang > 0 {
            let usual = by_day(&world).max(0.001);
            let before: Vec<f64> = world.answered_percent.iter().map(|percent| percent / usual).collect();
            let lifts = self.hours.lifts_of_day(&before);
            world.answered_percent = lifts.into_iter().map(|lift| (lift * usual).min(100.0)).collect();
            let measured =
                Assumptions { answered_percent: Some(percent(answered, rang)), ..Assumptions::default() };
            world = measured.in_world(world);
        }
        if rang > answered {
            world.declined_percent = percent(declined, rang - answered);
        }
        if machine + silent > 0 {
            world.machine_percent = percent(machine, machine + silent);
        }
        if let Some(talk_ms) = self.talk_ms.checked_div(self.talks) {
            world.talk_s = (talk_ms / 1_000).clamp(1, TALK_S_MAX);
        }
        world
    }
}

#[expect(clippy::cast_precision_loss, reason = "calls of a campaign are fewer than 2^53")]
fn percent(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole as f64
}

fn to_a_tenth(percent: f64) -> f64 {
    (percent * 10.0).round() / 10.0
}

/// The mean share of answered calls during the day.
#[expect(clippy::cast_precision_loss, reason = "a day has 24 hours")]
fn by_day(world: &World) -> f64 {
    let hours = world.answered_percent.get(DAYTIME).unwrap_or_default();
    if hours.is_empty() { 0.0 } else { hours.iter().sum::<f64>() / hours.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::best_hour::{Calls, WeekHour};

    fn measured(outcomes: &[(Outcome, u64)]) -> Measured {
        Measured {
            outcomes: outcomes.iter().copied().collect(),
            talks: 40,
            talk_ms: 40 * 61_500,
            hours: Hourly::default(),
        }
    }

    #[test]
    fn few_calls_leave_the_guesses_and_many_replace_them() {
        let few = measured(&[(Outcome::Talked, 40), (Outcome::NoAnswer, 59)]);
        assert_eq!(few.world(), World::default());
        let many = measured(&[
            (Outcome::Talked, 40),
            (Outcome::NoAnswer, 30),
            (Outcome::Machine, 10),
            (Outcome::Declined, 20),
            (Outcome::Busy, 60),
            (Outcome::Failed, 40),
            (Outcome::NotDialled, 1_000),
        ]);
        let world = many.world();
        let assumed = Assumptions::of(&world);
        assert_eq!(
            assumed,
            Assumptions { answered_percent: Some(40.0), machine_percent: Some(25.0), talk_s: Some(61) }
        );
        let others = [world.busy_percent, world.failed_percent, world.wrong_percent, world.declined_percent];
        assert_eq!(others.map(|percent| percent.round() as u32), [30, 20, 0, 33]);
        assert_eq!(world.fault(), None);
        assert!(world.answered_percent[18] > world.answered_percent[9], "an evening is another time of day");
    }

    /// Of the calls at ten in the morning most were answered. There are none at nine.
    #[test]
    fn answer_rates_by_hour_follow_the_campaigns_own_calls() {
        let mut hours = Hourly::default();
        for (hour, answered) in [(10, 450), (34, 450), (18, 50), (42, 50)] {
            hours.add(WeekHour::of_number(hour).unwrap(), 1, Calls { rang: 500, answered });
        }
        let outcomes = [(Outcome::Talked, 1_000), (Outcome::NoAnswer, 1_000)];
        let world = Measured { hours, ..measured(&outcomes) }.world();
        let [nine, ten, eleven, six] = [9, 10, 11, 18].map(|hour| world.answered_percent[hour]);
        assert!(ten > 3.0 * six && eleven > nine, "{:?}", world.answered_percent);
        assert_eq!(world.fault(), None);
        assert_eq!(Assumptions::of(&world).answered_percent, Some(50.0));
    }

    #[test]
    fn an_owners_assumptions_hold_and_those_left_out_stay() {
        let usual = Assumptions::of(&World::default());
        assert_eq!(
            usual.in_world(World::default()),
            World::default(),
            "sending back what was shown changes nothing"
        );
        let wanted = Assumptions { answered_percent: Some(90.0), ..Assumptions::default() };
        let world = wanted.in_world(World::default());
        assert_eq!((world.talk_s, world.fault()), (World::default().talk_s, None));
        assert!(world.answered_percent.iter().all(|percent| (0.0..=100.0).contains(percent)));
        let unanswered = Assumptions { answered_percent: Some(0.0), ..Assumptions::default() };
        assert!(unanswered.in_world(World::default()).answered_percent.iter().all(|percent| *percent == 0.0));
    }

    #[test]
    fn impossible_values_are_named() {
        let bad =
            Assumptions { answered_percent: Some(101.0), machine_percent: Some(f64::NAN), talk_s: Some(0) };
        let fields: Vec<_> = bad.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["answered_percent", "machine_percent", "talk_s"]);
        assert_eq!(Assumptions::default().faults(), []);
    }
}
