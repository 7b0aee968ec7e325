//! The router as seen by desks and calls: the actor among stand-ins for the store, in paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[cfg(feature = "fault-injection")]
mod deaths;
mod store;
mod watch;

use std::future::Future;
use std::time::Duration;

use actix::{Actor, System};
use cordboard_actors::desk::{FloorWatch, OfferEnd, PresenceNow, RequestId, RouterActor, Work};
use cordboard_actors::known::Unconfirmed;
use cordboard_actors::line::{CallMailbox, DeskMailbox, Seat};
use cordboard_actors::messages::{
    AgentAction, CallLine, DeskLine, DeskPlace, DeskRefused, FromDesk, OpenWrapUp, RouterLine, RouterNotice,
    Seated, ToCall, ToDesk, ToRouter,
};
use cordboard_call::Accepts;
use cordboard_schema::agent::{Activity, AgentAudio, AgentCall, AgentCallState, Intent};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId, OfferId, OrganizationId, QueueId, UserId};
use cordboard_schema::limits::DESK_EVENTS_WAITING_MAX;
use cordboard_schema::queue::Overflow;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use store::{StandInStore, at_once};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

const HOUSE: OrganizationId = OrganizationId(Uuid::from_u128(99));
const OTHER_HOUSE: OrganizationId = OrganizationId(Uuid::from_u128(98));
const ADA: UserId = UserId(Uuid::from_u128(1));
const BEN: UserId = UserId(Uuid::from_u128(2));
/// An agent who talks on their phone.
const CY: UserId = UserId(Uuid::from_u128(3));

/// Runs a test with a router in paused time.
fn with_router<F: Future<Output = ()>>(store: StandInStore, test: impl FnOnce(RouterLine) -> F) {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    System::with_tokio_rt(runtime).block_on(async {
        let (line, mailbox) = RouterLine::open();
        RouterActor::start(mailbox);
        let store = store.start();
        FloorWatch::new(store.clone().recipient(), store.recipient(), line.clone()).start();
        test(line).await;
    });
}

struct Desk {
    router: RouterLine,
    user_id: UserId,
    seat: Seat,
    seated: Seated,
    mailbox: DeskMailbox,
}

impl Desk {
    async fn open(router: &RouterLine, user_id: UserId) -> Self {
        let (line, mailbox) = DeskLine::open();
        let (seat, seated) = router.sit_down(HOUSE, user_id, (Intent::Available, None), line);
        Self { router: router.clone(), user_id, seat, seated: seated.await.unwrap(), mailbox }
    }

    /// The first message that fits; waits up to a minute of paused time.
    async fn hears<T>(&mut self, what: &str, fits: impl Fn(ToDesk) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = fits(self.mailbox.recv().await.unwrap()) {
                    return found;
                }
            }
        };
        timeout(Duration::from_secs(60), found).await.unwrap_or_else(|_| panic!("no {what} in a minute"))
    }

    /// Waits until the agent is one of the floor.
    async fn is_known(&mut self) {
        if !self.seated.agents.iter().any(|now| now.agent.user_id == self.user_id) {
            self.hears("floor", |message| matches!(message, ToDesk::Floor { .. }).then_some(())).await;
        }
    }

    async fn is_offered(&mut self) -> OfferId {
        self.hears("offer", |message| match message {
            ToDesk::Offered(offer) => Some(offer.id),
            _ => None,
        })
        .await
    }

    async fn offer_gone(&mut self) -> OfferEnd {
        self.hears("end of an offer", |message| match message {
            ToDesk::OfferGone { end, .. } => Some(end),
            _ => None,
        })
        .await
    }

    async fn has_to_do(&mut self) -> Work {
        self.hears("work", |message| match message {
            ToDesk::Work(work) => Some(work),
            _ => None,
        })
        .await
    }

    async fn sees(&mut self, user: UserId, activity: Activity) {
        let is = |message| match message {
            ToDesk::Changed(news) => {
                let is = |now: &&PresenceNow| now.agent.user_id == user && now.activity == activity;
                news.agents.iter().find(is).map(|_| ())
            }
            _ => None,
        };
        self.hears(&format!("{user} {activity:?}"), is).await;
    }

    async fn says(&self, said: AgentAction) -> Result<(), DeskRefused> {
        let from = FromDesk { organization_id: HOUSE, user_id: self.user_id, said };
        self.router.ask(from).await.unwrap()
    }
}

