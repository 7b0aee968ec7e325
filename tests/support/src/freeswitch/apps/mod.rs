//! Applications: what `execute` and the dialplan run on a channel.

pub(super) mod bridge;
pub(super) mod playback;
mod socket;
mod sound;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use uuid::Uuid;

use super::channel::{Channel, Direction, Disposition, Execute, Lock, Progress, Woken};
use super::referee::Rule;
use crate::clock::now;

/// An application that takes less time than this is not run again and again.
const ROUND_LEAST: Duration = Duration::from_millis(500);

/// Runs an application as often as requested, inside the one that runs on the channel.
pub(super) fn run(channel: &Arc<Channel>, execute: Execute) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
    Box::pin(async move {
        let mut rounds = 0;
        while !channel.is_over() && (execute.loops < 0 || rounds < execute.loops) {
            let (began, breaks) = (now(), channel.state().breaks);
            once(channel, &execute).await;
            rounds += 1;
            if execute.loops < 0 && (is_ended(channel, breaks) || now() < began + ROUND_LEAST) {
                break;
            }
        }
        if let Some(done) = execute.done {
            // A connection that has closed needs no answer.
            let _ = done.send(());
        }
    })
}

/// Whether an endless application has ended: it was stopped, or its channel goes elsewhere (switch_ivr.c).
fn is_ended(channel: &Channel, breaks: u64) -> bool {
    let state = channel.state();
    state.next.is_some() || state.breaks != breaks
}

async fn once(channel: &Arc<Channel>, execute: &Execute) {
    let Execute { app, argument, lock, .. } = execute;
    let id = execute.id.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    if !KNOWN.contains(&app.as_str()) {
        channel.switch.referee().against(Rule::Application, format!("no application {app}"));
        channel.hang_up("DESTINATION_OUT_OF_ORDER", Disposition::SendBye);
        return;
    }
    channel.set("current_application_data", argument);
    channel.set("current_application", app);
    channel.state().response = None;
    let mut named = vec![("Application", app.as_str())];
    if !argument.is_empty() {
        named.push(("Application-Data", argument));
    }
    let mut started = named.clone();
    started.push(("Application-UUID", &id));
    channel.tell_with("CHANNEL_EXECUTE", &started);

    carry_out(channel, app, argument, *lock).await;

    let response = channel.state().response.clone().unwrap_or_else(|| "_none_".to_owned());
    named.push(("Application-Response", &response));
    named.push(("Application-UUID", &id));
    channel.tell_with("CHANNEL_EXECUTE_COMPLETE", &named);
}

/// The applications of this stand-in.
const KNOWN: [&str; 29] = [
    "answer",
    "pre_answer",
    "ring_ready",
    "set",
    "export",
    "unset",
    "multiset",
    "playback",
    "endless_playback",
    "sleep",
    "park",
    "hangup",
    "bridge",
    "transfer",
    "send_dtmf",
    "queue_dtmf",
    "break",
    "echo",
    "socket",
    "log",
    "info",
    "redirect",
    "deflect",
    "record_session",
    "stop_record_session",
    "start_dtmf",
    "stop_dtmf",
    "event",
    "gentones",
];

async fn carry_out(channel: &Arc<Channel>, app: &str, argument: &str, lock: Lock) {
    match app {
        "answer" => answer(channel),
        "pre_answer" => early_media(channel),
        "ring_ready" => ring(channel),
        "set" | "export" => assign(channel, argument),
        "multiset" => argument.split(' ').for_each(|pair| assign(channel, pair)),
        "unset" => channel.set(argument, ""),
        "playback" => playback::run(channel, argument, lock, playback::Times::Once).await,
        "endless_playback" => playback::run(channel, argument, lock, playback::Times::Endless).await,
        "gentones" => {
            let tones = format!("tone_stream://{argument}");
            playback::run(channel, &tones, lock, playback::Times::Once).await;
        }
        "sleep" => sleep(channel, argument, lock).await,
        "park" => {
            park(channel, &|| !channel.is_controlled.load(Ordering::Acquire)).await;
        }
        "echo" => drop(channel.rest(None, lock, &|| false).await),
        "hangup" => {
            let cause = if argument.is_empty() { "NORMAL_CLEARING" } else { argument };
            channel.hang_up(cause, Disposition::SendBye);
        }
        "bridge" => bridge::run(channel, argument).await,
        "transfer" => channel.go_to_number(argument.split(' ').next().unwrap_or_default()),
        "send_dtmf" | "queue_dtmf" => {
            let digits = argument.split('@').next().unwrap_or_default().to_owned();
            channel.state().digits_sent += &digits;
        }
        "redirect" | "deflect" if !channel.is_answered() => {
            channel.hang_up("NORMAL_UNSPECIFIED", Disposition::SendRefuse);
        }
        "socket" => socket::run(channel, argument).await,
        // These write to the log, or to a file that no test reads.
        _ => {}
    }
}

