//! Chunks of sound, played in order.

use cordboard_actors::freeswitch::playback_queue::{PlaybackAct, PlaybackQueue};
use cordboard_actors::messages::{GivenBy, PlaybackEvent};
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::limits::{
    PLAYBACK_CHUNKS_MAX, PLAYBACK_GAP_MS, PLAYBACK_STOP_MS_MAX, STREAM_CHUNKS_OF_LEG_MAX,
};
use cordboard_schema::wire::esl::{EslValue, PlaybackResult, StopReason};
use proptest::prelude::*;

/// A queue, with its acts as short strings: `play 1`, `began 1`, `ended 1 at 200`, `cleared 1 at 80`, `emptied`.
#[derive(Default)]
struct Rehearsal(PlaybackQueue);

fn file(chunk: u64) -> EslValue {
    EslValue::new(format!("/tmp/{chunk}.r8")).unwrap()
}

fn short(act: PlaybackAct) -> String {
    match act {
        PlaybackAct::Play { chunk, file: played } => {
            assert_eq!(played, file(chunk));
            format!("play {chunk}")
        }
        PlaybackAct::Report(PlaybackEvent::Began { chunk }) => format!("began {chunk}"),
        PlaybackAct::Report(PlaybackEvent::Ended { chunk, heard_ms, end: PlayedEnd::Finished }) => {
            format!("ended {chunk} at {heard_ms}")
        }
        PlaybackAct::Report(PlaybackEvent::Ended { chunk, heard_ms, .. }) => {
            format!("cleared {chunk} at {heard_ms}")
        }
        PlaybackAct::Report(PlaybackEvent::Emptied) => "emptied".to_owned(),
        PlaybackAct::Report(PlaybackEvent::Given { chunk }) => format!("given {chunk}"),
        PlaybackAct::Report(other) => panic!("a queue does not give {other:?}"),
    }
}

impl Rehearsal {
    fn acts(&mut self) -> Vec<String> {
        self.0.take_acts().into_iter().map(short).collect()
    }

    fn came(&mut self, chunk: u64) -> Vec<String> {
        self.0.came(chunk, file(chunk), 0);
        self.acts()
    }

    fn began(&mut self, chunk: u64) -> Vec<String> {
        self.0.began(file(chunk).as_str());
        self.acts()
    }

    fn stopped(&mut self, chunk: u64, heard_ms: u64, reason: StopReason) -> Vec<String> {
        self.0.stopped(file(chunk).as_str(), heard_ms, reason, 0);
        self.acts()
    }

    fn ended(&mut self, chunk: u64, result: PlaybackResult) -> Vec<String> {
        self.0.ended(chunk, Some(result), 0);
        self.acts()
    }

    fn stop(&mut self, next_chunk: u64) -> Vec<String> {
        self.0.stop(next_chunk, GivenBy::ThisLink, 0);
        self.acts()
    }

    fn take_over(&mut self, next_chunk: u64) -> Vec<String> {
        self.0.stop(next_chunk, GivenBy::AnotherLink, 0);
        self.acts()
    }

    fn abandon(&mut self) -> Vec<String> {
        self.0.abandon();
        self.acts()
    }

    fn expire(&mut self, now_ms: u64) -> Vec<String> {
        self.0.expire(now_ms);
        self.acts()
    }
}

const NOTHING: [String; 0] = [];

#[test]
fn a_replacing_leg_is_played_from_its_first_chunk() {
    let mut queue = Rehearsal::default();
    for chunk in 1..=6 {
        assert_eq!(queue.came(chunk), [format!("play {chunk}")]);
    }
    // A chunk before it was lost with its leg, and is not awaited.
    assert_eq!(queue.came(8), Vec::<String>::new());
    let first = 2 * STREAM_CHUNKS_OF_LEG_MAX + 1;
    assert_eq!(queue.came(first), [format!("play {first}")]);
    assert_eq!(queue.came(first + 1), [format!("play {}", first + 1)]);
    assert_eq!(queue.came(7), Vec::<String>::new(), "chunks of the former leg are not played any more");
}

