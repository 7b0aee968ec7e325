//! Predictive pacing: how many calls are dialled ahead of agents who will be available, and how few callees find no agent.
//!
//! A call is *live* when a person answers it. It is *abandoned* when no agent takes it within [`PATIENCE_MS`] of the answer. The abandon
//! rate is abandoned calls divided by live calls, of one campaign, within 24 h. Calls that a mailbox answers are neither.
//!
//! | number | here | source |
//! | --- | --- | --- |
//! | 3 % of live calls | [`ABANDONED_PERMILLE_MAX`] | FTC, Telemarketing Sales Rule, 16 CFR 310.4(b)(4)(i): by campaign, over the campaign or each 30 days of it. Ofcom, statements of 2006 to 2010: by campaign over 24 h, since 2010 from midnight to midnight |
//! | 2 s | [`PATIENCE_MS`] | 16 CFR 310.4(b)(1)(iv): from the end of the callee's greeting. Ofcom: from the beginning of it |
//! | a message with the name and the number of the caller | the campaign's own words (`CampaignSettings::abandoned_message`) | 16 CFR 310.4(b)(4)(iii). Ofcom: within 2 s; a number at no more than the basic rate, by which further calls can be declined, and nothing is sold |
//! | 72 h without another automatic call | [`QUIET_MS`] | Ofcom: unless an agent is sure to be there |
//! | 24 h without another automatic call, where a mailbox was detected | [`DETECTED_QUIET_MS`] | Ofcom, 2010: unless an agent is sure to be there |
//! | 15 s or four rings before the dialler gives up | `CampaignSettings::faults` takes no shorter `answer_timeout_s` | 16 CFR 310.4(b)(4)(ii). Ofcom: 15 s |
//! | a number is shown that can be called back | the owner's (`from`, `caller_ids`) | 47 CFR 64.1601(e). Ofcom: at no more than the national rate, and behind it somebody, or a message, that says who called |
//!
//! The stricter interpretation is used: any 24 h, counted from the answer.
//!
//! **Whether Ofcom still tolerates 3 % is not certain.** Its statement of 20 December 2016 has been in force since 1 March 2017, with an annex on how
//! to calculate the rate. Two writers of the trade read it as naming no tolerated rate; a maker of diallers has asked Ofcom since to confirm 3 %.
//! For numbers in the United Kingdom a cap of 0 is the safe choice: one call is made for each free agent.
//!
//! Sources, read on 2026-11-28. The rule's text is at <https://www.law.cornell.edu/cfr/text/16/310.4>. A copy of the FTC's guide for businesses was
//! read for 3 %, 30 days, 2 s and the message; the paragraphs' numbers are from memory. Of Ofcom's statements only excerpts were read: of 2006
//! (<https://www.campaignlive.co.uk/article/ofcom-finalises-rules-silent-calls/544117>), the additions of 2010 (docest.com, "The overview of the
//! Ofcom requirements"), of 2016 (<https://www.ofcom.org.uk/consultations-and-statements/category-1/review-of-how-we-use-persistent-misuse-powers>),
//! and on 3 % since then (<http://callcentresoftware.co.uk/blog/2017/february/life-after-ofcoms-3-rule/>,
//! <http://sytelco.com/knowledge/compliance/compliance-guidelines-predictive-dialling-uk/>,
//! <https://contact-centres.com/contact-centre-outbound-dialling-persistent-misuse-policy>). An owner who dials must read them.
//!
//! # The cap is a limit, not a target
//! A percentage of few calls says nothing: one abandoned call of ten is 10 %. So the cap applies to every window of at most 24 h that has at least
//! [`answers_min`] live calls, whenever it begins. [`Pacing::budget`] is how many calls could be abandoned now without breaking it in any of them.
//! The calls in flight never exceed the available agents plus this budget, so the cap holds even if everybody answers and no agent becomes available.
//! The only exception is an agent who leaves while phones ring.
//!
//! Proof: let *excess* be calls in flight minus available agents. Between two dials it never grows: a call that is taken needs one agent and is one
//! call less; a call that ends otherwise or is abandoned, and an agent who becomes available, reduce it. So no more calls are abandoned than the
//! excess was, and a dial leaves the excess at the budget at most. Answers in between only raise the budget.

use std::collections::VecDeque;

use cordboard_schema::time::UnixMs;

