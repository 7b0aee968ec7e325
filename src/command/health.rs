//! `cordboard health`: whether the server of this configuration is up, for containers and scripts.

use clap::Args;

use super::running_server::{Answer, RunningServer};
use super::{runtime, terminal};
use crate::config::Config;
use crate::error::CommandError;
use crate::tokens::Tokens;

#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 0: it is up; 1: it is not. A server that is up and not ready has its reasons: a database that is away, all \
calls taken, a drain. Restart it for being down, not for being unready.

Examples:
  cordboard health
  cordboard health --ready || echo no new calls")]
pub(super) struct HealthArguments {
    /// Whether it can take and store calls (/readyz), rather than whether it is up (/healthz)
    #[arg(long)]
    ready: bool,
}

pub(super) fn run(config: &Config, arguments: &HealthArguments) -> Result<(), CommandError> {
    let path = if arguments.ready { "/readyz" } else { "/healthz" };
    // A server that may have a proxy before it tells the operator alone why it is not ready. A token that can't be read, or is of another start, keeps
    // nobody from asking.
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
        200 => terminal::say(format_args!("{}\n", text.trim_end())),
        _ => Err(CommandError::Failed(format!("{path} says {status}: {}", text.trim_end()))),
    }
}
