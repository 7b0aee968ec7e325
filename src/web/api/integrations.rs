//! `/api/v1/integrations`: an organization's accounts at other services. Secrets are never shown again.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use cordboard_actors::assistant::kind::service_kind;
use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::{
    CascadeIntegration, Integration, IntegrationKind, IntegrationSettings, SealedSecret, TwilioIntegration,
};
use cordboard_schema::limits::{OUTSIDE_SECRET_BYTES_MAX, SERVICE_NAME_CHARS_MAX};
use cordboard_schema::permission::Permission;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;
use utoipa::ToSchema;

use super::integration_test::{IntegrationTest, test};
use crate::config::HostName;
use crate::outside_accounts::OwnTwilio;
use crate::store::{Connection, Made, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::outside::{Outside, Typed};
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

const NO_SUCH: ApiError = ApiError::NotFound("integration");

/// An account at a service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationView {
    /// The service.
    kind: IntegrationKind,
    /// Settings that are not secret.
    settings: IntegrationSettings,
    /// Each secret that the kind can have, by name.
    secrets: BTreeMap<&'static str, SecretView>,
    /// When it was last set.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: UnixMs,
    /// Why calls do not use it; null if they do.
    unused_because: Option<String>,
    /// Webhooks received from the account since the server's start; null for services that send none.
    events: Option<u64>,
    /// When the newest webhook came.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_event_at: Option<UnixMs>,
    /// Revision of what can be set: a new value after each change, also of a secret. Webhooks of the account don't change it.
    revision: String,
}

/// Public part of a secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretView {
    /// Whether it is set.
    set: bool,
    /// Its last four characters, if it is long enough.
    ends_with: Option<String>,
}

impl From<Integration> for IntegrationView {
    fn from(integration: Integration) -> Self {
        let Integration { settings, secrets, updated_at, .. } = integration;
        let kind = settings.kind();
        // Taken of the sealed secrets, because two secrets may be shown alike.
        let revision = revision::of(&(&settings, &secrets));
        let shown = |name: &&'static str| {
            let secret = secrets.get(*name);
            let ends_with = secret.and_then(|secret| secret.ends_with.clone());
            (*name, SecretView { set: secret.is_some(), ends_with })
        };
        let secrets = secret_names(kind).iter().map(shown).collect();
        let events = (kind == IntegrationKind::TWILIO).then_some(0);
        let (unused_because, last_event_at) = (None, None);
        Self { kind, secrets, settings, updated_at, unused_because, events, last_event_at, revision }
    }
}

impl Revised for IntegrationView {
    const WHAT: &'static str = "integration";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// Definition of an integration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntegrationBody {
    /// Settings that are not secret: `account_sid`, `api_key_sid`, `base_url`, `caller_id` and `sip_domain` of twilio; `recognizer`,
    /// `recognizer_url`, `recognizer_model`, `llm_base_url`, `llm_model`, `speech`, `speech_base_url`, `speech_model`, `speech_voice` and
    /// `speech_format` of cascade; `base_url` of the others.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// Secrets by name: `auth_token`, `second_auth_token` and `api_key_secret` of twilio; `recognizer_key`, `llm_key` and `speech_key` of cascade;
    /// `api_key` of the others, and `webhook_secret` of elevenlabs, which signs its reports of finished conversations. A secret that is left out
    /// or sent back as it was shown keeps its value; null removes it. If the address that a secret is sent to changes, the secret has to be sent
    /// again.
    #[serde(default)]
    secrets: BTreeMap<String, SecretChange>,
    /// Revision that this change is based on, as it was shown; empty if it was never set; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for IntegrationBody {
    const NAMES: &'static [&'static str] =
        &["kind", "updated_at", "unused_because", "events", "last_event_at"];
}

/// A change of a secret; null removes it.
#[derive(Debug, Deserialize, ToSchema)]
struct SecretChange(Option<SentSecret>);

/// A secret in a request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "a shown secret says nothing about its value")]
enum SentSecret {
    /// Its value.
    Typed(Typed),
    /// As it was shown: its value stays.
    Shown(SecretView),
}

/// The secrets whose values are sent, or that are removed.
fn typed(secrets: BTreeMap<String, SecretChange>) -> BTreeMap<String, Option<Typed>> {
    let typed = |(name, SecretChange(secret)): (String, SecretChange)| match secret {
        Some(SentSecret::Shown(_)) => None,
        Some(SentSecret::Typed(secret)) => Some((name, Some(secret))),
        None => Some((name, None)),
    };
    secrets.into_iter().filter_map(typed).collect()
}

/// Result of a request to set an integration.
enum Outcome {
    /// It is set as requested.
    Set(Integration),
    /// Another request has set it after the revision that this one is based on.
    Late(Integration),
}

