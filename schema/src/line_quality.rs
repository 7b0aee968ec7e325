//! Quality of a party's connection, as measured by the transport of
//! its sound. Only transports that see packets can measure it.

use serde::{Deserialize, Serialize};

/// Measurements of one connection, from its beginning to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineQuality {
    /// Duration of the measurement, in ms.
    pub measured_ms: u64,
    /// Packets of the party that have come.
    pub packets_in: u64,
    /// Packets of the party that never came.
    pub packets_lost_in: u64,
    /// Packets of the party that came behind the moment at which they were to be played.
    pub packets_late_in: u64,
    /// Sound that was made up for the party's, in ms: nothing was there in time, nor in the packet behind it.
    pub concealed_ms: u64,
    /// The most that the time between two packets has varied (jitter, RFC 3550 section 6.4.1), in ms.
    pub jitter_ms_max: u32,
    /// Sound of the party, in kbit/s.
    pub kbps_in: u32,
    /// Sound that the party was sent, in kbit/s.
    pub kbps_out: u32,
    /// Packets lost on the way to the party, of 1,000, in the mean of its reports; none if it has made none.
    pub lost_out_permille: Option<u32>,
    /// There and back, in ms, in the mean of the party's reports; none if it has made none.
    pub round_trip_ms: Option<u32>,
}

impl LineQuality {
    /// Of 1,000 packets of the party, how many never came.
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
    fn packet_loss_is_of_all_sent_and_zero_without_any() {
        let of = |packets_in, packets_lost_in| {
            LineQuality { packets_in, packets_lost_in, ..LineQuality::default() }.lost_in_permille()
        };
        assert_eq!((of(0, 0), of(100, 0), of(90, 10), of(0, 10)), (0, 0, 100, 1_000));
    }
}
