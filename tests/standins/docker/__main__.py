"""The plugin's process."""

import sys
from pathlib import Path

from modelport.provider.protocol_only import without_sdk

without_sdk()

from modelport.provider.resource import Session  # noqa: E402 - it would import the SDK
from modelport.provider.serve import engine_address, run_server  # noqa: E402
from modelport.workspace import Workspace  # noqa: E402

from tests.standins.docker.container import Container  # noqa: E402
from tests.standins.docker.daemon import Daemon  # noqa: E402
from tests.standins.docker.image import Image  # noqa: E402
from tests.standins.plugin import StandIn  # noqa: E402

session = Session(Workspace(Path.cwd()))
daemon = Daemon()
resources = {each.token: each for each in (Container(daemon), Image(daemon))}
plugin = StandIn("docker", "5.2.0", session, resources, engine_address(sys.argv))
daemon.configuration = plugin.configuration
run_server(plugin, session)
