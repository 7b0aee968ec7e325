//! Promises to every observer of a floor, whatever happens in whatever order.

use proptest::prelude::*;

use super::*;

fn users() -> impl Strategy<Value = UserId> {
    prop::sample::select(vec![ADA, BEN, CYN])
}

fn inputs() -> impl Strategy<Value = FloorInput> {
    let intents =
        || prop::sample::select(vec![Intent::Available, Intent::Away { reason: None }, Intent::Offline]);
    let targets = prop_oneof![
        users().prop_map(Target::Agent),
        prop::sample::select(vec!["sales", "help", "nowhere"]).prop_map(in_queue)
    ];
    let call = || (1..7_u128).prop_map(|call| request(call).call_id);
    prop_oneof![
        (users(), 0..3_u64, intents()).prop_map(|(user_id, desk, intent)| FloorInput::DeskOpened {
            user_id,
            desk: DeskId(desk),
            intent,
            idle_since: None
        }),
        (users(), 0..3_u64)
            .prop_map(|(user_id, desk)| FloorInput::DeskClosed { user_id, desk: DeskId(desk) }),
        (users(), intents()).prop_map(|(user_id, intent)| FloorInput::Wants { user_id, intent }),
        (users(), prop::option::of(intents()))
            .prop_map(|(user_id, intent)| FloorInput::WantsNext { user_id, intent }),
        (1..7_u128, targets, prop::sample::select(vec![Accepts::ByAgent, Accepts::ByItself])).prop_map(
            |(call, target, accepts)| {
                FloorInput::Requested(WaitingRequest { accepts, ..wanted(call, target, "") })
            }
        ),
        (1..7_u128)
            .prop_map(|call| FloorInput::Withdrawn { request: request(call), end: OfferEnd::Withdrawn }),
        (users(), 1..30_u64)
            .prop_map(|(user_id, offer)| FloorInput::Accepts { user_id, offer: OfferId(offer) }),
        (users(), 1..30_u64)
            .prop_map(|(user_id, offer)| FloorInput::Declines { user_id, offer: OfferId(offer) }),
        (users(), call()).prop_map(|(user_id, call_id)| FloorInput::Joined { user_id, call_id }),
        (users(), call(), any::<bool>()).prop_map(|(user_id, call_id, has_talked)| FloorInput::Left {
            user_id,
            call_id,
            has_talked
        }),
        (users(), call(), any::<bool>()).prop_map(|(user_id, call_id, has_talked)| {
            let talked = has_talked.then_some(user_id).into_iter().collect();
            FloorInput::CallGone { call_id, talked }
        }),
        (users(), call()).prop_map(|(user_id, call_id)| FloorInput::WrappedUp { user_id, call_id }),
        (users(), call(), prop::sample::select(vec![None, Some(SALES)]), 0..3_000_000_i64).prop_map(
            |(user_id, call_id, queue_id, since)| FloorInput::WrapUpDue {
                user_id,
                call_id,
                queue_id,
                since: UnixMs(since)
            }
        ),
        Just(FloorInput::Ticked),
    ]
}

/// Promises to every observer of a floor.
#[derive(Default)]
struct Promises {
    /// Open offers, each with its agent.
    offers: BTreeMap<OfferId, (UserId, RequestId)>,
    /// Requests that have not ended.
    open: BTreeSet<RequestId>,
}

