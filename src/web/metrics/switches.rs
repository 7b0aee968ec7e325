//! State of our connections to switches of all kinds.

use std::fmt;
use std::sync::Arc;

use cordboard_actors::meters::{SwitchFigures, SwitchMeter};
use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// Sources of the figures, by the names in `freeswitch.servers` and `asterisk.servers`. Cheap to clone.
pub(in crate::web) type SwitchMeters = Arc<[(String, SwitchMeter)]>;

/// Labels of one switch.
type OfSwitch = [(&'static str, String); 1];

/// Adds the current figures; none if there is no switch.
pub(super) fn register(switches: &SwitchMeters, registry: &mut Registry) {
    if switches.is_empty() {
        return;
    }
    let connected = Family::<OfSwitch, Gauge>::default();
    let waiting = Family::<OfSwitch, Gauge>::default();
    let losses = Family::<OfSwitch, Counter>::default();
    let events = Family::<OfSwitch, Counter>::default();
    let commands = Family::<OfSwitch, Counter>::default();
    for (name, meter) in switches.iter() {
        let label = [("switch", name.clone())];
        let figures: SwitchFigures = meter.figures();
        connected.get_or_create(&label).set(i64::from(figures.is_connected));
        waiting.get_or_create(&label).set(i64::try_from(figures.unanswered).unwrap_or(i64::MAX));
        losses.get_or_create(&label).inc_by(figures.losses);
        events.get_or_create(&label).inc_by(figures.events);
        commands.get_or_create(&label).inc_by(figures.commands);
    }
    registry.register("switch_connected", "1 where we are signed in to the switch, else 0", connected);
    registry.register("switch_losses", "Connections to the switch that stood and were lost", losses);
    registry.register("switch_events", "Events that the switch has sent", events);
    registry.register("switch_commands", "Commands that the switch was sent", commands);
    registry.register("switch_commands_waiting", "Commands that the switch has not answered yet", waiting);
    registry.register_with_unit(
        "switch_answer",
        "How long the switch took to answer a command",
        Unit::Seconds,
        Answers(Arc::clone(switches)),
    );
}

/// One histogram for each switch.
struct Answers(SwitchMeters);

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
