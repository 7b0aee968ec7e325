//! One measurement: calls are built up, measured while all are up, and ended one after another. With FreeSWITCH, keys and hang-ups are measured after
//! the window, while the others continue.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::time::{Instant as Moment, sleep, sleep_until, timeout};

use super::board::{Board, CallNumber, SharedBoard, Window};
use super::callers::Callers;
use super::contender::{CallerKind, Contender};
use super::cores::Cores;
use super::figures::{Figures, LoadFigures, ProcessFigures, Readings};
use super::process::Watched;
use super::provider::Provider;
use super::subject::{Ports, Setting, Subject};
use super::under_control::{press_keys, replace_calls};

/// Pause between two calls that begin: 100 a second, more than any switch sends.
const RAMP_INTERVAL: Duration = Duration::from_millis(10);
/// How long all calls may take until each has been heard and answered, or is over.
const UP_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server rests before it is first examined, and before the window.
const SETTLE: Duration = Duration::from_secs(1);
/// Pause between two calls that end, so that each end is separate.
const HANG_UP_INTERVAL: Duration = Duration::from_millis(5);
/// How long all ends may take.
const DOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// Interval of checks of a condition.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Plan of the measurement.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Length of the window.
    pub(super) window: Duration,
    /// Assignment of processes to cores.
    pub(super) cores: Option<Cores>,
    /// Additional settings of the server.
    pub(super) settings: Vec<Setting>,
    /// Address at which the provider listens.
    pub(super) provider_listen: SocketAddr,
    /// A running server, and its process if it may be examined; `None`: one is started.
    pub(super) given: Option<(Ports, Option<u32>)>,
}

/// Contender, number of calls at once, and number of the round.
pub(super) type Turn = (Contender, u16, u16);

impl Plan {
    /// Measures this many calls at once. `progress` receives progress messages.
    ///
    /// # Errors
    /// A sentence with the cause. Failed calls are not errors but figures.
    pub(super) async fn measure(&self, turn: Turn, progress: &impl Fn(&str)) -> Result<Figures, String> {
        let (board, subject, _provider) = self.start(turn.0, progress).await?;
        let measured = self.hold(turn, &subject, &board, progress).await;
        let stopped = subject.stop().await;
        let figures = measured?;
        stopped.map_err(|why| format!("the {} failed at its end: {why}", turn.0.name()))?;
        Ok(figures)
    }

    /// Starts a provider and the subject that talks to it.
    ///
    /// # Errors
    /// A sentence with the cause.
    pub(super) async fn start(
        &self,
        contender: Contender,
        progress: &impl Fn(&str),
    ) -> Result<(SharedBoard, Subject, Provider), String> {
        let board: SharedBoard = Rc::new(RefCell::new(Board::default()));
        let provider = Provider::listen(self.provider_listen, Rc::clone(&board))
            .await
            .map_err(|error| format!("the provider can't listen on {}: {error}", self.provider_listen))?;
        let subject = match self.given {
            Some((ports, pid)) => Subject::given(ports, pid),
            None => Subject::start(contender, &provider.base_url(), self.cores, &self.settings).await?,
        };
        if let Some(watched) = subject.watched {
            progress(&format!("the {} is process {}", contender.name(), watched.pid));
        }
        Ok((board, subject, provider))
    }

