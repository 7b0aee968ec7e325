//! Meaning of events, read from captures.

use cordboard_schema::call::HangupCause;
use cordboard_schema::digit::Digit;
use cordboard_schema::switch::{AnswerState, HandoffFailure};
use cordboard_schema::wire::esl::{
    ApiAnswer, AudioStreamEvent, Bridge, ChannelData, ChannelDirection, Control, Decoder, DialResult, Event,
    EventName, ExecuteComplete, Frame, Hangup, Heartbeat, HungUpBy, JobDone, KeyPress, KeySource,
    PlaybackResult, PlaybackStopped, SocketMode, StopReason, hangup_cause_of, switch_cause_of,
};
use serde_json::json;

use crate::{captured, captured_events, drain, esl_captures};

/// Returns the results of a reader for all events of a capture.
fn read<T>(name: &str, reader: impl Fn(&Event) -> Option<T>) -> Vec<T> {
    captured_events(name).iter().filter_map(reader).collect()
}

fn connected(name: &str) -> ChannelData {
    let frames = captured(name);
    let mut blocks = frames.iter().filter_map(|frame| match frame {
        Frame::ChannelData(event) => ChannelData::of(event),
        _ => None,
    });
    blocks.next_back().unwrap()
}

#[test]
fn the_answer_to_connect_names_caller_and_number() {
    let Frame::ChannelData(event) = &captured("out_basic_plain")[0] else { panic!("no call first") };
    assert_eq!(event.variable("cordboard_tenant"), Some("acme"));
    assert_eq!(event.get("Reply-Text"), Some("+OK\n"));
    assert_eq!(
        ChannelData::of(event).unwrap(),
        ChannelData {
            channel: "c9450eff-d837-4f71-b447-5c546c966f2e".into(),
            direction: ChannelDirection::Inbound,
            answer_state: Some(AnswerState::Ringing),
            read_rate_hz: None,
            caller_number: Some("1001".into()),
            caller_name: Some("Phone 1001".into()),
            destination: Some("5000".into()),
            context: Some("default".into()),
            domain: Some("127.0.0.1".into()),
            sip_call_id: event.variable("sip_call_id").map(str::to_owned),
            socket_mode: SocketMode::Async,
            control: Control::Full,
        }
    );
    let modes = ["out_basic_plain", "out_sync", "out_limited", "out_bare"]
        .map(connected)
        .map(|call| (call.socket_mode, call.control));
    assert_eq!(
        modes,
        [
            (SocketMode::Async, Control::Full),
            (SocketMode::Static, Control::Full),
            (SocketMode::Async, Control::SingleChannel),
            (SocketMode::Static, Control::SingleChannel),
        ]
    );
    let called = connected("in_bgapi_originate.socket");
    assert_eq!(
        (called.direction, called.answer_state),
        (ChannelDirection::Outbound, Some(AnswerState::Answered))
    );
}

#[test]
fn a_caller_who_withholds_a_number_or_name_shows_none() {
    let rows = [
        ("false", "false", Some("+493012345"), Some("Alice")),
        ("true", "false", None, Some("Alice")),
        ("false", "true", Some("+493012345"), None),
        ("true", "true", None, None),
    ];
    for (hides_number, hides_name, number, name) in rows {
        let block = format!(
            "Event-Name: CHANNEL_DATA\nUnique-ID: c9450eff-d837-4f71-b447-5c546c966f2e\n\
             Caller-Caller-ID-Name: Alice\nCaller-Caller-ID-Number: %2B493012345\n\
             Caller-Privacy-Hide-Name: {hides_name}\nCaller-Privacy-Hide-Number: {hides_number}\n\n"
        );
        let data = ChannelData::of(&Event::plain(block.as_bytes())).unwrap();
        let shown = (data.caller_number.as_deref(), data.caller_name.as_deref());
        assert_eq!(shown, (number, name), "{hides_number} {hides_name}");
    }
}

