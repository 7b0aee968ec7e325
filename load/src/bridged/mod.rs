//! Calls between visitors and agents, both over WebRTC: how late each hears the other, and how soon a supervisor is heard.
//!
//! ```text
//! visitor ── chirps, 48 kHz Opus over UDP ──> server ──> agent, and back; each of a hundred datagrams may be lost, both ways
//! supervisor ── PUT supervision: whisper, barge, listen ──> server; the tone that they say is heard by the agent, by both, by nobody
//! ```
//! Measured from the moment when a frame is complete at a microphone to the moment when it is played: the network, the server with its jitter buffer,
//! and the receiver's jitter buffer. The delay of a browser's audio devices is not included.

mod chirp;
mod party;

use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::contender::{CallerKind, Contender};
use super::desks::{Desk, open_desk};
use super::measure::Plan;
use super::organization::{self, Account, Organization};
use super::samples::{Samples, Spread};
use super::subject::{Kind, Subject};
use super::webrtc::Connection;
use chirp::{Heard, lag};
use cordboard_terminal::Table;
use party::{Saying, Talking, Voice};

/// Percentages of lost datagrams, one after another.
const LOSSES_PERCENT: [u8; 2] = [0, 5];

/// How long parties settle before they are measured, so that jitter buffers adapt.
const SETTLE: Duration = Duration::from_secs(3);

/// How long a visitor listens before they ask for an agent.
const LISTENS: Duration = Duration::from_millis(1_500);

/// How long connecting a visitor and an agent may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a switch of a supervisor may take before it counts as failed.
const SWITCH_MAX: Duration = Duration::from_secs(3);

/// Interval between two switches, in ms.
const SWITCH_INTERVAL: std::ops::Range<u64> = 200..400;

/// Failures that are reported in full.
const FAILURES_SHOWN: usize = 5;

/// Figures of calls between visitors and agents.
#[derive(Clone, Debug, Serialize)]
pub(super) struct BridgedFigures {
    /// Calls at once.
    pub(super) calls: u16,
    /// From mouth to ear, for each loss rate.
    pub(super) ways: Vec<CallerKindFigures>,
    /// From the command to the tone at the agent: a listening supervisor starts to whisper.
    pub(super) whisper: Spread,
    /// The same at the visitor: a whispering supervisor barges in.
    pub(super) barge: Spread,
    /// From the command to silence at the visitor: a supervisor who has barged in only listens again.
    pub(super) listen: Spread,
    /// Failures.
    pub(super) failure_count: u64,
    /// The first failures.
    pub(super) failures: Vec<String>,
}

/// How late sound is.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CallerKindFigures {
    /// Percentage of datagrams lost, each way and for each party.
    pub(super) loss_percent: u8,
    /// From mouth to ear.
    pub(super) mouth_to_ear: Spread,
    /// Chirps that were not found.
    pub(super) not_found: u64,
}

impl CallerKindFigures {
    fn of(loss_percent: u8, spoken: &Spoken) -> Self {
        let (mut samples, mut not_found) = (Samples::default(), 0);
        for (said, heard) in spoken {
            for said_at in said {
                match lag(*said_at, heard) {
                    Some(late) => samples.record(late),
                    None => not_found += 1,
                }
            }
        }
        Self { loss_percent, mouth_to_ear: samples.spread(), not_found }
    }
}

impl BridgedFigures {
    /// Returns the table.
    pub(super) fn table(&self) -> String {
        let title = format!("{} CALL{} OVER WEBRTC", self.calls, if self.calls == 1 { "" } else { "S" });
        let mut table = Table::titled([title.as_str(), "N", "P50", "P99", "MAX"]);
        let mut push = |name: String, spread: &Spread| {
            let ms = |value: f64| format!("{value:.1}");
            let Spread { count, p50_ms, p99_ms, max_ms, .. } = *spread;
            table.push([name, count.to_string(), ms(p50_ms), ms(p99_ms), ms(max_ms)]);
        };
        for way in &self.ways {
            push(format!("mouth to ear at {} % of loss, ms", way.loss_percent), &way.mouth_to_ear);
        }
        push("supervisor: whisper to heard by the agent, ms".to_owned(), &self.whisper);
        push("supervisor: barge to heard by the visitor, ms".to_owned(), &self.barge);
        push("supervisor: listen to heard no more, ms".to_owned(), &self.listen);
        let lost = self.ways.iter().map(|way| {
            format!("at {} % of loss {} chirps were not found again\n", way.loss_percent, way.not_found)
        });
        let failures = self.failures.iter().map(|why| format!("{why}\n"));
        format!("{table}{}\n", lost.chain(failures).collect::<String>())
    }
}

