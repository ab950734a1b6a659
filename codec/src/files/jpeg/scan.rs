//! Scans: from bits to coefficients.

use super::bits::{Bits, Table, next_marker};
use super::frame::{Frame, Tables, ZIGZAG, error};
use super::planes::Planes;
use crate::error::{CodecError, Result};
use crate::files::damaged::Damaged;

/// What a scan header says of one component.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// Index of the component in the frame.
    index: usize,
    dc: usize,
    ac: usize,
}

/// A scan header.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    parts: Vec<Part>,
    first: usize,
    last: usize,
    high: u32,
    low: u32,
    /// Whether it is of a sequential file and has parameters of a progressive one.
    pub(super) is_odd: bool,
}

impl Scan {
    /// Reads the payload of a scan header.
    pub(super) fn read(payload: &[u8], frame: &Frame) -> Result<Self> {
        let wrong = || error("a scan header makes no sense");
        let (&count, rest) = payload.split_first().ok_or_else(wrong)?;
        let (fields, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or_else(wrong)?;
        let mut parts: Vec<Part> = Vec::new();
        for field in fields.chunks_exact(2) {
            let index = frame.components.iter().position(|component| component.id == field[0]);
            let index = index.ok_or_else(wrong)?;
            if parts.iter().any(|part| part.index == index) {
                return Err(wrong());
            }
            let (dc, ac) = (usize::from(field[1] >> 4), usize::from(field[1] & 15));
            parts.push(Part { index, dc, ac });
        }
        let &[first, last, approximation, ..] = rest else {
            return Err(wrong());
        };
        let mut scan = Self {
            parts,
            first: usize::from(first),
            last: usize::from(last),
            high: u32::from(approximation >> 4),
            low: u32::from(approximation & 15),
            is_odd: !frame.progressive && (first, last, approximation) != (0, 63, 0),
        };
        if !frame.progressive {
            (scan.first, scan.last, scan.high, scan.low) = (0, 63, 0, 0);
        }
        let is_dc = scan.first == 0;
        // Each scan that refines adds one bit.
        let is_next_bit = scan.high == 0 || scan.high == scan.low + 1;
        let is_valid = !frame.progressive
            || (scan.last <= 63 && scan.first <= scan.last && scan.low <= 13 && is_next_bit)
                && (if is_dc { scan.last == 0 } else { scan.parts.len() == 1 });
        if scan.parts.is_empty() || !is_valid {
            return Err(wrong());
        }
        Ok(scan)
    }

    /// Blocks that it visits.
    pub(super) fn blocks(&self, frame: &Frame) -> usize {
        match self.parts.as_slice() {
            [part] => frame.components[part.index].blocks.iter().product(),
            parts => parts
                .iter()
                .map(|part| frame.padded(part.index).iter().product::<usize>())
                .sum(),
        }
    }

    /// Notes how exact the coefficients are that it codes; whether it goes on where the scans before it ended, by the
    /// rules of libjpeg. Coefficients that no scan coded have the exactness 255.
    pub(super) fn note(&self, frame: &Frame, exactness: &mut [[u8; 64]]) -> bool {
        let last = if frame.progressive { self.last } else { 63 };
        let mut follows = true;
        for part in &self.parts {
            let Some(exactness) = exactness.get_mut(part.index) else {
                continue;
            };
            let is_begun = self.first == 0 || exactness[0] != 255;
            let slots = &mut exactness[self.first..=last];
            follows &= is_begun && slots.iter().all(|&bits| self.high == u32::from(bits) % 255);
            slots.fill(self.low as u8);
        }
        follows || !frame.progressive
    }
}

/// Decodes the data of a scan that begin at `at`; returns where they end.
pub(super) fn decode(
    data: &[u8],
    at: usize,
    (frame, scan, tables): (&Frame, &Scan, &Tables),
    planes: &mut Planes,
    damaged: &mut Damaged,
) -> Result<usize> {
    let table = |tables: &'_ [Option<Table>; 4], number: usize| tables.get(number).and_then(Clone::clone);
    let missing = || error("a scan needs a Huffman table that is not there");
    let (needs_dc, needs_ac) = match frame.progressive {
        false => (true, true),
        true => (scan.first == 0 && scan.high == 0, scan.first > 0),
    };
    let mut codes = Vec::new();
    for part in &scan.parts {
        let (dc, ac) = (table(&tables.dc, part.dc), table(&tables.ac, part.ac));
        if (needs_dc && dc.is_none()) || (needs_ac && ac.is_none()) {
            return Err(missing());
        }
        let is_wrong = |needed: bool, table: &Option<Table>, most| {
            needed && table.as_ref().is_some_and(|table| !table.is_valid(most))
        };
        if is_wrong(needs_dc, &dc, 15) || is_wrong(needs_ac, &ac, 255) {
            return Err(error("a Huffman table is wrong"));
        }
        planes.begin(
            part.index,
            tables.quantisers[frame.components[part.index].quantiser].as_ref(),
        )?;
        codes.push(Codes { dc, ac });
    }
    let mut decoder = Decoder {
        bits: Bits::new(data, at),
        frame,
        scan,
        codes,
        planes,
        predictions: [0; 4],
        run: 0,
    };
    decoder.all(data, tables.restart, damaged)
}

/// The tables of one component.
struct Codes {
    dc: Option<Table>,
    ac: Option<Table>,
}

struct Decoder<'a> {
    bits: Bits<'a>,
    frame: &'a Frame,
    scan: &'a Scan,
    codes: Vec<Codes>,
    planes: &'a mut Planes,
    predictions: [i32; 4],
    /// Blocks that have no more coefficients, of those that follow.
    run: u32,
}

