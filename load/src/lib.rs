//! `cordboard load`: how many calls, at which cost, and how late. It supplies the callers, and the provider that they talk with, so that one clock
//! sees both ends of every call.
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
//! In both directions each frame carries a number in its samples ([`marker`]), which survives the conversions on the way.

mod arguments;
mod arrivals;
mod board;
mod bridged;
mod callers;
mod contender;
mod cores;
mod desks;
mod error;
mod figures;
mod growth;
mod marker;
mod measure;
mod organization;
mod picture;
mod process;
mod provider;
mod relay;
mod report;
mod samples;
mod soak;
mod subject;
mod under_control;
mod webrtc;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::path::Path;
use std::time::{Duration, Instant};

use cordboard_terminal::print_notice;
use tokio::task::LocalSet;

use arguments::CALLS_MAX;
pub use arguments::LoadArguments;
use arrivals::ArrivalFigures;
use bridged::BridgedFigures;
use contender::{CallerKind, Contender};
use cores::{Cores, allow_files, stay_on};
use desks::DeskFigures;
pub use error::LoadError;
use error::print;
use figures::Figures;
pub use growth::growth;
use measure::Plan;
pub use picture::{Curve, Picture};
pub use process::{Holdings, Watched};
use report::{Machine, Report};
use soak::{Soak, SoakFigures};
use subject::{Kind, Ports};

/// Measures and reports, or relays.
///
/// # Errors
/// [`LoadError`]: nothing could be measured, or calls failed.
pub fn run(arguments: &LoadArguments) -> Result<(), LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| LoadError::System { what: "no runtime", cause })?;
    if arguments.relay_floor {
        let listen = arguments.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let provider = arguments.provider_url.as_ref();
        let provider =
            provider.ok_or_else(|| LoadError::Failed("the relay needs --provider-url".to_owned()))?;
        return runtime.block_on(relay::run(listen, provider));
    }
    if let Some(path) = &arguments.json {
        write_json(path, "")?;
    }
    let usable = std::thread::available_parallelism().map_or(1, NonZero::get);
    let cores = prepare(arguments)?;
    let plan = plan(arguments, cores);
    let (mut runs, mut arrivals, mut desks, mut bridged) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut unmeasured = Vec::new();
    let mut soak = None;
    if let Some(open) = arguments.desks {
        let measuring = measure_desks(arguments, &plan, open);
        desks = runtime.block_on(LocalSet::new().run_until(measuring))?;
    } else if let Some(calls) = arguments.bridged {
        let measuring = measure_bridged(arguments, &plan, calls);
        bridged.push(runtime.block_on(LocalSet::new().run_until(measuring))?);
    } else if let Some(minutes) = arguments.soak {
        let measuring = measure_soak(arguments, &plan, minutes);
        soak = Some(runtime.block_on(LocalSet::new().run_until(measuring))?);
    } else {
        let measuring = measure_all(arguments, &plan);
        (runs, arrivals, unmeasured) = runtime.block_on(LocalSet::new().run_until(measuring))?;
    }
    let command = std::env::args().collect::<Vec<_>>().join(" ");
    let machine = Machine::detect(cores, usable);
    let report =
        Report { version: env!("CARGO_PKG_VERSION"), command, machine, runs, arrivals, desks, bridged, soak };
    print(report.table())?;
    if let Some((path, soak)) = arguments.picture.as_ref().zip(report.soak.as_ref()) {
        write_file(path, &soak.picture(), "--picture")?;
    }
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&report);
        write_json(path, &json.map_err(|error| LoadError::Failed(error.to_string()))?)?;
    }
    verdict(&report, &unmeasured)
}

/// Takes its core and its files.
fn prepare(arguments: &LoadArguments) -> Result<Option<Cores>, LoadError> {
    let calls = arguments.calls.iter().copied().chain(arguments.arrivals);
    let calls_max = calls.chain(arguments.desks).max().unwrap_or(1);
    allow_files(calls_max).map_err(LoadError::Failed)?;
    let refused = |cause| LoadError::System { what: "the processor's cores can't be chosen", cause };
    let cores = Cores::pick().map_err(refused)?;
    match cores {
        Some(cores) => stay_on(cores.load).map_err(refused)?,
        None => print_notice("There is one core: load and server share it, and latencies are those of both."),
    }
    if cfg!(debug_assertions) {
        print_notice("This is not a release build: the figures are only good for trying the command.");
    }
    // The core of a server that was started elsewhere is unknown.
    Ok(cores.filter(|_| arguments.to.is_none()))
}

fn plan(arguments: &LoadArguments, cores: Option<Cores>) -> Plan {
    let ports = |to| Ports {
        audiosocket: to,
        esl: Some(to),
        audio_stream: Some(arguments.stream_to),
        http: Some(to),
    };
    Plan {
        window: Duration::from_secs(arguments.seconds),
        cores,
        settings: arguments.settings.clone(),
        provider_listen: arguments.provider_listen,
        given: arguments.to.map(|to| (ports(to), arguments.pid)),
    }
}

