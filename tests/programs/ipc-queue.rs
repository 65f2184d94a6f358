use ipc_queue::{Process, Queue, Target, run_if_child};

static COUNT: Target<u32> = Target::new("count", |q| (0..10).for_each(|n| q.put(&n).unwrap()));

fn main() -> Result<(), Box<dyn std::error::Error>> {
    run_if_child(&[&COUNT]);
    let queue = Queue::new()?;
    let mut process = Process::start(&COUNT, &queue)?;
    queue.close();
    assert_eq!(queue.iter().collect::<Result<Vec<_>, _>>()?, (0..10).collect::<Vec<_>>());
    assert!(process.join()?.success());
    Ok(())
}
