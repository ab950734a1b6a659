//! What ffmpeg says of files and frames, in lines of text.

use crate::media::image::Cicp;
use crate::media::sound::SampleFormat;
use crate::media::video::Chroma;

/// What the program finds in a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Listed {
    /// The name of the format of pixels, of the first video.
    pub(super) pixels: Option<String>,
    /// Whether there is a sound.
    pub(super) has_sound: bool,
    /// Length in seconds.
    pub(super) seconds: Option<f64>,
    /// Frames a second.
    pub(super) rate: Option<f64>,
}

impl Listed {
    /// Reads the list that `ffmpeg -i FILE` prints.
    pub(super) fn parse(text: &str) -> Self {
        let mut listed = Self::default();
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("Duration: ") {
                listed.seconds = rest.split(',').next().and_then(seconds);
            }
            let Some((_, stream)) = line.strip_prefix("Stream #0:").and_then(|line| line.split_once(": ")) else {
                continue;
            };
            if let Some(video) = stream.strip_prefix("Video: ")
                && listed.pixels.is_none()
                && !video.contains("(attached pic)")
            {
                listed.pixels = fields(video).nth(1).map(|field| word(field).to_owned());
                let rate = fields(video).find_map(|field| field.trim().strip_suffix(" fps")?.parse().ok());
                listed.rate = rate;
            }
            listed.has_sound |= stream.starts_with("Audio: ");
        }
        listed
    }

    /// The samples that come nearest to the pixels of the file.
    pub(super) fn samples(&self) -> (Chroma, u8) {
        let name = self.pixels.as_deref().unwrap_or("yuv420p");
        let has = |part: &str| name.contains(part);
        let depth = match () {
            () if has("12") && !has("nv12") => 12,
            () if has("10") || has("16") || has("14") || has("48") || has("64") => 10,
            () => 8,
        };
        let chroma = match () {
            () if has("gray") || has("mono") => Chroma::None,
            () if has("444") || has("rgb") || has("bgr") || has("gbr") || has("pal8") => Chroma::Full,
            () if has("422") || has("yuyv") || has("uyvy") || has("y210") => Chroma::Half,
            () => Chroma::Quarter,
        };
        (chroma, depth)
    }
}

/// Fields of a line between commas, those within brackets left together.
fn fields(line: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    line.split(move |c| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
}

/// The letters at the start.
fn word(text: &str) -> &str {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// Hours, minutes and seconds with colons between them.
fn seconds(text: &str) -> Option<f64> {
    text.trim()
        .split(':')
        .try_fold(0.0, |all, part| Some(all * 60.0 + part.parse::<f64>().ok()?))
}

/// The value behind `name:` in a line, up to a space.
pub(super) fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(name)?;
    rest.split_whitespace().next()
}

/// What a line of the filter `showinfo` says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum FrameLine {
    /// Seconds of a tick, as a fraction.
    Timebase([u32; 2]),
    /// The time in ticks of the frame of an index; `None` where it has none.
    Time(u64, Option<i64>),
    /// The colours of that frame.
    Colors(Option<Cicp>),
}

impl FrameLine {
    /// Threads of the program share its output, so what the filter says may stand behind the half of another line.
    pub(super) fn parse(line: &str) -> Option<Self> {
        if let Some((_, rest)) = line.split_once("config in time_base: ") {
            let (numerator, denominator) = rest.split(',').next()?.split_once('/')?;
            return Some(Self::Timebase([
                numerator.parse().ok()?,
                denominator.trim().parse().ok()?,
            ]));
        }
        if let Some((index, said)) = numbered(line) {
            return Some(Self::Time(index, value(said, "pts:")?.parse().ok()));
        }
        let at = line.find("color_range:")?;
        Some(Self::Colors(colors(&line[at..])))
    }
}

/// What a line says behind `n:` and a number, from ` pts:` on, with that number.
fn numbered(line: &str) -> Option<(u64, &str)> {
    let (head, said) = line.split_at(line.find(" pts:")?);
    let (_, index) = head.rsplit_once("n:")?;
    Some((index.trim().parse().ok()?, said))
}