struct Caller {
    router: RouterLine,
    request: RequestId,
    mailbox: CallMailbox,
}

impl Caller {
    fn asks(router: &RouterLine, number: u128, place: DeskPlace) -> Self {
        let (call, mailbox) = CallLine::open();
        let request = RequestId { call_id: CallId(Uuid::from_u128(number)), handoff: EffectId(7) };
        let reason = "water".to_owned();
        let organization_id = HOUSE;
        router.tell(RouterNotice::Requested {
            organization_id,
            request,
            place,
            by: None,
            reason,
            ring_ms: 15_000,
            accepts: Accepts::ByAgent,
            since: None,
            let_in: None,
            call,
        });
        Self { router: router.clone(), request, mailbox }
    }

    async fn next_fact(&mut self) -> Fact {
        match timeout(Duration::from_secs(60), self.mailbox.recv()).await.expect("the call hears nothing") {
            Some(ToCall::Fact(fact)) => fact,
            other => panic!("{other:?}"),
        }
    }
}

const RINGS: Fact = Fact::DeskRinging { handoff: EffectId(7) };
/// Ada has accepted; the caller waited in this queue, or for her.
fn ada_has_it(queue_id: Option<QueueId>) -> Fact {
    let extension = Some("ada".to_owned());
    Fact::DeskAccepted { handoff: EffectId(7), user_id: ADA, extension, queue_id }
}

/// The caller has entered the organization's queue.
fn enters() -> Fact {
    Fact::QueueEntered { handoff: EffectId(7), queue_id: QueueId(HOUSE.0), overflowed: None }
}

fn failed(failure: HandoffFailure) -> Fact {
    Fact::DeskFailed { handoff: EffectId(7), failure, overflow: None, queue_id: None }
}

fn to(queue: &str) -> DeskPlace {
    DeskPlace::Queue(queue.to_owned())
}

/// Ada's desk with a caller who is offered there.
async fn caller_at_ada(router: &RouterLine) -> (Desk, Caller, OfferId) {
    let mut ada = Desk::open(router, ADA).await;
    ada.is_known().await;
    let caller = Caller::asks(router, 1, DeskPlace::Agent(ADA));
    let offer = ada.is_offered().await;
    (ada, caller, offer)
}

#[test]
fn all_desks_see_the_first_to_accept_get_the_caller() {
    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        let mut ben = Desk::open(&router, BEN).await;
        let mut second_desk = Desk::open(&router, ADA).await;
        ada.is_known().await;
        let mut caller = Caller::asks(&router, 1, to("sales"));
        let (offer, late) = (ada.is_offered().await, ben.is_offered().await);
        assert_eq!(second_desk.is_offered().await, offer, "an offer is shown on every desk of its agent");
        assert_eq!(caller.next_fact().await, enters());
        assert_eq!(caller.next_fact().await, RINGS);
        assert_eq!(ada.says(AgentAction::Accepts(offer)).await, Ok(()));
        assert_eq!(caller.next_fact().await, ada_has_it(Some(QueueId(HOUSE.0))));
        assert_eq!(second_desk.offer_gone().await, OfferEnd::Accepted);
        assert_eq!(ben.offer_gone().await, OfferEnd::TakenBy { name: Some("Ada".to_owned()) });
        assert_eq!(ben.says(AgentAction::Accepts(late)).await, Err(DeskRefused::OfferGone));
        ben.sees(ADA, Activity::OnCall).await;
        let RequestId { call_id, .. } = caller.request;
        let left =
            RouterNotice::AgentLeft { organization_id: HOUSE, user_id: ADA, call_id, has_talked: true };
        caller.router.tell(left);
        ben.sees(ADA, Activity::WrapUp).await;
        assert_eq!(ada.says(AgentAction::WrappedUp(call_id)).await, Ok(()));
        assert_eq!(ada.says(AgentAction::WrappedUp(call_id)).await, Err(DeskRefused::NoWrapUp));
        ben.sees(ADA, Activity::Idle).await;
    });
}