#[test]
fn a_hang_up_gives_its_cause_and_party() {
    let rows = [
        ("out_hangup_linger5", "normal_clearing", Some(HungUpBy::Phone)),
        ("out_hangup_preanswer", "originator_cancel", Some(HungUpBy::Phone)),
        ("out_app_hangup", "normal_clearing", Some(HungUpBy::Switch)),
        ("out_app_hangup_busy_preanswer", "user_busy", Some(HungUpBy::Switch)),
        ("out_bad_app", "destination_out_of_order", Some(HungUpBy::Switch)),
        ("fs_shutdown.out", "system_shutdown", Some(HungUpBy::Switch)),
    ];
    for (name, cause, by) in rows {
        let hangups = read(name, |event| Some((event.name()?, Hangup::of(event)?)));
        assert!(hangups.iter().any(|(name, _)| *name == EventName::ChannelHangup), "{name}");
        for (event, hangup) in hangups {
            assert_eq!(hangup.cause, HangupCause(cause.into()), "{name}: {event:?}");
            assert_eq!(hangup.by, by, "{name}: {event:?}");
        }
    }
}

/// The first event of a hang-up agrees with the last one, which has all details, on every channel of every capture.
#[test]
fn the_first_hang_up_event_agrees_with_the_last() {
    let mut compared = 0;
    for name in esl_captures() {
        let ends =
            read(&name, |event| Some((event.name()?, event.unique_id()?.to_owned(), Hangup::of(event)?)));
        let (last, first): (Vec<_>, Vec<_>) =
            ends.into_iter().partition(|(name, ..)| *name == EventName::ChannelHangupComplete);
        for (_, channel, hangup) in first {
            let Some((_, _, complete)) = last.iter().find(|(_, of, _)| *of == channel) else { continue };
            assert!(complete.by.is_some(), "{name}: {channel}");
            assert_eq!(hangup, *complete, "{name}: {channel}");
            compared += 1;
        }
    }
    assert!(compared > 180, "only {compared} channels");
}

/// A cause that the switch gave can be sent to it again; our own causes become the normal one.
#[test]
fn causes_go_both_ways() {
    for name in
        ["NORMAL_CLEARING", "USER_BUSY", "CALL_REJECTED", "ORIGINATOR_CANCEL", "NO_ANSWER", "NUMBER_CHANGED"]
    {
        assert_eq!(switch_cause_of(&hangup_cause_of(name)), name);
    }
    assert_eq!(switch_cause_of(&HangupCause::silence()), "NORMAL_CLEARING");
    assert_eq!(switch_cause_of(&HangupCause("x\r\nexit".into())), "NORMAL_CLEARING");
}

#[test]
fn keys_come_with_how_long_they_were_held() {
    let keys = read("out_evsub_dtmf", KeyPress::of);
    assert_eq!(
        keys[0],
        KeyPress { digit: Digit::try_from('5').unwrap(), held_ms: 120, source: KeySource::Phone }
    );
    let injected = read("out_dtmf_inband_sipinfo", KeyPress::of);
    assert!(injected.iter().all(|key| key.source == KeySource::Program), "{injected:?}");
    let star = read("out_playback_star", KeyPress::of);
    assert!(star.iter().any(|key| key.digit == Digit::STAR), "{star:?}");
}

#[test]
fn a_bridge_names_both_channels() {
    let bridges = read("out_bridge_b_hangs_up", |event| Some((event.name()?, Bridge::of(event)?)));
    let (a, b) = ("14190481-d5f2-4e89-8f73-c3833babb221", "fffdc113-069d-473f-a145-a4e04aa727c2");
    let expected = Bridge { a: a.into(), b: b.into() };
    assert_eq!(
        bridges,
        [(EventName::ChannelBridge, expected.clone()), (EventName::ChannelUnbridge, expected.clone())]
    );
    assert_eq!((expected.other_than(a), expected.other_than(b)), (b, a));
}

