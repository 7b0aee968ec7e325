//! Chunks of audio that the audio WebSocket has put into files, played by `playback` in their order. Pure.
//!
//! The module only writes a file and reports it (`mod_audio_stream::play`). We have it played, locked, so that FreeSWITCH
//! plays one after the other without a gap. The leg that sends the chunks numbers them; a leg that takes the place of another
//! uses higher numbers of its own. When a queue is thrown away, FreeSWITCH reports only that the running file was stopped. Source:
//! traffic of a FreeSWITCH (`tests/captures/freeswitch`).
//!
//! Each link to a channel has its own queue. A link also learns the end of chunks that another link has given to the switch,
//! because the report has the chunk's number. If it is unknown what the switch was given, all of that is stopped.

use std::collections::{BTreeMap, VecDeque};

use cordboard_schema::event::PlayedEnd;
use cordboard_schema::limits::{
    PLAYBACK_CHUNKS_MAX, PLAYBACK_GAP_MS, PLAYBACK_STOP_MS_MAX, STREAM_CHUNKS_OF_LEG_MAX,
};
use cordboard_schema::wire::esl::{
    EslValue, EslWord, Event, EventName, ExecuteComplete, PlaybackResult, PlaybackStopped, StopReason,
    StreamedPiece,
};
use cordboard_schema::wire::freeswitch_audio::chunk_number;

use super::translation::heard_ms;
use crate::messages::{GivenBy, PlaybackEvent};

/// Prefix of the id of the application that plays a chunk, before the chunk's number.
const PLAYBACK_ID: &str = "chunk-";

/// If a file ended while everything was being stopped: the time in which FreeSWITCH reports the next file, if that had begun, in
/// ms. It stops at its next packet, and sends events each 20 ms.
const NEXT_STOPS_MS: u64 = 60;

/// The chunks of one channel. Times are milliseconds of any clock that only goes forward.
#[derive(Debug, Default)]
pub struct PlaybackQueue {
    /// The number to be played next; none before the first chunk.
    next: Option<u64>,
    /// Chunks that have arrived and have to wait: for an earlier one, or until playing has stopped.
    waiting: BTreeMap<u64, EslValue>,
    /// Chunks that were given to the switch and have not ended, in order.
    given: VecDeque<QueuedChunk>,
    /// Until when chunks before the waiting ones may arrive.
    gap_until_ms: Option<u64>,
    /// Until when the switch may report that it has stopped.
    stopping_until_ms: Option<u64>,
    others: Others,
    acts: Vec<PlaybackAct>,
}

#[derive(Debug)]
struct QueuedChunk {
    chunk: u64,
    file: EslValue,
    /// Whether the switch has confirmed that it has the chunk. It then plays it even if the connection breaks.
    is_taken: bool,
    /// Milliseconds that were played, once it has stopped; the report of how it ended follows.
    heard_ms: Option<u64>,
}

/// The chunks that another link has given to the switch.
#[derive(Debug, Default)]
struct Others {
    /// The first chunk that is not one of them.
    until: Option<u64>,
    /// The end of all chunks below this was reported.
    from: u64,
    /// A file that has stopped: how many ms were played, and why it stopped. Which chunk it was is reported next.
    stopped: Option<(u64, StopReason)>,
    /// Whether they are being stopped.
    are_stopped: bool,
}

/// A piece of audio without a number, or in a file whose name can't be sent. No leg of ours has sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a piece of audio without a number, or in a file whose name can't be sent")]
pub struct NoChunk;

/// Returns the id of the application that plays a chunk. It comes back in the event of its end.
pub fn playback_id(chunk: u64) -> Option<EslWord> {
    EslWord::new(format!("{PLAYBACK_ID}{chunk}")).ok()
}

fn chunk_of(end: &ExecuteComplete) -> Option<u64> {
    end.application_id.as_deref()?.strip_prefix(PLAYBACK_ID)?.parse().ok()
}

/// Returns the number of the leg that has numbered a chunk.
fn leg_of(chunk: u64) -> u64 {
    chunk.saturating_sub(1) / STREAM_CHUNKS_OF_LEG_MAX
}

fn ended_act(chunk: u64, heard_ms: u64, end: PlayedEnd) -> PlaybackAct {
    PlaybackAct::Report(PlaybackEvent::Ended { chunk, heard_ms, end })
}

/// Action that follows from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaybackAct {
    /// Have the switch play this file after those before it.
    Play {
        /// The chunk's number.
        chunk: u64,
        /// The file, on the switch's disk.
        file: EslValue,
    },
    /// Report this to the leg that sent the chunks.
    Report(PlaybackEvent),
}

impl PlaybackQueue {
    /// Takes the actions, in order.
    pub fn take_acts(&mut self) -> Vec<PlaybackAct> {
        std::mem::take(&mut self.acts)
    }

