//! The caller's profile for the person who takes them: cached before anything rings. The program around the call builds it from the
//! records. This file decides when, and for whom.

use cordboard_schema::dial::DialTarget;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;
use cordboard_schema::limits::PROFILE_NAMES_MAX;
use cordboard_schema::time::UnixMs;

use super::{Effect, Effects, Machine, note};
use crate::handoff::HandoffEvent;

impl Machine {
    /// Caches the profile for the person whom a hand-off asks.
    pub(super) fn cache_for_handoff(&self, handoff: EffectId, name: &str, number: &str, fx: &mut Effects) {
        fx.push(Effect::CacheProfile { handoff: Some(handoff), extensions: self.names_at(name, number) });
    }

    /// Caches it for the party that the switch will dial for the caller.
    pub(super) fn cache_for_target(&self, target: &DialTarget, fx: &mut Effects) {
        let extensions = self.names_at(&target.to_string(), target.number());
        fx.push(Effect::CacheProfile { handoff: None, extensions });
    }

    /// Caches it for the agents who take calls at desks under this name.
    pub(super) fn cache_for_name(&self, name: &str, fx: &mut Effects) {
        fx.push(Effect::CacheProfile { handoff: None, extensions: self.names_at(name, name) });
    }

    /// Caches it for the person at a place of the dialplan.
    pub(super) fn cache_for_place(&self, place: &DialplanTarget, fx: &mut Effects) {
        let extensions = self.names_at(place.extension(), place.extension());
        fx.push(Effect::CacheProfile { handoff: None, extensions });
    }

    /// Returns all names of a person: their number, the name that was used, and the names in the list of extensions for that number.
    fn names_at(&self, name: &str, number: &str) -> Vec<String> {
        let listed = self.policy.extensions.iter().filter(|(_, place)| place.extension() == number);
        let mut names: Vec<String> = Vec::new();
        for known in [number, name].into_iter().chain(listed.map(|(name, _)| name.as_str())) {
            if names.len() < PROFILE_NAMES_MAX && !names.iter().any(|name| name == known) {
                names.push(known.to_owned());
            }
        }
        names
    }

    /// The profile is cached, or could not be. The person who is asked is rung in either case.
    pub(super) fn profile_reported(
        &mut self,
        handoff: Option<EffectId>,
        brief: Option<&str>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if let Some(brief) = brief {
            self.briefing.made(brief);
        }
        if let Some(handoff) = handoff {
            self.handoff_event(handoff, &HandoffEvent::ProfileReported, now, fx);
        }
    }

    /// The outcome was not reported in time.
    pub(super) fn profile_is_late(handoff: EffectId, fx: &mut Effects) {
        fx.push(note(Decision::ProfileNotAwaited { handoff }));
    }
}
