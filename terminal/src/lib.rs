//! Output of a command: its results on standard output, its notices on standard error.

mod table;

use std::fmt::Display;
use std::io::{self, Write};

pub use table::Table;

/// Writes a text to standard output. A reader that has closed the pipe (`| head`) is no failure.
///
/// # Errors
/// Fails if standard output can't be written.
pub fn print(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes a notice to standard error, so that standard output contains only results.
pub fn print_notice(text: impl Display) {
    // If even this fails, nothing can be done.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
