//! Switches that we connect to, by the names that we have for them.

use std::collections::BTreeMap;

use cordboard_schema::extension::is_extension_name;
use cordboard_schema::switch::SwitchKind;
use cordboard_settings::Layers;

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

/// All of a kind, each with what is set of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Servers<S>(BTreeMap<String, S>);

impl<S> Servers<S> {
    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &S)> {
        self.0.iter().map(|(name, server)| (name.as_str(), server))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of which one of the `fields` is set below `prefix`. What is no field of one stays among the unknown settings;
    /// that a field of `needed` is missing of `what`, as "a switch", contradicts the rest.
    ///
    /// `take` takes one from the layers, where its fields are by the names that the function gives.
    pub(super) fn read_below(
        prefix: &str,
        (fields, needed): (&[&str], &[&str]),
        what: &str,
        layers: &mut Layers,
        take: impl Fn(&mut Layers, &dyn Fn(&str) -> String) -> Option<S>,
    ) -> Self {
        let mut names: Vec<String> = layers
            .names_below(prefix)
            .iter()
            .filter_map(|written| written.rsplit_once('.'))
            .filter(|(name, field)| is_extension_name(name) && fields.contains(field))
            .map(|(name, _)| name.to_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut servers = BTreeMap::new();
        for name in names {
            let of = |field: &str| format!("{prefix}{name}.{field}");
            let missing: Vec<String> =
                needed.iter().map(|field| of(field)).filter(|setting| !layers.has(setting)).collect();
            for setting in &missing {
                layers.contradiction(
                    setting,
                    format!("{what} can't be reached without it"),
                    format!("set {setting}, or remove the other settings of {name}"),
                );
            }
            if let Some(server) = take(layers, &of) {
                servers.insert(name, server);
            }
        }
        Self(servers)
    }
}

impl<S> Default for Servers<S> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<S> FromIterator<(String, S)> for Servers<S> {
    fn from_iter<I: IntoIterator<Item = (String, S)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
