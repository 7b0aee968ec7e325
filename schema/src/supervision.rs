//! Supervisors: people who lead agents and assistants, and listen to their live calls.

use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::permission::{Permission, Role};

/// Mode in which a supervisor takes part in a call. In each mode they hear everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SupervisionMode {
    /// Nobody hears them.
    Listen,
    /// The call's agents hear them, the caller does not.
    Whisper,
    /// Caller and agents hear them. Meanwhile the assistant listens and does not answer.
    Barge,
}

impl SupervisionMode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Listen, Self::Whisper, Self::Barge];

    /// Returns its word, as serde writes it.
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
    /// Take part in this mode from now on.
    Supervise {
        /// The mode.
        mode: SupervisionMode,
        /// Whether the call's agents are not shown that they take part.
        #[serde(default)]
        silent: bool,
        /// Whether the caller is told, once a call, that somebody listens.
        #[serde(default)]
        tell_caller: bool,
    },
    /// Their permissions have changed: they may only use these modes. The server sends it on their behalf.
    Bound {
        /// The modes; empty if they may no longer take part.
        modes: Vec<SupervisionMode>,
        /// Whether the call's agents are not shown that they take part.
        silent: bool,
        /// Whether the caller is told, once a call, that somebody listens.
        tell_caller: bool,
    },
    /// Take over the caller from the assistant or the agents.
    TakeOver,
    /// Give the assistant this fact for its next answer. The caller does not hear it.
    Hint {
        /// The supervisor's words.
        text: String,
    },
    /// Stop taking part.
    Leave,
}

/// Why a supervisor no longer takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SupervisionEnd {
    /// They have left.
    Left,
    /// They have taken over the call, and are now an agent of it.
    TookOver,
    /// Their audio was lost and did not come back, or never arrived.
    AudioLost,
    /// They may no longer take part in this mode.
    NotAllowed,
    /// The caller's switch has taken the caller: the caller's audio no longer passes through here.
    LeftToSwitch,
    /// The call has ended.
    CallEnded,
    /// The server was restarted, and their audio was lost.
    ServerRestarted,
}

/// A supervisor who takes part in a call, as its agents see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Supervising {
    /// The user.
    pub user_id: UserId,
    /// The mode.
    pub mode: SupervisionMode,
}

/// Which members of an organization may supervise its live calls, and who is told about it. Every supervisor also needs the
/// permission `calls_supervise`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SupervisionPolicy {
    /// The lowest role that may listen; null means nobody.
    pub listen: Option<Role>,
    /// The lowest role that may whisper to agents; null means nobody.
    pub whisper: Option<Role>,
    /// The lowest role that may speak with callers of others; null means nobody.
    pub barge: Option<Role>,
    /// The lowest role that may take over calls; null means nobody.
    pub take_over: Option<Role>,
    /// Whether supervision is hidden, at desks and in a call's journal, from everybody who may not supervise.
    pub silent: bool,
    /// Whether the assistant tells a caller with whom it talks, once a call, that somebody listens.
    pub tell_caller: bool,
}

impl Default for SupervisionPolicy {
    /// Supervisors may use all modes and take over calls. Agents see it. Callers are told only by the profile's notice.
    fn default() -> Self {
        let all = Some(Role::Supervisor);
        Self { listen: all, whisper: all, barge: all, take_over: all, silent: false, tell_caller: false }
    }
}

impl SupervisionPolicy {
    /// Returns the lowest role for this mode; none if nobody may use it.
    pub const fn least(&self, mode: SupervisionMode) -> Option<Role> {
        match mode {
            SupervisionMode::Listen => self.listen,
            SupervisionMode::Whisper => self.whisper,
            SupervisionMode::Barge => self.barge,
        }
    }

    /// Returns the modes that a user with this role may use.
    pub fn modes(&self, role: Role) -> Vec<SupervisionMode> {
        let is_open = |mode: &SupervisionMode| admits(self.least(*mode), role);
        SupervisionMode::ALL.into_iter().filter(is_open).collect()
    }

    /// Whether a user with this role may take over calls.
    pub fn may_take_over(&self, role: Role) -> bool {
        admits(self.take_over, role)
    }

    /// Returns the fields that name a role which never supervises.
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
        assert!(!open.modes(Role::Agent).contains(&SupervisionMode::Barge), "an agent may not supervise");
    }

    #[test]
    fn requests_of_older_journals_are_read_as_not_silent() {
        let old: SupervisorRequest = serde_json::from_str(r#"{"wish":"supervise","mode":"listen"}"#).unwrap();
        let read =
            SupervisorRequest::Supervise { mode: SupervisionMode::Listen, silent: false, tell_caller: false };
        assert_eq!(old, read);
    }
}
