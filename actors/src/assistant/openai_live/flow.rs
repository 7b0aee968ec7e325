//! The model's endless stream of sound: finds the parts of it that are speech, and the end of each answer.
//!
//! The server also sends silence, in real time. It is dropped: at the caller's line its time passes anyway. So the line's queue
//! is empty after each pause, however late the speech before it was. A little silence is kept around speech: soft beginnings and
//! ends of words are below any threshold, and the beginning absorbs the network's jitter.

use cordboard_schema::audio::{Frame, g711};

/// Length of sound that is classified at once, in ms.
const WINDOW_MS: u32 = 20;
/// Lowest sample value that makes a window speech: -42 dBFS. Comfort noise is below it.
const LOUD: i16 = 260;
/// Silence that is kept before speech, in ms.
const LEAD_MS: u64 = 40;
/// Silence that is kept after speech, in ms.
const TAIL_MS: u64 = 100;
/// Silence in ms after which an answer is over: pauses between two sentences are shorter.
const END_MS: u64 = 600;

/// A part of the sound.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// Speech.
    Speech(Frame),
    /// The answer is over.
    End,
}

/// See the module's description.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flow {
    /// An answer is being said.
    is_speaking: bool,
    /// Silence after its last loud window, in ms.
    silent_ms: u64,
    /// The newest silence that was dropped: at most [`LEAD_MS`].
    lead: Option<Frame>,
    /// All sound so far, in ms.
    at_ms: u64,
    /// End of the last answer.
    ended_at: u64,
}

impl Flow {
    /// Returns the end of the last finished answer, in ms from the session's beginning.
    pub(super) const fn ended_at(&self) -> u64 {
        self.ended_at
    }

    /// Returns whether an answer is being said.
    pub(super) const fn is_speaking(&self) -> bool {
        self.is_speaking
    }

    /// Takes sound of the server, and returns its parts.
    pub(super) fn push(&mut self, frame: &Frame) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let window = frame.rate().samples_in_ms(WINDOW_MS).max(1);
        let count = frame.sample_count();
        // Start of the speech in this frame that was not returned yet.
        let mut open: Option<usize> = None;
        let mut from = 0;
        while from < count {
            let until = (from + window).min(count);
            let ms = frame.rate().ms_of_samples((until - from) as u64);
            self.at_ms += ms;
            if is_loud(frame, from, until) {
                if self.is_gap() {
                    pieces.extend(self.lead.take().map(Piece::Speech));
                }
                self.is_speaking = true;
                self.silent_ms = 0;
                open.get_or_insert(from);
            } else {
                self.silent_ms += ms;
                if self.is_gap() {
                    if let Some(begun) = open.take() {
                        pieces.push(Piece::Speech(part(frame, begun, from)));
                    }
                    self.keep(part(frame, from, until));
                } else {
                    open.get_or_insert(from);
                }
                if self.is_speaking && self.silent_ms >= END_MS {
                    self.is_speaking = false;
                    self.ended_at = self.at_ms - self.silent_ms;
                    pieces.push(Piece::End);
                }
            }
            from = until;
        }
        if let Some(begun) = open {
            pieces.push(Piece::Speech(part(frame, begun, count)));
        }
        pieces
    }

    /// Returns whether silence is dropped here.
    const fn is_gap(&self) -> bool {
        !self.is_speaking || self.silent_ms > TAIL_MS
    }

    /// Keeps silence that may come before speech.
    fn keep(&mut self, silence: Frame) {
        let kept = match self.lead.take() {
            Some(lead) => joined(&lead, &silence),
            None => silence,
        };
        let most = kept.rate().samples_in_ms(LEAD_MS as u32);
        let count = kept.sample_count();
        self.lead = Some(part(&kept, count.saturating_sub(most), count));
    }
}

fn is_loud(frame: &Frame, from: usize, until: usize) -> bool {
    let is_loud = |sample: i16| sample.saturating_abs() >= LOUD;
    match frame {
        Frame::Pcm { samples, .. } => samples[from..until].iter().any(|sample| is_loud(*sample)),
        Frame::G711 { law, bytes } => {
            bytes[from..until].iter().any(|byte| is_loud(g711::decode(*law, *byte)))
        }
    }
}

fn part(frame: &Frame, from: usize, until: usize) -> Frame {
    match frame {
        Frame::Pcm { rate, samples } => Frame::pcm(*rate, samples[from..until].to_vec()),
        Frame::G711 { law, bytes } => Frame::G711 { law: *law, bytes: bytes[from..until].into() },
    }
}

/// Joins two pieces of one session's sound; if their formats differ, returns the second.
fn joined(one: &Frame, two: &Frame) -> Frame {
    match (one, two) {
        (Frame::Pcm { rate, samples: first }, Frame::Pcm { rate: other, samples: second })
            if rate == other =>
        {
            Frame::pcm(*rate, [&first[..], &second[..]].concat())
        }
        (Frame::G711 { law, bytes: first }, Frame::G711 { law: other, bytes: second }) if law == other => {
            Frame::G711 { law: *law, bytes: [&first[..], &second[..]].concat().into() }
        }
        _ => two.clone(),
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audio::SampleRate;

    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    fn sound(parts: &[(i16, u32)]) -> Vec<i16> {
        parts.iter().flat_map(|(level, ms)| vec![*level; RATE.samples_in_ms(*ms)]).collect()
    }

    /// Returns the lengths of the answers in ms; the sound arrives in pieces of `piece_ms`.
    fn answers(parts: &[(i16, u32)], piece_ms: u32) -> Vec<u64> {
        let (mut flow, mut ended, mut said) = (Flow::default(), Vec::new(), 0);
        for piece in sound(parts).chunks(RATE.samples_in_ms(piece_ms)) {
            for piece in flow.push(&Frame::pcm(RATE, piece.to_vec())) {
                match piece {
                    Piece::Speech(frame) => said += RATE.ms_of_samples(frame.sample_count() as u64),
                    Piece::End => ended.push(std::mem::take(&mut said)),
                }
            }
        }
        assert_eq!(said, 0, "something has not ended");
        ended
    }

    #[test]
    fn silence_is_dropped_and_long_silence_ends_an_answer() {
        let talk = [(0, 500), (4_000, 1_000), (0, 400), (4_000, 300), (9, 2_000), (-4_000, 200), (0, 900)];
        for piece_ms in [20, 100, 140, 2_000] {
            let expected = [40 + 1_000 + 100 + 40 + 300 + 100, 40 + 200 + 100];
            assert_eq!(answers(&talk, piece_ms), expected, "in pieces of {piece_ms} ms");
        }
    }

    #[test]
    fn octets_are_passed_on_unchanged_with_positions() {
        let mut flow = Flow::default();
        let law = cordboard_schema::audio::Law::Mu;
        let loud = g711::encode(law, 4_000);
        let bytes = [vec![g711::silence(law); 160], vec![loud; 320]].concat();
        let pieces = flow.push(&Frame::G711 { law, bytes: bytes.clone().into() });
        let lead = Frame::G711 { law, bytes: bytes[..160].into() };
        let speech = Frame::G711 { law, bytes: bytes[160..].into() };
        assert_eq!(pieces, [Piece::Speech(lead), Piece::Speech(speech)]);
        assert!(flow.is_speaking());
        let silence = Frame::G711 { law, bytes: vec![g711::silence(law); 8 * 700].into() };
        assert_eq!(flow.push(&silence).last(), Some(&Piece::End));
        assert_eq!((flow.at_ms, flow.ended_at()), (760, 60));
    }
}
