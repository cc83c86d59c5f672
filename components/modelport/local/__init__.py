"""Services on this machine."""

from modelport.local.component import LocalService, LocalServiceArgs

__all__ = ["LocalService", "LocalServiceArgs"]
