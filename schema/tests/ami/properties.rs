//! Properties for any bytes and any cuts.

use cordboard_schema::limits::{AMI_BANNER_BYTES_MAX, AMI_MESSAGE_BYTES_MAX};
use cordboard_schema::wire::ami::{
    AmiError, AmiValue, Answer, Bridging, CallAnnounced, ChannelLine, Decoder, DialEnded, Ended, Frame,
    KeyReleased, Message, Originated, audiosocket_in_name, phone_state_of,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::drain;

/// Calls every getter of a message.
fn read_all(message: &Message) {
    let _nobody_cares = (
        (Answer::of(message).failure(), message.event(), message.action_id(), message.ends_list()),
        (ChannelLine::of(message), Ended::of(message), Bridging::of(message), KeyReleased::of(message)),
        (DialEnded::of(message), Originated::of(message), CallAnnounced::of(message)),
        (message.get("Channel").and_then(audiosocket_in_name), message.get("Value").and_then(phone_state_of)),
        format!("{message:?}"),
    );
}

/// Lines that look like AMI often enough to be read.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let known = select(vec![
        "Event: Hangup\r\n",
        "Event: UserEvent\r\nUserEvent: CordboardCall\r\nAudioSocketUUID: x\r\n",
        "Event: DTMFEnd\r\nDirection: Received\r\nDigit: \u{fc}\r\n",
        "Response: Success\r\nEventList: start\r\n",
        "Uniqueid: 1.2\r\nChannel: AudioSocket/1:1-\r\n",
        "Cause: 99999999999999999999\r\n",
        "Exten:\r\n",
        ": \r\n",
        "\r\n",
        "\n",
        "Channel: AudioSocket/\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\r\n",
    ]);
    let piece = prop_oneof![
        known.prop_map(|text| text.as_bytes().to_vec()),
        vec(any::<u8>(), 0..40),
        Just(b"Caller: gr\xfcn\r\n".to_vec()),
    ];
    vec(piece, 0..40)
        .prop_map(|pieces| [b"Asterisk Call Manager/11.0.0\r\n".to_vec(), pieces.concat()].concat())
}

proptest! {
    #[test]
    fn any_bytes_give_the_same_messages_however_they_are_cut(bytes in hostile(), lengths in vec(1..50_usize, 1..8)) {
        let whole = drain(&mut Decoder::new(), &bytes);
        let mut decoder = Decoder::new();
        let (mut rest, mut pieces) = (&bytes[..], Vec::new());
        for length in lengths.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at(rest.len().min(*length));
            pieces.extend(drain(&mut decoder, piece));
            rest = behind;
        }
        prop_assert!(pieces == whole);
        for (_, frame) in whole {
            if let Ok(Frame::Message(message)) = frame {
                read_all(&message);
            }
        }
    }

    #[test]
    fn no_value_holds_a_line_end(text in "\\PC{0,40}[\r\n\u{0}]?\\PC{0,40}") {
        match AmiValue::new(text.clone()) {
            Ok(value) => prop_assert!(value.as_str() == text && !text.contains(['\r', '\n', '\0'])),
            Err(_) => prop_assert!(text.chars().any(char::is_control)),
        }
    }
}

#[test]
fn another_program_on_the_port_is_detected_at_once() {
    for bytes in
        [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"HTTP/1.1 400 Bad Request\r\n", b"\r\n", b"Asterisk\r\n", b"\xff"]
    {
        let drained = drain(&mut Decoder::new(), bytes);
        assert_eq!(drained.last().unwrap().1, Err(AmiError::NotAsterisk), "{bytes:?}");
    }
    let endless = [b"Asterisk Call Manager/".to_vec(), vec![b'1'; 200]].concat();
    assert_eq!(drain(&mut Decoder::new(), &endless).last().unwrap().1, Err(AmiError::NotAsterisk));
}

#[test]
fn an_endless_message_takes_bounded_memory() {
    let mut decoder = Decoder::new();
    drain(&mut decoder, b"Asterisk Call Manager/11.0.0\r\n");
    let line = b"Output: endless\r\n".repeat(1_000);
    let error = (0..100).find_map(|_| drain(&mut decoder, &line).pop());
    assert_eq!(error.unwrap().1, Err(AmiError::TooLong { offset: 30 }));
    assert_eq!(decoder.buffered_bytes(), 0);
    assert!(line.len() * 100 > AMI_MESSAGE_BYTES_MAX);
}

#[test]
fn the_longest_banner_is_read_and_longer_ones_are_refused() {
    let banner = |bytes: usize| {
        let version = "1".repeat(bytes - "Asterisk Call Manager/\r\n".len());
        format!("Asterisk Call Manager/{version}\r\n")
    };
    let read = |bytes: usize| drain(&mut Decoder::new(), banner(bytes).as_bytes()).remove(0).1;
    assert!(matches!(read(AMI_BANNER_BYTES_MAX), Ok(Frame::Banner(_))));
    assert_eq!(read(AMI_BANNER_BYTES_MAX + 1), Err(AmiError::NotAsterisk));
}

#[test]
fn messages_are_read_up_to_their_limit_wherever_cut() {
    let message = |bytes: usize| {
        let line = format!("Output: {}", "x".repeat(bytes - "Output: ".len()));
        format!("{line}\r\n\r\n").into_bytes()
    };
    let told = |bytes: &[u8], cut: usize| {
        let mut decoder = Decoder::new();
        drain(&mut decoder, b"Asterisk Call Manager/11.0.0\r\n");
        let mut told = drain(&mut decoder, &bytes[..cut]);
        if told.is_empty() {
            told = drain(&mut decoder, &bytes[cut..]);
        }
        told.remove(0).1
    };
    let (longest, longer) = (message(AMI_MESSAGE_BYTES_MAX), message(AMI_MESSAGE_BYTES_MAX + 1));
    for cut in [0, 1, 1_000, AMI_MESSAGE_BYTES_MAX - 1, AMI_MESSAGE_BYTES_MAX] {
        assert!(matches!(told(&longest, cut), Ok(Frame::Message(_))), "cut at {cut}");
        assert_eq!(told(&longer, cut), Err(AmiError::TooLong { offset: 30 }), "cut at {cut}");
    }
    for behind in 1..4 {
        let cut = AMI_MESSAGE_BYTES_MAX + behind;
        assert!(matches!(told(&longest, cut), Ok(Frame::Message(_))), "cut inside its end, at {cut}");
    }
}