/// A visitor and an agent who hear each other. Dropping it ends their sound.
#[derive(Debug)]
struct Pair {
    call: String,
    visitor: (Connection, Rc<Voice>),
    agent: (Connection, Rc<Voice>),
    /// The agent's desk.
    desk: JoinHandle<()>,
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.desk.abort();
    }
}

/// Makes this many calls, measures the delay of sound during the window for each loss rate, and then the switches of a supervisor.
///
/// # Errors
/// A sentence with the cause.
pub(super) async fn measure(
    plan: &Plan,
    (calls, switches): (u16, u16),
    progress: &impl Fn(&str),
) -> Result<BridgedFigures, String> {
    let contender = Contender { kind: Kind::Server, way: CallerKind::Webrtc };
    let subject =
        Subject::start(contender, organization::NO_PROVIDER, plan.cores, &organization::settings(plan))
            .await?;
    let at = subject.ports.http.ok_or("the server does not say where its HTTP is")?;
    let organization = Organization::found(at, calls).await?;
    let mut accounts = Vec::new();
    for number in 0..calls {
        accounts.push(organization.agent(number).await?);
    }
    organization.queue(&accounts).await?;
    progress(&format!("{calls} visitors and agents meet"));
    let mut pairs = Vec::new();
    for (number, account) in (0..).zip(&accounts) {
        let meeting = timeout(PATIENCE, meet(&organization, number, account)).await;
        pairs.push(meeting.unwrap_or_else(|_| Err("a visitor and an agent did not meet".to_owned()))?);
    }
    let mut spoken = Vec::new();
    for loss_percent in LOSSES_PERCENT {
        progress(&format!("{loss_percent} % of loss, for {} s", plan.window.as_secs()));
        spoken.push((loss_percent, speak(&pairs, loss_percent, plan.window).await));
    }
    progress(&format!("a supervisor switches {switches} times"));
    let mut failures = Vec::new();
    let mut samples = <[Samples; 3]>::default();
    if let Some(pair) = pairs.first() {
        match switch(&organization, pair, switches, &mut samples).await {
            Ok(late) => failures.extend(late),
            Err(why) => failures.push(why),
        }
    }
    for pair in &pairs {
        // The rest of the call ends with the server.
        pair.visitor.1.send_text(json!({ "type": "bye" }).to_string());
    }
    sleep(LISTENS).await;
    drop(pairs);
    subject.stop().await.map_err(|why| format!("the server failed at its end: {why}"))?;
    // Searching chirps takes a while, in which this thread can't send.
    let ways =
        spoken.iter().map(|(loss_percent, spoken)| CallerKindFigures::of(*loss_percent, spoken)).collect();
    let [whisper, barge, listen] = samples.map(|samples| samples.spread());
    Ok(BridgedFigures {
        calls,
        ways,
        whisper,
        barge,
        listen,
        failure_count: failures.len() as u64,
        failures: failures.into_iter().take(FAILURES_SHOWN).collect(),
    })
}

/// Connects a visitor with an agent.
async fn meet(organization: &Organization, number: u8, account: &Account) -> Result<Pair, String> {
    let mut desk = open_desk(organization, account).await?;
    let address = |party| IpAddr::from(Ipv4Addr::new(10, 1, number, party));
    let (call, token) = organization.visit_from(Some(address(1))).await?;
    let voice = Rc::<Voice>::default();
    let visitor = Connection::open(organization, &token, address(1), Talking::with(&voice)).await?;
    let visitor = (visitor, voice);
    sleep(LISTENS).await;
    visitor.1.send_text(json!({ "type": "dtmf", "digit": "0" }).to_string());
    let token = accept(&mut desk, &call).await?;
    let voice = Rc::<Voice>::default();
    let agent = Connection::open(organization, &token, address(2), Talking::with(&voice)).await?;
    // A client that does not read is disconnected.
    let desk = spawn_local(async move { while let Some(Ok(_)) = desk.next().await {} });
    Ok(Pair { call, visitor, agent: (agent, voice), desk })
}