    async fn hold(
        &self,
        turn: Turn,
        subject: &Subject,
        board: &SharedBoard,
        progress: &impl Fn(&str),
    ) -> Result<Figures, String> {
        let (contender, calls, _) = turn;
        let gone = |error: std::io::Error| format!("the {} can't be examined: {error}", contender.name());
        sleep(SETTLE).await;
        let idle = subject.watched.map(Watched::memory).transpose().map_err(gone)?;

        progress(&format!("{calls} calls begin"));
        let callers = Callers::of(contender.way, (subject.ports, calls), Rc::clone(board)).await?;
        let mut held = begin_calls(&callers, calls).await.map_err(|error| {
            format!("nobody takes calls at {:?}: {error}; is the server up?", subject.ports)
        })?;
        let is_settled = || {
            let board = board.borrow();
            board.calls_up() + board.calls_ended_early() >= usize::from(calls)
        };
        until(UP_TIMEOUT, is_settled).await;
        let missing = usize::from(calls).saturating_sub(board.borrow().calls_up());
        if missing > 0 {
            board.borrow_mut().fail(format!("{missing} calls were never answered by the provider's voice"));
        }
        sleep(SETTLE).await;

        progress(&format!("measuring for {:.0} s", self.window.as_secs_f64()));
        let own = Watched::own();
        let own_before = own.cpu_time().map_err(gone)?;
        let cpu_before = subject.watched.map(Watched::cpu_time).transpose().map_err(gone)?;
        let began = Instant::now();
        board.borrow_mut().set_window(Window::Open);
        sleep(self.window).await;
        board.borrow_mut().set_window(Window::Closed);
        let window = began.elapsed();
        let cpu_after = subject.watched.map(Watched::cpu_time).transpose().map_err(gone)?;
        let own_after = own.cpu_time().map_err(gone)?;
        let loaded = subject.watched.map(Watched::memory).transpose().map_err(gone)?;

        let mut ends = None;
        if let CallerKind::Freeswitch(_) = contender.way {
            progress("keys are pressed");
            press_keys(&callers, &held, board).await;
            progress("calls are replaced");
            ends = Some(replace_calls(&callers, &mut held, board).await);
        }
        progress("calls end");
        end_calls(&callers, held).await;
        all_gone(board).await;
        explain_failures(subject, board);
        let ends = ends.unwrap_or_else(|| board.borrow_mut().take_ends());

        let readings = idle.zip(cpu_before).zip(cpu_after.zip(loaded));
        let process = readings.map(|((idle, cpu_before), (cpu_after, loaded))| {
            ProcessFigures::of(&Readings { idle, cpu_before, cpu_after, loaded }, calls, window)
        });
        let measured = &board.borrow().measured;
        let load = LoadFigures::of(own_after.since(&own_before), window, measured.own_lateness.spread());
        Ok(Figures::of(turn, window, (measured, &ends), process, load))
    }
}

async fn begin_calls(callers: &Callers, calls: u16) -> std::io::Result<Vec<CallNumber>> {
    let began = Moment::now();
    let mut held = Vec::new();
    for number in 0..calls {
        sleep_until(began + RAMP_INTERVAL * u32::from(number)).await;
        held.push(callers.call().await?);
    }
    Ok(held)
}

async fn end_calls(callers: &Callers, held: Vec<CallNumber>) {
    for call in held {
        callers.hang_up(call);
        sleep(HANG_UP_INTERVAL).await;
    }
}

/// Waits until nothing remains of ended calls. What remains is a failure.
pub(super) async fn all_gone(board: &SharedBoard) {
    let open = || (board.borrow().talks_open(), board.borrow().controls_open());
    if !until(DOWN_TIMEOUT, || open() == (0, 0)).await {
        let (talks, controls) = open();
        board.borrow_mut().fail(format!(
            "{talks} connections to the provider and {controls} control connections outlived their calls"
        ));
    }
}

/// Adds the server's log lines about failed calls, as far as they are known there.
pub(super) fn explain_failures(subject: &Subject, board: &SharedBoard) {
    let failed = board.borrow().failed_channels();
    for (call, channel) in failed {
        board.borrow_mut().explain(call, &subject.log_of(channel));
    }
}

/// Waits for a condition. Returns whether it was met in time.
pub(super) async fn until(limit: Duration, is_so: impl Fn() -> bool) -> bool {
    let waiting = async {
        while !is_so() {
            sleep(POLL_INTERVAL).await;
        }
    };
    timeout(limit, waiting).await.is_ok()
}
