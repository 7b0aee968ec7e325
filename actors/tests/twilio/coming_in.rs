//! Admission of streams: with the token of their call, once, in time, in a supported format.

use cordboard_actors::media::{MessagePipe, PipeEnd, PipedMessage};
use cordboard_actors::twilio::{MediaStream, StreamPasses, TurnedAway, let_in};
use serde_json::{Value, json};

use crate::stage::{CALL, STREAM};

fn start(token: &str) -> Value {
    let format = json!({ "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 });
    let start = json!({
        "streamSid": STREAM, "accountSid": "AC11111111111111111111111111111111", "callSid": CALL,
        "tracks": ["inbound"], "customParameters": { "token": token }, "mediaFormat": format,
    });
    json!({ "event": "start", "sequenceNumber": "1", "start": start, "streamSid": STREAM })
}

fn connected() -> Value {
    json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" })
}

/// The outcome of a stream that sends these messages and then nothing.
async fn sent(messages: &[Value], passes: &StreamPasses) -> (Result<MediaStream, TurnedAway>, PipeEnd) {
    let (pipe, mut end) = MessagePipe::open(16);
    for message in messages {
        end.incoming.send(PipedMessage::Text(message.to_string())).await.unwrap();
    }
    let outcome = let_in(pipe, passes, ([127, 0, 0, 1], 9).into()).await;
    assert!(end.outgoing.try_recv().is_err(), "nothing is sent before the start");
    (outcome, end)
}

fn token(passes: &StreamPasses) -> String {
    passes.mint(CALL.parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_stream_with_its_calls_token_is_admitted_once() {
    let passes = StreamPasses::default();
    let token = token(&passes);
    let (first, _end) = sent(&[connected(), start(&token)], &passes).await;
    let first = first.unwrap();
    assert_eq!((first.call.as_str(), first.stream.as_str()), (CALL, STREAM));
    let (second, _end) = sent(&[connected(), start(&token)], &passes).await;
    assert!(matches!(second, Err(TurnedAway::NoToken)), "{second:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_its_calls_token_is_refused() {
    let passes = StreamPasses::default();
    let others = passes.mint("CA99999999999999999999999999999999".parse().unwrap());
    let mut bare = start("");
    bare["start"]["customParameters"] = json!({});
    for message in [bare, start(""), start("guessed"), start(&others)] {
        let (outcome, _end) = sent(&[connected(), message], &passes).await;
        assert!(matches!(outcome, Err(TurnedAway::NoToken)), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unsupported_format_is_refused_and_keeps_its_token() {
    let passes = StreamPasses::default();
    let token = token(&passes);
    let mut other = start(&token);
    other["start"]["mediaFormat"]["encoding"] = json!("audio/l16");
    let (outcome, _end) = sent(&[connected(), other], &passes).await;
    assert!(matches!(outcome, Err(TurnedAway::Format(_))), "{outcome:?}");
    assert!(sent(&[start(&token)], &passes).await.0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn silent_or_malformed_streams_are_refused() {
    let passes = StreamPasses::default();
    let (silent, _end) = sent(&[connected()], &passes).await;
    assert!(matches!(silent, Err(TurnedAway::Silent)), "{silent:?}");
    let media = json!({ "event": "media", "media": { "timestamp": "5", "payload": "/w==" } });
    let (early, _end) = sent(&[connected(), media], &passes).await;
    assert!(matches!(early, Err(TurnedAway::NoStart)), "{early:?}");
    let (endless, _end) = sent(&vec![connected(); 8], &passes).await;
    assert!(matches!(endless, Err(TurnedAway::NoStart)), "{endless:?}");
    let (broken, _end) = sent(&[json!({ "event": "start" })], &passes).await;
    assert!(matches!(broken, Err(TurnedAway::Malformed(_))), "{broken:?}");
    let (stopped, _end) = sent(&[json!({ "event": "stop" })], &passes).await;
    assert!(matches!(stopped, Err(TurnedAway::Closed)), "{stopped:?}");
}

#[tokio::test(start_paused = true)]
async fn a_token_expires_after_half_a_minute() {
    let passes = StreamPasses::default();
    let token = token(&passes);
    tokio::time::advance(std::time::Duration::from_secs(30)).await;
    let (outcome, _end) = sent(&[start(&token)], &passes).await;
    assert!(matches!(outcome, Err(TurnedAway::NoToken)), "{outcome:?}");
}
