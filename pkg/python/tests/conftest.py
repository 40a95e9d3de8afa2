"""Which tests the installed package can run."""

from cmkit import _cmkit

# They need a build whose randomness and time they choose; `./test` makes one and names them.
collect_ignore = [] if hasattr(_cmkit, "inject") else ["test_made_vectors.py"]
