"""The HTTP/1.1 protocol of the server, on httptools, for uvicorn's server."""
