//! G.711: the two laws that code a telephone voice in one octet per sample.
//!
//! Both laws split the range into eight segments. The steps of each segment are twice as wide as those of the one below, so a
//! quiet voice keeps its detail. Octets travel with inverted bits (all of them in mu-law, every other one in A-law), as ITU-T
//! G.711 specifies in tables 1 and 2. Linear samples here use all 16 bits: they are the tables' 14 bits (mu) or 13 bits (A) times
//! 4 or 8.

use super::Law;

/// Added to a mu-law magnitude so that each segment starts at a power of two.
const MU_BIAS: i32 = 132;
/// The largest magnitude that mu-law can represent; louder samples are clipped to it.
const MU_CLIP: i32 = 32_635;
/// Sign bit of both laws; set means positive once the A-law inversion is undone.
const SIGN: u8 = 0x80;
/// The bits that A-law inverts on the line.
const A_INVERTED: u8 = 0x55;

/// Bits of an `f32`'s mantissa after the first four.
const MANTISSA_BELOW_STEP: u32 = 19;
/// Exponent of 128 in an `f32`.
const EXPONENT_OF_FIRST_SEGMENT: u32 = 127 + 7;

const MU_DECODED: [i16; 256] = decoded(Law::Mu);
const A_DECODED: [i16; 256] = decoded(Law::A);

/// Decodes one octet to a linear 16-bit sample.
pub fn decode(law: Law, octet: u8) -> i16 {
    match law {
        Law::Mu => MU_DECODED[usize::from(octet)],
        Law::A => A_DECODED[usize::from(octet)],
    }
}

/// Encodes one linear 16-bit sample by the decision values of ITU-T G.711.
pub fn encode(law: Law, sample: i16) -> u8 {
    match law {
        Law::Mu => encode_mu(sample),
        Law::A => encode_a(sample),
    }
}

/// Decodes octets to linear samples, one for one.
pub fn decode_all(law: Law, octets: &[u8]) -> Vec<i16> {
    octets.iter().map(|&octet| decode(law, octet)).collect()
}

/// Encodes linear samples to octets, one for one.
pub fn encode_all(law: Law, samples: &[i16]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(samples.len());
    encode_into(law, samples, &mut octets);
    octets
}

/// Encodes linear samples to octets, one for one, and appends them to `octets`.
pub fn encode_into(law: Law, samples: &[i16], octets: &mut Vec<u8>) {
    // One loop for each law, so that neither loop has a branch.
    match law {
        Law::Mu => octets.extend(samples.iter().map(|&sample| encode_mu(sample))),
        Law::A => octets.extend(samples.iter().map(|&sample| encode_a(sample))),
    }
}

/// Returns the octet of silence: the code of a sample of 0.
pub const fn silence(law: Law) -> u8 {
    match law {
        Law::Mu => 0xff,
        Law::A => 0xd5,
    }
}

fn encode_mu(sample: i16) -> u8 {
    let sign = (sample >> 8) as u8 & SIGN;
    let magnitude = i32::from(sample).abs().min(MU_CLIP);
    !(sign | segment_and_step(magnitude + MU_BIAS))
}

fn encode_a(sample: i16) -> u8 {
    // Negative samples are mirrored around -0.5, so that -1 and 0 are in neighbouring intervals of the same width.
    let sign = !(sample >> 8) as u8 & SIGN;
    let magnitude = i32::from(sample ^ (sample >> 15));
    let code = if magnitude < 256 { (magnitude >> 4) as u8 } else { segment_and_step(magnitude) };
    (sign | code) ^ A_INVERTED
}

/// Returns the segment of a magnitude of at least 128, and the step in it. These are the exponent and the first four bits of the
/// mantissa of the magnitude as a floating-point number. This form lets the compiler encode several samples at once; `ilog2`
/// would prevent that.
fn segment_and_step(magnitude: i32) -> u8 {
    ((magnitude as f32).to_bits() >> MANTISSA_BELOW_STEP).wrapping_sub(EXPONENT_OF_FIRST_SEGMENT << 4) as u8
}

const fn decoded(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = match law {
            Law::Mu => decode_mu(octet as u8),
            Law::A => decode_a(octet as u8),
        };
        octet += 1;
    }
    table
}

const fn decode_mu(octet: u8) -> i16 {
    let bits = !octet;
    let segment = (bits >> 4) & 0x07;
    let step = (bits & 0x0f) as i32;
    let magnitude = (((step << 3) + MU_BIAS) << segment) - MU_BIAS;
    if bits & SIGN != 0 { -magnitude as i16 } else { magnitude as i16 }
}

