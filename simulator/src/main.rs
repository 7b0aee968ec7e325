//! `simulate`: plays worlds by seed, and shows the shortest history that breaks a promise.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints its findings")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use cordboard_simulator::generate::{self, Size};
use cordboard_simulator::plan::Plan;
use cordboard_simulator::shrink::shrink;
use cordboard_simulator::soak::{self, Look, Soak};
use cordboard_simulator::stage::Stage;
use cordboard_simulator::{Outcome, judge};

const EXAMPLES: &str = "\
A world is the whole server with two organizations, in one thread and in virtual time: callers on AudioSocket, at a FreeSWITCH, at \
Twilio and in browsers, the built-in assistant or a stand-in for OpenAI, in some worlds followed by one for Gemini, Deepgram, ElevenLabs or a cascade, programs at \
the control socket, agents and supervisors at desks. Assistants send text messages and book appointments. Connections break, stall, are late or \
arrive in pieces; the provider is lost, or reports words late; the database is \
away or slow, the disk is full, the mail server refuses, the Redis hangs; actors panic; the calendar is set; the process is killed \
and started again over the same files. At the end every promise to callers is \
checked. The same seed is the same world.

Examples:
  simulate --seed 7                     play the world of seed 7
  simulate --seed 0 --seeds 100         play a hundred worlds, and list which break a promise
  simulate --seed 7 --calls 5 --print   show what happens in a smaller world, and play it
  simulate --plan seed-7.json           play a history that was shrunk before
  simulate --soak-hours 24 --calls 4 --picture soak.svg
                                        a day without faults, with measurements of what the server holds

A world that breaks a promise is shrunk while it still breaks it; the shortest one is printed and stored, with the command that \
plays it again. Exit codes: 0 every promise was kept, 1 a promise was broken or a soak had failures, 2 the command line is wrong.";

/// Virtual time between two measurements of a soak.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Whole calls by seed, with faults at any step.
#[derive(Debug, Parser)]
#[command(name = "simulate", version, after_help = EXAMPLES, max_term_width = 110)]
struct Arguments {
    /// The first seed
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// Number of seeds to play, from the first one on
    #[arg(long, default_value_t = 1)]
    seeds: u64,

    /// Calls in a world; in a soak, callers at once
    #[arg(long, default_value_t = Size::USUAL.calls, value_parser = clap::value_parser!(u32).range(1..=1000))]
    calls: u32,

    /// Minutes within which all calls begin; if unset, some seconds
    #[arg(long)]
    minutes: Option<u64>,

    /// Milliseconds within which all calls begin
    #[arg(long, conflicts_with = "minutes", default_value_t = Size::USUAL.arrivals_ms, value_parser = clap::value_parser!(u64).range(1_000..))]
    arrivals_ms: u64,

    /// Longest duration of a call, in ms
    #[arg(long, default_value_t = Size::USUAL.call_ms, value_parser = clap::value_parser!(u64).range(3_000..))]
    call_ms: u64,

    /// Play this stored history
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "seeds", "calls", "minutes"])]
    plan: Option<PathBuf>,

    /// Play this many hours of virtual time in which callers, agents and a program come and go without faults, and measure what the server holds
    #[arg(long, value_name = "HOURS", conflicts_with_all = ["seeds", "minutes", "arrivals_ms", "call_ms", "plan", "show", "print"],
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    soak_hours: Option<u32>,

    /// Write the measurements as JSON: a line each while the soak runs, all of them at the end
    #[arg(long, value_name = "FILE", requires = "soak_hours")]
    json: Option<PathBuf>,

    /// Draw the measurements as SVG
    #[arg(long, value_name = "FILE", requires = "soak_hours")]
    picture: Option<PathBuf>,

    /// Show all evidence of this caller afterwards
    #[arg(long, value_name = "CALLER")]
    show: Option<u32>,

    /// Show the plan before it is played
    #[arg(long)]
    print: bool,

    /// Do not shrink a world that breaks a promise
    #[arg(long)]
    no_shrink: bool,

    /// Time limit for shrinking, in s
    #[arg(long, default_value_t = 120)]
    shrink_s: u64,

    /// Directory for the shortest histories
    #[arg(long, value_name = "FOLDER", default_value = "target/simulator")]
    store: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the simulation can't be played: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the number of worlds that broke a promise, or of a soak's failures.
