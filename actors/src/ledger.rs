//! The ledger: everything that a node opens and has to close again, counted in one place by kind. The API shows it,
//! and tests check it after every fault: when no call is live, nothing that belongs to calls is open.

use cordboard_schema::call::{LegCarrier, LegKind};

use crate::live_count::{LiveCount, LiveFigures};

/// Owner of a counted thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A call: the thing is gone within seconds of the call.
    Call,
    /// The node: the thing has its own end.
    Node,
}

/// One kind of thing in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, for example `calls`.
    pub kind: &'static str,
    /// The owner.
    pub owner: Owner,
    /// The count.
    pub figures: LiveFigures,
}

/// Declares the counters.
///
/// A new kind is one line below: its description, its name, its owner. The code that opens such a thing keeps the
/// guard of `ledger.<name>.one_more()` in the same value, so that both end together. API, page, metrics and tests
/// show it without further code.
macro_rules! kinds {
    ($( $(#[doc = $doc:literal])+ $kind:ident: $owner:ident, )+) => {
        /// Counters of a node. Clones count together.
        #[derive(Clone, Debug, Default)]
        pub struct Ledger {
            $( $(#[doc = $doc])+ pub $kind: LiveCount, )+
            /// Legs, by their kind.
            legs: [LiveCount; LegKind::ALL.len()],
        }

        impl Ledger {
            /// Every kind with its figures, always in the same order.
            pub fn entries(&self) -> Vec<Entry> {
                let legs = LegKind::ALL.into_iter().filter_map(|kind| {
                    let counted = kind.counted_as()?;
                    Some(Entry { kind: counted, owner: Owner::Call, figures: self.leg(kind).figures() })
                });
                let others = [$(
                    Entry { kind: stringify!($kind), owner: Owner::$owner, figures: self.$kind.figures() },
                )+];
                legs.chain(others).collect()
            }
        }
    };
}

kinds! {
    /// Calls, from their start until they are dropped.
    calls: Call,
    /// Timers of calls: a call's actor has at most one, at its next deadline.
    call_timers: Call,
    /// Control links of channels whose socket is open.
    control_links: Call,
    /// Assistants whose provider runs.
    assistants: Call,
    /// Connections to providers that are open or are being opened.
    provider_connections: Call,
    /// Recordings that are being written.
    recordings: Call,
    /// Connections to the ports of switches that have not identified themselves yet.
    handshakes: Node,
    /// Browsers' audio sockets that have not identified themselves yet.
    handshakes_web: Node,
    /// Twilio's media streams that have not identified themselves yet.
    handshakes_twilio: Node,
    /// HTTP connections, including WebSockets.
    http_connections: Node,
    /// Ports that are leased.
    audio_ports: Node,
    /// Connections to switches that are open.
    switch_links: Node,
    /// Clients of the live view.
    live_views: Node,
    /// Control sockets of programs.
    control_sockets: Node,
    /// Desks that are open.
    desks: Node,
}

impl Ledger {
    /// Legs of a kind whose connection is open.
    pub fn leg(&self, kind: LegKind) -> LiveCount {
        self.legs[kind as usize].clone()
    }

    /// Legs of all kinds whose audio is open and comes by this carrier.
    pub fn legs_by(&self, carrier: LegCarrier) -> usize {
        let kinds = LegKind::ALL.into_iter().filter(|kind| kind.carrier() == carrier);
        kinds.map(|kind| self.leg(kind).now()).sum()
    }

    /// Legs of any kind whose connection is open.
    pub fn legs(&self) -> usize {
        self.legs.iter().map(LiveCount::now).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_shown_under_its_kind_and_nowhere_else() {
        let ledger = Ledger::default();
        let leg = ledger.clone().leg(LegKind::Freeswitch).one_more();
        let open = |ledger: &Ledger| -> Vec<&'static str> {
            ledger.entries().iter().filter(|entry| entry.figures.open > 0).map(|entry| entry.kind).collect()
        };
        assert_eq!((open(&ledger), ledger.legs()), (vec!["legs_freeswitch"], 1));
        drop(leg);
        assert_eq!((open(&ledger), ledger.legs()), (Vec::new(), 0));
    }
}
