//! The life of one control connection in its call, from its first byte to its last.

use std::cell::{Cell, RefCell, RefMut};
use std::convert::Infallible;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cordboard_schema::limits::{ESL_CONTROL_BODY_BYTES_MAX, ESL_STALL_MS_MAX, ESL_UNWRITTEN_BYTES_MAX};
use cordboard_schema::wire::esl::{Decoder, EslError};
use futures_util::FutureExt;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tracing::Instrument;

use super::channel_control::{ChannelControl, Word};
use super::esl_actor::EslActor;
use super::esl_arrival::ControlConnection;
use super::esl_end::{Leaving, close_in_order};
use crate::at_hand::AtHand;
use crate::line::ControlOrders;
use crate::live_count::Live;
use crate::messages::{CallLine, ToCall, ToControl};
use crate::panic_text::panic_text;
use crate::socket::{Reading, Readings, Writings};

/// Time that the reader has after a failed write, to read what FreeSWITCH sent before it went.
const LAST_READ: Duration = Duration::from_millis(100);

const STALL_LIMIT: Duration = Duration::from_millis(ESL_STALL_MS_MAX);

/// Number of panics of its parts that a connection survives. A part that panics every time would use up its thread.
const PANICS_MAX: u32 = 20;

/// State that a connection's reader, writer, clock and actor share. All of them run on one thread.
#[derive(Debug)]
pub(super) struct Link {
    call: CallLine,
    control: RefCell<ChannelControl>,
    /// The call's orders. They are kept here so that they outlive an actor.
    orders: RefCell<ControlOrders>,
    /// The order that the actor is carrying out.
    at_hand: RefCell<AtHand<ToControl>>,
    /// Wakes the actor that waits for orders.
    attends: RefCell<Option<Waker>>,
    /// Commands to be written.
    unwritten: RefCell<Vec<u8>>,
    has_commands: Notify,
    /// Wakes the clock, because the next deadline may be another one.
    has_changed: Notify,
    is_over: Notify,
    restarts: Cell<u32>,
    began: Instant,
}

/// Why a connection can't continue.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the connection to FreeSWITCH broke: {0}")]
    Broken(#[from] io::Error),
    #[error("FreeSWITCH sent something that can't be decoded: {0}")]
    Undecodable(#[from] EslError),
    #[error("FreeSWITCH has read no command for {ESL_STALL_MS_MAX} ms")]
    Stalled,
    #[error("a command was sent only in part, so nothing can follow it")]
    Cut,
    #[error("more than {ESL_UNWRITTEN_BYTES_MAX} bytes of commands wait for FreeSWITCH")]
    TooMuchToWrite,
}

impl Link {
    pub(super) fn new(control: ChannelControl, call: CallLine, orders: ControlOrders) -> Self {
        let link = Self {
            call,
            control: RefCell::new(control),
            orders: RefCell::new(orders),
            at_hand: RefCell::default(),
            attends: RefCell::default(),
            unwritten: RefCell::default(),
            has_commands: Notify::new(),
            has_changed: Notify::new(),
            is_over: Notify::new(),
            restarts: Cell::new(0),
            began: Instant::now(),
        };
        link.change(|_, _| {});
        link
    }

    /// Changes the connection's state, and sends the output: to the call at once.
    fn change(&self, change: impl FnOnce(&mut ChannelControl, u64)) {
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        // This can't be borrowed already: everything runs on one thread, and nothing awaits while it changes the state.
        let Ok(mut control) = self.control.try_borrow_mut() else { return };
        change(&mut control, now_ms);
        for word in control.take_words() {
            self.call.tell(match word {
                Word::Fact(fact) => ToCall::Fact(fact),
                Word::Playback(event) => ToCall::Playback(event),
            });
        }
        let commands = control.take_commands();
        if !commands.is_empty() {
            self.unwritten.borrow_mut().extend(commands);
            self.has_commands.notify_one();
        }
        if control.is_over() {
            self.is_over.notify_one();
        }
        self.has_changed.notify_one();
    }

    /// Returns the call's next order; none once the call or the connection is gone.
    pub(super) fn poll_order(&self, task: &mut Context<'_>) -> Poll<Option<ToControl>> {
        self.attends.replace(Some(task.waker().clone()));
        self.orders.borrow_mut().poll_recv(task)
    }

    /// Returns the order that the actor is carrying out, for the next actor.
    pub(super) fn at_hand(&self) -> RefMut<'_, AtHand<ToControl>> {
        self.at_hand.borrow_mut()
    }

    /// Carries out an order of the call.
    pub(super) fn order(&self, order: ToControl) {
        self.change(|control, now_ms| control.order(order, now_ms));
    }

    /// Releases the connection, which the call has dropped.
    pub(super) fn release(&self) {
        self.change(ChannelControl::release);
    }

    /// Handles the loss of the connection: sends the last messages to the call. No more orders are taken.
    pub(super) fn is_lost(&self, reason: &str) {
        let mut unheard = Vec::new();
        if let Ok(mut orders) = self.orders.try_borrow_mut() {
            orders.close();
            while let Ok(order) = orders.try_recv() {
                unheard.push(order);
            }
        }
        if let Some(actor) = self.attends.take() {
            actor.wake();
        }
        self.change(|control, now_ms| control.lost(reason, unheard, now_ms));
    }

    fn next_deadline(&self) -> Option<Instant> {
        let deadline_ms = self.control.borrow().next_deadline_ms()?;
        Some(self.began + Duration::from_millis(deadline_ms))
    }

    fn note_restart(&self, part: &'static str) {
        let restarts = self.restarts.get() + 1;
        self.restarts.set(restarts);
        tracing::error!(part, restarts, "a part of the control link died and is restarted");
    }
}

