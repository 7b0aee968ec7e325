//! Sound of a leg for a peer that has a queue of its own and echoes marks, and the part of it that was heard. Each
//! protocol defines the form of its messages: a [`MarkedWire`].

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::rc::Rc;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::wire::twilio_media::Mark;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::sounding::Sounding;
use super::{Buffered, Leg, Played};
use crate::media::{Ear, ItemPlayed, PipedMessage};
use crate::messages::{PlaybackEvent, Shown};

/// Milliseconds that an ear gives at once.
const FRAME_MS: u64 = cordboard_schema::audio::frame::FRAME_MS as u64;

/// The messages of a wire with marks.
pub(crate) trait MarkedWire: Debug {
    /// A message on its way out.
    type Message: Debug + Into<PipedMessage>;

    /// Milliseconds of sound that may be on their way.
    const AHEAD_MS_MAX: u64;
    /// Time that the peer may take for one message, in ms.
    const STALL_MS_MAX: u64;
    /// Name of the peer in faults.
    const PEER: &'static str;

    /// The rate of the sound.
    fn rate(&self) -> SampleRate;

    /// Puts sound behind what is to be sent. It may be kept until [`MarkedWire::post_kept`].
    fn post_sound(&mut self, samples: &[i16], outbox: &mut VecDeque<Self::Message>);

    /// Puts the sound that was kept behind what is to be sent.
    fn post_kept(&mut self, outbox: &mut VecDeque<Self::Message>);

    /// A mark.
    fn mark(&self, mark: Mark) -> Self::Message;

    /// Takes back what was not sent of the sound, and has the peer drop what it has.
    fn clear(&mut self, outbox: &mut VecDeque<Self::Message>);

    /// The message that shows this of their call to the party at the other end; none if it has no display.
    fn shown(&self, shown: Shown) -> Option<Self::Message>;

    /// Says in the log that so many marks were not echoed: the heard part is known less well.
    fn log_missed(&self, echoes_missed: u64);
}

/// The way from a leg's ear to its peer's queue.
#[derive(Debug)]
pub(crate) struct MarkedPlayback<W: MarkedWire> {
    leg: Rc<Leg>,
    rate: SampleRate,
    began: Instant,
    state: RefCell<State<W>>,
    /// Something is to be sent before the next tick.
    urgent: Notify,
}

#[derive(Debug)]
struct State<W: MarkedWire> {
    wire: W,
    played: Played,
    /// Messages to be sent, in order.
    outbox: VecDeque<W::Message>,
    sounding: Sounding,
}

impl<W: MarkedWire> State<W> {
    fn post_mark(&mut self, now_ms: u64) {
        self.wire.post_kept(&mut self.outbox);
        let mark = self.wire.mark(self.played.mark(now_ms));
        self.outbox.push_back(mark);
    }
}

impl<W: MarkedWire> MarkedPlayback<W> {
    pub(crate) fn new(leg: Rc<Leg>, wire: W) -> Self {
        let rate = wire.rate();
        let played = Played::new(rate);
        let state = State { wire, played, outbox: VecDeque::new(), sounding: Sounding::new(rate) };
        Self { leg, rate, began: Instant::now(), state: RefCell::new(state), urgent: Notify::new() }
    }

    /// The rate of the sound.
    pub(crate) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Has a message sent behind what is to be sent.
    pub(crate) fn post(&self, message: W::Message) {
        self.state.borrow_mut().outbox.push_back(message);
        self.urgent.notify_one();
    }

    /// Takes from the ear what may be on its way: no more than is heard in the time that the wire has. In silence nothing is
    /// sent.
    pub(crate) fn take_from(&self, ear: &Ear) {
        let now_ms = self.now_ms();
        let mut borrowed = self.state.borrow_mut();
        let state = &mut *borrowed;
        let mut told = state.played.expire(now_ms);
        while state.played.keeps_up() && state.played.ahead_ms(now_ms) + FRAME_MS <= W::AHEAD_MS_MAX {
            let tick = ear.tick();
            let frame = self.leg.with_tones(tick.frame, self.rate);
            let is_dry = frame.is_none();
            if let Some(samples) = frame.as_ref().map(Frame::to_samples) {
                state.wire.post_sound(&samples, &mut state.outbox);
                state.played.sent(now_ms, samples.len() as u64, tick.given);
                state.sounding.sent(&samples);
            }
            told.extend(tick.played.into_iter().flat_map(|played| state.played.left_ear(played)));
            if state.played.wants_mark() {
                state.post_mark(now_ms);
            }
            if is_dry {
                break;
            }
        }
        state.wire.post_kept(&mut state.outbox);
        drop(borrowed);
        self.tell(told);
    }

    /// The next message that is to be sent.
    pub(crate) fn next_message(&self) -> Option<PipedMessage> {
        self.state.borrow_mut().outbox.pop_front().map(Into::into)
    }

    /// Waits until something is to be sent before the next tick.
    pub(crate) async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Sound that is heard in these 20 ms, as far as is known.
    pub(crate) fn heard_now(&self) -> Option<Frame> {
        self.state.borrow_mut().sounding.tick()
    }

    /// So many ticks were missed, in which the peer played on.
    pub(crate) fn pass_over(&self, ticks: u64) {
        self.state.borrow_mut().sounding.pass_over(ticks);
    }

    /// The peer echoes a mark.
    pub(crate) fn echoed(&self, name: &str) {
        // A mark that is none of ours means nothing.
        if let Some(mark) = Mark::parse(name) {
            let told = self.state.borrow_mut().played.echoed(self.now_ms(), mark);
            self.tell(told);
        }
    }

    /// The connection is over: reports the heard part of ended items.
    pub(crate) fn end(&self) {
        let mut state = self.state.borrow_mut();
        let told = state.played.ended(self.now_ms());
        if state.played.echoes_missed > 0 {
            state.wire.log_missed(state.played.echoes_missed);
        }
        drop(state);
        self.tell(told);
    }

    fn tell(&self, told: Vec<ItemPlayed>) {
        told.into_iter().for_each(|played| self.leg.say_played(played));
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl<W: MarkedWire> Buffered for MarkedPlayback<W> {
    fn cleared(&self, items: Vec<ItemPlayed>) {
        let mut borrowed = self.state.borrow_mut();
        let state = &mut *borrowed;
        let (clear, told) = state.played.cleared(self.now_ms(), &items);
        if clear {
            // Sound that was not sent yet is not heard either.
            state.wire.clear(&mut state.outbox);
            state.sounding.clear();
            self.urgent.notify_one();
        }
        drop(borrowed);
        self.tell(told);
    }

    /// Of a switch that plays files: not this one.
    fn playback(&self, _: PlaybackEvent) {}

    fn show(&self, shown: Shown) {
        let message = self.state.borrow().wire.shown(shown);
        if let Some(message) = message {
            self.post(message);
        }
    }
}
