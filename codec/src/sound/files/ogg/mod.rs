//! Ogg: Vorbis, Opus and FLAC, also several files that were joined.

mod codec;
mod page;

#[cfg(test)]
mod tests;

use codec::{Coding, Headers};
use page::{Page, Pages};

use super::coded::{About, CodedSource, Packet, Position, Step, Steps};
use super::input::Input;
use super::tails::bounds;
use super::{ReadOptions, SoundFormat};
use crate::error::Result;
use crate::sound::{SoundNotes, Tags};

const FILE: SoundFormat = SoundFormat::Ogg;
/// The most sounds that are joined in a file.
const MAX_LINKS: usize = 1 << 16;

/// One of the sounds that are joined in a file.
#[derive(Debug, Clone, Copy)]
struct Link {
    serial: u32,
    coding: Coding,
    /// Where its last page begins.
    last_page: u64,
    end: Option<u64>,
    is_ended: bool,
}

/// Opens a file.
///
/// # Errors
/// `Media` for files that are damaged or, without [`ReadOptions::salvage`], cut; `Unsupported` for other codecs, `Io`.
pub(super) fn open(mut input: Input, options: &ReadOptions) -> Result<CodedSource> {
    let bounds = bounds(&mut input)?;
    let mut notes = bounds.notes;
    let mut pages = Pages::new(input, bounds.start, bounds.end);
    let links = links(&mut pages, &mut notes)?;
    if pages.lost > 0 {
        notes.lose(format!("{} bytes that are no whole pages", pages.lost));
    }
    let Some(last) = links.last() else {
        return Err(FILE.error("there is no sound in it"));
    };
    if !last.is_ended {
        let what = "its last page is missing";
        if !options.salvage {
            return Err(FILE.cut(what));
        }
        notes.warn(format!("it is cut: {what}"));
    }
    if links.len() > 1 {
        notes.warn(format!("{} files are joined in it: all were read", links.len()));
    }
    let mut steps = OggSteps {
        pages: Pages::new(pages.input, bounds.start, bounds.end),
        links,
        link: 0,
        headers: None,
        partial: Vec::new(),
        number: None,
        is_first: true,
        is_broken: false,
        tags: bounds.tags,
        notes,
    };
    // The headers tell tags and loudspeakers.
    let first = steps.next()?;
    let about = About {
        tags: steps.tags.clone(),
        mask: steps.headers.as_ref().and_then(Headers::mask),
        length: steps.length(),
    };
    CodedSource::new(FILE, Begun(first, steps), about, options)
}

/// Finds the sounds of a file.
fn links(pages: &mut Pages, notes: &mut SoundNotes) -> Result<Vec<Link>> {
    let mut links: Vec<Link> = Vec::new();
    let (mut is_head, mut other) = (false, None);
    while let Some(page) = pages.next()? {
        if page.is_first {
            let begins = !is_head;
            is_head = true;
            let first = page.pieces().first().map_or(&[][..], |(piece, _)| *piece).to_vec();
            match Coding::of(&first) {
                Ok(coding) if begins || links.is_empty() => {
                    if links.len() == MAX_LINKS {
                        return Err(FILE.error("too many files are joined in it"));
                    }
                    links.push(Link {
                        serial: page.serial,
                        coding,
                        last_page: page.at,
                        end: None,
                        is_ended: false,
                    });
                }
                Ok(_) => notes.lose("a second stream of sound"),
                Err(name) => {
                    // What it is matters only where there is no sound.
                    is_head = !begins;
                    other = Some(name);
                    notes.lose(format!("a stream of {name}"));
                }
            }
            continue;
        }
        is_head = false;
        if let Some(link) = links.last_mut().filter(|link| link.serial == page.serial) {
            link.last_page = page.at;
            link.end = page.position.or(link.end);
            link.is_ended |= page.is_last;
        }
    }
    match (links.is_empty(), other) {
        (true, Some(name)) => Err(FILE.unsupported(name)),
        _ => Ok(links),
    }
}

/// Steps of which the first was taken already.
struct Begun(Option<Step>, OggSteps);

impl Steps for Begun {
    fn next(&mut self) -> Result<Option<Step>> {
        match self.0.take() {
            Some(step) => Ok(Some(step)),
            None => self.1.next(),
        }
    }

