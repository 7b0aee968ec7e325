//! Sound that the caller hears, and the reports on it.

use cordboard_actors::messages::ToLeg;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{CordId, ItemId, LegId};
use tokio::time::{Duration, Instant, interval, timeout};

use crate::stage::{Heard, Speaker, Twilio};

fn played(item: u64, heard_ms: u64, end: PlayedEnd) -> Fact {
    Fact::PlayedUntil { item: ItemId(item), heard_ms, end }
}

#[tokio::test(start_paused = true)]
async fn sound_is_sent_at_most_200_ms_ahead() {
    in_arbiter(async {
        let (mut twilio, _call, port) = Twilio::joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says(1, 2_000);
        let mut began = None;
        let mut octets = 0;
        while octets < 8 * 1_000 {
            match twilio.hears().await.unwrap() {
                Heard::Octets(more) => {
                    let since = began.get_or_insert_with(Instant::now).elapsed();
                    octets += more.len() as u64;
                    let ahead_ms = octets / 8 - since.as_millis() as u64;
                    assert!(ahead_ms <= 200, "{ahead_ms} ms ahead after {since:?}");
                }
                Heard::Mark(name) => twilio.echoes(&name).await,
                Heard::Clear => panic!("nothing was to be cleared"),
            }
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_item_counts_as_played_when_its_mark_returns() {
    in_arbiter(async {
        let (mut twilio, mut call, port) = Twilio::joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says_all(1, 60);
        let Some(Heard::Octets(octets)) = twilio.hears().await else { panic!("no sound") };
        assert_eq!(octets.len(), 480, "no header and no padding");
        let Some(Heard::Mark(name)) = twilio.hears().await else { panic!("no mark") };
        let early = timeout(Duration::from_millis(500), call.fact()).await;
        assert!(early.is_err(), "{early:?} before the echo");
        twilio.echoes(&name).await;
        assert_eq!(call.fact().await, played(1, 60, PlayedEnd::Finished));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_barge_in_clears_and_reports_what_was_heard() {
    in_arbiter(async {
        let (mut twilio, mut call, port) = Twilio::joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says(1, 2_000);
        let Some(Heard::Octets(_)) = twilio.hears().await else { panic!("no sound") };
        let Some(Heard::Mark(first)) = twilio.hears().await else { panic!("no mark") };
        twilio.echoes(&first).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
        let asked = Instant::now();
        let cleared = port.ear.clear(CordId { from: LegId(2), to: LegId(1) });
        call.order(ToLeg::Cleared(cleared));
        let Fact::PlayedUntil { heard_ms, end: PlayedEnd::Cleared, .. } = call.fact().await else {
            panic!("no report on what was heard")
        };
        assert!((100..=140).contains(&heard_ms), "{heard_ms} ms were heard");
        let mut marks = Vec::new();
        loop {
            match twilio.hears().await.unwrap() {
                Heard::Clear => break,
                Heard::Mark(name) => marks.push(name),
                Heard::Octets(_) => {}
            }
        }
        assert!(asked.elapsed() <= Duration::from_millis(20));
        // Twilio also echoes marks that it has discarded.
        for mark in &marks {
            twilio.echoes(mark).await;
        }
        speaker.says_all(2, 40);
        let mut new = Vec::new();
        while new.len() < 2 {
            new.push(twilio.hears().await.unwrap());
        }
        let [Heard::Octets(_), Heard::Mark(name)] = &new[..] else { panic!("{new:?}") };
        assert!(name.starts_with("cb-1-"), "{name} is of the next generation");
        twilio.echoes(name).await;
        assert_eq!(call.fact().await, played(2, 40, PlayedEnd::Finished));
    })
    .await;
}

/// A voice menu begins to speak while the server presses its keys.
#[tokio::test(start_paused = true)]
async fn a_barge_in_takes_no_digit_back() {
    in_arbiter(async {
        let (mut twilio, mut call, port) = Twilio::joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says(1, 2_000);
        call.order(ToLeg::SendDtmf(vec![Digit::ONE; 2]));
        let Some(Heard::Octets(mut octets)) = twilio.hears().await else { panic!("no sound") };
        let cleared = port.ear.clear(CordId { from: LegId(2), to: LegId(1) });
        call.order(ToLeg::Cleared(cleared));
        let mut marks = 0;
        while octets.len() < 8 * 400 {
            match twilio.hears().await.unwrap() {
                Heard::Octets(more) => octets.extend(more),
                Heard::Mark(name) => {
                    marks += 1;
                    twilio.echoes(&name).await;
                }
                Heard::Clear => panic!("the digits are dropped"),
            }
        }
        assert!(marks > 0);
        let Fact::PlayedUntil { heard_ms, end: PlayedEnd::Cleared, .. } = call.fact().await else {
            panic!("no report on what was heard")
        };
        assert!((20..=220).contains(&heard_ms), "{heard_ms} ms were heard");
        call.order(ToLeg::Cleared(Vec::new()));
        speaker.says(2, 100);
        loop {
            match twilio.hears().await.unwrap() {
                Heard::Mark(name) => break twilio.echoes(&name).await,
                Heard::Octets(_) => {}
                Heard::Clear => panic!("the digits are dropped"),
            }
        }
    })
    .await;
}

/// A microphone sends silence too, so Twilio's queue would never become shorter by itself.
#[tokio::test(start_paused = true)]
async fn the_delay_after_a_burst_of_a_voice_is_reduced() {
    in_arbiter(async {
        let (mut twilio, _call, port) = Twilio::joined_leg().await;
        let speaker = Speaker::plugged(&port);
        (0..10).for_each(|_| speaker.says_live());
        let (mut began, mut octets) = (None, 0);
        let mut pace = interval(Duration::from_millis(20));
        for _ in 0..300 {
            pace.tick().await;
            speaker.says_live();
            while !twilio.is_quiet() {
                match twilio.hears().await.unwrap() {
                    Heard::Octets(more) => {
                        began.get_or_insert_with(Instant::now);
                        octets += more.len() as u128;
                    }
                    Heard::Mark(name) => twilio.echoes(&name).await,
                    Heard::Clear => panic!("nothing was to be cleared"),
                }
            }
        }
        let ahead_ms = (octets / 8).saturating_sub(began.unwrap().elapsed().as_millis());
        assert!(ahead_ms <= 100, "{ahead_ms} ms are queued after 6 s");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn in_silence_nothing_is_sent() {
    in_arbiter(async {
        let (twilio, _call, _port) = Twilio::joined_leg().await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(twilio.is_quiet());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_twilio_that_echoes_nothing_does_not_silence_the_call() {
    in_arbiter(async {
        let (mut twilio, mut call, port) = Twilio::joined_leg().await;
        let speaker = Speaker::plugged(&port);
        speaker.says_all(1, 5_000);
        let (mut octets, mut chunk) = (0, 0);
        while octets < 8 * 5_000 {
            if let Some(Heard::Octets(more)) = twilio.hears().await {
                octets += more.len();
                // The caller's silence arrives as long as the stream is live.
                chunk += 1;
                twilio.says_piece(chunk, octets as u64 / 8, &[0; 160]).await;
            }
        }
        assert_eq!(call.fact().await, played(1, 5_000, PlayedEnd::Finished));
    })
    .await;
}

/// Runs a test in which legs can be started: time is paused, and passes by itself when nothing else is to be done.
async fn in_arbiter(test: impl Future<Output = ()>) {
    tokio::task::LocalSet::new().run_until(test).await;
}
