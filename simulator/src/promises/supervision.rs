//! Supervisors who have the right hear a call as long as they take part in it. They are heard by the parties that their mode names, and by no one
//! else. A supervisor who loses the right hears nothing from that moment on. A supervisor who has taken the call over is its agent: caller and agents
//! then hear them.

use std::collections::BTreeMap;

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::{CallId, UserId};
use cordboard_schema::permission::Role;
use cordboard_schema::supervision::SupervisionMode;
use cordboard_test_support::audio::{rms, tone_share};
use cordboard_test_support::audiosocket::TimedFrame;

use super::Complaints;
use crate::evidence::Evidence;
use crate::parties::desk::Talk;
use crate::parties::supervisor::{Ear, RightChange, tone_hz};
use crate::plan::{Happening, Line};
use crate::sound::{Content, content};
use crate::stage::SUPERVISORS;

const HEARS: &str = "a supervisor hears a call as long as they take part in it";
const MAY: &str = "no one supervises without the right";
const ALONE: &str = "a supervisor is only heard by the people whom their mode names";
const REACHES: &str = "a supervisor is heard by the people whom their mode names";

/// Frames of a window in which a tone is looked for: 100 ms.
const WINDOW_FRAMES: usize = 5;
const WINDOW_MS: u64 = 100;
/// A window has a supervisor's tone if it is this loud, and this share of it is that tone.
const LOUD_RMS: f64 = 1_000.0;
const TONE_SHARE: f64 = 0.4;
/// Least number of windows in a row that count, and of frames that are not silent.
const WINDOWS_MIN: usize = 3;
const FRAMES_MIN: usize = 3;
/// Time for which a party hears sound in transit after a change, in ms.
const LATE_MS: u64 = 300;
/// The same for a supervisor, whose connection ends when they leave.
const LEFT_LATE_MS: u64 = 100;
/// Words reach a party if nothing changes for this time before and after them, in ms.
const SETTLED_MS: u64 = 500;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if !evidence.plan.has_supervisors() {
        return;
    }
    let users = &evidence.supervisor_users;
    let read = |book| read(evidence.entries(book).map(|(event, _, at_ms)| (event, at_ms)), users);
    let calls: BTreeMap<CallId, OfCall> =
        evidence.books.iter().map(|book| (book.row.id, read(book))).collect();
    requests(evidence, complaints);
    ears(evidence, &calls, complaints);
    callers(evidence, &calls, complaints);
    agents(evidence, &calls, complaints);
    reached(evidence, &calls, complaints);
}

/// A supervisor's part in a call while its mode is the same. Times are in ms from the beginning of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    supervisor: usize,
    mode: SupervisionMode,
    from_ms: u64,
    until_ms: u64,
}

/// Parts of supervisors in a call, and the facts that decide who hears them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfCall {
    parts: Vec<Part>,
    /// When a supervisor was an agent of the call: beginning and end.
    as_agents: Vec<(usize, u64, u64)>,
    /// When it changed who hears whom.
    changes: Vec<u64>,
    /// When its caller was on hold.
    held: Vec<(u64, u64)>,
    /// When caller and agent were together, undisturbed.
    with_agent: Vec<(u64, u64)>,
}

impl OfCall {
    /// Records supervisors who are agents, and changes of who hears whom. `index` finds supervisors by their users.
    fn agents(&mut self, event: &Event, index: impl Fn(&UserId) -> Option<usize>, now: u64) {
        let is_open = |(.., until): &&mut (usize, u64, u64)| *until == u64::MAX;
        match event {
            Event::Decision(Decision::AgentJoined { user_id, .. }) => {
                self.as_agents.extend(index(user_id).map(|number| (number, now, u64::MAX)));
            }
            Event::Decision(Decision::AgentLeft { user_id, .. }) => {
                let gone = index(user_id);
                let open = self.as_agents.iter_mut().filter(is_open);
                open.filter(|(number, ..)| Some(*number) == gone).for_each(|(.., until)| *until = now);
            }
            Event::Decision(Decision::Ended { .. }) | Event::Fact(Fact::ServerRestarted { .. }) => {
                self.as_agents.iter_mut().filter(is_open).for_each(|(.., until)| *until = now);
            }
            Event::Decision(
                Decision::HoldBegan
                | Decision::HoldEnded { .. }
                | Decision::Interrupted { .. }
                | Decision::Resumed { .. },
            )
            | Event::Fact(Fact::LegLeft { .. }) => {}
            _ => return,
        }
        self.changes.push(now);
    }

