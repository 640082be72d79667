"""Writes the golden files of packages/mllm/src/image: what Pillow, transformers' image processors on Pillow, and OpenCV
with scikit-image (HMR2.0's crop) make of small crops of real photographs.

    python3 -m venv venv && venv/bin/pip install -r tools/parity/images/requirements.txt
    venv/bin/python tools/parity/images/generate.py

The photographs come with scikit-image: `astronaut` (NASA, public domain) and `chelsea` (CC0).
"""

import base64
import io
import json
import struct
import zlib
from pathlib import Path

import cv2
import numpy
from PIL import Image, ImageOps
from skimage import data
from skimage.filters import gaussian
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

GOLDEN = Path(__file__).resolve().parents[3] / "packages" / "mllm" / "src" / "image" / "__golden__"

# A face, and fur and whiskers.
PHOTOGRAPHS = {
    "astronaut": Image.fromarray(data.astronaut()[40:131, 170:287]),
    "chelsea": Image.fromarray(data.chelsea()[60:163, 200:271]),
}

FILTERS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def encoded(array):
    return base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()


def write(name, content):
    (GOLDEN / name).write_text(json.dumps(content, separators=(",", ":")) + "\n")


def resizing():
    cases = []
    for photograph, picture in PHOTOGRAPHS.items():
        for name, resample in FILTERS.items():
            # Smaller, much smaller, larger, stretched, one axis only.
            for width, height in [(40, 31), (7, 5), (140, 9), (picture.width, 20), (19, picture.height)]:
                resized = picture.resize((width, height), resample)
                cases.append({
                    "photograph": photograph, "filter": name, "width": width, "height": height,
                    "crc32": zlib.crc32(resized.tobytes()),
                })
    # Some as bytes, so that a difference can be looked at.
    for name, resample in FILTERS.items():
        resized = PHOTOGRAPHS["astronaut"].resize((24, 17), resample)
        cases.append({
            "photograph": "astronaut", "filter": name, "width": 24, "height": 17,
            "crc32": zlib.crc32(resized.tobytes()), "data": encoded(numpy.asarray(resized)),
        })
    write("resizing.golden.json", cases)


def processors():
    cases = []
    for name, photograph, processor in [
        ("CLIP, a wide picture", "astronaut", CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size=28)),
        ("CLIP, a high picture", "chelsea", CLIPImageProcessorPil(size={"shortest_edge": 23}, crop_size=23)),
        ("CLIP, cropped beyond the edge", "astronaut", CLIPImageProcessorPil(size={"shortest_edge": 14}, crop_size={"height": 25, "width": 15})),
        ("CLIP, not resized", "astronaut", CLIPImageProcessorPil(do_resize=False, crop_size=20, resample=2)),
        ("SigLIP", "astronaut", SiglipImageProcessorPil(size={"height": 26, "width": 22})),
        ("LLaVA, padded, wide", "astronaut", LlavaImageProcessorPil(size={"shortest_edge": 28}, crop_size=28, do_pad=True)),
        ("LLaVA, padded, high", "chelsea", LlavaImageProcessorPil(size={"shortest_edge": 27}, crop_size=27, do_pad=True)),
    ]:
        values = processor(PHOTOGRAPHS[photograph], return_tensors="np")["pixel_values"][0].astype(numpy.float32)
        settings = json.loads(processor.to_json_string())
        keep = [key for key in settings if key.startswith(("do_", "image_", "size", "crop_size", "resample", "rescale"))]
        cases.append({
            "name": name, "photograph": photograph, "config": {key: settings[key] for key in keep},
            "shape": list(values.shape), "values": encoded(values),
        })
    write("processors.golden.json", cases)


