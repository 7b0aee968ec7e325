//! One connection while it is served: its bytes pass through a watch on their way to actix, which has no timeout for bodies itself.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use cordboard_schema::limits::HTTP_GOODBYE_MS_MAX;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::admission::Standing;
use super::ahead::{ReadAhead, Room};
use super::conduct::{Bodied, Conduct, Late};
use super::entrance::{Cut, Place};
use super::stop_requested;

/// Answer to a client whose request does not come, before the connection is closed.
const TIMED_OUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A connection, shared by the parts that serve it, all on one thread.
pub(in crate::web) struct Connection {
    conduct: RefCell<Conduct>,
    /// Its state, as the entrance knows it.
    standing: Cell<Standing>,
    place: Place,
    /// Its deadline has changed.
    changed: Notify,
    /// The late part, once the connection is being closed for it.
    late: Cell<Option<Late>>,
    /// Whether the body of the present request did not come in time.
    body_is_late: Cell<bool>,
    /// Progress of a WebSocket's close handshake.
    goodbye: Cell<Goodbye>,
    /// Whether the present answer has no end, such as events that a page follows.
    is_endless: Cell<bool>,
    ahead: Cell<ReadAhead>,
    /// Whether the client does not read its answers at present.
    is_blocked: Cell<bool>,
    /// Wakes the reader when it waits for room.
    reader: Cell<Option<Waker>>,
}

/// The close handshake of a WebSocket that its peer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goodbye {
    /// The peer has not begun it.
    NotYet,
    /// The peer has sent its close frame, and nothing comes after that.
    Peers,
    /// Both have sent theirs.
    Whole,
}

impl Connection {
    /// A connection that was opened now.
    pub(super) fn opened(place: Place) -> Self {
        let conduct = Conduct::opened(Instant::now());
        Self {
            standing: Cell::new(conduct.standing()),
            conduct: RefCell::new(conduct),
            place,
            changed: Notify::new(),
            late: Cell::new(None),
            body_is_late: Cell::new(false),
            goodbye: Cell::new(Goodbye::NotYet),
            is_endless: Cell::new(false),
            ahead: Cell::new(ReadAhead::new()),
            is_blocked: Cell::new(false),
            reader: Cell::new(None),
        }
    }

    /// How many bytes may be read now. If none, the reader is woken later.
    fn room(&self, cx: &mut Context<'_>) -> Option<usize> {
        let conduct = *self.conduct.borrow();
        if conduct.is_socket() {
            return Some(usize::MAX);
        }
        let mut ahead = self.ahead.get();
        let room = match conduct.is_under_way() {
            // An answer without a body is over once it is written for the client.
            false if self.is_blocked.get() => Room::Later,
            is_under_way => ahead.room(is_under_way),
        };
        self.ahead.set(ahead);
        match room {
            Room::For(bytes) => return Some(bytes),
            Room::NextTime => cx.waker().wake_by_ref(),
            Room::Later => self.reader.set(Some(cx.waker().clone())),
        }
        None
    }