#[test]
fn every_desk_of_an_agent_shows_their_work() {
    with_router(at_once(), |router| async move {
        let (mut ada, caller, offer) = caller_at_ada(&router).await;
        ada.says(AgentAction::Accepts(offer)).await.unwrap();
        let RequestId { call_id, .. } = caller.request;
        let begun = AgentCall::accepted(call_id);
        assert_eq!(ada.has_to_do().await, Work { calls: vec![begun.clone()], wrap_ups: Vec::new() });
        assert_eq!(ada.says(AgentAction::WantsAudio(call_id)).await, Ok(()));
        let of_unknown_call = AgentAction::WantsAudio(CallId(Uuid::from_u128(99)));
        assert_eq!(ada.says(of_unknown_call).await, Err(DeskRefused::NotInCall));

        let call = AgentCall { state: AgentCallState::Talking, ..begun };
        router.tell(RouterNotice::AgentCallIs { organization_id: HOUSE, user_id: ADA, call: call.clone() });
        assert_eq!(ada.has_to_do().await.calls, std::slice::from_ref(&call));
        let reloaded = Desk::open(&router, ADA).await;
        assert_eq!(reloaded.seated.work.calls, [call]);

        let left =
            RouterNotice::AgentLeft { organization_id: HOUSE, user_id: ADA, call_id, has_talked: true };
        router.tell(left);
        let work = ada.has_to_do().await;
        assert!(work.calls.is_empty());
        assert_eq!(work.wrap_ups.iter().map(|due| due.call_id).collect::<Vec<_>>(), [call_id]);
        assert_eq!(ada.says(AgentAction::WantsAudio(call_id)).await, Err(DeskRefused::NotInCall));
    });
}

#[test]
fn a_call_that_vanished_leaves_agents_and_offers() {
    with_router(at_once(), |router| async move {
        let (mut ada, caller, offer) = caller_at_ada(&router).await;
        ada.says(AgentAction::Accepts(offer)).await.unwrap();
        assert_eq!(ada.has_to_do().await.calls.len(), 1);
        let gone = |call_id| RouterNotice::CallGone { organization_id: HOUSE, call_id };
        router.tell(gone(caller.request.call_id));
        assert_eq!(ada.has_to_do().await, Work::default());
        let next = Caller::asks(&router, 2, DeskPlace::Agent(ADA));
        let offer = ada.is_offered().await;
        router.tell(gone(next.request.call_id));
        assert_eq!(ada.offer_gone().await, OfferEnd::Withdrawn);
        assert_eq!(ada.says(AgentAction::Accepts(offer)).await, Err(DeskRefused::OfferGone));
    });
}

#[test]
fn an_agent_who_talked_on_a_vanished_call_wraps_up() {
    with_router(at_once(), |router| async move {
        let (ada, caller, offer) = caller_at_ada(&router).await;
        let mut ben = Desk::open(&router, BEN).await;
        ada.says(AgentAction::Accepts(offer)).await.unwrap();
        let RequestId { call_id, .. } = caller.request;
        let (state, since) = (AgentCallState::Talking, UnixMs::from(chrono::Utc::now()));
        let call = AgentCall { state, talks_since: Some(since), ..AgentCall::accepted(call_id) };
        router.tell(RouterNotice::AgentCallIs { organization_id: HOUSE, user_id: ADA, call });
        router.tell(RouterNotice::CallGone { organization_id: HOUSE, call_id });
        ben.sees(ADA, Activity::WrapUp).await;
        let work = Desk::open(&router, ADA).await.seated.work;
        assert!(work.calls.is_empty());
        assert_eq!(work.wrap_ups.iter().map(|due| due.call_id).collect::<Vec<_>>(), [call_id]);
        assert_eq!(ada.says(AgentAction::WrappedUp(call_id)).await, Ok(()));
        ben.sees(ADA, Activity::Idle).await;
    });
}

#[test]
fn a_wrap_up_written_early_is_not_due_later() {
    with_router(at_once(), |router| async move {
        let (ada, caller, offer) = caller_at_ada(&router).await;
        let mut ben = Desk::open(&router, BEN).await;
        ada.says(AgentAction::Accepts(offer)).await.unwrap();
        let RequestId { call_id, .. } = caller.request;
        ben.sees(ADA, Activity::OnCall).await;
        assert_eq!(ada.says(AgentAction::WrappedUp(call_id)).await, Ok(()));
        let left =
            RouterNotice::AgentLeft { organization_id: HOUSE, user_id: ADA, call_id, has_talked: true };
        router.tell(left);
        ben.sees(ADA, Activity::Idle).await;
        assert_eq!(Desk::open(&router, ADA).await.seated.work, Work::default());
        assert_eq!(ada.says(AgentAction::WrappedUp(call_id)).await, Err(DeskRefused::NoWrapUp));
    });
}

