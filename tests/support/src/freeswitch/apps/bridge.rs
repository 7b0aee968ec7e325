//! Two legs that hear each other: the application `bridge`, and `uuid_bridge`.

use std::sync::Arc;

use super::super::api::{inline, words};
use super::super::caller::Source;
use super::super::calling::{self, Origin};
use super::super::channel::{Channel, Disposition, Held, Lock, Woken};
use super::super::dialplan::Route;
use super::super::extension::{Dialled, Failure};
use super::super::settings::TICK;
use super::sound;
use crate::clock::now;

/// FreeSWITCH's default of `hold_music`.
const MUSIC: &str = "local_stream://moh";

/// `bridge DIAL`: calls a party and joins both. Programs read the result from the variables.
pub(super) async fn run(channel: &Arc<Channel>, dial: &str) {
    channel.state().unicast = None;
    for name in ["originate_disposition", "last_bridge_proto_specific_hangup_cause"] {
        channel.set(name, "");
    }
    channel.set("DIALSTATUS", "INVALIDARGS");
    match calling::originate(&channel.switch, dial, Origin::Bridge(channel)).await {
        Ok(leg) => {
            channel.set("originate_disposition", "SUCCESS");
            channel.set("DIALSTATUS", "SUCCESS");
            if join(channel, &leg).await == Woken::Stopped {
                left(channel);
            }
        }
        Err(failure) => failed(channel, &failure),
    }
}

/// The other leg has left (switch_ivr_bridge.c, switch_ivr_multi_threaded_bridge): being parked comes before being hung up.
fn left(channel: &Arc<Channel>) {
    if channel.is_set("park_after_bridge") {
        channel.go(Route::Park);
    } else if channel.is_set("hangup_after_bridge") {
        channel.hang_up("NORMAL_CLEARING", Disposition::SendBye);
    }
}

fn failed(channel: &Arc<Channel>, failure: &Failure) {
    channel.set("originate_disposition", &failure.cause);
    channel.set("originate_failed_cause", &failure.cause);
    channel.set("DIALSTATUS", &failure.status);
    let last = if failure.dialled == Dialled::Leg { failure.cause.as_str() } else { "" };
    channel.set("last_bridge_hangup_cause", last);
    if let Some(sip) = failure.sip {
        channel.set("last_bridge_proto_specific_hangup_cause", sip);
    }
    let leaving = channel.is_over() || channel.state().next.is_some();
    if !leaving {
        handle(channel, &failure.cause);
    }
}

/// How a channel ends whose call reached nobody (switch_channel.c, switch_channel_handle_cause).
fn handle(channel: &Arc<Channel>, cause: &str) {
    let is_in = |causes: &str| causes.split(',').any(|one| one.eq_ignore_ascii_case(cause));
    let goes_on = match channel.variable("continue_on_fail") {
        Some(causes) => channel.is_set("continue_on_fail") || is_in(&causes),
        None => is_in("NO_ANSWER,NO_USER_RESPONSE,ORIGINATOR_CANCEL"),
    };
    if goes_on {
        return;
    }
    let elsewhere = words(&channel.variable("transfer_on_fail").unwrap_or_default());
    match elsewhere.as_slice() {
        [causes, place, dialplan, ..] if is_in(causes) => {
            assert_eq!(dialplan, "inline", "transfer_on_fail goes to another dialplan");
            channel.go(Route::Actions(inline(place)));
        }
        _ => channel.hang_up(cause, Disposition::SendBye),
    }
}

/// `uuid_bridge`: bridges some 40 ms after the order, and ends the call when the other leaves, unless it is to be parked.
pub(in crate::freeswitch) async fn soft(channel: &Arc<Channel>, peer: &str) {
    channel.state().core_state = "CS_SOFT_EXECUTE";
    let Some(peer) = channel.switch.channel(peer) else {
        channel.hang_up("NORMAL_CLEARING", Disposition::SendBye);
        return;
    };
    channel.tick().await;
    channel.tick().await;
    if join(channel, &peer).await == Woken::Stopped {
        if channel.is_set("park_after_bridge") {
            channel.go(Route::Park);
        } else {
            channel.hang_up("NORMAL_CLEARING", Disposition::SendBye);
        }
    }
}

