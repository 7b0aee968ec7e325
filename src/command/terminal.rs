//! Output of a command: results on standard output, errors on standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

pub(super) use cordboard_terminal::print_notice;

use super::timeline::Paint;
use crate::error::CommandError;

/// Writes a text to standard output. A reader that has closed the pipe (`| head`) is no failure.
pub(super) fn print(text: impl Display) -> Result<(), CommandError> {
    let written = cordboard_terminal::print(text);
    written.map_err(|cause| CommandError::System { what: "standard output can't be written", cause })
}

/// Writes to standard error why the command failed. If even that fails, only the exit code shows it.
pub(super) fn complain(error: &CommandError) {
    let _ = writeln!(io::stderr().lock(), "cordboard: {error}");
}

/// Returns whether to use colours on standard output: on a terminal, unless `NO_COLOR` is set (no-color.org) or it has no colours.
pub(super) fn paint() -> Paint {
    let is_set = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    if io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb { Paint::Ansi } else { Paint::Plain }
}
