"""Writes the golden data that @pose-rft/hygrpo compares its advantages and objectives with.

    pip install -r tools/parity/objectives/requirements.txt && pip install --no-deps verl==0.9.1
    python tools/parity/objectives/generate.py

TRL's and verl's own code runs, on fixed numbers in float64 where it allows that:

- TRL: GRPOTrainer and RLOOTrainer over a tiny random model, with three methods overridden: the one that computes
  log-probabilities returns prescribed ones, the one that calls reward functions returns prescribed rewards, and the
  rollout is a prescribed one. Advantages are those of `_generate_and_score_completions`, importance-sampling ratios
  too (its flag for vLLM is set, vLLM itself plays no part), losses those of `_compute_loss`, gradients autograd's.
- verl: the functions of `verl.trainer.ppo.core_algos` and of its `rollout_corr_helper`.

The same versions give the same file.
"""

import importlib.metadata
import json
import logging
import os
import random
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer
from verl.trainer.ppo import core_algos, rollout_corr_helper
from verl.workers.config import ActorConfig

OUTPUT = Path(__file__).parents[3] / "packages/hygrpo/golden/objectives.golden.json"
PROMPTS, CANDIDATES, CATEGORIES = 3, 4, 5
LENGTHS = [1, 3, 2, 6, 4, 2, 5, 1, 3, 6, 2, 4]
LENGTHS_WITH_EMPTY = [1, 3, 0, 6, 4, 2, 5, 1, 3, 6, 0, 4]
MAX_LENGTH = 8
draw = random.Random(20260)


def sixteenths(count, low, high):
    """Numbers that float32 holds exactly."""
    return [draw.randint(round(low * 64), round(high * 64)) / 64 for _ in range(count)]


def numbers(tensor):
    return [round(float(value), 9) for value in torch.as_tensor(tensor).double().flatten()]


class Batch:
    """Padded tensors of packed sequences."""

    def __init__(self, lengths):
        self.lengths = lengths
        total = sum(lengths)
        self.packed = {
            "old": sixteenths(total, -3, -0.25),
            "shift": sixteenths(total, -0.75, 0.75),
            "reference": sixteenths(total, -3, -0.25),
            "sampler": sixteenths(total, -0.5, 0.5),
        }
        self.packed["current"] = [a + b for a, b in zip(self.packed["old"], self.packed["shift"])]
        self.packed["sampler"] = [a + b for a, b in zip(self.packed["old"], self.packed["sampler"])]
        self.advantages = sixteenths(len(lengths), -2, 2)
        self.logits = sixteenths(total * CATEGORIES, -2, 2)
        self.tokens = [draw.randrange(CATEGORIES) for _ in range(total)]
        self.mask = torch.zeros(len(lengths), MAX_LENGTH, dtype=torch.long)
        for row, length in enumerate(lengths):
            self.mask[row, :length] = 1

    def pad(self, values):
        """[T, ...] to [B, MAX_LENGTH, ...]; differentiable."""
        values = torch.as_tensor(values, dtype=torch.float64) if not torch.is_tensor(values) else values
        padded = torch.zeros(len(self.lengths), MAX_LENGTH, *values.shape[1:], dtype=torch.float64)
        rows, columns = self.mask.nonzero(as_tuple=True)
        return padded.index_put((rows, columns), values)

    def unpad(self, padded):
        return padded[self.mask.bool()]

    def leaf(self, name="current"):
        return torch.tensor(self.packed[name], dtype=torch.float64, requires_grad=True)

    def json(self):
        return {
            "lengths": self.lengths,
            **self.packed,
            "advantages": self.advantages,
            "logits": self.logits,
            "tokens": self.tokens,
        }


BATCH, WITH_EMPTY = Batch(LENGTHS), Batch(LENGTHS_WITH_EMPTY)


# ------------------------------------------------------------------------------------------------------------- TRL


