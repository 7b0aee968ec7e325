//! Calls that a dialler gives to one of our lines: who answers them, and where they return to.
//!
//! Such a call reaches an assistant that knows its lead, or none at all.

use std::collections::BTreeMap;

use cordboard_actors::messages::Answerer;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::OutsideId;

use super::WebState;
use crate::osdial::{Answers, GivenCall, OsdialError};

/// The announcement of such a call.
pub(super) struct AnnouncedLead {
    /// The answerer of the call.
    pub(super) answerer: Answerer,
    /// Variables of the call and its lead.
    pub(super) variables: BTreeMap<String, String>,
    /// Additional tools of its assistant.
    pub(super) tools: Vec<OfferedTool>,
}

impl AnnouncedLead {
    /// A call that nothing may answer; its audio is refused if it comes anyway.
    fn unanswered() -> Self {
        Self { answerer: Answerer::NoProfile, variables: BTreeMap::new(), tools: Vec::new() }
    }
}

impl WebState {
    /// The call with this name that the dialler has given us. If it can't be found in time, nothing answers it.
    pub(super) async fn given_call(&self, key: String, outside_id: &OutsideId) -> AnnouncedLead {
        let Some(dialler) = &self.dialler else {
            tracing::warn!(%outside_id, "a call claims to be a dialler's, and there is no dialler: set osdial.database_url");
            return AnnouncedLead::unanswered();
        };
        match dialler.given(key).await {
            Ok(GivenCall { call, variables, tools }) => {
                let organization_id = dialler.organization_id();
                let answerer = match dialler.answers(&call.campaign_id) {
                    Answers::Usual => Answerer::UsualOf(organization_id),
                    Answers::Profile(name) => Answerer::Only { organization_id, name: name.to_owned() },
                    Answers::NoProfile => {
                        let campaign_id = &call.campaign_id;
                        tracing::warn!(%outside_id, campaign_id, "a dialler's call is returned to it: osdial.profiles does not name its campaign");
                        Answerer::NoProfile
                    }
                };
                AnnouncedLead { answerer, variables, tools }
            }
            Err(error) => {
                if !matches!(error, OsdialError::Ending) {
                    tracing::warn!(%outside_id, %error, "a dialler's call is returned to it");
                }
                AnnouncedLead::unanswered()
            }
        }
    }

    /// Target of a dialler's call that no assistant takes: the configured place, if any.
    pub(super) fn dialler_fallback(&self) -> NextStep {
        let config = &self.configuration.config;
        let names = [&config.osdial.fallback_extension, &config.calls.fallback_extension];
        let place = names.into_iter().flatten().find_map(|name| config.extensions.get(name));
        place.cloned().map_or(NextStep::Hangup, NextStep::Goto)
    }
}
