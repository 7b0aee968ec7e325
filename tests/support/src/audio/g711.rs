//! G.711 mu-law (PCMU), as the ITU's tables say: what a telephone's RTP carries.

/// Added before the logarithm, so that the segments join.
const BIAS: i32 = 0x84;
/// The largest magnitude that can be said.
const CLIP: i32 = 32_635;

/// One sample as a mu-law byte.
#[must_use]
pub fn to_mulaw(sample: i16) -> u8 {
    let magnitude = i32::from(sample).abs().min(CLIP) + BIAS;
    // The segment is the place of the highest bit, 7 to 14.
    let segment = 31 - magnitude.leading_zeros() - 7;
    let mantissa = (magnitude >> (segment + 3)) & 0x0F;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | (segment as u8) << 4 | mantissa as u8)
}

/// The sample that a mu-law byte stands for.
#[must_use]
pub fn from_mulaw(byte: u8) -> i16 {
    let bits = !byte;
    let segment = (bits >> 4) & 0x07;
    let magnitude = (((i32::from(bits & 0x0F) << 3) + BIAS) << segment) - BIAS;
    let magnitude = i16::try_from(magnitude).unwrap_or(i16::MAX);
    if bits & 0x80 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_and_round_trips() {
        assert_eq!([to_mulaw(0), to_mulaw(i16::MAX), to_mulaw(i16::MIN)], [0xFF, 0x80, 0x00]);
        assert_eq!([from_mulaw(0xFF), from_mulaw(0x80), from_mulaw(0x00)], [0, 32_124, -32_124]);
        // 0x7F is the negative zero, which comes back as the positive one.
        for byte in (0..=0xFF).filter(|&byte| byte != 0x7F) {
            assert_eq!(to_mulaw(from_mulaw(byte)), byte);
        }
    }
}
