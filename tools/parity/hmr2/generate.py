"""Writes packages/mllm/src/vision/__golden__/hmr2-converted.safetensors: what convert.py makes of a checkpoint that has
the structure of HMR2.0's released one (Lightning's keys, head and discriminator beside the backbone), with the small
backbone and the weights of ../vision.

    venv/bin/python tools/parity/hmr2/generate.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vision"))
from formula import parameter  # noqa: E402
from hmr2_vit import VisionTransformer  # noqa: E402

GOLDEN = HERE.parents[2] / "packages" / "mllm" / "src" / "vision" / "__golden__" / "hmr2-converted.safetensors"

# `hmr2` of ../vision/generate.py.
CONFIG = {
    "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 16,
    "patch_size": 4, "layer_norm_eps": 1e-6, "side_crop": 2, "patch_padding": 1,
}


def main():
    model = VisionTransformer(CONFIG)
    state = {
        f"backbone.{name}": torch.from_numpy(parameter(f"backbone.{name}", tuple(value.shape)))
        for name, value in model.named_parameters()
    }
    state["smpl_head.decpose.weight"] = torch.zeros(144, 16)
    state["discriminator.betas_fc1.weight"] = torch.zeros(10, 10)
    checkpoint = {
        "epoch": 35,
        "global_step": 1_000_000,
        "pytorch-lightning_version": "1.8.1",
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}}},
        "callbacks": {},
        "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": []}],
        "lr_schedulers": [],
        "hyper_parameters": {"MODEL": {"IMAGE_SIZE": 256}},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "released.ckpt"
        torch.save(checkpoint, path)
        subprocess.run([sys.executable, HERE / "convert.py", path, GOLDEN], check=True)
        torch.save({"state_dict": {"head.weight": torch.zeros(1)}}, path)
        refused = subprocess.run([sys.executable, HERE / "convert.py", path, GOLDEN], capture_output=True, text=True)
        assert refused.returncode != 0 and "below backbone." in refused.stderr, refused


if __name__ == "__main__":
    main()
