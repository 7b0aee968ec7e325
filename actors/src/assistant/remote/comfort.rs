//! Sound while the caller waits for something that has not begun: callers hang up on a dead line.
//!
//! Before the first sound of a call it is a ringing tone, as of a phone that was not answered yet. It comes sooner, because a
//! caller is promised a sound within 1 s of the answer. Later a voice asks for a moment, once a turn and only if it is in the
//! profile's language, and then comes a soft tone. All of it is played in short pieces as an utterance without words, so that an
//! answer waits for one piece at most. While people are called the call plays its own music, and there is no tone.

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::act::Act;
use super::playout::Playout;
use crate::assistant::sounds::Prompt;

/// Silence after which it begins, in ms; with the delay of the line a caller hears something within 1.5 s.
const SILENCE_MS: u64 = 1_200;
/// The same before the first sound of a call, so that with the delay of the line the caller hears something within 1 s of the answer.
const FIRST_SILENCE_MS: u64 = 800;
/// Length of a piece, in ms.
const PIECE_MS: u32 = 100;
/// Amount that is sent ahead, in ms: a timer may be that late.
const AHEAD_MS: u64 = 60;

/// Typical silence before an assistant replaces another one, in ms: the time in which the other one gave up.
const BEFORE_MS: u64 = 600;

/// Longest gap in ms between two waits that still count as one: a message passes between an established connection and the call's
/// request for a greeting.
const GAP_MS: u64 = 100;

/// The sound while the caller waits.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct Comfort {
    /// Words and length in ms of the shipped "one moment"; `None` if it is not in the profile's language.
    one_moment: Option<(String, u64)>,
    /// Since when the caller waits for the first sound of the call; `None` on a call that is under way.
    opened: Option<UnixMs>,
    /// Since when sound for the caller is due.
    due_since: Option<UnixMs>,
    /// The beginning and end of the last wait: a wait soon after it continues it.
    waited: Option<(UnixMs, UnixMs)>,
    /// Until when the present tone was sent; `None` while there is none.
    tone_until: Option<UnixMs>,
    /// Position in the tone's rhythm.
    tone_ms: u32,
    /// The voice was used in this turn.
    voice_was_used: bool,
}

/// State that the waiting sound depends on.
#[derive(Clone, Copy, Debug)]
pub(in crate::assistant) struct Scene {
    /// Now.
    pub(in crate::assistant) now: UnixMs,
    /// The caller waits for this assistant.
    pub(in crate::assistant) is_sound_due: bool,
    /// The caller speaks.
    pub(in crate::assistant) caller_speaks: bool,
    /// An utterance is incomplete.
    pub(in crate::assistant) voice_is_open: bool,
    /// The caller waits only for people whom tools are calling.
    pub(in crate::assistant) waits_for_people: bool,
    /// The assistant was ready before, or another one before it.
    pub(in crate::assistant) is_ready: bool,
    /// Since when the caller hears nothing, and nobody speaks.
    pub(in crate::assistant) quiet_since: UnixMs,
    /// Sample rate of the caller's connection.
    pub(in crate::assistant) rate: SampleRate,
}

/// The sound that is due now.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// The shipped "one moment", of this length in ms, with these words.
    Moment(String, u64),
    /// More of a tone.
    Tone {
        /// Whether it begins an utterance.
        begins: bool,
        /// Its pieces.
        pieces: Vec<Frame>,
    },
}

/// A tone with a rhythm: on, then off, and so on.
struct Tone {
    hz: [f64; 2],
    /// Amplitude, as a part of full scale.
    level: f64,
    on_ms: u32,
    off_ms: u32,
}

/// Like a ringing phone, with a shorter pause.
const RINGING: Tone = Tone { hz: [440.0, 480.0], level: 0.05, on_ms: 1_000, off_ms: 1_300 };
const WAITING: Tone = Tone { hz: [425.0, 425.0], level: 0.025, on_ms: 300, off_ms: 1_100 };

