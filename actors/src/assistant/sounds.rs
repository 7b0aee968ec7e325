//! The shipped sounds: prompts of the built-in receptionist, and lines of the demo's simulated caller.
//!
//! `static/sounds/make-sounds` generates the WAV files from two catalogues (`prompts.json`, `caller.json`) that contain every
//! text once. Both are embedded in the binary, so a running server can always speak.

mod recording;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::marker::PhantomData;

use cordboard_schema::audio::SampleRate;
use serde::Deserialize;

pub use recording::Recording;

/// The language of the prompts.
const LANGUAGE: &str = "en";

/// Returns whether the prompts are in the language of this tag, for example `en` or `en-GB`.
pub fn is_spoken_in(language: &str) -> bool {
    language.split(['-', '_']).next().is_some_and(|primary| primary.eq_ignore_ascii_case(LANGUAGE))
}

/// A sound that is embedded in the binary, named by an enum: each variant is one WAV file.
pub trait ShippedSound: Copy + Send + Sync + 'static {
    /// All sounds of this kind, in the order of [`ShippedSound::index`].
    const ALL: &'static [Self];
    /// The catalogue (JSON) with the texts.
    const CATALOGUE: &'static str;

    /// Returns the sound's name in the catalogue; its file is `NAME.wav`.
    fn name(self) -> &'static str;
    /// Returns the WAV file: mono, 16 bit, 16 kHz.
    fn wav(self) -> &'static [u8];
    /// Returns its index in [`ShippedSound::ALL`].
    fn index(self) -> usize;
}

