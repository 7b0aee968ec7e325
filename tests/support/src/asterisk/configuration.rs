//! The configuration files of one Asterisk. What differs from test to test is written here. The rest is in `tests/support/asterisk` and, as
//! users get it, in `deploy/asterisk`.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::{AsteriskError, AsteriskSetup, PackageRoot, Ports};
use crate::audio::tone;

/// A user of the control port (AMI).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmiUser {
    /// The name to log in with.
    pub name: &'static str,
    /// The secret.
    pub secret: &'static str,
    /// `None`: as in the `manager.conf` that we ship.
    rights: Option<AmiRights>,
}

/// Rights of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AmiRights {
    /// The classes of events that the user receives.
    read: &'static str,
    /// The classes of actions that the user may send.
    write: &'static str,
    /// Events that the user does not receive, whatever their class.
    unheard: &'static [&'static str],
}

impl AmiUser {
    /// The tests themselves, which may do more than a server needs.
    pub const TESTS: Self = Self::with(
        "tests",
        "secret",
        "system,call,user,agent,dtmf",
        "system,call,originate,user,command,reporting",
    );
    /// The server under test, as its operator sets it up.
    pub const SERVER: Self = Self { name: "cordboard", secret: "cordboard-secret", rights: None };
    /// Receives everything and may do next to nothing: actions on calls are refused.
    pub const POOR: Self = Self::with("poor", "poor-secret", "system,call,user,agent,dtmf", "user");
    /// May do everything and receives events of calls only: `FullyBooted` never comes.
    pub const DEAF: Self =
        Self::with("deaf", "deaf-secret", "call", "system,call,originate,user,command,reporting");
    /// Receives everything and may act on calls only: a list of channels is refused.
    pub const NARROW: Self = Self::with("narrow", "narrow-secret", "system,call,user,dtmf", "call,originate");
    /// May do everything and never receives an event that a channel has ended or has left another.
    pub const UNAWARE: Self = Self {
        name: "unaware",
        secret: "unaware-secret",
        rights: Some(AmiRights {
            read: "system,call,user,dtmf",
            write: "system,call,originate,user",
            unheard: &["Hangup", "HangupRequest", "SoftHangupRequest", "BridgeLeave", "BridgeDestroy"],
        }),
    };

    const ALL: [Self; 6] = [Self::TESTS, Self::SERVER, Self::POOR, Self::DEAF, Self::NARROW, Self::UNAWARE];

    const fn with(name: &'static str, secret: &'static str, read: &'static str, write: &'static str) -> Self {
        Self { name, secret, rights: Some(AmiRights { read, write, unheard: &[] }) }
    }
}

/// The numbers with an endpoint of their own (`PJSIP/2001`) that reaches [`AsteriskSetup::phones`].
pub const PHONE_NUMBERS: std::ops::RangeInclusive<u16> = 2001..=2040;
/// The number whose telephone is a browser that has registered over WebSocket. It is also the user name; the password follows.
pub const SOFTPHONE_NUMBER: u16 = 2050;
/// Its password.
pub const SOFTPHONE_PASSWORD: &str = "the softphone's own";
/// An endpoint whose telephone is switched off: nothing is registered for it.
pub const UNREGISTERED_NUMBER: u16 = 2099;
/// The endpoint that carries any number to the same telephones: `PJSIP/NUMBER@trunk`.
pub const TRUNK: &str = "trunk";
/// The music on hold: a tone of this frequency in Hz.
pub const HOLD_MUSIC_HZ: f64 = 350.0;

/// The peak amplitude of the music, and how long until it repeats.
const HOLD_MUSIC_PEAK: f64 = 6000.0;
const HOLD_MUSIC_LENGTH: Duration = Duration::from_secs(4);

/// The folder with the dialplan that we ship.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/asterisk");
/// The folder with the parts that never change.
const FIXED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/asterisk");

