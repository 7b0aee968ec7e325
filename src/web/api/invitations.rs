//! `/api/v1/invitations`: invitations to an organization, and `/api/v1/auth/invitations`, where the invited see and accept them.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use cordboard_actors::world;
use cordboard_schema::account::{EmailAddress, Invitation, PageLanguage};
use cordboard_schema::audit::Actor;
use cordboard_schema::giving::Right;
use cordboard_schema::ids::{InvitationId, OrganizationId, UserId};
use cordboard_schema::limits::{INVITATION_MS, INVITATIONS_MAX, USERS_MAX};
use cordboard_schema::permission::Role;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{NewUser, SignInView, email_taken, signed_in};
use crate::mail::{self, Mail, Mailer};
use crate::store::{Connection, Made, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::sign_in::{Client, SigningIn};
use crate::web::accounts::{Accounts, link_letters, one_time};
use crate::web::body::Body;
use crate::web::caller::{self, Caller};
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};

const NO_SUCH: ApiError = ApiError::NotFound("invitation");

/// The invited person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationBody {
    /// The address to which the invitation is mailed.
    #[schema(example = "grace@example.com", max_length = 254)]
    email: String,
    /// Role that the user will have.
    role: Role,
}

/// A new invitation.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeInvitationView {
    /// The invitation.
    #[serde(flatten)]
    invitation: Invitation,
    /// The link, shown only once: to a user (or the installation) if no mail server is set, so that they can deliver it. Null if it was mailed.
    url: Option<String>,
}

/// Request to see an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookBody {
    /// Token from the mail.
    token: String,
}

/// An invitation, as the invited person sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitedView {
    /// The organization that they will belong to.
    #[schema(example = "Lovelace Plumbing")]
    organization: String,
    /// E-mail address by which they will sign in.
    email: EmailAddress,
    /// Role that they will have.
    role: Role,
    /// When it expires.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: UnixMs,
}

/// Acceptance of an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptBody {
    /// Token from the mail.
    token: String,
    /// Display name.
    #[schema(example = "Grace", max_length = 100)]
    name: String,
    /// At least 10 characters.
    #[schema(min_length = 10, max_length = 256)]
    password: String,
}

