//! Switches that we connect to, by the names that we have for them.

use cordboard_actors::switches::NamedSwitch;
use cordboard_schema::switch::SwitchKind;
use cordboard_settings::Layers;

use super::Config;

impl Config {
    /// The names that switches have. Of an account the name is known although none is configured: an organization may have one of its
    /// own.
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

    /// A switch's name says which one is meant, whatever its kind.
    pub(super) fn name_contradictions(&self, layers: &mut Layers) {
        let mut known: Vec<NamedSwitch<'_>> = Vec::new();
        for named in self.switches.each().into_iter().flat_map(|section| section.named()) {
            match known.iter().find(|other| other.name == named.name) {
                Some(other) => layers.contradiction(
                    &named.setting,
                    format!("there is {} of the name {} as well", other.what, named.name),
                    "give one of them another name".to_owned(),
                ),
                None => known.push(named),
            }
        }
    }
}
