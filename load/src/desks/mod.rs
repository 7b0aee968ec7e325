//! Desks: what they cost while nothing happens, and how soon callers and agents reach each other.
//!
//! ```text
//! visitor ── key ──> server ── offered ──> desk ── accept ──> server <── audio of both ──> the first sound each way
//!            └────── first ring ──┘          └─────────────── two-way audio ─────────────────┘
//! ```
//! Callers come through a talk link, and the assistant is the built-in one. Sound is measured where it arrives: the delay in a browser until it is
//! heard is not included.

mod agent;
mod browser;

use std::rc::Rc;
use std::time::{Duration, Instant};

use cordboard_schema::limits::TALK_ADMITTED_PER_MINUTE_MAX;
use serde::Serialize;
use tokio::task::{JoinSet, spawn_local};
use tokio::time::{sleep, timeout};

use super::contender::{CallerKind, Contender};
use super::figures::percent;
use super::measure::Plan;
use super::organization::{self, Organization};
use super::process::Watched;
use super::samples::{Samples, Spread};
use super::subject::{Kind, Subject};
use agent::{Agent, Meetings};
pub(super) use agent::{Socket as Desk, connect as open_desk};
use browser::Talker;
use cordboard_terminal::Table;

/// Maximum agents; each further desk is an additional one of theirs.
const AGENTS_MAX: u16 = 50;
/// How long a server rests before it is examined.
const SETTLE: Duration = Duration::from_secs(3);
/// Interval between two visitors.
const RAMP_INTERVAL: Duration = Duration::from_millis(50);
/// How long a visitor listens before they press the key, and how long they talk with the agent.
const LISTENS: Duration = Duration::from_millis(1_500);
const TALKS: Duration = Duration::from_secs(2);
/// How long a visitor may take from the first word to the last.
const VISIT_MAX: Duration = Duration::from_secs(30);

/// Figures of desks.
#[derive(Clone, Debug, Serialize)]
pub(super) struct DeskFigures {
    /// Open desks.
    pub(super) desks: u16,
    /// Number of their agents.
    pub(super) agents: u16,
    /// Processor time of the server while nothing happened, in percent of one core; `None` if it was not examined.
    pub(super) idle_cpu_percent: Option<f64>,
    /// Memory cost in KiB.
    pub(super) rss_kib: Option<u64>,
    /// Visitors at once.
    pub(super) calls: u16,
    /// From a visitor's key to the offer at a desk.
    pub(super) first_ring: Spread,
    /// From the offer to the customer's profile.
    pub(super) profile: Spread,
    /// From accepting to the first sound of each at the other.
    pub(super) two_way: Spread,
    /// Failures.
    pub(super) failure_count: u64,
    /// The first failures.
    pub(super) failures: Vec<String>,
}

/// Slightly more than a minute, so that nothing of the previous minute counts.
const A_MINUTE: Duration = Duration::from_secs(62);

/// Failures that are reported in full.
const FAILURES_SHOWN: usize = 5;

impl DeskFigures {
    /// Returns the table.
    pub(super) fn table(&self) -> String {
        let title = format!("{} DESKS OF {} AGENTS", self.desks, self.agents);
        let mut table = Table::titled([title.as_str(), "SERVER"]);
        let mut push = |name: &str, value: String| table.push([name.to_owned(), value]);
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
        push("CPU while nothing happens, % of a core", number(self.idle_cpu_percent));
        push("memory of all desks, MiB", number(self.rss_kib.map(|kib| kib as f64 / 1_024.0)));
        let each = self.rss_kib.map(|kib| kib as f64 / f64::from(self.desks.max(1)));
        push("memory of a desk, KiB", number(each));
        push("visitors at once", self.calls.to_string());
        push("key to first ring p50, p99, max, ms", quantiles(&self.first_ring));
        push("offer to profile p50, p99, max, ms", quantiles(&self.profile));
        push("accept to two-way audio p50, p99, max, ms", quantiles(&self.two_way));
        push("hand-offs measured", self.two_way.count.to_string());
        push("failures", self.failure_count.to_string());
        let failures: String = self.failures.iter().map(|why| format!("{why}\n")).collect();
        format!("{table}{failures}\n")
    }
}

fn quantiles(Spread { p50_ms, p99_ms, max_ms, .. }: &Spread) -> String {
    format!("{p50_ms:.2}  {p99_ms:.2}  {max_ms:.2}")
}

