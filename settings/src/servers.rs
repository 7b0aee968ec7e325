//! Several servers of one kind, each with a chosen name, such as `asterisk.servers.pbx1.host`.

use std::collections::BTreeMap;

use cordboard_schema::extension::is_extension_name;

use crate::layers::Layers;
use crate::listing::Listed;

/// Settings of one of several servers.
pub trait ServerSettings: Sized {
    /// Prefix of their names, before the server's.
    const PREFIX: &'static str;
    /// Its fields.
    const FIELDS: &'static [&'static str];
    /// Fields that must be set if another one is.
    const NEEDED: &'static [&'static str];
    /// A server of the kind, such as `an Asterisk`.
    const WHAT: &'static str;

    /// Takes one from the layers. `of` returns the full names of its fields. None if a needed field is missing.
    fn take(layers: &mut Layers, of: &dyn Fn(&str) -> String) -> Option<Self>;

    /// Lists its settings by the names that `of` returns. Without a server, lists the form in which one is written.
    fn listed(server: Option<&Self>, of: &dyn Fn(&str) -> String) -> Vec<Listed>;

    /// Parts of its settings that no text may show.
    fn secrets(&self) -> Vec<String>;
}

/// All servers of a kind, each with its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Servers<S>(BTreeMap<String, S>);

impl<S> Servers<S> {
    /// All servers, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &S)> {
        self.0.iter().map(|(name, server)| (name.as_str(), server))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there are no servers.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<S: ServerSettings> Servers<S> {
    /// Reads the servers of which at least one field is set. A name that is not a field stays among the unknown settings. A missing needed field is
    /// noted as a contradiction.
    pub fn read(layers: &mut Layers) -> Self {
        let prefix = S::PREFIX;
        let mut names: Vec<String> = layers
            .names_below(prefix)
            .iter()
            .filter_map(|written| written.rsplit_once('.'))
            .filter(|(name, field)| is_extension_name(name) && S::FIELDS.contains(field))
            .map(|(name, _)| name.to_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut servers = BTreeMap::new();
        for name in names {
            let of = |field: &str| format!("{prefix}{name}.{field}");
            let missing: Vec<String> =
                S::NEEDED.iter().map(|field| of(field)).filter(|setting| !layers.has(setting)).collect();
            for setting in &missing {
                layers.contradiction(
                    setting,
                    format!("{} can't be reached without it", S::WHAT),
                    format!("set {setting}, or remove the other settings of {name}"),
                );
            }
            if let Some(server) = S::take(layers, &of) {
                servers.insert(name, server);
            }
        }
        Self(servers)
    }

    /// Parts of their settings that no text may show.
    pub fn secrets(&self) -> Vec<String> {
        self.0.values().flat_map(S::secrets).collect()
    }

    /// Lists the servers' settings. If there is none, lists the form in which one is written.
    pub fn list(&self) -> Vec<Listed> {
        let prefix = S::PREFIX;
        if self.is_empty() {
            return S::listed(None, &|field: &str| format!("{prefix}<name>.{field}"));
        }
        self.iter()
            .flat_map(|(name, server)| {
                S::listed(Some(server), &|field: &str| format!("{prefix}{name}.{field}"))
            })
            .collect()
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