    fn ends(&mut self, supervisor: usize, now: u64) {
        let is_open = |part: &&mut Part| part.supervisor == supervisor && part.until_ms == u64::MAX;
        self.parts.iter_mut().filter(is_open).for_each(|part| part.until_ms = now);
    }

    /// Whether a supervisor takes part in one of these modes at a moment, or did until `late_ms` before it.
    fn has_part(&self, supervisor: usize, modes: &[SupervisionMode], at_ms: u64, late_ms: u64) -> bool {
        let is_it = |part: &Part| {
            part.supervisor == supervisor
                && modes.contains(&part.mode)
                && part.from_ms <= at_ms + WINDOW_MS
                && at_ms <= part.until_ms.saturating_add(late_ms)
        };
        self.parts.iter().any(is_it)
    }

    /// Whether a supervisor is an agent of the call at a moment, or was until `late_ms` before it.
    fn is_agent(&self, supervisor: usize, at_ms: u64, late_ms: u64) -> bool {
        self.as_agents.iter().any(|(number, from, until)| {
            *number == supervisor && *from <= at_ms + WINDOW_MS && at_ms <= until.saturating_add(late_ms)
        })
    }

    /// Whether a caller may hear a supervisor at a moment: one who barges in or has taken the call over, while the caller is not on hold.
    fn is_for_caller(&self, supervisor: usize, at_ms: u64) -> bool {
        let is_held = self.held.iter().any(|(from, until)| from + LATE_MS < at_ms && at_ms < *until);
        let is_heard = self.has_part(supervisor, &[SupervisionMode::Barge], at_ms, LATE_MS)
            || self.is_agent(supervisor, at_ms, LATE_MS);
        !is_held && is_heard
    }

    /// Whether a supervisor has the caller while they speak, and nothing changes around their words.
    fn has_caller(&self, supervisor: usize, (from_ms, until_ms): (u64, u64)) -> bool {
        let (from_ms, until_ms) = (from_ms.saturating_sub(SETTLED_MS), until_ms + SETTLED_MS);
        let is_theirs = |(number, from, until): &(usize, u64, u64)| {
            *number == supervisor && *from <= from_ms && until_ms <= *until
        };
        self.as_agents.iter().any(is_theirs)
            && !self.changes.iter().any(|at_ms| (from_ms..=until_ms).contains(at_ms))
            && !self.held.iter().any(|(from, until)| *from < until_ms && from_ms < *until)
    }

    /// Returns the mode in which a supervisor spoke, if it was the same around their words.
    fn mode_of(&self, supervisor: usize, (from_ms, until_ms): (u64, u64)) -> Option<SupervisionMode> {
        let is_it = |part: &&Part| {
            part.supervisor == supervisor
                && part.from_ms + SETTLED_MS <= from_ms
                && until_ms + SETTLED_MS <= part.until_ms
        };
        self.parts.iter().find(is_it).map(|part| part.mode)
    }

    fn is_with_agent(&self, (from_ms, until_ms): (u64, u64)) -> bool {
        let mut all = self.with_agent.iter();
        all.any(|(from, until)| from + SETTLED_MS <= from_ms && until_ms + SETTLED_MS <= *until)
    }
}

