//! The disk is full: calls continue, the journal waits in memory, and a recording has silence where it could not be written.

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cordboard_test_support::audio::{SILENCE_RMS, Sound, Span, duration_of, find, rms, samples_in};
use cordboard_test_support::audiosocket::Caller;
use tempfile::TempDir;
use uuid::Uuid;

use crate::listening::{heard_length, wait_heard};
use crate::stage::{RATE, Stage, without_load};

/// Length of the pieces in which a recording is compared with what was heard.
const PIECE: Duration = Duration::from_millis(400);
/// A gap that is too short to be heard.
const FRAME: Duration = Duration::from_millis(20);
/// Shorter parts of a piece can't be judged.
const REST: Duration = Duration::from_millis(100);
/// How much earlier than its place a piece may be recorded. A lost block of 200 ms that was not replaced by silence would be more.
const EARLY_MAX: Duration = Duration::from_millis(195);
/// Total time for which a test may be held up: ticks that a busy machine made the server skip are in the recording, and were not heard.
const SKIPPED_MAX: Duration = Duration::from_secs(10);
/// Score from which a piece counts as found where it was heard.
const HEARD_SCORE: f64 = 0.8;
/// Pieces that may be torn.
const TORN_MAX: usize = 2;

/// A full disk as a call sees it: `fill` fills it, `make_room` ends that.
fn a_call_outlives_a_full_disk(
    stage: Stage,
    data: &Path,
    fill: impl FnOnce(&Stage),
    make_room: impl FnOnce(&Stage),
) {
    let _quiet = without_load();
    let before = stage.held();
    let (uuid, late) = (Uuid::new_v4(), Uuid::new_v4());
    let caller = stage.caller(uuid);
    wait_heard(&caller, "greeting", Duration::ZERO);

    fill(&stage);
    let mark = heard_length(&caller);
    caller.press('#');
    stage.wait_not_ready("the database does not take the journal");
    let newcomer = stage.caller(late);
    wait_heard(&caller, "greeting", mark);
    newcomer.press('5');
    wait_heard(&newcomer, "unknown_key", Duration::ZERO);

    make_room(&stage);
    stage.wait_ready();
    let mark = heard_length(&caller);
    caller.press('#');
    newcomer.press('5');
    wait_heard(&caller, "greeting", mark);
    for caller in [&caller, &newcomer] {
        assert_eq!((caller.ended(), caller.report().violations), (None, vec![]));
        caller.hang_up();
    }
    assert_all_is_stored(&stage, data, uuid, &caller, &["#", "#"]);
    assert_all_is_stored(&stage, data, late, &newcomer, &["5", "5"]);
    stage.wait_nothing_left(before);
    stage.close();
}

fn assert_all_is_stored(stage: &Stage, data: &Path, uuid: Uuid, caller: &Caller, digits: &[&str]) {
    let call = stage.wait_call(uuid, "a recording that is closed", |call| call["recording_ms"].is_u64());
    let journal = stage.journal(&call);
    let pressed: Vec<&str> = journal
        .iter()
        .filter(|entry| entry["kind"] == "dtmf")
        .map(|entry| entry["digit"].as_str().unwrap())
        .collect();
    assert_eq!(pressed, digits);
    let file = data.join("recordings").join(format!("{}.wav", call["id"].as_str().unwrap()));
    let recorded = Sound::read_wav_channel(&file, 1).unwrap();
    let pieces = compare(&recorded, &caller.heard());
    println!("{pieces:?}");
    assert!(pieces.kept > 0 && pieces.silenced > 0 && pieces.torn <= TORN_MAX, "{pieces:?}");
    assert!(call["recording_lost_ms"].as_u64() > Some(0), "the lost part is reported: {call}");
}

/// How the pieces of a recording compare with what was heard.
#[derive(Debug, Default)]
struct Pieces {
    /// As it was heard.
    kept: usize,
    /// Silence in the place of sound.
    silenced: usize,
    /// Silence in both.
    silent: usize,
    /// Partly silenced, and the rest is too short to be searched for.
    rest: usize,
    /// Not found, which skipped ticks explain: after it the recording is later than before.
    skipped: usize,
    /// Not found, without an explanation.
    torn: usize,
}

