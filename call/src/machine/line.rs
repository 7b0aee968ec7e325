//! The caller's line, and what can be done with it. Each question is answered here, once. No other file asks for the kind of the
//! caller's line; some ask for that of a leg or a switch.

use cordboard_schema::call::CallPolicy;
use cordboard_schema::caller_line::{ChannelMode, LineKind};

use super::typing::WRITER_PATIENCE_MS;

/// The caller's line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CallerLine {
    /// Unknown until the first report about it.
    kind: Option<LineKind>,
    /// Whether their dialplan reports a missing place.
    reports_missing_place: bool,
}

/// An input about the caller's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEvent {
    /// A leg has arrived.
    LegArrived(LineKind),
    /// The call has a channel's name, or accepted a stream under it.
    ChannelNamed,
    /// A switch under our control has the caller.
    Linked(LineKind),
    /// A switch asks for a document for the caller.
    DocumentAsked,
    /// Their dialplan announces the call.
    Announced { reports_missing_place: bool },
}

impl CallerLine {
    /// Applies an input. The first one counts, and a later one that adds to a bare leg.
    pub(super) fn apply(&mut self, event: LineEvent) {
        let kind = match event {
            // It counts once it was accepted, because anyone who knows a channel's name can claim it.
            LineEvent::LegArrived(LineKind::Channel) => return,
            LineEvent::LegArrived(kind) | LineEvent::Linked(kind) => kind,
            LineEvent::ChannelNamed => LineKind::Channel,
            LineEvent::DocumentAsked => LineKind::Documents,
            LineEvent::Announced { reports_missing_place } => {
                self.reports_missing_place |= reports_missing_place;
                return;
            }
        };
        let is_leg_alone = self.kind == Some(LineKind::Leg);
        // A caller whose switch asks for documents has no such leg.
        if self.kind.is_none() || (is_leg_alone && event != LineEvent::DocumentAsked) {
            self.kind = Some(kind);
        }
    }

    pub(super) fn kind(self) -> LineKind {
        self.kind.unwrap_or_default()
    }

    // The parts of the line.

    /// Whether a document can be answered, as far as is known. A request about any other line does not change the call.
    pub(super) fn takes_documents(self) -> bool {
        self.kind.is_none_or(|kind| kind == LineKind::Documents)
    }

    /// Whether control and audio are separate connections, and we start the audio.
    pub(super) fn has_separate_audio(self) -> bool {
        self.kind() == LineKind::Channel
    }

    /// Whether a switch under our control has the caller's channel, by a link or by documents.
    pub(super) fn is_controlled(self) -> bool {
        !matches!(self.kind(), LineKind::Leg | LineKind::Page)
    }

    /// Whether requests can be sent to the channel, given whether a link to it is alive.
    pub(super) fn has_channel(self, is_linked: bool) -> bool {
        match self.kind() {
            LineKind::Leg | LineKind::Page => false,
            LineKind::Channel | LineKind::ControlledLeg => true,
            LineKind::Documents => is_linked,
        }
    }

    // The capabilities of its switch.

    /// Whether it carries out requests to the channel: digits, variables, holding a person's phone, a blind transfer. By documents it can
    /// do none of these.
    pub(super) fn acts_on_request(self) -> bool {
        self.kind() != LineKind::Documents
    }

    /// Whether it can park the caller, and reports where.
    pub(super) fn parks(self) -> bool {
        self.kind() == LineKind::ControlledLeg
    }

    /// Whether it knows if phones can be reached before they ring.
    pub(super) fn checks_phones(self) -> bool {
        self.kind() != LineKind::Documents
    }

    /// Whether it can ring extensions.
    pub(super) fn rings_extensions(self, policy: &CallPolicy) -> bool {
        self.kind() != LineKind::Documents || policy.documents_reach_extensions()
    }

    /// Whether a caller whose dialplan asks for the next step can be sent to an extension. A page asks for no next step.
    pub(super) fn sends_to_extensions(self, policy: &CallPolicy) -> bool {
        self.kind() != LineKind::Page && self.rings_extensions(policy)
    }

    /// Whether people who are rung can be shown a number.
    pub(super) fn shows_a_number(self, policy: &CallPolicy) -> bool {
        self.kind() != LineKind::Documents || policy.documents_call_people()
    }