/// A link that owns its connection. Dropping it, before or while it runs, breaks the connection and reports to the call.
#[derive(Debug)]
pub(super) struct ConnectionTask {
    link: Rc<Link>,
    connection: ControlConnection,
    leaving: Leaving,
    /// Dropped last: the link counts until its socket is closed.
    live: Live,
}

impl ConnectionTask {
    pub(super) fn new(link: Rc<Link>, connection: ControlConnection, live: Live) -> Self {
        let leaving = Leaving::new(Rc::clone(&link));
        Self { link, connection, leaving, live }
    }

    /// Reads and writes until the connection ends, and ends it.
    pub(super) async fn run(self) {
        let ControlConnection { channel, peer, .. } = self.connection;
        let span = tracing::error_span!("control", %channel, %peer);
        self.run_in_span().instrument(span).await;
    }

    async fn run_in_span(self) {
        let Self { link, connection, leaving, live } = self;
        let ControlConnection { stream, early, .. } = connection;
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::error!(%error, "the connection can't be registered with the runtime");
                return leaving.tell(Fault::Broken(error).to_string());
            }
        };
        let reason = until_end(&link, &stream, early).await;
        leaving.tell(reason);
        close_in_order(&stream).await;
        drop(stream);
        drop(live);
    }
}

/// Reads, writes, keeps the time and an actor until the connection ends. Returns why it ended.
async fn until_end(link: &Rc<Link>, stream: &TcpStream, early: Vec<u8>) -> String {
    let writings = Writings::new(stream);
    let mut hearing = Hearing::new(link, early);
    let reading = unharmed(link, "reader", async || hearing.read(stream).await);
    let mut reading = pin!(reading.map(|end| match end {
        Some(Ok(())) => "FreeSWITCH closed the connection".to_owned(),
        Some(Err(fault)) => fault.to_string(),
        None => "an internal error stopped its reader".to_owned(),
    }));
    let writing = unharmed(link, "writer", async || write_commands(link, &writings).await);
    tokio::select! {
        biased;
        reason = &mut reading => reason,
        () = link.is_over.notified() => "it was finished".to_owned(),
        fault = writing => {
            let reason = match fault {
                Some(Err(fault)) => fault.to_string(),
                None => "an internal error stopped its writer".to_owned(),
            };
            // The last messages before the connection was lost matter more than the loss.
            let _ = tokio::time::timeout(LAST_READ, reading).await;
            reason
        }
        never = unharmed(link, "clock", async || keep_time(link).await) => match never {
            Some(never) => match never {},
            None => "an internal error stopped its timer".to_owned(),
        },
        never = keep_actor(link) => match never {},
    }
}

