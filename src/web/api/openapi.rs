//! `/api/openapi.json`: the API's document, made from the handlers and the nouns.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use bytes::Bytes;
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{Modify, OpenApi};

use super::{
    activities, actors, admin, audio_ports, calls, commands, dial_policy, dialplan, dtmf_actions, extensions,
    journal, outbound, profiles, recording, switches, wav,
};
use crate::web::socket::{control, twilio as stream};
use crate::web::webhook::twilio;
use crate::web::{health, live, metrics, problem, session};

/// The document of the whole API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Cordboard",
        description = "A call centre in one binary: any switch, any voice AI, human desks.\n\n\
            Times are RFC 3339 in UTC, ids UUIDs. Lists come in pages; `next_cursor` of one is `cursor` of the next, and null \
            on the last. Errors are RFC 9457 problem details with a `code` for programs."
    ),
    paths(
        calls::list,
        calls::show,
        outbound::create,
        commands::say,
        commands::dtmf,
        commands::hangup,
        commands::hold,
        commands::park,
        commands::variables,
        commands::unhold,
        commands::transfer,
        commands::handoff,
        journal::events,
        journal::transcript,
        recording::recording,
        live::live,
        control::control,
        control::document,
        activities::list,
        profiles::list,
        profiles::create,
        profiles::show,
        profiles::update,
        profiles::delete,
        dtmf_actions::list,
        dtmf_actions::create,
        dtmf_actions::update,
        dtmf_actions::delete,
        extensions::list,
        extensions::create,
        extensions::show,
        extensions::update,
        extensions::delete,
        extensions::presence,
        dial_policy::show,
        dial_policy::set,
        switches::list,
        actors::actors,
        admin::drain,
        admin::log_level,
        admin::set_log_level,
        admin::config,
        dialplan::expect,
        dialplan::expect_posted,
        dialplan::next,
        audio_ports::lease,
        audio_ports::list,
        audio_ports::give_back,
        twilio::voice,
        twilio::next,
        twilio::status,
        stream::call,
        health::healthz,
        health::readyz,
        metrics::metrics,
        session::sign_in,
        session::show,
        session::sign_out,
        document,
    ),
    components(schemas(problem::Problem<'static>, wav::Channel)),
    tags(
        (name = "calls", description = "Calls: what happened on them, and what can be asked of them"),
        (name = "agent profiles", description = "The assistants' personas and settings"),
        (name = "extensions", description = "Whom calls may be passed to, and what they may dial"),
        (name = "activities", description = "What was done for customers"),
        (name = "dialplan", description = "What a switch's dialplan says and asks; its token may stand in the query's `token`"),
        (name = "twilio", description = "What Twilio asks and tells, each request signed with the account's token"),
        (name = "session", description = "Signing in to the pages"),
        (name = "admin", description = "The node itself"),
        (name = "control", description = "The control socket, for programs; its messages are described at `/api/asyncapi.json`"),
        (name = "health", description = "For orchestrators"),
    ),
    security(("token" = []), ("session" = [])),
    modifiers(&Access, &Problems, &AlwaysThere)
)]
struct Document;

/// How one gets in.
struct Access;

impl Modify for Access {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The admin token; on the dialplan's paths also the dialplan token."));
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
        let session =
            "The cookie of a signed-in page. What changes something also takes the header X-CSRF-Token.";
        let session = ApiKeyValue::with_description("cordboard_session", session);
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    }
}

/// What every operation can be answered, and the form of all problems.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            let methods = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.head,
                &mut item.patch,
            ];
            methods.into_iter().flatten().for_each(describe_problems);
            let changing = [&mut item.put, &mut item.post, &mut item.delete];
            for operation in changing.into_iter().flatten() {
                // Those with an access of their own take no cookie.
                if operation.security.is_none() {
                    describe_forgery(operation);
                }
            }
        }
    }
}

/// What changes something and can be asked by a session's cookie.
fn describe_forgery(operation: &mut Operation) {
    let mut response = Response::new("A request by a session's cookie without its X-CSRF-Token");
    response.content.insert("application/problem+json".to_owned(), RefOr::T(problem_body()));
    operation.responses.responses.insert("403".to_owned(), RefOr::T(response));
}

fn problem_body() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build()
}

fn describe_problems(operation: &mut Operation) {
    let mut common =
        vec![("414", "Path and query are too long"), ("500", "The server failed; its log says why")];
    let is_open = operation.security.as_ref().is_some_and(|needed| needed.contains(&Default::default()));
    if !is_open {
        common.push(("401", "No token or session that opens this"));
        common.push(("503", "The registry or the database does not answer at the moment; `Retry-After` says when to ask again"));
    }
    let responses = &mut operation.responses.responses;
    for (status, description) in common {
        let response = ResponseBuilder::new().description(description).build();
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(response));
    }
    for (status, response) in responses {
        if let RefOr::T(Response { content, .. }) = response
            && status.starts_with(['4', '5'])
            && content.is_empty()
        {
            content.insert("application/problem+json".to_owned(), RefOr::T(problem_body()));
        }
    }
}

/// In what the server sends every member is there, be it null. In what it takes the defaults of serde say what may be
/// missing.
struct AlwaysThere;

/// The members of these may be left out.
const TAKEN: [&str; 14] = [
    "DialPolicyBody",
    "DrainBody",
    "DtmfActionBody",
    "DtmfBody",
    "ExtensionBody",
    "ExtensionChange",
    "KeyActionBody",
    "LeaseBody",
    "LogLevelBody",
    "Problem",
    "ProfileBody",
    "SayBody",
    "SignInBody",
    "TargetBody",
];

impl Modify for AlwaysThere {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        require_all_but(&TAKEN, document);
    }
}

/// Every member of an object is there, but in those of these names.
pub(in crate::web) fn require_all_but(names: &[&str], document: &mut utoipa::openapi::OpenApi) {
    let Some(components) = &mut document.components else { return };
    for (name, schema) in &mut components.schemas {
        if !names.contains(&name.as_str()) {
            require_all(schema);
        }
    }
}

fn require_all(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            object.required = object.properties.keys().cloned().collect();
            object.properties.values_mut().for_each(require_all);
        }
        RefOr::T(Schema::OneOf(one)) => one.items.iter_mut().for_each(require_all),
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(require_all),
        _ => {}
    }
}

/// The document as it is sent; made once.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    // A document that can't be written is a mistake that the tests of the API find.
    Document::openapi().to_json().unwrap_or_default().into()
});

/// Gives this document.
#[utoipa::path(
    get,
    operation_id = "get_document",
    path = "/api/openapi.json",
    tag = "health",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object))
)]
pub(crate) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.clone())
}
