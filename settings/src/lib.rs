//! Declaration, reading, checks and lists of settings, for any program.
//!
//! | file | subject |
//! | --- | --- |
//! | `section.rs` | the macros that declare a section, several of them, and a choice of words |
//! | `sources.rs` | the file, `.env` and the environment, converted to one form |
//! | `layers.rs` | the merged sources: the values found, and the unknown ones |
//! | `listing.rs` | settings as a list: their names, documentation, current values |
//! | `servers.rs` | several servers of one kind, by names that the user chooses |
//! | `values.rs`, `host.rs`, `secret.rs`, `vocabulary.rs` | the types that settings have |
//! | `reach.rs` | settings for switches: where a switch reaches us, and what it plays |
//! | `nearest.rs`, `problem.rs` | problems, described with their fix |
//!
//! `src/config` declares the sections of the program. Each kind of voice declares its own (`actors/src/assistant`), and so does each kind of leg
//! (`actors/src/legs/kind.rs`) and switch (`actors/src/switches/section.rs`).
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

pub use host::{Host, HostName};
pub use layers::Layers;
pub use listing::{Listed, SettingValue, Sight};
pub use problem::{ConfigError, Problem};
pub use reach::{HostPort, StreamUrl, SwitchFolder, SwitchSound, is_playable};
pub use secret::Secret;
pub use servers::{ServerSettings, Servers};
pub use sources::{FILE_VARIABLE, KnownVariables, Origin, Sources};
pub use values::{BaseUrl, Count, Networks, Pairs, RegionName, Seconds, loopback};
