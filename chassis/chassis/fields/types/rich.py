"""The part of HTML that is kept of a formatted text; written anew, never passed through."""

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

KEPT = re.compile(r"p|br|b|strong|i|em|u|s|ul|ol|li|h[1-3]|blockquote|code|pre|a")
DROPPED_WHOLE = re.compile(
    "script|style|iframe|object|embed|template|svg|math|noscript|title|textarea"
)  # what stands inside these is no text of the writer's
BREAKING = re.compile(r"p|br|li|h[1-3]|blockquote|pre")


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._open: list[str] = []
        self._dropping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if DROPPED_WHOLE.fullmatch(tag):
            self._dropping += 1
        elif KEPT.fullmatch(tag) and not self._dropping:
            self.written.append(f"<{tag}{_link(attrs) if tag == 'a' else ''}>")
            if tag != "br":
                self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if DROPPED_WHOLE.fullmatch(tag):
            self._dropping = max(0, self._dropping - 1)
        elif tag in self._open and not self._dropping:
            while self._open:
                last = self._open.pop()
                self.written.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self.written.append(escape(data, quote=False))

    def finished(self) -> str:
        """Return what was kept, every element closed."""
        self.close()
        self.written.extend(f"</{tag}>" for tag in reversed(self._open))
        return "".join(self.written).strip()


def _link(attributes: list[tuple[str, str | None]]) -> str:
    address = next((value for name, value in attributes if name == "href" and value), None)
    if address is None or urlsplit(address.strip()).scheme.lower() not in ("http", "https", "mailto"):
        return ""
    return f' href="{escape(address.strip())}" rel="noopener noreferrer"'


def sanitised(html: str) -> str:
    """Return the harmless part of a formatted text; the same when asked again."""
    writer = _Writer()
    writer.feed(html)
    return writer.finished()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if BREAKING.fullmatch(tag):
            self.read.append("\n")

    def handle_data(self, data: str) -> None:
        self.read.append(data)


def words(html: str) -> str:
    """Return the text of a formatted text, with a line for each paragraph."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.read).strip()
