//! The tables of the page. Every number that comes from the results says where it stands in `results.json`: `data-p` is
//! its JSON pointer and `data-v` its full value, by which columns are sorted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::page::escape;
use crate::media::Medium;
use crate::metric::Metric;
use crate::results::{Comparison, Difference, Results};

/// A table under a heading.
struct Table {
    html: String,
}

/// A column: its head, and whether it holds words.
type Column = (String, bool);

impl Table {
    fn new(id: &str, heading: &str, text: &str, columns: &[Column]) -> Self {
        let mut html = format!("<h2>{heading}</h2>\n");
        if !text.is_empty() {
            let _ = writeln!(html, "<p class=\"small\">{text}</p>");
        }
        let _ = write!(html, "<div class=\"scroll\"><table id=\"{id}\"><thead><tr>");
        for (head, word) in columns {
            let (sort, class) = if *word {
                ("word", " class=\"word\"")
            } else {
                ("number", "")
            };
            let head = escape(head).replace('\n', "<br>");
            let _ = write!(html, "<th data-sort=\"{sort}\"{class}>{head}</th>");
        }
        html += "</tr></thead>\n<tbody>\n";
        Self { html }
    }

    fn word(&mut self, text: &str) {
        let _ = write!(self.html, "<td class=\"word\">{}</td>", escape(text));
    }

    fn code(&mut self, text: &str) {
        let _ = write!(self.html, "<td class=\"word\"><code>{}</code></td>", escape(text));
    }

    /// The number at `pointer` of the results, shown with `digits` after the point; the whole of it stays in `data-v`.
    fn number(&mut self, pointer: &str, value: Option<f64>, digits: usize) {
        match value.filter(|value| value.is_finite()) {
            Some(value) => {
                let p = escape(pointer);
                let _ = write!(self.html, "<td data-p=\"{p}\" data-v=\"{value}\">{value:.digits$}</td>");
            }
            None => self.html += "<td class=\"none\">-</td>",
        }
    }

    /// A difference, green where `good`, or why there is none.
    fn difference(&mut self, pointer: &str, value: Option<f64>, good: fn(f64) -> bool, refused: &Difference) {
        let why = escape(refused.refused.as_deref().unwrap_or_default());
        match value {
            Some(value) => {
                let class = if good(value) { "better" } else { "worse" };
                let p = escape(pointer);
                let _ = write!(
                    self.html,
                    "<td class=\"{class}\" title=\"{why}\" data-p=\"{p}\" data-v=\"{value}\">{value:+.2}</td>"
                );
            }
            None => {
                let _ = write!(self.html, "<td class=\"none\" title=\"{why}\">none</td>");
            }
        }
    }

    fn row(&mut self, cells: impl FnOnce(&mut Self)) {
        self.html += "<tr>";
        cells(self);
        self.html += "</tr>\n";
    }

    fn end(self) -> String {
        self.html + "</tbody></table></div>\n"
    }
}

fn word(head: &str) -> Column {
    (head.to_owned(), true)
}

fn number(head: impl Into<String>) -> Column {
    (head.into(), false)
}

pub(super) fn summary(results: &Results) -> String {
    let mut out = "<dl>\n".to_owned();
    for (name, value) in &results.run {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
    }
    out + "</dl>\n"
}

pub(super) fn notes(results: &Results) -> String {
    if results.notes.is_empty() {
        return String::new();
    }
    let mut out = "<h2>Notes</h2>\n<ul class=\"notes\">\n".to_owned();
    for note in &results.notes {
        let _ = writeln!(out, "<li>{}</li>", escape(note));
    }
    out + "</ul>\n"
}

const BD_TEXT: &str = "Difference of rate at equal quality, in percent (negative: fewer bits), by monotone piecewise \
    cubics (PCHIP) of the logarithm of the rate over quality, over the range that both curves cover, at least a quarter \
    of the narrower. <i>average</i> compares the curves of the means, <i>files</i> is the mean over the files' own \
    differences; <i>gain</i> is the difference of quality at equal rate between the curves of the means. Rest the \
    pointer on a cell to see what could not be compared.";

