//! Commands to a channel, byte for byte.

use cordboard_actors::freeswitch::channel_control::{ChannelControl, ControlOf};
use cordboard_actors::freeswitch::commands::{
    Asking, CannotAsk, DoneSign, Over, STOCK_MUSIC, ask, play_chunk, take_over,
};
use cordboard_actors::messages::{ChannelAction, GivenBy, PromptFile};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::HangupCause;
use cordboard_schema::digit::Digits;
use cordboard_schema::ids::CallId;
use cordboard_schema::switch::ControlId;
use cordboard_schema::wire::esl::{DialText, EslValue, EslWord};
use uuid::{Uuid, uuid};

use crate::esl_stage::{sets_before, way_back};
use crate::esl_switch::captured;

const CHANNEL: Uuid = uuid!("0534c708-50b7-46f5-ab38-551b421a9679");
const OTHER: Uuid = uuid!("cccccccc-0000-4000-8000-000000000001");
const ID: Uuid = uuid!("00000000-0000-4000-8000-000000000007");

fn asked(action: &ChannelAction, channel: Uuid, over: Over) -> Asking {
    let way_back = DialText::new("192.0.2.7:8022").unwrap();
    ask(action, channel, over, ID, &EslValue::new(STOCK_MUSIC).unwrap(), Some(&way_back)).unwrap()
}

fn bytes(asking: &Asking) -> String {
    String::from_utf8(asking.commands.iter().flat_map(|command| command.to_bytes()).collect()).unwrap()
}