/// Lists the integrations that are set, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_integrations",
    path = "/api/v1/integrations",
    tag = "integrations",
    responses((status = 200, description = "The integrations that are set", body = Page<IntegrationView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<IntegrationView>>, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::integrations(connection, organization_id);
    let found = state.store.reads().run(read).await?;
    Ok(web::Json(Page::whole(found.into_iter().map(|found| view(&state, found)).collect())))
}

/// Shows an integration.
#[utoipa::path(
    get,
    operation_id = "show_integration",
    path = "/api/v1/integrations/{kind}",
    tag = "integrations",
    params(("kind" = String, Path, description = "twilio, or the service of a kind of voice, such as openai, deepgram or cascade")),
    responses(
        (status = 200, description = "The integration", body = IntegrationView),
        (status = 404, description = "The kind is unknown, or it is not set"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    kind: web::Path<String>,
) -> Result<web::Json<IntegrationView>, ApiError> {
    Ok(web::Json(view(&state, find(&state, &caller, &kind).await?)))
}

pub(super) async fn find(state: &WebState, caller: &Caller, kind: &str) -> Result<Integration, ApiError> {
    let (organization_id, kind) = (caller.organization_id, known(kind)?);
    let read = move |connection: &mut Connection| query::integration(connection, organization_id, kind);
    state.store.reads().run(read).await?.ok_or(NO_SUCH)
}

/// Sets an integration. The settings replace the previous ones; secrets that are left out keep their values. The next call uses it; if not,
/// `unused_because` says why.
#[utoipa::path(
    put,
    operation_id = "set_integration",
    path = "/api/v1/integrations/{kind}",
    tag = "integrations",
    params(
        ("kind" = String, Path, description = "twilio, or the service of a kind of voice, such as openai, deepgram or cascade"),
        IfMatch,
    ),
    request_body = IntegrationBody,
    responses(
        (status = 200, description = "Set", body = IntegrationView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The permission is missing, or one for what the service would hear: `recordings_play`, `calls_read` (`forbidden`)"),
        (status = 404, description = "The kind is unknown, or the integration was removed meanwhile"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance a secret that the kind does not have"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    kind: web::Path<String>,
    if_match: IfMatch,
    body: ThingBody<IntegrationBody>,
) -> Result<web::Json<IntegrationView>, ApiError> {
    let (organization_id, kind) = (caller.organization_id, known(&kind)?);
    let IntegrationBody { settings, secrets, revision } = body.into_inner();
    let secrets = typed(secrets);
    let asked = if_match.or(revision);
    let settings = checked(&state.outside, kind, settings, &secrets)?;
    // From then on the service gets the audio and the words of every call.
    for heard in [Permission::RecordingsPlay, Permission::CallsRead] {
        caller.demand(heard)?;
    }
    let names: Vec<&str> = secrets.keys().map(String::as_str).collect();
    let entry = caller.did("integration.set", kind, format!("secrets sent: {}", names.join(", ")));
    let (sealed, maker) = (sealed(&state.outside, organization_id, kind, secrets), caller.maker());
    let make = move |connection: &mut Connection| {
        let before = query::integration(connection, organization_id, kind)?;
        match &before {
            Some(there) if asked.demand(&IntegrationView::from(there.clone())).is_err() => {
                return Ok(Ok(Outcome::Late(there.clone())));
            }
            None if !asked.accepts_missing() => return Ok(Err(NO_SUCH)),
            _ => {}
        }
        let kept = before.as_ref().map(|before| before.secrets.clone()).unwrap_or_default();
        // A user who may not read a secret may not have it sent elsewhere either.
        let moves = |name: &str| {
            let before = before.as_ref().map(|before| before.settings.address_of_secret(name));
            before.is_some_and(|before| !is_same_place(before, settings.address_of_secret(name)))
        };
        if let Some(moved) = kept.keys().find(|name| moves(name) && !sealed.contains_key(*name)) {
            let reason = match &settings {
                IntegrationSettings::Cascade(_) => {
                    format!("must have {moved} sent anew, for its address leads to another server")
                }
                _ => "must all be sent anew, for base_url leads to another server".to_owned(),
            };
            return Ok(Err(ApiError::Invalid(vec![Fault::of("secrets", reason)])));
        }
        let mut secrets = kept;
        for (name, secret) in sealed {
            match secret {
                Some(secret) => secrets.insert(name, secret),
                None => secrets.remove(&name),
            };
        }
        let integration = Integration { organization_id, settings, secrets, updated_at: world::now().into() };
        change::set_integration(connection, &integration)?;
        change::note_maker(connection, organization_id, Made::Integration(kind), maker)?;
        change::record_audit(connection, &entry)?;
        Ok(Ok(Outcome::Set(integration)))
    };
    match state.store.change(make).await?? {
        Outcome::Set(integration) => {
            use_new_settings(&state, organization_id).await;
            Ok(web::Json(view(&state, integration)))
        }
        Outcome::Late(there) => Err(ApiError::edited_meanwhile(IntegrationView::WHAT, &view(&state, there))),
    }
}

/// An integration, and whether calls use it.
fn view(state: &WebState, integration: Integration) -> IntegrationView {
    let (organization_id, kind) = (integration.organization_id, integration.settings.kind());
    let mut view = IntegrationView::from(integration);
    let Some(accounts) = &state.outside_accounts else { return view };
    view.unused_because = accounts.unused(organization_id, kind);
    if kind == IntegrationKind::TWILIO
        && let OwnTwilio::Own(own) = accounts.twilio(organization_id)
    {
        let figures = own.switch.meter.figures();
        (view.events, view.last_event_at) = (Some(figures.events), figures.last_event_at);
    }
    view
}

/// New calls are to use what is set now.
async fn use_new_settings(state: &WebState, organization_id: OrganizationId) {
    if let Some(accounts) = &state.outside_accounts {
        accounts.reload(organization_id).await;
    }
}

/// Removes an integration and its secrets. The next call uses the configuration.
#[utoipa::path(
    delete,
    operation_id = "delete_integration",
    path = "/api/v1/integrations/{kind}",
    tag = "integrations",
    params(("kind" = String, Path, description = "twilio, or the service of a kind of voice, such as openai, deepgram or cascade")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "The kind is unknown, or it is not set"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    kind: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, kind) = (caller.organization_id, known(&kind)?);
    let entry = caller.did("integration.deleted", kind, "");
    let remove = move |connection: &mut Connection| {
        let removed = change::delete_integration(connection, organization_id, kind)?;
        if removed {
            change::record_audit(connection, &entry)?;
        }
        Ok(removed)
    };
    if !state.store.change(remove).await? {
        return Err(NO_SUCH);
    }
    use_new_settings(&state, organization_id).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Tests whether the service accepts the current credentials. It changes nothing there.
#[utoipa::path(
    post,
    operation_id = "test_integration",
    path = "/api/v1/integrations/{kind}/test",
    tag = "integrations",
    params(("kind" = String, Path, description = "twilio, or the service of a kind of voice, such as openai, deepgram or cascade")),
    responses(
        (status = 200, description = "The result, even if the test fails", body = IntegrationTest),
        (status = 404, description = "The kind is unknown, or it is not set"),
    )
)]
pub(crate) async fn try_it(
    state: web::Data<WebState>,
    caller: Caller,
    kind: web::Path<String>,
) -> Result<web::Json<IntegrationTest>, ApiError> {
    let integration = find(&state, &caller, &kind).await?;
    let _room = state.long_answers.room_for(caller.organization_id)?;
    let tested = test(&state.outside, &integration).await;
    let entry = caller.did("integration.tested", integration.settings.kind(), tested.outcome.as_str());
    state.store.change(move |connection| change::record_audit(connection, &entry)).await?;
    Ok(web::Json(tested))
}

/// Tests the service with settings and secrets that are not stored, so that they can be tried before they are set.
#[utoipa::path(
    post,
    operation_id = "check_integration",
    path = "/api/v1/integrations/{kind}/check",
    tag = "integrations",
    params(("kind" = String, Path, description = "twilio, or the service of a kind of voice, such as openai, deepgram or cascade")),
    request_body = IntegrationBody,
    responses(
        (status = 200, description = "The result, even if the test fails", body = IntegrationTest),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The kind is unknown"),
        (status = 422, description = "A value is invalid, for instance a secret that the kind does not have"),
    )
)]
pub(crate) async fn check(
    state: web::Data<WebState>,
    caller: Caller,
    kind: web::Path<String>,
    body: ThingBody<IntegrationBody>,
) -> Result<web::Json<IntegrationTest>, ApiError> {
    let (organization_id, kind) = (caller.organization_id, known(&kind)?);
    let IntegrationBody { settings, secrets, revision: _ } = body.into_inner();
    let secrets = typed(secrets);
    let settings = checked(&state.outside, kind, settings, &secrets)?;
    let sealed = sealed(&state.outside, organization_id, kind, secrets);
    let secrets = sealed.into_iter().filter_map(|(name, secret)| Some((name, secret?))).collect();
    let integration = Integration { organization_id, settings, secrets, updated_at: world::now().into() };
    let _room = state.long_answers.room_for(organization_id)?;
    let tested = test(&state.outside, &integration).await;
    let entry = caller.did("integration.tested", kind, format!("not stored: {}", tested.outcome.as_str()));
    state.store.change(move |connection| change::record_audit(connection, &entry)).await?;
    Ok(web::Json(tested))
}

