//! The pages: one HTML shell for all their addresses, and assets that browsers cache for ever.
//!
//! `build.rs` made the embedded files from `static/`. An asset's name changes with its content. The shell contains no secret, but only signed-in
//! users get it: others are redirected to `/login`, or to `/setup` as long as there is no account. Tokens of links are after the `#`, which browsers
//! don't send.

use std::borrow::Cow;

use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError, web};
use cordboard_schema::hex::hex;
use cordboard_schema::ids::CallId;
use rust_embed::RustEmbed;
use url::{Position, Url, form_urlencoded};

use super::accounts::Accounts;
use super::api::registration::RegistrationView;
use super::problem::ApiError;
use super::secure::Line;
use super::{WebState, session};

/// `index.html`, `widget.js`, and each file below `assets/`; all but the first with their gzip twins.
#[derive(RustEmbed)]
#[folder = "$BUNDLED_PAGES_DIR"]
struct Files;

/// Browser features that the pages use: the microphone, and the choice of loudspeaker. All others that need a permission are switched off.
const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(self), camera=(), clipboard-read=(), \
     clipboard-write=(self), display-capture=(), encrypted-media=(), fullscreen=(self), geolocation=(), gyroscope=(), hid=(), \
     idle-detection=(), local-fonts=(), magnetometer=(), microphone=(self), midi=(), payment=(), \
     publickey-credentials-get=(), screen-wake-lock=(), serial=(), speaker-selection=(self), usb=(), xr-spatial-tracking=()";
/// A file whose name changes with its content never has to be requested again.
const KEPT_FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `GET /assets/{name}`.
pub(super) async fn asset(name: web::Path<String>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let media_type = media_type(&name).ok_or(ApiError::NotFound("path"))?;
    let zipped = accepts_gzip(request.headers()).then(|| Files::get(&format!("assets/{name}.gz"))).flatten();
    let mut response = HttpResponse::Ok();
    response
        .content_type(media_type)
        .insert_header((header::CACHE_CONTROL, KEPT_FOR_EVER))
        .insert_header((header::VARY, "Accept-Encoding"));
    open_to_sites(&mut response);
    if let Some(file) = zipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
        return Ok(response.body(bytes(file.data)));
    }
    let file = Files::get(&format!("assets/{name}")).ok_or(ApiError::NotFound("path"))?;
    Ok(response.body(bytes(file.data)))
}

/// `GET /widget.js`: the script that pages of other sites include. Its name stays the same, so browsers revalidate it.
pub(super) async fn widget(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    const NONE: ApiError = ApiError::NotFound("path");
    let plain = Files::get("widget.js").ok_or(NONE)?;
    let hash = hex(plain.metadata.sha256_hash());
    let zipped = accepts_gzip(request.headers()).then(|| Files::get("widget.js.gz")).flatten();
    let tag = format!("\"{hash}{}\"", if zipped.is_some() { "-gzip" } else { "" });
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known =
        known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = HttpResponse::build(if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response
        .content_type("text/javascript; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, no-cache"))
        .insert_header((header::ETAG, tag))
        .insert_header((header::VARY, "Accept-Encoding"));
    open_to_sites(&mut response);
    Ok(match zipped {
        _ if is_known => response.finish(),
        Some(zipped) => response.insert_header((header::CONTENT_ENCODING, "gzip")).body(bytes(zipped.data)),
        None => response.body(bytes(plain.data)),
    })
}

/// Lets pages of other sites load it: scripts are no secret, and the widget's are loaded there.
fn open_to_sites(response: &mut HttpResponseBuilder) {
    response
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header(("Cross-Origin-Resource-Policy", "cross-origin"));
}

/// `GET` of a page, and of everything without a route. A browser gets the shell, even for an unknown address (with 404); programs get a problem.
pub(super) async fn page(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let place = Place::of(request.path());
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read || (place == Place::Nowhere && !wants_html(&request)) {
        return Err(ApiError::NotFound("path"));
    }
    if place == Place::Entrance {
        return Ok(shell(&state, &request, StatusCode::OK));
    }
    if place == Place::Setup {
        // If the database does not answer, the page reports it.
        let is_open = RegistrationView::of(&state).await.map_or(true, RegistrationView::accepts_setup_token);
        return Ok(if is_open { shell(&state, &request, StatusCode::OK) } else { redirect("/login") });
    }
    if !session::is_signed_in(&state, &accounts, &request).await {
        return Ok(match RegistrationView::of(&state).await.is_ok_and(RegistrationView::is_first_start) {
            true => redirect("/setup"),
            false if place == Place::Login => shell(&state, &request, StatusCode::OK),
            false => redirect(&login_for(&request)),
        });
    }
    Ok(match place {
        Place::Nowhere => shell(&state, &request, StatusCode::NOT_FOUND),
        // The target of "/" depends on the role, which the page requests.
        Place::Home | Place::Setup | Place::Login | Place::Entrance | Place::Page => {
            shell(&state, &request, StatusCode::OK)
        }
    })
}

