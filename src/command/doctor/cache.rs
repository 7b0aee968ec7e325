//! Does the Redis answer, where one is configured?

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
            "start the Redis, or set REDIS_URL to another; without REDIS_URL the cache is in the process"
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
    fn without_a_redis_there_is_nothing_to_look_at() {
        assert_eq!(examine(&Config::default()), None);
    }

    #[test]
    fn one_that_does_not_answer_is_told_without_its_password() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = configured(&format!("redis://:tiger@127.0.0.1:{port}"));
        let Some(Check { outcome: Outcome::Bad { found, fix }, .. }) = examine(&config) else {
            panic!("nobody is there")
        };
        assert!(found.contains("********") && !found.contains("tiger"), "{found}");
        assert!(fix.contains("REDIS_URL"), "{fix}");
    }
}
