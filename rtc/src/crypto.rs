//! Cryptography for `str0m`: `ring` and RustCrypto's AES for SRTP and STUN, `dimpl` on RustCrypto for DTLS 1.2. A build needs Rust and a C compiler,
//! but neither OpenSSL nor AWS-LC nor CMake.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aes::cipher::generic_array::GenericArray;
use aes::cipher::{BlockEncrypt, KeyInit, KeyIvInit, StreamCipher};
use aes::{Aes128, Aes256};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use ring::{digest, hmac};
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion,
};
use str0m::crypto::{
    AeadAes128Gcm, AeadAes128GcmCipher, AeadAes256Gcm, AeadAes256GcmCipher, Aes128CmSha1_80Cipher,
    CryptoError, CryptoProvider, Sha1HmacProvider, Sha256Provider, SrtpProvider, SupportedAeadAes128Gcm,
    SupportedAeadAes256Gcm, SupportedAes128CmSha1_80,
};

use crate::association::Association;

/// The certificate by which browsers know this server: its fingerprint is in every answer.
#[derive(Clone)]
pub struct Certificate(DtlsCert);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[error("no certificate for DTLS can be made: {0}")]
pub struct CertificateFault(#[from] rcgen::Error);

impl Certificate {
    /// Makes a new key on P-256, and a self-signed certificate.
    ///
    /// # Errors
    /// Fails if the system provides no random numbers.
    pub fn generate() -> Result<Self, CertificateFault> {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = rcgen::CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(rcgen::DnType::CommonName, "Cordboard");
        let certificate = params.self_signed(&key)?;
        let (certificate, private_key) = (certificate.der().to_vec(), key.serialize_der());
        Ok(Self(DtlsCert { certificate, private_key }))
    }

    pub(crate) fn dtls(&self) -> DtlsCert {
        DtlsCert { certificate: self.0.certificate.clone(), private_key: self.0.private_key.clone() }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

/// The crypto provider of all connections.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        srtp_provider: &Srtp,
        sha1_hmac_provider: &Hmac,
        sha256_provider: &Digest,
        dtls_provider: &Dtls,
    })
}

/// Returns the HMAC-SHA1 over several pieces, for STUN.
pub(crate) fn hmac_sha1(key: &[u8], pieces: &[&[u8]]) -> [u8; 20] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let mut context = hmac::Context::with_key(&key);
    pieces.iter().for_each(|piece| context.update(piece));
    let mut tag = [0; 20];
    // SHA-1 has 20 bytes.
    tag.copy_from_slice(context.sign().as_ref());
    tag
}

#[derive(Debug)]
struct Hmac;

impl Sha1HmacProvider for Hmac {
    fn sha1_hmac(&self, key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
        hmac_sha1(key, payloads)
    }
}

#[derive(Debug)]
struct Digest;

impl Sha256Provider for Digest {
    fn sha256(&self, data: &[u8]) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
        hash
    }
}

#[derive(Debug)]
struct Srtp;

impl SrtpProvider for Srtp {
    fn aes_128_cm_sha1_80(&self) -> &'static dyn SupportedAes128CmSha1_80 {
        &CounterMode
    }

    fn aead_aes_128_gcm(&self) -> &'static dyn SupportedAeadAes128Gcm {
        &Gcm
    }

    fn aead_aes_256_gcm(&self) -> &'static dyn SupportedAeadAes256Gcm {
        &Gcm
    }

    fn srtp_aes_128_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        encrypt_padded(&Aes128::new(GenericArray::from_slice(key)), input, output);
    }

    fn srtp_aes_256_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        encrypt_padded(&Aes256::new(GenericArray::from_slice(key)), input, output);
    }
}

/// Encrypts one block and, as `str0m` expects, appends a block of PKCS #7 padding.
fn encrypt_padded(
    cipher: &impl BlockEncrypt<BlockSize = aes::cipher::consts::U16>,
    input: &[u8],
    output: &mut [u8],
) {
    let mut block = GenericArray::clone_from_slice(&input[..16]);
    cipher.encrypt_block(&mut block);
    output[..16].copy_from_slice(&block);
    let mut padding = GenericArray::from([16; 16]);
    cipher.encrypt_block(&mut padding);
    output[16..32].copy_from_slice(&padding);
}

#[derive(Debug)]
struct CounterMode;

impl SupportedAes128CmSha1_80 for CounterMode {
    fn create_cipher(&self, key: [u8; 16], _: bool) -> Box<dyn Aes128CmSha1_80Cipher> {
        Box::new(CounterCipher(key))
    }
}

struct CounterCipher([u8; 16]);

impl fmt::Debug for CounterCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CounterCipher")
    }
}

impl Aes128CmSha1_80Cipher for CounterCipher {
    fn encrypt(&mut self, iv: &[u8; 16], input: &[u8], output: &mut [u8]) -> Result<(), CryptoError> {
        let output = output.get_mut(..input.len()).ok_or_else(too_short)?;
        output.copy_from_slice(input);
        ctr::Ctr128BE::<Aes128>::new(&self.0.into(), iv.into()).apply_keystream(output);
        Ok(())
    }

    fn decrypt(&mut self, iv: &[u8; 16], input: &[u8], output: &mut [u8]) -> Result<(), CryptoError> {
        self.encrypt(iv, input, output)
    }
}

#[derive(Debug)]
struct Gcm;

