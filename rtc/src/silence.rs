//! Chooses the frames of exact silence that are encoded. While a party hears nothing, the encoder drops nearly all of its packets (DTX), but each frame
//! takes as long as one of speech. So the encoder does not get those frames. One packet in 21 frames is sent all the same, as by the encoder itself: it
//! tells the peer that silence continues (RFC 7587, section 3.1.3), and keeps the way through its router open. Pure.

/// Frames of silence in a row that are dropped.
const DROPPED_MAX: u32 = 20;

/// The treatment of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is encoded.
    Encode,
    /// It is not encoded: the peer knows that silence continues.
    Drop,
    /// It is encoded and sent, so that the peer learns that silence continues.
    Refresh,
}

/// The silence that is being sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Silence {
    /// Frames that were dropped since the last packet; none if the encoder has not begun to drop them.
    dropped: Option<u32>,
}

impl Silence {
    /// Returns what to do with the next frame, which is exactly silent or not.
    pub(crate) fn next(&mut self, is_silent: bool) -> Step {
        let Some(dropped) = self.dropped.filter(|_| is_silent) else {
            self.dropped = None;
            return Step::Encode;
        };
        let is_due = dropped >= DROPPED_MAX;
        self.dropped = Some(if is_due { 0 } else { dropped + 1 });
        if is_due { Step::Refresh } else { Step::Drop }
    }

    /// Notes that the encoder has dropped an exactly silent frame. Before that, it got enough of them to forget the earlier sound.
    pub(crate) fn begin(&mut self) {
        self.dropped = Some(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_long_silence_one_frame_in_21_is_encoded() {
        let mut silence = Silence::default();
        assert_eq!(
            [true, true].map(|is_silent| silence.next(is_silent)),
            [Step::Encode; 2],
            "not dropped yet"
        );
        silence.begin();
        let steps: Vec<Step> = (0..209).map(|_| silence.next(true)).collect();
        let sent: Vec<usize> =
            steps.iter().enumerate().filter(|(_, step)| **step == Step::Refresh).map(|(n, _)| n).collect();
        assert_eq!(sent, [19, 40, 61, 82, 103, 124, 145, 166, 187, 208]);
        assert!(!steps.contains(&Step::Encode));
    }

    #[test]
    fn sound_after_silence_is_encoded_at_once() {
        let mut silence = Silence::default();
        silence.begin();
        let steps = [true, false, true, false].map(|is_silent| silence.next(is_silent));
        assert_eq!(steps, [Step::Drop, Step::Encode, Step::Encode, Step::Encode]);
    }
}
