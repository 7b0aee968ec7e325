//! The connection between two parties: bytes are cut into pieces, arrive late, or do not get through for a while, or the connection is reset. It runs
//! as a task over real loopback sockets.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::plan;

/// Bytes per read.
const READ_BYTES: usize = 16 * 1024;
/// Pieces that may be in transit; a faster sender has to wait.
const UNDER_WAY_MAX: usize = 256;
/// The server writes a frame to a telephone every 20 ms.
const FRAME: Duration = Duration::from_millis(20);

/// A tunnel to a server. Connections to [`Tunnel::address`] reach the server.
#[derive(Debug)]
pub struct Tunnel {
    address: SocketAddr,
    state: Rc<State>,
}

#[derive(Debug)]
struct State {
    pieces_of: Option<usize>,
    late: Duration,
    stalled_until: Cell<Option<Instant>>,
    /// Counts resets. Each reset hits all connections that exist at that moment.
    resets: watch::Sender<u32>,
    /// Time of the server's last bytes.
    server_wrote_at: Cell<Option<Instant>>,
    /// Requests a reset just before the server's next write.
    resets_under_writer: Notify,
    /// Whether a fault of the plan has hit it.
    was_hurt: Cell<bool>,
    listener: RefCell<Option<tokio::task::JoinHandle<()>>>,
}

impl Tunnel {
    /// Opens a tunnel to `server`.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn open(server: SocketAddr, way: plan::ByteTransport) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Rc::new(State {
            pieces_of: way.pieces_of.map(|pieces| pieces.max(1)),
            late: Duration::from_millis(way.late_ms),
            stalled_until: Cell::new(None),
            resets: watch::Sender::new(0),
            server_wrote_at: Cell::new(None),
            resets_under_writer: Notify::new(),
            was_hurt: Cell::new(false),
            listener: RefCell::new(None),
        });
        let of_task = Rc::clone(&state);
        let task = tokio::task::spawn_local(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(server).await else { continue };
                carry(&of_task, near, far);
            }
        });
        *state.listener.borrow_mut() = Some(task);
        Ok(Self { address, state })
    }

    /// Address to connect to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resets all open connections.
    pub fn reset(&self) {
        self.state.was_hurt.set(true);
        self.state.resets.send_modify(|resets| *resets += 1);
    }

    /// Resets an open connection just before the server writes its next frame.
    pub fn reset_under_the_writer(&self) {
        self.state.was_hurt.set(true);
        self.state.resets_under_writer.notify_waiters();
    }

    /// Lets nothing through for a while.
    pub fn stall(&self, length: Duration) {
        self.state.was_hurt.set(true);
        self.state.stalled_until.set(Some(Instant::now() + length));
    }

    /// Whether a fault has reset or stalled it.
    #[must_use]
    pub fn was_hurt(&self) -> bool {
        self.state.was_hurt.get()
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        if let Some(listener) = self.state.listener.borrow_mut().take() {
            listener.abort();
        }
    }
}

impl State {
    /// Waits for a request for such a reset, and then for the moment before the server writes. Timers of the same moment fire in the order in which
    /// they were set: this one is set a frame before the server sets its own.
    async fn before_it_writes(&self) {
        self.resets_under_writer.notified().await;
        loop {
            let wrote_at = self.server_wrote_at.get().unwrap_or_else(Instant::now);
            let just_before = wrote_at + FRAME - Duration::from_millis(1);
            if Instant::now() <= just_before {
                sleep_until(just_before).await;
                return sleep_until(wrote_at + 2 * FRAME).await;
            }
            sleep_until(Instant::now() + Duration::from_millis(1)).await;
        }
    }
}

fn carry(state: &Rc<State>, near: TcpStream, far: TcpStream) {
    let _ = near.set_nodelay(true);
    let _ = far.set_nodelay(true);
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut resets = state.resets.subscribe();
    resets.mark_unchanged();
    let (there, back) = (
        one_way(Rc::clone(state), near_in, far_out, Sender::Caller),
        one_way(Rc::clone(state), far_in, near_out, Sender::Server),
    );
    let of_task = Rc::clone(state);
    tokio::task::spawn_local(async move {
        let mut both = std::pin::pin!(async { tokio::join!(there, back) });
        let (there, back) = tokio::select! {
            biased;
            changed = resets.changed() => {
                if changed.is_ok() {
                    // Dropped at the end of this task, with all their halves: the kernel then resets both.
                    return;
                }
                both.await
            }
            () = of_task.before_it_writes() => return,
            ended = &mut both => ended,
        };
        drop((there, back));
    });
}

/// The side that sends the bytes of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    Caller,
    Server,
}

/// Carries bytes until their sender closes. Returns the halves, so that they are not closed one by one. If it is dropped instead, the connections are
/// reset.
async fn one_way(
    state: Rc<State>,
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    sender: Sender,
) -> (OwnedReadHalf, OwnedWriteHalf) {
    let mut halves = Halves(Some((from, to)));
    let (send, mut under_way) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY_MAX);
    if let Some((from, to)) = &mut halves.0 {
        let reading = async {
            let mut buffer = vec![0; READ_BYTES];
            while let Ok(count @ 1..) = from.read(&mut buffer).await {
                if sender == Sender::Server {
                    state.server_wrote_at.set(Some(Instant::now()));
                }
                if send.send((Instant::now() + state.late, buffer[..count].to_vec())).await.is_err() {
                    break;
                }
            }
            drop(send);
        };
        let writing = async {
            while let Some((due, bytes)) = under_way.recv().await {
                // Timers wait for at least a millisecond.
                if due > Instant::now() {
                    sleep_until(due).await;
                }
                while let Some(until) = state.stalled_until.get().filter(|until| *until > Instant::now()) {
                    sleep_until(until).await;
                }
                for piece in bytes.chunks(state.pieces_of.unwrap_or(bytes.len())) {
                    if to.write_all(piece).await.is_err() {
                        return;
                    }
                    if state.pieces_of.is_some() {
                        tokio::task::yield_now().await;
                    }
                }
            }
            let _ = to.shutdown().await;
        };
        tokio::join!(reading, writing);
    }
    match halves.0.take() {
        Some(halves) => halves,
        None => unreachable!("nothing else takes the halves"),
    }
}

/// Both ends of one direction. They reset their connections if they are dropped early.
struct Halves(Option<(OwnedReadHalf, OwnedWriteHalf)>);

impl Drop for Halves {
    fn drop(&mut self) {
        if let Some((from, to)) = self.0.take() {
            let _ = socket2::SockRef::from(from.as_ref()).set_linger(Some(Duration::ZERO));
            let _ = socket2::SockRef::from(to.as_ref()).set_linger(Some(Duration::ZERO));
            // Otherwise dropping it would close it in order first.
            to.forget();
        }
    }
}
