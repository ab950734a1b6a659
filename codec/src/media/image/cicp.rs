//! Code points that say what colours mean.

/// Coding-independent code points of ITU-T H.273: what the numbers of a pixel mean, for readers that show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cicp {
    /// Colour primaries (H.273, 8.1): 1 for those of BT.709 and sRGB, 9 for BT.2020, 12 for Display P3.
    pub primaries: u8,
    /// Transfer characteristics (8.2): 13 for sRGB, 16 for PQ, 18 for HLG.
    pub transfer: u8,
    /// Matrix coefficients (8.3): 0 for RGB.
    pub matrix: u8,
    /// Whether samples use the full range of their depth.
    pub full_range: bool,
}

impl Cicp {
    /// What people call it, for example `BT.2020 PQ` or `Display P3 sRGB`.
    pub fn describe(&self) -> String {
        let primaries = match self.primaries {
            1 => "BT.709",
            2 => "unknown primaries",
            4 => "BT.470 M",
            5 | 6 => "BT.601",
            9 => "BT.2020",
            10 => "XYZ",
            11 => "DCI-P3",
            12 => "Display P3",
            _ => "other primaries",
        };
        let transfer = match self.transfer {
            1 | 6 | 14 | 15 => "BT.709 curve",
            2 => "unknown curve",
            4 => "gamma 2.2",
            5 => "gamma 2.8",
            8 => "linear",
            13 => "sRGB curve",
            16 => "PQ (HDR)",
            18 => "HLG (HDR)",
            _ => "another curve",
        };
        let range = if self.full_range { "" } else { ", limited range" };
        format!("{primaries}, {transfer}{range}")
    }
}
