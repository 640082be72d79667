"""Golden data for body models: small files in the official formats, and what smplx answers for them.

    python3 -m venv /tmp/smpl-parity && /tmp/smpl-parity/bin/pip install -r tools/parity/smpl/requirements.txt
    /tmp/smpl-parity/bin/pip install --no-build-isolation chumpy==0.70
    /tmp/smpl-parity/bin/python tools/parity/smpl/generate_bodies.py

Run from the root of the repository. The model files hold random numbers: nothing of the licensed models. With a folder
as argument, full-size models and answers go there instead; `full-size.ts` runs that and compares.
"""

import base64
import json
import pickle
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import scipy.sparse
import smplx
import torch
from body_models import import_chumpy, official_pickle, python2_pickle, random_model

GOLDEN = Path("packages/smpl/src/__golden__")
CLASSES = {"smpl": smplx.SMPL, "smplh": smplx.SMPLH, "smplx": smplx.SMPLX}
# Every landmark that smplx picks from the vertices is vertex 0 here: small models have few others.
smplx.body_models.VERTEX_IDS = defaultdict(lambda: defaultdict(int))


def main():
    rng = np.random.default_rng(20250811)
    if len(sys.argv) > 1:
        full_size(Path(sys.argv[1]), rng)
        return
    golden = {}
    for name, family, count, packed in [
        ("smpl", "smpl", 10, False),
        ("smpl-300", "smpl", 300, True),
        ("smplh-16", "smplh", 16, True),
        ("smplx-20", "smplx", 20, True),
        ("smplx-400", "smplx", 400, True),
    ]:
        model = random_model(family, 8, count, rng, quantised=True)
        if packed:
            np.savez_compressed(GOLDEN / f"{name}.npz", **as_distributed(model, family, name))
        else:
            (GOLDEN / f"{name}.pkl").write_bytes(official_pickle(model))
        golden[name] = answers(family, model, rng, cases=2)
    write("bodies", golden)
    write("pickles", pickles())


def as_distributed(model, family, name):
    """With the oddities of files in the wild: objects among the arrays, float32, integers of 64 bits."""
    fields = dict(model)
    if family == "smplx":
        fields["part2num"] = np.array({"Global": 0, "L_Thigh": 1}, dtype=object)
        fields["kintree_table"] = model["kintree_table"].astype(np.int64)
    if name == "smplh-16":
        fields["J_regressor"] = np.array(scipy.sparse.csc_matrix(model["J_regressor"]), dtype=object)
    if name == "smplx-20":
        fields["posedirs"] = np.asfortranarray(model["posedirs"].astype(np.float32))
        fields["weights"] = model["weights"].astype(">f8")
    return fields


def answers(family, model, rng, cases, shape_scale=1.0):
    body = load(family, model)
    regressor = np.round(rng.random((17, len(model["v_template"]))) ** 4, 3)
    regressor /= regressor.sum(1, keepdims=True)
    regressor = np.round(regressor, 6)
    given = lambda *shape, scale=1.0: torch.tensor(np.round(rng.normal(size=(1, *shape)) * scale, 4))
    found = []
    for _ in range(cases):
        arguments = {
            "betas": given(body.num_betas, scale=shape_scale),
            "global_orient": given(3, scale=1.5),
            "body_pose": given(23 * 3 if family == "smpl" else 63, scale=0.7),
            "transl": torch.zeros(1, 3, dtype=torch.float64),
            "return_full_pose": True,
        }
        if family != "smpl":
            arguments |= {"left_hand_pose": given(body.num_pca_comps), "right_hand_pose": given(body.num_pca_comps)}
        if family == "smplx":
            arguments |= {name: given(3, scale=0.3) for name in ("jaw_pose", "leye_pose", "reye_pose")}
            arguments["expression"] = given(body.num_expression_coeffs)
        with torch.no_grad():
            output = body(**arguments)
        joint_count = model["J_regressor"].shape[0]
        vertices = output.vertices[0].numpy()
        full_pose = output.full_pose if output.full_pose is not None else torch.cat([arguments["global_orient"], arguments["body_pose"]], 1)
        found.append(
            {
                "betas": arguments["betas"].numpy().ravel(),
                "expression": arguments["expression"].numpy().ravel() if family == "smplx" else np.zeros(0),
                "handCoefficients": [arguments[f"{side}_hand_pose"].numpy().ravel() for side in ("left", "right")]
                if family != "smpl"
                else [],
                "axisAngle": full_pose.numpy().ravel(),
                "vertices": vertices.ravel(),
                "joints": output.joints[0, :joint_count].numpy().ravel(),
                "regressedJoints": (regressor @ vertices).ravel(),
            }
        )
    return {"regressor": regressor, "cases": found}


