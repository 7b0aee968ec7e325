//! One leg's stay in its call, from its first byte to its last.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::digit::Digit;
use cordboard_schema::ids::LegId;
use futures_util::FutureExt;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tracing::Instrument;

use super::audiosocket_actor::AudioSocketActor;
use super::leg_end::{Leaving, close_in_order, say_goodbye};
use super::leg_reader::{Hearing, read_leg};
use super::leg_recording::LegRecording;
use super::leg_writer::write_frames;
use crate::line::{LegOrders, LegRecord};
use crate::live_count::Live;
use crate::media::Tones;
use crate::media::port::{Pace, Port};
use crate::media::{EarCounters, ItemPlayed};
use crate::messages::{AudioConnection, CallLine, ToCall, ToLeg};
use crate::meters::Meters;
use crate::panic_text::panic_text;
use crate::socket::Writings;

/// After a failed write: how long the reader may take to tell a connection that was closed in order (and then refused
/// our audio) from one that broke.
const LAST_READ: Duration = Duration::from_millis(100);

/// The rate of a leg whose caller has sent no audio. Every Asterisk takes it, whatever its channel has.
pub(super) const RATE_WITHOUT_AUDIO: SampleRate = SampleRate::HZ_8000;

/// Panics of a leg's parts that the leg outlives. One that panics at whatever it does would use up its thread.
const PANICS_MAX: u32 = 20;

/// Reports of the ear that are kept, for a call that has missed one.
const PLAYED_KEPT: usize = 8;

/// What a leg's reader, writer and actor share. All of them run on one thread.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) id: LegId,
    pub(super) call: CallLine,
    pub(super) recording: LegRecording,
    /// Digits on their way to the party.
    tones: RefCell<Tones>,
    /// How it stands, for those who hold its line.
    pub(super) record: Arc<LegRecord>,
    /// What the call wants; here, so that it outlives an actor.
    orders: RefCell<LegOrders>,
    /// Wakes the actor that waits for them.
    attends: RefCell<Option<Waker>>,
    /// What the ear played last.
    played: RefCell<VecDeque<ItemPlayed>>,
    pub(super) meters: Meters,
    /// What went wrong in the ear, as far as it is counted.
    counted: Cell<EarCounters>,
    port: OnceCell<Port>,
    joined: Notify,
    released: Notify,
}

impl Leg {
    pub(super) fn new(
        id: LegId,
        call: CallLine,
        orders: LegOrders,
        record: Arc<LegRecord>,
        meters: Meters,
    ) -> Self {
        Self {
            id,
            call,
            recording: LegRecording::default(),
            tones: RefCell::default(),
            record,
            orders: RefCell::new(orders),
            attends: RefCell::default(),
            played: RefCell::default(),
            meters,
            counted: Cell::default(),
            port: OnceCell::new(),
            joined: Notify::new(),
            released: Notify::new(),
        }
    }

    /// The leg's port. The first to ask decides the rate at which the leg is answered, and joins it to its call.
    pub(super) fn join(&self, rate: SampleRate) -> &Port {
        self.port.get_or_init(|| {
            let port = Port::new(self.id, rate, Pace::Paced);
            self.say_joined(&port);
            self.joined.notify_one();
            port
        })
    }

    fn say_joined(&self, port: &Port) {
        let (leg, leg_kind, rate) = (self.id, LegKind::Audiosocket, port.ear.rate());
        self.call.tell(ToCall::LegJoined { leg, leg_kind, rate, port: port.clone() });
    }

    /// Tells the call what its ear has played.
    pub(super) fn say_played(&self, played: ItemPlayed) {
        self.call.fact(played.into());
        let mut kept = self.played.borrow_mut();
        if kept.len() == PLAYED_KEPT {
            kept.pop_front();
        }
        kept.push_back(played);
    }

    /// Says once more what the call may have missed. What it knows changes nothing.
    pub(super) fn say_again(&self) {
        if let Some(port) = self.port.get() {
            self.say_joined(port);
        }
        for played in &*self.played.borrow() {
            self.call.fact((*played).into());
        }
    }

    /// The call's next order; none once there is no call, or no leg.
    pub(super) fn poll_order(&self, task: &mut Context<'_>) -> Poll<Option<ToLeg>> {
        self.attends.replace(Some(task.waker().clone()));
        self.orders.borrow_mut().poll_recv(task)
    }

    fn note_restart(&self, part: &'static str) {
        let restarts = self.record.restarts.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::error!(part, restarts, "a part of the leg died: the leg goes on with another one");
    }

    /// The connection has ended: how, for good, and nothing can be ordered of the leg any more.
    pub(super) fn has_left(&self, how: LegEnd) -> LegEnd {
        if let Ok(mut orders) = self.orders.try_borrow_mut() {
            orders.close();
        }
        if let Some(actor) = self.attends.take() {
            actor.wake();
        }
        *self.record.left.get_or_init(|| how)
    }