#[test]
fn open_wrap_ups_are_shown_until_they_are_written() {
    let open = |organization_id, user_id, call: u128, ago_ms: u64| OpenWrapUp {
        organization_id,
        user_id,
        call_id: CallId(Uuid::from_u128(call)),
        queue_id: None,
        since: UnixMs::from(chrono::Utc::now()) - ago_ms,
    };
    let all = vec![
        // This one is too old to be remembered.
        open(HOUSE, ADA, 7, 4_000_000),
        open(HOUSE, ADA, 8, 60_000),
        open(HOUSE, BEN, 9, 60_000),
        open(OTHER_HOUSE, ADA, 10, 60_000),
    ];
    let store = StandInStore { slow_once: Some(Duration::from_secs(1)), wrap_ups: all };
    with_router(store, |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        assert_eq!(ada.seated.work, Work::default());
        let work = ada.has_to_do().await;
        let call_id = CallId(Uuid::from_u128(8));
        assert_eq!(work.wrap_ups.iter().map(|due| due.call_id).collect::<Vec<_>>(), [call_id]);
        // It is reported twice, and due once.
        sleep(Duration::from_secs(5)).await;
        assert_eq!(ada.says(AgentAction::WrappedUp(call_id)).await, Ok(()));
        assert_eq!(ada.has_to_do().await, Work::default());
        sleep(Duration::from_secs(60)).await;
        assert_eq!(Desk::open(&router, ADA).await.seated.work, Work::default(), "the router stops asking");
    });
}

#[test]
fn a_desk_opened_before_agents_are_known_becomes_its_agents() {
    let slow = StandInStore { slow_once: Some(Duration::from_secs(1)), wrap_ups: Vec::new() };
    with_router(slow, |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        assert!(ada.seated.agents.is_empty());
        let mut early = Caller::asks(&router, 1, DeskPlace::Extension("ada".to_owned()));
        assert_eq!(early.next_fact().await, failed(HandoffFailure::BadTarget));
        ada.is_known().await;
        let mut caller = Caller::asks(&router, 2, DeskPlace::Extension("ada".to_owned()));
        ada.is_offered().await;
        assert_eq!(caller.next_fact().await, RINGS);
        let end = OfferEnd::Withdrawn;
        router.tell(RouterNotice::Withdrawn {
            organization_id: HOUSE,
            request: caller.request,
            end: end.clone(),
        });
        assert_eq!(ada.offer_gone().await, end);
        assert_eq!(ada.says(AgentAction::Accepts(OfferId(1))).await, Err(DeskRefused::OfferGone));
    });
}

#[test]
fn a_queue_that_gives_up_names_itself_and_its_overflow() {
    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        ada.is_known().await;
        drop(ada.seat);
        let mut caller = Caller::asks(&router, 1, to("sales"));
        let given_up = loop {
            match caller.next_fact().await {
                fact @ Fact::DeskFailed { .. } => break fact,
                _ => continue,
            }
        };
        let (failure, handoff) = (HandoffFailure::Offline, EffectId(7));
        let (overflow, queue_id) = (Some(Overflow::Message), Some(QueueId(HOUSE.0)));
        assert_eq!(given_up, Fact::DeskFailed { handoff, failure, overflow, queue_id });
    });
}

#[test]
fn a_missed_offer_marks_the_agent_away_and_is_reported() {
    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        ada.is_known().await;
        let mut caller = Caller::asks(&router, 1, DeskPlace::Agent(ADA));
        assert_eq!(caller.next_fact().await, RINGS);
        let failure = HandoffFailure::NoAnswer;
        let passed = Fact::OfferPassed { handoff: EffectId(7), user_id: ADA, failure };
        assert_eq!(caller.next_fact().await, passed);
        assert_eq!(caller.next_fact().await, failed(failure));
        assert_eq!(ada.offer_gone().await, OfferEnd::Missed);
        assert_eq!(ada.says(AgentAction::Wants(Intent::Available)).await, Ok(()));
    });
}