    /// Handles an event of the channel that reports on files.
    pub fn happened(&mut self, event: &Event, now_ms: u64) {
        match event.name() {
            Some(EventName::PlaybackStart) => {
                if let Some(file) = event.text_of("Playback-File-Path") {
                    self.began(file);
                }
            }
            Some(EventName::PlaybackStop) => {
                if let Some(PlaybackStopped { file, reason, .. }) = PlaybackStopped::of(event) {
                    self.stopped(&file, heard_ms(event).unwrap_or(0), reason, now_ms);
                }
            }
            Some(EventName::ChannelExecuteComplete) => {
                if let Some(end) = ExecuteComplete::of(event) {
                    match chunk_of(&end) {
                        Some(chunk) => self.ended(chunk, PlaybackResult::of(&end), now_ms),
                        // A prompt or music.
                        None => self.others.stopped = None,
                    }
                }
            }
            _ => {}
        }
    }

    /// Handles a piece of audio that the audio module has put into a file.
    ///
    /// # Errors
    /// It is not a chunk of a leg of ours.
    pub fn piece_came(&mut self, piece: StreamedPiece, now_ms: u64) -> Result<(), NoChunk> {
        let chunk = chunk_number(&piece.fields).ok_or(NoChunk)?;
        let file = EslValue::new(piece.file).map_err(|_| NoChunk)?;
        self.came(chunk, file, now_ms);
        Ok(())
    }

    /// Adds a chunk whose audio is in a file.
    pub fn came(&mut self, chunk: u64, file: EslValue, now_ms: u64) {
        if chunk < self.others.from {
            return;
        }
        let next = *self.next.get_or_insert(chunk);
        self.others.until.get_or_insert(chunk);
        // It was stopped already, or arrived too late for its place.
        if chunk < next {
            return;
        }
        if leg_of(chunk) != leg_of(next) {
            // Another leg has joined: the missing chunks of the former one will not arrive any more.
            self.waiting.clear();
            self.gap_until_ms = None;
            self.next = Some(chunk);
        }
        // Its sender never has this much ahead. It is reported as not heard when the next one arrives.
        if self.waiting.len() + self.given.len() >= PLAYBACK_CHUNKS_MAX {
            return;
        }
        self.waiting.insert(chunk, file);
        self.give(now_ms);
    }

    /// Notes that the switch has confirmed a chunk.
    pub fn taken(&mut self, chunk: u64) {
        for given in self.given.iter_mut().filter(|given| given.chunk == chunk) {
            given.is_taken = true;
        }
    }

    /// Handles a file that has begun to play.
    pub fn began(&mut self, file: &str) {
        let Some(at) = self.given.iter().position(|given| given.file.as_str() == file) else { return };
        // FreeSWITCH plays in order, so the files before it have ended even without a report.
        for given in self.given.drain(..at) {
            let (heard_ms, end) =
                given.heard_ms.map_or((0, PlayedEnd::Cleared), |ms| (ms, PlayedEnd::Finished));
            self.acts.push(ended_act(given.chunk, heard_ms, end));
        }
        if let Some(given) = self.given.front_mut() {
            given.is_taken = true;
            self.acts.push(PlaybackAct::Report(PlaybackEvent::Began { chunk: given.chunk }));
        }
    }

    /// Handles a file that has stopped.
    pub fn stopped(&mut self, file: &str, heard_ms: u64, reason: StopReason, now_ms: u64) {
        let Some(at) = self.given.iter().position(|given| given.file.as_str() == file) else {
            self.others.stopped = Some((heard_ms, reason));
            return;
        };
        match (reason, self.stopping_until_ms) {
            // The event for `ended` shows whether the file or the call was at its end.
            (StopReason::Done, None) => self.given[at].heard_ms = Some(heard_ms),
            (StopReason::Done, Some(_)) => {
                self.next_stops_soon(now_ms);
                self.report_ended(at, heard_ms, PlayedEnd::Finished);
                if self.given.is_empty() {
                    self.emptied(now_ms);
                }
            }
            (StopReason::Break, stopping) => {
                let was_asked = stopping.is_some();
                self.report_ended(at, heard_ms, PlayedEnd::Cleared);
                if was_asked {
                    self.emptied(now_ms);
                }
            }
        }
    }

    fn report_ended(&mut self, at: usize, heard_ms: u64, end: PlayedEnd) {
        if let Some(QueuedChunk { chunk, .. }) = self.given.remove(at) {
            self.acts.push(ended_act(chunk, heard_ms, end));
        }
    }

    /// Handles the end of a chunk's `playback`.
    pub fn ended(&mut self, chunk: u64, result: Option<PlaybackResult>, now_ms: u64) {
        let Some(at) = self.given.iter().position(|given| given.chunk == chunk) else {
            return self.others_ended(chunk, result, now_ms);
        };
        match (result, self.given[at].heard_ms) {
            (Some(PlaybackResult::Played), Some(heard_ms)) => {
                self.report_ended(at, heard_ms, PlayedEnd::Finished)
            }
            (_, heard_ms) => self.report_ended(at, heard_ms.unwrap_or(0), PlayedEnd::Cleared),
        }
        if self.stopping_until_ms.is_some() && self.given.is_empty() {
            self.emptied(now_ms);
        }
    }

