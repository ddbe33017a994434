#!/usr/bin/python3
"""Recall at 1, 5 and 10 both ways from the whole matrix of scores, as CLIP_benchmark defines it, once per line.

usage: retrieval.py make FOLDER TEXTS IMAGES WIDTH     features whose captions resemble their images a little
       retrieval.py onehot | lean FOLDER WIDTH THREADS
onehot marks the first k candidates in a tensor of (queries, k, candidates), as the reference does; lean only looks them up.
"""
import os, sys
import numpy
import torch
from torch.nn import functional as F
import turns

BATCH = 64


def make(folder, texts, images, width):
    random = numpy.random.default_rng(1)
    def unit(rows):
        return (rows / numpy.linalg.norm(rows, axis=1, keepdims=True)).astype(numpy.float32)
    owners = numpy.concatenate([numpy.arange(images), random.integers(0, images, texts - images)]).astype(numpy.int32)
    seen = unit(random.standard_normal((images, width), numpy.float32))
    # A cosine of 0.12 against 1 / sqrt(width) among strangers: neither all nor nothing is found.
    told = unit(seen[owners] + 8.2 * unit(random.standard_normal((texts, width), numpy.float32)))
    for name, values in ("texts", told), ("images", seen), ("owners", owners):
        values.tofile(os.path.join(folder, name))


def onehot(scores, owners, images):
    positive = torch.zeros(scores.shape, dtype=torch.bool)
    positive[torch.arange(len(owners)), owners] = True

    def recall(scores, positive, k):
        hits = []
        for first in range(0, len(scores), BATCH):
            top = scores[first:first + BATCH].topk(k, dim=1).indices
            marked = F.one_hot(top, scores.shape[1])
            found = (marked * positive[first:first + BATCH].unsqueeze(1)).sum((1, 2))
            hits.append((found > 0).float())
        return 100 * torch.cat(hits).mean().item()

    return [recall(scores.t(), positive.t(), k) for k in (1, 5, 10)] + [recall(scores, positive, k) for k in (1, 5, 10)]


def lean(scores, owners, images):
    def recalls(hits):
        return [100 * hits[:, :k].any(1).float().mean().item() for k in (1, 5, 10)]
    texts = scores.topk(10, dim=0).indices
    return recalls((owners[texts] == torch.arange(images)).t()) + recalls(scores.topk(10, dim=1).indices == owners[:, None])


def main():
    if sys.argv[1] == "make":
        return make(sys.argv[2], *map(int, sys.argv[3:]))
    how, folder, width = {"onehot": onehot, "lean": lean}[sys.argv[1]], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(int(sys.argv[4]))
    texts, images = (torch.from_numpy(numpy.fromfile(os.path.join(folder, name), numpy.float32).reshape(-1, width)) for name in ("texts", "images"))
    owners = torch.from_numpy(numpy.fromfile(os.path.join(folder, "owners"), numpy.int32).astype(numpy.int64))
    with torch.no_grad():
        turns.take(lambda _: " ".join(f"{r:.3f}" for r in how(texts @ images.t(), owners, len(images))))


main()