/// The window of the abandon rate, in ms.
pub const WINDOW_MS: u64 = 86_400_000;
/// The highest cap that can be set, per 1,000 live calls. It is also the default.
pub const ABANDONED_PERMILLE_MAX: u16 = 30;
/// How long an answered callee waits for an agent before the call counts as abandoned, in ms.
pub const PATIENCE_MS: u64 = 2_000;
/// How long a number is not dialled after an abandoned call, in ms.
pub const QUIET_MS: u64 = 72 * 3_600_000;
/// How long a contact is not dialled after a predictive call on which a mailbox was detected, in ms.
pub const DETECTED_QUIET_MS: u64 = 24 * 3_600_000;

/// The value of a live call in the units of the budget.
const CALL: i64 = 1_000;
/// Dialled calls from which the share of answers is learned: recent enough to follow the time of day.
pub const OUTCOMES_LEARNED: usize = 300;
/// Durations from which a mean is learned.
const LENGTHS_LEARNED: usize = 100;
/// Defaults before anything is learned: ringing until an answer, and talk with wrap-up, in ms.
const USUAL_RING_MS: u64 = 12_000;
const USUAL_HANDLING_MS: u64 = 120_000;

/// Live calls from which on a window's percentage must meet the cap: a hundred, or about an hour's work of the agents.
pub const fn answers_min(agents: u32) -> u32 {
    let hour = agents.saturating_mul(30);
    if hour > 100 { hour } else { 100 }
}

/// Agents and calls of a campaign at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor<'a> {
    /// Agents who could take a call now.
    pub free: u32,
    /// Agents who talk or wrap up, and will become available.
    pub busy: u32,
    /// Ringing calls, by how long they have rung, in ms.
    pub ringing_ms: &'a [u64],
    /// Callees who have answered and wait for an agent.
    pub waiting: u32,
}

/// The abandon rate of the last 24 h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AbandonRate {
    /// Calls that a person answered.
    pub live: u32,
    /// Those for whom no agent was available.
    pub abandoned: u32,
}

impl AbandonRate {
    /// Abandoned calls per 1,000 live ones, rounded up.
    pub const fn permille(self) -> u32 {
        if self.live == 0 { 0 } else { self.abandoned.saturating_mul(1_000).div_ceil(self.live) }
    }
}

/// A moment from which on answers are counted: just before a live call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Start {
    at: UnixMs,
    balance: i64,
}

/// The mean of the newest durations.
#[derive(Clone, Debug, Default)]
struct Mean {
    newest: VecDeque<u64>,
    sum: u64,
}

impl Mean {
    fn add(&mut self, ms: u64) {
        if self.newest.len() >= LENGTHS_LEARNED {
            self.sum -= self.newest.pop_front().unwrap_or(0);
        }
        // A duration that a clock change made up must not spoil the mean.
        let ms = ms.min(WINDOW_MS);
        self.newest.push_back(ms);
        self.sum += ms;
    }

    fn or(&self, usual: u64) -> u64 {
        u64::try_from(self.newest.len())
            .ok()
            .and_then(|count| self.sum.checked_div(count))
            .unwrap_or(usual)
            .max(1)
    }
}

/// The learning part of a predictive campaign.
#[derive(Clone, Debug)]
pub struct Pacing {
    cap_permille: i64,
    answers_min: usize,
    /// Balance so far: live calls add to it, abandoned ones subtract.
    balance: i64,
    /// Starts with fewer than `answers_min` live calls after them.
    young: VecDeque<Start>,
    /// Of the older starts, those at which the worst window can begin: later ones have lower balances.
    peaks: VecDeque<Start>,
    /// Live calls of the last 24 h, and whether each was abandoned.
    day: VecDeque<(UnixMs, bool)>,
    /// How many of them were abandoned.
    day_abandoned: u32,
    /// Newest outcomes of dialled calls: whether a person answered.
    answered: VecDeque<bool>,
    ring: Mean,
    handling: Mean,
}

impl Pacing {
    /// Makes pacing that has learned nothing, with a cap per 1,000 live calls.
    pub fn new(cap_permille: u16) -> Self {
        Self {
            cap_permille: i64::from(cap_permille.min(ABANDONED_PERMILLE_MAX)),
            answers_min: answers_min(0) as usize,
            balance: 0,
            young: VecDeque::new(),
            peaks: VecDeque::new(),
            day: VecDeque::new(),
            day_abandoned: 0,
            answered: VecDeque::new(),
            ring: Mean::default(),
            handling: Mean::default(),
        }
    }

    /// Notes the result of a dialled call: a person answered after ringing for this many ms, or nobody did.
    pub fn resolved(&mut self, answered_after_ms: Option<u64>) {
        self.was_resolved(answered_after_ms.is_some());
        if let Some(ms) = answered_after_ms {
            self.ring.add(ms);
        }
    }