    /// Makes the reader check for room again.
    fn read_on(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Notes bytes that have come.
    fn came(&self, bytes: u64) {
        let mut ahead = self.ahead.get();
        ahead.came(bytes, self.conduct.borrow().is_under_way());
        self.ahead.set(ahead);
        self.note(|conduct, now| conduct.came(bytes, now));
    }

    /// Notes an event of the connection.
    fn note(&self, event: impl FnOnce(&mut Conduct, Instant)) {
        let mut conduct = self.conduct.borrow_mut();
        let before = conduct.deadline();
        event(&mut conduct, Instant::now());
        let standing = conduct.standing();
        if self.standing.replace(standing) != standing {
            self.place.set_standing(standing);
        }
        if conduct.deadline() != before {
            self.changed.notify_one();
        }
    }

    /// The head of a request is complete, which may declare the length of its body.
    pub(super) fn head_came(&self, bodied: Bodied, length: Option<u64>) {
        self.body_is_late.set(false);
        let mut ahead = self.ahead.get();
        ahead.head_came(length);
        self.ahead.set(ahead);
        self.note(|conduct, now| conduct.head_came(bodied, now));
        self.read_on();
    }

    /// The handler of the request waits for more of its body.
    pub(super) fn body_is_wanted(&self) {
        let mut ahead = self.ahead.get();
        ahead.body_is_wanted();
        self.ahead.set(ahead);
        self.read_on();
    }

    /// The body of the request is complete.
    pub(super) fn body_ended(&self) {
        self.note(|conduct, _| conduct.body_ended());
    }

    /// The request is completely answered, for a WebSocket including all of its messages.
    pub(super) fn answered(&self) {
        self.is_endless.set(false);
        self.note(Conduct::answered);
        self.read_on();
        if self.goodbye.get() == Goodbye::Peers {
            self.goodbye.set(Goodbye::Whole);
        }
    }

    /// The peer of this WebSocket has sent its close frame. After our own, the connection is closed, because the peer waits for that.
    pub(in crate::web) fn peer_closes(&self) {
        self.goodbye.set(Goodbye::Peers);
    }

    /// The answer that is being sent has no end.
    pub(super) fn answers_without_end(&self) {
        self.is_endless.set(true);
    }

    /// It has become a WebSocket.
    pub(super) fn upgraded(&self) {
        self.note(|conduct, _| conduct.upgraded());
        self.read_on();
    }

    /// Whether it is a WebSocket.
    pub(super) fn is_socket(&self) -> bool {
        self.conduct.borrow().is_socket()
    }

    /// Whether it may become a WebSocket.
    pub(super) fn may_be_socket(&self) -> bool {
        self.place.may_be_socket()
    }

    /// The deadline for the body of the present request.
    pub(super) fn body_until(&self) -> Option<Instant> {
        self.conduct.borrow().body_until()
    }

    /// The body of the present request has not come in time.
    pub(super) fn give_up_body(&self) {
        self.body_is_late.set(true);
    }

    /// Whether the body was given up.
    pub(super) fn has_given_up_body(&self) -> bool {
        self.body_is_late.get()
    }

    /// Handle to close it at once.
    pub(in crate::web) fn cut(&self) -> &Cut {
        &self.place.cut
    }

    /// When the connection has to be closed in its present state, and what is late then.
    fn due(&self, stops: bool) -> Option<(Instant, Late)> {
        let conduct = self.conduct.borrow();
        let leaving = if stops { conduct.leaves_at(Instant::now()) } else { None };
        let leaving = leaving.map(|at| (at, Late::Next));
        conduct.deadline().into_iter().chain(leaving).min_by_key(|(at, _)| *at)
    }

    /// Watches the client's time, and ends when the connection has to be dropped. It is polled before actix is, so that actix finds the end that it
    /// made. Once the server stops, a running request is answered, and nothing more is read.
    pub(super) async fn watch(&self, mut stopping: watch::Receiver<bool>) {
        let mut stops = false;
        loop {
            if stops && (self.is_socket() || self.is_endless.get()) {
                return;
            }
            let due = self.due(stops);
            tokio::select! {
                biased;
                late = until(due) => {
                    self.late.set(Some(late));
                    break;
                }
                () = self.changed.notified() => {}
                () = stop_requested(&mut stopping), if !stops => stops = true,
            }
        }
        if self.conduct.borrow().is_closed() {
            // Nobody is left for a goodbye.
            return;
        }
        // A client that reads nothing does not read a goodbye either.
        sleep(Duration::from_millis(HTTP_GOODBYE_MS_MAX)).await;
    }
}

/// Waits for the deadline; for ever if there is none.
async fn until(due: Option<(Instant, Late)>) -> Late {
    let Some((at, late)) = due else { return pending().await };
    sleep_until(at).await;
    late
}

/// A connection's bytes.
pub(in crate::web) struct Watched<IO> {
    io: IO,
    pub(super) connection: Rc<Connection>,
}

impl<IO> Watched<IO> {
    pub(super) fn new(io: IO, connection: Rc<Connection>) -> Self {
        Self { io, connection }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Watched<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.connection.late.get().is_some() || self.connection.goodbye.get() == Goodbye::Whole {
            // As if the client had closed: actix then closes and waits for nothing more.
            return Poll::Ready(Ok(()));
        }
        let Some(room) = self.connection.room(cx) else { return Poll::Pending };
        let had_room = buffer.remaining() > 0;
        let bytes = if room < buffer.remaining() {
            let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut part))?;
            let bytes = part.filled().len();
            buffer.advance(bytes);
            bytes
        } else {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.io).poll_read(cx, buffer))?;
            buffer.filled().len() - before
        };
        if bytes > 0 {
            self.connection.came(bytes as u64);
        } else if had_room {
            self.connection.note(Conduct::closed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Watched<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        if self.connection.is_blocked.replace(written.is_pending()) && written.is_ready() {
            self.connection.read_on();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.connection.late.get() == Some(Late::Request) {
            // It is reported once.
            self.connection.late.set(Some(Late::Rest));
            // Nothing is waiting to be written, so the kernel takes it, unless the client reads nothing.
            let _ = Pin::new(&mut self.io).poll_write(cx, TIMED_OUT);
        }
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
