//! A connection by WebRTC outlives a network that is away for some seconds, and a change of networks.

use cordboard_schema::event::{Decision, Event};

use super::Complaints;
use crate::evidence::Evidence;
use crate::parties::caller::{Caller, Story, StoryEnd};
use crate::plan::{Happening, NetworkTrouble};

const PROMISE: &str =
    "a connection by WebRTC outlives a network that is away for 3.5 s, and one that changes";

/// A longer absence of the network may break a connection, in ms: the server waits 5 s, and a browser checks consent at intervals.
const AWAY_MS_MAX: u64 = 3_500;
/// A connection that breaks this much later than the network is back has another reason, in ms.
const BREAKS_MS: u64 = 8_000;
/// A killed process has written everything except its last moments, in ms.
const WRITTEN_MS: u64 = 1_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // A process or an actor that dies may take a leg with it, unless the actor only handles desks.
    let dies_ms = evidence.plan.first_ms(Happening::is_death_in_a_call);
    for caller in evidence.callers.iter().filter(|caller| caller.line.is_webrtc()) {
        let Some((at_ms, back_ms)) = only_trouble(evidence, caller) else { continue };
        let stood = |story: &&Story| {
            story.began_ms <= at_ms && story.ended_ms.is_some_and(|ended_ms| ended_ms > at_ms)
        };
        let Some(story) = caller.stories.iter().find(stood) else { continue };
        let Some(ended_ms) = story.ended_ms.filter(|ended_ms| ended_ms + WRITTEN_MS < dies_ms) else {
            continue;
        };
        let is_broken = story.end == StoryEnd::Broken && ended_ms <= back_ms + BREAKS_MS;
        // The end of a call can't be announced while datagrams are lost.
        if is_broken && !was_over(evidence, caller, ended_ms) {
            let how =
                format!("it was away from {at_ms} to {back_ms} ms, and they were cut off at {ended_ms} ms");
            complaints.add(PROMISE, format!("caller {}", caller.number), how);
        }
    }
}

/// Returns the period in which a caller's network was away, in ms, if they had no other trouble.
fn only_trouble(evidence: &Evidence, caller: &Caller) -> Option<(u64, u64)> {
    let mut theirs = evidence.plan.happenings.iter().filter(|timed| {
        let is_trouble = matches!(timed.what, Happening::Network { .. } | Happening::PageCloses { .. });
        is_trouble && timed.what.caller() == Some(caller.number)
    });
    let (only, None) = (theirs.next()?, theirs.next()) else { return None };
    let away_ms = match only.what {
        Happening::Network { trouble: NetworkTrouble::Away { ms }, .. } => ms,
        Happening::Network { trouble: NetworkTrouble::Changes { after_ms }, .. } => after_ms,
        _ => return None,
    };
    (away_ms <= AWAY_MS_MAX).then_some((only.at_ms, only.at_ms + away_ms))
}

/// Whether one of their calls was over by then.
fn was_over(evidence: &Evidence, caller: &Caller, by_ms: u64) -> bool {
    evidence.books_of(caller).into_iter().any(|book| {
        let lives = evidence.lives_of(book);
        book.journal.iter().zip(lives).any(|(entry, life)| {
            let is_end = matches!(entry.event, Event::Decision(Decision::Ended { .. }));
            is_end && evidence.ms_of(life, entry.at) <= by_ms
        })
    })
}