def tiny_parts():
    vocabulary = {f"t{index}": index for index in range(16)} | {"[PAD]": 16, "[EOS]": 17}
    raw = Tokenizer(models.WordLevel(vocabulary, unk_token="t0"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="[PAD]", eos_token="[EOS]", unk_token="t0")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=18,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        pad_token_id=16,
        eos_token_id=17,
        bos_token_id=17,
    )
    model = LlamaForCausalLM(config)
    dataset = Dataset.from_list([{"prompt": f"t{index}"} for index in range(PROMPTS)])
    return model, tokenizer, dataset


def prescribed(trainer_class):
    class Prescribed(trainer_class):
        """The trainer, with its model's and rewards' answers given."""

        log_probs = entropies = rewards = None

        def _get_per_token_logps_and_entropies(self, *_args, **_options):
            return self.log_probs, self.entropies, None

        def _calculate_rewards(self, *_args):
            return self.rewards

    return Prescribed


def trainer_of(trainer_class, config_class, reward_count=1, beta=0.0, **options):
    model, tokenizer, dataset = tiny_parts()
    config = config_class(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=PROMPTS * CANDIDATES,
        num_generations=CANDIDATES,
        max_completion_length=MAX_LENGTH,
        gradient_accumulation_steps=1,
        report_to=[],
        use_cpu=True,
        bf16=False,
        beta=0.0,
        **options,
    )
    rewards = []
    for index in range(reward_count):
        named = lambda completions, **_: [0.0] * len(completions)  # noqa: E731
        named.__name__ = f"reward{index}"
        rewards.append(named)
    trainer = prescribed(trainer_class)(
        model=model, reward_funcs=rewards, args=config, train_dataset=dataset, processing_class=tokenizer
    )
    # Not through the config: a positive beta would load a reference model from disk, and its answers are prescribed.
    trainer.beta = beta
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1
    return trainer


def trl_inputs(batch, **more):
    count = len(batch.lengths)
    return {
        "prompt_ids": torch.zeros(count, 1, dtype=torch.long),
        "prompt_mask": torch.ones(count, 1, dtype=torch.long),
        "completion_ids": torch.zeros(count, MAX_LENGTH, dtype=torch.long),
        "completion_mask": batch.mask,
        "advantages": torch.tensor(batch.advantages, dtype=torch.float64),
        "old_per_token_logps": batch.pad(batch.packed["old"]),
        "ref_per_token_logps": batch.pad(batch.packed["reference"]),
        "num_items_in_batch": batch.mask.sum(),
        **more,
    }


def trl_loss(name, ours, *, batch=BATCH, whole=None, inputs=None, logits=False, **options):
    """A loss of TRL's with its gradient in the log-probabilities (or logits), and what it is called here."""
    trainer = trainer_of(GRPOTrainer, GRPOConfig, **options)
    if logits:
        leaf = torch.tensor(batch.logits, dtype=torch.float64).reshape(-1, CATEGORIES).requires_grad_()
        distribution = torch.log_softmax(leaf, -1)
        chosen = distribution.gather(1, torch.tensor(batch.tokens)[:, None])[:, 0]
        trainer.log_probs = batch.pad(chosen)
        trainer.entropies = batch.pad(-(distribution.exp() * distribution).sum(-1))
    else:
        leaf = batch.leaf()
        trainer.log_probs = batch.pad(leaf)
        trainer.entropies = torch.zeros_like(trainer.log_probs)
    given = trl_inputs(batch, **(inputs or {}))
    loss = trainer._compute_loss(trainer.model, given)
    loss.backward()
    return {
        "source": "trl",
        "name": name,
        "batch": "withEmpty" if batch is WITH_EMPTY else "full",
        "from": "logits" if logits else "logProbs",
        "options": ours,
        **({"whole": whole} if whole else {}),
        "loss": numbers(loss)[0],
        "gradient": numbers(leaf.grad),
    }


