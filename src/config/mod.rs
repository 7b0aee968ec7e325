//! The configuration: every setting with its type, default and documentation, read from a TOML file, `.env` and the
//! environment, in that order (the later wins).
//!
//! Settings are written down only in the sections below, in `voices.rs`, and in the folders of the kinds of legs, switches and voices. The parser,
//! `cordboard config`, `.env.example` and the list of known names are all derived from them.

mod address;
mod campaigns;
mod contradictions;
mod database;
mod dialling;
mod example;
mod extension;
mod loaded;
mod osdial;
mod ports;
mod postgres;
mod prices;
mod redis;
mod servers;
mod store_place;
mod values;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use cordboard_actors::assistant::{VOICES, VoiceSections};
pub use cordboard_actors::asterisk::AsteriskServer;
pub use cordboard_actors::freeswitch::{FreeswitchSection, FreeswitchServer};
use cordboard_actors::legs::LegSections;
pub use cordboard_actors::rtc::IceServers;
use cordboard_actors::switches::{SettingsAround, SwitchSections};
pub use cordboard_actors::twilio::TwilioSection;
pub use cordboard_schema::call::Unannounced;
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::SESSION_TTL_S;
pub use cordboard_schema::switch::{FreeswitchAudio, FreeswitchMode};
pub use cordboard_settings::{
    BaseUrl, ConfigError, Count, FILE_VARIABLE, Host, HostName, HostPort, Listed, Networks, Origin, Pairs,
    Problem, RegionName, Seconds, Secret, Sight, Sources, StreamUrl,
};
use cordboard_settings::{KnownVariables, Layers, loopback, section};
pub use database::Database;
pub use dialling::NumberPatterns;
pub use example::env_example;
pub use extension::{ExtensionName, Extensions};
pub use loaded::Loaded;
pub use osdial::{
    AgentExtensions, CampaignProfiles, DiallerPlace, DiallerPlaces, OsdialCharset, OsdialUrl, StatusCode,
    TablePrefix,
};
pub use postgres::{Encryption, PostgresUrl, Roots};
pub(crate) use prices::announced_end;
pub use prices::{Amount, Currency, Prices};
pub use redis::RedisUrl;
pub use store_place::StorePlace;
pub use values::{LogFormat, LogLevel, MailTls, Operator, ProviderName, RecordingFormat, Registration};

mod judge;
mod voices;

pub use judge::Judge;
pub use voices::{Assistant, BuiltinAssistant};

section! {
    /// All settings. `Config::default()` is used when nothing is configured.
    "" Config {
        /// Folder of the database and the recordings; created if it does not exist.
        data_dir: PathBuf = PathBuf::from("./cordboard-data"),
        /// The database; unset, the file cordboard.db in data_dir.
        database_url: Option<Database> = None,
        /// The Redis in which customers' profiles and sessions of calls are cached; unset, this process caches them.
        redis_url: Option<RedisUrl> = None,
        /// Bearer token of the HTTP API; unset, the first start creates one, in the file admin_token of data_dir.
        admin_token: Option<Secret> = None,
        /// Token of the dialplan, which opens /calls/expect, /calls/{uuid}/next and /audio-ports and nothing else; unset, the first start creates
        /// one, in the file dialplan_token of data_dir.
        dialplan_token: Option<Secret> = None,
        /// Key that encrypts secrets in the database, 32 characters or more; unset, the file secret.key in data_dir.
        secret_key: Option<Secret> = None,
        /// People who may create an account at /api/v1/auth/register.
        registration: Registration = Registration::Invite,
        /// Who else is an operator of the installation, besides the admin token, and sees its switches, its internals and these settings: owner (the
        /// owners of the first organization) or token (nobody).
        operator: Operator = Operator::Owner,
    } with {
        /// The HTTP server.
        http: Http,
        /// The server that sends mail.
        smtp: Smtp,
        /// Kinds of legs that have ports of their own.
        legs: LegSections,
        /// Kinds of switches.
        switches: SwitchSections,
        /// Browsers that are telephones of the switch.
        softphone: Softphone,
        /// Limits and timeouts of calls.
        calls: Calls,
        /// Format and place of recordings.
        recordings: Recordings,
        /// Calls for a warehouse.
        reports: Reports,
        /// The assistant.
        assistant: Assistant,
        /// The kinds of voices.
        voices: VoiceSections,
        /// The model that judges examples.
        judge: Judge,
        /// OSdial or VICIdial.
        osdial: Osdial,
        /// People and places to which calls may be transferred.
        extensions: Extensions,
        /// Numbers that calls may dial, and how many.
        dial_policy: Dialling,
        /// Limits that campaigns share.
        campaigns: Campaigns,
        /// External addresses that users enter.
        outbound: Outbound,
        /// Limit on the cost of calls.
        costs: Costs,
        /// Prices of models.
        prices: Prices,
        /// The program's log.
        log: Log,
        /// Traces of calls.
        otel: Otel,
    }
}

