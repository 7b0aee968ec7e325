//! Datagrams of a unicast: one for each that arrives, of the same length, to the peer that was first.

use cordboard_actors::media::{Pace, Port, plug};
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{CordId, ItemId, LegId};

use crate::leg_call::{LEG, Listener};
use crate::unicast_stage::{Unicast, settings};

/// An assistant's port, whose mouth the leg hears.
fn speaker(leg: &Port) -> Port {
    let speaker = Port::new(LegId(2), leg.ear.rate(), Pace::Flowing);
    plug(&speaker.mouth, &leg.ear);
    speaker
}

#[actix::test]
async fn the_first_datagram_sets_the_rate_and_is_answered() {
    for (samples, read_rate, hz) in [
        (160, None, 8_000),
        (320, None, 16_000),
        (960, None, 48_000),
        (240, None, 8_000),
        (480, Some(16_000), 16_000),
    ] {
        let mut unicast = Unicast::open_with(&settings("127.0.0.0/8"), read_rate).await;
        unicast.switch.say(&vec![1; samples]).await;
        assert_eq!(unicast.call.joined().await.ear.rate().hz(), hz);
        assert_eq!(unicast.switch.hears().await, vec![0; samples], "silence, of the same length");
    }
}

#[actix::test]
async fn nothing_is_sent_without_a_datagram_to_answer() {
    let mut unicast = Unicast::open().await;
    assert!(unicast.switch.hears_nothing().await, "before anything was heard");
    unicast.switch.say(&[1; 160]).await;
    let port = unicast.call.joined().await;
    unicast.switch.hears().await;
    speaker(&port).mouth.speak(Some(ItemId(1)), Frame::pcm(SampleRate::HZ_8000, vec![5; 1_600]));
    assert!(unicast.switch.hears_nothing().await, "one for each that comes, and none came");
}

#[actix::test]
async fn each_side_hears_what_the_other_says() {
    for samples in [80, 160, 240, 480] {
        let mut unicast = Unicast::open().await;
        unicast.switch.say(&vec![0; samples]).await;
        let port = unicast.call.joined().await;
        unicast.switch.hears().await;
        let (speaker, listener) = (speaker(&port), Listener::plugged(&port));
        let rate = port.ear.rate();
        let said: Vec<i16> = (1..=4_800).collect();
        speaker.mouth.speak(Some(ItemId(1)), Frame::pcm(rate, said.clone()));
        speaker.mouth.end_item(ItemId(1));
        let mut heard = Vec::new();
        // The rest of a silent frame may come before what is said.
        while heard.len() < 4_800 + 160 {
            unicast.switch.say(&vec![7; samples]).await;
            assert_eq!(listener.hears_samples(samples).await, vec![7; samples]);
            let datagram = unicast.switch.hears().await;
            assert_eq!(datagram.len(), samples);
            heard.extend(datagram);
        }
        let heard: Vec<i16> = heard.into_iter().filter(|sample| *sample != 0).collect();
        assert_eq!(heard, said, "packets of {samples}");
        let heard_ms = rate.ms_of_samples(4_800);
        let played = Fact::PlayedUntil { item: ItemId(1), heard_ms, end: PlayedEnd::Finished };
        assert_eq!(unicast.call.fact().await, played);
    }
}

/// The switch has no flush, and needs none: cleared sound was never sent.
#[actix::test]
async fn barge_in_is_heard_with_the_next_datagram() {
    let mut unicast = Unicast::open().await;
    unicast.switch.say(&[0; 160]).await;
    let port = unicast.call.joined().await;
    unicast.switch.hears().await;
    let speaker = speaker(&port);
    speaker.mouth.speak(Some(ItemId(1)), Frame::pcm(SampleRate::HZ_8000, vec![5; 8_000]));
    for _ in 0..3 {
        unicast.switch.say(&[0; 160]).await;
        assert_eq!(unicast.switch.hears().await, [5; 160]);
    }
    let cleared = port.ear.clear(CordId { from: LegId(2), to: LEG });
    assert_eq!(cleared.iter().map(|played| played.ms).collect::<Vec<_>>(), [60]);
    unicast.switch.say(&[0; 160]).await;
    assert_eq!(unicast.switch.hears().await, [0; 160]);
}

/// The switch plays one in each of its packet times and never catches up: with an answer to each datagram of a burst, everything that
/// follows would be heard that much later, for the rest of the call.
#[actix::test]
async fn few_datagrams_of_a_burst_are_answered() {
    let mut unicast = Unicast::open().await;
    for _ in 0..30 {
        unicast.switch.say(&[1; 160]).await;
    }
    unicast.call.joined().await;
    for _ in 0..3 {
        assert_eq!(unicast.switch.hears().await.len(), 160);
    }
    let mut more = 0;
    while !unicast.switch.hears_nothing().await {
        more += 1;
    }
    // The leg may begin to read before the whole burst is there.
    assert!(more <= 3, "{more} more answers");
    for _ in 0..3 {
        unicast.switch.say(&[1; 160]).await;
        assert_eq!(unicast.switch.hears().await.len(), 160, "after the burst each one is answered");
    }
    assert!(unicast.switch.hears_nothing().await, "and none twice");
}

#[actix::test]
async fn strangers_are_neither_heard_nor_answered() {
    let mut unicast = Unicast::open().await;
    unicast.switch.say(&[1; 160]).await;
    let port = unicast.call.joined().await;
    unicast.switch.hears().await;
    let listener = Listener::plugged(&port);
    let stranger = unicast.switch.another().await;
    for _ in 0..10 {
        stranger.say(&[9; 160]).await;
    }
    unicast.switch.say(&[2; 160]).await;
    assert_eq!(listener.hears_samples(160).await, [2; 160]);
    unicast.switch.hears().await;
    assert!(stranger.hears_nothing().await && unicast.switch.hears_nothing().await);
}

/// An empty datagram in reply would mute the assistant for good, so odd ones get no answer at all.
#[actix::test]
async fn odd_datagrams_are_ignored() {
    let mut unicast = Unicast::open().await;
    for _ in 0..2 {
        for odd in [&[][..], &[1], &[0; 321], &[0; 8_194], &[0; 60_000]] {
            unicast.switch.send(odd).await;
        }
        assert!(unicast.switch.hears_nothing().await);
        unicast.switch.say(&[1; 160]).await;
        assert_eq!(unicast.switch.hears().await, [0; 160]);
    }
    assert_eq!(unicast.call.joined().await.ear.rate(), SampleRate::HZ_8000);
}

/// A datagram of another length than the first is answered with the same number of samples.
#[actix::test]
async fn each_answer_has_the_length_of_its_datagram() {
    let unicast = Unicast::open().await;
    for samples in [160, 320, 160, 1, 4_096, 160] {
        unicast.switch.say(&vec![1; samples]).await;
        assert_eq!(unicast.switch.hears().await.len(), samples);
    }
}
