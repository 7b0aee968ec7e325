//! Secrets of an account, redacted from what a provider says before it is logged, journalled or shown, because a server may
//! repeat what it was sent.

use std::fmt;
use std::sync::Arc;

use super::loss::Loss;
use crate::assistant::provider::ProviderFault;
use crate::cut_secret::begun_at_end;

/// Replacement for a secret.
const STRUCK: &str = "[key]";
/// Shortest part of a secret, in bytes, that is redacted at the end of a text: texts are cut to a length, and the cut may be
/// within a secret.
const CUT_BYTES_MIN: usize = 12;

/// See the module's description. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::assistant) struct Secrets(Arc<[String]>);

/// Leaves the secrets out.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    /// Returns these secrets.
    pub(in crate::assistant) fn of(mut secrets: Vec<String>) -> Self {
        secrets.retain(|secret| !secret.is_empty());
        // A secret that contains another is redacted as a whole.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets.into())
    }

    /// Redacts them from a text.
    pub(in crate::assistant) fn out_of(&self, mut text: String) -> String {
        for secret in self.0.iter() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), STRUCK);
            }
            let cut = begun_at_end(&text, secret, CUT_BYTES_MIN);
            if cut > 0 {
                text.truncate(text.len() - cut);
                text.push_str(STRUCK);
            }
        }
        text
    }

    /// Redacts them from a fault.
    pub(in crate::assistant) fn out_of_fault(&self, fault: ProviderFault) -> ProviderFault {
        ProviderFault { reason: self.out_of(fault.reason), ..fault }
    }

    /// Redacts them from a loss.
    pub(in crate::assistant) fn out_of_loss(&self, loss: Loss) -> Loss {
        Loss { fault: self.out_of_fault(loss.fault), ..loss }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out_of(text: &str) -> String {
        let secrets = ["sk-1", "", "Bearer sk-1", "0123456789-abcdef"].map(str::to_owned);
        Secrets::of(secrets.into()).out_of(text.to_owned())
    }

    #[test]
    fn no_secret_is_left_in_a_text() {
        assert_eq!(out_of("bad key sk-1, or 0123456789-abcdef."), "bad key [key], or [key].");
        assert_eq!(out_of("header Bearer sk-1"), "header [key]");
        assert_eq!(out_of("all is well"), "all is well");
    }

    #[test]
    fn a_truncated_secret_at_the_end_is_redacted() {
        assert_eq!(out_of("you sent 0123456789-abc"), "you sent [key]");
        assert_eq!(out_of("it is 01234"), "it is 01234", "a number that many things have");
    }

    #[test]
    fn secrets_are_not_in_the_debug_text() {
        assert!(!format!("{:?}", Secrets::of(vec!["sk-1".to_owned()])).contains("sk-1"));
    }
}
