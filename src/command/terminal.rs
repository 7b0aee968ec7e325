//! Output of a command: its results on standard output, its complaints on standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

pub(super) use cordboard_terminal::tell;

use super::timeline::Paint;
use crate::error::CommandError;

/// Writes a text to standard output. A reader that went away (`| head`) is no failure.
pub(super) fn say(text: impl Display) -> Result<(), CommandError> {
    let written = cordboard_terminal::say(text);
    written.map_err(|cause| CommandError::System { what: "standard output can't be written", cause })
}

/// Writes why the command failed to standard error. Where even that fails the exit code has to do.
pub(super) fn complain(error: &CommandError) {
    let _ = writeln!(io::stderr().lock(), "cordboard: {error}");
}

/// Whether standard output wants colours: a terminal does, unless `NO_COLOR` is set (no-color.org) or it knows none.
pub(super) fn paint() -> Paint {
    let is_set = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    if io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb { Paint::Ansi } else { Paint::Plain }
}
