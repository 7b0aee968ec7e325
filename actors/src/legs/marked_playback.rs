//! Audio of a leg for a peer that has its own queue and echoes marks, and how much of it was heard. Each protocol defines its
//! messages: a [`MarkedWire`].

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::rc::Rc;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::wire::twilio_media::Mark;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::live_lead::LiveLead;
use super::sounding::Sounding;
use super::{Buffered, Leg, Played};
use crate::media::{Ear, ItemPlayed, PipedMessage};
use crate::messages::{PlaybackEvent, Shown};

/// Milliseconds of audio that an ear gives at once.
const FRAME_MS: u64 = cordboard_schema::audio::frame::FRAME_MS as u64;

/// The messages of a protocol with marks.
pub(crate) trait MarkedWire: Debug {
    /// An outgoing message.
    type Message: Debug + Into<PipedMessage>;

    /// Milliseconds of audio that may be on their way.
    const AHEAD_MS_MAX: u64;
    /// Time that the peer may take to read one message, in ms.
    const STALL_MS_MAX: u64;
    /// Name of the peer in error texts.
    const PEER: &'static str;

    /// The sample rate.
    fn rate(&self) -> SampleRate;

    /// Notes the highest rate at which a part of the next audio was spoken.
    fn spoken_at(&mut self, _rate: SampleRate) {}

    /// Queues audio to be sent. It may be kept back until [`MarkedWire::post_kept`].
    fn post_sound(&mut self, samples: &[i16], outbox: &mut VecDeque<Self::Message>);

    /// Queues the audio that was kept back.
    fn post_kept(&mut self, outbox: &mut VecDeque<Self::Message>);

    /// Returns the message that sets a mark.
    fn mark(&self, mark: Mark) -> Self::Message;

    /// Removes unsent audio from the outbox, and has the peer drop what it has.
    fn clear(&mut self, outbox: &mut VecDeque<Self::Message>);

    /// Returns the message that shows something of the call to the party at the other end; none if the party has no display.
    fn shown(&self, shown: Shown) -> Option<Self::Message>;

    /// Logs that this many marks were not echoed: the heard part is known less exactly.
    fn log_missed(&self, echoes_missed: u64);
}

/// The playback from a leg's ear into its peer's queue.
#[derive(Debug)]
pub(crate) struct MarkedPlayback<W: MarkedWire> {
    leg: Rc<Leg>,
    rate: SampleRate,
    began: Instant,
    state: RefCell<State<W>>,
    /// Notified when something is to be sent before the next tick.
    urgent: Notify,
}

