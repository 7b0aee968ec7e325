//! Chunks of sound that the audio WebSocket has put into files, played by `playback` in their order. Pure.
//!
//! The module only writes a file and says so (`mod_audio_stream::play`); we have it played, locked, so that FreeSWITCH
//! plays one after the other without a gap. Whoever sent the chunks has numbered them; a leg that takes the place of another goes
//! on with numbers of its own, above the other's. Of a queue that is thrown
//! away FreeSWITCH says nothing but that the running file was stopped. Source: traffic of a FreeSWITCH (`tests/captures/freeswitch`).
//!
//! Each link to a channel has a queue of its own. Of chunks that another link has given to the switch it learns the end,
//! which says the chunk's number; where nobody knows what the switch was given it has all of that stopped.

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

/// Prefix of the id of the application that plays a chunk; its number is behind.
const PLAYBACK_ID: &str = "chunk-";

/// Where a file came to its end while all was being stopped: in how many milliseconds FreeSWITCH tells of the one behind
/// it, if that had begun. It stops at its next packet, and sends events each 20 ms.
const NEXT_STOPS_MS: u64 = 60;

/// The chunks of one channel. Times are milliseconds of any clock that only goes forward.
#[derive(Debug, Default)]
pub struct PlaybackQueue {
    /// The number that is to be played next; none before the first chunk.
    next: Option<u64>,
    /// Came, and have to wait: for one before them, or until playing has stopped.
    waiting: BTreeMap<u64, EslValue>,
    /// Were given to the switch and have not ended, in order.
    given: VecDeque<QueuedChunk>,
    /// Until when the chunks before those that wait may come.
    gap_until_ms: Option<u64>,
    /// Until when the switch may say that it has stopped.
    stopping_until_ms: Option<u64>,
    others: Others,
    acts: Vec<PlaybackAct>,
}

#[derive(Debug)]
struct QueuedChunk {
    chunk: u64,
    file: EslValue,
    /// The switch has said that it has it: it plays it, though the connection breaks then.
    is_taken: bool,
    /// Milliseconds that were played, once it no longer plays; how it ended comes behind.
    heard_ms: Option<u64>,
}

/// The chunks that another link had played.
#[derive(Debug, Default)]
struct Others {
    /// The first chunk that is not one of them.
    until: Option<u64>,
    /// The end of those below was reported.
    from: u64,
    /// A file no longer plays, after so many ms and for this reason; which chunk it was comes behind.
    stopped: Option<(u64, StopReason)>,
    /// They are being stopped.
    are_stopped: bool,
}

/// A piece of sound without a number, or in a file that can't be named: nobody here has sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a piece of sound without a number, or in a file that can't be named")]
pub struct NoChunk;

/// The name of the application that plays a chunk. It comes back in the event of its end.
pub fn playback_id(chunk: u64) -> Option<EslWord> {
    EslWord::new(format!("{PLAYBACK_ID}{chunk}")).ok()
}

fn chunk_of(end: &ExecuteComplete) -> Option<u64> {
    end.application_id.as_deref()?.strip_prefix(PLAYBACK_ID)?.parse().ok()
}

/// The leg that has numbered a chunk.
fn leg_of(chunk: u64) -> u64 {
    chunk.saturating_sub(1) / STREAM_CHUNKS_OF_LEG_MAX
}

fn tell_end(chunk: u64, heard_ms: u64, end: PlayedEnd) -> PlaybackAct {
    PlaybackAct::Tell(PlaybackEvent::Ended { chunk, heard_ms, end })
}

/// Action that follows from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaybackAct {
    /// Have the switch play this file behind those before it.
    Play {
        /// The chunk's number.
        chunk: u64,
        /// The file, on the switch's disk.
        file: EslValue,
    },
    /// Tell whoever sent the chunks.
    Tell(PlaybackEvent),
}