/// Reads a journal: its events, each with its time in ms from the beginning of the world.
fn read<'a>(events: impl Iterator<Item = (&'a Event, u64)>, users: &[UserId]) -> OfCall {
    let mut call = OfCall::default();
    let index = |user: &UserId| users.iter().position(|other| other == user);
    let (mut held, mut joined): (Option<u64>, Option<u64>) = (None, None);
    for (event, now) in events {
        call.agents(event, index, now);
        match event {
            Event::Decision(
                Decision::SupervisorJoined { user_id, mode, .. }
                | Decision::SupervisionChanged { user_id, mode },
            ) => {
                let Some(supervisor) = index(user_id) else { continue };
                call.ends(supervisor, now);
                call.parts.push(Part { supervisor, mode: *mode, from_ms: now, until_ms: u64::MAX });
            }
            Event::Decision(Decision::SupervisorLeft { user_id, .. }) => {
                if let Some(supervisor) = index(user_id) {
                    call.ends(supervisor, now);
                }
            }
            Event::Decision(Decision::HoldBegan) => {
                held.get_or_insert(now);
                call.with_agent.extend(joined.take().map(|from| (from, now)));
            }
            Event::Decision(Decision::AgentJoined { .. }) => {
                call.held.extend(held.take().map(|from| (from, now)));
                joined.get_or_insert(now);
            }
            Event::Decision(
                Decision::HoldEnded { .. }
                | Decision::Resumed { .. }
                | Decision::CallerReturned { .. }
                | Decision::HandedBack { .. }
                | Decision::Ended { .. },
            ) => {
                call.held.extend(held.take().map(|from| (from, now)));
                call.with_agent.extend(joined.take().map(|from| (from, now)));
            }
            Event::Decision(Decision::AgentLeft { .. } | Decision::Interrupted { .. })
            | Event::Fact(Fact::LegLeft { .. } | Fact::ServerRestarted { .. }) => {
                call.with_agent.extend(joined.take().map(|from| (from, now)));
            }
            _ => {}
        }
    }
    call.held.extend(held.map(|from| (from, u64::MAX)));
    call.with_agent.extend(joined.map(|from| (from, u64::MAX)));
    call
}

/// Checks that no supervisor is admitted against their role, the policy, or the call's organization.
fn requests(evidence: &Evidence, complaints: &mut Complaints) {
    for (life, number, log) in &evidence.supervisors {
        let (name, organization, role) = SUPERVISORS[*number];
        let forbidden = forbidden(&evidence.rights, *number, role);
        for request in log.requests.iter().filter(|request| request.status == 200) {
            let whose = format!("{name} in life {life}");
            if is_within(&forbidden, request.asked_ms, 0) {
                complaints.add(MAY, &whose, format!("they may not, and were let in: {request:?}"));
            }
            let book = evidence.books.iter().find(|book| book.row.id == request.call);
            if book.is_some_and(|book| book.row.organization_id != evidence.organizations[organization]) {
                complaints.add(MAY, &whose, format!("another organization's call: {request:?}"));
            }
        }
    }
}

/// Returns when a supervisor may not supervise, in ms from the beginning of the world.
pub(super) fn forbidden(rights: &[RightChange], number: usize, role: Role) -> Vec<(u64, u64)> {
    let mut all = Vec::new();
    if role == Role::Agent {
        all.push((0, u64::MAX));
    }
    let mut closed_ms = None;
    for change in rights.iter().filter(|change| change.whose.contains(&number)) {
        match (change.is_policy, change.may) {
            (false, _) => all.push((change.at_ms, u64::MAX)),
            (true, false) => closed_ms = closed_ms.or(Some(change.at_ms)),
            (true, true) => all.extend(closed_ms.take().map(|from| (from, change.at_ms))),
        }
    }
    all.extend(closed_ms.map(|from| (from, u64::MAX)));
    all
}

/// Whether a moment is in one of these spans, at least `behind_ms` after its beginning.
pub(super) fn is_within(spans: &[(u64, u64)], at_ms: u64, behind_ms: u64) -> bool {
    spans.iter().any(|(from, until)| from.saturating_add(behind_ms) < at_ms && at_ms < *until)
}

