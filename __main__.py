"""The Pulumi program: read the stack's settings, place what they declare, export where it answers."""

import pulumi
from modelport.early_start import start_provider
from modelport.errors import ModelportError

start_provider()

from stack.placing import place  # noqa: E402 - the provider starts while these load
from stack.settings import StackSettings, load_settings  # noqa: E402


def settings_of_this_stack() -> StackSettings:
    """Read the settings; what is wrong with them is shown without a traceback."""
    try:
        return load_settings()
    except ModelportError as error:
        raise pulumi.RunError(str(error)) from None


endpoints, keys = place(settings_of_this_stack())
pulumi.export("endpoints", endpoints)
pulumi.export("keys", pulumi.Output.secret(keys))
