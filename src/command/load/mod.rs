//! `cordboard load`: how many calls, at which cost, and how late. It brings the callers, and the provider that they talk
//! with, so that one clock sees both ends of every call.
//!
//! ```text
//!                load (one thread, one core)              server or relay (another core)
//!   Callers ── AudioSocket, marked frames ──────────────> caller's leg     (or as a FreeSWITCH: ESL beside the frames)
//!      │                                                       │
//!    Board  (who sent which frame when)                        │
//!      │                                                       │
//!   Provider <─ WebSocket, the same frames as G.711 ──── provider's connection
//! ```
//!
//! Both ways each frame carries a number in its samples ([`marker`]), which outlives the conversions on the way.

mod arrivals;
mod board;
mod callers;
mod contender;
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
mod under_control;

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
use arrivals::ArrivalFigures;
use contender::{AudioWay, Contender, Switch, Way};
use cores::{Cores, allow_files, stay_on};
use figures::Figures;
use measure::Plan;
use report::{Machine, Report};
use subject::{Doors, Kind, Setting};

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

With --switch freeswitch the callers come by ESL with their sound beside it. Behind the window each of them presses a \
key once and is hung up once, while all the others go on.

The time it takes: for each number of calls, round and subject the seconds asked for and some 5 s more, and 10 ms a \
call. Run it on a machine that does nothing else, with a release build.

Examples:
  cordboard load
  cordboard load --calls 200 --seconds 60
  cordboard load --compare --calls 1,50,200,500 --rounds 3 --seconds 15 --json figures.json
  cordboard load --env CORDBOARD_LOG__LEVEL=warn
  cordboard load --switch freeswitch --audio unicast --calls 200
  cordboard load --switch audiosocket,freeswitch --audio websocket,unicast --calls 200 --rounds 3
  cordboard load --switch freeswitch --arrivals 1000 --within 10

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

    /// Who brings the callers; several are measured in turn
    #[arg(
        long,
        value_enum,
        value_name = "SWITCH,SWITCH",
        value_delimiter = ',',
        default_value = "audiosocket",
        conflicts_with = "compare"
    )]
    switch: Vec<Switch>,

    /// How a FreeSWITCH gives their sound; several are measured in turn
    #[arg(long, value_enum, value_name = "WAY,WAY", value_delimiter = ',', default_value = "websocket")]
    audio: Vec<AudioWay>,

    /// Measure how so many calls of a FreeSWITCH arrive, their halves in random order
    #[arg(long, value_name = "N", conflicts_with_all = ["compare", "calls", "subject"],
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=CALLS_MAX))]
    arrivals: Option<u16>,

    /// Seconds within which they arrive
    #[arg(long, value_name = "S", default_value = "10", requires = "arrivals",
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=SECONDS_MAX))]
    within: u64,

    /// Write every measurement as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// A further setting of the server that is started, for its environment; may be given again
    #[arg(long = "env", value_name = "NAME=VALUE")]
    settings: Vec<Setting>,

    /// Measure the server that takes calls here (of a FreeSWITCH: ESL), and start none
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with_all = ["compare", "subject", "settings"])]
    to: Option<SocketAddr>,

    /// Where that server takes a FreeSWITCH's audio streams
    #[arg(long, value_name = "ADDRESS:PORT", requires = "to", default_value = "127.0.0.1:8085")]
    stream_to: SocketAddr,

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
    let plan = plan(arguments, cores);
    let measuring = measure_all(arguments, &plan);
    let (runs, arrivals) = runtime.block_on(LocalSet::new().run_until(measuring))?;
    let command = std::env::args().collect::<Vec<_>>().join(" ");
    let machine = Machine::look(cores, usable);
    let report = Report { version: env!("CARGO_PKG_VERSION"), command, machine, runs, arrivals };
    say(report.table())?;
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&report);
        write_json(path, &json.map_err(|error| CommandError::Failed(error.to_string()))?)?;
    }
    verdict(&report)
}

/// Takes its core and its files.
fn prepare(arguments: &LoadArguments) -> Result<Option<Cores>, CommandError> {
    let calls_max = arguments.calls.iter().copied().chain(arguments.arrivals).max().unwrap_or(1);
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

fn plan(arguments: &LoadArguments, cores: Option<Cores>) -> Plan {
    let doors =
        |to| Doors { audiosocket: to, freeswitch_esl: Some(to), freeswitch_audio: Some(arguments.stream_to) };
    Plan {
        window: Duration::from_secs(arguments.seconds),
        cores,
        settings: arguments.settings.clone(),
        provider_listen: arguments.provider_listen,
        given: arguments.to.map(|to| (doors(to), arguments.pid)),
    }
}

/// Who is measured, in turn.
fn contenders(arguments: &LoadArguments) -> Vec<Contender> {
    let relay = Contender { kind: Kind::Relay, way: Way::Audiosocket };
    let mut servers = Contender::servers(&arguments.switch, &arguments.audio);
    match arguments.subject {
        Kind::Relay => vec![relay],
        Kind::Server if arguments.compare => {
            servers.push(relay);
            servers
        }
        Kind::Server => servers,
    }
}

type Measured = (Vec<Figures>, Vec<ArrivalFigures>);

async fn measure_all(arguments: &LoadArguments, plan: &Plan) -> Result<Measured, CommandError> {
    let contenders = contenders(arguments);
    let sizes = if arguments.arrivals.is_some() { &[0] } else { arguments.calls.as_slice() };
    let total = sizes.len() * usize::from(arguments.rounds) * contenders.len();
    let began = Instant::now();
    let (mut runs, mut arrivals) = (Vec::new(), Vec::new());
    for &calls in sizes {
        for round in 1..=arguments.rounds {
            for &contender in &contenders {
                let number = runs.len() + arrivals.len() + 1;
                let tell = |what: &str| {
                    let at_s = began.elapsed().as_secs();
                    let of = format!("round {round} of {}", arguments.rounds);
                    tell(format_args!("{at_s:>4} s  {number}/{total}  {}, {of}: {what}", contender.name()));
                };
                match arguments.arrivals {
                    None => runs.push(
                        plan.measure((contender, calls, round), &tell).await.map_err(CommandError::Failed)?,
                    ),
                    Some(arriving) => {
                        let arriving = (arriving, Duration::from_secs(arguments.within));
                        let figures = arrivals::measure(plan, contender, arriving, &tell).await;
                        arrivals.push(figures.map_err(CommandError::Failed)?);
                    }
                }
            }
        }
    }
    Ok((runs, arrivals))
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
    let arrivals = report.arrivals.iter().map(|run| run.failure_count);
    let failures: u64 = report.runs.iter().map(|run| run.failure_count).chain(arrivals).sum();
    match failures {
        0 => Ok(()),
        _ => Err(CommandError::Failed(format!("{failures} failures; the table names the first of them"))),
    }
}
