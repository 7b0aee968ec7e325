//! Decrypts secrets of integrations. Only this file does.

use cordboard_schema::integration::Integration;

use crate::config::Secret;
use crate::secret_box::{SecretBox, UnsealError};

/// Why a configured secret can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It can't be decrypted.
    #[error("the secret {name} can't be opened: {cause}")]
    Sealed {
        /// Its name.
        name: String,
        /// The reason.
        cause: UnsealError,
    },
    /// The decrypted bytes are not text.
    #[error("the secret {name} is not text: set it again")]
    NoText {
        /// Its name.
        name: String,
    },
}

/// Returns a secret of an integration; none if it is not set.
///
/// # Errors
/// [`OpenError`].
pub fn open(secrets: &SecretBox, integration: &Integration, name: &str) -> Result<Option<Secret>, OpenError> {
    let Some(sealed) = integration.secrets.get(name) else { return Ok(None) };
    let name = || name.to_owned();
    let context =
        Integration::seal_context(integration.organization_id, integration.settings.kind(), &name());
    let bytes = secrets
        .unseal(&context, &sealed.sealed)
        .map_err(|cause| OpenError::Sealed { name: name(), cause })?;
    let text = String::from_utf8(bytes).map_err(|_| OpenError::NoText { name: name() })?;
    Ok(Some(Secret::new(text)))
}