/// What stands where a restart should.
enum Restart {
    /// The one that is expected, behind this many others that are lost.
    Found(usize),
    /// Another marker, or the end.
    Gone,
}

impl Decoder<'_> {
    /// MCUs across and down; blocks where there is one component.
    fn units(&self) -> [usize; 2] {
        match self.scan.parts.as_slice() {
            [part] => self.frame.components[part.index].blocks,
            _ => self.frame.mcus,
        }
    }

    /// Rows of pixels of a row of units.
    fn unit_rows(&self) -> usize {
        match self.scan.parts.as_slice() {
            [part] => 8 * self.frame.v_max / self.frame.components[part.index].v,
            _ => 8 * self.frame.v_max,
        }
    }

    /// Decodes all intervals.
    fn all(&mut self, data: &[u8], restart: usize, damaged: &mut Damaged) -> Result<usize> {
        let [across, down] = self.units();
        let (total, rows) = (across * down, self.unit_rows());
        let mut lose = |first: usize, end: usize| damaged.lose(first / across * rows, end.div_ceil(across) * rows);
        let (mut unit, mut number) = (0, 0);
        let mut end;
        loop {
            let stop = if restart == 0 {
                total
            } else {
                (unit + restart).min(total)
            };
            (self.predictions, self.run) = ([0; 4], 0);
            let reached = self.interval(unit, stop, across)?;
            end = self.bits.align();
            if reached < stop {
                lose(reached, stop);
            } else if extra(data, end) > 0 && (stop < total || !is_padding(data, end)) {
                // More data than the pixels need: they are not what was written.
                lose(unit, stop);
            }
            unit = stop;
            if unit >= total {
                break;
            }
            match self.restart(data, end, number) {
                Restart::Found(lost) => {
                    let next = (unit + lost * restart).min(total);
                    if lost > 0 {
                        lose(unit, next);
                    }
                    (unit, number) = (next, (number + lost + 1) % 8);
                    if unit >= total {
                        break;
                    }
                }
                Restart::Gone => {
                    lose(unit, total);
                    break;
                }
            }
        }
        Ok(next_marker(data, end).map_or(data.len(), |(at, _)| at))
    }

    /// Goes behind the restart marker `number`, or to the next one.
    fn restart(&mut self, data: &[u8], mut at: usize, number: usize) -> Restart {
        loop {
            match next_marker(data, at) {
                Some((marker, kind @ 0xd0..=0xd7)) => {
                    at = marker + 2;
                    let ahead = (usize::from(kind - 0xd0) + 8 - number) % 8;
                    // One that comes late is passed over.
                    if ahead < 6 {
                        self.bits.jump(at);
                        return Restart::Found(ahead);
                    }
                }
                _ => return Restart::Gone,
            }
        }
    }

    /// Decodes the units from `first` to `end`; returns how far it came.
    fn interval(&mut self, first: usize, end: usize, across: usize) -> Result<usize> {
        let mut unit = first;
        while unit < end {
            // Whole runs of blocks without coefficients are passed over at once.
            if self.run > 0 && self.scan.high == 0 {
                let passed = (self.run as usize).min(end - unit);
                (unit, self.run) = (unit + passed, self.run - passed as u32);
                continue;
            }
            if self.unit(unit % across, unit / across)?.is_none() || self.bits.is_short() {
                return Ok(unit);
            }
            unit += 1;
        }
        Ok(end)
    }

    /// Decodes one MCU, or one block of a single component; `None` where the bits are no code.
    fn unit(&mut self, x: usize, y: usize) -> Result<Option<()>> {
        if self.scan.parts.len() == 1 {
            return self.block(0, x, y);
        }
        for part in 0..self.scan.parts.len() {
            let component = &self.frame.components[self.scan.parts[part].index];
            let (h, v) = (component.h, component.v);
            for at in 0..h * v {
                if self.block(part, x * h + at % h, y * v + at / h)?.is_none() {
                    return Ok(None);
                }
            }
        }
        Ok(Some(()))
    }

    fn block(&mut self, part: usize, x: usize, y: usize) -> Result<Option<()>> {
        let index = self.scan.parts[part].index;
        if !self.frame.progressive {
            let mut block = [0; 64];
            let found = self.sequential(part, &mut block);
            if found.is_some() && !self.bits.is_short() {
                self.planes.put(index, x, y, &block);
            }
            return Ok(found);
        }
        let missing = || CodecError::Internal("a block lies outside of its component".into());
        let mut block = *self.planes.coefficients(index, x, y).ok_or_else(missing)?;
        let found = match (self.scan.first, self.scan.high) {
            (0, 0) => self.dc_first(part, &mut block),
            (0, _) => {
                block[0] |= (self.bits.bits(1) << self.scan.low) as i16;
                Some(())
            }
            (_, 0) => self.ac_first(part, &mut block),
            _ => self.ac_refine(part, &mut block),
        };
        if let Some(slot) = self.planes.coefficients(index, x, y) {
            *slot = block;
        }
        Ok(found)
    }

    /// The difference to the DC coefficient before, added to it.
    fn dc(&mut self, part: usize) -> Option<i32> {
        let size = self.bits.symbol(self.codes[part].dc.as_ref()?)?;
        let difference = self.bits.signed(u32::from(size));
        self.predictions[part] = self.predictions[part].wrapping_add(difference);
        Some(self.predictions[part])
    }

    fn sequential(&mut self, part: usize, block: &mut [i16; 64]) -> Option<()> {
        block[0] = self.dc(part)? as i16;
        let table = self.codes[part].ac.as_ref()?;
        let mut k = 1;
        while k < 64 {
            let symbol = self.bits.symbol(table)?;
            let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                if zeros < 15 {
                    break;
                }
                k += 16;
                continue;
            }
            k += zeros;
            let value = self.bits.signed(size);
            let place = *ZIGZAG.get(k)?;
            block[usize::from(place)] = value as i16;
            k += 1;
        }
        Some(())
    }

    fn dc_first(&mut self, part: usize, block: &mut [i16; 64]) -> Option<()> {
        block[0] = self.dc(part)?.wrapping_shl(self.scan.low) as i16;
        Some(())
    }

    fn ac_first(&mut self, part: usize, block: &mut [i16; 64]) -> Option<()> {
        let table = self.codes[part].ac.as_ref()?;
        let mut k = self.scan.first;
        while k <= self.scan.last {
            let symbol = self.bits.symbol(table)?;
            let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            match (zeros, size) {
                (15, 0) => k += 16,
                (zeros, 0) => {
                    // This block is the first of the run.
                    self.run = (1 << zeros) + self.bits.bits(zeros) as u32 - 1;
                    break;
                }
                (zeros, size) => {
                    k += zeros as usize;
                    let value = self.bits.signed(size);
                    let place = *ZIGZAG.get(k).filter(|_| k <= self.scan.last)?;
                    block[usize::from(place)] = value.wrapping_shl(self.scan.low) as i16;
                    k += 1;
                }
            }
        }
        Some(())
    }

    fn ac_refine(&mut self, part: usize, block: &mut [i16; 64]) -> Option<()> {
        let mut k = self.scan.first;
        while self.run == 0 && k <= self.scan.last {
            let table = self.codes[part].ac.as_ref()?;
            let symbol = self.bits.symbol(table)?;
            let (zeros, size) = (u32::from(symbol >> 4), symbol & 15);
            let new = match (zeros, size) {
                (15, 0) => 0,
                (zeros, 0) => {
                    self.run = (1 << zeros) + self.bits.bits(zeros) as u32;
                    break;
                }
                // The only new values are 1 and -1.
                (_, 1) => (if self.bits.bits(1) == 1 { 1 } else { -1 }) << self.scan.low,
                _ => return None,
            };
            k = self.refine(block, k, zeros);
            if new != 0 {
                let place = *ZIGZAG.get(k).filter(|_| k <= self.scan.last)?;
                block[usize::from(place)] = new;
            }
            k += 1;
        }
        if self.run > 0 {
            self.refine(block, k, 64);
            self.run -= 1;
        }
        Some(())
    }

    /// Adds a bit to the coefficients from `k` on that are there, and passes over `zeros` that are not; returns where
    /// the next that is not there stands.
    fn refine(&mut self, block: &mut [i16; 64], mut k: usize, mut zeros: u32) -> usize {
        let one = 1i16 << self.scan.low;
        while k <= self.scan.last {
            let Some(value) = ZIGZAG.get(k).and_then(|&place| block.get_mut(usize::from(place))) else {
                break;
            };
            if *value != 0 {
                if self.bits.bits(1) == 1 && *value & one == 0 {
                    *value = value.wrapping_add(if *value > 0 { one } else { -one });
                }
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            k += 1;
        }
        k
    }
}

/// Bytes between `at` and the next marker.
fn extra(data: &[u8], at: usize) -> usize {
    next_marker(data, at).map_or(data.len(), |(marker, _)| marker) - at.min(data.len())
}

/// Whether what follows up to the next marker is filling: zeros and ones. The same holds for what follows where there
/// is no marker any more, for what stands behind the picture is not of it.
fn is_padding(data: &[u8], at: usize) -> bool {
    match next_marker(data, at) {
        None => true,
        Some((marker, _)) => data[at.min(marker)..marker].iter().all(|byte| [0, 0xff].contains(byte)),
    }
}
