//! Settings that are valid alone and contradict each other.

use super::{Config, ProviderName, Recordings, Reports, Secret, StorePlace};
use cordboard_settings::Layers;
use lettre::message::Mailbox;

use crate::secret_box::SECRET_KEY_CHARS_MIN;

/// Minimum length of the key that signs the warehouse's files.
const EXPORT_KEY_CHARS_MIN: usize = 32;

impl Config {
    /// Browsers let a page served over https open sockets only with TLS.
    fn softphone_contradictions(&self, layers: &mut Layers) {
        let is_plain = self.softphone.url.as_ref().is_some_and(|url| url.as_str().starts_with("ws://"));
        let is_https =
            self.http.public_base_url.as_ref().is_some_and(|url| url.as_str().starts_with("https://"));
        if is_plain && is_https {
            layers.contradiction(
                "softphone.url",
                "the pages are served over https, and browsers refuse a ws address there".to_owned(),
                "set softphone.url to the switch's address with wss".to_owned(),
            );
        }
        if self.softphone.url.is_none() && self.softphone.domain.is_some() {
            layers.contradiction(
                "softphone.domain",
                "no browser registers without an address of the switch".to_owned(),
                "set softphone.url, such as wss://pbx.example:8089/ws, or remove softphone.domain".to_owned(),
            );
        }
    }

    /// Settings of a bucket have no effect without one.
    fn recordings_contradictions(&self, layers: &mut Layers) {
        let Recordings { store, s3_endpoint, s3_region, s3_access_key, s3_secret_key, .. } = &self.recordings;
        let places = [store, &self.reports.export];
        if !places.iter().any(|place| matches!(place, Some(StorePlace::Bucket { .. }))) {
            for (name, is_set) in [
                ("recordings.s3_endpoint", s3_endpoint.is_some()),
                ("recordings.s3_region", s3_region.is_some()),
                ("recordings.s3_access_key", s3_access_key.is_some()),
            ] {
                if is_set {
                    layers.contradiction(
                        name,
                        "it belongs to a bucket, and neither recordings.store nor reports.export names one"
                            .to_owned(),
                        format!("set recordings.store, such as s3://my-recordings, or remove {name}"),
                    );
                }
            }
        }
        if s3_access_key.is_some() != s3_secret_key.is_some() {
            layers.contradiction(
                "recordings.s3_access_key",
                "an access key and its secret must both be set".to_owned(),
                "set recordings.s3_access_key and recordings.s3_secret_key, or neither".to_owned(),
            );
        }
    }

    /// Files for the warehouse must be signed.
    fn reports_contradictions(&self, layers: &mut Layers) {
        let Reports { export, export_key, .. } = &self.reports;
        let is_long = |key: &Secret| key.expose().chars().count() >= EXPORT_KEY_CHARS_MIN;
        match (export, export_key) {
            (Some(_), None) => layers.contradiction(
                "reports.export",
                "the files must be signed, and there is no key".to_owned(),
                "set reports.export_key to 32 characters or more, for example the output of `openssl rand -hex 32`"
                    .to_owned(),
            ),
            (_, Some(key)) if !is_long(key) => layers.contradiction(
                "reports.export_key",
                format!("it has fewer than {EXPORT_KEY_CHARS_MIN} characters"),
                "set a longer one, for example the output of `openssl rand -hex 32`".to_owned(),
            ),
            (None, Some(_)) => layers.contradiction(
                "reports.export_key",
                "no files are written for a warehouse".to_owned(),
                "set reports.export, such as s3://my-warehouse, or remove reports.export_key".to_owned(),
            ),
            _ => {}
        }
    }

    /// TLS needs a certificate and a key, or neither.
    fn tls_contradictions(&self, layers: &mut Layers) {
        for (name, other, is_alone) in [
            ("http.tls_certificate", "http.tls_key", self.http.tls_key.is_none()),
            ("http.tls_key", "http.tls_certificate", self.http.tls_certificate.is_none()),
        ] {
            if is_alone && (self.http.tls_certificate.is_some() || self.http.tls_key.is_some()) {
                layers.contradiction(
                    name,
                    "TLS needs a certificate and its key".to_owned(),
                    format!("set {other} too, or neither"),
                );
            }
        }
    }

