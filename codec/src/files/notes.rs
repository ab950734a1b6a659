//! What an image does not hold of its file, and what its file does not hold of the image.

use crate::limits::Limits;
use crate::media::image::Image;

/// How to read an image file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// What a file may hold, at most.
    pub limits: Limits,
    /// Whether files that are cut or damaged are read as far as they go. Rows that are missing stay gray.
    pub salvage: bool,
    /// The page or frame of a file that has several, from 1 on; `None` refuses such files.
    pub page: Option<u32>,
}

impl ReadOptions {
    /// Within these limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Whether cut and damaged files are read as far as they go.
    pub fn with_salvage(self, salvage: bool) -> Self {
        Self { salvage, ..self }
    }

    /// With this page or frame of several, from 1 on.
    pub fn with_page(self, page: Option<u32>) -> Self {
        Self { page, ..self }
    }
}

/// What was noticed in an image file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// What the file holds and the image does not: `2 more images`, `a gain map`.
    pub lost: Vec<String>,
    /// What is wrong with the file, although the image could be read.
    pub warnings: Vec<String>,
}

impl Notes {
    /// Notes something that is not kept, once.
    pub(super) fn lose(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.lost.contains(&what) {
            self.lost.push(what);
        }
    }

    /// Notes `count` more of something, if there are any.
    pub(super) fn lose_more(&mut self, count: usize, what: &str) {
        match count {
            0 => {}
            1 => self.lose(format!("1 more {what}")),
            more => self.lose(format!("{more} more {what}s")),
        }
    }

    /// Notes something that is wrong, once.
    pub(super) fn warn(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.warnings.contains(&what) {
            self.warnings.push(what);
        }
    }
}

/// An image file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileImage {
    /// The image.
    pub image: Image,
    /// The name of the format of its file.
    pub format: &'static str,
    /// What else was noticed.
    pub notes: Notes,
}
