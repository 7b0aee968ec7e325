//! The control of a channel: what it reports, what it does, how it ends.

use std::time::Duration;

use cordboard_actors::freeswitch::refuse_control;
use cordboard_actors::messages::{ChannelAction, GivenBy, PlaybackEvent, PromptFile, ToControl};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::switch::ControlLink;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::esl_stage::{CONTROL, Stage, done, failed, sets_before, unknown, until, way_back};
use crate::esl_switch::{
    CHANNEL, Freeswitch, OK, api_response, event, final_notice, job_event, linger_notice, stream_event,
};
use crate::virtual_time::virtually;

const HUNG_UP: &str = "Hangup-Cause: NORMAL_CLEARING\nvariable_sip_term_status: 200";

fn hung_up_by_caller() -> Fact {
    Fact::Hangup { by: HangupBy::Caller, cause: HangupCause::normal_clearing() }
}

/// The value of a header of a command.
fn header<'a>(command: &'a str, name: &str) -> &'a str {
    let line = command.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {command:?}"))
}

#[test]
fn taking_a_call_subscribes_to_all_the_needed_events() {
    virtually(async {
        let mut stage = Stage::open();
        let mut freeswitch = Freeswitch::with_channel(stage.address).await;
        let _call = stage.take().await;
        assert_eq!(
            freeswitch.opening().await,
            [
                "linger 10",
                "event plain CHANNEL_ANSWER CHANNEL_EXECUTE_COMPLETE CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HOLD \
                 CHANNEL_UNHOLD CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE DTMF PLAYBACK_START PLAYBACK_STOP BACKGROUND_JOB \
                 CUSTOM mod_audio_stream::connect mod_audio_stream::disconnect mod_audio_stream::error \
                 mod_audio_stream::json mod_audio_stream::play",
                &format!("filter Unique-ID {CHANNEL}"),
                &format!("api uuid_setvar {CHANNEL} playback_terminators none"),
            ]
        );
        assert!(freeswitch.hears_nothing_for(Duration::from_millis(50)).await);
    });
}

#[actix::test]
async fn events_of_the_channel_are_reported_to_the_call() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    let other = "cccccccc-0000-4000-8000-000000000001";
    let bridge = format!("Bridge-A-Unique-ID: {CHANNEL}\nBridge-B-Unique-ID: {other}");
    let rows = [
        (event("CHANNEL_ANSWER", "Answer-State: answered"), Fact::ChannelAnswered),
        (
            event("DTMF", "DTMF-Digit: 5\nDTMF-Duration: 960\nDTMF-Source: RTP"),
            Fact::Dtmf { leg: None, digit: Digit::try_from('5').unwrap(), duration_ms: Some(120) },
        ),
        (event("CHANNEL_BRIDGE", &bridge), Fact::Bridged { other: other.to_owned() }),
        (event("CHANNEL_HOLD", ""), Fact::Held),
        (event("CHANNEL_UNHOLD", ""), Fact::Unheld),
        (event("CHANNEL_UNBRIDGE", &bridge), Fact::Unbridged),
        (event("CHANNEL_HANGUP", HUNG_UP), hung_up_by_caller()),
    ];
    for (wire, fact) in rows {
        freeswitch.say(&wire).await;
        assert_eq!(call.fact().await, fact);
    }
}

#[actix::test]
async fn an_action_is_done_when_its_event_arrives() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    call.act(7, ChannelAction::Answer);
    let answer = freeswitch.command().await;
    freeswitch.say(OK).await;
    let id = header(&answer, "Event-UUID");
    let end = format!("Application: answer\nApplication-UUID: {id}\nAnswer-State: answered");
    freeswitch.say(&[event("CHANNEL_ANSWER", ""), event("CHANNEL_EXECUTE_COMPLETE", &end)].concat()).await;
    assert_eq!(call.fact().await, Fact::ChannelAnswered);
    assert_eq!(call.fact().await, done(7));

    // Neither the mark of its call nor the variables that were set for it and for rung people go along.
    call.act(8, ChannelAction::Transfer("default,9196,1".parse().unwrap()));
    assert_eq!(freeswitch.command().await, format!("api uuid_setvar {CHANNEL} cordboard_call"));
    freeswitch.say(&api_response("+OK\n")).await;
    for set in sets_before("9196") {
        assert_eq!(freeswitch.command().await, format!("api uuid_setvar {CHANNEL} {set}"));
        freeswitch.say(&api_response("+OK\n")).await;
    }
    let back = way_back("9196");
    let transfer = format!("api uuid_transfer {CHANNEL} 9196 'XML,inline:m:^:{back}' default");
    assert_eq!(freeswitch.command().await, transfer);
    freeswitch.say(&api_response("-ERR No such channel!\n")).await;
    assert_eq!(call.fact().await, failed(8, "No such channel!"));
}

