//! Drives a stand-in: its wire is written once, for tokio. A test in virtual time runs it as tasks of its own thread; a test that blocks runs
//! it on a thread with a runtime of its own.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::priority;

/// Blocks until this is done. Don't call it on a thread that is in a runtime already.
///
/// # Panics
/// The system gives no runtime, or the thread has one.
#[allow(clippy::unwrap_used, reason = "a test without a runtime can do nothing")]
pub fn block_on<F: Future>(work: F) -> F::Output {
    Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Starts a thread that drives this to its end.
pub(crate) fn drive(work: impl Future<Output = ()> + Send + 'static) {
    thread::spawn(move || {
        priority::raise();
        block_on(work);
    });
}

/// A listening port of a stand-in. It accepts no connections once its last `Door` is dropped.
#[derive(Debug)]
pub(crate) struct Door {
    listener: std::net::TcpListener,
    address: SocketAddr,
    /// Dropping it ends the task that accepts.
    _open: oneshot::Sender<()>,
    closed: Option<oneshot::Receiver<()>>,
}

impl Door {
    /// Opens a free port of 127.0.0.1.
    pub(crate) fn open() -> io::Result<Self> {
        Self::of(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?)
    }

    fn of(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (open, closed) = oneshot::channel();
        Ok(Self { listener, address, _open: open, closed: Some(closed) })
    }

    /// The same port, for new code that accepts there from now on; the old code accepts no more.
    pub(crate) fn again(self) -> io::Result<Self> {
        Self::of(self.listener)
    }

    /// Keeps the port open for as long as this is driven.
    pub(crate) async fn held_open(self, serving: impl Future<Output = ()> + Send) {
        serving.await;
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts connections, each served by a task of its own.
    pub(crate) fn serving<S, F>(
        &mut self,
        serve: S,
    ) -> io::Result<impl Future<Output = ()> + Send + use<S, F>>
    where
        S: Fn(TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = self.listener.try_clone()?;
        let closed = self.closed.take();
        Ok(async move {
            // It was bound above, so only a runtime without sockets refuses it.
            let (Some(mut closed), Ok(listener)) = (closed, TcpListener::from_std(listener)) else { return };
            loop {
                tokio::select! {
                    biased;
                    _ = &mut closed => return,
                    accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                        let _ = stream.set_nodelay(true);
                        tokio::spawn(serve(stream));
                    },
                }
            }
        })
    }
}
