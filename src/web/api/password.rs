//! `/api/v1/auth/password`: a new password by a mailed link.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use cordboard_actors::world;
use cordboard_schema::account::{EmailAddress, PageLanguage, User, UserStatus, check_password};
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::limits::PASSWORD_RESET_MS;
use cordboard_tables::rows::{BadRow, PasswordResetRow};
use serde::Deserialize;
use utoipa::ToSchema;

use super::email::parsed;
use crate::mail::{Link, Mail};
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::account_mail::{self, AccountEvent};
use crate::web::accounts::sign_in::Client;
use crate::web::accounts::{Accounts, link_letters, one_time};
use crate::web::body::Body;
use crate::web::caller;
use crate::web::problem::{ApiError, Fault};

const NO_SUCH: ApiError = ApiError::NotFound("token");

/// Account whose password was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgotBody {
    /// The e-mail address.
    email: String,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    /// Token from the mail.
    token: String,
    /// At least 10 characters.
    #[schema(min_length = 10, max_length = 256)]
    password: String,
}

/// Mails a link for setting a new password, which can be used once, within an hour.
///
/// The answer is the same if nobody has this address.
#[utoipa::path(
    post,
    operation_id = "forgot_password",
    path = "/api/v1/auth/password/forgot",
    tag = "accounts",
    security(()),
    request_body = ForgotBody,
    responses(
        (status = 202, description = "If this address has an account, a mail is being sent to it"),
        (status = 400, description = "The body is not a JSON object"),
        (status = 422, description = "The e-mail address is invalid"),
        (status = 429, description = "Too many attempts from this address or for this account; `Retry-After` says when to try again"),
        (status = 503, description = "This server sends no mail (`no_mail`): ask its operator. There is no `Retry-After`"),
    )
)]
pub(crate) async fn forgot(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: Body<ForgotBody>,
) -> Result<HttpResponse, ApiError> {
    let email = parsed(&body.email)?;
    let client = Client::of(&request, &state);
    if !state.mailer.brings_links() {
        return Err(ApiError::NoMail);
    }
    accounts.attempt(&client)?;
    accounts.mail_asked(&email)?;
    let state = state.clone();
    // Answered before the look-up, so that the time reveals nothing either.
    actix_web::rt::spawn(async move {
        if let Err(error) = mail_link(&state, &email, &client).await {
            tracing::error!(%error, "a password reset link could not be made");
        }
    });
    Ok(HttpResponse::Accepted().finish())
}

async fn mail_link(state: &WebState, email: &EmailAddress, client: &Client) -> Result<(), ApiError> {
    let asked = email.clone();
    let found = state.store.reads().run(move |connection| query::user_by_email(connection, &asked)).await?;
    let Some(row) = found else { return Ok(()) };
    let language = row.language().unwrap_or(PageLanguage::En);
    let user = row.user().map_err(StoreError::from)?;
    if user.status != UserStatus::Active {
        return Ok(());
    }
    let token = one_time::secret();
    let link = format!("{}/reset#token={token}", state.base_url());
    let (subject, text) = link_letters::password_reset(language, &user.name, &link);
    let mail = Mail { to: email.to_string(), subject: subject.to_owned(), text };
    let (link, row) = link_of(&user, one_time::hash(&token), PASSWORD_RESET_MS);
    let posting = state.mailer.posting(user.organization_id, mail, link);
    let what = ("password.forgotten", user.id, "a password reset link was mailed");
    let entry = caller::done(user.organization_id, Actor::System, client.address, what);
    let make = move |connection: &mut Connection| {
        if !posting.write(connection)? {
            return Ok(None);
        }
        change::create_password_reset(connection, &row)?;
        change::record_audit(connection, &entry)?;
        Ok(Some(posting))
    };
    let posting = state.store.change(make).await?.ok_or_else(ApiError::too_many_mails)?;
    state.mailer.posted(posting);
    Ok(())
}

/// Sets a new password with a mailed token. All sign-ins of the user end, and a mail notifies them.
#[utoipa::path(
    post,
    operation_id = "reset_password",
    path = "/api/v1/auth/password/reset",
    tag = "accounts",
    security(()),
    request_body = ResetBody,
    responses(
        (status = 204, description = "The password is set: sign in with it"),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The token does not exist, was used, or has expired"),
        (status = 422, description = "The password is invalid"),
        (status = 429, description = "Too many attempts from this address; `Retry-After` says when to try again"),
        (status = 503, description = "The database does not answer, or too many sign-ins are under way"),
    )
)]
pub(crate) async fn reset(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: Body<ResetBody>,
) -> Result<HttpResponse, ApiError> {
    let ResetBody { token, password } = body.into_inner();
    let faulty = |reason| ApiError::Invalid(vec![Fault::of("password", reason)]);
    check_password(&password).map_err(faulty)?;
    let client = Client::of(&request, &state);
    accounts.attempt(&client)?;
    let (token_hash, address) = (one_time::hash(&token), client.address);
    let asked = token_hash.clone();
    let read = move |connection: &mut Connection| {
        let holds = query::password_reset_holds(connection, &asked, world::now())?;
        Ok(holds.then_some(()).ok_or(NO_SUCH))
    };
    let hash = accounts.hash_for_token(&state.store, read, password).await?;
    let mailer = state.mailer.clone();
    let set = move |connection: &mut Connection| {
        let Some(row) = change::take_password_reset(connection, &token_hash, world::now())? else {
            return Ok(None);
        };
        let (organization_id, user_id) = ids(&row)?;
        change::set_password(connection, organization_id, user_id, &hash)?;
        let what = ("password.reset", user_id, "by a mailed link; all sign-ins were ended");
        let entry = caller::done(organization_id, Actor::User(user_id), address, what);
        change::record_audit(connection, &entry)?;
        let ended = change::end_logins(connection, user_id)?;
        let recipient = (organization_id, user_id);
        let notice = account_mail::write(connection, &mailer, recipient, AccountEvent::PasswordReset)?;
        let user = query::user(connection, organization_id, user_id)?.map(|row| row.user()).transpose()?;
        Ok(user.map(|user| (ended, user.email, notice)))
    };
    let (ended, email, notice) = state.store.change(set).await?.ok_or(NO_SUCH)?;
    state.mailer.posted_some(notice);
    accounts.was_right(&client);
    // The holder of the link can read the account's mail, so they get in even while others guess.
    accounts.is_familiar_now(&client, &email);
    accounts.ended(ended);
    Ok(HttpResponse::NoContent().finish())
}

/// A new link of this user, for a mail and for the store.
pub(super) fn link_of(user: &User, token_hash: String, lifetime_ms: u64) -> (Link, PasswordResetRow) {
    let now = world::now();
    let expires_at = now + TimeDelta::milliseconds(i64::try_from(lifetime_ms).unwrap_or(0));
    let link = Link { hash: token_hash.clone(), until: expires_at.into() };
    let row = PasswordResetRow {
        token_hash,
        organization_id: user.organization_id.to_string(),
        user_id: user.id.to_string(),
        created_at: now.naive_utc(),
        expires_at: expires_at.naive_utc(),
    };
    (link, row)
}

/// The user of a link, and their organization.
pub(super) fn ids(row: &PasswordResetRow) -> Result<(OrganizationId, UserId), StoreError> {
    let bad = |fault| BadRow::new("password_resets.user_id", fault);
    Ok((row.organization_id.parse().map_err(bad)?, row.user_id.parse().map_err(bad)?))
}