/// Otherwise the filter on the channel would hide the output of a job.
#[actix::test]
async fn a_job_is_let_through_until_it_is_done() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    call.act(3, ChannelAction::Hold { channel: CHANNEL });
    let filter = freeswitch.command().await;
    assert_eq!(
        freeswitch.command().await,
        format!("api uuid_setvar {CHANNEL} hold_music local_stream://moh")
    );
    let hold = freeswitch.command().await;
    let job = header(&hold, "Job-UUID");
    assert_eq!(filter, format!("filter Job-UUID {job}"));
    freeswitch
        .say(&[OK, &api_response("+OK\n"), OK, &job_event(job, "uuid_hold", "+OK Success\n")].concat())
        .await;
    assert_eq!(call.fact().await, done(3));
    assert_eq!(freeswitch.command().await, format!("filter delete Job-UUID {job}"));
}

#[actix::test]
async fn a_stream_opens_and_plays_its_sound_until_stopped() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    let url = "ws://127.0.0.1:8085/x".to_owned();
    call.act(1, ChannelAction::StartStream { url, rate: SampleRate::HZ_8000 });
    let start = freeswitch.command_like("bgapi").await;
    assert!(
        start.starts_with(&format!("bgapi uuid_audio_stream {CHANNEL} start ws://127.0.0.1:8085/x mono 8k"))
    );
    freeswitch.say(&[OK, &api_response("+OK\n"), OK].concat()).await;
    freeswitch.say(&stream_event("connect", r#"{"status":"connected"}"#)).await;
    assert_eq!(call.fact().await, done(1));
    freeswitch.command_like("filter delete").await;

    for chunk in 1..=2 {
        let body = format!(
            r#"{{"audioDataType":"raw","sampleRate":8000,"file":"/var/spool/pbx/{chunk}.tmp.r8","chunk":{chunk}}}"#
        );
        freeswitch.say(&stream_event("play", &body)).await;
        let playback = freeswitch.command().await;
        assert_eq!(header(&playback, "execute-app-arg"), format!("/var/spool/pbx/{chunk}.tmp.r8"));
        assert_eq!(header(&playback, "event-lock"), "true");
        assert_eq!(header(&playback, "Event-UUID"), format!("chunk-{chunk}"));
    }
    let first = "Playback-File-Path: /var/spool/pbx/1.tmp.r8";
    freeswitch.say(&event("PLAYBACK_START", first)).await;
    assert_eq!(call.playback().await, PlaybackEvent::Began { chunk: 1 });

    call.act(2, ChannelAction::StopPlayback { next_chunk: 3, given_by: GivenBy::ThisLink });
    assert_eq!(freeswitch.command().await, format!("api uuid_break {CHANNEL} all"));
    let stopped = format!(
        "{first}\nPlayback-Status: break\nvariable_playback_ms: 2048\nvariable_playback_last_offset_pos: 640\n\
         variable_write_rate: 8000"
    );
    freeswitch.say(&[OK, OK, OK, &api_response("+OK\n"), &event("PLAYBACK_STOP", &stopped)].concat()).await;
    assert_eq!(call.fact().await, done(2));
    let ended = PlaybackEvent::Ended { chunk: 1, heard_ms: 80, end: PlayedEnd::Cleared };
    assert_eq!(call.playback().await, ended);
    assert_eq!(call.playback().await, PlaybackEvent::Emptied);
}

#[actix::test]
async fn sound_is_taken_once_the_switch_reports_its_chunks() {
    let mut stage = Stage::open();
    let mut freeswitch = Freeswitch::with_channel(stage.address).await;
    let mut call = stage.take().await;
    freeswitch.opening().await;
    assert!(call.order(ToControl::TakeSound));
    call.act(1, ChannelAction::Answer);
    freeswitch.command_like("sendmsg").await;
    assert!(call.has_heard_all(), "a chunk that comes now would not be reported");
    freeswitch.answer_opening().await;
    assert_eq!(call.playback().await, PlaybackEvent::Handed);
}

#[actix::test]
async fn sound_of_another_link_is_stopped_and_reported() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    call.act(2, ChannelAction::StopPlayback { next_chunk: 9, given_by: GivenBy::AnotherLink });
    assert_eq!(freeswitch.command().await, format!("api uuid_break {CHANNEL} all"));
    let stopped = "Playback-File-Path: /tmp/7.r8\nPlayback-Status: break\nvariable_playback_ms: 120";
    let ended = "Application: playback\nApplication-UUID: chunk-7\nApplication-Response: FILE PLAYED";
    let events = [event("PLAYBACK_STOP", stopped), event("CHANNEL_EXECUTE_COMPLETE", ended)].concat();
    freeswitch.say(&[api_response("+OK\n"), events].concat()).await;
    assert_eq!(call.fact().await, done(2));
    let ended = PlaybackEvent::Ended { chunk: 7, heard_ms: 120, end: PlayedEnd::Cleared };
    assert_eq!(call.playback().await, ended);
    assert_eq!(call.playback().await, PlaybackEvent::Emptied);
}

