//! The body of a webhook, which is read completely before its signature is checked.

use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpRequest, web};

use crate::web::problem::ApiError;

/// Refuses a request that declares a body of more than `max` bytes.
pub(in crate::web) fn refuse_announced(request: &HttpRequest, max: usize) -> Result<(), ApiError> {
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let is_long = |length: u64| usize::try_from(length).map_or(true, |length| length > max);
    if announced.is_some_and(is_long) { Err(ApiError::BodyTooLong { max }) } else { Ok(()) }
}

/// Reads the body of a request, at most `max` bytes. One that declares more is refused before it is read.
pub(in crate::web) async fn read(
    request: &HttpRequest,
    body: web::Payload,
    max: usize,
) -> Result<web::Bytes, ApiError> {
    refuse_announced(request, max)?;
    let body = body.to_bytes_limited(max).await.map_err(|_| ApiError::BodyTooLong { max })?;
    body.map_err(|error| ApiError::BadInput(error.to_string()))
}
