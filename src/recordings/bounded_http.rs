//! HTTP to the object store. The library reads errors and the answers to uploads and deletions completely, and a store may send those without end. So
//! they are read here, and the library gets a bounded part.

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

/// An HTTP client that bounds all answers except objects: readers of an object know how many bytes they want.
#[derive(Debug)]
pub(super) struct BoundedHttp(pub(super) reqwest::Client);

impl BoundedHttp {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let is_of_object = request.method() == Method::GET && request.headers().contains_key(RANGE);
        let (about, body) = self.0.call(request).await?.into_parts();
        let body = if !about.status.is_success() {
            let (bytes, _) = first_bytes(body, OBJECT_STORE_ERROR_BYTES_MAX).await?;
            // The library requires valid UTF-8.
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

/// The first bytes of a body, and whether there are more.
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

/// It is not retried: the next answer would be as long.
fn too_long() -> HttpError {
    let said = format!("the object store answers with more than {OBJECT_STORE_ANSWER_BYTES_MAX} bytes");
    HttpError::new(HttpErrorKind::Decode, io::Error::other(said))
}
