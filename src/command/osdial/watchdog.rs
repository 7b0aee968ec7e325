//! `cordboard osdial watchdog`: hands the lines of a dead server back to its dialler.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::super::running_server::RunningServer;
use super::super::runtime;
use super::super::terminal::print;
use crate::config::Config;
use crate::error::CommandError;
use crate::osdial::Dialler;

/// Interval of the health checks.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How long an answer may take.
const ANSWER_WAIT: Duration = Duration::from_millis(900);
/// How long the server may be silent. A restart takes less.
const SILENT_MAX: Duration = Duration::from_secs(3);

/// State of the watched server. Pure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Watched {
    /// When it last answered, or when it was first asked.
    lived_at: Instant,
    /// Whether its lines were handed back, and it has not answered since.
    is_done: bool,
}

impl Watched {
    /// Notes whether it has answered. Returns whether its lines must be handed back now.
    fn asked(&mut self, has_answered: bool, now: Instant) -> bool {
        if has_answered {
            *self = Self { lived_at: now, is_done: false };
        }
        !self.is_done && now.duration_since(self.lived_at) >= SILENT_MAX
    }
}

pub(super) fn run(config: &Config) -> Result<(), CommandError> {
    let unknown = || {
        CommandError::Failed("http.listen has port 0, so the server's port is not known: set one".to_owned())
    };
    let server = RunningServer::of(config, None).ok_or_else(unknown)?;
    runtime()?.block_on(async {
        let dialler = super::dialler(config)?;
        watch(&server, &dialler).await
    })
}

/// Watches until the process is stopped.
async fn watch(server: &RunningServer, dialler: &Dialler) -> Result<(), CommandError> {
    let mut watched = Watched { lived_at: Instant::now(), is_done: false };
    let mut turns = interval(ASK_EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        // The health itself does not matter: a server that answers is up, and refuses calls by itself.
        let has_answered = matches!(timeout(ANSWER_WAIT, server.get("/healthz")).await, Ok(Ok(_)));
        if !watched.asked(has_answered, Instant::now()) {
            continue;
        }
        // A failed attempt is repeated in the next round.
        match dialler.hand_back().await {
            Ok(agents) => {
                watched.is_done = true;
                let users = if agents.is_empty() { "none was active".to_owned() } else { agents.join(", ") };
                print(format_args!(
                    "the server does not answer: its remote agents are inactive ({users})\n"
                ))?;
            }
            Err(error) => print(format_args!(
                "the server does not answer, and its remote agents may be active: {error}\n"
            ))?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_handed_back_once_for_each_death() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let mut watched = Watched { lived_at: began, is_done: false };
        assert!(!watched.asked(true, at(1_000)));
        assert!(!watched.asked(false, at(2_000)));
        assert!(!watched.asked(false, at(3_999)), "it may be restarting");
        assert!(watched.asked(false, at(4_000)));
        assert!(watched.asked(false, at(5_000)), "the database was unreachable: try again");
        watched.is_done = true;
        assert!(!watched.asked(false, at(6_000)));
        assert!(!watched.asked(true, at(7_000)));
        assert!(watched.asked(false, at(10_000)), "it died again");
    }
}
