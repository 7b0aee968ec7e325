//! Every bound of the system in one table, so that nothing grows without one.

/// Milliseconds of items' audio (an assistant's, faster than real time) that a lane keeps. Two minutes is longer
/// than any utterance a caller listens to; at 8 kHz it is 1.9 MB.
pub const LANE_MS_MAX: u64 = 120_000;

/// Pieces of audio that a lane keeps, against a speaker that sends a few samples at a time: two minutes by 10 ms.
pub const LANE_PIECES_MAX: usize = 12_000;

/// Milliseconds of live audio (a caller's voice) that a lane keeps before it drops the oldest: what a stalled ear may
/// miss without hearing the past afterwards.
pub const LIVE_LANE_MS_MAX: u64 = 200;

/// Milliseconds of live audio that may wait in a paced lane for long. More of it, left by a burst, is only delay.
pub const LIVE_LANE_MS_KEPT: u64 = 60;

/// Frames that a paced ear may be given at one wake-up; a phone throws away what comes as a longer burst.
pub const FRAMES_PER_WAKE_UP_MAX: u32 = 3;

/// Blocks of 200 ms that wait for the recorder's thread: 4 s of 200 calls, 26 MB at
/// 8 kHz and so on in proportion.
pub const RECORDER_BLOCKS_MAX: usize = 4_096;

/// Milliseconds of silence put in for the time that a resumed recording was not written, at most. The resume window is
/// far shorter; a longer time means that somebody moved the clock.
pub const RECORDING_GAP_MS_MAX: u64 = 600_000;

/// Bytes of samples that one WAV file can hold: its lengths are 32-bit numbers.
pub const WAV_BYTES_MAX: u64 = u32::MAX as u64 - 65_536;
