//! The body of a webhook, which is read whole before its signature is checked.

use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpRequest, web};

use crate::web::problem::ApiError;

/// Reads the body of a request, at most `max` bytes. One whose head announces more is refused before it is read.
pub(super) async fn read(
    request: &HttpRequest,
    body: web::Payload,
    max: usize,
) -> Result<web::Bytes, ApiError> {
    let too_long = || ApiError::BodyTooLong { max };
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| usize::try_from(length).map_or(true, |length| length > max)) {
        return Err(too_long());
    }
    let body = body.to_bytes_limited(max).await.map_err(|_| too_long())?;
    body.map_err(|error| ApiError::BadInput(error.to_string()))
}
