//! Agents who talk with callees who answer: when each of them is available, who waits for them, and who finds none.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use cordboard_schema::time::UnixMs;
use serde::Serialize;

use crate::predictive::{Floor, PATIENCE_MS, Pacing, answers_min};
use crate::rules::Rules;

/// How long a callee hears the message that no agent is available, in ms.
pub(super) const MESSAGE_MS: u64 = 8_000;

/// The agents of a simulated campaign. All of them work whenever it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agents {
    /// How many there are.
    pub count: u32,
    /// Wrap-up after each talk, in s. The talk is as long as the world says.
    pub wrap_up_s: u32,
}

/// Figures of the agents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PeopleReport {
    /// How many there are.
    pub agents: u32,
    /// Live calls that one of them took.
    pub taken: u64,
    /// Live calls for which no agent was available.
    pub abandoned: u64,
    /// Live calls from which on a window of 24 h must meet the cap.
    pub answers_min: u32,
    /// The highest abandon rate of a window of 24 h with that many live calls, per 1,000.
    pub abandoned_permille_max: u32,
    /// How long callees waited for an agent who took them, in ms: total, and maximum.
    pub waited_ms: u64,
    /// See above.
    pub waited_ms_max: u64,
    /// Total time of all agents while there were people to call, in ms.
    pub staffed_ms: u64,
    /// Part of it in talks and wrap-up, in ms.
    pub busy_ms: u64,
}

impl PeopleReport {
    /// The share of their time, in percent, in which agents talk or wrap up.
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    pub fn occupancy_percent(&self) -> f64 {
        if self.staffed_ms == 0 { 0.0 } else { self.busy_ms as f64 * 100.0 / self.staffed_ms as f64 }
    }
}

/// A call that a person has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Answer {
    pub(super) at: UnixMs,
    pub(super) person: usize,
    pub(super) talked_ms: u64,
    pub(super) asks_to_stop: bool,
}

/// End of an answered call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Met {
    /// An agent took it, after this long.
    Taken(Answer, u64),
    /// No agent was available.
    NoAgent(Answer),
    /// It waits, or an agent became available and nobody waited.
    Nothing,
}

pub(super) struct Desks {
    agents: Agents,
    pacing: Pacing,
    /// When each busy agent becomes free, and how long they were busy.
    busy: BinaryHeap<Reverse<(UnixMs, u64)>>,
    /// Since when phones ring, by contact.
    ringing: BTreeMap<usize, UnixMs>,
    answers: BinaryHeap<Reverse<Answer>>,
    waiting: VecDeque<Answer>,
    measured_at: UnixMs,
    /// Whether there are more people to call now.
    pub(super) has_more: bool,
    pub(super) report: PeopleReport,
}

impl Desks {
    pub(super) fn new(agents: Agents, rules: &Rules, now: UnixMs) -> Self {
        let mut pacing = Pacing::new(rules.abandoned_permille_max);
        pacing.staffed(agents.count, now);
        let report = PeopleReport {
            agents: agents.count,
            answers_min: answers_min(agents.count),
            ..PeopleReport::default()
        };
        Self {
            agents,
            pacing,
            busy: BinaryHeap::new(),
            ringing: BTreeMap::new(),
            answers: BinaryHeap::new(),
            waiting: VecDeque::new(),
            measured_at: now,
            has_more: false,
            report,
        }
    }

    fn busy(&self) -> u32 {
        u32::try_from(self.busy.len()).unwrap_or(u32::MAX)
    }

    fn free(&self) -> u32 {
        self.agents.count.saturating_sub(self.busy())
    }

    /// Whether a phone rings.
    pub(super) fn rings(&self) -> bool {
        !self.ringing.is_empty()
    }

    /// When something happens here next.
    pub(super) fn next(&self) -> Option<UnixMs> {
        let frees = self.busy.peek().map(|Reverse((at, _))| *at);
        let answers = self.answers.peek().map(|Reverse(answer)| answer.at);
        let gives_up = self.waiting.front().map(|answer| answer.at + PATIENCE_MS);
        [frees, answers, gives_up].into_iter().flatten().min()
    }

    /// Counts the agents' time until `now`.
    pub(super) fn time_passes(&mut self, now: UnixMs) {
        let ms = now.ms_since(self.measured_at);
        self.measured_at = self.measured_at.max(now);
        if self.has_more {
            self.report.staffed_ms += ms * u64::from(self.agents.count);
            self.report.busy_ms += ms * u64::from(self.busy());
        }
    }

    /// How many may be dialled now.
    pub(super) fn dials(&self, now: UnixMs) -> u32 {
        let ringing_ms: Vec<u64> = self.ringing.values().map(|since| now.ms_since(*since)).collect();
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        let floor = Floor { free: self.free(), busy: self.busy(), ringing_ms: &ringing_ms, waiting };
        self.pacing.dials(&floor, now)
    }

    /// Notes that a contact is called, and will answer if `answer` is given.
    pub(super) fn dialled(&mut self, person: usize, now: UnixMs, answer: Option<Answer>) {
        self.ringing.insert(person, now);
        self.answers.extend(answer.map(Reverse));
    }

    /// Notes the end of a call that nobody answered.
    pub(super) fn ended(&mut self, person: usize) {
        if self.ringing.remove(&person).is_some() {
            self.pacing.resolved(None);
        }
    }

    /// Runs the event that is due first, at `now`. An agent who becomes available takes a call that is answered at the same moment.
    pub(super) fn happens(&mut self, now: UnixMs) -> Met {
        if self.busy.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            if let Some(Reverse((_, busy_ms))) = self.busy.pop() {
                self.pacing.handled(busy_ms);
            }
            return match self.waiting.pop_front() {
                Some(answer) => self.take(answer, now),
                None => Met::Nothing,
            };
        }
        if self.answers.peek().is_some_and(|Reverse(answer)| answer.at <= now) {
            let Some(Reverse(answer)) = self.answers.pop() else { return Met::Nothing };
            let since = self.ringing.remove(&answer.person).unwrap_or(now);
            self.pacing.resolved(Some(now.ms_since(since)));
            if self.free() > 0 {
                return self.take(answer, now);
            }
            self.waiting.push_back(answer);
            return Met::Nothing;
        }
        let Some(answer) = self.waiting.pop_front() else { return Met::Nothing };
        self.pacing.abandoned(now);
        self.report.abandoned += 1;
        self.measure(now);
        Met::NoAgent(answer)
    }

    fn take(&mut self, answer: Answer, now: UnixMs) -> Met {
        let waited_ms = now.ms_since(answer.at);
        let busy_ms = answer.talked_ms + u64::from(self.agents.wrap_up_s) * 1_000;
        self.busy.push(Reverse((now + busy_ms, busy_ms)));
        self.pacing.taken(now);
        self.report.taken += 1;
        self.report.waited_ms += waited_ms;
        self.report.waited_ms_max = self.report.waited_ms_max.max(waited_ms);
        self.measure(now);
        Met::Taken(answer, waited_ms)
    }

    fn measure(&mut self, now: UnixMs) {
        let rate = self.pacing.rate(now);
        if rate.live >= self.report.answers_min {
            self.report.abandoned_permille_max = self.report.abandoned_permille_max.max(rate.permille());
        }
    }
}
