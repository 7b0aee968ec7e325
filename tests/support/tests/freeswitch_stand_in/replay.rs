//! A capture, replayed to a program.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use cordboard_test_support::freeswitch::replay::Capture;

use crate::program::Esl;

fn capture(name: &str) -> Capture {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures/freeswitch");
    Capture::read(&folder, name).unwrap()
}

fn connected() -> (TcpStream, Esl) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let program = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, Esl::new(program))
}

#[test]
fn a_program_that_repeats_commands_sees_the_same_call() {
    let capture = capture("out_app_hangup");
    let commands = capture.commands();
    assert_eq!(commands[0].line, "connect");
    let (stream, mut program) = connected();
    let replaying = thread::spawn(move || capture.play(stream).unwrap());
    for command in &commands {
        let headers = command.headers.iter().map(|(name, value)| format!("\n{name}: {value}"));
        program.send(&format!("{}{}", command.line, headers.collect::<String>()));
    }
    let names: Vec<String> = program.drain().iter().map(|frame| frame.event().to_owned()).collect();
    for name in ["CHANNEL_DATA", "CHANNEL_ANSWER", "CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE"] {
        assert!(names.iter().any(|seen| seen == name), "{name} of {names:?}");
    }
    let replayed = replaying.join().unwrap();
    assert_eq!(replayed.missing, Vec::<String>::new());
    assert_eq!(replayed.commands.len(), commands.len());
}

#[test]
fn a_replay_lists_the_commands_that_a_program_missed() {
    let capture = capture("in_auth_ok");
    let (stream, mut program) = connected();
    let replaying = thread::spawn(move || capture.play(stream).unwrap());
    assert_eq!(program.frame(crate::program::LIMIT).unwrap().get("Content-Type"), "auth/request");
    program.send("auth ClueCon");
    drop(program);
    let replayed = replaying.join().unwrap();
    assert_eq!(replayed.missing, ["api status", "exit"]);
}
