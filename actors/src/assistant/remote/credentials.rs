//! Credentials for a server with OpenAI's API: a key, or headers of its own.

use tokio_tungstenite::tungstenite::ClientRequestBuilder;

/// Length in bytes from which on the value of a header or a URL parameter may be a key: `true` and `v1` are none.
pub(in crate::assistant) const SECRET_BYTES_MIN: usize = 8;
/// Headers that carry a key; the second one is Azure's.
const KEY_HEADERS: [&str; 2] = ["authorization", "api-key"];

/// See the module's description.
#[derive(Clone, Copy)]
pub(in crate::assistant) struct Credentials<'a> {
    /// The key; `None` if the server needs none, or gets it in a header.
    pub(in crate::assistant) key: Option<&'a str>,
    /// Extra headers, as name and value.
    pub(in crate::assistant) headers: &'a [(String, String)],
}

impl Credentials<'_> {
    /// Returns the secrets, to keep them out of the journal if a server repeats them.
    pub(in crate::assistant) fn secrets(&self) -> Vec<String> {
        // A server that repeats the key of `Bearer KEY` may leave the scheme out.
        let values = self.headers.iter().flat_map(|(_, value)| {
            let bare = value.rsplit_once(' ').map(|(_, key)| key);
            std::iter::once(value.as_str()).chain(bare)
        });
        let values = values.filter(|value| value.len() >= SECRET_BYTES_MIN);
        self.key.into_iter().chain(values).map(str::to_owned).collect()
    }

    /// Adds them to a request. The key is left out if a header has another.
    pub(in crate::assistant) fn sent_with(&self, mut request: ClientRequestBuilder) -> ClientRequestBuilder {
        let is_key = |name: &str| KEY_HEADERS.into_iter().any(|known| name.eq_ignore_ascii_case(known));
        let has_own_key = self.headers.iter().any(|(name, _)| is_key(name));
        if let (Some(key), false) = (self.key, has_own_key) {
            request = request.with_header("Authorization", format!("Bearer {key}"));
        }
        for (name, value) in self.headers {
            request = request.with_header(name, value);
        }
        request
    }
}