/// The bytes read from a connection. A reader that panicked can continue with them.
struct Hearing<'a> {
    link: &'a Link,
    decoder: Decoder,
    /// The bytes that were read. The decoder has read the first `decoded` of them.
    read: Vec<u8>,
    decoded: usize,
}

impl<'a> Hearing<'a> {
    /// `early` is what the listener read after the answer to `connect`.
    fn new(link: &'a Link, early: Vec<u8>) -> Self {
        let decoder = Decoder::with_body_bytes_max(ESL_CONTROL_BODY_BYTES_MAX);
        Self { link, decoder, read: early, decoded: 0 }
    }

    /// Reads until FreeSWITCH closes its side. It waits only for the peer.
    async fn read(&mut self, stream: &TcpStream) -> Result<(), Fault> {
        let mut readings = Readings::new(stream);
        self.decode()?;
        loop {
            #[cfg(feature = "fault-injection")]
            crate::fault::strike(crate::fault::Fault::PanicInControlReading);
            let mut decoded = Ok(());
            let reading = readings.next(|bytes| {
                if decoded.is_ok() {
                    self.read.extend_from_slice(bytes);
                    decoded = self.decode();
                }
            });
            let reading = reading.await;
            decoded?;
            if reading? == Reading::Ended {
                return Ok(());
            }
        }
    }

    fn decode(&mut self) -> Result<(), Fault> {
        loop {
            let mut rest = &self.read[self.decoded..];
            let decoded = self.decoder.decode(&mut rest);
            self.decoded = self.read.len() - rest.len();
            match decoded {
                Ok(Some(frame)) => self.link.change(|control, now_ms| control.frame(&frame, now_ms)),
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "the control connection is closed");
                    return Err(error.into());
                }
            }
        }
        self.read.clear();
        self.decoded = 0;
        Ok(())
    }
}

/// Writes commands until that fails.
async fn write_commands(link: &Link, writings: &Writings<'_>) -> Result<Infallible, Fault> {
    loop {
        if writings.is_cut() {
            return Err(Fault::Cut);
        }
        let commands = link.unwritten.take();
        if commands.is_empty() {
            link.has_commands.notified().await;
            continue;
        }
        if commands.len() > ESL_UNWRITTEN_BYTES_MAX {
            return Err(Fault::TooMuchToWrite);
        }
        tokio::time::timeout(STALL_LIMIT, writings.write(&commands)).await.map_err(|_| Fault::Stalled)??;
    }
}

/// Ends requests that take too long, at their deadlines.
async fn keep_time(link: &Link) -> Infallible {
    loop {
        let Some(deadline) = link.next_deadline() else {
            link.has_changed.notified().await;
            continue;
        };
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(deadline) => link.change(ChannelControl::expire),
            () = link.has_changed.notified() => {}
        }
    }
}

/// Keeps an actor running for the link.
async fn keep_actor(link: &Rc<Link>) -> Infallible {
    let (keeper, mut died) = mpsc::unbounded_channel();
    loop {
        EslActor::attend(Rc::clone(link), keeper.clone());
        // The sender above is held, so `recv` never returns `None`.
        while died.recv().await.is_none() {}
        link.note_restart("actor");
    }
}

/// Runs a part of the link, and again if it panics, because the connection is up and the channel is still there. Returns none once
/// it has panicked too often.
async fn unharmed<T>(link: &Link, part: &'static str, mut run: impl AsyncFnMut() -> T) -> Option<T> {
    for _ in 0..PANICS_MAX {
        match AssertUnwindSafe(run()).catch_unwind().await {
            Ok(outcome) => return Some(outcome),
            Err(panic) => {
                tracing::debug!(part, panic = panic_text(panic.as_ref()), "contained a panic");
                link.note_restart(part);
            }
        }
    }
    None
}