def load(family, model):
    """The model as smplx itself loads it, in double precision."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{family.upper()}_NEUTRAL.pkl"
        path.write_bytes(pickle.dumps(model, protocol=2))
        options = {"num_betas": min(300, model["shapedirs"].shape[-1]), "dtype": torch.float64, "gender": "neutral"}
        if family != "smpl":
            options |= {"ext": "pkl", "use_pca": True, "num_pca_comps": 6, "flat_hand_mean": False}
        if family == "smplx":
            options |= {"num_expression_coeffs": 100}
        return CLASSES[family](str(path), **options).double()


def full_size(folder, rng):
    folder.mkdir(parents=True, exist_ok=True)
    for name, family, vertex_count, count in [
        ("smpl-10", "smpl", 6890, 10),
        ("smpl-300", "smpl", 6890, 300),
        ("smplh-16", "smplh", 6890, 16),
        ("smplx-400", "smplx", 10475, 400),
    ]:
        model = random_model(family, vertex_count, count, rng)
        if name == "smpl-10":
            (folder / f"{name}.pkl").write_bytes(official_pickle(model))
        else:
            np.savez(folder / f"{name}.npz", **as_distributed(model, family, name))
        store(folder / f"{name}.answers.json", answers(family, model, rng, cases=3, shape_scale=0.5))
    synthetic = folder / "synthetic.npz"
    if synthetic.exists():
        fields = np.load(synthetic)
        model = {field: fields[field] for field in fields.files}
        store(folder / "synthetic.answers.json", answers("smpl", model, rng, cases=3))


def pickles():
    """Small values in every protocol, as Python writes them, and what they hold."""
    chumpy = import_chumpy()
    array = np.arange(12.0).reshape(2, 2, 3)
    values = {
        "plain": {"none": None, "yes": True, "no": False, "small": 7, "negative": -300, "long": 2**40, "half": 0.5, "text": "caf\u00e9", "list": [1, [2]], "tuple": (1, 2)},
        "doubles": array,
        "fortran": np.asfortranarray(array),
        "bigEndian": array.astype(">f4"),
        "integers": np.array([[-1, 2**40]], dtype=np.int64),
        "unsigned": np.array([4294967295, 0], dtype=np.uint32),
        "booleans": np.array([True, False]),
        "scalar": np.float64(1.5),
        "sparse": scipy.sparse.csc_matrix([[0, 2.0, 0], [1.0, 0, 3.0]]),
        "variable": chumpy.array(array),
        "selection": chumpy.array(array)[:, :, 1:],
        "bytes": bytes(range(256)),
    }
    written = {}
    for name, value in values.items():
        protocols = range(6) if name not in ("variable", "selection") else range(3)
        written[name] = {str(protocol): base64.b64encode(pickle.dumps(value, protocol)).decode() for protocol in protocols}
        if name not in ("plain",):
            written[name]["python2"] = base64.b64encode(python2_pickle(value)).decode()
    return written


def write(name, data):
    store(GOLDEN / f"{name}.golden.json", data, lambda value: float(f"{value:.8g}"))


def store(path, data, number=float):
    path.write_text(json.dumps(data, default=lambda array: [number(value) for value in array.ravel().tolist()]) + "\n")


if __name__ == "__main__":
    main()
