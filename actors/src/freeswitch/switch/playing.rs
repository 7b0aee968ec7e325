//! Sound that a channel is given to play over our connection: the queue of its chunks, fed from the channel's events.

use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{ApiAnswer, AudioStreamEvent, Event, EventName};
use tracing::debug;
use uuid::Uuid;

use super::acting::now_ms;
use super::watching::Watched;
use super::{Awaited, Freeswitch};
use crate::freeswitch::commands::{self, Over};
use crate::freeswitch::playback_queue::{PlaybackAct, PlaybackQueue, playback_id};
use crate::messages::{PlaybackEvent, ToCall};

/// The chunks of one channel.
#[derive(Debug, Default)]
pub(super) struct Playing {
    queue: PlaybackQueue,
    /// Whether its call waits for our word that we have them played.
    is_wanted: bool,
}

impl Playing {
    /// An event of the channel.
    pub(super) fn happened(&mut self, event: &Event, now: UnixMs) {
        let now = now_ms(now);
        if event.name() == Some(EventName::Custom)
            && let Some(Ok(AudioStreamEvent::Play(piece))) = AudioStreamEvent::of(event)
        {
            // Sound that is no chunk was sent by somebody else, who has to play it.
            let _ = self.queue.piece_came(piece, now);
        }
        self.queue.happened(event, now);
    }
}

impl Freeswitch {
    /// The connection is lost: what is under way is reported for the last time.
    pub(super) fn playing_lost(&mut self, now: UnixMs) {
        for channel in self.watched.keys().copied().collect::<Vec<_>>() {
            self.playing(channel, now, |queue, _| queue.abandon());
        }
    }

    /// Another link has the channel's chunks played: what is under way is reported for the last time.
    pub(super) fn hand_sound_over(&mut self, channel: Uuid, now: UnixMs) {
        self.playing(channel, now, |queue, _| queue.abandon());
        if let Some(watched) = self.watched.get_mut(&channel) {
            watched.playing.is_wanted = false;
        }
    }

    /// A call wants the channel's chunks played by us.
    pub(super) fn take_sound(&mut self, channel: Uuid) {
        if let Some(watched) = self.watched.get_mut(&channel) {
            watched.playing.is_wanted = true;
            self.begin_to_play(channel);
        }
    }

    /// Says that chunks are played, where that is waited for and the switch tells of the next.
    pub(super) fn begin_to_play(&mut self, channel: Uuid) {
        if let Some(watched) = self.watched.get_mut(&channel)
            && watched.hears()
            && std::mem::take(&mut watched.playing.is_wanted)
        {
            self.say_played(channel, PlaybackEvent::Handed);
        }
    }

    /// Does what the channel's queue wants.
    pub(super) fn play_on(&mut self, channel: Uuid, now: UnixMs) {
        let Some(watched) = self.watched.get_mut(&channel) else { return };
        for act in watched.playing.queue.take_acts() {
            match act {
                PlaybackAct::Tell(event) => self.say_played(channel, event),
                PlaybackAct::Play { chunk, file } => {
                    if let Some(id) = playback_id(chunk) {
                        let command = commands::play_chunk(channel, Over::Inbound, file, id);
                        self.ask(&command, Awaited::Chunk { channel, chunk }, now);
                    }
                }
            }
        }
    }

    /// The switch has answered for a chunk.
    pub(super) fn chunk_answered(&mut self, channel: Uuid, chunk: u64, answer: ApiAnswer<'_>, now: UnixMs) {
        match answer.failure() {
            None => self.playing(channel, now, |queue, _| queue.taken(chunk)),
            Some(why) => {
                debug!(switch = %self.settings.name, %channel, chunk, why, "the switch refused a chunk")
            }
        }
    }

    fn say_played(&self, channel: Uuid, event: PlaybackEvent) {
        if let Some(watched) = self.watched.get(&channel) {
            watched.call.tell(ToCall::Playback(event));
        }
    }

    /// Something is done with the channel's queue, whose clock counts milliseconds.
    pub(super) fn playing(&mut self, channel: Uuid, now: UnixMs, act: impl FnOnce(&mut PlaybackQueue, u64)) {
        if let Some(watched) = self.watched.get_mut(&channel) {
            act(&mut watched.playing.queue, now_ms(now));
            self.play_on(channel, now);
        }
    }

    pub(super) fn playing_expired(&mut self, now: UnixMs) {
        let is_late = |watched: &Watched| {
            watched.playing.queue.next_deadline_ms().is_some_and(|until| until <= now_ms(now))
        };
        let late = self.watched.iter().filter(|(_, watched)| is_late(watched)).map(|(channel, _)| *channel);
        for channel in late.collect::<Vec<_>>() {
            self.playing(channel, now, PlaybackQueue::expire);
        }
    }

    pub(super) fn playing_deadline(&self) -> Option<UnixMs> {
        let deadlines = self.watched.values().filter_map(|watched| watched.playing.queue.next_deadline_ms());
        deadlines.min().map(|at| UnixMs(0) + at)
    }
}
