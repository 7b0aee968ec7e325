//! The text of a library's error, for our own errors and for logs.

use std::error::Error;

/// The innermost text of an error, which says what the system or the library found. The outer texts of an HTTP client
/// contain the address, and with it the request's parameters or a user's secrets.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}