impl Tone {
    /// Returns a piece that begins at this position of the rhythm. Positions are multiples of a piece, as the lengths above are.
    fn piece(&self, at_ms: u32, rate: SampleRate) -> Frame {
        let count = rate.samples_in_ms(PIECE_MS);
        let place_ms = at_ms % (self.on_ms + self.off_ms);
        if place_ms >= self.on_ms {
            return Frame::pcm(rate, vec![0; count]);
        }
        // Short fades at the ends, so that it does not click.
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

impl Scene {
    fn hears_music(&self, was_asked: bool) -> bool {
        self.is_ready && was_asked && self.waits_for_people
    }
}

impl Comfort {
    /// Returns the comfort with this recording of "one moment".
    pub(in crate::assistant) fn new(one_moment: Option<(String, u64)>) -> Self {
        Self {
            one_moment,
            opened: None,
            due_since: None,
            waited: None,
            tone_until: None,
            tone_ms: 0,
            voice_was_used: false,
        }
    }

    /// Notes that the caller has spoken again.
    pub(in crate::assistant) fn new_turn(&mut self) {
        self.voice_was_used = false;
        self.opened = None;
    }

    /// Notes that the assistant is to make the first sound of a call, for which the caller has been waiting since then.
    pub(in crate::assistant) fn opens(&mut self, since: UnixMs, playout: &mut Playout) {
        self.opened = Some(since);
        playout.quiet_since = since;
        self.due_from(since);
    }

    /// Notes that the assistant takes over from another one in the middle of a call.
    pub(in crate::assistant) fn taken_over(&mut self, now: UnixMs, playout: &mut Playout) {
        playout.quiet_since = now - BEFORE_MS;
        self.due_from(now - BEFORE_MS);
    }

    /// Notes that the caller has been waiting since then, if no wait was known.
    pub(in crate::assistant) fn due_from(&mut self, since: UnixMs) {
        self.due_since.get_or_insert(since);
    }

    /// Returns when [`play`](Self::play) may have something to do, at the latest.
    pub(in crate::assistant) fn deadline(&self, scene: &Scene) -> Option<UnixMs> {
        match self.tone_until {
            Some(until) => Some(until - AHEAD_MS),
            None => self.waits_since(scene).map(|since| since + self.silence_ms(scene)),
        }
    }

    /// Returns the longest silence while the caller waits.
    fn silence_ms(&self, scene: &Scene) -> u64 {
        if self.is_opening(scene) { FIRST_SILENCE_MS } else { SILENCE_MS }
    }

    /// Returns whether the caller still waits for the first sound of the call: nothing was heard, and nobody has spoken.
    fn is_opening(&self, scene: &Scene) -> bool {
        let waits_from = |opened: UnixMs| self.due_since.is_some_and(|since| since <= opened);
        self.opened.is_some_and(|opened| scene.quiet_since <= opened && waits_from(opened))
    }

    /// Returns since when the caller waits for sound without hearing any.
    fn waits_since(&self, scene: &Scene) -> Option<UnixMs> {
        let is_quiet = !scene.caller_speaks && !scene.voice_is_open && !self.hears_music(scene);
        (scene.is_sound_due && is_quiet).then_some(scene.quiet_since.max(self.due_since?))
    }

    /// Returns whether the caller was asked for a moment, and hears the call's music until someone takes over.
    fn hears_music(&self, scene: &Scene) -> bool {
        // The voice has nothing more to say in this turn.
        scene.hears_music(self.voice_was_used || self.one_moment.is_none())
    }

    /// Notes whether the caller waits. Returns whether nothing is to be heard: then a tone that sounds is [ended](Self::cease).
    fn note(&mut self, scene: &Scene) -> bool {
        match self.due_since {
            Some(since) if !scene.is_sound_due => {
                self.waited = Some((since, scene.now));
                self.due_since = None;
            }
            None if scene.is_sound_due => {
                let continued = self.waited.filter(|(_, ended)| scene.now.ms_since(*ended) <= GAP_MS);
                // An assistant may be ready before there is anybody to wait for it: while their phone rings.
                if continued.is_none() && self.opened.is_some_and(|opened| scene.quiet_since <= opened) {
                    self.opened = Some(scene.now);
                }
                self.due_since = Some(continued.map_or(scene.now, |(since, _)| since));
            }
            _ => {}
        }
        !scene.is_sound_due || scene.caller_speaks || self.hears_music(scene)
    }

    /// Starts, continues or ends the sound while the caller waits.
    pub(in crate::assistant) fn play<M>(
        &mut self,
        scene: &Scene,
        playout: &mut Playout,
        acts: &mut Vec<Act<M>>,
    ) {
        if self.note(scene) {
            return self.cease(scene.now, playout, acts);
        }
        match self.step(scene) {
            Some(Step::Moment(words, ms)) => {
                acts.push(Act::Begin { item: playout.number(), line: Some(Line::OneMoment) });
                acts.push(Act::Play(Prompt::OneMoment));
                acts.push(Act::Complete(words));
                playout.plays(ms, scene.now);
            }
            Some(Step::Tone { begins, pieces }) => {
                if begins {
                    acts.push(Act::Begin { item: playout.number(), line: None });
                }
                acts.extend(pieces.into_iter().map(Act::Speak));
            }
            None => {}
        }
    }

    /// Returns the sound that is due now, if the caller waits.
    fn step(&mut self, scene: &Scene) -> Option<Step> {
        if self.deadline(scene).is_none_or(|deadline| deadline > scene.now) {
            return None;
        }
        match &self.one_moment {
            Some((words, ms))
                if self.tone_until.is_none()
                    && scene.is_ready
                    && !self.is_opening(scene)
                    && !self.voice_was_used =>
            {
                self.voice_was_used = true;
                Some(Step::Moment(words.clone(), *ms))
            }
            _ => Some(self.tone(scene)),
        }
    }

    fn tone(&mut self, scene: &Scene) -> Step {
        let tone = if scene.is_ready && !self.is_opening(scene) { &WAITING } else { &RINGING };
        let begins = self.tone_until.is_none();
        if begins {
            self.tone_ms = 0;
        }
        let mut until = self.tone_until.map_or(scene.now, |until| until.max(scene.now));
        let mut pieces = Vec::new();
        while until <= scene.now + AHEAD_MS {
            pieces.push(tone.piece(self.tone_ms, scene.rate));
            self.tone_ms += PIECE_MS;
            until = until + u64::from(PIECE_MS);
        }
        self.tone_until = Some(until);
        Step::Tone { begins, pieces }
    }

    /// Ends the tone, if one sounds: the next sound follows its current piece.
    pub(in crate::assistant) fn cease<M>(
        &mut self,
        now: UnixMs,
        playout: &mut Playout,
        acts: &mut Vec<Act<M>>,
    ) {
        if let Some(until) = self.tone_until.take() {
            acts.push(Act::Complete(String::new()));
            playout.quiet_since = until.max(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audio::level::rms_dbfs;

    use super::*;

    #[test]
    fn tones_are_soft_and_pause_shorter_than_a_dead_line() {
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
