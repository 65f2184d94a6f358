#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::sync::mpsc::{self, Receiver};

use super::*;
use crate::async_result::Slot;

type Pieces = Receiver<(usize, Raw)>;

/// A queue with a part of a `map`, whose arguments have 5 bytes each.
fn map_of(count: u8) -> (Queue, Pieces) {
    let (sender, pieces) = mpsc::channel();
    let mut job = Job::new(ReplyTo::Map(sender), 0);
    (0..count).for_each(|n| job.push(&n).unwrap());
    let mut queue = Queue::default();
    queue.push_back(job);
    (queue, pieces)
}

fn single(slot: &Arc<Slot>, length: usize) -> Job {
    let mut job = Job::new(ReplyTo::One(Arc::clone(slot)), 0);
    job.push(&"7".repeat(length)).unwrap();
    job
}

fn results(count: usize) -> Vec<u8> {
    [1, 0, 0, 0, 0].repeat(count)
}

fn take(queue: &mut Queue, most: usize) -> Batch {
    queue.take_batch(most).unwrap()
}

#[test]
fn a_part_of_a_map_is_taken_and_what_comes_back_stands_in_front() {
    let (mut queue, pieces) = map_of(20);
    let mut batch = take(&mut queue, 10);
    assert_eq!((batch.count, batch.jobs.tasks, queue.tasks), (10, 10, 10));
    batch.reply(results(2)).unwrap();
    queue.push_front(batch.take_back(5).unwrap());
    assert_eq!((batch.count, batch.jobs.tasks, queue.tasks), (5, 3, 15));
    let next = take(&mut queue, 3);
    assert_eq!(
        next.jobs.jobs.iter().map(|job| (job.first, job.count)).collect::<Vec<_>>(),
        [(5, 3)]
    );
    let message = next.request().unwrap();
    let (request, items) = message::decode::<Request>(&message).unwrap();
    assert!(request.all_or_nothing && request.count == 3);
    assert_eq!(items.map(|item| item.unwrap()[0]).collect::<Vec<_>>(), [5, 6, 7]);
    assert_eq!(pieces.try_iter().map(|(first, _)| first).collect::<Vec<_>>(), [0]);
}

#[test]
fn single_tasks_go_together_and_not_with_a_map_and_not_over_the_bound() {
    let (map, _pieces) = map_of(3);
    let (slot, mut queue) = (Arc::default(), Queue::default());
    (0..3).for_each(|_| queue.push_back(single(&slot, 10)));
    queue.push_front(map);
    queue.push_back(single(&slot, BATCH_BYTES));
    queue.push_back(single(&slot, 10));
    let counts = std::iter::from_fn(|| queue.take_batch(9)).map(|batch| batch.count);
    assert_eq!(counts.collect::<Vec<_>>(), [3, 3, 1, 1]);
    assert_eq!(queue.tasks, 0);
}

#[test]
fn cancelled_tasks_are_left_out() {
    let slots = [(); 4].map(|()| Arc::<Slot>::default());
    let mut queue = Queue::default();
    slots.iter().for_each(|slot| queue.push_back(single(slot, 1)));
    assert!([0, 2].iter().all(|n| slots[*n].fill(Err(TaskError::Cancelled))));
    assert_eq!(take(&mut queue, 9).count, 2);
    queue.push_back(single(&slots[0], 1));
    assert!(queue.take_batch(9).is_none());
    assert_eq!(queue.tasks, 0);
}

#[test]
fn a_dead_worker_loses_what_it_was_in_if_it_had_got_it() {
    let slots = [(); 3].map(|()| Arc::<Slot>::default());
    for sent in [true, false] {
        let mut queue = Queue::default();
        slots.iter().for_each(|slot| queue.push_back(single(slot, 1)));
        let mut batch = take(&mut queue, 9);
        batch.sent = sent;
        assert_eq!(batch.pop_lost().is_some(), sent);
        assert_eq!(batch.jobs.tasks, 3 - usize::from(sent));
    }
}

#[test]
fn results_of_no_task_are_errors() {
    let (mut queue, _pieces) = map_of(5);
    let mut batch = take(&mut queue, 5);
    assert!(batch.reply(results(0)).is_err() && batch.reply(results(6)).is_err());
    assert!(batch.reply(vec![1, 0, 0, 0]).is_err() && batch.take_back(6).is_err());
    assert!(batch.reply(results(5)).is_ok() && batch.reply(results(1)).is_err());
}
