//! Phones that a call rings so that they join it here: the switch that rings them, and the arrival of their audio.

use cordboard_schema::call::LegKind;
use cordboard_schema::dial::{DialTarget, Dialable};
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::switch::{HandoffFailure, ShownNumbers, SwitchKind};
use tokio::task::JoinHandle;
use tracing::{Instrument, error, warn};

use super::live_call::LiveCall;
use super::neighbours::Dialler;
use crate::line::LegLine;
use crate::messages::{Dial, DialledFor, ParkedChannel, RouterNotice, SwitchLine, ToRegistry, ToSwitch};
use crate::switches::SocketLeg;

/// A phone that is rung, or about to be.
#[derive(Debug)]
pub(super) struct RungPhone {
    /// The switch that rings.
    switch: SwitchLine,
    /// Its kind.
    kind: SwitchKind,
    /// Orders the ringing, once it is on disk. A next process would know nothing of a phone that rings and is in no journal.
    order: JoinHandle<()>,
}

impl LiveCall {
    pub(super) fn ring_phone(&mut self, ringing: EffectId, target: DialTarget, timeout_ms: u64) {
        let (call_id, channel) = (self.id(), self.id().phone(ringing));
        let wanted_for = DialledFor::Phone(ringing);
        let nobody = wanted_for.failed(HandoffFailure::Trunk, None);
        let is_number = matches!(target.who(), Dialable::Number { .. });
        let switch = self.rings_phones().filter(|switch| switch.is_trunk_granted || !is_number);
        let Some(switch) = switch else { return self.facts.push_back(nobody) };
        // Before the switch is asked: its audio may be here at once.
        self.neighbours.registry.tell(ToRegistry::PhoneExpected { call_id, ringing, channel });
        let caller = self.channel.caller_number();
        let may_show = switch.kind.shows() == ShownNumbers::Any;
        let from = caller.filter(|_| may_show).and_then(|from| from.parse().ok());
        let order = Dial {
            channel,
            target,
            from,
            timeout_ms,
            variables: Default::default(),
            detects_mailbox: false,
            wanted_for,
            call: self.line.clone(),
        };
        let (committed, call, line) = (self.committed(), self.line.clone(), switch.line.clone());
        let ordering = async move {
            let is_told = match committed.await {
                Ok(()) => line.tell(ToSwitch::Dial(Box::new(order))),
                Err(fault) => {
                    warn!(%fault, "a phone is not rung: that it is can't be put on record");
                    false
                }
            };
            if !is_told {
                call.fact(nobody);
            }
        };
        let order = actix_rt::spawn(ordering.instrument(self.span.clone()));
        self.phones.insert(ringing, RungPhone { switch: switch.line, kind: switch.kind, order });
    }

    /// Has the switch that rang a phone send us its sound. Our socket first, then the command: the first samples come 20 ms later.
    /// The leg, and its kind; none if there is no such switch, or no socket.
    pub(super) fn listen_to_parked(
        &self,
        leg: LegId,
        ringing: EffectId,
        ParkedChannel { uuid, read_rate }: ParkedChannel,
    ) -> Option<(LegLine, LegKind)> {
        let RungPhone { switch, kind, .. } = self.phones.get(&ringing)?;
        let audio = self.neighbours.starts.channel_audio(*kind)?;
        let (line, action) = audio
            .socket(SocketLeg { leg, read_rate, call: self.line.clone() })
            .inspect_err(|error| error!(%error, "no UDP socket for a phone's audio can be bound"))
            .ok()?;
        // The leg reports the result: a unicast's answer says nothing.
        switch.tell(ToSwitch::Act { channel: uuid, effect: ringing, action, call: self.line.clone() });
        Some((line, audio.leg_kind()))
    }

    /// The switch that has the caller, else the one that makes calls where none is named.
    fn rings_phones(&self) -> Option<Dialler> {
        let granted = &self.machine.policy().granted;
        let dialler =
            |name| self.neighbours.starts.dialler(self.identity.organization_id, granted, name).ok();
        self.channel.server().and_then(|server| dialler(Some(server))).or_else(|| dialler(None))
    }

    pub(super) fn stop_phone(&mut self, ringing: EffectId) {
        let channel = self.id().phone(ringing);
        let call_id = self.id();
        self.neighbours.registry.tell(ToRegistry::PhoneGone { call_id, ringing });
        let rung_by = self.phones.remove(&ringing);
        // It is not known which switch a dead process had asked: each possible one ends its ringing.
        let others = || {
            let one = self.rings_phones().map(|switch| switch.line);
            one.into_iter().chain(self.neighbours.starts.switches()).collect::<Vec<SwitchLine>>()
        };
        let switches = match rung_by {
            Some(RungPhone { switch, order, .. }) => {
                order.abort();
                vec![switch]
            }
            None => others(),
        };
        for switch in switches {
            switch.tell(ToSwitch::StopDialling { channel });
        }
    }

    pub(super) fn take_offer(&self, handoff: EffectId, user_id: UserId) {
        let (organization_id, wish) = (self.identity.organization_id, self.wish(handoff));
        self.neighbours.router.tell(RouterNotice::OfferTaken { organization_id, wish, user_id });
    }

    pub(super) fn pass_offer(&self, handoff: EffectId, user_id: UserId, failure: HandoffFailure) {
        let (organization_id, wish) = (self.identity.organization_id, self.wish(handoff));
        self.neighbours.router.tell(RouterNotice::OfferPassed { organization_id, wish, user_id, failure });
    }
}
