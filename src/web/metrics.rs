//! `/metrics`: the node's figures in the OpenMetrics text format. `docs/metrics.md` explains each.
//!
//! The counts of calls, legs and assistants are in [`Meters`]; everything else is read at each request.

mod audio_ports;
mod ledger;
mod process;
mod switches;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::{HttpResponse, web};
use cordboard_actors::line::messages_refused;
use cordboard_actors::listening::PortView;
use cordboard_actors::media::{RecorderCounters, RecorderHandle};
use cordboard_actors::messages::{AskActors, Census, CountCalls};
use cordboard_actors::meters::Meters;
use cordboard_actors::vitals::ActorTree;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use self::switches::SwitchMeters;
use super::WebState;
use super::problem::ApiError;
use crate::{priority, telemetry};

/// The type of the answer.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counters by the value of one label.
type ByWord = Family<[(&'static str, &'static str); 1], Counter>;

/// Sources of the node's figures. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Figures {
    pub(super) meters: Meters,
    pub(super) requests: RequestTally,
    pub(super) recorder: Option<RecorderHandle>,
    pub(super) switches: SwitchMeters,
}

/// Answers of the HTTP server, by the class of their status.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestTally(Arc<[AtomicU64; 5]>);

impl RequestTally {
    const CLASSES: [&'static str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

    pub(super) fn count(&self, status: u16) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(count) = self.0.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn by_class(&self) -> ByWord {
        by_word(
            "status",
            Self::CLASSES.iter().zip(&*self.0).map(|(class, n)| (*class, n.load(Ordering::Relaxed))),
        )
    }
}

fn by_word(label: &'static str, counts: impl IntoIterator<Item = (&'static str, u64)>) -> ByWord {
    let family = ByWord::default();
    for (word, count) in counts {
        family.get_or_create(&[(label, word)]).inc_by(count);
    }
    family
}

/// Returns the node's figures, for Prometheus and compatible programs. From this machine, without a proxy in between, no token is needed.
#[utoipa::path(
    get,
    operation_id = "get_metrics",
    path = "/metrics",
    tag = "health",
    security((), ("token" = []), ("session" = [])),
    responses(
        (status = 200, description = "The figures", body = String, content_type = "application/openmetrics-text"),
        (status = 401, description = "From another machine or through a proxy, without a valid token"),
        (status = 403, description = "The user or token may not see the installation (`forbidden`)"),
    )
)]
pub(crate) async fn metrics(state: web::Data<WebState>) -> Result<HttpResponse, ApiError> {
    let text = exposition(&state).await?;
    Ok(HttpResponse::Ok().content_type(OPEN_METRICS).body(text))
}

/// Cordboard's own figures by name and labels, such as `cordboard_tools_total{outcome="done"}`. Those of the process, which change at every read, and
/// the buckets of histograms are left out.
pub(super) async fn samples(state: &WebState) -> Result<BTreeMap<String, f64>, ApiError> {
    let text = exposition(state).await?;
    let ours = text.lines().filter(|line| line.starts_with("cordboard_"));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ')?;
        let value: f64 = value.parse().ok()?;
        (value.is_finite() && !name.contains("_bucket{")).then(|| (name.to_owned(), value))
    };
    Ok(ours.filter_map(sample).collect())
}

async fn exposition(state: &WebState) -> Result<String, ApiError> {
    let mut registry = Registry::default();
    process::register(registry.sub_registry_with_prefix("process"));
    let ours = registry.sub_registry_with_prefix("cordboard");
    ours.register("build", "The program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    state.figures.meters.register(ours);
    register_journal(state, ours);
    register_io(state, ours);
    if let Some(first) = priority::sound_runs_first() {
        let help = "1 where the system lets threads that carry sound run before all others, else 0";
        ours.register("sound_runs_first", help, gauge(usize::from(first)));
    }
    let lost = ConstCounter::new(telemetry::lost_lines());
    ours.register("log_lines_lost", "Lines of the log that standard error did not take in time", lost);
    register_ports(state, ours);
    register_certificate(state, ours);
    switches::register(&state.figures.switches, ours);
    ledger::register(&state.ledger, ours);
    if let Some(ports) = &state.leased_ports {
        audio_ports::register(ports.meter.figures(), ours);
    }
    // The other figures are still useful if the registry does not answer.
    if let Ok(census) = state.ask(CountCalls).await {
        register_census(census, ours);
    }
    if let Ok(tree) = state.ask(AskActors).await {
        register_actors(&tree, ours);
    }
    let mut text = String::new();
    encode(&mut text, &registry)
        .map_err(|_| ApiError::Unavailable("the figures can't be written".to_owned()))?;
    Ok(text)
}

fn gauge(number: usize) -> ConstGauge<i64> {
    ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX))
}

