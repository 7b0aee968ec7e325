//! The switches to which we connect, by our names for them.

use cordboard_actors::switches::NamedSwitch;
use cordboard_schema::switch::SwitchKind;
use cordboard_settings::Layers;

use super::Config;

impl Config {
    /// The names of switches. An account's name is known even if none is configured, because an organization may have its own account.
    pub(super) fn switch_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for section in self.switches.each() {
            names.extend(section.named().into_iter().map(|named| named.name));
        }
        for kind in SwitchKind::ALL {
            names.extend(kind.only_name());
        }
        names
    }

    /// Names of switches must be unique across all kinds.
    pub(super) fn name_contradictions(&self, layers: &mut Layers) {
        let mut known: Vec<NamedSwitch<'_>> = Vec::new();
        for named in self.switches.each().into_iter().flat_map(|section| section.named()) {
            match known.iter().find(|other| other.name == named.name) {
                Some(other) => layers.contradiction(
                    &named.setting,
                    format!("there is also {} with the name {}", other.what, named.name),
                    "give one of them another name".to_owned(),
                ),
                None => known.push(named),
            }
        }
    }
}
