//! Figures match the journals of their calls whenever they are read: in total, by hour and by agent. They are counted here as the API's document
//! describes, without the server's code. A change is counted within seconds, so that no report counts it again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use cordboard_schema::call::{Direction, HangupCause};
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{EffectId, UserId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use serde_json::{Value, json};

use super::Complaints;
use crate::evidence::Evidence;

const FOLD: &str = "figures match the journals of their calls";
const COUNTED: &str = "a change of figures is counted within seconds";

/// Percentiles are exact to a thirtieth.
const PERCENTILE_PARTS: u64 = 30;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for look in &evidence.figures {
        let whose = format!("organization {} at {} ms", look.organization, look.at_ms);
        if look.is_counted == Some(false) {
            complaints.add(COUNTED, &whose, "hours are still marked as changed");
        }
        let journals = look.written.iter().filter_map(|(call, last_seq)| {
            let book = evidence.books.iter().find(|book| book.row.id == *call)?;
            Some(&book.journal[..book.journal.partition_point(|entry| entry.seq <= *last_seq)])
        });
        let calls: Vec<OfCall> = journals.filter_map(OfCall::of).collect();
        for how in differences(&look.report, &calls) {
            complaints.add(FOLD, &whose, how);
        }
    }
}

/// Countable facts of a call's journal.
#[derive(Clone, Debug)]
struct OfCall {
    began_at: UnixMs,
    is_inbound: bool,
    answered_at: Option<UnixMs>,
    /// When the process died that had it before the present one, until the caller is back.
    died_at: Option<UnixMs>,
    ended: Option<(UnixMs, HangupCause)>,
    /// The hand-off for which the caller waits, and since when.
    waits_for: Option<(EffectId, UnixMs)>,
    /// Waits for agents who then joined, in ms.
    waits: Vec<u64>,
    handoffs: u64,
    failures: Vec<HandoffFailure>,
    /// Agents who have joined, each with the time of their finished talks, in ms.
    agents: BTreeMap<UserId, u64>,
    /// Those who are talking with the caller.
    talking: BTreeSet<UserId>,
    cost_micros: u64,
    leads: u64,
    bookings: u64,
}

impl OfCall {
    fn begun(began_at: UnixMs, direction: Direction) -> Self {
        Self {
            began_at,
            is_inbound: direction == Direction::Inbound,
            answered_at: None,
            died_at: None,
            ended: None,
            waits_for: None,
            waits: Vec::new(),
            handoffs: 0,
            failures: Vec::new(),
            agents: BTreeMap::new(),
            talking: BTreeSet::new(),
            cost_micros: 0,
            leads: 0,
            bookings: 0,
        }
    }

    /// Reads a journal; none for a call between colleagues, which counts nowhere.
    fn of(journal: &[JournalEntry]) -> Option<Self> {
        let first = journal.first()?;
        let Event::Fact(Fact::CallStarted { direction, .. }) = &first.event else { return None };
        if *direction == Direction::Internal {
            return None;
        }
        let mut call = Self::begun(first.at, *direction);
        let mut newest_at = first.at;
        for entry in journal {
            match &entry.event {
                Event::Decision(decision) => call.takes(decision, entry.at),
                // A calendar that was set back tells no length.
                Event::Fact(Fact::ServerRestarted { .. }) => call.died_at = Some(newest_at.min(entry.at)),
                Event::Fact(_) => {}
            }
            newest_at = entry.at;
        }
        Some(call)
    }

    fn takes(&mut self, decision: &Decision, at: UnixMs) {
        match decision {
            Decision::Answered if self.ended.is_none() => self.answered_at = Some(at),
            Decision::Ended { ending, .. } if self.ended.is_none() => {
                self.ended = Some((at, ending.cause.clone()));
                self.talking.clear();
            }
            Decision::HandoffRequested { handoff, .. } | Decision::AgentRequested { handoff, .. } => {
                self.handoffs += 1;
                self.waits_for = Some((*handoff, at));
            }
            Decision::HandoffBridged { handoff } => self.is_joined(*handoff, at),
            Decision::AgentJoined { handoff, user_id, .. } => {
                self.agents.entry(*user_id).or_default();
                self.talking.insert(*user_id);
                self.is_joined(*handoff, at);
            }
            Decision::AgentLeft { user_id, talked_ms, .. } => {
                self.talking.remove(user_id);
                if let Some(talked) = self.agents.get_mut(user_id) {
                    *talked += talked_ms.unwrap_or_default();
                }
            }
            Decision::HandoffAbandoned { handoff, failure } => {
                self.waits_for.take_if(|(waiting, _)| waiting == handoff);
                self.failures.push(*failure);
            }
            Decision::Resumed { .. } => self.died_at = None,
            Decision::Charged { cost_micros, .. } => self.cost_micros += cost_micros,
            Decision::LeadCreated { .. } => self.leads += 1,
            Decision::AppointmentBooked { .. } => self.bookings += 1,
            _ => {}
        }
    }

