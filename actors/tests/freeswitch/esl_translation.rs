//! Messages of FreeSWITCH about a channel, as facts for its call.

use cordboard_actors::freeswitch::translation::{
    channel_bridge, channel_hangup, dtmf, fact_of, heard_ms, news_of, notice_of_end, sent_on_by,
};
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;
use cordboard_schema::wire::esl::EventName;

use crate::esl_switch::{CHANNEL, captured, channel_of, event, events, outbound_captures, read_event};

fn hangup(by: HangupBy, cause: &str) -> Fact {
    Fact::Hangup { by, cause: HangupCause(cause.to_owned()) }
}

/// The first message about a hang-up already names who hung up.
#[test]
fn a_hang_up_names_its_side_and_its_cause() {
    let table = [
        ("out_hangup_linger5", hangup(HangupBy::Caller, "normal_clearing")),
        ("out_hangup_preanswer", hangup(HangupBy::Caller, "originator_cancel")),
        ("out_app_hangup", hangup(HangupBy::Switch, "normal_clearing")),
        ("out_app_uuid_kill", hangup(HangupBy::Switch, "normal_unspecified")),
        ("out_app_hangup_busy_preanswer", hangup(HangupBy::Switch, "user_busy")),
        ("fs_shutdown.out", hangup(HangupBy::Switch, "system_shutdown")),
    ];
    for (capture, fact) in table {
        let reports: Vec<Fact> = events(capture).iter().filter_map(channel_hangup).collect();
        assert_eq!(reports.first(), Some(&fact), "{capture}");
        assert!(reports.iter().all(|again| *again == fact), "{capture}: {reports:?}");
    }
    assert_eq!(
        notice_of_end(),
        hangup(HangupBy::Switch, "channel_gone"),
        "which is not a hang-up by the switch"
    );
}

#[test]
fn a_key_has_its_digit_and_its_duration() {
    let reports: Vec<Fact> = events("out_evsub_dtmf").iter().filter_map(dtmf).collect();
    assert!(!reports.is_empty());
    assert!(
        reports.iter().all(|fact| matches!(fact, Fact::Dtmf { leg: None, duration_ms: Some(100..=200), .. })),
        "{reports:?}"
    );
    // By SIP INFO, if the profile's dtmf-type is `info`: the event is the same.
    let by_info =
        read_event(&event("DTMF", "DTMF-Digit: %23\nDTMF-Duration: 2000\nDTMF-Source: INBAND_AUDIO"));
    let hash = Digit::try_from('#').unwrap();
    assert_eq!(dtmf(&by_info), Some(Fact::Dtmf { leg: None, digit: hash, duration_ms: Some(250) }));
    assert_eq!(dtmf(&read_event(&event("DTMF", "DTMF-Digit: x"))), None);
}

