//! OSdial's own processes, as far as remote agents meet them: the remote agent process of one server, the part of the outbound AGI that gives a
//! call to a line, and the hang-up. They are written from what OSdial 3.0.2 does; a VICIdial's do the same to tables with other names.

#![allow(clippy::panic, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::dialler_switch;
use crate::mariadb::{MariaDb, Schema, Session};

/// The period of the remote agent process.
const TURN: Duration = Duration::from_secs(2);
/// The time between reading and writing in a turn of many lines.
const WITHIN_TURN: Duration = Duration::from_millis(400);
/// Every fifth turn does more.
const LONG_TURN: u32 = 5;
/// A turn begins within this, even on a machine that stalls for a while.
const TURN_WITHIN: Duration = Duration::from_secs(60);

/// The remote agent process of the server 127.0.0.1. It ends on drop.
#[derive(Debug)]
pub struct RemoteAgentProcess {
    is_over: Arc<AtomicBool>,
    /// A message for each turn, when it has read and not yet written.
    under_way: Receiver<()>,
    /// The length of the longest turn so far, in ms.
    longest_ms: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl RemoteAgentProcess {
    /// Starts it over a dialler's database.
    ///
    /// # Panics
    /// The database is unreachable.
    #[must_use]
    pub fn start(server: &MariaDb, database: &str) -> Self {
        let mut session = server.session(database).unwrap_or_else(|error| panic!("{error}"));
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let longest_ms = Arc::<AtomicU64>::default();
        let longest = Arc::clone(&longest_ms);
        let (tell, under_way) = channel();
        let work = move || {
            let mut turn = 0;
            while !over.load(Ordering::Relaxed) {
                let began = Instant::now();
                turn += 1;
                if take_turn(&mut session, turn % LONG_TURN == 0, &tell).is_none() {
                    return;
                }
                let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                longest.fetch_max(took_ms, Ordering::Relaxed);
                while began.elapsed() < TURN && !over.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(20));
                }
            }
        };
        Self { is_over, under_way, longest_ms, thread: Some(thread::spawn(work)) }
    }

    /// The longest time from the beginning of a turn to its last write.
    #[must_use]
    pub fn longest_turn(&self) -> Duration {
        Duration::from_millis(self.longest_ms.load(Ordering::Relaxed))
    }

    /// Waits until a turn has read its rows: for the next 400 ms its writes are decided.
    ///
    /// # Panics
    /// The process has ended.
    pub fn wait_for_a_turn_under_way(&self) {
        while self.under_way.try_recv().is_ok() {}
        self.under_way
            .recv_timeout(TURN_WITHIN)
            .unwrap_or_else(|error| panic!("no turn within {TURN_WITHIN:?}: {error}"));
    }
}

impl Drop for RemoteAgentProcess {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has reported it.
            let _ = thread.join();
        }
    }
}