section! {
    /// The HTTP server: health, API, webhooks.
    "http." Http {
        /// Address and port of the HTTP server; port 0 takes a free one.
        listen: SocketAddr = loopback(8080),
        /// The address at which others reach this server, through any proxy in front of it; webhooks are sent to it and signed for it.
        public_base_url: Option<BaseUrl> = None,
        /// Networks of proxies in front of this server whose headers about a client's address are trusted; unset, no proxy's are.
        trusted_proxies: Option<Networks> = None,
        /// PEM file of a certificate, followed by its issuers, with which this server speaks TLS itself; read again when it changes. Unset, the
        /// connection is not encrypted, for use on this machine or behind a proxy.
        tls_certificate: Option<PathBuf> = None,
        /// PEM file of the certificate's key.
        tls_key: Option<PathBuf> = None,
    }
}

section! {
    /// The server that sends mail: invitations, links to a new password, notices.
    "smtp." Smtp {
        /// Host of the mail server; unset, no mail is sent.
        host: Option<Host> = None,
        /// Its port.
        port: Count<1, 65_535> = Count::new(587),
        /// How the connection to it is encrypted.
        tls: MailTls = MailTls::StartTls,
        /// Name to sign in with; unset, there is no sign-in.
        user: Option<String> = None,
        /// Password to sign in with.
        password: Option<Secret> = None,
        /// Sender's address of mails, such as cordboard@example.com.
        from: Option<String> = None,
        /// Whether mails are written to the log if no host is set: with their links, anyone who reads the log can set passwords.
        links_in_log: bool = false,
    }
}

section! {
    /// Agents whose browser is a telephone of the switch, by SIP over WebSocket (RFC 7118). It registers at the switch itself. This server only tells
    /// the page the address.
    "softphone." Softphone {
        /// Address of the switch's SIP over WebSocket, such as wss://pbx.example:8089/ws; unset, no browser registers.
        url: Option<StreamUrl> = None,
        /// The SIP domain that agents register in; unset, the host of softphone.url.
        domain: Option<Host> = None,
    }
}

impl Http {
    /// Scheme of the server itself, regardless of a proxy.
    pub fn scheme(&self) -> &'static str {
        if self.tls_certificate.is_some() { "https" } else { "http" }
    }
}

impl Softphone {
    /// The address to register at, and the SIP domain; none if no browser registers.
    pub(crate) fn place(&self) -> Option<(&StreamUrl, String)> {
        let url = self.url.as_ref()?;
        Some((url, self.domain.as_ref().map_or_else(|| url.host().to_owned(), Host::in_address)))
    }
}

