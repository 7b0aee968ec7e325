//! `cordboard load`: how many calls, at which cost, and how late. It brings the callers, and the provider that they talk
//! with, so that one clock sees both ends of every call.
//!
//! ```text
//!                load (one thread, one core)              server or relay (another core)
//!   Callers ── AudioSocket, marked frames ──────────────> caller's leg
//!      │                                                       │
//!    Board  (who sent which frame when)                        │
//!      │                                                       │
//!   Provider <─ WebSocket, the same frames as G.711 ──── provider's connection
//! ```
//!
//! Both ways each frame carries a number in its samples ([`marker`]), which outlives the conversions on the way.

mod board;
mod callers;
mod cores;
mod figures;
mod marker;
mod measure;
mod process;
mod provider;
mod relay;
mod report;
mod samples;
mod subject;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::RangedU64ValueParser;
use tokio::task::LocalSet;
use url::Url;

use super::terminal::{say, tell};
use crate::error::CommandError;
use cores::{Cores, allow_files, stay_on};
use figures::Figures;
use measure::Plan;
use report::{Machine, Report};
use subject::{Kind, Setting};

/// Calls of one measurement, at most: as many as markers tell apart.
const CALLS_MAX: u64 = 4_000;
/// Seconds of one window, at most: durations are kept one by one.
const SECONDS_MAX: u64 = 3_600;

#[derive(Debug, Args)]
#[command(after_help = "\
It starts a server with a folder of its own, its provider set to this process, on one core, and puts the load on \
another. Each call is a conversation that goes on: the provider answers for some seconds faster than real time, the \
caller speaks in turn or interrupts one answer of three. Recording, voice activity and journal are on, as always.

With --compare a bare relay takes turns with the server: the same sockets, JSON, base64 and G.711, a frame each \
20 ms and nothing else. What a machine is worth goes out of the ratio of both.

The time it takes: for each number of calls, round and subject the seconds asked for and some 5 s more, and 10 ms a \
call. Run it on a machine that does nothing else, with a release build.

Examples:
  cordboard load
  cordboard load --calls 200 --seconds 60
  cordboard load --compare --calls 1,50,200,500 --rounds 3 --seconds 15 --json figures.json
  cordboard load --env CORDBOARD_LOG__LEVEL=warn

A server that runs already, whose OPENAI_BASE_URL is http://127.0.0.1:9900/v1:
  cordboard load --to 127.0.0.1:9092 --pid $(pidof cordboard) --provider-listen 127.0.0.1:9900

The relay by itself:
  cordboard load --relay-floor --provider-url http://127.0.0.1:9900/v1")]
pub(super) struct LoadArguments {
    /// Calls at once; several numbers are measured one after the other
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "50",
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=CALLS_MAX))]
    calls: Vec<u16>,

    /// Seconds for which all calls are up and measured
    #[arg(long, value_name = "S", default_value = "30",
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=SECONDS_MAX))]
    seconds: u64,

    /// How often each measurement is made; the table shows medians
    #[arg(long, value_name = "N", default_value = "1",
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=100))]
    rounds: u16,

    /// Measure the server and the bare relay in turn
    #[arg(long)]
    compare: bool,

    /// Measure this one
    #[arg(long, value_enum, default_value = "server", conflicts_with = "compare")]
    subject: Kind,

    /// Write every measurement as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// A further setting of the server that is started, for its environment; may be given again
    #[arg(long = "env", value_name = "NAME=VALUE")]
    settings: Vec<Setting>,

    /// Measure the server that takes calls here, and start none
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with_all = ["compare", "subject", "settings"])]
    to: Option<SocketAddr>,

    /// Process of that server, for its processor time and memory
    #[arg(long, requires = "to")]
    pid: Option<u32>,

    /// Where the provider listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    provider_listen: SocketAddr,

    /// Be the bare relay, until a signal
    #[arg(long, requires = "provider_url", conflicts_with_all = ["compare", "subject", "to", "json", "settings"])]
    relay_floor: bool,

    /// Base URL of the relay's provider
    #[arg(long, value_name = "URL", requires = "relay_floor")]
    provider_url: Option<Url>,

    /// Where the relay takes calls
    #[arg(long, value_name = "ADDRESS:PORT", requires = "relay_floor")]
    listen: Option<SocketAddr>,
}

