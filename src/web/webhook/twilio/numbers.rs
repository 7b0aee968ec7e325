//! Organization and profile of a call to a number: rows of the organizations first, then the configuration.

use chrono::{DateTime, Utc};
use cordboard_actors::messages::Answerer;
use cordboard_actors::world;
use cordboard_schema::business::BusinessProfile;
use cordboard_schema::call::Unannounced;
use cordboard_schema::did::{AnsweringMode, Did, Instead};
use cordboard_schema::document::TurnedAway;
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::masked::Masked;
use cordboard_schema::phone::E164;
use cordboard_schema::wire::twilio::webhook::VoiceRequest;

use super::signing_account::SigningAccount;
use crate::store::{AboutRows as _, StoreError, query};
use crate::web::WebState;
use crate::web::problem::ApiError;

/// Route of a call to a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// An assistant answers.
    Answered {
        /// The profile that answers.
        by: Answerer,
        /// How Twilio and Cordboard communicate.
        mode: AnsweringMode,
        /// Fallback for the caller if there is no room; `None` for the configuration's.
        no_room: Option<Instead>,
    },
    /// The caller is not put through.
    TurnedAway {
        /// The answerer that the number would have had.
        by: Answerer,
        /// Why the caller is not put through.
        why: TurnedAway,
        /// Their fallback.
        instead: Instead,
    },
    /// The number belongs to nobody, and is not answered.
    Refused,
    /// It is not known how the number is answered: its row can't be read.
    Unreadable,
}

/// Route of this call: the only place that decides it. For an organization's own account only that organization's numbers count; the configuration's
/// account serves those that the operator has assigned, of any organization.
pub(super) async fn route(
    state: &WebState,
    twilio: &SigningAccount,
    voice: &VoiceRequest,
) -> Result<Route, ApiError> {
    Ok(match row(state, twilio, &voice.to).await? {
        NumberLookup::Unreadable => Route::Unreadable,
        NumberLookup::Found(row) => {
            let NumberRow { did, business, own_numbers, .. } = *row;
            let caller = voice.from.shown().and_then(|from| KnownCaller::parse(from, &own_numbers));
            by_row(did, business.as_ref(), caller.as_ref(), world::now())
        }
        NumberLookup::Unassigned if twilio.own().is_some() => {
            tracing::warn!(
                number = %Masked(Some(&voice.to)),
                "an organization's account calls a number that is not the organization's"
            );
            Route::Refused
        }
        NumberLookup::Unassigned => by_configuration(state, &voice.to),
    })
}

/// Fallback of the organization for a caller for whom there is no room; `None` if the number belongs to nobody.
pub(super) async fn no_room(
    state: &WebState,
    twilio: &SigningAccount,
    number: &str,
) -> Result<Option<Instead>, ApiError> {
    Ok(row(state, twilio, number).await?.found().map(|found| found.did.answering.no_capacity))
}

/// The language for callers of this number; empty if the number belongs to nobody.
pub(super) async fn language(
    state: &WebState,
    twilio: &SigningAccount,
    number: &str,
) -> Result<String, ApiError> {
    Ok(row(state, twilio, number).await?.found().map(|found| found.language).unwrap_or_default())
}

/// A number's row, and what is known of its organization.
struct NumberRow {
    did: Did,
    business: Option<BusinessProfile>,
    /// Language of the profile that answers.
    language: String,
    /// A caller from one of these numbers could be anybody.
    own_numbers: OwnNumbers,
}

/// The same, but `None` if the row can't be read: the registry's checks report that.
fn or_none<T>(read: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Err(error) if error.is_about_rows() => Ok(None),
        read => read,
    }
}

/// Result of looking up a number's row.
enum NumberLookup {
    /// The row exists.
    Found(Box<NumberRow>),
    /// There is no row.
    Unassigned,
    /// The row exists and can't be read.
    Unreadable,
}

impl NumberLookup {
    fn found(self) -> Option<Box<NumberRow>> {
        match self {
            Self::Found(row) => Some(row),
            Self::Unassigned | Self::Unreadable => None,
        }
    }
}

