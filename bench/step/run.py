#!/usr/bin/python3
"""A training step of Itra against the same step in plain PyTorch, in turns; prints medians and their ratio.

usage: bench/step/run.py [ROUNDS]        needs python3-torch and libopenblas0-pthread (without it PyTorch is ten times slower)
"""
import os, statistics, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BINARY = os.path.join(ROOT, "artifacts", "bin", "Itra.Bench", "release_linux-x64", "Itra.Bench.dll")


def seconds(command):
    """(wall, CPU) of every step that the program timed."""
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [tuple(map(float, line.split())) for line in output.splitlines() if line[:1].isdigit()]


def compare(what, unit, itra, torch, rounds):
    ours, theirs = [], []
    for _ in range(rounds):
        ours += seconds(["dotnet", BINARY, *itra])
        theirs += seconds(["/usr/bin/python3", os.path.join(HERE, "torch_step.py"), *torch])
    pick = {"wall": 0, "CPU": 1}[unit]
    mine, other = (statistics.median(t[pick] for t in times) for times in (ours, theirs))
    print(f"| {what} | {unit} | {mine:.3f} s | {other:.3f} s | {mine / other:.2f} |", flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    subprocess.run(["dotnet", "build", os.path.join(ROOT, "bench", "Itra.Bench"), "-c", "Release", "-v", "quiet", "--nologo"], check=True, stdout=subprocess.DEVNULL)
    print("| work | time | Itra | PyTorch | Itra / PyTorch |\n|---|---|---|---|---|")
    for precision in ([], ["amp"]):
        name = "RN50 step with EMA, batch 8, " + ("bf16" if precision else "fp32")
        compare(name + ", 1 thread", "CPU", ["step", "RN50", "8", "1", "ema", "lines", *precision], ["8", "1", "ema", *precision], rounds)
        compare(name + ", 2 threads", "wall", ["step", "RN50", "8", "2", "ema", "lines", *precision], ["8", "2", "ema", *precision], rounds)
    compare("clipping + AdamW + EMA + zeroing, 102 M parameters, 1 thread", "CPU", ["optimizer", "RN50", "1", "lines"], ["optimizer", "1"], rounds)


main()