    fn is_joined(&mut self, handoff: EffectId, at: UnixMs) {
        if let Some((_, since)) = self.waits_for.take_if(|(waiting, _)| *waiting == handoff) {
            self.waits.push(at.ms_since(since));
        }
    }

    fn is_sent_on(&self) -> bool {
        self.ended.as_ref().is_some_and(|(_, cause)| *cause == HangupCause::transferred())
    }

    fn is_handed_over(&self) -> bool {
        !self.waits.is_empty() || !self.agents.is_empty() || self.is_sent_on()
    }

    /// Returns the time from the answer to the end, in ms. A caller who did not come back after a death of the server talked until then.
    fn talk_ms(&self) -> Option<u64> {
        let (ended_at, cause) = self.ended.as_ref()?;
        let died_at = self.died_at.filter(|_| *cause == HangupCause::server_restart());
        Some(died_at.unwrap_or(*ended_at).ms_since(self.answered_at?))
    }
}

/// Returns all differences between a report and its calls.
fn differences(report: &Value, calls: &[OfCall]) -> Vec<String> {
    let all: Vec<&OfCall> = calls.iter().collect();
    let mut found = of_calls("all together", &report["now"]["figures"], &all);
    for row in report["rows"].as_array().into_iter().flatten() {
        let (Some(from), Some(until)) = (moment(&row["at"]), moment(&row["until"])) else {
            found.push(format!("a row is not an hour: {row}"));
            continue;
        };
        let is_theirs = |call: &&OfCall| from <= call.began_at && call.began_at < until;
        let theirs: Vec<&OfCall> = calls.iter().filter(is_theirs).collect();
        found.extend(of_calls(&format!("the hour from {}", row["at"]), &row["figures"], &theirs));
    }
    found.extend(of_agents(report, calls));
    if report["hours_behind"] != 0 {
        found.push(format!("{} hours are not counted yet", report["hours_behind"]));
    }
    found
}

fn moment(told: &Value) -> Option<UnixMs> {
    told.as_str()?.parse::<DateTime<Utc>>().ok().map(UnixMs::from)
}

/// Returns the figures of calls that differ from the journals.
fn of_calls(what: &str, shown: &Value, calls: &[&OfCall]) -> Vec<String> {
    let is = |counts: fn(&OfCall) -> bool| json!(calls.iter().filter(|call| counts(call)).count());
    let sum = |of: fn(&OfCall) -> u64| json!(calls.iter().map(|call| of(call)).sum::<u64>());
    let talks: Vec<u64> = calls.iter().filter_map(|call| call.talk_ms()).collect();
    let mut waits: Vec<u64> = calls.iter().flat_map(|call| call.waits.iter().copied()).collect();
    waits.sort_unstable();
    let failures = calls.iter().flat_map(|call| &call.failures).map(|failure| word(json!(failure)));
    let outcomes = calls.iter().filter_map(|call| call.ended.as_ref()).map(|(_, cause)| cause.0.clone());
    let exact = [
        ("calls", is(|_| true)),
        ("inbound", is(|call| call.is_inbound)),
        ("answered", is(|call| call.answered_at.is_some())),
        (
            "contained",
            is(|call| call.answered_at.is_some() && call.ended.is_some() && !call.is_handed_over()),
        ),
        ("handed_over", is(OfCall::is_handed_over)),
        ("missed", is(|call| call.is_inbound && call.ended.is_some() && call.answered_at.is_none())),
        ("open", is(|call| call.ended.is_none())),
        ("handoffs", sum(|call| call.handoffs)),
        ("bridged", json!(waits.len())),
        ("failures", json!(how_often(failures))),
        ("waits", json!(waits.len())),
        ("talk_ms", json!(talks.iter().sum::<u64>().checked_div(talks.len() as u64))),
        ("cost_micros", sum(|call| call.cost_micros)),
        ("outcomes", json!(how_often(outcomes))),
        ("leads", sum(|call| call.leads)),
        ("bookings", sum(|call| call.bookings)),
    ];
    let near = [("wait_p50_ms", percentile(&waits, 50)), ("wait_p95_ms", percentile(&waits, 95))];
    let exact = exact.into_iter().filter(|(name, wanted)| shown[*name] != *wanted);
    let near = near.into_iter().filter(|(name, wanted)| !is_near(&shown[*name], *wanted));
    let all = exact.chain(near.map(|(name, wanted)| (name, json!(wanted))));
    all.map(|(name, wanted)| format!("{what}, {name} is {} and should be {wanted}", shown[name])).collect()
}

