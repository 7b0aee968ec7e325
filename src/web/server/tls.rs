//! Connections over our own TLS: the handshake, within the time for a request's head, and then the same as without TLS.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error};
use cordboard_schema::limits::HTTP_REQUEST_MS_MAX;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::entrance::Seat;
use super::serving::{Answering, Broken, answering, serve};

/// Service of these routes over TLS.
pub(super) async fn answering_over_tls<T>(app: App<T>) -> Option<impl Answering<TlsStream<TcpStream>>>
where
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>
        + 'static,
{
    answering::<TlsStream<TcpStream>, _>(app).await
}

/// Serves one connection until it ends or has to close. A client that does not begin with TLS is closed without an answer, because there is none that
/// it would understand.
pub(super) async fn serve_over_tls(
    stream: TcpStream,
    peer: SocketAddr,
    seat: Seat,
    acceptor: &TlsAcceptor,
    answering: Rc<impl Answering<TlsStream<TcpStream>>>,
    stopping: watch::Receiver<bool>,
) -> Option<Broken> {
    let handshake = timeout(Duration::from_millis(HTTP_REQUEST_MS_MAX), acceptor.accept(stream));
    let shaken = tokio::select! {
        biased;
        () = seat.place.cut.requested() => {
            tracing::debug!(%peer, "an HTTP connection was closed to make room");
            return None;
        }
        shaken = handshake => shaken,
    };
    match shaken {
        Ok(Ok(stream)) => serve(stream, peer, seat, answering, stopping).await,
        Ok(Err(error)) => {
            tracing::debug!(%peer, %error, "an HTTP connection did not begin with TLS");
            None
        }
        Err(_) => {
            tracing::debug!(%peer, "an HTTP connection was dropped: its TLS did not begin in time");
            None
        }
    }
}
