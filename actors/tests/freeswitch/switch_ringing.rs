//! People whose phones are rung.

use cordboard_actors::messages::{ChannelAction, ToSwitch};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::HandoffFailure;

use crate::switch_stage::{CALLER, Call, PERSON, Peer, Stage, captured, dump, phone};

const HANDOFF: EffectId = EffectId(5);

fn failed(failure: HandoffFailure) -> Fact {
    Fact::HandoffFailed { handoff: HANDOFF, failure }
}

fn accepted() -> Fact {
    Fact::HandoffAccepted { handoff: HANDOFF }
}

fn ring(stage: &Stage, call: &Call, caller_number: Option<&str>) {
    stage.tell(ToSwitch::Ring {
        handoff: HANDOFF,
        channel: PERSON,
        phone: phone("1002", Some("127.0.0.1")),
        caller_number: caller_number.map(str::to_owned),
        timeout_ms: 20_000,
        call: call.line.clone(),
    });
}

/// Expects the command that rings the person. Returns its job.
async fn is_rung(peer: &mut Peer, caller: &str) -> String {
    peer.accept(&format!("filter Unique-ID {PERSON}")).await;
    peer.job(&format!(
        "originate {{origination_uuid={PERSON},originate_timeout=20,ignore_early_media=true,\
         hangup_after_bridge=true,park_timeout=30{caller}}}user/1002@127.0.0.1 &park()"
    ))
    .await
}

/// A person whose phone rings. Returns the job.
async fn ringing(stage: &Stage, peer: &mut Peer) -> (Call, String) {
    let mut call = stage.call();
    ring(stage, &call, None);
    let job = is_rung(peer, "").await;
    peer.event("CHANNEL_CREATE", PERSON, &[]).await;
    peer.event("CHANNEL_PROGRESS", PERSON, &[]).await;
    assert_eq!(call.fact().await, Fact::HandoffRinging { handoff: HANDOFF });
    (call, job)
}

#[actix::test]
async fn a_person_rings_and_answers() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (mut call, job) = ringing(&stage, &mut peer).await;
    peer.event("CHANNEL_ANSWER", PERSON, &[]).await;
    assert!(call.has_no_message(), "a channel that is answered and not yet parked can't be bridged");
    peer.job_done(&job, &format!("+OK {PERSON}\n")).await;
    peer.event("CHANNEL_PARK", PERSON, &[]).await;
    assert_eq!(call.fact().await, accepted());
}

#[actix::test]
async fn an_unanswered_ring_is_reported_with_its_reason() {
    let table = [
        ("USER_BUSY", HandoffFailure::Busy),
        ("CALL_REJECTED", HandoffFailure::Declined),
        ("NO_ANSWER", HandoffFailure::NoAnswer),
        ("USER_NOT_REGISTERED", HandoffFailure::Unregistered),
        ("SUBSCRIBER_ABSENT", HandoffFailure::Unallocated),
        ("UNALLOCATED_NUMBER", HandoffFailure::Unallocated),
        ("NUMBER_CHANGED", HandoffFailure::Unallocated),
        ("NORMAL_TEMPORARY_FAILURE", HandoffFailure::Unavailable),
        ("INVALID_GATEWAY", HandoffFailure::Trunk),
        ("CHAN_NOT_IMPLEMENTED", HandoffFailure::BadTarget),
    ];
    for (cause, failure) in table {
        let stage = Stage::open().await;
        let mut peer = stage.connected().await;
        let (mut call, job) = ringing(&stage, &mut peer).await;
        peer.event("CHANNEL_HANGUP", PERSON, &[("Hangup-Cause", cause)]).await;
        peer.job_done(&job, &format!("-ERR {cause}\n")).await;
        peer.event("CHANNEL_HANGUP_COMPLETE", PERSON, &[("Hangup-Cause", cause)]).await;
        assert_eq!(call.fact().await, failed(failure), "{cause}");
        peer.accept(&format!("filter delete Unique-ID {PERSON}")).await;
        assert!(call.has_no_message());
    }
}

#[actix::test]
async fn a_real_switchs_answer_and_later_hang_up_are_understood() {
    // Its own channel and jobs are replaced by ours, which have the same length in bytes.
    let capture = String::from_utf8_lossy(&captured("in_bgapi_originate")).into_owned();
    let (_, events) = capture.split_once("Job-UUID: job-ok-1\n\n").unwrap();
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.call();
    ring(&stage, &call, None);
    is_rung(&mut peer, "").await;
    let ours = events.replace("11111111-2222-4333-8444-777777777777", &PERSON.to_string());
    let (until_bye, _) = ours.split_once("Content-Type: command/reply").unwrap();
    let (before_kill, after_kill) = until_bye.split_once("Content-Type: api/response").unwrap();
    peer.send(before_kill.as_bytes()).await;
    assert_eq!(call.fact().await, accepted());
    let (_, hangup) = after_kill.split_once("+OK\n").unwrap();
    peer.send(hangup.as_bytes()).await;
    assert_eq!(call.fact().await, failed(HandoffFailure::Declined));
    peer.accept(&format!("filter delete Unique-ID {PERSON}")).await;
    assert!(call.has_no_message());
}

