//! Agents who have more than one call at once.

use super::*;

impl Stage {
    /// From now on an agent takes this many calls at once.
    pub(super) fn takes(&mut self, user_id: UserId, calls_max: u8) {
        let mut agents: Vec<Agent> = self.floor.agents().map(|now| now.agent).collect();
        agents
            .iter_mut()
            .filter(|agent| agent.user_id == user_id)
            .for_each(|agent| agent.calls_max = calls_max);
        let queues = self.floor.queues().map(|(queue, ..)| queue.clone()).collect();
        self.tell(FloorInput::Known(Floor { organization_id: HOUSE, agents, queues, hours: None }));
    }

    fn offered_calls(&self, user: UserId) -> Vec<RequestId> {
        self.floor.offers_to(user).map(|offer| offer.request).collect()
    }
}

#[test]
fn an_agent_who_takes_two_calls_gets_no_third() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.takes(ADA, 2);
    stage.opens_desk(ADA);
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [ADA]);
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [ADA]);
    assert_eq!(offered(&stage.asks(3, in_queue("sales"))), []);
    assert_eq!(stage.offered_calls(ADA), [request(1), request(2)], "the oldest first");
    assert_eq!(failure(&stage.asks(4, Target::Agent(ADA))), Some(HandoffFailure::Busy));
    stage.accepts(ADA);
    assert_eq!(stage.offered_calls(ADA), [request(2)], "the other one keeps ringing");
    stage.accepts(ADA);
    assert_eq!(stage.offered_calls(ADA), [], "they take two calls at most");
    let now = stage.floor.agent(ADA).unwrap();
    assert_eq!((now.activity, now.calls.len()), (Activity::OnCall, 2));
    // An agent in wrap-up is offered no calls, even if they have room and are in a call.
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: true });
    assert_eq!(stage.offered_calls(ADA), []);
    let written = stage.tell(FloorInput::WrappedUp { user_id: ADA, call_id: request(1).call_id });
    assert_eq!(offered(&written), [ADA]);
}

#[test]
fn idle_agents_are_asked_before_those_with_a_call() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 1)])]);
    stage.takes(ADA, 2);
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    stage.asks(1, in_queue("sales"));
    stage.accepts(ADA);
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [BEN]);
    assert_eq!(offered(&stage.asks(3, in_queue("sales"))), [ADA], "nobody else is available");
}

#[test]
fn agents_away_after_one_missed_offer_keep_the_other() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.takes(ADA, 2);
    stage.opens_desk(ADA);
    stage.asks(1, in_queue("sales"));
    stage.pass(10_000);
    stage.asks(2, in_queue("sales"));
    stage.pass(10_000);
    assert_eq!(stage.intent(ADA), Intent::Away { reason: Some(MISSED_A_CALL.to_owned()) });
    assert_eq!(stage.offered_calls(ADA), [request(2)]);
    stage.accepts(ADA);
    assert_eq!(stage.activity(ADA), Activity::OnCall);
}

#[test]
fn ringing_all_asks_agents_with_the_fewest_calls_first() {
    let all = Queue { strategy: Asking::RingAll, ..queue(SALES, "sales", &[(ADA, 0), (BEN, 0), (CYN, 0)]) };
    let mut stage = Stage::of(vec![all]);
    for user in [ADA, BEN, CYN] {
        stage.takes(user, 2);
        stage.opens_desk(user);
    }
    stage.asks(1, in_queue("sales"));
    stage.accepts(ADA);
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [BEN, CYN]);
    let declined = stage.offer_to(BEN).unwrap().id;
    assert_eq!(offered(&stage.tell(FloorInput::Declines { user_id: BEN, offer: declined })), []);
    let declined = stage.offer_to(CYN).unwrap().id;
    assert_eq!(offered(&stage.tell(FloorInput::Declines { user_id: CYN, offer: declined })), [ADA]);
}

#[test]
fn agents_are_not_offered_their_own_caller() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 1)])]);
    stage.takes(ADA, 2);
    stage.opens_desk(ADA);
    stage.asks(1, in_queue("sales"));
    stage.accepts(ADA);
    // She asks for a colleague about her caller.
    let consults = |handoff: u64, target| {
        let request = RequestId { handoff: EffectId(handoff), ..request(1) };
        FloorInput::Requested(WaitingRequest { request, ..wanted(1, target, "asked") })
    };
    assert_eq!(offered(&stage.tell(consults(2, in_queue("sales")))), []);
    assert_eq!(failure(&stage.tell(consults(3, Target::Agent(ADA)))), Some(HandoffFailure::Busy));
    assert_eq!(offered(&stage.asks(4, in_queue("sales"))), [ADA], "she has room for others");
    let opens_desk =
        FloorInput::DeskOpened { user_id: BEN, desk: DeskId(2), intent: Intent::Available, idle_since: None };
    assert_eq!(offered(&stage.tell(opens_desk)), [BEN]);
    assert_eq!(stage.offered_calls(BEN), [RequestId { handoff: EffectId(2), ..request(1) }]);
}
