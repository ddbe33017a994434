#!/usr/bin/python3
"""CLIP's byte-level BPE in plain Python: captions of a file into rows of 77 ids, once per line; "write FILE" also writes them.

usage: tokens.py VOCABULARY CAPTIONS         every time with an empty cache of words, as after a start
       tokens.py check VOCABULARY TOKENS    compares with the reference's ids: a JSON list of {"text": ..., "ids": [...]}
Cleaning is what ASCII captions need: HTML entities, spaces, lower case. Without ftfy, which costs the reference more on top.
"""
import gzip, html, json, struct, sys
import regex
import turns

CONTEXT, MERGES, END_OF_WORD = 77, 48894, "</w>"
PIECES = regex.compile(r"<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", regex.IGNORECASE)


class Vocabulary:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        lines = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8").split("\n")
        pairs = [tuple(line.split()) for line in lines[1:MERGES + 1] if line]
        printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
        hidden = [b for b in range(256) if b not in printable]
        self.character = {b: chr(b) for b in printable} | {b: chr(256 + n) for n, b in enumerate(hidden)}
        letters = [self.character[b] for b in printable + hidden]
        symbols = letters + [c + END_OF_WORD for c in letters] + ["".join(p) for p in pairs]
        self.start, self.end = len(symbols), len(symbols) + 1
        self.ids = {symbol: n for n, symbol in enumerate(symbols + ["<start_of_text>", "<end_of_text>"])}
        self.rank = {pair: n for n, pair in enumerate(pairs)}


class Tokenizer:
    def __init__(self, vocabulary):
        self.known = vocabulary
        self.cache = {"<start_of_text>": "<start_of_text>", "<end_of_text>": "<end_of_text>"}

    def encode(self, caption):
        text = " ".join(html.unescape(html.unescape(caption)).split()).lower()
        ids = [self.known.start]
        for piece in PIECES.findall(text):
            piece = "".join(self.known.character[b] for b in piece.encode("utf-8"))
            # Like the reference, it remembers what a piece is merged to as text, and looks the ids up every time.
            ids.extend(self.known.ids[symbol] for symbol in (self.cache.get(piece) or self.merge(piece)).split(" "))
        ids.append(self.known.end)
        if len(ids) > CONTEXT:
            ids = ids[:CONTEXT - 1] + [self.known.end]
        return ids + [0] * (CONTEXT - len(ids))

    def merge(self, piece):
        word = [*piece[:-1], piece[-1] + END_OF_WORD]
        while len(word) > 1:
            best = min(zip(word, word[1:]), key=lambda pair: self.known.rank.get(pair, len(self.known.rank)))
            if best not in self.known.rank:
                break
            joined, at = [], 0
            while at < len(word):
                both = at + 1 < len(word) and (word[at], word[at + 1]) == best
                joined.append(word[at] + word[at + 1] if both else word[at])
                at += 2 if both else 1
            word = joined
        self.cache[piece] = " ".join(word)
        return self.cache[piece]


def check(vocabulary, path):
    with open(path) as file:
        reference = json.load(file)
    tokenizer = Tokenizer(Vocabulary(vocabulary))
    wrong = [r["text"] for r in reference if tokenizer.encode(r["text"]) != r["ids"] + [0] * (CONTEXT - len(r["ids"]))]
    print(f"{len(reference)} captions, {len(wrong)} differ" + "".join(f"\n{caption!r}" for caption in wrong))


def main():
    if sys.argv[1] == "check":
        return check(*sys.argv[2:])
    vocabulary = Vocabulary(sys.argv[1])
    with open(sys.argv[2]) as file:
        captions = file.read().splitlines()

    def work(line):
        tokenizer = Tokenizer(vocabulary)
        rows = [tokenizer.encode(c) for c in captions]
        if line.startswith("write "):
            with open(line[len("write "):], "wb") as out:
                for row in rows:
                    out.write(struct.pack(f"<{CONTEXT}q", *row))

    turns.take(work)


main()
