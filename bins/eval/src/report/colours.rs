//! Colours and marks of series: the same in every plot of a report, and told apart without colours too.

use super::scene::Mark;

/// Dark enough for thin lines on white; neighbours differ in lightness as well.
const COLOURS: [&str; 10] = [
    "#d1242f", "#1f6feb", "#2da44e", "#8250df", "#bf8700", "#0a7d8c", "#c2298a", "#6e4a1f", "#57606a", "#111111",
];

const MARKS: [Mark; 5] = [Mark::Disc, Mark::Square, Mark::Triangle, Mark::Diamond, Mark::Wedge];

/// How series number `index` looks.
pub(super) fn style(index: usize) -> (&'static str, Mark) {
    let round = index / COLOURS.len();
    (COLOURS[index % COLOURS.len()], MARKS[(index + round) % MARKS.len()])
}
