//! An OSdial's own processes at its Asterisk: the FastAGI server that its dialplan calls. One script gives the customer's call to a line (the
//! outbound AGI), the other logs a call's end (of the `h` extension). They are written from what OSdial 3.0.2 does.

#![allow(clippy::panic, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use crate::mariadb::{MariaDb, Schema, Session};

/// The dialplan of such an Asterisk: the extension for customers who have answered, an extension of remote agents that leads to us, a safe
/// harbour, and a person. `{agi}` is where [`DiallerSwitch`] listens, `{deploy}` the folder of what we ship, `{globals}` what an administrator
/// adds.
pub const DIALPLAN: &str = "[globals](+)
#include \"{deploy}/osdial/globals.conf\"
CORDBOARD_OSDIAL_AGI = {agi}
CORDBOARD_OSDIAL_FALLBACK = osdial,8307,1
{globals}
#include \"{deploy}/osdial/extensions.conf\"
[osdial]
exten => 8368,1,AGI(agi://{agi}/VDAD_outbound)
 same => n,Hangup()
exten => 8801,1,Goto(cordboard-osdial,${EXTEN},1)
exten => 8307,1,UserEvent(SafeHarbour,Account: ${CHANNEL(accountcode)})
 same => n,Hangup()
exten => 8399,1,UserEvent(Person,Account: ${CHANNEL(accountcode)})
 same => n,Wait(1)
 same => n,Hangup()
include => cordboard-osdial-hangup
[customers]
exten => _X!,1,Answer()
 same => n,Wait(60)
";

/// The FastAGI server of the server 127.0.0.1, as long as the process lives.
#[derive(Debug)]
pub struct DiallerSwitch {
    address: SocketAddr,
}

impl DiallerSwitch {
    /// Starts it over a database with OSdial's tables.
    ///
    /// # Panics
    /// There is no free port, or the database is unreachable.
    #[must_use]
    pub fn start(server: &'static MariaDb, database: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let database = database.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let database = database.clone();
                thread::spawn(move || {
                    let mut session = server.session(&database).unwrap_or_else(|error| panic!("{error}"));
                    // It does not matter if a channel ends before its script.
                    let _ = serve(stream, &mut session);
                });
            }
        });
        Self { address }
    }

    /// The dialplan that calls this server, with the shipped one and these lines of an administrator among its globals.
    #[must_use]
    pub fn dialplan(&self, globals: &str) -> String {
        let deploy = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");
        let dialplan = DIALPLAN.replace("{agi}", &self.address.to_string()).replace("{deploy}", deploy);
        dialplan.replace("{globals}", globals)
    }
}

/// The auto dialer's part before the customer answers: writes the call to the tables as sent.
///
/// # Panics
/// The database is unreachable.
pub fn send(session: &mut Session, campaign_id: &str, lead_id: u32, callerid: &str) {
    session.change(&format!(
        "INSERT INTO osdial_auto_calls (server_ip, campaign_id, status, lead_id, callerid, call_time) VALUES \
         ('127.0.0.1', '{campaign_id}', 'SENT', {lead_id}, '{callerid}', NOW())"
    ));
}

fn serve(stream: TcpStream, session: &mut Session) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut said = BTreeMap::new();
    for line in lines.by_ref() {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else {
            if line.is_empty() {
                break;
            }
            continue;
        };
        said.insert(name.to_owned(), value.to_owned());
    }
    let of = |name: &str| said.get(name).cloned().unwrap_or_default();
    let (script, callerid, uniqueid) = (of("agi_network_script"), of("agi_accountcode"), of("agi_uniqueid"));
    let mut stream = stream;
    if script == "VDAD_outbound" {
        let Some(extension) = give(session, &callerid, &uniqueid, &of("agi_channel")) else { return Ok(()) };
        for command in ["SET CONTEXT osdial", &format!("SET EXTENSION {extension}"), "SET PRIORITY 1"] {
            writeln!(stream, "{command}")?;
            // The answer; there is none once the channel has ended.
            let Some(answer) = lines.next() else { return Ok(()) };
            answer?;
        }
    } else if script.starts_with("call_log--HVcauses--PRI") {
        end(session, &callerid, &uniqueid);
    }
    Ok(())
}

