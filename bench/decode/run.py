#!/usr/bin/python3
"""Decode + convert + resize + crop to 224 pixels: images per second of one core, Itra against PIL, in turns.

usage: bench/decode/run.py FOLDER_OF_JPEGS [ROUNDS]      (needs python3-pil and python3-numpy)
"""
import glob, os, subprocess, sys, tempfile, time
import numpy
import PIL
from PIL import Image, features

SIZE = 224


def square(path):
    """What torchvision's Resize(224, bicubic) and CenterCrop(224) do, without torchvision."""
    image = Image.open(path).convert("RGB")
    width, height = image.size
    short = min(width, height)
    if short != SIZE:
        width, height = (SIZE, int(SIZE * height / width)) if width <= height else (int(SIZE * width / height), SIZE)
        image = image.resize((width, height), Image.BICUBIC)
    left, top = int(round((width - SIZE) / 2.0)), int(round((height - SIZE) / 2.0))
    return numpy.asarray(image.crop((left, top, left + SIZE, top + SIZE)))


def main():
    folder, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10
    images = sorted(glob.glob(os.path.join(folder, "*.jpg")))
    if not images:
        sys.exit(f"no *.jpg in {folder}")
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    subprocess.run(["dotnet", "build", os.path.join(root, "bench", "Itra.Bench"), "-c", "Release", "-v", "quiet", "--nologo"], check=True)
    binary = os.path.join(root, "artifacts", "bin", "Itra.Bench", "release_linux-x64", "Itra.Bench.dll")

    contestants = {"Itra": [], "Itra, NetVips decoder": ["vips"], "Itra, portable kernel": ["portable"]}
    running = {name: subprocess.Popen(["dotnet", binary, "decode", folder, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
               for name, options in contestants.items()}

    def itra(name, command="go"):
        running[name].stdin.write(command + "\n")
        running[name].stdin.flush()
        return float(running[name].stdout.readline())

    def pil():
        start = time.process_time()
        for path in images:
            square(path)
        return time.process_time() - start

    reference = numpy.stack([square(path) for path in images])
    with tempfile.NamedTemporaryFile() as file:
        for name in running:
            itra(name, "pixels " + file.name)
            pixels = numpy.fromfile(file.name, numpy.uint8).reshape(reference.shape)
            print(f"{name}: largest difference from PIL {numpy.abs(pixels.astype(int) - reference).max()} of 255")

    best = {name: float("inf") for name in ["PIL", *running]}
    for _ in range(rounds):
        best["PIL"] = min(best["PIL"], pil())
        for name in running:
            best[name] = min(best[name], itra(name))
    for process in running.values():
        process.stdin.close()
        process.wait()

    print(f"{len(images)} images, best of {rounds} rounds; PIL {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}")
    for name, seconds in best.items():
        print(f"{name:24} {len(images) / seconds:6.0f} images/s/core   {best['PIL'] / seconds:.2f} x PIL")


main()