const fn decode_a(octet: u8) -> i16 {
    let bits = octet ^ A_INVERTED;
    let segment = (bits >> 4) & 0x07;
    let middle_of_step = (((bits & 0x0f) as i32) << 4) + 8;
    let magnitude = if segment == 0 { middle_of_step } else { (middle_of_step + 256) << (segment - 1) };
    if bits & SIGN != 0 { magnitude as i16 } else { -magnitude as i16 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First and last quantized value of each positive segment, loudest first, in the tables' own units (2a, 1a).
    const MU_SEGMENTS: [(i32, i32); 8] = [
        (8_031, 4_191),
        (3_999, 2_079),
        (1_983, 1_023),
        (975, 495),
        (471, 231),
        (219, 99),
        (93, 33),
        (30, 0),
    ];
    const A_SEGMENTS: [(i32, i32); 8] =
        [(4_032, 2_112), (2_016, 1_056), (1_008, 528), (504, 264), (252, 132), (126, 66), (63, 33), (31, 1)];
    /// Lowest decision value of each positive segment except the first, in 16-bit units.
    const MU_DECISIONS: [i32; 7] = [124, 380, 892, 1_916, 3_964, 8_060, 16_252];
    const A_DECISIONS: [i32; 7] = [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384];

    fn octets() -> impl Iterator<Item = u8> {
        0..=u8::MAX
    }

    #[test]
    fn octets_decode_to_the_values_of_the_recommendation() {
        for (segment, (first, last)) in MU_SEGMENTS.into_iter().enumerate() {
            let octet = 0x80 + 16 * segment as u8;
            assert_eq!(i32::from(decode(Law::Mu, octet)), first * 4, "mu {octet:#x}");
            assert_eq!(i32::from(decode(Law::Mu, octet + 15)), last * 4, "mu {:#x}", octet + 15);
        }
        for (segment, (first, last)) in A_SEGMENTS.into_iter().enumerate() {
            let octet = 0xff - 16 * segment as u8;
            assert_eq!(i32::from(decode(Law::A, octet ^ A_INVERTED)), first * 8, "A {octet:#x}");
            assert_eq!(i32::from(decode(Law::A, (octet - 15) ^ A_INVERTED)), last * 8, "A {:#x}", octet - 15);
        }
    }

    #[test]
    fn the_other_half_of_the_octets_is_the_mirror_image() {
        for law in [Law::Mu, Law::A] {
            for octet in octets() {
                assert_eq!(decode(law, octet), -decode(law, octet ^ SIGN), "{law:?} {octet:#x}");
            }
        }
    }

    #[test]
    fn every_octet_survives_a_round_trip() {
        for octet in octets() {
            assert_eq!(encode(Law::A, decode(Law::A, octet)), octet, "A {octet:#x}");
            // Mu-law has two zeros; the encoder writes the positive one.
            let expected = if octet == 0x7f { 0xff } else { octet };
            assert_eq!(encode(Law::Mu, decode(Law::Mu, octet)), expected, "mu {octet:#x}");
        }
    }

    #[test]
    fn segments_begin_at_the_decision_values_of_the_recommendation() {
        for (law, decisions) in [(Law::Mu, MU_DECISIONS), (Law::A, A_DECISIONS)] {
            for value in decisions {
                let (below, above) = (encode(law, (value - 1) as i16), encode(law, value as i16));
                assert_ne!(below, above, "{law:?} decides at {value}");
                let louder = |octet| decode(law, octet) > decode(law, below);
                assert!(louder(above), "{law:?} at {value}");
            }
        }
    }

    /// The nearest value, except at one place in each segment. Between the last step of a segment and the first of the next,
    /// which is twice as wide, the recommendation doesn't decide in the middle but a sixth of the way nearer to the lower value.
    #[test]
    fn every_sample_is_encoded_to_the_nearest_value() {
        for (law, decisions, bias) in [(Law::Mu, MU_DECISIONS, MU_BIAS), (Law::A, A_DECISIONS, 0)] {
            let values: Vec<i32> = octets().map(|octet| i32::from(decode(law, octet))).collect();
            for sample in i16::MIN..=i16::MAX {
                let wanted = i32::from(sample);
                let distance = (i32::from(decode(law, encode(law, sample))) - wanted).abs();
                let nearest = values.iter().map(|value| (value - wanted).abs()).min().unwrap_or(0);
                let decided_early = decisions.iter().any(|decision| {
                    let to_the_middle = (decision + bias) / 128;
                    (*decision..=decision + to_the_middle).contains(&wanted.abs())
                });
                let allowed = if decided_early { 2 * nearest } else { nearest };
                assert!(distance <= allowed, "{law:?} {sample}: {distance} away, nearest {nearest}");
            }
        }
    }

    #[test]
    fn silence_is_the_code_of_zero() {
        for law in [Law::Mu, Law::A] {
            assert_eq!(encode(law, 0), silence(law));
            assert!(decode(law, silence(law)).abs() <= 8);
        }
    }

    #[test]
    fn slices_convert_one_for_one() {
        let samples = [0, 8, -8, 1_000, -32_768, 32_767];
        assert_eq!(decode_all(Law::A, &encode_all(Law::A, &samples)).len(), samples.len());
        assert_eq!(encode_all(Law::Mu, &[0, 0]), [0xff, 0xff]);
    }
}
