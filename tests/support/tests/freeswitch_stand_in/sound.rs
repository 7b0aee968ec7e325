//! The caller's sound, both ways: the audio stream, and unicast.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use cordboard_test_support::audio::{Sound, find, tone};
use cordboard_test_support::freeswitch::{Action, Call, FreeSwitch, Rule, Script, Settings, Strike};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use crate::program::{EVENTS, Esl, LIMIT, Program};

type Socket = tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>;

/// A WebSocket server for one stream, which reads only when asked to.
struct Server {
    listener: TcpListener,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    fn listen() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { listener: TcpListener::bind("127.0.0.1:0").unwrap(), runtime }
    }

    fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    fn accept(&self) -> Socket {
        let (stream, _): (TcpStream, _) = self.listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        self.runtime.block_on(async {
            let stream = tokio::net::TcpStream::from_std(stream).unwrap();
            tokio_tungstenite::accept_async(stream).await.unwrap()
        })
    }

    fn next(&self, socket: &mut Socket) -> Option<Message> {
        self.runtime.block_on(async {
            tokio::time::timeout(LIMIT, socket.next()).await.unwrap().and_then(Result::ok)
        })
    }

    fn send(&self, socket: &mut Socket, message: Message) {
        self.runtime.block_on(socket.send(message)).unwrap();
    }

    /// The samples of the next `count` binary frames.
    fn frames(&self, socket: &mut Socket, count: usize) -> Vec<Vec<i16>> {
        let mut frames = Vec::new();
        while frames.len() < count {
            if let Some(Message::Binary(bytes)) = self.next(socket) {
                frames
                    .push(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect());
            }
        }
        frames
    }
}

struct Streaming {
    switch: FreeSwitch,
    call: Call,
    esl: Esl,
    server: Server,
    socket: Socket,
}

fn streaming(rate: &str) -> Streaming {
    let (switch, program, server) =
        (FreeSwitch::start(Settings::default()).unwrap(), Program::listen(), Server::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, uuid) = program.take(EVENTS);
    let start = format!(
        "api uuid_audio_stream {uuid} start ws://127.0.0.1:{}/audio/{uuid} mono {rate} {{\"call_id\":\"{uuid}\"}}",
        server.port()
    );
    assert_eq!(esl.ask(&start), "+OK Success\n");
    let mut socket = server.accept();
    let metadata = server.next(&mut socket).unwrap();
    assert_eq!(metadata.into_text().unwrap().as_str(), format!("{{\"call_id\":\"{uuid}\"}}"));
    assert_eq!(esl.event("CUSTOM").body, "{\"status\":\"connected\"}");
    Streaming { switch, call, esl, server, socket }
}

fn stream_audio(sound: &Sound) -> Message {
    let bytes: Vec<u8> = sound.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let text = format!(
        "{{\"type\":\"streamAudio\",\"data\":{{\"audioDataType\":\"raw\",\"sampleRate\":{},\"audioData\":\"{}\"}}}}",
        sound.rate,
        BASE64.encode(bytes)
    );
    Message::text(text)
}

#[test]
fn a_stream_brings_the_callers_voice_and_plays_answers() {
    let mut it = streaming("16k");
    let voice = tone(440.0, 8000.0, Duration::from_millis(500), 8000);
    it.call.say(&voice);
    let frames = it.server.frames(&mut it.socket, 40);
    assert!(frames.iter().all(|frame| frame.len() == 320));
    let heard = Sound { rate: 16_000, samples: frames.concat() };
    let spoken = heard.part(beginning(&heard));
    assert!(spoken.tone_share(440.0) > 0.9, "{}", spoken.tone_share(440.0));

    let answer = tone(700.0, 8000.0, Duration::from_millis(300), 16_000);
    it.server.send(&mut it.socket, stream_audio(&answer));
    let play = it.esl.event("CUSTOM");
    assert_eq!(play.get("Event-Subclass"), "mod_audio_stream::play");
    let body: serde_json::Value = serde_json::from_str(&play.body).unwrap();
    let file = body["file"].as_str().unwrap();
    assert!(file.ends_with("_0.tmp.r16"), "{file}");
    it.esl.execute("playback", file, "\nEvent-UUID: say-1");
    assert_eq!(it.esl.event("PLAYBACK_STOP").get("variable_playback_ms"), "300");
    let heard = it.call.heard().sound();
    assert!(find(&heard, &answer.resampled(8000)).is_some());
    assert!(heard.part(beginning(&heard)).tone_share(700.0) > 0.8);

    it.server.send(&mut it.socket, Message::text("no json"));
    assert_eq!(it.esl.event("CUSTOM").body, "no json");
    it.call.hang_up();
    while !matches!(it.server.next(&mut it.socket), Some(Message::Close(_)) | None) {}
    drop(it.socket);
    it.esl.event("CHANNEL_HANGUP_COMPLETE");
    assert!(!std::path::Path::new(file).exists(), "files go with the call");
    it.switch.finish();
}

