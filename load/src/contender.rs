//! The contender that is measured: a server or the relay, with callers over one kind of line.

use clap::ValueEnum;
use serde::{Serialize, Serializer};

use super::subject::Kind;

/// Source of the callers: a switch, or a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// Asterisk: an AudioSocket connection a call.
    Audiosocket,
    /// FreeSWITCH in dual mode: ESL for control, and separate audio.
    Freeswitch,
    /// Twilio: a webhook and a media stream a call.
    Twilio,
    /// Visitors of a talk link, over /ws/audio.
    Web,
    /// Visitors of a talk link, over WebRTC.
    Webrtc,
}

/// How FreeSWITCH transmits a call's audio (`freeswitch.audio`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum AudioTransport {
    /// mod_audio_stream: frames by WebSocket, and files that are played
    Websocket,
    /// unicast: datagrams both ways
    Unicast,
}

/// How callers connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CallerKind {
    /// AudioSocket.
    Audiosocket,
    /// ESL, with this audio.
    Freeswitch(AudioTransport),
    /// Media streams.
    Twilio,
    /// `/ws/audio`.
    Web,
    /// WebRTC.
    Webrtc,
}

/// One of those that are measured in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Contender {
    /// Kind of process.
    #[serde(rename = "subject")]
    pub(super) kind: Kind,
    /// How its callers connect.
    #[serde(rename = "switch")]
    pub(super) way: CallerKind,
}

impl AudioTransport {
    /// The word of the setting `freeswitch.audio`.
    pub(super) const fn setting(self) -> &'static str {
        match self {
            Self::Websocket => "websocket",
            Self::Unicast => "unicast",
        }
    }
}

impl CallerKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Audiosocket => "audiosocket",
            Self::Freeswitch(AudioTransport::Websocket) => "freeswitch_websocket",
            Self::Freeswitch(AudioTransport::Unicast) => "freeswitch_unicast",
            Self::Twilio => "twilio",
            Self::Web => "web",
            Self::Webrtc => "webrtc",
        }
    }

    /// Whether the callers come in a browser.
    pub(super) const fn is_a_browser(self) -> bool {
        matches!(self, Self::Web | Self::Webrtc)
    }
}

impl Serialize for CallerKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Contender {
    /// Returns the server with callers of each of these switches, and for FreeSWITCH with each of these kinds of audio.
    pub(super) fn servers(switches: &[Switch], audios: &[AudioTransport]) -> Vec<Self> {
        let ways = switches.iter().flat_map(|switch| match switch {
            Switch::Audiosocket => vec![CallerKind::Audiosocket],
            Switch::Twilio => vec![CallerKind::Twilio],
            Switch::Web => vec![CallerKind::Web],
            Switch::Webrtc => vec![CallerKind::Webrtc],
            Switch::Freeswitch => audios.iter().copied().map(CallerKind::Freeswitch).collect(),
        });
        ways.map(|way| Self { kind: Kind::Server, way }).collect()
    }

    /// For sentences, such as `server (freeswitch_unicast)`.
    pub(super) fn name(self) -> String {
        match self.way {
            CallerKind::Audiosocket => self.kind.name().to_owned(),
            way => format!("{} ({})", self.kind.name(), way.name()),
        }
    }

    /// For a column of a table of these contenders.
    pub(super) fn title(self, among: &[Self]) -> &'static str {
        match (self.kind, self.way) {
            (Kind::Relay, _) => "RELAY",
            (Kind::Server, CallerKind::Audiosocket)
                if among.iter().all(|it| it.way == CallerKind::Audiosocket) =>
            {
                "SERVER"
            }
            (Kind::Server, CallerKind::Audiosocket) => "AUDIOSOCKET",
            (Kind::Server, CallerKind::Freeswitch(AudioTransport::Websocket)) => "WEBSOCKET",
            (Kind::Server, CallerKind::Freeswitch(AudioTransport::Unicast)) => "UNICAST",
            (Kind::Server, CallerKind::Twilio) => "TWILIO",
            (Kind::Server, CallerKind::Web) => "WS/AUDIO",
            (Kind::Server, CallerKind::Webrtc) => "WEBRTC",
        }
    }

    /// The one of these with which the others are compared: the relay, otherwise the server's AudioSocket, otherwise the first.
    pub(super) fn baseline(among: &[Self]) -> Option<Self> {
        let relay = among.iter().find(|it| it.kind == Kind::Relay);
        relay.or_else(|| among.iter().find(|it| it.way == CallerKind::Audiosocket)).or(among.first()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_is_measured_every_way_that_it_has() {
        let names = |switches: &[Switch], audios: &[AudioTransport]| {
            Contender::servers(switches, audios).into_iter().map(Contender::name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[Switch::Audiosocket], &[AudioTransport::Websocket]), ["server"]);
        assert_eq!(
            names(
                &[Switch::Audiosocket, Switch::Freeswitch],
                &[AudioTransport::Websocket, AudioTransport::Unicast]
            ),
            ["server", "server (freeswitch_websocket)", "server (freeswitch_unicast)"]
        );
    }

    #[test]
    fn others_are_compared_with_the_relay_or_audiosocket() {
        let all = Contender::servers(&[Switch::Freeswitch, Switch::Audiosocket], &[AudioTransport::Unicast]);
        assert_eq!(Contender::baseline(&all).map(|it| it.title(&all)), Some("AUDIOSOCKET"));
        let relay = Contender { kind: Kind::Relay, way: CallerKind::Audiosocket };
        let pair = [Contender { kind: Kind::Server, way: CallerKind::Audiosocket }, relay];
        assert_eq!(Contender::baseline(&pair), Some(relay));
        assert_eq!(pair[0].title(&pair), "SERVER");
    }
}
