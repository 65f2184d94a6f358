import os
from python_utils import long_time_task
from multiprocessing import Pool

if __name__ == '__main__':
    print(f'Main process {os.getpid()}')
    p = Pool(4)
    for i in range(8):
        p.apply_async(long_time_task, args=(i,))
    print('Waiting for all subprocesses done ...')
    p.close()
    p.join()
    print('All subprocesses done')
