//! The packets of a track, cluster by cluster.

use std::collections::VecDeque;

use super::ebml::{Element, children, find, is_whole, number, unsigned};
use super::track::Track;
use super::{CLUSTER, MAX_ELEMENT_BYTES, SEGMENT};
use crate::error::Result;
use crate::sound::SoundNotes;
use crate::sound::files::coded::{Packet, Step, Steps, Stream};
use crate::sound::files::input::{Fields, Input, bytes_at};

const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK_GROUP: u32 = 0xa0;
const TIMESTAMP: u32 = 0xe7;
/// What else stands in clusters: silent tracks, the place and size of clusters, encrypted blocks, checksums, filling.
const BESIDE: [u32; 6] = [0x5854, 0xa7, 0xab, 0xaf, 0xbf, 0xec];
/// Milliseconds by which times may differ from where packets lead: less is rounding.
const SLACK_MS: u64 = 100;

pub(super) struct MkvSteps {
    input: Input,
    track: Track,
    stream: Option<Stream>,
    at: u64,
    end: u64,
    /// Nanoseconds of a tick.
    tick_ns: u64,
    cluster_ticks: u64,
    /// Where the cluster ends, if it tells.
    cluster_end: Option<u64>,
    /// Whether clusters and blocks are not as they should be.
    is_harmed: bool,
    /// Samples so far, and where the first packet lies.
    position: u64,
    first: Option<u64>,
    ready: VecDeque<Step>,
    notes: SoundNotes,
}

impl MkvSteps {
    /// # Errors
    /// `Unsupported` for what the decoders do not know.
    pub(super) fn new(input: Input, track: Track, at: u64, end: u64, tick_ns: u64, notes: SoundNotes) -> Result<Self> {
        Ok(Self {
            stream: Some(track.entry.stream(track.entry.skip, None)?),
            input,
            track,
            at,
            end,
            tick_ns,
            cluster_ticks: 0,
            cluster_end: None,
            is_harmed: false,
            position: 0,
            first: None,
            ready: VecDeque::new(),
            notes,
        })
    }

    /// Takes the next element; whether there was one.
    fn element(&mut self) -> Result<bool> {
        if self.at >= self.end {
            return Ok(false);
        }
        let Some(element) = Element::at(&mut self.input, self.at)? else {
            self.notes.warn(format!(
                "it is damaged: its last {} bytes are no packets",
                self.end - self.at
            ));
            return Ok(false);
        };
        self.cluster_end = self.cluster_end.filter(|&end| self.at < end);
        let inside = matches!(element.id, CLUSTER | SEGMENT);
        let Some(bytes) = element.bytes.filter(|_| !inside) else {
            if element.id == CLUSTER {
                self.harm(self.cluster_end.is_some());
                self.cluster_end = element.bytes.map(|bytes| element.content.saturating_add(bytes));
            }
            self.at = element.content;
            return Ok(true);
        };
        if let Some(end) = self.cluster_end {
            let is_known = matches!(element.id, SIMPLE_BLOCK | BLOCK_GROUP | TIMESTAMP) || BESIDE.contains(&element.id);
            let is_longer = element.content.saturating_add(bytes) > end;
            self.harm(is_longer || !is_known);
            if is_longer {
                self.at = end;
                return Ok(true);
            }
        }
        if matches!(element.id, SIMPLE_BLOCK | BLOCK_GROUP | TIMESTAMP) {
            let body = bytes_at(&mut self.input, element.content, bytes.min(MAX_ELEMENT_BYTES))?;
            if body.len() as u64 == bytes {
                self.take(element.id, &body);
            }
        }
        self.at = element.content.saturating_add(bytes);
        Ok(true)
    }

    /// Tells of damage, once.
    fn harm(&mut self, is_harmed: bool) {
        if is_harmed && !std::mem::replace(&mut self.is_harmed, true) {
            self.notes
                .warn("it is damaged: its clusters and blocks contradict each other");
        }
    }