#[derive(Debug)]
struct State<W: MarkedWire> {
    wire: W,
    played: Played,
    /// Messages to be sent, in order.
    outbox: VecDeque<W::Message>,
    sounding: Sounding,
    live_lead: LiveLead,
    /// When the digits that were sent will have sounded, at real-time pace.
    tones_until_ms: u64,
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
        let (outbox, sounding) = (VecDeque::new(), Sounding::new(rate));
        let state = State { wire, played, outbox, sounding, live_lead: LiveLead::new(), tones_until_ms: 0 };
        Self { leg, rate, began: Instant::now(), state: RefCell::new(state), urgent: Notify::new() }
    }

    /// Returns the sample rate.
    pub(crate) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Queues a message to be sent, and wakes the writer.
    pub(crate) fn post(&self, message: W::Message) {
        self.state.borrow_mut().outbox.push_back(message);
        self.urgent.notify_one();
    }

    /// Takes as much audio from the ear as may be on its way ([`MarkedWire::AHEAD_MS_MAX`]). In silence nothing is sent. An item that
    /// is heard together with others, as by a supervisor, is not sent ahead, but as many frames of it as are `due`: what the others
    /// say would be heard later by as much.
    pub(crate) fn take_from(&self, ear: &Ear, due: u32) {
        let now_ms = self.now_ms();
        let mut borrowed = self.state.borrow_mut();
        let state = &mut *borrowed;
        let mut reports = state.played.expire(now_ms);
        let mut frames_of_items = if ear.hears_several() { due } else { u32::MAX };
        while frames_of_items > 0
            && state.played.keeps_up()
            && state.played.ahead_ms(now_ms) + FRAME_MS <= W::AHEAD_MS_MAX
        {
            let tick = ear.tick();
            if let Some(rate) = tick.spoken_at {
                state.wire.spoken_at(rate);
            }
            let (is_of_item, ahead_ms) = (tick.given.is_some(), state.played.ahead_ms(now_ms));
            let is_left_out = state.live_lead.leaves_out(tick.frame.as_ref(), is_of_item, ahead_ms);
            let has_tones = self.leg.has_tones();
            let frame = self.leg.with_tones(tick.frame.filter(|_| !is_left_out), self.rate);
            let is_dry = frame.is_none();
            frames_of_items -= u32::from(is_of_item);
            if let Some(samples) = frame.as_ref().map(Frame::to_samples) {
                state.wire.post_sound(&samples, &mut state.outbox);
                state.played.sent(now_ms, samples.len() as u64, tick.given);
                if has_tones {
                    state.tones_until_ms = now_ms + state.played.ahead_ms(now_ms);
                }
                state.sounding.sent(&samples);
            }
            reports.extend(tick.played.into_iter().flat_map(|played| state.played.left_ear(played)));
            if state.played.wants_mark() {
                state.post_mark(now_ms);
            }
            if is_dry {
                break;
            }
        }
        state.wire.post_kept(&mut state.outbox);
        drop(borrowed);
        self.report_played(reports);
    }

    /// Returns the next message to be sent.
    pub(crate) fn next_message(&self) -> Option<PipedMessage> {
        self.state.borrow_mut().outbox.pop_front().map(Into::into)
    }

    /// Waits until something is to be sent before the next tick.
    pub(crate) async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Returns the audio that is heard in these 20 ms, as far as is known.
    pub(crate) fn heard_now(&self) -> Option<Frame> {
        self.state.borrow_mut().sounding.tick()
    }

    /// Skips ticks that were missed, during which the peer played on.
    pub(crate) fn pass_over(&self, ticks: u64) {
        self.state.borrow_mut().sounding.pass_over(ticks);
    }

    /// Handles a mark that the peer echoes.
    pub(crate) fn echoed(&self, name: &str) {
        // A mark that is not ours is ignored.
        if let Some(mark) = Mark::parse(name) {
            let now_ms = self.now_ms();
            let mut state = self.state.borrow_mut();
            if let Some(delay_ms) = state.played.echo_delay_ms(now_ms, mark) {
                state.live_lead.echoed_after(delay_ms);
            }
            let reports = state.played.echoed(now_ms, mark);
            drop(state);
            self.report_played(reports);
        }
    }

    /// Reports the heard part of all items, because the connection is over.
    pub(crate) fn end(&self) {
        let mut state = self.state.borrow_mut();
        let reports = state.played.ended(self.now_ms());
        if state.played.echoes_missed > 0 {
            state.wire.log_missed(state.played.echoes_missed);
        }
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

impl<W: MarkedWire> Buffered for MarkedPlayback<W> {
    fn cleared(&self, items: Vec<ItemPlayed>) {
        let mut borrowed = self.state.borrow_mut();
        let state = &mut *borrowed;
        let now_ms = self.now_ms();
        if now_ms < state.tones_until_ms {
            // The peer would drop digits as well. The little speech that is with them is heard to its end.
            let reports = items.into_iter().flat_map(|played| state.played.left_ear(played)).collect();
            drop(borrowed);
            return self.report_played(reports);
        }
        let (clear, reports) = state.played.cleared(now_ms, &items);
        if clear {
            // Audio that was not sent yet will not be heard.
            state.wire.clear(&mut state.outbox);
            state.sounding.clear();
            self.urgent.notify_one();
        }
        drop(borrowed);
        self.report_played(reports);
    }

    /// For switches that play files, which this one does not.
    fn playback(&self, _: PlaybackEvent) {}

    fn show(&self, shown: Shown) {
        let message = self.state.borrow().wire.shown(shown);
        if let Some(message) = message {
            self.post(message);
        }
    }
}
