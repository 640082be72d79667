"""Writes the golden data that @pose-rft/text-pose/retrieval compares its loss and its metrics with.

    pip install -r tools/parity/retrieval/requirements.txt
    python tools/parity/retrieval/generate.py

The loss is PyTorch's cross_entropy in float64 on both axes of the scaled similarity matrix, the gradients autograd's.
Recall and R-precision are computed from the order that torch.sort gives, as PoseScript defines them; the pool of the
R-precision is the whole set, so that nothing is drawn. The same versions give the same file.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as functional

OUTPUT = Path(__file__).parents[3] / "packages/text-pose/src/__golden__/retrieval.golden.json"
LOSSES = [(1, 3, 2.302585), (4, 3, 0.0), (5, 8, 2.302585), (7, 4, 4.60517)]
PAIRS, SIZE = 32, 6

torch.manual_seed(20260)


def numbers(tensor):
    return [round(float(value), 9) for value in tensor.double().flatten()]


def unit_rows(rows, size):
    """Rows of length 1 that float32 holds exactly."""
    return functional.normalize(torch.randn(rows, size, dtype=torch.float64), dim=1).float().double()


def loss_case(rows, size, log_scale):
    texts, poses = unit_rows(rows, size).requires_grad_(), unit_rows(rows, size).requires_grad_()
    scale = torch.tensor(log_scale, dtype=torch.float64).float().double().requires_grad_()
    logits = scale.exp() * texts @ poses.T
    pairs = torch.arange(rows)
    loss = (functional.cross_entropy(logits, pairs) + functional.cross_entropy(logits.T, pairs)) / 2
    loss.backward()
    return {
        "rows": rows,
        "size": size,
        "texts": numbers(texts.detach()),
        "poses": numbers(poses.detach()),
        "logScale": float(scale.detach()),
        "loss": float(loss.detach()),
        "textGradient": numbers(texts.grad),
        "poseGradient": numbers(poses.grad),
        "logScaleGradient": float(scale.grad),
    }


def own_ranks(similarities):
    """How many items stand before the own one when each row is sorted."""
    order = similarities.sort(dim=1, descending=True).indices
    return (order == torch.arange(len(similarities))[:, None]).int().argmax(dim=1)


def share_below(ranks, ks):
    return {str(k): float((ranks < k).double().mean() * 100) for k in ks}


def metrics_case():
    texts = unit_rows(PAIRS, SIZE)
    poses = functional.normalize(texts + 0.6 * torch.randn(PAIRS, SIZE, dtype=torch.float64), dim=1).float().double()
    similarities = texts @ poses.T
    text_ranks, pose_ranks = own_ranks(similarities), own_ranks(similarities.T)
    recall = {name: [share_below(text_ranks, ks), share_below(pose_ranks, ks)] for name, ks in
              {"poseScript": [1, 5, 10], "uniPose": [1, 5, 10, 20]}.items()}
    return {
        "size": SIZE,
        "texts": numbers(texts),
        "poses": numbers(poses),
        **{name: {"textToPose": both[0], "poseToText": both[1],
                  "meanRecall": sum([*both[0].values(), *both[1].values()]) / (2 * len(both[0]))}
           for name, both in recall.items()},
        "rPrecision": share_below(text_ranks, [1, 2, 3]),
    }


OUTPUT.parent.mkdir(exist_ok=True)
OUTPUT.write_text(json.dumps({"losses": [loss_case(*case) for case in LOSSES], "metrics": metrics_case()}) + "\n")
print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")