/// Kind of page at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Home,
    /// The page on which the first owner makes their account.
    Setup,
    Login,
    /// Pages that are open without signing in: by a link, to register, or to talk.
    Entrance,
    Page,
    Nowhere,
}

/// The addresses of the pages. `{id}` stands for the id (a UUID) of what is shown, `{token}` for a talk link's token.
const ADDRESSES: &[(&str, Place)] = &[
    ("/", Place::Home),
    ("/setup", Place::Setup),
    ("/login", Place::Login),
    ("/register", Place::Entrance),
    ("/invitation", Place::Entrance),
    ("/reset", Place::Entrance),
    ("/email", Place::Entrance),
    ("/report-mail", Place::Entrance),
    ("/talk/{token}", Place::Entrance),
    ("/welcome", Place::Page),
    ("/dashboard", Place::Page),
    ("/desk", Place::Page),
    ("/board", Place::Page),
    ("/dialler", Place::Page),
    ("/inbox", Place::Page),
    ("/calls", Place::Page),
    ("/calls/{id}", Place::Page),
    ("/business", Place::Page),
    ("/routing", Place::Page),
    ("/team", Place::Page),
    ("/leads", Place::Page),
    ("/leads/{id}", Place::Page),
    ("/campaigns", Place::Page),
    ("/campaigns/{id}", Place::Page),
    ("/customers", Place::Page),
    ("/customers/{id}", Place::Page),
    ("/appointments", Place::Page),
    ("/system", Place::Page),
    ("/talk-links", Place::Page),
    ("/studio", Place::Page),
    ("/studio/{id}", Place::Page),
    ("/tools", Place::Page),
    ("/integrations", Place::Page),
    ("/developers", Place::Page),
    ("/reports", Place::Page),
    ("/audit", Place::Page),
    ("/settings", Place::Page),
    ("/account", Place::Page),
];

/// The address of every page, written as paths in the list of routes.
pub(super) fn addresses() -> impl Iterator<Item = &'static str> {
    ADDRESSES.iter().map(|(address, _)| *address)
}

impl Place {
    fn of(path: &str) -> Self {
        let found = ADDRESSES.iter().find(|(address, _)| is_at(path, address));
        found.map_or(Self::Nowhere, |(_, place)| *place)
    }
}

/// Whether this path matches that address.
fn is_at(path: &str, address: &str) -> bool {
    let rest_of = |what| address.strip_suffix(what).and_then(|before| path.strip_prefix(before));
    match (rest_of("{id}"), rest_of("{token}")) {
        (Some(id), _) => id.parse::<CallId>().is_ok(),
        (_, Some(token)) => is_link_token(token),
        _ => path == address,
    }
}

/// Whether this has the form of a talk link's token; the page checks whether it is one.
fn is_link_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn shell(state: &WebState, request: &HttpRequest, status: StatusCode) -> HttpResponse {
    let Some(index) = Files::get("index.html") else {
        return ApiError::NotFound("path").error_response();
    };
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, content_security_policy(state, request)))
        .insert_header(("Permissions-Policy", PERMISSIONS_POLICY))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .body(bytes(index.data))
}

