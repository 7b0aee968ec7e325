//! A recording is what its caller was played, sample by sample, or silence of the same length while the disk refused; it is as long as its call; and
//! failures to record are on the call's record and in the log.
//!
//! Checked in worlds whose disk has trouble. In a world in which an actor panics that calls or their legs depend on, only calls that were over before
//! are checked.

use std::ops::RangeInclusive;

use cordboard_schema::event::{Event, Fact};
use cordboard_test_support::audio::{SILENCE_RMS, Sound, rms};

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::caller::{Caller, Story, StoryEnd};
use crate::plan::{Happening, Line};
use crate::services::DiskTrouble;

const WHOLE: &str = "a recording is what was heard, or silence of the same length while the disk refuses";
const LENGTH: &str = "a recording is as long as its call";
const TOLD: &str = "failures to record are reported, and nothing else is";

/// Samples of a frame.
const FRAME: usize = 160;
/// First frame of a recording, relative to the connection's first frame.
const BEGINS: RangeInclusive<i64> = -10..=400;
/// Samples that may differ, at edges.
const DIFFERENT_MAX: usize = 2 * FRAME;
/// Sound that is held back, so that late sound finds its place, is lost with the first block that a disk refuses, in ms.
const KEPT_BACK_MS: u64 = 1_000;
/// A file is tried again every second, when its next block arrives, in ms.
const TRIED_AGAIN_MS: u64 = 1_400;
/// A disk that refuses for this long during a call has refused a block of it, in ms.
const NOTICED_MS: u64 = 2_500;
/// Accuracy of a recording's length, in ms: of the recording itself, for each connection and for each death of its call. A killed process has not
/// written its last second.
const SLACK_MS: u64 = 700;
const SLACK_OF_CONNECTION_MS: u64 = 400;
const SLACK_OF_DEATH_MS: u64 = 1_500;

/// The disk's trouble, in ms from the beginning of the world.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    kind: DiskTrouble,
    from_ms: u64,
    until_ms: u64,
}

impl Trouble {
    /// Whether sound of this moment may be missing.
    fn takes(self, at_ms: u64) -> bool {
        let range = self.from_ms.saturating_sub(KEPT_BACK_MS)..self.until_ms + TRIED_AGAIN_MS;
        self.kind.refuses() && range.contains(&at_ms)
    }
}

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let Some((kind, from_ms, until_ms)) = evidence.plan.disk_trouble() else { return };
    let panics_ms = evidence.plan.first_ms(Happening::panics_in_a_call);
    let was_over = |book: &Book| evidence.entries(book).last().is_some_and(|(_, _, at_ms)| at_ms < panics_ms);
    let trouble = Trouble { kind, from_ms, until_ms };
    for book in evidence.books.iter().filter(|book| was_over(book)) {
        told_wrongly(evidence, book, trouble, complaints);
    }
    for caller in evidence.callers.iter().filter(|caller| caller.line == Line::Audiosocket) {
        let books = evidence.books_of(caller);
        let [book] = books[..] else { continue };
        if !was_over(book) {
            continue;
        }
        let stories: Vec<&Story> = caller.stories.iter().filter(|story| !story.is_double).collect();
        length(evidence, caller, book, &stories, trouble, complaints);
        let [story] = stories[..] else { continue };
        let is_sound = !story.was_hurt
            && story.way.is_none()
            && matches!(story.end, StoryEnd::ByCaller | StoryEnd::ByServer);
        if is_sound {
            whole(evidence, caller, book, story, trouble, complaints);
            told(evidence, caller, book, story, trouble, complaints);
        }
    }
}

/// Checks that recordings only fail while a disk refuses, and not after its return.
fn told_wrongly(evidence: &Evidence, book: &Book, trouble: Trouble, complaints: &mut Complaints) {
    for (entry, life) in book.journal.iter().zip(evidence.lives_of(book)) {
        let Event::Fact(Fact::RecordingFailed { reason }) = &entry.event else { continue };
        let at_ms = evidence.ms_of(life, entry.at);
        let is_true = (trouble.from_ms..=trouble.until_ms + TRIED_AGAIN_MS).contains(&at_ms);
        if !is_true || !trouble.kind.refuses() {
            let how = format!("it fails at {at_ms} ms: {reason}; {trouble:?}");
            complaints.add(TOLD, format!("call {}", book.row.id), how);
        }
    }
}

