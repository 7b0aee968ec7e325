//! Switches that we connect to, by the names that we have for them.

use cordboard_actors::switches::NamedSwitch;
use cordboard_schema::switch::SwitchKind;
use cordboard_settings::Layers;

use super::Config;

impl Config {
    /// The names that switches have. Of an account the name is known although none is configured: an organization may have one of its
    /// own.
    pub(super) fn switch_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.freeswitch.servers.names().collect();
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
        let mut known: Vec<(&str, &str)> =
            self.freeswitch.servers.names().map(|name| (name, "a FreeSWITCH")).collect();
        for section in self.switches.each() {
            for NamedSwitch { name, setting } in section.named() {
                match known.iter().find(|(other, _)| *other == name) {
                    Some((_, what)) => layers.contradiction(
                        &setting,
                        format!("there is {what} of the name {name} as well"),
                        "give one of them another name".to_owned(),
                    ),
                    None => known.push((name, "another switch")),
                }
            }
        }
    }
}
