//! Sizes of frames in the streams of programs.

use std::fs;
use std::path::Path;

use crate::programs::Tool;

/// The bits of each packet of a stream in a file, in the order of coding; nothing where the program cannot tell.
pub(super) fn bits_of_packets(ffmpeg: &Tool, stream: &[u8], work: &Path, ending: &str) -> Option<Vec<u64>> {
    let path = work.join("packets").with_extension(ending);
    fs::write(&path, stream).ok()?;
    let file = path.to_str()?;
    let said = ffmpeg.says(&[
        "-v", "error", "-nostdin", "-i", file, "-c", "copy", "-f", "framecrc", "-",
    ]);
    fs::remove_file(&path).ok();
    let bits = parse(&said);
    (!bits.is_empty()).then_some(bits)
}

/// Lines of the muxer `framecrc`: stream, decoding time, time, duration, bytes, checksum. Others are left out.
fn parse(said: &str) -> Vec<u64> {
    let lines = said.lines().filter(|line| !line.starts_with('#'));
    let bytes = lines.filter_map(|line| {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        match fields[..] {
            ["0", _, _, _, bytes, _, ..] => bytes.parse::<u64>().ok(),
            _ => None,
        }
    });
    bytes.map(|bytes| bytes * 8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_found_between_other_lines() {
        let said = "#tb 0: 1/1200000\n0, -96000, -9223, 48000,    48961, 0x8593d5ec\n[x] a, warning\n\
                    0,  0, 0,  48000,  5, 0x01820105, F=0x0\n";
        assert_eq!(parse(said), [8 * 48_961, 40]);
    }
}
