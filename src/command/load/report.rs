//! What was measured, for people (a table) and for programs (JSON).

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;

use super::super::table::Table;
use super::cores::Cores;
use super::figures::Figures;
use super::samples::median;
use super::subject::Kind;

/// Everything that was measured, and on what.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Version of this binary.
    pub(super) version: &'static str,
    /// The command as it was given.
    pub(super) command: String,
    /// The machine.
    pub(super) machine: Machine,
    /// Each measurement, in the order in which they were made.
    pub(super) runs: Vec<Figures>,
}

/// What it ran on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    /// Model of the processor, as Linux names it.
    pub(super) processor: Option<String>,
    /// Version of Linux.
    pub(super) kernel: Option<String>,
    /// Cores that may be used.
    pub(super) cores: usize,
    /// Which core ran what; `None`: the system decided.
    pub(super) pinned: Option<Cores>,
    /// Whether the binary was built for release.
    pub(super) is_release: bool,
}

impl Machine {
    /// This machine.
    pub(super) fn look(pinned: Option<Cores>, cores: usize) -> Self {
        let read = |path| std::fs::read_to_string(path).ok();
        Self {
            processor: read("/proc/cpuinfo").as_deref().and_then(processor_of),
            kernel: read("/proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()),
            cores,
            pinned,
            is_release: !cfg!(debug_assertions),
        }
    }
}

fn processor_of(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// A line of the table: what is shown, and how two of it compare.
struct Row {
    name: &'static str,
    value: fn(&Figures) -> Option<f64>,
    compared: Compared,
}

/// How the server's figure stands to the relay's.
#[derive(Clone, Copy)]
enum Compared {
    /// As a quotient: processor and memory.
    Ratio,
    /// As a difference: durations, of which a quotient says little near 0.
    Difference,
}

use Compared::{Difference, Ratio};

const ROWS: [Row; 25] = [
    row("CPU per call, % of a core", |it| it.process.map(|it| it.cpu_percent_per_call), Ratio),
    row("CPU of all calls, % of a core", |it| it.process.map(|it| it.cpu_percent), Ratio),
    row("memory per call, KiB RSS", |it| it.process.map(|it| it.rss_kib_per_call), Ratio),
    row("memory per call, KiB PSS", |it| it.process.map(|it| it.pss_kib_per_call), Ratio),
    row("memory idle, MiB RSS", |it| it.process.map(|it| it.idle_rss_kib as f64 / 1_024.0), Ratio),
    row("to provider p50, ms", |it| Some(it.to_provider.p50_ms), Difference),
    row("to provider p99, ms", |it| Some(it.to_provider.p99_ms), Difference),
    row("to provider p99.9, ms", |it| Some(it.to_provider.p999_ms), Difference),
    row("to caller p50, ms", |it| Some(it.to_caller.p50_ms), Difference),
    row("to caller p99, ms", |it| Some(it.to_caller.p99_ms), Difference),
    row("to caller p99.9, ms", |it| Some(it.to_caller.p999_ms), Difference),
    row("spacing off 20 ms p50, ms", |it| Some(it.spacing.p50_ms), Difference),
    row("spacing off 20 ms p99, ms", |it| Some(it.spacing.p99_ms), Difference),
    row("spacing off 20 ms p99.9, ms", |it| Some(it.spacing.p999_ms), Difference),
    row("spacing off 20 ms max, ms", |it| Some(it.spacing.max_ms), Difference),
    row("barge-in stop p50, ms", |it| Some(it.barge_in.p50_ms), Difference),
    row("barge-in stop p99, ms", |it| Some(it.barge_in.p99_ms), Difference),
    row("hang-up seen p50, ms", |it| Some(it.hang_up.p50_ms), Difference),
    row("hang-up seen p99, ms", |it| Some(it.hang_up.p99_ms), Difference),
    row("underruns", |it| Some(it.underruns as f64), Difference),
    row("frames lost", |it| Some((it.frames_lost_to_caller + it.frames_lost_to_provider) as f64), Difference),
    row("answers heard", |it| Some(it.answers as f64), Difference),
    row("failures", |it| Some((it.failure_count + it.answers_cut) as f64), Difference),
    row("CPU of the load, % of a core", |it| Some(it.load.cpu_percent), Difference),
    row("wait of the load for its core, %", |it| Some(it.load.waited_percent), Difference),
];

const fn row(name: &'static str, value: fn(&Figures) -> Option<f64>, compared: Compared) -> Row {
    Row { name, value, compared }
}

impl Report {
    /// The figures of each number of calls, the median of all rounds, side by side.
    pub(super) fn table(&self) -> String {
        let sizes: BTreeSet<u16> = self.runs.iter().map(|run| run.calls).collect();
        let mut text = String::new();
        for calls in sizes {
            let runs: Vec<&Figures> = self.runs.iter().filter(|run| run.calls == calls).collect();
            let title = format!("{calls} CALL{}", if calls == 1 { "" } else { "S" });
            let mut table = Table::titled([title.as_str(), "SERVER", "RELAY", "SERVER TO RELAY"]);
            for row in &ROWS {
                table.push(cells(row, &runs));
            }
            // Writing to a String can't fail.
            let _ = writeln!(text, "{table}{}", remarks(&runs));
        }
        text
    }
}

fn cells(row: &Row, runs: &[&Figures]) -> [String; 4] {
    let of =
        |kind: Kind| median(runs.iter().filter(|run| run.subject == kind).filter_map(|run| (row.value)(run)));
    let (server, relay) = (of(Kind::Server), of(Kind::Relay));
    let compared = match (server.zip(relay), row.compared) {
        (Some((server, relay)), Ratio) if relay > 0.0 => format!("x {:.2}", server / relay),
        (Some((server, relay)), Difference) => format!("{:+.2}", server - relay),
        _ => String::new(),
    };
    [row.name.to_owned(), shown(server), shown(relay), compared]
}

/// Three digits that say something, and no decimals of counts.
fn shown(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value == 0.0 || value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 1.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}

/// What has to be known to read the figures of one number of calls.
fn remarks(runs: &[&Figures]) -> String {
    let mut text = String::new();
    if runs.iter().any(|run| run.load.is_limit) {
        text.push_str(
            "The load's own core was full: latencies and spacing above are the load's doing, too. CPU and memory stand.\n",
        );
    }
    if runs.iter().any(|run| run.load.is_disturbed) {
        text.push_str(
            "Something else ran on the load's core: this machine was not quiet, and latencies and spacing tell it.\n",
        );
    }
    let told: BTreeSet<String> = runs
        .iter()
        .flat_map(|run| run.failures.iter().map(|why| format!("{}: {why}\n", run.subject.name())))
        .collect();
    text.extend(told);
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::board::Measured;
    use super::super::figures::{LoadFigures, ProcessFigures};
    use super::super::process::Share;
    use super::super::samples::Spread;
    use super::*;

    fn run(subject: Kind, round: u16, cpu_percent: f64, load_ms: u64) -> Figures {
        let second = Duration::from_secs(1);
        let process = ProcessFigures {
            cpu_percent,
            cpu_percent_per_call: cpu_percent / 50.0,
            idle_rss_kib: 20_480,
            rss_kib: 30_000,
            pss_kib: 29_000,
            rss_kib_per_call: 80.0,
            pss_kib_per_call: 75.5,
        };
        let share = Share { ran: Duration::from_millis(load_ms), waited: Duration::ZERO };
        let load = LoadFigures::of(share, second, Spread::default());
        let mut measured = Measured::default();
        measured.to_provider.record(Duration::from_micros(cpu_percent as u64 * 100));
        Figures::of((subject, 50, round), second, &measured, Some(process), load)
    }

    fn report(runs: Vec<Figures>) -> Report {
        let machine = Machine::look(None, 2);
        Report { version: "0", command: "cordboard load".to_owned(), machine, runs }
    }

    #[test]
    fn the_table_compares_medians() {
        let servers = [9.0, 12.0, 40.0].into_iter().zip(1..).map(|(cpu, n)| run(Kind::Server, n, cpu, 100));
        let relays = [8.0, 8.0].into_iter().zip(1..).map(|(cpu, n)| run(Kind::Relay, n, cpu, 100));
        let table = report(servers.chain(relays).collect()).table();
        let line = |name: &str| {
            let line = table.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line[name.len()..].split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line("CPU of all calls, % of a core"), "12.00 8.00 x 1.50");
        assert_eq!(line("to provider p50, ms"), "1.20 0.800 +0.40");
        assert!(!table.contains("load's own core"), "{table}");
    }

    #[test]
    fn a_full_load_and_failures_are_told() {
        let mut failed = run(Kind::Server, 1, 9.0, 900);
        failed.failures.push("call 3: gone".to_owned());
        let table = report(vec![failed]).table();
        assert!(table.contains("The load's own core was full"), "{table}");
        assert!(table.contains("server: call 3: gone"), "{table}");
        assert!(table.contains("memory per call, KiB RSS"), "{table}");
    }

    #[test]
    fn the_processor_is_named_as_linux_names_it() {
        assert_eq!(processor_of("vendor\t: x\nmodel name\t: AMD EPYC\n"), Some("AMD EPYC".to_owned()));
    }
}
