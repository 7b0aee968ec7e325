//! State that the parts of one leg share.

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::digit::Digit;
use cordboard_schema::ids::LegId;
use tokio::sync::Notify;

use super::burst::Burst;
use super::recording::LegRecording;
use crate::at_hand::AtHand;
use crate::line::{LegOrders, LegRecord};
use crate::media::Tones;
use crate::media::port::{Pace, Port};
use crate::media::{EarCounters, ItemPlayed};
use crate::messages::{CallLine, PlaybackEvent, Shown, ToCall, ToLeg};
use crate::meters::Meters;

/// Number of the ear's latest reports that are kept, for a call that has missed one.
const PLAYED_KEPT: usize = 8;

/// Shape of a leg.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LegShape {
    pub(crate) kind: LegKind,
    /// The pace at which its ear gives audio.
    pub(crate) pace: Pace,
}

/// How a leg handles orders that only a leg with a [`Pace::Buffered`] ear gets.
pub(crate) trait Buffered {
    /// Stops the sent part of items that were taken out of the ear.
    fn cleared(&self, items: Vec<ItemPlayed>);

    /// Handles a report of the switch about the playback of sent sound.
    fn playback(&self, event: PlaybackEvent);

    /// Shows something of the call to the party at the other end.
    fn show(&self, shown: Shown);
}

/// State that a leg's reader, writer and actor share. All of them run on one thread.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) call: CallLine,
    pub(crate) recording: LegRecording,
    shape: LegShape,
    /// Digits that are still to be played to the party.
    tones: RefCell<Tones>,
    /// Its state, for holders of its line.
    record: Arc<LegRecord>,
    /// The call's orders. They are kept here so that they outlive an actor.
    orders: RefCell<LegOrders>,
    /// The order that the actor is carrying out.
    at_hand: RefCell<AtHand<ToLeg>>,
    /// Wakes the actor that waits for orders.
    attends: RefCell<Option<Waker>>,
    /// The items that the ear played most recently.
    played: RefCell<VecDeque<ItemPlayed>>,
    pub(crate) meters: Meters,
    /// Losses of the ear that have been counted already.
    counted: Cell<EarCounters>,
    port: OnceCell<Port>,
    joined: Notify,
    /// Whether the call has released the leg.
    is_released: Cell<bool>,
    /// Wakes the task that waits for the release. That task is polled at each frame, and polling this costs less than a `Notify`.
    awaits_release: RefCell<Option<Waker>>,
}

impl Leg {
    pub(crate) fn new(
        shape: LegShape,
        id: LegId,
        call: CallLine,
        orders: LegOrders,
        record: Arc<LegRecord>,
        meters: Meters,
    ) -> Rc<Self> {
        Rc::new(Self {
            id,
            call,
            recording: LegRecording::default(),
            shape,
            tones: RefCell::default(),
            record,
            orders: RefCell::new(orders),
            at_hand: RefCell::default(),
            attends: RefCell::default(),
            played: RefCell::default(),
            meters,
            counted: Cell::default(),
            port: OnceCell::new(),
            joined: Notify::new(),
            is_released: Cell::default(),
            awaits_release: RefCell::default(),
        })
    }

    /// Returns the leg's port. The first request decides the rate at which the leg is answered, and joins the leg to its call.
    pub(crate) fn join(&self, rate: SampleRate) -> &Port {
        self.port.get_or_init(|| {
            let port = Port::new(self.id, rate, self.shape.pace);
            self.say_joined(&port);
            self.joined.notify_one();
            port
        })
    }

    fn say_joined(&self, port: &Port) {
        let (leg, leg_kind, rate) = (self.id, self.shape.kind, port.ear.rate());
        self.call.tell(ToCall::LegJoined { leg, leg_kind, rate, port: port.clone() });
    }

    /// Reports to the call what its ear has played.
    pub(crate) fn say_played(&self, played: ItemPlayed) {
        self.call.tell(ToCall::Played { leg: self.id, played });
        let mut kept = self.played.borrow_mut();
        if kept.len() == PLAYED_KEPT {
            kept.pop_front();
        }
        kept.push_back(played);
    }

