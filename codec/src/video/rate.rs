//! Aims at a bit rate: the quality of each run of frames follows from the bytes of the runs before.

use crate::quality::Quality;

/// By how much quality rises where the bits are to double.
const QUALITY_OF_DOUBLE: f64 = 12.0;
/// The largest step of quality between two runs.
const MOST_STEP: f64 = 25.0;
/// Runs over which a surplus is paid back.
const PAYBACK_RUNS: f64 = 3.0;

/// Chooses qualities, from key frame to key frame.
#[derive(Debug, Clone)]
pub(super) struct RateControl {
    bits_per_second: f64,
    quality: f64,
    /// Bits and seconds of the runs before.
    spent: f64,
    seconds: f64,
    /// Bits and seconds of this run.
    run_bits: f64,
    run_seconds: f64,
}

impl RateControl {
    pub(super) fn new(bits_per_second: f64, start: Quality) -> Self {
        Self {
            bits_per_second,
            quality: f64::from(start.hundredths()) / 100.0,
            spent: 0.0,
            seconds: 0.0,
            run_bits: 0.0,
            run_seconds: 0.0,
        }
    }

    /// Whether the first run, of which little is known, is to end here.
    pub(super) fn ends_early(&self) -> bool {
        self.seconds == 0.0 && self.run_seconds >= 0.25
    }

    /// Counts bytes of a frame or of the sound.
    pub(super) fn spend(&mut self, bytes: u64) {
        self.run_bits += bytes as f64 * 8.0;
    }

    /// Counts the time of a frame.
    pub(super) fn pass(&mut self, seconds: f64) {
        self.run_seconds += seconds;
    }

    /// The quality of the next run, which a key frame begins.
    pub(super) fn next_run(&mut self) -> Option<Quality> {
        if self.run_seconds > 0.0 && self.run_bits > 0.0 {
            self.spent += self.run_bits;
            self.seconds += self.run_seconds;
            let planned = self.bits_per_second * self.run_seconds;
            let surplus = self.spent - self.bits_per_second * self.seconds;
            let wanted = (planned - surplus / PAYBACK_RUNS).max(planned / 4.0);
            let step = QUALITY_OF_DOUBLE * (wanted / self.run_bits).log2();
            self.quality = (self.quality + step.clamp(-MOST_STEP, MOST_STEP)).clamp(0.0, 100.0);
            (self.run_bits, self.run_seconds) = (0.0, 0.0);
        }
        Quality::new(self.quality as f32).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codec_whose_rate_is_another_function_of_quality_meets_the_rate() {
        for doubling in [7.0, 12.0, 20.0] {
            let mut rate = RateControl::new(100_000.0, Quality::new(80.0).unwrap());
            let mut total = 0.0;
            for _ in 0..60 {
                let quality = f64::from(rate.next_run().unwrap().hundredths()) / 100.0;
                let bits = 50_000.0 * 2.0f64.powf((quality - 50.0) / doubling);
                rate.spend((bits * 2.0 / 8.0) as u64);
                rate.pass(2.0);
                total += bits * 2.0;
            }
            let off = total / (100_000.0 * 120.0) - 1.0;
            assert!(off.abs() < 0.08, "{doubling}: {off}");
        }
    }
}