/// Asserts that every piece of the recording is what was heard, in its order, or silence.
fn compare(recorded: &Sound, heard: &Sound) -> Pieces {
    let lengths = (recorded.length(), heard.length());
    assert!(lengths.1 < lengths.0 + PIECE && lengths.0 < lengths.1 + SKIPPED_MAX, "{lengths:?}");
    let mut pieces = Pieces::default();
    // How much later a sound is in the recording than it was heard: the time of skipped ticks so far.
    let mut late = Duration::ZERO;
    let mut not_found = 0;
    let mut found_until = Duration::ZERO;
    for (index, piece) in recorded.samples.chunks_exact(samples_in(PIECE, RATE)).enumerate() {
        let start = PIECE * index as u32;
        let begun = start.saturating_sub(late);
        let there = heard.part(Span { start: begun, end: begun + PIECE });
        // In the piece in which a hole begins or ends, only the part next to the hole can be what was heard.
        let (start, piece) = without_silent_ends(start, piece);
        if is_silent(&piece.samples) {
            *(if is_silent(&there.samples) { &mut pieces.silent } else { &mut pieces.silenced }) += 1;
        } else if piece.length() < REST {
            pieces.rest += 1;
        } else {
            let expected = start.saturating_sub(late);
            let end = expected + piece.length() + PIECE;
            let near = expected.saturating_sub(PIECE);
            // A machine that stood still for longer than a piece has moved it further away.
            let looked_for = [near, found_until.min(near)].into_iter().find_map(|from| {
                let around = heard.part(Span { start: from, end });
                let found = find(&around, &piece).filter(|found| found.score >= HEARD_SCORE)?;
                Some((from, around, found))
            });
            let Some((from, around, found)) = looked_for else {
                not_found += 1;
                continue;
            };
            let place = from + found.at;
            assert!(
                place < expected + EARLY_MAX,
                "the recording is missing {:?} before {start:?}",
                place - expected
            );
            let later = start.saturating_sub(place);
            *(if later > late { &mut pieces.skipped } else { &mut pieces.torn }) += not_found;
            (late, not_found, found_until) = (late.max(later), 0, place + piece.length());
            let heard = around.part(Span { start: found.at, end: found.at + piece.length() });
            // Frames are recorded and heard as wholes, so ticks are skipped between them.
            let (frame, from) = (samples_in(FRAME, RATE), samples_in(from, RATE));
            let first_frame = frame - samples_in(start, RATE) % frame;
            let whole = &around.samples[from.next_multiple_of(frame) - from..];
            assert_heard_or_silence(&piece.samples, &heard.samples, whole, first_frame);
            pieces.kept += 1;
        }
    }
    pieces.torn += not_found;
    pieces
}

/// Asserts that each sample is the heard one, or silent; if ticks were skipped in the piece, the heard frame is close to its place. `around` begins
/// with a whole frame. `first_frame` is the number of samples up to the end of the first frame, of which the piece may have only a part.
fn assert_heard_or_silence(recorded: &[i16], heard: &[i16], around: &[i16], first_frame: usize) {
    assert_eq!(recorded.len(), heard.len());
    let frame = samples_in(FRAME, RATE);
    let is_heard = |(recorded, heard): &(&[i16], &[i16])| {
        let in_place =
            recorded.iter().zip(*heard).all(|(recorded, heard)| *recorded == 0 || recorded == heard);
        // The first and the last one may be parts of frames.
        let is_part = |near: &[i16]| near.starts_with(recorded) || near.ends_with(recorded);
        in_place || around.chunks_exact(frame).any(is_part)
    };
    let pairs = frames(recorded, first_frame).into_iter().zip(frames(heard, first_frame));
    let wrong = pairs.filter(|pair| !is_heard(pair)).count();
    assert!(wrong == 0, "{wrong} frames of {} samples are not what was heard", recorded.len());
}

