//! Settings that a test makes before the switch starts.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::dialplan::Action;
use super::extension::Extension;
use crate::audio::Sound;
use crate::loopback::own_address;

/// How often FreeSWITCH checks a call, and how often it sends events.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// Whether the switch takes as long as the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// Events are sent in ticks of 20 ms, a BYE becomes an event 20 ms later, and so on: as measured on a real FreeSWITCH.
    #[default]
    Real,
    /// The switch's own delays are left out. Sound keeps its time.
    Fast,
}

/// The settings of a switch. [`Settings::default`] has free ports, with extensions 1001 to 1003 registered and 1004 not.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address to which ESL clients connect; port 0 by default.
    pub esl: SocketAddr,
    /// The ESL password.
    pub password: String,
    /// The address in `user/1002@DOMAIN`.
    pub domain: String,
    /// Whether the switch takes as long as the real one.
    pub pace: Pace,
    /// How often HEARTBEAT is sent; 20 s by default, as in the captures.
    pub heartbeat: Duration,
    /// The actions of numbers that are dialled by [`super::Script`]s without actions of their own, and by transfers.
    pub dialplan: BTreeMap<String, Vec<Action>>,
    /// Extensions that can be called.
    pub extensions: Vec<Extension>,
    /// The gateways (`sofia/gateway/NAME/NUMBER`); a call over one reaches the extension with its number.
    pub gateways: Vec<String>,
    /// Sounds that `playback` finds by name, as if they were files of the switch.
    pub prompts: BTreeMap<String, Sound>,
    /// The folder for the files that the audio stream plays; the system's folder for temporary files by default.
    pub temporary: PathBuf,
    /// The largest file that `playback` reads, in bytes.
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
    /// Adds a gateway.
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

    /// Adds an extension, or replaces the one with the same number.
    #[must_use]
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.extensions.retain(|known| known.number != extension.number);
        self.extensions.push(extension);
        self
    }
}
