//! Calls that the switch is ordered to make.

use std::collections::BTreeMap;

use cordboard_actors::messages::{Dial, DialledFor, ToCall, ToSwitch};
use cordboard_schema::call::{CallPolicy, HangupCause};
use cordboard_schema::dial::DialTarget;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::outbound::DialProgress;
use cordboard_schema::switch::HandoffFailure;
use serde_json::json;

use crate::switch_stage::{CALLER, Call, Peer, Stage, dump};

/// Destinations that may be called: the desk 1002, and numbers of Berlin.
fn target(said: &str) -> DialTarget {
    let policy: CallPolicy = serde_json::from_value(json!({
        "meet_timeout_ms": 1, "resume_window_ms": 1, "max_duration_ms": 1, "silence_prompt_ms": 1,
        "silence_goodbye_ms": 1, "unannounced": "accept", "extensions": { "desk": "internal,1002,1" },
        "fallback_extension": null, "dial": { "numbers_allowed": ["+4930*"] },
    }))
    .unwrap();
    DialTarget::find(said, &policy).unwrap()
}

fn dial(stage: &Stage, call: &Call, said: &str, variables: &[(&str, &str)]) {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    stage.tell(ToSwitch::Dial(Box::new(Dial {
        channel: CALLER,
        target: target(said),
        from: Some("+4930100".parse().unwrap()),
        timeout_ms: 30_000,
        variables,
        detects_mailbox: false,
        wanted_for: DialledFor::Call,
        call: call.line.clone(),
    })));
}

/// A server that restarts finds by its port an agent's phone that it had left there.
#[actix::test]
async fn an_agents_phone_is_rung_with_our_ports_name() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let call = stage.call();
    stage.tell(ToSwitch::Dial(Box::new(Dial {
        channel: CALLER,
        target: target("desk"),
        from: None,
        timeout_ms: 30_000,
        variables: BTreeMap::new(),
        detects_mailbox: false,
        wanted_for: DialledFor::Phone(EffectId(4)),
        call: call.line.clone(),
    })));
    peer.accept(&format!("filter Unique-ID {CALLER}")).await;
    peer.job(&format!(
        "originate {{origination_uuid={CALLER},originate_timeout=30,ignore_early_media=true,\
         cordboard_port=192.0.2.7:8022}}user/1002@pbx.example &park()"
    ))
    .await;
}

/// Expects the command that calls. Returns its job.
async fn is_called(peer: &mut Peer, variables: &str, dial_string: &str) -> String {
    peer.accept(&format!("filter Unique-ID {CALLER}")).await;
    peer.job(&format!(
        "originate {{origination_uuid={CALLER},originate_timeout=30,ignore_early_media=true,\
         origination_caller_id_number=+4930100{variables}}}{dial_string} '&socket(192.0.2.7:8022 async full)'"
    ))
    .await
}

/// The desk is being called. Returns the job.
async fn calling(stage: &Stage, peer: &mut Peer) -> (Call, String) {
    let call = stage.call();
    dial(stage, &call, "desk", &[]);
    let job = is_called(peer, "", "user/1002@pbx.example").await;
    (call, job)
}

#[actix::test]
async fn an_answer_is_distinguished_from_ringing_and_early_media() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (mut call, job) = calling(&stage, &mut peer).await;
    peer.event("CHANNEL_CREATE", CALLER, &[]).await;
    peer.event("CHANNEL_PROGRESS", CALLER, &[]).await;
    assert_eq!(call.fact().await, Fact::DialProgress { progress: DialProgress::Ringing });
    peer.event("CHANNEL_PROGRESS_MEDIA", CALLER, &[]).await;
    assert_eq!(call.fact().await, Fact::DialProgress { progress: DialProgress::EarlyMedia });
    peer.event("CHANNEL_ANSWER", CALLER, &[]).await;
    assert_eq!(call.fact().await, Fact::DialAnswered);
    peer.job_done(&job, &format!("+OK {CALLER}\n")).await;
    peer.event("CHANNEL_HANGUP", CALLER, &[("Hangup-Cause", "NORMAL_CLEARING")]).await;
    assert!(matches!(call.fact().await, Fact::Hangup { .. }), "reported once, and the end after it");
    peer.accept(&format!("filter delete Unique-ID {CALLER}")).await;
}

#[actix::test]
async fn an_unreachable_callee_is_reported_with_the_switchs_cause() {
    let table = [
        ("USER_BUSY", HandoffFailure::Busy),
        ("CALL_REJECTED", HandoffFailure::Declined),
        ("NO_ANSWER", HandoffFailure::NoAnswer),
        ("USER_NOT_REGISTERED", HandoffFailure::Unregistered),
        ("UNALLOCATED_NUMBER", HandoffFailure::Unallocated),
        ("NUMBER_CHANGED", HandoffFailure::Unallocated),
        ("NORMAL_TEMPORARY_FAILURE", HandoffFailure::Unavailable),
        ("INVALID_GATEWAY", HandoffFailure::Trunk),
    ];
    for (word, failure) in table {
        let stage = Stage::open().await;
        let mut peer = stage.connected().await;
        let (mut call, job) = calling(&stage, &mut peer).await;
        peer.event("CHANNEL_HANGUP", CALLER, &[("Hangup-Cause", word)]).await;
        peer.job_done(&job, &format!("-ERR {word}\n")).await;
        let cause = Some(HangupCause(word.to_ascii_lowercase()));
        assert_eq!(call.fact().await, Fact::DialFailed { failure, cause }, "{word}");
        peer.accept(&format!("filter delete Unique-ID {CALLER}")).await;
    }
}

