//! `/api/v1/talk/{token}`: visitors of a talk link. They don't sign in: they only have the token in the link's address.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::messages::{Admission, Answerer, Expect};
use cordboard_actors::web::AudioGrant;
use cordboard_actors::world;
use cordboard_schema::event::Announcement;
use cordboard_schema::ids::{CallId, OutsideId};
use cordboard_schema::limits::WEB_AUDIO_TOKEN_MS;
use cordboard_schema::signed_identity::{IdentityFault, SignedIdentity, signed_identity};
use cordboard_schema::talk_link::{TalkLink, WidgetLook};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::arriving::arrival;
use crate::web::body::BodyIfAny;
use crate::web::embedding::{AskingPage, NO_LINK, known_link, make_readable};
use crate::web::problem::ApiError;

/// Name shown for a caller without a number.
const VISITOR: &str = "Web visitor";

/// Public part of a talk link, for visitors.
#[derive(Serialize, ToSchema)]
pub(crate) struct TalkView {
    /// The name of the business, or of the organization if the business has none.
    business: String,
    /// Name of the link.
    name: String,
    /// Whether calls over it are recorded: visitors must be told before they talk.
    is_recorded: bool,
    /// Whether a call's audio may use WebRTC (`/api/v1/webrtc`) instead of `/ws/audio`.
    webrtc: bool,
    /// How the widget looks, for pages of other sites.
    widget: WidgetLook,
}

/// Request to begin a call over a talk link.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeginTalkBody {
    /// Identity of the visitor, signed by the website's server with the link's signing secret: the base64url of its JSON (`name`, `email`, `id`,
    /// `exp`), a dot, and the HMAC-SHA256 of what is before the dot. If left out, the visitor is unknown.
    #[schema(max_length = 4096)]
    identity: Option<String>,
    /// Whether the visitor begins in writing, without a microphone: the assistant then waits longer for their first message. False if left out.
    #[serde(default)]
    writes: bool,
}

/// A call that has begun and waits for the visitor's audio.
#[derive(Serialize, ToSchema)]
pub(crate) struct TalkCallView {
    /// The call.
    pub(super) call_id: CallId,
    /// For the `hello` on `/ws/audio`; it can be used once.
    pub(super) token: String,
    /// How long the token is valid, in seconds.
    pub(super) expires_in_s: u64,
}

/// Shows the public part of a talk link.
///
/// A page of another site gets a readable answer if the link lists its origin.
#[utoipa::path(
    get,
    operation_id = "show_talk",
    path = "/api/v1/talk/{token}",
    tag = "talk links",
    security(()),
    params(("token" = String, Path, description = "The token in the link's address")),
    responses(
        (status = 200, description = "The public part of the link", body = TalkView),
        (status = 403, description = "`foreign_origin`: the link does not list this site"),
        (status = 404, description = "No such link, or it is switched off"),
        (status = 429, description = "Too many requests came from this address (`too_many_calls`); `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    token: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<TalkView>, ApiError> {
    let (link, _) = link(&state, &token, &request).await?;
    state.talk.was_admitted(address(&request));
    let organization_id = link.organization_id;
    let read = move |connection: &mut Connection| {
        let business =
            query::business_profile(connection, organization_id)?.map(|stored| stored.profile.name.clone());
        let organization = query::organization(connection, organization_id)?.map(|row| row.name);
        Ok(business.filter(|name| !name.trim().is_empty()).or(organization))
    };
    let business = state.store.reads().run(read).await?.unwrap_or_default();
    let is_recorded = state.figures.recorder.is_some();
    let webrtc = state.webrtc.is_some();
    Ok(web::Json(TalkView { business, name: link.name, is_recorded, webrtc, widget: link.widget }))
}

/// Begins a call over a talk link.
///
/// The call waits for the visitor's audio, for `calls.page_return_s`, or `calls.meet_timeout_s` if that is longer: the page opens `/ws/audio` and
/// sends the token there.
#[utoipa::path(
    post,
    operation_id = "begin_talk",
    path = "/api/v1/talk/{token}/calls",
    tag = "talk links",
    security(()),
    params(("token" = String, Path, description = "The token in the link's address")),
    request_body = Option<BeginTalkBody>,
    responses(
        (status = 201, description = "The call has begun", body = TalkCallView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "`foreign_origin`: the link does not list this site. `identity_bad_signature`, `identity_expired`: the \
                                      visitor's identity is not accepted; without `identity` the call begins. `identity_no_secret`: the link has no \
                                      signing secret"),
        (status = 404, description = "No such link, or it is switched off"),
        (status = 422, description = "`identity_unreadable`: the identity has another form; or another value is invalid"),
        (status = 429, description = "Too many calls came from this address (`too_many_calls`); `Retry-After` says when to try again"),
        (status = 503, description = "There is no room for a call at the moment, over this link or on this server"),
    )
)]
pub(crate) async fn begin(
    state: web::Data<WebState>,
    token: web::Path<String>,
    request: HttpRequest,
    body: BodyIfAny<BeginTalkBody>,
) -> Result<HttpResponse, ApiError> {
    let (link, page) = link(&state, &token, &request).await?;
    let BeginTalkBody { identity: signed, writes } = body.into_inner().unwrap_or_default();
    let identity = match signed {
        Some(text) => Some(Box::new(identity(&state, &link, &text).await?)),
        None => None,
    };
    let name = world::random_id();
    state.talk.take_line(&state.registry, &link, address(&request), name).await?;
    // A name signed by a website is not used as the caller's number: looked up as a number, it could be somebody else's.
    let announcement = Announcement {
        from: Some(VISITOR.to_owned()),
        to: Some(link.name.clone()),
        identity,
        writes,
        ..Default::default()
    };
    let expect = Expect {
        outside_id: OutsideId::web(name),
        announcement,
        call: None,
        profile: Answerer::Of { organization_id: link.organization_id, profile_id: link.profile_id },
        admission: Admission::Usual,
        account: None,
        tools: Vec::new(),
    };
    let admitted = state.ask(expect).await.and_then(|admitted| admitted.map_err(ApiError::from));
    let call_id = admitted.inspect_err(|_| state.talk.did_not_begin(link.id, address(&request), name))?;
    state.talk.has_begun(link.id, name);
    // Calls have the link's own limits.
    state.talk.was_admitted(address(&request));
    note_use(&state, &link);
    let grant = AudioGrant::Visitor {
        organization: link.organization_id,
        profile: link.profile_id,
        link: Some(link.id),
        call: call_id,
        name,
        page: page.elsewhere().map(|origin| origin.tag()),
        opened_by: None,
    };
    let token = state.talk.passes.mint(grant);
    let view = TalkCallView { call_id, token, expires_in_s: WEB_AUDIO_TOKEN_MS / 1_000 };
    Ok(HttpResponse::Created().json(view))
}