/// From captures of every way in which dialling ends.
#[test]
fn the_end_of_a_bridge_gives_the_result_of_dialling() {
    use HandoffFailure::*;
    let rows = [
        ("out_bridge_b_hangs_up", "SUCCESS", "SUCCESS", Some("sip:200"), None),
        ("out_bridge_busy", "USER_BUSY", "BUSY", Some("sip:486"), Some(Busy)),
        ("out_bridge_decline", "CALL_REJECTED", "DONTCALL", Some("sip:603"), Some(Declined)),
        (
            "out_bridge_notfound",
            "UNALLOCATED_NUMBER",
            "UNALLOCATED_NUMBER",
            Some("sip:404"),
            Some(Unallocated),
        ),
        ("out_bridge_noanswer", "NO_ANSWER", "NOANSWER", None, Some(NoAnswer)),
        ("out_bridge_silent", "NO_ANSWER", "NOANSWER", None, Some(NoAnswer)),
        ("out_bridge_unregistered", "USER_NOT_REGISTERED", "USER_NOT_REGISTERED", None, Some(Unregistered)),
        ("out_bridge_nouser", "SUBSCRIBER_ABSENT", "SUBSCRIBER_ABSENT", None, Some(Unallocated)),
        (
            "out_bridge_unreachable",
            "NORMAL_TEMPORARY_FAILURE",
            "NORMAL_TEMPORARY_FAILURE",
            Some("sip:503"),
            Some(Unavailable),
        ),
        ("out_bridge_gwdown", "INVALID_GATEWAY", "INVALID_GATEWAY", None, Some(Trunk)),
        ("out_bridge_badendpoint", "CHAN_NOT_IMPLEMENTED", "CHAN_NOT_IMPLEMENTED", None, Some(BadTarget)),
        ("out_bridge_cancel_caller_hangs_up", "ORIGINATOR_CANCEL", "CANCEL", None, Some(CallerLeft)),
    ];
    for (name, disposition, dial_status, protocol_cause, failure) in rows {
        let expected = DialResult {
            disposition: disposition.into(),
            dial_status: Some(dial_status.into()),
            protocol_cause: protocol_cause.map(str::to_owned),
        };
        assert_eq!(expected.failure(), failure, "{name}");
        assert_eq!(read(name, DialResult::of), [expected], "{name}");
    }
}

#[test]
fn a_prompt_that_was_stopped_says_how_much_was_read() {
    let stops = read("ai_call_flow.out", PlaybackStopped::of);
    assert_eq!(
        stops[0],
        PlaybackStopped {
            file: "/var/spool/pbx/0534c708-50b7-46f5-ab38-551b421a9679_0.tmp.r16".into(),
            reason: StopReason::Break,
            read_ms: Some(2_048),
        }
    );
    let last = stops.last().unwrap();
    assert_eq!((last.reason, last.read_ms), (StopReason::Done, Some(500)));

    let results = read("out_playback_break", |event| {
        let complete = ExecuteComplete::of(event)?;
        Some((complete.application_id.clone()?, PlaybackResult::of(&complete)?))
    });
    let of =
        |id: &str| results.iter().filter(|(of, _)| of == id).map(|(_, result)| *result).collect::<Vec<_>>();
    assert_eq!(of("pb-0007"), [PlaybackResult::NotFound], "a missing file");
    assert_eq!(of("pb-0008"), [PlaybackResult::Played; 2], "two loops have one id");
    let left =
        read("out_hangup_during_playback_nolinger", |event| PlaybackResult::of(&ExecuteComplete::of(event)?));
    assert_eq!(left, [PlaybackResult::CallLeft]);
    let missing = read("out_playback_break", PlaybackStopped::of);
    assert!(
        missing.iter().all(|stop| !stop.file.contains("missing")),
        "a file that never played does not stop"
    );
}

#[test]
fn a_finished_application_is_identified_by_its_id() {
    let ends = read("ai_call_flow.out", ExecuteComplete::of);
    let ids: Vec<(&str, Option<&str>)> =
        ends.iter().map(|end| (end.application.as_str(), end.response.as_deref())).collect();
    assert_eq!(ids[0], ("answer", None));
    let said = ends.iter().find(|end| end.application_id.as_deref() == Some("say-1")).unwrap();
    assert_eq!(said.application, "playback");
    assert_eq!(
        said.argument.as_deref(),
        Some("/var/spool/pbx/0534c708-50b7-46f5-ab38-551b421a9679_0.tmp.r16")
    );
    // The answer on the socket belongs to the previous prompt: only a prompt has such an answer.
    let socket = ends.iter().find(|end| end.application == "socket").unwrap();
    assert_eq!((socket.response.as_deref(), PlaybackResult::of(socket)), (Some("PLAYBACK ERROR"), None));
}

