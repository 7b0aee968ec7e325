//! The actor of a switch dies, and calls do not notice it.

use cordboard_actors::fault::{Fault, arm};
use cordboard_actors::messages::{ToCall, ToSwitch};
use cordboard_schema::event::Fact;

use crate::switch_stage::{CALLER, PERSON, Stage, dump};

#[actix::test]
async fn the_next_actor_still_watches_every_channel() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.watching_call(&mut peer).await;
    arm(Fault::PanicInSwitch);
    stage.tell(ToSwitch::StopRinging { channel: PERSON });
    peer.until_left().await;
    assert!(matches!(call.fact().await, Fact::ControlLost { .. }));

    let mut peer = stage.reconnected().await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api(&dump(CALLER, &[("Answer-State", "answered")])).await;
    assert!(matches!(call.fact().await, Fact::ControlAttached { .. }));
    assert_eq!(stage.shown().await.calls, 1);
    // The order at which it died would not be sent again.
    peer.expect(&format!("api uuid_kill {PERSON} ORIGINATOR_CANCEL")).await;
}

#[actix::test]
async fn a_channel_that_kills_its_actor_is_still_watched() {
    let stage = Stage::open().await;
    let _peer = stage.connected().await;
    let mut call = stage.call();
    arm(Fault::PanicInSwitch);
    stage.watch(&call);
    let mut peer = stage.reconnected().await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api(&dump(CALLER, &[("Answer-State", "answered")])).await;
    assert!(matches!(call.fact().await, Fact::ControlAttached { .. }));
}

#[actix::test]
async fn orders_sent_meanwhile_are_carried_out() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    arm(Fault::PanicInSwitch);
    stage.tell(ToSwitch::StopRinging { channel: PERSON });
    let mut call = stage.call();
    stage.watch(&call);
    while peer.next_command().await.is_some() {}
    let mut peer = stage.reconnected().await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api("-ERR No such channel!\n").await;
    assert!(matches!(call.next_message().await, ToCall::NotHeldBy { .. }));
}
