"""The pipe deadlock in Python, and communicate: --fixed."""
import subprocess
import sys
import threading

COPY = 'import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)'
DATA = bytes(4096 * 1024)


def broken(p):
    p.stdin.write(DATA)  # never comes back
    p.stdin.close()
    return p.stdout.read()


def fixed(p):
    output, _ = p.communicate(DATA)
    return output


with subprocess.Popen([sys.executable, '-c', COPY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
    kind, run = ('fixed', fixed) if '--fixed' in sys.argv else ('broken', broken)
    timer = threading.Timer(1 if run is broken else 60, p.kill)
    timer.start()
    try:
        print(f'{kind}: {len(run(p)) // 1024} KiB are back')
    except OSError:  # the child was ended
        print(f'{kind}: write() waits for a child that waits for read(): after 1 s nobody is back')
        p.stdin.raw.close()  # nobody is left for what the buffer still holds
    timer.cancel()