/// Each action: its commands on the channel's own connection, what differs on ours, and what shows that it is done.
#[test]
fn every_action_has_its_freeswitch_command() {
    let digits: Digits = "12#".parse().unwrap();
    let rows: &[(ChannelAction, &str, DoneSign)] = &[
        (
            ChannelAction::Answer,
            "sendmsg\ncall-command: execute\nexecute-app-name: answer\n\
             Event-UUID: 00000000-0000-4000-8000-000000000007\n\n",
            DoneSign::Answered,
        ),
        (
            ChannelAction::HangUp(HangupCause("user_busy".to_owned())),
            "api uuid_kill 0534c708-50b7-46f5-ab38-551b421a9679 USER_BUSY\n\n",
            DoneSign::HungUp,
        ),
        (
            ChannelAction::HangUp(HangupCause("assistant_failed".to_owned())),
            "api uuid_kill 0534c708-50b7-46f5-ab38-551b421a9679 NORMAL_CLEARING\n\n",
            DoneSign::HungUp,
        ),
        (
            ChannelAction::StartStream {
                url: "ws://127.0.0.1:8085/0534c708?token=a1".to_owned(),
                rate: SampleRate::HZ_16000,
            },
            "api uuid_setvar 0534c708-50b7-46f5-ab38-551b421a9679 STREAM_BUFFER_SIZE 20\n\n\
             bgapi uuid_audio_stream 0534c708-50b7-46f5-ab38-551b421a9679 start \
             ws://127.0.0.1:8085/0534c708?token=a1 mono 16k\n\
             Job-UUID: 00000000-0000-4000-8000-000000000007\n\n",
            DoneSign::StreamOpened,
        ),
        (
            ChannelAction::StopStream,
            "bgapi uuid_audio_stream 0534c708-50b7-46f5-ab38-551b421a9679 stop\n\
             Job-UUID: 00000000-0000-4000-8000-000000000007\n\n",
            DoneSign::Job,
        ),
        (
            ChannelAction::StartUnicast { to: "127.0.0.1:40123".parse().unwrap() },
            "sendmsg\ncall-command: unicast\nlocal-ip: 127.0.0.1\nlocal-port: 0\nremote-ip: 127.0.0.1\n\
             remote-port: 40123\ntransport: udp\n\n",
            DoneSign::Reply,
        ),
        (
            ChannelAction::StartUnicast { to: "192.0.2.7:40123".parse().unwrap() },
            "sendmsg\ncall-command: unicast\nlocal-ip: 0.0.0.0\nlocal-port: 0\nremote-ip: 192.0.2.7\n\
             remote-port: 40123\ntransport: udp\n\n",
            DoneSign::Reply,
        ),
        (
            ChannelAction::ParkAgain,
            "api uuid_transfer 0534c708-50b7-46f5-ab38-551b421a9679 'park' inline\n\n",
            DoneSign::Parked,
        ),
        (
            ChannelAction::StopPlayback { next_chunk: 3, given_by: GivenBy::ThisLink },
            "api uuid_break 0534c708-50b7-46f5-ab38-551b421a9679 all\n\n",
            DoneSign::Reply,
        ),
        (
            ChannelAction::Play(PromptFile::new("/var/lib/pbx/prompts/hello.wav").unwrap()),
            "sendmsg\ncall-command: execute\nexecute-app-name: playback\n\
             execute-app-arg: /var/lib/pbx/prompts/hello.wav\nevent-lock: true\n\
             Event-UUID: 00000000-0000-4000-8000-000000000007\n\n",
            DoneSign::Played,
        ),
        (
            ChannelAction::PlayMusic,
            "sendmsg\ncall-command: execute\nexecute-app-name: playback\n\
             execute-app-arg: local_stream://moh\nevent-lock: true\nloops: -1\n\
             Event-UUID: 00000000-0000-4000-8000-000000000007\n\n",
            DoneSign::Began("local_stream://moh".to_owned()),
        ),
        (
            ChannelAction::SendDtmf(digits.as_slice().to_vec()),
            "api uuid_send_dtmf 0534c708-50b7-46f5-ab38-551b421a9679 12#\n\n",
            DoneSign::Reply,
        ),
        (
            ChannelAction::Hold { channel: CHANNEL },
            "api uuid_setvar 0534c708-50b7-46f5-ab38-551b421a9679 hold_music local_stream://moh\n\n\
             bgapi uuid_hold 0534c708-50b7-46f5-ab38-551b421a9679\n\
             Job-UUID: 00000000-0000-4000-8000-000000000007\n\n",
            DoneSign::Job,
        ),
        (
            ChannelAction::Unhold { channel: CHANNEL },
            "bgapi uuid_hold off 0534c708-50b7-46f5-ab38-551b421a9679\n\
             Job-UUID: 00000000-0000-4000-8000-000000000007\n\n",
            DoneSign::Unheld,
        ),
        (
            ChannelAction::Transfer("internal,2001,1".parse().unwrap()),
            "api uuid_setvar 0534c708-50b7-46f5-ab38-551b421a9679 cordboard_call\n\n\
             SETS BEFORE\
             api uuid_transfer 0534c708-50b7-46f5-ab38-551b421a9679 2001 'XML,inline:m:^:WAY BACK' internal\n\n",
            DoneSign::Reply,
        ),
        (
            ChannelAction::SetVariables(
                [("order", "47 11"), ("tier", "")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
            ),
            "api uuid_setvar 0534c708-50b7-46f5-ab38-551b421a9679 cordboard_order 47%2011\n\n\
             api uuid_setvar 0534c708-50b7-46f5-ab38-551b421a9679 cordboard_tier \n\n",
            DoneSign::Reply,
        ),
        (
            ChannelAction::BridgeWith { channel: OTHER },
            "api uuid_setvar 0534c708-50b7-46f5-ab38-551b421a9679 hangup_after_bridge false\n\n\
             api uuid_setvar 0534c708-50b7-46f5-ab38-551b421a9679 park_after_bridge true\n\n\
             bgapi uuid_bridge 0534c708-50b7-46f5-ab38-551b421a9679 cccccccc-0000-4000-8000-000000000001\n\
             Job-UUID: 00000000-0000-4000-8000-000000000007\n\n",
            DoneSign::Bridged(OTHER),
        ),
    ];
    for (action, own, sign) in rows {
        let sets = sets_before("2001")
            .iter()
            .map(|set| format!("api uuid_setvar {CHANNEL} {set}\n\n"))
            .collect::<String>();
        let own = &own.replace("SETS BEFORE", &sets).replace("WAY BACK", &way_back("2001"));
        let asking = asked(action, CHANNEL, Over::Outbound);
        assert_eq!(&bytes(&asking), own, "{action:?}");
        assert_eq!(&asking.sign, sign, "{action:?}");
        // Our own connection serves every channel, so a message has to name the channel.
        let named = own.replace("sendmsg\n", &format!("sendmsg {CHANNEL}\n"));
        assert_eq!(bytes(&asked(action, CHANNEL, Over::Inbound)), named, "{action:?}");
    }
}

/// Commands that a real FreeSWITCH has received and carried out.
#[test]
fn commands_match_the_captures() {
    let cause = |cause: &str| HangupCause(cause.to_owned());
    let rows = [
        (
            "out_app_uuid_kill",
            uuid!("f270f972-2b26-4894-ac87-71615652830d"),
            ChannelAction::HangUp(cause("normal_unspecified")),
        ),
        (
            "out_break_locked_queue",
            uuid!("df7141d5-7530-4110-a945-85cdb08a91a8"),
            ChannelAction::StopPlayback { next_chunk: 2, given_by: GivenBy::ThisLink },
        ),
        ("uni_pab", uuid!("4d98bcc8-7eca-488f-8931-a6e019fced6d"), ChannelAction::ParkAgain),
        (
            "ai_call_unicast_flow.out",
            CHANNEL,
            ChannelAction::StartUnicast { to: "127.0.0.1:47983".parse().unwrap() },
        ),
    ];
    for (capture, channel, action) in rows {
        let sent = String::from_utf8(captured(&format!("{capture}.app2fs.bin"))).unwrap();
        let ours = bytes(&asked(&action, channel, Over::Outbound));
        assert!(sent.contains(&ours), "{capture} does not contain {ours:?}");
    }
    let sent = String::from_utf8(captured("ai_call_flow.out.app2fs.bin")).unwrap();
    let file = EslValue::new("/var/spool/pbx/0534c708-50b7-46f5-ab38-551b421a9679_0.tmp.r16").unwrap();
    let chunk = play_chunk(CHANNEL, Over::Outbound, file, EslWord::new("say-1").unwrap());
    assert!(sent.contains(&String::from_utf8(chunk.to_bytes()).unwrap()));
    let sent = String::from_utf8(captured("ai_call_flow.in.app2fs.bin")).unwrap();
    for setting in bytes(&asked(&ChannelAction::BridgeWith { channel: OTHER }, CHANNEL, Over::Inbound))
        .split_inclusive("\n\n")
        .take(2)
    {
        assert!(sent.contains(setting), "{setting:?}");
    }
}

#[test]
fn a_key_does_not_stop_what_plays() {
    let bytes = take_over(CHANNEL).unwrap().to_bytes();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        format!("api uuid_setvar {CHANNEL} playback_terminators none\n\n")
    );
}

