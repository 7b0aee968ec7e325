//! Users, credentials of users and programs, and the audit log.

use actix_web::web::{delete, get, patch, post, put};
use cordboard_schema::permission::Permission::{
    AuditRead, BusinessRead, BusinessWrite, Installation, TokensWrite, UsersRead, UsersWrite,
};

use super::{Endpoints, Gate};
use crate::web::api::{
    api_tokens, audit, auth, email, grants, invitations, organizations, password, registration, retention,
    sessions, totp, users,
};
use crate::web::session;

const USERS: Gate = Gate::Api(UsersRead, UsersWrite);
const TOKENS: Gate = Gate::Api(TokensWrite, TokensWrite);

pub(super) fn add(all: &mut Endpoints) {
    all.at(Gate::Open, "/api/v1/auth/session", "GET, POST, DELETE", |at| {
        at.route(get().to(session::show))
            .route(post().to(session::sign_in))
            .route(delete().to(session::sign_out))
    });
    all.at(Gate::Open, "/api/v1/auth/registration", "GET", |at| at.route(get().to(registration::show)));
    all.at(Gate::Open, "/api/v1/auth/register", "POST", |at| at.route(post().to(auth::register)));
    all.at(Gate::Open, "/api/v1/auth/login", "POST", |at| at.route(post().to(auth::login)));
    all.at(Gate::Open, "/api/v1/auth/refresh", "POST", |at| at.route(post().to(auth::refresh)));
    all.at(Gate::Open, "/api/v1/auth/password/forgot", "POST", |at| at.route(post().to(password::forgot)));
    all.at(Gate::Open, "/api/v1/auth/password/reset", "POST", |at| at.route(post().to(password::reset)));
    all.at(Gate::Open, "/api/v1/auth/email/confirm", "POST", |at| at.route(post().to(email::confirm)));
    all.at(Gate::Open, "/api/v1/auth/invitations/look", "POST", |at| at.route(post().to(invitations::show)));
    all.at(Gate::Open, "/api/v1/auth/invitations/accept", "POST", |at| {
        at.route(post().to(invitations::accept))
    });
    all.at(Gate::Known, "/api/v1/auth/password", "POST", |at| at.route(post().to(sessions::set_password)));
    all.at(Gate::Known, "/api/v1/auth/email", "POST", |at| at.route(post().to(email::request)));
    all.at(Gate::Known, "/api/v1/auth/sessions", "GET, DELETE", |at| {
        at.route(get().to(sessions::list)).route(delete().to(sessions::end_others))
    });
    all.at(Gate::Known, "/api/v1/auth/sessions/{id}", "DELETE", |at| at.route(delete().to(sessions::end)));
    all.at(Gate::Known, "/api/v1/auth/logout", "POST", |at| at.route(post().to(auth::logout)));
    all.at(Gate::Known, "/api/v1/auth/me", "GET, PATCH", |at| {
        at.route(get().to(auth::me)).route(patch().to(auth::change_me))
    });
    all.at(Gate::Known, "/api/v1/auth/totp", "POST", |at| at.route(post().to(totp::offer)));
    all.at(Gate::Known, "/api/v1/auth/totp/confirm", "POST", |at| at.route(post().to(totp::confirm)));
    all.at(Gate::Known, "/api/v1/auth/totp/remove", "POST", |at| at.route(post().to(totp::remove)));
    all.at(USERS, "/api/v1/users", "GET", |at| at.route(get().to(users::list)));
    all.at(USERS, "/api/v1/users/{id}", "GET, PUT, DELETE", |at| {
        at.route(get().to(users::show)).route(put().to(users::update)).route(delete().to(users::delete))
    });
    all.at(USERS, "/api/v1/users/{id}/totp/remove", "POST", |at| at.route(post().to(totp::reset)));
    all.at(USERS, "/api/v1/users/{id}/email", "POST", |at| at.route(post().to(email::set)));
    all.at(USERS, "/api/v1/users/{id}/belongings", "GET", |at| at.route(get().to(users::belongings)));
    all.at(USERS, "/api/v1/invitations", "GET, POST", |at| {
        at.route(get().to(invitations::list)).route(post().to(invitations::create))
    });
    all.at(USERS, "/api/v1/invitations/{id}", "DELETE", |at| at.route(delete().to(invitations::delete)));
    all.at(TOKENS, "/api/v1/api-tokens", "GET, POST", |at| {
        at.route(get().to(api_tokens::list)).route(post().to(api_tokens::create))
    });
    all.at(TOKENS, "/api/v1/api-tokens/{id}", "DELETE", |at| at.route(delete().to(api_tokens::delete)));
    all.at(Gate::Api(BusinessRead, BusinessWrite), "/api/v1/organization", "GET, PUT", |at| {
        at.route(get().to(organizations::show)).route(put().to(organizations::update))
    });
    all.at(Gate::Api(BusinessRead, BusinessWrite), "/api/v1/retention", "GET, PATCH, PUT", |at| {
        at.route(get().to(retention::show))
            .route(patch().to(retention::patch))
            .route(put().to(retention::set))
    });
    all.at(Gate::Api(BusinessRead, BusinessWrite), "/api/v1/retention/preview", "POST", |at| {
        at.route(post().to(retention::preview))
    });
    all.at(Gate::Api(BusinessRead, BusinessWrite), "/api/v1/retention/runs", "GET", |at| {
        at.route(get().to(retention::runs))
    });
    all.at(Gate::Api(BusinessRead, BusinessWrite), "/api/v1/retention/runs/{id}/records", "GET", |at| {
        at.route(get().to(retention::records))
    });
    all.at(Gate::Api(Installation, Installation), "/api/v1/organizations", "GET", |at| {
        at.route(get().to(organizations::list))
    });
    all.at(Gate::Api(Installation, Installation), "/api/v1/organizations/{id}", "DELETE", |at| {
        at.route(delete().to(organizations::delete))
    });
    all.at(Gate::Api(Installation, Installation), "/api/v1/organizations/{id}/suspend", "POST", |at| {
        at.route(post().to(organizations::suspend))
    });
    all.at(Gate::Api(Installation, Installation), "/api/v1/organizations/{id}/resume", "POST", |at| {
        at.route(post().to(organizations::resume))
    });
    all.at(Gate::Api(Installation, Installation), "/api/v1/organizations/{id}/grants", "GET, PUT", |at| {
        at.route(get().to(grants::show)).route(put().to(grants::set))
    });
    all.at(Gate::Api(AuditRead, AuditRead), "/api/v1/audit-log", "GET", |at| at.route(get().to(audit::list)));
}