/// Everything comes from here, without inline scripts or styles, framing is forbidden, and connections go only to this host, and to the switch if a
/// browser may be its telephone. Older browsers don't include WebSockets in `'self'`, so they are listed for this host and for the public one,
/// because a proxy may have changed the host.
fn content_security_policy(state: &WebState, request: &HttpRequest) -> String {
    let schemes: &[&str] = match Line::of(request, &state.configuration.config) {
        Line::Encrypted => &["wss"],
        Line::Plain => &["ws", "wss"],
    };
    let base = state.base_url();
    let public = state.configuration.config.http.public_base_url.is_some();
    let public = public.then(|| Url::parse(&base).ok()).flatten();
    let public = public.map(|url| url[Position::BeforeHost..Position::AfterPort].to_owned());
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = asked.filter(|host| is_plain_host(host)).map(str::to_owned);
    let mut hosts: Vec<String> = asked.into_iter().chain(public).collect();
    hosts.dedup();
    let sockets: String = hosts
        .iter()
        .flat_map(|host| schemes.iter().map(move |scheme| format!(" {scheme}://{host}")))
        .collect();
    let switch = state.configuration.config.softphone.url.as_ref();
    let switch = switch.map(|url| format!(" {}", url.origin())).unwrap_or_default();
    format!(
        "default-src 'self'; connect-src 'self'{sockets}{switch}; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// Whether this is a name or an address with a port, without characters that have a meaning in a policy.
fn is_plain_host(host: &str) -> bool {
    host.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

fn redirect(to: &str) -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, to)).finish()
}

/// The sign-in page that returns to the requested address.
fn login_for(request: &HttpRequest) -> String {
    let wanted = request.uri().path_and_query().map_or("/", |uri| uri.as_str());
    if wanted == "/" {
        return "/login".to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
    format!("/login?{query}")
}

fn wants_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    !request.path().starts_with("/api/") && accept.is_some_and(|accept| accept.contains("text/html"))
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| {
        let mut codings = accepts.split(',').map(|coding| coding.split(';'));
        codings.any(|mut coding| {
            coding.next().is_some_and(|name| name.trim().eq_ignore_ascii_case("gzip"))
                && !coding.any(|weight| matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}

/// The type of an asset by its name; `None` for files that are not served, such as gzip twins under their own names.
fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}

fn bytes(data: Cow<'static, [u8]>) -> bytes::Bytes {
    match data {
        Cow::Borrowed(data) => bytes::Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_browsers_that_accept_it() {
        let accepts = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            accepts_gzip(&headers)
        };
        assert!(accepts("gzip, deflate, br"));
        assert!(accepts("br;q=1.0, GZIP;q=0.5"));
        assert!(!accepts("br, gzip;q=0"));
        assert!(!accepts("identity"));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn only_uuids_are_pages_of_calls() {
        assert_eq!(Place::of("/calls/0198c1f2-7b1a-7000-8000-000000000000"), Place::Page);
        assert_eq!(Place::of("/calls/latest"), Place::Nowhere);
        assert_eq!(Place::of("/callsx"), Place::Nowhere);
        assert_eq!(Place::of("/desk"), Place::Page);
        assert_eq!(Place::of("/talk-links"), Place::Page);
        assert_eq!(Place::of("/talk/s3cret"), Place::Entrance);
        assert_eq!((Place::of("/talk/"), Place::of("/talk/a/b")), (Place::Nowhere, Place::Nowhere));
    }

    /// Maximum size of the compressed script that pages of other sites load before a click, as docs/widget.md promises.
    const WIDGET_BYTES_MAX: usize = 15_360;

    #[test]
    fn the_widgets_script_is_small_and_its_files_are_embedded() {
        let zipped = Files::get("widget.js.gz").unwrap().data.len();
        assert!(zipped <= WIDGET_BYTES_MAX, "{zipped} bytes before the first click");
        let script = Files::get("widget.js").unwrap();
        let script = std::str::from_utf8(&script.data).unwrap();
        let named: Vec<&str> = script.split('"').filter_map(|part| part.strip_prefix("/assets/")).collect();
        assert_eq!(named.len(), 1, "{named:?}");
        assert!(Files::get(&format!("assets/{}", named[0])).is_some(), "{named:?}");
        for odd in ["eval(", "new Function", "innerHTML", ".style.", "localStorage", "document.cookie"] {
            assert!(!script.contains(odd), "{odd} in the widget's script");
        }
    }

    #[test]
    fn every_asset_of_the_shell_is_embedded() {
        let index = Files::get("index.html").unwrap();
        let index = std::str::from_utf8(&index.data).unwrap();
        let named: Vec<&str> = index.split('"').filter_map(|part| part.strip_prefix("/assets/")).collect();
        assert!(named.len() >= 4, "{index}");
        for name in named {
            assert!(Files::get(&format!("assets/{name}")).is_some(), "{name}");
            assert!(Files::get(&format!("assets/{name}.gz")).is_some(), "{name}.gz");
            assert!(media_type(name).is_some(), "{name}");
        }
    }
}
