"""The conformance kit: plays one side of the gateway protocol and judges the other, case by case.

``docs/protocol/conformance.md`` says how to use it; ``heyue conformance`` is its command.
"""
