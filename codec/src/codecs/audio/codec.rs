//! Packets of sound as integers, and back.

use lmc_entropy::audio::{Block, FRAME, FRAMES, PACKET, PacketData, Steps};

use super::lapped::Lapped;
use super::levels::levels_of;
use super::quantise::{Noise, quantise, restore};
use super::{DecoderSettings, EncoderSettings, blocks, stereo};

/// Samples that the encoder sees before and behind a packet: a frame, of which it must know how it will be cut, and what
/// that decision looks at.
pub const HALO: usize = FRAME + blocks::LOOK;

/// The integers of a packet of `HALO + PACKET + HALO` samples of each channel.
pub(super) fn analyse(lapped: &Lapped, settings: &EncoderSettings, steps: &Steps, channels: &[&[f32]]) -> PacketData {
    let frames: Vec<Vec<usize>> = (0..FRAMES + 2)
        .map(|frame| blocks::classes(lapped, steps, settings, channels, HALO + frame * FRAME - FRAME))
        .collect();
    let edge = |frame: usize| {
        let (before, behind) = (&frames[frame], &frames[frame + 1]);
        before.last().max(behind.first()).copied().unwrap_or(0)
    };
    let overlaps = [edge(0), edge(FRAMES)];
    let classes: Vec<usize> = frames[1..=FRAMES].concat();
    let mut work: Vec<Vec<f32>> = channels
        .iter()
        .map(|samples| forward(lapped, &classes, overlaps, samples))
        .collect();
    let angles = match &mut work[..] {
        [left, right] => {
            let pairs = ranges(&classes).map(|(class, range)| (class, &left[range.clone()], &right[range]));
            let angles = stereo::angles(pairs);
            for (class, range) in ranges(&classes) {
                stereo::turn(class, &angles, &mut left[range.clone()], &mut right[range], false);
            }
            angles
        }
        _ => Vec::new(),
    };
    let mut past = None;
    let blocks = ranges(&classes).map(|(class, range)| {
        let parts: Vec<&[f32]> = work.iter().map(|channel| &channel[range.clone()]).collect();
        let last = past.take().filter(|(last, _): &(usize, Vec<Vec<u8>>)| *last == class);
        let levels = parts.iter().enumerate().map(|(channel, part)| {
            let past = last.as_ref().map(|(_, levels)| &levels[channel][..]);
            levels_of(steps, class, part, past, settings.inertia)
        });
        let levels: Vec<Vec<u8>> = levels.collect();
        past = Some((class, levels.clone()));
        let sizes = steps.of_block(class, &levels.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let spectra = parts.iter().zip(levels).zip(&sizes);
        let spectra = spectra.map(|((part, levels), sizes)| quantise(settings, steps, class, part, levels, sizes));
        Block {
            class,
            spectra: spectra.collect(),
        }
    });
    PacketData {
        overlaps,
        angles,
        blocks: blocks.collect(),
    }
}

/// Where blocks lie in their packet.
fn ranges(classes: &[usize]) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> {
    classes.iter().scan(0, |at, &class| {
        let start = *at;
        *at += FRAME >> class;
        Some((class, start..*at))
    })
}

/// The coefficients of a packet, from samples with their halo.
fn forward(lapped: &Lapped, classes: &[usize], overlaps: [usize; 2], samples: &[f32]) -> Vec<f32> {
    let mut work = samples.to_vec();
    lapped.fold(overlaps[0], &mut work, HALO);
    lapped.fold(overlaps[1], &mut work, HALO + PACKET);
    let mut packet = work[HALO..HALO + PACKET].to_vec();
    for (class, border) in borders(classes) {
        lapped.fold(class, &mut packet, border);
    }
    for (class, range) in ranges(classes) {
        lapped.transform(class, &mut packet[range]);
    }
    packet
}

/// The borders between blocks of a packet and the classes of their overlaps.
fn borders(classes: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    let behind = classes.iter().skip(1);
    ranges(classes)
        .zip(behind)
        .map(|((class, range), &next)| (class.max(next), range.end))
}

/// The samples of a packet of each channel, from the integers of it and its neighbours.
pub(super) fn synthesise(
    lapped: &Lapped,
    settings: &DecoderSettings,
    steps: &Steps,
    packets: [Option<&PacketData>; 3],
    channels: usize,
) -> Vec<Vec<f32>> {
    let [before, Some(this), behind] = packets else {
        return vec![vec![0.0; PACKET]; channels];
    };
    let all = 0..this.blocks.len();
    let mut samples = blocks_of(lapped, settings, steps, this, all, channels);
    let classes: Vec<usize> = this.blocks.iter().map(|block| block.class).collect();
    let [first, last] = this.overlaps;
    // Of a neighbour only the block at the border is needed, which reaches as far as the overlap.
    let before = before.filter(|before| before.overlaps[1] == first && !before.blocks.is_empty());
    let before = before.map(|before| {
        let count = before.blocks.len();
        blocks_of(lapped, settings, steps, before, count - 1..count, channels)
    });
    let behind = behind.filter(|behind| behind.overlaps[0] == last && !behind.blocks.is_empty());
    let behind = behind.map(|behind| blocks_of(lapped, settings, steps, behind, 0..1, channels));
    for (channel, own) in samples.iter_mut().enumerate() {
        for (class, border) in borders(&classes) {
            lapped.unfold(class, own, border);
        }
        join(
            lapped,
            first,
            before.as_ref().map(|before| &before[channel][..]),
            own,
            true,
        );
        join(
            lapped,
            last,
            behind.as_ref().map(|behind| &behind[channel][..]),
            own,
            false,
        );
    }
    samples
}

/// Unfolds a border of a packet with the folded samples of its neighbour.
fn join(lapped: &Lapped, class: usize, neighbour: Option<&[f32]>, own: &mut [f32], at_start: bool) {
    let reach = Lapped::reach(class);
    let len = own.len();
    match neighbour.filter(|neighbour| neighbour.len() >= reach) {
        Some(neighbour) if at_start => {
            let mut both = [&neighbour[neighbour.len() - reach..], &own[..reach]].concat();
            lapped.unfold(class, &mut both, reach);
            own[..reach].copy_from_slice(&both[reach..]);
        }
        Some(neighbour) => {
            let mut both = [&own[len - reach..], &neighbour[..reach]].concat();
            lapped.unfold(class, &mut both, reach);
            own[len - reach..].copy_from_slice(&both[..reach]);
        }
        None if at_start => lapped.unfold_edge(class, own[..reach].iter_mut()),
        None => lapped.unfold_edge(class, own[len - reach..].iter_mut().rev()),
    }
}

/// Some blocks of a packet, folded still, of each channel.
fn blocks_of(
    lapped: &Lapped,
    settings: &DecoderSettings,
    steps: &Steps,
    packet: &PacketData,
    which: std::ops::Range<usize>,
    channels: usize,
) -> Vec<Vec<f32>> {
    let mut samples = vec![Vec::new(); channels];
    for block in &packet.blocks[which] {
        let class = block.class;
        let levels: Vec<&[u8]> = block.spectra.iter().map(|spectrum| &spectrum.levels[..]).collect();
        let sizes = steps.of_block(class, &levels);
        let mut parts = vec![vec![0.0; FRAME >> class]; channels];
        for (channel, part) in parts.iter_mut().enumerate() {
            let (spectrum, sizes) = (&block.spectra[channel], &sizes[channel]);
            let mut noise = Noise::new(&spectrum.levels, channel);
            restore(settings, steps, class, spectrum, sizes, &mut noise, part);
        }
        if let [left, right] = &mut parts[..] {
            stereo::turn(class, &packet.angles, left, right, true);
        }
        for (samples, mut part) in samples.iter_mut().zip(parts) {
            lapped.transform(class, &mut part);
            samples.append(&mut part);
        }
    }
    samples
}
