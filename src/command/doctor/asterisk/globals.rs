//! Checks of our addresses in the globals of an Asterisk's dialplan.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::super::ami::AmiFault;
use super::super::{Check, address_at};
use super::{DIALPLAN, Patient, WAY_BACK, reached_at};
use crate::config::{BaseUrl, Config};

/// How long a connection on this machine may take.
const LOCAL_CONNECT_MAX: Duration = Duration::from_secs(1);

/// One of our addresses in the globals of a dialplan.
#[derive(Clone, Copy)]
pub(super) struct Global<'a> {
    /// The global variable.
    pub(super) variable: &'a str,
    /// The setting of the address.
    pub(super) setting: &'a str,
    /// The scheme that the server speaks there; none if the variable has no scheme.
    pub(super) scheme: Option<&'a str>,
    /// The address that our certificate names; none without one.
    pub(super) public: Option<&'a str>,
    /// The value of the setting.
    pub(super) listen: SocketAddr,
}

impl Patient<'_> {
    /// Checks our addresses in its dialplan's globals.
    pub(super) fn examine_globals(
        &mut self,
        ours: IpAddr,
        theirs: IpAddr,
        checks: &mut Vec<Check>,
    ) -> Result<(), AmiFault> {
        let Config { legs, http, .. } = self.config;
        // A certificate names a host, and hardly ever an address of this machine: Asterisk would refuse it there.
        let public =
            http.public_base_url.as_ref().filter(|url| http.tls_certificate.is_some() && url.is_encrypted());
        let audio = Global {
            variable: "CORDBOARD_AUDIOSOCKET",
            setting: "audiosocket.listen",
            scheme: None,
            public: None,
            listen: legs.audiosocket.listen,
        };
        let api = Global {
            variable: "CORDBOARD_API",
            setting: "http.listen",
            scheme: Some(http.scheme()),
            public: public.map(BaseUrl::trimmed),
            listen: http.listen,
        };
        for global in [audio, api] {
            let value = self.client.value_of(global.variable)?;
            let is_free = match theirs.is_loopback() {
                true => value.as_deref().is_some_and(is_refused_here),
                // A proxy may listen there, at the port on which we listen for this machine only.
                false => TcpListener::bind((ours, global.listen.port())).is_ok(),
            };
            checks.push(judge_global(self.name, &global, value.as_deref(), (ours, theirs), is_free));
        }
        let window = self.client.value_of("CORDBOARD_RESUME_WINDOW")?;
        let window_s = self.config.calls.resume_window_s.duration().as_secs();
        checks.extend(judge_window(self.name, window.as_deref(), window_s));
        Ok(())
    }
}

/// Checks whether the dialplan knows our address. If it has another host name or port, that is trusted: it may lead here another way. `is_free`:
/// nothing listens where the dialplan connects to; for a switch on another machine, nothing listens at the port of the setting on our side of the
/// connection to it.
pub(super) fn judge_global(
    name: &str,
    global: &Global<'_>,
    value: Option<&str>,
    (ours, theirs): (IpAddr, IpAddr),
    is_free: bool,
) -> Check {
    let Global { variable, setting, scheme, public, listen } = *global;
    // A loopback address is of no use to another machine.
    let outside =
        (listen.ip().is_loopback() && !theirs.is_loopback()).then(|| address_at(ours, listen.port()));
    let first = outside.map(|outside| format!("set {setting} to {outside}; ")).unwrap_or_default();
    let address = outside.unwrap_or_else(|| reached_at(listen, ours));
    let own = scheme.map_or_else(|| address.to_string(), |scheme| format!("{scheme}://{address}"));
    let here = public.unwrap_or(&own);
    let fix = || {
        format!(
            "{first}write `{variable} = {here}` into its [globals], after globals.conf, then `asterisk -rx 'dialplan reload'`"
        )
    };
    let bad = |found: String| Check::bad(WAY_BACK, found, fix());
    let Some(value) = value else { return bad(format!("the dialplan of {name} has no {variable}")) };
    if is_own_machine(value) && !theirs.is_loopback() {
        return bad(format!(
            "{name} is another machine, and its dialplan connects to itself: {variable} = {value}"
        ));
    }
    // The check of the audio port has reported this already.
    if scheme.is_some() && outside.is_some() && value == own && is_free {
        return Check::bad(
            WAY_BACK,
            format!(
                "the dialplan of {name} connects to {value}, and {listen} can be reached from this machine only"
            ),
            format!("set {setting} to {}", address_at(ours, listen.port())),
        );
    }
    let leads_here = is_own_machine(value) && is_local_port(value, listen);
    if let Some(scheme) = scheme
        && outside.is_none()
        && (leads_here || place_of(value) == address.to_string())
        && !has_scheme(value, scheme)
    {
        return bad(format!(
            "the dialplan of {name} connects to {value}, and this server speaks {scheme} there: it gets no answers"
        ));
    }
    // With port 0 the server listens at another one after each start.
    if theirs.is_loopback() && is_own_machine(value) && !leads_here && is_free && listen.port() != 0 {
        return bad(format!(
            "the dialplan of {name} connects to {value}, where nothing listens: {setting} is {listen}"
        ));
    }
    Check::good(WAY_BACK, format!("the dialplan of {name} connects to {value}"))
}

/// Reports a dialplan whose callers wait for another time than the server keeps their calls. Returns nothing if it does not say how long.
fn judge_window(name: &str, value: Option<&str>, window_s: u64) -> Option<Check> {
    let waits_s: u64 = value?.trim().parse().ok()?;
    (waits_s != window_s).then(|| {
        let found = format!(
            "if Cordboard is away, callers of {name} wait for it for {waits_s} s (CORDBOARD_RESUME_WINDOW), and their calls can be resumed for \
             {window_s} s (calls.resume_window_s)"
        );
        let fix = format!(
            "write `CORDBOARD_RESUME_WINDOW = {window_s}` into its [globals], after globals.conf, then `asterisk -rx 'dialplan reload'`; or set \
             calls.resume_window_s to {waits_s}"
        );
        Check::bad(DIALPLAN, found, fix)
    })
}

/// Returns whether an address of the dialplan is the machine that it runs on.
fn is_own_machine(address: &str) -> bool {
    let place = place_of(address);
    ["127.", "localhost", "[::1]"].iter().any(|own| place.starts_with(own))
}

/// Returns whether an address of this machine is the port at which the server listens for its own machine.
fn is_local_port(address: &str, listen: SocketAddr) -> bool {
    port_of(address) == Some(listen.port()) && (listen.ip().is_loopback() || listen.ip().is_unspecified())
}

/// Returns host and port of an address of the dialplan.
fn place_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(place, _)| place)
}

/// Returns the port of an address of the dialplan; none if it names none.
fn port_of(address: &str) -> Option<u16> {
    place_of(address).rsplit_once(':')?.1.parse().ok()
}

fn has_scheme(address: &str, scheme: &str) -> bool {
    address.split_once("://").is_some_and(|(found, _)| found.eq_ignore_ascii_case(scheme))
}

/// Returns whether an address is one of this machine at which nothing listens. One without a port is not tried.
fn is_refused_here(address: &str) -> bool {
    if !is_own_machine(address) {
        return false;
    }
    let Ok(mut addresses) = place_of(address).to_socket_addrs() else { return false };
    addresses.all(|address| {
        let connected = TcpStream::connect_timeout(&address, LOCAL_CONNECT_MAX);
        connected.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    })
}