#[test]
fn chunks_are_played_on_arrival_and_reported_when_heard() {
    let mut queue = Rehearsal::default();
    assert_eq!(queue.came(1), ["play 1"]);
    assert_eq!(queue.came(2), ["play 2"]);
    assert_eq!(queue.began(1), ["began 1"]);
    assert_eq!(queue.stopped(1, 200, StopReason::Done), NOTHING);
    assert_eq!(queue.ended(1, PlaybackResult::Played), ["ended 1 at 200"]);
    assert_eq!(queue.began(2), ["began 2"]);
    assert_eq!(queue.stopped(2, 140, StopReason::Done), NOTHING);
    assert_eq!(queue.ended(2, PlaybackResult::CallLeft), ["cleared 2 at 140"], "the caller left during it");
}

#[test]
fn chunks_out_of_order_are_sorted() {
    let mut queue = Rehearsal::default();
    assert_eq!(queue.came(1), ["play 1"]);
    assert_eq!(queue.came(3), NOTHING);
    assert_eq!(queue.came(4), NOTHING);
    assert_eq!(queue.came(2), ["play 2", "play 3", "play 4"]);
    assert_eq!(queue.0.next_deadline_ms(), None);
}

#[test]
fn a_missing_chunk_is_reported_and_skipped() {
    let mut queue = Rehearsal::default();
    queue.came(1);
    assert_eq!(queue.came(3), NOTHING);
    assert_eq!(queue.0.next_deadline_ms(), Some(PLAYBACK_GAP_MS));
    assert_eq!(queue.expire(PLAYBACK_GAP_MS - 1), NOTHING);
    assert_eq!(queue.expire(PLAYBACK_GAP_MS), ["cleared 2 at 0", "play 3"]);
    assert_eq!(queue.came(2), NOTHING, "too late");
}

#[test]
fn a_missing_file_is_reported_as_unheard() {
    let mut queue = Rehearsal::default();
    queue.came(1);
    assert_eq!(queue.ended(1, PlaybackResult::NotFound), ["cleared 1 at 0"]);
}

#[test]
fn stopping_reports_what_was_heard_then_emptied() {
    let mut queue = Rehearsal::default();
    (1..=3).for_each(|chunk| drop(queue.came(chunk)));
    queue.began(1);
    assert_eq!(queue.stop(5), NOTHING);
    assert_eq!(queue.came(4), NOTHING, "sent before, and not to be played any more");
    assert_eq!(queue.came(5), NOTHING, "waits until it is quiet");
    assert_eq!(queue.stopped(1, 80, StopReason::Break), ["cleared 1 at 80", "emptied", "play 5"]);
    assert_eq!(queue.ended(1, PlaybackResult::Played), NOTHING, "reported already");
    assert_eq!(queue.came(4), NOTHING);
    assert_eq!(queue.came(6), ["play 6"]);
}

#[test]
fn stopping_ends_after_300_ms_if_the_switch_is_silent() {
    let mut queue = Rehearsal::default();
    queue.came(1);
    queue.stop(2);
    assert_eq!(queue.0.next_deadline_ms(), Some(PLAYBACK_STOP_MS_MAX));
    assert_eq!(queue.expire(PLAYBACK_STOP_MS_MAX), ["emptied"]);
    assert_eq!(queue.came(2), ["play 2"]);
}

#[test]
fn stopping_silence_is_done_at_once() {
    let mut queue = Rehearsal::default();
    assert_eq!(queue.stop(7), ["emptied"]);
    assert_eq!(queue.came(6), NOTHING);
    assert_eq!(queue.came(7), ["play 7"]);
}