/// Accepts the call when it is offered, and requests its audio.
async fn accept(desk: &mut Desk, call: &str) -> Result<String, String> {
    while let Some(message) = desk.next().await {
        let message = message.map_err(|error| format!("a desk: {error}"))?;
        let reply: Value = serde_json::from_str(message.to_text().unwrap_or_default()).unwrap_or_default();
        let say = match (reply["kind"].as_str(), reply["id"].as_str()) {
            (Some("offered"), _) => {
                json!({ "id": "accept", "command": "accept", "offer_id": reply["offer"]["id"] })
            }
            (_, Some("accept" | "audio")) if reply["ok"] != true => {
                return Err(format!("a desk was refused: {reply}"));
            }
            (_, Some("accept")) => json!({ "id": "audio", "command": "audio", "call_id": call }),
            (_, Some("audio")) => {
                let token = reply["result"]["token"].as_str();
                return token.map(str::to_owned).ok_or_else(|| format!("no token for audio: {reply}"));
            }
            _ => continue,
        };
        desk.send(Message::text(say.to_string())).await.map_err(|error| format!("a desk: {error}"))?;
    }
    Err("a desk was closed".to_owned())
}

/// When chirps were sent, and what the other side has heard.
type Spoken = Vec<(Vec<Instant>, Vec<Heard>)>;

/// Lets all parties send chirps to each other for this time.
async fn speak(pairs: &[Pair], loss_percent: u8, window: Duration) -> Spoken {
    let parties = || pairs.iter().flat_map(|pair| [&pair.visitor, &pair.agent]);
    for (connection, voice) in parties() {
        connection.lose(loss_percent);
        voice.set_saying(Saying::Chirps);
    }
    sleep(SETTLE).await;
    parties().for_each(|(_, voice)| voice.set_recording(true));
    sleep(window).await;
    parties().for_each(|(_, voice)| voice.set_saying(Saying::Nothing));
    // The last sound is on its way.
    sleep(SETTLE).await;
    parties().for_each(|(_, voice)| voice.set_recording(false));
    parties().for_each(|(connection, _)| connection.lose(0));
    let mut spoken = Vec::new();
    for Pair { visitor, agent, .. } in pairs {
        spoken.push((visitor.1.take_chirps(), agent.1.take_heard()));
        spoken.push((agent.1.take_chirps(), visitor.1.take_heard()));
    }
    spoken
}

/// Lets a supervisor listen, whisper, barge in and listen again, for this many switches. Returns those that had no effect in time.
///
/// # Errors
/// A sentence: the supervisor is refused.
async fn switch(
    organization: &Organization,
    Pair { call, visitor, agent, .. }: &Pair,
    switches: u16,
    [whisper, barge, listen]: &mut [Samples; 3],
) -> Result<Vec<String>, String> {
    let path = format!("/api/v1/calls/{call}/supervision");
    let supervise = async |mode: &str| organization.own("PUT", &path, json!({ "mode": mode })).await;
    let begun = supervise("listen").await?;
    let token = begun["token"].as_str().ok_or("no token for a supervisor's audio")?;
    let voice = Rc::<Voice>::default();
    let address = IpAddr::from(Ipv4Addr::new(10, 2, 0, 1));
    let _supervisor = Connection::open(organization, token, address, Talking::with(&voice)).await?;
    voice.set_saying(Saying::Tone);
    sleep(SETTLE).await;
    let mut late = Vec::new();
    for number in 0..switches {
        let (mode, hearer, hears, samples) = match number % 3 {
            0 => ("whisper", &agent.1, true, &mut *whisper),
            1 => ("barge", &visitor.1, true, &mut *barge),
            _ => ("listen", &visitor.1, false, &mut *listen),
        };
        let began = Instant::now();
        supervise(mode).await?;
        match timeout(SWITCH_MAX, hearer.hears_tone(hears)).await {
            Ok(()) => samples.record(began.elapsed()),
            Err(_) => late.push(format!("{mode} was not heard within {} s", SWITCH_MAX.as_secs())),
        }
        sleep(Duration::from_millis(rand::random_range(SWITCH_INTERVAL))).await;
    }
    Ok(late)
}
