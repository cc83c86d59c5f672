"""Locking a tag, so that nobody gives it another meaning: Azure's registries can; the standard has no word for it."""

from modelport.store.descriptor import canonical_json
from modelport.store.entra import is_azure
from modelport.store.registry_client import RegistryClient
from modelport.store.registry_transport import Request


def can_lock_tags(client: RegistryClient) -> bool:
    """Say whether this registry can."""
    return is_azure(client.host)


def set_tag_lock(client: RegistryClient, repository: str, tag: str, *, locked: bool) -> None:
    """Lock or unlock *tag*. Source: Azure Container Registry's data plane, "Tag - Update Attributes"."""
    body = canonical_json({"changeableAttributes": {"deleteEnabled": not locked, "writeEnabled": not locked}})
    scopes = (f"repository:{repository}:metadata_read,metadata_write",)
    headers = {"Content-Type": "application/json"}
    request = Request("PATCH", f"/acr/v1/{repository}/_tags/{tag}", scopes, frozenset({200}), headers, body)
    client.transport.send(request).close()