    /// Repeats reports that the call may have missed. Those that it knows already change nothing.
    pub(super) fn say_again(&self) {
        if let Some(port) = self.port.get() {
            self.say_joined(port);
        }
        for &played in &*self.played.borrow() {
            self.call.tell(ToCall::Played { leg: self.id, played });
        }
    }

    /// Returns the call's next order; none once the call or the leg is gone.
    pub(super) fn poll_order(&self, task: &mut Context<'_>) -> Poll<Option<ToLeg>> {
        self.attends.replace(Some(task.waker().clone()));
        self.orders.borrow_mut().poll_recv(task)
    }

    /// Returns the order that the actor is carrying out, for the next actor.
    pub(super) fn at_hand(&self) -> RefMut<'_, AtHand<ToLeg>> {
        self.at_hand.borrow_mut()
    }

    pub(super) fn note_restart(&self, part: &'static str) {
        let restarts = self.record.restarts.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::error!(part, restarts, "a part of the leg died and is restarted");
    }

    /// Closes the leg for good once its connection has ended. No more orders are taken. Returns how it ended.
    pub(crate) fn has_left(&self, how: LegEnd) -> LegEnd {
        if let Ok(mut orders) = self.orders.try_borrow_mut() {
            orders.close();
        }
        if let Some(actor) = self.attends.take() {
            actor.wake();
        }
        *self.record.left.get_or_init(|| how)
    }

    /// Counts the losses in the ear since the last count.
    pub(crate) fn count_ear(&self) {
        if let Some(port) = self.port.get() {
            let mut counted = self.counted.get();
            self.meters.ear(&mut counted, port.ear.counters());
            self.counted.set(counted);
        }
    }

    /// Waits until the leg has joined.
    pub(crate) async fn joined(&self) {
        if self.port.get().is_none() {
            self.joined.notified().await;
        }
    }

    /// Gives the audio of a burst to the leg's mouth, in frames of at most 20 ms, and to its recording. The first burst joins the
    /// leg at its rate.
    pub(crate) fn speak(&self, burst: &mut Burst) {
        if burst.is_empty() {
            return;
        }
        let rate = burst.rate();
        let port = self.join(rate);
        if let Some(ms) = burst.long_message_ms() {
            port.mouth.comes_in_pieces_of(ms);
        }
        burst.take(|all, newest| {
            self.recording.heard(rate, all);
            for piece in newest.chunks(rate.samples_per_frame()) {
                port.mouth.speak(None, Frame::pcm(rate, piece));
            }
        });
    }

    /// Plays digits to the leg's party as tones, over the other audio.
    pub(super) fn play(&self, digits: &[Digit]) {
        let without_room = self.tones.borrow_mut().push(digits);
        if without_room > 0 {
            tracing::warn!(leg = %self.id, without_room, "digits are not played: too many are waiting already");
        }
    }

    /// Returns the party's next frame, with the tones over it.
    pub(crate) fn with_tones(&self, frame: Option<Frame>, rate: SampleRate) -> Option<Frame> {
        self.tones.borrow_mut().over(frame, rate)
    }

    /// Whether the party's next frame has tones over it, or the pause after one.
    pub(super) fn has_tones(&self) -> bool {
        self.tones.borrow().is_playing()
    }

    /// Ends the leg in order.
    pub(super) fn release(&self) {
        self.is_released.set(true);
        if let Some(task) = self.awaits_release.take() {
            task.wake();
        }
    }

    /// Waits until the call releases the leg.
    pub(crate) async fn released(&self) {
        poll_fn(|task| self.poll_released(task)).await;
    }

    fn poll_released(&self, task: &mut Context<'_>) -> Poll<()> {
        if self.is_released.get() {
            return Poll::Ready(());
        }
        let mut awaits = self.awaits_release.borrow_mut();
        if !awaits.as_ref().is_some_and(|known| known.will_wake(task.waker())) {
            *awaits = Some(task.waker().clone());
        }
        Poll::Pending
    }
}
