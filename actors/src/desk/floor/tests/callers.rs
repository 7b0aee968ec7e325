//! Waiting callers: their order, their announcements, and the agents that they get.

use cordboard_schema::business::BusinessProfile;

use super::*;

fn placed(effects: &[FloorEffect]) -> Vec<(RequestId, u32, u32)> {
    let place = |effect: &FloorEffect| match effect {
        FloorEffect::Placed { request, position, wait_s } => Some((*request, *position, *wait_s)),
        _ => None,
    };
    effects.iter().filter_map(place).collect()
}

/// Queues that callers entered, and why another queue had passed them on.
fn entered(effects: &[FloorEffect]) -> Vec<(RequestId, QueueId, Option<HandoffFailure>)> {
    let entry = |effect: &FloorEffect| match effect {
        FloorEffect::Entered { request, queue_id, overflowed } => Some((*request, *queue_id, *overflowed)),
        _ => None,
    };
    effects.iter().filter_map(entry).collect()
}

#[test]
fn places_are_announced_once_and_waits_follow_past_conversations() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.opens_desk(ADA);
    assert_eq!(
        placed(&stage.asks(1, in_queue("sales"))),
        [],
        "a caller who is being offered no longer waits"
    );
    stage.accepts(ADA);
    assert_eq!(
        placed(&stage.asks(2, in_queue("sales"))),
        [(request(2), 1, 180)],
        "there is no better estimate yet"
    );
    assert_eq!(placed(&stage.tell(FloorInput::Ticked)), [], "nothing has changed");
    stage.tell(FloorInput::Withdrawn { request: request(2), end: OfferEnd::Withdrawn });
    stage.pass(1_140_000);
    // A conversation of 19 minutes counts an eighth, the default three minutes the rest: (7 * 180 + 1,140) / 8 s are 5 minutes.
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: true });
    assert_eq!(placed(&stage.asks(3, in_queue("sales"))), [(request(3), 1, 300)]);
    assert_eq!(placed(&stage.asks(4, in_queue("sales"))), [(request(4), 2, 600)]);
}

#[test]
fn a_caller_back_after_the_server_died_keeps_their_turn() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.opens_desk(ADA);
    stage.asks(1, in_queue("sales"));
    stage.accepts(ADA);
    stage.asks(2, in_queue("sales"));
    stage.pass(5_000);
    let since = UnixMs(1_000_000 - 60_000);
    let before = WaitingRequest { since: Some(since), ..wanted(3, in_queue("sales"), "asked") };
    let back = stage.tell(FloorInput::Requested(before));
    assert!(placed(&back).contains(&(request(3), 1, 180)), "{back:?}");
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: false });
    let offer = stage.offer_to(ADA).unwrap();
    assert_eq!((offer.request, offer.waits_since), (request(3), since));
}

/// A process that begins now: its predecessor died, and with it every desk.
fn after_a_restart(queues: Vec<Queue>) -> Stage {
    let mut stage = Stage::of(queues);
    stage.floor.began_at = stage.now;
    stage
}

/// A page reconnects up to 12.5 s after the server is back.
#[test]
fn callers_wait_for_desks_that_reconnect_after_a_restart() {
    let since = Some(UnixMs(1_000_000 - 60_000));
    for target in [in_queue("sales"), Target::Agent(ADA)] {
        let mut stage = after_a_restart(vec![queue(SALES, "sales", &[(ADA, 0)])]);
        stage.pass(5_000);
        let before = WaitingRequest { since, ..wanted(1, target.clone(), "asked") };
        let back = stage.tell(FloorInput::Requested(before));
        assert_eq!((failure(&back), placed(&back)), (None, vec![]), "{target:?}");
        assert_eq!(failure(&stage.pass(7_500)), None, "{target:?}");
        stage.opens_desk(ADA);
        assert_eq!(stage.offer_to(ADA).map(|offer| offer.request), Some(request(1)), "{target:?}");
    }
}

#[test]
fn callers_wait_15_s_for_desks_after_a_restart() {
    let since = Some(UnixMs(1_000_000 - 60_000));
    for target in [in_queue("sales"), Target::Agent(ADA)] {
        let mut stage = after_a_restart(vec![queue(SALES, "sales", &[(ADA, 0)])]);
        stage.tell(FloorInput::Requested(WaitingRequest { since, ..wanted(1, target.clone(), "asked") }));
        assert_eq!(failure(&stage.pass(14_999)), None, "{target:?}");
        assert_eq!(failure(&stage.pass(1)), Some(HandoffFailure::Offline), "{target:?}");
    }
}

#[test]
fn a_desk_that_reconnects_away_releases_its_caller() {
    let mut stage = after_a_restart(Vec::new());
    let since = Some(UnixMs(1_000_000 - 60_000));
    stage.tell(FloorInput::Requested(WaitingRequest { since, ..wanted(1, Target::Agent(ADA), "asked") }));
    let intent = Intent::Away { reason: Some("Lunch".to_owned()) };
    let back = stage.tell(FloorInput::DeskOpened { user_id: ADA, desk: DeskId(1), intent, idle_since: None });
    assert_eq!(failure(&back), Some(HandoffFailure::Unavailable));
}