def rloo_loss():
    trainer = trainer_of(RLOOTrainer, RLOOConfig, epsilon=0.2, epsilon_high=0.28, beta=0.0)
    leaf = BATCH.leaf()
    trainer.log_probs, trainer.entropies = BATCH.pad(leaf), torch.zeros(12, MAX_LENGTH)
    old = BATCH.pad(BATCH.packed["old"]).sum(1)
    loss = trainer._compute_loss(trainer.model, trl_inputs(BATCH, old_logps=old))
    loss.backward()
    return {
        "source": "trl",
        "name": "RLOOTrainer, one ratio a sequence",
        "batch": "full",
        "from": "logProbs",
        "options": {"ratio": "sum", "clipEpsilon": {"low": 0.2, "high": 0.28}},
        "loss": numbers(loss)[0],
        "gradient": numbers(leaf.grad),
    }


def trl_losses():
    sides = {"epsilon": 0.2, "epsilon_high": 0.28}
    clip = {"low": 0.2, "high": 0.28}
    k3 = {"klCoefficient": 0.1, "klEstimator": "k3", "klGradient": "k3"}
    plain = {"beta": 0.1, "use_bias_correction_kl": False}
    corrected = {**k3, "klImportanceWeighted": True}
    narrow = {"low": 0.0003, "high": 0.0004}
    yield trl_loss("grpo", {"loss": {"kind": "grpo"}, "clipEpsilon": clip}, loss_type="grpo", beta=0.0, **sides)
    yield trl_loss(
        "grpo, symmetric, with a sequence without tokens",
        {"loss": {"kind": "grpo"}},
        batch=WITH_EMPTY,
        loss_type="grpo",
        beta=0.0,
    )
    yield trl_loss(
        "grpo, delta",
        {"loss": {"kind": "grpo"}, "clipEpsilon": {**clip, "ratioCap": 1.5}},
        loss_type="grpo",
        beta=0.0,
        delta=1.5,
        **sides,
    )
    yield trl_loss(
        "grpo, KL",
        {"loss": {"kind": "grpo"}, "clipEpsilon": clip, **k3},
        loss_type="grpo",
        **plain,
        **sides,
    )
    yield trl_loss(
        "grpo, KL times the ratio",
        {"loss": {"kind": "grpo"}, "clipEpsilon": clip, **corrected},
        loss_type="grpo",
        beta=0.1,
        **sides,
    )
    yield trl_loss(
        "bnpo", {"loss": {"kind": "bnpo"}, "clipEpsilon": clip}, loss_type="bnpo", beta=0.0, **sides
    )
    yield trl_loss(
        "dr_grpo, KL",
        {"loss": {"kind": "dr_grpo", "maxLength": MAX_LENGTH}, "clipEpsilon": clip, **k3},
        loss_type="dr_grpo",
        **plain,
        **sides,
    )
    yield trl_loss("dapo", {"loss": {"kind": "dapo"}}, loss_type="dapo", beta=0.0, **sides)
    yield trl_loss(
        "dapo, KL, as a part of a batch of 60 tokens",
        {"loss": {"kind": "dapo"}, **k3},
        whole={"promptCount": PROMPTS, "tokenCount": 60},
        inputs={"num_items_in_batch": torch.tensor(60)},
        loss_type="dapo",
        **plain,
        **sides,
    )
    yield trl_loss(
        "grpo at the sequence level (GSPO)",
        {"loss": {"kind": "gspo"}},
        loss_type="grpo",
        importance_sampling_level="sequence",
        beta=0.0,
        epsilon=3e-4,
        epsilon_high=4e-4,
    )
    yield trl_loss(
        "dapo at the sequence level, KL",
        {"loss": {"kind": "dapo"}, "ratio": "mean", "clipEpsilon": clip, **k3},
        loss_type="dapo",
        importance_sampling_level="sequence",
        **plain,
        **sides,
    )
    yield trl_loss(
        "cispo", {"loss": {"kind": "cispo"}}, loss_type="cispo", beta=0.0, epsilon=0.2, epsilon_high=5.0
    )
    yield trl_loss(
        "cispo, a cap that bites",
        {"loss": {"kind": "cispo"}, "clipEpsilon": {"low": 1, "high": 0.25}},
        loss_type="cispo",
        beta=0.0,
        epsilon=0.2,
        epsilon_high=1.25,
    )
    # The entropy's gradient goes through the logits, so here they are the leaves.
    for kind in ("dapo", "bnpo"):
        yield trl_loss(
            f"{kind}, entropy bonus",
            {"loss": {"kind": kind}, "clipEpsilon": clip, "entropyCoefficient": 0.05},
            logits=True,
            loss_type=kind,
            beta=0.0,
            entropy_coef=0.05,
            **sides,
        )
    yield rloo_loss()


