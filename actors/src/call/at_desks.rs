//! What a call tells the router of the desks.

use cordboard_schema::agent::AgentCall;
use cordboard_schema::ids::{EffectId, UserId};

use super::effect::AgentStands;
use super::live_call::LiveCall;
use crate::desk::{OfferEnd, Wish};
use crate::messages::{DeskPlace, ToRouter};

impl LiveCall {
    pub(super) fn wish(&self, handoff: EffectId) -> Wish {
        Wish { call_id: self.identity.call_id, handoff }
    }

    pub(super) fn offer(&self, handoff: EffectId, place: DeskPlace, reason: String, ring_ms: u64) {
        let (organization_id, wish, call) =
            (self.identity.organization_id, self.wish(handoff), self.line.clone());
        let wanted = ToRouter::Wanted { organization_id, wish, place, reason, ring_ms, call };
        self.neighbours.router.tell(wanted);
    }

    pub(super) fn withdraw_offer(&self, handoff: EffectId, is_taken: bool) {
        let (organization_id, wish) = (self.identity.organization_id, self.wish(handoff));
        let end = if is_taken { OfferEnd::TakenBy { name: None } } else { OfferEnd::Withdrawn };
        self.neighbours.router.tell(ToRouter::Withdrawn { organization_id, wish, end });
    }

    pub(super) fn agent_is(&self, user_id: UserId, stands: AgentStands) {
        let call = AgentCall {
            call_id: self.identity.call_id,
            state: stands.state,
            talks_since: stands.talks_since,
            held_since: stands.held_since,
            is_muted: stands.is_muted,
            audio: stands.audio,
            others: stands.others,
            outsiders: stands.outsiders,
            consult: stands.consult,
            last_consult: stands.last_consult,
        };
        let organization_id = self.identity.organization_id;
        self.neighbours.router.tell(ToRouter::AgentCallIs { organization_id, user_id, call });
    }

    pub(super) fn agent_left(&self, user_id: UserId, has_talked: bool) {
        let (organization_id, call_id) = (self.identity.organization_id, self.identity.call_id);
        let left = ToRouter::AgentLeft { organization_id, user_id, call_id, has_talked };
        self.neighbours.router.tell(left);
    }
}
