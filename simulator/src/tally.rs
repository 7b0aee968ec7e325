//! Counts how often rare or new things happened in the calls of a world, by their journals, how often their followers came back, and what programs
//! wrote. What a plan has drawn need not happen, and a promise about something that never happens would be kept without being checked.

use std::collections::BTreeMap;

use cordboard_schema::agent::ConsultEnd;
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::supervision::{SupervisionEnd, SupervisionMode};

use crate::evidence::Evidence;
use crate::parties::follower::Followed;
use crate::parties::records::{RecordLog, Reply};
use crate::plan::FollowerKind;

/// All counted things. A run of many seeds has each of them.
pub const COUNTED: [&str; 30] = [
    "supervisors listened",
    "supervisors whispered",
    "supervisors barged in",
    "calls were taken over",
    "colleagues were asked and answered",
    "external parties were asked and answered",
    "external parties talked with the caller",
    "consultations were joined",
    "consultations were completed",
    "consultations were cancelled",
    "a consultation reached no one",
    "the party asked left a consultation",
    "another voice took over",
    "calls were answered by openai",
    "calls were answered by gemini",
    "calls were answered by deepgram",
    "calls were answered by elevenlabs",
    "calls were answered by a cascade",
    "calls were answered by the built-in assistant",
    "assistants wrote leads",
    "assistants held times",
    "callers left messages",
    "callers asked not to be called again",
    WRITTEN,
    WRITTEN_LATE,
    REBOOKED,
    STOPPED,
    GOES_ON,
    BEGINS_AGAIN,
    VIEW_BEGINS,
];

const WRITTEN: &str = "programs wrote records";
const WRITTEN_LATE: &str = "programs wrote records after requests without an answer";
const REBOOKED: &str = "programs changed appointments";
const STOPPED: &str = "callers asked for no more text messages";
const GOES_ON: &str = "programs that follow resumed where they were";
const BEGINS_AGAIN: &str = "programs that follow came back to a snapshot";
const VIEW_BEGINS: &str = "live views came back to a snapshot";

/// The counts of a world, one for each of [`COUNTED`].
pub type Tally = BTreeMap<&'static str, u64>;

/// Counts all of them.
#[must_use]
pub(crate) fn of(evidence: &Evidence) -> Tally {
    let mut tally: Tally = COUNTED.into_iter().map(|what| (what, 0)).collect();
    let events = evidence.books.iter().flat_map(|book| &book.journal).map(|entry| &entry.event);
    for what in events.filter_map(counted) {
        *tally.entry(what).or_default() += 1;
    }
    for (follower, log) in evidence.plan.followers.iter().zip(&evidence.followers) {
        for what in log.connections.iter().skip(1).filter_map(|back| came_back(follower.kind, back)) {
            *tally.entry(what).or_default() += 1;
        }
    }
    for what in evidence.records.iter().flat_map(of_record) {
        *tally.entry(what).or_default() += 1;
    }
    let stops = evidence.twilio.stops.iter().filter(|stop| !stop.answers.is_empty());
    *tally.entry(STOPPED).or_default() += stops.count() as u64;
    tally
}

/// Returns the names under which a program's record is counted.
fn of_record(log: &RecordLog) -> Vec<&'static str> {
    let Some(first) = log.replies.iter().find(|reply| reply.is_done()) else { return Vec::new() };
    let is_late = first.asked_ms > log.asked_ms;
    let is_changed = log.changes.iter().any(Reply::is_done);
    let names = [(WRITTEN, true), (WRITTEN_LATE, is_late), (REBOOKED, is_changed)];
    names.into_iter().filter(|(_, is_counted)| *is_counted).map(|(what, _)| what).collect()
}

/// Returns the name under which a follower's return is counted.
fn came_back(kind: FollowerKind, back: &Followed) -> Option<&'static str> {
    match (kind, back.resumed) {
        (FollowerKind::Page, _) => (!back.told.is_empty()).then_some(VIEW_BEGINS),
        (FollowerKind::Program, Some(true)) => Some(GOES_ON),
        (FollowerKind::Program, Some(false)) => back.after.map(|_| BEGINS_AGAIN),
        (FollowerKind::Program, None) => None,
    }
}

/// Returns the name under which an event is counted.
fn counted(event: &Event) -> Option<&'static str> {
    match event {
        Event::Decision(decision) => of_decision(decision),
        Event::Fact(Fact::AssistantReady { provider, .. }) => match provider.as_str() {
            "openai" => Some("calls were answered by openai"),
            "gemini" => Some("calls were answered by gemini"),
            "deepgram" => Some("calls were answered by deepgram"),
            "elevenlabs" => Some("calls were answered by elevenlabs"),
            "cascade" => Some("calls were answered by a cascade"),
            "builtin" => Some("calls were answered by the built-in assistant"),
            _ => None,
        },
        Event::Fact(_) => None,
    }
}

fn of_decision(decision: &Decision) -> Option<&'static str> {
    let what = match decision {
        Decision::SupervisorJoined { mode, .. } | Decision::SupervisionChanged { mode, .. } => match mode {
            SupervisionMode::Listen => "supervisors listened",
            SupervisionMode::Whisper => "supervisors whispered",
            SupervisionMode::Barge => "supervisors barged in",
        },
        Decision::SupervisorLeft { how: SupervisionEnd::TookOver, .. } => "calls were taken over",
        Decision::ColleagueJoined { .. } => "colleagues were asked and answered",
        Decision::OutsiderAnswered { .. } => "external parties were asked and answered",
        Decision::OutsiderJoined { .. } => "external parties talked with the caller",
        Decision::ConsultEnded { end, .. } => match end {
            ConsultEnd::Joined => "consultations were joined",
            ConsultEnd::Completed => "consultations were completed",
            ConsultEnd::Cancelled => "consultations were cancelled",
            ConsultEnd::NotReached { .. } => "a consultation reached no one",
            ConsultEnd::ColleagueLeft => "the party asked left a consultation",
        },
        Decision::AssistantReplaced { .. } => "another voice took over",
        Decision::LeadCreated { .. } => "assistants wrote leads",
        Decision::AppointmentHeld { .. } => "assistants held times",
        Decision::MessageTaken { .. } => "callers left messages",
        Decision::NumberSuppressed { .. } => "callers asked not to be called again",
        _ => return None,
    };
    Some(what)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cordboard_schema::ids::{EffectId, LegId, UserId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn events_are_counted_under_their_names() {
        let user_id = UserId(Uuid::from_u128(1));
        let took_over =
            Decision::SupervisorLeft { user_id, heard_ms: Some(9), how: SupervisionEnd::TookOver };
        assert_eq!(counted(&took_over.into()), Some("calls were taken over"));
        let left = Decision::SupervisorLeft { user_id, heard_ms: Some(9), how: SupervisionEnd::Left };
        assert_eq!(counted(&left.into()), None);
        let listens = Decision::SupervisorJoined { user_id, leg: LegId(3), mode: SupervisionMode::Listen };
        assert_eq!(counted(&listens.into()), Some("supervisors listened"));
    }

    #[test]
    fn every_end_of_a_consultation_is_counted() {
        let ends =
            [ConsultEnd::Joined, ConsultEnd::Completed, ConsultEnd::Cancelled, ConsultEnd::ColleagueLeft];
        let counted_as = |end| counted(&Decision::ConsultEnded { consult: EffectId(2), end }.into());
        let all: BTreeSet<&str> = ends.into_iter().filter_map(counted_as).collect();
        assert_eq!(all.len(), ends.len());
        assert!(all.iter().all(|what| COUNTED.contains(what)));
    }
}
