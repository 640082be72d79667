"""Writes the golden data that @pose-rft/mllm compares its tokenizers and chat templates with.

    pip install -r tools/parity/tokenizers/requirements.txt
    python tools/parity/tokenizers/generate.py

Hugging Face's tokenizers train a byte-level BPE on fixed texts and encode others; transformers renders chat templates.
"""

import json
import re
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

MLLM = Path(__file__).parents[3] / "packages/mllm"
OUTPUT = MLLM / "golden/tokenizers.golden.json"
TEMPLATES = MLLM / "src/chat-templates.ts"

BODY = ["left", "right"]
TRAINING_TEXTS = [
    f"{opening} with the {side} {part} {state}, {other} arm's at {angle} degrees.\n"
    for opening in ["A person is standing", "Someone squats", "They're kneeling  down"]
    for side, other in [BODY, BODY[::-1]]
    for part in ["knee", "elbow", "shoulder"]
    for state in ["bent", "straight", "raised — überkopf"]
    for angle in [30, 45, 160]
]
ENCODED_TEXTS = [
    "A person is standing with the left knee bent.",
    "they're   kneeling\n\n\tnow",
    "Ünïcödé, 日本語, 🤸🏽‍♀️ and \u0000 control",
    "Here it is: <POSE>.</s>",
    "  leading and trailing  ",
    "it's 3.14159 degrees; we'll see!!!",
]
CONVERSATIONS = [
    [{"role": "user", "content": "Describe this pose."}],
    [
        {"role": "system", "content": "You see people."},
        {"role": "user", "content": " What is this? "},
        {"role": "assistant", "content": "A squat: <POSE>."},
        {"role": "user", "content": "Bend the left knee."},
    ],
]


def chat_templates():
    """By name, from the source of the package: each is a String.raw literal."""
    found = re.findall(r"^  '?([\w-]+)'?: String\.raw`([^`]*)`,$", TEMPLATES.read_text(), re.M)
    assert len(found) == 4
    return found


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        min_frequency=3,
        special_tokens=["<pad>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TRAINING_TEXTS, trainer)
    return tokenizer


def main():
    tokenizer = train()
    trained = json.loads(tokenizer.to_str())
    tokenizer.add_special_tokens([AddedToken("<POSE>", special=True, normalized=False)])
    encodings = [{"text": text, "ids": tokenizer.encode(text).ids} for text in ENCODED_TEXTS]
    for encoding in encodings:
        assert tokenizer.decode(encoding["ids"], skip_special_tokens=False) == encoding["text"]
    chats = []
    for name, template in chat_templates():
        fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
        for messages in CONVERSATIONS:
            for generate in [True, False]:
                text = fast.apply_chat_template(
                    messages, chat_template=template, tokenize=False, add_generation_prompt=generate
                )
                chats.append({"template": name, "messages": messages, "addGenerationPrompt": generate, "text": text})
    OUTPUT.parent.mkdir(exist_ok=True)
    golden = {
        "trainingTexts": TRAINING_TEXTS,
        "trained": trained,
        "encodings": encodings,
        "chats": chats,
    }
    OUTPUT.write_text(json.dumps(golden, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
