//! A secret at the end of a text that is kept up to a length: the text may end within the secret, and no search for the whole one finds that.

/// Bytes at the end of a text that are the beginning of a secret, and not all of it; 0 where it does not end in one. Fewer bytes than
/// `bytes_min` are in many texts by chance.
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
        assert_eq!(begun("tigér-tigér-77"), 0, "all of it is found elsewhere");
        assert_eq!(begun_at_end("a tig", "tig", 6), 0, "the secret is shorter than that");
    }
}
