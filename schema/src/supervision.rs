//! Supervisors: people who lead agents and assistants, and hear their calls while they last.

use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::permission::{Permission, Role};

/// Mode of a supervisor's participation in a call. They hear everybody in each mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SupervisionMode {
    /// Nobody hears them.
    Listen,
    /// The call's agents hear them, the caller does not.
    Whisper,
    /// Caller and agents hear them. The assistant listens meanwhile, and answers nothing.
    Barge,
}

impl SupervisionMode {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Listen, Self::Whisper, Self::Barge];

    /// Its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Whisper => "whisper",
            Self::Barge => "barge",
        }
    }
}

/// A supervisor's request about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum SupervisorRequest {
    /// To take part in this way, from now on.
    Supervise {
        /// The mode.
        mode: SupervisionMode,
        /// The call's agents are not shown that they take part.
        #[serde(default)]
        silent: bool,
        /// The caller is told that somebody listens, once a call.
        #[serde(default)]
        tell_caller: bool,
    },
    /// Their rights have changed: they may take part in these ways alone. The server asks it for them.
    Bound {
        /// The ways; none if they may take part no more.
        modes: Vec<SupervisionMode>,
        /// The call's agents are not shown that they take part.
        silent: bool,
        /// The caller is told that somebody listens, once a call.
        tell_caller: bool,
    },
    /// To have the caller in the place of the assistant, or of the agents.
    TakeOver,
    /// Give the assistant this fact for its next words. The caller does not hear it.
    Hint {
        /// The supervisor's words.
        text: String,
    },
    /// To take part no more.
    Leave,
}

/// Why a supervisor takes part no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SupervisionEnd {
    /// They have left.
    Left,
    /// They have taken the call over, and are an agent of it.
    TookOver,
    /// Their audio was lost and did not come back, or never came.
    AudioLost,
    /// They may take part in this way no more.
    NotAllowed,
    /// The caller's switch has the caller from then on: what they say and hear does not pass through here.
    LeftToSwitch,
    /// The call has ended.
    CallEnded,
    /// The server was restarted, and with it their audio went.
    ServerRestarted,
}

/// A supervisor who takes part in a call, as its agents are shown them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Supervising {
    /// The user.
    pub user_id: UserId,
    /// The mode.
    pub mode: SupervisionMode,
}

/// Members of an organization who may supervise its live calls, and the parties who are told of it. Every supervisor needs
/// the permission `calls_supervise` in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SupervisionPolicy {
    /// The least role that may listen; null: nobody may.
    pub listen: Option<Role>,
    /// The least role that may whisper to agents; null: nobody may.
    pub whisper: Option<Role>,
    /// The least role that may speak with callers of others; null: nobody may.
    pub barge: Option<Role>,
    /// The least role that may take calls over; null: nobody may.
    pub take_over: Option<Role>,
    /// Nobody who may not supervise is shown that somebody hears a call, neither at a desk nor in its journal.
    pub silent: bool,
    /// The assistant announces to a caller with whom it talks that somebody listens, once a call.
    pub tell_caller: bool,
}

impl Default for SupervisionPolicy {
    /// Every supervisor may all of it, agents see it, and callers learn it by the profile's notice alone.
    fn default() -> Self {
        let all = Some(Role::Supervisor);
        Self { listen: all, whisper: all, barge: all, take_over: all, silent: false, tell_caller: false }
    }
}

impl SupervisionPolicy {
    /// The least role for this mode; none if nobody may.
    pub const fn least(&self, mode: SupervisionMode) -> Option<Role> {
        match mode {
            SupervisionMode::Listen => self.listen,
            SupervisionMode::Whisper => self.whisper,
            SupervisionMode::Barge => self.barge,
        }
    }

    /// The ways in which somebody of this role may take part.
    pub fn modes(&self, role: Role) -> Vec<SupervisionMode> {
        let is_open = |mode: &SupervisionMode| admits(self.least(*mode), role);
        SupervisionMode::ALL.into_iter().filter(is_open).collect()
    }

    /// Whether somebody of this role may take calls over.
    pub fn may_take_over(&self, role: Role) -> bool {
        admits(self.take_over, role)
    }

    /// The fields that name a role which never supervises.
    pub fn faults(&self) -> Vec<&'static str> {
        let fields = [
            ("listen", self.listen),
            ("whisper", self.whisper),
            ("barge", self.barge),
            ("take_over", self.take_over),
        ];
        let is_bad = |least: Option<Role>| least.is_some_and(|role| !role.may(Permission::CallsSupervise));
        fields.into_iter().filter(|(_, least)| is_bad(*least)).map(|(name, _)| name).collect()
    }
}

fn admits(least: Option<Role>, role: Role) -> bool {
    role.may(Permission::CallsSupervise) && least.is_some_and(|least| role >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_may_do_what_the_policy_allows_and_agents_nothing() {
        let usual = SupervisionPolicy::default();
        assert_eq!(usual.modes(Role::Supervisor), SupervisionMode::ALL);
        assert!(usual.modes(Role::Agent).is_empty() && !usual.may_take_over(Role::Agent));
        let strict = SupervisionPolicy {
            whisper: Some(Role::Admin),
            barge: None,
            take_over: Some(Role::Owner),
            ..usual
        };
        assert_eq!(strict.modes(Role::Supervisor), [SupervisionMode::Listen]);
        assert_eq!(strict.modes(Role::Owner), [SupervisionMode::Listen, SupervisionMode::Whisper]);
        assert!(!strict.may_take_over(Role::Admin) && strict.may_take_over(Role::Owner));
        let open = SupervisionPolicy { barge: Some(Role::Agent), ..usual };
        assert_eq!(open.faults(), ["barge"]);
        assert!(!open.modes(Role::Agent).contains(&SupervisionMode::Barge), "an agent supervises");
    }

    #[test]
    fn wishes_of_older_journals_are_read_as_shown() {
        let old: SupervisorRequest = serde_json::from_str(r#"{"wish":"supervise","mode":"listen"}"#).unwrap();
        let read =
            SupervisorRequest::Supervise { mode: SupervisionMode::Listen, silent: false, tell_caller: false };
        assert_eq!(old, read);
    }
}
