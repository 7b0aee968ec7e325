//! The whole provider in a call, against a scripted server.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actix::{Recipient, System};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cordboard_actors::assistant::openai::{AudioChoice, DialectChoice, OpenAiSettings, check};
use cordboard_actors::assistant::sounds::SoundSet;
use cordboard_actors::assistant::{Account, OpenAi, RealtimeAiActor};
use cordboard_actors::call::neighbours::{ChainPlace, NewAssistant};
use cordboard_actors::line::{CallLine, CallMailbox};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::media::{Pace, Port, plug};
use cordboard_actors::messages::{AssistantOrder, Entrance, OrderAssistant, ToCall};
use cordboard_actors::meters::AssistantMeter;
use cordboard_schema::audio::{Frame, Law, SampleRate, g711};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::peer::{Door, LIMIT, Peer};
use crate::stage::{profile, session};

/// A caller, and an assistant that wears the provider's headset.
struct Call {
    caller: Port,
    _port: Port,
    assistant: Recipient<OrderAssistant>,
    reports: CallMailbox,
}

fn settings(base_url: String) -> OpenAiSettings {
    OpenAiSettings {
        api_key: Some("sk-tiger".to_owned()),
        base_url,
        model: "model-1".to_owned(),
        headers: Vec::new(),
        query: Vec::new(),
        dialect: DialectChoice::Auto,
        transcription_model: "words-1".to_owned(),
        audio: AudioChoice::Auto,
        stall_timeout: Duration::from_secs(4),
        append_ms: 20,
    }
}

impl Call {
    fn begin(base_url: String) -> Self {
        let (call, reports) = CallLine::open();
        let rate = SampleRate::HZ_8000;
        let caller = Port::new(LegId(1), rate, Pace::Paced);
        let port = Port::new(LegId(2), rate, Pace::Flowing);
        plug(&caller.mouth, &port.ear);
        plug(&port.mouth, &caller.ear);
        let provider = OpenAi::new(settings(base_url), Arc::new(SoundSet::embedded().unwrap())).unwrap();
        let new = NewAssistant {
            leg: LegId(2),
            at: ChainPlace::default(),
            entrance: Entrance::AtOnce,
            waited_ms: 0,
            profile: Arc::new(profile()),
            tools: Arc::default(),
            history: Vec::new(),
            port: port.clone(),
            rate,
            first_item: ItemId(1),
            call,
            facts: Default::default(),
            meter: AssistantMeter::default(),
        };
        let assistant = RealtimeAiActor::start(new, Box::new(provider), &LiveCount::new());
        Self { caller, _port: port, assistant, reports }
    }

    /// The next fact that fits; others are skipped.
    async fn fact(&mut self, is_meant: impl Fn(&Fact) -> bool) -> Fact {
        let wanted = async {
            loop {
                match self.reports.recv().await.expect("the line is open") {
                    ToCall::Fact(fact) if is_meant(&fact) => return fact,
                    _ => {}
                }
            }
        };
        timeout(LIMIT, wanted).await.expect("a fact in time")
    }
}

fn in_system(test: impl Future<Output = ()>) {
    System::new().block_on(test);
}

async fn set_up(peer: &mut Peer) {
    peer.send(session("session.created", "audio/pcm", None)).await;
    peer.receive("session.update").await;
    peer.send(session("session.updated", "audio/pcmu", None)).await;
}

#[test]
fn octets_pass_both_ways_untouched_and_end_with_a_goodbye() {
    in_system(async {
        let door = Door::open().await;
        let mut call = Call::begin(door.base_url());
        let (mut peer, path, key) = door.accept().await;
        assert_eq!((&*path, &*key), ("/v1/realtime?model=model-1", "Bearer sk-tiger"));
        set_up(&mut peer).await;
        let ready = call.fact(|fact| matches!(fact, Fact::AssistantReady { .. })).await;
        assert!(matches!(ready, Fact::AssistantReady { speaks_text: true, .. }));

        // The caller's side.
        let samples: Vec<i16> = (0..160).map(|at| at * 100).collect();
        call.caller.mouth.speak(None, Frame::pcm(SampleRate::HZ_8000, samples.clone()));
        let append = peer.receive("input_audio_buffer.append").await;
        let octets = STANDARD.decode(append["audio"].as_str().unwrap()).unwrap();
        assert_eq!(octets, g711::encode_all(Law::Mu, &samples));

        // The assistant's.
        call.assistant.do_send(OrderAssistant(AssistantOrder::Say(Line::Greeting)));
        let asked = peer.receive("response.create").await;
        assert!(asked["response"]["instructions"].as_str().unwrap().contains("Example Dental, how can I"));
        let tag = &asked["response"]["metadata"];
        peer.send(json!({ "type": "response.created", "response": { "id": "r1", "metadata": tag } })).await;
        let audio = STANDARD.encode([0x12; 160]);
        let delta = json!({ "type": "response.output_audio.delta", "response_id": "r1", "item_id": "a1", "delta": audio });
        peer.send(delta).await;
        let begun = call.fact(|fact| matches!(fact, Fact::ItemStarted { .. })).await;
        assert!(matches!(begun, Fact::ItemStarted { item: ItemId(1), line: Some(Line::Greeting), .. }));
        peer.send(json!({ "type": "response.done", "response": { "id": "r1", "status": "completed" } }))
            .await;
        call.fact(|fact| matches!(fact, Fact::ItemComplete { audio_ms: 20, .. })).await;
        let heard = call.caller.ear.tick().frame.expect("sound");
        let Frame::Pcm { samples, .. } = heard else { panic!("{heard:?}") };
        assert_eq!(*samples, [g711::decode(Law::Mu, 0x12); 160]);

        // A message in the middle of the goodbye does not disturb it.
        call.assistant.do_send(OrderAssistant(AssistantOrder::Stop));
        for _ in 0..50 {
            let late = json!({ "type": "response.output_audio.delta", "response_id": "r1", "item_id": "a1" });
            let _ = futures_util::SinkExt::send(
                &mut peer.socket,
                tokio_tungstenite::tungstenite::Message::text(late.to_string()),
            )
            .await;
        }
        assert!(peer.is_closed().await, "the end is a goodbye");
    });
}

