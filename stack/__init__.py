"""The program's own package: settings, their schema, and placing of services."""
