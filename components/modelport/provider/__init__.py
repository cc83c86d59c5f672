"""The Pulumi provider of this library: what the engine starts as `pulumi-resource-modelport`."""


def main() -> None:
    """Serve the provider protocol until the engine leaves; the one line on standard output is the port."""
    from modelport.provider.serve import serve  # noqa: PLC0415 - the library imports this package without grpc

    serve()
