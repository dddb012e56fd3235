"""Pretrained models: loading them safely, knowing their parts, choosing device and precision."""
