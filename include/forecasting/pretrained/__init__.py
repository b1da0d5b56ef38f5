"""Pretrained models, which stand on torch: asked over stdin, by a process with libraries of its own."""

# Half-hours that the models look back at: 42 days.
CONTEXT = 2_048
