//! Prompts that a channel plays to its caller: files that the audio module has written, one after another. Without a clock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::super::marker::{FRAME_SAMPLES, Marker};

/// Length of a frame.
const FRAME: Duration = Duration::from_millis(20);

/// Maximum queued files of a channel: minutes of sound. If a server requests more, the oldest are lost.
const FILES_MAX: usize = 1_000;

/// The prompts of a channel.
#[derive(Debug, Default)]
pub(super) struct Prompts {
    written: VecDeque<File>,
    queue: VecDeque<Prompt>,
    playing: Option<Playing>,
}

/// A file of sound, as the markers of its frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    /// Path of the file.
    pub(super) path: String,
    /// Its frames, each 20 ms.
    pub(super) frames: Vec<Option<Marker>>,
}

/// A file that is to be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prompt {
    /// The file.
    pub(super) file: File,
    /// The server's id of it (`Event-UUID`).
    pub(super) id: Option<String>,
}

/// A prompt that is being played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Playing {
    /// The prompt.
    pub(super) prompt: Prompt,
    /// Since when.
    pub(super) began: Instant,
}

/// Why a prompt is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PromptEnd {
    /// It was played whole.
    Done,
    /// `uuid_break`.
    Break,
}

/// Effect of a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The prompt that is heard.
    Current,
    /// The queue with it.
    All,
}

/// A prompt that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Played {
    /// The prompt.
    pub(super) prompt: Prompt,
    /// When it was first heard.
    pub(super) began: Instant,
    /// How many of its frames were heard.
    pub(super) frames_heard: usize,
    /// Why it is over.
    pub(super) end: PromptEnd,
}

impl File {
    /// A file of these linear samples at 8 kHz, as bytes.
    pub(super) fn of(path: String, bytes: &[u8]) -> Self {
        let samples: Vec<i16> =
            bytes.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
        Self { path, frames: samples.chunks(FRAME_SAMPLES).map(Marker::of_samples).collect() }
    }
}

impl Playing {
    fn ends_at(&self) -> Instant {
        self.began + FRAME * self.prompt.file.frames.len() as u32
    }
}

impl Played {
    /// Frames of it that were heard, and when each began.
    pub(super) fn heard(&self) -> impl Iterator<Item = (Option<Marker>, Instant)> {
        let frames = self.prompt.file.frames.iter().take(self.frames_heard);
        frames.zip(0_u32..).map(|(marker, number)| (*marker, self.began + FRAME * number))
    }

    /// Milliseconds that were heard.
    pub(super) fn heard_ms(&self) -> usize {
        self.frames_heard * 20
    }
}

impl Prompts {
    /// Stores a file that the audio module has written.
    pub(super) fn write(&mut self, file: File) {
        if self.written.len() >= FILES_MAX {
            self.written.pop_front();
        }
        self.written.push_back(file);
    }

    /// Queues a file at the server's request; `None` if there is no such file.
    pub(super) fn queue(&mut self, path: &str, id: Option<String>) -> Option<()> {
        let at = self.written.iter().position(|file| file.path == path)?;
        let file = self.written.remove(at)?;
        self.queue.push_back(Prompt { file, id });
        Some(())
    }

    /// Begins the next prompt, if none is being played and one waits. `at`: now, or the end of the previous one.
    pub(super) fn begin_next(&mut self, at: Instant) -> Option<&Playing> {
        if self.playing.is_some() {
            return None;
        }
        let prompt = self.queue.pop_front()?;
        Some(self.playing.insert(Playing { prompt, began: at }))
    }

    /// When the prompt that is heard ends.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.playing.as_ref().map(Playing::ends_at)
    }

    /// Takes the prompt that has ended by now, and the time of its end.
    pub(super) fn take_done(&mut self, now: Instant) -> Option<(Played, Instant)> {
        let playing = self.playing.take_if(|playing| playing.ends_at() <= now)?;
        let (ended, frames_heard) = (playing.ends_at(), playing.prompt.file.frames.len());
        let Playing { prompt, began } = playing;
        Some((Played { prompt, began, frames_heard, end: PromptEnd::Done }, ended))
    }

    /// Stops what is heard.
    pub(super) fn stop(&mut self, what: Broken, now: Instant) -> Option<Played> {
        if what == Broken::All {
            self.queue.clear();
        }
        let Playing { prompt, began } = self.playing.take()?;
        let since = now.saturating_duration_since(began);
        let begun = since.as_micros().div_ceil(FRAME.as_micros()) as usize;
        let frames_heard = begun.min(prompt.file.frames.len());
        Some(Played { prompt, began, frames_heard, end: PromptEnd::Break })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::marker::Loudness;
    use super::*;

    /// A file of this many frames, numbered from `first`.
    fn file(path: &str, first: u32, frames: u32) -> File {
        let markers = (first..first + frames).map(|sequence| Marker { source: 1, sequence });
        let samples = markers.flat_map(|marker| marker.samples(Loudness::Speech));
        File::of(path.to_owned(), &samples.flat_map(i16::to_le_bytes).collect::<Vec<u8>>())
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn prompts_play_without_gaps_and_are_heard_frame_by_frame() {
        let (mut prompts, start) = (Prompts::default(), Instant::now());
        prompts.write(file("a", 0, 10));
        prompts.write(file("b", 10, 10));
        assert_eq!(prompts.queue("a", None), Some(()));
        assert_eq!(prompts.queue("b", Some("chunk-2".to_owned())), Some(()));
        assert_eq!(prompts.queue("a", None), None, "a file is played once");
        assert!(prompts.begin_next(start).is_some());
        assert!(prompts.begin_next(start).is_none(), "one at a time");

        assert_eq!(prompts.take_done(start + ms(199)), None);
        let (played, ended) = prompts.take_done(start + ms(207)).unwrap();
        assert_eq!((ended, played.end, played.heard_ms()), (start + ms(200), PromptEnd::Done, 200));
        let (marker, at) = played.heard().nth(3).unwrap();
        assert_eq!((marker.map(|it| it.sequence), at), (Some(3), start + ms(60)));
        assert_eq!(prompts.begin_next(ended).unwrap().began, start + ms(200));
        assert_eq!(prompts.next_at(), Some(start + ms(400)));
    }

    #[test]
    fn breaks_report_sound_heard_and_keep_or_drop_the_queue() {
        for (what, continues) in [(Broken::Current, true), (Broken::All, false)] {
            let (mut prompts, start) = (Prompts::default(), Instant::now());
            for path in ["a", "b"] {
                prompts.write(file(path, 0, 10));
                prompts.queue(path, None);
            }
            prompts.begin_next(start);
            let played = prompts.stop(what, start + ms(50)).unwrap();
            assert_eq!((played.end, played.heard_ms()), (PromptEnd::Break, 60), "the third frame was begun");
            assert_eq!(prompts.begin_next(start + ms(50)).is_some(), continues);
        }
        assert_eq!(Prompts::default().stop(Broken::All, Instant::now()), None);
    }
}
