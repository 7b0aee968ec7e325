//! Parts of a leg die during a call: the connection stays up, sound goes on in both directions, and orders are obeyed.

use std::time::Duration;

use cordboard_actors::fault::{Fault, arm, arm_after};
use cordboard_actors::media::{Pace, Port, plug};
use cordboard_actors::messages::{ToCall, ToLeg};
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{ItemId, LegId};

use crate::asterisk::{message, samples};
use crate::stage::{Listener, Stage, until};

const RATE: SampleRate = SampleRate::HZ_8000;
/// Half a second of it.
const SAID: usize = 4_000;

/// Every sample has its own value.
fn ramp() -> Vec<i16> {
    (1..=SAID as i16).collect()
}

#[actix::test]
async fn a_dying_actor_is_replaced_and_callers_miss_no_sample() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.say(RATE, 1).await;
    let port = call.joined().await;
    let assistant = Port::new(LegId(2), RATE, Pace::Flowing);
    plug(&assistant.mouth, &port.ear);
    assistant.mouth.speak(Some(ItemId(1)), Frame::pcm(RATE, ramp()));
    assistant.mouth.end_item(ItemId(1));
    let line = call.leg.clone().unwrap();

    let mut heard = Vec::new();
    while heard.len() < SAID {
        heard.extend(samples(&asterisk.hears().await).iter().copied().filter(|sample| *sample != 0));
        if heard.len() == 1_600 {
            arm(Fault::PanicInLeg);
        }
    }
    assert_eq!(heard, ramp());
    until("another actor", || line.restarts() == 1).await;

    // Reports that the call may have missed are repeated by the new actor, if it is asked.
    let played = Fact::PlayedUntil { item: ItemId(1), heard_ms: 500, end: PlayedEnd::Finished };
    assert_eq!(call.fact().await, played);
    call.order(ToLeg::Resync);
    assert!(matches!(call.next_message().await, ToCall::LegJoined { leg: LegId(1), .. }));
    assert_eq!(call.fact().await, played);
    call.order(ToLeg::Release);
    let end = async { while asterisk.receive().await.is_some() {} };
    let (left, ()) = tokio::join!(call.left(), end);
    assert_eq!(left.0, LegEnd::Released);
}

#[actix::test]
async fn a_release_at_which_the_actor_dies_ends_the_leg() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.say(RATE, 1).await;
    call.joined().await;
    arm(Fault::PanicInLeg);
    call.order(ToLeg::Release);
    let end = async { while asterisk.receive().await.is_some() {} };
    let (left, ()) = tokio::join!(call.left(), end);
    assert_eq!(left.0, LegEnd::Released);
}

#[actix::test]
async fn a_new_reader_continues_within_the_message() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    let line = call.leg.clone().unwrap();
    asterisk.say(RATE, 1).await;
    let listener = Listener::plugged(&call.joined().await);
    let mut said = Vec::new();
    for (number, sample) in (1..=3_i16).zip([500_i16, 600, 700]) {
        let spoken = vec![sample; 160];
        let frame = message(0x10, &spoken.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<_>>());
        // The reader dies after half a message.
        let (first, rest) = frame.split_at(100);
        asterisk.send(first).await;
        arm_after(Fault::PanicInReading, 0);
        asterisk.send(rest).await;
        said.extend(spoken);
        until("another reader", || line.restarts() == number as u32).await;
    }
    assert_eq!(listener.hears_samples(480).await, said);
    asterisk.hang_up().await;
    assert_eq!(call.left().await.0, LegEnd::Closed);
}

#[actix::test]
async fn a_leg_whose_reader_always_dies_reports_a_break() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.say(RATE, 1).await;
    call.joined().await;
    (0..100).for_each(|_| arm(Fault::PanicInReading));
    asterisk.say(RATE, 1).await;
    assert_eq!(call.left().await.0, LegEnd::Broken);
    cordboard_actors::fault::disarm();
    tokio::time::timeout(Duration::from_secs(5), async {
        until("a closed socket", || stage.live.now() == 0).await
    })
    .await
    .unwrap();
}
