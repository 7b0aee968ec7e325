//! `cordboard serve`: takes calls until a signal. The first signal drains the server, the second one ends it now.

use std::fs;
use std::future::{Future, pending};
use std::rc::Rc;

use cordboard_actors::clock::Clock;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

use crate::boot::{self, Running};
use crate::calendar_watch;
use crate::config::{Config, Loaded};
use crate::error::CommandError;
use crate::service_manager::{OpenedPorts, ServiceManager, close_other_ports};
use crate::telemetry;
use crate::tokens::{Token, TokenOrigin};

use super::{ServeArguments, terminal};

pub(super) fn run(loaded: &Loaded, arguments: &ServeArguments) -> Result<(), CommandError> {
    let config = &loaded.config;
    // This must run before traces have a thread.
    let opened = OpenedPorts::of_process();
    let _telemetry = telemetry::start(&config.log, &config.otel)?;
    opened.keep();
    let manager = Rc::new(ServiceManager::of_process());
    in_system(async {
        let mut signals = Signals::listen()?;
        let ground = tokio::select! {
            ground = boot::Ground::open(config) => ground?,
            () = signals.next() => end_before_calls(),
        };
        let running = boot::start_on(ground, loaded).await?;
        // Started together with the clocks of calls, so a jump of the calendar before this is one that those clocks have seen as well.
        let calendar = actix_rt::spawn(calendar_watch::follow(Clock::system()));
        close_other_ports();
        introduce(&running, config);
        if arguments.print_addresses {
            print_addresses(&running)?;
        }
        manager.ready();
        let pulse = actix_rt::spawn(Rc::clone(&manager).keep_notifying(running.pulse()));
        signals.next().await;
        manager.stopping(config.calls.drain_timeout_s.duration());
        info!("received a signal: draining; a second one ends all calls now");
        let stopped = running.stop(signals.next()).await;
        pulse.abort();
        calendar.abort();
        Ok(stopped?)
    })
}

/// Ends the process before it has touched a call. It may be waiting for another server's end or for a migration, on a thread that can't be
/// interrupted. The database rolls back what is not committed, as after any death of a process.
fn end_before_calls() -> ! {
    info!("received a signal before the database is open: the server ends");
    telemetry::finish();
    std::process::exit(0)
}

/// Runs a future on its own actix system.
pub(super) fn in_system<T>(work: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    actix_rt::System::new().block_on(work)
}

/// Shows the operator where the tokens are that were just created, and the setup link. The tokens themselves are not shown, because a service manager
/// keeps the output in its log. The link is shown for the person at the terminal: it works once.
pub(super) fn introduce(running: &Running, config: &Config) {
    let tokens = [
        ("admin token", &running.tokens.admin, "admin_token"),
        ("dialplan token", &running.tokens.dialplan, "dialplan_token"),
    ];
    for (name, Token { origin, .. }, file) in tokens {
        if *origin == TokenOrigin::Made {
            let path = config.data_dir.join(file);
            terminal::print_notice(format_args!("created the {name}: it is in the file {}", path.display()));
        }
    }
    if let Some(token) = &running.setup_token {
        terminal::print_notice(format_args!(
            "this installation has no owner yet: {} (the setup token works once, until the next start)",
            setup(&config.base_url(running.addresses.http), token.expose())
        ));
    }
}

/// Returns the instruction for the setup token: a link. Browsers don't send its fragment to any server.
#[cfg(feature = "pages")]
fn setup(base_url: &str, token: &str) -> String {
    format!("create the owner's account at {base_url}/setup#token={token}")
}

/// Returns the instruction for the setup token in a build without the pages.
#[cfg(not(feature = "pages"))]
fn setup(base_url: &str, token: &str) -> String {
    format!("register the owner at POST {base_url}/api/v1/auth/register with the setup token {token}")
}

fn print_addresses(running: &Running) -> Result<(), CommandError> {
    let line =
        serde_json::to_string(&running.addresses).map_err(|error| CommandError::Failed(error.to_string()))?;
    terminal::print(format_args!("{line}\n"))
}

/// Signals that end a server: SIGTERM, SIGINT, and the first SIGHUP, which a closed terminal sends to its programs.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// None if SIGHUP is ignored, and after the first one: a terminal may send it twice, and that must not end calls now.
    hangup: Option<Signal>,
}

impl Signals {
    pub(super) fn listen() -> Result<Self, CommandError> {
        let listen = |kind| {
            signal(kind).map_err(|cause| CommandError::System { what: "signals can't be received", cause })
        };
        // If the process status can't be read, no signal is taken for ignored.
        let is_ignored = ignores_hangup(&fs::read_to_string("/proc/self/status").unwrap_or_default());
        let hangup = (!is_ignored).then(|| listen(SignalKind::hangup())).transpose()?;
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup,
        })
    }

    /// Resolves at the next signal.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = hung_up(self.hangup.as_mut()) => self.hangup = None,
        }
    }
}

/// Resolves at a SIGHUP; never if it is ignored.
async fn hung_up(hangup: Option<&mut Signal>) {
    match hangup {
        Some(hangup) => {
            hangup.recv().await;
        }
        None => pending().await,
    }
}

/// Returns whether this process was started to outlive its terminal, as by `nohup`. `status` is the kernel's status of the process.
fn ignores_hangup(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is the first signal.
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_under_nohup_outlives_its_terminal() {
        let status = |mask: &str| {
            format!("Name:\tcordboard\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\nSigCgt:\t1\n")
        };
        // Rust programs ignore SIGPIPE.
        assert!(!ignores_hangup(&status("0000000000001000")));
        assert!(ignores_hangup(&status("0000000000001001")));
        assert!(!ignores_hangup(""));
    }
}