impl SupportedAeadAes128Gcm for Gcm {
    fn create_cipher(&self, key: [u8; 16], _: bool) -> Box<dyn AeadAes128GcmCipher> {
        Box::new(GcmCipher::new(&AES_128_GCM, &key))
    }
}

impl SupportedAeadAes256Gcm for Gcm {
    fn create_cipher(&self, key: [u8; 32], _: bool) -> Box<dyn AeadAes256GcmCipher> {
        Box::new(GcmCipher::new(&AES_256_GCM, &key))
    }
}

/// None only for a key of a wrong length, which the types rule out.
struct GcmCipher(Option<LessSafeKey>);

impl fmt::Debug for GcmCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GcmCipher")
    }
}

impl GcmCipher {
    fn new(algorithm: &'static Algorithm, key: &[u8]) -> Self {
        Self(UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new))
    }

    fn seal(&self, iv: [u8; 12], aad: &[u8], input: &[u8], output: &mut [u8]) -> Result<(), CryptoError> {
        let key = self.0.as_ref().ok_or_else(refused)?;
        let tag_len = key.algorithm().tag_len();
        let output = output.get_mut(..input.len() + tag_len).ok_or_else(too_short)?;
        let (sealed, tag_place) = output.split_at_mut(input.len());
        sealed.copy_from_slice(input);
        let nonce = Nonce::assume_unique_for_key(iv);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), sealed).map_err(|_| refused())?;
        tag_place.copy_from_slice(tag.as_ref());
        Ok(())
    }

    fn open(
        &self,
        iv: [u8; 12],
        aads: &[&[u8]],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        let key = self.0.as_ref().ok_or_else(refused)?;
        let mut sealed = input.to_vec();
        let nonce = Nonce::assume_unique_for_key(iv);
        let opened =
            key.open_in_place(nonce, Aad::from(aads.concat()), &mut sealed).map_err(|_| refused())?;
        output.get_mut(..opened.len()).ok_or_else(too_short)?.copy_from_slice(opened);
        Ok(opened.len())
    }
}

impl AeadAes128GcmCipher for GcmCipher {
    fn encrypt(
        &mut self,
        iv: &[u8; AeadAes128Gcm::IV_LEN],
        aad: &[u8],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        self.seal(*iv, aad, input, output)
    }

    fn decrypt(
        &mut self,
        iv: &[u8; AeadAes128Gcm::IV_LEN],
        aads: &[&[u8]],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        self.open(*iv, aads, input, output)
    }
}

impl AeadAes256GcmCipher for GcmCipher {
    fn encrypt(
        &mut self,
        iv: &[u8; AeadAes256Gcm::IV_LEN],
        aad: &[u8],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        self.seal(*iv, aad, input, output)
    }

    fn decrypt(
        &mut self,
        iv: &[u8; AeadAes256Gcm::IV_LEN],
        aads: &[&[u8]],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        self.open(*iv, aads, input, output)
    }
}

fn too_short() -> CryptoError {
    CryptoError::Other("there is no room for the output".to_owned())
}

fn refused() -> CryptoError {
    CryptoError::Other("the cipher refuses the packet".to_owned())
}

#[derive(Debug)]
struct Dtls;

impl DtlsProvider for Dtls {
    /// The hub gives every connection its own certificate.
    fn generate_certificate(&self) -> Option<DtlsCert> {
        None
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        _: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let config = dtls_config(mtu)?;
        let cert = DtlsCert { certificate: cert.certificate.clone(), private_key: cert.private_key.clone() };
        let dtls = dimpl::Dtls::new_12(config, cert, now);
        Ok(Box::new(DtlsState { dtls, association: Association::default() }))
    }
}

/// Returns the configuration of DTLS for packets of at most `mtu` bytes. All connections with the same limit share it, because `dimpl` tries every
/// key exchange and cipher each time that it builds one (6 ms of a core), and connections are made on threads that carry sound.
fn dtls_config(mtu: Option<usize>) -> Result<Arc<dimpl::Config>, CryptoError> {
    static BY_MTU: Mutex<BTreeMap<Option<usize>, Arc<dimpl::Config>>> = Mutex::new(BTreeMap::new());
    let mut by_mtu = BY_MTU.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(config) = by_mtu.get(&mtu) {
        return Ok(Arc::clone(config));
    }
    // Records wait until their address has shown that it receives them (`consent.rs`), so DTLS needs no cookie.
    let builder = dimpl::Config::builder().use_server_cookie(false);
    let builder = mtu.into_iter().fold(builder, dimpl::ConfigBuilder::mtu);
    let config = Arc::new(builder.build().map_err(|error| CryptoError::Other(error.to_string()))?);
    by_mtu.insert(mtu, Arc::clone(&config));
    Ok(config)
}

struct DtlsState {
    dtls: dimpl::Dtls,
    association: Association,
}

impl fmt::Debug for DtlsState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DtlsState")
    }
}

impl DtlsInstance for DtlsState {
    fn set_active(&mut self, active: bool) {
        self.dtls.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.dtls.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        match self.dtls.poll_output(buf) {
            // An empty packet means nothing.
            DtlsOutput::ApplicationData(packet) if !self.association.admits(packet) => {
                DtlsOutput::ApplicationData(&[])
            }
            output => output,
        }
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.dtls.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<(), DtlsImplError> {
        self.dtls.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.dtls.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.dtls.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.dtls.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.dtls.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.dtls.close()
    }
}