impl Promises {
    fn check(&mut self, input: &FloorInput, effects: &[FloorEffect], stage: &Stage) {
        if let FloorInput::Requested(wanted) = input {
            self.open.insert(wanted.request);
        }
        for effect in effects {
            match effect {
                FloorEffect::Offered { user_id, offer } => {
                    let before = self.offers.insert(offer.id, (*user_id, offer.request));
                    assert_eq!(before, None, "two offers have one number");
                    let to_them = self.offers.values().filter(|(user, _)| user == user_id).count();
                    let room = usize::from(stage.floor.agent(*user_id).unwrap().agent.calls_max);
                    assert!(to_them <= room, "an agent is offered more calls than they take");
                    assert!(offer.until > stage.now);
                    assert!(
                        self.open.contains(&offer.request),
                        "a call is offered that does not ask for an agent"
                    );
                    let same = self.offers.values().filter(|(_, request)| *request == offer.request).count();
                    assert!(same == 1 || offer.queue_id == Some(HELP), "a call rings for two agents");
                }
                FloorEffect::OfferGone { user_id, offer, .. } => {
                    let stood = self.offers.remove(offer);
                    assert_eq!(
                        stood.map(|(user, _)| user),
                        Some(*user_id),
                        "an offer ends that was never made"
                    );
                }
                FloorEffect::Accepted { request, .. } | FloorEffect::Failed { request, .. } => {
                    assert!(self.open.remove(request), "a request ends twice");
                    assert!(
                        self.offers.values().all(|(_, offered)| offered != request)
                            || matches!(effect, FloorEffect::Accepted { .. })
                    );
                }
                _ => {}
            }
        }
        if let FloorInput::Withdrawn { request, .. } = input {
            self.open.remove(request);
        }
        if let FloorInput::CallGone { call_id, .. } = input {
            self.open.retain(|request| request.call_id != *call_id);
            let has = |user| stage.floor.agent(user).unwrap().calls.contains(call_id);
            assert!(![ADA, BEN, CYN].into_iter().any(has), "an agent has a call that is gone");
        }
        for user in [ADA, BEN, CYN] {
            let now = stage.floor.agent(user).unwrap();
            let offers: Vec<OfferId> = stage.floor.offers_to(user).map(|offer| offer.id).collect();
            let made = self.offers.iter().filter(|(_, (offered, _))| *offered == user).map(|(id, _)| *id);
            assert_eq!(offers, made.collect::<Vec<_>>(), "{now:?}");
            if now.activity == Activity::Reserved || (now.activity != Activity::OnCall && !offers.is_empty())
            {
                assert!(!offers.is_empty() && now.activity == Activity::Reserved, "{now:?}");
            }
            assert!(
                now.intent != Intent::Offline || offers.is_empty(),
                "an agent who is gone is offered a call"
            );
        }
    }
}

proptest! {
    #[test]
    fn offers_stay_within_capacity_and_every_request_ends_once(
        steps in prop::collection::vec((inputs(), 0..25_000_u64), 0..60)
    ) {
        let all = Queue { strategy: Asking::RingAll, overflow: Overflow::Queue { name: "sales".to_owned() },
            ..queue(HELP, "help", &[(ADA, 0), (BEN, 0), (CYN, 1)]) };
        let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 1)]), all]);
        stage.takes(CYN, 3);
        let mut promises = Promises::default();
        for (input, after_ms) in steps {
            let until = stage.now + after_ms;
            let mut ticks = 0;
            while let Some(at) = stage.floor.next_deadline(stage.now).filter(|at| *at <= until) {
                ticks += 1;
                prop_assert!(ticks <= TICKS_MAX, "a deadline stays due: {:?}, and it is {:?}", at, stage.now);
                stage.now = stage.now.max(at);
                let effects = stage.tell(FloorInput::Ticked);
                promises.check(&FloorInput::Ticked, &effects, &stage);
            }
            stage.now = until;
            let effects = stage.tell(input.clone());
            promises.check(&input, &effects, &stage);
        }
        for _ in 0..TICKS_MAX {
            let Some(at) = stage.floor.next_deadline(stage.now) else { break };
            prop_assert!(at > stage.now, "time does not pass");
            stage.now = at;
            let effects = stage.tell(FloorInput::Ticked);
            promises.check(&FloorInput::Ticked, &effects, &stage);
        }
        prop_assert!(promises.open.is_empty(), "a caller waits forever: {:?}", promises.open);
        prop_assert!(promises.offers.is_empty());
    }
}