#[test]
fn a_job_returns_its_output() {
    let jobs = read("in_bgapi_originate", JobDone::of);
    let answered = JobDone {
        job: "job-ok-1".into(),
        command: "originate".into(),
        output: "+OK 11111111-2222-4333-8444-777777777777\n".into(),
    };
    assert_eq!(jobs[0], answered);
    assert_eq!(jobs[0].answer(), ApiAnswer::Ok("11111111-2222-4333-8444-777777777777"));
    let busy = jobs.iter().find(|job| job.job == "job-busy-2").unwrap();
    assert_eq!(busy.answer().failure(), Some("USER_BUSY"));
    assert_eq!(jobs[0].answer().originated(), Ok("11111111-2222-4333-8444-777777777777"));
    assert_eq!(busy.answer().originated(), Err(HandoffFailure::Busy));
    let bad = JobDone { output: "-USAGE: <call_url> <exten>|&<app>\n".into(), ..answered };
    assert_eq!(bad.answer().originated(), Err(HandoffFailure::BadTarget));
    let replies = captured("in_bgapi_originate").into_iter().filter_map(|frame| match frame {
        Frame::Reply(reply) => reply.job_uuid,
        _ => None,
    });
    assert_eq!(replies.take(2).collect::<Vec<_>>(), ["job-ok-1", "job-busy-2"]);
}

#[test]
fn successful_and_failed_answers_are_distinguished() {
    let rows = [
        ("+OK\n", ApiAnswer::Ok("")),
        ("+OK Success\n", ApiAnswer::Ok("Success")),
        ("+OK accepted", ApiAnswer::Ok("accepted")),
        ("-ERR No such channel!\n", ApiAnswer::Failed("No such channel!")),
        ("-ERR invalid", ApiAnswer::Failed("invalid")),
        ("-ERROR\n", ApiAnswer::Failed("")),
        ("-ERR no reply\n", ApiAnswer::Failed("no reply")),
        ("-USAGE: <uuid> <other_uuid>\n", ApiAnswer::Usage("<uuid> <other_uuid>")),
        ("USAGE: uuid_limit\n", ApiAnswer::Usage("uuid_limit")),
        ("true", ApiAnswer::Bare("true")),
        ("", ApiAnswer::Bare("")),
    ];
    for (text, expected) in rows {
        assert_eq!(ApiAnswer::of(text), expected, "{text:?}");
    }
}

#[test]
fn the_heartbeat_reports_the_state_of_the_switch() {
    let beats = read("in_heartbeat", Heartbeat::of);
    assert_eq!(beats[0], Heartbeat { sessions: 0, sessions_max: 1_000, up_ms: 1_100_123 });
    assert_eq!(beats[1].up_ms - beats[0].up_ms, 20_001);
}

#[test]
fn the_audio_module_reports_the_state_of_its_socket() {
    let stream =
        |name: &str| read(name, AudioStreamEvent::of).into_iter().map(Result::unwrap).collect::<Vec<_>>();
    let told = stream("ws_server_messages.esl");
    assert_eq!(told[0], AudioStreamEvent::Connected);
    assert!(told.contains(&AudioStreamEvent::Text("not json at all".into())));
    assert!(
        told.contains(&AudioStreamEvent::Disconnected { code: Some(1_000), reason: "server done".into() })
    );
    let refused =
        AudioStreamEvent::Failed { code: Some(6), text: "Connection refused (system error 111)".into() };
    assert!(stream("ws_refused.esl").contains(&refused));
    let played = stream("ws_audio_types.esl");
    let pieces: Vec<_> = played
        .iter()
        .filter_map(|event| if let AudioStreamEvent::Play(piece) = event { Some(piece) } else { None })
        .collect();
    assert_eq!(pieces[1].file, "/var/spool/pbx/46cbb8b0-09cd-40a8-aba6-d276b5765c61_1.tmp.r16");
    assert_eq!(pieces[1].rate_hz, Some(16_000));
    let fields = json!({"audioDataType": "raw", "id": "raw-16000"});
    assert_eq!(pieces[1].fields, fields.as_object().unwrap().clone(), "our own fields come back");
    let wav = pieces.iter().find(|piece| piece.file.ends_with(".wav")).unwrap();
    assert_eq!(wav.rate_hz, None);
}

