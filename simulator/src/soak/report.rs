//! Figures of a soak: as a table, as JSON and as a picture.

use std::fmt::Write as _;

use cordboard_load::{Curve, Picture, growth};
use cordboard_terminal::Table;
use serde::Serialize;

use super::look::Look;
use super::town::Failures;

/// Rows of the table between the first measurement and the last one.
const ROWS: usize = 12;

/// Growth per call, by least squares over the second half of the time; `None` if too few calls began in it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Growth {
    /// Anonymous memory, in bytes.
    pub memory_bytes: Option<f64>,
    /// The database's file, in bytes: by design.
    pub database_bytes: Option<f64>,
    /// Open files.
    pub files: Option<f64>,
    /// Tasks of the runtime.
    pub tasks: Option<f64>,
    /// Open entries of the ledger.
    pub live: Option<f64>,
}

/// The figures.
#[derive(Clone, Debug, Serialize)]
pub struct SoakFigures {
    /// The seed.
    pub seed: u64,
    /// Callers at once.
    pub calls: u32,
    /// Calls that began in all.
    pub begun: u64,
    /// Measurement before the first caller.
    pub idle: Look,
    /// Measurements while callers came and went.
    pub looks: Vec<Look>,
    /// Measurement after the last caller.
    pub after: Look,
    /// Growth per call.
    pub growth: Growth,
    /// Duration by the system's clock, in s.
    pub took_s: u64,
    /// Failures of the parties around the server.
    pub failures: Failures,
    /// Warnings and errors in the server's log.
    pub warnings: Failures,
}

/// Returns the growth over these measurements.
pub(super) fn growth_of(looks: &[Look]) -> Growth {
    let by_calls = |of: fn(&Look) -> u64| {
        growth(&looks.iter().map(|look| (look.begun, of(look))).collect::<Vec<(u64, u64)>>())
    };
    Growth {
        memory_bytes: by_calls(|look| look.holdings.anonymous_kib * 1024),
        database_bytes: by_calls(|look| look.database_kib * 1024),
        files: by_calls(|look| look.holdings.files),
        tasks: by_calls(|look| look.tasks),
        live: by_calls(Look::live_in_all),
    }
}

impl SoakFigures {
    /// Returns a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let title = format!("SOAK, {} AT ONCE", self.calls);
        let mut table = Table::titled([
            title.as_str(),
            "CALLS BEGUN",
            "MEMORY, KIB",
            "ANONYMOUS, KIB",
            "FILES",
            "TASKS",
            "SPANS",
            "LIVE",
            "WAL, KIB",
            "DATABASE, KIB (KEEPS CALLS BY DESIGN)",
        ]);
        let mut push = |name: String, look: &Look| {
            let numbers = [
                look.begun,
                look.holdings.rss_kib,
                look.holdings.anonymous_kib,
                look.holdings.files,
                look.tasks,
                look.spans,
                look.live_in_all(),
                look.wal_kib,
                look.database_kib,
            ];
            let [begun, memory, anonymous, files, tasks, spans, live, wal, database] =
                numbers.map(|number| number.to_string());
            table.push([name, begun, memory, anonymous, files, tasks, spans, live, wal, database]);
        };
        push("before the first".to_owned(), &self.idle);
        let every = self.looks.len().div_ceil(ROWS).max(1);
        for look in self.looks.iter().skip(every - 1).step_by(every) {
            push(format!("at {:.1} h", look.at_s as f64 / 3600.0), look);
        }
        push("after the last".to_owned(), &self.after);
        let told = |growth: Option<f64>, unit: &str| match growth {
            Some(growth) => format!("{growth:+.3}{unit}"),
            None => "-".to_owned(),
        };
        let Growth { memory_bytes, database_bytes, files, tasks, live } = self.growth;
        let mut text = format!(
            "{table}\nby call, second half: anonymous memory {}, files {}, tasks {}, live {}; database {}\nfailures: {}, warnings: {}\n",
            told(memory_bytes, " bytes"),
            told(files, ""),
            told(tasks, ""),
            told(live, ""),
            told(database_bytes, " bytes"),
            self.failures.count,
            self.warnings.count
        );
        for why in self.failures.first.iter().chain(&self.warnings.first) {
            // Writing to a String can't fail.
            let _ = writeln!(text, "  {why}");
        }
        text
    }

    /// Returns memory, files, tasks and the database by time, as SVG.
    #[must_use]
    pub fn picture(&self) -> String {
        let values = |of: fn(&Look) -> u64| -> Vec<u64> { self.looks.iter().map(of).collect() };
        let memory = values(|look| look.holdings.rss_kib / 1024);
        let files = values(|look| look.holdings.files);
        let tasks = values(|look| look.tasks);
        let database = values(|look| look.database_kib / 1024);
        let hours = self.looks.last().map_or(0, |look| look.at_s) as f64 / 3600.0;
        Picture {
            title: format!(
                "Memory, open files, tasks and database of a server over {} calls, {} at once, in virtual time",
                self.begun, self.calls
            ),
            at_s: self.looks.iter().map(|look| look.at_s).collect(),
            curves: vec![
                Curve { name: "memory, MiB", colour: "#1d5fbf", values: memory, height: 0.9 },
                Curve { name: "open files", colour: "#c0392b", values: files, height: 0.6 },
                Curve { name: "tasks of the runtime", colour: "#2e7d32", values: tasks, height: 0.4 },
                Curve {
                    name: "database, MiB (calls are kept)",
                    colour: "#888888",
                    values: database,
                    height: 0.2,
                },
            ],
            caption: format!("{hours:.1} h of virtual time, {} calls", self.begun),
        }
        .svg()
    }
}
