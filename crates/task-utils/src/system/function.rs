//! A function as a number that means the same in a child.
//!
//! Its address differs from process to process, as the system loads the program somewhere else each
//! time; its distance from another function of the same program doesn't.

/// The number of `function`; never 0, which is [`layout`]'s own.
pub fn number(function: fn()) -> i64 {
    distance(function as usize)
}

/// A number that another build of the program has only by accident.
///
/// Also the place from which distances are measured. Never inlined: a function that is may stand in
/// the program more than once, and then each of its callers measures from another place.
#[inline(never)]
pub fn layout() -> i64 {
    distance(crate::timed_task as fn(_) as usize)
        ^ distance(crate::long_time_task as fn(_) as usize).rotate_left(32)
}

/// The function whose [`number`] a process with this `layout` has computed; none for 0.
///
/// # Errors
///
/// Where that process ran another program.
pub fn of_number(number: i64, its_layout: i64) -> std::io::Result<Option<fn()>> {
    if its_layout != layout() {
        let why = "the program on disk is not the one that started this child";
        return Err(std::io::Error::other(why));
    }
    if number == 0 {
        return Ok(None);
    }
    let address = (layout as fn() -> i64 as usize as i64).wrapping_add(number) as usize;
    let pointer = std::ptr::with_exposed_provenance::<()>(address);
    // SAFETY: the parent computed the number from a real `fn()` (`number` takes nothing else). It
    // runs the same program: `self_spawn::program` starts the very file, and the layouts agree. So the
    // same function is at the same distance here, and it is never null.
    Ok(Some(unsafe { std::mem::transmute::<*const (), fn()>(pointer) }))
}

/// How far `address` is from a function of this module.
fn distance(address: usize) -> i64 {
    (address as i64).wrapping_sub(layout as fn() -> i64 as usize as i64)
}
