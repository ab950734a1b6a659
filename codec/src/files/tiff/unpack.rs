//! The compressions of TIFF files.

use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_IGNORE_ADLER32, TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Fills `out` with the bytes that `data` deflate to; returns how many there are.
pub(super) fn deflate(data: &[u8], out: &mut [u8]) -> usize {
    let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF | TINFL_FLAG_IGNORE_ADLER32;
    let mut inflater = Box::<DecompressorOxide>::default();
    decompress(&mut inflater, data, out, 0, flags).2
}

/// The same of runs of bytes.
pub(super) fn pack_bits(data: &[u8], out: &mut [u8]) -> usize {
    let (mut at, mut filled) = (0, 0);
    while let Some(&head) = data.get(at) {
        if filled == out.len() {
            break;
        }
        at += 1;
        let count;
        match head {
            0..=127 => {
                let bytes = data.get(at..).unwrap_or_default();
                count = (usize::from(head) + 1).min(bytes.len()).min(out.len() - filled);
                out[filled..filled + count].copy_from_slice(&bytes[..count]);
                at += usize::from(head) + 1;
            }
            128 => continue,
            129..=255 => {
                let Some(&byte) = data.get(at) else { break };
                count = (257 - usize::from(head)).min(out.len() - filled);
                out[filled..filled + count].fill(byte);
                at += 1;
            }
        }
        filled += count;
    }
    filled
}

const CLEAR: usize = 256;
const END: usize = 257;
const MOST_CODES: usize = 4096;

/// The same of LZW, with codes of 9 to 12 bits whose first bit is the highest.
pub(super) fn lzw(data: &[u8], out: &mut [u8]) -> usize {
    // Of each code: the code in front of its last byte, its last byte, and its length.
    let mut prefix = [0u16; MOST_CODES];
    let mut suffix = [0u8; MOST_CODES];
    let mut length = [0u16; MOST_CODES];
    for code in 0..256 {
        (suffix[code], length[code]) = (code as u8, 1);
    }
    let (mut next, mut bits, mut last) = (258, 9, None::<usize>);
    let (mut buffer, mut held, mut at, mut filled) = (0u32, 0, 0, 0);
    while filled < out.len() {
        while held < bits {
            let Some(&byte) = data.get(at) else { return filled };
            buffer = buffer << 8 | u32::from(byte);
            (held, at) = (held + 8, at + 1);
        }
        held -= bits;
        let code = (buffer >> held) as usize & ((1 << bits) - 1);
        if code == END {
            break;
        }
        if code == CLEAR {
            (next, bits, last) = (258, 9, None);
            continue;
        }
        let known = code < 256 || (258..next).contains(&code);
        let written = match (last, known) {
            (None, true) if code < 256 => {
                out[filled] = code as u8;
                1
            }
            (Some(_), true) => put(out, filled, code, &prefix, &suffix, &length),
            // The code that is about to be defined: the last one, and its first byte again.
            (Some(last), false) if code == next => {
                let count = put(out, filled, last, &prefix, &suffix, &length);
                let first = out[filled];
                match out.get_mut(filled + count) {
                    Some(byte) => {
                        *byte = first;
                        count + 1
                    }
                    None => count,
                }
            }
            _ => return filled,
        };
        if let Some(last) = last
            && next < MOST_CODES
        {
            (prefix[next], suffix[next], length[next]) = (last as u16, out[filled], length[last].saturating_add(1));
            next += 1;
        }
        // Codes become longer one code early.
        bits = match next {
            ..511 => 9,
            511..1023 => 10,
            1023..2047 => 11,
            _ => 12,
        };
        last = Some(code);
        filled += written;
    }
    filled
}

/// Writes the bytes of a code at `at`, as far as there is room; returns how many.
fn put(out: &mut [u8], at: usize, code: usize, prefix: &[u16], suffix: &[u8], length: &[u16]) -> usize {
    let count = usize::from(length[code]);
    let mut code = code;
    for place in (at..at + count).rev() {
        if let Some(byte) = out.get_mut(place) {
            *byte = suffix[code];
        }
        code = usize::from(prefix[code]);
    }
    count.min(out.len() - at)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn runs_are_unpacked() {
        let mut out = [0; 7];
        assert_eq!(pack_bits(&[2, 1, 2, 3, 128, 0xfd, 9, 0, 5], &mut out), 7);
        assert_eq!(out, [1, 2, 3, 9, 9, 9, 9]);
        assert_eq!(pack_bits(&[5, 1], &mut out), 1);
    }

    #[test]
    fn lzw_of_the_standard() {
        // The example of the TIFF specification: 7 7 7 8 8 7 7 6 6.
        let codes = [256, 7, 258, 8, 8, 258, 6, 6, 257];
        let bits: String = codes.iter().map(|code| format!("{code:09b}")).collect();
        let bytes: Vec<u8> = bits
            .as_bytes()
            .chunks(8)
            .map(|byte| {
                byte.iter()
                    .enumerate()
                    .fold(0, |sum, (at, &bit)| sum | (bit - b'0') << (7 - at))
            })
            .collect();
        let mut out = [0; 9];
        assert_eq!(lzw(&bytes, &mut out), 9);
        assert_eq!(out, [7, 7, 7, 8, 8, 7, 7, 6, 6]);
        assert_eq!(lzw(&bytes[..3], &mut out), 1);
    }
}
