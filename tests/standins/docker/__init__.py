"""A stand-in for the plugin of package `docker` (pulumi-docker 5.2), on the real Docker daemon."""