/// Checks that supervisors only hear calls in which they take part and may. A panic in a call may delay the end of their audio, and an absent
/// database may delay the check of their right.
fn ears(evidence: &Evidence, calls: &BTreeMap<CallId, OfCall>, complaints: &mut Complaints) {
    let dies_ms = evidence.plan.first_ms(Happening::panics_in_a_call);
    let away_ms = evidence.plan.first_ms(|what| matches!(what, Happening::Database { .. }));
    for (life, number, log) in &evidence.supervisors {
        let (name, _, role) = SUPERVISORS[*number];
        let forbidden = forbidden(&evidence.rights, *number, role);
        for ear in &log.ears {
            let whose = format!("{name} in call {} of life {life}", ear.call);
            let call = calls.get(&ear.call);
            let takes_part = |at_ms| {
                call.is_some_and(|call| {
                    call.has_part(*number, &SupervisionMode::ALL, at_ms, LEFT_LATE_MS)
                        || call.is_agent(*number, at_ms, LEFT_LATE_MS)
                })
            };
            if let Some(at_ms) = heard_at(ear, |at_ms| at_ms < dies_ms && !takes_part(at_ms)) {
                complaints.add(HEARS, &whose, format!("they heard something at {at_ms} ms"));
            }
            // An agent needs no such right.
            let is_agent = |at_ms| call.is_some_and(|call| call.is_agent(*number, at_ms, LEFT_LATE_MS));
            let may_not = |at_ms| is_within(&forbidden, at_ms, LEFT_LATE_MS) && !is_agent(at_ms);
            let known_ms = dies_ms.min(away_ms);
            if let Some(at_ms) = heard_at(ear, |at_ms| at_ms < known_ms && may_not(at_ms)) {
                complaints.add(MAY, &whose, format!("they heard something at {at_ms} ms"));
            }
        }
    }
}

/// Returns when a supervisor has heard something, for some frames, at the moments to check.
fn heard_at(ear: &Ear, is_looked_at: impl Fn(u64) -> bool) -> Option<u64> {
    let mut heard = ear.heard.iter().filter_map(|frame| {
        let at_ms = ear.began_ms + frame.at.as_millis() as u64;
        let is_it = is_looked_at(at_ms) && content(&frame.samples, frame.rate) != Content::Silence;
        is_it.then_some(at_ms)
    });
    heard.nth(FRAMES_MIN - 1)
}

/// Checks that callers only hear supervisors who barge in or have taken the call over. Sound over a FreeSWITCH or over a troubled connection has no
/// known delay, and is not checked.
fn callers(evidence: &Evidence, calls: &BTreeMap<CallId, OfCall>, complaints: &mut Complaints) {
    let dies_ms = evidence.plan.first_ms(Happening::panics_in_a_call);
    for caller in evidence.callers.iter().filter(|caller| caller.line != Line::Freeswitch) {
        let own: Vec<&OfCall> =
            evidence.books_of(caller).into_iter().filter_map(|book| calls.get(&book.row.id)).collect();
        let stories = caller.stories.iter().filter(|story| !story.is_double && story.way.is_none());
        for story in stories {
            let sound_until_ms = evidence.sound_until(caller, story);
            for supervisor in speakers(evidence) {
                let may = |at_ms: u64| {
                    let sent_ms = at_ms.saturating_sub(caller.line.heard_late_ms());
                    let is_theirs = |call: &&OfCall| {
                        call.is_for_caller(supervisor, at_ms) || call.is_for_caller(supervisor, sent_ms)
                    };
                    at_ms >= dies_ms || at_ms + WINDOW_MS >= sound_until_ms || own.iter().any(is_theirs)
                };
                if let Some(at_ms) = leaked(&story.frames, story.began_ms, tone_hz(supervisor), may) {
                    let (name, ..) = SUPERVISORS[supervisor];
                    let how = format!("they heard {name} at {at_ms} ms, who does not speak with them then");
                    complaints.add(ALONE, format!("caller {}", caller.number), how);
                }
            }
        }
    }
}

