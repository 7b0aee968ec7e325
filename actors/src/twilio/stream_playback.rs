//! What a leg sends its caller over a media stream, and what the caller heard of it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use cordboard_schema::audio::{Frame, Law, SampleRate, g711};
use cordboard_schema::limits::TWILIO_AHEAD_MS_MAX;
use cordboard_schema::wire::twilio::StreamSid;
use cordboard_schema::wire::twilio_media::{Mark, write_clear, write_mark, write_media};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::stream_played::Played;
use crate::legs::{Buffered, Leg};
use crate::media::{Ear, ItemPlayed};
use crate::messages::PlaybackEvent;

/// Milliseconds that an ear gives at once.
const FRAME_MS: u64 = cordboard_schema::audio::frame::FRAME_MS as u64;

/// Twilio's rate.
pub(super) const RATE: SampleRate = SampleRate::HZ_8000;

/// The way from a leg's ear to Twilio's queue.
#[derive(Debug)]
pub(super) struct StreamPlayback {
    leg: Rc<Leg>,
    stream: StreamSid,
    began: Instant,
    state: RefCell<State>,
    /// Something is to be sent before the next tick.
    urgent: Notify,
}

#[derive(Debug, Default)]
struct State {
    played: Played,
    /// What is to be sent, in order.
    outbox: VecDeque<String>,
    /// Octets that go into the next message.
    octets: Vec<u8>,
    /// What was sent and, at the pace of a telephone, not heard yet: for the recording.
    sounding: VecDeque<i16>,
}

impl StreamPlayback {
    pub(super) fn new(leg: Rc<Leg>, stream: StreamSid) -> Self {
        Self { leg, stream, began: Instant::now(), state: RefCell::default(), urgent: Notify::new() }
    }

    /// Takes from the ear what may be on its way: no more than is heard in the next 200 ms.
    pub(super) fn take_from(&self, ear: &Ear) {
        let now_ms = self.now_ms();
        let mut state = self.state.borrow_mut();
        let mut told = state.played.expire(now_ms);
        while state.played.keeps_up() && state.played.ahead_ms(now_ms) + FRAME_MS <= TWILIO_AHEAD_MS_MAX {
            let tick = ear.tick();
            let frame = self.leg.with_tones(tick.frame, RATE);
            let is_dry = frame.is_none();
            if let Some(samples) = frame.as_ref().map(samples_of) {
                state.octets.extend(samples.iter().map(|sample| g711::encode(Law::Mu, *sample)));
                state.played.sent(now_ms, samples.len() as u64, tick.given);
                state.sounding.extend(samples);
            }
            told.extend(tick.played.into_iter().flat_map(|played| state.played.left_ear(played)));
            if state.played.wants_mark() {
                self.post_sound(&mut state);
                let mark = state.played.mark(now_ms);
                state.outbox.push_back(self.text(|text| write_mark(text, &self.stream, mark)));
            }
            if is_dry {
                break;
            }
        }
        self.post_sound(&mut state);
        drop(state);
        self.tell(told);
    }

    /// The next message that is to be sent.
    pub(super) fn next_message(&self) -> Option<String> {
        self.state.borrow_mut().outbox.pop_front()
    }

    /// Waits until something is to be sent before the next tick.
    pub(super) async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// What the caller hears in these 20 ms, as far as is known.
    pub(super) fn heard_now(&self) -> Option<Frame> {
        let sounding = &mut self.state.borrow_mut().sounding;
        let whole = RATE.samples_per_frame();
        let mut heard: Vec<i16> = sounding.drain(..whole.min(sounding.len())).collect();
        if heard.is_empty() {
            return None;
        }
        heard.resize(whole, 0);
        Some(Frame::pcm(RATE, heard))
    }

    /// Twilio echoes a mark.
    pub(super) fn echoed(&self, name: &str) {
        // One that is none of ours says nothing to us.
        if let Some(mark) = Mark::parse(name) {
            let told = self.state.borrow_mut().played.echoed(self.now_ms(), mark);
            self.tell(told);
        }
    }

    /// The stream is over: what was heard of what had come to its end is told.
    pub(super) fn end(&self) {
        let mut state = self.state.borrow_mut();
        let told = state.played.ended(self.now_ms());
        let echoes_missed = state.played.echoes_missed;
        drop(state);
        if echoes_missed > 0 {
            tracing::warn!(echoes_missed, "marks were not echoed: what was heard is known less well");
        }
        self.tell(told);
    }

    /// Puts the sound that was gathered into a message.
    fn post_sound(&self, state: &mut State) {
        if !state.octets.is_empty() {
            let octets = std::mem::take(&mut state.octets);
            state.outbox.push_back(self.text(|text| write_media(text, &self.stream, &octets)));
        }
    }

    fn text(&self, write: impl FnOnce(&mut String)) -> String {
        let mut text = String::new();
        write(&mut text);
        text
    }

    fn tell(&self, told: Vec<ItemPlayed>) {
        told.into_iter().for_each(|played| self.leg.say_played(played));
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Buffered for StreamPlayback {
    fn cleared(&self, items: Vec<ItemPlayed>) {
        let mut state = self.state.borrow_mut();
        let (clear, told) = state.played.cleared(self.now_ms(), &items);
        if clear {
            // What was not sent yet is not heard either.
            state.outbox.clear();
            state.octets.clear();
            state.sounding.clear();
            state.outbox.push_back(self.text(|text| write_clear(text, &self.stream)));
            self.urgent.notify_one();
        }
        drop(state);
        self.tell(told);
    }

    /// Of a switch that plays files: not this one.
    fn playback(&self, _: PlaybackEvent) {}
}

fn samples_of(frame: &Frame) -> Vec<i16> {
    match frame {
        Frame::Pcm { samples, .. } => samples.to_vec(),
        Frame::G711 { law, bytes } => g711::decode_all(*law, bytes),
    }
}