/// Lists the open invitations, oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_invitations",
    path = "/api/v1/invitations",
    tag = "accounts",
    responses((status = 200, description = "The invitations", body = Page<Invitation>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<Invitation>>, ApiError> {
    let id = caller.organization_id;
    let read = move |connection: &mut Connection| query::invitations(connection, id, world::now());
    Ok(web::Json(Page::whole(state.store.reads().run(read).await?)))
}

/// Invites a person by e-mail. The link in the mail can be used once, within a week, and as long as the inviting user would still be allowed to
/// invite. Nobody can give more permissions than their own.
#[utoipa::path(
    post,
    operation_id = "create_invitation",
    path = "/api/v1/invitations",
    tag = "accounts",
    request_body = InvitationBody,
    responses(
        (status = 201, description = "Created and mailed", body = MadeInvitationView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The role has more permissions than the user's own (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 409, description = "The address is taken (`email_taken`), there are too many (`too_many`), or a token invites without a mail server (`no_mail_server`)"),
        (status = 422, description = "A value is invalid"),
        (status = 429, description = "Too many were mailed by this organization or to this address; `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    body: Body<InvitationBody>,
) -> Result<HttpResponse, ApiError> {
    let InvitationBody { email, role } = body.into_inner();
    let email = EmailAddress::parse(&email);
    let email = email.map_err(|reason| ApiError::Invalid(vec![Fault::of("email", reason)]))?;
    caller.demand_to_give(Right::Role(role))?;
    let link = Link::of(&caller, &state.mailer)?;
    if link == Link::Mailed {
        accounts.invited(caller.organization_id, &email)?;
    }
    let (token, now) = (one_time::secret(), world::now());
    let lifetime = TimeDelta::milliseconds(i64::try_from(INVITATION_MS).unwrap_or(0));
    let invitation = Invitation {
        id: InvitationId(world::new_id()),
        organization_id: caller.organization_id,
        email: Some(email.clone()),
        role,
        created_at: now.into(),
        expires_at: (now + lifetime).into(),
    };
    let entry = caller.did("user.invited", invitation.id, format!("{email} as {}", role.as_str()));
    let (made, hash, asked) = (invitation.clone(), one_time::hash(&token), email.clone());
    let maker = caller.maker();
    // After the `#`, which browsers don't send.
    let url = format!("{}/invitation#token={token}", state.base_url());
    let mailer = (link == Link::Mailed).then(|| state.mailer.clone());
    let of_mail = mail::Link { hash: hash.clone(), until: invitation.expires_at };
    let make = move |connection: &mut Connection| {
        if query::user_by_email(connection, &asked)?.is_some() {
            return Ok(Err(email_taken()));
        }
        let waiting = query::invitations(connection, made.organization_id, now)?.len();
        let users = query::count_users(connection, made.organization_id)?;
        if i64::try_from(waiting).unwrap_or(i64::MAX) >= INVITATIONS_MAX || users >= USERS_MAX {
            return Ok(Err(no_room()));
        }
        let organization = query::organization(connection, made.organization_id)?;
        let organization = organization.map(|row| row.name).unwrap_or_default();
        let posting = match mailer {
            Some(mailer) => {
                let language = language_of(connection, made.organization_id, maker)?;
                let (subject, text) = link_letters::invitation(language, &organization, role, &url);
                let mail = Mail { to: asked.to_string(), subject: subject.to_owned(), text };
                Some(mailer.posting(made.organization_id, mail, of_mail))
            }
            None => None,
        };
        if let Some(posting) = &posting
            && !posting.write(connection)?
        {
            return Ok(Err(ApiError::too_many_mails()));
        }
        change::create_invitation(connection, &made, hash)?;
        change::note_maker(connection, made.organization_id, Made::Invitation(made.id), maker)?;
        change::record_audit(connection, &entry)?;
        // A link that is mailed is not shown.
        Ok(Ok(match posting {
            Some(posting) => (Some(posting), None),
            None => (None, Some(url)),
        }))
    };
    let (posting, url) = state.store.change_or_refuse(make).await??;
    if let Some(posting) = posting {
        state.mailer.posted(posting);
    }
    Ok(HttpResponse::Created().json(MadeInvitationView { invitation, url }))
}

fn no_room() -> ApiError {
    ApiError::conflict(
        "too_many",
        "there is no room for another user: an owner can remove one, or withdraw an invitation",
    )
}

/// Returns the language of the user who invites, or who made the inviting token; English if there is no such user or they have chosen none.
fn language_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: Option<UserId>,
) -> Result<PageLanguage, StoreError> {
    let Some(maker) = maker else { return Ok(PageLanguage::En) };
    let user = query::user(connection, organization_id, maker)?;
    Ok(user.and_then(|row| row.language()).unwrap_or(PageLanguage::En))
}

/// How the link of an invitation reaches the invited person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Only by mail.
    Mailed,
    /// The inviting user delivers it, because there is no mail server.
    Shown,
}

impl Link {
    /// A program is never shown a link: anybody with its token could accept the invitation themselves.
    fn of(caller: &Caller, mailer: &Mailer) -> Result<Self, ApiError> {
        match caller.actor {
            _ if mailer.has_server() => Ok(Self::Mailed),
            Actor::User(_) | Actor::Installation => Ok(Self::Shown),
            _ if mailer.brings_links() => Ok(Self::Mailed),
            Actor::ApiToken(_) | Actor::System => {
                let detail = "no mail server is set (`smtp.host`), and links are not shown to tokens: set one, or let a user invite them";
                Err(ApiError::conflict("no_mail_server", detail))
            }
        }
    }
}

/// Withdraws an invitation.
#[utoipa::path(
    delete,
    operation_id = "delete_invitation",
    path = "/api/v1/invitations/{id}",
    tag = "accounts",
    params(("id" = InvitationId, Path, description = "The invitation")),
    responses(
        (status = 204, description = "Its link no longer works"),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "The invitation is for more permissions than the user's own (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such invitation"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<InvitationId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let entry = caller.did("user.uninvited", id, "");
    let delete = move |connection: &mut Connection| {
        if let Some(role) = query::role_of_invitation(connection, organization_id, id)?
            && let Err(error) = caller.demand_to_give(Right::Role(role))
        {
            return Ok(Err(error));
        }
        let is_gone = change::delete_invitation(connection, organization_id, id)?;
        if is_gone {
            change::record_audit(connection, &entry)?;
        }
        Ok(Ok(is_gone))
    };
    match state.store.change(delete).await?? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(NO_SUCH),
    }
}

/// Shows an invitation to the holder of its token, which stays valid.
#[utoipa::path(
    post,
    operation_id = "look_at_invitation",
    path = "/api/v1/auth/invitations/look",
    tag = "accounts",
    security(()),
    request_body = LookBody,
    responses(
        (status = 200, description = "The invitation", body = InvitedView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The invitation does not exist, was used, or has expired"),
        (status = 422, description = "The body is invalid"),
        (status = 429, description = "Too many attempts from this address; `Retry-After` says when to try again"),
        (status = 503, description = "The database does not answer at the moment"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: Body<LookBody>,
) -> Result<web::Json<InvitedView>, ApiError> {
    let (client, hash) = (Client::of(&request, &state), one_time::hash(&body.token));
    accounts.attempt(&client)?;
    let read = move |connection: &mut Connection| {
        let Some(invitation) = query::invitation_by_hash(connection, &hash, world::now())? else {
            return Ok(None);
        };
        Ok(query::organization(connection, invitation.organization_id)?.map(|row| (row.name, invitation)))
    };
    let found = state.store.reads().run_for_stranger(read).await?;
    let offer = found.and_then(|(organization, invitation)| {
        let Invitation { email, role, expires_at, .. } = invitation;
        Some(InvitedView { organization, email: email?, role, expires_at })
    });
    let offer = offer.ok_or(NO_SUCH)?;
    accounts.was_right(&client);
    Ok(web::Json(offer))
}

/// Accepts an invitation: creates the user and signs them in.
#[utoipa::path(
    post,
    operation_id = "accept_invitation",
    path = "/api/v1/auth/invitations/accept",
    tag = "accounts",
    security(()),
    request_body = AcceptBody,
    responses(
        (status = 201, description = "Registered and signed in", body = SignInView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The invitation does not exist, was used, or has expired"),
        (status = 409, description = "The address is taken (`email_taken`), or the organization has the maximum number of users (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance a password that is too short"),
        (status = 429, description = "Too many attempts from this address; `Retry-After` says when to try again"),
        (status = 503, description = "The database does not answer, or too many sign-ins are under way"),
    )
)]
pub(crate) async fn accept(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: Body<AcceptBody>,
) -> Result<HttpResponse, ApiError> {
    let AcceptBody { token, name, password } = body.into_inner();
    let client = Client::of(&request, &state);
    // The address is the invitation's; this one is a placeholder until it is read.
    let NewUser { email, name, password } = NewUser::check(("invited@invalid", &name, password), Vec::new())?;
    accounts.attempt(&client)?;
    let (token_hash, address) = (one_time::hash(&token), client.address);
    let asked = token_hash.clone();
    let read = move |connection: &mut Connection| {
        Ok(query::invitation_by_hash(connection, &asked, world::now())?.map(drop).ok_or(NO_SUCH))
    };
    let hash = accounts.hash_for_token(&state.store, read, password.clone()).await?;
    let make = move |connection: &mut Connection| {
        let now = world::now();
        // Checked before the invitation is used up: it stays valid until there is room.
        if let Some(waiting) = query::invitation_by_hash(connection, &token_hash, now)?
            && query::count_users(connection, waiting.organization_id)? >= USERS_MAX
        {
            return Ok(Err(no_room()));
        }
        let Some(invitation) = change::take_invitation(connection, &token_hash, now)? else {
            return Ok(Err(NO_SUCH));
        };
        let Invitation { organization_id, role, .. } = invitation;
        let user = NewUser { email: invitation.email.unwrap_or(email), name, password };
        let row = user.row(organization_id, role, hash)?;
        let made = SigningIn::of(&row)?;
        change::create_user(connection, &row)?;
        let user = &made.user;
        let what = ("user.joined", user.id, format!("{} as {}", user.email, role.as_str()));
        let entry = caller::done(organization_id, Actor::User(user.id), address, what);
        change::record_audit(connection, &entry)?;
        Ok(Ok(made))
    };
    let made = match state.store.change(make).await {
        Err(error) if error.is_taken_name() => return Err(email_taken()),
        outcome => outcome??,
    };
    accounts.was_right(&client);
    state.floor_changed(made.user.organization_id).await;
    Ok(HttpResponse::Created().json(signed_in(&state, &accounts, &client, made).await?))
}
