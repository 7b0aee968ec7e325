//! Permissions, and the roles that have them.
//!
//! This is the one place that defines them. A route requires one permission to read and one to change. The client has the
//! permissions of its user's role, the scopes of its API token, or all permissions (the server's admin token).

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// A permission that a route requires. API tokens have them as their scopes, by the same words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum Permission {
            $($(#[$doc])* $name),+
        }

        impl Permission {
            /// All permissions.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns its word, as serde writes it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word),+
                }
            }
        }
    };
}

permissions! {
    /// Calls, their events, transcripts and live view, and actions on them.
    CallsRead = "calls_read",
    /// Making calls, and acting on live ones.
    CallsControl = "calls_control",
    /// Listening to live calls of others, speaking in them, taking them over, and giving hints to their assistants.
    CallsSupervise = "calls_supervise",
    /// Tags, notes and views of calls, and sharing calls with colleagues.
    CallsAnnotate = "calls_annotate",
    /// Listening to recordings.
    RecordingsPlay = "recordings_play",
    /// Agent profiles, their versions and their keys.
    ProfilesRead = "profiles_read",
    /// Changing and publishing them.
    ProfilesWrite = "profiles_write",
    /// Extensions, whether they can be reached, and the dial policy.
    DiallingRead = "dialling_read",
    /// Changing them.
    DiallingWrite = "dialling_write",
    /// The business profile and the phone numbers.
    BusinessRead = "business_read",
    /// Changing them.
    BusinessWrite = "business_write",
    /// Customers.
    CustomersRead = "customers_read",
    /// Changing them.
    CustomersWrite = "customers_write",
    /// Leads.
    LeadsRead = "leads_read",
    /// Changing them.
    LeadsWrite = "leads_write",
    /// Appointments, events and to-dos.
    AppointmentsRead = "appointments_read",
    /// Changing them.
    AppointmentsWrite = "appointments_write",
    /// Text messages.
    MessagesRead = "messages_read",
    /// Sending them.
    MessagesSend = "messages_send",
    /// Taking calls at a desk of one's own.
    DeskUse = "desk_use",
    /// Agents, queues, dispositions, reasons to be away, wrap-ups and callbacks.
    FloorRead = "floor_read",
    /// Handling callbacks.
    CallbacksWrite = "callbacks_write",
    /// Changing agents, queues, dispositions and reasons.
    FloorWrite = "floor_write",
    /// Figures of the business.
    DashboardRead = "dashboard_read",
    /// Integrations, webhooks and their deliveries.
    IntegrationsRead = "integrations_read",
    /// Changing and testing them.
    IntegrationsWrite = "integrations_write",
    /// Users of the organization.
    UsersRead = "users_read",
    /// Inviting, changing and removing users.
    UsersWrite = "users_write",
    /// Viewing, making and deleting API tokens.
    TokensWrite = "tokens_write",
    /// The audit log.
    AuditRead = "audit_read",
    /// The server itself: its actors, configuration, log and switches. No role has it. The admin token has it and, unless the
    /// setting `operator` is `token`, so do the owners of the first organization.
    Installation = "installation",
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u64);

impl Permissions {
    /// Returns all permissions.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether this one is among them.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// Returns the permissions that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Iterates over them in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | 1 << permission as u8))
    }
}

/// Role of a user in the organization. Each role includes the permissions of the roles before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes calls at a desk.
    Agent,
    /// Leads agents: sees and controls all calls.
    Supervisor,
    /// Configures everything.
    Admin,
    /// Owner of the business. There is always at least one; only owners can give and take this role.
    Owner,
}

impl Role {
    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Returns all permissions of the role.
    pub fn permissions(self) -> Permissions {
        Permission::ALL.iter().copied().filter(|permission| self.may(*permission)).collect()
    }

    /// Whether the role has this permission.
    pub fn may(self, permission: Permission) -> bool {
        least(permission).is_some_and(|least| self >= least)
    }
}

/// Returns the lowest role with this permission; none if no role has it.
const fn least(permission: Permission) -> Option<Role> {
    use Permission as P;
    Some(match permission {
        P::CallsRead
        | P::CallsAnnotate
        | P::DiallingRead
        | P::BusinessRead
        | P::CustomersRead
        | P::CustomersWrite
        | P::LeadsRead
        | P::LeadsWrite
        | P::AppointmentsRead
        | P::AppointmentsWrite
        | P::DeskUse
        | P::FloorRead
        | P::CallbacksWrite
        | P::MessagesRead => Role::Agent,
        P::CallsControl
        | P::CallsSupervise
        | P::RecordingsPlay
        | P::ProfilesRead
        | P::MessagesSend
        | P::DashboardRead
        | P::UsersRead => Role::Supervisor,
        P::ProfilesWrite
        | P::DiallingWrite
        | P::BusinessWrite
        | P::IntegrationsRead
        | P::IntegrationsWrite
        | P::UsersWrite
        | P::FloorWrite
        | P::TokensWrite
        | P::AuditRead => Role::Admin,
        P::Installation => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 4] = [Role::Agent, Role::Supervisor, Role::Admin, Role::Owner];

    #[test]
    fn a_permissions_word_is_its_json() {
        for permission in Permission::ALL {
            let written = serde_json::to_value(permission).unwrap_or_default();
            assert_eq!(written, permission.as_str());
        }
        for role in ROLES {
            assert_eq!(serde_json::to_value(role).unwrap_or_default(), role.as_str());
        }
    }

    #[test]
    fn each_role_includes_those_below_and_never_the_installation() {
        for pair in ROLES.windows(2) {
            let (less, more) = (pair[0].permissions(), pair[1].permissions());
            assert_eq!(less.and(more), less, "{pair:?}");
        }
        for role in ROLES {
            assert!(!role.may(Permission::Installation), "{role:?}");
        }
        let owner = Role::Owner.permissions();
        assert_eq!(owner.iter().count(), Permission::ALL.len() - 1, "an owner has every permission but one");
        assert!(!Role::Agent.may(Permission::RecordingsPlay));
        assert!(!Role::Supervisor.may(Permission::UsersWrite));
    }

    #[test]
    fn a_set_has_only_the_permissions_put_in() {
        let set: Permissions = [Permission::LeadsRead, Permission::Installation].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Permission::LeadsRead, Permission::Installation]);
        assert_eq!(Permissions::all().iter().count(), Permission::ALL.len());
        assert_eq!(Permissions::default().iter().count(), 0);
    }
}
