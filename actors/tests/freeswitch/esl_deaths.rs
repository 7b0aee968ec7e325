//! Parts of a control link die during a call: the connection stays up, events are reported, and orders are obeyed.

use cordboard_actors::fault::{Fault, arm, arm_after, disarm};
use cordboard_actors::messages::{ChannelAction, ToControl};
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;

use crate::esl_stage::{Stage, done, until};
use crate::esl_switch::{Freeswitch, api_response, event, final_notice};

#[actix::test]
async fn a_dead_actors_replacement_obeys_the_next_order() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    freeswitch.say(&event("CHANNEL_ANSWER", "")).await;
    assert_eq!(call.fact().await, Fact::ChannelAnswered);

    // The action at which it dies is not done; later ones are.
    arm(Fault::PanicInControl);
    call.act(1, ChannelAction::SendDtmf(vec![Digit::ONE]));
    call.act(2, ChannelAction::SendDtmf(vec![Digit::ONE]));
    freeswitch.command_like("api uuid_send_dtmf").await;
    freeswitch.say(&[api_response("+OK\n"), event("CHANNEL_HOLD", "")].concat()).await;
    assert_eq!(call.fact().await, done(2));
    assert_eq!(call.fact().await, Fact::Held);

    call.line = None;
    assert_eq!(freeswitch.command().await, "exit");
    freeswitch.say(&final_notice()).await;
    assert_eq!(call.lost().await.1, []);
}

#[actix::test]
async fn a_release_at_which_the_actor_dies_leaves_the_channel() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    arm(Fault::PanicInControl);
    call.order(ToControl::Release);
    assert_eq!(freeswitch.command().await, "exit");
    freeswitch.say(&final_notice()).await;
    assert_eq!(call.lost().await.1, []);
}

#[actix::test]
async fn a_new_reader_continues_within_the_event() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    for (name, fact) in [("CHANNEL_ANSWER", Fact::ChannelAnswered), ("CHANNEL_HOLD", Fact::Held)] {
        let wire = event(name, "variable_x: y");
        // The reader dies after half of an event.
        let (first, rest) = wire.split_at(70);
        freeswitch.say(first).await;
        arm_after(Fault::PanicInControlReading, 0);
        freeswitch.say(rest).await;
        assert_eq!(call.fact().await, fact);
    }
    disarm();
    freeswitch.say(&final_notice()).await;
    assert!(matches!(call.lost().await.1[..], [Fact::Hangup { .. }]));
}

#[actix::test]
async fn a_link_whose_reader_keeps_dying_reports_its_loss() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    (0..100).for_each(|_| arm(Fault::PanicInControlReading));
    freeswitch.say(&event("CHANNEL_ANSWER", "")).await;
    let (reason, _) = call.lost().await;
    assert_eq!(reason, "an internal error stopped its reader");
    disarm();
    until("a closed socket", || stage.live.now() == 0).await;
}

#[actix::test]
async fn a_link_whose_thread_is_stopped_reports_its_loss() {
    let mut stage = Stage::open();
    let _freeswitch = Freeswitch::with_channel(stage.address).await;
    let connection = stage.arrival().await;
    let mut call = stage.take_on_a_thread_that_stops(connection).await;
    assert_eq!(call.lost().await.0, "its part of Cordboard failed");
}
