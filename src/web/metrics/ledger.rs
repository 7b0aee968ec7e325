//! Open resources, by kind.

use cordboard_actors::ledger::Ledger;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type OfKind<M> = Family<[(&'static str, &'static str); 1], M>;

/// Adds the current ledger.
pub(super) fn register(ledger: &Ledger, registry: &mut Registry) {
    let (open, most) = (OfKind::<Gauge>::default(), OfKind::<Gauge>::default());
    let (opened, closed) = (OfKind::<Counter>::default(), OfKind::<Counter>::default());
    for entry in ledger.entries() {
        let (kind, figures) = ([("kind", entry.kind)], entry.figures);
        open.get_or_create(&kind).set(figures.open as i64);
        most.get_or_create(&kind).set(figures.most as i64);
        opened.get_or_create(&kind).inc_by(figures.opened);
        closed.get_or_create(&kind).inc_by(figures.closed);
    }
    registry.register("open", "Resources that are open now, by kind", open);
    registry.register("open_max", "The most that was open at a time, by kind", most);
    registry.register("opened", "Resources that were opened, by kind", opened);
    registry.register("closed", "Resources that were closed again, by kind", closed);
}
