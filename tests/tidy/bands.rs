//! The studio shows for its faders exactly what the server makes of them.

use std::fs;
use std::path::Path;

use cordboard_schema::style::{BANDS, Band, Setting};

/// A range as the studio's table writes it.
fn row(band: &Band) -> String {
    let setting = match band.setting {
        Setting::Nothing => String::new(),
        Setting::Speed(percent) => format!(", speed: {percent}"),
        Setting::Threshold(percent) => format!(", threshold: {percent}"),
    };
    format!("{{ to: {}, told: \"{}\"{setting} }},", band.to, band.instruction)
}

#[test]
fn the_studios_table_matches_the_servers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/src/studio/bands.ts");
    let text = fs::read_to_string(path).unwrap();
    for band in BANDS {
        let head = format!("\n  {}: [", format!("{:?}", band.slider).to_lowercase());
        let (_, rows) = text.split_once(&head).unwrap_or_else(|| panic!("no table {head}"));
        let (rows, _) = rows.split_once("\n  ],").unwrap();
        assert!(rows.contains(&row(band)), "the studio's {:?} has no {}", band.slider, row(band));
    }
    // Those, and the middle of each, which means nothing.
    let sliders = text.matches("told: \"\" },\n    { to: 80,").count();
    assert_eq!(text.matches("{ to: ").count() - sliders - 1, BANDS.len(), "the studio has other ranges");
}
