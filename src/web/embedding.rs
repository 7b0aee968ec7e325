//! Requests by pages of other sites: which are allowed, and what their browsers let them read (CORS, as in the Fetch standard).
//!
//! A talk link lists the origins whose pages may show its widget. A page of such an origin may read the answers of the few routes that the widget
//! needs; cookies are never sent. Pages of all other sites are refused and can read nothing.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use cordboard_actors::web::CameFrom;
use cordboard_schema::limits::CORS_KEPT_S;
use cordboard_schema::page_origin::PageOrigin;
use cordboard_schema::talk_link::TalkLink;

use super::WebState;
use super::accounts::one_time;
use super::problem::ApiError;
use super::secure::is_own_page;
use crate::store::{Connection, query};

/// Site of the page that makes a request, by the browser's headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AskingPage {
    /// A program, or a browser's request to its own site.
    None,
    /// A page of this server.
    Here,
    /// A page of another site.
    Elsewhere(PageOrigin),
    /// A page that can't be listed: sandboxed (`null`), over plain http, or not of a site.
    Nameless,
}

impl AskingPage {
    pub(super) fn of(state: &WebState, request: &HttpRequest) -> Self {
        let Some(origin) = request.headers().get(ORIGIN) else { return Self::None };
        let origin = origin.to_str().unwrap_or_default();
        // A proxy may have changed the host.
        if is_own_page(request, &state.configuration.config) || origin == state.base_url() {
            return Self::Here;
        }
        // Browsers write an origin in only one way.
        match origin.parse::<PageOrigin>() {
            Ok(parsed) if parsed.as_str() == origin => Self::Elsewhere(parsed),
            _ => Self::Nameless,
        }
    }

    /// Admits pages of this server, programs, and pages that the link lists.
    pub(super) fn may_use(&self, link: &TalkLink) -> Result<(), ApiError> {
        match self {
            Self::None | Self::Here => Ok(()),
            Self::Elsewhere(origin) if link.origins.contains(origin) => Ok(()),
            Self::Elsewhere(origin) => Err(ApiError::OriginNotListed { origin: Some(origin.clone()) }),
            Self::Nameless => Err(ApiError::OriginNotListed { origin: None }),
        }
    }

    /// The same before the link is known: admits pages that any link lists. Their request then says which link it is about.
    pub(super) async fn may_come(&self, state: &WebState) -> Result<CameFrom, ApiError> {
        match self {
            Self::None => Ok(CameFrom::Program),
            Self::Here => Ok(CameFrom::Here),
            Self::Nameless => Err(ApiError::OriginNotListed { origin: None }),
            Self::Elsewhere(origin) => {
                let asked = origin.clone();
                let read = move |connection: &mut Connection| query::is_talk_origin(connection, &asked);
                if !state.store.reads().run_for_stranger(read).await? {
                    return Err(ApiError::OriginNotListed { origin: Some(origin.clone()) });
                }
                Ok(CameFrom::Page(origin.tag()))
            }
        }
    }

    /// The page of another site, if it can be listed.
    pub(super) fn elsewhere(self) -> Option<PageOrigin> {
        if let Self::Elsewhere(origin) = self { Some(origin) } else { None }
    }
}

/// The requesting page may read the answer: set by the code that has checked it.
struct Readable(PageOrigin);

/// Lets the requesting page read the answer, whatever it will be.
pub(super) fn make_readable(request: &HttpRequest, page: &AskingPage) {
    if let AskingPage::Elsewhere(origin) = page {
        request.extensions_mut().insert(Readable(origin.clone()));
    }
}

/// Answers a browser's preflight requests, and lets pages read answers that were marked [`Readable`].
pub(super) async fn embedded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_preflight = *request.method() == Method::OPTIONS
        && request.headers().contains_key(ORIGIN)
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if is_preflight {
        let answer = match preflight(request.request()).await {
            Ok(origin) => allowed(&origin),
            Err(refused) => HttpResponse::from_error(refused),
        };
        return Ok(request.into_response(answer));
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    let readable =
        response.request().extensions().get::<Readable>().and_then(|Readable(origin)| value(origin));
    let headers = response.headers_mut();
    // A shared cache must not give one page's answer to another.
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = readable {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers
            .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Location, Retry-After"));
    }
    Ok(response)
}

/// The page that may send the request: for a link's route a page that the link lists, else one that any link lists.
async fn preflight(request: &HttpRequest) -> Result<PageOrigin, ApiError> {
    let state = request.app_data::<web::Data<WebState>>().ok_or(ApiError::Unauthorized)?;
    state.talk.asked(super::api::talk::address(request))?;
    let page = AskingPage::of(state, request);
    if let Some(token) = request.match_info().get("token") {
        let link = enabled_link(state, token).await?;
        page.may_use(&link)?;
    } else {
        page.may_come(state).await?;
    }
    let origin = page.elsewhere().ok_or(ApiError::OriginNotListed { origin: None })?;
    state.talk.was_admitted(super::api::talk::address(request));
    Ok(origin)
}

/// The link with this token, if it is switched on.
async fn enabled_link(state: &WebState, token: &str) -> Result<TalkLink, ApiError> {
    let link = known_link(state, token).await?;
    if link.enabled { Ok(link) } else { Err(NO_LINK) }
}

/// The link with this token, switched on or off.
pub(super) async fn known_link(state: &WebState, token: &str) -> Result<TalkLink, ApiError> {
    let hash = one_time::hash(token);
    let read = move |connection: &mut Connection| query::talk_link_by_hash(connection, &hash);
    state.store.reads().run_for_stranger(read).await?.ok_or(NO_LINK)
}

/// The refusal for a link that is unknown or switched off.
pub(super) const NO_LINK: ApiError = ApiError::NotFound("talk link");

fn allowed(origin: &PageOrigin) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    if let Some(origin) = value(origin) {
        response.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin));
    }
    response
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, DELETE"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, CORS_KEPT_S.to_string()))
        .insert_header((header::VARY, "Origin"))
        .finish()
}

fn value(origin: &PageOrigin) -> Option<HeaderValue> {
    HeaderValue::from_str(origin.as_str()).ok()
}