/// The kind of this name, if it exists.
fn known(kind: &str) -> Result<IntegrationKind, ApiError> {
    let kind = kind.parse().map_err(|_| NO_SUCH)?;
    if kind == IntegrationKind::TWILIO || service_kind(kind).is_some() { Ok(kind) } else { Err(NO_SUCH) }
}

/// The names of a kind's secrets.
fn secret_names(kind: IntegrationKind) -> &'static [&'static str] {
    match kind {
        IntegrationKind::TWILIO => &["auth_token", "second_auth_token", "api_key_secret"],
        kind => service_kind(kind).map_or(&[], |service| service.secrets),
    }
}

/// All faults of a body, or its settings.
fn checked(
    outside: &Outside,
    kind: IntegrationKind,
    settings: Map<String, Value>,
    secrets: &BTreeMap<String, Option<Typed>>,
) -> Result<IntegrationSettings, ApiError> {
    let mut faults = Vec::new();
    for (name, secret) in secrets {
        if !secret_names(kind).contains(&name.as_str()) {
            let known = secret_names(kind).join(", ");
            faults.push(Fault::of("secrets", format!("must be of these names: {known}")));
        }
        if secret.as_ref().is_some_and(|Typed(secret)| !is_secret(secret)) {
            let reason = format!("must be 1 to {OUTSIDE_SECRET_BYTES_MAX} visible ASCII characters each");
            faults.push(Fault::of("secrets", reason));
        }
    }
    let public_url = service_kind(kind).and_then(|service| service.public_url);
    match IntegrationSettings::read(kind, settings, public_url) {
        Err(fault) => faults.push(Fault::of("settings", format!("are not as they must be: {fault}"))),
        Ok(settings) => {
            for (name, address) in settings.addresses() {
                if let Err(bad) = outside.http.address(address) {
                    faults.push(Fault::of("settings", format!("must have a good {name}: it {bad}")));
                }
            }
            match &settings {
                IntegrationSettings::Twilio(twilio) => faults.extend(twilio_faults(twilio)),
                IntegrationSettings::Cascade(cascade) => faults.extend(cascade_faults(cascade)),
                _ => {}
            }
            if faults.is_empty() {
                return Ok(settings);
            }
        }
    }
    Err(ApiError::Invalid(faults))
}

