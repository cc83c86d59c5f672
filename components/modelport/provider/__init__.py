"""The Pulumi provider of this library."""
