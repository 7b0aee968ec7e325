//! A secret at the end of a text that is cut to a length: the text may end in the middle of the secret, where a
//! search for the whole secret does not find it.

/// Returns the number of bytes at the end of a text that are the beginning of a secret, but not all of it; 0 if there
/// are none. Matches of fewer than `bytes_min` bytes are ignored, because many texts contain them by chance.
pub fn begun_at_end(text: &str, secret: &str, bytes_min: usize) -> usize {
    let ends_with_part = |end: &usize| secret.get(..*end).is_some_and(|part| text.ends_with(part));
    (bytes_min..secret.len()).rev().find(ends_with_part).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secrets_longest_beginning_at_the_end_is_found() {
        let begun = |text| begun_at_end(text, "tigér-tigér-77", 6);
        assert_eq!(begun("a tigér-tigér-7"), "tigér-tigér-7".len());
        assert_eq!(begun("a tigér-"), "tigér-".len());
        assert_eq!(begun("a tig"), 0, "too little of it");
        assert_eq!(begun("a tigér-, and more"), 0, "it is not at the end");
        assert_eq!(begun("tigér-tigér-77"), 0, "the whole secret is found elsewhere");
        assert_eq!(begun_at_end("a tig", "tig", 6), 0, "the secret is shorter than that");
    }
}
