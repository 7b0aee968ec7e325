//! Proof of a phone number's owner. Callers who dial a number reach its owner, so a claim alone is not enough.
//!
//! | who adds it | what proves it |
//! | --- | --- |
//! | whoever runs the installation, in any organization | they say so |
//! | the first organization, which is the installation's own and has every number that no other organization has | the same |
//! | any other organization | its own account at Twilio lists it |
//!
//! A number of the configuration belongs to the first organization, whatever an account lists.

use std::time::Duration;

use cordboard_schema::did::{Did, Proof};
use cordboard_schema::ids::PhoneNumberId;
use cordboard_schema::limits::NUMBER_PROOF_MS_MAX;
use cordboard_schema::permission::Permission;
use cordboard_schema::phone::E164;
use tokio::time::timeout;

use crate::config::TwilioSection;
use crate::outside_accounts::{OwnTwilio, TwilioAccount};
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// The answer does not reveal the owner.
pub(super) fn taken() -> ApiError {
    ApiError::conflict("number_taken", "this number is in use already: use another one")
}

/// Returns how the organization has proved this number, which may have this id.
///
/// # Errors
/// There is no proof, or the number is the configuration's.
pub(super) async fn proof(
    state: &WebState,
    caller: &Caller,
    id: PhoneNumberId,
    number: &E164,
) -> Result<Proof, ApiError> {
    let organization_id = caller.organization_id;
    let is_first = organization_id == state.store.organization_id();
    let read = move |connection: &mut Connection| query::phone_number_by_id(connection, organization_id, id);
    let before = state.store.reads().run(read).await?.filter(|before: &Did| before.number == *number);
    let by_operator = caller.may(Permission::Installation) || is_first;
    let is_known = by_operator || before.as_ref().is_some_and(|before| before.proof == Proof::Operator);
    let proof = if is_known { Proof::Operator } else { by_account(state, caller, number, before).await? };
    // After the proof: without one, a client does not learn who owns a number.
    if !is_first && is_configured(&state.configuration.config.switches.twilio, number) {
        return Err(taken());
    }
    Ok(proof)
}

/// Whether the number is in the configuration.
fn is_configured(twilio: &TwilioSection, number: &E164) -> bool {
    let is_it = |text: &str| text.parse::<E164>().is_ok_and(|known| known == *number);
    twilio.transfer_caller_id.as_ref().is_some_and(|own| is_it(own.as_str()))
        || twilio.numbers.iter().any(is_it)
}

/// Proof by the organization's own account.
async fn by_account(
    state: &WebState,
    caller: &Caller,
    number: &E164,
    before: Option<Did>,
) -> Result<Proof, ApiError> {
    let unproved = |why: &str| Err(ApiError::Invalid(vec![Fault::of("number", why)]));
    let accounts = state.outside_accounts.as_ref();
    let own = match accounts.map(|accounts| accounts.twilio(caller.organization_id)) {
        Some(OwnTwilio::Own(own)) => own,
        Some(OwnTwilio::Configured | OwnTwilio::Unusable) | None => {
            return unproved(
                "must be proved: set the Twilio account that has it at /api/v1/integrations/twilio, or ask the operator of this server to add it",
            );
        }
    };
    let proof = Proof::Account(own.sid.clone());
    if before.is_some_and(|before| before.proof == proof) {
        return Ok(proof);
    }
    if !own.is_at_twilio(state.configuration.config.switches.twilio.api_base_url.as_str()) {
        return unproved(
            "must be proved by an account at Twilio itself: the integration's base_url leads elsewhere",
        );
    }
    match asked(&own, number).await? {
        true => Ok(proof),
        false => unproved("must be one that the organization's own Twilio account has"),
    }
}

async fn asked(own: &TwilioAccount, number: &E164) -> Result<bool, ApiError> {
    let limit = Duration::from_millis(NUMBER_PROOF_MS_MAX);
    let away =
        |why: &str| ApiError::Unavailable(format!("Twilio could not be asked who owns the number: {why}"));
    match timeout(limit, own.has_number(number)).await {
        Ok(Ok(has)) => Ok(has),
        Ok(Err(fault)) => Err(away(&fault.to_string())),
        Err(_) => Err(away("it did not answer in time")),
    }
}
