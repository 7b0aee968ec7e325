//! Checks of each Asterisk: whether it signs us in, grants what calls need, has the modules and the dialplan, and reaches us.
//!
//! Nothing is changed there. The list of permitted actions shows what a user may do; no action is tried.

use std::net::{IpAddr, SocketAddr};

use cordboard_schema::wire::ami::{Action, Message};

use super::ami::{AmiClient, AmiFault};
use super::switch_socket::SocketFault;
use super::{Check, CommandError, Named, SwitchChecks, address_at, print, snippet};
use crate::config::{AsteriskServer, Config};

mod globals;
mod named;

const SUBJECT: &str = "switch";
const PERMISSIONS: &str = "switch permissions";
const MODULES: &str = "switch modules";
const DIALPLAN: &str = "switch dialplan";
const WAY_BACK: &str = "switch reaches us";

/// Permissions that the user of `manager.conf` needs, in the notation of that file.
const USER_LINES: &str = "`read = system,call,user,agent,dtmf` and `write = system,call,originate,user`";

/// An action of each `write` class that calls need, and what does not work without it.
const NEEDED_ACTIONS: [(&str, &str, &str); 3] = [
    ("CoreShowChannels", "system", "its channels can't be compared with our calls"),
    ("Redirect", "call", "callers can't be transferred, held or joined with people"),
    ("Originate", "originate", "nobody can be rung or called"),
];

/// The modules that calls need, and what does not work without each.
const NEEDED_MODULES: [(&str, &str); 9] = [
    ("chan_audiosocket", "the contexts cordboard and cordboard-wideband have no audio"),
    ("func_curl", "the dialplan can't ask Cordboard how a call continues"),
    ("func_uuid", "the dialplan can't name its calls"),
    (
        "func_channel",
        "if a caller's phone puts the call on hold while the link is lost, Cordboard can't tell whether it is still on hold",
    ),
    ("func_devstate", "Cordboard does not know whether a person's phone is free before it rings it"),
    ("app_senddtmf", "keys can't be played to callers"),
    ("app_userevent", "Cordboard does not learn what has answered a call that it makes"),
    ("res_musiconhold", "callers on hold hear nothing"),
    ("res_parking", "callers can't be parked"),
];

/// Module that `asterisk.record_people` needs.
const RECORDING_MODULE: (&str, &str) = ("app_mixmonitor", "what people say is not recorded");

/// The module that lets a call over the trunk tell a mailbox from a person.
const MAILBOX_MODULE: (&str, &str) = ("app_amd", "Asterisk can't tell whether a mailbox has answered");

/// The places in the shipped dialplan to which we send channels.
const PLACES: [&str; 4] =
    ["cordboard-hold,caller,1", "cordboard-hold,person,1", "cordboard-hold,back,1", "cordboard-outbound,s,1"];

/// Checks of Asterisks.
pub(super) const CHECKS: SwitchChecks = SwitchChecks { examine, to_copy };

fn to_copy(config: &Config) -> Result<(), CommandError> {
    if config.switches.asterisk.servers.is_empty() {
        return Ok(());
    }
    print("\nWhat each Asterisk's manager.conf needs (deploy/asterisk/README.md has its dialplan):\n")?;
    print(snippet::manager_users(config))
}

/// Returns the checks of every configured switch; none if there is none.
fn examine(config: &Config, named: &Named) -> Vec<Check> {
    let servers = config.switches.asterisk.servers.iter();
    servers.flat_map(|(name, server)| examine_switch(config, named, name, server)).collect()
}

fn examine_switch(config: &Config, named: &Named, name: &str, server: &AsteriskServer) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut patient = match AmiClient::sign_in(server) {
        Ok(client) => Patient { config, name, server, client },
        Err(fault) => return vec![failed(name, server, &fault)],
    };
    if let Err(fault) = patient.examine(named, &mut checks) {
        checks.push(failed(name, server, &fault));
    }
    checks
}

/// A switch that is being checked.
struct Patient<'a> {
    config: &'a Config,
    name: &'a str,
    server: &'a AsteriskServer,
    client: AmiClient,
}

