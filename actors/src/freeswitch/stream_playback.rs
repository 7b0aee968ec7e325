//! Audio that a leg sends its caller over an audio WebSocket, and how much of it the caller heard.

use std::cell::RefCell;
use std::rc::Rc;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::LegId;
use cordboard_schema::limits::STREAM_LEAD_MS_MAX;
use cordboard_schema::wire::freeswitch_audio::write_stream_audio;
use tokio::time::Instant;

use super::chunks::Chunks;
use super::gathering::{Gathered, Gathering};
use super::heard_track::HeardTrack;
use crate::legs::{Buffered, Leg};
use crate::media::{Ear, ItemPlayed};
use crate::messages::{GivenBy, PlaybackEvent, Shown, ToCall};

/// Milliseconds of audio that an ear gives at once.
const FRAME_MS: u64 = cordboard_schema::audio::frame::FRAME_MS as u64;

/// The playback from a leg's ear to the caller.
#[derive(Debug)]
pub(super) struct StreamPlayback {
    leg: Rc<Leg>,
    began: Instant,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    chunks: Chunks,
    gathering: Gathering,
    heard: HeardTrack,
}

impl StreamPlayback {
    pub(super) fn new(leg: Rc<Leg>) -> Self {
        let state = State::new(leg.id, SampleRate::HZ_8000);
        Self { leg, began: Instant::now(), state: RefCell::new(state) }
    }

    /// Sets the rate of the leg's ear, once it is known.
    pub(super) fn set_rate(&self, rate: SampleRate) {
        let mut state = self.state.borrow_mut();
        if state.rate() != rate {
            *state = State::new(self.leg.id, rate);
        }
    }

    /// Takes as much audio from the ear as may be on its way. Returns the messages that are due, as texts.
    pub(super) fn take_from(&self, ear: &Ear) -> Vec<String> {
        let now_ms = self.now_ms();
        let mut state = self.state.borrow_mut();
        let mut reports = state.chunks.expire(now_ms);
        let oldest = state.chunks.oldest();
        state.heard.forget_before(oldest);
        if !state.chunks.may_send() {
            drop(state);
            self.report_played(reports);
            return Vec::new();
        }
        let mut messages = state.send_again(now_ms);
        loop {
            messages.extend(state.send_due(now_ms));
            if state.chunks.lead_ms(now_ms) + state.gathering.ms() + FRAME_MS > STREAM_LEAD_MS_MAX {
                break;
            }
            let tick = ear.tick();
            let frame = self.leg.with_tones(tick.frame, ear.rate());
            let is_dry = frame.is_none();
            if let Some(frame) = frame {
                let item = tick.given.map(|given| (given.item, state.chunks.given(given)));
                state.gathering.add(now_ms, &frame.to_samples(), item);
            }
            for played in tick.played {
                reports.extend(state.chunks.left_ear(played));
                state.gathering.close();
            }
            if is_dry {
                messages.extend(state.send_due(now_ms));
                break;
            }
        }
        drop(state);
        self.report_played(reports);
        messages
    }

    /// Returns the audio that the caller hears in these 20 ms, as far as is known.
    pub(super) fn heard_now(&self) -> Option<Frame> {
        self.state.borrow_mut().heard.tick()
    }

    /// Skips ticks that were missed, during which the switch played on.
    pub(super) fn pass_over(&self, ticks: u64) {
        let heard = &mut self.state.borrow_mut().heard;
        for _ in 0..ticks {
            if heard.tick().is_none() {
                return;
            }
        }
    }

    /// Reports how much of the audio on its way was heard, because the leg has ended. The ear itself reports what is still in it.
    pub(super) fn over(&self) {
        let now_ms = self.now_ms();
        let mut state = self.state.borrow_mut();
        let Gathered { spans, .. } = state.gathering.take();
        state.chunks.dropped(&spans);
        let reports = state.chunks.over(now_ms);
        drop(state);
        self.report_played(reports);
    }

    fn report_played(&self, reports: Vec<ItemPlayed>) {
        reports.into_iter().for_each(|played| self.leg.say_played(played));
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Buffered for StreamPlayback {
    fn cleared(&self, items: Vec<ItemPlayed>) {
        let now_ms = self.now_ms();
        let mut state = self.state.borrow_mut();
        let Gathered { spans, .. } = state.gathering.take();
        state.chunks.dropped(&spans);
        let (stop, reports) = state.chunks.cleared(now_ms, &items);
        drop(state);
        if let Some(next_chunk) = stop {
            self.leg.call.tell(ToCall::StopPlayback { next_chunk, given_by: GivenBy::ThisLink });
        }
        self.report_played(reports);
    }

    /// A telephone has no display that we could use.
    fn show(&self, _: Shown) {}

    fn playback(&self, event: PlaybackEvent) {
        let now_ms = self.now_ms();
        let mut state = self.state.borrow_mut();
        match event {
            // One that has ended without a report of its begin is late.
            PlaybackEvent::Began { chunk } | PlaybackEvent::Ended { chunk, end: PlayedEnd::Finished, .. } => {
                state.heard.began(chunk);
            }
            PlaybackEvent::Ended { chunk, heard_ms, .. } => state.heard.ended(chunk, heard_ms),
            PlaybackEvent::Given { chunk } => state.heard.began(chunk),
            PlaybackEvent::Emptied => state.heard.cut(),
            PlaybackEvent::Lost => {}
            PlaybackEvent::Handed => {
                let (stop, reports) = state.chunks.handed(now_ms);
                drop(state);
                if let Some(next_chunk) = stop {
                    self.leg.call.tell(ToCall::StopPlayback { next_chunk, given_by: GivenBy::AnotherLink });
                }
                return self.report_played(reports);
            }
        }
        let reports = state.chunks.playback(now_ms, event);
        drop(state);
        self.report_played(reports);
    }
}

impl State {
    fn new(leg: LegId, rate: SampleRate) -> Self {
        Self { chunks: Chunks::of(leg), gathering: Gathering::new(rate), heard: HeardTrack::new(rate) }
    }

    fn rate(&self) -> SampleRate {
        self.gathering.rate()
    }

    /// Returns the messages of audio that was not heard when another link took over.
    fn send_again(&mut self, now_ms: u64) -> Vec<String> {
        let again = self.chunks.take_again();
        again.into_iter().filter_map(|chunk| self.send(now_ms, chunk)).collect()
    }

    /// Returns the message of a chunk that is due.
    fn send_due(&mut self, now_ms: u64) -> Option<String> {
        let lead_ms = self.chunks.lead_ms(now_ms);
        let chunk = self.gathering.take_due(now_ms, lead_ms)?;
        self.send(now_ms, chunk)
    }

    fn send(&mut self, now_ms: u64, chunk: Gathered) -> Option<String> {
        let (number, samples) = self.chunks.sent(now_ms, chunk);
        let mut message = String::new();
        if let Err(error) = write_stream_audio(&mut message, number, self.rate(), &samples) {
            // No ear of this leg has such a rate, and no chunk such a length. It is settled as lost.
            tracing::error!(%error, "a chunk can't be sent");
            return None;
        }
        self.heard.sent(number, samples);
        Some(message)
    }
}