impl PlaybackQueue {
    /// Actions to take, in this order.
    pub fn take_acts(&mut self) -> Vec<PlaybackAct> {
        std::mem::take(&mut self.acts)
    }

    /// An event of the channel: what it says of files that play.
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

    /// The audio module has put a piece of sound into a file.
    ///
    /// # Errors
    /// It is no chunk of a leg of ours.
    pub fn piece_came(&mut self, piece: StreamedPiece, now_ms: u64) -> Result<(), NoChunk> {
        let chunk = chunk_number(&piece.fields).ok_or(NoChunk)?;
        let file = EslValue::new(piece.file).map_err(|_| NoChunk)?;
        self.came(chunk, file, now_ms);
        Ok(())
    }

    /// The sound of a chunk lies in a file.
    pub fn came(&mut self, chunk: u64, file: EslValue, now_ms: u64) {
        if chunk < self.others.from {
            return;
        }
        let next = *self.next.get_or_insert(chunk);
        self.others.until.get_or_insert(chunk);
        // One that was to be played no more, or came too late for its place.
        if chunk < next {
            return;
        }
        if leg_of(chunk) != leg_of(next) {
            // Another leg has joined: what of the former one has not come does not come any more.
            self.waiting.clear();
            self.gap_until_ms = None;
            self.next = Some(chunk);
        }
        // Its sender keeps a lead of far less; reported as not heard when the next one comes.
        if self.waiting.len() + self.given.len() >= PLAYBACK_CHUNKS_MAX {
            return;
        }
        self.waiting.insert(chunk, file);
        self.give(now_ms);
    }

    /// The switch has answered that it has a chunk.
    pub fn taken(&mut self, chunk: u64) {
        for given in self.given.iter_mut().filter(|given| given.chunk == chunk) {
            given.is_taken = true;
        }
    }

    /// A file has begun to play.
    pub fn began(&mut self, file: &str) {
        let Some(at) = self.given.iter().position(|given| given.file.as_str() == file) else { return };
        // FreeSWITCH plays in order: whatever is before it has ended, though nobody said so.
        for given in self.given.drain(..at) {
            let (heard_ms, end) =
                given.heard_ms.map_or((0, PlayedEnd::Cleared), |ms| (ms, PlayedEnd::Finished));
            self.acts.push(tell_end(given.chunk, heard_ms, end));
        }
        if let Some(given) = self.given.front_mut() {
            given.is_taken = true;
            self.acts.push(PlaybackAct::Tell(PlaybackEvent::Began { chunk: given.chunk }));
        }
    }

    /// A file no longer plays.
    pub fn stopped(&mut self, file: &str, heard_ms: u64, reason: StopReason, now_ms: u64) {
        let Some(at) = self.given.iter().position(|given| given.file.as_str() == file) else {
            self.others.stopped = Some((heard_ms, reason));
            return;
        };
        match (reason, self.stopping_until_ms) {
            // Whether the file or the call was at its end tells `ended`.
            (StopReason::Done, None) => self.given[at].heard_ms = Some(heard_ms),
            (StopReason::Done, Some(_)) => {
                self.next_stops_soon(now_ms);
                self.tell_ended(at, heard_ms, PlayedEnd::Finished);
                if self.given.is_empty() {
                    self.emptied(now_ms);
                }
            }
            (StopReason::Break, stopping) => {
                let was_asked = stopping.is_some();
                self.tell_ended(at, heard_ms, PlayedEnd::Cleared);
                if was_asked {
                    self.emptied(now_ms);
                }
            }
        }
    }

    fn tell_ended(&mut self, at: usize, heard_ms: u64, end: PlayedEnd) {
        if let Some(QueuedChunk { chunk, .. }) = self.given.remove(at) {
            self.acts.push(tell_end(chunk, heard_ms, end));
        }
    }