/// 200 OK. A phone without a codec that the switch knows ends the call instead.
pub(super) fn answer(channel: &Arc<Channel>) {
    if channel.is_answered() || channel.is_over() {
        return;
    }
    if channel.variable("rtp_use_codec_string").as_deref() == Some("none") {
        channel.hang_up("INCOMPATIBLE_DESTINATION", Disposition::SendRefuse);
        return;
    }
    let inbound = channel.state().profile.direction == Direction::Inbound;
    if inbound {
        early_media(channel);
    }
    {
        let mut state = channel.state();
        state.progress = Progress::Answered;
        state.profile.answered_us = channel.switch.now_us();
    }
    channel.switch.note_answered(&channel.uuid);
    channel.set("endpoint_disposition", "ANSWER");
    channel.tell("CHANNEL_ANSWER");
}

/// 183 with media.
pub(super) fn early_media(channel: &Arc<Channel>) {
    {
        let mut state = channel.state();
        if state.progress >= Progress::Early {
            return;
        }
        state.progress = Progress::Early;
        state.profile.progress_media_us = channel.switch.now_us();
    }
    let rate = channel.rate.to_string();
    let codec = if channel.rate == 8000 { "PCMU" } else { "L16" };
    channel.set("rtp_use_codec_name", codec);
    channel.set("rtp_use_codec_rate", &rate);
    channel.set("rtp_use_codec_ptime", "20");
    channel.set("read_codec", codec);
    channel.set("read_rate", &rate);
    channel.set("write_codec", codec);
    channel.set("write_rate", &rate);
    channel.set("dtmf_type", "rfc2833");
    channel.set("endpoint_disposition", "EARLY MEDIA");
    channel.tell("CHANNEL_PROGRESS_MEDIA");
}

/// 180.
pub(super) fn ring(channel: &Arc<Channel>) {
    channel.state().profile.progress_us = channel.switch.now_us();
    channel.tell("CHANNEL_PROGRESS");
}

fn assign(channel: &Channel, pair: &str) {
    if let Some((name, value)) = pair.split_once('=') {
        channel.set(name.trim_start_matches("nolocal:"), value);
    }
}

/// Unicast frames stop meanwhile.
async fn sleep(channel: &Arc<Channel>, argument: &str, lock: Lock) {
    let ms = argument.parse().unwrap_or(0);
    let parked = std::mem::replace(&mut channel.state().parked, false);
    channel.rest(Some(now() + Duration::from_millis(ms)), lock, &|| false).await;
    channel.state().parked = parked;
}

/// Waits for orders until `stop`; unicast works meanwhile.
pub(super) async fn park(channel: &Arc<Channel>, stop: &(dyn Fn() -> bool + Sync)) -> Woken {
    channel.is_controlled.store(true, Ordering::Release);
    channel.tell("CHANNEL_PARK");
    let outer = std::mem::replace(&mut channel.state().parked, true);
    if !outer {
        // A new stay in the parked state; inside another one it is not new.
        channel.state().unicast_spent = false;
    }
    let woken = channel.rest(None, Lock::Open, stop).await;
    {
        let mut state = channel.state();
        state.parked = outer;
        if !outer {
            state.unicast = None;
        }
    }
    channel.tell("CHANNEL_UNPARK");
    woken
}
