//! Declaration, reading, checks and lists of settings, for any program.
//!
//! | file | subject |
//! | --- | --- |
//! | `section.rs` | the macros by which a section, several of them and a word are declared |
//! | `sources.rs` | the file, `.env` and the environment, brought to one form |
//! | `layers.rs` | the sources laid over one another: the values found, and the unknown ones |
//! | `listing.rs` | settings as a list: their names, documentation, present values |
//! | `servers.rs` | several servers of one kind, by names of one's own |
//! | `values.rs`, `host.rs`, `secret.rs`, `vocabulary.rs` | the types that settings have |
//! | `reach.rs` | settings that a switch gets: where it reaches us, and what it plays |
//! | `nearest.rs`, `problem.rs` | problems, described with the fix |
//!
//! `src/config` declares the sections of the program, and each kind of voice its own (`actors/src/assistant`), as
//! kinds of legs (`actors/src/legs/kind.rs`) and switches (`actors/src/switches/section.rs`) do.
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod host;
mod layers;
mod listing;
mod nearest;
mod problem;
mod reach;
mod secret;
mod section;
mod servers;
mod sources;
mod values;
mod vocabulary;

pub use host::HostName;
pub use layers::Layers;
pub use listing::{Listed, SettingValue, Sight};
pub use problem::{ConfigError, Problem};
pub use reach::{HostPort, StreamUrl, SwitchFolder, SwitchSound, is_playable};
pub use secret::Secret;
pub use servers::{ServerSettings, Servers};
pub use sources::{KnownVariables, Origin, Sources};
pub use values::{BaseUrl, Count, Networks, Pairs, RegionName, Seconds, loopback};
