//! Parts of a leg die during a call: the connection stays up, sound goes on in both directions, and orders are obeyed.

use cordboard_actors::fault::{Fault, arm};
use cordboard_actors::messages::ToLeg;
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::ItemId;

use crate::leg_call::{Listener, until};
use crate::stream_stage::{Speaker, Stage};

#[actix::test]
async fn a_dead_actors_replacement_reports_what_was_heard() {
    let mut stage = Stage::open();
    let (mut module, mut call, port) = stage.joined_leg().await;
    let line = call.leg.clone().unwrap();
    let speaker = Speaker::plugged(&port);
    speaker.says_all(1, 200);
    arm(Fault::PanicInLeg);
    until("another actor", || line.restarts() == 1).await;
    assert_eq!(module.chunk().await.number, 1);
    call.finished(1, 200);
    let heard = Fact::PlayedUntil { item: ItemId(1), heard_ms: 200, end: PlayedEnd::Finished };
    assert_eq!(call.fact().await, heard);
    call.order(ToLeg::Release);
    drop(line);
    assert_eq!(module.goodbye().await, 1_000);
    module.say_goodbye().await;
    assert_eq!(call.left().await.0, LegEnd::Released);
}

#[actix::test]
async fn a_new_reader_continues_with_the_next_message() {
    let mut stage = Stage::open();
    let (mut module, call, port) = stage.joined_leg().await;
    let listener = Listener::plugged(&port);
    module.say(2).await;
    assert_eq!(listener.hears_samples(160).await, [2; 160]);
    arm(Fault::PanicInReading);
    module.say(3).await;
    module.say(4).await;
    assert_eq!(listener.hears_samples(320).await, [[3; 160], [4; 160]].concat());
    assert_eq!(call.leg.as_ref().unwrap().restarts(), 1);
}
