"""Golden data for packages/smpl: what SciPy, smplx, PyTorch and NumPy answer, for our tests to compare with.

    python3 -m venv /tmp/smpl-parity && /tmp/smpl-parity/bin/pip install -r tools/parity/smpl/requirements.txt
    /tmp/smpl-parity/bin/python tools/parity/smpl/generate.py

Run from the root of the repository, after `npm ci` (the rest joints are read from the package's source). No model file
is needed: smplx is used for its kinematics alone, on the synthetic skeleton.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from smplx.lbs import batch_rigid_transform

GOLDEN = Path("packages/smpl/src/__golden__")
EDGE_AXES = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0, -0.8), (2 / 7, -3 / 7, 6 / 7)]
EDGE_ANGLES = [0.0, 1e-9, 1e-5, 1e-3, np.pi / 2, np.pi - 1e-3, np.pi - 1e-6, np.pi]


def main():
    rng = np.random.default_rng(20250811)
    skeleton = read_skeleton()
    write("rotations", rotations(rng))
    write("kinematics", kinematics(rng, skeleton))
    write("alignment", alignment(rng))


def read_skeleton():
    """The synthetic skeleton, from the TypeScript source."""
    program = (
        "import { SYNTHETIC_SKELETON as s } from '@pose-rft/smpl';"
        "console.log(JSON.stringify({ parents: [...s.parents], rest: [...s.restJointsMetres] }))"
    )
    command = ["node", "--conditions=@pose-rft/source", "--import", "tsx", "--input-type=module", "-e", program]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def rotations(rng):
    """Axis-angle vectors with SciPy's matrices, quaternions and vectors; 6D numbers with NumPy's QR decomposition."""
    vectors = [np.asarray(axis) * angle for axis in EDGE_AXES for angle in EDGE_ANGLES]
    vectors += list(rng.normal(size=(12, 3)) * 2)
    conversions = []
    for vector in vectors:
        rotation = Rotation.from_rotvec(vector)
        conversions.append(
            {
                "axisAngle": vector,
                "matrix": rotation.as_matrix().ravel(),
                "quaternion": rotation.as_quat(canonical=True),
                "shortestAxisAngle": rotation.as_rotvec(),
            }
        )
    six = [{"rotation6d": numbers, "matrix": orthonormal(numbers).ravel()} for numbers in rng.normal(size=(8, 6)) * 3]
    return {"conversions": conversions, "gramSchmidt": six}


def orthonormal(numbers):
    q, r = np.linalg.qr(numbers.reshape(2, 3).T)
    first, second = (q * np.sign(np.diag(r))).T
    return np.stack([first, second, np.cross(first, second)], axis=1)


def kinematics(rng, skeleton):
    """Joints by smplx's batch_rigid_transform, root moved to the origin; gradients by PyTorch's autograd through it."""
    rest = torch.tensor(skeleton["rest"], dtype=torch.float64).reshape(1, -1, 3)
    parents = torch.tensor(skeleton["parents"])
    poses = []
    for scale in (0.0, 0.3, 1.0, 2.5):
        vectors = np.round(rng.normal(size=(24, 3)) * scale, 6)
        matrices = torch.tensor(Rotation.from_rotvec(vectors).as_matrix())
        joints = posed_joints(matrices, rest, parents)
        poses.append({"axisAngle": vectors.ravel(), "joints": joints.numpy().ravel()})
    gradients = []
    for _ in range(2):
        pose = torch.tensor(np.round(rng.normal(size=(24, 6)), 6), requires_grad=True)
        weight = np.round(rng.normal(size=(24, 3)), 6)
        joints = posed_joints(matrices_of_6d(pose), rest, parents)
        (joints * torch.tensor(weight)).sum().backward()
        gradients.append(
            {"pose6d": pose.detach().numpy().ravel(), "jointGradient": weight.ravel(), "poseGradient": pose.grad.numpy().ravel()}
        )
    return {"restJointsMetres": skeleton["rest"], "poses": poses, "gradients": gradients}


def posed_joints(matrices, rest, parents):
    joints, _ = batch_rigid_transform(matrices[None], rest, parents, dtype=torch.float64)
    return joints[0] - joints[0, :1]


def matrices_of_6d(pose):
    first = torch.nn.functional.normalize(pose[:, :3], dim=-1)
    second = pose[:, 3:] - (first * pose[:, 3:]).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(second, dim=-1)
    return torch.stack([first, second, torch.linalg.cross(first, second)], dim=-1)


def alignment(rng):
    """MPJPE and PA-MPJPE in millimetres, the alignment by NumPy's SVD (Umeyama 1991) in double precision."""
    cases = []
    for kind, count in [("near", 24), ("near", 14), ("far", 24), ("far", 17), ("reflected", 24), ("flat", 10), ("line", 6)]:
        target = rng.normal(size=(count, 3)) * 0.4
        predicted = target @ Rotation.random(rng=rng).as_matrix() * 1.3 + 0.2
        predicted = predicted + rng.normal(size=predicted.shape) * (0.05 if kind != "far" else 1.0)
        if kind == "reflected":
            predicted = predicted * [-1, 1, 1]
        if kind == "flat":
            target[:, 2] = 0
        if kind == "line":
            target[:, 1:] = 0
        predicted, target = np.round(predicted, 6), np.round(target, 6)
        cases.append(
            {
                "kind": kind,
                "predicted": predicted.ravel(),
                "target": target.ravel(),
                "mpjpe": mean_distance(predicted, target),
                "paMpjpe": mean_distance(similarity_aligned(predicted, target), target),
            }
        )
    return {"cases": cases}


def similarity_aligned(source, target):
    source_mean, target_mean = source.mean(0), target.mean(0)
    source_centred, target_centred = source - source_mean, target - target_mean
    u, singular, vt = np.linalg.svd(target_centred.T @ source_centred)
    signs = np.array([1, 1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * signs) @ vt
    scale = (singular * signs).sum() / (source_centred**2).sum()
    return scale * source_centred @ rotation.T + target_mean


def mean_distance(first, second):
    return 1000 * np.linalg.norm(first - second, axis=1).mean()


def write(name, data):
    GOLDEN.mkdir(exist_ok=True)
    text = json.dumps(data, default=lambda array: [float(f"{value:.12g}") for value in array.tolist()])
    (GOLDEN / f"{name}.golden.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
