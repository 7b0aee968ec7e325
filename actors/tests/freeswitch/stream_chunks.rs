//! Sound that is sent to a caller over an audio WebSocket, and the reports to the call on what was heard.

use std::time::Duration;

use cordboard_actors::media::{ItemEnd, ItemPlayed, Pace, Port, plug};
use cordboard_actors::messages::{GivenBy, PlaybackEvent, ToCall, ToLeg};
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{CordId, ItemId, LegId};
use tokio::time::{Instant, timeout};

use crate::leg_call::{Call, LEG};
use crate::stream_module::{Chunk, Module, audio};
use crate::stream_stage::{RATE, Speaker, Stage};
use crate::virtual_time::virtually;

/// The cord from [`Speaker`] to the leg.
const CORD: CordId = CordId { from: LegId(2), to: LEG };

fn played(item: u64, heard_ms: u64, end: PlayedEnd) -> Fact {
    Fact::PlayedUntil { item: ItemId(item), heard_ms, end }
}

/// The samples of an item of [`Speaker::says`] from one ms to another.
fn said(ms: std::ops::Range<u64>) -> Vec<i16> {
    (ms.start * 8..ms.end * 8).map(|at| (at / 8 + 1) as i16).collect()
}

async fn silence(module: &mut Module) -> bool {
    timeout(Duration::from_millis(300), module.message()).await.is_err()
}

#[test]
fn an_utterance_is_sent_at_once_and_reported_when_heard() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        let began = Instant::now();
        speaker.says_all(1, 350);
        let chunks = [module.chunk().await, module.chunk().await];
        // Up to a frame until the next tick of an ear whose clock begins at any moment of one.
        assert!(began.elapsed() <= Duration::from_millis(20), "{:?}", began.elapsed());
        // The last frame is filled up with silence, which is not counted.
        let rest = [said(200..350), vec![0; 80]].concat();
        assert_eq!(chunks[0], Chunk { number: 1, rate_hz: 8_000, samples: said(0..200) });
        assert_eq!(chunks[1], Chunk { number: 2, rate_hz: 8_000, samples: rest });

        for chunk in [1, 2] {
            call.began(chunk);
            assert_eq!(
                timeout(Duration::from_millis(60), call.fact()).await.ok(),
                None,
                "reported before it was heard"
            );
            call.finished(chunk, 200);
        }
        assert_eq!(call.fact().await, played(1, 350, PlayedEnd::Finished));
    });
}

#[test]
fn at_16_khz_chunks_are_of_16_khz() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call) = stage.leg().await;
        module.send(&audio(&[0; 320])).await;
        let port = call.joined().await;
        let speaker = Port::new(LegId(2), SampleRate::HZ_16000, Pace::Flowing);
        plug(&speaker.mouth, &port.ear);
        speaker.mouth.speak(Some(ItemId(1)), Frame::pcm(SampleRate::HZ_16000, vec![3; 3_200]));
        let chunk = module.chunk().await;
        assert_eq!((chunk.number, chunk.rate_hz, chunk.samples), (1, 16_000, vec![3; 3_200]));
    });
}

#[test]
fn nothing_is_sent_in_silence() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, _call, _port) = stage.joined_leg().await;
        assert!(silence(&mut module).await);
    });
}

/// A minute is said at once. The amount on its way never grows, and all of it is heard.
#[test]
fn the_lead_is_bounded_and_nothing_is_lost() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says_all(1, 3_000);
        let mut heard = Vec::new();
        let mut in_flight = vec![module.chunk().await, module.chunk().await];
        while !in_flight.is_empty() {
            assert!(silence_for_now(&mut module).await, "more than may be ahead");
            let lead_ms: u64 = in_flight.iter().map(Chunk::ms).sum();
            assert!(lead_ms <= 400, "{lead_ms} ms ahead");
            let chunk = in_flight.remove(0);
            call.began(chunk.number);
            call.finished(chunk.number, chunk.ms());
            heard.extend(chunk.samples);
            if heard.len() + in_flight.iter().map(|chunk| chunk.samples.len()).sum::<usize>() < 24_000 {
                in_flight.push(module.chunk().await);
            }
        }
        assert_eq!(heard, said(0..3_000));
        assert_eq!(call.fact().await, played(1, 3_000, PlayedEnd::Finished));
    });
}

