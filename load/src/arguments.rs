//! Arguments of `cordboard load`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use url::Url;

use super::contender::{AudioTransport, Switch};
use super::subject::{Kind, Setting};

/// Maximum calls of one measurement: the number that markers can distinguish.
pub(super) const CALLS_MAX: u64 = 4_000;
/// Maximum calls between visitors and agents: each has four encoders and decoders in this process alone.
const BRIDGED_MAX: u64 = 50;
/// Maximum minutes of a soak.
const SOAK_MINUTES_MAX: u64 = 1_440;
/// Maximum seconds of one window: durations are stored individually.
const SECONDS_MAX: u64 = 3_600;

/// Arguments of `cordboard load`.
#[derive(Debug, Args)]
#[command(after_help = "\
It starts a server in a separate folder on one core, with this process as its provider, and runs the load on \
another. Each call is a long conversation: the provider answers for some seconds faster than real time, the \
caller then speaks, and interrupts one answer of three. Recording, voice activity and journal are on, as always.

With --compare a bare relay takes turns with the server: the same sockets, JSON, base64 and G.711, a frame every \
20 ms and nothing else. In the ratio of both, the machine's speed cancels out.

With --switch freeswitch the callers come by ESL with separate audio. After the window each of them presses a \
key once and is hung up once, while all the others continue. With --switch twilio they come by signed webhooks and \
media streams; a server given by --to needs TWILIO_AUTH_TOKEN=load and http.public_base_url=https://load.example, and \
--to names its HTTP.

With --switch web and --switch webrtc they are visitors of a talk link, who speak all the time; markers do not survive their \
codecs, so only processor time and memory are measured, and no latencies. A server given by --to needs registration=open, \
http.trusted_proxies=127.0.0.1 and, for webrtc, webrtc.enabled; --to names its HTTP. With --bridged visitors and agents talk \
over WebRTC, at 0 and 5 % of loss, and then a supervisor switches between listening, whispering and barging in.

With --soak callers come and go for the given number of minutes, while the server's memory, files and threads are recorded.

Duration: for each number of calls, round and subject the given seconds and some 5 s more, and 10 ms per \
call (with FreeSWITCH 80 ms). Run it on a machine that does nothing else, with a release build.

Examples:
  cordboard load
  cordboard load --calls 200 --seconds 60
  cordboard load --compare --calls 1,50,200,500 --rounds 3 --seconds 15 --json figures.json
  cordboard load --env CORDBOARD_LOG__LEVEL=warn
  cordboard load --switch freeswitch --audio unicast --calls 200
  cordboard load --switch audiosocket,freeswitch --audio websocket,unicast --calls 200 --rounds 3
  cordboard load --switch freeswitch --arrivals 1000 --within 10
  cordboard load --switch audiosocket,twilio --calls 50,200 --rounds 3
  cordboard load --desks 1000 --calls 50 --rounds 4
  cordboard load --switch audiosocket,web,webrtc --calls 20,50,100 --rounds 3
  cordboard load --bridged 4
  cordboard load --soak 60 --calls 20 --stay 30 --picture soak.svg

A server that runs already, whose OPENAI_BASE_URL is http://127.0.0.1:9900/v1:
  cordboard load --to 127.0.0.1:9092 --pid $(pidof cordboard) --provider-listen 127.0.0.1:9900

The relay by itself:
  cordboard load --relay-floor --provider-url http://127.0.0.1:9900/v1")]
