//! A request while it comes and is answered: its connection is told about it, and no handler waits for a body that does not come.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, UPGRADE};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, ResponseError as _};
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::conduct::Bodied;
use super::connection::Connection;
use super::frames::FrameHeads;
use crate::web::problem::ApiError;

/// Type of an answer that streams events.
const EVENTS: &str = "text/event-stream";

/// Reports to the connection how its request comes and is answered. A request whose body does not come in time is answered with 408, whatever its
/// handler made of it, and the connection is closed after it.
pub(in crate::web) async fn watched(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(connection) = request.conn_data::<Rc<Connection>>().cloned() else {
        // Made by a test of the routes.
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let body = request.take_payload();
    let bodied = if matches!(body, Payload::None) { Bodied::No } else { Bodied::Yes };
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    connection.head_came(bodied, length);
    let unanswered = Unanswered(Rc::clone(&connection));
    if request.headers().contains_key(UPGRADE) && !connection.may_be_socket() {
        let full = ApiError::Unavailable("the maximum number of WebSockets is open".to_owned());
        return Ok(request.into_response(full.error_response()));
    }
    if bodied == Bodied::Yes {
        let body = TimedBody {
            body,
            connection: Rc::clone(&connection),
            timer: None,
            frames: FrameHeads::default(),
        };
        request.set_payload(Payload::Stream { payload: Box::pin(body) });
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        connection.upgraded();
    } else if response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == EVENTS) {
        connection.answers_without_end();
    } else if connection.has_given_up_body() {
        response = response.into_response(ApiError::TooSlow.error_response());
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
        head.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response
        .map_body(|_, body| BoxBody::new(Answer { body, rest: Bytes::new(), _unanswered: unanswered })))
}

/// Reports the request as answered when dropped.
struct Unanswered(Rc<Connection>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        self.0.answered();
    }
}

/// Bytes of an answer that a connection gets at a time. The connection copies them: of a large answer that its client does not read, it then has one
/// piece and not the whole.
const PIECE_BYTES: usize = 16 * 1_024;

/// An answer, which ends with the last byte of its body.
struct Answer {
    body: BoxBody,
    /// Bytes of the body that the connection has not got yet.
    rest: Bytes,
    _unanswered: Unanswered,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(bytes)) => self.rest = bytes,
                other => return Poll::Ready(other),
            }
        }
        let piece = self.rest.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }
}

/// A request's body, which fails if it does not come in time; or what comes over a WebSocket, which fails at a frame that is too long.
struct TimedBody {
    body: Payload,
    connection: Rc<Connection>,
    timer: Option<Pin<Box<Sleep>>>,
    frames: FrameHeads,
}

impl TimedBody {
    /// Whether the time is over. If not, the reader is woken when it is.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        while let Some(until) = self.connection.body_until() {
            if until <= Instant::now() {
                return true;
            }
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
            timer.as_mut().reset(until);
            if timer.as_mut().poll(cx).is_pending() {
                return false;
            }
        }
        false
    }
}

impl Stream for TimedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.body).poll_next(cx);
        if self.connection.is_socket() {
            return match next {
                Poll::Ready(Some(Ok(bytes))) if self.frames.pass(&bytes).is_err() => {
                    Poll::Ready(Some(Err(PayloadError::Overflow)))
                }
                next => next,
            };
        }
        match next {
            Poll::Ready(None) => {
                self.connection.body_ended();
                Poll::Ready(None)
            }
            Poll::Pending if self.is_late(cx) => {
                self.connection.give_up_body();
                Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
            }
            Poll::Pending => {
                self.connection.body_is_wanted();
                Poll::Pending
            }
            next => next,
        }
    }
}
