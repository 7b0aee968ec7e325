//! A channel as a server sees it: what it says, read with the server's own codec.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::wire::esl::{Decoder, Frame};

use super::super::super::super::board::{Board, CallNumber};
use super::super::super::super::marker::{Loudness, Marker};
use super::super::command::Commands;
use super::*;

const EVENTS: &str = "event plain CHANNEL_ANSWER CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE DTMF \
                      PLAYBACK_START PLAYBACK_STOP BACKGROUND_JOB CUSTOM mod_audio_stream::connect mod_audio_stream::play\n\n";

/// A channel, and the ear of a server.
struct Stage {
    channel: Channel,
    board: SharedBoard,
    decoder: Decoder,
    now: Instant,
}

impl Stage {
    /// Makes a channel that rings, and whose server has requested its events.
    fn new() -> Self {
        let board: SharedBoard = Rc::new(RefCell::new(Board::default()));
        let call = board.borrow_mut().add_call();
        let channel =
            Channel::new(call, Uuid::new_v4(), ChannelState::Ringing, Audio::None, Rc::clone(&board));
        let mut stage = Self { channel, board, decoder: Decoder::default(), now: Instant::now() };
        stage.send("connect\n\nlinger 10\n\n");
        stage.send(EVENTS);
        assert_eq!(
            stage.heard(),
            ["channel data ringing", "+OK will linger 10 seconds", "+OK event listener enabled plain"]
        );
        stage
    }

    /// A channel that was answered.
    fn answered() -> Self {
        let mut stage = Self::new();
        stage.send("sendmsg\ncall-command: execute\nexecute-app-name: answer\n\n");
        assert_eq!(stage.heard(), ["+OK", "CHANNEL_ANSWER", "CHANNEL_EXECUTE_COMPLETE answer _none_"]);
        stage
    }

    fn send(&mut self, text: &str) -> Vec<Ask> {
        let mut commands = Commands::default();
        commands.buffer().extend_from_slice(text.as_bytes());
        std::iter::from_fn(|| commands.next())
            .filter_map(|command| self.channel.take(&command, self.now))
            .collect()
    }

    fn pass(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.channel.tick(self.now);
    }

    /// Returns a short form of the events since the last call.
    fn heard(&mut self) -> Vec<String> {
        let out = std::mem::take(&mut self.channel.out);
        let mut bytes = out.as_slice();
        std::iter::from_fn(|| self.decoder.decode(&mut bytes).unwrap())
            .map(|frame| in_words(&frame))
            .collect()
    }

    /// Sends a chunk of this many frames, as a server does.
    fn stream_says(&mut self, frames: u32, chunk: u32) {
        let markers = (0..frames).map(|sequence| Marker { source: 0, sequence });
        let samples = markers.flat_map(|marker| marker.samples(Loudness::Speech));
        let bytes: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
        let audio = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        self.channel.stream_said(&format!(
            r#"{{"type":"streamAudio","data":{{"audioDataType":"raw","sampleRate":8000,"audioData":"{audio}","chunk":{chunk}}}}}"#
        ));
    }

    fn play(&mut self, number: u32) {
        let path = self.path(number);
        self.send(&format!(
            "sendmsg\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: {path}\nevent-lock: true\n\
             Event-UUID: chunk-{number}\n\n"
        ));
    }

    fn path(&self, number: u32) -> String {
        format!("/tmp/{}_{number}.tmp.r8", self.channel.uuid)
    }
}

fn in_words(frame: &Frame) -> String {
    match frame {
        Frame::ChannelData(data) => format!("channel data {}", data.get("Answer-State").unwrap_or("none")),
        Frame::Reply(reply) => reply.text.clone(),
        Frame::ApiResponse(text) => format!("printed {}", text.trim_end()),
        Frame::Event(event) => {
            let details = ["Application", "Application-Response", "Playback-Status", "variable_playback_ms"];
            let details = [&["Job-UUID", "DTMF-Digit", "Hangup-Cause"][..], &details].concat();
            let details = details.iter().filter_map(|name| event.get(name));
            let name = event.get("Event-Subclass").or(event.get("Event-Name"));
            let body = event.body().map(str::trim_end);
            name.into_iter().chain(details).chain(body).collect::<Vec<_>>().join(" ")
        }
        other => format!("{other:?}").split(['(', ' ', '{']).next().unwrap_or_default().to_owned(),
    }
}

