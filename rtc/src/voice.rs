//! Opus, both ways: 24 kHz, one channel, 20 ms. The codec itself decodes Opus's 48 kHz on the wire to 24 kHz, so no resampling is needed.

use ropus::{Application, Bandwidth, Bitrate, Channels, DecodeMode, Decoder, Encoder, InbandFec, Signal};

use crate::jitter::Playing;
use crate::silence::{Silence, Step};
use crate::toc::packet_samples;
use crate::width::{Heard, Width};

/// The rate of the sound of a call, in samples a second.
pub const RATE_HZ: u32 = 24_000;

/// Samples of a frame.
pub const FRAME_SAMPLES: usize = 480;

/// Samples of the RTP clock, 48,000 a second, for one of ours.
const CLOCK: u64 = 2;

/// Bits a second: speech of full quality, with room for redundancy.
const BITRATE: u32 = 32_000;

/// The default loss rate for which redundancy is added, in percent.
const LOSS_EXPECTED: u8 = 5;

/// Maximum bytes of one packet: far more than [`BITRATE`] needs.
const PACKET_BYTES_MAX: usize = 1_200;

/// A packet up to this size only says that silence continues (RFC 6716, section 2.1.9).
const SILENT_BYTES: usize = 2;

/// Samples of 120 ms, the maximum of a packet.
const PACKET_SAMPLES_MAX: usize = 2_880;

/// Encoder of sound into packets.
pub(crate) struct Mouth {
    encoder: Encoder,
    loss_percent: u8,
    silence: Silence,
    heard: Heard,
}

impl Mouth {
    /// None if the codec can't be set up.
    pub(crate) fn new() -> Option<Self> {
        let heard = Heard::new();
        let encoder = encoder(heard.width(), LOSS_EXPECTED)?;
        Some(Self { encoder, loss_percent: LOSS_EXPECTED, silence: Silence::default(), heard })
    }

    /// Returns the packet of one frame; none if silence continues.
    pub(crate) fn encode(&mut self, frame: &[i16; FRAME_SAMPLES]) -> Option<Vec<u8>> {
        let is_silent = frame.iter().all(|sample| *sample == 0);
        match self.silence.next(is_silent) {
            Step::Drop => None,
            Step::Refresh => {
                // The encoder would count this as the next frame of silence, and drop it.
                let _ = self.encoder.set_dtx(false);
                let packet = self.packet(frame);
                let _ = self.encoder.set_dtx(true);
                packet
            }
            Step::Encode => {
                let packet = self.packet(frame);
                if is_silent && packet.is_none() {
                    self.silence.begin();
                }
                packet
            }
        }
    }

    /// Notes the highest rate, in samples a second, at which a part of the next frame was spoken.
    pub(crate) fn spoken_at(&mut self, rate_hz: u32) {
        let before = self.heard.width();
        let Some(width) = self.heard.note(rate_hz) else { return };
        // The encoder widens over many seconds, so a wider voice gets another one. It narrows without a gap, and what it drops is not there.
        let another = (width > before).then(|| encoder(width, self.loss_percent)).flatten();
        match another {
            Some(another) => self.encoder = another,
            None => {
                let _ = self.encoder.set_max_bandwidth(bandwidth(width));
            }
        }
    }

    /// Sets the loss rate that the peer reports, in percent. Redundancy is added for that, and for at least 5 %.
    pub(crate) fn expect_loss(&mut self, percent: u8) {
        let percent = percent.clamp(LOSS_EXPECTED, 30);
        if percent != self.loss_percent && self.encoder.set_packet_loss_perc(percent).is_ok() {
            self.loss_percent = percent;
        }
    }

    fn packet(&mut self, frame: &[i16; FRAME_SAMPLES]) -> Option<Vec<u8>> {
        let mut packet = [0; PACKET_BYTES_MAX];
        let length = self.encoder.encode(frame, &mut packet).ok()?;
        // A packet has some 80 bytes, and may be kept for a while, so spare capacity is not kept.
        packet.get(..length).filter(|packet| packet.len() > SILENT_BYTES).map(<[u8]>::to_vec)
    }
}

