//! Quality of a party's connection, as measured by the transport of its audio. Only transports that see packets can measure it.

use serde::{Deserialize, Serialize};

/// Measurements of one connection, from its beginning to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineQuality {
    /// Duration of the measurement, in ms.
    pub measured_ms: u64,
    /// Packets from the party that arrived.
    pub packets_in: u64,
    /// Packets from the party that never arrived.
    pub packets_lost_in: u64,
    /// Packets from the party that arrived too late to be played.
    pub packets_late_in: u64,
    /// Audio that was generated in place of missing audio of the party, in ms: neither the packet nor a copy in the next packet
    /// arrived in time.
    pub concealed_ms: u64,
    /// Maximum jitter: variation of the time between two packets (RFC 3550 section 6.4.1), in ms.
    pub jitter_ms_max: u32,
    /// Bit rate of audio from the party, in kbit/s.
    pub kbps_in: u32,
    /// Bit rate of audio to the party, in kbit/s.
    pub kbps_out: u32,
    /// Packets lost on the way to the party, of 1,000, averaged over its reports; null if it has made none.
    pub lost_out_permille: Option<u32>,
    /// Round-trip time, in ms, averaged over the party's reports; null if it has made none.
    pub round_trip_ms: Option<u32>,
}

impl LineQuality {
    /// Returns how many of 1,000 packets from the party never arrived.
    pub fn lost_in_permille(&self) -> u32 {
        let sent = self.packets_in.saturating_add(self.packets_lost_in);
        if sent == 0 {
            return 0;
        }
        u32::try_from(self.packets_lost_in.saturating_mul(1_000) / sent).unwrap_or(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_loss_is_a_share_of_sent_packets() {
        let of = |packets_in, packets_lost_in| {
            LineQuality { packets_in, packets_lost_in, ..LineQuality::default() }.lost_in_permille()
        };
        assert_eq!((of(0, 0), of(100, 0), of(90, 10), of(0, 10)), (0, 0, 100, 1_000));
    }
}
