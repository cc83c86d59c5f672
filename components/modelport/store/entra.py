"""Logins at Azure's container registries, by whoever is logged in to Azure."""

from typing import Final

from modelport.store.login import Login, LoginKind

AZURE_SUFFIXES: Final = (".azurecr.io", ".azurecr.cn", ".azurecr.us")
_SCOPE: Final = "https://containerregistry.azure.net/.default"


def is_azure(host: str) -> bool:
    """
    Tell an Azure registry by its name.

    Not by what it says of itself: whoever gets the token can use it at every registry of the user.
    """
    return host.lower().endswith(AZURE_SUFFIXES)


def entra_token(host: str) -> Login | str:  # noqa: ARG001 - one token for all registries; others ask by host
    """Ask Entra for an access token; a text says why there is none."""
    try:
        from azure.core.exceptions import AzureError  # noqa: PLC0415 - an optional extra, and heavy
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - the same
    except ImportError:
        return "azure-identity is not installed (pip install 'modelport[azure]')"
    try:
        with DefaultAzureCredential() as credential:
            token = credential.get_token(_SCOPE).token
    except AzureError as error:
        # Its text lists every source on lines of their own, and none of them is ours to quote.
        return f"nobody is logged in to Azure ({type(error).__name__}; `az login` does it)"
    return Login("azure-identity", "00000000-0000-0000-0000-000000000000", token, LoginKind.ENTRA)
