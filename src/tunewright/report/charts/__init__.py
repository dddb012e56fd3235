"""Small pictures in SVG, one kind a file. They take numbers and plain text, and take their colours from the page."""
