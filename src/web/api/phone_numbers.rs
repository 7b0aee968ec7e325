//! `/api/v1/phone-numbers`: the profile that answers a dialled number, and what callers get if none can.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::audit::Actor;
use cordboard_schema::did::{Answering, AnsweringMode, Did, Instead, Proof};
use cordboard_schema::extension::is_extension_name;
use cordboard_schema::ids::{PhoneNumberId, ProfileId};
use cordboard_schema::limits::{
    BLOCKED_CALLERS_MAX, PHONE_NUMBER_LABEL_CHARS_MAX, PHONE_NUMBERS_MAX, PROFILE_NOTICE_CHARS_MAX,
};
use cordboard_schema::phone::E164;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{dial_policy, extensions, number_proofs};
use crate::outside_accounts::OwnTwilio;
use crate::store::{AboutRows as _, Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::{Caller, done};
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

/// A phone number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhoneNumberView {
    id: PhoneNumberId,
    /// The number.
    number: E164,
    /// The profile that answers.
    profile_id: ProfileId,
    /// Proof that the number is the organization's: calls and texts use the account that proved it.
    proof: ProofView,
    /// How it is answered, and what happens if it can't be.
    #[serde(flatten)]
    answering: Answering,
    /// Those of `closed`, `no_capacity` and `blocked` that forward to an extension which no caller on Twilio can be sent to, because no SIP host is
    /// known: these callers hear that nobody can be reached.
    #[schema(value_type = Vec<String>)]
    unreached: Vec<&'static str>,
    /// Revision: a new value after each change.
    revision: String,
}

impl PhoneNumberView {
    fn shown(state: &WebState, did: Did) -> Self {
        let unreached = unreached(state, &did);
        // The revision was made without them, because they change with the accounts and not with the number.
        Self { unreached, ..Self::from(did) }
    }
}

/// Proof that a number is its organization's.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ProofView {
    /// The operator of the installation has assigned it.
    Operator,
    /// The organization's own Twilio account lists it.
    Account,
    /// There is no proof: change the number to have it checked.
    None,
}

impl From<Did> for PhoneNumberView {
    fn from(Did { id, organization_id: _, number, profile_id, answering, proof }: Did) -> Self {
        let proof = match proof {
            Proof::Operator => ProofView::Operator,
            Proof::Account(_) => ProofView::Account,
            Proof::None => ProofView::None,
        };
        let (unreached, revision) = (Vec::new(), String::new());
        let view = Self { id, number, profile_id, proof, answering, unreached, revision };
        Self { revision: revision::of(&view), ..view }
    }
}

impl Revised for PhoneNumberView {
    const WHAT: &'static str = "phone number";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// A phone number in a request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhoneNumberBody {
    /// The number with its country code; spaces, points, hyphens, slashes and brackets are removed.
    #[schema(example = "+49 30 12345678")]
    number: String,
    /// The profile that answers.
    profile_id: ProfileId,
    /// Label of the number.
    #[serde(default)]
    #[schema(max_length = 120)]
    label: String,
    /// How Cordboard and the provider of the number communicate.
    #[serde(default)]
    mode: AnsweringMode,
    /// Treatment of callers outside the business's hours; without it the assistant answers at all hours.
    closed: Option<Instead>,
    /// Treatment of callers if no further call can be taken.
    #[serde(default)]
    no_capacity: Instead,
    /// Treatment of blocked callers.
    #[serde(default)]
    blocked: Instead,
    /// The blocked numbers.
    #[serde(default)]
    blocked_callers: Vec<String>,
    /// Whether callers who hide their number are blocked.
    #[serde(default)]
    block_anonymous: bool,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    revision: Option<String>,
}

impl ReadOnly for PhoneNumberBody {
    const NAMES: &'static [&'static str] = &["id", "proof", "unreached"];
}