/// The code points that the names of the program stand for.
fn colors(said: &str) -> Option<Cicp> {
    const UNKNOWN: u8 = 2;
    let of = |name: &str, known: &[(&str, u8)]| {
        let text = value(said, name)?;
        known.iter().find(|(word, _)| *word == text).map(|(_, number)| *number)
    };
    let primaries = of(
        "color_primaries:",
        &[
            ("bt709", 1),
            ("bt470m", 4),
            ("bt470bg", 5),
            ("smpte170m", 6),
            ("smpte240m", 7),
            ("film", 8),
            ("bt2020", 9),
            ("smpte428", 10),
            ("smpte431", 11),
            ("smpte432", 12),
            ("ebu3213", 22),
        ],
    );
    let transfer = of(
        "color_trc:",
        &[
            ("bt709", 1),
            ("bt470m", 4),
            ("bt470bg", 5),
            ("smpte170m", 6),
            ("smpte240m", 7),
            ("linear", 8),
            ("log100", 9),
            ("log316", 10),
            ("iec61966-2-4", 11),
            ("bt1361e", 12),
            ("iec61966-2-1", 13),
            ("bt2020-10", 14),
            ("bt2020-12", 15),
            ("smpte2084", 16),
            ("smpte428", 17),
            ("arib-std-b67", 18),
        ],
    );
    let matrix = of(
        "color_space:",
        &[
            ("gbr", 0),
            ("bt709", 1),
            ("fcc", 4),
            ("bt470bg", 5),
            ("smpte170m", 6),
            ("smpte240m", 7),
            ("ycgco", 8),
            ("bt2020nc", 9),
            ("bt2020c", 10),
            ("ictcp", 14),
        ],
    );
    let full_range = match value(said, "color_range:") {
        Some("pc") => Some(true),
        Some("tv") => Some(false),
        _ => None,
    };
    let nothing = primaries.is_none() && transfer.is_none() && matrix.is_none() && full_range.is_none();
    (!nothing).then(|| Cicp {
        primaries: primaries.unwrap_or(UNKNOWN),
        transfer: transfer.unwrap_or(UNKNOWN),
        matrix: matrix.unwrap_or(UNKNOWN),
        full_range: full_range.unwrap_or(false),
    })
}

/// What the first line of the filter `ashowinfo` says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SoundLine {
    /// The time of the first sample, in samples.
    pub(super) start: i64,
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) format: SampleFormat,
    pub(super) channel_mask: Option<u32>,
}

impl SoundLine {
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (_, said) = numbered(line)?;
        let rate: u32 = value(said, " rate:")?.parse().ok()?;
        let ticks: Option<i64> = value(said, " pts:")?.parse().ok();
        let seconds: Option<f64> = value(said, " pts_time:")?.parse().ok();
        // Ticks are samples but in odd cases, where the time in seconds tells it nearly.
        let near = |ticks: &i64| seconds.is_none_or(|seconds| (*ticks as f64 / f64::from(rate) - seconds).abs() < 1e-3);
        let start = ticks
            .filter(near)
            .or(seconds.map(|seconds| (seconds * f64::from(rate)).round() as i64));
        Some(Self {
            start: start.unwrap_or(0),
            rate,
            channels: value(said, " channels:")?.parse().ok()?,
            format: match value(said, " fmt:")?.trim_end_matches('p') {
                "u8" => SampleFormat::Int8,
                "s32" => SampleFormat::Int24,
                _ => SampleFormat::Int16,
            },
            channel_mask: value(said, " chlayout:").and_then(mask),
        })
    }
}

/// The loudspeakers of a layout, as WAV files number them; nothing where that goes without saying.
fn mask(layout: &str) -> Option<u32> {
    Some(match layout {
        "2.1" => 0xb,
        "3.0" => 0x7,
        "quad" => 0x33,
        "5.0" => 0x37,
        "5.1" => 0x3f,
        "5.0(side)" => 0x607,
        "5.1(side)" => 0x60f,
        "6.1" => 0x70f,
        "7.1" => 0x63f,
        _ => return None,
    })
}