fn run(arguments: &Arguments) -> io::Result<u64> {
    let stage = Stage::make()?;
    if let Some(hours) = arguments.soak_hours {
        return play_soak(&stage, hours, arguments);
    }
    let arrivals_ms = arguments.minutes.map_or(arguments.arrivals_ms, |minutes| minutes.max(1) * 60_000);
    let size = Size { calls: arguments.calls, arrivals_ms, call_ms: arguments.call_ms };
    if let Some(file) = &arguments.plan {
        let plan: Plan = serde_json::from_str(&fs::read_to_string(file)?).map_err(io::Error::other)?;
        let outcome = play(&stage, &plan, arguments)?;
        return Ok(u64::from(!outcome.broken.is_empty()));
    }
    let (mut failed, mut call_seconds, mut took) = (0, 0.0, Duration::ZERO);
    let mut found: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in arguments.seed..arguments.seed + arguments.seeds {
        let plan = generate::plan(seed, size);
        let outcome = play(&stage, &plan, arguments)?;
        call_seconds += outcome.call_seconds;
        took += outcome.took;
        for (what, count) in &outcome.tally {
            *tally.entry(*what).or_default() += count;
        }
        let Some(first) = outcome.broken.first() else { continue };
        failed += 1;
        for broken in &outcome.broken {
            let seeds = found.entry(broken.promise).or_default();
            if seeds.last() != Some(&seed) {
                seeds.push(seed);
            }
        }
        if !arguments.no_shrink {
            let limit = Duration::from_secs(arguments.shrink_s);
            let still_fails = |plan: &Plan| {
                judge(&stage, plan)
                    .is_ok_and(|outcome| outcome.broken.iter().any(|broken| broken.promise == first.promise))
            };
            let short = shrink(&plan, limit, still_fails);
            let file = keep(&arguments.store, &short)?;
            println!(
                "the shortest history that still breaks it:\n{short}\n  simulate --plan {}",
                file.display()
            );
        }
    }
    if arguments.seeds > 1 {
        let speed = call_seconds / took.as_secs_f64().max(0.001);
        println!(
            "{failed} of {} worlds broke a promise; {call_seconds:.0} call-seconds, {speed:.0} a second",
            arguments.seeds
        );
        for (promise, seeds) in found {
            println!("  {:>4} {promise}: {seeds:?}", seeds.len());
        }
        println!("how often rare things happened in their calls:");
        for (what, count) in tally {
            println!("  {count:>4} {what}");
        }
    }
    Ok(failed)
}

/// Plays a soak; returns the number of its failures.
fn play_soak(stage: &Stage, hours: u32, arguments: &Arguments) -> io::Result<u64> {
    // Otherwise a day's figures would be lost at its end.
    for file in arguments.json.iter().chain(&arguments.picture) {
        fs::write(file, "")?;
    }
    let so_far = arguments.json.as_ref().map(File::create).transpose()?;
    let soak = Soak {
        seed: arguments.seed,
        calls: arguments.calls,
        length: Duration::from_secs(3_600) * hours,
        look_every: LOOK_EVERY,
    };
    let tell = |look: &Look| {
        let (minutes, Look { begun, holdings, tasks, .. }) = (look.at_s / 60, look);
        let (memory, files) = (holdings.rss_kib / 1024, holdings.files);
        eprintln!("{minutes:>5} min  {begun} calls, {memory} MiB, {files} files, {tasks} tasks");
        // A soak that is ended early leaves the measurements so far, a line each.
        let line = serde_json::to_string(look).map_err(io::Error::other);
        let written =
            line.and_then(|line| so_far.as_ref().map_or(Ok(()), |mut file| writeln!(file, "{line}")));
        if let Err(error) = written {
            eprintln!("the measurement was not written to the file: {error}");
        }
    };
    let figures = soak::play(stage, soak, &tell)?;
    println!("{}", figures.table());
    if let Some(file) = &arguments.json {
        fs::write(file, serde_json::to_string_pretty(&figures).map_err(io::Error::other)?)?;
    }
    if let Some(file) = &arguments.picture {
        fs::write(file, figures.picture())?;
    }
    Ok(figures.failures.count)
}

fn play(stage: &Stage, plan: &Plan, arguments: &Arguments) -> io::Result<Outcome> {
    if arguments.print {
        println!("{plan}");
    }
    let outcome = judge(stage, plan)?;
    println!(
        "seed {}: {}, {:.0} call-seconds in {:.2} s, {:.2} s of it to check, trace {}",
        plan.seed,
        if outcome.broken.is_empty() { "every promise was kept" } else { "a promise was broken" },
        outcome.call_seconds,
        outcome.took.as_secs_f64(),
        outcome.checking_took.as_secs_f64(),
        outcome.trace
    );
    for broken in &outcome.broken {
        println!("  {broken}");
    }
    if let Some(caller) = arguments.show {
        println!("{}", outcome.evidence.shown(caller));
    }
    if !outcome.broken.is_empty() && arguments.plan.is_none() {
        let arrivals_ms = arguments.minutes.map_or(arguments.arrivals_ms, |minutes| minutes.max(1) * 60_000);
        let (seed, calls, call_ms) = (plan.seed, arguments.calls, arguments.call_ms);
        println!(
            "  again: simulate --seed {seed} --calls {calls} --arrivals-ms {arrivals_ms} --call-ms {call_ms}"
        );
    }
    Ok(outcome)
}

fn keep(folder: &Path, plan: &Plan) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let file = folder.join(format!("seed-{}.json", plan.seed));
    fs::write(&file, serde_json::to_string_pretty(plan).map_err(io::Error::other)?)?;
    Ok(file)
}