/// Returns the frames of a sound of which the first one has this many samples.
fn frames(samples: &[i16], first_frame: usize) -> Vec<&[i16]> {
    let (first, others) = samples.split_at(first_frame.min(samples.len()));
    std::iter::once(first).chain(others.chunks(samples_in(FRAME, RATE))).collect()
}

/// Returns a piece that begins at `start`, without the zeros at its ends.
fn without_silent_ends(start: Duration, piece: &[i16]) -> (Duration, Sound) {
    let first = piece.iter().position(|sample| *sample != 0).unwrap_or(piece.len());
    let last = piece.iter().rposition(|sample| *sample != 0).map_or(first, |last| last + 1);
    let sound = Sound { rate: RATE, samples: piece[first..last].to_vec() };
    (start + duration_of(first, RATE), sound)
}

fn is_silent(samples: &[i16]) -> bool {
    rms(samples) < SILENCE_RMS
}

#[test]
fn calls_survive_a_limit_on_file_sizes() {
    let stage = Stage::open(&[]);
    let data = stage.server.data_folder();
    let wal = data.join("cordboard.db-wal");
    let fill = |stage: &Stage| stage.server.limit_file_size(Some(fs::metadata(&wal).unwrap().len())).unwrap();
    let make_room = |stage: &Stage| stage.server.limit_file_size(None).unwrap();
    a_call_outlives_a_full_disk(stage, &data, fill, make_room);
}

/// A really full disk. It needs the right to mount, as root or as a user who may be root in a namespace of their own.
#[test]
fn calls_survive_a_really_full_disk() {
    let disk = SmallDisk::new()
        .expect("a disk of 8 MB can't be mounted here: run as root, or allow user namespaces");
    let stage = Stage::open_with(&disk.program(), &[("data_dir", disk.data().to_str().unwrap())]);
    let seen = disk.as_seen_by(stage.server.process_id());
    let (ballast, data) = (seen.join("ballast"), seen.join("data"));
    let fill = |_: &Stage| fill_up(&ballast);
    let make_room = |_: &Stage| fs::remove_file(&ballast).unwrap();
    a_call_outlives_a_full_disk(stage, &data, fill, make_room);
}

/// A disk of 8 MB in memory that only a server sees, and that ends with it.
struct SmallDisk {
    folder: TempDir,
    /// How a process gets mounts of its own here.
    unshare: &'static str,
}

impl SmallDisk {
    /// `None` if this process does not have the right to mount: neither as root nor as a user who is root in their own namespace.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let ways = ["unshare --mount", "unshare --map-root-user --mount"];
        let works = |unshare: &&str| {
            let tried = Command::new("sh").args(["-c", &mounted(unshare, folder.path(), "true")]).output();
            tried.is_ok_and(|output| output.status.success())
        };
        let unshare = ways.into_iter().find(works)?;
        Some(Self { folder, unshare })
    }

    /// Returns a program that is the server with this disk.
    fn program(&self) -> PathBuf {
        let program = self.folder.path().with_extension("sh");
        let server = format!("{} \"$@\"", env!("CARGO_BIN_EXE_cordboard"));
        let script = format!("#!/bin/sh\n{}\n", mounted(self.unshare, self.folder.path(), &server));
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
        program
    }

    /// The server's data folder, as the server names it.
    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Returns the disk of that process, for other processes.
    fn as_seen_by(&self, process_id: u32) -> PathBuf {
        PathBuf::from(format!("/proc/{process_id}/root{}", self.folder.path().display()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // There is none if nothing was started.
        let _ = fs::remove_file(self.folder.path().with_extension("sh"));
    }
}

/// Returns a line of shell that becomes `command`, with a small disk at `folder`.
fn mounted(unshare: &str, folder: &Path, command: &str) -> String {
    let folder = folder.display();
    format!("exec {unshare} sh -c 'mount -t tmpfs -o size=8m tmpfs {folder} && exec {command}' sh \"$@\"")
}

/// Writes a file until there is no space for another byte.
fn fill_up(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [65_536, 4_096, 1] {
        let full = loop {
            if let Err(error) = file.write_all(&vec![0; size]) {
                break error;
            }
        };
        assert_eq!(full.kind(), ErrorKind::StorageFull);
    }
}
