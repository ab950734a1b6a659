//! The windows of overlapped compensation.

/// What two overlapping windows add up to.
pub const WINDOW_UNIT: i16 = 64;

/// The rising half of a window: `64 (1 - cos(pi (i + 1/2) / 8)) / 2`, rounded so that it and its mirror image add up
/// to 64.
pub const WINDOW: [i16; 8] = [1, 5, 14, 26, 38, 50, 59, 63];

/// Weight of a corner of a square between four cells, `[lower, right]`, for each of its samples; the four add up to
/// 64 * 64.
pub(super) fn corner([lower, right]: [bool; 2]) -> [i16; 64] {
    let side = |far: bool, at: usize| if far { WINDOW[at] } else { WINDOW_UNIT - WINDOW[at] };
    std::array::from_fn(|at| side(lower, at / 8) * side(right, at % 8))
}

/// The four of [`corner`]: upper left, upper right, lower left, lower right.
pub(super) fn corners() -> [[i16; 64]; 4] {
    [[false, false], [false, true], [true, false], [true, true]].map(corner)
}
