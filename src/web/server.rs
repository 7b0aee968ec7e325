//! The HTTP server below its routes: who may connect, how long requests may take, and which threads answer them.
//!
//! ```text
//! listener ── accepting ──> Entrance: admission.rs decides ──┬─ refused: 503, closed
//!            (its own thread)                                └─ Seat ──> the worker with the fewest connections
//! worker ── one task a connection ── serving.rs: actix over Watched bytes, beside the watch of its time (conduct.rs)
//! ```
//! Routing is actix's. Accepting is ours, because a connection that waits in a worker's queue is a file that no limit counts, and because actix has a
//! timeout for heads but not for bodies.

mod admission;
mod ahead;
mod conduct;
mod connection;
mod entrance;
mod frames;
mod request;
mod serving;
#[cfg(test)]
mod tests;
mod tls;

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cordboard_actors::listening::AcceptBackoff;
use cordboard_actors::threads::{Place, Threads};
use cordboard_schema::limits::HTTP_STALL_MS_MAX;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::{WebSettings, WebState};
use crate::certificate::Certificate;
use crate::open_files::Shares;
use crate::priority;
use admission::TooMany;
pub(super) use connection::Connection;
pub(super) use entrance::{Cut, counted_as};
use entrance::{Entrance, Seat};
pub(super) use request::watched;
use serving::{RouteState, answering, serve};
use tls::{answering_over_tls, serve_over_tls};

/// HTTP workers; more would take cores from the audio.
const WORKERS_MAX: usize = 2;

/// How long running requests may take once the server stops.
const LAST_ANSWERS_WAIT: Duration = Duration::from_secs(1);

/// Answer to a refused client.
const REFUSED: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Stops the server. Clones stop the same server.
#[derive(Clone, Debug)]
pub struct ServerHandle(Arc<watch::Sender<bool>>);

/// A connection on its way to its worker.
struct Accepted {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    seat: Seat,
    load: Load,
}

/// A worker, as the accepting thread sees it.
struct Worker {
    way: mpsc::UnboundedSender<Accepted>,
    /// Number of its connections.
    load: Arc<AtomicUsize>,
}

/// One connection in a worker's load, until it is dropped.
struct Load(Arc<AtomicUsize>);

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Worker {
    fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }
}

impl ServerHandle {
    /// Closes the port, lets running requests finish for at most a second, and closes all connections. Waits until they are closed.
    pub fn stop(&self) -> impl Future<Output = ()> + use<> {
        self.0.send_replace(true);
        let stopping = self.clone();
        async move { stopping.0.closed().await }
    }

    /// Waits until the server has stopped.
    pub async fn stopped(&self) {
        self.0.closed().await;
    }
}

/// Starts the server on `listener`, on its own threads, which end with the current actix system, or inline on the current one. It handles no signals:
/// the holder of the handle stops it.
///
/// # Errors
/// The system's error if the runtime can't take the listener.
///
/// # Panics
/// If called outside an actix system.
pub fn server(listener: TcpListener, settings: WebSettings, state: WebState) -> io::Result<ServerHandle> {
    listener.set_nonblocking(true)?;
    let (stop, stopping) = watch::channel(false);
    let config = &state.configuration.config;
    let shares = Shares::now(config);
    // Sockets that are not authenticated yet leave most of the places to the others.
    state.browsers_waiting.keep_to(shares.sockets / 4);
    state.streams_waiting.keep_to(shares.sockets / 4);
    let entrance = Entrance::new(config, &shares, state.ledger.clone());
    let certificate = state.certificate.clone();
    let tls = certificate.as_ref().map(Certificate::server_config).transpose()?.map(TlsAcceptor::from);
    let routes = RouteState::new(settings, state);
    let threads = Threads::here();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let places = threads.places(cores.min(WORKERS_MAX));
    let workers = places
        .into_iter()
        .map(|place| start_worker(place, routes.clone(), tls.clone(), stopping.clone()))
        .collect();
    let place = threads.place();
    place.handle().spawn(async move {
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => tokio::select! {
                biased;
                () = accepting(listener, entrance, workers, stopping) => {}
                () = routes.log_periodically() => {}
                () = routes.end_lost_audio() => {}
                () = followed(certificate) => {}
            },
            Err(error) => tracing::error!(%error, "the HTTP port can't be served"),
        }
        place.stop();
    });
    Ok(ServerHandle(Arc::new(stop)))
}

/// Waits until the server has to stop.
async fn stop_requested(stopping: &mut watch::Receiver<bool>) {
    // If no handle is left, that is the same.
    let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
}

/// Reloads the certificate when it changes, for ever; without one it does nothing.
async fn followed(certificate: Option<Arc<Certificate>>) {
    match certificate {
        Some(certificate) => certificate.follow().await,
        None => std::future::pending().await,
    }
}