/// One turn; `None` where the database is unreachable.
fn take_turn(session: &mut Session, is_long: bool, under_way: &Sender<()>) -> Option<()> {
    let agents = session.try_rows(
        "SELECT user_start, number_of_lines, conf_exten, campaign_id FROM osdial_remote_agents \
         WHERE status='ACTIVE' AND server_ip='127.0.0.1'",
    )?;
    let live = session.try_rows(
        "SELECT user, status, campaign_id, conf_exten FROM osdial_live_agents \
         WHERE server_ip='127.0.0.1' AND extension LIKE 'R/%'",
    )?;
    let live: BTreeMap<String, Vec<String>> = live.into_iter().map(|row| (row[0].clone(), row)).collect();
    // The receiver may be gone.
    let _ = under_way.send(());
    thread::sleep(WITHIN_TURN);
    for agent in &agents {
        let [user_start, lines, conf_exten, campaign_id] = agent.as_slice() else { return None };
        let is_own = user_start.starts_with("va");
        let Ok(first) = user_start.parse::<u64>() else {
            assert!(is_own, "the first user is not a number: {user_start}");
            continue;
        };
        for number in 0..lines.parse::<u64>().ok()? {
            let user = (first + number).to_string();
            keep_line(session, (&user, conf_exten, campaign_id), live.get(&user))?;
        }
    }
    // Calls that are over: an active agent's line is READY again once the call's end is also logged; an inactive one's is PAUSED.
    let active = "EXISTS (SELECT 1 FROM osdial_remote_agents r WHERE r.server_ip=l.server_ip AND r.status='ACTIVE' \
                  AND l.user+0 BETWEEN r.user_start+0 AND r.user_start+r.number_of_lines-1 AND r.user_start NOT LIKE 'va%')";
    let is_over = "l.status IN ('INCALL', 'QUEUE') AND l.extension LIKE 'R/%' AND l.callerid<>'' \
                   AND NOT EXISTS (SELECT 1 FROM osdial_auto_calls a WHERE a.callerid=l.callerid)";
    let cleared = "l.lead_id=0, l.uniqueid='', l.callerid='', l.channel='', l.last_call_finish=NOW()";
    session.try_rows(&format!(
        "UPDATE osdial_live_agents l SET l.status='READY', {cleared} WHERE {is_over} AND {active} \
         AND EXISTS (SELECT 1 FROM call_log c WHERE c.caller_code=l.callerid AND c.end_epoch IS NOT NULL)"
    ))?;
    session.try_rows(&format!(
        "UPDATE osdial_live_agents l SET l.status='PAUSED', {cleared} WHERE {is_over} AND NOT {active}"
    ))?;
    if is_long {
        session.try_rows(
            "DELETE FROM osdial_live_agents WHERE extension LIKE 'R/%' AND status='PAUSED' AND server_ip='127.0.0.1'",
        )?;
        let logged = session.try_change(
            "UPDATE osdial_log g JOIN osdial_live_agents l ON g.uniqueid=l.uniqueid JOIN osdial_auto_calls a \
             ON a.callerid=l.callerid SET g.status='XFER', g.user=l.user, g.comments='REMOTE' WHERE l.status='QUEUE'",
        );
        // If that failed, the calls wait for the next long turn. It fails for one of two transactions that lock each other's rows.
        if logged.is_some() {
            session.try_rows(
                "UPDATE osdial_live_agents l JOIN osdial_auto_calls a ON a.callerid=l.callerid \
                 SET l.status='INCALL', l.comments='REMOTE' WHERE l.status='QUEUE' AND l.extension LIKE 'R/%'",
            )?;
        }
    }
    Some(())
}

/// Keeps the row of an active agent's line as it was at the turn's beginning.
fn keep_line(
    session: &mut Session,
    (user, conf_exten, campaign_id): (&str, &str, &str),
    seen: Option<&Vec<String>>,
) -> Option<()> {
    let which = format!("user='{user}' AND server_ip='127.0.0.1' AND extension='R/{user}'");
    let later = "random_id=random_id+1, last_update_time=NOW()+INTERVAL 60 SECOND";
    match seen {
        None => session.try_rows(&format!(
            "INSERT INTO osdial_live_agents (user, server_ip, conf_exten, extension, status, campaign_id, channel, random_id, \
             last_call_time, last_call_finish, user_level, comments, last_update_time, lead_id) SELECT '{user}', '127.0.0.1', \
             '{conf_exten}', 'R/{user}', 'READY', '{campaign_id}', '', 1, NOW(), NOW(), 7, 'REMOTE', NOW()+INTERVAL 60 SECOND, 0 \
             FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM osdial_live_agents WHERE {which})"
        )),
        // Another campaign or extension sets the line READY, even during a call.
        Some(row) if row[2] != campaign_id || row[3] != conf_exten => session.try_rows(&format!(
            "UPDATE osdial_live_agents SET status='READY', campaign_id='{campaign_id}', conf_exten='{conf_exten}', {later} \
             WHERE {which}"
        )),
        // A line that was READY at the turn's beginning is written READY again, whatever it is meanwhile, except in a call.
        Some(row) if row[1] == "READY" => session.try_rows(&format!(
            "UPDATE osdial_live_agents SET status='READY', {later} WHERE {which} AND status IN ('READY','PAUSED')"
        )),
        Some(_) => session.try_rows(&format!("UPDATE osdial_live_agents SET {later} WHERE {which}")),
    }
    .map(drop)
}

