//! Actions on channels that calls order over our connection.

use cordboard_actors::messages::{ChannelAction, PromptFile, ToSwitch};
use cordboard_schema::call::HangupCause;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::ActionOutcome;

use crate::esl_stage::{sets_before, way_back};
use crate::switch_stage::{CALLER, Call, PERSON, Stage};

const EFFECT: EffectId = EffectId(4);

fn act(stage: &Stage, call: &Call, action: ChannelAction) {
    stage.tell(ToSwitch::Act { channel: CALLER, effect: EFFECT, action, call: call.line.clone() });
}

fn done(outcome: ActionOutcome) -> Fact {
    Fact::ActionDone { effect: EFFECT, outcome }
}

fn failed(reason: &str) -> Fact {
    done(ActionOutcome::Failed { reason: reason.to_owned() })
}

#[actix::test]
async fn an_action_on_an_absent_switch_fails_with_a_reason() {
    let stage = Stage::open().await;
    let mut call = stage.call();
    act(&stage, &call, ChannelAction::Answer);
    assert_eq!(call.fact().await, failed("no link to the switch pbx1: not connected yet"));
    let mut peer = stage.connected().await;
    let question = stage.shown().await;
    assert!(question.is_connected);
    act(&stage, &call, ChannelAction::Unhold { channel: CALLER });
    // The first action that it gets is the one that was ordered after it had connected.
    peer.job(&format!("uuid_hold off {CALLER}")).await;
}

#[actix::test]
async fn a_hang_up_is_done_once_the_channel_has_ended() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.watching_call(&mut peer).await;
    act(&stage, &call, ChannelAction::HangUp(HangupCause("user_busy".to_owned())));
    // Its end has to be seen, whichever other link reports it.
    peer.accept(&format!("filter Unique-ID {CALLER}")).await;
    peer.expect(&format!("api uuid_kill {CALLER} USER_BUSY")).await;
    peer.api("+OK\n").await;
    assert!(call.has_no_message());
    peer.event("CHANNEL_HANGUP", CALLER, &[("Hangup-Cause", "USER_BUSY")]).await;
    assert_eq!(call.fact().await, done(ActionOutcome::Done));
}

#[actix::test]
async fn a_refused_action_fails_with_the_switchs_text() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.call();
    act(&stage, &call, ChannelAction::HangUp(HangupCause::normal_clearing()));
    peer.expect(&format!("api uuid_kill {CALLER} NORMAL_CLEARING")).await;
    peer.api("-ERR No such channel!\n").await;
    assert_eq!(call.fact().await, failed("No such channel!"));
}

#[actix::test]
async fn actions_of_a_lost_connection_have_unknown_outcomes() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.call();
    act(&stage, &call, ChannelAction::Hold { channel: CALLER });
    peer.expect(&format!("api uuid_setvar {CALLER} hold_music local_stream://moh")).await;
    peer.api("+OK\n").await;
    peer.job(&format!("uuid_hold {CALLER}")).await;
    peer.close();
    assert_eq!(call.fact().await, done(ActionOutcome::Unknown));
}

#[actix::test]
async fn an_action_is_settled_only_by_its_own_job() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.call();
    act(&stage, &call, ChannelAction::Hold { channel: CALLER });
    peer.expect(&format!("api uuid_setvar {CALLER} hold_music local_stream://moh")).await;
    peer.api("+OK\n").await;
    let job = peer.job(&format!("uuid_hold {CALLER}")).await;
    peer.job_done(&PERSON.to_string(), "-ERR somebody else's\n").await;
    peer.job_done("not a UUID at all", "-ERR somebody else's\n").await;
    peer.job_done(&job, "+OK Success\n").await;
    assert_eq!(call.fact().await, done(ActionOutcome::Done));
}

#[actix::test]
async fn a_prompt_is_done_when_it_was_heard() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.watching_call(&mut peer).await;
    act(&stage, &call, ChannelAction::Play(PromptFile::new("/prompts/hello.wav").unwrap()));
    peer.accept(&format!("filter Unique-ID {CALLER}")).await;
    let play = peer.command().await;
    let id = play.rsplit_once("Event-UUID: ").unwrap().1.to_owned();
    assert!(play.starts_with(&format!("sendmsg {CALLER}\ncall-command: execute\n")), "{play}");
    peer.reply("+OK").await;
    assert!(call.has_no_message());
    let end = [
        ("Application", "playback"),
        ("Application-UUID", id.as_str()),
        ("Application-Response", "FILE PLAYED"),
    ];
    peer.event("CHANNEL_EXECUTE_COMPLETE", CALLER, &end).await;
    assert_eq!(call.fact().await, done(ActionOutcome::Done));
}

#[actix::test]
async fn a_caller_sent_elsewhere_is_no_longer_marked_as_ours() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.call();
    act(&stage, &call, ChannelAction::Transfer("sales,200,1".parse().unwrap()));
    peer.expect(&format!("api uuid_setvar {CALLER} cordboard_call")).await;
    peer.api("+OK\n").await;
    for set in sets_before("200") {
        peer.expect(&format!("api uuid_setvar {CALLER} {set}")).await;
        peer.api("+OK\n").await;
    }
    let back = way_back("200");
    peer.expect(&format!("api uuid_transfer {CALLER} 200 'XML,inline:m:^:{back}' sales")).await;
    peer.api("+OK\n").await;
    assert_eq!(call.fact().await, done(ActionOutcome::Done));
}
