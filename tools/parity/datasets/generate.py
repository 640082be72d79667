"""Golden data for packages/datasets: small folders in the very formats of the real data sets, for our readers to read.

    python3 -m venv /tmp/datasets-parity && /tmp/datasets-parity/bin/pip install -r tools/parity/datasets/requirements.txt
    /tmp/datasets-parity/bin/python tools/parity/datasets/generate.py

Run from the root of the repository. Numbers are random; names, shapes, types, pickle protocols and folders are those of
the data sets. `expected.json` has what NumPy and SciPy make of them where a reader computes something.
"""

import io
import json
import pickle
import shutil
import struct
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

GOLDEN = Path("tools/parity/datasets/golden")


def main():
    shutil.rmtree(GOLDEN, ignore_errors=True)
    rng = np.random.default_rng(20261125)
    expected = {"3dpw": three_dpw(rng), "emdb": emdb(rng)}
    amass(rng)
    human36m(rng)
    mpi_inf_3dhp(rng)
    expected["coco"] = coco(rng)
    mpii(rng)
    bedlam(rng)
    conversations(rng)
    (GOLDEN / "expected.json").write_text(json.dumps(expected, default=plain, separators=(",", ":")) + "\n")
    print(f"{sum(file.stat().st_size for file in GOLDEN.rglob('*') if file.is_file())} bytes in {GOLDEN}")


def plain(value):
    return np.round(value, 6).tolist() if isinstance(value, np.ndarray) else value.item()


def path(name):
    file = GOLDEN / name
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


