"""Pulumi components that turn models into scoring endpoints."""
