//! Contents of a call's journal: *facts* that reached its machine, and *decisions* of the machine.
//!
//! The facts, applied again in order and at their times, restore the machine's state. This is how a call survives the death of
//! its process. People and programs read the decisions; the call's row and its transcript are folded from them (`fold.rs`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{CallId, OrganizationId};
use crate::phone::E164;
use crate::signed_identity::SignedIdentity;
use crate::time::UnixMs;

/// One row of a call's journal. A row is never changed or withdrawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The organization that owns the call.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// Place in the call's journal, from 1, without gaps.
    pub seq: u64,
    /// When the machine handled it.
    pub at: UnixMs,
    /// The event.
    #[serde(flatten)]
    pub event: Event,
}

/// A fact or a decision. Both are JSON objects with a `kind`, and no two kinds have the same name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Event {
    /// A fact that reached the machine.
    Fact(Fact),
    /// A decision of the machine.
    Decision(Decision),
}

impl Event {
    /// Returns the event's kind in the journal, as `leg_joined`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.kind(),
            Self::Decision(decision) => decision.kind(),
        }
    }

    /// Whether the event is about a supervisor, or may be: a supervisor's audio arrives, joins and leaves like anybody else's.
    pub fn is_about_supervision(&self) -> bool {
        match self {
            Self::Fact(fact) => matches!(
                fact,
                Fact::SupervisorAsked { .. }
                    | Fact::LegArrived { agent: Some(_), .. }
                    | Fact::LegJoined { .. }
                    | Fact::LegLeft { .. }
                    | Fact::LineMeasured { .. }
            ),
            Self::Decision(decision) => matches!(
                decision,
                Decision::SupervisorJoined { .. }
                    | Decision::SupervisionChanged { .. }
                    | Decision::SupervisorLeft { .. }
            ),
        }
    }
}

impl From<Fact> for Event {
    fn from(fact: Fact) -> Self {
        Self::Fact(fact)
    }
}

impl From<Decision> for Event {
    fn from(decision: Decision) -> Self {
        Self::Decision(decision)
    }
}

/// Declares an event enum together with `kind()`, so that the names in the journal and in the code can't differ.
macro_rules! events {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $kind:tt $({ $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* })?,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(tag = "kind")]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $kind)] $variant $({ $($(#[$fdoc])* $field: $ty,)* })?,)*
        }

        impl $name {
            /// Every kind.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            /// Returns the event's kind in the journal.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $kind,)*
                }
            }
        }
    };
}

mod decision;
mod fact;

pub use decision::Decision;
pub use fact::Fact;

/// How the playing of an utterance to the caller ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlayedEnd {
    /// Played to its end.
    Finished,
    /// Cut short.
    Cleared,
}

/// What a dialplan announces about a call, before or after the call's audio arrives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Announcement {
    /// The caller's number or name.
    pub from: Option<String>,
    /// The number dialled (DID).
    pub to: Option<String>,
    /// Further values that the switch sent: the SIP domain as `domain`, and the dialplan's own variables by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// The caller's identity, if a website's server signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Box<SignedIdentity>>,
    /// The caller writes on a page instead of speaking.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub writes: bool,
}

/// The variable by which a dialplan says that it reports when it doesn't have the place that it was told to go to.
pub const REPORTS_MISSING_PLACE: &str = "tells_lack";

impl Announcement {
    /// Returns an announcement of a caller who is known by a chosen name and not by a number. A name that is a number is left
    /// out, because the caller would be taken for the owner of that number.
    pub fn by_name(name: Option<String>, to: String) -> Self {
        let from = name.filter(|name| name.parse::<E164>().is_err());
        Self { from, to: Some(to), ..Self::default() }
    }

    /// Whether the dialplan asks again if it doesn't have the place that it was told to go to.
    pub fn reports_missing_place(&self) -> bool {
        self.variables.contains_key(REPORTS_MISSING_PLACE)
    }

    /// Adds the fields of a later announcement; fields that it leaves out are kept.
    pub fn add(&mut self, later: &Self) {
        self.from = later.from.clone().or(self.from.take());
        self.to = later.to.clone().or(self.to.take());
        self.variables.extend(later.variables.clone());
        self.identity = later.identity.clone().or(self.identity.take());
        self.writes |= later.writes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_number_is_left_out() {
        let from = |name: &str| Announcement::by_name(Some(name.to_owned()), "200".to_owned()).from;
        for name in ["Ada", "007", "Ada +4930123456", "محمد"] {
            assert_eq!(from(name).as_deref(), Some(name));
        }
        for name in ["+19005550100", "0049 (30) 1234-567", " +1 900 555 0100 "] {
            assert_eq!(from(name), None, "{name}");
        }
    }
}