pub struct LoadArguments {
    /// Calls at once; several numbers are measured one after another
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "50",
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=CALLS_MAX))]
    pub(super) calls: Vec<u16>,

    /// Seconds for which all calls are up and measured
    #[arg(long, value_name = "S", default_value = "30",
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=SECONDS_MAX))]
    pub(super) seconds: u64,

    /// How often each measurement is made; the table shows medians
    #[arg(long, value_name = "N", default_value = "1",
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=100))]
    pub(super) rounds: u16,

    /// Measure the server and the bare relay in turn
    #[arg(long)]
    pub(super) compare: bool,

    /// What to measure
    #[arg(long, value_enum, default_value = "server", conflicts_with = "compare")]
    pub(super) subject: Kind,

    /// How the callers connect; several are measured in turn
    #[arg(
        long,
        value_enum,
        value_name = "SWITCH,SWITCH",
        value_delimiter = ',',
        default_value = "audiosocket",
        conflicts_with = "compare"
    )]
    pub(super) switch: Vec<Switch>,

    /// How FreeSWITCH transmits audio; several are measured in turn
    #[arg(long, value_enum, value_name = "WAY,WAY", value_delimiter = ',', default_value = "websocket")]
    pub(super) audio: Vec<AudioTransport>,

    /// Measure how this many calls of FreeSWITCH arrive, their halves in random order
    #[arg(long, value_name = "N", conflicts_with_all = ["compare", "calls", "subject"],
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=CALLS_MAX))]
    pub(super) arrivals: Option<u16>,

    /// Seconds within which they arrive
    #[arg(long, value_name = "S", default_value = "10", requires = "arrivals",
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=SECONDS_MAX))]
    pub(super) within: u64,

    /// Open this many desks of agents, and measure their cost, and how soon --calls visitors of a talk link reach an agent
    #[arg(long, value_name = "N", conflicts_with_all = ["compare", "arrivals", "subject", "switch", "to", "relay_floor"],
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=CALLS_MAX))]
    pub(super) desks: Option<u16>,

    /// Connect this many visitors and agents over WebRTC, and measure how late they hear each other and a supervisor
    #[arg(long, value_name = "N", conflicts_with_all = ["compare", "arrivals", "desks", "calls", "subject", "switch", "to", "relay_floor"],
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=BRIDGED_MAX))]
    pub(super) bridged: Option<u16>,

    /// How often the supervisor of such a call switches
    #[arg(long, value_name = "N", default_value = "201", requires = "bridged",
        value_parser = RangedU64ValueParser::<u16>::new().range(0..=10_000))]
    pub(super) switches: u16,

    /// Let callers come and go for this many minutes, --calls at once, and record the server's resources
    #[arg(long, value_name = "MINUTES", conflicts_with_all = ["compare", "arrivals", "desks", "bridged", "relay_floor"],
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=SOAK_MINUTES_MAX))]
    pub(super) soak: Option<u64>,

    /// Seconds for which each of them stays, on average
    #[arg(long, value_name = "S", default_value = "30", requires = "soak",
        value_parser = RangedU64ValueParser::<u64>::new().range(2..=SECONDS_MAX))]
    pub(super) stay: u64,

    /// Draw these resources as SVG
    #[arg(long, value_name = "FILE", requires = "soak")]
    pub(super) picture: Option<PathBuf>,

    /// Write every measurement as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,

    /// An additional setting for the started server, as an environment variable; can be repeated
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub(super) settings: Vec<Setting>,

    /// Measure the server that takes calls at this address (with FreeSWITCH: ESL), and start none
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with_all = ["compare", "subject", "settings"])]
    pub(super) to: Option<SocketAddr>,

    /// Address at which that server takes FreeSWITCH's audio streams
    #[arg(long, value_name = "ADDRESS:PORT", requires = "to", default_value = "127.0.0.1:8085")]
    pub(super) stream_to: SocketAddr,

    /// Process id of that server, for its processor time and memory
    #[arg(long, requires = "to")]
    pub(super) pid: Option<u32>,

    /// Address at which the provider listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(super) provider_listen: SocketAddr,

    /// Run as the bare relay, until a signal
    #[arg(long, requires = "provider_url", conflicts_with_all = ["compare", "subject", "to", "json", "settings"])]
    pub(super) relay_floor: bool,

    /// Base URL of the relay's provider
    #[arg(long, value_name = "URL", requires = "relay_floor")]
    pub(super) provider_url: Option<Url>,

    /// Address at which the relay takes calls
    #[arg(long, value_name = "ADDRESS:PORT", requires = "relay_floor")]
    pub(super) listen: Option<SocketAddr>,
}
