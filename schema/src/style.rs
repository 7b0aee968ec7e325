//! Style of an assistant: sliders from 0 to 100, and the one table that defines the meaning of each, in words to the model and in
//! settings of the provider.
//!
//! At 50 a slider has no effect: the profile's own words and settings decide.

use serde::{Deserialize, Serialize};

use crate::limits::{RESPONSE_DELAY_MS_MAX, SILENCE_REMINDER_S_MAX, SILENCE_REMINDER_S_MIN};
use crate::profile::{Eagerness, SpeechSettings, TurnDetection};

/// Shortest silence in ms that ends a caller's turn.
const TURN_SILENCE_MS_MIN: u32 = 100;

/// Style of an assistant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Style {
    /// Formality: from a friend's words (0) to a lawyer's (100).
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100, default = 50))]
    pub formality: u8,
    /// Warmth: from factual (0) to cordial (100).
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100, default = 50))]
    pub warmth: u8,
    /// Pace: from slow (0) to quick (100).
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100, default = 50))]
    pub pace: u8,
    /// Verbosity: from a few words (0) to many (100).
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100, default = 50))]
    pub verbosity: u8,
    /// Assertiveness: from waiting (0) to leading (100).
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100, default = 50))]
    pub assertiveness: u8,
    /// How easily callers can interrupt: from hard (0) to easy (100).
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100, default = 50))]
    pub interruptibility: u8,
    /// Silence after the caller's words before the assistant answers, in ms; if null, the turn detection decides.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 5000))]
    pub response_delay_ms: Option<u32>,
    /// Silence after which the assistant asks whether the caller is still there, in s; if null, the server's setting applies.
    #[cfg_attr(feature = "openapi", schema(minimum = 3, maximum = 120))]
    pub silence_reminder_s: Option<u32>,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            formality: 50,
            warmth: 50,
            pace: 50,
            verbosity: 50,
            assertiveness: 50,
            interruptibility: 50,
            response_delay_ms: None,
            silence_reminder_s: None,
        }
    }
}

/// One of the sliders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slider {
    /// [`Style::formality`].
    Formality,
    /// [`Style::warmth`].
    Warmth,
    /// [`Style::pace`].
    Pace,
    /// [`Style::verbosity`].
    Verbosity,
    /// [`Style::assertiveness`].
    Assertiveness,
    /// [`Style::interruptibility`].
    Interruptibility,
}

/// Provider setting for a slider's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// None.
    Nothing,
    /// Speed of speech, in percent.
    Speed(u16),
    /// Level above which the caller is heard, in percent. The higher it is, the harder the assistant is to interrupt.
    Threshold(u8),
}

/// Meaning of a slider's range.
#[derive(Clone, Copy, Debug)]
pub struct Band {
    /// The slider.
    pub slider: Slider,
    /// The lowest value.
    pub from: u8,
    /// The highest value.
    pub to: u8,
    /// Instruction to the model.
    pub instruction: &'static str,
    /// Setting of the provider.
    pub setting: Setting,
}

const fn band(slider: Slider, from: u8, to: u8, instruction: &'static str, setting: Setting) -> Band {
    Band { slider, from, to, instruction, setting }
}

/// Meaning of all sliders. Between 40 and 60 a slider has no effect.
pub const BANDS: &[Band] = {
    use Setting::{Nothing, Speed, Threshold};
    use Slider::{Assertiveness, Formality, Interruptibility, Pace, Verbosity, Warmth};
    &[
        band(
            Formality,
            0,
            19,
            "Speak as casually as a friend would; use first names and familiar forms.",
            Nothing,
        ),
        band(Formality, 20, 39, "Speak casually and simply.", Nothing),
        band(Formality, 61, 80, "Speak politely and use the polite forms of address.", Nothing),
        band(
            Formality,
            81,
            100,
            "Speak very formally: title and surname, polite forms only, no contractions, no slang.",
            Nothing,
        ),
        band(Warmth, 0, 19, "Be matter of fact: no small talk, no feelings.", Nothing),
        band(Warmth, 20, 39, "Be friendly, and stay with the matter.", Nothing),
        band(Warmth, 61, 80, "Be warm: thank the caller, and show that you understand.", Nothing),
        band(Warmth, 81, 100, "Be very warm and cordial: show that you care before you answer.", Nothing),
        band(Pace, 0, 19, "Speak slowly, with pauses between sentences.", Speed(80)),
        band(Pace, 20, 39, "Speak a little slower than usual.", Speed(90)),
        band(Pace, 61, 80, "Speak a little faster than usual.", Speed(110)),
        band(Pace, 81, 100, "Speak quickly.", Speed(120)),
        band(Verbosity, 0, 19, "Answer in as few words as possible, one short sentence at most.", Nothing),
        band(Verbosity, 20, 39, "Answer in one sentence.", Nothing),
        band(Verbosity, 61, 80, "Answer fully, in two or three sentences.", Nothing),
        band(
            Verbosity,
            81,
            100,
            "Explain in detail, in up to five sentences, and ask whether it was clear.",
            Nothing,
        ),
        band(Assertiveness, 0, 19, "Let the caller lead; offer nothing that they did not ask for.", Nothing),
        band(Assertiveness, 20, 39, "Suggest the next step only where the caller seems lost.", Nothing),
        band(
            Assertiveness,
            61,
            80,
            "Lead the conversation: after each answer propose the next step.",
            Nothing,
        ),
        band(
            Assertiveness,
            81,
            100,
            "Lead the conversation firmly: always ask for the next step, and once more after a first no.",
            Nothing,
        ),
        band(
            Interruptibility,
            0,
            19,
            "Finish your sentence even where the caller begins to speak.",
            Threshold(80),
        ),
        band(Interruptibility, 20, 39, "Finish your words before you listen.", Threshold(65)),
        band(Interruptibility, 61, 80, "Stop when the caller begins to speak.", Threshold(40)),
        band(
            Interruptibility,
            81,
            100,
            "Stop at the first sound of the caller, and answer what they say.",
            Threshold(30),
        ),
    ]
};

