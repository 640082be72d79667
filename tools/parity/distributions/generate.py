"""Writes the golden data that @pose-rft/hybrid-actions compares its distributions with.

    pip install -r tools/parity/distributions/requirements.txt
    python tools/parity/distributions/generate.py

torch.distributions in float64 on fixed parameters; the same versions give the same file.
"""

import json
import math
from pathlib import Path

import torch
from torch.distributions import (
    AffineTransform,
    Bernoulli,
    Beta,
    Categorical,
    ExpTransform,
    Independent,
    LowRankMultivariateNormal,
    MixtureSameFamily,
    MultivariateNormal,
    Normal,
    SigmoidTransform,
    SoftplusTransform,
    TanhTransform,
    TransformedDistribution,
    kl_divergence,
)

OUTPUT = Path(__file__).parents[3] / "packages/hybrid-actions/golden/torch-distributions.golden.json"


def numbers(tensor):
    return [round(value, 12) for value in tensor.double().flatten().tolist()]


def single(tensor):
    """Rounded to what float32 holds: what is compared is the arithmetic, not the rounding of its inputs."""
    return tensor.float().double()


def grid(rows, columns, frequency):
    """Fixed, irregular parameters in [-2, 2]."""
    index = torch.arange(rows * columns, dtype=torch.float64)
    return single(2 * torch.sin(frequency * (index + 1) ** 1.5)).reshape(rows, columns)


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
    log_std, other_log_std = single(grid(rows, columns, 0.7) - 1), single(grid(rows, columns, 1.1) - 1)
    value = single(mean + 1.5 * grid(rows, columns, 3.1) * log_std.exp())
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


def bernoulli_case(rows, columns):
    logits, other = grid(rows, columns, 1.9), grid(rows, columns, 2.7)
    value = (grid(rows, columns, 3.3) > 0).double()
    p, q = (Independent(Bernoulli(logits=each), 1) for each in (logits, other))
    return {
        "rows": rows,
        "columns": columns,
        "logits": numbers(logits),
        "otherLogits": numbers(other),
        "value": [int(x) for x in value.flatten().tolist()],
        "logProb": numbers(p.log_prob(value)),
        "entropy": numbers(p.entropy()),
        "kl": numbers(kl_divergence(p, q)),
        "mean": numbers(p.mean),
    }


def multi_categorical_case(rows, categories):
    columns = sum(categories)
    logits, other = grid(rows, columns, 1.1), grid(rows, columns, 2.9)
    value = torch.stack([(torch.arange(rows) + i) % count for i, count in enumerate(categories)], 1)
    ps = [Categorical(logits=part) for part in logits.split(categories, 1)]
    qs = [Categorical(logits=part) for part in other.split(categories, 1)]
    return {
        "rows": rows,
        "columns": columns,
        "categories": categories,
        "logits": numbers(logits),
        "otherLogits": numbers(other),
        "value": value.flatten().tolist(),
        "logProb": numbers(sum(p.log_prob(value[:, i]) for i, p in enumerate(ps))),
        "entropy": numbers(sum(p.entropy() for p in ps)),
        "kl": numbers(sum(kl_divergence(p, q) for p, q in zip(ps, qs))),
    }


def lower_factor(rows, size, frequency):
    """Lower triangular, with a diagonal in [0.6, 1.4] and nothing above."""
    square = grid(rows, size * size, frequency).reshape(rows, size, size)
    diagonal = torch.diag_embed(1 + 0.2 * torch.diagonal(square, dim1=1, dim2=2))
    return single(torch.tril(0.4 * square, -1) + diagonal)


