"""Object stores behind one protocol: a directory, or a bucket of an S3-compatible server."""
