"""What MkDocs cannot know of docs/: its order, the pages outside of it, its dialect of Markdown.

The pages are written to be read as they are, where the code is hosted. Here they become a site
without being changed: the index, docs/README.md, gives the navigation, and what a page links to
outside of docs/ comes along.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

OUTSIDE = {"README.md": "OVERVIEW.md"}
"""Pages of the root that have another name in the site: docs/ has a README of its own."""

SECTION = re.compile(r"^## (.+)$")
ENTRY = re.compile(r"^- \[([^\]]+)\]\(([^)\s#]+)\)")
LINK = re.compile(r"(\]\()(?!\w+:|#)([^)#\s]+)")
CODE = re.compile(r"(`[^`\n]+`)")
FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Take the navigation from the index: its sections, and the page that each line begins with."""
    config.nav = [{"voiceguide": "README.md"}, *navigation()]
    return config


def navigation() -> list[dict[str, Any]]:
    """The sections of the index with their pages, as mkdocs.yml would list them."""
    sections: list[dict[str, Any]] = []
    listed = set()
    for line in (DOCS / "README.md").read_text(encoding="utf-8").splitlines():
        if heading := SECTION.match(line):
            sections.append({heading[1]: []})
        elif (entry := ENTRY.match(line)) and (name := inside(entry[2], "docs")) not in listed:
            listed.add(name)
            (pages,) = sections[-1].values()
            pages.append({entry[1].replace("`", ""): name})
    return [section for section in sections if any(section.values())]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what the pages link to outside of docs/, and what that links to in turn."""
    found: set[str] = set()
    waiting = {f"docs/{page.name}" for page in DOCS.glob("*.md")}
    while waiting:
        path = waiting.pop()
        found.add(path)
        waiting |= set(linked(path)) - found
    for path in sorted(found):
        if not path.startswith("docs/"):
            source = str(ROOT / path)
            files.append(File.generated(config, inside(path, ""), abs_src_path=source))
    return files


def linked(path: str) -> Iterator[str]:
    """The files of the project that a page links to, from the root."""
    if path.endswith(".md"):
        for _, target in LINK.findall(without_code((ROOT / path).read_text(encoding="utf-8"))):
            name = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if (ROOT / name).is_file():
                yield name


def without_code(text: str) -> str:
    """A text without its fenced blocks and pieces of code, where a link is none."""
    return CODE.sub("", FENCED.sub("", text))


def inside(target: str, folder: str) -> str:
    """Where in the site a file is that a page in `folder` links to."""
    name = posixpath.normpath(posixpath.join(folder, target))
    if name.startswith("docs/"):
        return name.removeprefix("docs/")
    return OUTSIDE.get(name, name if "." in posixpath.basename(name) else f"{name}.txt")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links to where the site has the files, and write tables as MkDocs wants them."""
    source = Path(page.file.abs_src_path).relative_to(ROOT)
    folder = source.parent.as_posix().removeprefix(".")
    parts = FENCED.split(markdown)
    parts[::2] = [
        "".join(_turned(line, folder) for line in text.splitlines(True)) for text in parts[::2]
    ]
    return "".join(parts)


def _turned(line: str, folder: str) -> str:
    """A line with its links turned; code in a table without the backslash before a bar."""
    pieces = CODE.split(line)
    pieces[::2] = [
        LINK.sub(lambda m: f"{m[1]}{inside(m[2], folder)}", text) for text in pieces[::2]
    ]
    if line.startswith("|"):
        pieces[1::2] = [code.replace("\\|", "|") for code in pieces[1::2]]
    return "".join(pieces)
