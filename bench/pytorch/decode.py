#!/usr/bin/python3
"""torchvision's transform for CLIP over all images of a folder, on one thread, once per line; "write FILE" also writes the tensors.

usage: decode.py FOLDER_OF_JPEGS
"""
import glob, os, sys
import torch
from PIL import Image
from torchvision import transforms as T
import turns

BATCH = 32


def main():
    torch.set_num_threads(1)
    images = sorted(glob.glob(os.path.join(sys.argv[1], "*.jpg")))
    transform = T.Compose([
        T.Resize(224, interpolation=T.InterpolationMode.BICUBIC), T.CenterCrop(224), T.ToTensor(),
        T.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))])

    def work(line):
        file = open(line[len("write "):], "wb") if line.startswith("write ") else None
        for first in range(0, len(images), BATCH):
            batch = torch.stack([transform(Image.open(path).convert("RGB")) for path in images[first:first + BATCH]])
            if file:
                file.write(batch.numpy().tobytes())
        if file:
            file.close()

    turns.take(work)


main()
