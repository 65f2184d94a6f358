"""A pipe from one process to another, with a large value."""
from multiprocessing import Pipe, Process


def camera(sender, pictures):
    for n in range(1, pictures + 1):
        sender.send(bytes([n]) * (4 << 20))  # 4 MiB


if __name__ == '__main__':
    receiver, sender = Pipe(duplex=False)
    process = Process(target=camera, args=(sender, 3))
    process.start()
    sender.close()  # or recv() would wait forever: this process could still send
    try:
        while True:
            picture = receiver.recv()
            print(len(picture), 'bytes of', picture[0])
    except EOFError:
        pass
    process.join()
    print('the camera has ended')
