//! An agent asks another party about their caller: the consultation ends once, the caller hears nothing of it, and after it all parties hear whom
//! they are with. The promise is checked for every conversation of agents, with or without a consultation.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::call::CallState;
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::{CallId, EffectId, UserId};
use cordboard_test_support::audio::{rms, tone_share};
use cordboard_test_support::audiosocket::TimedFrame;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::desk::voice_hz;
use crate::plan::{Happening, Line};
use crate::stage::AGENTS;

const ENDS: &str = "a consultation that began is over once";
const ALONE: &str = "a caller does not hear people who talk about them";
const HEARD: &str = "agents are heard by the people they are with";

/// Frames of a window in which a voice is looked for: 100 ms.
const WINDOW_FRAMES: usize = 5;
const WINDOW_MS: u64 = 100;
/// A window has an agent's voice if it is this loud, and this share of it is their tone: two agents may speak at once.
const LOUD_RMS: f64 = 1_000.0;
const TONE_SHARE: f64 = 0.3;
/// Music has the same notes, but is softer.
const LOUDER_THAN_MUSIC_RMS: f64 = 3_000.0;
/// Least number of windows in a row that count.
const WINDOWS_MIN: u64 = 3;
/// Time for which sound in transit is heard after a change, in ms.
const LATE_MS: u64 = 300;
/// Words are judged if nothing changes for this time before and after them, in ms, and if they last that long.
const SETTLED_MS: u64 = 500;
const LASTS_MS: u64 = 500;

type Span = (u64, u64);

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let calls: BTreeMap<CallId, OfCall> =
        evidence.books.iter().map(|book| (book.row.id, OfCall::of(evidence, book))).collect();
    for book in &evidence.books {
        let (begun, ended) = counted(book);
        // A killed process may have left its last entries unwritten, but none of those before them.
        let is_whole = book.row.state == CallState::Ended
            && !book.journal.iter().any(|entry| entry.event.kind() == "server_restarted");
        if are_wrong(&begun, &ended, is_whole) {
            let how = format!("{begun:?} have begun, and {ended:?} are over");
            complaints.add(ENDS, format!("call {}", book.row.id), how);
        }
    }
    alone(evidence, &calls, complaints);
    heard(evidence, &calls, complaints);
}

/// Whether consultations have not ended as they began. In an incomplete journal an end may be missing, but none is repeated or without a beginning.
fn are_wrong(begun: &BTreeMap<EffectId, usize>, ended: &BTreeMap<EffectId, usize>, is_whole: bool) -> bool {
    let has_more =
        |(consult, ends): (&EffectId, &usize)| begun.get(consult).is_none_or(|begins| ends > begins);
    is_whole && begun != ended || ended.iter().any(has_more)
}

/// Counts the consultations of a call that have begun, and those that have ended, by their ids.
fn counted(book: &Book) -> (BTreeMap<EffectId, usize>, BTreeMap<EffectId, usize>) {
    let (mut begun, mut ended) = (BTreeMap::new(), BTreeMap::new());
    for entry in &book.journal {
        match &entry.event {
            Event::Decision(Decision::ConsultBegan { consult, .. }) => {
                *begun.entry(*consult).or_default() += 1;
            }
            Event::Decision(Decision::ConsultEnded { consult, .. }) => {
                *ended.entry(*consult).or_default() += 1;
            }
            _ => {}
        }
    }
    (begun, ended)
}

/// The people of a call, and who is with whom. Times are in ms from the beginning of the world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfCall {
    /// When an agent had the caller, who may have been on hold.
    with_caller: Vec<(usize, Span)>,
    /// When an agent and the colleague whom they asked were together.
    with_each_other: Vec<([usize; 2], Span)>,
    /// When a party was asked.
    consults: Vec<Span>,
    /// When the caller was on hold.
    held: Vec<Span>,
    /// When anything changed.
    changes: BTreeSet<u64>,
}

impl OfCall {
    fn of(evidence: &Evidence, book: &Book) -> Self {
        read(evidence.entries(book).map(|(event, _, at_ms)| (event, at_ms)), &evidence.agent_users)
    }

    /// Returns the longest parts of a span in which nothing changes, without their edges.
    fn settled(&self, (from_ms, until_ms): Span) -> Vec<Span> {
        let inner = self.changes.range(from_ms..until_ms).copied();
        let edges: Vec<u64> = std::iter::once(from_ms).chain(inner).chain([until_ms]).collect();
        let parts = edges.windows(2).map(|pair| (pair[0] + SETTLED_MS, pair[1].saturating_sub(SETTLED_MS)));
        parts.filter(|(from, until)| from + LASTS_MS <= *until).collect()
    }

