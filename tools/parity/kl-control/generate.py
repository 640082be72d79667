"""Writes the golden data that @pose-rft/hygrpo compares its adaptive KL controller with.

    pip install -r tools/parity/kl-control/requirements.txt
    python tools/parity/kl-control/generate.py

verl's AdaptiveKLController fed with a fixed series of divergences.
"""

import json
from pathlib import Path

from verl.trainer.ppo.core_algos import AdaptiveKLController

OUTPUT = Path(__file__).parents[3] / "packages/hygrpo/golden/adaptive-kl.golden.json"
DIVERGENCES = [0.0, 0.05, 0.095, 0.1, 0.105, 0.13, 2.0, 0.11, 0.0]

cases = []
for start, target, horizon, candidates in [(0.2, 0.1, 10000, 64), (0.001, 0.05, 500, 512), (1.0, 3.0, 100, 8)]:
    controller = AdaptiveKLController(init_kl_coef=start, target_kl=target, horizon=horizon)
    coefficients = []
    for divergence in DIVERGENCES:
        controller.update(current_kl=divergence, n_steps=candidates)
        coefficients.append(float(controller.value))
    cases.append(
        {
            "start": start,
            "target": target,
            "horizon": horizon,
            "candidates": candidates,
            "divergences": DIVERGENCES,
            "coefficients": coefficients,
        }
    )
OUTPUT.write_text(json.dumps({"cases": cases}, indent=2) + "\n")
