//! How a request fails: RFC 9457 problem details. The only place where an error becomes a status.

use actix_web::http::header::{ALLOW, CONTENT_RANGE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use cordboard_actors::messages::{Refused, StoreFault};
use serde::Serialize;

use crate::store::StoreError;

/// Seconds after which a client may ask again when something is away for the moment.
const RETRY_AFTER_S: u32 = 2;

/// Why a request got no answer. `Display` is for the log; clients are shown [`ApiError::detail`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// No token, or one that does not open this.
    #[error("the request carries no token that opens this")]
    Unauthorized,
    /// A request by the session's cookie without the proof that it comes from our pages.
    #[error("a request that changes something by the session's cookie must carry its X-CSRF-Token")]
    NoCsrfToken,
    /// Too many wrong tokens from one address.
    #[error("too many attempts to sign in; try again in {retry_after_s} s")]
    TooManyAttempts {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// There is no such thing, or nothing at this path.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The path is there, the method is not.
    #[error("only {0} is allowed here")]
    MethodNotAllowed(&'static str),
    /// A value that can't be taken.
    #[error("{0}")]
    BadInput(String),
    /// Path and query are too long.
    #[error("path and query are longer than {max} bytes")]
    UriTooLong {
        /// The most bytes.
        max: usize,
    },
    /// It can't be done as things stand.
    #[error("{0}")]
    Conflict(String),
    /// The range lies behind the end.
    #[error("the range lies behind the end of {len} bytes")]
    Range {
        /// Bytes that there are.
        len: u64,
    },
    /// Not now; the client may ask again.
    #[error("{0}")]
    Unavailable(String),
    /// The database did not answer the question.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// A file could not be read.
    #[error("{what}: {cause}")]
    File {
        /// Which.
        what: &'static str,
        /// What the system said.
        cause: std::io::Error,
    },
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        Self::Unavailable(refused.to_string())
    }
}

impl From<StoreFault> for ApiError {
    fn from(fault: StoreFault) -> Self {
        Self::Unavailable(fault.to_string())
    }
}

/// The body of a problem.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: String,
}

impl ApiError {
    /// What the client is told: all, but what would show the server's inside.
    fn detail(&self) -> String {
        match self {
            Self::Store(_) if self.status_code() == StatusCode::SERVICE_UNAVAILABLE => {
                "the database does not answer at the moment".to_owned()
            }
            Self::Store(_) | Self::File { .. } => "the server failed; its log says why".to_owned(),
            told => told.to_string(),
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NoCsrfToken => StatusCode::FORBIDDEN,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadInput(_) => StatusCode::BAD_REQUEST,
            Self::UriTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Range { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(StoreError::BadRow(_) | StoreError::Panicked(_)) | Self::File { .. } => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        match self {
            Self::Unauthorized => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"cordboard\""));
            }
            Self::MethodNotAllowed(allowed) => {
                response.insert_header((ALLOW, *allowed));
            }
            Self::Range { len } => {
                response.insert_header((CONTENT_RANGE, format!("bytes */{len}")));
            }
            Self::TooManyAttempts { retry_after_s } => {
                response.insert_header((RETRY_AFTER, *retry_after_s));
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                response.insert_header((RETRY_AFTER, RETRY_AFTER_S));
            }
            _ => {}
        }
        let title = status.canonical_reason().unwrap_or("Error");
        response.json(Problem {
            r#type: "about:blank",
            title,
            status: status.as_u16(),
            detail: self.detail(),
        })
    }
}
