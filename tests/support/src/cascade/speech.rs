//! The synthesis: the sound of the model's words, as the script has it, piece by piece.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::book::Line;
use super::server::{Shared, begin, chunk, end, pause, reply};
use crate::audio::Sound;
use crate::openai::answer::Part;
use crate::openai::script::Cause;
use crate::openai::{AudioFormat, Pace, Trouble};

/// Sound of one piece, in ms: uneven, as they come.
const PIECES_MS: [u64; 4] = [120, 260, 180, 400];
/// The rate of `pcm`.
const RATE: u32 = 24_000;

/// Speech that is spoken now.
pub(super) struct Share {
    pub(super) bytes: Vec<u8>,
    pub(super) pace: Pace,
    pub(super) silence: Duration,
    pub(super) sent: Duration,
    pub(super) trouble: Option<(Duration, Trouble)>,
    /// Its line in the book.
    pub(super) line: usize,
}

pub(super) async fn answer(shared: &Arc<Shared>, stream: &mut TcpStream, body: &Value) -> Option<()> {
    let Some(input) = checked(body) else {
        shared.violate(format!("speech: {body}"));
        return reply(stream, 400, &json!({ "error": { "message": "unknown" } })).await;
    };
    let format = AudioFormat::Pcm { rate: RATE };
    let Share { bytes, pace, silence, mut sent, mut trouble, line } = share(shared, &input, format);
    pause(stream, shared.manners.speaks + silence).await?;
    begin(stream, "audio/pcm").await?;
    let mut at = 0;
    for piece_ms in PIECES_MS.iter().cycle() {
        if at >= bytes.len() {
            break;
        }
        // An odd number of bytes: half a sample waits for the other half.
        let length = (piece_ms * u64::from(RATE) / 1000) as usize * 2 + 1;
        let piece = &bytes[at..(at + length).min(bytes.len())];
        chunk(stream, piece).await?;
        at += piece.len();
        let ms = Duration::from_millis(format.length_ms(piece.len()));
        sent += ms;
        if let Some((_, trouble)) = trouble.take_if(|(after, _)| sent >= *after) {
            shared.with(|book| book.lines[line].trouble = None);
            let hangs = trouble == Trouble::Hang;
            shared.strike(trouble);
            if hangs {
                // Until the client disconnects.
                return pause(stream, Duration::from_secs(3_600)).await;
            }
        }
        shared.with(|book| book.lines[line].sent = sent);
        if let Pace::Times(times) = pace {
            pause(stream, ms.div_f64(times)).await?;
        }
    }
    end(stream).await
}

/// The text to speak; `None` where the request breaks a rule.
fn checked(body: &Value) -> Option<String> {
    let known = ["model", "voice", "input", "response_format", "speed"];
    let is_known = body.as_object()?.keys().all(|name| known.contains(&name.as_str()));
    let is_whole = body["model"].is_string() && body["voice"].is_string() && body["response_format"] == "pcm";
    let input = body["input"].as_str()?;
    let is_short = (1..=4096).contains(&input.chars().count());
    (is_known && is_whole && is_short).then(|| input.to_owned())
}

/// The part of the model's newest line that these words are. Words that the model never said sound like the script's next answer to a request.
pub(super) fn share(shared: &Shared, input: &str, format: AudioFormat) -> Share {
    let known = shared.with(|book| {
        book.lines
            .iter()
            .rposition(|line| line.text.get(line.spoken..).is_some_and(|rest| rest.contains(input)))
    });
    let number = known.unwrap_or_else(|| {
        let answer = shared.script().next_answer(Cause::Request);
        let sound = answer.parts.into_iter().find_map(|part| match part {
            Part::Say { sound, .. } => Some(sound),
            Part::Call { .. } => None,
        });
        let line = Line {
            text: input.to_owned(),
            sound: sound.unwrap_or(Sound { rate: RATE, samples: vec![0; 2400] }),
            pace: answer.pace,
            silence: answer.silence,
            trouble: answer.trouble,
            spoken: 0,
            sent: Duration::ZERO,
        };
        shared.with(|book| {
            book.lines.push(line);
            book.lines.len() - 1
        })
    });
    shared.with(|book| {
        let line = &mut book.lines[number];
        let begin = line.spoken + line.text[line.spoken..].find(input).unwrap_or(0);
        let end = begin + input.len();
        let all = format.encode(&line.sound);
        let size = format.sample_bytes();
        let place = |at: usize| all.len() / size * at / line.text.len().max(1) * size;
        // The words between two pieces belong to the later one.
        let from = if line.spoken == 0 { 0 } else { place(line.spoken) };
        let to = if line.text[end..].trim().is_empty() { all.len() } else { place(end) };
        let silence = if line.spoken == 0 { line.silence } else { Duration::ZERO };
        let bytes = all[from..to].to_vec();
        line.spoken = end;
        Share {
            bytes,
            pace: line.pace,
            silence,
            sent: line.sent,
            trouble: line.trouble.clone(),
            line: number,
        }
    })
}
