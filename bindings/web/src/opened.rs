//! Decoders that the caller names by numbers.

use lmc::{Error, Result};

/// Open decoders of one kind, by number. Numbers of closed ones are used again.
#[derive(Debug)]
pub(crate) struct Opened<T> {
    /// What the decoders are of, for messages.
    name: &'static str,
    places: Vec<Option<T>>,
}

impl<T> Opened<T> {
    /// None is open.
    pub(crate) const fn new(name: &'static str) -> Self {
        let places = Vec::new();
        Self { name, places }
    }

    /// Keeps a decoder. Returns its number, which is not negative.
    ///
    /// # Errors
    /// `Parameter` where there are more than numbers.
    pub(crate) fn add(&mut self, decoder: T) -> Result<i32> {
        let places = &mut self.places;
        let free = places.iter().position(Option::is_none).unwrap_or(places.len());
        let too_many = |_| Error::Parameter(format!("too many open {}s", self.name));
        let number = i32::try_from(free).map_err(too_many)?;
        if free == places.len() {
            places.push(None);
        }
        places[free] = Some(decoder);
        Ok(number)
    }

    /// The decoder of a number.
    ///
    /// # Errors
    /// `Parameter` where none is open.
    pub(crate) fn of(&mut self, number: i32) -> Result<&mut T> {
        let name = self.name;
        let none = || Error::Parameter(format!("there is no open {name} {number}"));
        let index = usize::try_from(number).map_err(|_| none())?;
        self.places.get_mut(index).and_then(Option::as_mut).ok_or_else(none)
    }

    /// Closes a decoder. One that is not open is left alone.
    pub(crate) fn close(&mut self, number: i32) {
        let index = usize::try_from(number).ok();
        if let Some(place) = index.and_then(|index| self.places.get_mut(index)) {
            *place = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again() {
        let mut opened = Opened::new("letter");
        let numbers = ['a', 'b', 'c'].map(|letter| opened.add(letter).unwrap());
        assert_eq!(numbers, [0, 1, 2]);
        opened.close(1);
        opened.close(7);
        opened.close(-1);
        assert!(opened.of(1).is_err() && opened.of(-1).is_err() && opened.of(3).is_err());
        assert_eq!((opened.add('d').unwrap(), *opened.of(2).unwrap()), (1, 'c'));
    }
}
