//! Intent and activity of an agent, as everybody on the floor sees them.

use super::*;

fn changed(effects: &[FloorEffect]) -> bool {
    effects.contains(&FloorEffect::AgentChanged { user_id: ADA })
}

#[test]
fn a_change_is_reported_and_a_repetition_is_not() {
    let mut stage = Stage::of(Vec::new());
    let desk = DeskId(1);
    let opened = FloorInput::DeskOpened { user_id: ADA, desk, intent: Intent::Available, idle_since: None };
    assert!(changed(&stage.tell(opened)));
    let wants = |intent| FloorInput::Wants { user_id: ADA, intent };
    assert!(!changed(&stage.tell(wants(Intent::Available))));
    assert!(changed(&stage.tell(wants(Intent::Away { reason: None }))));
}

#[test]
fn only_closing_the_last_desk_takes_an_agent_offline() {
    let mut stage = Stage::of(Vec::new());
    stage.opens_desk(ADA);
    stage.tell(FloorInput::DeskOpened {
        user_id: ADA,
        desk: DeskId(8),
        intent: Intent::Available,
        idle_since: None,
    });
    stage.tell(FloorInput::DeskClosed { user_id: ADA, desk: DeskId(8) });
    stage.pass(60_000);
    assert_eq!(stage.intent(ADA), Intent::Available, "the other desk is open");
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Offline });
    assert_eq!(stage.intent(ADA), Intent::Available, "only an agent who closes their desk is offline");
    stage.tell(FloorInput::DeskClosed { user_id: ADA, desk: DeskId(1) });
    stage.pass(14_999);
    assert_eq!(stage.intent(ADA), Intent::Available, "a page reloads in less than 15 s");
    stage.pass(1);
    assert_eq!(stage.intent(ADA), Intent::Offline);
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Available });
    assert_eq!(stage.intent(ADA), Intent::Offline);
}

#[test]
fn an_agent_who_goes_away_declines_what_rings() {
    let lunch = Intent::Away { reason: Some("Lunch".to_owned()) };
    let request = request(1);
    let declined = FloorEffect::Passed { request, user_id: ADA, failure: HandoffFailure::Declined };
    for (target, next) in [(in_queue("sales"), Some(BEN)), (Target::Agent(ADA), None)] {
        let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 1)])]);
        stage.opens_desk(ADA);
        stage.opens_desk(BEN);
        assert_eq!(offered(&stage.asks(1, target)), [ADA]);
        let away = stage.tell(FloorInput::Wants { user_id: ADA, intent: lunch.clone() });
        assert!(away.contains(&declined), "{away:?}");
        assert_eq!(offered(&away), Vec::from_iter(next), "at once");
        let failed = next.is_none().then_some(HandoffFailure::Declined);
        assert_eq!(failure(&away), failed, "only a call for her alone has nobody else");
        assert_eq!((stage.intent(ADA), stage.activity(ADA)), (lunch.clone(), Activity::Idle));
    }
}

#[test]
fn a_choice_for_after_the_call_outlives_a_lost_desk() {
    let mut stage = Stage::of(Vec::new());
    let lunch = Intent::Away { reason: Some("Lunch".to_owned()) };
    let call_id = request(1).call_id;
    for (is_back, at_the_end) in [(true, lunch.clone()), (false, Intent::Offline)] {
        stage.opens_desk(ADA);
        stage.tell(FloorInput::Joined { user_id: ADA, call_id });
        stage.tell(FloorInput::WantsNext { user_id: ADA, intent: Some(lunch.clone()) });
        stage.tell(FloorInput::DeskClosed { user_id: ADA, desk: DeskId(1) });
        stage.pass(15_000);
        assert_eq!(stage.intent(ADA), Intent::Offline);
        if is_back {
            stage.opens_desk(ADA);
        }
        stage.tell(FloorInput::Left { user_id: ADA, call_id, has_talked: false });
        assert_eq!(stage.intent(ADA), at_the_end, "whether she is back: {is_back}");
    }
    stage.opens_desk(ADA);
    assert_eq!(stage.intent(ADA), Intent::Available, "the choice was for the end of that call");
}

#[test]
fn a_free_colleague_can_be_called_at_their_extension() {
    let mut stage = Stage::of(Vec::new());
    stage.opens_desk(ADA);
    let why_not = |stage: &Stage, by, extension| stage.floor.why_not_called(by, extension);
    assert_eq!(why_not(&stage, BEN, "ada"), None);
    assert_eq!(why_not(&stage, ADA, "ada"), Some(HandoffFailure::BadTarget), "nobody calls themselves");
    assert_eq!(why_not(&stage, ADA, "ben"), Some(HandoffFailure::Offline));
    assert_eq!(why_not(&stage, ADA, "zoe"), Some(HandoffFailure::BadTarget));
    stage.tell(FloorInput::Joined { user_id: ADA, call_id: request(1).call_id });
    assert_eq!(why_not(&stage, BEN, "ada"), Some(HandoffFailure::Busy));
}

