//! `/api/v1/auth`: registration, and sign-in by e-mail and password for programs. Pages use `/auth/session`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use cordboard_actors::world;
use cordboard_schema::account::{EmailAddress, PageLanguage, User, UserStatus, check_password, checked_name};
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::limits::REFRESH_TOKEN_MS;
use cordboard_schema::permission::{Permission, Role};
use cordboard_schema::plain::present;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_tables::rows::UserRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::Registration;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::passwords::Turn;
use crate::web::accounts::sign_in::{Client, SigningIn, user_of};
use crate::web::accounts::{Accounts, LoginKind, LoginToken, SignedIn, one_time};
use crate::web::body::Body;
use crate::web::caller::{self, Caller};
use crate::web::problem::{ApiError, Fault};

/// A new owner, and their organization.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterBody {
    /// E-mail address by which the owner signs in.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
    /// At least 10 characters.
    #[schema(min_length = 10, max_length = 256)]
    password: String,
    /// Display name of the owner.
    #[schema(example = "Ada", max_length = 100)]
    name: String,
    /// Name of the organization.
    #[schema(example = "Lovelace Plumbing", max_length = 100)]
    organization: String,
    /// The setup token that the server printed at its start. The user who registers with it becomes the owner of the installation's first
    /// organization.
    setup_token: Option<String>,
}

/// The user who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    /// The e-mail address.
    email: String,
    /// The password.
    password: String,
    /// A code of the authenticator app, or a recovery code, if the account requires one.
    code: Option<String>,
}

/// The newest refresh token of a sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    /// The refresh token. It can be used once; the answer has the next one.
    refresh_token: String,
}

/// Tokens that a sign-in returns.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignInView {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// When the access token expires.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: UnixMs,
    /// For `/auth/refresh`; it can be used once.
    refresh_token: String,
    /// When the refresh token expires if it is not used before.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    refresh_expires_at: UnixMs,
    /// The user who signed in.
    user: User,
}

/// The identity of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeView {
    /// The user; null for a program or the admin token.
    user: Option<User>,
    /// Identity of the caller of the API.
    actor: Actor,
    /// Organization that the requests are about.
    organization: OrganizationView,
    /// All permissions of the caller of the API.
    permissions: Vec<Permission>,
    /// Language that the user has chosen for the pages; null if the browser decides.
    language: Option<PageLanguage>,
    /// SIP server at which an agent's browser registers as a softphone; null if there is none.
    softphone: Option<SoftphoneView>,
}

/// A change to the user's own settings. Members that are left out keep their values.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MeChange {
    /// Language for the pages, on every machine; null lets each browser decide.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<PageLanguage>)]
    language: Option<Option<PageLanguage>>,
}

/// A switch at which browsers register by SIP over WebSocket (RFC 7118).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SoftphoneView {
    /// The address of the WebSocket.
    #[schema(example = "wss://pbx.example:8089/ws")]
    url: String,
    /// The SIP domain in which agents register.
    #[schema(example = "pbx.example")]
    domain: String,
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrganizationView {
    /// UUID v7.
    pub(super) id: OrganizationId,
    /// Display name.
    pub(super) name: String,
}

/// A new user, checked.
pub(in crate::web) struct NewUser {
    pub(in crate::web) email: EmailAddress,
    pub(in crate::web) name: String,
    pub(in crate::web) password: String,
}

impl NewUser {
    /// Checks all members at once; `others` are faults that were found before.
    pub(in crate::web) fn check(
        (email, name, password): (&str, &str, String),
        mut others: Vec<Fault>,
    ) -> Result<Self, ApiError> {
        let email = EmailAddress::parse(email).map_err(|reason| others.push(Fault::of("email", reason)));
        let name = checked_name(name).map_err(|reason| others.push(Fault::of("name", reason)));
        if let Err(reason) = check_password(&password) {
            others.push(Fault::of("password", reason));
        }
        match (email, name) {
            (Ok(email), Ok(name)) if others.is_empty() => Ok(Self { email, name, password }),
            _ => Err(ApiError::Invalid(others)),
        }
    }

    /// The row of the user, with the hash of the password.
    pub(in crate::web) fn row(
        self,
        organization_id: OrganizationId,
        role: Role,
        hash: String,
    ) -> Result<UserRow, StoreError> {
        let user = User {
            id: UserId(world::new_id()),
            organization_id,
            email: self.email,
            name: self.name,
            role,
            status: UserStatus::Active,
            has_totp: false,
            created_at: world::now().into(),
            last_sign_in_at: None,
        };
        Ok(UserRow::new(&user, hash)?)
    }
}

