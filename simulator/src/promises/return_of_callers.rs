//! A caller who comes back in time is on the same call, and a caller whose connection broke has not hung up.

use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::{Decision, Event};

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::caller::{Caller, Story, StoryEnd};
use crate::plan::Line;

const PROMISE: &str = "a caller who comes back in time is on the same call";
const BROKEN: &str = "a caller whose connection broke has not hung up";

/// Well within the window after a broken leg (5 s) and a killed server (12 s).
const BROKEN_MS_MAX: u64 = 4_500;
const KILLED_MS_MAX: u64 = 11_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for caller in &evidence.callers {
        let calls = evidence.books_of(caller).len();
        // Connections that broke or whose server was killed, and that another connection followed soon enough.
        let stories: Vec<_> = caller.stories.iter().filter(|story| !story.is_double).collect();
        let in_time = stories.windows(2).all(|pair| {
            let (before, after) = (pair[0], pair[1]);
            let (left, most) = match before.end {
                StoryEnd::Left => {
                    (evidence.lives.get(before.life + 1).map(|life| life.began_ms), KILLED_MS_MAX)
                }
                StoryEnd::Broken => (before.ended_ms, BROKEN_MS_MAX),
                StoryEnd::ByServer | StoryEnd::ByCaller => (None, 0),
            };
            left.is_some_and(|left| after.began_ms.saturating_sub(left) < most)
                && before.life + 1 >= after.life
        });
        if stories.len() > 1 && in_time && calls > 1 && was_ordinary(evidence, caller) {
            let whose = format!("caller {}", caller.number);
            complaints.add(
                PROMISE,
                whose,
                format!("they were on {calls} calls, over {} connections", stories.len()),
            );
        }
        for book in evidence.books_of(caller).into_iter().filter(|_| caller.line == Line::Audiosocket) {
            let Some(hung_up_ms) = hung_up_ms(evidence, book) else { continue };
            let stood = |story: &&Story| !story.is_double && story.began_ms <= hung_up_ms;
            let last = caller.stories.iter().rfind(stood);
            if last.is_some_and(|story| story.end == StoryEnd::Broken) {
                let how = format!("call {} ended at {hung_up_ms} ms as if they had", book.row.id);
                complaints.add(BROKEN, format!("caller {}", caller.number), how);
            }
        }
    }
}

/// Returns when the server considered that the caller of a call had hung up, in ms from the beginning of the world.
fn hung_up_ms(evidence: &Evidence, book: &Book) -> Option<u64> {
    let is_by_caller = |event: &Event| {
        matches!(event, Event::Decision(Decision::Ended { ending, .. })
            if ending.by == HangupBy::Caller && ending.cause == HangupCause::normal_clearing())
    };
    let mut entries = book.journal.iter().zip(evidence.lives_of(book));
    let (entry, life) = entries.find(|(entry, _)| is_by_caller(&entry.event))?;
    Some(evidence.ms_of(life, entry.at))
}

/// Whether nothing else ended the first call: it ended because it was left, or not at all.
fn was_ordinary(evidence: &Evidence, caller: &Caller) -> bool {
    let first = evidence.books_of(caller).into_iter().next();
    let cause = first.and_then(|book| book.row.hangup_cause.clone()).map(|cause| cause.0);
    matches!(cause.as_deref(), Some("server_restart" | "connection_lost"))
}
