//! `index.html`: tables, plots and pictures in one file that needs nothing else; sounds lie beside it.

use std::fmt::Write;

use super::plots::Plot;
use super::tables;
use crate::results::Results;
use crate::views::Exhibit;

/// Versions of one thing to look at side by side, such as crops of a picture from several codecs.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// What they show.
    pub title: String,
    /// The versions; the first is the original.
    pub versions: Vec<Shown>,
}

/// A picture on the page, and the sound that it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Its short name.
    pub name: String,
    /// What stands under it.
    pub caption: String,
    /// The images shown.
    pub exhibit: Exhibit,
}

/// Where the sound of a version lies, from the folder of the page.
pub(super) fn sound_file(view: usize, version: usize) -> String {
    format!("{SOUNDS}/{view}-{version}.wav")
}

/// The folder of sounds.
pub(super) const SOUNDS: &str = "sounds";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
pub fn html(results: &Results, plots: &[Plot], views: &[View]) -> String {
    let title = "Rate-distortion report";
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
    );
    out += &tables::summary(results);
    out += &tables::notes(results);
    out += &tables::bd(results);
    plots_section(plots, &mut out);
    views_section(views, &mut out);
    out += &tables::averages(results);
    out += &tables::figures(results);
    out += &tables::series(results);
    out += &tables::files(results);
    out += &tables::records(results);
    out += &tables::metrics(results);
    let _ = write!(out, "<script>\n{SCRIPT}</script>\n</body></html>\n");
    out
}

fn plots_section(plots: &[Plot], out: &mut String) {
    if plots.is_empty() {
        return;
    }
    out.push_str("<h2>Curves</h2>\n<div class=\"plots\">\n");
    for plot in plots {
        let _ = writeln!(
            out,
            "<figure id=\"{}\">{}</figure>",
            escape(&plot.name),
            plot.scene.to_svg()
        );
    }
    out.push_str("</div>\n");
}

/// The pictures go into a list that the script takes them from; without a script the page lacks them alone.
fn views_section(views: &[View], out: &mut String) {
    if views.is_empty() {
        return;
    }
    let version = |view: usize, place: usize, shown: &Shown| {
        serde_json::json!({
            "name": shown.name,
            "caption": shown.caption,
            "src": format!("data:image/png;base64,{}", base64(&shown.exhibit.png)),
            "sound": shown.exhibit.wav.as_ref().map(|_| sound_file(view, place)),
        })
    };
    let view = |(place, view): (usize, &View)| {
        let versions = view.versions.iter().enumerate();
        let versions: Vec<_> = versions.map(|(i, shown)| version(place, i, shown)).collect();
        serde_json::json!({ "title": view.title, "versions": versions })
    };
    let list: Vec<_> = views.iter().enumerate().map(view).collect();
    // Names may hold what would end the script element.
    let list = serde_json::Value::from(list).to_string().replace('<', "\\u003c");
    out.push_str(include_str!("viewer.html"));
    let _ = writeln!(out, "<script type=\"application/json\" id=\"views\">{list}</script>");
}

/// Text for HTML and SVG, in elements and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or_default());
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let letter = LETTERS[(group >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let all = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(all, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }

    #[test]
    fn names_cannot_end_elements() {
        let view = View {
            title: "</script><b>".into(),
            versions: vec![],
        };
        let mut out = String::new();
        views_section(&[view], &mut out);
        assert!(!out.contains("</script><b>"));
        assert_eq!(escape("<a href='x'>&"), "&lt;a href=&#39;x&#39;&gt;&amp;");
    }
}
