"""Takes forms apart: ``application/x-www-form-urlencoded`` and ``multipart/form-data``."""

from email.message import Message
from urllib.parse import parse_qsl

from modelport_scoring.raw.values import UploadedFile, Values


def parse_form(content_type: str, body: bytes) -> tuple[Values, Values]:
    """Give the texts and the files (`UploadedFile`) of a form; both are empty for any other content."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return Values(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)), Values(())
    boundary = _parameters(content_type).get("boundary")
    if kind != "multipart/form-data" or not boundary:
        return Values(()), Values(())
    texts, files = [], []
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1", "replace"))[1:]:
        if part.startswith(b"--"):
            break
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = dict(_header(line) for line in head.decode("utf-8", "replace").split("\r\n"))
        disposition = _parameters(headers.get("content-disposition", ""))
        name = disposition.get("name", "")
        if "filename" in disposition:
            kind = headers.get("content-type", "application/octet-stream")
            files.append((name, UploadedFile(name, disposition["filename"], kind, data)))
        else:
            texts.append((name, data.decode("utf-8", "replace")))
    return Values(texts), Values(files)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _parameters(value: str) -> dict[str, str]:
    """Give what stands behind the semicolons of a header's *value*."""
    message = Message()
    message["content-type"] = value
    found = message.get_params(failobj=[], unquote=True)
    return {str(name).lower(): str(text) for name, text in found[1:]}