/// The customer has answered: their call goes to a line that is READY, and to its extension.
fn give(session: &mut Session, callerid: &str, uniqueid: &str, channel: &str) -> Option<String> {
    let auto = session
        .rows(&format!("SELECT campaign_id, lead_id FROM osdial_auto_calls WHERE callerid='{callerid}'"));
    let [campaign_id, lead_id] = auto.first()?.as_slice() else { return None };
    session.change(&format!(
        "UPDATE osdial_auto_calls SET status='LIVE', uniqueid='{uniqueid}', channel='{channel}' WHERE callerid='{callerid}'"
    ));
    log(session, (callerid, uniqueid), campaign_id, lead_id);
    let claimed = session.try_change(&format!(
        "UPDATE osdial_live_agents SET status='QUEUE', lead_id={lead_id}, uniqueid='{uniqueid}', callerid='{callerid}', \
         channel='{channel}', call_server_ip='127.0.0.1' WHERE status='READY' AND campaign_id='{campaign_id}' AND user NOT LIKE 'va%' \
         AND last_update_time > NOW() - INTERVAL 5 SECOND ORDER BY last_call_finish LIMIT 1"
    ))?;
    if claimed == 0 {
        return None;
    }
    session.change(&format!("UPDATE osdial_auto_calls SET status='XFER' WHERE callerid='{callerid}'"));
    let line =
        session.rows(&format!("SELECT conf_exten FROM osdial_live_agents WHERE callerid='{callerid}'"));
    line.first()?.first().cloned()
}

/// The customer has answered: writes the call to both logs, by its names at the dialler and at its switch.
pub(crate) fn log(
    session: &mut Session,
    (callerid, uniqueid): (&str, &str),
    campaign_id: &str,
    lead_id: &str,
) {
    // A VICIdial's log names neither server nor call.
    let (columns, values) = match session.schema() {
        Schema::Osdial => (", server_ip, callerid", format!(", '127.0.0.1', '{callerid}'")),
        Schema::Vicidial => ("", String::new()),
    };
    session.change(&format!(
        "INSERT INTO osdial_log (uniqueid, lead_id, list_id, campaign_id, call_date, start_epoch, status, user{columns}) \
         VALUES ('{uniqueid}', {lead_id}, 1001, '{campaign_id}', NOW(), UNIX_TIMESTAMP(), 'QUEUE', 'VDAD'{values})"
    ));
    session.change(&format!(
        "INSERT INTO call_log (uniqueid, server_ip, caller_code) VALUES ('{uniqueid}', '127.0.0.1', '{callerid}')"
    ));
}

/// A channel of the dialler's has ended. A call that no line got counts as dropped.
pub(crate) fn end(session: &mut Session, callerid: &str, uniqueid: &str) {
    if callerid.is_empty() {
        return;
    }
    for sql in [
        format!(
            "UPDATE osdial_list SET status='DROP' WHERE lead_id IN (SELECT lead_id FROM osdial_log WHERE uniqueid='{uniqueid}' \
             AND status='QUEUE' AND COALESCE(comments,'')<>'REMOTE')"
        ),
        format!(
            "UPDATE osdial_log SET end_epoch=UNIX_TIMESTAMP(), length_in_sec=UNIX_TIMESTAMP()-start_epoch, \
             term_reason=IF(status='QUEUE','ABANDON','CALLER'), status=IF(status='QUEUE','DROP',status) \
             WHERE uniqueid='{uniqueid}'"
        ),
        format!("UPDATE call_log SET end_epoch=UNIX_TIMESTAMP() WHERE caller_code='{callerid}'"),
        format!("DELETE FROM osdial_auto_calls WHERE callerid='{callerid}'"),
    ] {
        session.change(&sql);
    }
}