/// Checks that agents hear supervisors who whisper or barge in only in their own call.
fn agents(evidence: &Evidence, calls: &BTreeMap<CallId, OfCall>, complaints: &mut Complaints) {
    const MODES: [SupervisionMode; 2] = [SupervisionMode::Whisper, SupervisionMode::Barge];
    let dies_ms = evidence.plan.first_ms(Happening::panics_in_a_call);
    for (life, agent, told) in &evidence.desks {
        for talk in &told.talks {
            let call = talk.call.parse().ok().and_then(|id: CallId| calls.get(&id));
            for supervisor in speakers(evidence) {
                let may = |at_ms: u64| {
                    let is_heard = call.is_some_and(|call| {
                        call.has_part(supervisor, &MODES, at_ms, LATE_MS)
                            || call.is_agent(supervisor, at_ms, LATE_MS)
                    });
                    at_ms >= dies_ms || is_heard
                };
                let began_ms = began_ms(evidence, *life, talk);
                if let Some(at_ms) = leaked(&talk.heard, began_ms, tone_hz(supervisor), may) {
                    let (name, ..) = SUPERVISORS[supervisor];
                    let how = format!("they heard {name} at {at_ms} ms in call {}", talk.call);
                    complaints.add(ALONE, format!("agent {agent} in life {life}"), how);
                }
            }
        }
    }
}

fn began_ms(evidence: &Evidence, life: usize, talk: &Talk) -> u64 {
    evidence.ms_of_moment(life, talk.began_at.into_std())
}

/// Returns the supervisors who have said anything.
fn speakers(evidence: &Evidence) -> Vec<usize> {
    let has_said = |number: &usize| {
        let mut logs = evidence.supervisors.iter().filter(|(_, other, _)| other == number);
        logs.any(|(_, _, log)| log.ears.iter().any(|ear| !ear.said.is_empty()))
    };
    (0..SUPERVISORS.len()).filter(has_said).collect()
}

/// Returns when a supervisor's tone was heard for a while at moments at which it may not be, in ms from the beginning of the world.
fn leaked(frames: &[TimedFrame], began_ms: u64, hz: f64, may: impl Fn(u64) -> bool) -> Option<u64> {
    let mut run = 0;
    for chunk in frames.chunks(WINDOW_FRAMES) {
        let at_ms = began_ms + chunk[0].at.as_millis() as u64;
        run = if !may(at_ms) && has_tone(chunk, hz) { run + 1 } else { 0 };
        if run == WINDOWS_MIN {
            return Some(at_ms);
        }
    }
    None
}

fn has_tone(frames: &[TimedFrame], hz: f64) -> bool {
    let samples: Vec<i16> = frames.iter().flat_map(|frame| frame.samples.iter().copied()).collect();
    let rate = frames.first().map_or(0, |frame| frame.rate);
    rms(&samples) > LOUD_RMS && tone_share(&samples, hz, rate) > TONE_SHARE
}

/// Checks that a listener who should hear a supervisor hears most of their words, as long as nothing has failed.
fn reached(evidence: &Evidence, calls: &BTreeMap<CallId, OfCall>, complaints: &mut Complaints) {
    let fails_ms = evidence.plan.first_ms(|what| {
        what.is_death_in_a_call()
            || matches!(
                what,
                Happening::Database { .. } | Happening::Panics { .. } | Happening::ClockSteps { .. }
            )
    });
    for (life, number, log) in &evidence.supervisors {
        let (name, ..) = SUPERVISORS[*number];
        for ear in &log.ears {
            let Some(call) = calls.get(&ear.call) else { continue };
            for said in ear.said.iter().copied().filter(|(_, until_ms)| until_ms + SETTLED_MS < fails_ms) {
                let mode = call.mode_of(*number, said).filter(|mode| *mode != SupervisionMode::Listen);
                let mode = mode.filter(|_| call.is_with_agent(said));
                let has_caller = call.has_caller(*number, said);
                if (mode.is_none() && !has_caller) || !covers(&ear.heard, ear.began_ms, said) {
                    continue;
                }
                let talks = evidence.desks.iter().filter(|(other, ..)| other == life);
                let talks = talks.flat_map(|(_, _, told)| &told.talks);
                let mut heard: Vec<(&str, &[TimedFrame], u64)> = Vec::new();
                for talk in talks.filter(|talk| mode.is_some() && talk.call == ear.call.to_string()) {
                    heard.push(("the agent", &talk.heard[..], began_ms(evidence, *life, talk)));
                }
                let caller = evidence.caller_of(ear.call).filter(|caller| caller.line != Line::Freeswitch);
                let stories = caller.into_iter().flat_map(|caller| {
                    caller.stories.iter().map(move |story| (story, evidence.sound_until(caller, story)))
                });
                for (story, sound_until_ms) in stories {
                    let is_early = said.1 + SETTLED_MS < sound_until_ms;
                    let is_sound = !story.is_double && is_early && story.way.is_none();
                    if is_sound && (has_caller || mode == Some(SupervisionMode::Barge)) {
                        heard.push(("the caller", &story.frames[..], story.began_ms));
                    }
                }
                let missed = heard.into_iter().find(|(_, frames, began_ms)| {
                    covers(frames, *began_ms, said) && !has_heard(frames, *began_ms, tone_hz(*number), said)
                });
                if let Some((who, ..)) = missed {
                    let how = format!(
                        "{who} did not hear what they said from {} to {} ms, {mode:?}, has the caller: {has_caller}",
                        said.0, said.1
                    );
                    complaints.add(REACHES, format!("{name} in call {} of life {life}", ear.call), how);
                }
            }
        }
    }
}

