//! Checks whether Redis answers, if it is configured.

use super::Check;
use crate::cache::{CacheFault, check};
use crate::config::{Config, RedisUrl};

const SUBJECT: &str = "cache";

pub(super) fn examine(config: &Config) -> Option<Check> {
    let url = config.redis_url.as_ref()?;
    Some(judge(url, check(url)))
}

fn judge(url: &RedisUrl, answer: Result<String, CacheFault>) -> Check {
    match answer {
        Ok(version) => Check::good(SUBJECT, format!("{url} answers, Redis {version}")),
        Err(fault) => Check::bad(
            SUBJECT,
            format!("{url}: {fault}"),
            "start Redis, or set REDIS_URL to another one; without REDIS_URL the cache is in the process"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::Outcome;
    use super::*;
    use crate::config::Sources;

    fn configured(url: &str) -> Config {
        let environment = vec![("REDIS_URL".into(), url.into())];
        Config::load(&Sources { environment, ..Sources::default() }).unwrap().config
    }

    #[test]
    fn without_redis_there_is_no_check() {
        assert_eq!(examine(&Config::default()), None);
    }

    #[test]
    fn an_unreachable_redis_is_reported_without_its_password() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = configured(&format!("redis://:tiger@127.0.0.1:{port}"));
        let Some(Check { outcome: Outcome::Bad { found, fix }, .. }) = examine(&config) else {
            panic!("nothing listens there")
        };
        assert!(found.contains("********") && !found.contains("tiger"), "{found}");
        assert!(fix.contains("REDIS_URL"), "{fix}");
    }
}