#[test]
fn a_help_request_ends_with_its_call() {
    let mut stage = Stage::of(Vec::new());
    stage.takes(ADA, 2);
    stage.opens_desk(ADA);
    for call in [1, 2] {
        stage.tell(FloorInput::Joined { user_id: ADA, call_id: request(call).call_id });
    }
    let needs = |call: u128, note: &str| FloorInput::NeedsHelp {
        user_id: ADA,
        call_id: request(call).call_id,
        note: note.to_owned(),
    };
    let help = |stage: &Stage| stage.floor.agent(ADA).unwrap().help;
    let wanted = |call: u128, note: &str, since: i64| {
        Some(cordboard_schema::agent::HelpRequest {
            call_id: request(call).call_id,
            note: note.to_owned(),
            since: UnixMs(since),
        })
    };
    stage.tell(needs(3, "not hers"));
    assert_eq!(help(&stage), None);
    stage.tell(needs(1, "a refund"));
    stage.pass(5_000);
    stage.tell(needs(1, "a large refund"));
    assert_eq!(help(&stage), wanted(1, "a large refund", 1_000_000), "she has waited since she first asked");
    stage.tell(needs(2, "another"));
    assert_eq!(help(&stage), wanted(2, "another", 1_005_000));
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: false });
    assert_eq!(help(&stage), wanted(2, "another", 1_005_000), "it was for the other call");
    stage.tell(FloorInput::HelpOver { user_id: ADA });
    assert_eq!(help(&stage), None);
    stage.tell(needs(2, "once more"));
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(2).call_id, has_talked: false });
    assert_eq!(help(&stage), None, "she has left the call");
}

#[test]
fn sixteen_wrap_ups_are_kept_and_the_oldest_is_forgotten() {
    let mut stage = Stage::of(Vec::new());
    let due = |stage: &Stage| -> Vec<CallId> {
        stage.floor.agent(ADA).unwrap().wrap_ups.iter().map(|due| due.call_id).collect()
    };
    let calls = |of: std::ops::RangeInclusive<u128>| of.map(|call| request(call).call_id).collect::<Vec<_>>();
    for call in 1..=16 {
        // All of them at the same time: later ones come after.
        let call_id = request(call).call_id;
        stage.tell(FloorInput::WrapUpDue { user_id: ADA, call_id, queue_id: None, since: UnixMs(5) });
    }
    assert_eq!(due(&stage), calls(1..=16));
    stage.tell(FloorInput::WrapUpDue {
        user_id: ADA,
        call_id: request(17).call_id,
        queue_id: None,
        since: UnixMs(6),
    });
    assert_eq!(due(&stage), calls(2..=17));
}

#[test]
fn wrap_up_time_ends_at_its_last_millisecond() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    let wrap_up_due = |user_id, since| FloorInput::WrapUpDue {
        user_id,
        call_id: request(1).call_id,
        queue_id: Some(SALES),
        since: UnixMs(since),
    };
    stage.tell(wrap_up_due(ADA, 940_000));
    stage.tell(wrap_up_due(BEN, 940_001));
    assert_eq!((stage.activity(ADA), stage.activity(BEN)), (Activity::Idle, Activity::WrapUp));
}

#[test]
fn an_offer_that_nobody_takes_does_not_count_as_work() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    stage.pass(1_000);
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [ADA]);
    stage.pass(1_000);
    stage.tell(FloorInput::Withdrawn { request: request(1), end: OfferEnd::Withdrawn });
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [ADA], "she has still waited the longest");
}

#[test]
fn time_away_does_not_count_as_waiting_for_a_call() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    stage.opens_desk(ADA);
    stage.pass(1_000);
    stage.opens_desk(BEN);
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Away { reason: Some("Lunch".to_owned()) } });
    stage.pass(3_600_000);
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Available });
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [BEN], "he has waited all the time");
}

#[test]
fn only_a_short_reconnect_keeps_an_agents_turn() {
    for (lost_ms, next) in [(14_000, ADA), (16_000, BEN)] {
        let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
        stage.opens_desk(ADA);
        stage.pass(1_000);
        stage.opens_desk(BEN);
        stage.tell(FloorInput::DeskClosed { user_id: ADA, desk: DeskId(1) });
        stage.pass(lost_ms);
        stage.opens_desk(ADA);
        assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [next], "{lost_ms} ms");
    }
}

#[test]
fn desks_that_reconnect_after_a_restart_keep_their_order() {
    let idle = |ago_ms: u64| Some(UnixMs(1_000_000) - ago_ms);
    for (adas, bens, next) in
        [(idle(10_000), idle(60_000), BEN), (None, None, ADA), (idle(10_000), None, ADA)]
    {
        let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
        stage.floor.began_at = stage.now;
        for (user_id, desk, idle_since) in [(ADA, 1, adas), (BEN, 2, bens)] {
            stage.pass(2_000);
            let (desk, intent) = (DeskId(desk), Intent::Available);
            stage.tell(FloorInput::DeskOpened { user_id, desk, intent, idle_since });
        }
        assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [next], "{adas:?} {bens:?}");
    }
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    stage.opens_desk(BEN);
    stage.pass(1_000);
    let back = FloorInput::DeskOpened {
        user_id: ADA,
        desk: DeskId(1),
        intent: Intent::Available,
        idle_since: idle(60_000),
    };
    stage.tell(back);
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [BEN], "without a restart she was away");
}

