"""Writes the golden data that @pose-rft/hygrpo compares its TensorBoard event files with.

    pip install -r tools/parity/tensorboard/requirements.txt
    python tools/parity/tensorboard/generate.py

Events as tensorboard's own protobuf classes and record writer put them into a file.
With the path of an event file as argument, prints what tensorboard's own loader finds in it, as JSON.
"""

import json
import sys
import tempfile
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

OUTPUT = Path(__file__).parents[3] / "packages/hygrpo/golden/tensorboard-events.golden.json"


def scalars(values):
    return Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])


VALUES = {"reward": 0.75, "kl/answer": 1e-7, "loss": -2.5, "nothing": 0.0}
CASES = [
    (
        {"wallTimeSeconds": 1700000000.25, "step": 0, "content": {"kind": "file-version"}},
        Event(wall_time=1700000000.25, step=0, file_version="brain.Event:2"),
    ),
    (
        {"wallTimeSeconds": 1700000001.5, "step": 300, "content": {"kind": "session-start"}},
        Event(wall_time=1700000001.5, step=300, session_log=SessionLog(status=SessionLog.START)),
    ),
    (
        {"wallTimeSeconds": 1700000002.0, "step": 5000000000, "content": {"kind": "scalars", "values": VALUES}},
        Event(wall_time=1700000002.0, step=5000000000, summary=scalars(VALUES)),
    ),
]


def record(event):
    with tempfile.NamedTemporaryFile(delete=False) as file:
        writer = RecordWriter(file)
        writer.write(event.SerializeToString(deterministic=True))
        writer.close()
    return Path(file.name).read_bytes().hex()


def read(path):
    accumulator = EventAccumulator(path)
    accumulator.Reload()
    tags = accumulator.Tags()["scalars"]
    return {tag: [[event.step, event.value] for event in accumulator.Scalars(tag)] for tag in tags}


if len(sys.argv) > 1:
    print(json.dumps(read(sys.argv[1])))
else:
    cases = [{"event": event, "bytes": record(message)} for event, message in CASES]
    OUTPUT.write_text(json.dumps({"cases": cases}, indent=2) + "\n")
