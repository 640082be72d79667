"""The vision transformer of HMR2.0 in PyTorch, written from its description (docs of `hmr2_vision_model`).

Pictures lose `side_crop` columns on both sides; patches come from a convolution with padding; every patch gets its own
position and position 0; blocks are pre-norm with biased qkv and exact GELU; a LayerNorm ends it. Parameter names are
those of the released checkpoint below `backbone.`.
"""

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, hidden, eps):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps)
        self.mlp = Mlp(width, hidden)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbedding(nn.Module):
    def __init__(self, patch, padding, width):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch, padding=padding)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class VisionTransformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        size, patch, padding = config["image_size"], config["patch_size"], config["patch_padding"]
        self.side_crop = config["side_crop"]
        width, eps = config["hidden_size"], config["layer_norm_eps"]
        rows = (size + 2 * padding) // patch
        columns = (size - 2 * self.side_crop + 2 * padding) // patch
        self.patch_embed = PatchEmbedding(patch, padding, width)
        self.pos_embed = nn.Parameter(torch.zeros(1, rows * columns + 1, width))
        self.blocks = nn.ModuleList(
            Block(width, config["num_attention_heads"], config["intermediate_size"], eps)
            for _ in range(config["num_hidden_layers"])
        )
        self.last_norm = nn.LayerNorm(width, eps)

    def forward(self, pictures):
        """The hidden states, the last one normalised as well."""
        end = pictures.shape[3] - self.side_crop
        x = self.patch_embed(pictures[:, :, :, self.side_crop : end])
        states = [x + self.pos_embed[:, 1:] + self.pos_embed[:, :1]]
        for block in self.blocks:
            states.append(block(states[-1]))
        return states, self.last_norm(states[-1])