/// Configuration files that Asterisk expects and that can be empty here.
const EMPTY: [&str; 10] =
    ["acl", "amd", "ccss", "cdr", "cel", "features", "pjproject", "pjsip_notify", "res_parking", "udptl"];

/// Writes all files below `folder/etc` and makes the folders that Asterisk writes to.
pub(super) fn write(
    folder: &Path,
    packages: &PackageRoot,
    ports: Ports,
    setup: &AsteriskSetup,
) -> Result<(), AsteriskError> {
    let etc = folder.join("etc");
    for name in ["etc", "lib", "log", "music", "run", "spool"] {
        fs::create_dir(folder.join(name))?;
    }
    let modules = fs::read_to_string(Path::new(FIXED).join("modules.conf"))?;
    fs::write(etc.join("modules.conf"), modules + if setup.softphone { SOFTPHONE_MODULES } else { "" })?;
    if setup.softphone {
        fs::write(etc.join("http.conf"), http_conf(ports.http))?;
    }
    for name in EMPTY {
        fs::write(etc.join(format!("{name}.conf")), "")?;
    }
    fs::write(etc.join("asterisk.conf"), asterisk_conf(folder, packages))?;
    fs::write(etc.join("logger.conf"), LOGGER_CONF)?;
    fs::write(etc.join("manager.conf"), manager_conf(ports.ami)?)?;
    fs::write(etc.join("rtp.conf"), RTP_CONF)?;
    let softphone = if setup.softphone { softphone_conf() } else { String::new() };
    fs::write(etc.join("pjsip.conf"), pjsip_conf(ports.sip, setup.phones) + &softphone)?;
    fs::write(etc.join("indications.conf"), INDICATIONS_CONF)?;
    let music = folder.join("music");
    fs::write(etc.join("musiconhold.conf"), musiconhold_conf(&music))?;
    tone(HOLD_MUSIC_HZ, HOLD_MUSIC_PEAK, HOLD_MUSIC_LENGTH, 8000)
        .write_wav(&music.join("hold.wav"))
        .map_err(io::Error::other)?;
    fs::write(etc.join("extensions.conf"), extensions_conf(setup))?;
    Ok(())
}

const LOGGER_CONF: &str = "[general]
dateformat = %H:%M:%S.%3q
[logfiles]
messages => notice,warning,error,verbose(3)
";

/// Without a country Asterisk has no tones and logs that.
const INDICATIONS_CONF: &str = "[general]
country = xx
[xx]
description = tests
ringcadence = 1000,3000
ring = 440/1000,0/3000
busy = 440/500,0/500
congestion = 440/250,0/250
";

/// Outside the range from which the kernel takes free ports (from 32768 on).
const RTP_CONF: &str = "[general]
rtpstart = 20000
rtpend = 29999
";

fn asterisk_conf(folder: &Path, packages: &PackageRoot) -> String {
    let folder = folder.display();
    format!(
        "[directories]
astetcdir => {folder}/etc
astmoddir => {modules}
astdatadir => {shared}
astvarlibdir => {folder}/lib
astdbdir => {folder}/lib
astkeydir => {folder}/lib
astspooldir => {folder}/spool
astrundir => {folder}/run
astlogdir => {folder}/log
[options]
verbose = 3
",
        modules = packages.modules().display(),
        shared = packages.path("usr/share/asterisk").display(),
    )
}

fn manager_conf(port: u16) -> io::Result<String> {
    let mut text = format!(
        "[general]
enabled = yes
bindaddr = 127.0.0.1
port = {port}
"
    );
    for AmiUser { name, secret, rights } in AmiUser::ALL {
        let secret = format!("secret = {secret}\n");
        let Some(AmiRights { read, write, unheard }) = rights else {
            // An operator removes the comment marks here and writes a secret.
            let shipped = fs::read_to_string(Path::new(SHIPPED).join("manager.conf"))?;
            text += &shipped.replace(";secret =\n", &secret);
            continue;
        };
        text += &format!("[{name}]\n{secret}read = {read}\nwrite = {write}\n");
        text.extend(unheard.iter().map(|event| format!("eventfilter = !^Event: {event}\n")));
    }
    Ok(text)
}

