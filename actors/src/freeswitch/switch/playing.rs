//! Audio that a channel is given to play over our connection: the queue of its chunks, fed from the channel's events.

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
    /// Whether its call waits to be told that chunks can be played.
    is_wanted: bool,
}

impl Playing {
    /// Handles an event of the channel.
    pub(super) fn happened(&mut self, event: &Event, now: UnixMs) {
        let now = now_ms(now);
        if event.name() == Some(EventName::Custom)
            && let Some(Ok(AudioStreamEvent::Play(piece))) = AudioStreamEvent::of(event)
        {
            // Audio that is not a chunk came from another sender, which has to play it.
            let _ = self.queue.piece_came(piece, now);
        }
        self.queue.happened(event, now);
    }
}

impl Freeswitch {
    /// Sends the last report of chunks under way, because the connection is lost.
    pub(super) fn playing_lost(&mut self, now: UnixMs) {
        for channel in self.watched.keys().copied().collect::<Vec<_>>() {
            self.playing(channel, now, |queue, _| queue.abandon());
        }
    }

    /// Sends the last report of chunks under way, because another link plays the channel's chunks now.
    pub(super) fn hand_sound_over(&mut self, channel: Uuid, now: UnixMs) {
        self.playing(channel, now, |queue, _| queue.abandon());
        if let Some(watched) = self.watched.get_mut(&channel) {
            watched.playing.is_wanted = false;
        }
    }

    /// Notes that a call wants the channel's chunks played over this link.
    pub(super) fn take_sound(&mut self, channel: Uuid) {
        if let Some(watched) = self.watched.get_mut(&channel) {
            watched.playing.is_wanted = true;
            self.begin_to_play(channel);
        }
    }

    /// Reports that chunks can be played, if the call waits for that and the switch sends the channel's events.
    pub(super) fn begin_to_play(&mut self, channel: Uuid) {
        if let Some(watched) = self.watched.get_mut(&channel)
            && watched.hears()
            && std::mem::take(&mut watched.playing.is_wanted)
        {
            self.say_played(channel, PlaybackEvent::Handed);
        }
    }

    /// Carries out the actions of the channel's queue.
    pub(super) fn play_on(&mut self, channel: Uuid, now: UnixMs) {
        let Some(watched) = self.watched.get_mut(&channel) else { return };
        for act in watched.playing.queue.take_acts() {
            match act {
                PlaybackAct::Report(event) => self.say_played(channel, event),
                PlaybackAct::Play { chunk, file } => {
                    if let Some(id) = playback_id(chunk) {
                        let command = commands::play_chunk(channel, Over::Inbound, file, id);
                        self.ask(&command, Awaited::Chunk { channel, chunk }, now);
                    }
                }
            }
        }
    }

    /// Handles the switch's answer about a chunk.
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

    /// Applies `act` to the channel's queue, with the time in the milliseconds of its clock.
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