/// The first 280 ms that are not silence.
fn beginning(heard: &Sound) -> cordboard_test_support::audio::Span {
    let start = heard.first_sound().unwrap();
    cordboard_test_support::audio::Span { start, end: start + Duration::from_millis(280) }
}

#[test]
fn a_held_call_streams_nothing_and_goes_on_afterwards() {
    let mut it = streaming("8k");
    it.server.frames(&mut it.socket, 5);
    it.call.hold();
    it.esl.event("CHANNEL_HOLD");
    // Sound that was on its way.
    let quiet = it.server.runtime.block_on(async {
        let until = Instant::now() + Duration::from_secs(1);
        loop {
            match tokio::time::timeout(Duration::from_millis(100), it.socket.next()).await {
                Err(_) => break true,
                Ok(_) if Instant::now() > until => break false,
                Ok(_) => {}
            }
        }
    });
    assert!(quiet);
    it.call.unhold();
    it.esl.event("CHANNEL_UNHOLD");
    assert_eq!(it.server.frames(&mut it.socket, 1)[0].len(), 160);
}

#[test]
fn a_call_has_one_stream_which_may_restart_once_dropped() {
    let mut it = streaming("8k");
    let uuid = it.call.uuid().to_owned();
    let again = format!("api uuid_audio_stream {uuid} start ws://127.0.0.1:{}/x mono 8k", it.server.port());
    assert_eq!(it.esl.ask(&again), "-ERR Operation Failed\n");
    assert!(it.call.strike_audio(Strike::Reset));
    let error = it.esl.event("CUSTOM");
    assert_eq!(error.get("Event-Subclass"), "mod_audio_stream::error");
    assert!(error.body.contains("abnormal EOF"), "{}", error.body);
    assert_eq!(it.esl.ask(&again), "+OK Success\n");
    let mut socket = it.server.accept();
    assert_eq!(it.esl.event("CUSTOM").body, "{\"status\":\"connected\"}");

    // A CLOSE of the server leaves the module attached.
    it.server.runtime.block_on(socket.close(None)).unwrap();
    assert_eq!(it.esl.event("CUSTOM").get("Event-Subclass"), "mod_audio_stream::disconnect");
    assert_eq!(it.esl.ask(&again), "-ERR Operation Failed\n");
    drop(socket);
    assert_eq!(it.esl.ask(&format!("api uuid_audio_stream {uuid} stop")), "+OK Success\n");
    assert_eq!(it.esl.ask(&again), "+OK Success\n");
}

#[test]
fn a_server_that_refuses_is_an_error_event() {
    let (switch, program) = (FreeSwitch::start(Settings::fast()).unwrap(), Program::listen());
    let _call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, uuid) = program.take(EVENTS);
    esl.ask(&format!("api uuid_audio_stream {uuid} start ws://127.0.0.1:1/x mono 8k"));
    let error = esl.event("CUSTOM");
    assert_eq!(
        error.body,
        "{\"message\":{\"code\":6,\"error\":\"Connection refused (system error 111)\"},\"status\":\"error\"}"
    );
}

#[test]
fn the_dialplan_starts_a_stream_before_the_program_is_called() {
    let (switch, program, server) =
        (FreeSwitch::start(Settings::default()).unwrap(), Program::listen(), Server::listen());
    let call = switch.call(Script::to("5002").runs([
        Action::answer(),
        Action::audio_stream(format!("127.0.0.1:{}", server.port()), "8k"),
        Action::socket(program.address()),
    ]));
    let mut socket = server.accept();
    let metadata = server.next(&mut socket).unwrap().into_text().unwrap();
    assert_eq!(metadata.as_str(), format!("{{\"call\":\"{}\"}}", call.uuid()));
    let (_esl, uuid) = program.take(EVENTS);
    assert_eq!(call.uuid(), uuid);
    assert_eq!(call.variable("stream_result").as_deref(), Some("+OK Success\n"));
}

