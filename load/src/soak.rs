//! A soak: for minutes or hours callers come, stay for a while and leave, and others replace them. Whatever the server keeps of ended calls shows as
//! memory, files or threads that grow with the number of calls.

use std::fmt::Write;
use std::time::Duration;

use rand::Rng;
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use super::board::CallNumber;
use super::callers::Callers;
use super::contender::Contender;
use super::growth::growth;
use super::measure::{Plan, all_gone};
use super::picture::{Curve, Picture};
use super::process::{Holdings, Watched};
use cordboard_terminal::Table;

/// Number of examinations of the process.
const SAMPLES: u32 = 240;
/// Rows of the table.
const ROWS: usize = 8;
/// Interval of checks who leaves.
const TICK: Duration = Duration::from_millis(100);
/// How long a server rests before the first caller and after the last one.
const SETTLE: Duration = Duration::from_secs(5);
/// Number of calls to which the growth refers.
const GROWTH_CALLS: f64 = 1_000.0;

/// Length and size of a soak.
#[derive(Clone, Copy, Debug)]
pub(super) struct Soak {
    /// Callers at once.
    pub(super) calls: u16,
    /// For how long callers come.
    pub(super) length: Duration,
    /// How long a caller stays on average: from half of that to one and a half.
    pub(super) stay: Duration,
}

/// Resources of the server at a moment.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct ResourceSample {
    /// Seconds from the first caller on.
    pub(super) at_s: u64,
    /// Calls that had begun by then.
    pub(super) begun: u64,
    /// Its resources.
    #[serde(flatten)]
    pub(super) holdings: Holdings,
}

/// The measured figures.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SoakFigures {
    /// The contender that took the calls.
    #[serde(flatten)]
    pub(super) contender: Contender,
    /// Callers at once.
    pub(super) calls: u16,
    /// Total number of calls.
    pub(super) begun: u64,
    /// Before the first caller.
    pub(super) idle: Holdings,
    /// While they came and went.
    pub(super) looks: Vec<ResourceSample>,
    /// After the last one.
    pub(super) after: Holdings,
    /// Growth of anonymous memory in KiB per 1,000 calls, by least squares over the second half of the time; `None` if too few calls began in it.
    /// Code that is reloaded from the program's file does not count.
    pub(super) growth_kib: Option<f64>,
    /// Failures.
    pub(super) failure_count: u64,
    /// The first failures.
    pub(super) failures: Vec<String>,
}

/// Lets callers come and go, and examines the server in the meantime. `progress` receives progress messages.
///
/// # Errors
/// A sentence with the cause.
pub(super) async fn measure(
    plan: &Plan,
    contender: Contender,
    soak: Soak,
    progress: &impl Fn(&str),
) -> Result<SoakFigures, String> {
    let (board, subject, _provider) = plan.start(contender, progress).await?;
    let watched = subject.watched.ok_or("a soak examines the server's process: name it with --pid")?;
    sleep_until(Instant::now() + SETTLE).await;
    let idle = read_holdings(watched)?;
    let callers = Callers::of(contender.way, (subject.ports, soak.calls), std::rc::Rc::clone(&board)).await?;
    let began = Instant::now();
    let mut here: Vec<(Instant, CallNumber)> = Vec::new();
    let mut looks = Vec::new();
    let mut begun = 0;
    let mut ticks = began;
    while ticks < began + soak.length {
        sleep_until(ticks).await;
        for (_, call) in here.extract_if(.., |(until, _)| *until <= ticks) {
            callers.hang_up(call);
        }
        // One per tick: a crowd that arrives at once is another measurement.
        if here.len() < usize::from(soak.calls) {
            match callers.call().await {
                Ok(call) => {
                    begun += 1;
                    here.push((ticks + soak.stay.mul_f64(rand::rng().random_range(0.5..1.5)), call));
                }
                Err(error) => board.borrow_mut().fail(format!("nobody took a call: {error}")),
            }
        }
        if ticks >= began + soak.length * looks.len() as u32 / SAMPLES {
            let at_s = ticks.duration_since(began).as_secs();
            let seen = ResourceSample { at_s, begun, holdings: read_holdings(watched)? };
            if looks.len() % (SAMPLES as usize / 24) == 0 {
                progress(&format!(
                    "{begun} calls, {} MiB, {} files",
                    seen.holdings.rss_kib / 1024,
                    seen.holdings.files
                ));
            }
            looks.push(seen);
        }
        ticks += TICK;
    }
    progress("the last calls end");
    for (_, call) in here {
        callers.hang_up(call);
    }
    all_gone(&board).await;
    sleep_until(Instant::now() + SETTLE).await;
    let after = read_holdings(watched)?;
    let stopped = subject.stop().await;
    stopped.map_err(|why| format!("the {} failed at its end: {why}", contender.name()))?;
    let measured = &board.borrow().measured;
    Ok(SoakFigures {
        contender,
        calls: soak.calls,
        begun,
        idle,
        growth_kib: growth_kib(looks.get(looks.len() / 2..).unwrap_or_default()),
        looks,
        after,
        failure_count: measured.failure_count,
        failures: measured.failures.clone(),
    })
}

