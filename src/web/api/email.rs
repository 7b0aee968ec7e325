//! `/api/v1/auth/email`: a new e-mail address of the user who asks, confirmed by a mailed link. `/api/v1/users/{id}/email`: that of another user.

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::account::{EmailAddress, PageLanguage, User, UserStatus};
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::UserId;
use cordboard_schema::limits::ADDRESS_LINK_MS;
use cordboard_tables::rows::UserRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::email_taken;
use super::password::{ids, link_of};
use super::sessions::current;
use super::totp::{PasswordBody, changeable, proven};
use super::users::UserView;
use crate::mail::{Mail, Posting};
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::account_mail::{self, AccountEvent, AddressEvent, Changer};
use crate::web::accounts::new_address::{self, AddressToken};
use crate::web::accounts::sign_in::Client;
use crate::web::accounts::{Accounts, link_letters};
use crate::web::body::Body;
use crate::web::caller::{self, Caller};
use crate::web::problem::{ApiError, Fault};

const NO_SUCH: ApiError = ApiError::NotFound("token");

/// A new e-mail address, and proof of identity.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEmailBody {
    /// The new address.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
    /// The password of the user who asks.
    password: String,
}

/// Confirmation of a new e-mail address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmEmailBody {
    /// Token from the mail.
    token: String,
}

/// A confirmed e-mail address.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfirmedEmailView {
    /// The address with which the user signs in from now on.
    email: EmailAddress,
}

/// Mails a link to a new e-mail address of yours. Your address changes once the link is used, within an hour; until then you sign in with the previous
/// one. A newer request replaces the link, and a new password ends it. A mail to the previous address reports the request.
///
/// The answer is the same if another account has the address: then a mail tells its user, and no link is mailed. Without a mail server, somebody who may
/// change users sets your address (`POST /users/{id}/email`).
#[utoipa::path(
    post,
    operation_id = "request_email",
    path = "/api/v1/auth/email",
    tag = "accounts",
    request_body = NewEmailBody,
    responses(
        (status = 202, description = "A mail is on its way to the new address"),
        (status = 400, description = "The body is not a JSON object"),
        (status = 401, description = "The password is wrong (`wrong_credentials`), or there is no token or session that is valid for this"),
        (status = 409, description = "The request is not a user's (`no_user`), or this server sends no mail (`no_mail_server`): an owner or an administrator can set your address"),
        (status = 422, description = "The e-mail address is invalid, or is your address already"),
        (status = 429, description = "Too many attempts, or too many mails by this organization or to this address; `Retry-After` says when to try again"),
        (status = 503, description = "The database does not answer, or too many mails are waiting"),
    )
)]
pub(crate) async fn request(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    body: Body<NewEmailBody>,
) -> Result<HttpResponse, ApiError> {
    let NewEmailBody { email, password } = body.into_inner();
    let email = parsed(&email)?;
    let proven = proven(&state, &accounts, &caller, PasswordBody { password }).await?;
    let user = proven.user.clone();
    if !state.mailer.brings_links() {
        let detail = "no mail server is set (`smtp.host`), so no link can be mailed: an owner or an administrator of your organization can set your \
                      address, on the page Team or by `POST /api/v1/users/{id}/email`";
        return Err(ApiError::conflict("no_mail_server", detail));
    }
    if user.email == email {
        return Err(ApiError::Invalid(vec![Fault::of("email", "is your address already")]));
    }
    accounts.invited(user.organization_id, &email)?;
    let token = AddressToken::new(email.clone(), current(&caller));
    let (link, row) = link_of(&user, token.hash(), ADDRESS_LINK_MS);
    let url = format!("{}/email#token={}", state.base_url(), token.text);
    let entry = caller.did("user.email_requested", user.id, &email);
    let mailer = state.mailer.clone();
    let make = move |connection: &mut Connection| {
        if let Err(refused) = proven.still(connection)? {
            return Ok(Err(refused));
        }
        // Nobody learns from the answer, nor from anything else that they see, whether another account has the address.
        let posting = match query::user_by_email(connection, &email)? {
            Some(other) => {
                let other = other.user()?;
                let (recipient, event) = ((other.organization_id, other.id), AddressEvent::Wanted);
                account_mail::write(connection, &mailer, recipient, AccountEvent::Address(event))?
            }
            None => {
                let row = query::user(connection, user.organization_id, user.id)?;
                let language = row.as_ref().and_then(UserRow::language).unwrap_or(PageLanguage::En);
                let (subject, text) = link_letters::new_address(language, &user.name, &url);
                let mail = Mail { to: email.to_string(), subject: subject.to_owned(), text };
                let posting = mailer.posting(user.organization_id, mail, link);
                if !posting.write(connection)? {
                    return Ok(Err(ApiError::too_many_mails()));
                }
                Some(posting)
            }
        };
        change::create_address_link(connection, &row)?;
        change::record_audit(connection, &entry)?;
        let (recipient, event) = ((user.organization_id, user.id), AddressEvent::Requested(email.as_str()));
        let notice = account_mail::write(connection, &mailer, recipient, AccountEvent::Address(event))?;
        Ok::<_, StoreError>(Ok([posting, notice]))
    };
    let mails: [Option<Posting>; 2] = state.store.change(make).await??;
    for mail in mails {
        state.mailer.posted_some(mail);
    }
    Ok(HttpResponse::Accepted().finish())
}

