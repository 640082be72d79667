"""Writes the golden data that @pose-rft/mllm compares its language models, LLaVA and LoRA with.

    pip install -r tools/parity/llava/requirements.txt
    python tools/parity/llava/generate.py

It needs Node and the installed workspace as well: what this package writes (an adapter, a merged model), PEFT and
transformers load here, and the golden data keep the digest of what was so verified (write_adapter.ts).

transformers' and peft's own models run, on the CPU, in float32, in small configurations that between them have every
trait that the package computes. Weights are not stored: they follow from their names (weights.py), and the tests
compute the same ones. The same versions give the same files.
"""

import base64
import hashlib
import json
import os
import subprocess
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    CLIPVisionConfig,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaConfig,
    LlavaForConditionalGeneration,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from weights import draws, fill, weight

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
OUTPUT = Path(__file__).parents[3] / "packages/mllm/golden"
VOCABULARY = 23
PROMPTS = [[5, 17, 3, 9, 22, 11, 4, 14, 8, 19, 2, 6], [7, 13, 21, 5]]
NEW_TOKENS = 6
END, UNANSWERABLE = 2, [0, 1]  # </s>; <pad> and <s>
SMALL = dict(
    hidden_size=24,
    intermediate_size=20,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=VOCABULARY,
    max_position_embeddings=64,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=0,
)


def numbers(tensor):
    return [float(f"{value:.8g}") for value in torch.as_tensor(tensor).flatten().tolist()]


def causal(model, prompts=PROMPTS):
    """Logits and normalised hidden states of every position, and what greedy decoding continues each prompt with."""
    cases = []
    for ids in prompts:
        tokens = torch.tensor([ids])
        with torch.no_grad():
            out = model(tokens, output_hidden_states=True)
            continued = tokens
            for _ in range(NEW_TOKENS):
                logits = model(continued).logits[0, -1]
                logits[UNANSWERABLE] = -torch.inf
                following = logits.argmax()
                continued = torch.cat([continued, following.reshape(1, 1)], dim=1)
                if following == END:
                    break
        cases.append(
            {
                "ids": ids,
                "logits": numbers(out.logits[0]),
                "hidden": numbers(out.hidden_states[-1][0]),
                "greedy": continued[0, len(ids) :].tolist(),
            }
        )
    return cases


def rope(kind, theta=10_000.0, **numbers_of):
    return {"rope_type": kind, "rope_theta": theta, **numbers_of}


VARIANTS = {
    "llama with biases": (
        LlamaForCausalLM,
        LlamaConfig(**{**SMALL, "num_key_value_heads": 4}, attention_bias=True, mlp_bias=True, rms_norm_eps=1e-5),
    ),
    "llama, grouped queries, tied embeddings, wide heads": (
        LlamaForCausalLM,
        LlamaConfig(
            **{**SMALL, "num_attention_heads": 6},
            head_dim=8,
            tie_word_embeddings=True,
            rope_parameters=rope("default", 100_000.0),
        ),
    ),
    "llama, llama3 frequencies": (
        LlamaForCausalLM,
        LlamaConfig(
            **SMALL,
            head_dim=16,
            rope_parameters=rope(
                "llama3",
                50.0,
                factor=8.0,
                low_freq_factor=1.0,
                high_freq_factor=4.0,
                original_max_position_embeddings=16,
            ),
        ),
    ),
    "llama, linear frequencies": (
        LlamaForCausalLM,
        LlamaConfig(**SMALL, rope_parameters=rope("linear", factor=4.0)),
    ),
    "mistral, sliding window": (
        MistralForCausalLM,
        MistralConfig(**SMALL, sliding_window=4),
    ),
    "qwen2, window in the upper layers, yarn": (
        Qwen2ForCausalLM,
        Qwen2Config(
            **SMALL,
            use_sliding_window=True,
            sliding_window=5,
            max_window_layers=1,
            rope_parameters=rope("yarn", 100.0, factor=4.0, original_max_position_embeddings=16, beta_fast=2.0),
        ),
    ),
    "qwen2, defaults": (Qwen2ForCausalLM, Qwen2Config(**SMALL, tie_word_embeddings=True)),
}


def build(name):
    model_class, config = VARIANTS[name]
    config._attn_implementation = "eager"
    torch.manual_seed(0)
    model = model_class(config).eval()
    return model, fill(model)


def write_decoders():
    cases = []
    for name in VARIANTS:
        model, shapes = build(name)
        cases.append(
            {
                "name": name,
                "config": json.loads(model.config.to_json_string(use_diff=False)),
                "tensors": shapes,
                "cases": causal(model),
            }
        )
    write("decoders", {"cases": cases})


