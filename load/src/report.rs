//! The measured figures, for people (a table) and for programs (JSON).

mod rows;

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;

use super::arrivals::ArrivalFigures;
use super::bridged::BridgedFigures;
use super::contender::Contender;
use super::cores::Cores;
use super::desks::DeskFigures;
use super::figures::Figures;
use super::samples::median;
use super::soak::SoakFigures;
use cordboard_terminal::Table;
use rows::{Compared, ROWS, Row};

/// All measurements, and the machine.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Version of this binary.
    pub(super) version: &'static str,
    /// The command as given.
    pub(super) command: String,
    /// The machine.
    pub(super) machine: Machine,
    /// Each measurement, in the order in which they were made.
    pub(super) runs: Vec<Figures>,
    /// Figures of calls that arrived within some seconds; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) arrivals: Vec<ArrivalFigures>,
    /// Cost of desks, and how soon they have callers; left out where none was opened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) desks: Vec<DeskFigures>,
    /// How late people hear each other, and a supervisor; left out where nobody was brought together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) bridged: Vec<BridgedFigures>,
    /// Holdings of the server while callers came and went; left out where that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) soak: Option<SoakFigures>,
}

/// The machine that it ran on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    /// Model of the processor, as Linux names it.
    pub(super) processor: Option<String>,
    /// Version of Linux.
    pub(super) kernel: Option<String>,
    /// Cores that may be used.
    pub(super) cores: usize,
    /// Assignment of processes to cores; `None`: the system decided.
    pub(super) pinned: Option<Cores>,
    /// Whether the binary was built for release.
    pub(super) is_release: bool,
}

