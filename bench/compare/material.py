"""What the contestants work on: given, or made from a seed."""
import glob, gzip, os, random, subprocess, sys
import contest

CAPTIONS, PICTURES = 100_000, 64
# MS-COCO's 590,000 captions have some 30,000 different words.
WORDS, LENGTHS = 30_000, (8, 9, 10, 10, 11, 12, 14)


class Material:
    def __init__(self, asked, scratch):
        self.asked, self.scratch, self.rounds = asked, scratch, asked.rounds

    def path(self, name):
        return os.path.join(self.scratch, name)

    def vocabulary(self):
        if not self.asked.vocabulary:
            raise Lacking("--vocabulary is not given")
        if not os.path.isfile(self.asked.vocabulary):
            sys.exit(f"--vocabulary {self.asked.vocabulary}: there is no such file")
        return os.path.abspath(self.asked.vocabulary)

    def captions(self):
        path = self.path("captions")
        if not os.path.exists(path):
            lines = open(self.asked.captions).read().splitlines() if self.asked.captions else captions(self.vocabulary())
            with open(path, "w") as file:
                file.writelines(lines[n % len(lines)] + "\n" for n in range(CAPTIONS))
        return path

    def images(self):
        """A folder of JPEG files."""
        if self.asked.images:
            if not glob.glob(os.path.join(self.asked.images, "*.jpg")):
                sys.exit(f"--images {self.asked.images}: no *.jpg there")
            return os.path.abspath(self.asked.images)
        folder = self.path("images")
        if not os.path.exists(folder):
            os.mkdir(folder)
            paint(folder)
        return folder

    def features(self, texts, images, width):
        folder = self.path(f"features-{texts}-{images}")
        if not os.path.exists(folder):
            os.mkdir(folder)
            subprocess.run(contest.torch("retrieval.py", "make", folder, texts, images, width), check=True)
        return folder


class Lacking(Exception):
    """Something that only its user has."""


def captions(vocabulary):
    """Sentences of words with the frequencies of a language (Zipf's), a tenth of them words that the vocabulary has to put together."""
    data = open(vocabulary, "rb").read()
    lines = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8").split("\n")
    whole = ["".join(line.split())[:-len("</w>")] for line in lines[1:] if line.endswith("</w>")]
    draw = random.Random(1)
    known = [w for w in whole if w.isascii() and w.isalpha()][:WORDS * 9 // 10]
    words = known + [draw.choice(known) + draw.choice(known) for _ in range(WORDS - len(known))]
    draw.shuffle(words)
    words.sort(key=len)
    weights = [1 / (rank + 3) for rank in range(len(words))]
    drawn = iter(draw.choices(words, weights, k=CAPTIONS * max(LENGTHS)))
    return [" ".join(next(drawn) for _ in range(draw.choice(LENGTHS))).capitalize() + "." for _ in range(CAPTIONS)]


def paint(folder):
    """Pictures of 640 x 480 pixels with soft shapes and grain, about as large as photographs are as JPEG files."""
    subprocess.run(["/usr/bin/python3", "-c", PAINTER, folder, str(PICTURES)], check=True)


PAINTER = """
import sys, numpy
from PIL import Image
random = numpy.random.default_rng(1)
for n in range(int(sys.argv[2])):
    pixels = numpy.zeros((480, 640, 3))
    for size, strength in ((4, 90), (16, 50), (64, 25), (240, 12)):
        noise = random.uniform(-strength, strength, (size * 3 // 4, size, 3))
        layer = Image.fromarray((noise + 128).clip(0, 255).astype(numpy.uint8)).resize((640, 480), Image.BICUBIC)
        pixels += numpy.asarray(layer, float) - 128
    Image.fromarray((pixels + 128).clip(0, 255).astype(numpy.uint8)).save(f"{sys.argv[1]}/{n:03}.jpg", quality=92)
"""