#[test]
fn only_calls_that_can_wait_do_so_after_a_restart() {
    let mut stage = after_a_restart(vec![queue(SALES, "sales", &[(ADA, 0)]), queue(HELP, "help", &[])]);
    assert_eq!(failure(&stage.asks(1, in_queue("sales"))), None, "her desk may come back");
    let offline = Some(HandoffFailure::Offline);
    assert_eq!(failure(&stage.asks(2, in_queue("help"))), offline, "it has no agents");
    assert_eq!(failure(&stage.asks(3, Target::Agent(ADA))), offline, "a new caller may try something else");
    let by_itself = WaitingRequest { accepts: Accepts::ByItself, ..wanted(4, in_queue("sales"), "campaign") };
    assert_eq!(failure(&stage.tell(FloorInput::Requested(by_itself))), offline, "nobody greets the callee");
}

#[test]
fn a_returning_caller_finds_room_in_a_full_queue() {
    let mut stage = Stage::of(vec![Queue { max_waiting: 1, ..queue(SALES, "sales", &[(ADA, 0)]) }]);
    stage.opens_desk(ADA);
    let since = stage.now;
    stage.asks(1, in_queue("sales"));
    stage.accepts(ADA);
    stage.pass(5_000);
    assert_eq!(failure(&stage.asks(2, in_queue("sales"))), None);
    // Ada's browser died: nobody hears her, and her desk is closed.
    stage.tell(FloorInput::DeskClosed { user_id: ADA, desk: DeskId(1) });
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: false });
    let again = WaitingRequest { since: Some(since), ..wanted(1, in_queue("sales"), "asked") };
    let back = stage.tell(FloorInput::Requested(again));
    assert_eq!((failure(&back), placed(&back)[0].0), (None, request(1)));
    assert_eq!(failure(&stage.asks(3, in_queue("sales"))), Some(HandoffFailure::Busy), "a new caller");
}

#[test]
fn a_queue_serves_everyone_who_came_within_its_hours() {
    // The first of January 1970 was a Thursday; the test begins at 00:16:40.
    let business = serde_json::json!({ "hours": { "thursday": [{ "from": "00:00", "to": "00:20" }] }, "time_zone": "UTC" });
    let business: BusinessProfile = serde_json::from_value(business).unwrap();
    let overflow = Overflow::Extension { name: "operator".to_owned() };
    let sales =
        Queue { in_hours_only: true, overflow: overflow.clone(), ..queue(SALES, "sales", &[(ADA, 0)]) };
    let queues = vec![sales, queue(HELP, "help", &[(BEN, 0)])];
    let mut stage = Stage::of(queues.clone());
    let agents = vec![agent(ADA, "Ada", &[]), agent(BEN, "Ben", &[])];
    let hours = EscalationHours::of(&business);
    stage.tell(FloorInput::Known(Floor { organization_id: HOUSE, agents, queues, hours }));
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [ADA]);
    stage.accepts(ADA);
    assert_eq!(failure(&stage.asks(2, in_queue("sales"))), None);
    assert_eq!(failure(&stage.pass(200_000)), None, "a waiting caller is still served");

    let late = stage.asks(3, in_queue("sales"));
    let closed = FloorEffect::Failed {
        request: request(3),
        failure: HandoffFailure::Offline,
        overflow: Some(overflow),
        queue_id: Some(SALES),
    };
    assert!(late.contains(&closed), "{late:?}");
    assert_eq!(offered(&stage.asks(4, in_queue("help"))), [BEN], "this one has no opening hours");
    let before = WaitingRequest { since: Some(UnixMs(1_100_000)), ..wanted(5, in_queue("sales"), "asked") };
    assert_eq!(failure(&stage.tell(FloorInput::Requested(before))), None, "back from a server that died");
    let passed = WaitingRequest { let_in: Some(UnixMs(1_100_000)), ..wanted(6, in_queue("sales"), "asked") };
    assert_eq!(failure(&stage.tell(FloorInput::Requested(passed))), None, "let in before, and passed on");
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: false });
    assert_eq!(stage.offer_to(ADA).unwrap().request, request(2));
}

#[test]
fn the_overflow_queue_may_be_full_too() {
    let help = Queue { max_waiting: 1, ..queue(HELP, "help", &[(CYN, 0)]) };
    let overflow = Overflow::Queue { name: "help".to_owned() };
    let sales = Queue { max_waiting: 1, overflow, ..queue(SALES, "sales", &[(ADA, 0)]) };
    let mut stage = Stage::of(vec![sales, help]);
    for user_id in [ADA, CYN] {
        stage.opens_desk(user_id);
        stage.tell(FloorInput::Wants { user_id, intent: Intent::Away { reason: None } });
    }
    assert_eq!(entered(&stage.asks(1, in_queue("sales"))), [(request(1), SALES, None)]);
    let second = stage.asks(2, in_queue("sales"));
    assert_eq!(failure(&second), None);
    let full = Some(HandoffFailure::Busy);
    assert_eq!(entered(&second), [(request(2), SALES, None), (request(2), HELP, full)]);
    assert!(second.contains(&FloorEffect::QueueChanged { queue_id: HELP }), "{second:?}");
    let third = stage.asks(3, in_queue("sales"));
    let full = FloorEffect::Failed {
        request: request(3),
        failure: HandoffFailure::Busy,
        overflow: Some(Overflow::Message),
        queue_id: Some(HELP),
    };
    assert!(third.contains(&full), "{third:?}");
    // The first of them has waited as long as the queue lets callers wait.
    let late = stage.pass(300_000);
    assert_eq!(entered(&late), [(request(1), HELP, Some(HandoffFailure::NoAnswer))]);
}