def cholesky_case(rows, size):
    mean, other_mean = grid(rows, size, 0.9), grid(rows, size, 1.3)
    factor, other = lower_factor(rows, size, 1.7), lower_factor(rows, size, 2.1)
    value = single(mean + grid(rows, size, 3.1))
    p = MultivariateNormal(mean, scale_tril=factor)
    q = MultivariateNormal(other_mean, scale_tril=other)
    above = torch.triu(torch.full((size, size), 7.0, dtype=torch.float64), 1)
    return {
        "rows": rows,
        "columns": size,
        "mean": numbers(mean),
        "choleskyFactor": numbers(factor + above),
        "otherMean": numbers(other_mean),
        "otherCholeskyFactor": numbers(other + above),
        "value": numbers(value),
        "logProb": numbers(p.log_prob(value)),
        "entropy": numbers(p.entropy()),
        "kl": numbers(kl_divergence(p, q)),
    }


def low_rank_case(rows, size, rank):
    mean, other_mean = grid(rows, size, 0.9), grid(rows, size, 1.3)
    log_std, other_log_std = (single(0.3 * grid(rows, size, f) - 0.5) for f in (0.7, 1.1))
    factor = 0.5 * grid(rows, size * rank, 1.9).reshape(rows, size, rank)
    other = 0.5 * grid(rows, size * rank, 2.3).reshape(rows, size, rank)
    value = single(mean + grid(rows, size, 3.1))
    p = LowRankMultivariateNormal(mean, factor, (2 * log_std).exp())
    q = LowRankMultivariateNormal(other_mean, other, (2 * other_log_std).exp())
    return {
        "rows": rows,
        "columns": size,
        "rank": rank,
        "mean": numbers(mean),
        "logStandardDeviation": numbers(log_std),
        "lowRankFactor": numbers(factor),
        "otherMean": numbers(other_mean),
        "otherLogStandardDeviation": numbers(other_log_std),
        "otherLowRankFactor": numbers(other),
        "value": numbers(value),
        "logProb": numbers(p.log_prob(value)),
        "entropy": numbers(p.entropy()),
        "kl": numbers(kl_divergence(p, q)),
    }


def box(columns):
    index = torch.arange(columns, dtype=torch.float64)
    return -1 - index, 2 + 0.5 * index


def squashed_case(rows, columns):
    mean, other_mean = 0.5 * grid(rows, columns, 0.9), 0.5 * grid(rows, columns, 1.3)
    log_std, other_log_std = (single(0.4 * grid(rows, columns, f)) for f in (0.7, 1.1))
    low, high = box(columns)
    stretch = [TanhTransform(), AffineTransform((low + high) / 2, (high - low) / 2)]
    value = single((low + high) / 2 + (high - low) / 2 * torch.tanh(0.7 * grid(rows, columns, 3.1)))
    p = Normal(mean, log_std.exp())
    q = Normal(other_mean, other_log_std.exp())
    # No closed form in torch: the expectations by its own densities, on a fine grid before tanh.
    nodes = torch.linspace(-12, 12, 40001, dtype=torch.float64)
    x = mean.unsqueeze(-1) + log_std.exp().unsqueeze(-1) * nodes
    weight = Normal(0.0, 1.0).log_prob(nodes).exp() * (nodes[1] - nodes[0])
    slope = TanhTransform().log_abs_det_jacobian(x, torch.tanh(x)) + ((high - low) / 2).log().unsqueeze(-1)
    entropy = (p.entropy() + (weight * slope).sum(-1)).sum(1)
    expected = (low + high) / 2 + (high - low) / 2 * (weight * torch.tanh(x)).sum(-1)
    squashed = Independent(TransformedDistribution(p, stretch), 1)
    return {
        "rows": rows,
        "columns": columns,
        "mean": numbers(mean),
        "logStandardDeviation": numbers(log_std),
        "otherMean": numbers(other_mean),
        "otherLogStandardDeviation": numbers(other_log_std),
        "low": low.tolist(),
        "high": high.tolist(),
        "value": numbers(value),
        "logProb": numbers(squashed.log_prob(value)),
        "entropy": numbers(entropy),
        "kl": numbers(kl_divergence(Independent(p, 1), Independent(q, 1))),
        "expected": numbers(expected),
    }