impl Style {
    /// Returns the value of that slider.
    pub fn value(&self, slider: Slider) -> u8 {
        match slider {
            Slider::Formality => self.formality,
            Slider::Warmth => self.warmth,
            Slider::Pace => self.pace,
            Slider::Verbosity => self.verbosity,
            Slider::Assertiveness => self.assertiveness,
            Slider::Interruptibility => self.interruptibility,
        }
    }

    /// Returns the ranges that the sliders are in.
    pub fn bands(&self) -> impl Iterator<Item = &'static Band> + '_ {
        BANDS.iter().filter(|band| (band.from..=band.to).contains(&self.value(band.slider)))
    }

    /// Whether all values are valid.
    pub fn is_sound(&self) -> bool {
        let Self { formality, warmth, pace, verbosity, assertiveness, interruptibility, .. } = *self;
        let sliders = [formality, warmth, pace, verbosity, assertiveness, interruptibility];
        let reminds = SILENCE_REMINDER_S_MIN..=SILENCE_REMINDER_S_MAX;
        sliders.iter().all(|value| *value <= 100)
            && self.response_delay_ms.is_none_or(|delay| delay <= RESPONSE_DELAY_MS_MAX)
            && self.silence_reminder_s.is_none_or(|after| reminds.contains(&after))
    }

    /// Returns the silence that ends the caller's turn, in ms, if the delay of answers is set. It is never zero.
    pub fn turn_silence_ms(&self) -> Option<u32> {
        self.response_delay_ms.map(|delay_ms| delay_ms.clamp(TURN_SILENCE_MS_MIN, RESPONSE_DELAY_MS_MAX))
    }

    /// Returns the profile's own settings, with those that the sliders replace.
    pub fn applied(&self, own: &SpeechSettings) -> SpeechSettings {
        let mut speech = own.clone();
        for band in self.bands() {
            match (band.setting, &mut speech.turn_detection) {
                (Setting::Speed(percent), _) => speech.speed_percent = percent,
                (Setting::Threshold(percent), TurnDetection::ServerVad { threshold_percent, .. }) => {
                    *threshold_percent = percent;
                }
                (Setting::Threshold(_) | Setting::Nothing, _) => {}
            }
        }
        match (self.turn_silence_ms(), &mut speech.turn_detection) {
            (Some(silence_ms), TurnDetection::ServerVad { silence_duration_ms, .. }) => {
                *silence_duration_ms = silence_ms;
            }
            (Some(silence_ms), TurnDetection::SemanticVad { eagerness }) => {
                *eagerness = match silence_ms {
                    0..400 => Eagerness::High,
                    400..1_200 => Eagerness::Medium,
                    _ => Eagerness::Low,
                };
            }
            (None, _) => {}
        }
        speech
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slider_value_has_one_meaning_except_the_middle() {
        let sliders = [
            Slider::Formality,
            Slider::Warmth,
            Slider::Pace,
            Slider::Verbosity,
            Slider::Assertiveness,
            Slider::Interruptibility,
        ];
        for slider in sliders {
            for value in 0..=100 {
                let meanings = BANDS
                    .iter()
                    .filter(|band| band.slider == slider && (band.from..=band.to).contains(&value))
                    .count();
                assert_eq!(meanings, usize::from(!(40..=60).contains(&value)), "{slider:?} {value}");
            }
        }
        let own = SpeechSettings { speed_percent: 97, ..SpeechSettings::default() };
        assert_eq!(Style::default().applied(&own), own);
        assert_eq!(Style::default().bands().count(), 0);
    }

    #[test]
    fn sliders_reach_the_provider() {
        let style = Style { pace: 0, interruptibility: 10, response_delay_ms: Some(900), ..Style::default() };
        let speech = style.applied(&SpeechSettings::default());
        assert_eq!(speech.speed_percent, 80);
        let by_silence = TurnDetection::ServerVad {
            threshold_percent: 80,
            prefix_padding_ms: 300,
            silence_duration_ms: 900,
        };
        assert_eq!(speech.turn_detection, by_silence);

        let by_sense = TurnDetection::SemanticVad { eagerness: Eagerness::Auto };
        let own = SpeechSettings { turn_detection: by_sense, ..SpeechSettings::default() };
        let speech = Style { pace: 100, ..style }.applied(&own);
        assert_eq!(speech.speed_percent, 120);
        assert_eq!(speech.turn_detection, TurnDetection::SemanticVad { eagerness: Eagerness::Medium });
        let at_once = Style { response_delay_ms: Some(0), ..style }.applied(&SpeechSettings::default());
        assert!(matches!(at_once.turn_detection, TurnDetection::ServerVad { silence_duration_ms: 100, .. }));
        let silence_ms = |response_delay_ms| Style { response_delay_ms, ..style }.turn_silence_ms();
        assert_eq!([Some(0), Some(900), None].map(silence_ms), [Some(100), Some(900), None]);
    }

    #[test]
    fn invalid_values_are_found() {
        assert!(Style::default().is_sound());
        for odd in [
            Style { warmth: 101, ..Style::default() },
            Style { response_delay_ms: Some(5_001), ..Style::default() },
            Style { silence_reminder_s: Some(2), ..Style::default() },
            Style { silence_reminder_s: Some(121), ..Style::default() },
        ] {
            assert!(!odd.is_sound(), "{odd:?}");
        }
        assert!(serde_json::from_str::<Style>(r#"{"charm":100}"#).is_err());
    }
}