pub(super) fn bd(results: &Results) -> String {
    let Some(first) = results.bd.first() else {
        return String::new();
    };
    let mut columns = vec![word("series")];
    for metric in &results.metrics {
        let id = metric.id();
        columns.extend(["average %", "files %", "gain"].map(|part| number(format!("{id}\n{part}"))));
    }
    let heading = format!("BD-rates against {}", escape(&first.anchor));
    let mut table = Table::new("bd", &heading, BD_TEXT, &columns);
    for series in &results.series {
        let mine = |bd: &&(usize, &Comparison)| bd.1.series == series.name;
        let all: Vec<(usize, &Comparison)> = results.bd.iter().enumerate().collect();
        let mine: Vec<_> = all.iter().filter(mine).collect();
        if mine.is_empty() {
            continue;
        }
        table.row(|table| {
            table.word(&series.name);
            for metric in &results.metrics {
                match mine.iter().find(|(_, bd)| bd.metric == *metric) {
                    Some((index, bd)) => bd_cells(*index, bd, table),
                    None => (0..3).for_each(|_| table.number("", None, 0)),
                }
            }
        });
    }
    table.end()
}

fn bd_cells(index: usize, bd: &Comparison, table: &mut Table) {
    let (average, files) = (&bd.average_curve, &bd.mean_of_files);
    let less: fn(f64) -> bool = |value| value <= 0.0;
    let more: fn(f64) -> bool = |value| value >= 0.0;
    let pointer = |part: &str| format!("/bd/{index}/{part}");
    table.difference(
        &pointer("average_curve/rate_percent"),
        average.rate_percent,
        less,
        average,
    );
    table.difference(&pointer("mean_of_files/rate_percent"), files.rate_percent, less, files);
    table.difference(&pointer("average_curve/quality"), average.quality, more, average);
}

fn value_columns(results: &Results) -> Vec<Column> {
    let mut columns = Vec::new();
    for metric in &results.metrics {
        let label = if *metric == Metric::MsSsim {
            "MS-SSIM"
        } else {
            metric.label()
        };
        columns.push(number(label));
    }
    columns
}

pub(super) fn averages(results: &Results) -> String {
    let mut columns = vec![word("series"), number("setting"), number(&*results.rate_unit)];
    columns.extend(value_columns(results));
    let speed = results.medium.speed_unit();
    columns.extend([number("encode s"), number("decode s")]);
    columns.extend(["encode", "decode"].map(|what| number(format!("{what}\n{speed}"))));
    let files = match results.averaged_files.len() {
        0 => "no file has all metrics in all series".to_owned(),
        files => format!("over {files} files, those that have all metrics in all series"),
    };
    let text = format!(
        "Means {files}. Times are wall times of a file, those of programs with their start; speeds are those of all files \
         together."
    );
    let mut table = Table::new("averages", "Means", &text, &columns);
    for (i, average) in results.averages.iter().enumerate() {
        let pointer = |part: &str| format!("/averages/{i}/{part}");
        table.row(|table| {
            table.word(&average.series);
            table.number(&pointer("setting"), Some(average.setting), 2);
            table.number(&pointer("rate"), Some(average.rate), 4);
            for metric in &results.metrics {
                let pointer = pointer(&format!("values/{}", metric.id()));
                table.number(&pointer, average.values.get(metric).copied(), metric.digits());
            }
            table.number(&pointer("encode_seconds"), average.encode_seconds, 3);
            table.number(&pointer("decode_seconds"), average.decode_seconds, 3);
            table.number(&pointer("encode_speed"), average.encode_speed, 2);
            table.number(&pointer("decode_speed"), average.decode_speed, 2);
        });
    }
    table.end()
}

/// The widest line of words in the heads of figures.
const HEAD_LETTERS: usize = 12;
const FIGURES_TEXT: &str = "Means over the same files. Estimated bits are what the coded symbols cost by the probabilities of \
    their tables alone, and what lies over them is what the coder, heads and checksums add. Pieces of a \
    picture in which a codec is busy at the same time, on several threads, count each in the seconds of its parts; the rest is \
    what is left of the time of the file.";

/// What codecs said in numbers; nothing where none did.
pub(super) fn figures(results: &Results) -> String {
    let names: BTreeSet<&String> = results.averages.iter().flat_map(|a| a.details.keys()).collect();
    if names.is_empty() {
        return String::new();
    }
    let mut columns = vec![word("series"), number("setting")];
    columns.extend(names.iter().map(|name| number(wrapped(name))));
    let mut table = Table::new("figures", "What codecs say of themselves", FIGURES_TEXT, &columns);
    let averages = results.averages.iter().enumerate();
    for (i, average) in averages.filter(|(_, average)| !average.details.is_empty()) {
        table.row(|table| {
            table.word(&average.series);
            table.number(&format!("/averages/{i}/setting"), Some(average.setting), 2);
            for name in &names {
                let pointer = format!("/averages/{i}/details/{}", token(name));
                let value = average.details.get(*name).copied();
                table.number(&pointer, value, value.map_or(0, figure_digits));
            }
        });
    }
    table.end()
}

