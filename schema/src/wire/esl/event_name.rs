//! Names of events.

macro_rules! names {
    ($(#[$enum_doc:meta])* $enum:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $enum {
            $($(#[$doc])* $variant,)*
        }

        impl $enum {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// Returns the value with this name on the wire.
            pub fn of(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

names! {
    /// An event that we use.
    EventName {
        /// A channel was created.
        ChannelCreate = "CHANNEL_CREATE",
        /// A channel is parked: nobody controls it, or a `socket` does.
        ChannelPark = "CHANNEL_PARK",
        /// A channel is no longer parked.
        ChannelUnpark = "CHANNEL_UNPARK",
        /// A phone rings.
        ChannelProgress = "CHANNEL_PROGRESS",
        /// Sound before the answer starts.
        ChannelProgressMedia = "CHANNEL_PROGRESS_MEDIA",
        /// A channel was answered.
        ChannelAnswer = "CHANNEL_ANSWER",
        /// An application started.
        ChannelExecute = "CHANNEL_EXECUTE",
        /// An application ended; see [`ExecuteComplete`](super::ExecuteComplete).
        ChannelExecuteComplete = "CHANNEL_EXECUTE_COMPLETE",
        /// Two channels are bridged; see [`Bridge`](super::Bridge).
        ChannelBridge = "CHANNEL_BRIDGE",
        /// Two channels are no longer bridged.
        ChannelUnbridge = "CHANNEL_UNBRIDGE",
        /// A party was put on hold; `Unique-ID` says which one.
        ChannelHold = "CHANNEL_HOLD",
        /// A party was taken off hold.
        ChannelUnhold = "CHANNEL_UNHOLD",
        /// A channel's state changed.
        ChannelState = "CHANNEL_STATE",
        /// A channel hung up; see [`Hangup`](super::Hangup).
        ChannelHangup = "CHANNEL_HANGUP",
        /// The record of an ended call.
        ChannelHangupComplete = "CHANNEL_HANGUP_COMPLETE",
        /// A channel is gone.
        ChannelDestroy = "CHANNEL_DESTROY",
        /// All data about a channel: the answer to `connect`.
        ChannelData = "CHANNEL_DATA",
        /// The caller pressed a key; see [`KeyPress`](super::KeyPress).
        Dtmf = "DTMF",
        /// A file starts to play.
        PlaybackStart = "PLAYBACK_START",
        /// A file stopped playing; see [`PlaybackStopped`](super::PlaybackStopped).
        PlaybackStop = "PLAYBACK_STOP",
        /// Output of a `bgapi`; see [`JobDone`](super::JobDone).
        BackgroundJob = "BACKGROUND_JOB",
        /// The switch's keep-alive; see [`Heartbeat`](super::Heartbeat).
        Heartbeat = "HEARTBEAT",
        /// The switch is shutting down.
        Shutdown = "SHUTDOWN",
        /// An event of a module; see [`Subclass`].
        Custom = "CUSTOM",
    }
}

names! {
    /// The kind of a `CUSTOM` event.
    Subclass {
        /// The audio WebSocket is open.
        AudioStreamConnect = "mod_audio_stream::connect",
        /// The server closed the audio WebSocket.
        AudioStreamDisconnect = "mod_audio_stream::disconnect",
        /// The audio WebSocket couldn't be opened, or broke.
        AudioStreamError = "mod_audio_stream::error",
        /// A text arrived that isn't sound.
        AudioStreamJson = "mod_audio_stream::json",
        /// Sound arrived and is now in a file.
        AudioStreamPlay = "mod_audio_stream::play",
        /// A phone registered.
        SofiaRegister = "sofia::register",
        /// A phone unregistered.
        SofiaUnregister = "sofia::unregister",
        /// A phone's registration expired.
        SofiaExpire = "sofia::expire",
    }
}
