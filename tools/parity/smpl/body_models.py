"""Body models in the format of the licensed ones, with content that is free: random, or this project's synthetic body.

Field names, shapes and types are those of the files that the models' authors distribute; no number of theirs is here.
"""

import inspect
import io
import pickle
import struct

import numpy as np
import scipy.sparse

SMPL_PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]
LEFT_HAND, RIGHT_HAND = [20, 0, 1, 20, 3, 4, 20, 6, 7, 20, 9, 10, 20, 12, 13], [21, 0, 1, 21, 3, 4, 21, 6, 7, 21, 9, 10, 21, 12, 13]
NO_PARENT = 4294967295


def hand(wrist_and_offsets, first):
    wrist = wrist_and_offsets[0]
    return [parent if parent == wrist else parent + first for parent in wrist_and_offsets]


PARENTS = {
    "smpl": SMPL_PARENTS,
    "smplh": SMPL_PARENTS[:22] + hand(LEFT_HAND, 22) + hand(RIGHT_HAND, 37),
    "smplx": SMPL_PARENTS[:22] + [15, 15, 15] + hand(LEFT_HAND, 25) + hand(RIGHT_HAND, 40),
}


def random_model(family, vertex_count, coefficient_count, rng, quantised=False):
    """A model whose every number matters. Quantised numbers pack well, for files that are checked in."""
    joint_count = len(PARENTS[family])
    draw = (lambda scale, shape: rng.integers(-15, 16, shape) * (scale / 8)) if quantised else (
        lambda scale, shape: rng.normal(size=shape) * scale
    )
    weights = np.zeros((vertex_count, joint_count))
    for row in weights:
        count = min(joint_count, int(rng.integers(1, 5)))
        share = rng.integers(1, 9, count)
        row[rng.choice(joint_count, count, replace=False)] = share / share.sum()
    regressor = np.zeros((joint_count, vertex_count))
    for row in regressor:
        count = min(vertex_count, 6)
        share = rng.integers(1, 9, count)
        row[rng.choice(vertex_count, count, replace=False)] = share / share.sum()
    parents = [NO_PARENT] + PARENTS[family][1:]
    model = {
        "v_template": draw(0.5, (vertex_count, 3)),
        "f": rng.integers(0, vertex_count, (2 * vertex_count - 4, 3)).astype(np.uint32),
        "shapedirs": draw(0.01, (vertex_count, 3, coefficient_count)),
        "posedirs": draw(0.005, (vertex_count, 3, 9 * (joint_count - 1))),
        "weights": weights,
        "J_regressor": regressor,
        "kintree_table": np.array([parents, range(joint_count)], dtype=np.uint32),
    }
    if family != "smpl":
        for side in "lr":
            model[f"hands_mean{side}"] = draw(0.3, 45)
            model[f"hands_components{side}"] = draw(0.1, (45, 45))
    if family == "smplx":
        model["lmk_faces_idx"] = np.zeros(51, dtype=np.int64)
        model["lmk_bary_coords"] = np.full((51, 3), 1 / 3)
    return model


def official_pickle(model, dtype=float):
    """As SMPL's own files: protocol 2 of Python 2, chumpy variables, sparse regressor."""
    chumpy = import_chumpy()
    fields = {name: np.asarray(value) for name, value in model.items()}
    fields["shapedirs"] = chumpy.array(fields["shapedirs"].astype(dtype))
    fields["v_template"] = chumpy.array(fields["v_template"].astype(dtype))
    # A selection of a larger variable, as the hand models have them.
    twice = chumpy.array(np.concatenate([model["weights"]] * 2))
    fields["weights"] = twice[len(model["weights"]) :]
    fields["J_regressor"] = scipy.sparse.csc_matrix(model["J_regressor"])
    fields["bs_style"], fields["bs_type"] = "lbs", "lrotmin"
    return python2_pickle(fields)


class Python2Pickler(pickle._Pickler):
    """Writes what Python 2 would have written: 8-bit strings, and the older names of modules."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, text):
        data = text if isinstance(text, bytes) else text.encode("latin1")
        short = len(data) < 256
        self.write(b"U" + bytes([len(data)]) if short else b"T" + struct.pack("<i", len(data)))
        self.write(data)
        self.memoize(text)

    dispatch[str] = save_string
    dispatch[bytes] = save_string


def python2_pickle(value):
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2).dump(value)
    data = stream.getvalue()
    for new, old in [
        (b"cscipy.sparse._csc\n", b"cscipy.sparse.csc\n"),
        (b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"),
    ]:
        data = data.replace(new, old)
    return data


def import_chumpy():
    """chumpy 0.70 was written for an older Python and NumPy: lends it the names that it misses."""
    if not hasattr(inspect, "getargspec"):
        inspect.getargspec = inspect.getfullargspec
    for name, kind in dict(bool=bool, int=int, float=float, complex=complex, object=object, str=str, unicode=str).items():
        if name not in np.__dict__:
            setattr(np, name, kind)
    import chumpy

    return chumpy