#[actix::test]
async fn a_lost_connection_reports_what_the_switch_already_has() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    for chunk in 1..=2 {
        let file = format!("/tmp/{chunk}.r8");
        let body = json!({ "audioDataType": "raw", "sampleRate": 8000, "file": file, "chunk": chunk });
        freeswitch.say(&stream_event("play", &body.to_string())).await;
        freeswitch.command_like("sendmsg").await;
    }
    // It is unknown whether the second one was read.
    freeswitch.say(OK).await;
    freeswitch.stream.shutdown().await.unwrap();
    assert_eq!(call.playback().await, PlaybackEvent::Given { chunk: 1 });
    assert_eq!(call.lost().await, ("FreeSWITCH closed the connection".to_owned(), vec![]));
}

#[test]
fn a_hang_up_is_reported_before_its_record_is_complete() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut freeswitch, mut call) = stage.control().await;
        freeswitch.say(&event("CHANNEL_HANGUP", HUNG_UP)).await;
        assert_eq!(call.fact().await, hung_up_by_caller());
        freeswitch.say(&linger_notice()).await;
        let record =
            "Hangup-Cause: NORMAL_CLEARING\nvariable_billsec: 4\nvariable_sip_hangup_disposition: recv_bye";
        assert!(freeswitch.hears_nothing_for(Duration::from_millis(50)).await, "the record may come");
        freeswitch.say(&event("CHANNEL_HANGUP_COMPLETE", record)).await;
        assert_eq!(freeswitch.command().await, "exit");
        freeswitch
            .say(&["Content-Type: command/reply\nReply-Text: +OK bye\n\n", &final_notice()].concat())
            .await;
        freeswitch.stream.shutdown().await.unwrap();
        assert_eq!(call.lost().await, ("the channel has hung up".to_owned(), vec![]), "reported once");
        assert_eq!(freeswitch.next_command().await, None);
        until("a closed socket", || stage.live.now() == 0).await;
    });
}

/// FreeSWITCH reports the end of a channel in another way than its hang-up.
#[actix::test]
async fn an_early_notice_is_not_a_hang_up() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    freeswitch.say(&linger_notice()).await;
    assert_eq!(call.fact().await, Fact::ChannelGone);
    freeswitch.say(&event("CHANNEL_HANGUP", HUNG_UP)).await;
    assert_eq!(call.fact().await, hung_up_by_caller());
    freeswitch.say(&event("CHANNEL_HANGUP_COMPLETE", HUNG_UP)).await;
    assert_eq!(freeswitch.command().await, "exit");
}

#[test]
fn a_missing_hang_up_record_is_awaited_for_2_s() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut freeswitch, mut call) = stage.control().await;
        let began = Instant::now();
        freeswitch.say(&linger_notice()).await;
        assert_eq!(call.fact().await, Fact::ChannelGone);
        assert_eq!(freeswitch.command().await, "exit");
        assert_eq!(began.elapsed().as_millis(), 2_000);
    });
}

