"""What the notebook's two process cells import. The notebook doesn't show it, so this is ours; src/lib.rs is the same in Rust."""

import os
import random
import sys
import time


def long_time_task(name):
    """Sleeps for 0 to 3 seconds, and prints a line when it starts and when it has finished."""
    say(f'Run task {name}(pid:{os.getpid()}) ...')
    start = time.monotonic()
    time.sleep(random.uniform(0, 3))
    took = time.monotonic() - start
    say(f'Finish {name}(pid:{os.getpid()}) task with {took:.1f} ...')


def write_func(q):
    """Puts A, B and C. Prints the line about a value before it puts the value, so the reader's line comes later."""
    say(f'Process {os.getpid()} to write:')
    for value in ['A', 'B', 'C']:
        say(f'Put {value} to queue ...')
        q.put(value)
        time.sleep(random.random())


def read_func(q):
    """Prints a line for each value. Never ends: the cell terminates it."""
    say(f'Process {os.getpid()} to read:')
    while True:
        value = q.get(True)
        say(f'Get {value} from queue')


def say(line):
    """Prints a line in one write, so that lines of several processes never mix (print may take two)."""
    sys.stdout.write(line + '\n')
    sys.stdout.flush()