REWARDS = [
    # A usual group, one without any spread, one with an unscorable completion; two rewards of very different scale.
    [[0.5, 100.0], [1.0, 40.0], [0.25, 900.0], [1.0, 5.0]],
    [[0.75, 20.0], [0.75, 20.0], [0.75, 20.0], [0.75, 20.0]],
    [[0.0, 3.0], [None, None], [1.0, None], [0.5, 8.0]],
]


def trl_advantages(trainer_class, config_class, rewards, **options):
    columns = len(rewards[0][0])
    trainer = trainer_of(trainer_class, config_class, reward_count=columns, **options)
    flat = [[float("nan") if value is None else value for value in row] for group in rewards for row in group]
    trainer.rewards = torch.tensor(flat, dtype=torch.float64)
    count = len(flat)
    trainer.log_probs = torch.zeros(count, MAX_LENGTH)
    trainer.entropies = torch.zeros(count, MAX_LENGTH)
    trainer.rollout_func = lambda prompts, _trainer: {
        "prompt_ids": [[1]] * len(prompts),
        "completion_ids": [[2] * MAX_LENGTH] * len(prompts),
        "logprobs": None,
    }
    inputs = [{"prompt": f"t{row // CANDIDATES}"} for row in range(count)]
    return numbers(trainer._generate_and_score_completions(inputs)["advantages"])


def advantage_case(source, name, rewards, weights, ours, values):
    count = len(rewards[0][0])
    columns = [[row[index] for group in rewards for row in group] for index in range(count)]
    return {
        "source": source,
        "name": name,
        "rewards": columns,
        "weights": weights,
        "options": {"standardDeviation": "sample", "relativeStdFloor": 0, "flatBelow": 0, **ours},
        "advantages": values,
    }


def trl_advantage_cases():
    single = [[row[:1] for row in group] for group in REWARDS]
    for scale, ours in (("group", "group-std"), ("batch", "batch-std"), ("none", "mean-only")):
        yield advantage_case(
            "trl",
            f"GRPO, scale_rewards {scale}",
            single,
            [1],
            {"scale": ours, "stdFloor": 1e-4, "aggregation": "sum-then-normalise"},
            trl_advantages(GRPOTrainer, GRPOConfig, single, scale_rewards=scale, beta=0.0),
        )
    yield advantage_case(
        "trl",
        "GRPO, weighted sum of two rewards",
        REWARDS,
        [1, 0.125],
        {"stdFloor": 1e-4, "aggregation": "sum-then-normalise"},
        trl_advantages(GRPOTrainer, GRPOConfig, REWARDS, reward_weights=[1, 0.125], beta=0.0),
    )
    yield advantage_case(
        "trl",
        "GDPO, normalise then sum",
        REWARDS,
        [1, 0.5],
        {"stdFloor": 1e-4, "aggregation": "normalise-then-sum", "whitenBatch": True},
        trl_advantages(
            GRPOTrainer,
            GRPOConfig,
            REWARDS,
            reward_weights=[1, 0.5],
            multi_objective_aggregation="normalize_then_sum",
            beta=0.0,
        ),
    )
    for normalised in (False, True):
        yield advantage_case(
            "trl",
            f"RLOO{', normalised' if normalised else ''}",
            single,
            [1],
            {
                "scale": "mean-only",
                "baseline": "leave-one-out",
                "stdFloor": 1e-4,
                "aggregation": "sum-then-normalise",
                "whitenBatch": normalised,
            },
            trl_advantages(RLOOTrainer, RLOOConfig, single, normalize_advantages=normalised, beta=0.0),
        )