section! {
    /// Limits and timeouts of calls.
    "calls." Calls {
        /// Maximum calls at the same time; further ones are refused.
        max: Count<1, 10_000> = Count::new(200),
        /// Maximum calls of each organization other than the first, if there are several; unset, a quarter of calls.max. The last tenth is always
        /// kept for the first one.
        organization_max: Option<Count<1, 10_000>> = None,
        /// How long live calls may continue after a stop is requested, before they hear a goodbye.
        drain_timeout_s: Seconds<0, 3_600> = Seconds::new(30),
        /// How long a connection waits for its announcement.
        meet_timeout_s: Seconds<1, 60> = Seconds::new(5),
        /// How long an interrupted call (lost connection, restarted server) can be resumed.
        resume_window_s: Seconds<1, 3_600> = Seconds::new(30),
        /// How long a call waits for a caller whose browser is away: the page is reloaded, or the network changes. For a visitor who writes, an assistant waits at least 2 minutes, unless the page was closed.
        page_return_s: Seconds<1, 60> = Seconds::new(10),
        /// The longest that a call with an assistant may last, from the answer on. A talk with a person is not cut off, and its time does not count. Neither do waits for a person, up to 2 h in a call.
        max_duration_s: Seconds<1, 86_400> = Seconds::new(3_600),
        /// Silence of the caller after which the assistant asks whether they are still there. A visitor who writes has at least 2 minutes.
        silence_prompt_s: Seconds<1, 600> = Seconds::new(10),
        /// Silence after that question until the goodbye. A visitor who writes has at least 2 minutes.
        silence_goodbye_s: Seconds<1, 600> = Seconds::new(10),
        /// How long a call's session stays in the cache without renewal; sessions of live calls are renewed.
        session_ttl_s: Seconds<30, 86_400> = Seconds::new(SESSION_TTL_S),
        /// Name of the switch (twilio is Twilio's) that makes calls and rings phones if several could and none is named; unset, the only one does.
        switch: Option<String> = None,
        /// Name in [extensions] of the place for callers when nothing else can help; unset, the call ends.
        fallback_extension: Option<ExtensionName> = None,
    }
}

section! {
    /// OSdial or VICIdial, a dialler whose remote agents are assistants.
    "osdial." Osdial {
        /// The dialler's database, a MariaDB or MySQL; unset, there is no dialler.
        database_url: Option<OsdialUrl> = None,
        /// Prefix of the names of its tables: osdial_ or vicidial_.
        table_prefix: TablePrefix = TablePrefix::osdial(),
        /// The character set of its tables: latin1, or with use_non_latin utf8.
        charset: OsdialCharset = OsdialCharset::Latin1,
        /// The organization that the dialler belongs to; unset, the first one.
        organization: Option<OrganizationId> = None,
        /// How long one statement may take.
        timeout_s: Seconds<1, 60> = Seconds::new(5),
        /// Connections to it at the same time.
        connections_max: Count<1, 32> = Count::new(4),
        /// Profiles that answer the calls of campaigns, such as TEST1=Sales,TEST2=Survey; a call of another campaign goes back to the dialler. Unset,
        /// the organization's usual profile answers all.
        profiles: Option<CampaignProfiles> = None,
        /// The extension (conf_exten) of the remote agents that are assistants of this server, or several, separated by commas; unset, all whose
        /// first user is a number.
        agent_extensions: Option<AgentExtensions> = None,
        /// A name of [extensions]: the place for calls of the dialler that no assistant can take, such as its safe harbour; unset,
        /// calls.fallback_extension.
        fallback_extension: Option<ExtensionName> = None,
        /// Status of a lead if the assistant has not set one: a status of the dialler.
        usual_status: StatusCode = StatusCode::transferred(),
        /// Address of a VICIdial's agent API, such as https://dialler.example.com/agc/api.php: assistants act on its calls through it. Unset, only
        /// through its database and dialplan.
        agent_api_url: Option<BaseUrl> = None,
        /// User of the dialler for the agent API: with agent API access, and ra_call_control among its allowed functions.
        agent_api_user: Option<Secret> = None,
        /// Password of that user; VICIdial accepts letters, digits and -.+/=_ in it.
        agent_api_password: Option<Secret> = None,
        /// Places to which an assistant may let the agent API transfer a caller, by the assistant's names for them, such as
        /// sales=ingroup:SALESLINE,desk=extension:8600; unset, none.
        transfers: Option<DiallerPlaces> = None,
    }
}