async fn silence_for_now(module: &mut Module) -> bool {
    timeout(Duration::from_millis(50), module.message()).await.is_err()
}

/// A provider that gives sound no faster than it is heard: the chunks become smaller, and there is always one ahead.
#[test]
fn sound_that_comes_as_it_is_heard_leaves_no_gap() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        // The switch plays at its own pace; this is when its sound ends.
        let (mut playing, mut gaps): (Option<(u64, u64, Instant)>, u32) = (None, 0);
        let mut waiting: Vec<(u64, u64)> = Vec::new();
        let mut sent_ms = 0;
        for frame in 0..150_u64 {
            pace.tick().await;
            let samples: Vec<i16> = vec![frame as i16 + 1; 160];
            speaker.0.mouth.speak(Some(ItemId(1)), Frame::pcm(RATE, samples));
            while let Some(chunk) = module.chunk_there() {
                sent_ms += chunk.ms();
                waiting.push((chunk.number, chunk.ms()));
            }
            let has_ended =
                playing.is_some_and(|(_, _, until)| until <= Instant::now() + Duration::from_millis(1));
            if let Some((number, ms, _)) = playing.filter(|_| has_ended) {
                call.finished(number, ms);
                playing = None;
                gaps += u32::from(waiting.is_empty());
            }
            if playing.is_none() && !waiting.is_empty() {
                let (number, ms) = waiting.remove(0);
                call.began(number);
                playing = Some((number, ms, Instant::now() + Duration::from_millis(ms)));
            }
        }
        assert!(sent_ms >= 2_600, "{sent_ms} of 3000 ms were sent as they came");
        assert!(gaps <= 2, "{gaps} gaps within 3 s");
        speaker.0.mouth.end_item(ItemId(1));
        let _ = call.leg.take();
    });
}

#[test]
fn barge_in_stops_the_switch_and_reports_what_was_heard() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says_all(1, 2_000);
        assert_eq!([module.chunk().await.number, module.chunk().await.number], [1, 2]);
        call.began(1);

        let cleared = port.ear.clear(CORD);
        assert!(matches!(cleared[..], [ItemPlayed { ms: 400.., end: ItemEnd::Cleared, .. }]), "{cleared:?}");
        call.order(ToLeg::Cleared(cleared));
        assert!(matches!(
            call.next_message().await,
            ToCall::StopPlayback { next_chunk: 3, given_by: GivenBy::ThisLink }
        ));
        // The ear had given 400 ms; the switch reports that 140 of them were heard.
        call.cut(1, 140);
        call.order(ToLeg::Playback(PlaybackEvent::Emptied));
        assert_eq!(call.fact().await, played(1, 140, PlayedEnd::Cleared));
        assert!(silence(&mut module).await, "the unsent rest is not sent any more");

        // The next utterance is not delayed by the last.
        speaker.says_all(2, 100);
        let chunk = module.chunk().await;
        assert_eq!((chunk.number, chunk.ms()), (3, 100));
        call.finished(3, 100);
        assert_eq!(call.fact().await, played(2, 100, PlayedEnd::Finished));
    });
}

/// All of an item was sent and nothing of it was reported, so it can be interrupted like one that is being said.
#[test]
fn barge_in_on_the_last_words_interrupts_them_too() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says_all(1, 300);
        module.chunk().await;
        module.chunk().await;
        call.began(1);
        let cleared = port.ear.clear(CORD);
        assert_eq!(cleared, []);
        call.order(ToLeg::Cleared(cleared));
        assert!(matches!(
            call.next_message().await,
            ToCall::StopPlayback { next_chunk: 3, given_by: GivenBy::ThisLink }
        ));
        call.cut(1, 60);
        call.order(ToLeg::Playback(PlaybackEvent::Emptied));
        assert_eq!(call.fact().await, played(1, 60, PlayedEnd::Cleared));
    });
}

