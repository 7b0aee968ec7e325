//! Sound while the caller waits for something that has not begun: nobody listens to a dead line for long.
//!
//! Before the provider was ever there it is a ringing tone, as of a telephone that nobody has picked up yet. Later a voice
//! asks for a moment, once a turn and only in a language that is the profile's, and then comes a soft tone. All of it is spoken in short pieces as an utterance without
//! words, so that an answer waits for one piece at most. Where people are rung the call has music of its own, and no tone comes.

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::Session;
use super::act::Act;
use crate::assistant::sounds::Prompt;

/// Silence after which it begins; with the delay of the line a caller hears something within 1.5 s.
const SILENCE_MS: u64 = 1_200;
/// Length of a piece.
const PIECE_MS: u32 = 100;
/// How much is given ahead: what a late timer may be late.
const AHEAD_MS: u64 = 60;

/// For so long nothing need be owed, and the caller has still waited through: between a connection that stands and the call's wish
/// for a greeting lies a message.
const GAP_MS: u64 = 100;

/// What is heard while waiting.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Comfort {
    /// A wait that has ended, and when: what is owed soon behind it goes on with it.
    waited: Option<(UnixMs, UnixMs)>,
    /// Until when the tone that sounds now was given; none while none sounds.
    tone_until: Option<UnixMs>,
    /// Place in the tone's rhythm.
    tone_ms: u32,
    /// The voice was heard in this turn.
    voice_was_used: bool,
}

/// A tone with a rhythm: on, then off, and so on.
struct Tone {
    hz: [f64; 2],
    /// Of full scale.
    level: f64,
    on_ms: u32,
    off_ms: u32,
}

/// As of a telephone that rings, with a shorter pause.
const RINGING: Tone = Tone { hz: [440.0, 480.0], level: 0.05, on_ms: 1_000, off_ms: 1_300 };
const WAITING: Tone = Tone { hz: [425.0, 425.0], level: 0.025, on_ms: 300, off_ms: 1_100 };

impl Tone {
    /// A piece that begins at this place of the rhythm. Places are whole pieces, as the lengths above are.
    fn piece(&self, at_ms: u32, rate: SampleRate) -> Frame {
        let count = rate.samples_in_ms(PIECE_MS);
        let place_ms = at_ms % (self.on_ms + self.off_ms);
        if place_ms >= self.on_ms {
            return Frame::pcm(rate, vec![0; count]);
        }
        // Short slopes at the ends, so that it does not click.
        let slope = f64::from(rate.hz()) / 100.0;
        let whole = rate.samples_in_ms(self.on_ms) as f64;
        let begin = rate.samples_in_ms(place_ms);
        let sample = |at: usize| {
            let place = (begin + at) as f64;
            let swell = (place / slope).min((whole - place) / slope).min(1.0);
            let turn = std::f64::consts::TAU * place / f64::from(rate.hz());
            let wave = self.hz.iter().map(|hz| (turn * hz).sin()).sum::<f64>() / 2.0;
            (wave * swell * self.level * f64::from(i16::MAX)) as i16
        };
        Frame::pcm(rate, (0..count).map(sample).collect::<Vec<i16>>())
    }
}

impl Comfort {
    pub(super) fn new_turn(&mut self) {
        self.voice_was_used = false;
    }
}

impl Session {
    /// Since when the caller waits for sound without hearing any.
    fn waits_since(&self) -> Option<UnixMs> {
        let is_owed = self.owes_comfort();
        let is_quiet = !self.caller_speaks() && !self.voice.is_open() && !self.hears_music();
        (is_owed && is_quiet).then_some(self.voice.quiet_since.max(self.owed_since?))
    }

    /// Whether the caller waits for this assistant.
    fn owes_comfort(&self) -> bool {
        !self.waits && (self.owes_sound() || !self.is_ready)
    }

    /// Whether the caller was asked for a moment, and hears the call's music until somebody takes over.
    fn hears_music(&self) -> bool {
        self.is_ready && self.was_asked_for_a_moment() && self.waits_for_people()
    }

