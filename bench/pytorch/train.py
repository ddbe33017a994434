#!/usr/bin/python3
"""The same step in plain PyTorch: RN50 CLIP on random images, InfoNCE, clipping, AdamW, EMA if asked for.

usage: train.py step THREADS [ema] [amp]    a step per line, which gives the size of its batch
       train.py optimizer THREADS           clipping, AdamW, EMA and zeroing alone, once per line
       train.py first BATCH THREADS         the process's first step, then "done"
"""
import contextlib, copy, sys
import torch
from torch import nn
from torch.nn import functional as F
import turns


class Bottleneck(nn.Module):
    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, planes * 4, 1, bias=False), nn.BatchNorm2d(planes * 4)
        self.pool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.short = nn.Identity()
        if stride > 1 or inputs != planes * 4:
            self.short = nn.Sequential(nn.AvgPool2d(stride), nn.Conv2d(inputs, planes * 4, 1, bias=False), nn.BatchNorm2d(planes * 4))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.pool(F.relu(self.bn2(self.conv2(y)), inplace=True))
        return F.relu(self.bn3(self.conv3(y)) + self.short(x), inplace=True)


class Image(nn.Module):
    def __init__(self, width=64, layers=(3, 4, 6, 3), embed=1024, heads=32):
        super().__init__()
        half = width // 2
        self.stem = nn.Sequential(
            nn.Conv2d(3, half, 3, 2, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(True),
            nn.Conv2d(half, half, 3, 1, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(True),
            nn.Conv2d(half, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True), nn.AvgPool2d(2))
        inputs, blocks = width, []
        for stage, count in enumerate(layers):
            for block in range(count):
                blocks.append(Bottleneck(inputs, width << stage, 2 if block == 0 and stage else 1))
                inputs = (width << stage) * 4
        self.blocks, self.heads = nn.Sequential(*blocks), heads
        self.position = nn.Parameter(torch.randn(50, inputs) / inputs ** 0.5)
        self.q, self.k, self.v = (nn.Linear(inputs, inputs) for _ in range(3))
        self.c = nn.Linear(inputs, embed)

    def forward(self, x):
        x = self.blocks(self.stem(x)).flatten(2).permute(2, 0, 1)
        x = torch.cat([x.mean(0, keepdim=True), x]) + self.position[:, None]
        x, _ = F.multi_head_attention_forward(
            x, x, x, x.shape[-1], self.heads, None, torch.cat([self.q.bias, self.k.bias, self.v.bias]), None, None, False, 0, self.c.weight, self.c.bias,
            use_separate_proj_weight=True, q_proj_weight=self.q.weight, k_proj_weight=self.k.weight, v_proj_weight=self.v.weight, need_weights=False)
        return x[0]


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention, self.norm1, self.norm2 = nn.MultiheadAttention(width, heads), nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, width * 4), nn.Linear(width * 4, width)

    def forward(self, x, mask):
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False, attn_mask=mask)[0]
        h = self.up(self.norm2(x))
        return x + self.down(h * torch.sigmoid(1.702 * h))


class Text(nn.Module):
    def __init__(self, width=512, heads=8, layers=12, context=77, words=49408, embed=1024):
        super().__init__()
        self.token, self.position = nn.Embedding(words, width), nn.Parameter(torch.randn(context, width) * 0.01)
        self.blocks, self.norm = nn.ModuleList(Block(width, heads) for _ in range(layers)), nn.LayerNorm(width)
        self.projection = nn.Parameter(torch.randn(width, embed) * width ** -0.5)
        self.register_buffer("mask", torch.full((context, context), float("-inf")).triu(1), persistent=False)

    def forward(self, tokens):
        x = (self.token(tokens) + self.position).permute(1, 0, 2)
        for block in self.blocks:
            x = block(x, self.mask)
        x = self.norm(x.permute(1, 0, 2))
        return x[torch.arange(len(x)), tokens.argmax(-1)] @ self.projection


class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        self.image, self.text, self.scale = Image(), Text(), nn.Parameter(torch.tensor(2.6593))

    def forward(self, images, tokens):
        u, v = F.normalize(self.image(images), dim=-1), F.normalize(self.text(tokens), dim=-1)
        logits = self.scale.exp() * u @ v.t()
        own = torch.arange(len(u))
        return (F.cross_entropy(logits, own) + F.cross_entropy(logits.t(), own)) / 2


def groups(model):
    decay = [p for n, p in model.named_parameters() if p.ndim != 1 and not n.endswith(".bias") and n != "scale"]
    rest = [p for n, p in model.named_parameters() if p.ndim == 1 or n.endswith(".bias") or n == "scale"]
    return [{"params": rest, "weight_decay": 0.0}, {"params": decay, "weight_decay": 0.5}]


@torch.no_grad()
def average(ema, model):
    # As timm does it, tensor by tensor.
    for mine, theirs in zip(ema.state_dict().values(), model.state_dict().values()):
        mine.copy_(0.9999 * mine + 0.0001 * theirs)


def inputs(batch):
    # Captions of MS-COCO's usual length: 12 tokens with start and end, zeros behind.
    tokens = torch.zeros(batch, 77, dtype=torch.long)
    tokens[:, :11], tokens[:, 11] = 320, 49407
    return torch.randn(batch, 3, 224, 224), tokens


class Trainee:
    def __init__(self, options):
        self.model = Clip()
        self.optimizer = torch.optim.AdamW(groups(self.model), lr=1e-5)
        self.ema = copy.deepcopy(self.model) if "ema" in options else None
        self.amp = "amp" in options

    def step(self, images, tokens):
        self.optimizer.zero_grad(set_to_none=True)
        if self.ema is not None:
            average(self.ema, self.model)
        with torch.autocast("cpu", torch.bfloat16) if self.amp else contextlib.nullcontext():
            loss = self.model(images, tokens)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5)
        self.optimizer.step()
        return loss.item()

    def update(self):
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 0.5)
        self.optimizer.step()
        average(self.ema, self.model)
        for p in self.model.parameters():
            p.grad.zero_()


def main():
    what, threads = sys.argv[1], int(sys.argv[3] if sys.argv[1] == "first" else sys.argv[2])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    trainee = Trainee(["ema"] if what == "optimizer" else sys.argv[3:])
    if what == "first":
        trainee.step(*inputs(int(sys.argv[2])))
        print("done", flush=True)
    elif what == "optimizer":
        for p in trainee.model.parameters():
            p.grad = torch.randn_like(p) * 1e-3
        turns.take(lambda _: trainee.update())
    else:
        batches = {}
        def step(line):
            if line not in batches:
                batches.clear()
                batches[line] = inputs(int(line))
            trainee.step(*batches[line])
        turns.take(step)


main()
