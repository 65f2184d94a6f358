"""The log pipeline: two processes, two queues."""
from multiprocessing import Process, Queue


def parse(lines, parsed):
    for line in iter(lines.get, None):
        path, status = line.split(' ')
        parsed.put((int(status), path))
    parsed.put(None)  # a queue doesn't tell that nobody puts any more


if __name__ == '__main__':
    lines, parsed = Queue(), Queue()
    parsers = [Process(target=parse, args=(lines, parsed)) for _ in range(2)]
    for parser in parsers:
        parser.start()
    for n in range(1000):
        lines.put(f'/page/{n} {404 if n % 10 == 0 else 200}')
    for _ in parsers:
        lines.put(None)
    count = missing = 0
    for _ in parsers:
        for status, path in iter(parsed.get, None):
            count += 1
            missing += status == 404 and path.startswith('/page/')
    for parser in parsers:
        parser.join()
    print(f'{count} lines, {missing} not found')