section! {
    /// Policy for calls that dial, if the organization has none of its own at /api/v1/dial-policy.
    "dial_policy." Dialling {
        /// Numbers that may be dialled in addition to the extensions; unset, none.
        numbers_allowed: Option<NumberPatterns> = None,
        /// How many people and numbers one call may dial.
        per_call_max: Count<0, 1_000> = Count::new(DialPolicy::default().per_call_max),
        /// How many people and numbers all calls of a day (UTC) may dial.
        per_day_max: Count<0, 1_000_000> = Count::new(DialPolicy::default().per_day_max),
    }
}

section! {
    /// Limits that campaigns share, in addition to the limits of each.
    "campaigns." Campaigns {
        /// Maximum calls at once of all campaigns of one organization; unset, only calls.max limits them.
        organization_at_once_max: Option<Count<1, 10_000>> = None,
        /// Maximum calls per second that all campaigns of one organization begin; unset, only the campaigns' pace limits them.
        organization_per_second_max: Option<Count<1, 100>> = None,
        /// Maximum calls at once of all campaigns over one switch; unset, only calls.max limits them.
        trunk_at_once_max: Option<Count<1, 10_000>> = None,
        /// Maximum calls per second that all campaigns begin over one switch: the limit that the trunk's provider sets; unset, only the campaigns'
        /// pace limits them.
        trunk_per_second_max: Option<Count<1, 100>> = None,
    }
}

section! {
    /// External addresses that users enter: webhooks, tools, integrations.
    "outbound." Outbound {
        /// Networks that are not part of the public internet and may be reached nevertheless; unset, none.
        allow: Option<Networks> = None,
        /// Whether http:// is accepted instead of https://: anyone on the network path can read everything, including secrets.
        plain_http: bool = false,
    }
}

section! {
    /// Cost of calls.
    "costs." Costs {
        /// Currency of the prices and the cap; there is no conversion.
        currency: Currency = Currency::dollars(),
        /// Limit on the cost of an organization's calls in a day (UTC); above it, new calls go to the fallback. Unset, there is no cap.
        daily_cap: Option<Amount> = None,
    }
}

section! {
    /// Recordings of ended calls.
    "recordings." Recordings {
        /// Format of recordings: wav, or opus (a tenth of the size, made after the call, also from existing WAVs).
        format: RecordingFormat = RecordingFormat::Wav,
        /// Place to which recordings are moved after the call, such as s3://bucket/folder or file:///mnt/recordings; unset, they stay in the data
        /// folder.
        store: Option<StorePlace> = None,
        /// Address of an S3-compatible store, such as https://minio.example.com:9000; unset, Amazon's.
        s3_endpoint: Option<BaseUrl> = None,
        /// Region of the bucket; unset, us-east-1.
        s3_region: Option<String> = None,
        /// Access key of the bucket; unset, the credentials that Amazon's environment offers: AWS_ACCESS_KEY_ID, the role of the Kubernetes service
        /// account, of the container or of the machine.
        s3_access_key: Option<Secret> = None,
        /// Secret that belongs to the access key.
        s3_secret_key: Option<Secret> = None,
        /// GB (of 10^9 bytes) that recordings may take in the data folder while the store accepts none; above it, new calls are not recorded until
        /// the store accepts them again.
        local_gb_max: Count<1, 1_000_000> = Count::new(50),
    }
}