def trl_corrections():
    """TRL's own ratios between trainer and sampler; vLLM is not called, only its flag is set."""
    for mode in ("token_truncate", "token_mask", "sequence_truncate", "sequence_mask"):
        # The rollout's completions are stripped of their padding, so each has its own length.
        trainer = trainer_of(GRPOTrainer, GRPOConfig, beta=0.0)
        trainer.use_vllm = True
        trainer.vllm_importance_sampling_correction = True
        trainer.vllm_importance_sampling_mode = mode
        trainer.vllm_importance_sampling_clip_min = 0.6 if mode.endswith("mask") else None
        trainer.vllm_importance_sampling_clip_max = 1.5
        trainer._last_loaded_step = trainer.state.global_step
        longest = max(LENGTHS)
        trainer.log_probs = BATCH.pad(BATCH.packed["old"])[:, :longest]
        trainer.entropies = torch.zeros_like(trainer.log_probs)
        trainer.rewards = torch.zeros(len(LENGTHS), 1)
        sampler, start = [], 0
        for length in LENGTHS:
            sampler.append(BATCH.packed["sampler"][start : start + length])
            start += length
        trainer.rollout_func = lambda prompts, _trainer: {
            "prompt_ids": [[1]] * len(prompts),
            "completion_ids": [[2] * length for length in LENGTHS],
            "logprobs": sampler,
        }
        inputs = [{"prompt": f"t{row // CANDIDATES}"} for row in range(len(LENGTHS))]
        ratio = trainer._generate_and_score_completions(inputs)["importance_sampling_ratio"].double()
        padded = ratio.expand(len(LENGTHS), longest)
        level, beyond = mode.split("_")
        correction = {"level": level, "beyond": beyond, "cap": 1.5}
        if beyond == "mask":
            correction["floor"] = 0.6
        full = torch.zeros(len(LENGTHS), MAX_LENGTH, dtype=torch.float64)
        full[:, :longest] = padded
        yield {
            "source": "trl",
            "name": mode,
            "correction": correction,
            "weights": numbers(BATCH.unpad(full)),
            "loss": corrected_loss(correction, ratio, longest),
        }


def corrected_loss(correction, ratio, longest):
    """The GRPO loss of TRL with these weights on it."""
    trainer = trainer_of(GRPOTrainer, GRPOConfig, loss_type="grpo", beta=0.0)
    trainer.use_vllm = trainer.vllm_importance_sampling_correction = True
    leaf = BATCH.leaf()
    trainer.log_probs = BATCH.pad(leaf)
    trainer.entropies = torch.zeros_like(trainer.log_probs)
    if ratio.shape[1] == longest:
        ratio = torch.nn.functional.pad(ratio, (0, MAX_LENGTH - longest))
    loss = trainer._compute_loss(trainer.model, trl_inputs(BATCH, importance_sampling_ratio=ratio))
    loss.backward()
    return {
        "options": {"loss": {"kind": "grpo"}, "importanceCorrection": correction},
        "loss": numbers(loss)[0],
        "gradient": numbers(leaf.grad),
    }


# ------------------------------------------------------------------------------------------------------------ verl