def hmr2_crop(picture, box, pixels):
    """HMR2.0's crop, in its words: centre and size of the box, blur if it shrinks a lot, an affine warp, ImageNet."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    target_width, target_height = 192, 256
    if height / width < target_height / target_width:
        height = max(width * target_height / target_width, height)
    else:
        width = max(height * target_width / target_height, width)
    size = max(width, height)
    shrinking = size / pixels / 2
    array = numpy.asarray(picture)
    if shrinking > 1.1:
        array = gaussian(array, sigma=(shrinking - 1) / 2, channel_axis=2, preserve_range=True)
    centre = numpy.array([(left + right) / 2, (top + bottom) / 2], dtype=numpy.float32)
    half = numpy.float32(size * 0.5)
    middle = numpy.float32(pixels * 0.5)
    source = numpy.array([centre, centre + [0, half], centre + [half, 0]], dtype=numpy.float32)
    target = numpy.array([[middle, middle], [middle, 2 * middle], [2 * middle, middle]], dtype=numpy.float32)
    warp = cv2.getAffineTransform(source, target)
    patch = cv2.warpAffine(array, warp, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    values = patch.astype(numpy.float64).transpose(2, 0, 1)
    mean = 255 * numpy.array([0.485, 0.456, 0.406])
    deviation = 255 * numpy.array([0.229, 0.224, 0.225])
    return ((values - mean[:, None, None]) / deviation[:, None, None]).astype(numpy.float32)


def person_crops():
    cases = []
    for name, photograph, box, pixels in [
        ("enlarged, within the picture", "astronaut", (40, 20, 60, 50), 36),
        ("a wide box, beyond the edge", "astronaut", (-10.5, 30, 90.25, 60), 40),
        ("shrunk without blur", "chelsea", (5, 3, 66, 90), 46),
        ("shrunk with blur", "chelsea", (2, 4, 70, 100), 20),
        ("shrunk a lot, beyond the edge", "astronaut", (-30, -20, 140, 110), 18),
    ]:
        values = hmr2_crop(PHOTOGRAPHS[photograph], box, pixels)
        cases.append({
            "name": name, "photograph": photograph, "box": box, "pixels": pixels, "values": encoded(values),
        })
    write("person-crops.golden.json", cases)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(samples, colour_type, depth, interlaced=False, extra=b""):
    """A PNG of [height, width, channels] samples that Pillow does not write: 16-bit RGB, interlaced, transparent keys."""
    height, width, _ = samples.shape
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    lines = b""
    for x, y, step_x, step_y in passes:
        part = samples[y::step_y, x::step_x]
        if part.shape[1] == 0:
            continue
        for row in part:
            flat = row.reshape(-1)
            if depth == 16:
                content = flat.astype(">u2").tobytes()
            elif depth == 8:
                content = flat.astype(numpy.uint8).tobytes()
            else:
                bits = ((flat[:, None] >> numpy.arange(depth - 1, -1, -1)) & 1).astype(numpy.uint8)
                content = numpy.packbits(bits.reshape(-1)).tobytes()
            lines += b"\0" + content
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def written(picture, **options):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **options)
    return buffer.getvalue()


def over_grey(picture):
    """The picture over a grey background, in exact arithmetic."""
    rgba = numpy.asarray(picture.convert("RGBA")).astype(numpy.float64)
    alpha = rgba[..., 3:] / 255
    return numpy.floor(100 + (rgba[..., :3] - 100) * alpha + 0.5).astype(numpy.uint8)


def decoding():
    """PNG files of every kind, with what Pillow reads in them."""
    photograph = PHOTOGRAPHS["astronaut"].crop((30, 20, 43, 31))
    rgb = numpy.asarray(photograph).astype(numpy.int64)
    grey = rgb[..., 1:2]
    alpha = (numpy.arange(grey.size).reshape(grey.shape) * 7) % 256
    rgba = Image.fromarray(numpy.concatenate([rgb, alpha], 2).astype(numpy.uint8), "RGBA")
    palette = photograph.quantize(11)
    files = {
        "RGB": written(photograph),
        "RGB, interlaced": png(rgb, 2, 8, interlaced=True),
        "RGB, one pixel wide, interlaced": png(rgb[:, :1], 2, 8, interlaced=True),
        "RGB of 16 bits": png(rgb * 257, 2, 16),
        "RGB with a transparent colour": png(rgb, 2, 8, extra=chunk(b"tRNS", struct.pack(">3H", *rgb[3, 4]))),
        "RGBA": written(rgba),
        "RGBA of 16 bits, interlaced": png(numpy.concatenate([rgb, alpha], 2) * 257, 6, 16, interlaced=True),
        "grey": written(photograph.convert("L")),
        "grey and alpha": written(rgba.convert("LA")),
        "grey of 1 bit": png(grey >> 7, 0, 1),
        "grey of 2 bits": png(grey >> 6, 0, 2),
        "grey of 4 bits, interlaced": png(grey >> 4, 0, 4, interlaced=True),
        "palette": written(palette),
        "palette of 4 bits with alphas": written(palette, bits=4, transparency=bytes([0, 50, 255, 128])),
    }
    cases = [
        {"name": name, "file": base64.b64encode(file).decode(), "data": encoded(over_grey(Image.open(io.BytesIO(file))))}
        for name, file in files.items()
    ]
    # 16-bit grey: Pillow does not scale it down; the high byte is the value that was scaled up.
    cases.append({
        "name": "grey of 16 bits", "file": base64.b64encode(png(grey * 257, 0, 16)).decode(),
        "data": encoded(numpy.repeat(grey, 3, 2).astype(numpy.uint8)),
    })
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        file = written(photograph, exif=exif)
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
        cases.append({
            "name": f"EXIF orientation {orientation}", "file": base64.b64encode(file).decode(),
            "width": upright.width, "height": upright.height, "data": encoded(numpy.asarray(upright)),
        })
    write("decoding.golden.json", cases)


def other_formats():
    """A JPEG of a camera that was held sideways; Pillow and libvips may round its chroma differently."""
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    PHOTOGRAPHS["chelsea"].save(buffer, "JPEG", quality=95, subsampling=0, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(buffer.getvalue())))
    (GOLDEN / "sideways.jpg").write_bytes(buffer.getvalue())
    write("sideways.golden.json", {"width": upright.width, "height": upright.height, "data": encoded(numpy.asarray(upright))})


if __name__ == "__main__":
    for photograph_name, photograph_picture in PHOTOGRAPHS.items():
        photograph_picture.save(GOLDEN / f"{photograph_name}.png", optimize=True)
    resizing()
    processors()
    person_crops()
    decoding()
    other_formats()
