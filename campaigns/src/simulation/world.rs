//! How called people behave: invented, and the same for a seed.

use chrono::Timelike;
use chrono_tz::Tz;
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};

use super::chance::Chance;
use crate::attempt::Outcome;

/// Shares of calls by outcome, and how long they take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    /// Percentage of calls that a person answers, by the hour of their day, from 0 to 23.
    pub answered_percent: Vec<f64>,
    /// Percentage of calls not answered by a person that a mailbox answers.
    pub machine_percent: f64,
    /// Percentage of calls that find a busy line.
    pub busy_percent: f64,
    /// Percentage of calls that are declined.
    pub declined_percent: f64,
    /// Percentage of numbers that don't exist.
    pub wrong_percent: f64,
    /// Percentage of calls that fail on the line.
    pub failed_percent: f64,
    /// Percentage of people talked with who want no further call.
    pub asks_to_stop_percent: f64,
    /// Mean length of a talk, in s.
    pub talk_s: u64,
    /// Mean ringing time before a person answers, in s.
    pub ring_s: u64,
    /// Ringing time if nobody answers, in s.
    pub ring_s_max: u64,
    /// How long a mailbox is listened to, in s.
    pub machine_s: u64,
}

impl Default for World {
    fn default() -> Self {
        let mut answered_percent = vec![10.0; 24];
        for (hour, percent) in [
            (8, 14.0),
            (9, 18.0),
            (10, 22.0),
            (11, 23.0),
            (12, 20.0),
            (13, 19.0),
            (14, 20.0),
            (15, 21.0),
            (16, 24.0),
            (17, 28.0),
            (18, 31.0),
            (19, 30.0),
            (20, 24.0),
        ] {
            answered_percent[hour] = percent;
        }
        Self {
            answered_percent,
            machine_percent: 45.0,
            busy_percent: 6.0,
            declined_percent: 7.0,
            wrong_percent: 3.0,
            failed_percent: 1.0,
            asks_to_stop_percent: 2.0,
            talk_s: 95,
            ring_s: 11,
            ring_s_max: 30,
            machine_s: 12,
        }
    }
}

/// Maximum seconds of a part of a call.
const PART_S_MAX: u64 = 7_200;

impl World {
    /// Returns what is wrong with it, if anything: the value's name, and what it must be.
    pub fn fault(&self) -> Option<String> {
        let percents = [
            ("machine_percent", self.machine_percent),
            ("busy_percent", self.busy_percent),
            ("declined_percent", self.declined_percent),
            ("wrong_percent", self.wrong_percent),
            ("failed_percent", self.failed_percent),
            ("asks_to_stop_percent", self.asks_to_stop_percent),
        ];
        let is_percent = |percent: &f64| (0.0..=100.0).contains(percent);
        if self.answered_percent.len() != 24 || !self.answered_percent.iter().all(is_percent) {
            return Some("answered_percent must have 24 values of 0 to 100".to_owned());
        }
        if let Some((name, _)) = percents.into_iter().find(|(_, percent)| !is_percent(percent)) {
            return Some(format!("{name} must be 0 to 100"));
        }
        let parts = [
            ("talk_s", self.talk_s),
            ("ring_s", self.ring_s),
            ("ring_s_max", self.ring_s_max),
            ("machine_s", self.machine_s),
        ];
        let long = parts.into_iter().find(|(_, seconds)| *seconds > PART_S_MAX)?;
        Some(format!("{} must be at most {PART_S_MAX}", long.0))
    }

    /// Returns the end of a call to a person in this zone: its outcome, its total time, and the time after the answer, in ms.
    pub(super) fn answer(
        &self,
        zone: Option<Tz>,
        nth: u32,
        now: UnixMs,
        chance: &mut Chance,
    ) -> (Outcome, u64, u64) {
        let ring_ms = chance.around(self.ring_s * 1_000).min(self.ring_s_max * 1_000);
        let silent_ms = self.ring_s_max * 1_000;
        // A wrong number is wrong at each try, so it is found at the first.
        if nth == 1 && chance.happens(self.wrong_percent) {
            return (Outcome::WrongNumber, 1_500, 0);
        }
        if chance.happens(self.failed_percent) {
            return (Outcome::Failed, 4_000, 0);
        }
        if chance.happens(self.busy_percent) {
            return (Outcome::Busy, 3_000, 0);
        }
        let hour = now.to_utc().with_timezone(&zone.unwrap_or(Tz::UTC)).hour();
        let answered = usize::try_from(hour).ok().and_then(|hour| self.answered_percent.get(hour));
        if chance.happens(answered.copied().unwrap_or(0.0)) {
            let talked_ms = chance.around(self.talk_s * 1_000).max(2_000);
            return (Outcome::Talked, ring_ms + talked_ms, talked_ms);
        }
        if chance.happens(self.declined_percent) {
            return (Outcome::Declined, ring_ms, 0);
        }
        if chance.happens(self.machine_percent) {
            let listened_ms = self.machine_s * 1_000;
            return (Outcome::Machine, silent_ms + listened_ms, listened_ms);
        }
        (Outcome::NoAnswer, silent_ms, 0)
    }
}