/// Accepts connections until the server stops.
async fn accepting(
    listener: tokio::net::TcpListener,
    entrance: Entrance,
    workers: Vec<Worker>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut backoff = AcceptBackoff::new("http");
    loop {
        let next = async {
            entrance.until_there_is_room().await;
            listener.accept().await
        };
        let accepted = tokio::select! {
            biased;
            () = stop_requested(&mut stopping) => return,
            accepted = next => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                backoff.accepted();
                match entrance.admit(peer, Instant::now()) {
                    Ok(seat) => pass_on(stream, peer, seat, &workers),
                    Err(why) => refuse(&stream, peer, why),
                }
            }
            Err(error) => sleep(backoff.failed(&error)).await,
        }
    }
}

/// Gives a connection to the worker that has the fewest.
fn pass_on(stream: TcpStream, peer: SocketAddr, seat: Seat, workers: &[Worker]) {
    set_up(&stream);
    let Some(worker) = workers.iter().min_by_key(|worker| worker.load()) else { return };
    let stream = match stream.into_std() {
        Ok(stream) => stream,
        Err(error) => return tracing::error!(%peer, %error, "an HTTP connection can't be passed on"),
    };
    worker.load.fetch_add(1, Ordering::Relaxed);
    let load = Load(Arc::clone(&worker.load));
    if worker.way.send(Accepted { stream, peer, seat, load }).is_err() {
        tracing::error!(%peer, "an HTTP connection was dropped: its worker is gone");
    }
}

/// Tells a client that there is no room, if the kernel takes the bytes.
fn refuse(stream: &TcpStream, peer: SocketAddr, why: TooMany) {
    tracing::debug!(%peer, ?why, "an HTTP connection was refused: all connections are being answered");
    let _ = stream.try_write(REFUSED);
}

/// Starts a worker that serves connections until the server stops.
fn start_worker(
    place: Place,
    routes: RouteState,
    tls: Option<TlsAcceptor>,
    stopping: watch::Receiver<bool>,
) -> Worker {
    let (way, arriving) = mpsc::unbounded_channel();
    place.handle().spawn_fn(move || {
        if matches!(place, Place::Own(_)) {
            // Browsers and Twilio send audio over WebSockets, which the worker that takes them carries.
            priority::raise();
        }
        actix_rt::spawn(async move {
            working(routes, tls, arriving, stopping).await;
            place.stop();
        });
    });
    Worker { way, load: Arc::default() }
}

/// Serves the connections that arrive, on the current thread, until the server stops.
async fn working(
    routes: RouteState,
    tls: Option<TlsAcceptor>,
    mut arriving: mpsc::UnboundedReceiver<Accepted>,
    mut stopping: watch::Receiver<bool>,
) {
    let Some(answering) = answering::<TcpStream, _>(routes.clone().app()).await else {
        return tracing::error!("an HTTP worker can't be started");
    };
    let answering = Rc::new(answering);
    let encrypted = match tls {
        Some(acceptor) => {
            let Some(answering) = answering_over_tls(routes.clone().app()).await else {
                return tracing::error!("an HTTP worker can't be started");
            };
            Some((acceptor, Rc::new(answering)))
        }
        None => None,
    };
    let mut connections = JoinSet::new();
    let stop_signal = stopping.clone();
    let begin =
        |connections: &mut JoinSet<()>, Accepted { stream, peer, seat, load }| match TcpStream::from_std(
            stream,
        ) {
            Ok(stream) => {
                let (answering, encrypted) = (Rc::clone(&answering), encrypted.clone());
                let (routes, stop_signal) = (routes.clone(), stop_signal.clone());
                connections.spawn_local(async move {
                    let broken = match encrypted {
                        Some((acceptor, answering)) => {
                            serve_over_tls(stream, peer, seat, &acceptor, answering, stop_signal).await
                        }
                        None => serve(stream, peer, seat, answering, stop_signal).await,
                    };
                    if let Some(broken) = broken {
                        routes.note(broken);
                    }
                    drop(load);
                });
            }
            Err(error) => tracing::error!(%peer, %error, "an HTTP connection can't be served"),
        };
    loop {
        tokio::select! {
            biased;
            () = stop_requested(&mut stopping) => break,
            Some(_) = connections.join_next() => {}
            arrived = arriving.recv() => match arrived {
                Some(accepted) => begin(&mut connections, accepted),
                None => break,
            },
        }
    }
    // Clients that were accepted are served until the accepting thread has ended.
    while let Some(accepted) = arriving.recv().await {
        begin(&mut connections, accepted);
    }
    let last = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(LAST_ANSWERS_WAIT, last).await;
    connections.shutdown().await;
}

/// Sends events immediately: otherwise the second of two waits until the first is acknowledged, 40 ms. And a client that stops reading its answer
/// occupies a file and a connection: the kernel closes it, because the HTTP library would wait for ever.
fn set_up(stream: &TcpStream) {
    let wait = Duration::from_millis(HTTP_STALL_MS_MAX);
    if let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(wait)) {
        tracing::debug!(%error, "the limit for clients that do not read can't be set");
    }
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "immediate sending can't be set: what a client is sent may be delayed");
    }
}
