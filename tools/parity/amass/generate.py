"""Golden data for packages/smpl: AMASS files as NumPy writes them, for our reader to read.

    python3 -m venv /tmp/amass-parity && /tmp/amass-parity/bin/pip install -r tools/parity/amass/requirements.txt
    /tmp/amass-parity/bin/python tools/parity/amass/generate.py

Run from the root of the repository. The motions are random numbers; names, shapes and types are those of the archive's
files.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np

GOLDEN = Path("packages/smpl/src/__golden__/amass.golden.json")
FRAMES = 2


def main():
    rng = np.random.default_rng(20260112)
    files = [
        golden("smplh, deflated", "smplh", 52, np.savez_compressed, smplh(rng)),
        golden("smplx, stored", "smplx", 55, np.savez, smplx(rng)),
        golden("smpl, float32, Fortran order, gender as bytes", "smpl", 24, np.savez_compressed, smpl(rng)),
    ]
    GOLDEN.write_text(json.dumps({"files": files}) + "\n")
    print(f"{GOLDEN}: {GOLDEN.stat().st_size} bytes")


def smplh(rng):
    return {
        "trans": rng.normal(size=(FRAMES, 3)),
        "gender": np.array("female"),
        "mocap_framerate": np.array(120.0),
        "betas": rng.normal(size=16),
        "dmpls": rng.normal(size=(FRAMES, 8)),
        "poses": rng.normal(size=(FRAMES, 156)),
    }


def smplx(rng):
    poses = rng.normal(size=(FRAMES, 165))
    return {
        "gender": "neutral",
        "surface_model_type": "smplx",
        "mocap_frame_rate": 100.0,
        "mocap_time_length": FRAMES / 100,
        "trans": rng.normal(size=(FRAMES, 3)),
        "poses": poses,
        "betas": rng.normal(size=16),
        "num_betas": 16,
        "root_orient": poses[:, :3],
        "pose_body": poses[:, 3:66],
    }


def smpl(rng):
    return {
        "poses": np.asfortranarray(rng.normal(size=(FRAMES, 72)).astype(np.float32)),
        "trans": rng.normal(size=(FRAMES, 3)).astype(">f8"),
        "betas": rng.normal(size=(1, 10)),
        "gender": np.array(b"male"),
        "mocap_framerate": np.array(60),
    }


def golden(name, model, joints, save, arrays):
    stream = io.BytesIO()
    save(stream, **arrays)
    rate = arrays.get("mocap_framerate", arrays.get("mocap_frame_rate"))
    gender = np.asarray(arrays["gender"]).item()
    return {
        "name": name,
        "base64": base64.b64encode(stream.getvalue()).decode(),
        "expected": {
            "rest": {
                "model": model,
                "jointCount": joints,
                "frameCount": FRAMES,
                "framesPerSecond": float(rate),
                "gender": gender.decode() if isinstance(gender, bytes) else gender,
            },
            "lastAngles": np.asarray(arrays["poses"], dtype=np.float64).ravel()[-6:].tolist(),
            "translations": np.asarray(arrays["trans"], dtype=np.float64).ravel().tolist(),
            "betas": np.asarray(arrays["betas"], dtype=np.float64).ravel().tolist(),
        },
    }


if __name__ == "__main__":
    main()