#[actix::test]
async fn a_hang_up_order_is_done_when_the_channel_ends() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    call.act(4, ChannelAction::HangUp(HangupCause("user_busy".to_owned())));
    assert_eq!(freeswitch.command().await, format!("api uuid_kill {CHANNEL} USER_BUSY"));
    let hung_up = event("CHANNEL_HANGUP", "Channel-Name: sofia/internal/1001\nHangup-Cause: USER_BUSY");
    freeswitch.say(&[api_response("+OK\n"), hung_up].concat()).await;
    let cause = HangupCause("user_busy".to_owned());
    assert_eq!(call.fact().await, Fact::Hangup { by: HangupBy::Switch, cause });
    assert_eq!(call.fact().await, done(4));
    call.act(5, ChannelAction::Hold { channel: CHANNEL });
    assert_eq!(call.fact().await, failed(5, "the control link is gone"));
}

/// It makes a difference to the call: the channel may be live, and be reached in another way.
#[actix::test]
async fn a_connection_that_ends_silently_is_lost_not_hung_up() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    call.act(9, ChannelAction::Hold { channel: CHANNEL });
    freeswitch.command_like("bgapi").await;
    freeswitch.stream.shutdown().await.unwrap();
    assert_eq!(call.lost().await, ("FreeSWITCH closed the connection".to_owned(), vec![unknown(9)]));
    assert!(!call.order(ToControl::Release), "the link is gone");
}

#[actix::test]
async fn a_call_that_releases_the_channel_leaves_in_order() {
    let mut stage = Stage::open();
    for is_dropped in [true, false] {
        let (mut freeswitch, mut call) = stage.control().await;
        if is_dropped {
            call.line = None;
        } else {
            call.order(ToControl::Release);
        }
        assert_eq!(freeswitch.command().await, "exit");
        freeswitch.say(&final_notice()).await;
        assert_eq!(call.lost().await, ("released by the call".to_owned(), vec![]), "which is no hang-up");
        assert_eq!(freeswitch.next_command().await, None);
    }
}

/// When any link of a channel is closed, FreeSWITCH ends its parking, and hangs it up if nothing follows.
#[test]
fn the_link_of_a_channel_elsewhere_stays_until_its_end() {
    virtually(async {
        let mut stage = Stage::open();
        for order in [ToControl::Release, ToControl::Replaced] {
            let (mut freeswitch, mut call) = stage.control().await;
            if order == ToControl::Release {
                let moved_on = event("CHANNEL_EXECUTE_COMPLETE", "Application: socket");
                freeswitch.say(&[moved_on, event("CHANNEL_HOLD", "")].concat()).await;
                assert_eq!(call.fact().await, Fact::Held);
            }
            call.order(order);
            let reason = "released by the call".to_owned();
            let link = ControlLink::Outbound { control: CONTROL };
            assert_eq!(call.fact().await, Fact::ControlLost { link, reason });
            freeswitch.say(&event("DTMF", "DTMF-Digit: 5")).await;
            assert!(freeswitch.hears_nothing_for(Duration::from_millis(50)).await);
            let hung_up = [event("CHANNEL_HANGUP", HUNG_UP), event("CHANNEL_HANGUP_COMPLETE", HUNG_UP)];
            freeswitch.say(&hung_up.concat()).await;
            assert_eq!(freeswitch.command().await, "exit");
            freeswitch.say(&final_notice()).await;
            assert_eq!(call.reports_to_the_end().await, [], "it has reported that it is gone");
            assert_eq!(freeswitch.next_command().await, None);
        }
    });
}

/// `exit` ends the dialplan's `socket`: earlier requests must have been done by then.
#[test]
fn pending_requests_are_awaited_before_leaving() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut freeswitch, mut call) = stage.control().await;
        let hello = PromptFile::new("/var/lib/pbx/prompts/hello.wav").unwrap();
        call.act(1, ChannelAction::Play(hello));
        call.act(2, ChannelAction::StopStream);
        call.order(ToControl::Release);
        let stop = freeswitch.command_like("bgapi").await;
        assert!(freeswitch.hears_nothing_for(Duration::from_millis(50)).await);
        freeswitch.say(&job_event(header(&stop, "Job-UUID"), "uuid_audio_stream", "+OK Success\n")).await;
        assert_eq!(freeswitch.command().await, "exit");
        freeswitch.say(&final_notice()).await;
        let facts = vec![done(2), unknown(1)];
        assert_eq!(call.lost().await, ("released by the call".to_owned(), facts));
    });
}

