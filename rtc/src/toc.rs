//! Duration of an Opus packet: in its first byte, and in the second if there is a number of frames (RFC 6716, sections 3.1 and 3.2).

/// Samples of the RTP clock, 48,000 a second; none if it is not a packet of Opus.
pub(crate) fn packet_samples(packet: &[u8]) -> Option<u64> {
    let toc = *packet.first()?;
    let config = toc >> 3;
    let frame = match config {
        // SILK.
        0..=11 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        // Hybrid.
        12..=15 => [480, 960][usize::from(config & 1)],
        // CELT.
        _ => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(packet.get(1)? & 0x3f),
    };
    let samples = frame * frames;
    // 120 ms at most.
    (1..=5_760).contains(&samples).then_some(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_plays_as_long_as_its_first_bytes_say() {
        assert_eq!(packet_samples(&[1 << 3]), Some(960));
        assert_eq!(packet_samples(&[3 << 3 | 1]), Some(5_760));
        assert_eq!(packet_samples(&[31 << 3]), Some(960));
        assert_eq!(packet_samples(&[13 << 3 | 3, 3]), Some(2_880));
        assert_eq!(packet_samples(&[3 << 3 | 3, 3]), None, "180 ms");
        assert_eq!(packet_samples(&[3]), None);
        assert_eq!(packet_samples(&[]), None);
    }
}
