//! HTTP of the object store. Its library reads whole what is no object: errors, and answers to uploads and deletions. A store may send
//! those without end, so they are read here, and the library gets a bounded piece.

use std::future::Future;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use cordboard_schema::limits::{OBJECT_STORE_ANSWER_BYTES_MAX, OBJECT_STORE_ERROR_BYTES_MAX};
use futures_util::StreamExt as _;
use http::Method;
use http::header::RANGE;
use object_store::client::{
    HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};

/// A client whose answers have a bound, but for objects: whoever reads one knows how many bytes they want.
#[derive(Debug)]
pub(super) struct BoundedHttp(pub(super) reqwest::Client);

impl BoundedHttp {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let is_of_object = request.method() == Method::GET && request.headers().contains_key(RANGE);
        let (about, body) = self.0.call(request).await?.into_parts();
        let body = if !about.status.is_success() {
            let (bytes, _) = first_bytes(body, OBJECT_STORE_ERROR_BYTES_MAX).await?;
            // The library takes no half character.
            HttpResponseBody::from(String::from_utf8_lossy(&bytes).into_owned())
        } else if is_of_object {
            body
        } else {
            let (bytes, is_cut) = first_bytes(body, OBJECT_STORE_ANSWER_BYTES_MAX).await?;
            if is_cut {
                return Err(too_long());
            }
            HttpResponseBody::from(bytes)
        };
        Ok(HttpResponse::from_parts(about, body))
    }
}

impl HttpService for BoundedHttp {
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(self.answer(request))
    }
}

/// The first bytes of a body, and whether it has more.
async fn first_bytes(body: HttpResponseBody, bytes_max: usize) -> Result<(Bytes, bool), HttpError> {
    let (mut pieces, mut bytes) = (body.bytes_stream(), Vec::new());
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        let room = bytes_max - bytes.len();
        bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            return Ok((bytes.into(), true));
        }
    }
    Ok((bytes.into(), false))
}

/// Not tried again: the next answer would be as long.
fn too_long() -> HttpError {
    let said = format!("the object store answers with more than {OBJECT_STORE_ANSWER_BYTES_MAX} bytes");
    HttpError::new(HttpErrorKind::Decode, io::Error::other(said))
}