/// Makes an encoder for sound of this width, and for this loss rate in percent.
fn encoder(width: Width, loss_percent: u8) -> Option<Encoder> {
    Encoder::builder(RATE_HZ, Channels::Mono, Application::Voip)
        .bitrate(Bitrate::Bits(BITRATE))
        .complexity(5)
        .signal(Signal::Voice)
        .max_bandwidth(bandwidth(width))
        .inband_fec(InbandFec::Enabled)
        .packet_loss_perc(loss_percent)
        .dtx(true)
        .build()
        .ok()
}

fn bandwidth(width: Width) -> Bandwidth {
    match width {
        Width::Telephone => Bandwidth::Narrowband,
        Width::Wide => Bandwidth::Wideband,
        Width::Whole => Bandwidth::Superwideband,
    }
}

/// Decoder of packets into sound.
pub(crate) struct Ear {
    decoder: Decoder,
    /// Samples that were decoded and not taken yet.
    waiting: Vec<i16>,
    /// Whether anything was decoded yet. Nothing can be concealed before that.
    has_begun: bool,
}

impl Ear {
    /// None if the codec can't be set up.
    pub(crate) fn new() -> Option<Self> {
        let decoder = Decoder::new(RATE_HZ, Channels::Mono).ok()?;
        Some(Self { decoder, waiting: Vec::new(), has_begun: false })
    }

    /// Returns the next 20 ms, from whatever `next` gives to play.
    pub(crate) fn frame(&mut self, mut next: impl FnMut() -> Playing) -> [i16; FRAME_SAMPLES] {
        // Up to eight packets are needed if they have 2.5 ms each.
        for _ in 0..8 {
            if self.waiting.len() >= FRAME_SAMPLES {
                break;
            }
            self.play(next());
        }
        let mut frame = [0; FRAME_SAMPLES];
        let length = self.waiting.len().min(FRAME_SAMPLES);
        for (place, sample) in frame.iter_mut().zip(self.waiting.drain(..length)) {
            *place = sample;
        }
        frame
    }

    fn play(&mut self, playing: Playing) {
        match playing {
            Playing::Packet(packet) => {
                // Room for as long as the packet claims to be, not for 120 ms, because the buffer keeps its size.
                let samples = packet_samples(&packet).map_or(PACKET_SAMPLES_MAX, of_clock);
                self.decode(&packet, samples, DecodeMode::Normal);
            }
            Playing::Recovered { next, samples } => self.decode(&next, of_clock(samples), DecodeMode::Fec),
            Playing::Concealed { samples } if self.has_begun => {
                self.decode(&[], of_clock(samples), DecodeMode::Normal);
            }
            Playing::Concealed { .. } | Playing::Silence => {
                self.waiting.resize(self.waiting.len() + FRAME_SAMPLES, 0);
            }
        }
    }

    fn decode(&mut self, packet: &[u8], samples: usize, mode: DecodeMode) {
        let before = self.waiting.len();
        self.waiting.resize(before + samples, 0);
        // Data that can't be decoded becomes silence of its duration.
        let decoded = self.decoder.decode(packet, &mut self.waiting[before..], mode);
        self.waiting.truncate(before + decoded.unwrap_or(FRAME_SAMPLES.min(samples)));
        self.has_begun = true;
    }
}

/// Converts samples of the RTP clock to ours, in whole pieces of 2.5 ms, as the codec requires, 120 ms at most.
fn of_clock(samples: u64) -> usize {
    let samples = usize::try_from(samples / CLOCK).unwrap_or(PACKET_SAMPLES_MAX).min(PACKET_SAMPLES_MAX);
    (samples - samples % 60).max(60)
}