#[actix::test]
async fn a_restarted_call_gets_the_state_of_its_channel() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    call.act(6, ChannelAction::SendDtmf(vec![Digit::ONE]));
    freeswitch.command().await;
    let words = [api_response("+OK\n"), event("CHANNEL_ANSWER", ""), event("CHANNEL_HOLD", "")];
    freeswitch.say(&words.concat()).await;
    let facts = [call.fact().await, call.fact().await, call.fact().await];
    assert_eq!(facts, [done(6), Fact::ChannelAnswered, Fact::Held]);
    call.order(ToControl::Resync);
    let again = [call.fact().await, call.fact().await, call.fact().await];
    assert_eq!(again, [Fact::ChannelAnswered, Fact::Held, done(6)]);
}

#[test]
fn a_switch_taking_no_commands_is_dropped_after_2_s() {
    virtually(async {
        let mut stage = Stage::open();
        let freeswitch = Freeswitch::with_channel(stage.address).await;
        socket2::SockRef::from(&freeswitch.stream).set_recv_buffer_size(4_096).unwrap();
        let connection = stage.arrival().await;
        socket2::SockRef::from(&connection.stream).set_send_buffer_size(4_096).unwrap();
        let mut call = stage.take_this(connection);
        let began = Instant::now();
        // More than both kernels store for a peer that does not read.
        for effect in 1..=28 {
            call.act(effect, ChannelAction::SendDtmf(vec![Digit::ONE; 8_000]));
        }
        let (reason, facts) = call.lost().await;
        assert_eq!(reason, "FreeSWITCH has read no command for 2000 ms");
        assert_eq!(facts, (1..=28).map(unknown).collect::<Vec<_>>());
        // Then it may send something more for 100 ms, and accept a goodbye for 2 s.
        assert_eq!(began.elapsed().as_millis(), 4_100);
        drop(freeswitch);
    });
}

#[actix::test]
async fn a_connection_without_a_call_goes_where_it_is_sent() {
    let mut stage = Stage::open();
    let to_operator = NextStep::Goto("internal,2001,1".parse().unwrap());
    let rows = [
        (NextStep::Hangup, vec![format!("api uuid_kill {CHANNEL} NORMAL_CLEARING"), "exit".to_owned()]),
        (
            to_operator,
            vec![
                format!("api uuid_setvar {CHANNEL} cordboard_call"),
                format!("api uuid_setvar {CHANNEL} park_after_bridge"),
                format!("api uuid_setvar {CHANNEL} playback_terminators"),
                format!("api uuid_transfer {CHANNEL} 2001 XML internal"),
                "exit".to_owned(),
            ],
        ),
        (NextStep::Again, vec!["exit".to_owned()]),
    ];
    for (next, commands) in rows {
        let mut freeswitch = Freeswitch::with_channel(stage.address).await;
        refuse_control(stage.arrival().await, next);
        for command in commands {
            assert_eq!(freeswitch.command().await, command);
        }
        freeswitch.stream.shutdown().await.unwrap();
        assert_eq!(freeswitch.next_command().await, None);
    }
}

/// From the hang-up's bytes to the fact in the call's mailbox, nothing waits for a timer.
#[test]
fn a_hang_up_reaches_its_call_at_once() {
    virtually(async {
        let mut stage = Stage::open();
        for _ in 0..41 {
            let (mut freeswitch, mut call) = stage.control().await;
            // The opening's last answer has been handled when this is reported.
            freeswitch.say(&event("CHANNEL_ANSWER", "")).await;
            assert_eq!(call.fact().await, Fact::ChannelAnswered);
            assert!(call.has_heard_all());
            let began = Instant::now();
            freeswitch.say(&event("CHANNEL_HANGUP", HUNG_UP)).await;
            assert_eq!(call.fact().await, hung_up_by_caller());
            assert_eq!(began.elapsed(), Duration::ZERO);
        }
    });
}
