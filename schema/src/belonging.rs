//! Things that a user made in the organization and that go on without them. They are listed, and ended or handed over
//! when the user goes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::giving::{Giver, Right};
use crate::permission::{Permission, Permissions, Role};
use crate::time::{UnixMs, rfc3339};

/// Kinds of belongings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BelongingKind {
    /// An API token. It does no more than its maker may at the moment.
    ApiToken,
    /// The link of the calendar. It opens nothing without its maker.
    CalendarFeed,
    /// An invitation that waits. It holds as long as its maker could make it.
    Invitation,
    /// A talk link.
    TalkLink,
    /// A contact link.
    ContactLink,
    /// A webhook.
    Webhook,
    /// An account at a service.
    Integration,
}

/// The maker of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MadeBy {
    /// The user themselves, at a page or by an API token of theirs.
    ByThem,
    /// An unknown maker: it was made before makers were kept, by the installation's admin token, or by a user who has gone. It is the
    /// organization's, so it is listed at each of its owners.
    BeforeMakers,
}

/// Effect on a thing when its maker is removed and nobody takes it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WithoutMaker {
    /// It is removed.
    Ends,
    /// It is switched off, and can be switched on again by a user who may change it.
    IsSwitchedOff,
    /// It stays as it is: it is the organization's.
    Stays,
}

/// One thing that somebody has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Belonging {
    /// Kind of the thing.
    pub kind: BelongingKind,
    /// Its id; of an integration its kind, of the calendar feed the organization's id.
    pub id: String,
    /// Display name: a name, an address, or the host that a webhook leads to.
    pub name: String,
    /// When it was made; of an integration, when it was last set.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// The maker.
    pub made: MadeBy,
    /// Effect on it when its maker is removed and `hand_over_to` names nobody.
    pub without_maker: WithoutMaker,
    /// Permissions that its new owner needs.
    #[serde(skip)]
    pub needs: Needs,
}

/// Permissions that the owner of a thing needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// All of these.
    Permissions(Permissions),
    /// To make somebody this.
    MakingA(Role),
}

impl BelongingKind {
    /// Its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiToken => "api_token",
            Self::CalendarFeed => "calendar_feed",
            Self::Invitation => "invitation",
            Self::TalkLink => "talk_link",
            Self::ContactLink => "contact_link",
            Self::Webhook => "webhook",
            Self::Integration => "integration",
        }
    }

    /// Effect on a thing whose maker was removed. Things that open something by the maker's right end. Things that send the
    /// organization's business to others wait until somebody has looked at them. The organization's own accounts stay.
    pub const fn without_maker(self) -> WithoutMaker {
        match self {
            Self::ApiToken | Self::CalendarFeed | Self::Invitation => WithoutMaker::Ends,
            Self::TalkLink | Self::ContactLink | Self::Webhook => WithoutMaker::IsSwitchedOff,
            Self::Integration => WithoutMaker::Stays,
        }
    }

    /// The permission by which one is made.
    pub const fn made_with(self) -> Permission {
        match self {
            Self::ApiToken => Permission::TokensWrite,
            Self::CalendarFeed => Permission::AppointmentsRead,
            Self::Invitation => Permission::UsersWrite,
            Self::TalkLink | Self::ContactLink => Permission::BusinessWrite,
            Self::Webhook | Self::Integration => Permission::IntegrationsWrite,
        }
    }
}

impl Belonging {
    /// Whether a user with this role in the organization may have it.
    pub fn may_be_of(&self, role: Role) -> bool {
        match self.needs {
            Needs::Permissions(needed) => needed.iter().all(|permission| role.may(permission)),
            Needs::MakingA(made) => {
                let giver = Giver { permissions: role.permissions(), role: Some(role) };
                role.may(Permission::UsersWrite) && giver.may_give(Right::Role(made)).is_ok()
            }
        }
    }
}

/// Number of things of each kind: `2 api_token, 1 webhook`.
pub fn counted(belongings: &[Belonging]) -> String {
    let mut counts: BTreeMap<BelongingKind, usize> = BTreeMap::new();
    for belonging in belongings {
        *counts.entry(belonging.kind).or_default() += 1;
    }
    let words: Vec<String> =
        counts.iter().map(|(kind, count)| format!("{count} {}", kind.as_str())).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn belonging(kind: BelongingKind, needs: Needs) -> Belonging {
        Belonging {
            kind,
            id: "1".to_owned(),
            name: "It".to_owned(),
            created_at: UnixMs(0),
            made: MadeBy::ByThem,
            without_maker: kind.without_maker(),
            needs,
        }
    }

    #[test]
    fn things_are_given_only_to_those_who_may_have_them() {
        let of = |permissions: &[Permission]| Needs::Permissions(permissions.iter().copied().collect());
        // Kind, needed permissions, and the least role that may have it.
        for (kind, needs, least) in [
            (BelongingKind::ApiToken, of(&[Permission::CallsRead]), Role::Agent),
            (
                BelongingKind::ApiToken,
                of(&[Permission::CallsRead, Permission::RecordingsPlay]),
                Role::Supervisor,
            ),
            (BelongingKind::CalendarFeed, of(&[Permission::AppointmentsRead]), Role::Agent),
            (BelongingKind::Webhook, of(&[Permission::IntegrationsWrite]), Role::Admin),
            (BelongingKind::Invitation, Needs::MakingA(Role::Agent), Role::Admin),
            (BelongingKind::Invitation, Needs::MakingA(Role::Owner), Role::Owner),
        ] {
            for role in [Role::Agent, Role::Supervisor, Role::Admin, Role::Owner] {
                let thing = belonging(kind, needs);
                assert_eq!(thing.may_be_of(role), role >= least, "{kind:?} {needs:?} of {role:?}");
            }
        }
    }

    #[test]
    fn a_kinds_word_is_what_serde_writes() {
        use BelongingKind as K;
        for kind in [
            K::ApiToken,
            K::CalendarFeed,
            K::Invitation,
            K::TalkLink,
            K::ContactLink,
            K::Webhook,
            K::Integration,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap_or_default(), kind.as_str());
        }
    }
}
