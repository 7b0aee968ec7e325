//! A caller by sipp, the SIP test tool: a telephone that is none of ours. It dials, plays speech and keys from a
//! capture file that we write, and hangs up or is hung up.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::asterisk::PackageRoot;
use crate::audio::Sound;
use crate::process::{LoggedChild, last_lines};
use crate::sip::Codec;
use crate::sip::rtp::{Packets, TICK, Tick, key_ticks, sound_ticks};
use crate::waiting::TimedOut;

/// UDP ports in the capture file; sipp replaces them with its own.
const CAPTURED_PORT: u16 = 4000;

/// Why a sipp call failed.
#[derive(Debug, thiserror::Error)]
pub enum SippError {
    /// A file, or sipp itself, is missing.
    #[error("sipp: {0}")]
    Io(#[from] io::Error),
    /// The call did not go as the scenario says.
    #[error("the sipp scenario failed with status {status:?}:\n{log}")]
    Failed {
        /// sipp's exit status.
        status: Option<i32>,
        /// The end of what it said.
        log: String,
    },
    /// The call goes on and on.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

/// What the caller does and expects.
#[derive(Debug, Clone)]
pub struct SippCall<'a> {
    /// The number that is dialled.
    pub extension: &'a str,
    /// What is said, in order.
    pub parts: &'a [Part<'a>],
    /// Who ends the call.
    pub ending: Ending,
}

/// A part of what the caller does.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// Says something.
    Say(&'a Sound),
    /// Presses keys, 100 ms each.
    Press(&'a str),
    /// Listens.
    Wait(Duration),
}

/// Who ends the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The caller, when all is said.
    CallerHangsUp,
    /// The other side, at any time; the scenario fails when it does not.
    OtherSideHangsUp,
}

/// Starts the call; [`RunningSipp::wait`] tells how it went. Files go to `folder`.
///
/// # Errors
/// sipp cannot be started, or a file cannot be written.
pub fn call(
    packages: &PackageRoot,
    switch: SocketAddr,
    call: &SippCall<'_>,
    folder: &Path,
) -> Result<RunningSipp, SippError> {
    let ticks: Vec<Tick> = call.parts.iter().flat_map(ticks_of).collect();
    let length = TICK * u32::try_from(ticks.len()).unwrap_or(u32::MAX);
    fs::write(folder.join("caller.pcap"), capture_file(&ticks))?;
    fs::write(folder.join("scenario.xml"), scenario(call.ending, length))?;
    let mut command: Command = packages.command("usr/bin/sipp");
    command
        .arg(switch.to_string())
        .args([
            "-sf",
            "scenario.xml",
            "-m",
            "1",
            "-nostdin",
            "-trace_err",
            "-i",
            "127.0.0.1",
            "-s",
            call.extension,
        ])
        .current_dir(folder)
        .stdin(Stdio::null());
    Ok(RunningSipp { process: LoggedChild::spawn("sipp", &mut command, folder)? })
}

/// A call of sipp that goes on.
#[derive(Debug)]
pub struct RunningSipp {
    process: LoggedChild,
}

impl RunningSipp {
    /// Waits until the call is over.
    ///
    /// # Errors
    /// It did not go as the scenario says, or is not over after `limit`.
    pub fn wait(mut self, limit: Duration) -> Result<(), SippError> {
        let status = self.process.wait_ended(limit)?;
        if status.success() {
            return Ok(());
        }
        let log = last_lines(&(self.process.stdout_text() + &self.process.stderr_text()));
        Err(SippError::Failed { status: status.code(), log })
    }
}

fn ticks_of(part: &Part<'_>) -> Vec<Tick> {
    let codec = Codec::Pcmu;
    match part {
        Part::Say(sound) => sound_ticks(&sound.resampled(codec.rate()).samples, codec),
        Part::Press(keys) => keys.chars().flat_map(|key| key_ticks(key, codec)).collect(),
        Part::Wait(length) => sound_ticks(&crate::audio::silence(*length, codec.rate()).samples, codec),
    }
}

/// A capture file (libpcap, Ethernet) with the RTP packets at their times, as sipp wants it.
fn capture_file(ticks: &[Tick]) -> Vec<u8> {
    let mut file = Vec::new();
    // Magic, version 2.4, no time zone, whole packets, Ethernet.
    for word in [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        file.extend(word.to_le_bytes());
    }
    let mut packets = Packets::new(Codec::Pcmu);
    for (index, tick) in (0_u32..).zip(ticks) {
        let at = TICK * index;
        for rtp in packets.of_tick(tick) {
            let frame = ethernet_frame(&rtp);
            let length = frame.len() as u32;
            for word in [at.as_secs() as u32, at.subsec_micros(), length, length] {
                file.extend(word.to_le_bytes());
            }
            file.extend(frame);
        }
    }
    file
}

fn ethernet_frame(rtp: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 12];
    frame.extend([0x08, 0x00]);
    let udp_length = (8 + rtp.len()) as u16;
    frame.extend([0x45, 0]);
    frame.extend((20 + udp_length).to_be_bytes());
    // No identification, no fragments, 64 hops, UDP, no checksum: nobody but sipp reads it.
    frame.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    for word in [CAPTURED_PORT, CAPTURED_PORT, udp_length, 0] {
        frame.extend(word.to_be_bytes());
    }
    frame.extend(rtp);
    frame
}

fn scenario(ending: Ending, length: Duration) -> String {
    let end = match ending {
        Ending::CallerHangsUp => {
            let pause = format!("<pause milliseconds=\"{}\"/>", length.as_millis() + 200);
            pause + "<send retrans=\"500\"><![CDATA[\n" + BYE + "]]></send><recv response=\"200\"/>"
        }
        Ending::OtherSideHangsUp => "<recv request=\"BYE\"/><send><![CDATA[\n".to_owned() + OK + "]]></send>",
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<scenario name=\"a caller\">
<send retrans=\"500\"><![CDATA[
{INVITE}]]></send>
<recv response=\"100\" optional=\"true\"/>
<recv response=\"180\" optional=\"true\"/>
<recv response=\"183\" optional=\"true\"/>
<recv response=\"200\"/>
<send><![CDATA[
{ACK}]]></send>
<nop><action><exec play_pcap_audio=\"caller.pcap\"/></action></nop>
{end}
</scenario>
"
    )
}

const INVITE: &str = "
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:5554321@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:5554321@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
";

const ACK: &str = "
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:5554321@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
";

const BYE: &str = "
BYE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:5554321@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0
";

const OK: &str = "
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
";
