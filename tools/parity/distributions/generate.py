"""Writes the golden data that @pose-rft/hybrid-actions compares its distributions with.

    pip install torch
    python tools/parity/distributions/generate.py

torch.distributions in float64 on fixed parameters; the same versions give the same file.
"""

import json
import math
from pathlib import Path

import torch
from torch.distributions import Categorical, Independent, Normal, kl_divergence

OUTPUT = Path(__file__).parents[3] / "packages/hybrid-actions/golden/torch-distributions.golden.json"


def numbers(tensor):
    return [round(value, 12) for value in tensor.double().flatten().tolist()]


def grid(rows, columns, frequency):
    """Fixed, irregular parameters in [-2, 2]."""
    index = torch.arange(rows * columns, dtype=torch.float64)
    return (2 * torch.sin(frequency * (index + 1) ** 1.5)).reshape(rows, columns)


def categorical_case(rows, columns):
    logits, other = grid(rows, columns, 1.7), grid(rows, columns, 2.3)
    value = torch.arange(rows) % columns
    p, q = Categorical(logits=logits), Categorical(logits=other)
    return {
        "rows": rows,
        "columns": columns,
        "logits": numbers(logits),
        "otherLogits": numbers(other),
        "value": value.tolist(),
        "logProb": numbers(p.log_prob(value)),
        "entropy": numbers(p.entropy()),
        "kl": numbers(kl_divergence(p, q)),
        "mode": p.mode.tolist(),
    }


def gaussian_case(rows, columns):
    mean, other_mean = grid(rows, columns, 0.9), grid(rows, columns, 1.3)
    log_std, other_log_std = grid(rows, columns, 0.7) - 1, grid(rows, columns, 1.1) - 1
    value = mean + 1.5 * grid(rows, columns, 3.1) * log_std.exp()
    p = Independent(Normal(mean, log_std.exp()), 1)
    q = Independent(Normal(other_mean, other_log_std.exp()), 1)
    return {
        "rows": rows,
        "columns": columns,
        "mean": numbers(mean),
        "logStandardDeviation": numbers(log_std),
        "otherMean": numbers(other_mean),
        "otherLogStandardDeviation": numbers(other_log_std),
        "value": numbers(value),
        "logProb": numbers(p.log_prob(value)),
        "entropy": numbers(p.entropy()),
        "kl": numbers(kl_divergence(p, q)),
    }


def main():
    golden = {
        "generator": "tools/parity/distributions/generate.py",
        "torch": torch.__version__.split("+")[0],
        "categorical": [categorical_case(1, 2), categorical_case(5, 4), categorical_case(3, 17)],
        "diagonalGaussian": [gaussian_case(1, 1), gaussian_case(4, 3), gaussian_case(2, 12)],
    }
    assert all(math.isfinite(v) for case in golden["diagonalGaussian"] for v in case["kl"])
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
