"""What can go wrong with a registry, as its user reads it. No text here holds a credential or a signed address."""

import json
import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import HTTPError

from modelport.store.errors import StoreError

LATER = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that say "not now"."""
_SHOWN = 200


class RegistryError(StoreError):
    """A registry refuses, or answers what it must not answer."""


class UnreachableRegistryError(RegistryError):
    """No answer came, or only answers that say "later"; *retry_after_s* is what the registry asked to wait."""

    def __init__(self, host: str, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(
            f"registry {host} cannot be reached: {reason}; check its name, the network and the proxy's variables "
            "(HTTPS_PROXY, NO_PROXY), then run the command again"
        )
        self.reason = reason
        self.retry_after_s = retry_after_s


class RegistryDeniedError(RegistryError):
    """Nobody, or not the right one, is logged in. *tried* says whose credential was shown."""

    def __init__(self, host: str, subject: str, status: int, tried: str) -> None:
        super().__init__(
            f"registry {host} denies access to {subject} (status {status}; tried {tried}); log in with "
            f"`docker login {host}`, or set modelport:registries, or ask for the right to do this"
        )


class UploadLostError(RegistryError):
    """The registry has forgotten what was sent of a blob, and its source cannot be read a second time."""

    def __init__(self, host: str, digest: str) -> None:
        super().__init__(f"registry {host} lost the upload of blob {digest}; run the command again")


def refusal(host: str, subject: str, response: requests.Response) -> RegistryError:
    """Describe an answer that is an error: its status, and what the registry says of it, cut short."""
    said = _said(response)
    return RegistryError(f"registry {host} refuses {subject}: status {response.status_code}{said}")


def reason_of(error: Exception) -> str:
    """Say why no answer came. The libraries' own texts quote addresses, and those may be signed: not used."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError | requests.exceptions.SSLError) for cause in causes):
        details = next(
            (cause.verify_message for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), ""
        )
        return (
            f"no trusted TLS connection ({details or 'handshake failed'}; REQUESTS_CA_BUNDLE names your own CA's file)"
        )
    if any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes):
        return "the proxy cannot be reached"
    if any(isinstance(cause, requests.exceptions.Timeout) for cause in causes):
        return "it did not answer in time"
    texts = [cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror]
    return texts[-1].lower() if texts else "the connection was lost"


def _said(response: requests.Response) -> str:
    try:
        errors = json.loads(response.raw.read(1 << 16, decode_content=True))["errors"]
        texts = [f"{each['code']}: {each.get('message', '')}" for each in errors]
    except (OSError, HTTPError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    text = "; ".join(texts)
    return f" ({text[:_SHOWN]})" if text.isprintable() and text else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give *error* and all that lies behind it; the libraries keep causes in arguments as well."""
    ahead: list[object] = [error]
    seen: set[int] = set()
    while ahead:
        each = ahead.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        ahead += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
