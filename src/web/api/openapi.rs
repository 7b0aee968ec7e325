//! `/api/openapi.json`: the API's document, made from the handlers and the nouns; one file for each subject, as for the routes.

mod accounts;
pub(in crate::web) mod both_ways;
mod business;
mod calls;
mod campaigns;
mod customers;
mod desk;
mod dialplan;
mod elevenlabs;
mod floor;
mod keys;
mod kinds;
mod node;
mod osdial;
mod outside;
mod parameters;
mod permissions;
mod profiles;
mod read_only;
mod replays;
mod talk;
mod twilio;
pub(in crate::web) mod unsigned;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use bytes::Bytes;
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{Modify, OpenApi};

use crate::web::problem;
use crate::web::socket::control;

/// The document of the whole API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Cordboard",
        description = "A call centre in one binary: any switch, any voice AI, human desks.\n\nTimes are RFC 3339 in UTC, ids are UUIDs. Lists come \
            in pages: the `next_cursor` of a page is the `cursor` of the next one, and null on the last. An answer of `GET` can be changed and sent \
            back: members that only the server sets are ignored. Errors are RFC 9457 problem details with a \
            `code` for programs. `x-permission` of an operation is the permission that it needs: one of a token's `scopes`."
    ),
    components(schemas(problem::Problem<'static>)),
    security(("token" = []), ("session" = []))
)]
struct Document;

/// All parts, one for each subject in the list of routes, merged and completed.
fn whole() -> utoipa::openapi::OpenApi {
    let mut whole = Document::openapi();
    for part in [
        accounts::Accounts::openapi(),
        calls::Calls::openapi(),
        campaigns::Campaigns::openapi(),
        customers::Customers::openapi(),
        desk::Desk::openapi(),
        floor::Floor::openapi(),
        profiles::Profiles::openapi(),
        replays::Replays::openapi(),
        business::Business::openapi(),
        dialplan::Dialplan::openapi(),
        node::Node::openapi(),
        talk::Talk::openapi(),
        twilio::Twilio::openapi(),
        elevenlabs::ElevenLabs::openapi(),
        osdial::Osdial::openapi(),
        outside::Outside::openapi(),
    ] {
        whole.merge(part);
    }
    for modifier in [&Access as &dyn Modify, &Problems, &keys::Keys, &kinds::Kinds] {
        modifier.modify(&mut whole);
    }
    whole
}

/// How requests are authenticated.
struct Access;

impl Modify for Access {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
            "An access token of `/auth/login`, an API token, or the admin token, which acts in the first organization or in the one \
             that the header `X-Organization` names; on the dialplan's paths the dialplan token.",
        ));
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
        let session = "The cookie of a signed-in page. Requests that change something also need the header X-CSRF-Token.";
        let session = ApiKeyValue::with_description("cordboard_session", session);
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    }
}

/// Answers that every operation can have, and the form of all problems.
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
            for operation in methods.into_iter().flatten() {
                // Operations with their own authentication need no permission and accept no cookie.
                if operation.security.is_none() {
                    describe_refusal(operation);
                }
                describe_problems(operation);
            }
        }
    }
}

/// Describes an operation that needs a permission and accepts a session's cookie.
fn describe_refusal(operation: &mut Operation) {
    let refused = "The user or token lacks the permission for this (`forbidden`), or a change was sent with a session's cookie without its \
                   X-CSRF-Token (`no_csrf_token`)";
    let response = || RefOr::T(Response::new(refused));
    operation.responses.responses.entry("403".to_owned()).or_insert_with(response);
}

fn problem_body() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build()
}

/// Refusals of a body. An operation that reads its body in its own way documents the maximum length itself.
fn refusals_of_body(operation: &Operation) -> &'static [(&'static str, &'static str)] {
    let Some(RefOr::T(body)) = &operation.request_body else { return &[] };
    if operation.responses.responses.contains_key("413") {
        &[]
    } else if body.content.contains_key("application/json") {
        &[("413", "The body is too long"), ("415", "The body is not `application/json`")]
    } else if body.content.contains_key("application/x-www-form-urlencoded") {
        // Only Twilio sends forms, and signs them.
        &[("403", "`bad_signature`: it is not from Twilio"), ("413", "The form is too long")]
    } else {
        &[]
    }
}

fn describe_problems(operation: &mut Operation) {
    let mut common =
        vec![("414", "Path and query are too long"), ("500", "The server failed; its log says why")];
    common.extend(refusals_of_body(operation));
    let is_open = operation.security.as_ref().is_some_and(|needed| needed.contains(&Default::default()));
    if !is_open {
        common.push(("401", "No token or session that is valid for this"));
        common.push(("429", "Your organization or you have used up your share of requests at a time, or your organization its share of reads or \
                       changes of the database (`share_used_up`), or too many attempts were made; `Retry-After` says when to try again"));
        common.push(("503", "The registry or the database does not answer at the moment, or too many other requests are reading the database; \
                       `Retry-After` says when to try again. It is missing if it is not known whether a change was made, or a command to a call carried out \
                       (`outcome_unknown`): check, or send the request again with its `Idempotency-Key` if it accepts one"));
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

/// The schemas that programs send outside any HTTP operation.
const SENT: [&str; 1] = ["DeskRequest"];

/// The document as it is sent, made once.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    // Writing it can't fail unless by a bug, which the tests of the API find.
    let mut document = serde_json::to_value(whole()).unwrap_or_default();
    both_ways::complete(&mut document, &SENT);
    read_only::complete(&mut document);
    unsigned::name_unsigned(&mut document);
    parameters::complete(&mut document);
    permissions::complete(&mut document);
    document.to_string().into()
});

/// The documents of the API and of the control socket, as the server sends them.
pub fn documents() -> [Bytes; 2] {
    [DOCUMENT.clone(), control::text()]
}

/// Returns this document.
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