    fn notes(&self) -> &SoundNotes {
        self.1.notes()
    }
}

struct OggSteps {
    pages: Pages,
    links: Vec<Link>,
    /// The sound that is read, plus one.
    link: usize,
    headers: Option<Headers>,
    partial: Vec<u8>,
    number: Option<u32>,
    /// Whether no packet of sound was found yet.
    is_first: bool,
    /// Whether packets are lost since the last page.
    is_broken: bool,
    tags: Tags,
    notes: SoundNotes,
}

impl OggSteps {
    /// Samples of each channel of a file of one sound, if it begins at 0.
    fn length(&self) -> Option<u64> {
        let [link] = self.links[..] else { return None };
        let skip = self.headers.as_ref().map_or(0, Headers::skip);
        link.end.map(|end| end.saturating_sub(skip))
    }

    fn begin(&mut self, page: &Page) -> bool {
        let next = self.links.get(self.link).copied();
        let Some(link) = next.filter(|link| page.is_first && link.serial == page.serial) else {
            return false;
        };
        self.link += 1;
        self.headers = Some(Headers::new(link.coding));
        self.partial.clear();
        (self.number, self.is_first, self.is_broken) = (None, true, false);
        true
    }

    /// The packets that end on a page.
    fn packets(&mut self, page: &Page) -> Vec<Vec<u8>> {
        let follows = self.number.is_none_or(|number| number.wrapping_add(1) == page.number);
        self.number = Some(page.number);
        if !follows || page.is_continued == self.partial.is_empty() {
            self.is_broken |= !follows || !self.partial.is_empty();
            self.partial.clear();
        }
        let mut skip = page.is_continued && self.partial.is_empty();
        let mut packets = Vec::new();
        for (piece, ends) in page.pieces() {
            self.partial.extend_from_slice(piece);
            if ends {
                let packet = std::mem::take(&mut self.partial);
                if !std::mem::take(&mut skip) {
                    packets.push(packet);
                }
            }
        }
        if skip {
            self.partial.clear();
        }
        packets
    }

    fn page(&mut self, page: &Page, link: Link) -> Result<Option<Step>> {
        let packets = self.packets(page);
        let Some(headers) = &mut self.headers else {
            return Ok(None);
        };
        let (mut sound, mut stream) = (Vec::new(), None);
        for data in packets {
            if headers.is_complete() {
                let samples = headers.samples(&data);
                sound.push(Packet { data, samples });
            } else {
                stream = headers.take(data, &mut self.tags, self.link > 1, &mut self.notes)?;
            }
        }
        if let Some(stream) = stream {
            return Ok(Some(Step::Begin(stream)));
        }
        // A page without packets tells that some are lost, and where the end is.
        if sound.is_empty() && (page.position.is_none() || !headers.is_complete() || !self.is_broken) {
            return Ok(None);
        }
        let position = page.position.map(|end| Position {
            end,
            // Where pages are damaged, the first that is whole is not the first.
            is_first: std::mem::take(&mut self.is_first) && self.pages.lost == 0,
            is_last: page.at == link.last_page && link.is_ended || page.is_last,
            after_gap: std::mem::take(&mut self.is_broken),
        });
        Ok(Some(Step::Packets(sound, position)))
    }
}

impl Steps for OggSteps {
    fn next(&mut self) -> Result<Option<Step>> {
        loop {
            let lost = self.pages.lost;
            let Some(page) = self.pages.next()? else {
                if self.headers.as_ref().is_some_and(|headers| !headers.is_complete()) {
                    return Err(FILE.error("its headers are cut or damaged"));
                }
                return Ok(None);
            };
            self.is_broken |= self.pages.lost > lost;
            if !self.begin(&page) {
                let current = self.link.checked_sub(1).and_then(|at| self.links.get(at)).copied();
                let Some(link) = current.filter(|link| link.serial == page.serial) else {
                    continue;
                };
                if let Some(step) = self.page(&page, link)? {
                    return Ok(Some(step));
                }
                continue;
            }
            let link = self.links[self.link - 1];
            if let Some(step) = self.page(&page, link)? {
                return Ok(Some(step));
            }
        }
    }

    fn notes(&self) -> &SoundNotes {
        &self.notes
    }
}