/// Whether a party was connected around these words.
fn covers(frames: &[TimedFrame], began_ms: u64, (from_ms, until_ms): (u64, u64)) -> bool {
    let at = |frame: Option<&TimedFrame>| frame.map(|frame| began_ms + frame.at.as_millis() as u64);
    at(frames.first()).is_some_and(|first| first + SETTLED_MS <= from_ms)
        && at(frames.last()).is_some_and(|last| until_ms + SETTLED_MS <= last)
}

/// Whether a party has heard half of these words.
fn has_heard(frames: &[TimedFrame], began_ms: u64, hz: f64, (from_ms, until_ms): (u64, u64)) -> bool {
    let windows = frames.chunks(WINDOW_FRAMES).filter(|chunk| {
        let at_ms = began_ms + chunk[0].at.as_millis() as u64;
        (from_ms..until_ms + SETTLED_MS).contains(&at_ms) && has_tone(chunk, hz)
    });
    windows.count() as u64 * WINDOW_MS * 2 >= until_ms - from_ms
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cordboard_schema::ids::{EffectId, LegId};
    use cordboard_schema::supervision::SupervisionEnd;
    use cordboard_test_support::audio::{Sound, silence, tone};
    use uuid::Uuid;

    use super::*;

    const SAM: UserId = UserId(Uuid::from_u128(1));
    const RATE: u32 = 16_000;

    fn joined(mode: SupervisionMode) -> Event {
        Decision::SupervisorJoined { user_id: SAM, leg: LegId(5), mode }.into()
    }

    fn changed(mode: SupervisionMode) -> Event {
        Decision::SupervisionChanged { user_id: SAM, mode }.into()
    }

    fn left() -> Event {
        Decision::SupervisorLeft { user_id: SAM, heard_ms: None, how: SupervisionEnd::Left }.into()
    }

    fn agent_joined() -> Event {
        let (handoff, user_id) = (EffectId(1), UserId(Uuid::from_u128(2)));
        Decision::AgentJoined { handoff, user_id, leg: LegId(4) }.into()
    }

    fn told(events: &[(u64, Event)]) -> OfCall {
        read(events.iter().map(|(at_ms, event)| (event, *at_ms)), &[SAM])
    }

    /// A second of silence, a second of the first supervisor's tone, and another second of silence.
    fn heard() -> Vec<TimedFrame> {
        let second = Duration::from_secs(1);
        let pause = silence(second, RATE).samples;
        let word = tone(tone_hz(0), 9_000.0, second, RATE).samples;
        framed(&Sound { rate: RATE, samples: [&pause[..], &word[..], &pause[..]].concat() })
    }

    fn framed(sound: &Sound) -> Vec<TimedFrame> {
        let frames = sound.samples.chunks(RATE as usize / 50).zip(0..);
        let frame = |(samples, number): (&[i16], u64)| {
            let at = Duration::from_millis(number * 20);
            TimedFrame { at, rate: RATE, samples: samples.to_vec() }
        };
        frames.map(frame).collect()
    }

    #[test]
    fn a_caller_only_hears_supervisors_who_barge_in() {
        let is_leak = |call: &OfCall| {
            leaked(&heard(), 10_000, tone_hz(0), |at_ms| call.is_for_caller(0, at_ms)).is_some()
        };
        assert!(!is_leak(&told(&[(10_500, joined(SupervisionMode::Barge))])));
        assert!(is_leak(&told(&[(10_500, joined(SupervisionMode::Whisper))])), "a whisper");
        assert!(is_leak(&told(&[(10_500, joined(SupervisionMode::Listen))])));
        let changed_on = (11_200, changed(SupervisionMode::Listen));
        assert!(is_leak(&told(&[(10_500, joined(SupervisionMode::Barge)), changed_on])), "they continued");
        let left_on = (11_200, left());
        assert!(is_leak(&told(&[(10_500, joined(SupervisionMode::Barge)), left_on])), "they have left");
        let held = [(10_500, joined(SupervisionMode::Barge)), (10_600, Decision::HoldBegan.into())];
        assert!(is_leak(&told(&held)), "on hold");
        assert!(is_leak(&OfCall::default()), "another call's");
        assert!(leaked(&heard(), 10_000, tone_hz(1), |_| false).is_none(), "another supervisor's tone");
    }

    #[test]
    fn an_agent_hears_a_whisper_as_well() {
        let modes = [SupervisionMode::Whisper, SupervisionMode::Barge];
        let is_leak = |mode| {
            let call = told(&[(10_500, joined(mode))]);
            leaked(&heard(), 10_000, tone_hz(0), |at_ms| call.has_part(0, &modes, at_ms, LATE_MS)).is_some()
        };
        assert!(!is_leak(SupervisionMode::Whisper) && is_leak(SupervisionMode::Listen));
    }

    #[test]
    fn unheard_words_of_a_supervisor_are_noticed() {
        let said = (11_000, 12_000);
        assert!(has_heard(&heard(), 10_000, tone_hz(0), said));
        assert!(!has_heard(&heard(), 10_000, tone_hz(1), said));
        assert!(covers(&heard(), 10_000, (11_000, 12_000)) && !covers(&heard(), 10_000, (10_400, 12_000)));
        let whisper = joined(SupervisionMode::Whisper);
        let call = told(&[(9_000, agent_joined()), (10_000, whisper)]);
        assert_eq!(call.mode_of(0, said), Some(SupervisionMode::Whisper));
        assert!(call.is_with_agent(said) && !call.is_with_agent((9_400, 10_000)));
        let mut changed_meanwhile = call;
        changed_meanwhile.ends(0, 12_400);
        assert_eq!(changed_meanwhile.mode_of(0, said), None, "the mode has changed meanwhile");
    }

    #[test]
    fn sound_that_a_supervisor_hears_without_part_is_reported() {
        let ear =
            Ear { call: CallId(Uuid::from_u128(9)), began_ms: 10_000, heard: heard(), said: Vec::new() };
        let is_reported = |call: &OfCall| {
            heard_at(&ear, |at_ms| !call.has_part(0, &SupervisionMode::ALL, at_ms, LEFT_LATE_MS)).is_some()
        };
        let part = |from, until| told(&[(from, joined(SupervisionMode::Listen)), (until, left())]);
        assert!(!is_reported(&part(10_900, 12_000)));
        assert!(is_reported(&part(10_900, 11_700)) && is_reported(&part(11_500, 12_000)));
    }

    #[test]
    fn a_missing_right_follows_from_role_policy_or_demotion() {
        let change = |may, is_policy, at_ms| RightChange { whose: vec![0], may, is_policy, at_ms };
        let rights = [change(false, true, 1_000), change(true, true, 3_000), change(false, false, 8_000)];
        let spans = forbidden(&rights, 0, Role::Supervisor);
        let may_not = |at_ms| is_within(&spans, at_ms, 0);
        assert_eq!([900, 1_001, 2_999, 3_001, 8_001].map(may_not), [false, true, true, false, true]);
        assert!(is_within(&forbidden(&rights, 1, Role::Agent), 1, 0), "an agent");
        assert!(forbidden(&rights, 1, Role::Supervisor).is_empty(), "another organization's policy");
        assert!(!is_within(&spans, 1_050, LEFT_LATE_MS) && is_within(&spans, 1_101, LEFT_LATE_MS));
    }
}
