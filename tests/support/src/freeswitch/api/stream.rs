//! `uuid_audio_stream`: the community's audio module.

use std::sync::Arc;

use super::super::apps;
use super::super::audio_stream::{self, Address, StreamOrder};
use super::super::switch::Switch;
use super::words;

const USAGE: &str = "-USAGE: <uuid> [start | stop | send_text | pause | resume | graceful-shutdown ] [wss-url | path] \
                     [mono | mixed | stereo] [8000 | 16000] [metadata]\n";
const FAILED: &str = "-ERR Operation Failed\n";
const SUCCESS: &str = "+OK Success\n";
const NO_REPLY: &str = "-ERR no reply\n";

/// `UUID start URL mono [RATE] [METADATA]`, `UUID stop|send_text [WORD]`, `UUID pause|resume`.
pub(super) async fn run(switch: &Arc<Switch>, arguments: &str) -> String {
    let mut parts = arguments.splitn(3, ' ');
    let (Some(uuid), Some(verb)) = (parts.next(), parts.next()) else { return USAGE.to_owned() };
    let rest = parts.next().unwrap_or_default().trim();
    let Some(channel) = switch.channel(uuid).filter(|channel| !channel.is_over()) else {
        return FAILED.to_owned();
    };
    if verb == "start" {
        return start(&channel, rest);
    }
    let Some(stream) = channel.state().stream.clone() else { return FAILED.to_owned() };
    let word = words(rest).into_iter().next();
    let taken = match (verb, word) {
        ("stop", text) => {
            stream.stop(text).await;
            true
        }
        ("send_text", None) => return NO_REPLY.to_owned(),
        ("send_text", Some(text)) => stream.order(StreamOrder::SendText(text)),
        ("pause", _) => stream.order(StreamOrder::Pause),
        ("resume", _) => stream.order(StreamOrder::Resume),
        _ => false,
    };
    if taken { SUCCESS.to_owned() } else { FAILED.to_owned() }
}

fn start(channel: &Arc<super::super::channel::Channel>, rest: &str) -> String {
    let mut parts = rest.splitn(3, ' ');
    let (Some(url), Some(mix)) = (parts.next(), parts.next()) else { return USAGE.to_owned() };
    let more = parts.next().unwrap_or_default();
    if !matches!(mix, "mono" | "mixed" | "stereo") {
        return NO_REPLY.to_owned();
    }
    let (first, metadata) = more.split_once(' ').unwrap_or((more, ""));
    let (rate, metadata) = match first {
        "" | "8k" | "8000" => (8000, metadata),
        "16k" | "16000" => (16_000, metadata),
        _ => match first.parse::<u32>() {
            Ok(rate) if rate > 0 && rate % 8000 == 0 => (rate, metadata),
            Ok(_) => return FAILED.to_owned(),
            Err(_) => (8000, more),
        },
    };
    // No program of ours asks for mixed and stereo: they are refused, not faked.
    let Some(address) = Address::parse(url).filter(|_| mix == "mono") else { return FAILED.to_owned() };
    if channel.state().stream.is_some() {
        return FAILED.to_owned();
    }
    apps::early_media(channel);
    audio_stream::start(channel, address, rate, metadata);
    SUCCESS.to_owned()
}
