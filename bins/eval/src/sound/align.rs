//! Delays of codecs: found by cross-correlation, and taken away.

use std::collections::BTreeMap;

use super::fft::Fft;
use crate::results::Results;

/// The longest delay that is looked for, in seconds.
const LONGEST_SECONDS: f64 = 0.25;
/// The most samples that are compared, from the middle of a sound.
const MOST_SAMPLES: usize = 1 << 19;
/// The least correlation of a delay that is believed; codecs that do not keep the wave have none.
const LEAST_CORRELATION: f64 = 0.5;

/// The detail of a point that says how many samples a decoded sound came late.
pub(super) const DELAY: &str = "delay removed (samples)";
/// The detail that says how much longer than the original it was.
pub(super) const LONGER: &str = "longer than the original (samples)";

/// How many samples `decoded` comes later than `original`, both at `rate` Hz; nothing where they are too unlike to tell.
pub(super) fn delay(original: &[f64], decoded: &[f64], rate: u32) -> Option<i64> {
    let count = original.len().min(decoded.len());
    let used = count.min(MOST_SAMPLES);
    let start = (count - used) / 2;
    let (x, y) = (&original[start..start + used], &decoded[start..start + used]);
    let most = ((f64::from(rate) * LONGEST_SECONDS) as usize).min(used.saturating_sub(1));
    let fft = Fft::new(used + most + 1);
    let correlation = correlation(&fft, x, y);
    let at = |lag: i64| correlation[lag.rem_euclid(fft.size() as i64) as usize];
    let most = i64::try_from(most).ok()?;
    // Of equal peaks the one without a delay counts.
    let lags = std::iter::once(0).chain((1..=most).flat_map(|lag| [lag, -lag]));
    let best = lags.fold(0, |best, lag| if at(lag) > at(best) { lag } else { best });
    let energy = |samples: &[f64]| samples.iter().map(|sample| sample * sample).sum::<f64>();
    let perfect = (energy(x) * energy(y)).sqrt();
    (perfect > 0.0 && at(best) >= LEAST_CORRELATION * perfect).then_some(best)
}

/// `sum over n of x[n] y[n + lag]` for each lag modulo the size of the transform.
fn correlation(fft: &Fft, x: &[f64], y: &[f64]) -> Vec<f64> {
    // Both are real, so one transform holds both: x in the real part and y in the imaginary.
    let (mut re, mut im) = (x.to_vec(), y.to_vec());
    fft.transform(&mut re, &mut im);
    let size = fft.size();
    // The product of both, conjugated so that a forward transform does the work of an inverse one.
    let product = |k: usize| {
        let mirror = (size - k) % size;
        let x = ((re[k] + re[mirror]) / 2.0, (im[k] - im[mirror]) / 2.0);
        let y = ((im[k] + im[mirror]) / 2.0, (re[mirror] - re[k]) / 2.0);
        (x.0 * y.0 + x.1 * y.1, x.1 * y.0 - x.0 * y.1)
    };
    let (mut re, mut im): (Vec<f64>, Vec<f64>) = (0..size).map(product).unzip();
    fft.transform(&mut re, &mut im);
    re.into_iter().map(|value| value / size as f64).collect()
}

/// What was done to the sounds of each series, for a reader of the report.
pub fn notes(results: &Results) -> Vec<String> {
    let mut notes = Vec::new();
    for series in &results.series {
        let mine = || {
            results
                .records
                .iter()
                .filter(|r| r.series == series.name && r.error.is_none())
        };
        let (all, mut delays) = (mine().count(), BTreeMap::<i64, usize>::new());
        for delay in mine().filter_map(|record| record.details.get(DELAY)?.as_i64()) {
            *delays.entry(delay).or_default() += 1;
        }
        if !delays.is_empty() {
            let list: Vec<String> = delays.iter().map(|(delay, n)| format!("{delay} in {n}")).collect();
            let list = list.join(", ");
            notes.push(format!(
                "{}: samples of delay removed after decoding, by points ({all} in all): {list}",
                series.name
            ));
        }
        let longer = mine().filter(|record| record.details.contains_key(LONGER)).count();
        if longer > 0 {
            notes.push(format!(
                "{}: {longer} of {all} decoded sounds had another length than the original",
                series.name
            ));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<f64> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state) / f64::from(u32::MAX) - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn delays_are_found_both_ways() {
        let sound = noise(9000);
        for late in [0usize, 1, 529, 1999] {
            let mut decoded = vec![0.0; late];
            decoded.extend_from_slice(&sound);
            assert_eq!(delay(&sound, &decoded, 8000), Some(late as i64));
            assert_eq!(delay(&decoded, &sound, 8000), Some(-(late as i64)));
        }
    }

    #[test]
    fn strangers_have_no_delay() {
        let sound = noise(6000);
        assert_eq!(delay(&sound[..3000], &sound[3000..], 8000), None);
        assert_eq!(delay(&sound, &vec![0.0; 6000], 8000), None);
        assert_eq!(delay(&[], &[], 8000), None);
        assert_eq!(delay(&[0.5], &[0.5], 8000), Some(0));
    }
}
