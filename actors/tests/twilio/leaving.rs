//! Ends: of the stream, of the socket, and by the server.

use cordboard_actors::messages::ToLeg;
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::ItemId;

use crate::leg_call::{CallReport, until};
use crate::stage::{Heard, Speaker, Twilio};

#[actix::test]
async fn a_stopped_stream_has_closed() {
    let (mut twilio, mut call, _port) = Twilio::joined_leg().await;
    twilio.stops().await;
    assert_eq!(call.left().await.0, LegEnd::Closed);
    assert_eq!(twilio.hears().await, None, "the socket is released");
    until("the leg is no longer counted", || twilio.live.now() == 0).await;
}

#[actix::test]
async fn a_socket_that_ends_without_a_stop_is_broken() {
    let (twilio, mut call, _port) = Twilio::joined_leg().await;
    twilio.breaks();
    assert_eq!(call.left().await.0, LegEnd::Broken);
}

#[actix::test]
async fn a_call_that_releases_the_leg_closes_the_socket() {
    let (mut twilio, mut call, _port) = Twilio::joined_leg().await;
    call.order(ToLeg::Release);
    assert_eq!(twilio.hears().await, None);
    assert_eq!(call.left().await.0, LegEnd::Released);
}

#[actix::test]
async fn a_call_that_is_gone_closes_the_socket() {
    let (mut twilio, mut call, _port) = Twilio::joined_leg().await;
    call.leg = None;
    assert_eq!(twilio.hears().await, None);
    assert_eq!(call.left().await.0, LegEnd::Released);
}

#[actix::test]
async fn heard_sound_is_reported_before_the_leg_leaves() {
    let (mut twilio, mut call, port) = Twilio::joined_leg().await;
    let speaker = Speaker::plugged(&port);
    speaker.says(1, 2_000);
    while let Some(heard) = twilio.hears().await {
        if let Heard::Mark(name) = heard {
            twilio.echoes(&name).await;
            break;
        }
    }
    twilio.stops().await;
    let reports = call.reports_to_the_end().await;
    let [
        CallReport::Fact(Fact::PlayedUntil { item: ItemId(1), heard_ms, end: PlayedEnd::Cleared }),
        CallReport::Fact(Fact::LegLeft { .. }),
    ] = &reports[..]
    else {
        panic!("{reports:?}")
    };
    assert!((100..=200).contains(heard_ms), "{heard_ms}");
}