    /// The `playback` of a chunk has ended.
    pub fn ended(&mut self, chunk: u64, result: Option<PlaybackResult>, now_ms: u64) {
        let Some(at) = self.given.iter().position(|given| given.chunk == chunk) else {
            return self.others_ended(chunk, result, now_ms);
        };
        match (result, self.given[at].heard_ms) {
            (Some(PlaybackResult::Played), Some(heard_ms)) => {
                self.tell_ended(at, heard_ms, PlayedEnd::Finished)
            }
            (_, heard_ms) => self.tell_ended(at, heard_ms.unwrap_or(0), PlayedEnd::Cleared),
        }
        if self.stopping_until_ms.is_some() && self.given.is_empty() {
            self.emptied(now_ms);
        }
    }

    /// The `playback` of a chunk that another link had given has ended, if it is one.
    fn others_ended(&mut self, chunk: u64, result: Option<PlaybackResult>, now_ms: u64) {
        let others = &mut self.others;
        let stopped = others.stopped.take();
        if chunk < others.from || others.until.is_some_and(|until| chunk >= until) {
            return;
        }
        let (heard_ms, end) = match (stopped, result) {
            (Some((heard_ms, StopReason::Done)), _) => (heard_ms, PlayedEnd::Finished),
            (Some((heard_ms, StopReason::Break)), _) => (heard_ms, PlayedEnd::Cleared),
            // Nobody has reported when it stopped, and nobody has stopped it.
            (None, Some(PlaybackResult::Played)) if !others.are_stopped => (0, PlayedEnd::Finished),
            (None, _) => return,
        };
        others.from = chunk + 1;
        self.acts.push(tell_end(chunk, heard_ms, end));
        match end {
            PlayedEnd::Finished => self.next_stops_soon(now_ms),
            PlayedEnd::Cleared if self.others.are_stopped => self.emptied(now_ms),
            PlayedEnd::Cleared => {}
        }
    }

    /// One came to its end just before all was stopped. What was heard of the one behind it, if that had begun, comes at once.
    fn next_stops_soon(&mut self, now_ms: u64) {
        self.stopping_until_ms = self.stopping_until_ms.map(|until| until.min(now_ms + NEXT_STOPS_MS));
    }

    /// The switch is asked, behind all that it was given, to stop and to throw away. Of chunks below `next_chunk` nothing
    /// is played any more, whenever they come; those from it on are, once playing has stopped.
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

    /// The link is gone, or another takes over: the last that it knows of chunks that are under way.
    pub fn abandon(&mut self) {
        let Self { given, stopping_until_ms, acts, .. } = std::mem::take(self);
        self.acts = acts;
        let last_word = |QueuedChunk { chunk, is_taken, heard_ms, .. }: QueuedChunk| match heard_ms {
            Some(heard_ms) => Some(PlaybackEvent::Ended { chunk, heard_ms, end: PlayedEnd::Finished }),
            None => is_taken.then_some(PlaybackEvent::Given { chunk }),
        };
        let stopped = stopping_until_ms.map(|_| PlaybackEvent::Emptied);
        let last_words = given.into_iter().filter_map(last_word);
        self.acts.extend(stopped.into_iter().chain(last_words).map(PlaybackAct::Tell));
    }

    /// When [`Self::expire`] is to be called.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        [self.gap_until_ms, self.stopping_until_ms].into_iter().flatten().min()
    }

    /// Events that did not come in time do not come any more.
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
        self.acts.push(PlaybackAct::Tell(PlaybackEvent::Emptied));
        self.give(now_ms);
    }

    /// Gives the switch all that is next.
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

    /// Goes on with the first chunk that is there. Those before it are reported as not heard: their sender counts on an end.
    fn pass_over_gap(&mut self) {
        self.gap_until_ms = None;
        let (Some(next), Some(first)) = (self.next, self.waiting.keys().next().copied()) else { return };
        for missing in (next..first).take(PLAYBACK_CHUNKS_MAX) {
            self.acts.push(tell_end(missing, 0, PlayedEnd::Cleared));
        }
        self.next = Some(first);
    }
}
