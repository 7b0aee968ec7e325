//! The profile and the organization that answer a call, and the destination of a caller whom nobody answers.

use std::sync::Arc;

use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::{OrganizationId, OutsideId};
use cordboard_schema::profile::{AgentProfile, PublishedProfile};
use cordboard_schema::profile_variables::CallerSaid;
use cordboard_schema::wire::twilio::AccountSid;

use super::{RegistryActor, dialling};
use crate::messages::Answerer;

impl RegistryActor {
    /// The profile that answers an organization's calls that name none: the configured one in the first organization,
    /// the oldest one in others.
    pub(super) fn profile(&self, organization_id: OrganizationId) -> Option<&PublishedProfile> {
        match &self.default_profile {
            Some(name) if self.home == organization_id => self.profile_named(organization_id, name),
            _ => self.profiles.iter().find(|published| published.profile.organization_id == organization_id),
        }
    }

    /// The profile that answers a new call.
    pub(super) fn answerer<'a>(&'a self, answerer: &'a Answerer) -> Option<&'a PublishedProfile> {
        match answerer {
            Answerer::Draft(draft) => Some(draft),
            Answerer::NoProfile => None,
            Answerer::UsualOf(organization_id) => self.profile(*organization_id),
            Answerer::Only { organization_id, name } => self.profile_named(*organization_id, name),
            Answerer::Named(name) => {
                let named = name.as_ref().and_then(|name| self.profile_named(self.home, name));
                named.or_else(|| self.profile(self.home))
            }
            Answerer::Of { organization_id, profile_id } => {
                let is_it = |published: &&PublishedProfile| {
                    let profile = &published.profile;
                    profile.organization_id == *organization_id && profile.id == *profile_id
                };
                self.profiles.iter().find(is_it).or_else(|| self.profile(*organization_id))
            }
        }
    }

    pub(super) fn profile_named(
        &self,
        organization_id: OrganizationId,
        name: &str,
    ) -> Option<&PublishedProfile> {
        let is_it =
            |profile: &AgentProfile| profile.organization_id == organization_id && profile.name == name;
        self.profiles.iter().find(|published| is_it(&published.profile))
    }

    /// The copy of the profile for a call that begins now, with what is known about its caller.
    pub(super) fn for_call(
        &self,
        published: &PublishedProfile,
        caller: CallerSaid<'_>,
        tools: &[OfferedTool],
    ) -> Arc<AgentProfile> {
        let mut profile = published.for_call_of(self.neighbours.clock.now().to_utc(), caller);
        profile.give_tools(tools);
        Arc::new(profile)
    }

    /// The destination of a caller whom nobody answers: the fallback extension, if the organization can reach it.
    pub(super) fn fallback_for(
        &self,
        answerer: &Answerer,
        outside_id: &OutsideId,
        account: Option<&AccountSid>,
    ) -> NextStep {
        self.policy_at(self.owner(answerer), dialling::held(outside_id, account)).fallback()
    }

    /// The organization that owns the call if it is answered.
    pub(super) fn owner(&self, answerer: &Answerer) -> OrganizationId {
        match answerer {
            Answerer::Draft(draft) => draft.profile.organization_id,
            Answerer::UsualOf(organization_id)
            | Answerer::Only { organization_id, .. }
            | Answerer::Of { organization_id, .. } => *organization_id,
            Answerer::Named(_) | Answerer::NoProfile => self.home,
        }
    }
}
