"""The rows of the table: what is compared, how it is measured, what ratio is wanted."""
import os, subprocess, sys, time
from dataclasses import dataclass
from typing import Callable
import contest, material

PIECE = 4 << 20
SHORT = .5                  # seconds


@dataclass
class Row:
    what: str
    unit: str                 # CPU or wall: which seconds are compared
    wanted: float             # the most that Itra / other should be
    other: str                # beside whom
    measure: Callable         # (material, which) -> [(Itra's seconds, the other's)] per round


def in_turns(things, pick, ours, theirs, line="go", check=None, rounds=None):
    """Both do the work to warm up, twice if it is short, then in turns."""
    rounds = min(things.rounds, rounds or things.rounds)
    with contest.Contestant(ours) as mine, contest.Contestant(theirs) as other:
        if check:
            check(mine, other)
        if not check or mine.turn(line)[0] < SHORT:
            mine.turn(line), other.turn(line)
        times = []
        for n in range(rounds):
            contest.progress(f"round {n + 1} of {rounds}: {' '.join(ours[2:])}")
            times.append((mine.turn(line)[pick], other.turn(line)[pick]))
        return times


def step(threads, *precision):
    def measure(things, pick):
        return in_turns(things, pick, contest.itra("step", "RN50", "turns", threads, "ema", *precision), contest.torch("train.py", "step", threads, "ema", *precision), "8")
    return measure


def optimizer(things, pick):
    return in_turns(things, pick, contest.itra("optimizer", "RN50", "turns", 1), contest.torch("train.py", "optimizer", 1))


def same_bytes(things, what):
    def check(mine, other):
        written = [things.path("ours"), things.path("theirs")]
        for contestant, path in zip((mine, other), written):
            contestant.turn("write " + path)
        if subprocess.run(["cmp", *written]).returncode != 0:
            sys.exit(f"{what} differ from the reference's: there is nothing to compare the times of")
    return check


def decode(*options):
    def measure(things, pick):
        return in_turns(things, pick, contest.itra("decode", things.images(), *options), contest.torch("decode.py", things.images()), check=same_bytes(things, "pixels"))
    return measure


def tokens(things, pick):
    files = things.vocabulary(), things.captions()
    return in_turns(things, pick, contest.itra("tokens", *files), contest.torch("tokens.py", *files), check=same_bytes(things, "tokens"))


def retrieval(how, rounds):
    texts, images, width, threads = 25_014, 5_000, 1024, os.cpu_count()

    def same_recalls(mine, other):
        ours, theirs = mine.turn("all")[2], other.turn("all")[2]
        # One text of 25,014 is 0.004 of a per cent; products that are added up in another order may exchange neighbours.
        if len(ours.split()) != 6 or any(abs(float(a) - float(b)) > 0.03 for a, b in zip(ours.split(), theirs.split())):
            sys.exit(f"recalls differ: {ours} of Itra, {theirs} of PyTorch")

    def measure(things, pick):
        folder = things.features(texts, images, width)
        return in_turns(things, pick, contest.itra("retrieval", folder, width, threads), contest.torch("retrieval.py", how, folder, width, threads), "all", same_recalls, rounds)
    return measure


def first(things, _):
    threads, times = os.cpu_count(), []
    commands = contest.itra("first", "RN50", 8, threads), contest.torch("train.py", "first", 8, threads)
    for n in range(things.rounds + 1):
        contest.progress(f"start {n} of {things.rounds}")
        times.append(tuple(contest.until_done(c) for c in commands))
    return times[1:]          # files are in the page cache after the first


def checkpoint(which):
    """Itra's seconds against those of plain reads or writes of as many bytes, all on one disk and with nothing of the file in memory."""
    def measure(things, _):
        path, plain, times = things.path("checkpoint.pt"), things.path("plain"), []
        with contest.Contestant(contest.itra("checkpoint", "RN50", path)) as mine:
            size = int(mine.turn("save")[2])
            for n in range(things.rounds + 1):
                contest.progress(f"round {n} of {things.rounds}: checkpoint, {which}")
                written = write_plainly(plain, size)
                if which == "save":
                    os.remove(path)
                    times.append((mine.turn("save")[0], written))
                else:
                    forget(path), forget(plain)
                    read = read_plainly(plain)
                    times.append((mine.turn("load")[0], read))
                os.remove(plain)
        os.remove(path)
        return times[1:]
    return measure