/// Gives calls to lines: the outbound AGI's part, and the end of a call.
#[derive(Debug)]
pub struct CallGiver {
    session: Session,
}

/// A call that a line got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenCall {
    /// The line's user.
    pub user: String,
    /// The dialler's name for the call.
    pub callerid: String,
    /// The name of the call at the dialler's Asterisk.
    pub uniqueid: String,
}

impl CallGiver {
    /// A giver of calls in a database.
    ///
    /// # Panics
    /// The database is unreachable.
    #[must_use]
    pub fn new(server: &MariaDb, database: &str) -> Self {
        Self { session: server.session(database).unwrap_or_else(|error| panic!("{error}")) }
    }

    /// Gives a call of a campaign to a line that is READY. If there is none, returns `None`, and the call is dropped.
    ///
    /// # Panics
    /// The database is unreachable.
    pub fn give(&mut self, campaign_id: &str, lead_id: u32) -> Option<GivenCall> {
        static GIVEN: AtomicU32 = AtomicU32::new(0);
        let number = GIVEN.fetch_add(1, Ordering::Relaxed);
        let callerid = match self.session.schema() {
            Schema::Osdial => format!("V{:010}{lead_id:09}", 101_000_000 + number),
            Schema::Vicidial => format!("V{:09}{lead_id:010}", 101_000_000 + number),
        };
        let uniqueid = format!("1700000000.{number}");
        // A call is in the tables before a line has it. Otherwise a turn would find the line's call missing and take it for over.
        self.session.try_change(&format!(
            "INSERT INTO osdial_auto_calls (server_ip, campaign_id, status, lead_id, uniqueid, callerid, call_time) VALUES \
             ('127.0.0.1', '{campaign_id}', 'LIVE', {lead_id}, '{uniqueid}', '{callerid}', NOW())"
        ))?;
        dialler_switch::log(&mut self.session, (&callerid, &uniqueid), campaign_id, &lead_id.to_string());
        // Two transactions can lock each other's rows: then this one gives no call.
        let claimed = self.session.try_change(&format!(
            "UPDATE osdial_live_agents SET status='QUEUE', user=(@claimed:=user), lead_id={lead_id}, uniqueid='{uniqueid}', callerid='{callerid}', \
             channel='SIP/trunk-{number}', call_server_ip='127.0.0.1' WHERE status='READY' AND campaign_id='{campaign_id}' AND user NOT LIKE 'va%' \
             AND last_update_time > NOW() - INTERVAL 5 SECOND ORDER BY last_call_finish LIMIT 1"
        ));
        if claimed.is_none_or(|lines| lines == 0) {
            for sql in [
                format!("DELETE FROM osdial_auto_calls WHERE callerid='{callerid}'"),
                format!("DELETE FROM osdial_log WHERE lead_id={lead_id} AND uniqueid='{uniqueid}'"),
                format!("DELETE FROM call_log WHERE caller_code='{callerid}'"),
            ] {
                // If the deletion fails, the call remains in the tables, and no line has it.
                let _ = self.session.try_change(&sql);
            }
            return None;
        }
        self.session
            .change(&format!("UPDATE osdial_auto_calls SET status='XFER' WHERE callerid='{callerid}'"));
        // A turn of the dialler may have written the line meanwhile.
        let user = self.session.rows("SELECT @claimed");
        Some(GivenCall { user: user[0][0].clone(), callerid, uniqueid })
    }

    /// Ends the call, as the hang-up in the dialplan does.
    ///
    /// # Panics
    /// The database is unreachable.
    pub fn end(&mut self, call: &GivenCall) {
        dialler_switch::end(&mut self.session, &call.callerid, &call.uniqueid);
    }

    /// The dialler's log entry of the call: its status and its user.
    ///
    /// # Panics
    /// There is no such call.
    pub fn logged(&mut self, call: &GivenCall) -> (String, String) {
        let uniqueid = &call.uniqueid;
        let rows =
            self.session.rows(&format!("SELECT status, user FROM osdial_log WHERE uniqueid='{uniqueid}'"));
        (rows[0][0].clone(), rows[0][1].clone())
    }
}