/// A call, answered, and a UDP socket for it.
fn unicast() -> (FreeSwitch, Call, Esl, UdpSocket) {
    let (switch, program) = (FreeSwitch::start(Settings::default()).unwrap(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (esl, _) = program.take(EVENTS);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    (switch, call, esl, socket)
}

fn start_unicast(esl: &mut Esl, socket: &UdpSocket) {
    let port = socket.local_addr().unwrap().port();
    let order = format!(
        "sendmsg\ncall-command: unicast\nlocal-ip: 127.0.0.1\nlocal-port: 0\nremote-ip: 127.0.0.1\nremote-port: {port}\ntransport: udp"
    );
    assert_eq!(esl.ask(&order), "+OK");
}

#[test]
fn unicast_is_lock_step_both_ways() {
    let (switch, call, mut esl, socket) = unicast();
    // Longer than the test: the machine decides how soon the first packet is sent.
    call.say(&tone(440.0, 8000.0, LIMIT * 2, 8000));
    let back = tone(700.0, 8000.0, Duration::from_millis(600), 8000);
    let (mut heard, mut buffer) = (Vec::new(), [0; 2000]);
    // No packet can be sent before the order, however late this reads them.
    let start = Instant::now();
    start_unicast(&mut esl, &socket);
    for chunk in back.samples.chunks(160) {
        let (length, peer) = socket.recv_from(&mut buffer).unwrap();
        assert_eq!(length, 320);
        heard.extend(buffer[..length].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
        let bytes: Vec<u8> = chunk.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        socket.send_to(&bytes, peer).unwrap();
    }
    assert!(start.elapsed() >= Duration::from_millis(580), "{:?}", start.elapsed());
    assert!(Sound { rate: 8000, samples: heard }.tone_share(440.0) > 0.9);
    call.wait_heard("all packets", LIMIT, |heard| (heard.frames.len() >= 30).then_some(())).unwrap();
    let told: Vec<i16> = call.heard().frames.into_iter().flat_map(|frame| frame.samples).collect();
    assert!(told == back.samples, "each packet is heard once, and in its order");
    esl.ask("sendmsg\ncall-command: hangup");
    call.wait_over(LIMIT).unwrap();
    switch.finish();
}

#[test]
fn unicast_before_the_media_kills_the_switch() {
    let (switch, program) = (FreeSwitch::start(Settings::default()).unwrap(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::socket(program.address())]));
    let other = switch.call(Script::to("5001").runs([Action::answer(), Action::park()]));
    let (mut esl, _) = program.take(EVENTS);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    start_unicast(&mut esl, &socket);
    assert!(esl.drain().is_empty(), "the process is gone");
    assert!(call.wait_over(LIMIT).is_ok() && other.wait_over(LIMIT).is_ok(), "every call is lost");
    assert_eq!(switch.crashed()[0].rule, Rule::UnicastBeforeMedia);
}

#[test]
fn every_misuse_of_unicast_is_recorded() {
    let (switch, call, mut esl, socket) = unicast();
    start_unicast(&mut esl, &socket);
    let mut buffer = [0; 2000];
    let (_, peer) = socket.recv_from(&mut buffer).unwrap();
    start_unicast(&mut esl, &socket);
    socket.send_to(&[], peer).unwrap();
    socket.send_to(&[1; 320], peer).unwrap();
    for _ in 0..5 {
        socket.recv_from(&mut buffer).unwrap();
    }
    assert!(call.heard().frames.is_empty(), "an empty datagram mutes the program");
    esl.execute("playback", "tone_stream://%(50,0,440)", "");
    esl.event("PLAYBACK_STOP");
    assert!(!call.has_unicast(), "a prompt ends unicast");
    let mut rules: Vec<Rule> = switch.crashed().iter().map(|violation| violation.rule).collect();
    rules.sort_by_key(|rule| format!("{rule:?}"));
    assert_eq!(rules, [Rule::UnicastBesidePlayback, Rule::UnicastEmpty, Rule::UnicastTwice]);

    // Moved into a new stay, it works again.
    let uuid = call.uuid().to_owned();
    switch.take_violations();
    assert_eq!(esl.ask(&format!("api uuid_transfer {uuid} 'park' inline")), "+OK\n");
    while esl.event("CHANNEL_EXECUTE_COMPLETE").get("Application") != "socket" {}
    let fresh = UdpSocket::bind("127.0.0.1:0").unwrap();
    fresh.set_read_timeout(Some(LIMIT)).unwrap();
    start_unicast(&mut esl, &fresh);
    assert_eq!(fresh.recv(&mut buffer).unwrap(), 320);
    assert!(switch.crashed().is_empty());
}

#[test]
fn stopping_takes_a_second_when_tcp_stays_open() {
    let mut it = streaming("8k");
    let uuid = it.call.uuid().to_owned();
    let asked = Instant::now();
    it.esl.send(&format!("api uuid_audio_stream {uuid} stop"));
    // CLOSE is answered by reading on, and TCP stays.
    while !matches!(it.server.next(&mut it.socket), Some(Message::Close(_))) {}
    assert_eq!(it.esl.reply(), "+OK Success\n");
    assert!(asked.elapsed() >= Duration::from_millis(950), "{:?}", asked.elapsed());
    assert!(!it.call.is_streaming());
}
