//! A configuration together with where it came from.

use super::{Config, Listed};

impl From<Config> for Loaded {
    /// A configuration that came from nowhere, as a test's.
    fn from(config: Config) -> Self {
        let settings = config.list();
        Self { config, settings }
    }
}

impl Default for Loaded {
    fn default() -> Self {
        Config::default().into()
    }
}

/// A configuration and where each of its settings came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// The same as a list, in the order of the documentation, with origins.
    pub settings: Vec<Listed>,
}
