//! A person takes over, or does not: the suite of every switch, over both kinds of audio.

use std::time::Duration;

use super::setup::{Inbound, Setup};
use super::way::{AudioTransport, for_both_ways, for_one_way};
use crate::suites::{handoff, reconciler};

for_both_ways!(
    a_person_takes_over_and_the_caller_comes_back,
    a_caller_can_wait_while_a_person_has_them,
    a_key_rings_a_person_and_the_caller_leaves_both,
    a_caller_never_waits_in_silence_while_a_phone_rings,
    a_vanished_channel_ends_its_call_and_silence_does_not,
);

for_one_way!(
    Unicast:
    an_unreachable_person_is_announced_and_the_conversation_goes_on,
    a_caller_who_leaves_during_ringing_stops_it,
    the_call_ends_with_the_person_if_so_configured,
);

async fn a_person_takes_over_and_the_caller_comes_back(way: AudioTransport) {
    handoff::a_person_takes_over_and_the_caller_comes_back(Setup::open(way).await).await;
}

async fn a_caller_can_wait_while_a_person_has_them(way: AudioTransport) {
    handoff::a_caller_can_wait_while_a_person_has_them(Setup::open(way).await).await;
}

async fn a_key_rings_a_person_and_the_caller_leaves_both(way: AudioTransport) {
    handoff::a_key_rings_a_person_and_the_caller_leaves_both(Setup::open(way).await).await;
}

async fn an_unreachable_person_is_announced_and_the_conversation_goes_on(way: AudioTransport) {
    handoff::an_unreachable_person_is_announced_and_the_conversation_goes_on(Setup::open(way).await).await;
}

async fn a_caller_who_leaves_during_ringing_stops_it(way: AudioTransport) {
    handoff::a_caller_who_leaves_during_ringing_stops_it(Setup::open(way).await).await;
}

async fn a_caller_never_waits_in_silence_while_a_phone_rings(way: AudioTransport) {
    let setup = Setup::open_among(way, &[("freeswitch.ring_timeout_s", "30")]).await;
    // If the switch plays the sound that it is given, this is the time from the end of the greeting to the first ring.
    let longest = match way {
        AudioTransport::Websocket => Duration::from_millis(500),
        AudioTransport::Unicast => Duration::ZERO,
    };
    handoff::a_caller_never_waits_in_silence_while_a_phone_rings(setup, longest).await;
}

async fn the_call_ends_with_the_person_if_so_configured(way: AudioTransport) {
    let setup = Setup::open_with(way, Inbound::Known, &[]).await;
    handoff::the_call_ends_with_the_person_if_so_configured(setup).await;
}

async fn a_vanished_channel_ends_its_call_and_silence_does_not(way: AudioTransport) {
    let setup = Setup::open(way).await;
    reconciler::a_vanished_channel_ends_its_call_and_silence_does_not(setup, |phone| phone.vanish()).await;
}