    /// Mails need a sender's address, and an account needs a name and a password.
    fn smtp_contradictions(&self, layers: &mut Layers) {
        if self.smtp.host.is_none() {
            return;
        }
        for (name, other, is_alone) in [
            ("smtp.user", "smtp.password", self.smtp.user.is_some() && self.smtp.password.is_none()),
            ("smtp.password", "smtp.user", self.smtp.password.is_some() && self.smtp.user.is_none()),
        ] {
            if is_alone {
                layers.contradiction(
                    name,
                    "an account needs a name and a password; without both there is no sign-in".to_owned(),
                    format!("set {other} too, or neither"),
                );
            }
        }
        if self.smtp.from.as_ref().is_none_or(|from| from.parse::<Mailbox>().is_err()) {
            layers.contradiction(
                "smtp.from",
                "a mail server accepts no mail without a sender's address".to_owned(),
                "set smtp.from, as cordboard@example.com".to_owned(),
            );
        }
    }

    /// Paths are appended to the public address.
    fn base_url_contradictions(&self, layers: &mut Layers) {
        if let Some(base) = &self.http.public_base_url
            && (!base.as_str().starts_with("http") || base.as_str().contains(['?', '#']))
        {
            layers.contradiction(
                "http.public_base_url",
                "paths are added to it, and requests to it use HTTP".to_owned(),
                "give an address with http or https and no query, such as https://calls.example.com"
                    .to_owned(),
            );
        }
    }

    /// Traces are sent over HTTP.
    fn traces_contradictions(&self, layers: &mut Layers) {
        if let Some(endpoint) = &self.otel.endpoint
            && !endpoint.as_str().starts_with("http")
        {
            layers.contradiction(
                "otel.endpoint",
                "traces are sent over HTTP".to_owned(),
                "give an address with http or https, such as http://127.0.0.1:4318".to_owned(),
            );
        }
    }

    /// The default switch for calls must exist.
    fn switch_contradictions(&self, layers: &mut Layers) {
        if let Some(name) = &self.calls.switch {
            let known = self.switch_names();
            if !known.contains(&name.as_str()) {
                layers.contradiction(
                    "calls.switch",
                    format!("there is no switch {name}"),
                    format!("name one of {}", known.join(", ")),
                );
            }
        }
    }

    /// The fallback extension must exist.
    fn fallback_contradictions(&self, layers: &mut Layers) {
        let fallbacks = [
            ("calls.fallback_extension", &self.calls.fallback_extension),
            ("osdial.fallback_extension", &self.osdial.fallback_extension),
        ];
        for (setting, name) in fallbacks {
            let Some(name) = name.as_ref().filter(|name| self.extensions.get(name).is_none()) else {
                continue;
            };
            layers.contradiction(
                setting,
                format!("there is no extension {name}"),
                format!("add {name} = \"context,exten,priority\" to [extensions]"),
            );
        }
    }

    /// A short secret key could be guessed.
    fn secret_key_contradictions(&self, layers: &mut Layers) {
        if self.secret_key.as_ref().is_some_and(|key| key.expose().len() < SECRET_KEY_CHARS_MIN) {
            layers.contradiction(
                "secret_key",
                format!("it has fewer than {SECRET_KEY_CHARS_MIN} characters"),
                "set a longer one, for example the output of `openssl rand -base64 32`".to_owned(),
            );
        }
    }

    /// Notes all contradictions.
    pub(super) fn contradictions(&self, layers: &mut Layers) {
        self.secret_key_contradictions(layers);
        for section in self.legs.each() {
            section.contradictions(layers);
        }
        self.port_contradictions(layers);
        self.recordings_contradictions(layers);
        self.reports_contradictions(layers);
        self.tls_contradictions(layers);
        self.smtp_contradictions(layers);
        self.softphone_contradictions(layers);
        for section in self.switches.each() {
            section.contradictions(&self.around(), layers);
        }
        self.name_contradictions(layers);
        self.base_url_contradictions(layers);
        self.judge_contradictions(layers);
        self.osdial_contradictions(layers);
        if let ProviderName::Voice(voice) = self.assistant.provider
            && let Some((_, section)) = self.voices.of(voice)
        {
            section.contradictions(&self.voices, layers);
        }
        self.traces_contradictions(layers);
        self.switch_contradictions(layers);
        self.fallback_contradictions(layers);
    }
}
