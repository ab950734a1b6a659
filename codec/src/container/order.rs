//! The one order of parts: that of their indices, and alpha behind its tile.

use super::damage::PartKind;
use super::media::{Media, MediaKind};

/// Where a reader or a writer stands among the parts. Positions count the symbols of each part and, where there is
/// alpha, the alpha behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    /// The position that comes next.
    pub(super) next: u64,
    /// The position behind the last.
    pub(super) end: u64,
    media: MediaKind,
    alpha: bool,
}

/// Lost parts in a row: index of the first, and how many.
pub(super) type Run = (u32, u32);

impl Order {
    pub(super) fn new(media: &Media) -> Self {
        let (alpha, parts) = (media.has_alpha(), media.parts());
        Self {
            next: 0,
            end: if alpha { 2 * parts } else { parts },
            media: media.kind(),
            alpha,
        }
    }

    /// The position of a part; says why there is none.
    pub(super) fn position(&self, kind: PartKind, index: u32) -> Result<u64, String> {
        let (index, is_alpha) = (u64::from(index), kind == PartKind::Alpha);
        if is_alpha && !self.alpha {
            return Err("the header says that there is no alpha".to_owned());
        }
        let position = if self.alpha {
            2 * index + u64::from(is_alpha)
        } else {
            index
        };
        if position >= self.end {
            return Err(format!(
                "the {} has no such {}",
                self.media.name(),
                self.media.part_name()
            ));
        }
        Ok(position)
    }

    /// Whether nothing was taken yet.
    pub(super) fn is_at_start(&self) -> bool {
        self.next == 0
    }

    /// The name of the part at a position.
    pub(super) fn name(&self, position: u64) -> String {
        let part = self.media.part_name();
        match self.alpha {
            true if position % 2 == 1 => format!("the alpha of {part} {}", position / 2),
            true => format!("{part} {}", position / 2),
            false => format!("{part} {position}"),
        }
    }

    /// The symbols and the alpha from the next position up to, and without, `until`.
    pub(super) fn before(&self, until: u64) -> [(PartKind, Run); 2] {
        let run = |first: u64, end: u64| (first as u32, end.saturating_sub(first) as u32);
        let (symbols, alpha) = match self.alpha {
            true => (
                run(self.next.div_ceil(2), until.div_ceil(2)),
                run(self.next / 2, until / 2),
            ),
            false => (run(self.next, until), (0, 0)),
        };
        [(PartKind::Symbols, symbols), (PartKind::Alpha, alpha)]
    }
}
