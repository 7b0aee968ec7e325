//! Plays a capture to a program byte for byte, with the pauses of its timeline.
//!
//! It waits for the program's commands where the captured program sent some, and compares them loosely: by the words that make up a command,
//! not by ids. If a program sends more, or in another order, the replay continues all the same.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::esl::command::{Command, CommandReader};

/// How long it waits for a command of the program.
const COMMAND_LIMIT: Duration = Duration::from_secs(5);

/// The actor of a step of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// FreeSWITCH.
    Switch,
    /// The program.
    Program,
    /// A phone, or a remark of the capture; its bytes are in no file.
    Remark,
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The time since the connection began, in ms; a phone may have acted before that.
    pub at_ms: f64,
    /// The actor.
    pub side: Side,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The remark of the timeline.
    pub remark: String,
}

/// A parsed capture.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// Whether the program closed the connection before the end of the capture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Left {
    /// It stayed.
    #[default]
    No,
    /// It left.
    Yes,
}

/// The result of a replay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Every command of the program.
    pub commands: Vec<Command>,
    /// Commands of the capture that the program did not send in time, by [`shape`].
    pub missing: Vec<String>,
    /// Whether the program left.
    pub left: Left,
}

impl Capture {
    /// Reads `NAME.txt` and the two files next to it.
    ///
    /// # Errors
    /// A file is missing, or its timeline names bytes that it does not have.
    pub fn read(folder: &Path, name: &str) -> io::Result<Self> {
        let file = |suffix: &str| folder.join(format!("{name}.{suffix}"));
        let switch = fs::read(file("fs2app.bin"))?;
        let program = fs::read(file("app2fs.bin"))?;
        let timeline = fs::read_to_string(file("txt"))?;
        // A remark may contain line ends.
        let timed =
            |line: &&str| line.split_whitespace().next().is_some_and(|word| word.parse::<f64>().is_ok());
        let lines = timeline.lines().filter(timed);
        let steps: io::Result<Vec<Step>> = lines.map(|line| step(line, &switch, &program)).collect();
        Ok(Self { steps: steps? })
    }

    /// The commands of the captured program, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<Command> {
        let mut reader = CommandReader::default();
        let said = self.steps.iter().filter(|step| step.side == Side::Program);
        said.for_each(|step| reader.push(&step.bytes));
        std::iter::from_fn(|| reader.next_command()).collect()
    }

    /// Plays the switch's side to a program, over a connection that either of them opened.
    ///
    /// After the program has left, nothing more is sent to it; the commands that it did not send are missing.
    ///
    /// # Errors
    /// The connection can't be set up.
    pub fn play(&self, mut stream: TcpStream) -> io::Result<Replayed> {
        stream.set_nodelay(true)?;
        let (mut replayed, mut reader) = (Replayed::default(), CommandReader::default());
        let mut expected = CommandReader::default();
        let mut before_ms = 0.0;
        for step in &self.steps {
            let pause = Duration::try_from_secs_f64((step.at_ms - before_ms) / 1000.0).unwrap_or_default();
            before_ms = step.at_ms.max(before_ms);
            match step.side {
                // The program may take its own time: only the switch's pauses are kept.
                Side::Program => {
                    expected.push(&step.bytes);
                    while let Some(command) = expected.next_command() {
                        expect(&mut stream, &mut reader, &mut replayed, &shape(&command));
                    }
                }
                Side::Switch | Side::Remark => {
                    listen(&mut stream, &mut reader, &mut replayed, Instant::now() + pause, usize::MAX);
                    if replayed.left == Left::No && stream.write_all(&step.bytes).is_err() {
                        replayed.left = Left::Yes;
                    }
                }
            }
        }
        Ok(replayed)
    }
}

/// The shape of a command: its words without ids, and the request of a `sendmsg`.
#[must_use]
pub fn shape(command: &Command) -> String {
    let words = command.line.split(' ').filter(|word| word.len() < 36);
    let mut shape = words.collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    for name in ["call-command", "execute-app-name"] {
        shape += command.get(name).map_or_else(String::new, |value| format!(" {value}")).as_str();
    }
    shape
}

/// Waits for a command of this shape, unless it was already sent.
fn expect(stream: &mut TcpStream, reader: &mut CommandReader, replayed: &mut Replayed, wanted: &str) {
    let said = |replayed: &Replayed| replayed.commands.iter().any(|command| shape(command) == wanted);
    let until = Instant::now() + COMMAND_LIMIT;
    while !said(replayed) && replayed.left == Left::No && Instant::now() < until {
        let enough = replayed.commands.len() + 1;
        listen(stream, reader, replayed, until, enough);
    }
    if !said(replayed) {
        replayed.missing.push(wanted.to_owned());
    }
}

/// Reads commands until a moment, or until there are `enough`.
fn listen(
    stream: &mut TcpStream,
    reader: &mut CommandReader,
    replayed: &mut Replayed,
    until: Instant,
    enough: usize,
) {
    let mut buffer = [0; 16 * 1024];
    while replayed.commands.len() < enough && replayed.left == Left::No {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        // A time above zero is always accepted.
        let _ = stream.set_read_timeout(Some(left.max(Duration::from_millis(1))));
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => reader.push(&buffer[..count]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Ok(0) | Err(_) => replayed.left = Left::Yes,
        }
        replayed.commands.extend(std::iter::from_fn(|| reader.next_command()));
    }
}

/// `MS SIDE @OFFSET +LENGTH SUMMARY`, or `MS WHO SUMMARY`.
fn step(line: &str, switch: &[u8], program: &[u8]) -> io::Result<Step> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, format!("not a line of a timeline: {line}"));
    let words: Vec<&str> = line.split_whitespace().collect();
    let at_ms = words.first().and_then(|word| word.parse().ok()).ok_or_else(broken)?;
    let (side, all) = match words.get(1) {
        Some(&"F>A") => (Side::Switch, switch),
        Some(&"A>F") => (Side::Program, program),
        _ => (Side::Remark, &[][..]),
    };
    let number = |index: usize, sign: char| words.get(index)?.strip_prefix(sign)?.parse::<usize>().ok();
    let (offset, length) = (number(2, '@').unwrap_or(0), number(3, '+').unwrap_or(0));
    let bytes = all.get(offset..offset + length).unwrap_or_default().to_vec();
    if side != Side::Remark && bytes.len() != length {
        return Err(broken());
    }
    Ok(Step { at_ms, side, bytes, remark: words.get(1..).unwrap_or_default().join(" ") })
}