/// Checks that a call that lasted long enough in the trouble has that on its record, and that the log says so.
fn told(
    evidence: &Evidence,
    caller: &Caller,
    book: &Book,
    story: &Story,
    trouble: Trouble,
    complaints: &mut Complaints,
) {
    let Some(ended_ms) = story.ended_ms.filter(|_| trouble.kind.refuses()) else { return };
    let (from_ms, until_ms) = (trouble.from_ms.max(story.began_ms + 500), trouble.until_ms.min(ended_ms));
    let is_recorded = book
        .journal
        .iter()
        .any(|entry| matches!(entry.event.kind(), "recording_started" | "recording_finished"));
    if !is_recorded || until_ms.saturating_sub(from_ms) < NOTICED_MS {
        return;
    }
    let whose = format!("caller {}", caller.number);
    for kind in ["recording_failed", "recording_lost"] {
        if !book.journal.iter().any(|entry| entry.event.kind() == kind) {
            let how = format!("the call's record has no {kind}, and it was not recorded then: {trouble:?}");
            complaints.add(TOLD, &whose, how);
        }
    }
    let log = evidence.lives.get(story.life).map(|life| &life.log[..]).unwrap_or_default();
    if !log.iter().any(|line| line.contains("recordings can't be written")) {
        complaints.add(TOLD, whose, format!("the log of life {} does not say it: {trouble:?}", story.life));
    }
}

/// Checks that the file is as long as its call was recorded, however often the disk refused and the call continued.
fn length(
    evidence: &Evidence,
    caller: &Caller,
    book: &Book,
    stories: &[&Story],
    trouble: Trouble,
    complaints: &mut Complaints,
) {
    // A slow disk dates the end of each part late, and the next part counts its silence from there.
    let is_dated_late = !trouble.kind.refuses() || evidence.plan.sets_calendar();
    if stories.len() > 1 && is_dated_late {
        return;
    }
    let lives = evidence.lives_of(book);
    let (mut began, mut going_on, mut finished) = (None, None, None);
    for (entry, life) in book.journal.iter().zip(&lives) {
        let at_ms = evidence.ms_of(*life, entry.at);
        match &entry.event {
            Event::Fact(Fact::RecordingStarted { offset_ms }) => {
                (going_on, finished) = (Some(*life), None);
                began.get_or_insert((at_ms, *offset_ms));
            }
            // The next process also reports a recording that died with the one before.
            Event::Fact(Fact::RecordingFinished { duration_ms })
                if going_on == Some(*life) && at_ms <= evidence.lives[*life].ended_ms =>
            {
                finished = Some((at_ms, *duration_ms));
            }
            _ => {}
        }
    }
    let (Some((began_ms, offset_ms)), Some((finished_ms, duration_ms))) = (began, finished) else { return };
    let deaths = lives.last().zip(lives.first()).map_or(0, |(last, first)| last - first) as u64;
    let slack_ms = SLACK_MS
        + SLACK_OF_CONNECTION_MS * stories.len() as u64
        + SLACK_OF_DEATH_MS * deaths
        + if trouble.kind.refuses() { 0 } else { TRIED_AGAIN_MS };
    let due_ms = finished_ms.saturating_sub(began_ms) + offset_ms;
    // A recording has no end if the disk takes no more of it.
    let has_end = !trouble.takes(finished_ms);
    if duration_ms > due_ms + slack_ms || has_end && duration_ms + slack_ms < due_ms {
        let how = format!("it has {duration_ms} ms, and its call had {due_ms} ms up to its end: {trouble:?}");
        complaints.add(LENGTH, format!("caller {}", caller.number), how);
    }
}

