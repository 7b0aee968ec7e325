//! Arguments of `cordboard load`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use url::Url;

use super::contender::{AudioTransport, Switch};
use super::subject::{Kind, Setting};

/// Calls of one measurement, at most: as many as markers tell apart.
pub(super) const CALLS_MAX: u64 = 4_000;
/// Calls between visitors and agents, at most: each has four encoders and decoders in this process alone.
const BRIDGED_MAX: u64 = 50;
/// Minutes of a soak, at most.
const SOAK_MINUTES_MAX: u64 = 1_440;
/// Seconds of one window, at most: durations are kept one by one.
const SECONDS_MAX: u64 = 3_600;

/// Arguments of `cordboard load`.
#[derive(Debug, Args)]
#[command(after_help = "\
It starts a server with a folder of its own, its provider set to this process, on one core, and puts the load on \
another. Each call is a conversation that goes on: the provider answers for some seconds faster than real time, the \
caller speaks in turn or interrupts one answer of three. Recording, voice activity and journal are on, as always.

With --compare a bare relay takes turns with the server: the same sockets, JSON, base64 and G.711, a frame each \
20 ms and nothing else. What a machine is worth goes out of the ratio of both.

With --switch freeswitch the callers come by ESL with their sound beside it. Behind the window each of them presses a \
key once and is hung up once, while all the others go on. With --switch twilio they come by signed webhooks and \
media streams; a server given by --to needs TWILIO_AUTH_TOKEN=load and http.public_base_url=https://load.example, and \
--to names its HTTP.

With --switch web and --switch webrtc they are visitors of a talk link, who speak all the time; markers do not outlive their \
way, so processor time and memory are measured and no latencies. A server given by --to needs registration=open, \
http.trusted_proxies=127.0.0.1 and, for webrtc, webrtc.enabled; --to names its HTTP. With --bridged visitors and agents talk \
over WebRTC, at 0 and 5 % of loss, and then a supervisor switches between listening, whispering and barging in.

With --soak callers come and go for so many minutes, and the server's memory, files and threads are looked at meanwhile.

The time it takes: for each number of calls, round and subject the seconds asked for and some 5 s more, and 10 ms a \
call (of a FreeSWITCH 80 ms). Run it on a machine that does nothing else, with a release build.

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
    /// Calls at once; several numbers are measured one after the other
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

    /// Measure this one
    #[arg(long, value_enum, default_value = "server", conflicts_with = "compare")]
    pub(super) subject: Kind,

    /// Source of the callers; several are measured in turn
    #[arg(
        long,
        value_enum,
        value_name = "SWITCH,SWITCH",
        value_delimiter = ',',
        default_value = "audiosocket",
        conflicts_with = "compare"
    )]
    pub(super) switch: Vec<Switch>,

    /// How a FreeSWITCH gives their sound; several are measured in turn
    #[arg(long, value_enum, value_name = "WAY,WAY", value_delimiter = ',', default_value = "websocket")]
    pub(super) audio: Vec<AudioTransport>,

    /// Measure how so many calls of a FreeSWITCH arrive, their halves in random order
    #[arg(long, value_name = "N", conflicts_with_all = ["compare", "calls", "subject"],
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=CALLS_MAX))]
    pub(super) arrivals: Option<u16>,

    /// Seconds within which they arrive
    #[arg(long, value_name = "S", default_value = "10", requires = "arrivals",
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=SECONDS_MAX))]
    pub(super) within: u64,

    /// Open so many desks of agents, and measure what they cost and how soon --calls visitors of a talk link have an agent
    #[arg(long, value_name = "N", conflicts_with_all = ["compare", "arrivals", "subject", "switch", "to", "relay_floor"],
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=CALLS_MAX))]
    pub(super) desks: Option<u16>,

    /// Bring so many visitors and agents together over WebRTC, and measure how late they hear each other and a supervisor
    #[arg(long, value_name = "N", conflicts_with_all = ["compare", "arrivals", "desks", "calls", "subject", "switch", "to", "relay_floor"],
        value_parser = RangedU64ValueParser::<u16>::new().range(1..=BRIDGED_MAX))]
    pub(super) bridged: Option<u16>,

    /// How often the supervisor of such a call switches
    #[arg(long, value_name = "N", default_value = "201", requires = "bridged",
        value_parser = RangedU64ValueParser::<u16>::new().range(0..=10_000))]
    pub(super) switches: u16,

    /// Have callers come and go for so many minutes, --calls at once, and look at what the server holds
    #[arg(long, value_name = "MINUTES", conflicts_with_all = ["compare", "arrivals", "desks", "bridged", "relay_floor"],
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=SOAK_MINUTES_MAX))]
    pub(super) soak: Option<u64>,

    /// Seconds for which each of them stays, on average
    #[arg(long, value_name = "S", default_value = "30", requires = "soak",
        value_parser = RangedU64ValueParser::<u64>::new().range(2..=SECONDS_MAX))]
    pub(super) stay: u64,

    /// Draw what it held as SVG
    #[arg(long, value_name = "FILE", requires = "soak")]
    pub(super) picture: Option<PathBuf>,

    /// Write every measurement as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,

    /// A further setting of the server that is started, for its environment; may be given again
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub(super) settings: Vec<Setting>,

    /// Measure the server that takes calls here (of a FreeSWITCH: ESL), and start none
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with_all = ["compare", "subject", "settings"])]
    pub(super) to: Option<SocketAddr>,

    /// Address at which that server takes a FreeSWITCH's audio streams
    #[arg(long, value_name = "ADDRESS:PORT", requires = "to", default_value = "127.0.0.1:8085")]
    pub(super) stream_to: SocketAddr,

    /// Process of that server, for its processor time and memory
    #[arg(long, requires = "to")]
    pub(super) pid: Option<u32>,

    /// Address at which the provider listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(super) provider_listen: SocketAddr,

    /// Be the bare relay, until a signal
    #[arg(long, requires = "provider_url", conflicts_with_all = ["compare", "subject", "to", "json", "settings"])]
    pub(super) relay_floor: bool,

    /// Base URL of the relay's provider
    #[arg(long, value_name = "URL", requires = "relay_floor")]
    pub(super) provider_url: Option<Url>,

    /// Address at which the relay takes calls
    #[arg(long, value_name = "ADDRESS:PORT", requires = "relay_floor")]
    pub(super) listen: Option<SocketAddr>,
}
