"""Policy pack for Modelport stacks."""
