//! The configuration files of one Asterisk: what differs from test to test is written here, the rest stands in
//! `tests/support/asterisk` and, as users get it, in `deploy/asterisk`.

use std::fs;
use std::io;
use std::path::Path;

use super::{AsteriskSetup, PackageRoot, Ports};

pub(super) const AMI_USER: &str = "tests";
pub(super) const AMI_SECRET: &str = "secret";

/// The folder with the dialplan that is shipped.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/asterisk");
/// The folder with the parts that never change.
const FIXED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/asterisk");

/// Configuration files that Asterisk asks for and that have nothing to say here.
const EMPTY: [&str; 8] = ["acl", "ccss", "cdr", "cel", "features", "pjproject", "pjsip_notify", "udptl"];

/// Writes all files below `folder/etc` and makes the folders that Asterisk writes to.
pub(super) fn write(
    folder: &Path,
    packages: &PackageRoot,
    ports: Ports,
    setup: &AsteriskSetup,
) -> io::Result<()> {
    let etc = folder.join("etc");
    for name in ["etc", "lib", "log", "run", "spool"] {
        fs::create_dir(folder.join(name))?;
    }
    fs::copy(Path::new(FIXED).join("modules.conf"), etc.join("modules.conf"))?;
    for name in EMPTY {
        fs::write(etc.join(format!("{name}.conf")), "")?;
    }
    fs::write(etc.join("asterisk.conf"), asterisk_conf(folder, packages))?;
    fs::write(etc.join("logger.conf"), LOGGER_CONF)?;
    fs::write(etc.join("manager.conf"), manager_conf(ports.ami))?;
    fs::write(etc.join("rtp.conf"), RTP_CONF)?;
    fs::write(etc.join("pjsip.conf"), pjsip_conf(ports.sip))?;
    fs::write(etc.join("indications.conf"), INDICATIONS_CONF)?;
    fs::write(etc.join("extensions.conf"), extensions_conf(setup))
}

const LOGGER_CONF: &str = "[general]
dateformat = %H:%M:%S.%3q
[logfiles]
messages => notice,warning,error,verbose(3)
";

/// Without a country Asterisk has no tones and says so.
const INDICATIONS_CONF: &str = "[general]
country = xx
[xx]
description = tests
ringcadence = 1000,3000
ring = 440/1000,0/3000
busy = 440/500,0/500
congestion = 440/250,0/250
";

/// Away from the range that the kernel takes free ports from (from 32768 on).
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

fn manager_conf(port: u16) -> String {
    format!(
        "[general]
enabled = yes
bindaddr = 127.0.0.1
port = {port}
[{AMI_USER}]
secret = {AMI_SECRET}
read = system,call,user,agent,dtmf
write = system,call,originate,user,command,reporting
"
    )
}

/// Whoever comes from 127.0.0.1 is the caller; PCMU, or linear 16 kHz for the wideband tests.
fn pjsip_conf(port: u16) -> String {
    format!(
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
    )
}

/// The shipped dialplan as a user takes it in: its globals, one's own values after them, then the contexts.
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
