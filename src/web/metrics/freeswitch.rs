//! Outcomes of connections to FreeSWITCH's two ports.

use std::sync::Arc;

use cordboard_actors::freeswitch::{EslListenerCounters, StreamListenerCounters};
use prometheus_client::registry::Registry;

use super::by_word;

/// Sources of the figures. Cheap to clone.
#[derive(Clone)]
pub(in crate::web) struct FreeswitchFigures {
    pub(in crate::web) esl: Arc<dyn Fn() -> EslListenerCounters + Send + Sync>,
    pub(in crate::web) stream: Arc<dyn Fn() -> StreamListenerCounters + Send + Sync>,
}

/// Adds the figures as they are now.
pub(super) fn register(figures: &FreeswitchFigures, registry: &mut Registry) {
    register_esl((figures.esl)(), registry);
    register_stream((figures.stream)(), registry);
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