/// Lists the phone numbers, oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_phone_numbers",
    path = "/api/v1/phone-numbers",
    tag = "business",
    responses((status = 200, description = "All phone numbers", body = Page<PhoneNumberView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<PhoneNumberView>>, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::phone_numbers(connection, organization_id);
    let numbers = state.store.reads().run(read).await?;
    Ok(web::Json(Page::whole(numbers.into_iter().map(|did| PhoneNumberView::shown(&state, did)).collect())))
}

/// Shows a phone number.
#[utoipa::path(
    get,
    operation_id = "show_phone_number",
    path = "/api/v1/phone-numbers/{id}",
    tag = "business",
    params(("id" = PhoneNumberId, Path, description = "The phone number's id")),
    responses(
        (status = 200, description = "The phone number", body = PhoneNumberView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such phone number"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<PhoneNumberId>,
) -> Result<web::Json<PhoneNumberView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::phone_number_by_id(connection, organization_id, id);
    let did = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    Ok(web::Json(PhoneNumberView::shown(&state, did)))
}

/// Adds a phone number. The organization's own Twilio account must list it, or the operator of the installation assigns it.
#[utoipa::path(
    post,
    operation_id = "create_phone_number",
    path = "/api/v1/phone-numbers",
    tag = "business",
    request_body = PhoneNumberBody,
    responses(
        (status = 201, description = "Added; `Location` has its address", body = PhoneNumberView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "The number is taken (`number_taken`), or there are too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance a number without its country code or without proof of its owner"),
        (status = 503, description = "Twilio could not be asked who owns the number"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<PhoneNumberBody>,
) -> Result<HttpResponse, ApiError> {
    let id = PhoneNumberId(world::new_id());
    let did = checked(&state, &caller, id, body.into_inner()).await?;
    let adding = did.clone();
    let taken = taken_from(&did);
    changed(&state, move |connection| {
        if query::count_phone_numbers(connection, adding.organization_id)? >= PHONE_NUMBERS_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "there is no room for another phone number: remove one first",
            )));
        }
        if query::profile(connection, adding.organization_id, adding.profile_id)?.is_none() {
            return Ok(Err(no_profile()));
        }
        let back = leading_back(connection, &adding)?;
        if !back.is_empty() {
            return Ok(Err(ApiError::Invalid(back)));
        }
        taken(connection)?;
        change::create_phone_number(connection, &adding)?;
        change::record_audit(connection, &caller.did("phone_number.added", id, &adding.number)).map(Ok)
    })
    .await?;
    let location = format!("/api/v1/phone-numbers/{id}");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(PhoneNumberView::from(did)))
}