/// Measures and reports, or relays.
pub(super) fn run(arguments: &LoadArguments) -> Result<(), CommandError> {
    let runtime = super::runtime()?;
    if arguments.relay_floor {
        let listen = arguments.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let provider = arguments.provider_url.as_ref();
        let provider =
            provider.ok_or_else(|| CommandError::Failed("the relay needs --provider-url".to_owned()))?;
        return runtime.block_on(relay::run(listen, provider));
    }
    if let Some(path) = &arguments.json {
        write_json(path, "")?;
    }
    let usable = std::thread::available_parallelism().map_or(1, NonZero::get);
    let cores = prepare(arguments)?;
    let runs = runtime.block_on(LocalSet::new().run_until(measure_all(arguments, cores)))?;
    let command = std::env::args().collect::<Vec<_>>().join(" ");
    let machine = Machine::look(cores, usable);
    let report = Report { version: env!("CARGO_PKG_VERSION"), command, machine, runs };
    say(report.table())?;
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&report);
        write_json(path, &json.map_err(|error| CommandError::Failed(error.to_string()))?)?;
    }
    verdict(&report)
}

/// Takes its core and its files.
fn prepare(arguments: &LoadArguments) -> Result<Option<Cores>, CommandError> {
    let calls_max = arguments.calls.iter().copied().max().unwrap_or(1);
    allow_files(calls_max).map_err(CommandError::Failed)?;
    let refused = |cause| CommandError::System { what: "the processor's cores can't be chosen", cause };
    let cores = Cores::pick().map_err(refused)?;
    match cores {
        Some(cores) => stay_on(cores.load).map_err(refused)?,
        None => tell("There is one core: load and server share it, and latencies are those of both."),
    }
    if cfg!(debug_assertions) {
        tell("This is no release build: figures are for trying the command, and for nothing else.");
    }
    // Of a server that was started elsewhere nobody knows the core.
    Ok(cores.filter(|_| arguments.to.is_none()))
}

async fn measure_all(arguments: &LoadArguments, cores: Option<Cores>) -> Result<Vec<Figures>, CommandError> {
    let plan = Plan {
        window: Duration::from_secs(arguments.seconds),
        cores,
        settings: arguments.settings.clone(),
        provider_listen: arguments.provider_listen,
        given: arguments.to.map(|to| (to, arguments.pid)),
    };
    let subjects = if arguments.compare { vec![Kind::Server, Kind::Relay] } else { vec![arguments.subject] };
    let total = arguments.calls.len() * usize::from(arguments.rounds) * subjects.len();
    let began = Instant::now();
    let mut runs = Vec::with_capacity(total);
    for &calls in &arguments.calls {
        for round in 1..=arguments.rounds {
            for &kind in &subjects {
                let number = runs.len() + 1;
                let tell = |what: &str| {
                    let at_s = began.elapsed().as_secs();
                    let of = format!("{calls} calls, round {round} of {}", arguments.rounds);
                    tell(format_args!("{at_s:>4} s  {number}/{total}  {} {of}: {what}", kind.name()));
                };
                let figures = plan.measure((kind, calls, round), &tell).await;
                runs.push(figures.map_err(CommandError::Failed)?);
            }
        }
    }
    Ok(runs)
}

fn write_json(path: &Path, text: &str) -> Result<(), CommandError> {
    fs::write(path, text).map_err(|error| {
        CommandError::Failed(format!(
            "{} can't be written: {error}; name another with --json",
            path.display()
        ))
    })
}

/// Calls that failed make the command fail, so that a script need not read the table.
fn verdict(report: &Report) -> Result<(), CommandError> {
    let failures: u64 = report.runs.iter().map(|run| run.failure_count).sum();
    match failures {
        0 => Ok(()),
        _ => Err(CommandError::Failed(format!("{failures} failures; the table names the first of them"))),
    }
}
