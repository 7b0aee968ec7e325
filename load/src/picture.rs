//! A picture of figures over time, as SVG. Each curve has its own scale, and its first and last figure are written below.

use std::fmt::Write;

const LEFT: f64 = 70.0;
const TOP: f64 = 24.0;
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;
/// Height of a line of words.
const LINE: f64 = 16.0;

/// A figure over time.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Its name and unit, such as `memory, MiB`.
    pub name: &'static str,
    /// Its colour, such as `#1d5fbf`.
    pub colour: &'static str,
    /// Its values, one for each moment of the picture.
    pub values: Vec<u64>,
    /// Height of the largest value: 1.0 is the top of the picture.
    pub height: f64,
}

/// Curves over the same moments.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its title, for people who can't see it.
    pub title: String,
    /// The moments, in seconds from the beginning.
    pub at_s: Vec<u64>,
    /// The curves.
    pub curves: Vec<Curve>,
    /// Text at its lower right.
    pub caption: String,
}

impl Picture {
    /// The SVG. Titles and names are written as they are: they have no `<` and no `&`.
    #[must_use]
    pub fn svg(&self) -> String {
        let length_s = self.at_s.last().map_or(1, |last| (*last).max(1)) as f64;
        let (bottom, right) = (TOP + HEIGHT, LEFT + WIDTH);
        let height = bottom + 40.0 + LINE * self.curves.len() as f64;
        let mut svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 {height}" font-family="sans-serif" font-size="12"><title>{}</title><rect width="820" height="{height}" fill="#fff"/>"##,
            self.title
        );
        for (nth, Curve { name, colour, values, height }) in self.curves.iter().enumerate() {
            let full = values.iter().max().map_or(1, |most| (*most).max(1)) as f64 / height;
            let point = |(at_s, value): (&u64, &u64)| {
                let x = LEFT + *at_s as f64 / length_s * WIDTH;
                format!("{x:.1},{:.1}", TOP + HEIGHT * (1.0 - *value as f64 / full))
            };
            let points: Vec<String> = self.at_s.iter().zip(values).map(point).collect();
            let [first, last] =
                [values.first(), values.last()].map(|value| value.copied().unwrap_or_default());
            // Writing to a String can't fail.
            let _ = write!(
                svg,
                r#"<polyline fill="none" stroke="{colour}" stroke-width="2" points="{}"/><text x="{LEFT}" y="{}" fill="{colour}">{name}: {first} at first, {last} at last</text>"#,
                points.join(" "),
                bottom + 40.0 + LINE * nth as f64
            );
        }
        let _ = write!(
            svg,
            r##"<line x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{bottom}" stroke="#888"/><line x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}" stroke="#888"/><text x="{right}" y="{}" text-anchor="end">{}</text></svg>"##,
            bottom + 18.0,
            self.caption
        );
        svg + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_have_their_own_scales_and_all_words_fit() {
        let curve =
            |name, values: &[u64], height| Curve { name, colour: "#000", values: values.to_vec(), height };
        let curves = vec![curve("memory, MiB", &[50, 100], 1.0), curve("open files", &[4, 2], 0.5)];
        let picture =
            Picture { title: "A soak".to_owned(), at_s: vec![0, 60], curves, caption: "1 min".to_owned() };
        let svg = picture.svg();
        assert!(svg.contains(r#"points="70.0,144.0 710.0,24.0""#), "{svg}");
        assert!(svg.contains(r#"points="70.0,144.0 710.0,204.0""#), "{svg}");
        assert!(svg.contains("open files: 4 at first, 2 at last"), "{svg}");
        assert!(svg.contains(r#"viewBox="0 0 820 336""#) && svg.contains(r#"y="320""#), "{svg}");
    }
}