    pub(super) fn comfort_deadline(&self) -> Option<UnixMs> {
        match self.comfort.tone_until {
            Some(until) => Some(until - AHEAD_MS),
            None => self.waits_since().map(|since| since + SILENCE_MS),
        }
    }

    /// Begins, goes on with, or ends what is heard while waiting.
    pub(super) fn comfort_caller(&mut self) {
        let owes = self.owes_comfort();
        match self.owed_since {
            Some(since) if !owes => {
                self.comfort.waited = Some((since, self.now));
                self.owed_since = None;
            }
            None if owes => self.owed_since = Some(self.waits_on_since()),
            _ => {}
        }
        if !owes || self.caller_speaks() || self.hears_music() {
            return self.cease_comfort();
        }
        if self.comfort_deadline().is_none_or(|deadline| deadline > self.now) {
            return;
        }
        match self.plan.one_moment.clone() {
            Some(recording)
                if self.comfort.tone_until.is_none() && self.is_ready && !self.comfort.voice_was_used =>
            {
                self.ask_for_a_moment(recording);
            }
            _ => self.give_tone(),
        }
    }

    /// Since when a wait lasts that is noticed now.
    fn waits_on_since(&self) -> UnixMs {
        let goes_on = self.comfort.waited.filter(|(_, ended)| self.now.ms_since(*ended) <= GAP_MS);
        goes_on.map_or(self.now, |(since, _)| since)
    }

    /// The voice has nothing to say any more in this turn.
    fn was_asked_for_a_moment(&self) -> bool {
        self.comfort.voice_was_used || self.plan.one_moment.is_none()
    }

    fn ask_for_a_moment(&mut self, (words, ms): (String, u64)) {
        self.comfort.voice_was_used = true;
        let item = self.voice.number();
        self.acts.push(Act::Begin { item, line: Some(Line::OneMoment) });
        self.acts.push(Act::Play(Prompt::OneMoment));
        self.acts.push(Act::Complete(words));
        self.voice.plays(ms, self.now);
    }

    fn give_tone(&mut self) {
        let tone = if self.is_ready { &WAITING } else { &RINGING };
        let mut until = match self.comfort.tone_until {
            Some(until) => until.max(self.now),
            None => {
                let item = self.voice.number();
                self.acts.push(Act::Begin { item, line: None });
                self.comfort.tone_ms = 0;
                self.now
            }
        };
        while until <= self.now + AHEAD_MS {
            self.acts.push(Act::Speak(tone.piece(self.comfort.tone_ms, self.plan.caller_rate)));
            self.comfort.tone_ms += PIECE_MS;
            until = until + u64::from(PIECE_MS);
        }
        self.comfort.tone_until = Some(until);
    }

    /// Ends the tone, if one sounds: what comes now follows its piece.
    pub(super) fn cease_comfort(&mut self) {
        if let Some(until) = self.comfort.tone_until.take() {
            self.acts.push(Act::Complete(String::new()));
            self.voice.quiet_since = until.max(self.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audio::level::rms_dbfs;

    use super::*;

    #[test]
    fn tones_are_soft_and_pause_for_less_than_a_dead_line() {
        for tone in [RINGING, WAITING] {
            assert!(tone.off_ms < 1_500);
            assert_eq!((tone.on_ms % PIECE_MS, tone.off_ms % PIECE_MS), (0, 0));
            let Frame::Pcm { samples, .. } = tone.piece(100, SampleRate::HZ_8000) else { panic!("octets") };
            assert_eq!(samples.len(), 800);
            let level = rms_dbfs(&samples);
            assert!((-40.0..-25.0).contains(&level), "{level} dBFS");
            let Frame::Pcm { samples, .. } = tone.piece(tone.on_ms, SampleRate::HZ_8000) else { panic!() };
            assert!(samples.iter().all(|sample| *sample == 0));
        }
    }
}
