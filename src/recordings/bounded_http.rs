//! HTTP to the object store. The library reads errors and the answers to uploads and deletions completely, and a store may send those without end. So
//! they are read here, and the library gets a bounded part.
//!
//! A store that is silent for too long counts as away. The HTTP client would count the time in which a body is sent as silence, so a slow line could
//! send no long one: requests with a body have a time of their own.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use cordboard_schema::limits::{OBJECT_STORE_ANSWER_BYTES_MAX, OBJECT_STORE_ERROR_BYTES_MAX};
use futures_util::StreamExt as _;
use http::Method;
use http::header::RANGE;
use object_store::client::{
    HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use reqwest::{Client, ClientBuilder};
use tokio::time::timeout;

/// An HTTP client that bounds all answers except objects: readers of an object know how many bytes they want.
#[derive(Debug)]
pub(super) struct BoundedHttp {
    /// For requests without a body.
    asking: Client,
    /// For requests with a body. It has no timeout of its own.
    sending: Client,
    /// How long the store may be silent.
    silence: Duration,
    /// How long it may take to send a body of so many bytes.
    time_to_send: fn(u64) -> Duration,
}

impl BoundedHttp {
    /// Makes one of clients without a timeout.
    pub(super) fn new(
        client: impl Fn() -> ClientBuilder,
        silence: Duration,
        time_to_send: fn(u64) -> Duration,
    ) -> Result<Self, reqwest::Error> {
        let asking = client().read_timeout(silence).build()?;
        Ok(Self { asking, sending: client().build()?, silence, time_to_send })
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let bytes = request.body().content_length() as u64;
        if bytes == 0 {
            return answer_of(&self.asking, request).await;
        }
        let limit = self.silence + (self.time_to_send)(bytes);
        timeout(limit, answer_of(&self.sending, request))
            .await
            .unwrap_or_else(|_| Err(too_slow(bytes, limit)))
    }
}

/// The bounded answer to a request.
async fn answer_of(client: &Client, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let is_of_object = request.method() == Method::GET && request.headers().contains_key(RANGE);
    let (about, body) = client.call(request).await?.into_parts();
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

fn too_slow(bytes: u64, limit: Duration) -> HttpError {
    let said = format!("{bytes} bytes were not sent and confirmed within {} s", limit.as_secs());
    HttpError::new(HttpErrorKind::Timeout, io::Error::new(io::ErrorKind::TimedOut, said))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;

    use cordboard_actors::outside_access::OutsideAccess;
    use object_store::client::HttpRequestBody;

    use super::*;

    /// How long the store may be silent here.
    const SILENCE: Duration = Duration::from_millis(100);

    /// The address of a store that reads one request, with a body of this length, and answers after four times the permitted silence.
    fn slow_store(body_bytes: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (asked, _) = listener.accept().unwrap();
            let mut asked = BufReader::new(asked);
            let mut line = String::new();
            while asked.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            asked.read_exact(&mut vec![0; body_bytes]).unwrap();
            std::thread::sleep(4 * SILENCE);
            // A client that does not wait so long is gone.
            let _ = asked.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        format!("http://{address}/bucket/a.opus")
    }

    async fn ask(method: Method, body: Vec<u8>, time_to_send: fn(u64) -> Duration) -> Result<u16, HttpError> {
        let access = OutsideAccess::anywhere().unwrap();
        let bounded = BoundedHttp::new(|| access.client(), SILENCE, time_to_send).unwrap();
        let request = http::Request::builder().method(method).uri(slow_store(body.len()));
        let answer = bounded.call(request.body(HttpRequestBody::from(body)).unwrap()).await?;
        Ok(answer.status().as_u16())
    }

    #[tokio::test]
    async fn an_upload_may_take_longer_than_an_answer() {
        assert_eq!(ask(Method::PUT, vec![7; 60], Duration::from_secs).await.unwrap(), 200);
        let silent = ask(Method::GET, Vec::new(), Duration::from_secs).await.unwrap_err();
        assert_eq!(silent.kind(), HttpErrorKind::Timeout, "{silent}");
        let slow = ask(Method::PUT, vec![7; 60], |_| Duration::ZERO).await.unwrap_err();
        assert!(slow.to_string().contains("60 bytes were not sent"), "{slow}");
    }
}