/// Checks sample by sample that the recording is what was heard, or silence.
fn whole(
    evidence: &Evidence,
    caller: &Caller,
    book: &Book,
    story: &Story,
    trouble: Trouble,
    complaints: &mut Complaints,
) {
    let Some(recorded) = evidence.recordings.get(&book.row.id) else {
        let is_owed = story.ended_ms.is_some_and(|ended_ms| !trouble.takes(ended_ms));
        if let Some(ms) = book.row.recording_ms.filter(|ms| is_owed && *ms > 0) {
            let how = format!("its call's row has {ms} ms of it, and no file can be read: {trouble:?}");
            complaints.add(WHOLE, format!("caller {}", caller.number), how);
        }
        return;
    };
    let is_even = story.frames.iter().all(|frame| frame.samples.len() == FRAME);
    if !is_even || recorded.rate != story.rate || recorded.samples.is_empty() {
        return;
    }
    let heard: Vec<i16> = story.frames.iter().flat_map(|frame| frame.samples.iter().copied()).collect();
    let whose = format!("caller {}", caller.number);
    let Some((place, different)) = place(recorded, &heard) else { return };
    if different > DIFFERENT_MAX {
        let how = format!(
            "{} ms of it are neither what was heard nor silence, at any alignment: {trouble:?}",
            different * 1_000 / story.rate as usize
        );
        return complaints.add(WHOLE, whose, how);
    }
    let lacks = lacking(recorded, story, place);
    let wrongly: Vec<u64> = lacks.into_iter().filter(|at_ms| !trouble.takes(*at_ms)).collect();
    if let (Some(first), Some(last)) = (wrongly.first(), wrongly.last()) {
        let how = format!(
            "{} ms are missing between {first} and {last} ms: {trouble:?}",
            wrongly.len() * FRAME / 8
        );
        complaints.add(WHOLE, whose, how);
    }
}

/// Returns the frame of the heard sound with which a recording begins, and the samples that differ there and are not silence. A tone looks the same
/// in many places, so every place is tried at which half of the recording was heard.
fn place(recorded: &Sound, heard: &[i16]) -> Option<(i64, usize)> {
    let frames = (recorded.samples.len() / FRAME) as i64;
    let heard_frames = (heard.len() / FRAME) as i64;
    let is_possible = |place: &i64| {
        let overlap = (place + frames).min(heard_frames) - (*place).max(0);
        2 * overlap >= frames.min(heard_frames)
    };
    let different = |place: i64, least: usize| {
        let mut count = 0;
        for (at, frame) in recorded.samples.chunks_exact(FRAME).enumerate() {
            let Some(there) = frame_at(heard, place + at as i64) else { continue };
            let differ = frame.iter().zip(there).filter(|(one, other)| **one != 0 && one != other).count();
            count += differ;
            if count > least {
                break;
            }
        }
        count
    };
    let mut best: Option<(i64, usize)> = None;
    for place in BEGINS.filter(is_possible) {
        let count = different(place, best.map_or(usize::MAX, |(_, count)| count));
        if best.is_none_or(|(_, least)| count < least) {
            best = Some((place, count));
        }
    }
    best
}

fn frame_at(samples: &[i16], frame: i64) -> Option<&[i16]> {
    let from = usize::try_from(frame).ok()? * FRAME;
    samples.get(from..from + FRAME)
}

/// Returns when frames were heard that the recording is missing, in ms from the beginning of the world.
fn lacking(recorded: &Sound, story: &Story, place: i64) -> Vec<u64> {
    let silent = |(at, frame): (usize, &[i16])| {
        let heard = story.frames.get(usize::try_from(place + at as i64).ok()?)?;
        let lacks = frame.iter().all(|sample| *sample == 0) && rms(&heard.samples) >= SILENCE_RMS;
        lacks.then(|| story.began_ms + heard.at.as_millis() as u64)
    };
    recorded.samples.chunks_exact(FRAME).enumerate().filter_map(silent).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cordboard_test_support::audio::{babble, silence};

    use super::*;

    fn sound(parts: &[&[i16]]) -> Sound {
        Sound { rate: 8_000, samples: parts.concat() }
    }

    #[test]
    fn a_recording_matches_where_it_began_unless_shifted() {
        let heard = babble(5, Duration::from_secs(4), 8_000).samples;
        let gap = silence(Duration::from_secs(1), 8_000).samples;
        // It begins with the fourth frame, and a second of it is silence.
        let from = 3 * FRAME;
        let kept = sound(&[&heard[from..from + 8_000], &gap, &heard[from + 16_000..]]);
        assert_eq!(place(&kept, &heard), Some((3, 0)));
        // The second is left out.
        let shifted = sound(&[&heard[from..from + 8_000], &heard[from + 16_000..]]);
        let (_, different) = place(&shifted, &heard).unwrap();
        assert!(different > DIFFERENT_MAX, "{different}");
    }

    #[test]
    fn sound_is_only_missing_while_a_disk_refuses() {
        let trouble = |kind| Trouble { kind, from_ms: 5_000, until_ms: 8_000 };
        let takes = |kind| [3_900, 4_100, 9_300, 9_500].map(|at_ms| trouble(kind).takes(at_ms));
        assert_eq!(takes(DiskTrouble::Full), [false, true, true, false]);
        assert_eq!(takes(DiskTrouble::Slow), [false; 4]);
    }
}
