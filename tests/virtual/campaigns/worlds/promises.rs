//! The promises that hold after every world of campaigns, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cordboard_test_support::freeswitch::Originated;
use serde_json::Value;

use super::plan::{Absence, Happening, List, Plan};
use super::play::{Evidence, ListAtEnd};

/// How much later a call may begin that was reserved before it became known that nobody is to be called.
const UNDER_WAY: Duration = Duration::from_secs(1);
/// The same where the database is slow: a call waits this long until its beginning is on disk.
const UNDER_WAY_TO_DISK: Duration = Duration::from_secs(4);
/// The same where the switch is slow, or a step that panicked is done once more.
const UNDER_WAY_SLOWLY: Duration = Duration::from_secs(30);
/// How long a call that the server has ended may be up at the switch.
const HANGS_UP: Duration = Duration::from_millis(500);
/// A waiting contact has their turn within this many ms: a day, until the limit of a number's calls has room, and the steps of the calendar.
const NEXT_MS_MAX: i64 = 30 * 3_600_000;
/// Outcomes after which nobody is called again.
const FOR_GOOD: [&str; 2] = ["talked", "wrong_number"];

/// An attempt, with the call that the switch was asked to make for it.
struct Attempt<'a> {
    call_id: &'a str,
    number: &'a str,
    outcome: Option<&'a str>,
    reserved_ms: i64,
    closed_ms: Option<i64>,
    made: Option<&'a Originated>,
}

/// The promises that a world has broken, in words.
pub(super) fn broken(plan: &Plan, evidence: &Evidence) -> Vec<String> {
    let mut broken = evidence.amiss.clone();
    let made = made(evidence, &mut broken);
    let mut attempted = BTreeSet::new();
    for (at, (list, end)) in plan.lists.iter().zip(&evidence.lists).enumerate() {
        let mut told = Vec::new();
        everybody_came_to_an_end(list, end, evidence, &mut told);
        let mut all: Vec<Attempt<'_>> = Vec::new();
        for contact in &end.contacts {
            let attempts = attempts(contact, &made);
            tries(plan, list, contact, &attempts, &mut told);
            all.extend(attempts);
        }
        figures_balance(end, &all, &mut told);
        at_once(list, &all, evidence, &mut told);
        nobody_behind_a_stop((plan, at), &all, evidence, &mut told);
        attempted.extend(all.iter().map(|attempt| attempt.call_id.to_owned()));
        broken.extend(told.into_iter().map(|what| format!("campaign {at}: {what}")));
    }
    let unknown = made.keys().filter(|id| !attempted.contains(**id));
    broken.extend(unknown.map(|id| format!("the call {id} was made for no attempt")));
    numbers(plan, evidence, &mut broken);
    nobody_while_away(plan, evidence, &mut broken);
    if evidence.legs > 0 {
        broken.push(format!("the switch has {} calls at the end", evidence.legs));
    }
    broken
}

/// The switch's calls by their ids. Each was made once.
fn made<'a>(evidence: &'a Evidence, broken: &mut Vec<String>) -> BTreeMap<&'a str, &'a Originated> {
    let mut made = BTreeMap::new();
    for call in &evidence.originated {
        let Some(id) = evidence.calls.get(&call.uuid) else {
            broken.push(format!("{} was called, and there is no such call: {call:?}", call.number));
            continue;
        };
        if made.insert(id.as_str(), call).is_some() {
            broken.push(format!("{} was called twice by the call {id}", call.number));
        }
    }
    made
}

fn attempts<'a>(contact: &'a Value, made: &BTreeMap<&'a str, &'a Originated>) -> Vec<Attempt<'a>> {
    let attempt = |shown: &'a Value| {
        let call_id = shown["call_id"].as_str().unwrap();
        Attempt {
            call_id,
            number: shown["number"].as_str().unwrap(),
            outcome: shown["outcome"].as_str(),
            reserved_ms: ms(&shown["reserved_at"]).unwrap(),
            closed_ms: ms(&shown["closed_at"]),
            made: made.get(call_id).copied(),
        }
    };
    contact["attempts"].as_array().unwrap().iter().map(attempt).collect()
}

