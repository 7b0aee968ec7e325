//! Every captured connection of a real Asterisk, replayed.

use std::fs;
use std::path::Path;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegEnd;
use cordboard_schema::wire::audiosocket::{Decoder, Message, Sender};

use crate::asterisk::Asterisk;
use crate::stage::{Listener, Stage};

/// Data that an Asterisk sent on one connection.
struct Capture {
    name: String,
    bytes: Vec<u8>,
    /// Each message with its position in `bytes`.
    messages: Vec<(std::ops::Range<usize>, Message)>,
}

impl Capture {
    fn digits(&self) -> String {
        let digits = self.messages.iter().filter_map(|(_, message)| match message {
            Message::Dtmf(digit) => Some(digit.to_string()),
            _ => None,
        });
        digits.collect()
    }

    fn rate(&self) -> Option<SampleRate> {
        self.messages.iter().find_map(|(_, message)| match message {
            Message::Audio(frame) => Some(frame.rate()),
            _ => None,
        })
    }
}

/// All captures that have a UUID; the one without is a channel that was not answered.
fn captures() -> Vec<Capture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/asterisk/audiosocket");
    let mut captures: Vec<Capture> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".a2s.bin"))
        .map(|path| capture(&path))
        .filter(|capture| !capture.bytes.is_empty())
        .collect();
    captures.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(captures.len(), 36);
    captures
}

fn capture(path: &Path) -> Capture {
    let bytes = fs::read(path).unwrap();
    let mut decoder = Decoder::new(Sender::Asterisk);
    let mut rest = &bytes[..];
    let mut messages = Vec::new();
    let mut start = 0;
    while let Some(message) = decoder.decode(&mut rest).unwrap() {
        let end = decoder.position() as usize;
        messages.push((start..end, message));
        start = end;
    }
    Capture { name: path.file_name().unwrap().to_string_lossy().into_owned(), bytes, messages }
}

/// Message by message, each cut at another byte; the next is sent once the last was heard.
#[actix::test]
async fn each_sample_and_digit_is_heard() {
    let mut stage = Stage::open();
    for capture in captures() {
        let mut asterisk = Asterisk::connect_silently(stage.address).await;
        let mut messages = capture.messages.iter();
        let (uuid, _) = messages.next().unwrap();
        asterisk.send(&capture.bytes[uuid.clone()]).await;
        let mut call = stage.start_leg().await;
        let mut listener = None;
        let mut frames = 0;
        for (n, (place, message)) in messages.enumerate() {
            let cut = place.start + n % place.len();
            asterisk.send(&capture.bytes[place.start..cut]).await;
            tokio::task::yield_now().await;
            asterisk.send(&capture.bytes[cut..place.end]).await;
            let Message::Audio(frame) = message else { continue };
            match &listener {
                None => listener = Some(Listener::plugged(&call.joined().await)),
                Some(listener) => {
                    let heard = listener.hears_samples(frame.sample_count()).await;
                    assert_eq!(heard, crate::asterisk::samples(frame), "{} frame {frames}", capture.name);
                }
            }
            frames += 1;
        }
        asterisk.hang_up().await;
        assert_eq!(call.left().await, (LegEnd::Closed, capture.digits()), "{}", capture.name);
    }
}

#[actix::test]
async fn captures_whole_or_in_pieces_give_the_same_result() {
    let mut stage = Stage::open();
    for capture in captures() {
        let pieces: &[usize] = match &*capture.name {
            "app-dtmf.a2s.bin" | "app-odd-bytes.a2s.bin" | "app-no-media.a2s.bin" => &[usize::MAX, 1, 19, 97],
            _ => &[usize::MAX, 4_099],
        };
        for &piece in pieces {
            let mut asterisk = Asterisk::connect_silently(stage.address).await;
            for bytes in capture.bytes.chunks(piece) {
                asterisk.send(bytes).await;
            }
            let mut call = stage.start_leg().await;
            asterisk.hang_up().await;
            let port_rate = match capture.rate() {
                Some(_) => Some(call.joined().await.ear.rate()),
                None => None,
            };
            assert_eq!(port_rate, capture.rate(), "{}", capture.name);
            assert_eq!(call.left().await, (LegEnd::Closed, capture.digits()), "{}", capture.name);
        }
    }
}