#[test]
fn a_broken_connection_is_replaced() {
    in_system(async {
        let door = Door::open().await;
        let mut call = Call::begin(door.base_url());
        let (mut peer, ..) = door.accept().await;
        set_up(&mut peer).await;
        call.fact(|fact| matches!(fact, Fact::AssistantReady { .. })).await;
        drop(peer);
        let lost = call.fact(|fact| matches!(fact, Fact::AssistantInterrupted { .. })).await;
        assert!(matches!(lost, Fact::AssistantInterrupted { failure: ProviderFailure::Disconnected, .. }));
        let (mut peer, ..) = door.accept().await;
        set_up(&mut peer).await;
        call.fact(|fact| matches!(fact, Fact::AssistantRestored { attempts: 1, .. })).await;
        // The new connection hears the caller.
        call.caller.mouth.speak(None, Frame::silence(SampleRate::HZ_8000));
        peer.receive("input_audio_buffer.append").await;
    });
}

/// Answers every connection with this status.
async fn refusing(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    actix_rt::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    base_url
}

#[test]
fn a_refused_key_is_reported_but_not_shown() {
    in_system(async {
        let base_url = refusing("401 Unauthorized").await;
        let mut call = Call::begin(base_url.clone());
        let failed = call.fact(|fact| matches!(fact, Fact::AssistantFailed { .. })).await;
        let Fact::AssistantFailed { failure, reason, .. } = failed else { panic!("another fact") };
        assert_eq!(failure, ProviderFailure::Unauthorized);
        assert!(reason.contains("401") && !reason.contains("tiger"), "{reason}");
        let checked = check(&settings(base_url)).await.unwrap_err();
        assert_eq!(checked.failure, ProviderFailure::Unauthorized);
    });
}

fn error_with_the_key() -> serde_json::Value {
    json!({ "type": "error", "error": { "type": "invalid_request_error", "code": "invalid_api_key",
        "message": "Incorrect API key provided: sk-tiger." } })
}

/// The reason for which a call's assistant has failed.
async fn reason_of_failure(call: &mut Call) -> String {
    match call.fact(|fact| matches!(fact, Fact::AssistantFailed { .. })).await {
        Fact::AssistantFailed { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_key_of_a_live_session_never_reaches_the_journal() {
    in_system(async {
        let door = Door::open().await;
        let mut call = Call::begin(door.base_url());
        let (mut peer, ..) = door.accept().await;
        set_up(&mut peer).await;
        peer.send(error_with_the_key()).await;
        let reason = reason_of_failure(&mut call).await;
        assert_eq!(reason, "invalid_api_key: Incorrect API key provided: [key].");

        let mut call = Call::begin(door.base_url());
        let (mut peer, ..) = door.accept().await;
        set_up(&mut peer).await;
        let goodbye = CloseFrame { code: CloseCode::Policy, reason: "bad key sk-tiger".into() };
        peer.socket.close(Some(goodbye)).await.unwrap();
        let reason = reason_of_failure(&mut call).await;
        assert!(reason.ends_with("1008 bad key [key]"), "{reason}");
    });
}

/// Another profile's voice may be there, and its calls need not skip the account.
#[test]
fn refused_settings_of_a_profile_blame_no_account() {
    let prompts = Arc::new(SoundSet::embedded().unwrap());
    let account = OpenAi::new(settings("http://localhost:1/v1".to_owned()), prompts).unwrap();
    assert_eq!(account.failures_of(&profile()), [ProviderFailure::BadProtocol]);
}

#[test]
fn a_check_does_not_show_the_key() {
    in_system(async {
        let door = Door::open().await;
        let settings = settings(door.base_url());
        let checking = actix_rt::spawn(async move { check(&settings).await });
        let (mut peer, ..) = door.accept().await;
        peer.send(error_with_the_key()).await;
        let fault = checking.await.unwrap().unwrap_err();
        assert_eq!(fault.reason, "invalid_api_key: Incorrect API key provided: [key].");
    });
}

#[test]
fn a_check_sets_up_a_session_and_hangs_up() {
    in_system(async {
        let door = Door::open().await;
        let settings = settings(door.base_url());
        let checking = actix_rt::spawn(async move { check(&settings).await });
        let (mut peer, ..) = door.accept().await;
        peer.send(session("session.created", "audio/pcm", None)).await;
        assert!(peer.is_closed().await);
        checking.await.unwrap().unwrap();
    });
}
