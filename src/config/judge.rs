//! The model that judges examples: where it is, and what it can't be used without.

use cordboard_actors::assistant::openai;
use cordboard_settings::Layers;
use cordboard_settings::section;

use super::{BaseUrl, Config, Count, RegionName, Secret};

section! {
    /// The model that judges whether an example means what is expected in plain words.
    "judge." Judge {
        /// Address of the judge, by OpenAI's chat completions or a server that speaks them, as https://api.openai.com/v1; /chat/completions is added to it. Unset, there is no judge.
        base_url: Option<BaseUrl> = None,
        /// Key of the judge; a server of one's own may want none.
        key: Option<Secret> = None,
        /// The model that judges.
        model: String = "gpt-4.1-mini".to_owned(),
        /// Milliseconds that a verdict may take, a second attempt included.
        timeout_ms: Count<1_000, 120_000> = Count::new(30_000),
        /// Region in which the judge stores what it is asked, by contract. It judges calls whose data must stay there.
        data_region: RegionName = RegionName::Unknown,
    }
}

impl Config {
    /// Contradictions in the settings.
    pub(super) fn judge_contradictions(&self, layers: &mut Layers) {
        let Judge { base_url, key, .. } = &self.judge;
        match base_url {
            None if key.is_some() => layers.contradiction(
                "judge.key",
                "there is no judge that takes a key".to_owned(),
                "set judge.base_url to where the judge is, as https://api.openai.com/v1, or leave the key out".to_owned(),
            ),
            Some(url) if !url.as_str().starts_with("http") => layers.contradiction(
                "judge.base_url",
                format!("{url} is no address of chat completions"),
                "give an address with http or https, as https://api.openai.com/v1".to_owned(),
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