    /// Notes the result of an earlier call whose ringing time is unknown.
    pub fn was_resolved(&mut self, is_answered: bool) {
        if self.answered.len() >= OUTCOMES_LEARNED {
            self.answered.pop_front();
        }
        self.answered.push_back(is_answered);
    }

    /// Notes how much work an agent had with a call: talk and wrap-up, in ms.
    pub fn handled(&mut self, ms: u64) {
        self.handling.add(ms);
    }

    /// Notes that an agent took a live call.
    pub fn taken(&mut self, at: UnixMs) {
        self.live(at, false);
    }

    /// Notes that a live call found no agent.
    pub fn abandoned(&mut self, at: UnixMs) {
        self.live(at, true);
    }

    fn live(&mut self, at: UnixMs, is_abandoned: bool) {
        self.young.push_back(Start { at, balance: self.balance });
        self.balance += self.cap_permille - if is_abandoned { CALL } else { 0 };
        self.day.push_back((at, is_abandoned));
        self.day_abandoned += u32::from(is_abandoned);
        while self.day.front().is_some_and(|(then, _)| at.ms_since(*then) >= WINDOW_MS) {
            let was_abandoned = self.day.pop_front().is_some_and(|(_, was_abandoned)| was_abandoned);
            self.day_abandoned -= u32::from(was_abandoned);
        }
        self.age(at);
    }

    /// Moves starts that have enough live calls after them to those that count, and forgets those before the window.
    fn age(&mut self, now: UnixMs) {
        while self.young.len() >= self.answers_min {
            let Some(start) = self.young.pop_front() else { break };
            while self.peaks.back().is_some_and(|last| last.balance <= start.balance) {
                self.peaks.pop_back();
            }
            self.peaks.push_back(start);
        }
        while self.peaks.front().is_some_and(|first| now.ms_since(first.at) >= WINDOW_MS) {
            self.peaks.pop_front();
        }
    }

    /// Sets the number of agents who work for the campaign.
    pub fn staffed(&mut self, agents: u32, now: UnixMs) {
        self.answers_min = answers_min(agents) as usize;
        self.age(now);
    }

    /// The abandon rate of the 24 h before `now`.
    pub fn rate(&self, now: UnixMs) -> AbandonRate {
        let all = AbandonRate {
            live: u32::try_from(self.day.len()).unwrap_or(u32::MAX),
            abandoned: self.day_abandoned,
        };
        let over = self.day.iter().take_while(|(at, _)| now.ms_since(*at) >= WINDOW_MS);
        over.fold(all, |rate, (_, was_abandoned)| AbandonRate {
            live: rate.live.saturating_sub(1),
            abandoned: rate.abandoned.saturating_sub(u32::from(*was_abandoned)),
        })
    }

    /// Calls that could be abandoned now without breaking the cap, in thousandths of a call; 0 with too few live calls.
    fn budget_thousandths(&self, now: UnixMs) -> i64 {
        let worst = self.peaks.iter().find(|start| now.ms_since(start.at) < WINDOW_MS);
        worst.map_or(0, |start| (self.balance - start.balance).max(0))
    }

    /// How many calls could be abandoned now without breaking the cap in any window that counts.
    pub fn budget(&self, now: UnixMs) -> u32 {
        u32::try_from(self.budget_thousandths(now) / CALL).unwrap_or(u32::MAX)
    }

    /// How many calls may be dialled at `now`. With too few live calls, or when the cap is used up, it is one for each available agent (progressive).
    pub fn dials(&self, floor: &Floor<'_>, now: UnixMs) -> u32 {
        if floor.free + floor.busy == 0 {
            return 0;
        }
        let in_flight =
            u32::try_from(floor.ringing_ms.len()).unwrap_or(u32::MAX).saturating_add(floor.waiting);
        let progressive = floor.free.saturating_sub(in_flight);
        let bound = floor.free.saturating_add(self.budget(now)).saturating_sub(in_flight);
        if bound <= progressive {
            return bound;
        }
        let mut expected = Expected::new(self, floor);
        for _ in 0..progressive {
            expected.dial();
        }
        let allowed = self.allowed(floor, now);
        let mut dials = progressive;
        while dials < bound {
            expected.dial();
            if expected.abandoned() > allowed {
                break;
            }
            dials += 1;
        }
        dials
    }

