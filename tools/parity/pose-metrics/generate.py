"""Golden data for the metrics of packages/smpl, in double precision by NumPy and SciPy.

    python3 -m venv /tmp/metric-parity && /tmp/metric-parity/bin/pip install -r tools/parity/pose-metrics/requirements.txt
    /tmp/metric-parity/bin/python tools/parity/pose-metrics/generate.py

Run from the root of the repository.
"""

import json
from pathlib import Path

import numpy as np
from scipy.integrate import trapezoid
from scipy.spatial.transform import Rotation

GOLDEN = Path("packages/smpl/src/__golden__")
HUMAN36M_14 = [6, 5, 4, 1, 2, 3, 16, 15, 14, 11, 12, 13, 8, 10]
PROTOCOLS = {
    "SMPL_24": (24, list(range(24)), 0),
    "HUMAN36M_17": (17, HUMAN36M_14 + [0, 7, 9], 0),
    "HUMAN36M_14": (17, HUMAN36M_14, 0),
    "HMR2_14": (44, [*range(25, 38), 43], 39),
    "HMR2_44": (44, list(range(44)), 39),
}
ORIENTED = [0, 1, 2, 4, 5, 16, 17, 18, 19]


def main():
    rng = np.random.default_rng(20251126)
    data = {"motions": [motion(rng, name) for name in PROTOCOLS], "orientations": orientations(rng), "vertices": vertices(rng)}
    text = json.dumps(data, default=lambda array: [float(f"{value:.12g}") for value in np.asarray(array).ravel().tolist()])
    (GOLDEN / "pose-metrics.golden.json").write_text(text + "\n")


def motion(rng, name):
    count, measured, root = PROTOCOLS[name]
    frames = 4
    target = np.round(rng.normal(size=(frames, count, 3)) * 0.5 + 2, 5)
    predicted = np.round(target + rng.normal(size=target.shape) * rng.choice([0.02, 0.06, 0.15], size=(frames, count, 1)) - 1, 5)
    own = (predicted - predicted[:, root : root + 1])[:, measured]
    other = (target - target[:, root : root + 1])[:, measured]
    errors = 1000 * np.linalg.norm(own - other, axis=2)
    acceleration = np.diff(own, 2, axis=0) - np.diff(other, 2, axis=0)
    dhp = np.arange(0, 151, 5)
    dpw = np.arange(0, 200)
    return {
        "protocol": name,
        "frames": frames,
        "predicted": predicted,
        "target": target,
        "mpjpe": errors.mean(),
        "paMpjpe": np.mean([pa_mpjpe(a, b) for a, b in zip(own, other)]),
        "pck150": (errors < 150).mean(),
        "auc3dhp": np.mean([(errors < threshold).mean() for threshold in dhp]),
        "pck50": (errors <= 50).mean(),
        "auc3dpw": trapezoid([(errors <= threshold).mean() for threshold in dpw], dpw / dpw.max()),
        "acceleration": 1000 * np.linalg.norm(acceleration, axis=2).mean(),
    }


def pa_mpjpe(source, target):
    transform = similarity(source, target)
    return 1000 * np.linalg.norm(apply(transform, source) - target, axis=1).mean()


def similarity(source, target):
    """Umeyama 1991."""
    source_mean, target_mean = source.mean(0), target.mean(0)
    x, y = source - source_mean, target - target_mean
    u, singular, vt = np.linalg.svd(y.T @ x)
    signs = np.array([1, 1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * signs) @ vt
    scale = (singular * signs).sum() / (x**2).sum()
    return scale, rotation, target_mean - scale * rotation @ source_mean


def apply(transform, points):
    scale, rotation, translation = transform
    return scale * points @ rotation.T + translation


def orientations(rng):
    target = Rotation.random(24, rng=rng)
    predicted = target * Rotation.from_rotvec(rng.normal(size=(24, 3)) * 0.3)
    turn = Rotation.random(rng=rng)
    angles = np.degrees((predicted.inv() * target).magnitude())
    turned = np.degrees(((turn * predicted).inv() * target).magnitude())
    return {
        "predicted": predicted.as_matrix(),
        "target": target.as_matrix(),
        "turn": turn.as_matrix(),
        "world9": angles[ORIENTED].mean(),
        "all24": angles.mean(),
        "turned9": turned[ORIENTED].mean(),
    }


def vertices(rng):
    target = np.round(rng.normal(size=(40, 3)), 5)
    predicted = np.round(1.2 * target @ Rotation.random(rng=rng).as_matrix() + 0.3 + 0.05 * rng.normal(size=(40, 3)), 5)
    roots = np.round(rng.normal(size=(2, 3)), 5)
    transform = similarity(predicted, target)
    return {
        "predicted": predicted,
        "target": target,
        "predictedRoot": roots[0],
        "targetRoot": roots[1],
        "plain": 1000 * np.linalg.norm(predicted - target, axis=1).mean(),
        "root": 1000 * np.linalg.norm(predicted - roots[0] - target + roots[1], axis=1).mean(),
        "similarity": pa_mpjpe(predicted, target),
        "scale": transform[0],
        "rotation": transform[1],
        "translation": transform[2],
    }


if __name__ == "__main__":
    main()
