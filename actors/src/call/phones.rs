//! Phones that a switch calls for a call: the one that the call is made for, and those that join it here. Nothing
//! rings before that is on record.

use std::collections::HashMap;

use cordboard_schema::call::{HangupCause, LegKind};
use cordboard_schema::dial::{DialTarget, Dialable};
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::outbound::{AnsweredBy, DetectedBy, Dialled};
use cordboard_schema::switch::{HandoffFailure, ShownNumbers, SwitchKind};
use tokio::task::JoinHandle;
use tracing::{Instrument, error, warn};

use super::live_call::LiveCall;
use super::neighbours::Dialler;
use crate::line::LegLine;
use crate::messages::{AwaitedDial, Dial, DialledFor, ParkedChannel, SwitchLine, ToRegistry, ToSwitch};
use crate::switches::SocketLeg;

/// The phones, and the switches that call them.
#[derive(Debug, Default)]
pub(super) struct CalledPhones {
    /// The switch that calls the party that the call is made for, once it was dialled.
    dialler: Option<Dialler>,
    /// Phones that are rung to join the call here, or have joined.
    rung: HashMap<EffectId, RungPhone>,
}

/// A phone that is rung, or about to be.
#[derive(Debug)]
struct RungPhone {
    /// The switch that rings.
    switch: SwitchLine,
    /// Its kind.
    kind: SwitchKind,
    /// Orders the ringing, once it is on disk. Otherwise a next process would know nothing of a phone that rings and
    /// is not in the journal.
    order: JoinHandle<()>,
}

impl LiveCall {
    /// A phone that has rung can't be undone: the attempt must be on disk before.
    pub(super) fn record_attempt(&self) {
        let (committed, line) = (self.committed(), self.line.clone());
        let recording = async move {
            line.fact(match committed.await {
                Ok(()) => Fact::AttemptRecorded,
                Err(fault) => {
                    warn!(%fault, "the party is not called: the attempt can't be put on record");
                    let cause = Some(HangupCause::not_recorded());
                    Fact::DialFailed { failure: HandoffFailure::Congestion, cause }
                }
            });
        };
        actix_rt::spawn(recording.instrument(self.span.clone()));
    }

    pub(super) fn dial(&mut self, dialled: &Dialled) {
        let order = Dial {
            channel: dialled.channel,
            target: dialled.target.clone(),
            from: dialled.from.clone(),
            timeout_ms: dialled.answer_timeout_ms,
            variables: dialled.variables.clone(),
            wanted_for: DialledFor::Call,
            detects_mailbox: dialled.detector() == Some(DetectedBy::Line),
            call: self.line.clone(),
        };
        let switch = self.dialler(dialled);
        self.phones.dialler.clone_from(&switch);
        if !switch.is_some_and(|switch| switch.line.tell(ToSwitch::Dial(Box::new(order)))) {
            self.agenda.add(Fact::DialFailed { failure: HandoffFailure::Trunk, cause: None });
        }
    }

    /// A process that died had the party of this call called, or may have. While their answer is awaited, their switch
    /// reports on them to this process.
    pub(super) fn await_dialled(&mut self) {
        let Some(dialled) = self.machine.awaited_callee().cloned() else { return };
        self.phones.dialler = self.dialler(&dialled);
        if let Some(switch) = &self.phones.dialler {
            let awaited = AwaitedDial {
                channel: dialled.channel,
                timeout_ms: dialled.answer_timeout_ms,
                detects_mailbox: dialled.detector() == Some(DetectedBy::Line),
                is_to_extension: matches!(dialled.target.who(), Dialable::Extension { .. }),
                name: self.machine.callee_at_switch().cloned(),
                call: self.line.clone(),
            };
            switch.line.tell(ToSwitch::AwaitDialled(Box::new(awaited)));
        }
    }

    pub(super) fn stop_dialling(&self, dialled: &Dialled) {
        if let Some(switch) = self.dialler(dialled) {
            switch.line.tell(ToSwitch::StopDialling { channel: dialled.channel });
        }
    }

    pub(super) fn dialler(&self, dialled: &Dialled) -> Option<Dialler> {
        // The account that dials a call is the one that reports on it, whatever happens to that account elsewhere.
        let (organization_id, granted) = (self.identity.organization_id, &self.machine.policy().granted);
        let new_dialler =
            || self.neighbours.starts.dialler(organization_id, granted, Some(&dialled.switch)).ok();
        self.phones.dialler.clone().or_else(new_dialler)
    }

    /// The switch's report on who has answered a call of ours, from its announcement.
    pub(super) fn detected(&self, announcement: &Announcement) -> Option<Fact> {
        self.machine.dialled()?;
        let who = AnsweredBy::in_announcement(announcement)?;
        Some(Fact::AnsweredBy { who, by: DetectedBy::Line })
    }

    pub(super) fn ring_phone(&mut self, ringing: EffectId, target: DialTarget, timeout_ms: u64) {
        let (call_id, channel) = (self.id(), self.id().phone(ringing));
        let wanted_for = DialledFor::Phone(ringing);
        let failed = wanted_for.failed(HandoffFailure::Trunk, None);
        let is_number = matches!(target.who(), Dialable::Number { .. });
        let switch = self.rings_phones().filter(|switch| switch.is_trunk_granted || !is_number);
        let Some(switch) = switch else { return self.agenda.add(failed) };
        // Before the order to the switch, because its audio may arrive at once.
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
            let is_ordered = match committed.await {
                Ok(()) => line.tell(ToSwitch::Dial(Box::new(order))),
                Err(fault) => {
                    warn!(%fault, "a phone is not rung: the attempt can't be put on record");
                    false
                }
            };
            if !is_ordered {
                call.fact(failed);
            }
        };
        let order = actix_rt::spawn(ordering.instrument(self.span.clone()));
        self.phones.rung.insert(ringing, RungPhone { switch: switch.line, kind: switch.kind, order });
    }

    /// Has the switch that rang a phone send us its sound. The socket is opened first, then the command is sent: the
    /// first samples come 20 ms later. Returns the leg and its kind; none if there is no such switch, or no socket.
    pub(super) fn listen_to_parked(
        &self,
        leg: LegId,
        ringing: EffectId,
        ParkedChannel { uuid, read_rate }: ParkedChannel,
    ) -> Option<(LegLine, LegKind)> {
        let RungPhone { switch, kind, .. } = self.phones.rung.get(&ringing)?;
        let audio = self.neighbours.starts.channel_audio(*kind)?;
        let (line, action) = audio
            .socket(SocketLeg { leg, read_rate, call: self.line.clone() })
            .inspect_err(|error| error!(%error, "no UDP socket for a phone's audio can be bound"))
            .ok()?;
        // The leg reports the result: a unicast's answer says nothing.
        switch.tell(ToSwitch::Act { channel: uuid, effect: ringing, action, call: self.line.clone() });
        Some((line, audio.leg_kind()))
    }

    /// The switch that has the caller, otherwise the one that makes calls if none is named.
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
        let rung_by = self.phones.rung.remove(&ringing);
        // It is not known which switch a dead process had ordered: each possible one ends its ringing.
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
}