impl Patient<'_> {
    /// Runs all checks, until the connection breaks.
    fn examine(&mut self, named: &Named, checks: &mut Vec<Check>) -> Result<(), AmiFault> {
        let permitted = self.client.ask(&Action::ListCommands)?;
        let may = |action: &str| permitted.get(action).is_some();
        let version = if may("CoreSettings") { self.version()? } else { "an Asterisk".to_owned() };
        checks
            .push(Check::good(SUBJECT, format!("{}: {version} signs us in", place(self.name, self.server))));
        self.examine_permissions(&permitted, checks)?;
        if may("ModuleCheck") {
            self.examine_modules(checks)?;
        } else {
            let found = format!("{} shows its modules only to a user with `write = system`", self.name);
            checks.push(Check::good(MODULES, found));
        }
        if may("Getvar") {
            self.examine_dialplan(checks)?;
        }
        let (ours, theirs) = self.client.addresses()?;
        checks.push(way_back(self.config, self.name, ours.ip(), theirs.ip()));
        if may("Getvar") {
            self.examine_globals(ours.ip(), theirs.ip(), checks)?;
        }
        self.examine_named(named, &permitted, checks)
    }

    fn version(&mut self) -> Result<String, AmiFault> {
        let settings = self.client.ask(&Action::CoreSettings)?;
        Ok(format!("Asterisk {}", settings.text_of("AsteriskVersion").unwrap_or("of unknown version")))
    }

    fn examine_permissions(&mut self, permitted: &Message, checks: &mut Vec<Check>) -> Result<(), AmiFault> {
        let (name, user) = (self.name, &self.server.user);
        let denied = NEEDED_ACTIONS.iter().filter(|(action, ..)| permitted.get(action).is_none());
        let mut missing_rights: Vec<Check> = denied
            .map(|(_, class, consequence)| {
                let found = format!("{name}: the user {user} lacks `write = {class}`: {consequence}");
                Check::bad(PERMISSIONS, found, permission_fix(user))
            })
            .collect();
        if !self.client.has_reported_start()? {
            let found = format!(
                "{name}: the user {user} lacks `read = system`: connecting takes 10 s longer, and Asterisk's end is not reported"
            );
            missing_rights.push(Check::bad(PERMISSIONS, found, permission_fix(user)));
        }
        let echoes = permitted.get("UserEvent").is_some();
        if echoes && !self.client.hears_dialplans()? {
            let found = format!(
                "{name}: the user {user} lacks `read = user`: events of the dialplan are not received"
            );
            missing_rights.push(Check::bad(PERMISSIONS, found, permission_fix(user)));
        }
        if missing_rights.is_empty() {
            let unseen = if echoes { "call or dtmf" } else { "call, user or dtmf" };
            let found = format!(
                "{name}: {user} may do all that calls need; only a call shows whether `read` lacks {unseen}"
            );
            missing_rights.push(Check::good(PERMISSIONS, found));
        }
        checks.append(&mut missing_rights);
        Ok(())
    }

    fn examine_modules(&mut self, checks: &mut Vec<Check>) -> Result<(), AmiFault> {
        let also = [
            (self.server.trunk.is_some(), MAILBOX_MODULE),
            (self.config.switches.asterisk.record_people, RECORDING_MODULE),
        ];
        let also = also.into_iter().filter_map(|(is_needed, module)| is_needed.then_some(module));
        let mut found = Vec::new();
        for (module, consequence) in NEEDED_MODULES.into_iter().chain(also) {
            if self.client.has_module(module)? {
                found.push(module);
            } else {
                let found = format!("{} has no {module}: {consequence}", self.name);
                checks.push(Check::bad(MODULES, found, module_fix(module)));
            }
        }
        if !found.is_empty() {
            checks.push(Check::good(MODULES, format!("{} has {}", self.name, found.join(", "))));
        }
        Ok(())
    }

    fn examine_dialplan(&mut self, checks: &mut Vec<Check>) -> Result<(), AmiFault> {
        let name = self.name;
        let mut missing = Vec::new();
        for place in PLACES {
            match self.client.value_of(&format!("DIALPLAN_EXISTS({place})"))?.as_deref() {
                Some("1") => {}
                Some(_) => missing.push(place),
                None => {
                    let found =
                        format!("{name} can't report what its dialplan has: DIALPLAN_EXISTS is missing");
                    checks.push(Check::bad(DIALPLAN, found, module_fix("func_dialplan")));
                    return Ok(());
                }
            }
        }
        checks.push(match missing.is_empty() {
            true => {
                Check::good(DIALPLAN, format!("{name} has the places for holds and for calls that we make"))
            }
            false => Check::bad(
                DIALPLAN,
                format!("{name} has no {}", missing.join(", no ")),
                "take deploy/asterisk/extensions.conf of this version into its dialplan, then \
                 `asterisk -rx 'dialplan reload'`"
                    .to_owned(),
            ),
        });
        Ok(())
    }
}

