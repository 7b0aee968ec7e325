//! A configuration, and where it came from.

use super::{Config, Listed};

impl From<Config> for Loaded {
    /// Makes a configuration without sources, for tests.
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

/// A configuration, and the origin of each setting.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// The settings as a list with their origins, in the order of the documentation.
    pub settings: Vec<Listed>,
}