#[test]
fn callers_who_are_being_offered_do_not_fill_the_queue() {
    let members = [(ADA, 0), (BEN, 0), (CYN, 0)];
    let mut stage = Stage::of(vec![Queue { max_waiting: 1, ..queue(SALES, "sales", &members) }]);
    for (call, user) in [(1, ADA), (2, BEN), (3, CYN)] {
        stage.opens_desk(user);
        assert_eq!(offered(&stage.asks(call, in_queue("sales"))), [user], "somebody is free");
    }
    assert_eq!(failure(&stage.asks(4, in_queue("sales"))), None);
    assert_eq!(failure(&stage.asks(5, in_queue("sales"))), Some(HandoffFailure::Busy));
    // One more waits once Ada has declined hers, and no earlier caller is sent on for that.
    let offer = stage.offer_to(ADA).unwrap().id;
    let declined = stage.tell(FloorInput::Declines { user_id: ADA, offer });
    assert_eq!((failure(&declined), offered(&declined)), (None, vec![ADA]));
    assert_eq!(stage.offer_to(ADA).unwrap().request, request(4));
}

#[test]
fn ringing_all_includes_latecomers_and_rings_each_once() {
    let all = Queue { strategy: Asking::RingAll, ..queue(SALES, "sales", &[(ADA, 0), (BEN, 0), (CYN, 1)]) };
    let mut stage = Stage::of(vec![all]);
    stage.takes(ADA, 2);
    stage.opens_desk(CYN);
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [CYN], "nobody of the first tier is available");
    let opens_desk = |user_id, desk| FloorInput::DeskOpened {
        user_id,
        desk: DeskId(desk),
        intent: Intent::Available,
        idle_since: None,
    };
    assert_eq!(offered(&stage.tell(opens_desk(ADA, 1))), [ADA]);
    assert_eq!(offered(&stage.tell(opens_desk(BEN, 2))), [BEN], "she has room for two, and is rung once");

    let all = Queue { strategy: Asking::RingAll, ..queue(SALES, "sales", &[(ADA, 0), (CYN, 1)]) };
    let mut stage = Stage::of(vec![all]);
    stage.opens_desk(ADA);
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [ADA]);
    assert_eq!(offered(&stage.tell(opens_desk(CYN, 3))), [], "an agent of the first tier is rung");
}

#[test]
fn agents_on_phones_take_offers_there_or_are_not_reached() {
    let begun = || {
        let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 1)])]);
        stage.opens_desk(ADA);
        stage.opens_desk(BEN);
        stage.asks(1, in_queue("sales"));
        stage
    };
    let mut taken = begun();
    assert!(
        taken.tell(FloorInput::TakesByPhone { user_id: BEN, request: request(1) }).is_empty(),
        "it is hers"
    );
    let took = taken.tell(FloorInput::TakesByPhone { user_id: ADA, request: request(1) });
    assert!(took.contains(&FloorEffect::Accepted {
        request: request(1),
        user_id: ADA,
        queue_id: Some(SALES)
    }));
    assert_eq!(taken.activity(ADA), Activity::OnCall);

    let missed = Intent::Away { reason: Some(MISSED_A_CALL.to_owned()) };
    for (failure, intent) in
        [(HandoffFailure::NoAnswer, missed), (HandoffFailure::Declined, Intent::Available)]
    {
        let mut stage = begun();
        let passed = stage.tell(FloorInput::NotReached { user_id: ADA, request: request(1), failure });
        assert!(
            passed.contains(&FloorEffect::Passed { request: request(1), user_id: ADA, failure }),
            "{passed:?}"
        );
        assert_eq!(offered(&passed), [BEN]);
        assert_eq!(stage.intent(ADA), intent);
    }
}

#[test]
fn colleagues_who_are_away_do_not_shorten_the_wait() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    stage.tell(FloorInput::Wants { user_id: BEN, intent: Intent::Away { reason: None } });
    stage.asks(1, in_queue("sales"));
    stage.accepts(ADA);
    assert_eq!(placed(&stage.asks(2, in_queue("sales"))), [(request(2), 1, 180)]);
    // An agent who is in a call takes the next caller.
    stage.tell(FloorInput::Wants { user_id: BEN, intent: Intent::Available });
    stage.accepts(BEN);
    assert_eq!(placed(&stage.asks(3, in_queue("sales"))), [(request(3), 1, 90)]);
}
