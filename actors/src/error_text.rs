//! Text of an error of a library, for errors of ours and logs.

use std::error::Error;

/// The innermost words of an error, which say what the system or the library found. The outer ones of an HTTP client hold the address, and with it
/// what is asked, or a user's secrets.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}