/// Each event of each capture is read by at most one reader, and no reader fails on a real event.
#[test]
fn every_real_event_is_read_without_a_fault() {
    let mut read = [0; 8];
    for name in esl_captures() {
        for event in captured_events(&name) {
            let readers = [
                Hangup::of(&event).is_some(),
                KeyPress::of(&event).is_some(),
                Bridge::of(&event).is_some(),
                PlaybackStopped::of(&event).is_some(),
                ExecuteComplete::of(&event).is_some(),
                JobDone::of(&event).is_some(),
                Heartbeat::of(&event).is_some(),
                AudioStreamEvent::of(&event).map(Result::unwrap).is_some(),
            ];
            assert!(readers.iter().filter(|takes| **takes).count() <= 1, "{name}: {event:?}");
            for (count, takes) in read.iter_mut().zip(readers) {
                *count += usize::from(takes);
            }
        }
    }
    assert_eq!(read, [393, 34, 58, 76, 584, 16, 2, 57]);
}

/// Returns an event with these headers.
fn event(headers: &str) -> Event {
    let headers = format!("{}\n\n", headers.trim());
    let bytes = format!("Content-Type: text/event-plain\nContent-Length: {}\n\n{headers}", headers.len());
    match drain(&mut Decoder::new(), bytes.as_bytes()).pop() {
        Some((_, Ok(Frame::Event(event)))) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_bridge_gives_the_result_of_dialling() {
    let ended = |application: &str| {
        let name = "Event-Name: CHANNEL_EXECUTE_COMPLETE\nUnique-ID: a";
        let dialled = "variable_originate_disposition: USER_BUSY\nvariable_DIALSTATUS: BUSY";
        DialResult::of(&event(&format!("{name}\nApplication: {application}\nApplication-UUID: b\n{dialled}")))
    };
    assert_eq!(ended("bridge").and_then(|ended| ended.failure()), Some(HandoffFailure::Busy));
    assert_eq!(ended("hangup"), None, "the variables are still there");
}

#[test]
fn a_channel_has_its_answer_state() {
    for (state, told) in [
        ("answered", Some(AnswerState::Answered)),
        ("early", Some(AnswerState::Early)),
        ("hangup", None),
        ("ringing", Some(AnswerState::Ringing)),
    ] {
        let data = ChannelData::of(&event(&format!(
            "Event-Name: CHANNEL_DATA\nUnique-ID: a\nAnswer-State: {state}"
        )));
        assert_eq!(data.unwrap().answer_state, told, "{state}");
    }
}

#[test]
fn sip_messages_show_who_hung_up() {
    let by =
        |headers: &str| Hangup::of(&event(&format!("{headers}\nHangup-Cause: NORMAL_CLEARING"))).unwrap().by;
    let (first, last) = ("Event-Name: CHANNEL_HANGUP", "Event-Name: CHANNEL_HANGUP_COMPLETE");
    let disposition = |word: &str| by(&format!("{last}\nvariable_sip_hangup_disposition: {word}"));
    for word in ["recv_bye", "recv_cancel", "recv_refuse"] {
        assert_eq!(disposition(word), Some(HungUpBy::Phone), "{word}");
    }
    for word in ["send_bye", "send_cancel", "send_refuse"] {
        assert_eq!(disposition(word), Some(HungUpBy::Switch), "{word}");
    }
    assert_eq!(by(&format!("{first}\nvariable_sip_term_status: 486")), Some(HungUpBy::Phone));
    assert_eq!(by(&format!("{first}\nChannel-Name: sofia/internal/1001")), Some(HungUpBy::Switch));
    assert_eq!(by(&format!("{first}\nChannel-Name: loopback/1001")), None, "no header says it");
    assert_eq!(by(&format!("{last}\nChannel-Name: sofia/internal/1001")), None, "nothing was sent");
}