/// The number's row, if the account that signed can reach it, and its organization's settings.
async fn row(state: &WebState, twilio: &SigningAccount, number: &str) -> Result<NumberLookup, ApiError> {
    // A SIP address has no row.
    let Ok(number) = number.parse::<E164>() else { return Ok(NumberLookup::Unassigned) };
    let (own, configured) = (twilio.own_account(), state.store.configured_numbers().clone());
    let found = state.store.reads().run(move |connection| {
        let own = own.as_ref().map(|(organization_id, account)| (*organization_id, account));
        let did = match query::phone_number(connection, &number) {
            Err(error) if error.is_about_rows() => {
                tracing::error!(
                    number = %Masked(Some(number.as_str())), %error,
                    "a phone number's row can't be read, and its callers go to the fallback: remove the number and add it again"
                );
                return Ok(NumberLookup::Unreadable);
            }
            did => did?,
        };
        let Some(did) = did else { return Ok(NumberLookup::Unassigned) };
        if !did.is_reached_by(own) {
            let Did { organization_id, number, proof, .. } = &did;
            let number = Masked(Some(number.as_str()));
            tracing::warn!(
                %organization_id, %number, %proof,
                "calls and texts to a number do not reach the organization that has added it: the account that they come from has not proved the \
                 number; send it to PUT /api/v1/phone-numbers/{{id}} again, with the organization's own account set or as the operator of the \
                 installation"
            );
            return Ok(NumberLookup::Unassigned);
        }
        // Without it no assistant answers at any time.
        let business = or_none(query::business_profile(connection, did.organization_id))?;
        let business = business.map(|stored| BusinessProfile::clone(&stored.profile));
        let own_numbers = query::own_numbers(connection, did.organization_id, &configured)?;
        let profile = or_none(query::profile(connection, did.organization_id, did.profile_id))?;
        let language = profile.map(|profile| profile.language).unwrap_or_default();
        Ok(NumberLookup::Found(Box::new(NumberRow { did, business, language, own_numbers })))
    });
    Ok(found.await?)
}

fn by_row(
    did: Did,
    business: Option<&BusinessProfile>,
    caller: Option<&KnownCaller>,
    now: DateTime<Utc>,
) -> Route {
    let Did { organization_id, profile_id, answering, .. } = did;
    let by = Answerer::Of { organization_id, profile_id };
    if answering.blocks(caller) {
        return Route::TurnedAway { by, why: TurnedAway::Blocked, instead: answering.blocked };
    }
    let is_closed = business.is_some_and(|business| !business.is_open(now));
    match answering.closed {
        Some(instead) if is_closed => Route::TurnedAway { by, why: TurnedAway::Closed, instead },
        _ => Route::Answered { by, mode: answering.mode, no_room: Some(answering.no_capacity) },
    }
}

/// A number without a row belongs to the first organization.
fn by_configuration(state: &WebState, number: &str) -> Route {
    let twilio = &state.configuration.config.switches.twilio;
    let answered = |profile: Option<String>| Route::Answered {
        by: Answerer::Named(profile),
        mode: AnsweringMode::MediaStreams,
        no_room: None,
    };
    match (twilio.numbers.profile(number), twilio.unlisted) {
        (Some(profile), _) => answered(Some(profile.to_owned())),
        (None, Unannounced::Accept) => answered(twilio.default_profile.clone()),
        (None, Unannounced::Refuse) => Route::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;
    use cordboard_schema::did::{Answering, Proof};
    use cordboard_schema::ids::{OrganizationId, PhoneNumberId, ProfileId};
    use uuid::Uuid;

    const NUISANCE: &str = "+15550100009";

    fn did(closed: Option<Instead>) -> Did {
        Did {
            id: PhoneNumberId(Uuid::nil()),
            organization_id: OrganizationId(Uuid::from_u128(1)),
            number: "+15550100001".parse().unwrap(),
            profile_id: ProfileId(Uuid::from_u128(2)),
            answering: Answering {
                label: String::new(),
                mode: AnsweringMode::Gather,
                closed,
                no_capacity: Instead::Say { text: "full".to_owned() },
                blocked: Instead::HangUp,
                blocked_callers: vec![NUISANCE.parse().unwrap()],
                block_anonymous: true,
            },
            proof: Proof::Operator,
        }
    }

    fn open_on_mondays() -> BusinessProfile {
        let hours = serde_json::json!({ "monday": [{ "from": "09:00", "to": "17:00" }] });
        BusinessProfile { hours: Some(serde_json::from_value(hours).unwrap()), ..BusinessProfile::default() }
    }

    #[test]
    fn a_number_refuses_blocked_callers_and_everybody_when_closed() {
        let (open, closed) =
            (Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0), Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0));
        let business = open_on_mondays();
        let said = Instead::Say { text: "closed".to_owned() };
        let none = OwnNumbers::default();
        let friend = KnownCaller::parse("+15550100002", &none).unwrap();
        let why = |caller: Option<&str>, at, instead: Option<Instead>| {
            let caller = caller.map(|caller| KnownCaller::parse(caller, &none).unwrap());
            match by_row(did(instead), Some(&business), caller.as_ref(), at) {
                Route::TurnedAway { why, .. } => Some(why),
                _ => None,
            }
        };
        let (open, closed) = (open.unwrap(), closed.unwrap());
        assert_eq!(why(Some(friend.number().as_str()), open, Some(said.clone())), None);
        assert_eq!(why(Some(friend.number().as_str()), closed, Some(said.clone())), Some(TurnedAway::Closed));
        assert_eq!(
            why(Some(friend.number().as_str()), closed, None),
            None,
            "the assistant answers at all hours"
        );
        assert_eq!(why(Some(NUISANCE), open, None), Some(TurnedAway::Blocked));
        assert_eq!(why(None, closed, Some(said)), Some(TurnedAway::Blocked), "who hides the number");
        let undescribed = by_row(did(Some(Instead::HangUp)), None, Some(&friend), closed);
        assert!(matches!(undescribed, Route::Answered { mode: AnsweringMode::Gather, .. }));
    }
}
