//! Why nothing was measured, or not everything.

use std::fmt::Display;
use std::io;

/// A measurement that failed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The system refused something.
    #[error("{what}: {cause}")]
    System {
        /// The attempted operation.
        what: &'static str,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// A sentence with the cause, and the fix if known.
    #[error("{0}")]
    Failed(String),
}

/// Writes a result to standard output.
///
/// # Errors
/// [`LoadError::System`]: standard output can't be written.
pub(super) fn print(text: impl Display) -> Result<(), LoadError> {
    let written = cordboard_terminal::print(text);
    written.map_err(|cause| LoadError::System { what: "standard output can't be written", cause })
}
