//! Datagrams over the loopback are as exact in virtual time as streams are: no time passes between the sender and the receiver, as long as both
//! are tasks of one thread.

use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, interval, sleep};

use crate::world::virtually;

/// The number of datagrams there and back.
const ECHOES: u32 = 20_000;
/// The number of pairs that talk at the same time.
const PAIRS: usize = 8;

/// Two sockets that are each other's peer.
async fn pair() -> (UdpSocket, UdpSocket) {
    let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    one.connect(other.local_addr().unwrap()).await.unwrap();
    other.connect(one.local_addr().unwrap()).await.unwrap();
    (one, other)
}

/// Sends back whatever arrives.
async fn echo(socket: UdpSocket) {
    let mut buffer = [0; 2_048];
    while let Ok(length) = socket.recv(&mut buffer).await {
        if socket.send(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

#[test]
fn an_echo_takes_no_time() {
    virtually(async || {
        // A timer that is always there: if anything were late, the clock would jump to it.
        let ticking = tokio::spawn(async {
            let mut ticks = interval(Duration::from_millis(1));
            loop {
                ticks.tick().await;
            }
        });
        let talks: Vec<_> = (0..PAIRS)
            .map(|_| {
                tokio::spawn(async {
                    let (here, there) = pair().await;
                    let echoing = tokio::spawn(echo(there));
                    for number in 0..ECHOES / PAIRS as u32 {
                        let sent = Instant::now();
                        here.send(&number.to_be_bytes()).await.unwrap();
                        let mut buffer = [0; 2_048];
                        let length = here.recv(&mut buffer).await.unwrap();
                        assert_eq!(buffer[..length], number.to_be_bytes());
                        assert_eq!(sent.elapsed(), Duration::ZERO, "echo {number}");
                    }
                    echoing.abort();
                })
            })
            .collect();
        for talk in talks {
            talk.await.unwrap();
        }
        ticking.abort();
    });
}

#[test]
fn datagrams_of_every_20_ms_come_every_20_ms() {
    virtually(async || {
        let (here, there) = pair().await;
        let hearing = tokio::spawn(async move {
            let (mut times, mut buffer) = (Vec::new(), [0; 2_048]);
            while times.len() < 500 {
                there.recv(&mut buffer).await.unwrap();
                times.push(Instant::now());
            }
            times
        });
        for _ in 0..500 {
            here.send(&[7; 320]).await.unwrap();
            sleep(Duration::from_millis(20)).await;
        }
        let times = hearing.await.unwrap();
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] == Duration::from_millis(20)));
    });
}
