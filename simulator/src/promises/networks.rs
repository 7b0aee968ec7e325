//! A connection by WebRTC outlives a network that is away for some seconds, and one that is changed for another.

use cordboard_schema::event::{Decision, Event};

use super::Complaints;
use crate::evidence::Evidence;
use crate::parties::caller::{Caller, Story, StoryEnd};
use crate::plan::{Happening, NetworkTrouble};

const PROMISE: &str =
    "a connection by WebRTC outlives a network that is away for 3.5 s, and one that changes";

/// A network that is away for longer than this may break a connection, in ms: the server waits 5 s, and a browser asks for its consent at
/// intervals.
const AWAY_MS_MAX: u64 = 3_500;
/// A connection that breaks so much later than the network is back has another reason, in ms.
const BREAKS_MS: u64 = 8_000;
/// A process that is killed has written all but its last moments, in ms.
const WRITTEN_MS: u64 = 1_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // A process or an actor that dies may take a leg with it, unless it knows of desks alone.
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
        // Nobody is told of the end of a call while datagrams are lost.
        if is_broken && !was_over(evidence, caller, ended_ms) {
            let how =
                format!("it was away from {at_ms} to {back_ms} ms, and they were cut off at {ended_ms} ms");
            complaints.add(PROMISE, format!("caller {}", caller.number), how);
        }
    }
}

/// From and until when the network of a caller was away, in ms, if that is the only trouble that they had.
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

/// Whether a call of theirs was over by then.
fn was_over(evidence: &Evidence, caller: &Caller, by_ms: u64) -> bool {
    evidence.books_of(caller).into_iter().any(|book| {
        let lives = evidence.lives_of(book);
        book.journal.iter().zip(lives).any(|(entry, life)| {
            let is_end = matches!(entry.event, Event::Decision(Decision::Ended { .. }));
            is_end && evidence.ms_of(life, entry.at) <= by_ms
        })
    })
}