/// Error for an e-mail address that is taken.
pub(super) fn email_taken() -> ApiError {
    ApiError::conflict("email_taken", "this e-mail address is taken: use another one")
}

/// Registers an owner and their organization, and signs them in.
#[utoipa::path(
    post,
    operation_id = "register",
    path = "/api/v1/auth/register",
    tag = "accounts",
    security(()),
    request_body = RegisterBody,
    responses(
        (status = 201, description = "Registered and signed in", body = SignInView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "Registration requires a setup token or an invitation (`not_allowed`)"),
        (status = 409, description = "The address is taken (`email_taken`)"),
        (status = 422, description = "A value is invalid, for instance a password that is too short"),
        (status = 429, description = "Too many attempts from this address; `Retry-After` says when to try again"),
        (status = 503, description = "The database does not answer, or too many sign-ins are under way"),
    )
)]
pub(crate) async fn register(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: Body<RegisterBody>,
) -> Result<HttpResponse, ApiError> {
    let RegisterBody { email, password, name, organization, setup_token } = body.into_inner();
    let client = Client::of(&request, &state);
    let mut faults = Vec::new();
    let organization =
        checked_name(&organization).map_err(|reason| faults.push(Fault::of("organization", reason)));
    let user = NewUser::check((&email, &name, password), faults)?;
    let Ok(organization) = organization else { return Err(refused()) };
    let registration = state.configuration.config.registration;
    match (registration, &setup_token) {
        (Registration::Closed, _) | (Registration::Invite, None) => return Err(refused()),
        (Registration::Open | Registration::Invite, _) => accounts.attempt(&client)?,
    }
    if setup_token.is_none() {
        accounts.registered_by(&client)?;
    }
    let (setup_hash, address) = (setup_token.as_deref().map(one_time::hash), client.address);
    let first = state.store.organization_id();
    let password = user.password.clone();
    let hash = match setup_hash.clone() {
        Some(asked) => {
            let read = move |connection: &mut Connection| {
                if query::setup_token_holds(connection, &asked, world::now())? {
                    return Ok(Ok(()));
                }
                no_such_setup_token(connection, first, registration).map(Err)
            };
            accounts.hash_for_token(&state.store, read, password).await?
        }
        None => accounts.passwords.hash(password, Turn::Stranger).await?,
    };
    let make = move |connection: &mut Connection| {
        // The token is checked first, so a client without a valid one does not learn which accounts exist.
        if let Some(hash) = &setup_hash
            && !query::setup_token_holds(connection, hash, world::now())?
        {
            return Ok(Err(no_such_setup_token(connection, first, registration)?));
        }
        if query::user_by_email(connection, &user.email)?.is_some() {
            return Ok(Err(email_taken()));
        }
        let organization_id = match setup_hash {
            Some(hash) => match change::take_setup_token(connection, &hash, world::now())? {
                Some(organization_id) => {
                    change::rename_organization(connection, organization_id, &organization)?;
                    organization_id
                }
                None => return Ok(Err(no_such_setup_token(connection, first, registration)?)),
            },
            None => change::create_organization(connection, &organization)?,
        };
        let row = user.row(organization_id, Role::Owner, hash)?;
        let made = SigningIn::of(&row)?;
        change::create_user(connection, &row)?;
        let what = ("organization.registered", organization_id, made.user.email.as_str());
        let entry = caller::done(organization_id, Actor::User(made.user.id), address, what);
        change::record_audit(connection, &entry)?;
        Ok(Ok(made))
    };
    let made = match state.store.change(make).await {
        Err(error) if error.is_taken_name() => return Err(email_taken()),
        outcome => outcome??,
    };
    state.floor_changed(made.user.organization_id).await;
    // A registration without a token stays counted.
    if setup_token.is_some() {
        accounts.was_right(&client);
    }
    Ok(HttpResponse::Created().json(signed_in(&state, &accounts, &client, made).await?))
}

fn refused() -> ApiError {
    let detail = "nobody can register here: ask for an invitation, or send the setup token that the server printed at its start";
    ApiError::NotAllowed(detail.to_owned())
}