class Python2Pickler(pickle._Pickler):
    """Protocol 2 as Python 2 wrote it: its strings are bytes, and so are the contents of arrays."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, value):
        data = value.encode("latin1") if isinstance(value, str) else value
        if len(data) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(data)]) + data)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    dispatch[bytes] = save_string
    dispatch[str] = save_string


def python2(value):
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2, fix_imports=True).dump(value)
    return stream.getvalue()


def camera(rng, frames):
    """World-to-camera motions of cameras that stand some metres before the origin and look at it."""
    extrinsics = np.tile(np.eye(4), (frames, 1, 1))
    flip = Rotation.from_euler("x", 180, degrees=True)
    for frame in range(frames):
        extrinsics[frame, :3, :3] = (Rotation.from_rotvec(rng.normal(size=3) * 0.1) * flip).as_matrix()
        extrinsics[frame, :3, 3] = rng.normal(size=3) * 0.1 + [0, 0, 4]
    return extrinsics


def three_dpw(rng):
    def sequence(name, people, frames):
        extrinsics = camera(rng, frames)
        return {
            "sequence": name,
            "betas": [rng.normal(size=10) for _ in range(people)],
            "betas_clothed": [rng.normal(size=10) for _ in range(people)],
            "poses": [rng.normal(size=(frames, 72)) * 0.5 for _ in range(people)],
            "trans": [rng.normal(size=(frames, 3)) for _ in range(people)],
            "poses_60Hz": [rng.normal(size=(2, 3)) for _ in range(people)],
            "poses2d": [rng.uniform(100, 900, size=(frames, 3, 18)) for _ in range(people)],
            "jointPositions": [rng.normal(size=(frames, 72)) * 0.4 for _ in range(people)],
            "img_frame_ids": np.arange(frames) * 2,
            "cam_poses": extrinsics,
            "campose_valid": [np.ones(frames, dtype=bool) for _ in range(people)],
            "cam_intrinsics": np.array([[1961.0, 0, 540], [0, 1969.0, 960], [0, 0, 1]]),
            "genders": ["m", "f"][:people],
            "texture_maps": [],
            "v_template_clothed": [],
        }

    two = sequence("downtown_walk_00", 2, frames=3)
    for person in two["poses2d"]:
        person[:, 2] = rng.uniform(0.1, 1, size=(3, 18))
    two["poses2d"][0][1] = 0  # nobody was detected
    two["campose_valid"][1][2] = False
    (path("3dpw/sequenceFiles/test/downtown_walk_00.pkl")).write_bytes(python2(two))
    one = sequence("outdoors_climb_00", 1, frames=3)
    one["poses2d"][0][:, 2] = 0.5
    one["poses"][0][1, 7] = np.nan
    one["jointPositions"][0][2] += 50  # far beside the picture
    (path("3dpw/sequenceFiles/validation/outdoors_climb_00.pkl")).write_bytes(python2(one))
    wrong = sequence("courtyard_hug_00", 2, frames=1)
    wrong["trans"].pop()
    (path("3dpw/sequenceFiles/train/courtyard_hug_00.pkl")).write_bytes(python2(wrong))

    extrinsics = two["cam_poses"][1]
    rotation, shift = extrinsics[:3, :3], extrinsics[:3, 3]
    joints = two["jointPositions"][0][1].reshape(24, 3) @ rotation.T + shift
    pixels = joints @ two["cam_intrinsics"].T
    pixels = pixels[:, :2] / pixels[:, 2:]
    inside = np.all((pixels >= 0) & (pixels < [1080, 1920]), axis=1)
    low, high = pixels[inside].min(axis=0), pixels[inside].max(axis=0)
    side = 1.2 * (high - low).max()
    first = two["poses2d"][0][0]
    return {
        "frame1_joints_camera": joints,
        "frame1_root_camera": (Rotation.from_matrix(rotation) * Rotation.from_rotvec(two["poses"][0][1, :3])).as_rotvec(),
        "frame1_box": np.array([*((low + high - side) / 2), side, side]),
        "frame0_pixels": first[:2].T,
        "frame0_confidence": first[2],
        "betas": two["betas"][0],
        "world_root": two["poses"][0][1, :3],
        "trans": two["trans"][0][1],
    }


def emdb(rng, frames=4):
    extrinsics = camera(rng, frames)
    data = {
        "gender": "female",
        "name": "P0_00_mvs_a",
        "emdb1": True,
        "emdb2": np.bool_(False),
        "n_frames": frames,
        "good_frames_mask": np.array([True, False, True, True]),
        "camera": {
            "intrinsics": np.array([[1430.0, 0, 720], [0, 1430.0, 960], [0, 0, 1]]),
            "extrinsics": extrinsics,
            "width": 1440,
            "height": 1920,
        },
        "smpl": {
            "poses_root": rng.normal(size=(frames, 3)),
            "poses_body": rng.normal(size=(frames, 69)) * 0.4,
            "trans": rng.normal(size=(frames, 3)),
            "betas": rng.normal(size=10),
        },
        "kp2d": rng.uniform(0, 1400, size=(frames, 24, 2)),
        "bboxes": {"bboxes": np.array([[100.0, 200, 500, 900]] * frames), "invalid_idxs": np.array([1, 3])},
    }
    path("emdb/P0/00_mvs_a/P0_00_mvs_a_data.pkl").write_bytes(pickle.dumps(data))
    root = Rotation.from_matrix(extrinsics[2, :3, :3]) * Rotation.from_rotvec(data["smpl"]["poses_root"][2])
    return {"frame2_root_camera": root.as_rotvec(), "frame2_keypoints": data["kp2d"][2]}


def amass(rng):
    def motion(frames):
        return {
            "trans": rng.normal(size=(frames, 3)),
            "gender": np.array("female"),
            "mocap_framerate": np.array(120.0),
            "betas": rng.normal(size=16),
            "poses": rng.normal(size=(frames, 156)),
        }

    for name, frames in [("CMU/01/01_01_poses", 2), ("HumanEva/S1/Box_1_poses", 1), ("SSM_synced/2020/kick_poses", 1)]:
        np.savez_compressed(path(f"amass/{name}.npz"), **motion(frames))
    np.savez_compressed(path("amass/CMU/01/shape.npz"), betas=rng.normal(size=16))


def crops(rng, names, **more):
    rows = len(names)
    part = rng.uniform(0, 900, size=(rows, 24, 3))
    part[:, :, 2] = rng.integers(0, 2, size=(rows, 24))
    return {
        "imgname": names,
        "center": rng.uniform(100, 900, size=(rows, 2)),
        "scale": rng.uniform(1, 3, size=rows),
        "part": part,
        "S": np.concatenate([rng.normal(size=(rows, 24, 3)), np.ones((rows, 24, 1))], axis=2),
        **more,
    }


def human36m(rng):
    names = [f"images/S9_Directions_1.60457274_{frame:06d}.jpg" for frame in (1, 6)]
    spin = crops(rng, names)
    del spin["part"]
    np.savez(path("h36m/h36m_valid_protocol1.npz"), **spin)
    rows = len(names)
    np.savez(
        path("h36m/h36m_val_p2.npz"),
        imgname=np.array(names),
        center=rng.uniform(100, 900, size=(rows, 1, 2)),
        scale=rng.uniform(300, 600, size=(rows, 1)),
        extra_keypoints_2d=np.concatenate([rng.uniform(0, 900, (rows, 19, 2)), np.ones((rows, 19, 1))], axis=2),
        extra_keypoints_3d=np.concatenate([rng.normal(size=(rows, 19, 3)), np.ones((rows, 19, 1))], axis=2),
        body_pose=rng.normal(size=(rows, 72)).astype(np.float32),
        has_body_pose=np.array([1, 0]),
        betas=rng.normal(size=(rows, 10)).astype(np.float32),
        has_betas=np.array([1, 0]),
    )
    wrong = crops(rng, names)
    wrong["scale"] = wrong["scale"][:1]
    np.savez_compressed(path("h36m/h36m_train.npz"), **wrong)
    positions = {
        subject: {"Directions": rng.normal(size=(frames, 32, 3)).astype("float32")}
        for subject, frames in [("S1", 2), ("S5", 1), ("S6", 1), ("S7", 1), ("S8", 1), ("S9", 2), ("S11", 2)]
    }
    for subject in ["S9", "S11"]:
        positions[subject]["Walking 1"] = rng.normal(size=(1, 32, 3)).astype("float32")
    positions["S9"]["Directions"][1, 3, 2] = np.nan
    np.savez_compressed(path("h36m/data_3d_h36m.npz"), positions_3d=positions)


def mpi_inf_3dhp(rng):
    names = [f"S1/Seq1/imageFrames/video_0/frame_{frame:06d}.jpg" for frame in (1, 11)] + ["../../secrets.jpg"]
    openpose = rng.uniform(0, 900, size=(3, 25, 3))
    openpose[:, :, 2] = 0.7
    fits = {"pose": rng.normal(size=(3, 72)), "shape": rng.normal(size=(3, 10)), "has_smpl": np.array([1, 0, 1])}
    np.savez_compressed(path("mpi-inf-3dhp/mpi_inf_3dhp_train.npz"), **crops(rng, names, openpose=openpose, **fits))
    names = ["mpi_inf_3dhp_test_set/TS1/imageSequence/img_000007.jpg"]
    np.savez(path("mpi-inf-3dhp/mpi_inf_3dhp_test.npz"), **crops(rng, names))


def coco(rng):
    def annotation(identifier, image, visibility):
        keypoints = np.concatenate([rng.integers(1, 600, size=(17, 2)), np.array(visibility)[:, None]], axis=1)
        keypoints[keypoints[:, 2] == 0] = 0
        return {
            "segmentation": [[1.0, 2.0, 3.0, 4.0]],
            "num_keypoints": int((keypoints[:, 2] > 0).sum()),
            "area": 1000.5,
            "iscrowd": 0,
            "keypoints": keypoints.ravel().tolist(),
            "image_id": image,
            "bbox": [10.5, 20.25, 100, 200],
            "category_id": 1,
            "id": identifier,
        }

    image = {"license": 3, "coco_url": "http://images.cocodataset.org/x.jpg", "height": 480, "width": 640}
    annotations = [
        annotation(1, 36, [2] * 15 + [1, 0]),
        annotation(2, 36, [0] * 17),
        annotation(3, 49, [2] * 17),
        annotation(4, 99, [2] * 17),
        annotation(5, 49, [2] * 17),
        annotation(6, 61, [2] * 17),
    ]
    annotations[4]["num_keypoints"] = 3
    crowd = {**annotation(7, 36, [0] * 17), "iscrowd": 1, "segmentation": {"counts": [1, 2], "size": [480, 640]}}
    document = {
        "info": {"description": 'COCO 2017 "keypoints" [{', "year": 2017},
        "licenses": [{"id": 1, "name": "Attribution"}],
        "images": [
            {**image, "id": 36, "file_name": "000000000036.jpg"},
            {**image, "id": 49, "file_name": "000000000049.jpg"},
            {**image, "id": 61, "file_name": "/etc/passwd"},
        ],
        "annotations": [*annotations, crowd],
        "categories": [{"id": 1, "name": "person", "skeleton": [[16, 14]]}],
    }
    path("coco/annotations/person_keypoints_val2017.json").write_text(json.dumps(document))
    names = ["train2014/COCO_train2014_000000044474.jpg"]
    people = crops(rng, np.array(names, dtype=object), openpose=np.zeros((1, 25, 3)))
    np.savez(path("coco/coco_2014_train.npz"), **people)
    rotations = Rotation.from_rotvec(rng.normal(size=(24, 3)))
    fit = {
        "parm_pose": rotations.as_matrix().round(7).tolist(),
        "parm_shape": rng.normal(size=10).round(6).tolist(),
        "parm_cam": [0.9, 0.01, -0.02],
        "bbox_scale": 1.25,
        "bbox_center": [320.0, 240.5],
        "gt_keypoint_2d": rng.uniform(0, 400, size=(49, 3)).round(1).tolist(),
        "joint_validity_openpose18": [True] * 18,
        "smpltype": "smpl",
        "annotId": 455475,
        "imageName": "COCO_train2014_000000044474.jpg",
    }
    broken = {**fit, "parm_pose": (2 * np.tile(np.eye(3), (24, 1, 1))).tolist(), "gt_keypoint_2d": [[0, 0, 0]] * 49}
    path("coco/eft_fit/COCO2014-All-ver01.json").write_text(json.dumps({"ver": 0.1, "data": [fit, broken]}))
    return {"eft_axis_angles": rotations.as_rotvec(), "first_keypoints": annotations[0]["keypoints"]}


def mpii(rng):
    def person(image):
        return {
            "joints_vis": [1] * 15 + [0],
            "joints": rng.uniform(1, 900, size=(16, 2)).tolist(),
            "image": image,
            "scale": 3.021046,
            "center": [594.0, 257.0],
        }

    people = [person("015601864.jpg"), person("015601864.jpg"), person("015599452.jpg")]
    people[2]["joints"].pop()
    path("mpii/annot/train.json").write_text(json.dumps(people))
    path("mpii/annot/valid.json").write_text(json.dumps(people[:2])[:-100])


def bedlam(rng):
    def person(number):
        return {
            "princpt": np.array([640, 360], dtype=np.float32),
            "focal": np.array([1200, 1200], dtype=np.float32),
            "identity": np.array(["rp_aaron_posed_002"])[0],
            "smplx_gender": "neutral",
            "smplx_shape": rng.normal(size=11).astype(np.float32),
            "smplx_tight_bbox": np.array([100, 50, 300, 500], dtype=np.float32) + number,
            "smplx_transl": rng.normal(size=3).astype(np.float32),
            "smplx_root_cam": rng.normal(size=3).astype(np.float32),
            "smplx_root_world": rng.normal(size=3).astype(np.float32),
            "smplx_pose2d": rng.integers(0, 700, size=(127, 2)).astype(np.int32),
            "smplx_global_orient": rng.normal(size=(1, 3)).astype(np.float32),
            "smplx_body_pose": rng.normal(size=(21, 3)).astype(np.float32),
            "smplx_left_hand_pose": np.zeros((15, 3), dtype=np.float32),
            "smplx_right_hand_pose": np.zeros((15, 3), dtype=np.float32),
        }

    folder = "20221010_3-10_500_batch01hand_zoom_suburb_d/png/seq_000000"
    later, sooner = f"{folder}/seq_000000_0005.png", f"{folder}/seq_000000_0000.png"
    people = {later: [person(0)], sooner: [person(1), person(2)]}
    chosen = {"criteria": {"scale_factor": 1.1}, later: [0], sooner: [0, 1]}
    captions = {pose: [f"pose {pose}, wording {wording}." for wording in range(3)] for pose in range(3)}
    files = {
        "bedlam_validation_try": people,
        "imgpaths_bedlam_to_selected_human_index_validation_try": chosen,
        "bedlam_validation_3caps_try": captions,
    }
    for name, value in files.items():
        path(f"bedlam-script/processed/{name}.pkl").write_bytes(pickle.dumps(value, protocol=5))


def conversations(rng):
    def turns(question, answer):
        return [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]

    llava = [
        {
            "id": "000000033471",
            "image": "000000033471.jpg",
            "conversations": turns("What are the colours of the bus?\n<image>", 'White and red, with "ÄÖ" — {[')
            + turns("Is it {moving}?", "No."),
        },
        {"id": "text-1", "conversations": turns("Say hello.", "Hello.")},
        {"id": "bad-1", "conversations": turns("Look: <image>", "At what?")},
        {"id": "bad-2", "image": "x.jpg", "conversations": turns("Hello?", "Yes.")[::-1]},
    ]
    path("llava-instruct-150k/llava_instruct_150k.json").write_text(json.dumps(llava, ensure_ascii=False))
    path("bedlam-script/bedlam_script_train.json").write_text(json.dumps(llava[:1]))
    truth = {
        "joint_cam": rng.normal(size=(24, 3)).round(4).tolist(),
        "fitted_joint_cam": rng.normal(size=(24, 3)).round(4).tolist(),
        "joint_img": rng.uniform(0, 900, size=(24, 2)).round(2).tolist(),
        "smpl_param": {
            "shape": rng.normal(size=10).round(4).tolist(),
            "pose": rng.normal(size=72).round(4).tolist(),
            "trans": [0.1, 0.2, 3.0],
            "gender": "male",
        },
        "bbox": [100.0, 200.0, 300.0, 400.0],
    }
    question = {
        "id": "000000",
        "image": "000000.png",
        "real_image": "3DPW/imageFiles/downtown_runForBus_01/image_00326.jpg",
        "conversations": turns("<image>\nThe man is about to sit down, what is his pose?", "Sure, it is <POSE>."),
        "ground_truth": truth,
    }
    for kind in ["behavior", "outfits", "pose", "shape"]:
        path(f"rpe/refine_vqa_{kind}_withGT.json").write_text(json.dumps([question] if kind == "pose" else []))
    lines = [
        {"prompt": "The pose of somebody who waits for the bus?", "id": 7},
        {"prompt": "Who is about to fall?", "image": "street.jpg", "answer": "The man: <POSE>."},
        {"question": "no prompt"},
        {"id": "r", "conversations": turns("A yoga pose, please.", "Here: <POSE>.")},
    ]
    path("reasoning-prompts/prompts.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"prompt": "cut sh')


if __name__ == "__main__":
    main()