fn word(told: Value) -> String {
    told.as_str().map(str::to_owned).unwrap_or_default()
}

fn how_often(words: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    let mut often: BTreeMap<String, u64> = BTreeMap::new();
    words.for_each(|word| *often.entry(word).or_default() += 1);
    often
}

/// Returns the time that a percentage of the times does not exceed, by nearest rank. The times are sorted.
fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

fn is_near(shown: &Value, wanted: Option<u64>) -> bool {
    match (shown.as_u64(), wanted) {
        (Some(shown), Some(wanted)) => shown.abs_diff(wanted) * PERCENTILE_PARTS <= wanted,
        (None, None) => shown.is_null(),
        _ => false,
    }
}

/// Returns the figures of agents that differ from the journals: how many calls each has joined, and how long they have talked in
/// those that they have left.
fn of_agents(report: &Value, calls: &[OfCall]) -> Vec<String> {
    let mut wanted: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
    for (call, (user, talked_ms)) in
        calls.iter().flat_map(|call| call.agents.iter().map(move |agent| (call, agent)))
    {
        let (joined, ms, times) = wanted.entry(user.to_string()).or_default();
        *joined += 1;
        if !call.talking.contains(user) {
            *ms += talked_ms;
            *times += 1;
        }
    }
    let mut wrong = Vec::new();
    for key in report["keys"].as_array().into_iter().flatten() {
        let (user, shown) = (key["key"].as_str().unwrap_or_default(), &key["now"]);
        let (joined, ms, times) = wanted.remove(user).unwrap_or_default();
        let talk_ms = json!(ms.checked_div(times));
        if shown["answered"] != joined || shown["talk_ms"] != talk_ms {
            let (answered, talked) = (&shown["answered"], &shown["talk_ms"]);
            wrong.push(format!(
                "agent {user} has joined {answered} calls for {talked} ms, and should have {joined} for {talk_ms}"
            ));
        }
    }
    wrong.extend(wanted.keys().map(|user| format!("agent {user} has no figures")));
    wrong
}

#[cfg(test)]
mod tests {
    use cordboard_schema::agent::AgentEnd;
    use cordboard_schema::call::{Ending, HangupBy};
    use cordboard_schema::dialplan::NextStep;
    use cordboard_schema::ids::LegId;
    use cordboard_schema::report::ReportFigures;
    use uuid::Uuid;

    use super::*;

    const ADA: UserId = UserId(Uuid::from_u128(7));
    const HANDOFF: EffectId = EffectId(3);

    fn at(ms: u64) -> UnixMs {
        moment(&json!("2027-05-04T09:00:00Z")).unwrap_or(UnixMs(0)) + ms
    }

    fn asked(handoff: EffectId) -> Decision {
        Decision::AgentRequested { handoff, target: "help".to_owned(), reason: String::new() }
    }

    fn ended(cause: HangupCause) -> Decision {
        Decision::Ended { ending: Ending { cause, by: HangupBy::Caller }, next: NextStep::Hangup }
    }

    /// A call that began at nine, with decisions at offsets in ms.
    fn call(decisions: impl IntoIterator<Item = (u64, Decision)>) -> OfCall {
        let mut call = OfCall::begun(at(0), Direction::Inbound);
        decisions.into_iter().for_each(|(ms, decision)| call.takes(&decision, at(ms)));
        call
    }

    /// A call that an agent has taken after a hand-off that reached no agent.
    fn taken() -> OfCall {
        call([
            (1_000, Decision::Answered),
            (1_500, asked(EffectId(2))),
            (1_900, Decision::HandoffAbandoned { handoff: EffectId(2), failure: HandoffFailure::NoAnswer }),
            (2_000, asked(HANDOFF)),
            (5_000, Decision::AgentJoined { handoff: HANDOFF, user_id: ADA, leg: LegId(4) }),
            (8_000, Decision::AgentLeft { user_id: ADA, talked_ms: Some(3_000), how: AgentEnd::HandedBack }),
            // The transfer's charge comes after the end.
            (9_000, ended(HangupCause::transferred())),
            (9_100, Decision::Charged { model: "m".to_owned(), cost_micros: 12 }),
        ])
    }