    /// How many of the calls in flight may be expected to be abandoned: what the agents' answers earn during a ringing time, more while the budget is
    /// large, and nothing once it is used up.
    #[expect(clippy::cast_precision_loss, reason = "an expectation, far below 2^52")]
    fn allowed(&self, floor: &Floor<'_>, now: UnixMs) -> f64 {
        let agents = f64::from(floor.free + floor.busy);
        let rings = self.ring.or(USUAL_RING_MS) as f64 / self.handling.or(USUAL_HANDLING_MS) as f64;
        let earned = self.cap_permille as f64 / CALL as f64 * agents * rings;
        let full = self.cap_permille as f64 * self.answers_min as f64;
        if full <= 0.0 {
            return 0.0;
        }
        earned * GAIN * self.budget_thousandths(now) as f64 / full
    }

    /// The share of dialled calls that a person answers, rather too high than too low: two of four before anything is known.
    #[expect(clippy::cast_precision_loss, reason = "a share of some hundred outcomes")]
    fn answer_share(&self) -> f64 {
        let answered = self.answered.iter().filter(|answered| **answered).count();
        (answered as f64 + 2.0) / (self.answered.len() as f64 + 4.0)
    }
}

/// How much more than earned may be expected at a full budget. Found by simulation (docs/figures.md).
const GAIN: f64 = 3.0;

/// How many of the calls in flight are expected to find no agent.
struct Expected {
    /// The probabilities of each number of answers.
    answers: Vec<f64>,
    /// The probability of a new call.
    share: f64,
    /// For `n` callees beyond the available agents: the mean number without an agent.
    without: Vec<f64>,
    free: usize,
}

impl Expected {
    #[expect(clippy::cast_precision_loss, reason = "times of calls")]
    fn new(pacing: &Pacing, floor: &Floor<'_>) -> Self {
        let ring_ms = pacing.ring.or(USUAL_RING_MS) as f64;
        let handling_ms = pacing.handling.or(USUAL_HANDLING_MS) as f64;
        let becomes_free = 1.0 - (-ring_ms / handling_ms).exp();
        let mut freed = vec![1.0];
        (0..floor.busy).for_each(|_| add(&mut freed, becomes_free));
        let mut expected = Self {
            answers: vec![1.0],
            share: pacing.answer_share(),
            without: without(&freed),
            free: floor.free as usize,
        };
        (0..floor.waiting).for_each(|_| add(&mut expected.answers, 1.0));
        for age_ms in floor.ringing_ms {
            // The longer a phone has rung, the less likely it is answered.
            let is_still_rung = expected.share * (-(*age_ms as f64) / ring_ms).exp();
            let share = is_still_rung / (is_still_rung + 1.0 - expected.share);
            add(&mut expected.answers, share);
        }
        expected
    }

    fn dial(&mut self) {
        add(&mut self.answers, self.share);
    }

    fn abandoned(&self) -> f64 {
        let beyond = self.answers.iter().skip(self.free).enumerate();
        beyond.map(|(count, chance)| chance * self.mean_without(count)).sum()
    }

    /// The mean number of `count` callees for whom no agent becomes available.
    #[expect(clippy::cast_precision_loss, reason = "numbers of calls")]
    fn mean_without(&self, count: usize) -> f64 {
        match (self.without.get(count), self.without.last()) {
            (Some(mean), _) => *mean,
            (None, Some(last)) => last + (count + 1 - self.without.len()) as f64,
            (None, None) => count as f64,
        }
    }
}

/// Adds one more event with this probability to the distribution of the number of events.
fn add(counts: &mut Vec<f64>, chance: f64) {
    counts.push(0.0);
    for at in (0..counts.len()).rev() {
        let before = at.checked_sub(1).and_then(|at| counts.get(at)).copied().unwrap_or(0.0);
        if let Some(count) = counts.get_mut(at) {
            *count = *count * (1.0 - chance) + before * chance;
        }
    }
}

