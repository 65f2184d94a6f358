"""A pool's thread handles a second request and still has the first one's user in threading.local."""
import threading
from concurrent.futures import ThreadPoolExecutor

local = threading.local()


def broken(user=None):
    if user:
        local.user = user
    return handle()


def fixed(user=None):
    if user:
        local.user = user
    try:
        return handle()
    finally:
        local.__dict__.clear()


def handle():
    return f'answered as {getattr(local, "user", "nobody")}'


with ThreadPoolExecutor(1) as pool:
    for serve in broken, fixed:
        print(f'{serve.__name__}, Alice: {pool.submit(serve, "Alice").result()}')
        print(f'{serve.__name__}, anonymous: {pool.submit(serve).result()}')
