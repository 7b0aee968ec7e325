//! A visitor's page says whom they are with: that a person is being asked while that is so, a person while one is there, and the assistant while
//! no person is there.

use std::collections::BTreeSet;

use cordboard_schema::event::{Decision, Event};

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::caller::Story;

const PROMISE: &str = "a visitor's page says whom they are with";

/// A page gets its message after the step, and bytes are in transit for a while.
const LATE_MS: u64 = 300;

/// The party whom the caller is with from a moment on, in ms from the beginning of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    at_ms: u64,
    is_asked: bool,
    has_person: bool,
    /// Nothing is reported after the end of the call.
    is_over: bool,
}

impl Moment {
    /// Whether a page may show this.
    fn admits(self, stand: &str) -> bool {
        self.is_over
            || match stand {
                "assistant" => !self.has_person,
                "ringing" | "queue" => self.is_asked,
                "person" => self.has_person,
                _ => true,
            }
    }
}

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for caller in &evidence.callers {
        let books = evidence.books_of(caller);
        let [book] = books[..] else { continue };
        let moments = moments(evidence, book);
        let (moments, ended_ms) = moments;
        // Up to the connection's first trouble. A supervisor who speaks with the visitor counts as a person, too.
        let stories = caller.stories.iter().filter(|story| story.way.is_none());
        let stands = stories.flat_map(|story| {
            let owed_until_ms = evidence.owed_until(caller, story);
            let is_judged = move |(from_ms, ..): &(u64, u64, &str)| *from_ms < owed_until_ms;
            let cut = move |(from, until, stand): (u64, u64, _)| (from, owed_until_ms.min(until), stand);
            shown(story).into_iter().filter(is_judged).map(cut)
        });
        for (from_ms, until_ms, stand) in stands {
            // After the end a page may keep showing what it showed.
            if ended_ms.is_some_and(|ended_ms| from_ms >= ended_ms) {
                let was = moments.iter().rev().nth(1).copied();
                let is_new = match stand {
                    "ringing" | "queue" => was.is_some_and(|was| !was.is_asked),
                    "person" => was.is_some_and(|was| !was.has_person),
                    _ => false,
                };
                if is_new {
                    let how = format!("{stand} is shown from {from_ms} ms on, and the call is over");
                    complaints.add(PROMISE, format!("caller {}", caller.number), how);
                }
                continue;
            }
            let wrong_ms = longest_wrong(&moments, from_ms, until_ms, stand);
            if wrong_ms > LATE_MS {
                let how =
                    format!("{stand} is shown from {from_ms} to {until_ms} ms, for {wrong_ms} ms wrongly");
                complaints.add(PROMISE, format!("caller {}", caller.number), how);
            }
        }
    }
}

/// Returns the states that a page shows, each with its beginning and end.
fn shown(story: &Story) -> Vec<(u64, u64, &str)> {
    let last =
        story.frames.last().map_or(story.began_ms, |frame| story.began_ms + frame.at.as_millis() as u64);
    let next = story.stands.iter().skip(1).map(|(at_ms, _)| *at_ms).chain([last]);
    story.stands.iter().zip(next).map(|((at_ms, stand), next_ms)| (*at_ms, next_ms, stand.as_str())).collect()
}

/// Returns the parties with whom the caller talks according to the journal, up to the end of the call, and that end, in ms from the beginning of the
/// world.
fn moments(evidence: &Evidence, book: &Book) -> (Vec<Moment>, Option<u64>) {
    let (mut asked, mut people, mut outsiders) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut moments = vec![Moment { at_ms: 0, is_asked: false, has_person: false, is_over: false }];
    for (event, _, at_ms) in evidence.entries(book) {
        match event {
            Event::Decision(
                Decision::HandoffRequested { handoff, .. } | Decision::AgentRequested { handoff, .. },
            ) => {
                asked.insert(*handoff);
            }
            Event::Decision(
                Decision::HandoffBridged { handoff } | Decision::HandoffAbandoned { handoff, .. },
            ) => {
                asked.remove(handoff);
            }
            Event::Decision(Decision::AgentJoined { user_id, .. }) => {
                people.insert(*user_id);
            }
            Event::Decision(Decision::AgentLeft { user_id, .. }) => {
                people.remove(user_id);
            }
            Event::Decision(Decision::OutsiderJoined { consult, .. }) => {
                outsiders.insert(*consult);
            }
            Event::Decision(Decision::OutsiderLeft { consult, .. }) => {
                outsiders.remove(consult);
            }
            Event::Decision(Decision::Ended { .. }) => {
                moments.push(Moment { at_ms, is_asked: true, has_person: true, is_over: true });
                return (moments, Some(at_ms));
            }
            _ => continue,
        }
        let has_person = !people.is_empty() || !outsiders.is_empty();
        moments.push(Moment { at_ms, is_asked: !asked.is_empty(), has_person, is_over: false });
    }
    (moments, None)
}

/// Returns the longest stretch in which a shown state was wrong, in ms.
fn longest_wrong(moments: &[Moment], from_ms: u64, until_ms: u64, stand: &str) -> u64 {
    let next = moments.iter().skip(1).map(|moment| moment.at_ms).chain([u64::MAX]);
    let (mut longest, mut since) = (0, None);
    for (moment, next_ms) in moments.iter().zip(next) {
        if moment.admits(stand) {
            since = None;
            continue;
        }
        let begun: u64 = *since.get_or_insert(moment.at_ms.max(from_ms));
        longest = longest.max(next_ms.min(until_ms).saturating_sub(begun));
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_wrong_while_what_it_shows_is_untrue() {
        let moment = |at_ms, is_asked| Moment { at_ms, is_asked, has_person: false, is_over: false };
        let moments = [moment(0, false), moment(1_000, true), moment(3_000, false), moment(9_000, true)];
        let wrong = |from_ms, until_ms| longest_wrong(&moments, from_ms, until_ms, "queue");
        assert_eq!(
            [wrong(1_100, 3_200), wrong(900, 2_000), wrong(1_000, 5_000), wrong(9_500, 9_900)],
            [200, 100, 2_000, 0]
        );
    }

    #[test]
    fn a_page_that_never_shows_a_person_is_wrong() {
        let moment = |at_ms, has_person, is_over| Moment { at_ms, is_asked: is_over, has_person, is_over };
        let moments = [
            moment(0, false, false),
            moment(2_000, true, false),
            moment(6_000, false, false),
            moment(7_000, true, false),
            moment(8_000, true, true),
        ];
        assert_eq!(longest_wrong(&moments, 0, 12_000, "assistant"), 4_000);
        assert_eq!(
            longest_wrong(&moments, 6_500, 12_000, "assistant"),
            1_000,
            "the call ends with the person"
        );
        assert_eq!(longest_wrong(&moments, 2_000, 6_000, "person"), 0);
        assert_eq!(longest_wrong(&moments, 0, 12_000, "hold"), 0);
    }
}
