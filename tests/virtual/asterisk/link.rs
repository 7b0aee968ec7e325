//! Our connection to an Asterisk: when it is in use, when it is closed, and when it is retried.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use cordboard_test_support::ami::{AmiPort, Manner};
use serde_json::Value;
use tokio::time::sleep;

use crate::book::Book;
use crate::world::{World, virtually};

pub(super) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The random wait after the first loss.
const AGAIN: RangeInclusive<Duration> = ms(125)..=ms(250);

/// A server that connects to this port.
pub(super) async fn beside(port: &AmiPort, play: impl AsyncFnOnce(&World)) {
    let folder = tempfile::tempdir().unwrap();
    let (host, number) = (port.address().ip().to_string(), port.address().port().to_string());
    let settings = [
        ("asterisk.servers.pbx1.host", host.as_str()),
        ("asterisk.servers.pbx1.port", &number),
        ("asterisk.servers.pbx1.user", "cordboard"),
        ("asterisk.servers.pbx1.secret", "x"),
    ];
    let server = World::open(folder.path(), &settings).await;
    play(&server).await;
    server.close().await;
}

/// The switch as an administrator sees it.
async fn pbx(server: &World) -> Value {
    server.items("/api/v1/switches").await[0].clone()
}

async fn fault(server: &World) -> String {
    pbx(server).await["fault"].as_str().unwrap_or_default().to_owned()
}

/// The times between connections.
fn waits(port: &AmiPort) -> Vec<Duration> {
    let accepted: Vec<Instant> = port.accepted();
    accepted.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_lost_link_returns_within_a_quarter_second() {
    virtually(async || {
        let port = AmiPort::open_here(Manner::Whole).await.unwrap();
        beside(&port, async |server| {
            sleep(ms(1_000)).await;
            assert_eq!(pbx(server).await["is_connected"], true);
            port.cut();
            let cut = Instant::from(tokio::time::Instant::now());
            sleep(ms(1_000)).await;
            let again = port.accepted()[1] - cut;
            assert!(AGAIN.contains(&again), "{again:?}");
            let shown = pbx(server).await;
            assert_eq!((&shown["is_connected"], &shown["losses"]), (&true.into(), &1.into()), "{shown}");
        })
        .await;
    });
}

/// It sends nothing by itself, and is asked for its channels every 5 s.
#[test]
fn idle_asterisks_are_asked_for_channels_every_5_s() {
    virtually(async || {
        let port = AmiPort::open_here(Manner::Whole).await.unwrap();
        beside(&port, async |_| {
            sleep(ms(120_000)).await;
            assert_eq!(port.accepted().len(), 1, "it is there all the time");
            let acted = port.acted();
            let lists = acted.iter().filter(|acted| acted.action.is("Action", "CoreShowChannels"));
            let times: Vec<Instant> = lists.map(|acted| acted.at).collect();
            assert!(times.len() >= 24, "{}", times.len());
            assert!(times[1..].windows(2).all(|pair| pair[1] - pair[0] == ms(5_000)), "{times:?}");
        })
        .await;
    });
}

/// Asterisk never announces to such a user that it has started: after 10 s the connection is used anyway.
#[test]
fn an_asterisk_that_reports_no_start_is_used_anyway() {
    virtually(async || {
        let port = AmiPort::open_here(Manner::Unspoken).await.unwrap();
        beside(&port, async |server| {
            sleep(ms(9_900)).await;
            assert_eq!(pbx(server).await["is_connected"], false);
            sleep(ms(200)).await;
            assert_eq!(pbx(server).await["is_connected"], true);
        })
        .await;
    });
}

#[test]
fn wrong_secrets_are_tried_every_minute_and_show_the_fix() {
    virtually(async || {
        let port = AmiPort::open_here(Manner::Refusing).await.unwrap();
        beside(&port, async |server| {
            sleep(ms(2_000)).await;
            assert!(fault(server).await.contains("manager.conf"), "{}", fault(server).await);
            sleep(ms(130_000)).await;
            // Asterisk takes a second to refuse.
            assert_eq!(waits(&port), [ms(61_000), ms(61_000)]);
        })
        .await;
    });
}

/// Another program answers there, and the fault reports that.
#[test]
fn another_program_on_the_port_is_named() {
    virtually(async || {
        let port = AmiPort::open_here(Manner::Other("SSH-2.0-OpenSSH_9.2\r\n")).await.unwrap();
        beside(&port, async |server| {
            sleep(ms(1_000)).await;
            let fault = fault(server).await;
            assert!(fault.contains("no Asterisk") && fault.contains("5038"), "{fault}");
            sleep(ms(130_000)).await;
            // Twice as long each time, up to 10 s, and randomly up to a half less.
            let longest = [250, 500, 1_000, 2_000, 4_000, 8_000].into_iter().chain(std::iter::repeat(10_000));
            let waits = waits(&port);
            for (waited, longest) in waits.iter().zip(longest) {
                assert!((ms(longest / 2)..=ms(longest)).contains(waited), "{waits:?}");
            }
            assert!(waits.len() > 12, "{waits:?}");
        })
        .await;
    });
}

#[test]
fn a_silent_port_is_abandoned_after_5_s() {
    virtually(async || {
        let port = AmiPort::open_here(Manner::Mute).await.unwrap();
        beside(&port, async |server| {
            sleep(ms(4_900)).await;
            assert!(!fault(server).await.contains("did not answer"), "{}", fault(server).await);
            sleep(ms(200)).await;
            assert!(fault(server).await.contains("did not answer in 5000 ms"), "{}", fault(server).await);
            port.set_manner(Manner::Whole);
            sleep(ms(1_000)).await;
            assert_eq!(pbx(server).await["is_connected"], true);
            let waited = waits(&port)[0] - ms(5_000);
            assert!(AGAIN.contains(&waited), "{waited:?}");
        })
        .await;
    });
}