/// Error for a setup token that is not accepted, with what to do instead. It is no secret that the installation has an owner: the sign-in page shows
/// it too.
fn no_such_setup_token(
    connection: &mut Connection,
    first: OrganizationId,
    registration: Registration,
) -> Result<ApiError, StoreError> {
    let has_owner = query::count_owners(connection, first)? > 0;
    let detail = match (has_owner, registration) {
        (true, Registration::Open) => {
            "the setup token has been used, or the owner came without it: this installation has its owner; anybody can register \
             here without it, for an organization of their own: leave `setup_token` out, or go to the page `/register`"
        }
        (true, Registration::Invite | Registration::Closed) => {
            "the setup token has been used, or the owner came without it: this installation has its owner; ask them for an \
             invitation"
        }
        (false, Registration::Open) => {
            "this setup token is not valid: each start of the server makes a new one; take the newest that it printed, or register an organization \
             of your own without one"
        }
        (false, Registration::Invite | Registration::Closed) => {
            "this setup token is not valid: each start of the server makes a new one; take the newest that it printed"
        }
    };
    Ok(ApiError::NotAllowed(detail.to_owned()))
}

/// Signs in by e-mail and password.
#[utoipa::path(
    post,
    operation_id = "login",
    path = "/api/v1/auth/login",
    tag = "accounts",
    security(()),
    request_body = LoginBody,
    responses(
        (status = 200, description = "Signed in", body = SignInView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 401, description = "The credentials are wrong (`wrong_credentials`), or a code is required (`totp_required`)"),
        (status = 403, description = "The organization is suspended (`organization_suspended`)"),
        (status = 422, description = "The body is invalid"),
        (status = 429, description = "Too many attempts from this address or for this account; `Retry-After` says when to try again"),
        (status = 503, description = "The database does not answer, or too many sign-ins are under way"),
    )
)]
pub(crate) async fn login(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: Body<LoginBody>,
) -> Result<web::Json<SignInView>, ApiError> {
    let LoginBody { email, password, code } = body.into_inner();
    let client = Client::of(&request, &state);
    let signing_in = accounts.check(&state.store, &client, (&email, password, code.as_deref())).await?;
    Ok(web::Json(signed_in(&state, &accounts, &client, signing_in).await?))
}

/// Begins a program's sign-in.
pub(super) async fn signed_in(
    state: &WebState,
    accounts: &Accounts,
    client: &Client,
    signing_in: SigningIn,
) -> Result<SignInView, ApiError> {
    let kind = (LoginKind::Program, refresh_lifetime());
    let (token, until) = accounts.open(&state.store, client, Some(&signing_in), kind).await?;
    shown(accounts, signing_in.user, &token, until.into())
}

fn refresh_lifetime() -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(REFRESH_TOKEN_MS).unwrap_or(i64::MAX))
}

fn shown(
    accounts: &Accounts,
    user: User,
    token: &LoginToken,
    refresh_expires_at: UnixMs,
) -> Result<SignInView, ApiError> {
    let (access_token, expires_at) = accounts.access_token(user.id, token.id)?;
    let refresh_token = token.text();
    let token_type = "Bearer";
    Ok(SignInView { access_token, token_type, expires_at, refresh_token, refresh_expires_at, user })
}

/// Replaces the access token and the refresh token with new ones.
///
/// A refresh token can be used once. If a replaced token is used again, it was stolen, or its answer was lost: the sign-in ends with all its tokens.
/// A secret that this server has not issued is refused and ends nothing.
#[utoipa::path(
    post,
    operation_id = "refresh",
    path = "/api/v1/auth/refresh",
    tag = "accounts",
    security(()),
    request_body = RefreshBody,
    responses(
        (status = 200, description = "The user remains signed in", body = SignInView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 401, description = "The sign-in is over (`sign_in_over`)"),
        (status = 422, description = "The body is invalid"),
        (status = 503, description = "The database does not answer at the moment"),
    )
)]
pub(crate) async fn refresh(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: Body<RefreshBody>,
) -> Result<web::Json<SignInView>, ApiError> {
    let old = LoginToken::parse(&body.refresh_token).ok_or(ApiError::SignInOver)?;
    let login = accounts.login_of(&state.store, &old, LoginKind::Program).await?;
    let (row, user) = login.ok_or(ApiError::SignInOver)?;
    let user = user_of(user.as_ref().ok_or(ApiError::SignInOver)?)?;
    let (new, now) = (accounts.login_token(old.id), world::now());
    let until = now + refresh_lifetime();
    let id = row.id.clone();
    let is_newest = old.is_of(&row) && {
        let (id, hashes) = (id.clone(), (old.hash(), new.hash()));
        let rotate = move |connection: &mut Connection| {
            change::rotate_login(connection, &id, (&hashes.0, &hashes.1), now, until)
        };
        state.store.change(rotate).await?
    };
    if is_newest {
        return Ok(web::Json(shown(&accounts, user, &new, until.into())?));
    }
    // Another request has used a token that was the newest when it was read. Tokens issued before tokens had a MAC are recognized by the row alone.
    if !old.is_of(&row) && !old.was_of(&row) && !accounts.has_given(&old) {
        // Ids are no secrets: they are in the audit log. A request that anybody could send ends nothing.
        tracing::info!(user = %user.id, "a refresh token with a wrong secret was refused");
        return Err(ApiError::SignInOver);
    }
    let client = Client::of(&request, &state);
    tracing::warn!(user = %user.id, address = ?client.address, "a refresh token was used again: its sign-in ends");
    let what = ("sign_in.token_reused", user.id, "a refresh token was used again: the sign-in was ended");
    let entry = caller::done(user.organization_id, Actor::System, client.address, what);
    let ended = id.clone();
    let end = move |connection: &mut Connection| {
        change::end_login(connection, &ended)?;
        change::record_audit(connection, &entry)
    };
    state.store.change(end).await?;
    accounts.ended([id]);
    Err(ApiError::SignInOver)
}