/// Nobody is lost: each contact is done, or waits for another day.
fn everybody_came_to_an_end(list: &List, end: &ListAtEnd, evidence: &Evidence, told: &mut Vec<String>) {
    if end.contacts.len() != list.contacts.len() {
        told.push(format!("it has {} contacts, and had {}", end.contacts.len(), list.contacts.len()));
    }
    let state = end.shown["state"].as_str().unwrap();
    for contact in &end.contacts {
        let next_ms = ms(&contact["next_at"]).unwrap() - evidence.now_ms;
        let waits =
            contact["state"] == "waiting" && (state == "stopped" || (1..NEXT_MS_MAX).contains(&next_ms));
        if contact["state"] != "done" && !waits {
            told.push(format!("a contact of a campaign that is {state} is lost: {contact}"));
        }
    }
    let is_done = end.contacts.iter().all(|contact| contact["state"] == "done");
    let wanted = if is_done { ["finished", "stopped"] } else { ["running", "stopped"] };
    if !wanted.contains(&state) {
        told.push(format!("it is {state}, with everybody done: {is_done}"));
    }
}

/// A contact's tries are the calls that the switch made: no more than the rules allow, and with the pauses that they set.
fn tries(plan: &Plan, list: &List, contact: &Value, attempts: &[Attempt<'_>], told: &mut Vec<String>) {
    let number = contact["number"].as_str().unwrap();
    if contact["tries"] != attempts.len() {
        told.push(format!("{number} has {} attempts: {contact}", attempts.len()));
    }
    for attempt in attempts {
        if attempt.closed_ms.is_none() {
            told.push(format!("an attempt at {number} is open: {}", attempt.call_id));
        }
        if attempt.made.is_some_and(|made| made.number != attempt.number || made.number != number) {
            told.push(format!("the call {} for {number} called another number", attempt.call_id));
        }
        // If a call had begun on disk when its server died, it is unknown whether the switch was asked. If the switch could not be asked, the line
        // failed.
        let may_have_failed = plan.happenings.iter().any(|timed| timed.what.fails_calls());
        let explained = may_have_failed && matches!(attempt.outcome, Some("failed" | "cancelled"));
        if attempt.made.is_none() && !explained {
            told.push(format!(
                "{number} has a try without a call: {} {:?}",
                attempt.call_id, attempt.outcome
            ));
        }
    }
    let mut by_outcome: BTreeMap<&str, u32> = BTreeMap::new();
    attempts.iter().filter_map(|attempt| attempt.outcome).for_each(|outcome| {
        *by_outcome.entry(outcome).or_default() += 1;
    });
    for (outcome, count) in by_outcome {
        let most = if FOR_GOOD.contains(&outcome) { 1 } else { list.tries };
        if count > most {
            told.push(format!("{number} was tried {count} times with the outcome {outcome}"));
        }
    }
    if attempts.len() > list.tries_max as usize {
        told.push(format!("{number} was tried {} times", attempts.len()));
    }
    let mut made: Vec<_> = attempts.iter().filter_map(|attempt| Some((attempt.made?, attempt))).collect();
    made.sort_by_key(|(made, _)| made.at);
    for pair in made.windows(2) {
        let [(first_made, first), (next_made, next)] = pair else { continue };
        if first.outcome.is_some_and(|outcome| FOR_GOOD.contains(&outcome)) {
            told.push(format!("{number} was called again after {:?}", first.outcome));
        }
        let next_ms = next.reserved_ms.max(i64::try_from(next_made.calendar.as_millis()).unwrap());
        let pause_ms = first.closed_ms.map(|closed_ms| next_ms - closed_ms);
        // A calendar that is set makes the pause longer or shorter than it was; it only matters whether it was long enough for the person.
        let waited = next_made.at.saturating_sub(first_made.ended.unwrap_or(first_made.at));
        let is_short = pause_ms.is_some_and(|pause_ms| pause_ms < i64::from(list.pause_s) * 1_000);
        if is_short && waited < Duration::from_secs(list.pause_s.into()) {
            told.push(format!("{number} was called again {pause_ms:?} ms after {:?}", first.outcome));
        }
    }
}

fn figures_balance(end: &ListAtEnd, attempts: &[Attempt<'_>], told: &mut Vec<String>) {
    let progress = &end.progress;
    let figure = |name: &str| progress[name].as_u64().unwrap();
    let sum = |name: &str| -> u64 {
        progress[name].as_array().unwrap().iter().map(|row| row["count"].as_u64().unwrap()).sum()
    };
    let balances = figure("contacts") == end.contacts.len() as u64
        && figure("contacts") == figure("waiting") + figure("calling") + figure("done")
        && figure("done") == sum("ends")
        && attempts.len() as u64 == sum("outcomes")
        && (figure("open"), figure("calling")) == (0, 0);
    if !balances {
        told.push(format!("its figures don't balance: {progress}"));
    }
}

/// No more calls of a campaign are up at once than its rules allow.
fn at_once(list: &List, attempts: &[Attempt<'_>], evidence: &Evidence, told: &mut Vec<String>) {
    let made: Vec<&Originated> = attempts.iter().filter_map(|attempt| attempt.made).collect();
    for newest in &made {
        let is_up = |call: &&&Originated| call.uuid == newest.uuid || goes_on_at(call, newest.at, evidence);
        let count = made.iter().filter(is_up).count();
        if count > list.at_once_max as usize {
            told.push(format!("{count} calls are up at once as {} is called", newest.number));
        }
    }
}

/// Whether a call goes on at a moment, and the server knows it.
fn goes_on_at(call: &Originated, at: Duration, evidence: &Evidence) -> bool {
    let is_out_of_sight = evidence.faults.iter().any(|(when, what)| match what {
        // It ends calls later than it is asked to.
        Happening::SwitchIsSlow { .. } => *when <= at,
        _ => what.loses_sight() && (call.at..=at).contains(when),
    });
    let ends = call.ended.map_or(Duration::MAX, |ended| ended.saturating_sub(HANGS_UP).max(call.at));
    call.at <= at && at < ends && !is_out_of_sight
}

/// A campaign that was stopped calls nobody any more.
fn nobody_behind_a_stop(
    (plan, at): (&Plan, usize),
    attempts: &[Attempt<'_>],
    evidence: &Evidence,
    told: &mut Vec<String>,
) {
    let Some((_, stopped)) = evidence.stopped.iter().find(|(list, _)| *list == at) else { return };
    for made in attempts.iter().filter_map(|attempt| attempt.made) {
        if made.at > *stopped + under_way(plan) {
            told.push(format!("{} was called {:?} after the stop", made.number, made.at - *stopped));
        }
    }
}

/// A number is not called more often than its country allows, not by two campaigns at once, and not at all once it is suppressed.
fn numbers(plan: &Plan, evidence: &Evidence, broken: &mut Vec<String>) {
    for person in &plan.people {
        let calls: Vec<_> = evidence.originated.iter().filter(|call| call.number == person.number).collect();
        // A world is shorter than a day, by the calendar too.
        if calls.len() > person.calls_a_day {
            broken.push(format!("{} was called {} times on a day", person.number, calls.len()));
        }
        for pair in calls.windows(2) {
            if let [first, next] = pair
                && goes_on_at(first, next.at, evidence)
            {
                broken.push(format!("{} was called while another call to it went on", person.number));
            }
        }
        for (_, at) in evidence.suppressed.iter().filter(|(number, _)| *number == person.number) {
            if let Some(call) = calls.iter().find(|call| call.at > *at + under_way(plan)) {
                let late = call.at - *at;
                broken.push(format!("{} was called {late:?} after it was not to be called", person.number));
            }
        }
    }
}

/// Nobody is called whose reservation, or whose call, can't be on disk because the database is unreachable.
fn nobody_while_away(plan: &Plan, evidence: &Evidence, broken: &mut Vec<String>) {
    for away in evidence.away.iter().filter(|away| !matches!(away.how, Absence::Slow { .. })) {
        let (from, until) = (away.from + under_way(plan), away.until.unwrap_or(Duration::MAX));
        for call in evidence.originated.iter().filter(|call| (from..until).contains(&call.at)) {
            let late = call.at - away.from;
            broken.push(format!("{} was called {late:?} after the database went away", call.number));
        }
    }
}

/// How much later a call may begin that was already under way.
fn under_way(plan: &Plan) -> Duration {
    let is_late =
        |what: &Happening| matches!(what, Happening::SwitchIsSlow { .. } | Happening::Panics { .. });
    let is_slow = |what: &Happening| matches!(what, Happening::DatabaseGoes { how: Absence::Slow { .. } });
    let happens = |is: &dyn Fn(&Happening) -> bool| plan.happenings.iter().any(|timed| is(&timed.what));
    match (happens(&is_late), happens(&is_slow)) {
        (true, _) => UNDER_WAY_SLOWLY,
        (false, true) => UNDER_WAY_TO_DISK,
        (false, false) => UNDER_WAY,
    }
}

fn ms(value: &Value) -> Option<i64> {
    let at: DateTime<Utc> = value.as_str()?.parse().unwrap();
    Some(at.timestamp_millis())
}
