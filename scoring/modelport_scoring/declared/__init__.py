"""
Our reading of the declarations of ``inference_schema``, for scripts whose environment lacks that package.

Where the package is installed, it is used and this is not.
"""
