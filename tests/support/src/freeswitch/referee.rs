//! A program's violations of FreeSWITCH's rules. On a real switch each is a lost call, a wrong answer or a dead process.

use std::sync::{Mutex, PoisonError};

/// A rule of a real switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Every command is one that FreeSWITCH knows, where it is valid.
    Command,
    /// Every header of a command is one that FreeSWITCH reads.
    Header,
    /// Every `api` and `bgapi` is one that FreeSWITCH knows, with valid arguments.
    Api,
    /// Every application is one that FreeSWITCH knows: another one hangs the call up.
    Application,
    /// The password is right.
    Password,
    /// Events are known by name, and every word after CUSTOM is a subclass.
    Subscription,
    /// An outbound connection that subscribes to events filters them: without a filter it gets those of all calls.
    Filter,
    /// `playback` is sent with `event-lock: true`: without it prompts start inside each other.
    EventLock,
    /// A program hangs the call up before it closes the connection: otherwise the dialplan goes on.
    LeftAlive,
    /// An inbound connection that all calls share is not bound to one by `myevents`.
    BoundInbound,
    /// Rule 1 of unicast: only after media has flowed. Otherwise FreeSWITCH dies.
    UnicastBeforeMedia,
    /// Rule 2 of unicast: once for each stay in the parked state.
    UnicastTwice,
    /// Rule 3 of unicast: no prompts at the same time.
    UnicastBesidePlayback,
    /// Unicast is for parked calls: in a bridge, or during a prompt, it has no effect and is used up.
    UnicastNotParked,
    /// An empty datagram mutes the program for good.
    UnicastEmpty,
    /// Datagrams have the length of those that arrive.
    UnicastLength,
}

impl Rule {
    /// Whether a violation kills the switch, or mutes the call for good.
    #[must_use]
    pub fn is_crash(self) -> bool {
        matches!(
            self,
            Self::UnicastBeforeMedia
                | Self::UnicastTwice
                | Self::UnicastBesidePlayback
                | Self::UnicastNotParked
                | Self::UnicastEmpty
        )
    }
}

/// A violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// How.
    pub how: String,
}

/// Collects violations.
#[derive(Debug, Default)]
pub(super) struct Referee {
    violations: Mutex<Vec<Violation>>,
}

impl Referee {
    /// Records a violation.
    pub(super) fn against(&self, rule: Rule, how: impl Into<String>) {
        let violation = Violation { rule, how: how.into() };
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).push(violation);
    }

    /// All violations so far.
    pub(super) fn violations(&self) -> Vec<Violation> {
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets the violations and returns them.
    pub(super) fn take(&self) -> Vec<Violation> {
        std::mem::take(&mut *self.violations.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
