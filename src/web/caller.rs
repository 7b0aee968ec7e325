//! The caller of a route. The gate determines it once, and every handler that reads or changes rows takes it.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};
use cordboard_actors::sign_ins::OpenedBy;
use cordboard_actors::world;
use cordboard_schema::audit::{Actor, AuditEntry};
use cordboard_schema::giving::{Giver, Right};
use cordboard_schema::ids::{AuditId, OrganizationId, UserId};
use cordboard_schema::permission::{Permission, Permissions, Role};

use super::accounts::SignedIn;
use super::problem::ApiError;
use crate::store::Asker;

/// User or token of a request, its organization, and its permissions. Handlers take it as an argument and scope every query
/// by it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The organization whose rows it reads and changes; never another's.
    pub(crate) organization_id: OrganizationId,
    /// The actor for the audit log.
    pub(crate) actor: Actor,
    /// The client's address.
    pub(crate) address: Option<IpAddr>,
    /// Its role in its organization; only users have one.
    pub(crate) role: Option<Role>,
    /// Its sign-in, if that can end before its request does; not for the admin token.
    pub(super) signed_in: Option<SignedIn>,
    permissions: Permissions,
    /// The user who owns what it makes: the user itself, or the maker of the API token.
    maker: Option<UserId>,
    /// Subject of this request, from its first audit entry.
    audited: Arc<OnceLock<String>>,
}

impl Caller {
    /// A user or a token of an organization.
    pub(super) fn of(
        organization_id: OrganizationId,
        actor: Actor,
        (permissions, role): (Permissions, Option<Role>),
        address: Option<IpAddr>,
        signed_in: SignedIn,
    ) -> Self {
        let signed_in = Some(signed_in);
        let caller =
            Self { signed_in, role, ..Self::without_user(organization_id, actor, permissions, address) };
        Self { maker: caller.user_id(), ..caller }
    }

    /// A caller without a role in the organization, and without a user.
    fn without_user(
        organization_id: OrganizationId,
        actor: Actor,
        permissions: Permissions,
        address: Option<IpAddr>,
    ) -> Self {
        Self {
            organization_id,
            actor,
            address,
            role: None,
            signed_in: None,
            permissions,
            maker: None,
            audited: Arc::default(),
        }
    }

    /// A program of this user.
    #[must_use]
    pub(super) fn made_by(self, maker: Option<UserId>) -> Self {
        Self { maker, ..self }
    }

    /// The user who owns what it makes; `None` for the installation.
    pub(crate) fn maker(&self) -> Option<UserId> {
        self.maker
    }

    /// When the API token of this request expires, if it does.
    pub(crate) fn token_ends_at(&self) -> Option<DateTime<Utc>> {
        match self.actor {
            Actor::ApiToken(_) => self.signed_in.as_ref().and_then(SignedIn::until),
            Actor::User(_) | Actor::Installation | Actor::System => None,
        }
    }

    /// The sign-in or API token behind everything that it opens and that outlives its request; `None` for the admin token.
    pub(super) fn opened_by(&self) -> Option<OpenedBy> {
        self.signed_in.as_ref().map(SignedIn::opened_by)
    }

    /// Refuses callers who may not give this role or scope, nor change or remove a user who has it.
    pub(crate) fn demand_to_give(&self, right: Right) -> Result<(), ApiError> {
        let giver = Giver { permissions: self.permissions, role: self.role };
        giver.may_give(right).map_err(|why| ApiError::NotAllowed(why.to_string()))
    }

    /// Whether its request has an audit entry yet.
    pub(super) fn is_audited(&self) -> bool {
        self.audited.get().is_some()
    }

    /// Cell for the subject of its first audit entry.
    pub(super) fn audited(&self) -> Arc<OnceLock<String>> {
        Arc::clone(&self.audited)
    }

    /// All its permissions.
    pub(crate) fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// Its user, if it is one.
    pub(crate) fn user_id(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(id) => Some(id),
            Actor::Installation | Actor::ApiToken(_) | Actor::System => None,
        }
    }

    /// The holder of the admin token.
    pub(super) fn installation(organization_id: OrganizationId, address: Option<IpAddr>) -> Self {
        Self::without_user(organization_id, Actor::Installation, Permissions::all(), address)
    }

    /// A program with a calendar feed's token: it may only read the feed, and changes nothing.
    pub(super) fn feed(
        organization_id: OrganizationId,
        permission: Permission,
        address: Option<IpAddr>,
    ) -> Self {
        let permissions = [permission].into_iter().collect();
        Self::without_user(organization_id, Actor::System, permissions, address)
    }

    /// An audit entry of what it does now to `subject`; `detail` has no secret.
    pub(crate) fn did(&self, action: &str, subject: impl ToString, detail: impl ToString) -> AuditEntry {
        let entry = done(self.organization_id, self.actor, self.address, (action, subject, detail));
        // The first entry names what the request is about.
        self.audited.get_or_init(|| entry.subject.clone());
        entry
    }

    /// The identity with which it requests changes of the store.
    pub(super) fn asker(&self) -> Asker {
        if self.may(Permission::Installation) {
            Asker::Installation
        } else {
            Asker::Requests(self.organization_id)
        }
    }

    /// Whether it has this permission.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    /// Refuses callers without this permission.
    pub(crate) fn demand(&self, permission: Permission) -> Result<(), ApiError> {
        if self.may(permission) { Ok(()) } else { Err(ApiError::Forbidden { permission }) }
    }
}

/// An audit entry: an actor did something now to a subject, with details.
pub(super) fn done(
    organization_id: OrganizationId,
    actor: Actor,
    address: Option<IpAddr>,
    (action, subject, detail): (&str, impl ToString, impl ToString),
) -> AuditEntry {
    AuditEntry {
        id: AuditId(world::new_id()),
        organization_id,
        at: world::now().into(),
        actor,
        action: action.to_owned(),
        subject: subject.to_string(),
        address: address.map(|address| address.to_string()),
        detail: detail.to_string(),
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // A route without a gate has no caller; only a mistake in the list of routes can cause that.
        ready(request.extensions().get::<Self>().cloned().ok_or(ApiError::Unauthorized))
    }
}