/// A campaign treats only those as wrong numbers that the switch reports as such.
#[actix::test]
async fn failures_of_a_trunk_are_not_wrong_numbers() {
    let table = [
        ("-ERR SUBSCRIBER_ABSENT", HandoffFailure::NoAnswer),
        ("-ERR INVALID_PROFILE", HandoffFailure::Trunk),
        ("-ERR CHAN_NOT_IMPLEMENTED", HandoffFailure::Trunk),
        ("-USAGE: <call_url> <exten>|&<app>", HandoffFailure::Trunk),
        ("-ERR UNALLOCATED_NUMBER", HandoffFailure::Unallocated),
        ("-ERR INVALID_NUMBER_FORMAT", HandoffFailure::BadTarget),
    ];
    for (word, expected) in table {
        let stage = Stage::open().await;
        let mut peer = stage.connected().await;
        let mut call = stage.call();
        dial(&stage, &call, "+49301234", &[]);
        let job = is_called(&mut peer, "", "sofia/gateway/outside/+49301234").await;
        peer.job_done(&job, &format!("{word}\n")).await;
        let fact = call.fact().await;
        assert!(matches!(fact, Fact::DialFailed { failure, .. } if failure == expected), "{word}: {fact:?}");
    }
}

#[actix::test]
async fn numbers_go_over_the_trunk_and_variables_are_escaped() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let call = stage.call();
    let variables =
        [("a", "}sofia/x,y=z"), ("empty", ""), ("execute_on_answer", "system rm"), ("q", "'\"\\${x}\u{e4}")];
    dial(&stage, &call, "+49301234", &variables);
    let escaped = ",cordboard_a=%7Dsofia%2Fx%2Cy%3Dz,cordboard_execute_on_answer=system%20rm,\
                   cordboard_q=%27%22%5C%24%7Bx%7D%C3%A4";
    is_called(&mut peer, escaped, "sofia/gateway/outside/+49301234").await;
}

#[actix::test]
async fn a_call_that_is_no_longer_wanted_is_ended() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (call, job) = calling(&stage, &mut peer).await;
    stage.tell(ToSwitch::StopDialling { channel: CALLER });
    let kill = format!("api uuid_kill {CALLER} ORIGINATOR_CANCEL");
    peer.expect(&kill).await;
    peer.api("-ERR No such channel!\n").await;
    // It is created all the same.
    peer.event("CHANNEL_CREATE", CALLER, &[]).await;
    peer.expect(&kill).await;
    peer.api("+OK\n").await;
    peer.job_done(&job, "-ERR ORIGINATOR_CANCEL\n").await;
    peer.accept(&format!("filter delete Unique-ID {CALLER}")).await;
    assert!(call.has_no_message(), "nothing is reported");
}

#[actix::test]
async fn a_call_watching_its_channel_hears_from_its_links_only() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (mut call, _) = calling(&stage, &mut peer).await;
    peer.event("CHANNEL_ANSWER", CALLER, &[]).await;
    assert_eq!(call.fact().await, Fact::DialAnswered);
    stage.watch(&call);
    peer.accept(&format!("filter delete Unique-ID {CALLER}")).await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api(&dump(CALLER, &[("Answer-State", "answered")])).await;
    assert!(matches!(call.next_message().await, ToCall::Fact(Fact::ControlAttached { .. })));
    peer.event("CHANNEL_HANGUP", CALLER, &[("Hangup-Cause", "NORMAL_CLEARING")]).await;
    stage.shown().await;
    assert!(call.has_no_message(), "its own connection reports the end");
}

#[actix::test]
async fn a_reconnected_link_asks_for_what_it_missed() {
    let table = [
        (dump(CALLER, &[("Answer-State", "ringing")]), None),
        (dump(CALLER, &[("Answer-State", "answered")]), Some(Fact::DialAnswered)),
        (
            "-ERR No such channel!\n".to_owned(),
            Some(Fact::DialFailed { failure: HandoffFailure::Timeout, cause: None }),
        ),
    ];
    for (answer, fact) in table {
        let stage = Stage::open().await;
        let mut peer = stage.connected().await;
        let (mut call, _) = calling(&stage, &mut peer).await;
        peer.close();
        let mut peer = stage.reconnected().await;
        peer.accept(&format!("filter Unique-ID {CALLER}")).await;
        peer.expect(&format!("api uuid_dump {CALLER} json")).await;
        peer.api(&answer).await;
        stage.settled().await;
        match fact {
            Some(fact) => assert_eq!(call.fact().await, fact),
            None => assert!(call.has_no_message()),
        }
    }
}

#[actix::test]
async fn an_absent_switch_makes_no_calls() {
    let stage = Stage::open().await;
    let mut call = stage.call();
    dial(&stage, &call, "desk", &[]);
    assert_eq!(call.fact().await, Fact::DialFailed { failure: HandoffFailure::Trunk, cause: None });
}
