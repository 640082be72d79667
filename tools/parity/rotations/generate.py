"""Golden data for the rotations of packages/smpl: what SciPy and PyTorch answer, for our tests to compare with.

    python3 -m venv /tmp/rotation-parity && /tmp/rotation-parity/bin/pip install -r tools/parity/rotations/requirements.txt
    /tmp/rotation-parity/bin/python tools/parity/rotations/generate.py

Run from the root of the repository.
"""

import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation, Slerp

GOLDEN = Path("packages/smpl/src/__golden__")
# From gimbal lock, on either side of SciPy's own bound of 1e-7.
LOCK_DISTANCES = [0.0, 1e-9, 1e-6, 1e-3]


def main():
    warnings.filterwarnings("ignore", message="Gimbal lock detected")
    rng = np.random.default_rng(20251125)
    write("euler", {"conventions": euler(rng)})
    write("interpolation", {"slerp": slerp(rng), "means": means(rng), "nearest": nearest(rng)})
    write("differentiable-rotations", differentiable(rng))


def euler(rng):
    """For each of the 24 conventions: angles, SciPy's quaternion of them, and the angles SciPy finds for that."""
    conventions = []
    for axes in itertools.product("xyz", repeat=3):
        if axes[0] == axes[1] or axes[1] == axes[2]:
            continue
        order = "".join(axes)
        is_proper = axes[0] == axes[2]
        ends = (0.0, np.pi) if is_proper else (-np.pi / 2, np.pi / 2)
        inward = (1, -1)
        angles = [np.zeros(3), np.array([np.pi, np.pi / 3, -np.pi]), np.array([9.0, -4.0, 7.5])]
        angles += list(rng.uniform(-3, 3, size=(3, 3)))
        for end, sign in zip(ends, inward):
            for distance in LOCK_DISTANCES:
                first, third = np.round(rng.uniform(-2, 2, size=2), 3)
                angles.append(np.array([first, end + sign * distance, third]))
        for frame, sequence in (("extrinsic", order), ("intrinsic", order.upper())):
            cases = []
            for triple in angles:
                rotation = Rotation.from_euler(sequence, triple)
                cases.append({"angles": triple, "quaternion": rotation.as_quat(canonical=True), "found": rotation.as_euler(sequence)})
            conventions.append({"convention": f"{frame}-{order}", "cases": cases})
    return conventions


def slerp(rng):
    pairs = []
    for angle in (0.0, 1e-9, 1e-4, 1.0, np.pi - 1e-3, np.pi - 1e-6):
        axis = rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        first = Rotation.random(rng=rng)
        second = first * Rotation.from_rotvec(angle * axis)
        for fraction in (0.0, 0.3, 1.0):
            between = Slerp([0, 1], Rotation.concatenate([first, second]))(fraction)
            pairs.append(
                {
                    "first": first.as_matrix().ravel(),
                    "second": second.as_matrix().ravel(),
                    "fraction": fraction,
                    "between": between.as_matrix().ravel(),
                }
            )
    return pairs


def means(rng):
    """SciPy's mean is the chordal one; the geodesic one minimises the squared angles, here by least squares."""
    cases = []
    for count, spread in ((1, 1.0), (2, 0.5), (5, 0.1), (8, 0.8), (12, 1.2)):
        centre = Rotation.random(rng=rng)
        directions = rng.normal(size=(count, 3))
        directions *= spread * rng.uniform(size=(count, 1)) / np.linalg.norm(directions, axis=1, keepdims=True)
        rotations = centre * Rotation.from_rotvec(directions)
        weights = np.round(rng.uniform(0.1, 2, size=count), 3)
        chordal = rotations.mean(weights)

        def residuals(vector):
            return (np.sqrt(weights)[:, None] * ((chordal * Rotation.from_rotvec(vector)).inv() * rotations).as_rotvec()).ravel()

        found = least_squares(residuals, np.zeros(3), xtol=1e-15, ftol=1e-15, gtol=1e-15)
        cases.append(
            {
                "matrices": rotations.as_matrix().ravel(),
                "weights": weights,
                "chordal": chordal.as_matrix().ravel(),
                "geodesic": (chordal * Rotation.from_rotvec(found.x)).as_matrix().ravel(),
            }
        )
    return cases


