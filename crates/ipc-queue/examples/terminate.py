"""Terminate a reader of a multiprocessing.Queue while it is in get()."""
import sys
from multiprocessing import Process, Queue
from queue import Empty
from time import sleep


def say(line):
    print(line, flush=True)


def read(name, q, timeout):
    say(f'{name}: waits for a value')
    try:
        say(f'{name}: gets {q.get(timeout=timeout)}')
    except Empty:
        say(f'{name}: gets nothing within {timeout} s')
        sys.exit(1)


def is_held(lock):
    if lock.acquire(block=False):
        lock.release()
        return False
    return True


if __name__ == '__main__':
    q = Queue()
    reader_1 = Process(target=read, args=('reader 1', q, None))
    reader_1.start()
    while not is_held(q._rlock):  # get() holds it while it waits
        sleep(0.01)
    say('main: terminates reader 1')
    reader_1.terminate()
    reader_1.join()
    say('reader 1: is gone')
    say('main: puts A')
    q.put('A')
    reader_2 = Process(target=read, args=('reader 2', q, 1))
    reader_2.start()
    reader_2.join()
    if reader_2.exitcode == 0:
        sys.exit('reader 2 got it')
    say('broken: A is in the queue, and nobody will ever get it: reader 1 took the lock with it')