#[test]
fn a_chunk_is_played_when_the_server_asks() {
    let mut stage = Stage::answered();
    let asked = stage.send("bgapi uuid_audio_stream U start ws://127.0.0.1:8085/U mono 8k\nJob-UUID: j1\n\n");
    assert_eq!(asked, [Ask::OpenStream("ws://127.0.0.1:8085/U".to_owned())]);
    stage.channel.stream_opened();
    let opened = [
        "+OK Job-UUID: j1",
        "BACKGROUND_JOB j1 +OK Success",
        r#"mod_audio_stream::connect {"status":"connected"}"#,
    ];
    assert_eq!(stage.heard(), opened);

    stage.stream_says(10, 7);
    let path = stage.path(0);
    let play = format!(
        r#"mod_audio_stream::play {{"audioDataType":"raw","sampleRate":8000,"file":"{path}","chunk":7}}"#
    );
    assert_eq!(stage.heard(), [play]);
    stage.play(0);
    assert_eq!(stage.heard(), ["+OK", "PLAYBACK_START"]);
    stage.pass(200);
    assert_eq!(stage.heard(), ["PLAYBACK_STOP done 200", "CHANNEL_EXECUTE_COMPLETE playback FILE PLAYED"]);
    assert_eq!(stage.send("api uuid_audio_stream U stop\n\n"), [Ask::CloseStream]);
    assert_eq!(stage.heard(), ["printed +OK Success"]);
}

#[test]
fn a_break_reports_the_sound_heard_and_drops_the_queue() {
    let mut stage = Stage::answered();
    for chunk in 0..2 {
        stage.stream_says(10, chunk);
        stage.play(chunk);
    }
    stage.heard();
    stage.pass(90);
    stage.send("bgapi uuid_break U all\nJob-UUID: j2\n\n");
    let stopped = [
        "+OK Job-UUID: j2",
        "PLAYBACK_STOP break 100",
        "CHANNEL_EXECUTE_COMPLETE playback FILE PLAYED",
        "BACKGROUND_JOB j2 +OK",
    ];
    assert_eq!(stage.heard(), stopped);
    assert_eq!(stage.channel.next_at(), None);
    stage.play(9);
    assert_eq!(stage.heard(), ["+OK", "CHANNEL_EXECUTE_COMPLETE playback FILE NOT FOUND"]);
}

#[test]
fn one_stream_a_call_and_another_after_it_broke() {
    let mut stage = Stage::answered();
    let start = "api uuid_audio_stream U start ws://h/U mono 8k\n\n";
    assert_eq!(stage.send(start).len(), 1);
    assert_eq!(stage.send(start), []);
    stage.channel.stream_broke(6, "Connection refused");
    assert_eq!(stage.send(start).len(), 1);
    assert_eq!(
        stage.heard(),
        ["printed +OK Success", "printed -ERR Operation Failed", "printed +OK Success"]
    );
}

#[test]
fn unicast_that_would_kill_a_switch_is_a_failure() {
    let unicast =
        "sendmsg\ncall-command: unicast\nlocal-port: 0\nremote-ip: 127.0.0.1\nremote-port: 4000\n\n";
    let mut stage = Stage::new();
    assert_eq!(stage.send(unicast), []);
    assert_eq!(stage.board.borrow().measured.failure_count, 1, "before the answer");

    let mut stage = Stage::answered();
    assert_eq!(stage.send(unicast), [Ask::BeginUnicast(([127, 0, 0, 1], 4_000).into())]);
    assert_eq!(stage.board.borrow().measured.failure_count, 0);
    assert_eq!(stage.send(unicast), []);
    assert_eq!(stage.board.borrow().measured.failure_count, 1, "twice in one stay");
    assert_eq!(stage.send("api uuid_transfer U 'park' inline\n\n"), [Ask::EndUnicast]);
    assert_eq!(stage.send(unicast).len(), 1, "another stay");
}

#[test]
fn keys_and_hang_ups_are_reported_as_by_freeswitch() {
    let mut stage = Stage::answered();
    stage.stream_says(10, 0);
    stage.play(0);
    stage.heard();
    stage.channel.press('#', stage.now);
    stage.channel.hang_up("NORMAL_CLEARING");
    assert_eq!(stage.heard(), ["DTMF #", "CHANNEL_HANGUP NORMAL_CLEARING"]);
    stage.now += Duration::from_millis(20);
    stage.channel.sum_up("NORMAL_CLEARING", "recv_bye", stage.now);
    let expected = [
        "PLAYBACK_STOP done",
        "CHANNEL_EXECUTE_COMPLETE playback PLAYBACK ERROR",
        "CHANNEL_EXECUTE_COMPLETE NORMAL_CLEARING socket _none_",
        "CHANNEL_HANGUP_COMPLETE NORMAL_CLEARING",
        "Disconnect",
    ];
    assert_eq!(stage.heard(), expected);
    assert_eq!(stage.send("exit\n\n"), [Ask::Leave]);
    assert_eq!(stage.heard(), ["+OK bye", "Disconnect"]);
    assert_eq!(stage.board.borrow().keys_open(), 1);
    assert!(!stage.board.borrow().has_met(CallNumber(0)));
}
