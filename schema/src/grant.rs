//! Telephony of the installation that an organization's calls may use: switches, contexts of their dialplans, lines to the
//! outside, and numbers that are shown to called parties. The operator grants each by its name; nothing is granted by itself.
//!
//! The installation's first organization is its owner, and has all of it. An organization's own account at Twilio is its own: no
//! part of it is granted.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::dial::PhoneNumber;

/// The names that an organization was granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Grants {
    /// Switches whose phones may be rung, and asked for, by their names in the configuration; `twilio` is its account at Twilio.
    pub switches: BTreeSet<String>,
    /// Contexts of dialplans in which extensions may have their places.
    pub contexts: BTreeSet<String>,
    /// Switches over whose lines to the outside numbers may be dialled. Each is of use only with its switch.
    pub trunks: BTreeSet<String>,
    /// Numbers that may be shown to people who are called, beside those that the organization answers.
    pub caller_ids: BTreeSet<PhoneNumber>,
}

/// The installation's telephony that an organization may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Granted {
    /// Everything: it is the installation's own organization.
    Everything,
    /// Grants by name.
    Named(Grants),
}

impl Granted {
    /// For calls that began when nothing had to be granted.
    pub fn everything() -> Self {
        Self::Everything
    }

    /// Whether nothing is kept from it.
    pub fn is_everything(&self) -> bool {
        *self == Self::Everything
    }

    /// Whether phones of this switch may be rung and asked for.
    pub fn switch(&self, name: &str) -> bool {
        self.named(|grants| grants.switches.contains(name))
    }

    /// Whether extensions may have their places in this context.
    pub fn context(&self, name: &str) -> bool {
        self.named(|grants| grants.contexts.contains(name))
    }

    /// Whether numbers may be dialled over this switch.
    pub fn trunk(&self, name: &str) -> bool {
        self.named(|grants| grants.switches.contains(name) && grants.trunks.contains(name))
    }

    /// Whether this number may be shown to people who are called.
    pub fn caller_id(&self, number: &PhoneNumber) -> bool {
        self.named(|grants| grants.caller_ids.contains(number))
    }

    fn named(&self, holds: impl FnOnce(&Grants) -> bool) -> bool {
        match self {
            Self::Everything => true,
            Self::Named(grants) => holds(grants),
        }
    }
}

impl Default for Granted {
    fn default() -> Self {
        Self::Named(Grants::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PhoneNumber {
        text.parse().unwrap()
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn nothing_is_granted_by_itself() {
        let none = Granted::default();
        assert!(!none.switch("pbx1") && !none.context("internal") && !none.trunk("pbx1"));
        assert!(!none.caller_id(&number("+49301234")) && !none.is_everything());
    }

    #[test]
    fn the_house_has_everything() {
        let all = Granted::everything();
        assert!(all.switch("pbx1") && all.context("internal") && all.trunk("pbx1"));
        assert!(all.caller_id(&number("+49301234")) && all.is_everything());
    }

    #[test]
    fn named_things_are_granted_and_a_trunk_needs_its_switch() {
        let granted = Granted::Named(Grants {
            switches: names(&["pbx1", "pbx2"]),
            contexts: names(&["tenant-b"]),
            trunks: names(&["pbx1", "pbx3"]),
            caller_ids: [number("+49301234")].into(),
        });
        assert!(granted.switch("pbx1") && granted.trunk("pbx1"));
        assert!(granted.switch("pbx2") && !granted.trunk("pbx2"), "its phones, not its line");
        assert!(!granted.switch("pbx3") && !granted.trunk("pbx3"), "a line without its switch");
        assert!(granted.context("tenant-b") && !granted.context("outbound-pstn"));
        assert!(granted.caller_id(&number("+49301234")) && !granted.caller_id(&number("+49301235")));
    }
}