/// Signs out: the sign-in of this access token or cookie ends with all its tokens.
#[utoipa::path(
    post,
    operation_id = "logout",
    path = "/api/v1/auth/logout",
    tag = "accounts",
    responses(
        (status = 204, description = "Signed out"),
        (status = 409, description = "An API token or the admin token is not a sign-in (`no_sign_in`)"),
    )
)]
pub(crate) async fn logout(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let Some(id) = caller.signed_in.as_ref().and_then(SignedIn::login_id) else {
        return Err(ApiError::conflict("no_sign_in", "this token is not a sign-in: there is nothing to end"));
    };
    let (ended, entry) = (id.clone(), caller.did("sign_out", &id, ""));
    let end = move |connection: &mut Connection| {
        change::end_login(connection, &ended)?;
        change::record_audit(connection, &entry)
    };
    state.store.change(end).await?;
    accounts.ended([id]);
    Ok(HttpResponse::NoContent().finish())
}

/// Shows the user or program that makes the request, and its permissions.
#[utoipa::path(
    get,
    operation_id = "show_me",
    path = "/api/v1/auth/me",
    tag = "accounts",
    responses((status = 200, description = "The user or token of the request", body = MeView))
)]
pub(crate) async fn me(state: web::Data<WebState>, caller: Caller) -> Result<web::Json<MeView>, ApiError> {
    let (organization_id, user_id) = (caller.organization_id, caller.user_id());
    let read = move |connection: &mut Connection| {
        let user = match user_id {
            Some(id) => query::user(connection, organization_id, id)?,
            None => None,
        };
        Ok((query::organization(connection, organization_id)?, user))
    };
    let (organization, user) = state.store.reads().run(read).await?;
    let organization = organization.ok_or(ApiError::NotFound("organization"))?;
    Ok(web::Json(MeView {
        language: user.as_ref().and_then(UserRow::language),
        user: user.as_ref().map(user_of).transpose()?,
        actor: caller.actor,
        organization: OrganizationView { id: organization_id, name: organization.name },
        permissions: caller.permissions().iter().collect(),
        softphone: state
            .configuration
            .config
            .softphone
            .place()
            .map(|(url, domain)| SoftphoneView { url: url.as_str().to_owned(), domain }),
    }))
}

/// Changes the user's own settings.
#[utoipa::path(
    patch,
    operation_id = "change_me",
    path = "/api/v1/auth/me",
    tag = "accounts",
    request_body = MeChange,
    responses(
        (status = 200, description = "Changed", body = MeView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "The request is not a user's (`no_user`)"),
        (status = 422, description = "A value is invalid, for instance a language that the pages don't have"),
    )
)]
pub(crate) async fn change_me(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<MeChange>,
) -> Result<web::Json<MeView>, ApiError> {
    let no_user = || ApiError::conflict("no_user", "this is only for users: sign in as one");
    let (organization_id, id) = (caller.organization_id, caller.user_id().ok_or_else(no_user)?);
    if let Some(language) = body.into_inner().language {
        let set = move |connection: &mut Connection| {
            change::set_language(connection, organization_id, id, language)
        };
        state.store.change(set).await?;
    }
    me(state, caller).await
}
