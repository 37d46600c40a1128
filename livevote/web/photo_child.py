"""Reads one picture on stdin and writes it as a plain JPEG on stdout. A program of its own, run by
`photos`; it imports nothing of ours.

A picture is drawn anew from its pixels: where it was taken, with what and when stays behind, and
so does whatever else a file can carry. A small file can name a picture of gigabytes: what goes
wrong here ends this process and not the server.
"""

from __future__ import annotations

import resource
import sys
from io import BytesIO

MEMORY = 768 << 20
SECONDS = 10
PIXELS_MAX = 60_000_000
SIDE_MAX = 1600
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")


def redrawn(data: bytes) -> bytes:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > PIXELS_MAX:
            raise ValueError("too many pixels")
        image.draft("RGB", (SIDE_MAX, SIDE_MAX))  # a JPEG is read at the size that is needed
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((SIDE_MAX, SIDE_MAX))
        clear = upright.convert("RGBA")
        ground = Image.new("RGB", clear.size, "white")
        ground.paste(clear, mask=clear.getchannel("A"))
    out = BytesIO()
    ground.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(redrawn(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
