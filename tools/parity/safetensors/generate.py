"""Writes the golden files of packages/tensor: what safetensors, torch.half, torch.bfloat16 and torch.optim.AdamW do.

    python3 -m venv venv && venv/bin/pip install safetensors torch numpy
    venv/bin/python tools/parity/safetensors/generate.py

Every number is drawn from a fixed seed: running it again changes nothing.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

GOLDEN = Path(__file__).resolve().parents[3] / "packages" / "tensor" / "src" / "__golden__"

EXTREMES = {
    torch.int8: [-128, 127],
    torch.int16: [-(2**15), 2**15 - 1],
    torch.int32: [-(2**31), 2**31 - 1],
    torch.int64: [-(2**63), 2**63 - 1],
    torch.uint8: [0, 255],
    torch.uint16: [0, 2**16 - 1],
    torch.uint32: [0, 2**32 - 1],
    torch.uint64: [0, 2**64 - 1],
}

NAMES = {
    torch.bool: "BOOL",
    torch.int8: "I8",
    torch.int16: "I16",
    torch.int32: "I32",
    torch.int64: "I64",
    torch.uint8: "U8",
    torch.uint16: "U16",
    torch.uint32: "U32",
    torch.uint64: "U64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float32: "F32",
    torch.float64: "F64",
}


def every_dtype():
    """One file with every element type, an empty tensor, a scalar, and names that need care."""
    floats = [0.0, -0.0, 1.0, -1.5, 1 / 3, 65504.0, 1e-7, float("inf"), float("-inf")]
    tensors = {
        "flags": torch.tensor([[True, False], [False, True]]),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros([0, 3]),
        "ä.β.weight": torch.arange(6, dtype=torch.float32).reshape(1, 2, 3),
    }
    for dtype, values in EXTREMES.items():
        tensors[f"integer.{NAMES[dtype]}"] = torch.tensor(values, dtype=dtype)
    for dtype in [torch.float16, torch.bfloat16, torch.float32, torch.float64]:
        tensors[f"float.{NAMES[dtype]}"] = torch.tensor(floats, dtype=torch.float64).to(dtype)
    save_file(tensors, GOLDEN / "every-dtype.safetensors", metadata={"format": "pt"})
    described = {}
    for name, tensor in tensors.items():
        values = tensor.flatten().tolist()
        described[name] = {
            "dtype": NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            # As text: JSON has neither infinities nor 64-bit integers.
            "values": [repr(value) for value in values],
        }
    write_json("every-dtype.golden.json", described)


def half_precision():
    """Float32 bits, and the float16 and bfloat16 bits that torch rounds them to."""
    generator = torch.Generator().manual_seed(1)
    drawn = torch.randint(-(2**31), 2**31, [400], generator=generator, dtype=torch.int64)
    halves = torch.arange(0, 0x7C00, 97, dtype=torch.int32).to(torch.int16).view(torch.float16)
    # Exactly between two halves, and one float32 step to either side: where rounding is decided.
    exact = halves.to(torch.float32)
    above = torch.nextafter(halves, torch.tensor(65504.0, dtype=torch.float16)).to(torch.float32)
    middle = ((exact.double() + above.double()) / 2).float().view(torch.int32).long()
    special = [0, -(2**31), 0x7F800000, 0x7F800000 - 2**32 + 2**31, 0x477FEFFF, 0x477FF000, 0x33000000, 0x33000001]
    special += [0x7F7FFFFF, 0x00000001, 0x007FFFFF, 0x387FC000, 0x387FE000, 0x38800000, 0x3F808000, 0x3F818000]
    bits = torch.cat([drawn, middle, middle - 1, middle + 1, torch.tensor(special, dtype=torch.int64)])
    values = bits.to(torch.int32).view(torch.float32)
    values = values[~values.isnan()]
    unsigned = lambda tensor, width: [value % (1 << width) for value in tensor.tolist()]
    write_json(
        "half-precision.golden.json",
        {
            "float32": unsigned(values.view(torch.int32), 32),
            "float16": unsigned(values.to(torch.float16).view(torch.int16), 16),
            "bfloat16": unsigned(values.to(torch.bfloat16).view(torch.int16), 16),
        },
    )


def adamw():
    """Trajectories of torch.optim.AdamW in float32, with clipping by torch.nn.utils.clip_grad_norm_'s rule."""
    cases = []
    for index, config in enumerate(
        [
            {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01},
            {"lr": 3e-2, "betas": (0.9, 0.98), "eps": 1e-6, "weight_decay": 0.1},
            {"lr": 1e-2, "betas": (0.5, 0.9), "eps": 1e-8, "weight_decay": 0.0},
        ]
    ):
        generator = torch.Generator().manual_seed(index)
        shapes = {"weight": [3, 2], "bias": [2]}
        parameters = {name: torch.randn(shape, generator=generator).requires_grad_() for name, shape in shapes.items()}
        optimizer = torch.optim.AdamW(parameters.values(), foreach=False, fused=False, **config)
        initial = {name: parameter.detach().flatten().tolist() for name, parameter in parameters.items()}
        steps = []
        for step in range(12):
            gradients = {name: torch.randn(shape, generator=generator) * 10 ** (step % 4 - 2) for name, shape in shapes.items()}
            if step % 5 == 4:
                # A parameter without a gradient keeps its value, moments and step count.
                del gradients["bias"]
            for name, parameter in parameters.items():
                parameter.grad = gradients.get(name)
            optimizer.step()
            steps.append(
                {
                    "gradients": {name: gradient.flatten().tolist() for name, gradient in gradients.items()},
                    "parameters": {name: parameter.detach().flatten().tolist() for name, parameter in parameters.items()},
                }
            )
        cases.append(
            {
                "learningRate": config["lr"],
                "beta1": config["betas"][0],
                "beta2": config["betas"][1],
                "epsilon": config["eps"],
                "weightDecay": config["weight_decay"],
                "shapes": shapes,
                "initial": initial,
                "steps": steps,
            }
        )
    write_json("adamw.golden.json", cases)


def write_json(name, value):
    (GOLDEN / name).write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    torch.use_deterministic_algorithms(True)
    every_dtype()
    half_precision()
    adamw()
    for path in sorted(GOLDEN.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")
