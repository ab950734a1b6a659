//! WAV files of more than 4 GiB, whose length has no room in its field, and lengths that no file can have.

use std::io::{Read, Result, Seek, SeekFrom};

use crate::sound::files::{ReadOptions, open_with};

/// A file of these bytes and then zeros.
struct Long {
    head: Vec<u8>,
    bytes: u64,
    at: u64,
}

impl Read for Long {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let left = usize::try_from(self.bytes.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = out.len().min(left);
        for (byte, place) in out[..count].iter_mut().zip(self.at..) {
            let at = usize::try_from(place).unwrap_or(usize::MAX);
            *byte = self.head.get(at).copied().unwrap_or(0);
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Long {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.bytes.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

/// A file of 16 bits and two channels at 48 kHz that states `stated` bytes of samples and has `bytes`.
fn wav(stated: u32, bytes: u64) -> Long {
    let head = [
        &b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x10\0data"[..],
        &stated.to_le_bytes(),
    ]
    .concat();
    let bytes = head.len() as u64 + bytes;
    Long { head, bytes, at: 0 }
}

#[test]
fn wav_files_over_4_gib_are_read_to_their_end() {
    for bytes in [(1 << 32) + 4000, 5_033_164_800, 11 << 30] {
        for stated in [0, u32::MAX, 0x7fff_ffff, 0xffff_fffe, bytes as u32] {
            let source = open_with(wav(stated, bytes), &ReadOptions::default()).unwrap();
            assert_eq!(source.length(), Some(bytes / 4), "{stated:#x} of {bytes}");
            assert_eq!(source.notes().warnings.len(), 1, "{stated:#x}: {:?}", source.notes());
        }
    }
}

/// A W64 file of one channel of 16 bits with `samples` samples; the sizes of the chunk before them, which is not known,
/// and of their own chunk are these.
fn w64(other: u64, stated: u64, samples: u64) -> Long {
    let id = |id: &[u8; 4]| [&id[..], b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"].concat();
    let format = b"\x01\0\x01\0\x80\xbb\0\0\0\x77\x01\0\x02\0\x10\0";
    let head = [
        &super::riff::W64_START[..],
        &u64::MAX.to_le_bytes(),
        &id(b"wave"),
        &id(b"fmt "),
        &40u64.to_le_bytes(),
        format,
        &id(b"some"),
        &other.to_le_bytes(),
        &id(b"data"),
        &stated.to_le_bytes(),
    ]
    .concat();
    let bytes = head.len() as u64 + 2 * samples;
    Long { head, bytes, at: 0 }
}

#[test]
fn lengths_of_64_bits_that_no_file_can_have_are_unknown() {
    for stated in [u64::MAX, i64::MAX as u64, 1 << 63] {
        let source = open_with(w64(24, stated, 500), &ReadOptions::default()).unwrap();
        assert_eq!(
            (source.length(), source.notes().warnings.len()),
            (Some(500), 1),
            "{stated:#x}"
        );
        let lost = open_with(w64(stated, 24 + 1000, 500), &ReadOptions::default());
        let error = lost.map(drop).unwrap_err().to_string();
        assert!(error.contains("there are no samples"), "{error}");
    }
}
