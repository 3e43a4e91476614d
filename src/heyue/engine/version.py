"""The version of the engine: one version gives the same bytes for the same input, for ever.

A change that alters any answer makes a new version; a case keeps the version that computed its figures. What is
only added (a new optional field) keeps it. Golden files of each version stand in ``tests/engine/golden``.
"""

ENGINE_VERSION = "2"
