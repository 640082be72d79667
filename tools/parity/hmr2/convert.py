"""Converts HMR2.0's released checkpoint (a PyTorch Lightning .ckpt) to safetensors, which this project reads.

    python3 -m venv venv && venv/bin/pip install -r tools/parity/hmr2/requirements.txt
    venv/bin/python tools/parity/hmr2/convert.py epoch=35-step=1000000.ckpt hmr2-backbone.safetensors

Keeps the tensors below `backbone.` (the vision transformer), as float32, under their names; a head, a discriminator and
the optimiser's state are left out. Reads tensors only: no code that the file may hold is run.
"""

import argparse
import sys

import torch
from safetensors.torch import save_file

PREFIX = "backbone."


def backbone(checkpoint):
    """The tensors below `backbone.` of a Lightning checkpoint, or of a plain state dict."""
    state = checkpoint.get("state_dict", checkpoint) if isinstance(checkpoint, dict) else None
    if not isinstance(state, dict):
        raise ValueError(f"expected a checkpoint with a state_dict, found {type(checkpoint).__name__}")
    found = {name: value for name, value in state.items() if name.startswith(PREFIX)}
    if not found:
        names = ", ".join(sorted(map(str, state))[:8])
        raise ValueError(f"expected tensors below {PREFIX}, found: {names}")
    wrong = [name for name, value in found.items() if not isinstance(value, torch.Tensor)]
    if wrong:
        raise ValueError(f"expected {wrong[0]} to be a tensor, found {type(found[wrong[0]]).__name__}")
    return {name: value.detach().float().contiguous().clone() for name, value in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("output")
    arguments = parser.parse_args()
    try:
        tensors = backbone(torch.load(arguments.checkpoint, map_location="cpu", weights_only=True))
    except ValueError as problem:
        sys.exit(f"{arguments.checkpoint}: {problem}")
    save_file(tensors, arguments.output, metadata={"format": "pt"})
    count = sum(value.numel() for value in tensors.values())
    print(f"{arguments.output}: {len(tensors)} tensors, {count:,} numbers")


if __name__ == "__main__":
    main()
