//! The server's telephony that an organization's calls may use: switches, contexts of their dialplans, trunks, and numbers that
//! are shown to called parties. The operator grants each by name; nothing is granted automatically.
//!
//! The server's first organization owns all of it. An organization's own account at Twilio is its own and needs no grant.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::dial::PhoneNumber;

/// The names that an organization was granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Grants {
    /// Switches whose phones may be rung and checked, by their names in the configuration; `twilio` is the server's account at
    /// Twilio.
    pub switches: BTreeSet<String>,
    /// Dialplan contexts in which extensions may be placed.
    pub contexts: BTreeSet<String>,
    /// Switches over whose trunks numbers may be dialled. Each is only useful together with its switch.
    pub trunks: BTreeSet<String>,
    /// Numbers that may be shown to called people, in addition to those that the organization answers.
    pub caller_ids: BTreeSet<PhoneNumber>,
}

/// The server's telephony that an organization may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Granted {
    /// Everything: it is the server's own organization.
    Everything,
    /// Grants by name.
    Named(Grants),
}

impl Granted {
    /// Returns everything, for calls that began before grants existed.
    pub fn everything() -> Self {
        Self::Everything
    }

    /// Whether it is not restricted.
    pub fn is_everything(&self) -> bool {
        *self == Self::Everything
    }

    /// Whether phones of this switch may be rung and checked.
    pub fn switch(&self, name: &str) -> bool {
        self.named(|grants| grants.switches.contains(name))
    }

    /// Whether extensions may be placed in this context.
    pub fn context(&self, name: &str) -> bool {
        self.named(|grants| grants.contexts.contains(name))
    }

    /// Whether numbers may be dialled over this switch.
    pub fn trunk(&self, name: &str) -> bool {
        self.named(|grants| grants.switches.contains(name) && grants.trunks.contains(name))
    }

    /// Whether this number may be shown to called people.
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
    fn nothing_is_granted_automatically() {
        let none = Granted::default();
        assert!(!none.switch("pbx1") && !none.context("internal") && !none.trunk("pbx1"));
        assert!(!none.caller_id(&number("+49301234")) && !none.is_everything());
    }

    #[test]
    fn the_servers_own_organization_has_everything() {
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
        assert!(granted.switch("pbx2") && !granted.trunk("pbx2"), "its phones, not its trunk");
        assert!(!granted.switch("pbx3") && !granted.trunk("pbx3"), "a trunk without its switch");
        assert!(granted.context("tenant-b") && !granted.context("outbound-pstn"));
        assert!(granted.caller_id(&number("+49301234")) && !granted.caller_id(&number("+49301235")));
    }
}
