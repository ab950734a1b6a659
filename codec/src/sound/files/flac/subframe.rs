//! One channel of a FLAC frame.

use super::bits::Bits;

/// Decodes a channel of `count` samples of some bits; `None` where it is damaged or cut.
pub(super) fn subframe(bits: &mut Bits<'_>, count: usize, depth: u32) -> Option<Vec<i64>> {
    if bits.take(1)? != 0 {
        return None;
    }
    let kind = bits.take(6)? as usize;
    let wasted = if bits.take(1)? == 1 { bits.zeros()? + 1 } else { 0 };
    let depth = depth.checked_sub(wasted).filter(|&depth| depth > 0)?;
    let mut samples = match kind {
        0 => vec![bits.signed(depth)?; count],
        1 => (0..count).map(|_| bits.signed(depth)).collect::<Option<Vec<_>>>()?,
        8..=12 => fixed(bits, count, depth, kind - 8)?,
        32.. => predicted(bits, count, depth, kind - 31)?,
        _ => return None,
    };
    if wasted > 0 {
        samples.iter_mut().for_each(|sample| *sample <<= wasted);
    }
    Some(samples)
}

fn warm_up(bits: &mut Bits<'_>, count: usize, depth: u32, order: usize) -> Option<Vec<i64>> {
    if order > count {
        return None;
    }
    let mut samples = Vec::with_capacity(count);
    for _ in 0..order {
        samples.push(bits.signed(depth)?);
    }
    Some(samples)
}

fn fixed(bits: &mut Bits<'_>, count: usize, depth: u32, order: usize) -> Option<Vec<i64>> {
    const FACTORS: [&[i64]; 5] = [&[], &[1], &[2, -1], &[3, -3, 1], &[4, -6, 4, -1]];
    let mut samples = warm_up(bits, count, depth, order)?;
    residual(bits, count, order, &mut samples)?;
    restore(&mut samples, FACTORS[order], 0);
    Some(samples)
}

fn predicted(bits: &mut Bits<'_>, count: usize, depth: u32, order: usize) -> Option<Vec<i64>> {
    let mut samples = warm_up(bits, count, depth, order)?;
    let precision = bits.take(4)? as u32 + 1;
    let shift = bits.signed(5)?;
    if precision == 16 || shift < 0 {
        return None;
    }
    let factors = (0..order).map(|_| bits.signed(precision)).collect::<Option<Vec<_>>>()?;
    residual(bits, count, order, &mut samples)?;
    restore(&mut samples, &factors, shift as u32);
    Some(samples)
}

/// Adds the prediction from the samples before to each behind the first ones; the first factor is for the last sample.
fn restore(samples: &mut [i64], factors: &[i64], shift: u32) {
    for at in factors.len()..samples.len() {
        let before = samples[at - factors.len()..at].iter().rev();
        let sum = before.zip(factors).fold(0i64, |sum, (sample, factor)| {
            sum.wrapping_add(sample.wrapping_mul(*factor))
        });
        samples[at] = samples[at].wrapping_add(sum >> shift);
    }
}

fn residual(bits: &mut Bits<'_>, count: usize, order: usize, out: &mut Vec<i64>) -> Option<()> {
    let parameter_bits = match bits.take(2)? {
        0 => 4,
        1 => 5,
        _ => return None,
    };
    let partitions = 1usize << bits.take(4)?;
    if !count.is_multiple_of(partitions) || count / partitions < order {
        return None;
    }
    for partition in 0..partitions {
        let length = count / partitions - if partition == 0 { order } else { 0 };
        let parameter = bits.take(parameter_bits)? as u32;
        if parameter == (1 << parameter_bits) - 1 {
            let plain = bits.take(5)? as u32;
            for _ in 0..length {
                out.push(bits.signed(plain)?);
            }
            continue;
        }
        for _ in 0..length {
            let high = u64::from(bits.zeros()?);
            let word = high << parameter | bits.take(parameter)?;
            out.push((word >> 1) as i64 ^ -((word & 1) as i64));
        }
    }
    Some(())
}
