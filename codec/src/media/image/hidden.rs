//! Colours where alpha is 0: nobody sees them, so they may become whatever costs the least.

use super::{Image, Samples};

/// Distances are not told apart from here on.
const FAR: u16 = 4096;

impl Image {
    /// Whether there are pixels whose alpha is 0.
    pub fn has_hidden(&self) -> bool {
        match &self.alpha {
            None => false,
            Some(Samples::U8(alpha)) => alpha.contains(&0),
            Some(Samples::U16(alpha)) => alpha.contains(&0),
        }
    }

    /// With other colours where alpha is 0: they go over from the nearest visible ones to each other, so that there are
    /// no edges where something visible begins.
    pub fn with_hidden_filled(mut self) -> Self {
        let (width, channels) = (self.width as usize, self.color.channels());
        if let Some(alpha) = self.alpha.as_ref().filter(|_| self.has_hidden()) {
            let hidden: Vec<bool> = match alpha {
                Samples::U8(alpha) => alpha.iter().map(|&alpha| alpha == 0).collect(),
                Samples::U16(alpha) => alpha.iter().map(|&alpha| alpha == 0).collect(),
            };
            match &mut self.samples {
                Samples::U8(colors) => blend(colors, &hidden, width, channels),
                Samples::U16(colors) => blend(colors, &hidden, width, channels),
            }
        }
        self
    }
}

/// The weight of a colour at a distance.
fn weight(distance: u16) -> u64 {
    (1 << 30) / u64::from(distance).pow(2).max(1)
}

/// What one pass knows of a row: colours and how far away the visible ones are; `FAR` where there are none.
struct Row {
    colors: Vec<u32>,
    distances: Vec<u16>,
}

impl Row {
    fn new(width: usize, channels: usize) -> Self {
        Self {
            colors: vec![0; width * channels],
            distances: vec![FAR; width],
        }
    }
}

/// The colour of a pixel by its neighbours that are known: two of the row before, and the one passed in this row.
fn guess(before: &Row, this: &Row, [x, side]: [usize; 2], channels: usize, out: &mut [u32]) -> u16 {
    let mut near = FAR;
    let mut sums = [0u64; 3];
    let mut total = 0;
    for (row, column) in [(before, x), (before, side), (this, side)] {
        let distance = row
            .distances
            .get(column)
            .map_or(FAR, |distance| distance.saturating_add(1).min(FAR));
        if distance < FAR {
            near = near.min(distance);
            let (colors, weight) = (&row.colors[column * channels..], weight(distance));
            (0..channels).for_each(|channel| sums[channel] += weight * u64::from(colors[channel]));
            total += weight;
        }
    }
    if total > 0 {
        (0..channels).for_each(|channel| out[channel] = ((sums[channel] + total / 2) / total) as u32);
    }
    near
}

/// Blends what comes from above and from the left with what comes from below and from the right.
fn blend<T: Copy + Into<u32> + TryFrom<u32>>(colors: &mut [T], hidden: &[bool], width: usize, channels: usize) {
    let rows = hidden.len() / width.max(1);
    let mut far = vec![0u16; hidden.len()];
    let (mut before, mut this) = (Row::new(width, channels), Row::new(width, channels));
    let mut found = [0u32; 3];
    for y in 0..rows {
        for x in 0..width {
            let pixel = y * width + x;
            let place = pixel * channels..(pixel + 1) * channels;
            if hidden[pixel] {
                far[pixel] = guess(&before, &this, [x, x.wrapping_sub(1)], channels, &mut found);
                set(&mut colors[place.clone()], &found);
            }
            this.distances[x] = far[pixel];
            let values = colors[place].iter().map(|&value| value.into());
            this.colors[x * channels..]
                .iter_mut()
                .zip(values)
                .for_each(|(to, value)| *to = value);
        }
        std::mem::swap(&mut before, &mut this);
    }
    (before, this) = (Row::new(width, channels), Row::new(width, channels));
    for y in (0..rows).rev() {
        for x in (0..width).rev() {
            let pixel = y * width + x;
            let place = pixel * channels..(pixel + 1) * channels;
            let mut distance = 0;
            let mut own = [0u32; 3];
            own.iter_mut()
                .zip(&colors[place.clone()])
                .for_each(|(own, &value)| *own = value.into());
            if hidden[pixel] {
                let back = guess(&before, &this, [x, x + 1], channels, &mut found);
                let ahead = far[pixel];
                let forth = own;
                let weights = [ahead, back].map(|distance| if distance == FAR { 0 } else { weight(distance) });
                let total = weights[0] + weights[1];
                for channel in 0..channels {
                    let sum = weights[0] * u64::from(forth[channel]) + weights[1] * u64::from(found[channel]);
                    // Nothing visible is near where the weights are 0.
                    if let Some(mean) = (sum + total / 2).checked_div(total) {
                        own[channel] = mean as u32;
                    }
                }
                set(&mut colors[place], &own);
                (own, distance) = (found, back);
            }
            this.distances[x] = distance;
            this.colors[x * channels..]
                .iter_mut()
                .zip(own)
                .take(channels)
                .for_each(|(to, value)| *to = value);
        }
        std::mem::swap(&mut before, &mut this);
    }
}

fn set<T: TryFrom<u32>>(place: &mut [T], values: &[u32]) {
    for (to, &value) in place.iter_mut().zip(values) {
        if let Ok(value) = T::try_from(value) {
            *to = value;
        }
    }
}

#[cfg(test)]
mod unit {
    use super::super::Color;
    use super::*;

    fn image(colors: &[u8], alpha: &[u8], width: u32) -> Image {
        let height = alpha.len() as u32 / width;
        let alpha = Some(Samples::U8(alpha.to_vec()));
        Image::new(width, height, Color::Gray, Samples::U8(colors.to_vec()), alpha).unwrap()
    }

    #[test]
    fn hidden_colours_go_over_into_visible_ones() {
        let row = image(&[9, 100, 7, 7, 7, 200, 9], &[0, 1, 0, 0, 0, 1, 0], 7);
        let smooth = row.clone().with_hidden_filled();
        assert_eq!(smooth.samples().to_u8().as_ref(), [100, 100, 110, 150, 190, 200, 200]);
        assert_eq!((smooth.alpha(), row.has_hidden()), (row.alpha(), true));
        let column = image(&[5, 100, 7, 7, 200], &[0, 1, 0, 0, 1], 1).with_hidden_filled();
        assert_eq!(column.samples().to_u8().as_ref(), [100, 100, 120, 180, 200]);
    }

    #[test]
    fn what_is_all_hidden_or_all_visible_stays() {
        let all = image(&[1, 2, 3, 4], &[0; 4], 2);
        assert_eq!(all.with_hidden_filled().samples().to_u8().as_ref(), [0; 4]);
        let visible = image(&[1, 2, 3, 4], &[1; 4], 2);
        assert!(!visible.has_hidden());
        assert_eq!(visible.clone().with_hidden_filled(), visible);
    }
}