/// Opens this many desks, examines the server, and lets this many visitors at once find agents, in `rounds` rounds.
///
/// # Errors
/// A sentence with the cause. Visitors who find no agent are not errors but figures.
pub(super) async fn measure(
    plan: &Plan,
    (desks, calls, rounds): (u16, u16, u16),
    progress: &impl Fn(&str),
) -> Result<DeskFigures, String> {
    let gone = |error: std::io::Error| format!("the server can't be examined: {error}");
    let contender = Contender { kind: Kind::Server, way: CallerKind::Audiosocket };
    let subject =
        Subject::start(contender, organization::NO_PROVIDER, plan.cores, &organization::settings(plan))
            .await?;
    let at = subject.ports.http.ok_or("the server does not say where its HTTP is")?;
    let agents_count = AGENTS_MAX.min(desks).max(calls.min(desks)).max(1);
    progress(&format!("{agents_count} agents are invited"));
    let organization = Rc::new(Organization::found(at, calls).await?);
    let mut accounts = Vec::new();
    for number in 0..agents_count {
        accounts.push(organization.agent(number).await?);
    }
    organization.queue(&accounts).await?;

    let watched = subject.watched;
    sleep(SETTLE).await;
    let before = watched.map(Watched::memory).transpose().map_err(gone)?;
    progress(&format!("{desks} desks open"));
    let meetings = Rc::new(Meetings::default());
    let mut agents = Vec::new();
    for (number, account) in accounts.iter().enumerate() {
        let own = desks / agents_count + u16::from(number < usize::from(desks % agents_count));
        agents.push(Agent::sit_down(&organization, account.clone(), own, &meetings).await?);
    }
    sleep(SETTLE).await;
    let after = watched.map(Watched::memory).transpose().map_err(gone)?;
    progress(&format!("nothing happens for {} s", plan.window.as_secs()));
    let cpu_before = watched.map(Watched::cpu_time).transpose().map_err(gone)?;
    let began = Instant::now();
    sleep(plan.window).await;
    let lasted = began.elapsed();
    let cpu_after = watched.map(Watched::cpu_time).transpose().map_err(gone)?;

    let mut failures = Vec::new();
    for round in 1..=rounds {
        let began = Instant::now();
        progress(&format!("{calls} visitors, round {round} of {rounds}"));
        failures.extend(visits(&organization, &meetings, calls).await);
        if round < rounds && u32::from(calls) * 2 > TALK_ADMITTED_PER_MINUTE_MAX {
            // All of them have one address, and only a limited number may come from one address within a minute.
            sleep(A_MINUTE.saturating_sub(began.elapsed())).await;
        }
    }
    failures.extend(meetings.failures());
    drop(agents);
    subject.stop().await.map_err(|why| format!("the server failed at its end: {why}"))?;

    let cpu = cpu_before.zip(cpu_after).map(|(before, after)| percent(after.since(&before).ran, lasted));
    let rss = before.zip(after).map(|(before, after)| after.rss_kib.saturating_sub(before.rss_kib));
    Ok(DeskFigures {
        desks,
        agents: agents_count,
        idle_cpu_percent: cpu,
        rss_kib: rss,
        calls,
        first_ring: meetings.first_ring(),
        profile: meetings.profile(),
        two_way: meetings.two_way(),
        failure_count: failures.len() as u64,
        failures: failures.into_iter().take(FAILURES_SHOWN).collect(),
    })
}

/// Visitors come, find an agent and leave. Returns what went wrong.
async fn visits(organization: &Rc<Organization>, meetings: &Rc<Meetings>, calls: u16) -> Vec<String> {
    let mut visits = JoinSet::new();
    for _ in 0..calls {
        let (organization, meetings) = (Rc::clone(organization), Rc::clone(meetings));
        visits.spawn_local(async move {
            let visit = timeout(VISIT_MAX, visit(&organization, &meetings)).await;
            visit.unwrap_or_else(|_| Err(format!("a visitor had nobody within {} s", VISIT_MAX.as_secs())))
        });
        sleep(RAMP_INTERVAL).await;
    }
    let ended = visits.join_all().await;
    ended.into_iter().filter_map(Result::err).collect()
}

async fn visit(organization: &Organization, meetings: &Meetings) -> Result<(), String> {
    let (call, token) = organization.visit().await?;
    let visitor = Talker::connect(organization.at(), &token).await?;
    sleep(LISTENS).await;
    let meeting = meetings.expect(&call);
    visitor.press('0');
    let accepted_at = meeting.accepted().await;
    // Both speak from now on.
    visitor.speak();
    let visitor_hears = visitor.first_loud();
    let agent_hears = meeting.agent_hears();
    let (one, other) = tokio::join!(visitor_hears, agent_hears);
    meetings.joined(one.max(other).saturating_duration_since(accepted_at));
    sleep(TALKS).await;
    visitor.hang_up();
    visitor.ended().await;
    Ok(())
}

/// Starts a task that ends by itself.
fn detach(task: impl Future<Output = ()> + 'static) {
    drop(spawn_local(task));
}

/// Adds a duration.
fn record(samples: &std::cell::RefCell<Samples>, duration: Duration) {
    samples.borrow_mut().record(duration);
}
