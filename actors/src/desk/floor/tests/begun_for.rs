//! Calls that agents begin for a queue, to people of a campaign whom they have seen.

use super::*;
use crate::messages::DeskRefused;

fn sales(stage: &Stage, user: UserId) -> Result<QueueId, DeskRefused> {
    stage.floor.begins_for(user, "sales")
}

#[test]
fn only_idle_agents_of_a_queue_begin_calls_for_it() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    assert_eq!(sales(&stage, ADA), Err(DeskRefused::NotAvailable), "she has no desk open");
    stage.opens_desk(ADA);
    stage.opens_desk(CYN);
    assert_eq!(sales(&stage, ADA), Ok(SALES));
    assert_eq!(sales(&stage, CYN), Err(DeskRefused::NotOfQueue));
    assert_eq!(stage.floor.begins_for(ADA, "help"), Err(DeskRefused::NotOfQueue), "there is none");
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Away { reason: None } });
    assert_eq!(sales(&stage, ADA), Err(DeskRefused::NotAvailable));
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Available });
    stage.asks(1, in_queue("sales"));
    assert_eq!(sales(&stage, ADA), Err(DeskRefused::InCall), "she is offered a call");
}

#[test]
fn a_begun_call_stops_offers_and_needs_a_wrap_up() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.opens_desk(ADA);
    let call_id = request(1).call_id;
    stage.tell(FloorInput::BeginsFor { user_id: ADA, call_id, queue_id: SALES });
    assert_eq!((stage.activity(ADA), sales(&stage, ADA)), (Activity::OnCall, Err(DeskRefused::InCall)));
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), []);
    stage.tell(FloorInput::Withdrawn { request: request(2), end: OfferEnd::Withdrawn });
    stage.tell(FloorInput::Left { user_id: ADA, call_id, has_talked: true });
    let due: Vec<_> = stage.floor.agent(ADA).unwrap().wrap_ups.iter().map(|due| due.queue_id).collect();
    assert_eq!((due, sales(&stage, ADA)), (vec![Some(SALES)], Err(DeskRefused::WrapUpDue)));
    stage.tell(FloorInput::WrappedUp { user_id: ADA, call_id });
    assert_eq!(sales(&stage, ADA), Ok(SALES));
}

#[test]
fn an_agent_on_a_phone_begins_no_calls() {
    let queues = vec![queue(SALES, "sales", &[(ADA, 0)])];
    let mut stage = Stage::of(queues.clone());
    let agents = vec![Agent { audio: AgentAudio::Phone, ..agent(ADA, "Ada", &[]) }];
    stage.tell(FloorInput::Known(Floor { organization_id: HOUSE, agents, queues, hours: None }));
    stage.opens_desk(ADA);
    assert_eq!(sales(&stage, ADA), Err(DeskRefused::TalksByPhone));
}
