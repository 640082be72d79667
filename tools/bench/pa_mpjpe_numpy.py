"""The peer of pa-mpjpe.ts: PA-MPJPE of a batch with NumPy's batched SVD. Reads [2, N, J, 3] float64 from a file."""

import json
import sys
import time

import numpy as np


def pa_mpjpe_millimetres(predicted, target):
    predicted_mean = predicted.mean(1, keepdims=True)
    target_mean = target.mean(1, keepdims=True)
    source = predicted - predicted_mean
    goal = target - target_mean
    correlation = np.matmul(goal.transpose(0, 2, 1), source)
    u, singular, vt = np.linalg.svd(correlation)
    signs = np.ones_like(singular)
    signs[:, 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = np.matmul(u * signs[:, None, :], vt)
    scale = (singular * signs).sum(1) / (source**2).sum((1, 2))
    aligned = scale[:, None, None] * np.matmul(source, rotation.transpose(0, 2, 1))
    return 1000 * np.linalg.norm(aligned - goal, axis=2).mean(1)


def main():
    path, count, joints, repetitions = sys.argv[1], *map(int, sys.argv[2:])
    predicted, target = np.fromfile(path).reshape(2, count, joints, 3)
    best = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        errors = pa_mpjpe_millimetres(predicted, target)
        best = min(best, time.perf_counter() - start)
    print(json.dumps({"microseconds": 1e6 * best / count, "numpy": np.__version__, "mean": errors.mean(), "last": errors[-1]}))


if __name__ == "__main__":
    main()
