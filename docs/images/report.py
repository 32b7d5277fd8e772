# SPDX-License-Identifier: Apache-2.0
"""Photographs some sections of a calibration report; needs Chromium.

feedline calibrate twin --from theory --wrong 1 --report report.html
python docs/images/report.py report.html
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

SECTIONS = ("resonator", "rabi", "ramsey", "cz", "rb", "rb-pairs")
"""The last of each is shown."""
_STYLE = """body { max-width: none; margin: 1rem; display: grid; grid-template-columns: 1fr 1fr; gap: 0 2.5rem }
body > .head { grid-column: 1 / 3 } h1 { margin: 0 } h2 { margin-top: 1rem; font-size: 1.2rem }
section > p { margin: 0 } details, pre { display: none }"""


def page(report: str) -> str:
    """The report with the chosen sections only, in two columns."""
    head, *sections = re.split(r"(?=<h2>)", report.replace("</html>", ""))
    found = {match[1]: section for section in sections if (match := re.search(r"<code>([\w-]+)</code>", section))}
    start, body = head.split("</style>", 1)
    shown = "".join(f"<section>{found[name]}</section>" for name in SECTIONS)
    return f"{start}{_STYLE}</style><div class='head'>{body}</div>{shown}</html>"


def photograph(report: Path, picture: Path) -> None:
    """Write the picture, with the white below it cut off."""
    from PIL import Image, ImageChops

    with tempfile.TemporaryDirectory() as folder:
        html, raw = Path(folder, "page.html"), Path(folder, "raw.png")
        html.write_text(page(report.read_text(encoding="utf-8")), encoding="utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        subprocess.run(
            [*command, f"--screenshot={raw}", "--window-size=1300,2200", html.as_uri()], check=True, capture_output=True
        )
        image = Image.open(raw).convert("RGB")
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox()
    cut = image.crop((0, 0, image.width, box[3] + 20)) if box else image
    cut.quantize(200).save(picture, optimize=True)


if __name__ == "__main__":
    photograph(Path(sys.argv[1]), Path(__file__).with_name("calibration-report.png"))