#[test]
fn a_call_that_ends_under_an_offer_counts_as_work() {
    let mut stage = Stage::of(vec![queue(HELP, "help", &[(ADA, 0), (BEN, 0)])]);
    stage.takes(ADA, 2);
    stage.opens_desk(ADA);
    stage.pass(1_000);
    stage.opens_desk(BEN);
    stage.asks(1, Target::Agent(ADA));
    stage.accepts(ADA);
    stage.asks(2, Target::Agent(ADA));
    stage.pass(1_000);
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: false });
    stage.tell(FloorInput::Withdrawn { request: request(2), end: OfferEnd::Withdrawn });
    assert_eq!(offered(&stage.asks(3, in_queue("help"))), [BEN], "she has just had a call");
}

#[test]
fn a_written_wrap_up_is_never_due_again() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.opens_desk(ADA);
    let call_id = request(1).call_id;
    let joins = FloorInput::Joined { user_id: ADA, call_id };
    let leaves = FloorInput::Left { user_id: ADA, call_id, has_talked: true };
    let writes = FloorInput::WrappedUp { user_id: ADA, call_id };
    let due = |stage: &Stage| stage.floor.agent(ADA).unwrap().wrap_ups.len();
    stage.tell(joins.clone());
    stage.tell(leaves.clone());
    // It has been due since then, and she has the same caller again.
    stage.tell(joins.clone());
    stage.pass(1_000);
    stage.tell(leaves.clone());
    assert_eq!(due(&stage), 1, "one wrap-up of each call");
    stage.tell(joins.clone());
    stage.tell(writes);
    stage.tell(leaves.clone());
    assert_eq!(
        (due(&stage), stage.activity(ADA)),
        (0, Activity::Idle),
        "it was written while she was in the call"
    );
    stage.tell(joins);
    stage.tell(leaves);
    stage.tell(FloorInput::WrapUpDue { user_id: ADA, call_id, queue_id: None, since: stage.now });
    assert_eq!((due(&stage), stage.activity(ADA)), (0, Activity::Idle), "no second one can be written");
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [ADA]);
}

#[test]
fn an_agent_who_is_listed_again_still_has_their_calls() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 1)])]);
    stage.opens_desk(ADA);
    stage.asks(1, in_queue("sales"));
    stage.accepts(ADA);
    let queues: Vec<Queue> = stage.floor.queues().map(|(queue, ..)| queue.clone()).collect();
    for agents in [vec![agent(BEN, "Ben", &[])], vec![agent(ADA, "Ada", &[]), agent(BEN, "Ben", &[])]] {
        let queues = queues.clone();
        stage.tell(FloorInput::Known(Floor { organization_id: HOUSE, agents, queues, hours: None }));
    }
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    assert_eq!(stage.activity(ADA), Activity::OnCall);
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [BEN], "she is still in a call");
    let left = FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: true };
    stage.tell(left);
    assert_eq!(stage.activity(ADA), Activity::WrapUp);
}

/// A desk that stays open over a restart still knows offers of the previous process as cards that were closed.
#[test]
fn offers_never_reuse_numbers_of_an_earlier_process() {
    let mut offers = BTreeSet::new();
    for began in [UnixMs(1_000_000), UnixMs(1_060_000)] {
        let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
        (stage.floor.offers_numbered, stage.now) = (FloorMachine::begun_at(began).offers_numbered, began);
        stage.opens_desk(ADA);
        for call in 1..4 {
            stage.asks(call, in_queue("sales"));
            let offer = stage.offer_to(ADA).unwrap().id;
            assert!(offers.insert(offer), "{offer:?} was used before");
            stage.tell(FloorInput::Withdrawn { request: request(call), end: OfferEnd::Withdrawn });
        }
    }
}

#[test]
fn removing_an_agent_does_not_count_as_declining() {
    let mut stage = Stage::of(Vec::new());
    stage.opens_desk(ADA);
    assert_eq!(offered(&stage.asks(1, Target::Agent(ADA))), [ADA]);
    let agents = vec![agent(BEN, "Ben", &[])];
    let gone = stage.tell(FloorInput::Known(Floor {
        organization_id: HOUSE,
        agents,
        queues: Vec::new(),
        hours: None,
    }));
    let unallocated = HandoffFailure::Unallocated;
    assert_eq!(failure(&gone), Some(unallocated));
    let passed = FloorEffect::Passed { request: request(1), user_id: ADA, failure: unallocated };
    assert!(gone.contains(&passed), "{gone:?}");
}
