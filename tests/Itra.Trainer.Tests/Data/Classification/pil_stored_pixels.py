"""Writes tiny sets in the forms of CIFAR-10, STL-10 and MNIST into a folder, and beside each, as squares of 48 RGB pixels, what PIL makes of
its images after they were unpacked as torchvision unpacks them."""
import sys
import numpy
from PIL import Image

folder, size, count = sys.argv[1], 48, 4
random = numpy.random.RandomState(2)


def squares(name, images):
    resized = [image.resize((size, size), Image.BICUBIC).convert("RGB") for image in images]
    numpy.stack([numpy.asarray(image) for image in resized]).tofile(f"{folder}/{name}.squares")


labels = numpy.arange(count, dtype=numpy.uint8)

pixels = random.randint(0, 256, (count, 3 * 32 * 32)).astype(numpy.uint8)
numpy.concatenate([labels[:, None], pixels], axis=1).tofile(f"{folder}/test_batch.bin")
squares("CIFAR10", [Image.fromarray(p.reshape(3, 32, 32).transpose(1, 2, 0)) for p in pixels])

pixels = random.randint(0, 256, (count, 3 * 96 * 96)).astype(numpy.uint8)
pixels.tofile(f"{folder}/test_X.bin")
(labels + 1).tofile(f"{folder}/test_y.bin")
squares("STL10", [Image.fromarray(p.reshape(3, 96, 96).transpose(2, 1, 0)) for p in pixels])

pixels = random.randint(0, 256, (count, 28, 28)).astype(numpy.uint8)
with open(f"{folder}/t10k-images-idx3-ubyte", "wb") as file:
    file.write(numpy.array([0x803, count, 28, 28], dtype=">i4").tobytes() + pixels.tobytes())
with open(f"{folder}/t10k-labels-idx1-ubyte", "wb") as file:
    file.write(numpy.array([0x801, count], dtype=">i4").tobytes() + labels.tobytes())
squares("MNIST", [Image.fromarray(p, mode="L") for p in pixels])
