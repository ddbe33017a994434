"""The PyTorch side of bench/side-by-side, which asks programs in turns."""
import sys, time


def take(work):
    """For every line on standard input the work once, then the seconds it took, wall and CPU, and whatever the work says."""
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        said = work(line.strip())
        print(f"{time.perf_counter() - wall:.6f} {time.process_time() - cpu:.6f} {said or ''}", flush=True)
