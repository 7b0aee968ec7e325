//! Sound for a visitor, and what the server knows about it.

use cordboard_actors::media::{Pace, Port, plug};
use cordboard_actors::messages::ToLeg;
use cordboard_schema::audio::Frame;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{CordId, ItemId, LegId};
use tokio::time::{Duration, Instant, timeout};

use crate::stage::{Browser, Heard, Speaker};

fn played(item: u64, heard_ms: u64, end: PlayedEnd) -> Fact {
    Fact::PlayedUntil { item: ItemId(item), heard_ms, end }
}

#[tokio::test(start_paused = true)]
async fn sound_is_sent_at_most_120_ms_ahead() {
    in_arbiter(async {
        for rate in [24_000, 16_000] {
            let (mut browser, _call, port) = Browser::joined_leg(rate).await;
            let speaker = Speaker::plugged(&port);
            speaker.says(1, 2_000);
            let mut began = None;
            let mut samples = 0;
            while samples < u64::from(rate) {
                match browser.hears().await.unwrap() {
                    Heard::Samples(more) => {
                        let since = began.get_or_insert_with(Instant::now).elapsed();
                        samples += more.len() as u64;
                        let ahead_ms = samples * 1_000 / u64::from(rate) - since.as_millis() as u64;
                        assert!(ahead_ms <= 120, "{ahead_ms} ms ahead after {since:?}");
                    }
                    mark => browser.echoes(&mark.mark().unwrap()).await,
                }
            }
        }
    })
    .await;
}

/// A supervisor hears a caller and the assistant.
#[tokio::test(start_paused = true)]
async fn an_answer_delays_no_voice_that_is_heard_with_it() {
    in_arbiter(async {
        let (mut browser, _call, port) = Browser::joined_leg(24_000).await;
        let caller = Port::new(LegId(3), port.ear.rate(), Pace::Paced);
        plug(&caller.mouth, &port.ear);
        let speaker = Speaker::plugged(&port);
        speaker.says(1, 2_000);
        let (mut began, mut samples) = (None, 0);
        while samples < 24_000 {
            match browser.hears().await.unwrap() {
                Heard::Samples(more) => {
                    let since = began.get_or_insert_with(Instant::now).elapsed();
                    assert_eq!(samples / 24, since.as_millis() as usize, "sent when it is to be heard");
                    samples += more.len();
                }
                mark => browser.echoes(&mark.mark().unwrap()).await,
            }
            // Between two marks.
            if samples == 22 * 480 {
                caller.mouth.speak(None, Frame::pcm(port.ear.rate(), vec![9_000; 480]));
                assert_eq!(browser.hears().await, Some(Heard::Samples(vec![13_000; 480])), "at once");
                samples += 480;
            }
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_item_counts_as_played_when_its_mark_returns() {
    in_arbiter(async {
        let (mut browser, mut call, port) = Browser::joined_leg(24_000).await;
        let speaker = Speaker::plugged(&port);
        speaker.says_narrow(1, 60);
        let mut samples = 0;
        let mark = loop {
            match browser.hears().await.unwrap() {
                Heard::Samples(more) => samples += more.len(),
                text => break text.mark().expect("no mark"),
            }
        };
        assert_eq!(samples, 3 * 480, "60 ms at the browser's rate, whatever the assistant's was");
        let early = timeout(Duration::from_millis(500), call.fact()).await;
        assert!(early.is_err(), "{early:?} before the echo");
        browser.echoes(&mark).await;
        assert_eq!(call.fact().await, played(1, 60, PlayedEnd::Finished));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_barge_in_clears_and_reports_what_was_heard() {
    in_arbiter(async {
        let (mut browser, mut call, port) = Browser::joined_leg(24_000).await;
        let speaker = Speaker::plugged(&port);
        speaker.says(1, 2_000);
        let first = loop {
            if let Some(mark) = browser.hears().await.unwrap().mark() {
                break mark;
            }
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
        browser.echoes(&first).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
        let cleared = port.ear.clear(CordId { from: LegId(2), to: LegId(1) });
        call.order(ToLeg::Cleared(cleared));
        let Fact::PlayedUntil { heard_ms, end: PlayedEnd::Cleared, .. } = call.fact().await else {
            panic!("no report on what was heard")
        };
        assert!((100..=140).contains(&heard_ms), "{heard_ms} ms were heard");
        loop {
            match browser.hears().await.unwrap() {
                Heard::Text(text) if text["type"] == "clear" => break,
                _ => {}
            }
        }
        speaker.says_all(2, 40);
        let mark = loop {
            if let Some(mark) = browser.hears().await.unwrap().mark() {
                break mark;
            }
        };
        assert!(mark.starts_with("cb-1-"), "{mark} is of the next generation");
        browser.echoes(&mark).await;
        assert_eq!(call.fact().await, played(2, 40, PlayedEnd::Finished));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_transport_learns_at_what_rate_sound_was_spoken() {
    in_arbiter(async {
        let (mut browser, _call, port) = Browser::joined_leg(24_000).await;
        let speaker = Speaker::plugged(&port);
        assert_eq!(browser.spoken_at(), None, "silence");
        for (item, rate) in [(1, 8_000), (2, 24_000)] {
            if rate == 8_000 {
                speaker.says_narrow(item, 60);
            } else {
                speaker.says_all(item, 60);
            }
            let mark = loop {
                if let Some(mark) = browser.hears().await.unwrap().mark() {
                    break mark;
                }
            };
            assert_eq!(browser.spoken_at(), Some(rate), "of item {item}");
            browser.echoes(&mark).await;
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn in_silence_nothing_is_sent() {
    in_arbiter(async {
        let (browser, _call, _port) = Browser::joined_leg(24_000).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert!(browser.is_quiet());
    })
    .await;
}

/// Runs a test in which legs can be started: time is paused, and passes by itself when nothing else is to be done.
async fn in_arbiter(test: impl Future<Output = ()>) {
    tokio::task::LocalSet::new().run_until(test).await;
}