/// Changes a phone number. The body replaces the previous settings. If there is no proof of its owner yet, it is checked again.
#[utoipa::path(
    put,
    operation_id = "update_phone_number",
    path = "/api/v1/phone-numbers/{id}",
    tag = "business",
    params(
        ("id" = PhoneNumberId, Path, description = "The phone number's id"),
        IfMatch,
    ),
    request_body = PhoneNumberBody,
    responses(
        (status = 200, description = "Changed", body = PhoneNumberView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such phone number"),
        (status = 409, description = revision::edited_meanwhile!("the number is taken (`number_taken`)")),
        (status = 422, description = "A value is invalid, for instance a number without its country code or without proof of its owner"),
        (status = 503, description = "Twilio could not be asked who owns the number"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<PhoneNumberId>,
    if_match: IfMatch,
    body: ThingBody<PhoneNumberBody>,
) -> Result<web::Json<PhoneNumberView>, ApiError> {
    let id = *id;
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    // Twilio is only asked about a number that has a row for the answer.
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::phone_number_by_id(connection, organization_id, id);
    state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    let did = checked(&state, &caller, id, body).await?;
    let changing = did.clone();
    let taken = taken_from(&did);
    changed(&state, move |connection| {
        // It may have been removed meanwhile. Then the number is not taken from another organization.
        let Some(before) = query::phone_number_by_id(connection, changing.organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        if let Err(late) = asked.demand(&PhoneNumberView::from(before)) {
            return Ok(Err(late));
        }
        if query::profile(connection, changing.organization_id, changing.profile_id)?.is_none() {
            return Ok(Err(no_profile()));
        }
        let back = leading_back(connection, &changing)?;
        if !back.is_empty() {
            return Ok(Err(ApiError::Invalid(back)));
        }
        taken(connection)?;
        if !change::update_phone_number(connection, &changing)? {
            return Ok(Err(NO_SUCH));
        }
        change::record_audit(connection, &caller.did("phone_number.changed", id, &changing.number)).map(Ok)
    })
    .await?;
    Ok(web::Json(PhoneNumberView::shown(&state, did)))
}

/// Removes a phone number: calls to it are no longer answered.
#[utoipa::path(
    delete,
    operation_id = "delete_phone_number",
    path = "/api/v1/phone-numbers/{id}",
    tag = "business",
    params(("id" = PhoneNumberId, Path, description = "The phone number's id")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such phone number"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<PhoneNumberId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    changed(&state, move |connection| {
        if !change::delete_phone_number(connection, organization_id, id)? {
            return Ok(Err(NO_SUCH));
        }
        change::record_audit(connection, &caller.did("phone_number.removed", id, "")).map(Ok)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

const NO_SUCH: ApiError = ApiError::NotFound("phone number");

fn no_profile() -> ApiError {
    ApiError::Invalid(vec![Fault::of("profile_id", "must be one of the organization's agent profiles")])
}

/// Returns the number of a body, or all its faults.
async fn checked(
    state: &WebState,
    caller: &Caller,
    id: PhoneNumberId,
    body: PhoneNumberBody,
) -> Result<Did, ApiError> {
    let mut faults = Vec::new();
    let read = |typed: &str| typed.parse::<E164>().map(E164::without_national_zero);
    let number = read(&body.number).map_err(|bad| faults.push(Fault::of("number", bad.to_string())));
    let label = body.label.trim().to_owned();
    if label.chars().count() > PHONE_NUMBER_LABEL_CHARS_MAX || label.chars().any(char::is_control) {
        let reason = format!("must have at most {PHONE_NUMBER_LABEL_CHARS_MAX} characters, in one line");
        faults.push(Fault::of("label", reason));
    }
    let mut blocked_callers = Vec::new();
    if body.blocked_callers.len() > BLOCKED_CALLERS_MAX {
        faults.push(Fault::of("blocked_callers", format!("must be at most {BLOCKED_CALLERS_MAX}")));
    } else {
        for (position, caller) in body.blocked_callers.iter().enumerate() {
            match read(caller) {
                Ok(caller) if !blocked_callers.contains(&caller) => blocked_callers.push(caller),
                Ok(_) => {}
                Err(bad) => {
                    let reason = format!("{bad}; the one at place {} is none", position + 1);
                    faults.push(Fault::of("blocked_callers", reason));
                    break;
                }
            }
        }
    }
    let answering = Answering {
        label,
        mode: body.mode,
        closed: body.closed,
        no_capacity: body.no_capacity,
        blocked: body.blocked,
        blocked_callers,
        block_anonymous: body.block_anonymous,
    };
    for (field, instead) in answering.instead() {
        if let Some(reason) = wrong_with(state, caller, instead).await? {
            faults.push(Fault::of(field, reason));
        }
    }
    let Ok(number) = number else { return Err(ApiError::Invalid(faults)) };
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let proof = number_proofs::proof(state, caller, id, &number).await?;
    let did = Did {
        id,
        organization_id: caller.organization_id,
        number,
        profile_id: body.profile_id,
        answering,
        proof,
    };
    let unreached = unreached(state, &did);
    if !unreached.is_empty() {
        return Err(ApiError::Invalid(
            unreached.into_iter().map(|field| Fault::of(field, NO_EXTENSION)).collect(),
        ));
    }
    Ok(did)
}

/// Fault of a forward to an extension that no caller on Twilio can be sent to.
const NO_EXTENSION: &str = "must not forward to an extension, for Twilio knows no SIP host of extensions: \
    set `sip_domain` of your Twilio account, or ask the operator to set twilio.sip_domain";

/// The forwards of a number that lead to an extension, if its callers can't be sent to one.
fn unreached(state: &WebState, did: &Did) -> Vec<&'static str> {
    let to_extensions: Vec<_> = forwards(&did.answering)
        .filter(|(_, target)| is_extension_name(target))
        .map(|(field, _)| field)
        .collect();
    if to_extensions.is_empty() || reaches_extensions(state, did) { Vec::new() } else { to_extensions }
}

/// Whether the number's callers can be sent to extensions: the SIP host of one of the accounts that may have them is known.
fn reaches_extensions(state: &WebState, did: &Did) -> bool {
    let own = state.outside_accounts.as_ref().map(|accounts| accounts.twilio(did.organization_id));
    let at_own = matches!(own, Some(OwnTwilio::Own(account)) if account.sip_domain.is_some());
    at_own || state.configuration.config.switches.twilio.sip_domain.is_some()
}

/// Takes the number from another organization that has never proved it, and writes that into the other's audit log.
fn taken_from(did: &Did) -> impl FnOnce(&mut Connection) -> Result<(), StoreError> + Send + 'static {
    let (number, organization_id) = (did.number.clone(), did.organization_id);
    move |connection| {
        let Some(loser) = change::take_unproved_number(connection, &number, organization_id)? else {
            return Ok(());
        };
        let what =
            ("phone_number.removed", &number, "it was never proved, and another organization has proved it");
        // Without the address of the client, who belongs to another organization.
        change::record_audit(connection, &done(loser, Actor::System, None, what))
    }
}

/// Fault of a fallback for callers, if any. The target of a forward is checked again at each call.
async fn wrong_with(
    state: &WebState,
    caller: &Caller,
    instead: &Instead,
) -> Result<Option<String>, ApiError> {
    let is_odd = |c: char| c.is_control() && !c.is_whitespace();
    Ok(match instead {
        Instead::HangUp => None,
        Instead::Say { text } | Instead::Voicemail { text } => {
            let chars = text.trim().chars().count();
            let is_said = (1..=PROFILE_NOTICE_CHARS_MAX).contains(&chars) && !text.chars().any(is_odd);
            (!is_said).then(|| format!("must say 1 to {PROFILE_NOTICE_CHARS_MAX} characters"))
        }
        Instead::Forward { target }
            if is_extension_name(target) && extensions::is_there(state, caller, target).await? =>
        {
            None
        }
        Instead::Forward { target } => {
            let policy = dial_policy::effective(state, caller).await?;
            let admits =
                |number: &E164| policy.numbers_allowed.iter().any(|pattern| pattern.admits(number.as_str()));
            // An unchanged target is accepted.
            let is_admitted =
                target.parse::<E164>().is_ok_and(|number| number.as_str() == target && admits(&number));
            (!is_admitted).then(|| {
                "must forward to the name of an extension, or to a number of E.164 that the dial policy admits".to_owned()
            })
        }
    })
}

/// Faults of the forwards that lead back to the number itself, over the organization's other numbers: each hop would be a call of its own, without
/// end.
fn leading_back(connection: &mut Connection, did: &Did) -> Result<Vec<Fault>, StoreError> {
    let mut back = Vec::new();
    for (field, target) in forwards(&did.answering) {
        if leads_back(connection, did, target)? {
            back.push(Fault::of(field, "must not lead back to this number"));
        }
    }
    Ok(back)
}

/// Whether calls to this target are forwarded to the number. Reads only the numbers on the way.
fn leads_back(connection: &mut Connection, did: &Did, target: &str) -> Result<bool, StoreError> {
    let (mut seen, mut left) = (Vec::new(), vec![target.to_owned()]);
    while let Some(target) = left.pop() {
        if target == did.number.as_str() {
            return Ok(true);
        }
        if !seen.contains(&target) {
            let next = other_number(connection, did, &target)?;
            left.extend(next.iter().flat_map(|next| forwards(&next.answering)).map(|(_, to)| to.to_owned()));
            seen.push(target);
        }
    }
    Ok(false)
}

/// The organization's other number that is the target of a forward, if it is one.
fn other_number(connection: &mut Connection, did: &Did, target: &str) -> Result<Option<Did>, StoreError> {
    // Targets are stored in the form of the numbers, or name extensions.
    let Some(number) = target.parse::<E164>().ok().filter(|number| number.as_str() == target) else {
        return Ok(None);
    };
    match query::phone_number(connection, &number) {
        // A number that can't be read answers no calls.
        Err(error) if error.is_about_rows() => Ok(None),
        found => {
            Ok(found?.filter(|other| other.organization_id == did.organization_id && other.id != did.id))
        }
    }
}

/// The forwards of a number, each with its field and its target.
fn forwards(answering: &Answering) -> impl Iterator<Item = (&'static str, &str)> {
    answering.instead().filter_map(|(field, instead)| match instead {
        Instead::Forward { target } => Some((field, target.as_str())),
        Instead::HangUp | Instead::Say { .. } | Instead::Voicemail { .. } => None,
    })
}

/// Reads and changes in one transaction.
async fn changed(
    state: &WebState,
    change: impl FnOnce(&mut Connection) -> Result<Result<(), ApiError>, StoreError> + Send + 'static,
) -> Result<(), ApiError> {
    match state.store.change_or_refuse(change).await {
        Err(error) if error.is_taken_name() => Err(number_proofs::taken()),
        outcome => outcome?,
    }
}
