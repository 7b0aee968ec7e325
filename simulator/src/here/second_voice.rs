//! The stand-in of a chain's second voice, for each provider. Nothing goes wrong with it except what its script says.

use std::io;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::cascade::{self, CascadeStandIn};
use cordboard_test_support::deepgram::{self, DeepgramStandIn};
use cordboard_test_support::elevenlabs::{Agent, ElevenLabsStandIn};
use cordboard_test_support::gemini::{self, Connection, GeminiStandIn};
use cordboard_test_support::openai::Script;

use crate::plan::{SecondVoice, VOICE_AGENT, VOICE_KEY};

/// Rate given for sound that the stand-in did not keep, in Hz.
const RATE: u32 = 8_000;

/// The stand-in of a second voice.
pub(super) enum SecondStandIn {
    Gemini(GeminiStandIn),
    Deepgram(DeepgramStandIn),
    Elevenlabs(ElevenLabsStandIn),
    Cascade(CascadeStandIn),
}

impl SecondStandIn {
    /// Starts a stand-in that follows a script.
    pub(super) fn open(voice: SecondVoice, script: Script) -> io::Result<Self> {
        Ok(match voice {
            SecondVoice::Gemini => {
                Self::Gemini(GeminiStandIn::start_here(gemini::Manners::new(VOICE_KEY), script)?)
            }
            SecondVoice::Deepgram => {
                Self::Deepgram(DeepgramStandIn::start_here(deepgram::Manners::new(VOICE_KEY), script)?)
            }
            SecondVoice::Elevenlabs => {
                // It speaks unprompted at the beginning of each conversation: the script's first request.
                let agent = Agent::new(VOICE_AGENT, Some(VOICE_KEY));
                Self::Elevenlabs(ElevenLabsStandIn::start_here(agent, script)?)
            }
            SecondVoice::Cascade => {
                Self::Cascade(CascadeStandIn::start_here(cascade::Manners::new([VOICE_KEY; 3]), script)?)
            }
        })
    }

    /// Returns its address for the server's configuration.
    pub(super) fn base_url(&self) -> String {
        match self {
            Self::Gemini(voice) => voice.base_url(),
            Self::Deepgram(voice) => voice.base_url(),
            Self::Elevenlabs(voice) => voice.base_url(),
            Self::Cascade(voice) => voice.base_url(),
        }
    }

    /// Returns its connections at the end of a life. A promise checks their violations.
    pub(super) fn ended(self) -> Vec<Connection> {
        match self {
            Self::Gemini(voice) => {
                let all = connections(voice.connection_count(), |number| voice.connection(number));
                drop(voice.into_violations());
                all
            }
            Self::Deepgram(voice) => {
                let all = connections(voice.connection_count(), |number| voice.connection(number));
                drop(voice.into_violations());
                all
            }
            Self::Elevenlabs(voice) => {
                let all = connections(voice.connection_count(), |number| voice.connection(number));
                drop(voice.into_violations());
                all
            }
            Self::Cascade(voice) => {
                let mut all =
                    connections(voice.connection_count(), |number| voice.connection(number).map(of_cascade));
                // Requests to the model and the speech service can't be matched to connections.
                let violations = voice.into_violations();
                if let Some(first) = all.first_mut() {
                    first.violations = violations;
                }
                all
            }
        }
    }
}

fn connections(count: usize, connection: impl Fn(usize) -> Option<Connection>) -> Vec<Connection> {
    (0..count).filter_map(connection).collect()
}

/// Converts a connection to a cascade's recognizer, which keeps no sound.
fn of_cascade(connection: cascade::Connection) -> Connection {
    Connection {
        entries: Vec::new(),
        frames: connection.audio,
        heard: Sound { rate: RATE, samples: Vec::new() },
        remembers: connection.remembers,
        violations: Vec::new(),
        unanswered: Vec::new(),
        ended: connection.ended,
    }
}
