//! The caller's line, and its capabilities. Each question has its answer here, once; no other file asks which kind of line it is.

use cordboard_schema::call::CallPolicy;
use cordboard_schema::caller_line::{ChannelMode, LineKind};

/// The caller's line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CallerLine {
    /// Nothing is known of it before somebody has said something.
    kind: Option<LineKind>,
    /// Their dialplan reports a place that it lacks.
    tells_lack: bool,
}

/// An input about a caller's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEvent {
    /// A leg has come.
    LegArrived(LineKind),
    /// The call has a channel's name, or a stream under it was taken.
    ChannelNamed,
    /// A switch under control has the caller.
    Linked(LineKind),
    /// A switch asks what to do with the caller.
    DocumentAsked,
    /// Their dialplan announces itself.
    Announced { tells_lack: bool },
}

impl CallerLine {
    /// Applies an input. The first one counts, and one that adds to a bare leg.
    pub(super) fn apply(&mut self, event: LineEvent) {
        let told = match event {
            // It counts once it is taken: anybody who knows a channel's name can say it.
            LineEvent::LegArrived(LineKind::Channel) => return,
            LineEvent::LegArrived(kind) | LineEvent::Linked(kind) => kind,
            LineEvent::ChannelNamed => LineKind::Channel,
            LineEvent::DocumentAsked => LineKind::Documents,
            LineEvent::Announced { tells_lack } => {
                self.tells_lack |= tells_lack;
                return;
            }
        };
        let is_leg_alone = self.kind == Some(LineKind::Leg);
        // A caller whose switch asks for documents has no such leg.
        if self.kind.is_none() || (is_leg_alone && event != LineEvent::DocumentAsked) {
            self.kind = Some(told);
        }
    }

    pub(super) fn kind(self) -> LineKind {
        self.kind.unwrap_or_default()
    }

    // Parts of the line.

    /// A document can be answered, as far as is known. A question about another line does not change the call.
    pub(super) fn takes_documents(self) -> bool {
        self.kind.is_none_or(|kind| kind == LineKind::Documents)
    }

    /// Control and audio are connections of their own, and we have the audio started.
    pub(super) fn comes_in_halves(self) -> bool {
        self.kind() == LineKind::Channel
    }

    /// A switch under control has the caller's channel, be it by a link or by documents.
    pub(super) fn is_controlled(self) -> bool {
        !matches!(self.kind(), LineKind::Leg | LineKind::Page)
    }

    /// Something can be asked of the channel, given whether a link to it lives.
    pub(super) fn has_channel(self, is_linked: bool) -> bool {
        match self.kind() {
            LineKind::Leg | LineKind::Page => false,
            LineKind::Channel | LineKind::ControlledLeg => true,
            LineKind::Documents => is_linked,
        }
    }

    // Actions of its switch.

    /// It does what it is asked of the channel: digits, variables, a person's hold, a blind transfer. By documents it does none of that.
    pub(super) fn acts_on_request(self) -> bool {
        self.kind() != LineKind::Documents
    }

    /// It can park the caller, and says where.
    pub(super) fn parks(self) -> bool {
        self.kind() == LineKind::ControlledLeg
    }

    /// It knows whether phones can be reached before they ring.
    pub(super) fn looks_at_phones(self) -> bool {
        self.kind() != LineKind::Documents
    }

    /// It can ring extensions.
    pub(super) fn rings_extensions(self, policy: &CallPolicy) -> bool {
        self.kind() != LineKind::Documents || policy.documents_reach_extensions()
    }

    /// A caller who asks where to go can be sent to an extension. A page asks nobody.
    pub(super) fn sends_to_extensions(self, policy: &CallPolicy) -> bool {
        self.kind() != LineKind::Page && self.rings_extensions(policy)
    }

    /// People who are rung can be shown a number.
    pub(super) fn shows_a_number(self, policy: &CallPolicy) -> bool {
        self.kind() != LineKind::Documents || policy.documents_call_people()
    }

    /// Caller and person are brought together in a room, where the caller stays until they are led out of it.
    pub(super) fn joins_in_rooms(self) -> bool {
        self.kind() == LineKind::Documents
    }

    /// It records what caller and person say, if that is wanted.
    pub(super) fn records_people(self, policy: &CallPolicy) -> bool {
        self.kind() == LineKind::ControlledLeg && policy.records_people()
    }

    // Reports of its switch.

    /// Its link says with whom the caller is joined.
    pub(super) fn tells_of_bridges(self) -> bool {
        self.kind() != LineKind::Documents
    }

    /// It reports a key over the leg and over the link.
    pub(super) fn tells_keys_twice(self) -> bool {
        self.kind() == LineKind::ControlledLeg
    }

    /// Its link reports the cause of the caller's end, so that a leg's end is none.
    pub(super) fn tells_cause_of_end(self, mode: ChannelMode) -> bool {
        match self.kind() {
            LineKind::ControlledLeg => true,
            LineKind::Channel => mode == ChannelMode::Dual,
            LineKind::Leg | LineKind::Documents | LineKind::Page => false,
        }
    }

    /// Time that a caller whose leg is gone is waited for, in ms: a page takes its time to be reloaded.
    pub(super) fn return_ms(self, policy: &CallPolicy) -> u64 {
        match self.kind() {
            LineKind::Page => policy.page_return_ms.max(policy.meet_timeout_ms),
            _ => policy.meet_timeout_ms,
        }
    }

    /// A stream that ends in order need not be the caller's end: they may have been taken elsewhere.
    pub(super) fn streams_end_early(self) -> bool {
        self.kind() == LineKind::Documents
    }

    /// Their dialplan reports a place that it lacks.
    pub(super) fn tells_lack(self) -> bool {
        self.tells_lack
    }

    // Ways by which the caller comes and goes.

    /// A switch under control has the channel, and the end of the leg has the caller's dialplan go on, which asks where to. So does a bare
    /// leg's dialplan, but there is no channel then about which something else could be ordered first.
    pub(super) fn goes_on_after_leg(self) -> bool {
        self.kind() == LineKind::ControlledLeg
    }

    /// Their switch asks for the next step whenever it has carried one out, and can be sent it again after a failure.
    pub(super) fn asks_what_next(self) -> bool {
        self.kind() == LineKind::Documents
    }

    /// A caller whom a person has left comes back by the dialplan or the switch, which connects them to us again.
    pub(super) fn comes_back(self) -> bool {
        self.goes_on_after_leg() || self.asks_what_next()
    }

    /// A caller whom their switch has not brought back in time, while its link lives, is somewhere else.
    pub(super) fn is_elsewhere_if_away(self) -> bool {
        self.kind() == LineKind::ControlledLeg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(told: &[LineEvent]) -> CallerLine {
        let mut line = CallerLine::default();
        told.iter().for_each(|event| line.apply(*event));
        line
    }

    #[test]
    fn a_leg_under_control_stays_a_controlled_leg() {
        let leg = LineEvent::LegArrived(LineKind::Leg);
        let linked = LineEvent::Linked(LineKind::ControlledLeg);
        assert_eq!(line(&[leg, linked, LineEvent::ChannelNamed, leg]).kind(), LineKind::ControlledLeg);
    }

    #[test]
    fn a_document_question_changes_no_line_already_known() {
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
