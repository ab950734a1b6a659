//! Several files under way at a time, in bounded memory, with their results in order.
//!
//! Parts of every file run on one thread: reading, entropy coding, writing. While one file is there, another has the rest of
//! the cores. Each lane is a thread of its own; what runs in parallel, all lanes share the pool for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// Files that are under way at most: two keep two cores busy, and more cores need a few more.
const LANES: usize = 4;
/// No file is opened while this number of pixels is under way: beside a large picture there are only small ones.
const PIXELS: u64 = 1 << 20;

/// The number of lanes that pays for that number of files.
pub(crate) fn lanes(files: usize) -> usize {
    rayon::current_num_threads().min(LANES).min(files)
}

/// Pixels under way.
#[derive(Default)]
struct Room {
    pixels: Mutex<u64>,
    freed: Condvar,
}

impl Room {
    /// Waits until there is room for another file.
    fn wait(&self) {
        let full = |pixels: &mut u64| *pixels >= PIXELS;
        drop(self.freed.wait_while(lock(&self.pixels), full));
    }

    /// Counts a file of that number of pixels as under way until the returned guard is dropped.
    fn take(&self, pixels: u64) -> Taken<'_> {
        *lock(&self.pixels) += pixels;
        Taken { room: self, pixels }
    }
}

/// The pixels of one file.
struct Taken<'a> {
    room: &'a Room,
    pixels: u64,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *lock(&self.room.pixels) -= self.pixels;
        self.room.freed.notify_all();
    }
}

/// A lane that panics ends the run when all have been joined, so until then what it has locked may be used.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens all `items` one after another, and does `work` on several at a time. `take` gets what came of each, in order, and
/// says whether to go on.
///
/// `open` returns what `work` goes on with, and the pixels that it will have.
pub(crate) fn run<I: Sync, P, R: Send>(
    items: &[I],
    lanes: usize,
    open: impl FnMut(&I) -> (P, u64) + Send,
    work: impl Fn(&I, P) -> R + Sync,
    mut take: impl FnMut(&I, R) -> bool,
) {
    let (room, stopped) = (Room::default(), AtomicBool::new(false));
    let gate = Mutex::new((items.iter().enumerate(), open));
    // In order, and each only when there is room.
    let next = || {
        let mut gate = lock(&gate);
        room.wait();
        let (items, open) = &mut *gate;
        let (index, item) = items.next().filter(|_| !stopped.load(Ordering::Relaxed))?;
        let (opened, pixels) = open(item);
        Some((index, item, opened, room.take(pixels)))
    };
    let lane = |done: mpsc::SyncSender<(usize, R)>| {
        while let Some((index, item, opened, _taken)) = next() {
            if done.send((index, work(item, opened))).is_err() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        // Bounded, so that lanes do not run far ahead of one who may stop them.
        let (done, results) = mpsc::sync_channel(lanes);
        for _ in 0..lanes {
            let done = done.clone();
            scope.spawn(|| lane(done));
        }
        drop(done);
        let (mut early, mut items) = (BTreeMap::new(), items.iter().enumerate().peekable());
        for (index, result) in results {
            early.insert(index, result);
            while let Some((index, item)) = items.peek().copied()
                && let Some(result) = early.remove(&index)
            {
                items.next();
                if !take(item, result) {
                    stopped.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;
    use std::time::Duration;

    #[test]
    fn results_come_in_order() {
        for lanes in 1..5 {
            let items: Vec<u64> = (0..40).collect();
            let mut seen = Vec::new();
            let work = |item: &u64, opened: u64| {
                thread::sleep(Duration::from_micros((item * 7919) % 300));
                opened + 1
            };
            run(
                &items,
                lanes,
                |item| (item * 10, 1),
                work,
                |item, result| {
                    seen.push((*item, result));
                    true
                },
            );
            let expected: Vec<_> = items.iter().map(|item| (*item, item * 10 + 1)).collect();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn a_large_one_is_alone_with_small_ones() {
        let items = [PIXELS * 9, 7, PIXELS * 8, PIXELS * 7, 5, 5, PIXELS, PIXELS * 3];
        let under_way = AtomicU64::new(0);
        let large = |pixels: u64| u64::from(pixels >= PIXELS);
        let work = |item: &u64, _: ()| {
            assert!(under_way.fetch_add(large(*item), Ordering::SeqCst) + large(*item) <= 1);
            thread::sleep(Duration::from_millis(2));
            under_way.fetch_sub(large(*item), Ordering::SeqCst);
        };
        run(&items, 3, |item| ((), *item), work, |_, ()| true);
    }

    #[test]
    fn nothing_is_opened_after_a_stop() {
        let items: Vec<usize> = (0..1000).collect();
        let mut opened = 0;
        let open = |_: &usize| {
            opened += 1;
            ((), 0)
        };
        // A lane may be held up by the machine while the other goes on, but not for half a second.
        let work = |_: &usize, ()| thread::sleep(Duration::from_millis(1));
        run(&items, 2, open, work, |item, ()| *item < 3);
        assert!(opened < 500, "{opened} of 1000");
    }
}