fn twilio_faults(twilio: &TwilioIntegration) -> Vec<Fault> {
    let is_sid = |text: &str, prefix: &str| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let mut faults = Vec::new();
    if !is_sid(&twilio.account_sid, "AC") {
        faults.push(Fault::of("settings", "must have an account_sid of AC and 32 hexadecimal digits"));
    }
    if twilio.api_key_sid.as_deref().is_some_and(|sid| !is_sid(sid, "SK")) {
        faults
            .push(Fault::of("settings", "must have an api_key_sid of SK and 32 hexadecimal digits, or none"));
    }
    if twilio.sip_domain.as_deref().is_some_and(|host| !HostName::is_one(host)) {
        faults.push(Fault::of(
            "settings",
            "must have a sip_domain that is a host, as pbx.example.com, or none",
        ));
    }
    faults
}

fn cascade_faults(cascade: &CascadeIntegration) -> Vec<Fault> {
    let mut faults = Vec::new();
    let names = cascade.models().into_iter().chain(cascade.voice());
    let is_name = |name: &str| {
        let length = name.chars().count();
        (1..=SERVICE_NAME_CHARS_MAX).contains(&length) && !name.chars().any(char::is_control)
    };
    if !names.into_iter().all(is_name) {
        let reason = format!("must have names of 1 to {SERVICE_NAME_CHARS_MAX} characters");
        faults.push(Fault::of("settings", reason));
    }
    if cascade.voice().is_none() {
        faults.push(Fault::of(
            "settings",
            "must have a speech_voice, for ElevenLabs has none that is everybody's",
        ));
    }
    faults
}

fn is_secret(text: &str) -> bool {
    (1..=OUTSIDE_SECRET_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether two addresses are of one server.
pub(super) fn is_same_place(one: &str, other: &str) -> bool {
    let origin = |text: &str| Url::parse(text).map(|url| url.origin().ascii_serialization()).ok();
    origin(one).is_some_and(|one| origin(other) == Some(one))
}

fn sealed(
    outside: &Outside,
    organization_id: OrganizationId,
    kind: IntegrationKind,
    secrets: BTreeMap<String, Option<Typed>>,
) -> BTreeMap<String, Option<SealedSecret>> {
    let seal = |(name, secret): (String, Option<Typed>)| {
        let context = Integration::seal_context(organization_id, kind, &name);
        let sealed = secret.map(|Typed(secret)| SealedSecret {
            sealed: outside.secrets.seal(&context, secret.as_bytes()),
            ends_with: SealedSecret::shown(&secret),
        });
        (name, sealed)
    };
    secrets.into_iter().map(seal).collect()
}
