//! Granting and revoking of rights: nobody can give rights that they do not have.
//!
//! Roles (users, invitations) and scopes (API tokens) are decided here. Routes of objects that give access to one resource, such
//! as a calendar link or a webhook, require the permission for that resource.

use crate::permission::{Permission, Permissions, Role};

/// The party that grants or revokes rights.
#[derive(Clone, Copy, Debug)]
pub struct Giver {
    /// All permissions of the party.
    pub permissions: Permissions,
    /// Their role in the organization; none for an API token, which has no role.
    pub role: Option<Role>,
}

/// The right that is granted or revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// A role in the organization: by an invitation, or as a user.
    Role(Role),
    /// A scope of an API token.
    Scope(Permission),
}

/// Why a right may not be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGiven {
    /// Only owners make, change and remove owners.
    #[error("only owners make, change and remove owners")]
    OwnersOnly,
    /// The party does not have the right.
    #[error("giving or taking away `{what}` needs each of its permissions: {permission} is missing")]
    Missing {
        /// The right that the party tried to give.
        what: &'static str,
        /// The first permission of the right that the party does not have.
        permission: Permission,
    },
    /// No API token can have it.
    #[error("no API token can have the permission installation: only the operator has it")]
    Installation,
}

impl Giver {
    /// Whether the party may give this right, change a user who has it, or take it away.
    ///
    /// # Errors
    /// The reason why not.
    pub fn may_give(self, right: Right) -> Result<(), NotGiven> {
        let is_installation = self.permissions.contains(Permission::Installation);
        let missing = |permissions: Permissions| {
            permissions.iter().find(|permission| !self.permissions.contains(*permission))
        };
        match right {
            Right::Role(Role::Owner) if is_installation || self.role == Some(Role::Owner) => Ok(()),
            Right::Role(Role::Owner) => Err(NotGiven::OwnersOnly),
            Right::Role(role) => match missing(role.permissions()) {
                Some(permission) => Err(NotGiven::Missing { what: role.as_str(), permission }),
                None => Ok(()),
            },
            Right::Scope(Permission::Installation) => Err(NotGiven::Installation),
            Right::Scope(scope) if self.permissions.contains(scope) => Ok(()),
            Right::Scope(scope) => Err(NotGiven::Missing { what: scope.as_str(), permission: scope }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 4] = [Role::Agent, Role::Supervisor, Role::Admin, Role::Owner];

    fn user(role: Role) -> Giver {
        Giver { permissions: role.permissions(), role: Some(role) }
    }

    fn token(scopes: impl IntoIterator<Item = Permission>) -> Giver {
        Giver { permissions: scopes.into_iter().collect(), role: None }
    }

    #[test]
    fn a_user_gives_roles_only_up_to_their_own() {
        // Rows: the giver. Columns: agent, supervisor, admin, owner.
        for (giver, may) in [
            (Role::Agent, [true, false, false, false]),
            (Role::Supervisor, [true, true, false, false]),
            (Role::Admin, [true, true, true, false]),
            (Role::Owner, [true, true, true, true]),
        ] {
            let given = ROLES.map(|role| user(giver).may_give(Right::Role(role)).is_ok());
            assert_eq!(given, may, "{giver:?}");
        }
        let installation = Giver { permissions: Permissions::all(), role: None };
        assert!(ROLES.iter().all(|role| installation.may_give(Right::Role(*role)).is_ok()));
    }

    #[test]
    fn a_token_with_one_scope_gives_only_that_scope() {
        for held in Permission::ALL.iter().copied().filter(|scope| *scope != Permission::Installation) {
            let giver = token([held]);
            for role in ROLES {
                assert!(giver.may_give(Right::Role(role)).is_err(), "{held} gives {role:?}");
            }
            for scope in Permission::ALL {
                let may = *scope == held;
                assert_eq!(giver.may_give(Right::Scope(*scope)).is_ok(), may, "{held} gives {scope}");
            }
        }
    }

    #[test]
    fn a_token_gives_the_roles_that_its_permissions_cover() {
        for (index, held) in ROLES.iter().enumerate() {
            let giver = token(held.permissions().iter());
            for (other, role) in ROLES.iter().enumerate() {
                // An admin has all permissions of an owner, but can't make owners.
                let may = *role != Role::Owner && (other <= index || *held == Role::Owner);
                assert_eq!(giver.may_give(Right::Role(*role)).is_ok(), may, "{held:?} gives {role:?}");
            }
        }
    }

    #[test]
    fn a_role_is_not_given_without_all_its_permissions() {
        for role in [Role::Agent, Role::Supervisor, Role::Admin] {
            for missing in role.permissions().iter() {
                let giver = token(
                    Permission::ALL
                        .iter()
                        .copied()
                        .filter(|held| *held != missing && *held != Permission::Installation),
                );
                let refused = giver.may_give(Right::Role(role));
                assert_eq!(refused, Err(NotGiven::Missing { what: role.as_str(), permission: missing }));
            }
        }
    }

    #[test]
    fn nobody_gives_the_permission_installation() {
        let installation = Giver { permissions: Permissions::all(), role: None };
        for giver in ROLES.map(user).into_iter().chain([installation]) {
            let refused = giver.may_give(Right::Scope(Permission::Installation));
            assert_eq!(refused, Err(NotGiven::Installation));
        }
    }
}
