//! How the files that the process may open are divided, so that no load on HTTP takes the last one from a call.
//!
//! ```text
//! limit (ulimit -n) = the process itself + connections before their first word + HTTP + what each call needs * calls
//! ```
//! HTTP and the connections before their first word get what the process and `calls.max` calls leave, down to a minimum. If less than that minimum is
//! left, the limit is enough for fewer calls than `calls.max`, and [`Shares::calls`] says for how many.

use cordboard_schema::limits::{
    AUDIOSOCKET_HANDSHAKES_MAX, CONTROL_SOCKETS_MAX, DESKS_MAX, FILES_OF_PROCESS, FILES_PER_CALL,
    FILES_PER_CORE, HANDSHAKES_MIN, HTTP_CONNECTIONS_MAX, HTTP_FILES_MIN, TWILIO_HANDSHAKES_MAX,
    WEB_AUDIO_HANDSHAKES_MAX,
};
use rustix::process::{Resource, getrlimit};

use crate::config::Config;

/// Maximum WebSockets that belong to no call: desks, programs, and those that have not named their call yet.
const SOCKETS_MAX: usize = DESKS_MAX + CONTROL_SOCKETS_MAX + WEB_AUDIO_HANDSHAKES_MAX + TWILIO_HANDSHAKES_MAX;

/// The need for files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Calls at once, as `calls.max` sets.
    calls: u64,
    /// Ports that may be leased.
    leased_ports: u64,
    /// Ports at which connections may wait before their first word.
    handshake_ports: u64,
    /// Cores of the machine.
    cores: u64,
}

/// The shares of the files that the process may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    /// Files that the process may open; `u64::MAX` if there is no limit.
    pub(crate) limit: u64,
    /// Files that `calls.max` calls and the minimum of everything else need.
    pub(crate) needed: u64,
    /// Calls at once for which the files are enough, whatever clients do.
    pub(crate) calls: u64,
    /// Connections of one listener for switches before their first word.
    pub(crate) handshakes: usize,
    /// HTTP connections of all kinds, except those that carry the audio of calls, which count as files of their calls.
    pub(crate) http: usize,
    /// HTTP connections that may be WebSockets, included in [`http`](Self::http).
    pub(crate) sockets: usize,
}

impl Needs {
    /// The need of this configuration on this machine.
    pub(crate) fn of(config: &Config) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            calls: u64::from(config.calls.max.get()),
            leased_ports: config.leased_ranges().map(|leased| u64::from(leased.range.ports())).sum(),
            handshake_ports: config.ports().iter().filter(|port| port.has_handshakes).count() as u64,
            cores: cores as u64,
        }
    }

    /// Files of the process itself.
    const fn of_process(self) -> u64 {
        FILES_OF_PROCESS + FILES_PER_CORE * self.cores + self.leased_ports
    }
}

impl Shares {
    /// The shares under the limit of this process, after its soft limit is raised to the hard one.
    pub(crate) fn now(config: &Config) -> Self {
        // A missing limit is reported as `None`.
        Self::under(getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX), Needs::of(config))
    }

    /// The shares under this limit.
    pub(crate) fn under(limit: u64, needs: Needs) -> Self {
        let least = needs.of_process() + needs.handshake_ports * HANDSHAKES_MIN + HTTP_FILES_MIN;
        let spare = limit.saturating_sub(needs.of_process() + FILES_PER_CALL * needs.calls);
        let handshakes = (spare / 16).clamp(HANDSHAKES_MIN, AUDIOSOCKET_HANDSHAKES_MAX as u64);
        let http = spare.saturating_sub(needs.handshake_ports * handshakes);
        let http = http.clamp(HTTP_FILES_MIN, (HTTP_CONNECTIONS_MAX + SOCKETS_MAX) as u64);
        let for_requests = (http / 2).min(HTTP_CONNECTIONS_MAX as u64);
        let count = |files: u64| usize::try_from(files).unwrap_or(usize::MAX);
        Self {
            limit,
            needed: least + FILES_PER_CALL * needs.calls,
            calls: (limit.saturating_sub(least) / FILES_PER_CALL).min(needs.calls),
            handshakes: count(handshakes),
            http: count(http),
            sockets: count(http - for_requests),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SERVER: Needs = Needs { calls: 200, leased_ports: 0, handshake_ports: 3, cores: 2 };

    #[test]
    fn an_old_login_shell_serves_some_calls_and_minimal_http() {
        let shares = Shares::under(1_024, SERVER);
        assert_eq!((shares.calls, shares.http, shares.sockets, shares.handshakes), (106, 64, 32, 16));
        assert_eq!(shares.needed, 1_584);
        assert_eq!(Shares::under(shares.needed, SERVER).calls, 200);
        assert_eq!(Shares::under(shares.needed - 1, SERVER).calls, 199);
    }

    #[test]
    fn a_service_has_files_for_a_full_floor_of_desks() {
        for limit in [20_000, 524_288, u64::MAX] {
            let shares = Shares::under(limit, SERVER);
            assert_eq!((shares.calls, shares.handshakes), (200, 1_024), "{limit}");
            assert!(shares.sockets >= SOCKETS_MAX && shares.http - shares.sockets == 2_048, "{shares:?}");
        }
    }

    #[test]
    fn every_port_where_handshakes_wait_is_counted() {
        assert_eq!(Needs::of(&Config::default()).handshake_ports, 3);
        let (three, four) = (SERVER, Needs { handshake_ports: 4, ..SERVER });
        assert_eq!(Shares::under(0, four).needed, Shares::under(0, three).needed + HANDSHAKES_MIN);
    }

    proptest! {
        #[test]
        fn the_shares_of_all_never_exceed_the_limit(
            limit in 400_u64..100_000, calls in 1_u64..5_000, leased_ports in 0_u64..100, cores in 1_u64..4,
            handshake_ports in 1_u64..6,
        ) {
            let needs = Needs { calls, leased_ports, handshake_ports, cores };
            let shares = Shares::under(limit, needs);
            let of_calls = FILES_PER_CALL * shares.calls;
            let others = needs.of_process() + handshake_ports * shares.handshakes as u64 + shares.http as u64;
            prop_assert!(shares.calls == 0 || of_calls + others <= limit, "{shares:?}");
            prop_assert!(shares.sockets < shares.http);
        }
    }
}
