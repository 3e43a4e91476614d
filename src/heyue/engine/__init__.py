"""The pure engine: values in, values out; no framework, file, network, clock or chance."""