fn register_census(census: Census, registry: &mut Registry) {
    let Census { calls, calls_max, legs, assistants, refused, admitting } = census;
    registry.register(
        "calls_live",
        "Calls whose actor lives, announced and interrupted ones too",
        gauge(calls),
    );
    registry.register("calls_admitted_max", "The most calls at a time (calls.max)", gauge(calls_max));
    registry.register("legs_live", "Connections of parties that are open", gauge(legs));
    registry.register("assistants_live", "Assistants whose provider runs", gauge(assistants));
    registry.register(
        "callers_refused",
        "Callers who were refused for want of room",
        ConstCounter::new(refused),
    );
    registry.register("admitting", "1 where new calls are admitted, else 0", gauge(usize::from(admitting)));
}

fn register_actors(tree: &ActorTree, registry: &mut Registry) {
    let deepest = tree.calls.iter().map(|call| call.mailbox).max().unwrap_or(0);
    registry.register(
        "registry_mailbox",
        "Messages that wait for the registry",
        gauge(tree.registry.mailbox),
    );
    registry.register(
        "call_mailbox_deepest",
        "Messages that wait for the call with the most of them",
        gauge(deepest),
    );
    registry.register(
        "registry_restarts",
        "Times that the registry died and lives again",
        ConstCounter::new(u64::from(tree.registry.restarts)),
    );
}

fn register_journal(state: &WebState, registry: &mut Registry) {
    let health = state.store.health();
    registry.register("journal_rows_waiting", "Rows that wait for the database", gauge(health.waiting));
    registry.register("journal_rows_waiting_max", "The most rows that may wait", gauge(health.waiting_max));
    registry.register("journal_rows_lost", "Rows that were lost", ConstCounter::new(health.lost));
    registry.register_with_unit(
        "journal_lag",
        "How long the oldest row has waited that is not on disk",
        Unit::Seconds,
        ConstGauge::new(state.store.lag().as_secs_f64()),
    );
    let is_taken = usize::from(state.database.is_taken());
    registry.register(
        "database_taken",
        "1 while another server has locked the database that this one uses, else 0",
        gauge(is_taken),
    );
    let held_up = Family::<[(&'static str, &'static str); 1], Gauge>::default();
    for (job, organizations) in state.store.job_faults().counts() {
        held_up.get_or_create(&[("work", job)]).set(i64::try_from(organizations).unwrap_or(i64::MAX));
    }
    registry.register(
        "organizations_held_up",
        "Organizations that some work leaves out because something that is stored of them can't be read",
        held_up,
    );
}

fn register_io(state: &WebState, registry: &mut Registry) {
    let Figures { requests, recorder, .. } = &state.figures;
    let is_well = usize::from(state.cache().state().is_well());
    registry.register("cache_up", "0 while the Redis of the cache does not answer, else 1", gauge(is_well));
    registry.register(
        "recordings_settled",
        "Results of work on recordings after their calls",
        by_word("outcome", state.recordings.tally().counts()),
    );
    registry.register("http_requests", "Answers of the HTTP server, by class of status", requests.by_class());
    registry.register(
        "dialplans_refused",
        "Addresses whose requests with the dialplan's token are refused, since their last accepted one",
        gauge(state.refused_dialplans.addresses()),
    );
    registry.register("live_view_clients", "Clients of the live view", gauge(state.live.clients()));
    registry.register(
        "control_sockets",
        "Control sockets that are open",
        gauge(state.ledger.control_sockets.now()),
    );
    registry.register(
        "line_messages_lost",
        "Messages between actors that found no room",
        ConstCounter::new(messages_refused()),
    );
    if let Some(recorder) = recorder {
        let RecorderCounters { recordings_open, blocks_dropped, write_errors } = recorder.counters();
        registry.register(
            "recordings_open",
            "Recordings that are being written",
            ConstGauge::new(recordings_open as i64),
        );
        registry.register(
            "recording_blocks_dropped",
            "Blocks of 200 ms that became silence because the recorder was behind",
            ConstCounter::new(blocks_dropped),
        );
        registry.register(
            "recording_write_errors",
            "Writes of recordings that failed",
            ConstCounter::new(write_errors),
        );
    }
}

/// The ports of calls, and connections to them.
fn register_ports(state: &WebState, registry: &mut Registry) {
    let open = Family::<[(&'static str, &'static str); 1], Gauge>::default();
    for PortView { port, is_open, outcomes } in &state.ports {
        open.get_or_create(&[("port", port.name)]).set(i64::from(is_open()));
        registry.register(port.counter, port.counts, by_word("outcome", outcomes()));
    }
    registry.register("port_open", "1 while the port for calls accepts connections, else 0", open);
}

/// The HTTP server's own certificate, if it has one.
fn register_certificate(state: &WebState, registry: &mut Registry) {
    let Some(expires) = state.certificate.as_ref().and_then(|certificate| certificate.expires()) else {
        return;
    };
    registry.register_with_unit(
        "certificate_expires_timestamp",
        "When the certificate of the HTTP server expires, in Unix time",
        Unit::Seconds,
        ConstGauge::new(i64::try_from(expires.as_secs()).unwrap_or(i64::MAX)),
    );
}
