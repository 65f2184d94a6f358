"""The contestants of CPython: one function for each test, called as

    python3 peers.py TEST SIZE...

Each does its work once and prints what that cost: seconds, bytes, or, where several processes do the
work together, a line `from to items` from each of them.
"""

import os
import subprocess
import sys
import threading
import time
from multiprocessing import get_context

context = get_context("fork")  # the fastest that CPython has; since 3.14 it isn't the default


def main():
    test, sizes = sys.argv[1], [int(size) for size in sys.argv[2:]]
    TESTS[test](*sizes)


# ── what all use ────────────────────────────────────────────────────────────────────────────────


def print_time(start):
    print(time.perf_counter() - start)


def private_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup") as known:
        return sum(int(line.split()[1]) * 1024 for line in known if line.startswith("Private_"))


def say(line):
    """One write, so that lines of several processes don't mix."""
    os.write(1, f"{line}\n".encode())


# ── pool ────────────────────────────────────────────────────────────────────────────────────────


def nothing(n):
    return n


def sleep(n):
    time.sleep(0.001)
    return n


def compute(n):
    end = time.thread_time() + 0.001
    while time.thread_time() < end:
        pass
    return n


def never(n):
    threading.Event().wait()


def all_async(task, n, workers):
    with context.Pool(workers) as pool:
        pool.apply(nothing, (0,))
        start = time.perf_counter()
        results = [pool.apply_async(task, (i,)) for i in range(n)]
        assert [result.get() for result in results] == list(range(n))
        print_time(start)


def pool_apply_async(n, workers):
    all_async(nothing, n, workers)


def pool_sleep(n, workers):
    all_async(sleep, n, workers)


def pool_compute(n, workers):
    all_async(compute, n, workers)


def pool_map(n, workers):
    with context.Pool(workers) as pool:
        pool.apply(nothing, (0,))
        start = time.perf_counter()
        results = pool.map(nothing, range(n))
        print_time(start)
        assert len(results) == n


def pool_map_bytes(n, workers, size):
    with context.Pool(workers) as pool:
        pool.apply(nothing, (0,))
        args = [bytes(size) for _ in range(n)]
        start = time.perf_counter()
        results = pool.map(nothing, args)
        print_time(start)
        assert sum(map(len, results)) == n * size


def pool_apply(n, workers):
    with context.Pool(workers) as pool:
        pool.apply(nothing, (0,))
        start = time.perf_counter()
        for i in range(n):
            assert pool.apply(nothing, (i,)) == i
        print_time(start)


def pool_start(n, workers):
    start = time.perf_counter()
    for _ in range(n):
        pool = context.Pool(workers)
        results = [pool.apply_async(nothing, (i,)) for i in range(workers)]
        pool.close()
        pool.join()
        assert [result.get() for result in results] == list(range(workers))
    print_time(start)


def pool_memory(n, workers):
    with context.Pool(workers) as pool:
        for result in [pool.apply_async(nothing, (i,)) for i in range(n)]:
            result.get()
        pids = [process.pid for process in pool._pool]
        print(sum(map(private_bytes, pids)) / len(pids))


def pool_queued(n, workers):
    with context.Pool(workers) as pool:
        pool.apply(nothing, (0,))
        before = private_bytes(os.getpid())
        results = [pool.apply_async(never, (i,)) for i in range(n)]
        print(private_bytes(os.getpid()) - before)
        del results


# ── queue ───────────────────────────────────────────────────────────────────────────────────────


def write(queue, n, size):
    message = "x" * size
    start = time.time()
    for i in range(n):
        queue.put(message if size else i)
    say(f"{start:.7f} {time.time():.7f} 0")


def read(queue):
    """Up to the None that stands for the end."""
    if queue.get() is None:
        return
    start = time.time()
    got = 1 + sum(1 for _ in iter(queue.get, None))
    say(f"{start:.7f} {time.time():.7f} {got}")


def write_stamps(queue, n):
    for _ in range(n):
        time.sleep(0.0002)
        queue.put(time.time_ns())