    fn take(&mut self, id: u32, body: &[u8]) {
        match id {
            TIMESTAMP => self.cluster_ticks = unsigned(body),
            SIMPLE_BLOCK => {
                let taken = self.block(body, 0);
                self.harm(taken.is_none());
            }
            _ => {
                self.harm(!is_whole(body));
                let padding_ns = find(body, 0x75a2).map_or(0, unsigned);
                let blocks = children(body).filter(|(id, _)| *id == 0xa1);
                for (_, block) in blocks {
                    let taken = self.block(block, padding_ns);
                    self.harm(taken.is_none());
                }
            }
        }
    }

    /// Takes the packets of a block, if they are of the track; `None` for what is no block.
    fn block(&mut self, block: &[u8], padding_ns: u64) -> Option<()> {
        let mut fields = Fields(block);
        let track = number(&mut fields)??;
        let (offset, flags) = (fields.be16()? as i16, fields.byte()?);
        if track != self.track.number {
            return self.track.others.contains(&track).then_some(());
        }
        let frames = frames(&mut fields, flags >> 1 & 3)?;
        let ticks = self.cluster_ticks.saturating_add_signed(i64::from(offset));
        self.gap(ticks);
        let packets: Vec<Packet> = frames.into_iter().map(|frame| self.packet(frame)).collect();
        self.position += packets.iter().map(|packet| packet.samples).sum::<u64>();
        // What is behind the sound is said in the last block.
        let padding = (u128::from(padding_ns) * u128::from(self.track.entry.rate) + 500_000_000) / 1_000_000_000;
        self.ready.push_back(match u64::try_from(padding).unwrap_or(u64::MAX) {
            0 => Step::Packets(packets, None),
            padding => Step::Last(packets, padding),
        });
        Some(())
    }

    fn packet(&self, frame: &[u8]) -> Packet {
        let data = [&self.track.stripped[..], frame].concat();
        let samples = self.track.entry.samples(&data);
        Packet { data, samples }
    }

    /// Notes samples that are missing before a block, where packets tell how long they are.
    fn gap(&mut self, ticks: u64) {
        let rate = u128::from(self.track.entry.rate);
        let at = (u128::from(ticks) * u128::from(self.tick_ns) * rate / 1_000_000_000) as u64;
        let first = *self.first.get_or_insert(at);
        let (expected, slack) = (
            first.saturating_add(self.position),
            SLACK_MS * u64::from(self.track.entry.rate) / 1000,
        );
        if self.position > 0 && at > expected.saturating_add(slack) {
            self.ready.push_back(Step::Gap(at - expected));
            self.position += at - expected;
        }
    }
}

/// The frames of a block, by the way they are laced.
fn frames<'a>(fields: &mut Fields<'a>, lacing: u8) -> Option<Vec<&'a [u8]>> {
    if lacing == 0 {
        return Some(vec![fields.0]);
    }
    let count = usize::from(fields.byte()?) + 1;
    let mut sizes: Vec<usize> = Vec::with_capacity(count);
    match lacing {
        1 => {
            for _ in 1..count {
                let mut size = 0;
                loop {
                    let byte = fields.byte()?;
                    size += usize::from(byte);
                    if byte < 255 {
                        break;
                    }
                }
                sizes.push(size);
            }
        }
        3 => {
            for _ in 1..count {
                let before = fields.0.len();
                let value = number(fields)??;
                let bytes = before - fields.0.len();
                sizes.push(match sizes.last() {
                    None => usize::try_from(value).ok()?,
                    // A difference, whose middle is 0.
                    Some(&last) => last.checked_add_signed(value as isize - ((1isize << (7 * bytes - 1)) - 1))?,
                });
            }
        }
        _ => sizes = vec![fields.0.len() / count; count - 1],
    }
    let mut frames = sizes
        .into_iter()
        .map(|size| fields.take(size))
        .collect::<Option<Vec<_>>>()?;
    frames.push(fields.0);
    Some(frames)
}

impl Steps for MkvSteps {
    fn next(&mut self) -> Result<Option<Step>> {
        if let Some(stream) = self.stream.take() {
            return Ok(Some(Step::Begin(stream)));
        }
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(Some(step));
            }
            if !self.element()? {
                return Ok(None);
            }
        }
    }

    fn notes(&self) -> &SoundNotes {
        &self.notes
    }
}
