//! A router that dies at a message: the next one handles it, because it is not sent again.

use cordboard_actors::fault::{Fault, arm};

use super::*;

#[test]
fn a_caller_leaving_as_the_router_dies_stops_being_offered() {
    with_router(at_once(), |router| async move {
        let (mut ada, caller, offer) = caller_at_ada(&router).await;
        arm(Fault::PanicInRouter);
        let end = OfferEnd::Withdrawn;
        router.tell(RouterNotice::Withdrawn {
            organization_id: HOUSE,
            request: caller.request,
            end: end.clone(),
        });
        let asked_at = tokio::time::Instant::now();
        assert_eq!(ada.offer_gone().await, end);
        assert_eq!(asked_at.elapsed(), Duration::ZERO, "it does not ring until its timeout");
        assert_eq!(ada.says(AgentAction::Accepts(offer)).await, Err(DeskRefused::OfferGone));
    });
}

#[test]
fn an_agents_call_ending_as_the_router_dies_is_gone() {
    with_router(at_once(), |router| async move {
        let (mut ada, caller, offer) = caller_at_ada(&router).await;
        ada.says(AgentAction::Accepts(offer)).await.unwrap();
        assert_eq!(ada.has_to_do().await.calls.len(), 1);
        arm(Fault::PanicInRouter);
        let RequestId { call_id, .. } = caller.request;
        router.tell(RouterNotice::AgentLeft {
            organization_id: HOUSE,
            user_id: ADA,
            call_id,
            has_talked: true,
        });
        let work = ada.has_to_do().await;
        assert_eq!((work.calls.len(), work.wrap_ups.len()), (0, 1));
    });
}

#[test]
fn a_request_made_as_the_router_dies_reaches_the_next() {
    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        ada.is_known().await;
        arm(Fault::PanicInRouter);
        let mut caller = Caller::asks(&router, 1, DeskPlace::Agent(ADA));
        ada.is_offered().await;
        assert_eq!(caller.next_fact().await, RINGS);
    });
}

#[test]
fn a_request_killing_two_routers_is_dropped_and_others_served() {
    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        ada.is_known().await;
        arm(Fault::PanicInRouter);
        arm(Fault::PanicInRouter);
        let _unheard = Caller::asks(&router, 1, DeskPlace::Agent(ADA));
        let mut caller = Caller::asks(&router, 2, DeskPlace::Agent(ADA));
        ada.is_offered().await;
        assert_eq!(caller.next_fact().await, RINGS);
    });
}

#[test]
fn an_offer_whose_end_kills_the_router_ends_soon_after() {
    with_router(at_once(), |router| async move {
        let (mut ada, _caller, _offer) = caller_at_ada(&router).await;
        let asked_at = tokio::time::Instant::now();
        arm(Fault::PanicInRouterAtDeadline);
        assert_eq!(ada.offer_gone().await, OfferEnd::Missed);
        let took = asked_at.elapsed();
        assert!((Duration::from_secs(14)..Duration::from_secs(17)).contains(&took), "{took:?}");
    });
}