/// A head of many lines rather than one of many letters, so that many columns fit.
fn wrapped(name: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in name.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < HEAD_LETTERS => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// A name as a part of a JSON pointer (RFC 6901).
fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn figure_digits(value: f64) -> usize {
    if value.abs() < 1000.0 { 4 } else { 0 }
}

pub(super) fn records(results: &Results) -> String {
    let mut columns = vec![word("file"), word("series"), number("setting"), number("bytes")];
    columns.push(number(&*results.rate_unit));
    columns.extend(value_columns(results));
    columns.extend([
        number("encode s"),
        number("decode s"),
        number("encode MB"),
        number("decode MB"),
        word("error"),
    ]);
    let text =
        "Memory is the most that a process held: of a program its own, of a codec inside this program the program's.";
    let mut table = Table::new("records", "All points", text, &columns);
    for (i, record) in results.records.iter().enumerate() {
        let pointer = |part: &str| format!("/records/{i}/{part}");
        let known = record.error.is_none();
        table.row(|table| {
            table.word(&record.file);
            table.word(&record.series);
            table.number(&pointer("setting"), Some(record.setting), 2);
            table.number(&pointer("bytes"), known.then_some(record.bytes as f64), 0);
            table.number(&pointer("rate"), known.then_some(record.rate), 4);
            for metric in &results.metrics {
                let pointer = pointer(&format!("values/{}", metric.id()));
                table.number(&pointer, record.values.get(metric).copied(), metric.digits());
            }
            table.number(&pointer("encode_seconds"), record.encode_seconds, 3);
            table.number(&pointer("decode_seconds"), record.decode_seconds, 3);
            for peak in [record.encode_peak_bytes, record.decode_peak_bytes] {
                // Megabytes are not what stands in the results, so there is no pointer.
                let text = peak.map_or_else(|| "-".to_owned(), |bytes| format!("{:.1}", bytes as f64 / 1e6));
                let _ = write!(table.html, "<td data-v=\"{}\">{text}</td>", peak.unwrap_or_default());
            }
            table.word(record.error.as_deref().unwrap_or_default());
        });
    }
    table.end()
}

pub(super) fn series(results: &Results) -> String {
    let columns = ["series", "version", "encode", "decode", "details"].map(word);
    let mut table = Table::new("series", "Codecs and their commands", "", &columns);
    for series in &results.series {
        let details = series.details.iter().map(|(name, value)| match value {
            serde_json::Value::String(text) => format!("{name}: {text}"),
            value => format!("{name}: {value}"),
        });
        let mut details: Vec<String> = details.collect();
        details.extend(series.published.iter().map(|title| format!("published: {title}")));
        details.extend(series.error.clone());
        table.row(|table| {
            table.word(&series.name);
            table.word(&series.version);
            table.code(&series.encode_command);
            table.code(&series.decode_command);
            table.word(&details.join("; "));
        });
    }
    table.end()
}

pub(super) fn files(results: &Results) -> String {
    let columns = [word("file"), number("size"), word("note"), word("error")];
    let mut table = Table::new("files", "Files", "", &columns);
    for file in &results.files {
        let size = size(results.medium, &file.details);
        table.row(|table| {
            table.word(&file.name);
            let _ = write!(table.html, "<td data-v=\"{}\">{}</td>", file.units, escape(&size));
            table.word(file.note.as_deref().unwrap_or_default());
            table.word(file.error.as_deref().unwrap_or_default());
        });
    }
    table.end()
}

/// The size of a file in words.
fn size(medium: Medium, details: &BTreeMap<String, serde_json::Value>) -> String {
    let value = |name: &str| details.get(name).map(ToString::to_string).unwrap_or_default();
    match medium {
        Medium::Pictures => format!("{} x {}", value("width"), value("height")),
        Medium::Video => format!(
            "{} x {}, {} frames, {} fps",
            value("width"),
            value("height"),
            value("frames"),
            value("fps")
        ),
        Medium::Sound => format!("{} s, {} Hz, {} ch", value("seconds"), value("rate"), value("channels")),
    }
}

pub(super) fn metrics(results: &Results) -> String {
    let mut out = "<h2>Metrics</h2>\n<dl>\n".to_owned();
    for metric in &results.metrics {
        let _ = writeln!(
            out,
            "<dt>{}</dt><dd>{}</dd>",
            metric.label(),
            escape(metric.explanation(results.medium))
        );
    }
    out + "</dl>\n"
}