#[test]
fn the_other_organization_sees_and_gets_nothing() {
    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        ada.is_known().await;
        let from = |said| FromDesk { organization_id: OTHER_HOUSE, user_id: ADA, said };
        let elsewhere = router.ask(from(AgentAction::Wants(Intent::Available))).await.unwrap();
        assert_eq!(elsewhere, Err(DeskRefused::NoAgent));
        let (line, _mailbox) = DeskLine::open();
        let (_seat, seated) = router.sit_down(OTHER_HOUSE, BEN, (Intent::Available, None), line);
        let seated = seated.await.unwrap();
        assert!(seated.agents.is_empty());
        let mut caller = Caller::asks(&router, 1, to("sales"));
        let offer = ada.is_offered().await;
        assert_eq!(caller.next_fact().await, enters());
        assert_eq!(caller.next_fact().await, RINGS);
        let stolen = router.ask(from(AgentAction::Accepts(offer))).await.unwrap();
        assert_eq!(stolen, Err(DeskRefused::NoAgent));
    });
}

#[test]
fn a_desk_that_reads_nothing_is_dropped() {
    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        let mut ben = Desk::open(&router, BEN).await;
        ben.is_known().await;
        for number in 0..DESK_EVENTS_WAITING_MAX {
            let reason = Some(format!("{number}"));
            ben.says(AgentAction::Wants(Intent::Away { reason })).await.unwrap();
            ben.hears("presence", |message| matches!(message, ToDesk::Changed(_)).then_some(())).await;
        }
        let mut read = 0;
        while ada.mailbox.recv().await.is_some() {
            read += 1;
        }
        assert_eq!(read, DESK_EVENTS_WAITING_MAX, "earlier messages stay, and then its line ends");
        ben.says(AgentAction::Wants(Intent::Available)).await.unwrap();
        let gone = |message| match message {
            ToDesk::Changed(news) => {
                let is_gone = |now: &&PresenceNow| now.agent.user_id == ADA && now.intent == Intent::Offline;
                news.agents.iter().find(is_gone).map(|_| ())
            }
            _ => None,
        };
        ben.hears("end of the dropped desk", gone).await;
    });
}

#[cfg(feature = "fault-injection")]
#[test]
fn a_router_that_dies_keeps_its_desks_and_callers() {
    use cordboard_actors::fault::{Fault, arm};

    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        ada.is_known().await;
        let mut caller = Caller::asks(&router, 1, DeskPlace::Agent(ADA));
        let offer = ada.is_offered().await;
        assert_eq!(caller.next_fact().await, RINGS);
        arm(Fault::PanicInRouter);
        let from = FromDesk { organization_id: HOUSE, user_id: ADA, said: AgentAction::Accepts(offer) };
        assert!(router.ask(from).await.is_none(), "the router died at it");
        assert_eq!(ada.says(AgentAction::Accepts(offer)).await, Ok(()), "and takes it now");
        assert_eq!(caller.next_fact().await, ada_has_it(None));
    });
}

#[test]
fn agents_who_talk_by_phone_accept_or_decline_offers_there() {
    with_router(at_once(), |router| async move {
        let mut cy = Desk::open(&router, CY).await;
        cy.is_known().await;
        let (handoff, user_id, organization_id) = (EffectId(7), CY, HOUSE);
        let offered = Fact::PhoneOffered { handoff, user_id, extension: "cy".to_owned(), ring_ms: 15_000 };

        let mut caller = Caller::asks(&router, 1, DeskPlace::Agent(CY));
        assert_eq!(caller.next_fact().await, offered);
        assert_eq!(caller.next_fact().await, RINGS);
        let (request, failure) = (caller.request, HandoffFailure::Declined);
        router.tell(RouterNotice::OfferPassed { organization_id, request, user_id, failure });
        assert_eq!(cy.offer_gone().await, OfferEnd::Declined);
        assert_eq!(caller.next_fact().await, Fact::PhoneOfferGone { handoff, user_id });
        assert_eq!(caller.next_fact().await, Fact::OfferPassed { handoff, user_id, failure });
        assert_eq!(caller.next_fact().await, failed(failure));

        let mut caller = Caller::asks(&router, 2, DeskPlace::Agent(CY));
        assert_eq!(caller.next_fact().await, offered);
        assert_eq!(caller.next_fact().await, RINGS);
        router.tell(RouterNotice::OfferTaken { organization_id, request: caller.request, user_id });
        assert_eq!(cy.offer_gone().await, OfferEnd::Accepted);
        let extension = Some("cy".to_owned());
        let accepted = Fact::DeskAccepted { handoff, user_id, extension, queue_id: None };
        assert_eq!(caller.next_fact().await, accepted);
        // Too late: they have the call.
        router.tell(RouterNotice::OfferPassed { organization_id, request: caller.request, user_id, failure });
        cy.sees(CY, Activity::OnCall).await;
    });
}