    /// Whether an agent has the caller throughout a span, and no party is asked.
    fn talks_with_caller(&self, agent: usize, span: Span) -> bool {
        self.with_caller.iter().any(|(other, theirs)| *other == agent && contains(*theirs, span))
            && !self.held.iter().chain(&self.consults).any(|other| overlaps(*other, span))
    }

    /// Returns the agent with whom another one talks about the caller throughout a span.
    fn colleague_of(&self, agent: usize, span: Span) -> Option<usize> {
        let (both, _) = self
            .with_each_other
            .iter()
            .find(|(both, theirs)| both.contains(&agent) && contains(*theirs, span))?;
        both.iter().copied().find(|other| *other != agent)
    }
}

fn contains((from, until): Span, (first, last): Span) -> bool {
    from <= first && last <= until
}

fn overlaps((from, until): Span, (first, last): Span) -> bool {
    from < last && first < until
}

/// Reads a journal: its events, each with its time. Agents are identified by the indices of their users.
fn read<'a>(events: impl Iterator<Item = (&'a Event, u64)>, users: &[UserId]) -> OfCall {
    let mut call = OfCall::default();
    let index = |user: &UserId| users.iter().position(|other| other == user);
    let mut joined: BTreeMap<usize, u64> = BTreeMap::new();
    let (mut held, mut asked): (Option<u64>, Option<(u64, Option<usize>)>) = (None, None);
    let mut there: Option<([usize; 2], u64)> = None;
    for (event, now) in events {
        match event {
            Event::Decision(Decision::AgentJoined { user_id, .. }) => {
                index(user_id).into_iter().for_each(|agent| {
                    joined.entry(agent).or_insert(now);
                });
            }
            Event::Decision(Decision::AgentLeft { user_id, .. }) => {
                let gone = index(user_id).and_then(|agent| joined.remove_entry(&agent));
                call.with_caller.extend(gone.map(|(agent, from)| (agent, (from, now))));
                call.with_each_other.extend(there.take().map(|(both, from)| (both, (from, now))));
            }
            Event::Decision(Decision::ConsultBegan { user_id, .. }) => asked = Some((now, index(user_id))),
            Event::Decision(Decision::ColleagueJoined { user_id, .. }) => {
                let by = asked.and_then(|(_, by)| by);
                there = by.zip(index(user_id)).map(|(by, with)| ([by, with], now));
            }
            Event::Decision(Decision::ConsultEnded { .. }) => {
                call.consults.extend(asked.take().map(|(from, _)| (from, now)));
                call.with_each_other.extend(there.take().map(|(both, from)| (both, (from, now))));
            }
            Event::Decision(Decision::HoldBegan) => {
                held.get_or_insert(now);
            }
            Event::Decision(Decision::HoldEnded { .. }) => {
                call.held.extend(held.take().map(|from| (from, now)));
            }
            // The sound of all of them is gone.
            Event::Decision(Decision::Ended { .. }) | Event::Fact(Fact::ServerRestarted { .. }) => {
                let gone = std::mem::take(&mut joined).into_iter();
                call.with_caller.extend(gone.map(|(agent, from)| (agent, (from, now))));
                call.with_each_other.extend(there.take().map(|(both, from)| (both, (from, now))));
                call.consults.extend(asked.take().map(|(from, _)| (from, now)));
                call.held.extend(held.take().map(|from| (from, now)));
            }
            Event::Decision(
                Decision::Interrupted { .. }
                | Decision::Resumed { .. }
                | Decision::HandedBack { .. }
                | Decision::OutsiderAnswered { .. }
                | Decision::OutsiderJoined { .. }
                | Decision::OutsiderLeft { .. }
                | Decision::SupervisorJoined { .. }
                | Decision::SupervisionChanged { .. }
                | Decision::SupervisorLeft { .. },
            )
            | Event::Fact(Fact::LegLeft { .. }) => {}
            _ => continue,
        }
        call.changes.insert(now);
    }
    call
}

/// Checks that the caller hears no agent while an agent asks a party.
fn alone(evidence: &Evidence, calls: &BTreeMap<CallId, OfCall>, complaints: &mut Complaints) {
    let dies_ms = evidence.plan.first_ms(Happening::panics_in_a_call);
    for caller in evidence.callers.iter().filter(|caller| caller.line != Line::Freeswitch) {
        let books = evidence.books_of(caller);
        let consults: Vec<Span> = books
            .iter()
            .filter_map(|book| calls.get(&book.row.id))
            .flat_map(|call| &call.consults)
            .copied()
            .collect();
        let stories = caller.stories.iter().filter(|story| !story.is_double && story.way.is_none());
        for story in stories.filter(|_| !consults.is_empty()) {
            let sound_until_ms = evidence.sound_until(caller, story);
            for (agent, (name, ..)) in AGENTS.iter().enumerate() {
                let is_judged = |at_ms: u64| {
                    let is_meant =
                        |(from, until): &Span| *from + LATE_MS < at_ms && at_ms + WINDOW_MS < *until;
                    at_ms < dies_ms && at_ms + WINDOW_MS < sound_until_ms && consults.iter().any(is_meant)
                };
                if let Some(at_ms) = leaked(&story.frames, story.began_ms, voice_hz(agent), is_judged) {
                    let how =
                        format!("they heard {name} at {at_ms} ms, who talks about them with another person");
                    complaints.add(ALONE, format!("caller {}", caller.number), how);
                }
            }
        }
    }
}