impl Machine {
    /// This machine.
    pub(super) fn detect(pinned: Option<Cores>, cores: usize) -> Self {
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

/// A name, every contender (never more than three), and two of them compared with the third.
const COLUMNS: usize = 6;

impl Report {
    /// Returns the figures of each number of calls, the median of all rounds, side by side; then those of arrivals.
    pub(super) fn table(&self) -> String {
        let sizes: BTreeSet<u16> = self.runs.iter().map(|run| run.calls).collect();
        let mut text = String::new();
        for calls in sizes {
            let runs: Vec<&Figures> = self.runs.iter().filter(|run| run.calls == calls).collect();
            let mut contenders: Vec<Contender> = Vec::new();
            for run in &runs {
                if !contenders.contains(&run.contender) {
                    contenders.push(run.contender);
                }
            }
            let mut table = Table::titled(title(calls, &contenders).each_ref().map(String::as_str));
            for row in &ROWS {
                if let Some(cells) = cells(row, &runs, &contenders) {
                    table.push(cells);
                }
            }
            // Writing to a String can't fail.
            let _ = writeln!(text, "{table}{}", remarks(&runs));
        }
        text.extend(self.arrivals.iter().map(ArrivalFigures::table));
        text.extend(self.desks.iter().map(DeskFigures::table));
        text.extend(self.bridged.iter().map(BridgedFigures::table));
        text.extend(self.soak.iter().map(SoakFigures::table));
        text
    }
}

fn title(calls: u16, contenders: &[Contender]) -> [String; COLUMNS] {
    let name = |contender: &Contender| contender.title(contenders).to_owned();
    let baseline = Contender::baseline(contenders);
    let compared = baseline.into_iter().flat_map(|baseline| {
        let others = contenders.iter().filter(move |it| **it != baseline);
        others.map(move |it| format!("{} TO {}", name(it), name(&baseline)))
    });
    let calls = format!("{calls} CALL{}", if calls == 1 { "" } else { "S" });
    filled([calls].into_iter().chain(contenders.iter().map(name)).chain(compared))
}

/// Returns the cells of a row; `None` if no contender has this figure.
fn cells(row: &Row, runs: &[&Figures], contenders: &[Contender]) -> Option<[String; COLUMNS]> {
    let of = |contender: Contender| {
        let own = runs.iter().filter(|run| run.contender == contender);
        median(own.filter_map(|run| (row.value)(run)))
    };
    let values: Vec<Option<f64>> = contenders.iter().map(|it| of(*it)).collect();
    values.iter().flatten().next()?;
    let compared = Contender::baseline(contenders).into_iter().flat_map(|baseline| {
        let others = contenders.iter().zip(&values).filter(move |(it, _)| **it != baseline);
        others.map(move |(_, value)| compared(row.compared, *value, of(baseline)))
    });
    let shown = values.iter().map(|value| shown(*value));
    Some(filled([row.name.to_owned()].into_iter().chain(shown).chain(compared)))
}

fn compared(how: Compared, value: Option<f64>, baseline: Option<f64>) -> String {
    match (value.zip(baseline), how) {
        (Some((value, baseline)), Compared::Ratio) if baseline > 0.0 => format!("x {:.2}", value / baseline),
        (Some((value, baseline)), Compared::Difference) => format!("{:+.2}", value - baseline),
        _ => String::new(),
    }
}

/// Returns as many cells as the table has columns. Empty ones are invisible.
fn filled(cells: impl Iterator<Item = String>) -> [String; COLUMNS] {
    let mut row = <[String; COLUMNS]>::default();
    for (place, cell) in row.iter_mut().zip(cells) {
        *place = cell;
    }
    row
}

/// Shows three significant digits, and no decimals of counts.
fn shown(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value == 0.0 || value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 1.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}

/// Returns remarks that the figures of one number of calls need.
fn remarks(runs: &[&Figures]) -> String {
    let mut text = String::new();
    if runs.iter().any(|run| run.load.is_limit) {
        text.push_str(
            "The load's own core was full: the latencies and spacing above are partly the load's own. CPU and memory are valid.\n",
        );
    }
    if runs.iter().any(|run| run.load.is_disturbed) {
        text.push_str(
            "Something else ran on the load's core: this machine was not quiet, which affects latencies and spacing.\n",
        );
    }
    let notes: BTreeSet<String> = runs
        .iter()
        .flat_map(|run| run.failures.iter().map(|why| format!("{}: {why}\n", run.contender.name())))
        .collect();
    text.extend(notes);
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::board::{Ends, Measured};
    use super::super::contender::{AudioTransport, CallerKind};
    use super::super::figures::{LoadFigures, ProcessFigures};
    use super::super::process::Share;
    use super::super::samples::Spread;
    use super::super::subject::Kind;
    use super::*;

    const SERVER: Contender = Contender { kind: Kind::Server, way: CallerKind::Audiosocket };
    const RELAY: Contender = Contender { kind: Kind::Relay, way: CallerKind::Audiosocket };
    const UNICAST: Contender =
        Contender { kind: Kind::Server, way: CallerKind::Freeswitch(AudioTransport::Unicast) };

    fn run(contender: Contender, round: u16, cpu_percent: f64, load_ms: u64) -> Figures {
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
        Figures::of((contender, 50, round), second, (&measured, &Ends::default()), Some(process), load)
    }

    fn report(runs: Vec<Figures>) -> Report {
        let machine = Machine::detect(None, 2);
        Report {
            version: "0",
            command: "cordboard load".to_owned(),
            machine,
            runs,
            arrivals: Vec::new(),
            desks: Vec::new(),
            bridged: Vec::new(),
            soak: None,
        }
    }

    #[test]
    fn the_table_compares_medians() {
        let servers = [9.0, 12.0, 40.0].into_iter().zip(1..).map(|(cpu, n)| run(SERVER, n, cpu, 100));
        let relays = [8.0, 8.0].into_iter().zip(1..).map(|(cpu, n)| run(RELAY, n, cpu, 100));
        let table = report(servers.chain(relays).collect()).table();
        let line = |name: &str| {
            let line = table.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line[name.len()..].split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line("CPU of all calls, % of a core"), "12.00 8.00 x 1.50");
        assert_eq!(line("to provider p50, ms"), "1.20 0.800 +0.40");
        assert!(!table.contains("load's own core"), "{table}");
        assert!(!table.contains("key to action"), "a relay gets no keys: {table}");
    }

    #[test]
    fn contenders_of_one_server_are_shown_side_by_side() {
        let table = report(vec![run(UNICAST, 1, 12.0, 100), run(SERVER, 1, 10.0, 100)]).table();
        let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(lines.next().as_deref(), Some("50 CALLS UNICAST AUDIOSOCKET UNICAST TO AUDIOSOCKET"));
        let line = lines.clone().find(|line| line.starts_with("CPU of all calls"));
        assert_eq!(line.as_deref(), Some("CPU of all calls, % of a core 12.00 10.00 x 1.20"));
        assert!(lines.any(|line| line == "keys pressed 0 -"), "{table}");
    }

    #[test]
    fn a_full_load_and_failures_are_reported() {
        let mut failed = run(SERVER, 1, 9.0, 900);
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