def verl_loss(name, function, ours, aggregation, *, info=None, weights=None, **clips):
    config = ActorConfig(strategy="fsdp", rollout_n=CANDIDATES, ppo_micro_batch_size_per_gpu=1, **clips)
    config.global_batch_info.update(info or {})
    leaf = BATCH.leaf()
    advantages = torch.tensor(BATCH.advantages, dtype=torch.float64)[:, None].expand(-1, MAX_LENGTH)
    loss, metrics = function(
        BATCH.pad(BATCH.packed["old"]),
        BATCH.pad(leaf),
        advantages,
        BATCH.mask.double(),
        aggregation,
        config,
        weights,
    )
    loss.backward()
    return {
        "source": "verl",
        "name": name,
        "batch": "full",
        "from": "logProbs",
        "options": ours,
        "loss": numbers(loss)[0],
        "gradient": numbers(leaf.grad),
        "clipFraction": round(metrics["actor/pg_clipfrac"], 9),
        "dualClipFraction": round(metrics["actor/pg_clipfrac_lower"], 9),
    }


def verl_losses():
    sides = {"clip_ratio_low": 0.2, "clip_ratio_high": 0.28}
    clip = {"low": 0.2, "high": 0.28}
    vanilla = core_algos.compute_policy_loss_vanilla
    aggregations = {
        "token-mean": {"kind": "token-mean"},
        "token-sum": {"kind": "token-sum"},
        "seq-mean-token-mean": {"kind": "sequence-mean-token-mean"},
        "seq-mean-token-sum": {"kind": "sequence-mean-token-sum"},
        "seq-mean-token-sum-norm": {"kind": "sequence-mean-token-sum-over", "length": 10},
    }
    for name, aggregation in aggregations.items():
        yield verl_loss(
            f"vanilla, {name}",
            vanilla,
            {"aggregation": aggregation, "clipEpsilon": {**clip, "dual": 3}},
            name,
            info={"loss_scale_factor": 10} if name.endswith("norm") else None,
            clip_ratio_c=3.0,
            **sides,
        )
    yield verl_loss(
        "vanilla, a dual clip that bites",
        vanilla,
        {"loss": {"kind": "dapo"}, "clipEpsilon": {**clip, "dual": 1.5}},
        "token-mean",
        clip_ratio_c=1.5,
        **sides,
    )
    yield verl_loss(
        "gspo",
        core_algos.compute_policy_loss_gspo,
        {"loss": {"kind": "gspo"}, "ratio": "mean-token"},
        "seq-mean-token-mean",
        clip_ratio_low=3e-4,
        clip_ratio_high=4e-4,
    )
    yield verl_loss(
        "cispo",
        core_algos.compute_policy_loss_cispo,
        {"loss": {"kind": "cispo"}, "clipEpsilon": clip},
        "token-mean",
        **sides,
    )


