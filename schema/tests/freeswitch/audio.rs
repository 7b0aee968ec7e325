//! Content of the audio WebSocket's messages.

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::wire::freeswitch_audio::{
    BadPcm, Metadata, MetadataTooLong, NotStreamable, chunk_number, rate_of_first_message, read_pcm,
    write_stream_audio,
};
use serde_json::{Value, json};

#[test]
fn samples_are_the_least_significant_byte_first() {
    let frame = read_pcm(&[0x34, 0x12, 0xff, 0xff], SampleRate::HZ_16000).unwrap();
    assert_eq!(frame, Frame::pcm(SampleRate::HZ_16000, vec![0x1234, -1]));
}

#[test]
fn an_odd_last_byte_is_ignored() {
    let frame = read_pcm(&[0x34, 0x12, 0xff], SampleRate::HZ_16000).unwrap();
    assert_eq!(frame, Frame::pcm(SampleRate::HZ_16000, vec![0x1234]));
}

#[test]
fn data_that_is_not_audio_is_an_error() {
    let second = SampleRate::HZ_8000;
    assert_eq!(read_pcm(&[], second), Err(BadPcm::Empty));
    assert_eq!(read_pcm(&[1], second), Err(BadPcm::Empty));
    assert!(read_pcm(&[0; 16_000], second).is_ok(), "a second");
    assert_eq!(read_pcm(&[0; 16_002], second), Err(BadPcm::TooLong { bytes: 16_002, max_bytes: 16_000 }));
    let rates = [320, 640, 3_200, 0].map(|bytes| rate_of_first_message(&vec![0; bytes]));
    assert_eq!(rates, [Some(SampleRate::HZ_8000), Some(SampleRate::HZ_16000), None, None]);
}

#[test]
fn metadata_is_an_object_or_any_text() {
    let object = Metadata::parse(r#"{"call_id":"u-1","n":1}"#).unwrap();
    assert_eq!((object.field("call_id"), object.field("n"), object.field("x")), (Some("u-1"), None, None));
    for text in ["", "not json at all", "[1]", "{\"a\":", "5"] {
        let metadata = Metadata::parse(text).unwrap();
        assert_eq!(metadata, Metadata::Text(text.into()));
        assert_eq!(metadata.field("a"), None);
    }
    assert!(Metadata::parse(&"x".repeat(8_192)).is_ok());
    assert_eq!(Metadata::parse(&"x".repeat(8_193)), Err(MetadataTooLong { bytes: 8_193 }));
    let deep = "[".repeat(8_000);
    assert_eq!(Metadata::parse(&deep), Ok(Metadata::Text(deep.clone())));
}

#[test]
fn a_chunk_is_in_the_modules_format() {
    let mut text = String::from("kept");
    write_stream_audio(&mut text, 7, SampleRate::HZ_8000, &[0, 1, -2]).unwrap();
    let message: Value = serde_json::from_str(text.strip_prefix("kept").unwrap()).unwrap();
    let expected = json!({
        "type": "streamAudio",
        "data": {"audioDataType": "raw", "sampleRate": 8000, "chunk": 7, "audioData": "AAABAP7/"},
    });
    assert_eq!(message, expected);
    assert_eq!(chunk_number(message["data"].as_object().unwrap()), Some(7));
    assert_eq!(chunk_number(json!({"chunk": "7"}).as_object().unwrap()), None);
}

#[test]
fn audio_that_the_module_plays_wrongly_is_not_sent() {
    let mut text = String::new();
    for rate in SampleRate::ALL {
        let result = write_stream_audio(&mut text, 0, rate, &[1, 2]);
        let is_right = [8_000, 16_000].contains(&rate.hz());
        assert_eq!(result, if is_right { Ok(()) } else { Err(NotStreamable::Rate(rate)) });
    }
    text.clear();
    for samples in [0, 80_001] {
        let result = write_stream_audio(&mut text, 0, SampleRate::HZ_8000, &vec![0; samples]);
        assert_eq!(result, Err(NotStreamable::Length { samples, max: 80_000 }));
    }
    assert_eq!(text, "");
    assert_eq!(
        write_stream_audio(&mut text, 0, SampleRate::HZ_8000, &vec![0; 80_000]),
        Ok(()),
        "ten seconds"
    );
}
