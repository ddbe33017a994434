"""Writes images of many kinds into a folder, and beside each what PIL makes of it: .after (RGB after resize and crop), .before (RGB first),
.part (RGB first, then a fixed part stretched). Squares of 48 pixels, uint8."""
import sys
import numpy
from PIL import Image

folder, size = sys.argv[1], 48
random = numpy.random.RandomState(1)


def smooth(width, height, channels):
    coarse = random.randint(0, 256, (height // 6 + 2, width // 6 + 2, channels)).astype(numpy.uint8)
    planes = [Image.fromarray(coarse[:, :, c]).resize((width, height), Image.BICUBIC) for c in range(channels)]
    return planes[0] if channels == 1 else Image.merge({3: "RGB", 4: "RGBA"}[channels], planes)


def evaluate(image):
    width, height = image.size
    short = min(width, height)
    if short != size:
        width, height = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
        image = image.resize((width, height), Image.NEAREST if image.mode in ("1", "P") else Image.BICUBIC)
    left, top = int(round((width - size) / 2.0)), int(round((height - size) / 2.0))
    return image.crop((left, top, left + size, top + size)).convert("RGB")


def part(image):
    x, y, w, h = image.width // 5, image.height // 7, image.width // 2, image.height * 2 // 3
    return image.crop((x, y, x + w, y + h)).resize((size, size), Image.BICUBIC)


def save(name, image, **options):
    path = f"{folder}/{name}"
    image.save(path, **options)
    opened = Image.open(path)
    numpy.asarray(evaluate(opened)).tofile(path + ".after")
    numpy.asarray(evaluate(Image.open(path).convert("RGB"))).tofile(path + ".before")
    numpy.asarray(part(Image.open(path).convert("RGB"))).tofile(path + ".part")


for width, height in ((131, 97), (48, 48), (40, 61), (300, 77)):
    rgb, rgba, grey = smooth(width, height, 3), smooth(width, height, 4), smooth(width, height, 1)
    shape = f"{width}x{height}"
    for sampling in (0, 1, 2):
        save(f"sampling{sampling}_{shape}.jpg", rgb, quality=85, subsampling=sampling)
    save(f"progressive_{shape}.jpg", rgb, quality=70, progressive=True)
    save(f"grey_{shape}.jpg", grey, quality=90)
    save(f"cmyk_{shape}.jpg", rgba.convert("RGB").convert("CMYK"), quality=90)
    save(f"rgb_{shape}.png", rgb)
    save(f"rgba_{shape}.png", rgba)
    save(f"grey_{shape}.png", grey)
    save(f"greyalpha_{shape}.png", Image.merge("LA", (grey, rgba.getchannel("A"))))
    save(f"palette_{shape}.png", rgb.quantize(64))
    save(f"palettealpha_{shape}.png", rgb.quantize(64), transparency=3)
    save(f"transparentcolour_{shape}.png", rgb, transparency=rgb.getpixel((3, 3)))
    save(f"bilevel_{shape}.png", grey.convert("1"))
    save(f"palette_{shape}.gif", rgb.quantize(32))
    save(f"rgb_{shape}.webp", rgb, lossless=True)
    save(f"rgba_{shape}.webp", rgba, lossless=True, exact=True)
    save(f"rgb_{shape}.tif", rgb)
    save(f"cmyk_{shape}.tif", rgb.convert("CMYK"))
