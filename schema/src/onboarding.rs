//! The first steps of an organization, and their completion.

use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// Progress of an organization's setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Onboarding {
    /// The finished steps.
    pub steps: OnboardingSteps,
    /// Whether somebody has put the list of steps away.
    pub dismissed: bool,
}

/// The steps: each is done once what it asks for is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct OnboardingSteps {
    /// Somebody has talked with the assistant in a browser.
    pub test_call: bool,
    /// The business is described.
    pub business: bool,
    /// A call has come by a telephone line.
    pub phone_line: bool,
    /// Somebody else works here, or is invited.
    pub team: bool,
    /// A change of an assistant was published.
    pub published: bool,
}