/// The e-mail address in a body.
pub(super) fn parsed(email: &str) -> Result<EmailAddress, ApiError> {
    EmailAddress::parse(email).map_err(|reason| ApiError::Invalid(vec![Fault::of("email", reason)]))
}

/// Confirms a new e-mail address with a mailed token: from now on its user signs in with it. All their sign-ins end, except the one that requested the
/// address. Links that were mailed to the previous address end, and so do the organization's invitations to either. A mail to the previous address
/// reports the change.
#[utoipa::path(
    post,
    operation_id = "confirm_email",
    path = "/api/v1/auth/email/confirm",
    tag = "accounts",
    security(()),
    request_body = ConfirmEmailBody,
    responses(
        (status = 200, description = "The address is confirmed", body = ConfirmedEmailView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The token does not exist, was used, or has expired"),
        (status = 409, description = "Another account has taken the address meanwhile (`email_taken`)"),
        (status = 422, description = "The body is invalid"),
        (status = 429, description = "Too many attempts from this address; `Retry-After` says when to try again"),
        (status = 503, description = "The database does not answer at the moment"),
    )
)]
pub(crate) async fn confirm(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: Body<ConfirmEmailBody>,
) -> Result<web::Json<ConfirmedEmailView>, ApiError> {
    let client = Client::of(&request, &state);
    accounts.attempt(&client)?;
    let token = AddressToken::parse(&body.token).ok_or(NO_SUCH)?;
    let (hash, address) = (token.hash(), client.address);
    let asked = hash.clone();
    // A read comes first, so that made-up tokens do not occupy the writer.
    let read = move |connection: &mut Connection| query::address_link_holds(connection, &asked, world::now());
    if !state.store.reads().run_for_stranger(read).await? {
        return Err(NO_SUCH);
    }
    let (email, mailer) = (token.email.clone(), state.mailer.clone());
    let set = move |connection: &mut Connection| {
        let now = world::now();
        if !query::address_link_holds(connection, &hash, now)? {
            return Ok(Err(NO_SUCH));
        }
        // The link stays valid: its user may want to sort it out with the other account.
        if query::user_by_email(connection, &token.email)?.is_some() {
            return Ok(Err(email_taken()));
        }
        let Some(row) = change::take_address_link(connection, &hash, now)? else { return Ok(Err(NO_SUCH)) };
        let (organization_id, user_id) = ids(&row)?;
        let found = query::user(connection, organization_id, user_id)?;
        let Some(user) = found.map(|row| row.user()).transpose()? else { return Ok(Err(NO_SUCH)) };
        if user.status != UserStatus::Active {
            return Ok(Err(NO_SUCH));
        }
        let detail = format!("from {} to {}, by a mailed link", user.email, token.email);
        let what = ("user.email_changed", user_id, detail);
        let entry = caller::done(organization_id, Actor::User(user_id), address, what);
        let event = (AddressEvent::Confirmed(token.email.as_str()), token.sign_in.as_deref());
        let set = new_address::set(connection, &mailer, (&user, &token.email), event, &entry)?;
        Ok(Ok((organization_id, set)))
    };
    let (organization_id, set) = match state.store.change(set).await {
        Err(error) if error.is_taken_name() => return Err(email_taken()),
        outcome => outcome??,
    };
    state.mailer.posted_some(set.notice);
    accounts.was_right(&client);
    // The holder of the link can read the account's mail, as with a link for a new password.
    accounts.is_familiar_now(&client, &email);
    accounts.ended(set.ended);
    state.floor_changed(organization_id).await;
    Ok(web::Json(ConfirmedEmailView { email }))
}