/// Checks that agents are heard by the people they are with, as long as nothing has failed and no supervisor speaks with the caller.
fn heard(evidence: &Evidence, calls: &BTreeMap<CallId, OfCall>, complaints: &mut Complaints) {
    let fails_ms = evidence.plan.first_ms(|what| {
        what.is_death_in_a_call()
            || matches!(
                what,
                Happening::Database { .. } | Happening::Panics { .. } | Happening::ClockSteps { .. }
            )
    });
    for (life, agent, told) in &evidence.desks {
        for talk in &told.talks {
            let Ok(id) = talk.call.parse::<CallId>() else { continue };
            let Some(call) = calls.get(&id) else { continue };
            let caller = evidence.caller_of(id).filter(|caller| caller.line != Line::Freeswitch);
            let barged_ms = caller.map_or(0, |caller| evidence.plan.barged_ms(caller.number));
            let moment = |at: tokio::time::Instant| evidence.ms_of_moment(*life, at.into_std());
            let said = talk.said.iter().map(|(from, until)| (moment(*from), moment(*until)));
            let parts = said.flat_map(|said| call.settled(said));
            let began_ms = moment(talk.began_at);
            let is_judged = |(_, until): &Span| until + SETTLED_MS < fails_ms.min(barged_ms);
            for part in parts.filter(is_judged).filter(|part| covers(&talk.heard, began_ms, *part)) {
                let mut listeners: Vec<(String, &[TimedFrame], u64)> = Vec::new();
                if call.talks_with_caller(*agent, part) {
                    let stories = caller.into_iter().flat_map(|caller| {
                        caller.stories.iter().map(move |story| (story, evidence.sound_until(caller, story)))
                    });
                    for (story, sound_until_ms) in stories {
                        let is_sound = part.1 + SETTLED_MS < sound_until_ms && story.way.is_none();
                        if is_sound && !story.is_double {
                            listeners.push(("the caller".to_owned(), &story.frames[..], story.began_ms));
                        }
                    }
                }
                let colleague = call.colleague_of(*agent, part);
                let others =
                    evidence.desks.iter().filter(|(of, other, _)| of == life && Some(*other) == colleague);
                for other in
                    others.flat_map(|(_, _, told)| &told.talks).filter(|other| other.call == talk.call)
                {
                    let began_ms = moment(other.began_at);
                    listeners.push((format!("agent {colleague:?}"), &other.heard[..], began_ms));
                }
                let missed = listeners.into_iter().find(|(_, frames, began_ms)| {
                    covers(frames, *began_ms, part) && !has_heard(frames, *began_ms, voice_hz(*agent), part)
                });
                if let Some((who, ..)) = missed {
                    let how = format!("{who} did not hear what they said from {} to {} ms", part.0, part.1);
                    let whose = format!("agent {agent} in call {id} of life {life}");
                    complaints.add(HEARD, whose, how);
                }
            }
        }
    }
}

/// Whether a party was connected around a span.
fn covers(frames: &[TimedFrame], began_ms: u64, (from_ms, until_ms): Span) -> bool {
    let at = |frame: Option<&TimedFrame>| frame.map(|frame| began_ms + frame.at.as_millis() as u64);
    at(frames.first()).is_some_and(|first| first + SETTLED_MS <= from_ms)
        && at(frames.last()).is_some_and(|last| until_ms + SETTLED_MS <= last)
}

/// Whether a voice was heard for half of a span.
fn has_heard(frames: &[TimedFrame], began_ms: u64, hz: f64, (from_ms, until_ms): Span) -> bool {
    let windows = frames.chunks(WINDOW_FRAMES).filter(|chunk| {
        let at_ms = began_ms + chunk[0].at.as_millis() as u64;
        (from_ms..until_ms + LATE_MS).contains(&at_ms) && has_voice(chunk, hz, LOUD_RMS)
    });
    windows.count() as u64 * WINDOW_MS * 2 >= until_ms - from_ms
}

/// Returns when a voice was heard for a while at judged moments, in ms from the beginning of the world.
fn leaked(frames: &[TimedFrame], began_ms: u64, hz: f64, is_judged: impl Fn(u64) -> bool) -> Option<u64> {
    let mut run = 0;
    for chunk in frames.chunks(WINDOW_FRAMES) {
        let at_ms = began_ms + chunk[0].at.as_millis() as u64;
        let is_it = is_judged(at_ms) && has_voice(chunk, hz, LOUDER_THAN_MUSIC_RMS);
        run = if is_it { run + 1 } else { 0 };
        if run == WINDOWS_MIN {
            return Some(at_ms);
        }
    }
    None
}