    /// Whether caller and person meet in a room, where the caller stays until they are led out of it.
    pub(super) fn joins_in_rooms(self) -> bool {
        self.kind() == LineKind::Documents
    }

    /// Whether it records what caller and person say, if that is wanted.
    pub(super) fn records_people(self, policy: &CallPolicy) -> bool {
        self.kind() == LineKind::ControlledLeg && policy.records_people()
    }

    // The reports of its switch.

    /// Whether its link reports with whom the caller is joined.
    pub(super) fn reports_bridges(self) -> bool {
        self.kind() != LineKind::Documents
    }

    /// Whether it reports each key over both the leg and the link.
    pub(super) fn reports_keys_twice(self) -> bool {
        self.kind() == LineKind::ControlledLeg
    }

    /// Whether its link reports why the caller's call ended, so that the end of a leg alone does not end the call.
    pub(super) fn reports_cause_of_end(self, mode: ChannelMode) -> bool {
        match self.kind() {
            LineKind::ControlledLeg => true,
            LineKind::Channel => mode == ChannelMode::Dual,
            LineKind::Leg | LineKind::Documents | LineKind::Page => false,
        }
    }

    /// How long a caller whose leg is gone is awaited, in ms. Reloading a page takes some time. A page that `sleeps` is not closed, and its
    /// visitor comes back to it.
    pub(super) fn return_ms(self, policy: &CallPolicy, sleeps: bool) -> u64 {
        match self.kind() {
            LineKind::Page if sleeps => policy.page_wait_ms().max(WRITER_PATIENCE_MS),
            LineKind::Page => policy.page_wait_ms(),
            _ => policy.meet_timeout_ms,
        }
    }

    /// Whether a stream can end in order without the caller's call ending, because they were taken elsewhere.
    pub(super) fn streams_end_early(self) -> bool {
        self.kind() == LineKind::Documents
    }

    /// Whether their dialplan reports a missing place.
    pub(super) fn reports_missing_place(self) -> bool {
        self.reports_missing_place
    }

    // How the caller comes and goes.

    /// Whether a switch under our control has the channel and the caller's dialplan goes on when the leg ends, asking where to. The
    /// dialplan of a bare leg does that, too, but there is no channel that could be ordered to do something first.
    pub(super) fn continues_after_leg(self) -> bool {
        self.kind() == LineKind::ControlledLeg
    }

    /// Whether their switch asks for the next step whenever it has carried one out. After a failure the step can be sent again.
    pub(super) fn asks_what_next(self) -> bool {
        self.kind() == LineKind::Documents
    }

    /// Whether a caller whom a person has left comes back because the dialplan or the switch connects them to us again.
    pub(super) fn can_return(self) -> bool {
        self.continues_after_leg() || self.asks_what_next()
    }

    /// Whether a caller whom the switch has not brought back in time, while its link is alive, is somewhere else.
    pub(super) fn is_elsewhere_if_away(self) -> bool {
        self.kind() == LineKind::ControlledLeg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(events: &[LineEvent]) -> CallerLine {
        let mut line = CallerLine::default();
        events.iter().for_each(|event| line.apply(*event));
        line
    }

    #[test]
    fn a_leg_under_control_stays_a_controlled_leg() {
        let leg = LineEvent::LegArrived(LineKind::Leg);
        let linked = LineEvent::Linked(LineKind::ControlledLeg);
        assert_eq!(line(&[leg, linked, LineEvent::ChannelNamed, leg]).kind(), LineKind::ControlledLeg);
    }

    #[test]
    fn a_document_request_does_not_change_a_known_line() {
        let asked = LineEvent::DocumentAsked;
        assert_eq!(line(&[asked]).kind(), LineKind::Documents);
        for kind in [LineKind::Leg, LineKind::ControlledLeg, LineKind::Channel, LineKind::Page] {
            let line = line(&[LineEvent::Linked(kind), asked]);
            assert!(line.kind() == kind && !line.takes_documents(), "{kind:?}");
        }
    }

    #[test]
    fn documents_have_a_channel_while_their_account_can_be_asked() {
        let line = line(&[LineEvent::DocumentAsked]);
        assert!(line.has_channel(true) && !line.has_channel(false) && line.is_controlled());
    }
}
