from python_utils import write_func, read_func
from multiprocessing import Process, Queue

if __name__ == '__main__':
    q = Queue()
    pw = Process(target=write_func, args=(q,))
    pr = Process(target=read_func, args=(q,))
    pw.start()
    pr.start()
    pw.join()
    pr.terminate()