/// For each number of callees from 0 on: how many of them are without an agent on average, given how many agents become available.
fn without(freed: &[f64]) -> Vec<f64> {
    let (mut mean, mut at_most) = (0.0, 0.0);
    let mut means = vec![0.0];
    for chance in freed {
        at_most += chance;
        // One more callee is one more without an agent if no more agents than the other callees became available.
        mean += at_most;
        means.push(mean);
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_772_409_600_000);

    /// A campaign that has had this many live calls, a second apart until now, with half of its dialled calls answered.
    fn learned(cap_permille: u16, live: u32) -> Pacing {
        let mut pacing = Pacing::new(cap_permille);
        for nth in 0..live {
            pacing.resolved(Some(10_000));
            pacing.resolved(None);
            pacing.handled(100_000);
            pacing.taken(NOW - u64::from(live - nth) * 1_000);
        }
        pacing
    }

    fn floor(free: u32, busy: u32, ringing_ms: &[u64]) -> Floor<'_> {
        Floor { free, busy, ringing_ms, waiting: 0 }
    }

    #[test]
    fn too_few_answers_mean_one_call_per_free_agent() {
        for live in [0, 1, 99] {
            let pacing = learned(30, live);
            assert_eq!(pacing.budget(NOW), 0);
            assert_eq!(pacing.dials(&floor(3, 2, &[]), NOW), 3);
            assert_eq!(pacing.dials(&floor(3, 2, &[1_000, 2_000]), NOW), 1);
            assert_eq!(pacing.dials(&floor(0, 5, &[]), NOW), 0);
        }
    }

    #[test]
    fn calls_are_dialled_before_agents_are_free_within_the_budget() {
        let pacing = learned(30, 100);
        assert_eq!(pacing.budget(NOW), 3);
        let many = pacing.dials(&floor(2, 60, &[]), NOW);
        assert_eq!(many, 5, "two agents and the budget");
        assert_eq!(pacing.dials(&floor(0, 60, &[100; 3]), NOW), 0, "the budget is in flight");
        let few = pacing.dials(&floor(1, 1, &[]), NOW);
        assert_eq!(few, 1, "half of all answer, and there are two agents");
        assert_eq!(pacing.dials(&floor(0, 0, &[]), NOW), 0, "nobody works");
        let waits = Floor { waiting: 3, ..floor(0, 60, &[]) };
        assert_eq!(pacing.dials(&waits, NOW), 0, "those who wait may find nobody");
    }

    #[test]
    fn a_cap_of_zero_dials_once_per_free_agent() {
        let pacing = learned(0, 5_000);
        assert_eq!((pacing.budget(NOW), pacing.dials(&floor(2, 60, &[]), NOW)), (0, 2));
        assert_eq!(learned(10, 100).budget(NOW), 1);
        assert_eq!(learned(u16::MAX, 100).budget(NOW), 3, "at most 3 %, whatever is set");
    }

    #[test]
    fn abandoned_calls_reduce_the_budget_for_a_day() {
        let mut pacing = learned(30, 1_000);
        (0..3).for_each(|_| pacing.abandoned(NOW));
        assert_eq!(pacing.budget(NOW), 0, "of the last hundred three are abandoned");
        assert_eq!(pacing.rate(NOW), AbandonRate { live: 1_003, abandoned: 3 });
        assert_eq!((pacing.rate(NOW).permille(), AbandonRate::default().permille()), (3, 0));
        (0..97).for_each(|_| pacing.taken(NOW));
        assert_eq!(pacing.budget(NOW), 0);
        (0..100).for_each(|_| pacing.taken(NOW));
        assert_eq!(pacing.budget(NOW), 3, "a hundred others follow them");
        let next_day = NOW + WINDOW_MS;
        assert_eq!((pacing.rate(next_day), pacing.budget(next_day)), (AbandonRate::default(), 0));
    }

    #[test]
    fn more_agents_need_more_answers_and_may_lose_more() {
        let mut pacing = learned(30, 2_000);
        pacing.staffed(50, NOW);
        (0..1_500).for_each(|_| pacing.taken(NOW));
        assert_eq!((answers_min(2), answers_min(50)), (100, 1_500));
        assert_eq!(pacing.budget(NOW), 45);
    }

    #[test]
    fn a_long_ringing_phone_is_hardly_expected_to_answer() {
        let pacing = learned(30, 1_000);
        let new = pacing.dials(&floor(1, 20, &[0, 0]), NOW);
        let old = pacing.dials(&floor(1, 20, &[25_000, 25_000]), NOW);
        assert!(old > new, "{old} {new}");
    }

    #[test]
    fn the_expected_number_is_that_of_the_binomial_distribution() {
        let pacing = Pacing::new(30);
        let mut expected = Expected::new(&pacing, &floor(1, 0, &[]));
        (0..3).for_each(|_| expected.dial());
        // Of three calls with probability 1/2: two answers in three of eight cases, three in one.
        assert!((expected.abandoned() - (3.0 + 2.0) / 8.0).abs() < 1e-12, "{}", expected.abandoned());
        assert_eq!(without(&[0.5, 0.5]), [0.0, 0.5, 1.5]);
    }
}
