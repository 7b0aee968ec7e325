//! G.711 by the ITU's tables: mu-law (PCMU), which a telephone's RTP carries, and A-law (PCMA).

/// Added before the logarithm, so that the segments join.
const BIAS: i32 = 0x84;
/// The largest magnitude that can be encoded.
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

/// Every other bit of an A-law byte is inverted on the wire.
const ALAW_MASK: u8 = 0x55;

/// One sample as an A-law byte.
#[must_use]
pub fn to_alaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    // The magnitude in steps of 16. A negative one counts from -1, so that both signs have the same number of steps.
    let steps = (if sample < 0 { !sample } else { sample } as u16) >> 4;
    let bits = u16::BITS - steps.leading_zeros();
    let segment = bits.saturating_sub(4) as u8;
    let mantissa = (steps >> segment.saturating_sub(1)) as u8 & 0x0F;
    (sign | segment << 4 | mantissa) ^ ALAW_MASK
}

/// The sample that an A-law byte stands for.
#[must_use]
pub fn from_alaw(byte: u8) -> i16 {
    let bits = byte ^ ALAW_MASK;
    let (segment, mantissa) = (bits >> 4 & 0x07, i16::from(bits & 0x0F));
    let magnitude = match segment {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (segment - 1),
    };
    if bits & 0x80 == 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_and_round_trips() {
        assert_eq!([to_mulaw(0), to_mulaw(i16::MAX), to_mulaw(i16::MIN)], [0xFF, 0x80, 0x00]);
        assert_eq!([from_mulaw(0xFF), from_mulaw(0x80), from_mulaw(0x00)], [0, 32_124, -32_124]);
        // 0x7F is the negative zero, which is decoded and encoded again as the positive one.
        for byte in (0..=0xFF).filter(|&byte| byte != 0x7F) {
            assert_eq!(to_mulaw(from_mulaw(byte)), byte);
        }
    }

    #[test]
    fn known_values_and_round_trips_of_a_law() {
        assert_eq!([to_alaw(0), to_alaw(i16::MAX), to_alaw(i16::MIN)], [0xD5, 0xAA, 0x2A]);
        assert_eq!([from_alaw(0xD5), from_alaw(0xAA), from_alaw(0x2A)], [8, 32_256, -32_256]);
        for byte in 0..=0xFF {
            assert_eq!(to_alaw(from_alaw(byte)), byte);
        }
    }
}
