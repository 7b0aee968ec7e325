//! `cordboard health`: checks whether the server of this configuration is up, for containers and scripts.

use clap::Args;

use super::running_server::{Answer, RunningServer};
use super::{runtime, terminal};
use crate::config::Config;
use crate::error::CommandError;
use crate::tokens::Tokens;

#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 0: it is up; 1: it is not. A server can be up and not ready: the database is unreachable, all \
call slots are in use, or it drains. Restart it if it is down, not if it is not ready.

Examples:
  cordboard health
  cordboard health --ready || echo no new calls")]
pub(super) struct HealthArguments {
    /// Check whether it can take and store calls (/readyz), not only whether it is up (/healthz)
    #[arg(long)]
    ready: bool,
}

pub(super) fn run(config: &Config, arguments: &HealthArguments) -> Result<(), CommandError> {
    let path = if arguments.ready { "/readyz" } else { "/healthz" };
    // A server behind a proxy says only to the operator why it is not ready. If the token can't be read, or is outdated, the server is asked without
    // it.
    let token = if arguments.ready { Tokens::admin_of(config).ok().flatten() } else { None };
    let server = RunningServer::of(config, token).ok_or_else(|| {
        CommandError::Failed("http.listen has port 0, so its port is not known here: set one".to_owned())
    })?;
    let asked = runtime()?.block_on(server.get(path));
    let Answer { status, text } = asked.map_err(|why| {
        CommandError::Failed(format!(
            "{why}; does `cordboard serve` run there? http.listen names the address"
        ))
    })?;
    match status {
        200 => terminal::print(format_args!("{}\n", text.trim_end())),
        _ => Err(CommandError::Failed(format!("{path} says {status}: {}", text.trim_end()))),
    }
}