#[test]
fn a_bridge_names_the_other_channel() {
    let channel = channel_of(&captured("out_attended_xfer.fs2app.bin"));
    let others: Vec<String> = events("out_attended_xfer")
        .iter()
        .filter(|event| event.unique_id() == Some(&channel.to_string()))
        .filter_map(|event| channel_bridge(event, channel))
        .map(|fact| match fact {
            Fact::Bridged { other } => other,
            Fact::Unbridged => "-".to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    let [first, second] = ["4ec9de1f-dfec-4dd6-9d04-3eb23598dbcd", "03d6a45d-c819-4615-9a74-523dcebaa3ee"];
    assert_eq!(
        others,
        [first, "-", second, "-"],
        "transferred: the caller's channel stays, the other one is new"
    );
}

/// The switch's dialplan rings the next person: the caller is not back with us.
#[test]
fn a_caller_whom_a_phone_transfers_is_not_parted() {
    let reports = |capture: &str| -> Vec<&'static str> {
        let channel = channel_of(&captured(&format!("{capture}.fs2app.bin")));
        let events = events(capture).into_iter();
        let of_channel = events.filter(|event| event.unique_id() == Some(&channel.to_string()));
        let news = of_channel.filter_map(|event| news_of(&event, channel));
        news.map(|fact| fact.kind()).filter(|kind| ["bridged", "unbridged"].contains(kind)).collect()
    };
    assert_eq!(reports("out_blind_xfer_by_callee"), ["bridged"]);
    assert_eq!(reports("out_bridge_b_hangs_up"), ["bridged", "unbridged"]);
    assert_eq!(reports("ai_call_flow.out"), ["bridged", "unbridged"]);
}

#[test]
fn only_a_phones_newest_transfer_hides_a_parting() {
    let rows = [
        ("1795157662:46fb:bl_xfer:9196/default/XML", false),
        ("1795157661:46fb:bl_xfer:9196/default/XML", false),
        // The next person leaves.
        ("1795157600:46fb:bl_xfer:9196/default/XML", true),
        ("1795157662:46fb:uuid_br:cccccccc-0000-4000-8000-000000000001", true),
        // Ours.
        ("1795157662:46fb:bl_xfer:park/default/inline", true),
        ("1795157662:46fb:bl_xfer:9196/default/XML,inline:m:^:set:x=9196", true),
        ("46fb:bl_xfer:9196/default/XML", true),
    ];
    for (source, is_parted) in rows {
        let headers = format!(
            "Bridge-A-Unique-ID: {CHANNEL}\nBridge-B-Unique-ID: cccccccc-0000-4000-8000-000000000001\n\
             Event-Date-Timestamp: 1795157662034890\nvariable_transfer_source: {source}"
        );
        let parted = news_of(&read_event(&event("CHANNEL_UNBRIDGE", &headers)), CHANNEL);
        assert_eq!(parted, is_parted.then_some(Fact::Unbridged), "{source}");
    }
}

/// A link that reconnects finds a caller who is connected to nobody.
#[test]
fn a_caller_sent_on_is_not_parted_while_others_ring() {
    let dump = |changed: &str, value: &str| {
        let headers = [
            ("variable_transfer_source", "1795157662:46fb:bl_xfer:9196/default/XML"),
            ("variable_current_application", "bridge"),
            ("Channel-State", "CS_EXECUTE"),
            ("Caller-Channel-Bridged-Time", "0"),
            ("variable_last_bridge_to", "cccccccc-0000-4000-8000-000000000001"),
        ];
        let lines: Vec<String> = headers
            .iter()
            .map(|(name, usual)| format!("{name}: {}", if *name == changed { value } else { *usual }))
            .collect();
        let dump = read_event(&event("CHANNEL_DATA", &lines.join("\n")));
        sent_on_by(&dump).map(str::to_owned)
    };
    assert_eq!(dump("", "").as_deref(), Some("cccccccc-0000-4000-8000-000000000001"));
    for (name, value) in [
        ("variable_transfer_source", "1795157662:46fb:bl_xfer:park/default/inline"),
        ("variable_current_application", "socket"),
        ("Channel-State", "CS_PARK"),
        ("Caller-Channel-Bridged-Time", "1795157663294882"),
    ] {
        assert_eq!(dump(name, value), None, "{name}: {value}");
    }
}

#[test]
fn answer_and_hold_become_facts() {
    let facts = |capture: &str| -> Vec<Fact> {
        let channel = channel_of(&captured(&format!("{capture}.fs2app.bin")));
        let events = events(capture).into_iter();
        let of_channel = events.filter(|event| event.unique_id() == Some(&channel.to_string()));
        of_channel.filter_map(|event| fact_of(&event, channel)).collect()
    };
    assert_eq!(facts("out_hold_uuid").first(), Some(&Fact::ChannelAnswered));
    let holds: Vec<Fact> =
        facts("out_hold_uuid").into_iter().filter(|fact| matches!(fact, Fact::Held | Fact::Unheld)).collect();
    assert_eq!(holds, [Fact::Held, Fact::Unheld, Fact::Held, Fact::Unheld]);
}

/// `playback_ms` is 2,048 for files that were stopped after a second: it counts what was read ahead.
#[test]
fn a_files_heard_part_excludes_what_was_read_ahead() {
    let heard = |capture: &str| -> Vec<Option<u64>> {
        let stops = events(capture).into_iter().filter(|event| event.name() == Some(EventName::PlaybackStop));
        stops.map(|event| heard_ms(&event)).collect()
    };
    assert_eq!(heard("ai_call_flow.out"), [Some(1_000), Some(340), Some(500)]);
    assert_eq!(heard("out_playback_break")[..3], [Some(1_000), Some(1_000), Some(20)]);
}

/// No event of any capture becomes a fact of the wrong kind.
#[test]
fn every_captured_event_is_read() {
    for capture in outbound_captures() {
        for event in events(&capture) {
            let is_fact = fact_of(&event, CHANNEL).is_some();
            let is_news = matches!(
                event.name(),
                Some(
                    EventName::ChannelHangup
                        | EventName::ChannelHangupComplete
                        | EventName::Dtmf
                        | EventName::ChannelBridge
                        | EventName::ChannelUnbridge
                        | EventName::ChannelAnswer
                        | EventName::ChannelHold
                        | EventName::ChannelUnhold
                )
            );
            assert_eq!(is_fact, is_news, "{capture}: {event:?}");
        }
    }
}