/// The contenders, in turn.
fn contenders(arguments: &LoadArguments) -> Vec<Contender> {
    let relay = Contender { kind: Kind::Relay, way: CallerKind::Audiosocket };
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

/// Figures, and why some measurements have none.
type Measured = (Vec<Figures>, Vec<ArrivalFigures>, Vec<String>);

async fn measure_all(arguments: &LoadArguments, plan: &Plan) -> Result<Measured, LoadError> {
    let contenders = contenders(arguments);
    let sizes = if arguments.arrivals.is_some() { &[0] } else { arguments.calls.as_slice() };
    let total = sizes.len() * usize::from(arguments.rounds) * contenders.len();
    let began = Instant::now();
    let (mut runs, mut arrivals, mut unmeasured) = (Vec::new(), Vec::new(), Vec::new());
    for &calls in sizes {
        for round in 1..=arguments.rounds {
            for &contender in &contenders {
                let number = runs.len() + arrivals.len() + unmeasured.len() + 1;
                let progress = |what: &str| {
                    let at_s = began.elapsed().as_secs();
                    let of = format!("round {round} of {}", arguments.rounds);
                    print_notice(format_args!(
                        "{at_s:>4} s  {number}/{total}  {}, {of}: {what}",
                        contender.name()
                    ));
                };
                match arguments.arrivals {
                    // If the machine can't handle a number of calls, the figures of fewer calls are kept.
                    None => match plan.measure((contender, calls, round), &progress).await {
                        Ok(figures) => runs.push(figures),
                        Err(why) if total == 1 => return Err(LoadError::Failed(why)),
                        Err(why) => {
                            progress(&why);
                            unmeasured.push(why);
                        }
                    },
                    Some(arriving) => {
                        let arriving = (arriving, Duration::from_secs(arguments.within));
                        let figures = arrivals::measure(plan, contender, arriving, &progress).await;
                        arrivals.push(figures.map_err(LoadError::Failed)?);
                    }
                }
            }
        }
    }
    Ok((runs, arrivals, unmeasured))
}

/// Desks with each number of visitors.
async fn measure_desks(
    arguments: &LoadArguments,
    plan: &Plan,
    desks: u16,
) -> Result<Vec<DeskFigures>, LoadError> {
    let began = Instant::now();
    let progress = |what: &str| print_notice(format_args!("{:>4} s  {what}", began.elapsed().as_secs()));
    let mut all = Vec::new();
    for &calls in &arguments.calls {
        let figures = desks::measure(plan, (desks, calls, arguments.rounds), &progress).await;
        all.push(figures.map_err(LoadError::Failed)?);
    }
    Ok(all)
}

/// Measures calls between visitors and agents.
async fn measure_bridged(
    arguments: &LoadArguments,
    plan: &Plan,
    calls: u16,
) -> Result<BridgedFigures, LoadError> {
    let began = Instant::now();
    let progress = |what: &str| print_notice(format_args!("{:>4} s  {what}", began.elapsed().as_secs()));
    bridged::measure(plan, (calls, arguments.switches), &progress).await.map_err(LoadError::Failed)
}

/// Callers who come and go.
async fn measure_soak(
    arguments: &LoadArguments,
    plan: &Plan,
    minutes: u64,
) -> Result<SoakFigures, LoadError> {
    let calls = arguments.calls.first().copied().unwrap_or(1);
    let contender = contenders(arguments).first().copied();
    let contender = contender.ok_or_else(|| LoadError::Failed("--switch names no callers".to_owned()))?;
    let soak =
        Soak { calls, length: Duration::from_secs(60 * minutes), stay: Duration::from_secs(arguments.stay) };
    let calls_in_all = u64::from(calls) * 60 * minutes / arguments.stay;
    if calls_in_all > CALLS_MAX {
        return Err(LoadError::Failed(format!(
            "these would be {calls_in_all} calls, and markers distinguish {CALLS_MAX}; give a longer --stay, or fewer --calls"
        )));
    }
    let began = Instant::now();
    let progress = |what: &str| print_notice(format_args!("{:>6} s  {what}", began.elapsed().as_secs()));
    soak::measure(plan, contender, soak, &progress).await.map_err(LoadError::Failed)
}

fn write_json(path: &Path, text: &str) -> Result<(), LoadError> {
    write_file(path, text, "--json")
}

fn write_file(path: &Path, text: &str, option: &str) -> Result<(), LoadError> {
    fs::write(path, text).map_err(|error| {
        LoadError::Failed(format!("{} can't be written: {error}; name another with {option}", path.display()))
    })
}

/// Failed calls make the command fail, so that a script need not read the table.
fn verdict(report: &Report, unmeasured: &[String]) -> Result<(), LoadError> {
    if let Some(why) = unmeasured.first() {
        return Err(LoadError::Failed(format!("{} measurements have no figures: {why}", unmeasured.len())));
    }
    let arrivals = report.arrivals.iter().map(|run| run.failure_count);
    let desks = report.desks.iter().map(|run| run.failure_count);
    let bridged = report.bridged.iter().map(|run| run.failure_count);
    let runs = report.runs.iter().map(|run| run.failure_count);
    let soak = report.soak.iter().map(|run| run.failure_count);
    let failures: u64 = runs.chain(arrivals).chain(desks).chain(bridged).chain(soak).sum();
    match failures {
        0 => Ok(()),
        _ => Err(LoadError::Failed(format!("{failures} failures; the table names the first of them"))),
    }
}
