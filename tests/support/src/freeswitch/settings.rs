//! Settings that a test makes before the switch starts.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::dialplan::Action;
use super::extension::Extension;
use crate::audio::Sound;
use crate::loopback::own_address;

/// How often FreeSWITCH looks at a call, and how often it sends events.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// Whether the switch takes the time that the real one takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// Events leave in ticks of 20 ms, a BYE is an event 20 ms later, and so on: as measured on a real FreeSWITCH.
    #[default]
    Real,
    /// Every delay of the switch itself is left out. Sound keeps its time.
    Fast,
}

/// A switch before it starts. [`Settings::default`] is one on free ports with extensions 1001 to 1003 registered and
/// 1004 not.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address to which ESL clients connect; port 0 by default.
    pub esl: SocketAddr,
    /// The ESL password.
    pub password: String,
    /// The address in `user/1002@DOMAIN`.
    pub domain: String,
    /// Whether the switch takes its time.
    pub pace: Pace,
    /// How often HEARTBEAT is sent; 20 s by default, as in the captures.
    pub heartbeat: Duration,
    /// Actions of numbers: dialled by [`super::Script`]s without actions of their own, and by transfers.
    pub dialplan: BTreeMap<String, Vec<Action>>,
    /// Extensions that can be called.
    pub extensions: Vec<Extension>,
    /// The gateways (`sofia/gateway/NAME/NUMBER`); what is called over one are the extensions of these numbers.
    pub gateways: Vec<String>,
    /// Sounds that `playback` finds under a name, as if they were files of the switch.
    pub prompts: BTreeMap<String, Sound>,
    /// Folder for the audio stream's files to play; the system's folder for temporary files by default.
    pub temporary: PathBuf,
    /// How many bytes a file may have that `playback` reads.
    pub sound_bytes_max: u64,
    /// How long an inbound client may take to authenticate.
    pub auth_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            esl: SocketAddr::new(IpAddr::V4(own_address()), 0),
            password: "ClueCon".to_owned(),
            domain: "127.0.0.1".to_owned(),
            pace: Pace::Real,
            heartbeat: Duration::from_secs(20),
            dialplan: BTreeMap::new(),
            extensions: vec![
                Extension::new("1001"),
                Extension::new("1002"),
                Extension::new("1003"),
                Extension::new("1004").unregistered(),
            ],
            gateways: Vec::new(),
            prompts: BTreeMap::new(),
            temporary: std::env::temp_dir(),
            sound_bytes_max: 64 * 1024 * 1024,
            auth_limit: Duration::from_secs(24),
        }
    }
}

impl Settings {
    /// One more gateway.
    #[must_use]
    pub fn with_gateway(mut self, name: &str) -> Self {
        self.gateways.push(name.to_owned());
        self
    }

    /// Settings without the switch's own delays.
    #[must_use]
    pub fn fast() -> Self {
        Self { pace: Pace::Fast, ..Self::default() }
    }

    /// Adds what a number runs.
    #[must_use]
    pub fn with_number(mut self, number: &str, actions: impl IntoIterator<Item = Action>) -> Self {
        self.dialplan.insert(number.to_owned(), actions.into_iter().collect());
        self
    }

    /// Adds a sound that `playback` finds under this name.
    #[must_use]
    pub fn with_prompt(mut self, name: &str, sound: Sound) -> Self {
        self.prompts.insert(name.to_owned(), sound);
        self
    }

    /// Adds an extension, or replaces the one of the same number.
    #[must_use]
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.extensions.retain(|known| known.number != extension.number);
        self.extensions.push(extension);
        self
    }
}
