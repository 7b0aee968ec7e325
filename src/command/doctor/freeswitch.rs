//! Checks of each FreeSWITCH: whether it signs us in, has the modules, and reaches us.

use std::net::{IpAddr, SocketAddr};

use super::esl::{EslClient, EslFault};
use super::switch_socket::SocketFault;
use super::{Check, CommandError, Named, SwitchChecks, address_at, print, print_snippet};
use crate::config::{Config, FreeswitchAudio, FreeswitchMode, FreeswitchSection, FreeswitchServer};

mod named;

const SUBJECT: &str = "switch";
const MODULES: &str = "switch modules";
const WAY_BACK: &str = "switch reaches us";

/// Modules that every FreeSWITCH with telephones needs: SIP, and the dialplan's applications.
const NEEDED: [&str; 2] = ["mod_sofia", "mod_dptools"];

/// Checks of FreeSWITCHes.
pub(super) const CHECKS: SwitchChecks = SwitchChecks { examine, to_copy };

fn to_copy(config: &Config) -> Result<(), CommandError> {
    if config.switches.freeswitch.servers.is_empty() {
        return Ok(());
    }
    print(
        "\nThe dialplan that leads callers of FreeSWITCH to Cordboard (`cordboard doctor --snippet` prints it alone):\n",
    )?;
    print_snippet(config)
}

/// Returns the checks of every configured switch; none if there is none.
fn examine(config: &Config, named: &Named) -> Vec<Check> {
    let freeswitch = &config.switches.freeswitch;
    let servers = freeswitch.servers.iter();
    servers.flat_map(|(name, server)| examine_switch(freeswitch, named, name, server)).collect()
}

fn examine_switch(
    freeswitch: &FreeswitchSection,
    named: &Named,
    name: &str,
    server: &FreeswitchServer,
) -> Vec<Check> {
    let place = format!("{name} ({})", server.host.with_port(server.port.get()));
    let client = EslClient::sign_in(server);
    let mut client = match client {
        Ok(client) => client,
        Err(fault) => return vec![failed(name, &place, &fault)],
    };
    let signed_in = match client.version() {
        Ok(version) => {
            let version = version.unwrap_or_else(|| "a FreeSWITCH of unknown version".to_owned());
            Check::good(SUBJECT, format!("{place}: {version} signs us in"))
        }
        Err(fault) => failed(name, &place, &fault),
    };
    let modules = needed_modules(freeswitch).into_iter().map(|module| match client.has_module(module) {
        Ok(true) => Check::good(MODULES, format!("{name} has {module}")),
        Ok(false) => Check::bad(MODULES, format!("{name} has no {module}"), module_fix(module)),
        Err(fault) => failed(name, &place, &fault),
    });
    let mut checks = vec![signed_in];
    checks.extend(modules.collect::<Vec<_>>());
    if let Err(fault) = named::examine(&mut client, freeswitch, named, (name, server), &mut checks) {
        checks.push(failed(name, &place, &fault));
    }
    if let Ok((ours, theirs)) = client.addresses() {
        checks.extend(way_back(freeswitch, name, ours.ip(), theirs.ip()));
    }
    checks
}

fn needed_modules(freeswitch: &FreeswitchSection) -> Vec<&'static str> {
    let has_stream = freeswitch.mode != FreeswitchMode::Esl && freeswitch.audio == FreeswitchAudio::Websocket;
    NEEDED.into_iter().chain(has_stream.then_some("mod_audio_stream")).collect()
}

fn module_fix(module: &str) -> String {
    match module {
        "mod_audio_stream" => {
            "build it (README of deploy/freeswitch) and `fs_cli -x 'load mod_audio_stream'`, or set \
                               freeswitch.audio to unicast, which needs no module"
                .to_owned()
        }
        module => format!("`fs_cli -x 'load {module}'`, and name it in modules.conf.xml"),
    }
}

fn failed(name: &str, place: &str, fault: &EslFault) -> Check {
    let fix = match fault {
        EslFault::Socket(SocketFault::NoHost(_)) => {
            format!("set freeswitch.servers.{name}.host to a name or an address that `ping` finds")
        }
        EslFault::Socket(SocketFault::NoConnection(_)) => format!(
            "make sure that FreeSWITCH runs, that listen-ip of its event_socket.conf.xml is an address that this machine reaches, \
             and that no firewall is in between; or set freeswitch.servers.{name}.host and .port"
        ),
        EslFault::NotInList => {
            "add this machine to the list that apply-inbound-acl of event_socket.conf.xml names (acl.conf.xml), then \
             `fs_cli -x reloadacl`"
                .to_owned()
        }
        EslFault::WrongPassword => {
            format!("set freeswitch.servers.{name}.password to the password of its event_socket.conf.xml")
        }
        EslFault::NoEventSocket(_) => {
            format!("set freeswitch.servers.{name}.port to the listen-port of its event_socket.conf.xml")
        }
        EslFault::Socket(SocketFault::Broken(_) | SocketFault::Silent) => {
            "check its log and its load: an event socket answers within milliseconds".to_owned()
        }
        EslFault::BadValue(_) => format!(
            "give event_socket.conf.xml and freeswitch.servers.{name}.password a password without `${{`"
        ),
    };
    Check::bad(SUBJECT, format!("{place}: {fault}"), fix)
}

/// Checks whether the switch can connect to the ports that it needs. `ours` and `theirs` are both ends of the connection to it.
fn way_back(freeswitch: &FreeswitchSection, name: &str, ours: IpAddr, theirs: IpAddr) -> Vec<Check> {
    let has_control = freeswitch.mode != FreeswitchMode::Audio;
    let has_stream = freeswitch.mode != FreeswitchMode::Esl && freeswitch.audio == FreeswitchAudio::Websocket;
    let esl = freeswitch.esl_address(freeswitch.esl_listen).to_string();
    let audio = freeswitch.audio_base(freeswitch.audio_listen).to_string();
    let ports = [
        (has_control, "freeswitch.esl_listen", freeswitch.esl_listen, esl),
        (has_stream, "freeswitch.audio_listen", freeswitch.audio_listen, audio),
    ];
    let allowed = freeswitch.allowed();
    if !allowed.contains(theirs) {
        let found = format!("{name} connects from {theirs}, which freeswitch.allow does not contain");
        // The whole value: networks that may connect already stay allowed, such as this machine if none is set.
        let fix = format!("set freeswitch.allow to {allowed},{}", theirs.to_canonical());
        return vec![Check::bad(WAY_BACK, found, fix)];
    }
    let needed = ports.into_iter().filter(|(is_needed, ..)| *is_needed);
    needed
        .map(|(_, setting, listen, public_address)| {
            judge_port(name, setting, listen, &public_address, ours, theirs)
        })
        .collect()
}

fn judge_port(
    name: &str,
    setting: &str,
    listen: SocketAddr,
    public_address: &str,
    ours: IpAddr,
    theirs: IpAddr,
) -> Check {
    if listen.ip().is_loopback() && !theirs.is_loopback() {
        let here = address_at(ours, listen.port());
        return Check::bad(
            WAY_BACK,
            format!("{name} is another machine, and {listen} can be reached from this one only"),
            format!("set {setting} to {here}"),
        );
    }
    Check::good(WAY_BACK, format!("{name} connects to {public_address}"))
}

#[cfg(test)]
mod tests;
