//! The meaning of a provider's errors.

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::openai::ErrorReport;

use crate::assistant::provider::ProviderFault;

/// Characters of a provider's own words that the journal keeps.
const MESSAGE_CHARS_MAX: usize = 300;
/// Characters of the code of an error that the journal keeps.
const CODE_CHARS_MAX: usize = 100;

/// Returns the class of an error. The list of codes is not published: if the code is unknown, the error's type decides.
pub fn failure_of(error: &ErrorReport) -> ProviderFailure {
    let is = |words: &[&str]| words.contains(&error.code.as_str()) || words.contains(&error.kind.as_str());
    if is(&["session_expired"]) {
        ProviderFailure::SessionExpired
    } else if is(&["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"]) {
        ProviderFailure::QuotaExhausted
    } else if is(&["rate_limit_exceeded", "rate_limit_error", "requests", "tokens", "too_many_requests"]) {
        ProviderFailure::RateLimited
    } else if is(&["invalid_api_key", "authentication_error", "permission_denied", "permission_error"]) {
        ProviderFailure::Unauthorized
    } else if is(&["model_not_found", "model_load_error", "invalid_model"]) {
        ProviderFailure::UnknownModel
    } else {
        ProviderFailure::ProviderError
    }
}

/// Returns the error as a fault, with the provider's words.
pub fn fault_of(error: &ErrorReport) -> ProviderFault {
    let code = if error.code.is_empty() { error.kind.as_str() } else { error.code.as_str() };
    let code: String = code.chars().take(CODE_CHARS_MAX).collect();
    let message: String = error.message.chars().take(MESSAGE_CHARS_MAX).collect();
    let reason = match (code.as_str(), message.as_str()) {
        ("", "") => "the provider gives no reason".to_owned(),
        ("", message) => message.to_owned(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}: {message}"),
    };
    ProviderFault::new(failure_of(error), reason)
}

/// Returns whether the request itself was rejected as invalid.
pub(super) fn is_refusal(error: &ErrorReport) -> bool {
    error.kind == "invalid_request_error" && failure_of(error) == ProviderFailure::ProviderError
}
