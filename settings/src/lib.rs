//! How a setting is declared, read, checked and listed, whoever has it.
//!
//! | file | subject |
//! | --- | --- |
//! | `section.rs` | the macros by which a section and a word are declared |
//! | `sources.rs` | the file, `.env` and the environment, brought to one form |
//! | `layers.rs` | the sources laid over one another: what was found, and what nobody asked for |
//! | `listing.rs` | settings as a list: their names, documentation, present values |
//! | `values.rs`, `secret.rs`, `vocabulary.rs` | the types that settings have |
//! | `nearest.rs`, `problem.rs` | what is wrong, told with the fix |
//!
//! Which sections there are says the house (`src/config`), and each kind of voice of itself (`actors/src/assistant`).
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod layers;
mod listing;
mod nearest;
mod problem;
mod secret;
mod section;
mod sources;
mod values;
mod vocabulary;

pub use layers::Layers;
pub use listing::{Listed, SettingValue, Sight};
pub use problem::{ConfigError, Problem};
pub use secret::Secret;
pub use sources::{KnownVariables, Origin, Sources};
pub use values::{BaseUrl, Count, Networks, Pairs, RegionName, Seconds};
