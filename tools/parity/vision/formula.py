"""Numbers that Python and TypeScript make alike, so that golden files need hold no weights.

The counterpart is packages/mllm/src/vision/__golden__/formula-tensor.ts.
"""

import math

import numpy


def uniform(name, size):
    """Numbers in [-1, 1): a 32-bit hash of the name, mixed with the index."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) % 2**32
    x = (numpy.arange(size, dtype=numpy.uint64) * 0x9E3779B9 + seed) % 2**32
    for shift, factor in [(16, 0x7FEB352D), (15, 0x846CA68B)]:
        x = ((x ^ (x >> numpy.uint64(shift))) * factor) % 2**32
    x = x ^ (x >> numpy.uint64(16))
    return x.astype(numpy.float64) / 2**31 - 1


def parameter(name, shape):
    """A parameter of a usual size for its kind: scales about 1, biases about 0, matrices of 1.5 / sqrt(inputs)."""
    values = uniform(name, math.prod(shape))
    if "position_embedding" in name or "pos_embed" in name:
        values = 0.5 * values
    elif len(shape) == 1:
        values = 1 + 0.3 * values if name.endswith("weight") else 0.2 * values
    else:
        values = values * 1.5 * math.sqrt(3 / math.prod(shape[1:]))
    return values.reshape(shape).astype(numpy.float32)