#[actix::test]
async fn a_person_hanging_up_before_the_caller_joins_has_declined() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (mut call, job) = ringing(&stage, &mut peer).await;
    peer.job_done(&job, "+OK\n").await;
    assert_eq!(call.fact().await, accepted());
    peer.event("CHANNEL_HANGUP", PERSON, &[("Hangup-Cause", "NORMAL_CLEARING")]).await;
    assert_eq!(call.fact().await, failed(HandoffFailure::Declined));
}

#[actix::test]
async fn a_person_joined_with_the_caller_may_hang_up() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (mut call, job) = ringing(&stage, &mut peer).await;
    peer.job_done(&job, "+OK\n").await;
    assert_eq!(call.fact().await, accepted());
    let action = ChannelAction::BridgeWith { channel: PERSON };
    let effect = EffectId(6);
    stage.tell(ToSwitch::Act { channel: CALLER, effect, action, call: call.line.clone() });
    assert!(peer.command().await.starts_with("api uuid_setvar"));
    peer.event("CHANNEL_HANGUP", PERSON, &[("Hangup-Cause", "NORMAL_CLEARING")]).await;
    while !peer.command().await.starts_with("filter delete") {}
    assert!(call.has_no_message());
}

#[actix::test]
async fn a_ring_that_is_no_longer_wanted_is_ended() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (call, job) = ringing(&stage, &mut peer).await;
    stage.tell(ToSwitch::StopRinging { channel: PERSON });
    let kill = format!("api uuid_kill {PERSON} ORIGINATOR_CANCEL");
    peer.expect(&kill).await;
    peer.api("-ERR No such channel!\n").await;
    // It did not exist yet, and is created now.
    peer.event("CHANNEL_CREATE", PERSON, &[]).await;
    peer.expect(&kill).await;
    peer.api("+OK\n").await;
    peer.job_done(&job, "-ERR NORMAL_CLEARING\n").await;
    peer.accept(&format!("filter delete Unique-ID {PERSON}")).await;
    assert!(call.has_no_message());
}

#[actix::test]
async fn a_ring_outlives_a_lost_connection() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (mut call, job) = ringing(&stage, &mut peer).await;
    peer.close();
    let mut peer = stage.reconnected().await;
    peer.accept(&format!("filter Unique-ID {PERSON}")).await;
    peer.expect(&format!("api uuid_dump {PERSON} json")).await;
    peer.api(&dump(PERSON, &[("Answer-State", "ringing")])).await;
    // The job is reported to every connection that subscribes to its events.
    peer.job_done(&job, &format!("+OK {PERSON}\n")).await;
    assert_eq!(call.fact().await, accepted());
}

#[actix::test]
async fn a_ring_that_ended_while_disconnected_is_reported() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (mut call, _job) = ringing(&stage, &mut peer).await;
    peer.close();
    let mut peer = stage.reconnected().await;
    peer.accept(&format!("filter Unique-ID {PERSON}")).await;
    peer.expect(&format!("api uuid_dump {PERSON} json")).await;
    peer.api("-ERR No such channel!\n").await;
    assert_eq!(call.fact().await, failed(HandoffFailure::Timeout));
}

#[actix::test]
async fn an_absent_switch_rings_nobody() {
    let stage = Stage::open().await;
    let mut call = stage.call();
    ring(&stage, &call, None);
    assert_eq!(call.fact().await, failed(HandoffFailure::Trunk));
}

#[actix::test]
async fn a_callers_number_is_shown_only_if_well_formed() {
    let shown = ",origination_caller_id_number=+4930123456";
    for (number, expected) in [
        ("+4930123456", shown),
        ("1\n\nexit", ""),
        ("1,absolute_codec_string=x", ""),
        ("1}user/1003", ""),
        ("1 &bridge(user/1003)", ""),
        ("${system rm}", ""),
        ("'1'", ""),
        ("", ""),
    ] {
        let stage = Stage::open().await;
        let mut peer = stage.connected().await;
        let call = stage.call();
        ring(&stage, &call, Some(number));
        is_rung(&mut peer, expected).await;
    }
}