    /// Counts what went wrong in the ear since it was last counted.
    pub(super) fn count_ear(&self) {
        if let Some(port) = self.port.get() {
            let mut counted = self.counted.get();
            self.meters.ear(&mut counted, port.ear.counters());
            self.counted.set(counted);
        }
    }

    /// Waits until the leg has joined.
    pub(super) async fn joined(&self) {
        if self.port.get().is_none() {
            self.joined.notified().await;
        }
    }

    /// Plays digits to the leg's party as tones, over what it hears.
    pub(super) fn play(&self, digits: &[Digit]) {
        let without_room = self.tones.borrow_mut().push(digits);
        if without_room > 0 {
            tracing::warn!(leg = %self.id, without_room, "digits are not played: too many wait already");
        }
    }

    /// What the party is to hear now, with the tones over it.
    pub(super) fn with_tones(&self, frame: Option<Frame>, rate: SampleRate) -> Option<Frame> {
        self.tones.borrow_mut().over(frame, rate)
    }

    /// Ends the leg in order.
    pub(super) fn release(&self) {
        self.released.notify_one();
    }
}

/// A leg that has its connection. Dropping it before or while it runs breaks the connection and tells the call.
#[derive(Debug)]
pub(super) struct Stay {
    leg: Rc<Leg>,
    connection: AudioConnection,
    leaving: Leaving,
    /// The last to be dropped: the leg counts until its socket is closed.
    live: Live,
}

impl Stay {
    pub(super) fn new(leg: Rc<Leg>, connection: AudioConnection, live: Live) -> Self {
        let leaving = Leaving::new(Rc::clone(&leg));
        Self { leg, connection, leaving, live }
    }

    /// Reads and writes until the leg ends, and ends it.
    pub(super) async fn run(self) {
        let AudioConnection { uuid, peer, .. } = self.connection;
        let span = tracing::error_span!("leg", leg = %self.leg.id, %uuid, %peer);
        self.run_in_span().instrument(span).await;
    }

    async fn run_in_span(self) {
        let Self { leg, connection, leaving, live } = self;
        let AudioConnection { uuid, stream, early, .. } = connection;
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::error!(%error, "the connection can't be registered with the runtime");
                return leaving.tell(LegEnd::Broken);
            }
        };
        let writings = Writings::new(&stream);
        let how = {
            let mut hearing = Hearing::new(&leg, uuid, early);
            let reading = unharmed(&leg, "reader", async || read_leg(&mut hearing, &stream).await);
            let mut reading = pin!(reading.map(|how| how.unwrap_or(LegEnd::Broken)));
            let writing = unharmed(&leg, "writer", async || write_frames(&leg, &writings).await);
            tokio::select! {
                biased;
                how = &mut reading => how,
                () = leg.released.notified() => LegEnd::Released,
                fault = writing => {
                    if let Some(Err(fault)) = fault {
                        tracing::debug!(%fault, "the leg's audio can't be written");
                    }
                    tokio::time::timeout(LAST_READ, reading).await.unwrap_or(LegEnd::Broken)
                }
                never = keep_actor(&leg) => match never {},
            }
        };
        leg.recording.finish();
        leg.count_ear();
        let how = leg.has_left(how);
        match how {
            LegEnd::Broken => leaving.tell(how),
            LegEnd::Closed => {
                leaving.tell(how);
                close_in_order(&stream).await;
            }
            LegEnd::Released => {
                say_goodbye(&stream, &writings).await;
                leaving.tell(how);
            }
        }
        drop(stream);
        drop(live);
    }
}

/// Sees to it that the leg has an actor.
async fn keep_actor(leg: &Rc<Leg>) -> Infallible {
    let (keeper, mut died) = mpsc::unbounded_channel();
    loop {
        AudioSocketActor::attend(Rc::clone(leg), keeper.clone());
        // The sender above is held, so something comes or nothing does.
        while died.recv().await.is_none() {}
        leg.note_restart("actor");
    }
}

/// Runs a part of the leg, and once more where it panicked: the connection stands, and the caller is still there. None
/// for a part that can't be helped.
async fn unharmed<T>(leg: &Leg, part: &'static str, mut run: impl AsyncFnMut() -> T) -> Option<T> {
    for _ in 0..PANICS_MAX {
        match AssertUnwindSafe(run()).catch_unwind().await {
            Ok(outcome) => return Some(outcome),
            Err(panic) => {
                tracing::debug!(part, panic = panic_text(panic.as_ref()), "contained a panic");
                leg.note_restart(part);
            }
        }
    }
    None
}
