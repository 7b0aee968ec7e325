//! Output of a command: its results on standard output, its notices on standard error.

mod table;

use std::fmt::Display;
use std::io::{self, Write};

pub use table::Table;

/// Writes a text to standard output. A reader that went away (`| head`) is no failure.
///
/// # Errors
/// Standard output can't be written.
pub fn say(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes a notice to standard error, which leaves standard output to results.
pub fn tell(text: impl Display) {
    // If even that fails there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