/// FreeSWITCH had gone on to the next chunk when it was ordered to stop.
#[test]
fn a_chunk_that_just_ended_does_not_hide_the_next() {
    let mut queue = Rehearsal::default();
    (1..=3).for_each(|chunk| drop(queue.came(chunk)));
    queue.began(1);
    queue.stop(4);
    assert_eq!(queue.stopped(1, 200, StopReason::Done), ["ended 1 at 200"]);
    assert_eq!(queue.began(2), ["began 2"]);
    assert_eq!(queue.stopped(2, 20, StopReason::Break), ["cleared 2 at 20", "emptied"]);
}

/// Another link had the switch play 3 and 4.
#[test]
fn a_link_that_takes_over_learns_what_was_heard() {
    let mut queue = Rehearsal::default();
    assert_eq!(queue.take_over(5), NOTHING, "something may be playing");
    assert_eq!(queue.came(5), NOTHING, "waits until it is quiet");
    assert_eq!(queue.stopped(3, 80, StopReason::Break), NOTHING, "an unknown file");
    assert_eq!(queue.ended(3, PlaybackResult::Played), ["cleared 3 at 80", "emptied", "play 5"]);
    assert_eq!(queue.came(4), NOTHING);
    assert_eq!(queue.ended(4, PlaybackResult::Played), NOTHING);
}

/// Another link had the switch play 3, 4 and 5, and they were not stopped.
#[test]
fn ends_of_another_links_chunks_are_reported() {
    let mut queue = Rehearsal::default();
    assert_eq!(
        queue.ended(3, PlaybackResult::Played),
        ["ended 3 at 0"],
        "it stopped before this link listened"
    );
    assert_eq!(queue.came(6), ["play 6"], "after the earlier ones");
    queue.stopped(4, 200, StopReason::Done);
    assert_eq!(queue.ended(4, PlaybackResult::Played), ["ended 4 at 200"]);
    assert_eq!(queue.ended(4, PlaybackResult::Played), NOTHING);
    queue.stopped(5, 60, StopReason::Done);
    assert_eq!(queue.ended(5, PlaybackResult::CallLeft), ["ended 5 at 60"]);
    assert_eq!(queue.came(5), NOTHING);
}

#[test]
fn a_chunk_ended_during_takeover_does_not_hide_the_next() {
    let mut queue = Rehearsal::default();
    queue.take_over(5);
    queue.stopped(3, 200, StopReason::Done);
    assert_eq!(queue.ended(3, PlaybackResult::Played), ["ended 3 at 200"]);
    queue.stopped(4, 20, StopReason::Break);
    assert_eq!(queue.ended(4, PlaybackResult::Played), ["cleared 4 at 20", "emptied"]);
}

#[test]
fn a_link_that_takes_over_in_silence_waits_300_ms() {
    let mut queue = Rehearsal::default();
    queue.take_over(5);
    queue.came(5);
    assert_eq!(queue.expire(PLAYBACK_STOP_MS_MAX - 1), NOTHING);
    assert_eq!(queue.expire(PLAYBACK_STOP_MS_MAX), ["emptied", "play 5"]);
}

#[test]
fn a_lost_link_reports_what_the_switch_already_has() {
    let mut queue = Rehearsal::default();
    [1, 2, 3, 5].into_iter().for_each(|chunk| drop(queue.came(chunk)));
    queue.began(1);
    queue.stopped(1, 200, StopReason::Done);
    queue.began(2);
    queue.0.taken(3);
    assert_eq!(queue.came(4), ["play 4", "play 5"]);
    assert_eq!(queue.abandon(), ["given 2", "given 3"], "4 and 5 may not have reached it");
    assert_eq!((queue.abandon(), queue.0.next_deadline_ms()), (vec![], None));
    queue.came(6);
    queue.0.taken(6);
    queue.stop(7);
    assert_eq!(queue.abandon(), ["emptied", "given 6"]);
}

