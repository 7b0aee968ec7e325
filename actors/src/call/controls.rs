//! The control links of a call: connections that its caller's switch opened for it.

use std::collections::HashMap;

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Fact;
use cordboard_schema::switch::{ControlId, ControlLink};

use super::live_call::LiveCall;
use crate::line::ControlLine;
use crate::messages::ToControl;
use crate::switches::{ControlPlace, ControlSource};

/// The connections: those that have arrived, and those that the call has taken.
#[derive(Default)]
pub(super) struct ControlLinks {
    /// The machine has not accepted or refused them yet.
    arrivals: HashMap<ControlId, Box<dyn ControlSource>>,
    taken: HashMap<ControlId, ControlLine>,
}

impl ControlLinks {
    /// The line to a link that the call has taken.
    pub(super) fn line(&self, control: ControlId) -> Option<&ControlLine> {
        self.taken.get(&control)
    }

    /// Number of links that the call has taken.
    pub(super) fn count(&self) -> usize {
        self.taken.len()
    }

    /// The call no longer needs the link: a newer one has taken its place, or none is needed.
    pub(super) fn release(&self, control: ControlId) {
        let is_replaced = self.taken.keys().any(|other| other.0 > control.0);
        if let Some(line) = self.line(control) {
            line.order(if is_replaced { ToControl::Replaced } else { ToControl::Release });
        }
    }
}

impl LiveCall {
    /// A control connection for this call has arrived: the machine accepts it or not.
    pub(super) fn control_arrived(&mut self, connection: Box<dyn ControlSource>) {
        let control = self.machine.next_control();
        let dialled = self.machine.dialled().cloned();
        let ours = dialled.as_ref().map(|dialled| dialled.switch.clone());
        let server = ours.or_else(|| connection.server().map(str::to_owned));
        self.holds_channel(connection.seen().switch, connection.channel(), server);
        let announcement = connection.announcement().clone();
        let number = dialled.map(|dialled| dialled.target.number().to_owned());
        self.channel.set_caller_number(number.or(announcement.from.clone()));
        let detected = self.detected(&announcement);
        let link = ControlLink::Outbound { control };
        let attached = Fact::ControlAttached { link, channel: connection.seen().clone() };
        self.controls.arrivals.insert(control, connection);
        self.agenda.extend([Fact::Announced { announcement }, attached]);
        self.agenda.extend(detected);
        self.work();
        // A step that panicked has neither accepted nor refused it.
        self.refuse_control(control, NextStep::Again);
    }

    pub(super) fn take_control(&mut self, control: ControlId) {
        if let Some(connection) = self.controls.arrivals.remove(&control) {
            let (call_id, call) = (self.id(), self.line.clone());
            let ledger = &self.neighbours.ledger;
            let line = connection.start(ControlPlace { control, call_id, call, ledger });
            self.vitals.control_came(control);
            self.controls.taken.insert(control, line);
        }
    }

    /// Ends a connection that has arrived and is not a link of the call, if it still exists.
    pub(super) fn refuse_control(&mut self, control: ControlId, next: NextStep) {
        if let Some(connection) = self.controls.arrivals.remove(&control) {
            connection.refuse(next);
        }
    }

    /// A link is gone.
    pub(super) fn control_lost(&mut self, control: ControlId) {
        self.controls.taken.remove(&control);
        self.vitals.control_went(control);
    }

    /// Asks a link for its state. If it is gone, the call gets that report.
    pub(super) fn resync_control(&mut self, control: ControlId) {
        if !self.controls.line(control).is_some_and(|line| line.order(ToControl::Resync)) {
            let link = ControlLink::Outbound { control };
            let reason = "the connection is gone".to_owned();
            self.line.fact(Fact::ControlLost { link, reason });
        }
    }
}
