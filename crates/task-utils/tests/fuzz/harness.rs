//! What the fuzzers of this crate, `pool` and `ipc-queue` share.

use peak_alloc::PeakAlloc;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use task_utils::frame;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Calls `feed` for this many inputs, which the seed determines. It returns whether the input made sense.
pub fn fuzz(inputs: u32, seed: u64, feed: impl Fn(&mut StdRng) -> bool) {
    let mut random = StdRng::seed_from_u64(seed);
    let understood = (0..inputs).filter(|_| feed(&mut random)).count() as u32;
    assert!(understood > inputs / 20 && understood < inputs, "{understood} of {inputs} made sense");
    // A length that no message may have would take up to 4 GiB. (Another test of this program may have some of the
    // longest messages meanwhile.)
    let peak = MEMORY.peak_usage();
    assert!(peak < 4 * frame::MAX, "{peak} bytes");
}

/// Changes, cuts or adds some bytes from `from` on, or none.
pub fn mutate(bytes: &mut Vec<u8>, from: usize, random: &mut StdRng) {
    for _ in 0..random.random_range(0..3) {
        let at = random.random_range(from..=bytes.len());
        match random.random_range(0..4) {
            0 if at < bytes.len() => bytes[at] = random.random(),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, random.random()),
            _ => bytes.extend(random.random_iter::<u8>().take(9)),
        }
    }
}
