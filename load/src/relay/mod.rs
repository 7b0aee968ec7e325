//! The bare relay with which a server is compared: AudioSocket on one side, the OpenAI Realtime protocol on the other, and only what both require:
//! JSON, base64, G.711, a frame every 20 ms. No turns, no recording, no journal, one task per call, all on one thread.
//! task, all on one thread.

mod line;
mod provider_link;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::audio::{Frame, Law, SampleRate, g711};
use cordboard_schema::wire::audiosocket::{Decoder, Message, Sender};
use cordboard_terminal::print_notice;
use serde::Serialize;
use tokio::io::AsyncReadExt;
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval};
use url::Url;

use super::error::{LoadError, print};
use line::Line;
use provider_link::{Heard, ProviderLink};

/// Bytes read at once from a caller.
const READ_BYTES: usize = 2_048;

/// Interval of the frames to the caller.
const FRAME: Duration = Duration::from_millis(20);

/// The line that a relay prints once it listens.
#[derive(Debug, Serialize)]
struct Addresses {
    audiosocket: SocketAddr,
}

/// Relays until a signal ends the process.
///
/// # Errors
/// Fails if the address can't be opened.
pub(super) async fn run(listen: SocketAddr, provider: &Url) -> Result<(), LoadError> {
    let failed = |cause: io::Error| LoadError::Failed(format!("the relay can't listen on {listen}: {cause}"));
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let addresses = Addresses { audiosocket: listener.local_addr().map_err(failed)? };
    let printed = serde_json::to_string(&addresses).map_err(|error| LoadError::Failed(error.to_string()))?;
    print(format_args!("{printed}\n"))?;
    loop {
        let (stream, peer) = listener.accept().await.map_err(failed)?;
        let provider = provider.clone();
        tokio::spawn(async move {
            if let Err(error) = relay(stream, &provider).await {
                print_notice(format_args!("relay: the call of {peer} ended: {error}"));
            }
        });
    }
}

/// Why a call could not be relayed further.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("the caller's connection: {0}")]
    Caller(#[from] io::Error),
    #[error("the provider's connection: {0}")]
    Provider(#[from] Box<tokio_tungstenite::tungstenite::Error>),
    #[error("the provider's URL {0} is not http://HOST:PORT/PATH")]
    Url(Url),
    #[error("the provider sent something that is no event: {0}")]
    Event(String),
}

/// One call, from its UUID to its end.
async fn relay(stream: TcpStream, provider: &Url) -> Result<(), RelayError> {
    stream.set_nodelay(true)?;
    let (mut caller, writer) = stream.into_split();
    let mut decoder = Decoder::new(Sender::Asterisk);
    let mut link = ProviderLink::connect(provider).await?;
    let mut line = Line::new(writer);
    let mut bytes = [0; READ_BYTES];
    let mut clock = interval(FRAME);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        tokio::select! {
            frames = hear(&mut caller, &mut decoder, &mut bytes) => match frames? {
                Some(octets) => for frame in octets.chunks(SampleRate::HZ_8000.samples_per_frame()) {
                    link.append(frame).await?;
                },
                None => break,
            },
            heard = link.next() => match heard? {
                Heard::Audio(octets) => line.play(&octets),
                Heard::CallerSpeaks => line.clear(),
                Heard::SetUp => link.greet().await?,
                Heard::Nothing => {}
                Heard::Ended => break,
            },
            _ = clock.tick() => line.tick().await?,
        }
    }
    link.close().await;
    Ok(())
}

/// Returns the caller's next sound, as mu-law; `None` when they have hung up.
async fn hear(
    caller: &mut OwnedReadHalf,
    decoder: &mut Decoder,
    bytes: &mut [u8],
) -> io::Result<Option<Vec<u8>>> {
    let read = caller.read(bytes).await?;
    if read == 0 {
        return Ok(None);
    }
    let mut rest = &bytes[..read];
    let mut octets = Vec::new();
    while let Some(message) = decoder.decode(&mut rest).map_err(io::Error::other)? {
        if let Message::Audio(Frame::Pcm { samples, .. }) = message {
            octets.extend(samples.iter().map(|sample| g711::encode(Law::Mu, *sample)));
        }
    }
    Ok(Some(octets))
}
