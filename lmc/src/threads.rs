//! How many threads a caller lends.

use lmc_codec::{CodecError, Result};

/// Threads for the work of one caller. By default all work of a process shares one thread for each core.
#[derive(Debug, Default)]
pub struct Threads {
    own: Option<rayon::ThreadPool>,
}

impl Threads {
    /// This many threads, started now; 0 for those that the process shares.
    ///
    /// ```
    /// let one = lmc::Threads::new(1)?;
    /// assert_eq!(one.run(|| 6 * 7), 42);
    /// # Ok::<(), lmc::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Parameter` for more than [`Threads::MAX`], `Internal` where the system starts none.
    pub fn new(count: usize) -> Result<Self> {
        if count > Self::MAX {
            let reason = format!("{count} threads are more than {}", Self::MAX);
            return Err(CodecError::Parameter(reason));
        }
        let start = || rayon::ThreadPoolBuilder::new().num_threads(count).build();
        let own = (count > 0).then(start).transpose();
        Ok(Self {
            own: own.map_err(|error| CodecError::model("starting threads", error))?,
        })
    }

    /// The most that can be asked for.
    pub const MAX: usize = 1024;

    /// Does work on these threads, and waits for it.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.own {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}
