//! The model that judges examples: its address, and the settings that it needs.

use cordboard_actors::assistant::openai;
use cordboard_settings::Layers;
use cordboard_settings::section;

use super::{BaseUrl, Config, Count, RegionName, Secret};

section! {
    /// The model that judges whether an example does what is expected in plain words.
    "judge." Judge {
        /// Address of the judge: OpenAI's chat completions or a compatible server, such as https://api.openai.com/v1; /chat/completions is added to
        /// it. Unset, there is no judge.
        base_url: Option<BaseUrl> = None,
        /// Key of the judge; your own server may need none.
        key: Option<Secret> = None,
        /// The model that judges.
        model: String = "gpt-4.1-mini".to_owned(),
        /// Milliseconds that a verdict may take, including a second attempt.
        timeout_ms: Count<1_000, 120_000> = Count::new(30_000),
        /// Region in which the judge stores what it receives, by contract. It judges calls whose data must stay there.
        data_region: RegionName = RegionName::Unknown,
    }
}

impl Config {
    /// Notes contradictions in the settings.
    pub(super) fn judge_contradictions(&self, layers: &mut Layers) {
        let Judge { base_url, key, .. } = &self.judge;
        match base_url {
            None if key.is_some() => layers.contradiction(
                "judge.key",
                "there is no judge to use the key for".to_owned(),
                "set judge.base_url to where the judge is, such as https://api.openai.com/v1, or remove the key".to_owned(),
            ),
            Some(url) if !url.as_str().starts_with("http") => layers.contradiction(
                "judge.base_url",
                format!("{url} is not an address of chat completions"),
                "give an address with http or https, such as https://api.openai.com/v1".to_owned(),
            ),
            Some(url) if *url == openai::public_url() && key.is_none() => layers.contradiction(
                "judge.base_url",
                format!("a judge at {url} gives no verdicts without a key"),
                "set judge.key, or judge.base_url to a server of your own".to_owned(),
            ),
            _ => {}
        }
    }
}