fn has_voice(frames: &[TimedFrame], hz: f64, loud_rms: f64) -> bool {
    let samples: Vec<i16> = frames.iter().flat_map(|frame| frame.samples.iter().copied()).collect();
    let rate = frames.first().map_or(0, |frame| frame.rate);
    rms(&samples) > loud_rms && tone_share(&samples, hz, rate) > TONE_SHARE
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cordboard_schema::agent::{AgentEnd, ConsultEnd};
    use cordboard_schema::ids::LegId;
    use cordboard_test_support::audio::tone;
    use uuid::Uuid;

    use super::*;

    const ANNA: UserId = UserId(Uuid::from_u128(1));
    const BEN: UserId = UserId(Uuid::from_u128(2));
    const CONSULT: EffectId = EffectId(9);

    fn joined(user_id: UserId) -> Event {
        Decision::AgentJoined { handoff: CONSULT, user_id, leg: LegId(4) }.into()
    }

    fn began() -> Event {
        Decision::ConsultBegan { consult: CONSULT, user_id: ANNA, target: "ben".to_owned() }.into()
    }

    fn ended(end: ConsultEnd) -> Event {
        Decision::ConsultEnded { consult: CONSULT, end }.into()
    }

    /// Anna asks Ben at 3 s, he answers at 5 s, and at 8 s all three talk.
    fn conference() -> OfCall {
        let colleague: Event =
            Decision::ColleagueJoined { consult: CONSULT, user_id: BEN, leg: LegId(6) }.into();
        let left: Event =
            Decision::AgentLeft { user_id: ANNA, talked_ms: Some(9_000), how: AgentEnd::Left }.into();
        let events = [
            (1_000, joined(ANNA)),
            (3_000, began()),
            (3_000, Decision::HoldBegan.into()),
            (5_000, colleague),
            (8_000, joined(BEN)),
            (8_000, ended(ConsultEnd::Joined)),
            (8_000, Decision::HoldEnded { held_ms: 5_000 }.into()),
            (12_000, left),
            (15_000, Decision::HoldBegan.into()),
        ];
        read(events.iter().map(|(at_ms, event)| (event, *at_ms)), &[ANNA, BEN])
    }

    #[test]
    fn a_conference_has_three_who_talk() {
        let call = conference();
        let with_caller = |span: Span| [0, 1].map(|agent: usize| call.talks_with_caller(agent, span));
        assert_eq!(with_caller((1_500, 2_500)), [true, false]);
        assert_eq!(with_caller((5_500, 7_500)), [false, false], "the caller is on hold");
        assert_eq!(with_caller((8_500, 11_500)), [true, false], "ben is there until the unknown end");
        assert_eq!(
            (call.colleague_of(0, (5_500, 7_500)), call.colleague_of(1, (5_500, 7_500))),
            (Some(1), Some(0))
        );
        assert_eq!(call.colleague_of(0, (8_500, 9_500)), None);
        assert_eq!(call.settled((4_000, 10_000)), [(5_500, 7_500), (8_500, 9_500)]);
    }

    #[test]
    fn an_unfinished_journal_may_miss_a_consultations_end() {
        let times = |count: usize| BTreeMap::from([(CONSULT, count)]);
        let none = BTreeMap::new();
        assert!(!are_wrong(&times(1), &times(1), true) && !are_wrong(&times(1), &none, false));
        assert!(are_wrong(&times(1), &none, true), "it never ended");
        assert!(are_wrong(&times(1), &times(2), false), "it ended twice");
        assert!(are_wrong(&none, &times(1), false), "it never began");
    }

    #[test]
    fn a_voice_is_heard_or_leaks() {
        let rate = 16_000;
        let samples = tone(voice_hz(0), 6_000.0, Duration::from_secs(2), rate).samples;
        let frames: Vec<TimedFrame> = (0..)
            .zip(samples.chunks(rate as usize / 50))
            .map(|(number, samples)| TimedFrame {
                at: Duration::from_millis(number * 20),
                rate,
                samples: samples.to_vec(),
            })
            .collect();
        let heard = |agent| has_heard(&frames, 10_000, voice_hz(agent), (10_500, 11_500));
        assert_eq!([heard(0), heard(1)], [true, false]);
        let leaks = |agent| leaked(&frames, 10_000, voice_hz(agent), |_| true).is_some();
        assert_eq!([leaks(0), leaks(1)], [true, false]);
        assert!(leaked(&frames, 10_000, voice_hz(0), |at_ms| at_ms > 30_000).is_none());
    }
}