section! {
    /// Calls for a warehouse.
    "reports." Reports {
        /// Place of the Parquet files of each day's calls, which are written each night, such as s3://bucket/folder or file:///mnt/warehouse; unset,
        /// none are written. A bucket is reached with recordings.s3_endpoint and the settings next to it.
        export: Option<StorePlace> = None,
        /// Key that signs these files, 32 characters or more.
        export_key: Option<Secret> = None,
        /// Whether the numbers of callers are in these files.
        export_numbers: bool = false,
    }
}

section! {
    /// The program's log, on standard error.
    "log." Log {
        /// The lowest severity that is logged.
        level: LogLevel = LogLevel::Info,
        /// One line of text or one JSON object per event.
        format: LogFormat = LogFormat::Text,
    }
}

section! {
    /// Traces of calls, for OpenTelemetry.
    "otel." Otel {
        /// Address to which traces are sent, by OTLP over HTTP; unset, none are sent. /v1/traces is added to it.
        endpoint: Option<BaseUrl> = None,
    }
}

/// Settings of the server whose variables have names that are established in other programs.
const KNOWN_VARIABLES: [(&str, &str); 3] = [
    ("database_url", "DATABASE_URL"),
    ("redis_url", "REDIS_URL"),
    ("otel.endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT"),
];

/// All settings with such variables: the server's, and those of the kinds of voices and switches.
fn known_variables() -> KnownVariables {
    let of_voices = VOICES.iter().flat_map(|kind| kind.variables.iter().copied());
    let switches = SwitchSections::default();
    let of_switches = switches.each().into_iter().flat_map(|section| section.variables().iter().copied());
    KnownVariables::of(KNOWN_VARIABLES.into_iter().chain(of_voices).chain(of_switches))
}

/// Returns the variable of a setting: `CORDBOARD_HTTP__LISTEN` for `http.listen`.
pub fn variable_of(setting: &str) -> String {
    known_variables().variable_of(setting)
}

impl Config {
    /// Reads and checks the configuration.
    ///
    /// # Errors
    /// Fails with every unknown or bad setting at once, each with its name, its origin, and the fix.
    pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
        let mut layers = Layers::of(sources, known_variables());
        let config = Self::read(&mut layers);
        config.contradictions(&mut layers);
        let known: Vec<String> = Self::default().list().into_iter().map(|setting| setting.name).collect();
        let origins = layers.finish(&known)?;
        let mut settings = config.list();
        for setting in &mut settings {
            setting.origin = origins.get(&setting.name).cloned().unwrap_or_default();
        }
        Ok(Loaded { config, settings })
    }

    /// Reads the settings of these sources, even if they contradict each other.
    #[cfg(test)]
    pub(crate) fn of_sources(sources: &Sources) -> Self {
        Self::read(&mut Layers::of(sources, known_variables()))
    }

    /// Returns the address of this server's pages, without a trailing slash: the public one, or that of the port bound at `bound`. A server that
    /// listens everywhere can at least be reached from this machine.
    pub fn base_url(&self, bound: SocketAddr) -> String {
        let near = || {
            let ip = match bound.ip() {
                ip if !ip.is_unspecified() => ip,
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            };
            format!("{}://{}", self.http.scheme(), SocketAddr::new(ip, bound.port()))
        };
        self.http.public_base_url.as_ref().map_or_else(near, |url| url.trimmed().to_owned())
    }

    /// Settings of the server that kinds of switches need.
    fn around(&self) -> SettingsAround<'_> {
        SettingsAround { data_dir: &self.data_dir, public_base_url: self.http.public_base_url.as_ref() }
    }

    /// Folder from which a FreeSWITCH reads prompts, in mode `esl`.
    pub fn prompts_dir(&self) -> PathBuf {
        self.switches.freeswitch.prompts_dir(&self.data_dir)
    }

    /// The database of the records: `database_url`, by default an SQLite file in the data folder.
    pub fn database(&self) -> Database {
        let usual = || Database::Sqlite(self.data_dir.join("cordboard.db"));
        self.database_url.clone().unwrap_or_else(usual)
    }
}

#[cfg(test)]
mod tests;