def nearest(rng):
    """Singular values and nearest rotations of matrices that are noisy, far, reflecting, singular or badly scaled."""
    matrices = [Rotation.random(rng=rng).as_matrix() + noise * rng.normal(size=(3, 3)) for noise in (0, 1e-6, 0.1, 1, 1)]
    matrices += [-Rotation.random(rng=rng).as_matrix() + 0.1 * rng.normal(size=(3, 3))]
    flat = rng.normal(size=(3, 3))
    flat[:, 2] = flat[:, 0] - 2 * flat[:, 1]
    matrices += [flat, rng.normal(size=(3, 3)) * 1e150, rng.normal(size=(3, 3)) * 1e-150]
    matrices += [rng.normal(size=(3, 3)) @ np.diag([1, 1e-4, 1e-8])]
    cases = []
    for matrix in matrices:
        u, singular, vt = np.linalg.svd(matrix)
        signs = np.array([1, 1, np.linalg.det(u) * np.linalg.det(vt)]).round()
        cases.append({"matrix": matrix.ravel(), "singularValues": singular * signs, "rotation": ((u * signs) @ vt).ravel()})
    return cases


def differentiable(rng):
    """Values and gradients in double precision by PyTorch; the exponential map by its matrix exponential."""
    cases = []
    vectors = [np.zeros(3), np.array([1e-6, -2e-6, 3e-6]), np.array([1e-3, 2e-3, -1e-3]), *rng.normal(size=(4, 3))]
    vectors += [np.array([0, np.pi - 1e-3, 0]), np.array([2.0, -3.0, 4.0])]
    for vector in vectors:
        vector = torch.tensor(np.round(vector, 8), requires_grad=True)
        weight = torch.tensor(np.round(rng.normal(size=(3, 3)), 4))
        matrix = torch.linalg.matrix_exp(hat(vector))
        (matrix * weight).sum().backward()
        cases.append(
            {
                "axisAngle": vector.detach().numpy(),
                "weight": weight.numpy().ravel(),
                "matrix": matrix.detach().numpy().ravel(),
                "gradient": vector.grad.numpy(),
            }
        )
    sixes = []
    for numbers in [np.array([1.0, 0, 0, 0, 1, 0]), np.array([2.0, 0, 0, 1, 3, 0]), *rng.normal(size=(4, 6))]:
        numbers = torch.tensor(np.round(numbers, 6), requires_grad=True)
        weight = torch.tensor(np.round(rng.normal(size=(3, 3)), 4))
        matrix = gram_schmidt(numbers)
        (matrix * weight).sum().backward()
        sixes.append(
            {
                "rotation6d": numbers.detach().numpy(),
                "weight": weight.numpy().ravel(),
                "matrix": matrix.detach().numpy().ravel(),
                "gradient": numbers.grad.numpy(),
            }
        )
    return {"axisAngles": cases, "rotation6ds": sixes, "geodesic": geodesic(rng)}


def geodesic(rng):
    """The squared angle between exp(first) and exp(second), as atan2 of sine and cosine, and its gradients by PyTorch."""
    cases = []
    for angle in (0.0, 1e-3, 0.5, 2.0, 3.0):
        first = np.round(rng.normal(size=3), 6)
        axis = rng.normal(size=3)
        turn = Rotation.from_rotvec(angle * axis / np.linalg.norm(axis))
        second = (Rotation.from_rotvec(first) * turn).as_rotvec()
        a = torch.tensor(first, requires_grad=True)
        b = torch.tensor(second, requires_grad=True)
        r1, r2 = torch.linalg.matrix_exp(hat(a)), torch.linalg.matrix_exp(hat(b))
        relative = r1.T @ r2
        skew = (relative - relative.T) / 2
        sine = torch.sqrt(skew[2, 1] ** 2 + skew[0, 2] ** 2 + skew[1, 0] ** 2 + (1e-300 if angle == 0 else 0))
        cosine = (torch.trace(relative) - 1) / 2
        value = torch.atan2(sine, cosine) ** 2
        value.backward()
        cases.append(
            {
                "first": first,
                "second": second,
                "squaredAngle": [value.item()],
                "firstGradient": a.grad.numpy(),
                "secondGradient": b.grad.numpy(),
            }
        )
    return cases


def hat(vector):
    zero = torch.zeros((), dtype=torch.float64)
    x, y, z = vector
    return torch.stack([torch.stack([zero, -z, y]), torch.stack([z, zero, -x]), torch.stack([-y, x, zero])])


def gram_schmidt(numbers):
    first = torch.nn.functional.normalize(numbers[:3], dim=0)
    second = numbers[3:] - (first * numbers[3:]).sum() * first
    second = torch.nn.functional.normalize(second, dim=0)
    return torch.stack([first, second, torch.linalg.cross(first, second)], dim=1)


def write(name, data):
    text = json.dumps(data, default=lambda array: [float(f"{value:.12g}") for value in np.asarray(array).tolist()])
    (GOLDEN / f"{name}.golden.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