def write_llava():
    image_token = 20
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=12,
            intermediate_size=18,
            num_hidden_layers=3,
            num_attention_heads=2,
            image_size=12,
            patch_size=4,
            projection_dim=8,
        ),
        text_config=LlamaConfig(**SMALL, rms_norm_eps=1e-5),
        image_token_index=image_token,
    )
    config._attn_implementation = "eager"
    model = LlavaForConditionalGeneration(config).eval()
    shapes = fill(model)
    slots = [image_token] * 9
    prompts = [[1, 5, *slots, 9, 7, 12], [1, *slots, 4, *slots, 8]]
    cases = []
    for index, ids in enumerate(prompts):
        count = ids.count(image_token) // 9
        pixels = torch.from_numpy(draws(f"pixels {index}", count * 3 * 144).astype("float32"))
        pixels = pixels.reshape(count, 3, 12, 12)
        with torch.no_grad():
            tower = model.model.vision_tower(pixels, output_hidden_states=True)
            features = tower.hidden_states[config.vision_feature_layer][:, 1:]
            out = model(input_ids=torch.tensor([ids]), pixel_values=pixels, output_hidden_states=True)
        cases.append(
            {
                "ids": ids,
                "pixels": [f"pixels {index}", count, 3, 12, 12],
                "features": numbers(features),
                "logits": numbers(out.logits[0]),
            }
        )
    stored = {}
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        file_config = json.loads(Path(folder, "config.json").read_text())
        from safetensors import safe_open

        with safe_open(Path(folder, "model.safetensors"), "pt") as file:
            stored = {name: list(file.get_tensor(name).shape) for name in file.keys()}
    write("llava", {"config": file_config, "tensors": shapes, "savedNames": sorted(stored), "cases": cases})


ADAPTED = "llama, grouped queries, tied embeddings, wide heads"


def probes(name, gradient):
    """Three numbers that stand for a whole gradient: its length, and its products with two fixed directions."""
    flat = gradient.double().flatten()
    directions = [torch.from_numpy(draws(f"{direction} {name}", flat.numel())) for direction in ("probe", "second")]
    return numbers([flat.norm(), *(flat @ direction for direction in directions)])


def write_lora():
    model, shapes = build(ADAPTED)
    adapted = get_peft_model(
        model,
        LoraConfig(
            r=3,
            lora_alpha=5,
            use_rslora=True,
            lora_dropout=0.1,
            target_modules=["q_proj", "v_proj", "down_proj", "gate_proj"],
        ),
    ).eval()
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.copy_(weight(name.replace(".default", ""), tuple(parameter.shape)))
            parameter.requires_grad_(True)
    ids = torch.tensor([PROMPTS[0]])
    out = adapted(ids, labels=ids)
    out.loss.backward()
    lora_gradients, base_gradients = {}, {}
    for name, parameter in adapted.named_parameters():
        short = name.replace(".default", "").replace(".base_layer", "").removeprefix("base_model.model.")
        if "lora_" in name:
            lora_gradients[short] = numbers(parameter.grad)
        else:
            base_gradients[short] = probes(short, parameter.grad)
    with tempfile.TemporaryDirectory() as folder:
        adapted.save_pretrained(folder)
        adapter_config = json.loads(Path(folder, "adapter_config.json").read_text())
        adapter_weights = base64.b64encode(Path(folder, "adapter_model.safetensors").read_bytes()).decode()
    write(
        "lora",
        {
            "peft": peft.__version__,
            "config": json.loads(model.config.to_json_string(use_diff=False)),
            "tensors": shapes,
            "ids": PROMPTS[0],
            "loss": float(out.loss),
            "logits": numbers(out.logits[0].detach()),
            "loraGradients": lora_gradients,
            "baseGradients": base_gradients,
            "adapterConfig": adapter_config,
            "adapterWeights": adapter_weights,
            "verified": verify_ours(),
        },
    )


def verify_ours():
    """Lets this package write an adapter and the merged model, and PEFT and transformers read them."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model, _ = build(ADAPTED)
        model.save_pretrained(folder / "base")
        script = Path(__file__).with_name("write_adapter.ts")
        subprocess.run(
            ["npx", "tsx", "-C", "@pose-rft/source", str(script), str(folder), json.dumps(PROMPTS[0])],
            check=True,
            cwd=Path(__file__).parents[3],
        )
        ours = torch.tensor(json.loads((folder / "logits.json").read_text()))
        ids = torch.tensor([PROMPTS[0]])
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # PEFT only warns of missing tensors.
            adapted = PeftModel.from_pretrained(model, folder / "adapter").eval()
        merged = AutoModelForCausalLM.from_pretrained(folder / "merged").eval()
        with torch.no_grad():
            base_logits = build(ADAPTED)[0](ids).logits[0].flatten()
            for loaded in (adapted, merged):
                logits = loaded(ids).logits[0].flatten()
                assert (logits - ours).abs().max() < 1e-4, (logits - ours).abs().max()
                assert (logits - base_logits).abs().max() > 0.1
        weights = (folder / "adapter/adapter_model.safetensors").read_bytes()
        return {
            "adapterSha256": hashlib.sha256(weights).hexdigest(),
            "adapterConfig": json.loads((folder / "adapter/adapter_config.json").read_text()),
        }


def write(name, content):
    content = {"generator": "tools/parity/llava/generate.py", "transformers": transformers.__version__, **content}
    path = OUTPUT / f"{name}.golden.json"
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    OUTPUT.mkdir(exist_ok=True)
    write_decoders()
    write_llava()
    write_lora()
