"""Writes the golden files of packages/mllm/src/vision: what transformers' CLIP, SigLIP and LLaVA projector, and
HMR2.0's vision transformer in PyTorch, compute with the weights of formula.py.

    python3 -m venv venv && venv/bin/pip install -r tools/parity/vision/requirements.txt
    venv/bin/python tools/parity/vision/generate.py
"""

import json
from pathlib import Path

import torch
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModel, LlavaConfig, SiglipVisionConfig, SiglipVisionModel
from transformers.models.llava.modeling_llava import LlavaMultiModalProjector

from formula import parameter, uniform
from hmr2_vit import VisionTransformer

GOLDEN = Path(__file__).resolve().parents[3] / "packages" / "mllm" / "src" / "vision" / "__golden__"
PICTURES = 2

TOWERS = {
    # Quick GELU, features without the class token: what LLaVA-1.5 uses.
    "clip-quick-gelu": {
        "model_type": "clip_vision_model", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 3,
        "num_attention_heads": 4, "image_size": 12, "patch_size": 4, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5,
        "projection_dim": 8,
    },
    # A picture that its patches do not fill, exact GELU, an epsilon that shows.
    "clip-gelu": {
        "model_type": "clip_vision_model", "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 10, "patch_size": 4, "hidden_act": "gelu", "layer_norm_eps": 1e-2,
        "projection_dim": 8,
    },
    "siglip-tanh": {
        "model_type": "siglip_vision_model", "hidden_size": 16, "intermediate_size": 28, "num_hidden_layers": 3,
        "num_attention_heads": 2, "image_size": 12, "patch_size": 4, "hidden_act": "gelu_pytorch_tanh",
        "layer_norm_eps": 1e-6,
    },
    "hmr2": {
        "model_type": "hmr2_vision_model", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 16, "patch_size": 4, "hidden_act": "gelu", "layer_norm_eps": 1e-6,
        "side_crop": 2, "patch_padding": 1,
    },
}

PREFIXES = {
    "clip_vision_model": "vision_tower.vision_model",
    "siglip_vision_model": "vision_tower.vision_model",
    "hmr2_vision_model": "backbone",
}


def build(config):
    arguments = {name: value for name, value in config.items() if name != "model_type"}
    if config["model_type"] == "clip_vision_model":
        return CLIPVisionModel(CLIPVisionConfig(**arguments, attn_implementation="eager"))
    if config["model_type"] == "siglip_vision_model":
        return SiglipVisionModel(SiglipVisionConfig(**arguments, attn_implementation="eager"))
    return VisionTransformer(config)


def fill(model, prefix):
    """Gives every parameter the numbers of its name in a checkpoint."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.copy_(torch.from_numpy(parameter(f"{prefix}.{checkpoint_name(name)}", tuple(value.shape))))
    return model.eval()


def checkpoint_name(name):
    """The name below the prefix in files: some releases of transformers nest the class, others do not."""
    return name.removeprefix("vision_model.")


def pictures(size):
    shape = (3, size, size)
    drawn = [torch.from_numpy(uniform(f"picture {i}", 3 * size * size)).float().reshape(shape) for i in range(PICTURES)]
    return torch.stack(drawn)


def run(model, config, inputs):
    """Every hidden state, and the state after the last LayerNorm (None where the family has no such feature)."""
    if config["model_type"] == "hmr2_vision_model":
        return model(inputs)
    out = model(inputs, output_hidden_states=True)
    final = out.last_hidden_state if config["model_type"] == "siglip_vision_model" else None
    return out.hidden_states, final


def tower(name, config):
    prefix = PREFIXES[config["model_type"]]
    model = fill(build(config), prefix)
    inputs = pictures(config["image_size"])
    with torch.no_grad():
        states, final = run(model, config, inputs)
    golden = {
        "config": config,
        "filePrefix": prefix,
        "tensors": {f"{prefix}.{checkpoint_name(n)}": list(p.shape) for n, p in model.named_parameters()},
        "hiddenStates": [numbers(state, 8) for state in states],
        "normalised": None if final is None else numbers(final, 8),
    }
    # Gradients of sum(feature * formula) in every parameter that the feature depends on.
    states, final = run(model, config, inputs)
    feature = final if config["model_type"] == "hmr2_vision_model" else states[-2]
    weights = torch.from_numpy(uniform("loss", feature.numel())).float().reshape(feature.shape)
    (feature * weights).sum().backward()
    golden["gradients"] = {
        f"{prefix}.{checkpoint_name(n)}": numbers(p.grad) for n, p in model.named_parameters() if p.grad is not None
    }
    write(f"{name}.golden.json", golden)


def projector():
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", "hidden_size": 6, "num_attention_heads": 2},
        text_config={"model_type": "llama", "hidden_size": 12, "num_attention_heads": 2},
        vision_feature_layer=[-2, -1],
    )
    model = LlavaMultiModalProjector(config)
    fill(model, "multi_modal_projector")
    inputs = torch.from_numpy(2 * uniform("features", 2 * 5 * 12)).float().reshape(2, 5, 12)
    outputs = model(inputs)
    weights = torch.from_numpy(uniform("loss", outputs.numel())).float().reshape(outputs.shape)
    (outputs * weights).sum().backward()
    linear = nn.Linear(12, 12)
    fill(linear, "multi_modal_projector.linear_1")
    write(
        "projector.golden.json",
        {
            "mlp2x_gelu": numbers(outputs, 8),
            "gradients": {f"multi_modal_projector.{n}": numbers(p.grad) for n, p in model.named_parameters()},
            "linear": numbers(linear(inputs), 8),
        },
    )


def token_grids():
    """Grids of tokens resized by torch.nn.functional.interpolate."""
    cases = []
    for index, (source, target) in enumerate([((4, 3), (6, 6)), ((6, 5), (3, 4)), ((1, 2), (4, 1))]):
        grid = torch.from_numpy(uniform(f"grid {index}", 2 * 3 * source[0] * source[1])).float()
        tokens = grid.reshape(2, source[0] * source[1], 3)
        planes = tokens.transpose(1, 2).reshape(2, 3, *source)
        resized = nn.functional.interpolate(planes, size=target, mode="bilinear", align_corners=False)
        cases.append({"from": source, "to": target, "tokens": numbers(resized.flatten(2).transpose(1, 2), 8)})
    write("token-grids.golden.json", cases)


def numbers(tensor, digits=6):
    return [float(f"{value:.{digits}g}") for value in tensor.detach().flatten().tolist()]


def write(name, content):
    (GOLDEN / name).write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    for tower_name, tower_config in TOWERS.items():
        tower(tower_name, tower_config)
    projector()
    token_grids()
