//! `playback`: plays a prompt to the caller packet by packet, so that it can be stopped at any point.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::caller::Source;
use super::super::channel::{Channel, Lock, Woken};
use super::super::referee::Rule;
use super::super::settings::TICK;
use super::sound::{self, Prompt};
use crate::audio::{duration_of, samples_in};
use crate::clock::now;

/// How often a prompt is played that does not specify it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    Endless,
}

/// Plays a file, and sets the channel's response.
pub(super) async fn run(channel: &Arc<Channel>, name: &str, lock: Lock, times: Times) {
    let Some(prompt) = sound::load(name, channel.rate, &channel.switch.settings) else {
        channel.state().response = Some("FILE NOT FOUND".to_owned());
        return;
    };
    silence_unicast(channel, name);
    super::early_media(channel);
    channel.tell_with("PLAYBACK_START", &[("Playback-File-Path", name)]);
    let broken = Arc::new(AtomicBool::new(false));
    channel.state().prompts.push(Arc::clone(&broken));

    let rounds = if times == Times::Endless { None } else { prompt.times };
    let (woken, played) = packets(channel, &prompt.samples, rounds, lock, &broken).await;

    channel.state().prompts.retain(|running| !Arc::ptr_eq(running, &broken));
    let whole = woken == Woken::Due || woken == Woken::Stopped;
    let status = if woken == Woken::Stopped { "break" } else { "done" };
    let response = if whole { "FILE PLAYED" } else { "PLAYBACK ERROR" };
    count(channel, &prompt, played);
    channel.tell_with("PLAYBACK_STOP", &[("Playback-File-Path", name), ("Playback-Status", status)]);
    channel.state().response = Some(response.to_owned());
}

/// Sets the counters of played sound that a program may read. Only the offset, in samples at the call's rate, counts the sound that was heard:
/// the other counters count how much was read of the file, in blocks.
fn count(channel: &Channel, prompt: &Prompt, played: usize) {
    let whole =
        prompt.times.map_or(usize::MAX, |times| prompt.samples.len() * usize::try_from(times).unwrap_or(1));
    let block = samples_in(prompt.block, channel.rate).max(1);
    let read = played.div_ceil(block).saturating_mul(block).min(whole);
    let ms = duration_of(read, channel.rate).as_millis();
    let at_file_rate = samples_in(duration_of(read, channel.rate), prompt.file_rate);
    channel.set("playback_last_offset_pos", &played.to_string());
    channel.set("playback_seconds", &(ms / 1000).to_string());
    channel.set("playback_ms", &ms.to_string());
    channel.set("playback_samples", &at_file_rate.to_string());
}

/// Plays until the end, or until something ends it; returns what ended it, and how many samples were sent.
async fn packets(
    channel: &Arc<Channel>,
    samples: &[i16],
    rounds: Option<u32>,
    lock: Lock,
    broken: &AtomicBool,
) -> (Woken, usize) {
    let packet = usize::try_from(channel.rate / 50).unwrap_or(160);
    let (mut played, mut round) = (0, 0);
    // The first packet leaves at once. Where another prompt has just ended, it leaves when that prompt's next would have been due: queued chunks of
    // 0.2 s end 200 ms apart, however late this task wakes up.
    let at = now();
    let mut due = channel.state().packet_due.filter(|due| at < *due + TICK).unwrap_or(at);
    let stop = || broken.load(Ordering::Relaxed);
    while rounds.is_none_or(|rounds| round < rounds) && !samples.is_empty() {
        for chunk in samples.chunks(packet) {
            let woken = channel.rest(Some(due), lock, &stop).await;
            if woken != Woken::Due {
                channel.state().packet_due = None;
                return (woken, played);
            }
            channel.play(chunk, Source::Playback);
            played += chunk.len();
            // The application that ran inside has taken time: the prompt continues from its place.
            due = if due + TICK * 3 < now() { now() + TICK } else { due + TICK };
        }
        round += 1;
    }
    // The last packet is heard to its end.
    let woken = channel.rest(Some(due), lock, &stop).await;
    channel.state().packet_due = (woken == Woken::Due).then_some(due);
    (woken, played)
}

/// Ends unicast: a prompt does that, silently and for good.
fn silence_unicast(channel: &Channel, name: &str) {
    let unicast = channel.state().unicast.take();
    if unicast.is_some() {
        let how = format!("playback of {name} while unicast runs: the program is not heard any more");
        channel.switch.referee().against(Rule::UnicastBesidePlayback, how);
    }
}

/// `uuid_break`: stops what plays now.
pub(in crate::freeswitch) fn break_off(channel: &Channel) {
    {
        let mut state = channel.state();
        state.breaks += 1;
        state.prompts.iter().for_each(|prompt| prompt.store(true, Ordering::Relaxed));
    }
    channel.nudge();
}

/// A key of the caller; `*` stops a prompt, unless `playback_terminators` says otherwise.
pub(in crate::freeswitch) fn key(channel: &Channel, digit: char) {
    let terminators = channel.variable("playback_terminators").unwrap_or_else(|| "*".to_owned());
    let stops = terminators == "any" || (terminators != "none" && terminators.contains(digit));
    let innermost = channel.state().prompts.last().cloned();
    if let (true, Some(prompt)) = (stops, innermost) {
        channel.set("playback_terminator_used", &digit.to_string());
        prompt.store(true, Ordering::Relaxed);
        channel.nudge();
    }
}
