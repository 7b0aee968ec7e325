//! State of leased ports.

use cordboard_actors::asterisk::PortFigures;
use cordboard_actors::listening::Outcomes;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::by_word;

/// Adds the current figures.
pub(super) fn register(figures: PortFigures, registry: &mut Registry) {
    let PortFigures { free, waiting, in_calls, over, expired, given_back, used_up, wrong_uuid, connections } =
        figures;
    let ports = Family::<[(&str, &str); 1], Gauge>::default();
    for (state, count) in [("free", free), ("waiting", waiting), ("in_call", in_calls)] {
        ports.get_or_create(&[("state", state)]).set(count.into());
    }
    registry.register("audio_ports", "Ports of audiosocket.port_range, by how they stand", ports);
    registry.register(
        "audio_port_leases",
        "Leases of ports that ended, by how",
        by_word("end", [("call_over", over), ("expired", expired), ("given_back", given_back)]),
    );
    registry.register(
        "audio_ports_used_up",
        "Requests for a port that found none free",
        ConstCounter::new(used_up),
    );
    let outcomes = connections.outcomes().into_iter().chain([("wrong_uuid", wrong_uuid)]);
    registry.register(
        "audio_port_connections",
        "Connections to leased ports, by what became of them; those of a wrong UUID arrived, too",
        by_word("outcome", outcomes),
    );
}
