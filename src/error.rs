//! How a command fails, and the exit codes for it.

use std::io;
use std::process::ExitCode;

use crate::boot::{NotStored, StartError};
use crate::config::ConfigError;
use crate::telemetry::TelemetryError;

/// Exit code of a command that ran and failed, or found something wrong.
const EXIT_FAILED: u8 = 1;

/// Exit code of a command that did not start, because its configuration (or, from clap, its command line) is wrong.
const EXIT_NOT_STARTED: u8 = 2;

/// Why a command failed. The text is for the operator, on standard error.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration is bad; nothing was started.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server ended without storing everything.
    #[error(transparent)]
    NotStored(#[from] NotStored),
    /// The log can't be set up.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// Nothing was measured, or calls of a measurement failed.
    #[error(transparent)]
    Load(#[from] cordboard_load::LoadError),
    /// The system refused something that the command needs.
    #[error("{what}: {cause}")]
    System {
        /// The attempted operation.
        what: &'static str,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The command describes the fault itself.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    /// The process's exit code.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) => ExitCode::from(EXIT_NOT_STARTED),
            Self::Start(_)
            | Self::NotStored(_)
            | Self::Telemetry(_)
            | Self::Load(_)
            | Self::System { .. }
            | Self::Failed(_) => ExitCode::from(EXIT_FAILED),
        }
    }
}
