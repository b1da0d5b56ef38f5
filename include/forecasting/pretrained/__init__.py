"""Pretrained models, which stand on torch: asked over stdin, by a process with libraries of its own."""