/// With both marks, a channel that waits for a lost call finds its way back to the server that had it, and to no other.
#[test]
fn a_channel_is_marked_with_its_call_and_our_port() {
    let of = ControlOf {
        channel: CHANNEL,
        control: ControlId(1),
        call: Some(CallId(ID)),
        music: EslValue::new(STOCK_MUSIC).unwrap(),
        way_back: Some(DialText::new("192.0.2.7:8022").unwrap()),
    };
    let opening = String::from_utf8(ChannelControl::open(of).take_commands()).unwrap();
    let marks = format!(
        "api uuid_setvar {CHANNEL} cordboard_port 192.0.2.7:8022\n\n\
         api uuid_setvar {CHANNEL} cordboard_call {ID}\n\n"
    );
    assert!(opening.ends_with(&marks), "{opening}");
}

#[test]
fn values_that_could_inject_commands_are_refused() {
    let music = EslValue::new(STOCK_MUSIC).unwrap();
    let ask = |action| ask(&action, CHANNEL, Over::Outbound, ID, &music, None);
    for url in ["ws://a/\n\napi shutdown", "ws://a/ mono 8k", "ws://a/${shutdown}", ""] {
        let action = ChannelAction::StartStream { url: url.to_owned(), rate: SampleRate::HZ_8000 };
        assert!(matches!(ask(action), Err(CannotAsk::Value(_))), "{url:?}");
    }
    let ours = "[::1]:4000".parse().unwrap();
    assert_eq!(ask(ChannelAction::StartUnicast { to: ours }), Err(CannotAsk::NotIpv4(ours)));
    assert!(ask(ChannelAction::SendDtmf(vec![])).is_err());
}
