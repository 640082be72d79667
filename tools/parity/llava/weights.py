"""Weights that follow from their names: both sides of a comparison compute them, and no file need hold them."""

import math

import numpy as np
import torch


def draws(name, count):
    """Uniform numbers in [-1, 1) with 24 bits, from a hash of the name and the index (32-bit arithmetic)."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        words = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
        words ^= words >> np.uint32(16)
        words *= np.uint32(0x85EBCA6B)
        words ^= words >> np.uint32(13)
        words *= np.uint32(0xC2B2AE35)
        words ^= words >> np.uint32(16)
    return (words >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def weight(name, shape):
    values = draws(name, math.prod(shape))
    if "norm" in name and name.endswith("weight"):
        values = 1 + 0.25 * values
    elif len(shape) == 1:
        values = 0.5 * values
    elif "embed" not in name:
        values = values * (1.5 / math.sqrt(math.prod(shape[1:])))
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def fill(model):
    """Gives every parameter its weight; returns the shapes by the names of the state dict."""
    shapes = {}
    filled = set()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.data_ptr() in filled:
                continue  # A tied tensor has the weight of its first name.
            filled.add(tensor.data_ptr())
            tensor.copy_(weight(name, tuple(tensor.shape)))
            shapes[name] = list(tensor.shape)
    return shapes