fn read_holdings(watched: Watched) -> Result<Holdings, String> {
    watched.holdings().map_err(|error| format!("the server can't be examined: {error}"))
}

/// Growth of anonymous memory for [`GROWTH_CALLS`].
fn growth_kib(looks: &[ResourceSample]) -> Option<f64> {
    let points: Vec<(u64, u64)> =
        looks.iter().map(|sample| (sample.begun, sample.holdings.anonymous_kib)).collect();
    growth(&points).map(|kib| kib * GROWTH_CALLS)
}

impl SoakFigures {
    /// Returns the table.
    pub(super) fn table(&self) -> String {
        let title = format!("SOAK, {} CALLS AT ONCE", self.calls);
        let mut table = Table::titled([
            title.as_str(),
            "CALLS BEGUN",
            "MEMORY, KIB",
            "ANONYMOUS, KIB",
            "FILES",
            "THREADS",
        ]);
        let mut push = |name: String, begun: u64, held: &Holdings| {
            let Holdings { rss_kib, anonymous_kib, files, threads } = *held;
            let numbers = [begun, rss_kib, anonymous_kib, files, threads].map(|number| number.to_string());
            let [begun, memory, anonymous, files, threads] = numbers;
            table.push([name, begun, memory, anonymous, files, threads]);
        };
        push("before the first".to_owned(), 0, &self.idle);
        for row in 1..=ROWS {
            let nth = (self.looks.len() * row / ROWS).saturating_sub(1);
            if let Some(sample) = self.looks.get(nth) {
                push(format!("at {} s", sample.at_s), sample.begun, &sample.holdings);
            }
        }
        push("after the last".to_owned(), self.begun, &self.after);
        let growth = self.growth_kib.map_or("-".to_owned(), |kib| format!("{kib:+.0} KiB"));
        let mut text = format!(
            "{table}\nanonymous memory by 1,000 calls, second half: {growth}\nfailures: {}\n",
            self.failure_count
        );
        for why in &self.failures {
            // Writing to a String can't fail.
            let _ = writeln!(text, "{}: {why}", self.contender.name());
        }
        text
    }

    /// Memory and files by time, as SVG.
    pub(super) fn picture(&self) -> String {
        let values = |of: fn(&ResourceSample) -> u64| -> Vec<u64> { self.looks.iter().map(of).collect() };
        let memory = values(|sample| sample.holdings.rss_kib / 1024);
        let anonymous = values(|sample| sample.holdings.anonymous_kib / 1024);
        let files = values(|sample| sample.holdings.files);
        let minutes = self.looks.last().map_or(0, |sample| sample.at_s) as f64 / 60.0;
        Picture {
            title: format!(
                "Memory and open files of a server over {} calls, {} at once",
                self.begun, self.calls
            ),
            at_s: self.looks.iter().map(|sample| sample.at_s).collect(),
            curves: vec![
                Curve { name: "memory, MiB", colour: "#1d5fbf", values: memory, height: 0.8 },
                Curve { name: "anonymous part, MiB", colour: "#2e7d32", values: anonymous, height: 0.6 },
                Curve { name: "open files", colour: "#c0392b", values: files, height: 0.4 },
            ],
            caption: format!("{minutes:.0} min, {} calls", self.begun),
        }
        .svg()
    }
}
