"""What CPython's subprocess makes of a difficult program: `src/bin/commands` starts this."""
import os
import subprocess
import sys
import threading
from subprocess import PIPE, STDOUT


def reap():
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            pass


def main(row, timeout, *program):
    if row == 'bound':
        return print('there is no such option')
    if row == 'reaped':
        threading.Thread(target=reap, daemon=True).start()
    data = b'x' * (16 << 20) if row == 'deadlock' else b''
    stderr = STDOUT if row == 'merged' else PIPE
    try:
        p = subprocess.Popen(program, stdin=PIPE, stdout=PIPE, stderr=stderr)
    except OSError as error:
        return print(error)
    try:
        output, _ = p.communicate(data, timeout=float(timeout) or None)
    except subprocess.TimeoutExpired:
        p.kill()  # as the docs of communicate() show it
        output, _ = p.communicate()
    sys.stdout.buffer.write(b'code %d\n' % p.returncode + output)


main(*sys.argv[1:])