/// The link with this token, if it is switched on and the requesting page may use it. Each look-up counts for the client's address.
async fn link(
    state: &WebState,
    token: &str,
    request: &HttpRequest,
) -> Result<(TalkLink, AskingPage), ApiError> {
    let page = AskingPage::of(state, request);
    counted(state, request, &page)?;
    let link = known_link(state, token).await?;
    let outcome = page.may_use(&link);
    if outcome.is_ok() {
        // The widget says that its link is switched off, and not that the site may not use it.
        make_readable(request, &page);
    }
    if !link.enabled {
        return Err(NO_LINK);
    }
    outcome.map(|()| (link, page))
}

/// Counts a request for the client's address; refuses one too many.
pub(super) fn counted(state: &WebState, request: &HttpRequest, page: &AskingPage) -> Result<(), ApiError> {
    // The refusal reveals nothing of a link, so any page may read when to try again.
    state.talk.asked(address(request)).inspect_err(|_| make_readable(request, page))
}

/// Identity of a page's visitor, if it is signed with the link's secret.
async fn identity(state: &WebState, link: &TalkLink, text: &str) -> Result<SignedIdentity, ApiError> {
    let asked = link.clone();
    let read = move |connection: &mut Connection| query::talk_link_signing_secret(connection, &asked);
    let sealed = state.store.reads().run(read).await?.ok_or(IdentityFault::NoSecret)?;
    let secret = state.outside.secrets.unseal(&TalkLink::secret_context(link.id), &sealed);
    let secret = secret.map_err(|error| {
        tracing::error!(link_id = %link.id, %error, "the signing secret of a talk link can't be opened");
        ApiError::Unavailable(
            "your identity can't be checked: this link's signing secret can't be opened".to_owned(),
        )
    })?;
    Ok(signed_identity(text, &secret, &link.name, world::now().into())?)
}

pub(in crate::web) fn address(request: &HttpRequest) -> IpAddr {
    arrival(request).client().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// Notes that the link is used. The call does not wait for it.
fn note_use(state: &WebState, link: &TalkLink) {
    let (store, id) = (state.store.clone(), link.id);
    actix_web::rt::spawn(async move {
        let note =
            move |connection: &mut Connection| change::note_talk_link_use(connection, id, world::now());
        if let Err(error) = store.change(note).await {
            tracing::warn!(%error, "the use of a talk link could not be noted");
        }
    });
}
