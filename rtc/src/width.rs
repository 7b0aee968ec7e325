//! Chooses the bandwidth at which the sound for a party is encoded: that of the widest source that it hears. A telephone has nothing above 4 kHz, and
//! encoding empty frequencies takes about half of the encoder's time. Pure.

/// Frames of sound without a wider source after which narrower sound is encoded as such: 5 s.
const NARROW_AFTER: u32 = 250;

/// The widths of sound, each with the highest frequency that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Width {
    /// 4 kHz.
    Telephone,
    /// 8 kHz.
    Wide,
    /// 12 kHz: all that we have.
    Whole,
}

impl Width {
    /// The width of sound of this many samples a second.
    fn of_rate(rate_hz: u32) -> Self {
        match rate_hz {
            ..=8_000 => Self::Telephone,
            8_001..=16_000 => Self::Wide,
            _ => Self::Whole,
        }
    }
}

/// The width of what a party hears.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    width: Width,
    /// Frames in a row that were narrower, and the widest of them.
    narrower: Option<(u32, Width)>,
}

impl Heard {
    /// Before anything is heard.
    pub(crate) fn new() -> Self {
        Self { width: Width::Whole, narrower: None }
    }

    /// The present width.
    pub(crate) fn width(self) -> Width {
        self.width
    }

    /// Notes the highest rate at which a part of the next frame of sound was spoken. Returns the width that is needed from now on, if it is another.
    pub(crate) fn note(&mut self, rate_hz: u32) -> Option<Width> {
        let width = Width::of_rate(rate_hz);
        if width >= self.width {
            self.narrower = None;
            let is_wider = width > self.width;
            self.width = width;
            return is_wider.then_some(width);
        }
        let (frames, widest) = self.narrower.unwrap_or((0, width));
        let (frames, widest) = (frames + 1, widest.max(width));
        if frames < NARROW_AFTER {
            self.narrower = Some((frames, widest));
            return None;
        }
        self.narrower = None;
        self.width = widest;
        Some(widest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(heard: &mut Heard, rate_hz: u32, frames: u32) -> Vec<Width> {
        (0..frames).filter_map(|_| heard.note(rate_hz)).collect()
    }

    #[test]
    fn sound_is_narrowed_late_and_widened_at_once() {
        let mut heard = Heard::new();
        assert_eq!(note(&mut heard, 8_000, NARROW_AFTER - 1), []);
        assert_eq!(note(&mut heard, 8_000, 500), [Width::Telephone]);
        assert_eq!(note(&mut heard, 16_000, 1), [Width::Wide]);
        assert_eq!(note(&mut heard, 48_000, 1), [Width::Whole]);
        assert_eq!(heard.width(), Width::Whole);
    }

    #[test]
    fn one_wider_frame_in_time_keeps_the_width() {
        let mut heard = Heard::new();
        for _ in 0..10 {
            assert_eq!(note(&mut heard, 8_000, NARROW_AFTER - 1), []);
            assert_eq!(note(&mut heard, 24_000, 1), []);
        }
    }

    #[test]
    fn the_widest_of_the_narrower_sources_decides() {
        let mut heard = Heard::new();
        note(&mut heard, 8_000, 100);
        note(&mut heard, 12_000, 1);
        assert_eq!(note(&mut heard, 8_000, NARROW_AFTER), [Width::Wide], "12 kHz are more than 8");
        assert_eq!(note(&mut heard, 8_000, NARROW_AFTER), [Width::Telephone]);
    }
}
