//! Checks whether the mail server can be reached, whether it accepts our account, and whether links in mails lead here.

use std::time::Duration;

use tokio::time::timeout;

use super::Check;
use crate::command::runtime;
use crate::config::{Config, Smtp};
use crate::mail::{self, NotMailed};
use crate::web::is_here;

const SUBJECT: &str = "mail server";

/// How long the check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(15);

const FIX: &str = "check that smtp.host, smtp.port and smtp.tls (starttls on port 587, tls on 465) are the mail server's, that smtp.user and \
                   smtp.password are an account there, and that no firewall is between";

/// Returns nothing if no mail is sent.
pub(super) fn examine(config: &Config) -> Option<Check> {
    let smtp = &config.smtp;
    let place = smtp.host.as_ref()?.with_port(smtp.port.get());
    let result = match runtime() {
        Ok(runtime) => runtime.block_on(in_time(smtp)),
        Err(error) => Err(error.to_string()),
    };
    Some(match result {
        Ok(()) if smtp.user.is_some() => Check::good(SUBJECT, format!("{place} signs us in")),
        Ok(()) => Check::good(SUBJECT, format!("{place} answers")),
        Err(fault) => Check::bad(SUBJECT, format!("{place}: {fault}"), FIX.to_owned()),
    })
}

/// Reports links in mails, such as those of invitations, that lead each reader to their own machine. Returns nothing if no mail is sent.
pub(super) fn links(config: &Config) -> Option<Check> {
    config.smtp.host.as_ref()?;
    let base = config.base_url(config.http.listen);
    is_here(&base).then(|| {
        Check::bad(
            "links in mails",
            format!("invitations and other mails have links that begin with {base}, which is each reader's own machine"),
            "set http.public_base_url to the address by which people reach this server, such as https://calls.example.com"
                .to_owned(),
        )
    })
}

async fn in_time(smtp: &Smtp) -> Result<(), String> {
    match timeout(CHECK_TIMEOUT, mail::check(smtp)).await {
        Ok(result) => result.unwrap_or(Ok(())).map_err(|fault: NotMailed| fault.to_string()),
        Err(_) => Err(format!("no answer within {} s", CHECK_TIMEOUT.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::config::Sources;

    fn config(port: u16) -> Config {
        let settings = [
            ("CORDBOARD_SMTP__HOST", "127.0.0.1".to_owned()),
            ("CORDBOARD_SMTP__PORT", port.to_string()),
            ("CORDBOARD_SMTP__TLS", "none".to_owned()),
            ("CORDBOARD_SMTP__FROM", "calls@example.com".to_owned()),
            ("CORDBOARD_SMTP__USER", "calls".to_owned()),
            ("CORDBOARD_SMTP__PASSWORD", "tiger".to_owned()),
        ];
        let environment = settings.map(|(name, value)| (name.into(), value.into())).to_vec();
        Config::load(&Sources { environment, ..Sources::default() }).unwrap().config
    }

    /// Starts a mail server that gives this answer to a sign-in, and returns its port.
    fn answering(answer: &'static str) -> u16 {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        thread::spawn(move || {
            let (stream, _) = server.accept().unwrap();
            let (lines, mut answers) = (BufReader::new(stream.try_clone().unwrap()).lines(), stream);
            answers.write_all(b"220 ready\r\n").unwrap();
            for line in lines.map_while(Result::ok) {
                let said = match line.split(' ').next() {
                    Some("EHLO") => "250-here\r\n250 AUTH PLAIN",
                    Some("AUTH") => answer,
                    _ => "221 bye",
                };
                let _ = answers.write_all(format!("{said}\r\n").as_bytes());
            }
        });
        port
    }

    #[test]
    fn links_to_each_readers_own_machine_are_reported() {
        let found = |settings: &[(&str, &str)]| {
            let mail =
                [("CORDBOARD_SMTP__HOST", "mail.example.com"), ("CORDBOARD_SMTP__FROM", "calls@example.com")];
            let environment =
                mail.iter().chain(settings).map(|(name, value)| (name.into(), value.into())).collect();
            links(&Config::load(&Sources { environment, ..Sources::default() }).unwrap().config)
        };
        assert_eq!(links(&Config::default()), None, "no mail is sent");
        let said = format!("{:?}", found(&[]));
        assert!(said.contains("begin with http://127.0.0.1:8080") && said.contains("Bad"), "{said}");
        assert!(found(&[("CORDBOARD_HTTP__LISTEN", "0.0.0.0:8080")]).unwrap().is_bad());
        assert_eq!(found(&[("CORDBOARD_HTTP__LISTEN", "192.0.2.7:8080")]), None);
        assert_eq!(found(&[("CORDBOARD_HTTP__PUBLIC_BASE_URL", "https://calls.example.com")]), None);
    }

    #[test]
    fn a_refused_account_and_an_absent_server_are_reported() {
        assert_eq!(examine(&Config::default()), None);
        let signed_in = examine(&config(answering("235 welcome"))).unwrap();
        assert!(format!("{signed_in:?}").contains("signs us in"), "{signed_in:?}");
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for port in [answering("535 go away"), closed] {
            let check = examine(&config(port)).unwrap();
            let said = format!("{check:?}");
            assert!(check.is_bad() && said.contains("smtp.password") && !said.contains("tiger"), "{said}");
        }
    }
}
