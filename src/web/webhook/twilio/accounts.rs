//! Account of a request of Twilio's: the one that signed it, and what it may affect.
//!
//! A form names its account, which anybody can write; the signature proves it. The configuration's account is tried first, and may affect everything
//! that it could before organizations had accounts. A request signed by an organization's own account may only affect that organization: its owner
//! knows the key, and could sign anything. The names in a webhook are parsed and checked here once, and passed on parsed: [`Webhook`].

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use cordboard_actors::messages::{AskOwner, CallRef};
use cordboard_actors::twilio::StreamPasses;
use cordboard_actors::world;
use cordboard_schema::ids::OutsideId;
use cordboard_schema::wire::twilio::FormFields;
use cordboard_schema::wire::twilio::signature::BadSignature;

use super::signing_account::{SigningAccount, TwilioServer, WebhookRequest};
use crate::outside_accounts::{OutsideAccounts, TwilioAccount};
use crate::store::query;
use crate::web::WebState;
use crate::web::problem::ApiError;

const NO_ACCOUNT: ApiError = ApiError::NotFound("path: no Twilio account is configured");

/// A webhook that one of the accounts has signed, parsed once: the account may report on every call that it names. Only this file makes one, and
/// handlers get nothing else, so they act on what was checked.
pub(super) struct Webhook {
    /// The account that has signed it.
    pub(super) twilio: SigningAccount,
    /// Its fields.
    pub(super) fields: FormFields,
    _checked: Checked,
}

struct Checked;

/// Reads a webhook, and checks that it is Twilio's and what it may affect.
pub(super) async fn signed(
    state: &WebState,
    request: &HttpRequest,
    body: web::Payload,
) -> Result<Webhook, ApiError> {
    checked(state, request, body, SigningAccount::public_base).await
}

/// The same for a webhook at the address for transfers.
pub(super) async fn signed_for_transfer(
    state: &WebState,
    request: &HttpRequest,
    body: web::Payload,
) -> Result<Webhook, ApiError> {
    checked(state, request, body, SigningAccount::transfer_base).await
}

async fn checked(
    state: &WebState,
    request: &HttpRequest,
    body: web::Payload,
    base: impl Fn(&SigningAccount) -> &str,
) -> Result<Webhook, ApiError> {
    let server = server(state)?;
    let asked = WebhookRequest::read(request, body).await?;
    // A form that names no account, or an invalid one, can only be the configuration's. Anybody may send many: only the accounts with the form's name
    // are looked at.
    let own = asked.form.account().zip(state.outside_accounts.as_ref());
    let own = own.map(|(sid, accounts)| accounts.twilio_named(&sid)).unwrap_or_default();
    let mut verdict = Err(BadSignature::Wrong);
    for signer in signers(state, server, own) {
        verdict = signer.check(request, base(&signer), &asked).map(|()| signer);
        if verdict.is_ok() {
            break;
        }
    }
    let twilio = verdict.inspect_err(|bad| state.bad_signatures.note(request.path(), bad))?;
    twilio.meter(&state.twilio_meter).event_came(world::now().into());
    let fields = FormFields::read(asked.form, request.query_string())?;
    for call in fields.names.calls() {
        may_concern(state, &twilio, &OutsideId::twilio(call)).await?;
    }
    Ok(Webhook { twilio, fields, _checked: Checked })
}

/// Checks that this account may report on this call: a present or former call must be its organization's.
///
/// # Errors
/// The call is another organization's: for this account it does not exist.
pub(super) async fn may_concern(
    state: &WebState,
    signer: &SigningAccount,
    outside_id: &OutsideId,
) -> Result<(), ApiError> {
    let Some(own) = signer.own() else { return Ok(()) };
    let owner = match state.ask(AskOwner(CallRef::Outside(outside_id.clone()))).await? {
        Some(owner) => Some(owner),
        None => match outside_id.at_twilio() {
            Some(sid) => {
                // The rows of a call that has just ended are on their way to the disk.
                state.store.commit().await?;
                let found =
                    state.store.reads().run(move |connection| query::call_at_twilio(connection, &sid));
                found.await?.map(|call| call.organization_id)
            }
            None => None,
        },
    };
    if owner.is_none_or(|owner| owner == own) {
        return Ok(());
    }
    tracing::warn!(organization_id = %own, call = %outside_id, "turned down a request of an organization's account about another organization's call");
    Err(ApiError::NotFound("call"))
}

/// Checks that the handshake of a WebSocket is Twilio's, from any account. Its token says which call it is for, and only that call's account has it.
pub(in crate::web) fn handshake(state: &WebState, request: &HttpRequest) -> Result<StreamPasses, ApiError> {
    let server = server(state)?;
    let own = state.outside_accounts.as_ref().map(OutsideAccounts::twilio_accounts).unwrap_or_default();
    let mut verdict = Err(BadSignature::Wrong);
    for signer in signers(state, server, own) {
        verdict = signer.check_handshake(request).map(|()| signer.passes().clone());
        // Without a readable signature it is no account's.
        if !matches!(verdict, Err(BadSignature::Wrong | BadSignature::UnknownKey)) {
            break;
        }
    }
    Ok(verdict.inspect_err(|bad| state.bad_signatures.note(request.path(), bad))?)
}

/// State that all accounts share.
///
/// # Errors
/// There is no account.
fn server(state: &WebState) -> Result<&TwilioServer, ApiError> {
    let server = state.twilio.as_ref().ok_or(NO_ACCOUNT)?;
    let has_own = state.outside_accounts.as_ref().is_some_and(OutsideAccounts::have_twilio);
    if has_own || server.configured(None).is_some() { Ok(server) } else { Err(NO_ACCOUNT) }
}

/// The configuration's account first, then these.
fn signers(
    state: &WebState,
    server: &TwilioServer,
    own: Vec<Arc<TwilioAccount>>,
) -> impl Iterator<Item = SigningAccount> {
    let configured = server.configured(state.twilio_calls.as_ref());
    configured.into_iter().chain(own.into_iter().map(move |own| server.own(own)))
}
