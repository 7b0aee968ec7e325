//! Bodies of requests of signed-in clients. The gate checks the sign-in when the head of a request comes. Its body may come much later, because the
//! client holds it back. If the sign-in has ended by then, the body fails at its end, so nothing is done with rights that were revoked meanwhile.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use tokio::time::Instant;

use super::accounts::SignedIn;

/// Bodies that took longer are also checked in the database: another server may have ended the sign-in.
const RECHECKED_AFTER: Duration = Duration::from_secs(1);

/// Tells whether a body has failed because its sign-in had ended.
#[derive(Clone, Debug, Default)]
pub(super) struct BodyRefused(Rc<Cell<bool>>);

impl BodyRefused {
    pub(super) fn get(&self) -> bool {
        self.0.get()
    }
}

/// The body of a request, which fails at its end if the sign-in has ended.
pub(super) fn bound_to(signed_in: SignedIn, body: Payload) -> (Payload, BodyRefused) {
    let began = Instant::now();
    checked_at_end(body, async move {
        if began.elapsed() >= RECHECKED_AFTER {
            signed_in.clone().recheck().await;
        }
        signed_in.is_over()
    })
}

fn checked_at_end(body: Payload, is_over: impl Future<Output = bool> + 'static) -> (Payload, BodyRefused) {
    let refused = BodyRefused::default();
    let noted = refused.clone();
    let end = stream::once(async move {
        if is_over.await {
            noted.0.set(true);
            return Err(PayloadError::Io(io::Error::other("the sign-in has ended")));
        }
        Ok(Bytes::new())
    });
    (Payload::Stream { payload: Box::pin(body.chain(end)) }, refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_body_fails_at_its_end_without_its_sign_in() {
        for is_over in [false, true] {
            let body: Payload = Payload::from(Bytes::from_static(b"{}"));
            let (body, refused) = checked_at_end(body, async move { is_over });
            let pieces: Vec<_> = body.collect().await;
            assert_eq!(pieces.iter().any(Result::is_err), is_over);
            assert_eq!(refused.get(), is_over);
            let bytes: Vec<u8> = pieces.into_iter().flatten().flatten().collect();
            assert_eq!(bytes, b"{}");
        }
    }
}
