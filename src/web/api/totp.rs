//! `/api/v1/auth/totp`: the second factor of the user who asks. `/api/v1/users/{id}/totp/remove`: that of another user who has lost it.

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::account::User;
use cordboard_schema::giving::Right;
use cordboard_schema::ids::UserId;
use cordboard_schema::limits::RECOVERY_CODES;
use cordboard_tables::rows::UserRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::account_mail::{self, AccountEvent, Changer};
use crate::web::accounts::passwords::Turn;
use crate::web::accounts::sign_in::user_of;
use crate::web::accounts::{Accounts, lost_factor, one_time, totp};
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// Proof of identity, sent with each change of how the account is protected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    /// The password of the user who asks.
    pub(super) password: String,
}

/// Code that the authenticator app shows now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeBody {
    /// Six digits.
    #[schema(example = "123456")]
    code: String,
}

/// Secret for an authenticator app.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferView {
    /// The secret in base32, for typing.
    secret: String,
    /// The same as a URL, for a QR code.
    url: String,
}

/// Recovery codes, shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryView {
    /// Each can be used once to sign in instead of a code, in case the phone is lost.
    recovery_codes: Vec<String>,
}

/// Offers a second factor. It is active once a code is confirmed.
#[utoipa::path(
    post,
    operation_id = "offer_totp",
    path = "/api/v1/auth/totp",
    tag = "accounts",
    request_body = PasswordBody,
    responses(
        (status = 200, description = "The secret for the app", body = OfferView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "There is one already (`has_totp`), or the request is not a user's (`no_user`)"),
        (status = 422, description = "The body is invalid"),
        (status = 429, description = "Too many attempts; `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn offer(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    body: Body<PasswordBody>,
) -> Result<web::Json<OfferView>, ApiError> {
    let proven = proven(&state, &accounts, &caller, body.into_inner()).await?;
    let secret = totp::new_secret();
    let sealed = totp::seal(&accounts.secrets, proven.user.id, &secret);
    let offer = move |connection: &mut Connection| {
        let user = match proven.still(connection)? {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        if user.has_totp {
            let detail = "there is a second factor already: remove it first";
            return Ok(Err(ApiError::conflict("has_totp", detail)));
        }
        change::offer_totp(connection, user.organization_id, user.id, Some(&sealed))?;
        Ok(Ok(user.email))
    };
    let email = state.store.change(offer).await??;
    let (secret, url) = totp::shown(&secret, &email);
    Ok(web::Json(OfferView { secret, url }))
}

/// Confirms the offered second factor: from now on signing in requires a code. A mail notifies you if mail is set up.
#[utoipa::path(
    post,
    operation_id = "confirm_totp",
    path = "/api/v1/auth/totp/confirm",
    tag = "accounts",
    request_body = CodeBody,
    responses(
        (status = 200, description = "Recovery codes for a lost phone, shown only once", body = RecoveryView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 401, description = "The code is wrong (`wrong_credentials`), or there is no token or session that is valid for this"),
        (status = 409, description = "None was offered (`not_offered`), or the request is not a user's (`no_user`)"),
        (status = 422, description = "The body is invalid"),
        (status = 429, description = "Too many attempts; `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn confirm(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    body: Body<CodeBody>,
) -> Result<web::Json<RecoveryView>, ApiError> {
    let (row, user) = asker(&state, &caller).await?;
    let not_offered = || ApiError::conflict("not_offered", "no second factor was offered: request one first");
    let sealed = row.totp_pending.ok_or_else(not_offered)?;
    accounts.proof_tried(user.id)?;
    let secret = totp::unseal(&accounts.secrets, user.id, &sealed).map_err(|_| not_offered())?;
    let step = totp::step_of(&secret, &body.code, world::now()).ok_or(ApiError::WrongCredentials)?;
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| one_time::recovery_code()).collect();
    let hashes: Vec<String> = codes.iter().map(|code| one_time::hash(code)).collect();
    let (organization_id, id) = (user.organization_id, user.id);
    let entry = caller.did("totp.added", id, "");
    let mailer = state.mailer.clone();
    let set = move |connection: &mut Connection| {
        if !change::confirm_totp(connection, organization_id, id, (&sealed, step), &hashes)? {
            return Ok(None);
        }
        change::record_audit(connection, &entry)?;
        let recipient = (organization_id, id);
        Ok(Some(account_mail::write(connection, &mailer, recipient, AccountEvent::FactorAdded)?))
    };
    let notice = state.store.change(set).await?.ok_or(ApiError::WrongCredentials)?;
    state.mailer.posted_some(notice);
    accounts.was_proven(user.id);
    Ok(web::Json(RecoveryView { recovery_codes: codes }))
}

/// Removes the second factor and its recovery codes. A mail notifies you if mail is set up.
#[utoipa::path(
    post,
    operation_id = "remove_totp",
    path = "/api/v1/auth/totp/remove",
    tag = "accounts",
    request_body = PasswordBody,
    responses(
        (status = 204, description = "Signing in no longer requires a code"),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "The request is not a user's (`no_user`)"),
        (status = 422, description = "The body is invalid"),
        (status = 429, description = "Too many attempts; `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn remove(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    body: Body<PasswordBody>,
) -> Result<HttpResponse, ApiError> {
    let proven = proven(&state, &accounts, &caller, body.into_inner()).await?;
    let entry = caller.did("totp.removed", proven.user.id, "");
    let mailer = state.mailer.clone();
    let remove = move |connection: &mut Connection| {
        let user = match proven.still(connection)? {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        let recipient = (user.organization_id, user.id);
        change::remove_totp(connection, user.organization_id, user.id)?;
        change::record_audit(connection, &entry)?;
        // A factor removed by an earlier request is only reported once.
        if !user.has_totp {
            return Ok(Ok(None));
        }
        account_mail::write(connection, &mailer, recipient, AccountEvent::FactorRemoved).map(Ok)
    };
    let notice = state.store.change(remove).await??;
    state.mailer.posted_some(notice);
    Ok(HttpResponse::NoContent().finish())
}

/// Removes the second factor of a user who has lost it, with its recovery codes. It takes the password of the user who asks. All sign-ins of that
/// user end, their password alone opens the account, and a mail notifies them if mail is set up. A user without a second factor keeps their sign-ins.
///
/// Make sure that the request comes from that user themselves. It is refused for a user with more permissions than your own.
#[utoipa::path(
    post,
    operation_id = "reset_totp",
    path = "/api/v1/users/{id}/totp/remove",
    tag = "accounts",
    params(("id" = UserId, Path, description = "The user")),
    request_body = PasswordBody,
    responses(
        (status = 204, description = "They no longer have a second factor"),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 401, description = "The password is wrong (`wrong_credentials`), or there is no token or session that is valid for this"),
        (status = 403, description = "The user has more permissions than the requesting user (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such user"),
        (status = 409, description = "The request is not a user's (`no_user`)"),
        (status = 422, description = "The body is invalid"),
        (status = 429, description = "Too many attempts; `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn reset(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    id: web::Path<UserId>,
    body: Body<PasswordBody>,
) -> Result<HttpResponse, ApiError> {
    let id = *id;
    // Before the password: an unknown id, or one of a user whom they may not change, does not count as an attempt at it.
    let asks = caller.clone();
    state.store.reads().run(move |connection| changeable(connection, &asks, id)).await??;
    let by = proven(&state, &accounts, &caller, body.into_inner()).await?;
    let (mailer, named) = (state.mailer.clone(), format!("{} ({})", by.user.name, by.user.email));
    let reset = move |connection: &mut Connection| {
        if let Err(refused) = by.still(connection)? {
            return Ok(Err(refused));
        }
        let user = match changeable(connection, &caller, id)? {
            Ok(user) if user.has_totp => user,
            // There is nothing to do if they have none.
            other => return Ok(other.map(|_| None)),
        };
        let entry = caller.did("totp.reset", id, &user.email);
        let removal = (&user, Changer::Person(&named));
        let gone = lost_factor::take_away(connection, &mailer, removal, &entry)?;
        Ok(Ok(Some(gone)))
    };
    if let Some(gone) = state.store.change(reset).await?? {
        accounts.ended(gone.ended);
        state.mailer.posted_some(gone.notice);
    }
    Ok(HttpResponse::NoContent().finish())
}

/// The user with this id, if this caller may change them.
pub(super) fn changeable(
    connection: &mut Connection,
    caller: &Caller,
    id: UserId,
) -> Result<Result<User, ApiError>, StoreError> {
    let Some(row) = query::user(connection, caller.organization_id, id)? else {
        return Ok(Err(ApiError::NotFound("user")));
    };
    let user = row.user()?;
    Ok(caller.demand_to_give(Right::Role(user.role)).map(|()| user))
}

/// The user who asks, if it is one.
async fn asker(state: &WebState, caller: &Caller) -> Result<(UserRow, User), ApiError> {
    let no_user = || ApiError::conflict("no_user", "this is only for users: sign in as one");
    let (organization_id, id) = (caller.organization_id, caller.user_id().ok_or_else(no_user)?);
    let found =
        state.store.reads().run(move |connection| query::user(connection, organization_id, id)).await?;
    let row = found.ok_or_else(no_user)?;
    let user = user_of(&row)?;
    Ok((row, user))
}

/// A user whose password was checked.
pub(super) struct Proven {
    /// The user, as read before the check.
    pub(super) user: User,
    /// Hash of the password.
    password_hash: String,
}

impl Proven {
    /// The user, in the transaction of the change that needs the password. Since the check they may have set another one by a mailed link, because
    /// somebody else knows this one, whose requests must not take that back.
    pub(super) fn still(&self, connection: &mut Connection) -> Result<Result<User, ApiError>, StoreError> {
        let row = query::user(connection, self.user.organization_id, self.user.id)?;
        match row.filter(|row| row.password_hash == self.password_hash) {
            Some(row) => Ok(Ok(row.user()?)),
            None => Ok(Err(ApiError::WrongCredentials)),
        }
    }
}

/// The user who asks, after checking their password: a stolen token alone must not be enough here.
pub(super) async fn proven(
    state: &WebState,
    accounts: &Accounts,
    caller: &Caller,
    PasswordBody { password }: PasswordBody,
) -> Result<Proven, ApiError> {
    let (UserRow { password_hash, .. }, user) = asker(state, caller).await?;
    accounts.proof_tried(user.id)?;
    let (kept, turn) = (Some(password_hash.clone()), Turn::Familiar(user.organization_id));
    if !accounts.passwords.is_right(password, kept, turn).await? {
        return Err(ApiError::WrongCredentials);
    }
    accounts.was_proven(user.id);
    Ok(Proven { user, password_hash })
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audit::Actor;

    use super::*;
    use crate::store::{Store, StoreSettings};
    use crate::web::{NewAccount, add_user};

    #[actix_web::test]
    async fn a_replaced_password_proves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
        let account = NewAccount::ada(store.organization_id());
        let user = add_user(&store, account, Actor::Installation).await.unwrap();
        let (organization_id, id) = (user.organization_id, user.id);
        let check = move |connection: &mut Connection| {
            let row = query::user(connection, organization_id, id)?;
            let proven = Proven { user, password_hash: row.unwrap().password_hash };
            let before = proven.still(connection)?.is_ok();
            // A mailed link is used while the request waits.
            change::set_password(connection, organization_id, id, "the hash of another")?;
            Ok((before, proven.still(connection)?))
        };
        let (before, after) = store.change(check).await.unwrap();
        assert!(before);
        assert!(matches!(after, Err(ApiError::WrongCredentials)), "{after:?}");
    }
}
