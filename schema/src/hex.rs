//! Bytes as hexadecimal digits.

/// Returns the bytes as hexadecimal digits in lower case.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    let digits = bytes.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_two_digits_in_lower_case() {
        assert_eq!(hex([0x00_u8, 0x0a, 0x5f, 0xff]), "000a5fff");
        assert_eq!(hex([0_u8; 0]), "");
    }
}
