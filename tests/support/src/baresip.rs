//! A caller that uses baresip, a telephone that is not ours. It dials, says what is in a file, presses keys as RFC 4733 events, hangs up or is
//! hung up, and keeps what it heard. Unlike sipp, it needs no root to press keys.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::asterisk::PackageRoot;
use crate::audio::{Sound, silence};
use crate::process::{LoggedChild, last_lines};
use crate::waiting::{TimedOut, wait_until};

/// baresip is up after 0.1 s on an idle machine.
const START_LIMIT: Duration = Duration::from_secs(15);
/// How long one read of the control connection waits.
const LOOK: Duration = Duration::from_millis(5);
/// Silence that follows the speech, so that the telephone goes on sending.
const SILENCE_AFTER: Duration = Duration::from_secs(120);
/// How far speech may lag after the answer.
const OUTPUT_DELAY: Duration = Duration::from_millis(300);
const RATE: u32 = 8000;

/// Why the telephone does not do what the test asks.
#[derive(Debug, thiserror::Error)]
pub enum BaresipError {
    /// An error of a file, of the process or of its control connection.
    #[error("baresip: {0}")]
    Io(#[from] io::Error),
    /// An error of a sound file.
    #[error("baresip: {0}")]
    Wav(#[from] hound::Error),
    /// baresip refused a command.
    #[error("baresip refused {command}: {reason}; its output:\n{log}")]
    Refused {
        /// The command.
        command: String,
        /// Its answer.
        reason: String,
        /// The end of its output.
        log: String,
    },
    /// Something did not come in time.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

/// A telephone with one line. Killed on drop.
#[derive(Debug)]
pub struct Baresip {
    // Dropped in this order: first the process, then the folder that it writes to.
    process: LoggedChild,
    control: TcpStream,
    unread: Vec<u8>,
    events: VecDeque<Value>,
    speech_length: Duration,
    said_at: Instant,
    folder: tempfile::TempDir,
}

impl Baresip {
    /// Starts the telephone with the number `number`. In its call it says `speech` once the call is answered.
    ///
    /// # Errors
    /// It is not among the packages, or does not come up.
    pub fn start(packages: &PackageRoot, number: &str, speech: &Sound) -> Result<Self, BaresipError> {
        let folder = tempfile::Builder::new().prefix("cordboard-baresip-").tempdir()?;
        let mut said = speech.resampled(RATE);
        said.samples.extend(silence(SILENCE_AFTER, RATE).samples);
        said.write_wav(&folder.path().join("speech.wav"))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        fs::write(folder.path().join("config"), configuration(packages, folder.path(), port))?;
        let account = format!("<sip:{number}@127.0.0.1>;regint=0;audio_codecs=pcmu\n");
        fs::write(folder.path().join("accounts"), account)?;

        let mut command = packages.command("usr/bin/baresip");
        command.arg("-f").arg(folder.path());
        let process = LoggedChild::spawn("baresip", &mut command, folder.path())?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let control = wait_until("baresip's control port", START_LIMIT, || TcpStream::connect(address).ok())?;
        control.set_read_timeout(Some(LOOK))?;
        Ok(Self {
            process,
            control,
            unread: Vec::new(),
            events: VecDeque::new(),
            speech_length: speech.length() + OUTPUT_DELAY,
            said_at: Instant::now(),
            folder,
        })
    }

    /// Dials an extension of the switch and waits for the answer.
    ///
    /// # Errors
    /// It is not answered within `limit`.
    pub fn dial(&mut self, switch: SocketAddr, extension: &str, limit: Duration) -> Result<(), BaresipError> {
        self.command("dial", &format!("sip:{extension}@{switch}"))?;
        self.wait_event("CALL_ESTABLISHED", limit)?;
        self.said_at = Instant::now() + self.speech_length;
        Ok(())
    }

    /// Waits until everything is said. baresip doesn't report the end, so this waits for the length of the speech.
    pub fn wait_said(&self) {
        thread::sleep(self.said_at.saturating_duration_since(Instant::now()));
    }

    /// Presses a key.
    ///
    /// # Errors
    /// There is no call.
    pub fn press(&mut self, digit: char) -> Result<(), BaresipError> {
        self.command("sndcode", &digit.to_string())
    }

    /// Hangs up and waits until the call is over.
    ///
    /// # Errors
    /// There is no call.
    pub fn hang_up(&mut self) -> Result<(), BaresipError> {
        self.command("hangup", "")?;
        self.wait_closed(START_LIMIT)
    }

    /// Waits until the call is over, whichever side ended it.
    ///
    /// # Errors
    /// It goes on after `limit`.
    pub fn wait_closed(&mut self, limit: Duration) -> Result<(), BaresipError> {
        self.wait_event("CALL_CLOSED", limit).map(drop)
    }

    /// Returns the sound that was heard, once the call is over.
    ///
    /// # Errors
    /// There is no whole recording after `limit`.
    pub fn heard(&self, limit: Duration) -> Result<Sound, BaresipError> {
        let path = self.folder.path().join("heard.wav");
        Ok(wait_until("baresip's recording", limit, || Sound::read_finished_wav(&path))?)
    }

    fn command(&mut self, command: &str, parameters: &str) -> Result<(), BaresipError> {
        let text = json!({ "command": command, "params": parameters, "token": command }).to_string();
        self.control.write_all(format!("{}:{text},", text.len()).as_bytes())?;
        let answer = self.wait_message(&format!("an answer to {command}"), START_LIMIT, |message| {
            message.get("response").is_some()
        })?;
        if answer["ok"] == true {
            return Ok(());
        }
        let log = last_lines(&(self.process.stdout_text() + &self.process.stderr_text()));
        Err(BaresipError::Refused { command: command.to_owned(), reason: answer["data"].to_string(), log })
    }

    fn wait_event(&mut self, kind: &str, limit: Duration) -> Result<Value, BaresipError> {
        self.wait_message(kind, limit, |message| message["type"] == kind)
    }

    /// Takes the first message that fits; others stay for later.
    fn wait_message(
        &mut self,
        awaited: &str,
        limit: Duration,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<Value, BaresipError> {
        let found = wait_until(awaited, limit, || {
            if let Err(error) = self.read_messages() {
                return Some(Err(error));
            }
            let at = self.events.iter().position(&fits)?;
            self.events.remove(at).map(Ok)
        })?;
        Ok(found?)
    }

    fn read_messages(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        match self.control.read(&mut buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => self.unread.extend(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        while let Some((message, length)) = first_netstring(&self.unread) {
            self.events.extend(serde_json::from_slice::<Value>(message).ok());
            self.unread.drain(..length);
        }
        Ok(())
    }
}

/// Returns the content of a whole `LENGTH:CONTENT,` at the start, and how many bytes it takes.
fn first_netstring(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let colon = bytes.iter().position(|&byte| byte == b':')?;
    let length: usize = std::str::from_utf8(&bytes[..colon]).ok()?.parse().ok()?;
    let content = bytes.get(colon + 1..colon + 1 + length)?;
    bytes.get(colon + 1 + length).map(|_| (content, colon + length + 2))
}

fn configuration(packages: &PackageRoot, folder: &Path, control_port: u16) -> String {
    let modules: PathBuf = packages.path("usr/lib/baresip/modules");
    format!(
        "sip_listen 127.0.0.1:0
audio_source aufile,{folder}/speech.wav
audio_player aufile,{folder}/heard.wav
audio_alert aufile,{folder}/alert.wav
ausrc_srate {RATE}
auplay_srate {RATE}
ausrc_channels 1
auplay_channels 1
audio_jitter_buffer_type off
module_path {modules}
module g711.so
module aufile.so
module_app account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
",
        folder = folder.display(),
        modules = modules.display(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netstrings_are_read_from_the_stream() {
        assert_eq!(first_netstring(b"2:{},3:"), Some((&b"{}"[..], 5)));
        for incomplete in [&b""[..], b"2", b"2:{", b"2:{}"] {
            assert_eq!(first_netstring(incomplete), None);
        }
    }
}
