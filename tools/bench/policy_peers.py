"""The peers' side of bench.ts: PyTorch, transformers and TRL on the CPU, float32, a Llama of the same shape with
random weights. Reads the task as JSON from the command line, prints seconds as JSON.
"""

import json
import os
import sys
import tempfile
import time


def main():
    task = json.loads(sys.argv[1])
    started = time.perf_counter()
    import torch

    torch.set_num_threads(task["threads"])
    result = {"sft": sft, "sampling": sampling, "iteration": iteration, "coldStart": cold_start}[task["kind"]](task)
    result["total"] = time.perf_counter() - started
    result["versions"] = versions()
    print(json.dumps(result))


def versions():
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "trl")}


def llama(task, folder=None):
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=task["hiddenSize"],
        intermediate_size=task["intermediateSize"],
        num_hidden_layers=task["layerCount"],
        num_attention_heads=task["headCount"],
        num_key_value_heads=task["headCount"],
        vocab_size=task["vocabularySize"],
        max_position_embeddings=2048,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    torch_model = LlamaForCausalLM(config)
    if folder is None:
        return torch_model
    # The trainer loads its reference policy again, by name.
    torch_model.save_pretrained(folder)
    return LlamaForCausalLM.from_pretrained(folder)


def repeat(call, seconds):
    """Seconds of each call, after one that does not count."""
    call()
    times, begin = [], time.perf_counter()
    while time.perf_counter() - begin < seconds or len(times) < 3:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def sft(task):
    """One step: forward, backward, clipping, AdamW. The loss counts the answers' tokens alone."""
    import torch

    device = task.get("device", "cpu")
    model = llama(task).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    rows, prompt, answer = task["sequences"], task["promptTokens"], task["answerTokens"]
    ids = torch.randint(3, task["vocabularySize"], (rows, prompt + answer)).to(device)
    labels = ids.clone()
    labels[:, :prompt] = -100

    def step():
        optimizer.zero_grad()
        model(input_ids=ids, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()

    return {"seconds": repeat(step, task["seconds"])}


def sampling(task):
    """generate() with its key-value cache; G candidates of a prompt by num_return_sequences."""
    import torch

    model = llama(task).eval()
    ids = torch.randint(3, task["vocabularySize"], (task["prompts"], task["promptTokens"]))
    options = {
        "attention_mask": torch.ones_like(ids),
        "do_sample": True,
        "top_k": 0,
        "num_return_sequences": task["candidates"],
        "max_new_tokens": task["newTokens"],
        "min_new_tokens": task["newTokens"],
    }

    def generate():
        with torch.no_grad():
            model.generate(ids, **options)

    return {"seconds": repeat(generate, task["seconds"])}


def iteration(task):
    """Iterations of TRL's GRPOTrainer: generation, rewards, reference, update."""
    import resource

    import torch
    from datasets import Dataset
    from transformers import PreTrainedTokenizerFast, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    words = [f"w{index}" for index in range(task["vocabularySize"] - 3)]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(words), bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )
    generator = torch.Generator().manual_seed(1)
    prompts = [
        " ".join(words[index] for index in torch.randint(0, len(words), (task["promptTokens"],), generator=generator))
        for _ in range(task["prompts"] * task["iterations"])
    ]
    times = []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_, **__):
            self.start = time.perf_counter()

        def on_step_end(self, *_, **__):
            times.append(time.perf_counter() - self.start)

    sequences = task["prompts"] * task["candidates"]
    with tempfile.TemporaryDirectory() as folder:
        model = llama(task, folder)
        trainer = GRPOTrainer(
            model=model,
            reward_funcs=lambda completions, **_: [float(len(set(text.split()))) for text in completions],
            args=GRPOConfig(
                output_dir=folder,
                per_device_train_batch_size=sequences,
                gradient_accumulation_steps=1,
                num_generations=task["candidates"],
                max_completion_length=task["newTokens"],
                max_steps=task["iterations"],
                beta=0.02,
                learning_rate=1e-4,
                temperature=1.0,
                report_to=[],
                save_strategy="no",
                logging_strategy="no",
                disable_tqdm=True,
                use_cpu=True,
                bf16=False,
                activation_checkpointing=False,
                generation_kwargs={"min_new_tokens": task["newTokens"]},
            ),
            train_dataset=Dataset.from_dict({"prompt": prompts}),
            processing_class=tokenizer,
            callbacks=[Clock()],
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        with open(os.devnull, "w") as quiet:
            stdout, sys.stdout = sys.stdout, quiet
            try:
                trainer.train()
            finally:
                sys.stdout = stdout
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": times[1:], "peakBytes": peak, "bytesBefore": before}


def word_tokenizer(words):
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {"<pad>": 0, "<s>": 1, "</s>": 2, **{word: 3 + index for index, word in enumerate(words)}}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def cold_start(task):
    """From nothing to the first sampled token, with the trainer imported."""
    import torch
    from trl import GRPOTrainer

    assert GRPOTrainer
    model = llama(task)
    with torch.no_grad():
        model.generate(torch.randint(3, 100, (1, task["promptTokens"])), max_new_tokens=1)
    return {"seconds": []}


main()