/// All of it was sent, and a switch reports nothing on what plays on a channel that has hung up.
#[test]
fn a_hang_up_at_the_last_words_reports_those_heard() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says_all(1, 350);
        module.chunk().await;
        module.chunk().await;
        call.began(1);
        call.finished(1, 200);
        // Nothing was reported on the second one: it is not waited for.
        assert_eq!(timeout(Duration::from_millis(60), call.fact()).await.ok(), None);
        module.say_goodbye().await;
        assert_eq!(call.fact().await, played(1, 200, PlayedEnd::Cleared));
        assert_eq!(call.left().await.0, LegEnd::Closed);
    });
}

#[test]
fn an_unanswered_stop_is_waited_for_400_ms() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says(1, 1_000);
        module.chunk().await;
        call.began(1);
        let cleared_at = Instant::now();
        call.order(ToLeg::Cleared(port.ear.clear(CORD)));
        assert!(matches!(call.next_message().await, ToCall::StopPlayback { .. }));
        let Fact::PlayedUntil { heard_ms, end: PlayedEnd::Cleared, .. } = call.fact().await else { panic!() };
        assert_eq!(cleared_at.elapsed().as_millis(), 400);
        assert!(heard_ms < 200, "by the clock, {heard_ms} ms");
    });
}

#[test]
fn clearing_silence_sends_nothing_to_the_switch() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        call.order(ToLeg::Cleared(port.ear.clear(CORD)));
        speaker.says_all(1, 40);
        assert_eq!(module.chunk().await.number, 1);
        call.finished(1, 40);
        assert_eq!(call.fact().await, played(1, 40, PlayedEnd::Finished));
    });
}

/// The control link is lost in the middle of an item, and another takes its place.
#[test]
fn a_link_that_takes_over_plays_the_unheard_rest() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says_all(1, 1_000);
        let first = [module.chunk().await, module.chunk().await];
        assert_eq!(first.map(|chunk| chunk.number), [1, 2]);
        call.began(1);
        call.order(ToLeg::Playback(PlaybackEvent::Handed));
        assert!(matches!(
            call.next_message().await,
            ToCall::StopPlayback { next_chunk: 3, given_by: GivenBy::AnotherLink }
        ));
        assert!(silence(&mut module).await, "until it is known what was heard");
        call.cut(1, 140);
        call.order(ToLeg::Playback(PlaybackEvent::Emptied));
        let mut heard = said(0..140);
        while heard.len() < 8_000 {
            let chunk = module.chunk().await;
            call.finished(chunk.number, chunk.ms());
            heard.extend(chunk.samples);
        }
        assert_eq!(heard, said(0..1_000), "each word once");
        assert_eq!(call.fact().await, played(1, 1_000, PlayedEnd::Finished));
    });
}

#[test]
fn nothing_is_said_until_there_is_a_link() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        call.order(ToLeg::Playback(PlaybackEvent::Lost));
        speaker.says_all(1, 100);
        assert!(silence(&mut module).await);
        call.order(ToLeg::Playback(PlaybackEvent::Handed));
        let chunk = module.chunk().await;
        assert_eq!((chunk.number, chunk.samples), (1, said(0..100)));
        call.finished(1, 100);
        assert_eq!(call.fact().await, played(1, 100, PlayedEnd::Finished));
    });
}

/// A switch whose events are lost.
#[test]
fn unanswered_chunks_count_as_unheard_after_two_seconds() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says_all(1, 100);
        assert_eq!(module.chunk().await.number, 1);
        let sent_at = Instant::now();
        assert_eq!(call.fact().await, played(1, 0, PlayedEnd::Cleared));
        // After its own 100 ms, and with the next tick.
        assert!((2_100..=2_120).contains(&sent_at.elapsed().as_millis()), "{:?}", sent_at.elapsed());
    });
}

#[test]
fn a_restarted_call_gets_reports_on_heard_sound_again() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says_all(1, 100);
        module.chunk().await;
        call.finished(1, 100);
        let reports = call.fact().await;
        call.order(ToLeg::Resync);
        let port_again = joined_again(&mut call).await;
        assert_eq!(port_again.ear.leg(), LEG);
        assert_eq!(call.fact().await, reports);
    });
}

async fn joined_again(call: &mut Call) -> Port {
    match call.next_message().await {
        ToCall::LegJoined { leg: LEG, port, .. } => port,
        other => panic!("{other:?}"),
    }
}
