"""Where models and images are kept, as OCI content."""
