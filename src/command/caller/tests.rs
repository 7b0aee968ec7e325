//! The simulated caller against a small server that speaks raw AudioSocket.

use std::net::SocketAddr;

use cordboard_schema::audio::Frame;
use cordboard_schema::wire::audiosocket::{Decoder, HANGUP, Sender, encode_audio};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::interval;

use super::*;

const UUID: Uuid = Uuid::from_u128(0x7f3c_2a10_0000_4000_8000_0000_0000_0001);

/// Starts a server that treats a connection this way. Its task returns the bytes that it received.
async fn server<F>(
    serve: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (SocketAddr, JoinHandle<Vec<Message>>)
where
    F: Future<Output = Vec<Message>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
    (address, served)
}

/// Reads messages until the caller closes.
async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> Vec<Message> {
    read_counting(stream, |_| {}).await
}

/// Does the same, and reports the number of messages after each.
async fn read_counting(stream: &mut (impl AsyncRead + Unpin), mut report: impl FnMut(usize)) -> Vec<Message> {
    let mut decoder = Decoder::new(Sender::Asterisk);
    let mut messages = Vec::new();
    let mut bytes = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut bytes).await {
        let mut bytes = &bytes[..count];
        while let Some(message) = decoder.decode(&mut bytes).unwrap() {
            messages.push(message);
            report(messages.len());
        }
    }
    messages
}

async fn call(
    to: SocketAddr,
    script: Vec<Step>,
    record: Option<PathBuf>,
) -> (Result<CallSummary, CallerError>, Vec<Progress>) {
    let mut events = Vec::new();
    let caller = SimulatedCaller { uuid: UUID, script, record };
    let summary =
        caller.call(&to.to_string(), std::future::pending(), |_, progress| events.push(progress)).await;
    (summary, events)
}

fn is_loud(message: &Message) -> bool {
    matches!(message, Message::Audio(Frame::Pcm { samples, .. }) if samples.iter().any(|sample| *sample != 0))
}

#[tokio::test]
async fn a_caller_is_paced_and_presses_keys_as_asterisk_does() {
    let (address, served) = server(|mut stream| async move { read_all(&mut stream).await }).await;
    let digit = Digit::try_from('5').unwrap();
    let speech = Speech::new("hello", vec![1_000; 25 * FRAME_SAMPLES]);
    let script =
        vec![Step::Speak(speech), Step::Digit(digit), Step::Wait(Duration::from_millis(200)), Step::HangUp];
    let (summary, events) = call(address, script, None).await;

    let summary = summary.unwrap();
    assert_eq!(summary.end, CallEnd::CallerHungUp);
    assert_eq!(summary.frames_sent, 25 + 10);
    assert_eq!(summary.first_sound, None);
    // 25 frames, 8 ticks of gap, the digit and 10 frames take their time, however busy the machine is.
    assert!(summary.duration >= Duration::from_millis(44 * 20), "{summary:?}");
    let name = "hello".to_owned();
    assert_eq!(events, [Progress::Connected, Progress::Speaking { name }, Progress::Pressed(digit)]);

    let heard = served.await.unwrap();
    assert_eq!(heard[0], Message::Uuid(UUID));
    assert!(heard[1..26].iter().all(is_loud));
    assert_eq!(heard[26], Message::Dtmf(digit));
    assert_eq!(heard.len(), 1 + 25 + 1 + 10);
}

#[tokio::test]
async fn the_recording_has_the_caller_left_and_the_server_right() {
    let (address, served) = server(|mut stream| async move {
        let mut clock = interval(Duration::from_millis(20));
        for _ in 0..25 {
            clock.tick().await;
            let mut message = Vec::new();
            encode_audio(SampleRate::HZ_16000, &[3_000; 320], &mut message).unwrap();
            stream.write_all(&message).await.unwrap();
        }
        stream.write_all(&HANGUP).await.unwrap();
        read_all(&mut stream).await
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let speech = Speech::new("hello", vec![1_000; 5 * FRAME_SAMPLES]);
    let script = vec![Step::WaitForSpeech { max: Duration::from_secs(5) }, Step::Speak(speech)];
    let (summary, events) = call(address, script, Some(path.clone())).await;
    let summary = summary.unwrap();
    served.await.unwrap();

    assert_eq!((summary.end, summary.frames_heard), (CallEnd::ServerHungUp, 25));
    assert!(summary.first_sound.unwrap() < Duration::from_secs(1), "{summary:?}");
    assert!(events.contains(&Progress::HeardSpeech), "{events:?}");

    let mut wav = hound::WavReader::open(path).unwrap();
    assert_eq!((wav.spec().channels, wav.spec().sample_rate), (2, 8_000));
    let samples: Vec<i16> = wav.samples().map(Result::unwrap).collect();
    let left = samples.chunks(2).filter(|pair| pair[0] == 1_000).count();
    let right = samples.chunks(2).filter(|pair| (2_900..3_100).contains(&pair[1])).count();
    assert_eq!(left, 5 * FRAME_SAMPLES);
    // 25 frames at 16 kHz are half a second. At the resampler's edges the level is between silence and the full tone.
    assert!((24 * FRAME_SAMPLES..=25 * FRAME_SAMPLES).contains(&right), "{right}");
}

#[tokio::test]
async fn a_server_not_listening_is_named_with_the_fix() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = call(address, Vec::new(), None).await.0.unwrap_err().to_string();
    assert!(error.contains(&address.to_string()) && error.contains("cordboard serve"), "{error}");
}

#[tokio::test]
async fn a_server_that_closes_or_speaks_nonsense_ends_the_call() {
    let (address, _served) = server(|stream| async move {
        drop(stream);
        Vec::new()
    })
    .await;
    let closed = call(address, Vec::new(), None).await.0;
    assert!(
        matches!(&closed, Ok(CallSummary { end: CallEnd::ServerClosed, .. }) | Err(CallerError::Broken(_))),
        "{closed:?}"
    );

    let (address, _served) = server(|mut stream| async move {
        stream.write_all(&[0x02, 0, 0]).await.unwrap();
        read_all(&mut stream).await
    })
    .await;
    let error = call(address, Vec::new(), None).await.0.unwrap_err();
    assert!(
        matches!(error, CallerError::Unexpected { message: Message::Unknown { kind: 2, .. } }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_caller_who_is_stopped_hangs_up() {
    // The caller is stopped once the server has seen the call's id and three frames, however long that takes.
    let (saw, seen) = tokio::sync::oneshot::channel();
    let mut saw = Some(saw);
    let (address, served) = server(|mut stream| async move {
        let tell = |messages| {
            if let Some(saw) = saw.take_if(|_| messages > 3) {
                let _ = saw.send(());
            }
        };
        read_counting(&mut stream, tell).await
    })
    .await;
    let caller = SimulatedCaller { uuid: UUID, script: Vec::new(), record: None };
    let stop = async {
        let _ = seen.await;
    };
    let summary = caller.call(&address.to_string(), stop, |_, _| {}).await.unwrap();
    assert_eq!(summary.end, CallEnd::Stopped);
    let heard = served.await.unwrap();
    assert!(heard.len() > 3, "the server saw the call and its end");
}
