//! Calls that are accepted automatically, for an agent who is free.

use super::*;

fn by_itself(call: u128) -> FloorInput {
    FloorInput::Requested(WaitingRequest {
        accepts: Accepts::ByItself,
        ..wanted(call, in_queue("sales"), "campaign")
    })
}

fn sales() -> Stage {
    Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])])
}

fn accepted(effects: &[FloorEffect]) -> Vec<UserId> {
    let user = |effect: &FloorEffect| match effect {
        FloorEffect::Accepted { user_id, .. } => Some(*user_id),
        _ => None,
    };
    effects.iter().filter_map(user).collect()
}

fn agents(free: u32, busy: u32) -> Option<AgentsOfQueue> {
    Some(AgentsOfQueue { free, busy, wrap_up_ms: 60_000 })
}

#[test]
fn the_longest_idle_agent_takes_it_without_ringing() {
    let mut stage = sales();
    assert_eq!(stage.floor.count("sales"), agents(0, 0));
    stage.opens_desk(BEN);
    stage.opens_desk(ADA);
    assert_eq!((stage.floor.count("sales"), stage.floor.count("help")), (agents(2, 0), None));
    let first = stage.tell(by_itself(1));
    assert_eq!((accepted(&first), offered(&first)), (vec![ADA], vec![]));
    assert!(!first.iter().any(|effect| matches!(effect, FloorEffect::Ringing { .. })), "{first:?}");
    assert_eq!(stage.floor.count("sales"), agents(1, 1));
    assert_eq!(accepted(&stage.tell(by_itself(2))), [BEN]);
    // An agent who becomes free gets the waiting caller, once their wrap-up is done.
    assert_eq!(accepted(&stage.tell(by_itself(3))), []);
    stage.tell(FloorInput::Left { user_id: BEN, call_id: request(2).call_id, has_talked: true });
    assert_eq!(stage.floor.count("sales"), agents(0, 2));
    assert_eq!(
        accepted(&stage.tell(FloorInput::WrappedUp { user_id: BEN, call_id: request(2).call_id })),
        [BEN]
    );
}

#[test]
fn agents_who_talk_are_away_or_use_phones_are_skipped() {
    let phone = Agent { audio: AgentAudio::Phone, ..agent(ADA, "Ada", &[]) };
    let several = Agent { calls_max: 2, ..agent(BEN, "Ben", &[]) };
    let queues = vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0), (CYN, 0)])];
    let mut stage = Stage::of(queues.clone());
    let agents_now = vec![phone, several, agent(CYN, "Cyn", &[])];
    stage.tell(FloorInput::Known(Floor { organization_id: HOUSE, agents: agents_now, queues, hours: None }));
    [ADA, BEN, CYN].into_iter().for_each(|user| stage.opens_desk(user));
    stage.tell(FloorInput::Wants { user_id: CYN, intent: Intent::Away { reason: None } });
    assert_eq!(stage.floor.count("sales"), agents(1, 0));
    assert_eq!(accepted(&stage.tell(by_itself(1))), [BEN]);
    assert_eq!(accepted(&stage.tell(by_itself(2))), [], "he has room for two, and is in a call");
    assert_eq!(stage.floor.count("sales"), agents(0, 1));
}

#[test]
fn an_unstaffed_queue_fails_at_once_without_overflow() {
    let overflow = Overflow::Queue { name: "help".to_owned() };
    let sales = Queue { overflow, ..queue(SALES, "sales", &[(ADA, 0)]) };
    let mut stage = Stage::of(vec![sales, queue(HELP, "help", &[(CYN, 0)])]);
    stage.opens_desk(CYN);
    let asked = stage.tell(by_itself(1));
    let failed = FloorEffect::Failed {
        request: request(1),
        failure: HandoffFailure::Offline,
        overflow: None,
        queue_id: Some(SALES),
    };
    assert!(asked.contains(&failed), "{asked:?}");
}

#[test]
fn an_agent_whose_sound_never_came_is_set_away() {
    let missed = Intent::Away { reason: Some(MISSED_A_CALL.to_owned()) };
    for (after_ms, has_talked, intent) in
        [(2_000, false, missed), (1_499, false, Intent::Available), (2_000, true, Intent::Available)]
    {
        let mut stage = sales();
        stage.opens_desk(ADA);
        stage.tell(by_itself(1));
        stage.pass(after_ms);
        stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked });
        assert_eq!(stage.intent(ADA), intent, "{after_ms} {has_talked}");
    }
}

#[test]
fn an_agent_whose_call_ended_early_still_takes_calls() {
    let mut stage = sales();
    stage.opens_desk(ADA);
    stage.tell(by_itself(1));
    stage.pass(2_000);
    stage.tell(FloorInput::CallGone { call_id: request(1).call_id, talked: BTreeSet::new() });
    assert_eq!((stage.activity(ADA), stage.intent(ADA)), (Activity::Idle, Intent::Available));
}
