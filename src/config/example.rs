//! The text of `.env.example`.

use cordboard_settings::Listed;

use super::{Config, variable_of};

/// Returns the text of `.env.example`: every setting with its documentation and default, commented out.
pub fn env_example() -> String {
    let mut text = String::from(
        "# Every setting of Cordboard with its default. Copy this file to .env in the folder that Cordboard is\n\
         # started in, and uncomment what you want to change. The environment wins over .env, and .env over the\n\
         # file of --config. Made by `cordboard config --example`.\n\
         # A value with spaces, quotes, # or $ stands in single quotes: outside of them $NAME is another variable's value.\n\
         #\n\
         # What models cost is set in the file alone, as [prices.\"gpt-realtime\"] audio_output = 64.00, in costs.currency\n\
         # for a million tokens (audio_minute: for a minute). `cordboard config` shows the shipped prices: compare them\n\
         # with your provider's.\n",
    );
    // A variable's name can't have a hyphen, but models have them.
    for setting in Config::default().list().iter().filter(|setting| !setting.name.contains('-')) {
        let Listed { doc, expected, value, .. } = setting;
        text.push_str(&format!("\n# {doc}\n# Takes {expected}.\n#{}={value}\n", variable_of(&setting.name)));
    }
    text
}