def beta_case(rows, columns, scale):
    alpha, beta, other_alpha = (single(scale * (0.5 * grid(rows, columns, f)).exp()) for f in (0.9, 1.3, 1.7))
    other_beta = scale * torch.ones_like(beta)
    low, high = box(columns)
    share = torch.sigmoid(grid(rows, columns, 3.1))
    p, q = Beta(alpha, beta), Beta(other_alpha, other_beta)
    stretched = Independent(TransformedDistribution(p, AffineTransform(low, high - low)), 1)
    value = single(low + (high - low) * share)
    return {
        "rows": rows,
        "columns": columns,
        "alpha": numbers(alpha),
        "beta": numbers(beta),
        "otherAlpha": numbers(other_alpha),
        "otherBeta": numbers(other_beta),
        "low": low.tolist(),
        "high": high.tolist(),
        "value": numbers(value),
        "logProb": numbers(stretched.log_prob(value)),
        "entropy": numbers((p.entropy() + (high - low).log()).sum(1)),
        "kl": numbers(kl_divergence(p, q).sum(1)),
        "expected": numbers(low + (high - low) * p.mean),
    }


def mixture_case(rows, count, columns):
    logits = grid(rows, count, 1.1)
    mean = grid(rows, count * columns, 0.9).reshape(rows, count, columns)
    log_std = single(grid(rows, count * columns, 0.7) - 1).reshape(rows, count, columns)
    value = grid(rows, columns, 3.1)
    p = MixtureSameFamily(Categorical(logits=logits), Independent(Normal(mean, log_std.exp()), 1))
    return {
        "rows": rows,
        "columns": columns,
        "count": count,
        "logits": numbers(logits),
        "mean": numbers(mean),
        "logStandardDeviation": numbers(log_std),
        "value": numbers(value),
        "logProb": numbers(p.log_prob(value)),
        "expected": numbers(p.mean),
    }


def bijector_case(name, transform, x):
    y = transform(x)
    return {
        "name": name,
        "x": numbers(x),
        "y": numbers(y),
        "forwardLogDet": numbers(transform.log_abs_det_jacobian(x, y).expand_as(x)),
    }


def bijector_cases():
    x = single(torch.tensor([-9.0, -3.5, -1.0, -0.01, 0.0, 0.02, 0.7, 2.0, 6.5]))
    return [
        bijector_case("affine", AffineTransform(0.5, -3.0), x),
        bijector_case("exp", ExpTransform(), x),
        bijector_case("sigmoid", SigmoidTransform(), x),
        bijector_case("softplus", SoftplusTransform(), x),
        bijector_case("tanh", TanhTransform(), x),
    ]


def main():
    golden = {
        "generator": "tools/parity/distributions/generate.py",
        "torch": torch.__version__.split("+")[0],
        "categorical": [categorical_case(1, 2), categorical_case(5, 4), categorical_case(3, 17)],
        "diagonalGaussian": [gaussian_case(1, 1), gaussian_case(4, 3), gaussian_case(2, 12)],
        "bernoulli": [bernoulli_case(1, 1), bernoulli_case(4, 3)],
        "multiCategorical": [multi_categorical_case(2, [3]), multi_categorical_case(4, [2, 5, 3])],
        "choleskyGaussian": [cholesky_case(1, 1), cholesky_case(3, 4), cholesky_case(2, 9)],
        "lowRankGaussian": [low_rank_case(1, 2, 1), low_rank_case(3, 6, 2), low_rank_case(2, 24, 4)],
        "squashedGaussian": [squashed_case(1, 1), squashed_case(4, 3)],
        "beta": [beta_case(1, 1, 1.0), beta_case(4, 3, 2.0), beta_case(2, 2, 30.0)],
        "gaussianMixture": [mixture_case(1, 1, 2), mixture_case(4, 3, 2), mixture_case(2, 5, 6)],
        "bijector": bijector_cases(),
    }
    for cases in golden.values():
        for case in cases if isinstance(cases, list) else []:
            assert all(math.isfinite(v) for values in case.values() if isinstance(values, list) for v in values)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