#[test]
fn a_phone_stops_ringing_though_its_agent_talks_elsewhere_now() {
    with_router(at_once(), |router| async move {
        let mut cy = Desk::open(&router, CY).await;
        cy.is_known().await;
        let (handoff, user_id) = (EffectId(7), CY);
        let mut caller = Caller::asks(&router, 1, DeskPlace::Agent(CY));
        let offered = Fact::PhoneOffered { handoff, user_id, extension: "cy".to_owned(), ring_ms: 15_000 };
        assert_eq!(caller.next_fact().await, offered);
        assert_eq!(caller.next_fact().await, RINGS);
        let offer = cy.is_offered().await;
        let mut house = store::floor(HOUSE, &[(ADA, "Ada"), (BEN, "Ben")]);
        house.agents.iter_mut().for_each(|agent| agent.audio = AgentAudio::Browser);
        let (taken, _) = oneshot::channel();
        router.tell(ToRouter::FloorsSeen(Unconfirmed { found: vec![house], taken }));
        assert_eq!(cy.says(AgentAction::Declines(offer)).await, Ok(()));
        assert_eq!(caller.next_fact().await, Fact::PhoneOfferGone { handoff, user_id });
    });
}

/// A desk begins a call of this number.
fn begins(call: u128) -> AgentAction {
    let call_id = CallId(Uuid::from_u128(call));
    AgentAction::Begins { call_id, to: "200".to_owned(), is_colleague: false }
}

#[test]
fn a_begun_call_without_a_waiting_requester_is_dropped() {
    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        ada.is_known().await;
        drop(router.ask(FromDesk { organization_id: HOUSE, user_id: ADA, said: begins(1) }));
        assert_eq!(ada.says(begins(2)).await, Ok(()));
        assert_eq!(ada.says(begins(3)).await, Err(DeskRefused::InCall));
    });
}

/// The call can't be made if its agent is disabled meanwhile. Otherwise the agent would get no call once they are enabled again.
#[test]
fn an_agent_removed_while_beginning_a_call_has_none_later() {
    with_router(at_once(), |router| async move {
        let mut ada = Desk::open(&router, ADA).await;
        ada.is_known().await;
        let sees = |people: &[(UserId, &str)]| {
            let (taken, _) = oneshot::channel();
            let found = vec![store::floor(HOUSE, people)];
            assert!(router.tell(ToRouter::FloorsSeen(Unconfirmed { found, taken })));
        };
        assert_eq!(ada.says(begins(1)).await, Ok(()));
        sees(&[(BEN, "Ben")]);
        let begins_not = AgentAction::BeginsNot(CallId(Uuid::from_u128(1)));
        assert_eq!(ada.says(begins_not).await, Err(DeskRefused::NoAgent));
        sees(&[(ADA, "Ada"), (BEN, "Ben")]);
        assert_eq!(ada.says(begins(2)).await, Ok(()));
    });
}

#[test]
fn an_agent_who_leaves_before_the_answer_is_offline() {
    with_router(at_once(), |router| async move {
        let mut ben = Desk::open(&router, BEN).await;
        ben.is_known().await;
        let (line, _mailbox) = DeskLine::open();
        let (seat, seated) = router.sit_down(HOUSE, ADA, (Intent::Available, None), line);
        // The answer arrives, and nobody receives it.
        sleep(Duration::from_secs(1)).await;
        drop((seat, seated));
        sleep(Duration::from_secs(60)).await;
        let seen = Desk::open(&router, BEN).await.seated.agents;
        let ada = seen.iter().find(|now| now.agent.user_id == ADA).unwrap();
        assert_eq!(ada.intent, Intent::Offline);
    });
}
