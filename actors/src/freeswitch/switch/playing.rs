//! Sound that a channel is given to play over our connection: the queue of its chunks, fed from the channel's events.

use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{
    AudioStreamEvent, EslValue, EslWord, Event, EventName, ExecuteComplete, PlaybackResult, PlaybackStopped,
};
use uuid::Uuid;

use super::acting::now_ms;
use super::watching::Watched;
use super::{Awaited, Switch};
use crate::freeswitch::commands::{self, Over};
use crate::freeswitch::playback_queue::{PlaybackAct, PlaybackQueue};
use crate::freeswitch::translation;
use crate::messages::{PlaybackEvent, ToCall};

/// What an application is named that plays a chunk; its number stands behind.
const CHUNK: &str = "chunk-";

/// The chunks of one channel.
#[derive(Debug, Default)]
pub(super) struct Playing {
    queue: PlaybackQueue,
}

impl Playing {
    /// An event of the channel.
    pub(super) fn happened(&mut self, event: &Event, now: UnixMs) {
        let now = now_ms(now);
        match event.name() {
            Some(EventName::Custom) => match AudioStreamEvent::of(event) {
                Some(Ok(AudioStreamEvent::Connected)) => self.queue.sender_came(),
                // Sound that was not numbered was sent by somebody else, who has to play it.
                Some(Ok(AudioStreamEvent::Play(piece))) => {
                    if let Some(chunk) = piece.fields.get("chunk").and_then(serde_json::Value::as_u64)
                        && let Ok(file) = EslValue::new(piece.file)
                    {
                        self.queue.came(chunk, file, now);
                    }
                }
                _ => {}
            },
            Some(EventName::PlaybackStart) => {
                if let Some(file) = event.text_of("Playback-File-Path") {
                    self.queue.began(file);
                }
            }
            Some(EventName::PlaybackStop) => {
                if let Some(PlaybackStopped { file, reason, .. }) = PlaybackStopped::of(event) {
                    let heard_ms = translation::heard_ms(event).unwrap_or(0);
                    self.queue.stopped(&file, heard_ms, reason, now);
                }
            }
            Some(EventName::ChannelExecuteComplete) => {
                if let Some(end) = ExecuteComplete::of(event)
                    && let Some(chunk) = chunk_of(&end)
                {
                    self.queue.ended(chunk, PlaybackResult::of(&end), now);
                }
            }
            _ => {}
        }
    }
}

impl Switch {
    /// Does what the channel's queue wants.
    pub(super) fn play_on(&mut self, channel: Uuid, now: UnixMs) {
        let Some(watched) = self.watched.get_mut(&channel) else { return };
        for act in watched.playing.queue.take_acts() {
            match act {
                PlaybackAct::Tell(event) => self.say_played(channel, event),
                PlaybackAct::Play { chunk, file } => {
                    if let Ok(id) = EslWord::new(format!("{CHUNK}{chunk}")) {
                        let command = commands::play_chunk(channel, Over::Inbound, file, id);
                        self.ask(&command, Awaited::Setting, now);
                    }
                }
            }
        }
    }

    fn say_played(&self, channel: Uuid, event: PlaybackEvent) {
        if let Some(watched) = self.watched.get(&channel) {
            watched.call.tell(ToCall::Playback(event));
        }
    }

    /// The switch was asked to stop all that it plays to the channel.
    pub(super) fn stop_chunks(&mut self, channel: Uuid, next_chunk: u64, now: UnixMs) {
        if let Some(watched) = self.watched.get_mut(&channel) {
            watched.playing.queue.stop(next_chunk, now_ms(now));
            self.play_on(channel, now);
        }
    }

    pub(super) fn playing_expired(&mut self, now: UnixMs) {
        let is_late = |watched: &Watched| {
            watched.playing.queue.next_deadline_ms().is_some_and(|until| until <= now_ms(now))
        };
        let late = self.watched.iter().filter(|(_, watched)| is_late(watched)).map(|(channel, _)| *channel);
        for channel in late.collect::<Vec<_>>() {
            if let Some(watched) = self.watched.get_mut(&channel) {
                watched.playing.queue.expire(now_ms(now));
            }
            self.play_on(channel, now);
        }
    }

    pub(super) fn playing_deadline(&self) -> Option<UnixMs> {
        let deadlines = self.watched.values().filter_map(|watched| watched.playing.queue.next_deadline_ms());
        deadlines.min().map(|at| UnixMs(0) + at)
    }
}

fn chunk_of(end: &ExecuteComplete) -> Option<u64> {
    end.application_id.as_deref()?.strip_prefix(CHUNK)?.parse().ok()
}
