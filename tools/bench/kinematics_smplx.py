"""The peer's side of kinematics-smplx.ts: smplx on PyTorch, float32. Prints seconds as JSON: elapsed with two threads,
and processor time with one, which other work on the machine hardly disturbs.

The model and the poses are the ones that the other side uses: it writes them, this reads them.
"""

import json
import pickle
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import smplx
import torch
from smplx.lbs import batch_rigid_transform, batch_rodrigues

sys.path.insert(0, str(Path(__file__).parents[1] / "parity" / "smpl"))
from body_models import random_model  # noqa: E402


def main():
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    if sys.argv[2] == "model":
        write_model(folder)
    else:
        print(json.dumps(measure(folder, seconds=float(sys.argv[3]))))


def write_model(folder):
    """SMPL's size and sparsity: 6890 vertices, 24 joints, 207 pose and 10 shape directions, a regressor of 17 joints."""
    rng = np.random.default_rng(7)
    model = random_model("smpl", 6890, 10, rng)
    # Skinning weights and regressors of real models are local: neighbours follow the same few joints.
    parents = model["kintree_table"][0].astype(int)
    main_joint = np.sort(rng.integers(0, 24, 6890))
    weights = np.zeros((6890, 24))
    for vertex, joint in enumerate(main_joint):
        near = [joint, *np.flatnonzero(parents == joint)[:2]] + ([parents[joint]] if joint else [])
        share = rng.random(len(near))
        weights[vertex, near] = share / share.sum()
    model["weights"] = weights
    regressor = np.zeros((17, 6890))
    for row, joint in zip(regressor, rng.choice(24, 17, replace=False)):
        chosen = rng.choice(np.flatnonzero(weights[:, joint] > 0.1), 150, replace=False)
        row[chosen] = rng.random(150)
        row /= row.sum()
    np.savez(folder / "model.npz", **model)
    np.savez(folder / "regressor.npz", regressor=regressor)
    poses = rng.normal(size=(1024, 72)) * 0.4
    np.savez(folder / "poses.npz", poses=poses.astype(np.float32), betas=rng.normal(size=10).astype(np.float32))
    (folder / "SMPL_NEUTRAL.pkl").write_bytes(pickle.dumps(model, protocol=2))


def measure(folder, seconds):
    body = smplx.SMPL(str(folder / "SMPL_NEUTRAL.pkl"), gender="neutral")
    inputs = np.load(folder / "poses.npz")
    poses, betas = torch.tensor(inputs["poses"]), torch.tensor(inputs["betas"])[None]
    regressor = torch.tensor(np.load(folder / "regressor.npz")["regressor"], dtype=torch.float32)
    parents = body.parents
    result = {}
    for batch in (1, 256):
        arguments = {
            "betas": betas.expand(batch, -1).contiguous(),
            "global_orient": poses[:batch, :3].contiguous(),
            "body_pose": poses[:batch, 3:].contiguous(),
            "transl": torch.zeros(batch, 3),
        }
        rest = torch.einsum("ji,bik->bjk", body.J_regressor, body.v_template[None].expand(batch, -1, -1))
        tasks = {
            "vertices": lambda: body(**arguments).vertices,
            "joints": lambda: body(**arguments, return_verts=False).joints,
            "jointsAlone": lambda: batch_rigid_transform(
                batch_rodrigues(poses[:batch].reshape(-1, 3)).view(batch, 24, 3, 3), rest, parents
            ),
            "regressed": lambda: torch.einsum("ji,bik->bjk", regressor, body(**arguments).vertices),
        }
        with torch.no_grad():
            torch.set_num_threads(2)
            elapsed = {name: fastest(task, seconds, time.perf_counter) for name, task in tasks.items()}
            torch.set_num_threads(1)
            processor = {name: fastest(task, seconds, time.process_time) for name, task in tasks.items()}
        result[str(batch)] = {name: {"elapsed": elapsed[name], "processor": processor[name]} for name in tasks}
    return result


def fastest(task, seconds, clock):
    task()
    best, runs, begin = float("inf"), 0, time.perf_counter()
    while runs < 2 or time.perf_counter() - begin < seconds:
        start = clock()
        task()
        best, runs = min(best, clock() - start), runs + 1
    return best


if __name__ == "__main__":
    main()
