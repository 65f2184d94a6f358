"""Two busy threads in CPython: at once they take as long as one after the other."""
import sys
import threading
import time


def compute():
    return sum(n * n for n in range(3_000_000))


def one_after_the_other():
    compute()
    compute()


def at_once():
    threads = [threading.Thread(target=compute) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure(run):
    """Its seconds, and how many processors were at work in them."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall, cpu / wall


# A free-threaded build (3.13t and later) can do without the GIL, and says so.
gil = getattr(sys, '_is_gil_enabled', lambda: True)()
alone, _ = measure(one_after_the_other)
together, processors = measure(at_once)
print(f'the GIL is {"on" if gil else "off"}')
print(f'one after the other: {alone:.2f} s')
print(f'two threads at once: {together:.2f} s')
print(f'processors at work: {processors:.1f}')
print(f'{alone / together:.1f} × as fast')