fn musiconhold_conf(music: &Path) -> String {
    format!("[default]\nmode = files\ndirectory = {}\n", music.display())
}

/// A party from 127.0.0.1 is the caller. The codec is PCMU, or linear 16 kHz for the wideband tests.
fn pjsip_conf(port: u16, phones: Option<SocketAddr>) -> String {
    let callers = format!(
        "[udp]
type = transport
protocol = udp
bind = 127.0.0.1:{port}
[caller]
type = endpoint
context = outside
disallow = all
allow = ulaw,slin16
direct_media = no
dtmf_mode = rfc4733
[caller]
type = identify
endpoint = caller
match = 127.0.0.1
"
    );
    callers + &phones.map(phones_conf).unwrap_or_default()
}

/// The telephones that Asterisk can dial. They have no `identify`: a request that begins a call is the caller's, and requests within a call
/// are matched by their dialog.
fn phones_conf(phones: SocketAddr) -> String {
    let mut text: String = PHONE_NUMBERS
        .map(|number| endpoint_conf(&number.to_string(), &format!("contact = sip:{number}@{phones}")))
        .collect();
    text += &endpoint_conf(&UNREGISTERED_NUMBER.to_string(), "max_contacts = 1");
    text + &endpoint_conf(TRUNK, &format!("contact = sip:{phones}"))
}

/// Modules for a telephone in a browser: WebSockets, registration with a password, and sound under DTLS.
const SOFTPHONE_MODULES: &str = "
load = res_crypto.so
load = res_srtp.so
load = res_http_websocket.so
load = res_pjsip_transport_websocket.so
load = res_pjsip_nat.so
load = res_pjsip_registrar.so
load = res_pjsip_authenticator_digest.so
load = res_pjsip_endpoint_identifier_user.so
";

fn http_conf(port: u16) -> String {
    format!("[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {port}\n")
}

/// The browser connects from the callers' address, so it is identified by its name, which no caller has.
fn softphone_conf() -> String {
    format!(
        "[global]
type = global
endpoint_identifier_order = username,ip
[ws]
type = transport
protocol = ws
bind = 127.0.0.1
[{SOFTPHONE_NUMBER}]
type = endpoint
context = people
aors = {SOFTPHONE_NUMBER}
auth = {SOFTPHONE_NUMBER}
webrtc = yes
dtls_auto_generate_cert = yes
disallow = all
allow = ulaw
[{SOFTPHONE_NUMBER}]
type = auth
auth_type = userpass
username = {SOFTPHONE_NUMBER}
password = {SOFTPHONE_PASSWORD}
[{SOFTPHONE_NUMBER}]
type = aor
max_contacts = 1
remove_existing = yes
"
    )
}

fn endpoint_conf(name: &str, place: &str) -> String {
    format!(
        "[{name}]
type = endpoint
context = people
aors = {name}
disallow = all
allow = ulaw
direct_media = no
dtmf_mode = rfc4733
[{name}]
type = aor
{place}
"
    )
}

/// The shipped dialplan as a user includes it: its globals, the user's own values after them, then the contexts.
fn extensions_conf(setup: &AsteriskSetup) -> String {
    format!(
        "[globals]
#include \"{SHIPPED}/globals.conf\"
CORDBOARD_AUDIOSOCKET = {audiosocket}
CORDBOARD_API = http://{api}
CORDBOARD_TOKEN = {token}
CORDBOARD_RESUME_WINDOW = {window}
CORDBOARD_PERSON = {person}
#include \"{SHIPPED}/extensions.conf\"
#include \"{FIXED}/people.conf\"
{extra}
",
        audiosocket = setup.audiosocket,
        api = setup.api,
        token = setup.dialplan_token,
        window = setup.resume_window.as_secs(),
        person = setup.person,
        extra = setup.extra_dialplan,
    )
}
