//! Belongings: objects that a user made in the organization and that remain without them. They are listed, and ended or handed
//! over when the user leaves.

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
    /// An API token. It has no more permissions than its maker currently has.
    ApiToken,
    /// The link of the calendar. It opens nothing without its maker.
    CalendarFeed,
    /// A pending invitation. It is valid while its maker could make it.
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

/// The maker of a belonging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MadeBy {
    /// The user themselves, on a page or with one of their API tokens.
    ByThem,
    /// Unknown: it was made before makers were recorded, with the server's admin token, or by a user who was deleted. It belongs
    /// to the organization, so it is listed for each owner.
    BeforeMakers,
}

/// What happens to a belonging when its maker is deleted and nobody takes it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WithoutMaker {
    /// It is deleted.
    Ends,
    /// It is disabled, and a user who may change it can enable it again.
    IsSwitchedOff,
    /// It stays as it is: it belongs to the organization.
    Stays,
}

/// An object that a user has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Belonging {
    /// Kind of the belonging.
    pub kind: BelongingKind,
    /// Its id; for an integration its kind, for the calendar feed the organization's id.
    pub id: String,
    /// Display name: a name, an address, or the host of a webhook.
    pub name: String,
    /// When it was made; for an integration, when it was last set.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// The maker.
    pub made: MadeBy,
    /// What happens to it when its maker is deleted and `hand_over_to` names nobody.
    pub without_maker: WithoutMaker,
    /// Permissions that its new owner needs.
    #[serde(skip)]
    pub needs: Needs,
}

/// Permissions that the owner of a belonging needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// All of these.
    Permissions(Permissions),
    /// The permission to give somebody this role.
    MakingA(Role),
}

impl BelongingKind {
    /// Returns its word, as serde writes it.
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

    /// Returns what happens to a belonging whose maker was deleted. Objects that give access by the maker's permissions end.
    /// Objects that send the organization's data elsewhere wait until a user has checked them. The organization's own accounts
    /// stay.
    pub const fn without_maker(self) -> WithoutMaker {
        match self {
            Self::ApiToken | Self::CalendarFeed | Self::Invitation => WithoutMaker::Ends,
            Self::TalkLink | Self::ContactLink | Self::Webhook => WithoutMaker::IsSwitchedOff,
            Self::Integration => WithoutMaker::Stays,
        }
    }

    /// Returns the permission that is needed to make one.
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
    /// Whether a user with this role in the organization may own it.
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

/// Returns the number of belongings of each kind: `2 api_token, 1 webhook`.
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
    fn belongings_go_only_to_users_who_may_own_them() {
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
    fn a_kinds_word_is_its_json() {
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
