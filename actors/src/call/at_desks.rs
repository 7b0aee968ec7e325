//! Messages of a call to the router of the desks.

use cordboard_schema::agent::AgentCall;
use cordboard_schema::ids::{EffectId, UserId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::live_call::LiveCall;
use crate::desk::{OfferEnd, RequestId};
use crate::messages::{DeskPlace, RouterNotice};
use cordboard_call::Accepts;
use cordboard_call::effect::AgentStatus;

impl LiveCall {
    pub(super) fn desk_request(&self, handoff: EffectId) -> RequestId {
        RequestId { call_id: self.identity.call_id, handoff }
    }

    pub(super) fn offer(
        &self,
        handoff: EffectId,
        place: DeskPlace,
        offered: (String, u64, Accepts),
        waits: (Option<UnixMs>, Option<UnixMs>),
    ) {
        self.want(handoff, place, None, offered, waits);
    }

    /// Asks for a colleague; the one who calls is an agent and not a caller.
    pub(super) fn call_colleague(&self, handoff: EffectId, place: DeskPlace, by: UserId, ring_ms: u64) {
        let offered = ("a colleague calls you".to_owned(), ring_ms, Accepts::ByAgent);
        self.want(handoff, place, Some(by), offered, (None, None));
    }

    fn want(
        &self,
        handoff: EffectId,
        place: DeskPlace,
        by: Option<UserId>,
        (reason, ring_ms, accepts): (String, u64, Accepts),
        (since, let_in): (Option<UnixMs>, Option<UnixMs>),
    ) {
        let (organization_id, request, call) =
            (self.identity.organization_id, self.desk_request(handoff), self.line.clone());
        let wanted = RouterNotice::Requested {
            organization_id,
            request,
            place,
            by,
            reason,
            ring_ms,
            accepts,
            since,
            let_in,
            call,
        };
        self.neighbours.router.tell(wanted);
    }

    pub(super) fn not_reached(&self, user_id: UserId, to: String, failure: HandoffFailure) {
        let (organization_id, call_id) = (self.identity.organization_id, self.identity.call_id);
        self.neighbours.router.tell(RouterNotice::NotReached {
            organization_id,
            user_id,
            call_id,
            to,
            failure,
        });
    }

    pub(super) fn withdraw_offer(&self, handoff: EffectId, is_taken: bool) {
        let (organization_id, request) = (self.identity.organization_id, self.desk_request(handoff));
        let end = if is_taken { OfferEnd::TakenBy { name: None } } else { OfferEnd::Withdrawn };
        self.neighbours.router.tell(RouterNotice::Withdrawn { organization_id, request, end });
    }

    pub(super) fn agent_is(&self, user_id: UserId, status: AgentStatus) {
        let call = AgentCall {
            call_id: self.identity.call_id,
            state: status.state,
            talks_since: status.talks_since,
            held_since: status.held_since,
            is_muted: status.is_muted,
            audio: status.audio,
            others: status.others,
            outsiders: status.outsiders,
            consult: status.consult,
            last_consult: status.last_consult,
            dialling: status.dialling,
            colleague: status.colleague,
            supervisors: status.supervisors,
        };
        let organization_id = self.identity.organization_id;
        self.neighbours.router.tell(RouterNotice::AgentCallIs { organization_id, user_id, call });
    }

    pub(super) fn agent_left(&self, user_id: UserId, has_talked: bool) {
        let (organization_id, call_id) = (self.identity.organization_id, self.identity.call_id);
        let left = RouterNotice::AgentLeft { organization_id, user_id, call_id, has_talked };
        self.neighbours.router.tell(left);
    }

    pub(super) fn take_offer(&self, handoff: EffectId, user_id: UserId) {
        let (organization_id, request) = (self.identity.organization_id, self.desk_request(handoff));
        self.neighbours.router.tell(RouterNotice::OfferTaken { organization_id, request, user_id });
    }

    pub(super) fn pass_offer(&self, handoff: EffectId, user_id: UserId, failure: HandoffFailure) {
        let (organization_id, request) = (self.identity.organization_id, self.desk_request(handoff));
        self.neighbours.router.tell(RouterNotice::OfferPassed { organization_id, request, user_id, failure });
    }
}
