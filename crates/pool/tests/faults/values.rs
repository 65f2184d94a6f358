//! Types that serde can write and not read back, tasks of the same name, values that are deep.

use std::fmt::Debug;

use pool::{Pool, TaskError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{NET, Test};

pub const TESTS: &[Test] = &[
    ("a_value_that_would_arrive_changed_is_an_error_with_its_type", arrives_changed),
    ("a_value_that_cannot_be_read_is_an_error_with_its_type", cannot_be_read),
    ("two_tasks_of_the_same_name_are_two_tasks", two_tasks_of_the_same_name),
    ("a_callback_has_the_stack_for_a_deep_value", a_callback_has_the_stack_for_a_deep_value),
];

pub fn run_if_worker() {
    pool::run_if_worker(same::<Skips>);
    pool::run_if_worker(same::<Flat>);
    pool::run_if_worker(same::<Untagged>);
    pool::run_if_worker(make::<Skips>);
    pool::run_if_worker(make::<Untagged>);
    pool::run_if_worker(deep);
    twins(true);
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Default)]
struct Skips {
    #[serde(skip_serializing_if = "is_zero", default)]
    a: u8,
    b: Vec<u8>,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Flat {
    #[serde(flatten)]
    rest: Skips,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
}

impl Default for Untagged {
    fn default() -> Self {
        Untagged::Number(7)
    }
}

fn same<T>(value: T) -> T {
    value
}

fn make<T: Default>(_: ()) -> T {
    T::default()
}

fn is_refused<R: Debug>(result: Result<R, TaskError>, wanted: &str, name: &str) {
    let Err(TaskError::NotSent { what, why }) = result else { panic!("{result:?}") };
    assert!(what == wanted && why.contains(name) && !why.contains("garbage"), "{what}: {why}");
}

fn arrives_changed() {
    let pool = Pool::new(1, same::<Skips>).unwrap();
    // Its bytes would be those of a = 1 and b = [].
    is_refused(pool.apply(Skips { a: 0, b: vec![0] }), "argument", "`a` of `Skips`");
    assert_eq!(pool.apply(Skips { a: 1, b: vec![0] }).unwrap(), Skips { a: 1, b: vec![0] });
    is_refused(pool.map([Skips { a: 0, b: vec![] }]), "argument", "`a` of `Skips`");
    is_refused(pool.imap([Skips::default()]).next().unwrap(), "argument", "`a` of `Skips`");
    let pool = Pool::new(1, make::<Skips>).unwrap();
    is_refused(pool.apply(()), "result", "`a` of `Skips`");
    let pool = Pool::new(1, same::<Flat>).unwrap();
    is_refused(pool.apply(Flat { rest: Skips { a: 1, b: vec![] } }), "argument", "Flat");
}

fn cannot_be_read() {
    let pool = Pool::new(1, same::<Untagged>).unwrap();
    is_refused(pool.apply(Untagged::Number(1)), "argument", "Untagged");
    let pool = Pool::new(1, make::<Untagged>).unwrap();
    is_refused(pool.apply(()), "result", "Untagged");
}

/// Two functions whose `type_name` is the same.
fn twins(serve: bool) -> Vec<Pool<u8, u8>> {
    let one = {
        fn twin(n: u8) -> u8 {
            n + 1
        }
        if serve {
            pool::run_if_worker(twin);
        }
        (!serve).then(|| Pool::new(1, twin).unwrap())
    };
    let two = {
        fn twin(n: u8) -> u8 {
            n + 2
        }
        if serve {
            pool::run_if_worker(twin);
        }
        (!serve).then(|| Pool::new(1, twin).unwrap())
    };
    one.into_iter().chain(two).collect()
}

fn two_tasks_of_the_same_name() {
    let results: Vec<u8> = twins(false).iter().map(|pool| pool.apply(10).unwrap()).collect();
    assert_eq!(results, [11, 12]);
}

#[derive(Serialize, Deserialize)]
struct Deep(Option<Box<Deep>>);

fn deep(depth: u32) -> Deep {
    (0..depth).fold(Deep(None), |deep, _| Deep(Some(Box::new(deep))))
}

fn a_callback_has_the_stack_for_a_deep_value() {
    fn depth<R: DeserializeOwned>(result: Result<R, TaskError>) -> usize {
        usize::from(result.is_ok())
    }
    // As deep as a worker's main thread can just send in an unoptimised program.
    let depths = if cfg!(windows) { 1_000 } else { 8_000 };
    let pool = Pool::new(1, deep).unwrap();
    let (sender, results) = std::sync::mpsc::channel();
    pool.apply_async(depths).on_done(move |result| sender.send(depth(result)).unwrap());
    assert_eq!(results.recv_timeout(NET).unwrap(), 1);
}
