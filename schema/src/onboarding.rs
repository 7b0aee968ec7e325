//! The first steps of an organization, and which are done.

use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// Progress of an organization's setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Onboarding {
    /// The finished steps.
    pub steps: OnboardingSteps,
    /// Whether a user has dismissed the list of steps.
    pub dismissed: bool,
}

/// The steps. Each is done as soon as its result exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct OnboardingSteps {
    /// A test call with the assistant was made in a browser.
    pub test_call: bool,
    /// The business is described.
    pub business: bool,
    /// A call has arrived over a telephone line.
    pub phone_line: bool,
    /// A second user exists or is invited.
    pub team: bool,
    /// A change of an assistant was published.
    pub published: bool,
}