def write_plainly(path, size):
    block = os.urandom(PIECE)
    started = time.perf_counter()
    with open(path, "wb", buffering=0) as file:
        while size > 0:
            size -= file.write(block[:size])
        os.fsync(file.fileno())
    return time.perf_counter() - started


def read_plainly(path):
    block = bytearray(PIECE)
    started = time.perf_counter()
    with open(path, "rb", buffering=0) as file:
        while file.readinto(block):
            pass
    return time.perf_counter() - started


def forget(path):
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


THREADS = os.cpu_count()
ALL = {
    "step-fp32-1": Row("RN50 step with EMA, batch 8, 224 px, fp32, 1 thread", "CPU", .62, "PyTorch", step(1)),
    "step-fp32-2": Row("RN50 step with EMA, batch 8, 224 px, fp32, 2 threads", "wall", .90, "PyTorch", step(2)),
    "step-bf16-1": Row("RN50 step with EMA, batch 8, 224 px, bf16, 1 thread", "CPU", .38, "PyTorch", step(1, "amp")),
    "step-bf16-2": Row("RN50 step with EMA, batch 8, 224 px, bf16, 2 threads", "wall", .60, "PyTorch", step(2, "amp")),
    "optimizer": Row("clipping, AdamW, EMA, zeroing, 102 M parameters, 1 thread", "CPU", .25, "PyTorch", optimizer),
    "decode": Row("JPEG to normalised tensor of 224 px, one core, equal to the bit", "CPU", .40, "torchvision", decode()),
    "decode-vips": Row("that without libturbojpeg", "CPU", 1, "torchvision", decode("vips")),
    "decode-portable": Row("that without AVX", "CPU", 1, "torchvision", decode("portable")),
    "tokens": Row("100,000 captions to tokens, one core, the same ids", "CPU", .05, "Python", tokens),
    "retrieval": Row(f"retrieval, 5,000 images x 25,014 captions x 1024, {THREADS} threads, six recalls", "wall", .70, "PyTorch, one-hot as the reference", retrieval("onehot", 2)),
    "retrieval-lean": Row("that retrieval", "wall", .70, "PyTorch, two top-10", retrieval("lean", None)),
    "first": Row(f"start of the process to the first step, RN50, batch 8, {THREADS} threads", "wall", .70, "PyTorch", first),
    "save": Row("checkpoint of RN50 with optimizer, 1.2 GB, written and synced", "wall", 1 / .6, "plain writing", checkpoint("save")),
    "load": Row("checkpoint of RN50 with optimizer, 1.2 GB, read from disk", "wall", 1 / .6, "plain reading", checkpoint("load")),
}


def table(chosen, things, asked):
    lines = ["| work | seconds | Itra | beside | | ratio | of single rounds | wanted |", "|---|---|---|---|---|---|---|---|"]
    print("\n".join(lines))
    for row in chosen:
        try:
            times = row.measure(things, {"wall": 0, "CPU": 1}[row.unit])
        except material.Lacking as lacking:
            lines.append(f"| {row.what} | not measured: {lacking} | | | | | | |")
        else:
            ours, theirs = (contest.median(t) for t in zip(*times))
            ratios = sorted(a / b for a, b in times)
            lines.append(f"| {row.what} | {row.unit} | {ours:.3f} s | {row.other} | {theirs:.3f} s | {ours / theirs:.3f} | {ratios[0]:.3f}-{ratios[-1]:.3f} | ≤ {row.wanted:.2f} |")
        contest.progress("")
        print(lines[-1], flush=True)
    if asked.markdown:
        with open(asked.markdown, "w") as file:
            file.write("\n".join(lines) + "\n")
