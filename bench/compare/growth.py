"""How the cost of Itra's work grows with its size."""
import os
import contest, picture

THREADS = os.cpu_count()
# Enough to hold up what starting and ending the threads takes.
LOADED = 1280


def best(contestant, sizes, rounds):
    """[(size, the fastest of some turns)], the sizes in turns: what other programs do makes times longer and never shorter."""
    times = {size: [] for size in sizes}
    for n in range(rounds + 1):
        for size in sizes:
            contest.progress(f"round {n} of {rounds}: {size}")
            times[size].append(contestant.turn(str(size))[0])
    contest.progress("")
    return [(size, min(taken[1:])) for size, taken in times.items()]


def step(things, path):
    with contest.Contestant(contest.itra("step", "RN50", "turns", THREADS, "ema")) as itra:
        points = best(itra, (1, 2, 4, 8, 16, 32, 64), 1)
    (batch, seconds) = points[-1]
    picture.draw(path, "A training step over the size of its batch", f"seconds a step; RN50 with EMA, fp32, {THREADS} threads", "pairs in a batch",
                 points, [(b, seconds / batch * b) for b, _ in points], f"in proportion: {seconds / batch:.3f} s a pair", log=True)
    return points


def loader(things, path):
    with contest.Contestant(contest.itra("loader", things.vocabulary(), things.images(), LOADED)) as itra:
        points = [(workers, LOADED / seconds) for workers, seconds in best(itra, (1, 2, 3, 4), min(things.rounds, 5))]
    picture.draw(path, "Loading over the number of workers", f"pairs a second: read, decoded, cropped at random, tokenised; {THREADS} cores", "workers",
                 points, [(w, w * points[0][1]) for w, _ in points], "as many times one worker", log=False)
    return points


def retrieval(things, path):
    sizes, images, width = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000), 1_000, 1024
    with contest.Contestant(contest.itra("retrieval", things.features(sizes[-1], images, width), width, THREADS)) as itra:
        points = best(itra, sizes, min(things.rounds, 5))
    (texts, seconds) = points[-1]
    picture.draw(path, "Scoring retrieval over the number of captions", f"seconds for all six recalls; {images:,} images, features of {width}, {THREADS} threads", "captions",
                 points, [(n, seconds / texts * n) for n, _ in points], f"in proportion: {seconds / texts * 1000:.3g} s for 1,000", log=True)
    return points


ALL = {"step": step, "loader": loader, "retrieval": retrieval}


def draw(name, things, folder):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name + ".svg")
    points = ALL[name](things, path)
    print(f"{path}: " + ", ".join(f"{x:,} {y:.4g}" for x, y in points), flush=True)
