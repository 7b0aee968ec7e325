//! The demo's own set-up: embedded defaults in a separate folder, and free ports if the usual ones are taken.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use cordboard_actors::assistant::openai;

use crate::config::{Config, Http, Log, LogLevel, ProviderName};
use crate::error::CommandError;

/// The folder of the demo, below `data_dir`, so that the demo never touches a server's records.
const FOLDER: &str = "demo";

/// Held while a demo runs. Two demos in one folder would resume each other's calls.
const LOCK: &str = "demo.lock";

/// Set-up of the demo.
pub(super) struct Setup {
    pub(super) config: Config,
    /// Notices for the user, a line each.
    pub(super) notices: Vec<String>,
    /// Releases the lock when it is dropped.
    _lock: File,
}

impl Setup {
    /// Takes the folder, the ports, the tokens, the extensions, the voice AI and the log from the configuration. Everything else is default, because
    /// the demo's caller expects that.
    pub(super) fn prepare(configured: &Config) -> Result<Self, CommandError> {
        let data_dir = configured.data_dir.join(FOLDER);
        let lock = lock(&data_dir)?;
        let mut config = Config {
            data_dir,
            admin_token: configured.admin_token.clone(),
            dialplan_token: configured.dialplan_token.clone(),
            // The printed links are for this machine: its browser needs no certificate, and no proxy leads to the demo.
            http: Http { listen: configured.http.listen, ..Http::default() },
            extensions: configured.extensions.clone(),
            log: log(&configured.log),
            ..Config::default()
        };
        let mut notices = Vec::new();
        let (openai, with_openai) = (&configured.voices.openai, ProviderName::Voice(openai::KIND.name));
        if openai.api_key.is_some() || configured.assistant.provider == with_openai {
            config.assistant.provider = with_openai;
            config.voices.openai = openai.clone();
            notices.push(format!(
                "the assistant is {} at {}; without OPENAI_API_KEY it is the built-in one",
                openai.realtime_model, openai.base_url
            ));
        }
        // The demo's caller is on this machine, and nothing else has to reach the demo.
        let audiosocket =
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), configured.legs.audiosocket.listen.port());
        config.http.listen = free(config.http.listen, "HTTP", &mut notices);
        config.legs.audiosocket.listen = free(audiosocket, "AudioSocket", &mut notices);
        // No FreeSWITCH connects, so any ports will do.
        config.switches.freeswitch.esl_listen.set_port(0);
        config.switches.freeswitch.audio_listen.set_port(0);
        Ok(Self { config, notices, _lock: lock })
    }
}

/// The terminal belongs to the timeline, so only warnings are logged unless another level than info is configured.
fn log(configured: &Log) -> Log {
    let level = if configured.level == LogLevel::Info { LogLevel::Warn } else { configured.level };
    Log { level, ..configured.clone() }
}

/// Returns the wanted address, or port 0 of it if it is taken. The server reports other obstacles itself.
fn free(wanted: SocketAddr, name: &str, notices: &mut Vec<String>) -> SocketAddr {
    match TcpListener::bind(wanted) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            notices.push(format!("{wanted} is taken: {name} gets a free port"));
            SocketAddr::new(wanted.ip(), 0)
        }
        _ => wanted,
    }
}

fn lock(folder: &Path) -> Result<File, CommandError> {
    let failed = |cause: io::Error| {
        let why = format!("the folder {} can't be used: {cause}; set data_dir to another", folder.display());
        CommandError::Failed(why)
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let lock = File::create(folder.join(LOCK)).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(CommandError::Failed(format!(
            "another demo runs in {}; end it, or set data_dir to another folder",
            folder.display()
        ))),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{BaseUrl, Database};

    fn configured(folder: &Path) -> Config {
        let mut config = Config { data_dir: folder.to_owned(), ..Config::default() };
        config.http.listen.set_port(0);
        config.legs.audiosocket.listen.set_port(0);
        config
    }

    #[test]
    fn a_taken_port_is_replaced_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut config = configured(folder.path());
        config.http.listen = held.local_addr().unwrap();
        let setup = Setup::prepare(&config).unwrap();
        assert_eq!(setup.config.http.listen.port(), 0);
        let notice = format!("{} is taken: HTTP gets a free port", held.local_addr().unwrap());
        assert_eq!(setup.notices, [notice]);
    }

    #[test]
    fn the_demos_links_lead_to_the_demo() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = configured(folder.path());
        config.http.public_base_url = Some(BaseUrl::known("https://calls.example.com"));
        config.http.tls_certificate = Some("tls.pem".into());
        let setup = Setup::prepare(&config).unwrap();
        let bound = "127.0.0.1:4711".parse().unwrap();
        assert_eq!(setup.config.base_url(bound), "http://127.0.0.1:4711");
    }

    #[test]
    fn an_openai_key_is_used_and_announced() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = configured(folder.path());
        config.voices.openai.api_key = Some(crate::config::Secret::new("sk-tiger"));
        let setup = Setup::prepare(&config).unwrap();
        assert_eq!(setup.config.assistant.provider, ProviderName::Voice(openai::KIND.name));
        assert_eq!(setup.notices.len(), 1);
        assert!(setup.notices[0].contains("gpt-realtime") && !setup.notices[0].contains("tiger"));
    }

    #[test]
    fn the_demo_stays_out_of_a_servers_records() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = configured(folder.path());
        config.database_url = Some(Database::Sqlite(folder.path().join("cordboard.db")));
        let setup = Setup::prepare(&config).unwrap();
        assert_eq!(setup.config.database(), Database::Sqlite(folder.path().join("demo/cordboard.db")));
    }

    #[test]
    fn two_demos_do_not_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let config = configured(folder.path());
        let first = Setup::prepare(&config).unwrap();
        let error = Setup::prepare(&config).err().unwrap().to_string();
        assert!(error.contains("another demo runs in"), "{error}");
        drop(first);
        Setup::prepare(&config).unwrap();
    }
}
