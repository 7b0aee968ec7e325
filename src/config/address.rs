//! Addresses that may contain a password.

use url::Url;

use super::Secret;

/// Parts of such an address that no text may show: the whole address if it has a password, and the password.
pub(super) fn secrets(whole: &Secret) -> Vec<String> {
    let url = Url::parse(whole.expose()).ok();
    let password = url.as_ref().and_then(Url::password);
    password.map(|password| vec![whole.expose().to_owned(), password.to_owned()]).unwrap_or_default()
}
