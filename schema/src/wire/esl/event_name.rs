//! Names of events.

macro_rules! names {
    ($(#[$enum_doc:meta])* $enum:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $enum {
            $($(#[$doc])* $variant,)*
        }

        impl $enum {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The value with this name on the wire.
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
    /// An event that we have a use for.
    EventName {
        /// A channel exists.
        ChannelCreate = "CHANNEL_CREATE",
        /// It is parked: nobody controls it, or a `socket` does.
        ChannelPark = "CHANNEL_PARK",
        /// It left that.
        ChannelUnpark = "CHANNEL_UNPARK",
        /// A phone rings.
        ChannelProgress = "CHANNEL_PROGRESS",
        /// There is sound before the answer.
        ChannelProgressMedia = "CHANNEL_PROGRESS_MEDIA",
        /// It was answered.
        ChannelAnswer = "CHANNEL_ANSWER",
        /// An application started.
        ChannelExecute = "CHANNEL_EXECUTE",
        /// An application ended; see [`ExecuteComplete`](super::ExecuteComplete).
        ChannelExecuteComplete = "CHANNEL_EXECUTE_COMPLETE",
        /// Two channels talk; see [`Bridge`](super::Bridge).
        ChannelBridge = "CHANNEL_BRIDGE",
        /// They no longer do.
        ChannelUnbridge = "CHANNEL_UNBRIDGE",
        /// A party was put on hold; `Unique-ID` says which one.
        ChannelHold = "CHANNEL_HOLD",
        /// It was taken back.
        ChannelUnhold = "CHANNEL_UNHOLD",
        /// Its state changed.
        ChannelState = "CHANNEL_STATE",
        /// It hung up; see [`Hangup`](super::Hangup).
        ChannelHangup = "CHANNEL_HANGUP",
        /// The record of the call that ended.
        ChannelHangupComplete = "CHANNEL_HANGUP_COMPLETE",
        /// It is gone.
        ChannelDestroy = "CHANNEL_DESTROY",
        /// All about a channel: the answer to `connect`.
        ChannelData = "CHANNEL_DATA",
        /// The caller pressed a key; see [`KeyPress`](super::KeyPress).
        Dtmf = "DTMF",
        /// A file begins to play.
        PlaybackStart = "PLAYBACK_START",
        /// It ended; see [`PlaybackStopped`](super::PlaybackStopped).
        PlaybackStop = "PLAYBACK_STOP",
        /// Output of a `bgapi`; see [`JobDone`](super::JobDone).
        BackgroundJob = "BACKGROUND_JOB",
        /// The switch lives; see [`Heartbeat`](super::Heartbeat).
        Heartbeat = "HEARTBEAT",
        /// The switch is going down.
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
        /// The server closed it.
        AudioStreamDisconnect = "mod_audio_stream::disconnect",
        /// It could not be opened, or broke.
        AudioStreamError = "mod_audio_stream::error",
        /// A text came that is no sound.
        AudioStreamJson = "mod_audio_stream::json",
        /// Sound came, and lies in a file now.
        AudioStreamPlay = "mod_audio_stream::play",
        /// A phone registered.
        SofiaRegister = "sofia::register",
        /// A phone took its registration back.
        SofiaUnregister = "sofia::unregister",
        /// A phone's registration ran out.
        SofiaExpire = "sofia::expire",
    }
}
