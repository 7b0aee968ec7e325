//! Switches that we connect to, by the names that we have for them.

use cordboard_schema::switch::SwitchKind;

use super::Config;

impl Config {
    /// The names that switches have, in the order of their kinds. Of an account the name is known although none is configured: an
    /// organization may have one of its own. Each kind has a line below.
    pub(super) fn switch_names(&self) -> Vec<&str> {
        let names = |kind: SwitchKind| -> Vec<&str> {
            match kind {
                SwitchKind::Freeswitch => self.freeswitch.servers.names().collect(),
                SwitchKind::Asterisk => self.asterisk.servers.names().collect(),
                SwitchKind::Twilio => kind.only_name().into_iter().collect(),
            }
        };
        SwitchKind::ALL.into_iter().flat_map(names).collect()
    }
}