/// Declares the enum of one folder of `static/sounds` and embeds its files.
macro_rules! shipped_sounds {
    ($(#[$doc:meta])* $kind:ident in $folder:literal { $($(#[$line_doc:meta])* $line:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $kind {
            $($(#[$line_doc])* $line,)*
        }

        impl ShippedSound for $kind {
            const ALL: &'static [Self] = &[$(Self::$line,)*];
            const CATALOGUE: &'static str =
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../static/sounds/", $folder, ".json"));

            fn name(self) -> &'static str {
                match self {
                    $(Self::$line => $name,)*
                }
            }

            fn wav(self) -> &'static [u8] {
                match self {
                    $(Self::$line => include_bytes!(concat!(
                        env!("CARGO_MANIFEST_DIR"), "/../static/sounds/", $folder, "/", $name, ".wav"
                    )),)*
                }
            }

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

shipped_sounds! {
    /// Prompts of the built-in receptionist.
    Prompt in "prompts" {
        /// Welcome, and the action of each key.
        Greeting = "greeting",
        /// Answer to speech, which the built-in assistant can't understand: says so and offers keys 1 and 0.
        Reply1 = "reply_1",
        /// Second answer to speech: offers key 1.
        Reply2 = "reply_2",
        /// Third answer to speech: offers key #.
        Reply3 = "reply_3",
        /// Fourth answer to speech: offers key 0.
        Reply4 = "reply_4",
        /// Asks for the message; [`Prompt::Tone`] follows.
        MessageIntro = "message_intro",
        /// The message was kept.
        MessageSaved = "message_saved",
        /// The message had no speech in it.
        MessageEmpty = "message_empty",
        /// The message could not be kept.
        MessageFailed = "message_failed",
        /// Asks a silent caller whether they are still there.
        StillThere = "still_there",
        /// The usual goodbye.
        Goodbye = "goodbye",
        /// Goodbye to a caller who stays silent.
        GoodbyeSilence = "goodbye_silence",
        /// Goodbye because the server is going down.
        GoodbyeShutdown = "goodbye_shutdown",
        /// Goodbye because the call has reached the longest duration of a call.
        GoodbyeMaxDuration = "goodbye_max_duration",
        /// Goodbye to a party that is on the do-not-call list now.
        NotCalledAgain = "not_called_again",
        /// Said before the leg ends so that the switch can connect a person.
        Transferring = "transferring",
        /// The requested person can't be reached.
        TransferRefused = "transfer_refused",
        /// Something failed for good; a person follows.
        Apology = "apology",
        /// The caller's leg was lost and has come back.
        WelcomeBack = "welcome_back",
        /// The key that was pressed has no meaning.
        UnknownKey = "unknown_key",
        /// Asks for a moment's patience.
        OneMoment = "one_moment",
        /// The assistant that understands words can't be reached: offers a person with key 0, a message with key 1.
        AssistantAway = "assistant_away",
        /// The caller is next in their queue.
        NextInQueue = "next_in_queue",
        /// One caller is ahead of them in their queue.
        OneBefore = "one_before",
        /// Two callers are ahead of them.
        TwoBefore = "two_before",
        /// Three callers are ahead of them.
        ThreeBefore = "three_before",
        /// Four callers are ahead of them.
        FourBefore = "four_before",
        /// More than four callers are ahead of them.
        ManyBefore = "many_before",
        /// They will wait for a minute at most.
        WaitMinute = "wait_minute",
        /// They will wait for two minutes at most.
        WaitTwoMinutes = "wait_two_minutes",
        /// They will wait for five minutes at most.
        WaitFiveMinutes = "wait_five_minutes",
        /// They will wait for ten minutes at most.
        WaitTenMinutes = "wait_ten_minutes",
        /// They will wait for longer than ten minutes.
        WaitLonger = "wait_longer",
        /// A member of the organization may hear the call.
        Overheard = "overheard",
        /// The tone after which a message is recorded: 1 kHz, 350 ms.
        Tone = "tone",
    }
}

impl Prompt {
    /// The answers to speech, in the order in which a caller hears them; after the last one the first follows again.
    pub const REPLIES: [Self; 4] = [Self::Reply1, Self::Reply2, Self::Reply3, Self::Reply4];
}

shipped_sounds! {
    /// Lines of the demo's simulated caller, in another voice.
    CallerLine in "caller" {
        /// Opens the call with a question.
        HelloQuestion = "hello_question",
        /// Interrupts the assistant's words: a barge-in.
        Interruption = "interruption",
        /// The message that the caller leaves.
        MessageText = "message_text",
        /// Ends the call.
        ThanksBye = "thanks_bye",
    }
}

/// The embedded sounds don't fit the program: a broken build, detected at the start and never on a call.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// The catalogue is not valid.
    #[error("the catalogue of the shipped sounds can't be read; build again from a clean checkout")]
    Catalogue(#[source] serde_json::Error),
    /// The catalogue has no text for a sound.
    #[error("the catalogue of the shipped sounds has no text for {0}; add it and run make-sounds")]
    NoText(&'static str),
    /// A WAV file can't be decoded.
    #[error("the shipped sound {name} can't be decoded; run make-sounds")]
    Wav {
        /// The sound's name.
        name: &'static str,
        /// The decoder's error.
        source: hound::Error,
    },
    /// A WAV file is not mono, 16 bit, 16 kHz.
    #[error("the shipped sound {0} is not mono with 16 bit at 16 kHz; run make-sounds")]
    Format(&'static str),
}

/// All sounds of one kind, decoded: `SoundSet<Prompt>` for the assistant, `SoundSet<CallerLine>` for the demo. Created once at
/// the start and shared by all calls.
#[derive(Debug)]
pub struct SoundSet<S> {
    /// In the order of `S::ALL`.
    recordings: Vec<Recording>,
    kind: PhantomData<S>,
}

impl<S: ShippedSound> SoundSet<S> {
    /// Decodes the embedded sounds, which takes some milliseconds.
    ///
    /// # Errors
    /// When the build is broken: see [`SoundError`].
    pub fn embedded() -> Result<Self, SoundError> {
        let texts = catalogue_texts(S::CATALOGUE)?;
        let recordings = S::ALL
            .iter()
            .map(|sound| {
                let name = sound.name();
                let text = texts.get(name).ok_or(SoundError::NoText(name))?;
                Recording::decode(name, text, sound.wav())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { recordings, kind: PhantomData })
    }

    /// Returns one sound with its text.
    pub fn get(&self, sound: S) -> &Recording {
        &self.recordings[sound.index()]
    }

    /// Converts every sound to a rate now, so that no call waits for it: the longest takes some milliseconds, and a call's thread
    /// has audio to send.
    pub fn prepare(&self, rate: SampleRate) {
        for recording in &self.recordings {
            recording.pcm(rate);
        }
    }
}

/// The part of a catalogue that the server reads; the rest only concerns `make-sounds`.
#[derive(Deserialize)]
struct Catalogue {
    /// Spoken lines: name and text.
    lines: HashMap<String, String>,
    /// Generated tones by name.
    tones: HashMap<String, Tone>,
}

#[derive(Deserialize)]
struct Tone {
    text: String,
}

/// Returns name and text of everything in a catalogue.
fn catalogue_texts(json: &str) -> Result<HashMap<String, String>, SoundError> {
    let Catalogue { lines, tones } = serde_json::from_str(json).map_err(SoundError::Catalogue)?;
    Ok(lines.into_iter().chain(tones.into_iter().map(|(name, tone)| (name, tone.text))).collect())
}
