//! What becomes of those who come to FreeSWITCH's two ports, and how our connections to switches do.

use std::fmt;
use std::sync::Arc;

use cordboard_actors::freeswitch::{EslListenerCounters, StreamListenerCounters};
use cordboard_actors::meters::{SwitchFigures, SwitchMeter};
use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::by_word;

/// Where the figures are. Cheap to clone.
#[derive(Clone)]
pub(in crate::web) struct FreeswitchFigures {
    pub(in crate::web) esl: Arc<dyn Fn() -> EslListenerCounters + Send + Sync>,
    pub(in crate::web) stream: Arc<dyn Fn() -> StreamListenerCounters + Send + Sync>,
    /// By the names in `freeswitch.servers`.
    pub(in crate::web) switches: Arc<[(String, SwitchMeter)]>,
}

/// What stands for one switch.
type OfSwitch = [(&'static str, String); 1];

/// Adds the figures as they are now.
pub(super) fn register(figures: &FreeswitchFigures, registry: &mut Registry) {
    register_esl((figures.esl)(), registry);
    register_stream((figures.stream)(), registry);
    if !figures.switches.is_empty() {
        register_switches(&figures.switches, registry);
    }
}

fn register_esl(counters: EslListenerCounters, registry: &mut Registry) {
    let EslListenerCounters {
        arrived,
        not_allowed,
        closed_early,
        silent,
        no_room,
        not_freeswitch,
        not_async_full,
    } = counters;
    let outcomes = [
        ("arrived", arrived),
        ("not_allowed", not_allowed),
        ("closed_early", closed_early),
        ("silent", silent),
        ("no_room", no_room),
        ("not_freeswitch", not_freeswitch),
        ("not_async_full", not_async_full),
    ];
    registry.register(
        "esl_connections",
        "Connections to the port of control links, by what became of them",
        by_word("outcome", outcomes),
    );
}

fn register_stream(counters: StreamListenerCounters, registry: &mut Registry) {
    let StreamListenerCounters {
        arrived,
        not_allowed,
        closed_early,
        silent,
        no_room,
        bad_requests,
        wrong_tokens,
    } = counters;
    let outcomes = [
        ("arrived", arrived),
        ("not_allowed", not_allowed),
        ("closed_early", closed_early),
        ("silent", silent),
        ("no_room", no_room),
        ("bad_request", bad_requests),
        ("wrong_token", wrong_tokens),
    ];
    registry.register(
        "audio_stream_connections",
        "Connections to the port of audio WebSockets, by what became of them",
        by_word("outcome", outcomes),
    );
}

fn register_switches(switches: &Arc<[(String, SwitchMeter)]>, registry: &mut Registry) {
    let connected = Family::<OfSwitch, Gauge>::default();
    let waiting = Family::<OfSwitch, Gauge>::default();
    let losses = Family::<OfSwitch, Counter>::default();
    let commands = Family::<OfSwitch, Counter>::default();
    for (name, meter) in switches.iter() {
        let label = [("switch", name.clone())];
        let figures: SwitchFigures = meter.figures();
        connected.get_or_create(&label).set(i64::from(figures.is_connected));
        waiting.get_or_create(&label).set(i64::try_from(figures.unanswered).unwrap_or(i64::MAX));
        losses.get_or_create(&label).inc_by(figures.losses);
        commands.get_or_create(&label).inc_by(figures.commands);
    }
    registry.register("switch_connected", "1 where we are signed in to the switch, else 0", connected);
    registry.register("switch_losses", "Connections to the switch that stood and were lost", losses);
    registry.register("switch_commands", "Commands that the switch was sent", commands);
    registry.register("switch_commands_waiting", "Commands that the switch has not answered yet", waiting);
    registry.register_with_unit(
        "switch_answer",
        "How long the switch took to answer a command",
        Unit::Seconds,
        Answers(Arc::clone(switches)),
    );
}

/// One histogram a switch.
struct Answers(Arc<[(String, SwitchMeter)]>);

impl EncodeMetric for Answers {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (name, meter) in self.0.iter() {
            meter.answers().encode(encoder.encode_family(&[("switch", name.as_str())])?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").finish_non_exhaustive()
    }
}