    /// The report of these figures, all in the hour from nine.
    fn report(figures: &ReportFigures, (answered, talk_ms): (u64, Option<u64>)) -> Value {
        let figures = serde_json::to_value(figures).unwrap_or_default();
        json!({
            "now": { "figures": figures },
            "rows": [
                { "at": "2027-05-04T09:00:00Z", "until": "2027-05-04T10:00:00Z", "figures": figures },
                { "at": "2027-05-04T10:00:00Z", "until": "2027-05-04T11:00:00Z", "figures": ReportFigures::default() },
            ],
            "keys": [{ "key": ADA.to_string(), "now": { "answered": answered, "talk_ms": talk_ms } }],
            "hours_behind": 0,
        })
    }

    fn figures() -> ReportFigures {
        ReportFigures {
            calls: 1,
            inbound: 1,
            answered: 1,
            handed_over: 1,
            handoffs: 2,
            bridged: 1,
            failures: [(HandoffFailure::NoAnswer, 1)].into(),
            waits: 1,
            // Exact to a thirtieth.
            wait_p50_ms: Some(3_050),
            wait_p95_ms: Some(3_050),
            talk_ms: Some(8_000),
            cost_micros: 12,
            outcomes: [(HangupCause::transferred().0, 1)].into(),
            ..ReportFigures::default()
        }
    }

    #[test]
    fn a_report_that_matches_its_calls_is_right() {
        let right = report(&figures(), (1, Some(3_000)));
        assert_eq!(differences(&right, &[taken()]), [] as [String; 0]);
    }

    #[test]
    fn each_figure_that_differs_from_the_calls_is_reported() {
        let told = |wrong: ReportFigures| differences(&report(&wrong, (1, Some(3_000))), &[taken()]);
        for (wrong, name) in [
            (ReportFigures { calls: 2, ..figures() }, "calls"),
            (ReportFigures { answered: 0, ..figures() }, "answered"),
            (ReportFigures { contained: 1, ..figures() }, "contained"),
            (ReportFigures { open: 1, ..figures() }, "open"),
            (ReportFigures { failures: BTreeMap::new(), ..figures() }, "failures"),
            (ReportFigures { wait_p50_ms: Some(3_200), ..figures() }, "wait_p50_ms"),
            (ReportFigures { wait_p95_ms: None, ..figures() }, "wait_p95_ms"),
            (ReportFigures { talk_ms: Some(8_001), ..figures() }, "talk_ms"),
            (ReportFigures { cost_micros: 0, ..figures() }, "cost_micros"),
            (ReportFigures { outcomes: BTreeMap::new(), ..figures() }, "outcomes"),
        ] {
            let told = told(wrong);
            // In the total, and in its hour.
            assert_eq!(told.len(), 2, "{told:?}");
            assert!(told.iter().all(|how| how.contains(&format!(", {name} is "))), "{told:?}");
        }
        let late = OfCall { began_at: at(3_600_000), ..taken() };
        let told = differences(&report(&figures(), (1, Some(3_000))), &[late]);
        assert!(!told.is_empty() && told.iter().all(|how| how.starts_with("the hour from")), "{told:?}");
    }

    #[test]
    fn an_agent_has_the_calls_that_they_joined() {
        for wrong in [(0, None), (1, Some(2_999))] {
            let told = differences(&report(&figures(), wrong), &[taken()]);
            assert!(told.len() == 1 && told[0].starts_with("agent "), "{told:?}");
        }
        let joined = Decision::AgentJoined { handoff: HANDOFF, user_id: ADA, leg: LegId(4) };
        let talking = call([(1_000, Decision::Answered), (2_000, asked(HANDOFF)), (5_000, joined)]);
        assert_eq!(of_agents(&report(&figures(), (1, None)), &[talking]), [] as [String; 0]);
        let mut nobody = report(&figures(), (1, Some(3_000)));
        nobody["keys"] = json!([]);
        assert_eq!(differences(&nobody, &[taken()]).len(), 1);
    }

    #[test]
    fn a_refused_report_is_not_an_empty_report() {
        assert_ne!(differences(&Value::Null, &[]), [] as [String; 0]);
        let mut behind = report(&ReportFigures::default(), (0, None));
        assert_eq!(differences(&behind, &[]), [] as [String; 0]);
        behind["hours_behind"] = json!(1);
        assert_eq!(differences(&behind, &[]).len(), 1);
    }
}
