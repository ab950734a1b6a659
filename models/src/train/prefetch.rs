//! Batches made ahead of their step, by a thread.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::Batches;
use crate::{ModelError, Result};

/// Batches that wait for their step.
const AHEAD: usize = 2;

/// The same batches, made while the step before them is computed. The thread ends after an error, or when this is dropped.
#[derive(Debug)]
pub(super) struct Prefetch<B>(Receiver<Result<B>>);

impl<B: Send + 'static> Prefetch<B> {
    pub(super) fn new(batches: Batches<B>) -> Result<Self> {
        let (sender, receiver) = sync_channel(AHEAD);
        let work = move || {
            for batch in batches {
                let failed = batch.is_err();
                if sender.send(batch).is_err() || failed {
                    break;
                }
            }
        };
        let thread = thread::Builder::new().name("batches".into()).spawn(work);
        thread.map_err(|error| ModelError::Parameter(format!("cannot start a thread for batches: {error}")))?;
        Ok(Self(receiver))
    }

    /// The batch of the next step.
    pub(super) fn next(&self) -> Result<B> {
        let ended = |_| ModelError::Parameter("the data ended before the last step".into());
        self.0.recv().map_err(ended)?
    }
}