    /// Handles the same for a chunk that another link had given, if it is one.
    fn others_ended(&mut self, chunk: u64, result: Option<PlaybackResult>, now_ms: u64) {
        let others = &mut self.others;
        let stopped = others.stopped.take();
        if chunk < others.from || others.until.is_some_and(|until| chunk >= until) {
            return;
        }
        let (heard_ms, end) = match (stopped, result) {
            (Some((heard_ms, StopReason::Done)), _) => (heard_ms, PlayedEnd::Finished),
            (Some((heard_ms, StopReason::Break)), _) => (heard_ms, PlayedEnd::Cleared),
            // It was not reported when the file stopped, and nothing has stopped it.
            (None, Some(PlaybackResult::Played)) if !others.are_stopped => (0, PlayedEnd::Finished),
            (None, _) => return,
        };
        others.from = chunk + 1;
        self.acts.push(ended_act(chunk, heard_ms, end));
        match end {
            PlayedEnd::Finished => self.next_stops_soon(now_ms),
            PlayedEnd::Cleared if self.others.are_stopped => self.emptied(now_ms),
            PlayedEnd::Cleared => {}
        }
    }

    /// Shortens the wait, because a chunk ended just before everything was stopped. If the next one had begun, its report arrives
    /// at once.
    fn next_stops_soon(&mut self, now_ms: u64) {
        self.stopping_until_ms = self.stopping_until_ms.map(|until| until.min(now_ms + NEXT_STOPS_MS));
    }

    /// Notes that the switch is told, after all that it was given, to stop and to drop everything. Chunks below `next_chunk` are
    /// not played any more, whenever they arrive; the others are, once playing has stopped.
    pub fn stop(&mut self, next_chunk: u64, given_by: GivenBy, now_ms: u64) {
        self.waiting = self.waiting.split_off(&next_chunk);
        let next_chunk = next_chunk.max(self.others.from);
        self.next = Some(next_chunk.max(self.next.unwrap_or(0)));
        self.others.until.get_or_insert(next_chunk);
        self.gap_until_ms = None;
        self.others.are_stopped |= given_by == GivenBy::AnotherLink;
        if self.given.is_empty() && given_by == GivenBy::ThisLink {
            self.emptied(now_ms);
        } else {
            self.stopping_until_ms = Some(now_ms + PLAYBACK_STOP_MS_MAX);
        }
    }

    /// Resets the queue, because the link is gone or another one takes over. Reports what is known of chunks under way.
    pub fn abandon(&mut self) {
        let Self { given, stopping_until_ms, acts, .. } = std::mem::take(self);
        self.acts = acts;
        let last_word = |QueuedChunk { chunk, is_taken, heard_ms, .. }: QueuedChunk| match heard_ms {
            Some(heard_ms) => Some(PlaybackEvent::Ended { chunk, heard_ms, end: PlayedEnd::Finished }),
            None => is_taken.then_some(PlaybackEvent::Given { chunk }),
        };
        let stopped = stopping_until_ms.map(|_| PlaybackEvent::Emptied);
        let last_words = given.into_iter().filter_map(last_word);
        self.acts.extend(stopped.into_iter().chain(last_words).map(PlaybackAct::Report));
    }

    /// Returns when [`Self::expire`] is to be called.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        [self.gap_until_ms, self.stopping_until_ms].into_iter().flatten().min()
    }

    /// Stops waiting for events that did not arrive in time.
    pub fn expire(&mut self, now_ms: u64) {
        if self.stopping_until_ms.is_some_and(|until| until <= now_ms) {
            self.emptied(now_ms);
        }
        if self.gap_until_ms.is_some_and(|until| until <= now_ms) {
            self.pass_over_gap();
            self.give(now_ms);
        }
    }

    fn emptied(&mut self, now_ms: u64) {
        self.stopping_until_ms = None;
        if std::mem::take(&mut self.others.are_stopped) {
            self.others.from = self.others.until.unwrap_or(0);
        }
        self.given.clear();
        self.acts.push(PlaybackAct::Report(PlaybackEvent::Emptied));
        self.give(now_ms);
    }

    /// Gives the switch all chunks that are next.
    fn give(&mut self, now_ms: u64) {
        if self.stopping_until_ms.is_some() {
            return;
        }
        while let Some(chunk) = self.next
            && let Some(file) = self.waiting.remove(&chunk)
        {
            self.given.push_back(QueuedChunk { chunk, file: file.clone(), is_taken: false, heard_ms: None });
            self.acts.push(PlaybackAct::Play { chunk, file });
            self.next = Some(chunk.saturating_add(1));
            self.gap_until_ms = None;
        }
        if self.waiting.is_empty() {
            self.gap_until_ms = None;
        } else {
            self.gap_until_ms.get_or_insert(now_ms + PLAYBACK_GAP_MS);
        }
    }

    /// Continues with the first chunk that has arrived. The ones before it are reported as not heard, because their sender waits
    /// for an end.
    fn pass_over_gap(&mut self) {
        self.gap_until_ms = None;
        let (Some(next), Some(first)) = (self.next, self.waiting.keys().next().copied()) else { return };
        for missing in (next..first).take(PLAYBACK_CHUNKS_MAX) {
            self.acts.push(ended_act(missing, 0, PlayedEnd::Cleared));
        }
        self.next = Some(first);
    }
}