/// Sets the e-mail address of another user, who has lost access to theirs or gets no mail. It takes the password of the user who asks. All sign-ins of
/// that user end, and they sign in with the new address and the same password. A mail to the previous address tells them who did it, if mail is set up.
///
/// Anybody who reads the mail of the address can set a new password: make sure that it belongs to that user. It is refused for a user with more permissions
/// than your own. For yourself it is accepted only if this server sends no mail; otherwise use `/auth/email`, which proves that the address is yours.
#[utoipa::path(
    post,
    operation_id = "set_email",
    path = "/api/v1/users/{id}/email",
    tag = "accounts",
    params(("id" = UserId, Path, description = "The user")),
    request_body = NewEmailBody,
    responses(
        (status = 200, description = "The user, with the new address", body = UserView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 401, description = "The password is wrong (`wrong_credentials`), or there is no token or session that is valid for this"),
        (status = 403, description = "The user has more permissions than the requesting user, or is that user while mail is set up (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such user"),
        (status = 409, description = "The address is taken (`email_taken`), or the request is not a user's (`no_user`)"),
        (status = 422, description = "The e-mail address is invalid"),
        (status = 429, description = "Too many attempts; `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    id: web::Path<UserId>,
    body: Body<NewEmailBody>,
) -> Result<web::Json<UserView>, ApiError> {
    let (id, NewEmailBody { email, password }) = (*id, body.into_inner());
    let email = parsed(&email)?;
    // Before the password, as for a second factor: a caller who may not change this user can't try passwords here.
    let asks = caller.clone();
    state.store.reads().run(move |connection| changeable(connection, &asks, id)).await??;
    let is_own = caller.user_id() == Some(id);
    if is_own && state.mailer.brings_links() {
        let detail = "your own address is confirmed by a mailed link: request one on your account page, or by `POST /api/v1/auth/email`";
        return Err(ApiError::NotAllowed(detail.to_owned()));
    }
    let by = proven(&state, &accounts, &caller, PasswordBody { password }).await?;
    let (mailer, named) = (state.mailer.clone(), format!("{} ({})", by.user.name, by.user.email));
    let set = move |connection: &mut Connection| {
        if let Err(refused) = by.still(connection)? {
            return Ok(Err(refused));
        }
        let user = match changeable(connection, &caller, id)? {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        if user.email == email {
            return Ok(Ok((user, None)));
        }
        if query::user_by_email(connection, &email)?.is_some() {
            return Ok(Err(email_taken()));
        }
        let entry = caller.did("user.email_set", id, format!("from {} to {email}", user.email));
        let kept = current(&caller).filter(|_| is_own);
        let event = (AddressEvent::Set(Changer::Person(&named), email.as_str()), kept.as_deref());
        let set = new_address::set(connection, &mailer, (&user, &email), event, &entry)?;
        Ok::<_, StoreError>(Ok((User { email, ..user }, Some(set))))
    };
    let (user, set) = match state.store.change(set).await {
        Err(error) if error.is_taken_name() => return Err(email_taken()),
        outcome => outcome??,
    };
    if let Some(set) = set {
        accounts.ended(set.ended);
        state.mailer.posted_some(set.notice);
        state.floor_changed(user.organization_id).await;
    }
    Ok(web::Json(user.into()))
}
