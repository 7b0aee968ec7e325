//! Which profile answers which number.

use cordboard_schema::call::Unannounced;

use crate::web::WebState;
use crate::web::problem::ApiError;

/// What becomes of a call to a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The profile of this name answers; none for the usual one.
    Profile(Option<String>),
    /// It is not answered.
    Refused,
}

/// What becomes of a call to this number, as the configuration says. The one place that knows: numbers that an organization
/// keeps in the store come in here.
pub(super) async fn route(state: &WebState, number: &str) -> Result<Route, ApiError> {
    let twilio = &state.configuration.config.twilio;
    Ok(match (twilio.numbers.profile(number), twilio.unlisted) {
        (Some(profile), _) => Route::Profile(Some(profile.to_owned())),
        (None, Unannounced::Accept) => Route::Profile(twilio.default_profile.clone()),
        (None, Unannounced::Refuse) => Route::Refused,
    })
}