fn place(name: &str, server: &AsteriskServer) -> String {
    format!("{name} ({})", server.host.with_port(server.port.get()))
}

fn permission_fix(user: &str) -> String {
    format!(
        "give [{user}] of its manager.conf {USER_LINES}, then `asterisk -rx 'manager reload'`; a server that is connected \
         gets them when its session ends (`manager show connected`, `manager kick session`)"
    )
}

fn module_fix(module: &str) -> String {
    let load = format!("`asterisk -rx 'module load {module}'`, and make sure that modules.conf loads it");
    match module {
        "chan_audiosocket" => {
            format!("{load}; if there is no such module, send callers to cordboard-application")
        }
        _ => load,
    }
}

fn failed(name: &str, server: &AsteriskServer, fault: &AmiFault) -> Check {
    let fix = match fault {
        AmiFault::Socket(SocketFault::NoHost(_)) => {
            format!("set asterisk.servers.{name}.host to a name or an address that `ping` finds")
        }
        AmiFault::Socket(SocketFault::NoConnection(_)) => format!(
            "make sure that Asterisk runs, that its manager.conf has `enabled = yes` and a `bindaddr` that this machine \
             reaches, and that no firewall is in between; or set asterisk.servers.{name}.host and .port"
        ),
        AmiFault::NotAmi(_) | AmiFault::Mute => {
            format!("set asterisk.servers.{name}.port to the `port` of its manager.conf; AMI speaks first")
        }
        AmiFault::NotAdmitted(_) => format!(
            "set asterisk.servers.{name}.user and .secret to a user of its manager.conf, let `permit` (or `acl`) of that \
             user have this machine's address, then `asterisk -rx 'manager reload'`"
        ),
        AmiFault::Socket(SocketFault::Broken(_) | SocketFault::Silent) => {
            "check its log and its load: a manager interface answers within milliseconds".to_owned()
        }
        AmiFault::BadValue(_) => {
            format!(
                "give asterisk.servers.{name}.user and .secret no control characters, and less than 1000 bytes"
            )
        }
    };
    Check::bad(SUBJECT, format!("{}: {fault}", place(name, server)), fix)
}

/// Checks whether the switch can connect to our audio port. `ours` and `theirs` are both ends of the connection to it.
fn way_back(config: &Config, name: &str, ours: IpAddr, theirs: IpAddr) -> Check {
    let audiosocket = &config.legs.audiosocket;
    let listen = audiosocket.listen;
    let allowed = audiosocket.allowed();
    if !allowed.contains(theirs) {
        let found = format!("{name} connects from {theirs}, which audiosocket.allow does not contain");
        // The whole value: networks that may connect already stay allowed, such as this machine if none is set.
        let fix = format!("set audiosocket.allow to {allowed},{}", theirs.to_canonical());
        return Check::bad(WAY_BACK, found, fix);
    }
    if listen.ip().is_loopback() && !theirs.is_loopback() {
        let here = address_at(ours, listen.port());
        return Check::bad(
            WAY_BACK,
            format!("{name} is another machine, and {listen} can be reached from this one only"),
            format!("set audiosocket.listen to {here}"),
        );
    }
    Check::good(WAY_BACK, format!("{name} may come to {}", reached_at(listen, ours)))
}

/// Returns our port as the switch sees it.
fn reached_at(listen: SocketAddr, ours: IpAddr) -> SocketAddr {
    address_at(if listen.ip().is_unspecified() { ours } else { listen.ip() }, listen.port())
}

#[cfg(test)]
mod tests;
