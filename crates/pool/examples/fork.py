"""A thread holds a lock, and the process is copied by fork: in the copy there is the lock, but not its holder.

Fixed by the child being the program started anew: `--fixed`.
"""

import multiprocessing
import sys
import threading

lock = threading.Lock()
held = threading.Event()
enough = threading.Event()


def hold():
    with lock:
        say('Thread-1: holds the lock')
        held.set()
        enough.wait()
        say('Thread-1: releases the lock')


def child():
    say('child: waits for the lock')
    if lock.acquire(timeout=0.5):
        say('child: holds the lock')
        say('child: releases the lock')
    else:
        say(f'child: has waited 0.5 s; threads here: {threading.active_count()}')
        sys.exit(1)


def main(method):
    if method not in multiprocessing.get_all_start_methods():
        return say('broken: not here: this system has no fork')
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    process = multiprocessing.get_context(method).Process(target=child)
    process.start()
    enough.set()
    thread.join()
    process.join()
    if process.exitcode == 0:
        say('fixed: the child is no copy, and has a lock of its own')
    else:
        say("broken: the lock was released, but not the child's copy of it: that one's holder isn't there")


def say(line):
    """Prints a line in one write, so that lines of two processes never mix."""
    sys.stdout.write(line + '\n')
    sys.stdout.flush()


if __name__ == '__main__':
    main('spawn' if '--fixed' in sys.argv else 'fork')