def read_stamps(queue):
    latencies = sorted(time.time_ns() - sent for sent in iter(queue.get, None))
    say(latencies[len(latencies) // 2] / 1e9)


def run_queue(writing, writers, reading, readers, capacity=0):
    queue = context.Queue(capacity)
    read_there = [context.Process(target=reading, args=(queue,)) for _ in range(readers)]
    write_there = [context.Process(target=writing[0], args=(queue, *writing[1:])) for _ in range(writers)]
    for process in read_there + write_there:
        process.start()
    end = threading.Thread(target=put_ends, args=(queue, write_there, max(readers, 1)))
    end.start()
    if not readers:
        reading(queue)
    end.join()
    for process in read_there:
        process.join()
    assert all(process.exitcode == 0 for process in read_there + write_there)


def put_ends(queue, writers, readers):
    """CPython's queue doesn't end by itself when nobody can put any more."""
    for process in writers:
        process.join()
    for _ in range(readers):
        queue.put(None)


def queue(n, size, writers, readers, capacity=0):
    run_queue((write, n // writers, size), writers, read, readers, capacity)


def queue_latency(n, readers):
    run_queue((write_stamps, n), 1, read_stamps, readers)


# ── pipe ────────────────────────────────────────────────────────────────────────────────────────


def send(sender, n, size):
    message = "x" * size
    start = time.time()
    for i in range(n):
        sender.send(message if size else (2**63 + i, 2**63 + i))
    say(f"{start:.7f} {time.time():.7f} 0")


def receive(receiver):
    receiver.recv()
    start, got = time.time(), 1
    try:
        while True:
            receiver.recv()
            got += 1
    except EOFError:
        say(f"{start:.7f} {time.time():.7f} {got}")


def run_apart(target, *ends, others):
    """A child that holds no copy of the other ends."""

    def run():
        for end in others:
            end.close()
        target(*ends)

    process = context.Process(target=run)
    process.start()
    return process


def pipe(n, size):
    receiver, sender = context.Pipe(duplex=False)
    reading = run_apart(receive, receiver, others=[sender])
    writing = run_apart(send, sender, n, size, others=[receiver])
    sender.close()
    for process in (reading, writing):
        process.join()
        assert process.exitcode == 0


def echo(receiver, sender):
    try:
        while True:
            sender.send(receiver.recv())
    except EOFError:
        pass


def pipe_ping_pong(n):
    (there, to), (back, sender) = context.Pipe(duplex=False), context.Pipe(duplex=False)
    process = run_apart(echo, there, sender, others=[to])
    start = time.perf_counter()
    for i in range(n):
        to.send((2**63, i))
        back.recv()
    print_time(start)
    to.close()
    process.join()


# ── programs ────────────────────────────────────────────────────────────────────────────────────


def call(n):
    start = time.perf_counter()
    for _ in range(n):
        assert subprocess.call(["true"]) == 0
    print_time(start)


def through_cat(data):
    pipe = subprocess.PIPE
    cat = subprocess.Popen(["cat"], stdin=pipe, stdout=pipe, stderr=pipe)
    output, _ = cat.communicate(data)
    assert len(output) == len(data)


def communicate_cat(mib):
    data = bytes(mib << 20)
    start = time.perf_counter()
    through_cat(data)
    print_time(start)


def communicate_tiny(n):
    start = time.perf_counter()
    for _ in range(n):
        through_cat(b"a line\n")
    print_time(start)


# ── threads ─────────────────────────────────────────────────────────────────────────────────────

balance = 0
lock = threading.Lock()


def change_it(n):
    global balance
    balance = balance + n
    balance = balance - n


def run_thread(n, rounds):
    for _ in range(rounds):
        lock.acquire()
        try:
            change_it(n)
        finally:
            lock.release()


def two_threads(rounds):
    start = time.perf_counter()
    both = [threading.Thread(target=run_thread, args=(n, rounds)) for n in (2**5, 2**10)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    print_time(start)
    assert balance == 0


def spawn_threads(n):
    start = time.perf_counter()
    for i in range(n):
        thread = threading.Thread(target=nothing, args=(i,), name="LoopThread")
        thread.start()
        thread.join()
    print_time(start)


TESTS = {
    "pool-apply-async": pool_apply_async,
    "pool-map": pool_map,
    "pool-map-bytes": pool_map_bytes,
    "pool-apply": pool_apply,
    "pool-start": pool_start,
    "pool-sleep": pool_sleep,
    "pool-compute": pool_compute,
    "pool-memory": pool_memory,
    "pool-queued": pool_queued,
    "queue": queue,
    "queue-latency": queue_latency,
    "queue-capacity": queue,
    "pipe": pipe,
    "pipe-ping-pong": pipe_ping_pong,
    "call": call,
    "communicate-cat": communicate_cat,
    "communicate-tiny": communicate_tiny,
    "lock": two_threads,
    "threads": spawn_threads,
}

if __name__ == "__main__":
    main()
