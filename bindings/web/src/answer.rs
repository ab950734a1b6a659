//! Where results lie: one answer at a time, that of the last call.

use std::cell::RefCell;

/// Where the result of the last call lies. The next call that answers moves or frees it.
#[derive(Debug)]
#[repr(C)]
pub struct Answer {
    /// Its first byte; a multiple of 4.
    pub data: *const u8,
    /// How many bytes it has.
    pub bytes: usize,
    /// Pixels of a row; 0 for what is no image.
    pub width: u32,
    /// Rows; 0 for what is no image.
    pub height: u32,
}

/// What the last call made.
#[derive(Debug, Default)]
pub(crate) enum Made {
    /// Nothing, or what was forgotten.
    #[default]
    Nothing,
    /// Text in UTF-8: JSON, or the message of an error.
    Text(String),
    /// Red, green, blue, alpha of 8 bits.
    Pixels {
        /// Row after row.
        rgba: Vec<u8>,
        /// Pixels of a row, and rows.
        size: [u32; 2],
    },
    /// Samples of all channels in turn.
    Samples(Vec<f32>),
}

thread_local! {
    static MADE: RefCell<Made> = RefCell::default();
    static ANSWER: RefCell<Answer> = const { RefCell::new(Answer { data: std::ptr::null(), bytes: 0, width: 0, height: 0 }) };
}

/// The answer of the last call. The address of the [`Answer`] itself never changes.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub extern "C" fn lmc_answer() -> *const Answer {
    MADE.with_borrow(|made| {
        let ([width, height], (data, bytes)) = match made {
            Made::Nothing => ([0; 2], (std::ptr::null(), 0)),
            Made::Text(text) => ([0; 2], (text.as_ptr(), text.len())),
            Made::Pixels { rgba, size } => (*size, (rgba.as_ptr(), rgba.len())),
            Made::Samples(samples) => ([0; 2], (samples.as_ptr().cast(), size_of_val(&samples[..]))),
        };
        ANSWER.with(|answer| {
            answer.replace(Answer {
                data,
                bytes,
                width,
                height,
            });
            answer.as_ptr().cast_const()
        })
    })
}

/// Frees the answer of the last call.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub extern "C" fn lmc_forget() {
    MADE.replace(Made::Nothing);
}

/// Keeps a result for the caller; returns its code.
pub(crate) fn answer(result: lmc::Result<Made>) -> i32 {
    let (made, code) = match result {
        Ok(made) => (made, 0),
        Err(error) => (Made::Text(error.to_string()), lmc::code(&error) as i32),
    };
    MADE.replace(made);
    code
}

#[cfg(test)]
#[allow(unsafe_code)]
pub(crate) mod tests {
    use super::*;

    /// The bytes of the last answer.
    pub(crate) fn bytes() -> Vec<u8> {
        // SAFETY: the answer lies there until the next call.
        let answer = unsafe { &*lmc_answer() };
        // SAFETY: as above.
        unsafe { crate::memory::input(answer.data, answer.bytes) }.to_vec()
    }

    #[test]
    fn an_answer_is_kept_until_the_next() {
        assert_eq!(answer(Ok(Made::Text("first".into()))), 0);
        assert_eq!(bytes(), b"first");
        assert_eq!(answer(Err(lmc::Error::Cancelled)), lmc::Code::Cancelled as i32);
        assert!(!bytes().is_empty());
        assert_eq!(answer(Ok(Made::Samples(vec![0.0, 1.0]))), 0);
        assert_eq!(bytes().len(), 8);
        lmc_forget();
        assert!(bytes().is_empty());
    }
}