/// Lets both hear each other until one of them leaves. [`Woken::Stopped`] means that the other left.
async fn join(channel: &Arc<Channel>, peer: &Arc<Channel>) -> Woken {
    for (one, other) in [(channel, peer), (peer, channel)] {
        let mut state = one.state();
        state.other_leg = Some(other.uuid.clone());
        state.bridged = true;
        state.profile.bridged_us = one.switch.now_us();
    }
    let callee = peer.state().profile.callee.clone();
    channel.state().profile.callee = callee;
    peer.state().core_state = "CS_EXCHANGE_MEDIA";
    peer.state().profile.call_uuid = channel.state().profile.call_uuid.clone();
    channel.set("signal_bond", &peer.uuid);
    channel.set("last_bridge_to", &peer.uuid);
    channel.set("bridge_uuid", &peer.uuid);
    channel.set("bridge_to", &peer.uuid);
    peer.set("bridge_to", &channel.uuid);
    channel.tell("CHANNEL_BRIDGE");

    let woken = exchange(channel, peer).await;
    release(channel, peer).await;
    woken
}

async fn exchange(channel: &Arc<Channel>, peer: &Arc<Channel>) -> Woken {
    let music = [channel, peer].map(|leg| HoldMusic::at(leg));
    let [mut for_channel, mut for_peer] = music;
    let stop = || peer.is_over() || peer.state().other_leg.as_deref() != Some(channel.uuid.as_str());
    let mut due = now() + TICK;
    loop {
        let woken = channel.rest(Some(due), Lock::Open, &stop).await;
        if woken != Woken::Due {
            return woken;
        }
        for (ear, mouth, music) in [(channel, peer, &mut for_channel), (peer, channel, &mut for_peer)] {
            if mouth.state().held == Held::Yes {
                ear.play(&music.packet(), Source::Playback);
            } else {
                let voice = mouth.mouth().frame(due - TICK, ear.rate, packet_of(ear));
                ear.play(&voice, Source::Bridge);
            }
        }
        due += TICK;
    }
}

fn packet_of(leg: &Channel) -> usize {
    usize::try_from(leg.rate / 50).unwrap_or(160)
}

/// The sound that a leg hears while the other one's phone is on hold.
struct HoldMusic {
    packets: std::iter::Cycle<std::vec::IntoIter<Vec<i16>>>,
}

impl HoldMusic {
    fn at(leg: &Channel) -> Self {
        let samples = sound::load(MUSIC, leg.rate, &leg.switch.settings).map_or(Vec::new(), |it| it.samples);
        let packets: Vec<_> = samples.chunks_exact(packet_of(leg)).map(<[i16]>::to_vec).collect();
        Self { packets: packets.into_iter().cycle() }
    }

    fn packet(&mut self) -> Vec<i16> {
        self.packets.next().unwrap_or_default()
    }
}

/// Ends a bridge: the peer ends too, unless it is to be parked or was sent elsewhere.
async fn release(channel: &Arc<Channel>, peer: &Arc<Channel>) {
    channel.set("bridge_to", "");
    peer.set("bridge_to", "");
    let still_joined = peer.state().other_leg.as_deref() == Some(channel.uuid.as_str());
    if still_joined && !peer.is_over() {
        if peer.is_set("park_after_bridge") {
            peer.go(Route::Park);
        } else {
            peer.hang_up("NORMAL_CLEARING", Disposition::SendBye);
        }
    }
    let cause = peer.state().cause.clone();
    if let Some(cause) = cause {
        peer.reported().await;
        channel.set("last_bridge_hangup_cause", &cause);
        channel.set("bridge_hangup_cause", &cause);
        channel.set("last_bridge_proto_specific_hangup_cause", "sip:200");
    }
    channel.state().other_leg.get_or_insert_with(|| peer.uuid.clone());
    channel.tell("CHANNEL_UNBRIDGE");
    let mut state = channel.state();
    state.bridged = false;
    state.other_leg = None;
}
