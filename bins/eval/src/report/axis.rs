//! Axes: from values to places, and where the ticks are.

/// Ticks of a linear axis, at most.
const MOST_TICKS: f64 = 11.0;

/// An axis from `low` to `high`, drawn from place `from` to place `to`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    log: bool,
    from: f64,
    to: f64,
}

impl Axis {
    /// An axis that has room for all values; nothing where there are none that it can show.
    pub(super) fn around(values: impl Iterator<Item = f64>, log: bool, (from, to): (f64, f64)) -> Option<Self> {
        let usable = values.filter(|value| value.is_finite() && (!log || *value > 0.0));
        let (low, high) = usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        if low > high {
            return None;
        }
        let (low, high) = if log {
            let margin = ((high / low).ln() * 0.04).max(0.05).exp();
            (low / margin, high * margin)
        } else {
            let margin = ((high - low) * 0.06).max(1e-3);
            (low - margin, high + margin)
        };
        Some(Self {
            low,
            high,
            log,
            from,
            to,
        })
    }

    /// Where a value lies.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = if self.log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + share * (self.to - self.from)
    }

    /// Round values along the axis, and how they are written.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let values = if self.log {
            self.log_ticks()
        } else {
            self.linear_ticks()
        };
        let inside = values
            .into_iter()
            .filter(|(value, _)| (self.low..=self.high).contains(value));
        inside.collect()
    }

    /// 1, 2, 5 of each decade; 1 alone where there are many, and more where there are few.
    fn log_ticks(&self) -> Vec<(f64, String)> {
        let decades = (self.high / self.low).log10();
        let steps: &[f64] = match decades {
            d if d > 4.0 => &[1.0],
            d if d > 1.0 => &[1.0, 2.0, 5.0],
            _ => &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0],
        };
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let decade = |power: i32| steps.iter().map(move |step| step * 10f64.powi(power));
        let label = |value: f64| (value, short(value));
        (first..=last).flat_map(decade).map(label).collect()
    }

    fn linear_ticks(&self) -> Vec<(f64, String)> {
        let range = self.high - self.low;
        let power = 10f64.powf((range / MOST_TICKS).log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power);
        let step = steps
            .into_iter()
            .find(|step| range / step <= MOST_TICKS)
            .unwrap_or(range);
        let digits = (-step.log10().floor()).max(0.0) as usize;
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        let label = |i: i64| (i as f64 * step, format!("{:.digits$}", i as f64 * step));
        (first..=last).map(label).collect()
    }
}

/// A number without zeros that say nothing.
fn short(value: f64) -> String {
    let digits = (1.0 - value.log10().floor()).clamp(0.0, 6.0) as usize;
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, log: bool) -> Vec<String> {
        let axis = Axis::around([low, high].into_iter(), log, (0.0, 100.0)).unwrap();
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(0.08, 3.0, true), ["0.1", "0.2", "0.5", "1", "2"]);
        assert_eq!(
            labels(26.0, 44.0, false),
            ["26", "28", "30", "32", "34", "36", "38", "40", "42", "44"][..].to_vec()
        );
        assert_eq!(labels(0.0, 1.0, false), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(short(20.0), "20");
    }

    #[test]
    fn ends_are_placed_inside() {
        let axis = Axis::around([1.0, 100.0].into_iter(), true, (0.0, 100.0)).unwrap();
        assert!((axis.place(10.0) - 50.0).abs() < 1e-9);
        assert!(axis.place(1.0) > 0.0 && axis.place(100.0) < 100.0);
        assert_eq!(Axis::around([0.0, -1.0].into_iter(), true, (0.0, 1.0)), None);
        assert!(Axis::around([5.0].into_iter(), false, (0.0, 1.0)).is_some());
    }
}