#[test]
fn a_chunk_without_reported_end_ends_when_another_begins() {
    let mut queue = Rehearsal::default();
    (1..=3).for_each(|chunk| drop(queue.came(chunk)));
    queue.began(1);
    queue.stopped(1, 200, StopReason::Done);
    assert_eq!(queue.began(3), ["ended 1 at 200", "cleared 2 at 0", "began 3"]);
}

#[test]
fn invented_chunks_do_not_fill_the_memory() {
    let mut queue = Rehearsal::default();
    queue.came(1);
    for chunk in 0..10 * PLAYBACK_CHUNKS_MAX as u64 {
        queue.came(u64::MAX - chunk);
    }
    let reports = queue.expire(PLAYBACK_GAP_MS);
    assert!(reports.len() <= 2 * PLAYBACK_CHUNKS_MAX, "{} acts", reports.len());
}

#[derive(Clone, Debug)]
enum Step {
    Came(u64),
    Began(u64),
    Stopped(u64, u64, bool),
    Ended(u64, bool),
    Stop(u64),
    Expire(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let chunk = || 1..12_u64;
    prop_oneof![
        4 => chunk().prop_map(Step::Came),
        2 => chunk().prop_map(Step::Began),
        2 => (chunk(), 0..500_u64, any::<bool>()).prop_map(|(chunk, ms, done)| Step::Stopped(chunk, ms, done)),
        2 => (chunk(), any::<bool>()).prop_map(|(chunk, played)| Step::Ended(chunk, played)),
        1 => chunk().prop_map(Step::Stop),
        1 => (0..2_000_u64).prop_map(Step::Expire),
    ]
}

proptest! {
    /// For all events of a switch in any order: chunks are played once, in ascending order, and never after they were
    /// stopped; no chunk has two ends, and every stop is reported as done in time. The same holds when the queue
    /// takes over from another link.
    #[test]
    fn chunks_are_played_once_in_ascending_order(
        taken_over in proptest::option::of(1..12_u64), steps in proptest::collection::vec(step(), 0..80)
    ) {
        let mut queue = Rehearsal::default();
        taken_over.into_iter().for_each(|next| drop(queue.take_over(next)));
        let (mut played, mut ended, mut floor) = (Vec::new(), Vec::new(), taken_over.unwrap_or(0));
        let mut is_stopping = taken_over.is_some();
        for step in steps {
            let said = match step {
                Step::Came(chunk) => queue.came(chunk),
                Step::Began(chunk) => queue.began(chunk),
                Step::Stopped(chunk, ms, is_done) => {
                    queue.stopped(chunk, ms, if is_done { StopReason::Done } else { StopReason::Break })
                }
                Step::Ended(chunk, was_played) => {
                    queue.ended(chunk, if was_played { PlaybackResult::Played } else { PlaybackResult::NotFound })
                }
                Step::Stop(next) => {
                    (floor, is_stopping) = (floor.max(next), true);
                    queue.stop(next)
                }
                Step::Expire(now_ms) => queue.expire(now_ms),
            };
            for act in said {
                let number = act.split(' ').nth(1).and_then(|number| number.parse::<u64>().ok());
                match (act.split(' ').next().unwrap(), number) {
                    ("play", Some(chunk)) => {
                        prop_assert!(chunk >= floor, "{chunk} below {floor}");
                        prop_assert!(!is_stopping, "{chunk} while it is being stopped");
                        prop_assert!(played.last().is_none_or(|last| *last < chunk), "{chunk} after {played:?}");
                        played.push(chunk);
                    }
                    ("ended" | "cleared", Some(chunk)) => {
                        prop_assert!(!ended.contains(&chunk), "{chunk} ended twice");
                        ended.push(chunk);
                    }
                    ("emptied", None) => is_stopping = false,
                    _ => {}
                }
            }
        }
        // One gap after another.
        (1..20_u64).for_each(|round| drop(queue.expire(round * 10_000)));
        prop_assert_eq!(queue.0.next_deadline_ms(), None);
    }
}
