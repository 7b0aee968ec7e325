//! Users, credentials of users and programs, and the audit log.

use utoipa::OpenApi;

use crate::web::api::{
    api_tokens, audit, auth, email, grants, invitations, onboarding, organizations, password, registration,
    retention, sessions, totp, users,
};
use crate::web::session;

#[derive(OpenApi)]
#[openapi(
    paths(
        registration::show,
        auth::register,
        auth::login,
        auth::refresh,
        auth::logout,
        auth::me,
        auth::change_me,
        password::forgot,
        password::reset,
        email::request,
        email::confirm,
        email::set,
        sessions::set_password,
        sessions::list,
        sessions::end,
        sessions::end_others,
        totp::offer,
        totp::confirm,
        totp::remove,
        totp::reset,
        session::sign_in,
        session::show,
        session::sign_out,
        users::list,
        users::show,
        users::belongings,
        users::update,
        users::delete,
        invitations::list,
        invitations::create,
        invitations::delete,
        invitations::show,
        invitations::accept,
        api_tokens::list,
        api_tokens::create,
        api_tokens::delete,
        organizations::list,
        organizations::suspend,
        organizations::resume,
        organizations::delete,
        grants::show,
        grants::set,
        onboarding::show,
        onboarding::set,
        organizations::show,
        organizations::update,
        retention::patch,
        retention::preview,
        retention::records,
        retention::runs,
        retention::set,
        retention::show,
        audit::list,
    ),
    tags(
        (name = "accounts", description = "The organization's users, the credentials of users and programs, and the audit log"),
        (name = "session", description = "Signing in to the pages"),
    )
)]
pub(super) struct Accounts;
