//! The caller's audio connection, according to the facts of a call's journal. Agents and supervisors have connections, too.
//!
//! A caller whom their switch parks, sends on or joins with somebody by itself is with nobody here: their audio has left, and no
//! decision says so.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::Fact;
use crate::ids::LegId;

/// State built from facts, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallersAudio {
    /// Connections that have arrived for the caller, and may be refused.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    arrived: BTreeSet<LegId>,
    /// The connection that has joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    leg: Option<LegId>,
    /// It has left, and no other one has joined. A call that has had no audio has lost none.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    has_left: bool,
}

impl CallersAudio {
    /// Applies a fact. Returns whether the caller's audio has left or joined with it.
    pub fn apply(&mut self, fact: &Fact) -> bool {
        match fact {
            Fact::LegArrived { leg, agent: None, .. } => {
                self.arrived.insert(*leg);
                false
            }
            Fact::LegJoined { leg, .. } if self.arrived.contains(leg) => {
                self.arrived.clear();
                (self.leg, self.has_left) = (Some(*leg), false);
                true
            }
            Fact::LegLeft { leg, .. } if self.leg == Some(*leg) => {
                (self.leg, self.has_left) = (None, true);
                true
            }
            Fact::LegLeft { leg, .. } => {
                self.arrived.remove(leg);
                false
            }
            _ => false,
        }
    }

    /// The caller is here, with audio or by prompts.
    pub fn is_back(&mut self) {
        self.has_left = false;
    }

    /// Whether the caller's audio has left, and the caller is not back.
    pub fn has_left(&self) -> bool {
        self.has_left
    }

    /// Whether nothing is known of any audio.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::audio::SampleRate;
    use crate::call::{LegEnd, LegKind};
    use crate::ids::{OutsideId, UserId};

    #[test]
    fn only_the_callers_own_audio_leaves_and_comes_back() {
        let leg_kind = LegKind::Web;
        let arrives = |leg, agent| {
            let outside_id = OutsideId::web(Uuid::nil());
            Fact::LegArrived { leg: LegId(leg), leg_kind, outside_id, confirmed: false, agent }
        };
        let joins = |leg| Fact::LegJoined { leg: LegId(leg), leg_kind, rate: SampleRate::HZ_8000 };
        let leaves = |leg| Fact::LegLeft { leg: LegId(leg), how: LegEnd::Released };
        let user = Some(UserId(Uuid::nil()));
        let mut audio = CallersAudio::default();
        // The caller's, a supervisor's, and a second one for the caller that is refused.
        for fact in [arrives(1, None), joins(1), arrives(2, user), joins(2), arrives(3, None)] {
            audio.apply(&fact);
        }
        for (fact, has_left) in [
            (leaves(3), false),
            (leaves(2), false),
            (leaves(1), true),
            (arrives(4, None), true),
            (joins(4), false),
            (leaves(1), false),
            (leaves(4), true),
        ] {
            audio.apply(&fact);
            assert_eq!(audio.has_left(), has_left, "{fact:?}");
            let text = serde_json::to_string(&audio).unwrap();
            assert_eq!(serde_json::from_str::<CallersAudio>(&text).unwrap(), audio, "{text}");
        }
        audio.is_back();
        assert!(!audio.has_left(), "they go on by prompts");
    }
}