def verl_advantage_cases():
    groups = REWARDS[:2]
    flat = torch.tensor([row[0] for group in groups for row in group], dtype=torch.float64)
    index = np.array([row // CANDIDATES for row in range(len(flat))])
    mask = torch.ones(len(flat), 1, dtype=torch.float64)
    single = [[row[:1] for row in group] for group in groups]
    shared = {"stdFloor": 1e-6, "aggregation": "sum-then-normalise"}
    for divided in (True, False):
        for name, function in (
            ("grpo", core_algos.compute_grpo_outcome_advantage),
            ("grpo_vectorized", core_algos.compute_grpo_vectorized_outcome_advantage),
        ):
            values, _ = function(flat[:, None].clone(), mask, index, norm_adv_by_std_in_grpo=divided)
            yield advantage_case(
                "verl",
                f"{name}{'' if divided else ', not divided'}",
                single,
                [1],
                {**shared, "scale": "group-std" if divided else "mean-only"},
                numbers(values),
            )
    for name, function in (
        ("rloo", core_algos.compute_rloo_outcome_advantage),
        ("rloo_vectorized", core_algos.compute_rloo_vectorized_outcome_advantage),
    ):
        values, _ = function(flat[:, None].clone(), mask, index)
        yield advantage_case(
            "verl",
            name,
            single,
            [1],
            {**shared, "scale": "mean-only", "baseline": "leave-one-out"},
            numbers(values),
        )
    # One token a response, so that its whitening over tokens is one over responses.
    values, _ = core_algos.compute_gdpo_outcome_advantage(
        flat[:, None].clone(),
        mask,
        index,
        config={"gdpo_reward_keys": ["first", "second"], "gdpo_reward_weights": [1.0, 0.5]},
        non_tensor_batch={
            "first": np.array([row[0] for group in groups for row in group]),
            "second": np.array([row[1] for group in groups for row in group]),
        },
        batch={"prompts": torch.zeros(len(flat), 1), "attention_mask": torch.ones(len(flat), 2, dtype=torch.long)},
    )
    yield advantage_case(
        "verl",
        "gdpo",
        groups,
        [1, 0.5],
        {"stdFloor": 1e-6, "aggregation": "normalise-then-sum", "whitenBatch": True},
        numbers(values),
    )


def verl_kl_cases():
    for estimator in ("k1", "k2", "k3", "k1+", "k3+"):
        leaf = BATCH.leaf()
        values = core_algos.kl_penalty(leaf, torch.tensor(BATCH.packed["reference"], dtype=torch.float64), estimator)
        values.sum().backward()
        yield {
            "source": "verl",
            "name": estimator,
            "estimator": estimator[:2],
            "gradientOf": "k2" if estimator.endswith("+") else estimator,
            "values": numbers(values),
            "gradient": numbers(leaf.grad),
        }


def verl_entropy_cases():
    for name, kind in (
        ("token-mean", "token-mean"),
        ("seq-mean-token-mean", "sequence-mean-token-mean"),
        ("seq-mean-token-sum", "sequence-mean-token-sum"),
    ):
        leaf = torch.tensor(BATCH.logits, dtype=torch.float64).reshape(-1, CATEGORIES).requires_grad_()
        entropy = core_algos.compute_entropy_loss(BATCH.pad(leaf), BATCH.mask.double(), name)
        entropy.backward()
        yield {
            "source": "verl",
            "name": name,
            "aggregation": {"kind": kind},
            "entropy": numbers(entropy)[0],
            "gradient": numbers(leaf.grad),
        }


def verl_corrections():
    log_ratio = BATCH.pad(BATCH.packed["old"]) - BATCH.pad(BATCH.packed["sampler"])
    mask = BATCH.mask.double()
    for level in ("token", "sequence"):
        for beyond, threshold in (("truncate", "1.5"), ("mask", "0.6_1.5")):
            weights, _ = rollout_corr_helper.compute_rollout_correction_weights(log_ratio, mask, level, threshold)
            correction = {"level": level, "beyond": beyond, "cap": 1.5}
            if beyond == "mask":
                correction["floor"] = 0.6
            case = verl_loss(
                "",
                core_algos.compute_policy_loss_vanilla,
                {
                    "loss": {"kind": "dapo"},
                    "clipEpsilon": {"low": 0.2, "high": 0.28, "dual": 3},
                    "importanceCorrection": correction,
                },
                "token-mean",
                weights=weights,
                clip_ratio_low=0.2,
                clip_ratio_high=0.28,
            )
            yield {
                "source": "verl",
                "name": f"{level}, {beyond}",
                "correction": correction,
                "weights": numbers(BATCH.unpad(weights)),
                "loss": {key: case[key] for key in ("options", "loss", "gradient")},
            }


def main():
    version = importlib.metadata.version
    golden = {
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "verl")},
        "promptCount": PROMPTS,
        "candidatesPerPrompt": CANDIDATES,
        "categories": CATEGORIES,
        "batches": {"full": BATCH.json(), "withEmpty": WITH_EMPTY.json()},
        "advantages": [*trl_advantage_cases(), *verl_advantage_cases()],
        "losses": [*trl_losses(), *verl_losses()],
        "kl": [*verl_kl_cases()],
        "entropy": [*verl_entropy_cases()],
        "corrections": [*trl_corrections(), *verl_corrections()],
    }
    OUTPUT.parent.mkdir(exist_ok=True)
    lines = json.dumps(golden, allow_nan=False)
    OUTPUT.write_text(lines + "\n")
    print(f"{OUTPUT.name}: {len(lines) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
