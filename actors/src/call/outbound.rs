//! A call that we make, as its actor carries it out: the record of it, and the order to the switch.

use cordboard_schema::call::HangupCause;
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::outbound::{AnsweredBy, DetectedBy, Dialled};
use cordboard_schema::switch::HandoffFailure;
use tracing::{Instrument, warn};

use super::live_call::LiveCall;
use super::neighbours::Dialler;
use crate::messages::{Dial, DialledFor, ToSwitch};

impl LiveCall {
    /// A phone that has rung can't be taken back: that it is called is on disk before.
    pub(super) fn record_attempt(&self) {
        let (committed, line) = (self.committed(), self.line.clone());
        let recording = async move {
            line.fact(match committed.await {
                Ok(()) => Fact::AttemptRecorded,
                Err(fault) => {
                    warn!(%fault, "nobody is called: the attempt can't be put on record");
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
        self.dialler.clone_from(&switch);
        if !switch.is_some_and(|switch| switch.line.tell(ToSwitch::Dial(Box::new(order)))) {
            self.facts.push_back(Fact::DialFailed { failure: HandoffFailure::Trunk, cause: None });
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
        let anew = || self.neighbours.starts.dialler(organization_id, granted, Some(&dialled.switch)).ok();
        self.dialler.clone().or_else(anew)
    }

    /// A switch's report in its announcement on who has answered a call of ours.
    pub(super) fn detected(&self, announcement: &Announcement) -> Option<Fact> {
        self.machine.dialled()?;
        let who = AnsweredBy::in_announcement(announcement)?;
        Some(Fact::AnsweredBy { who, by: DetectedBy::Line })
    }
}
