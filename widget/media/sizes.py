"""How large images are shown, and made for it."""

SHOWN = (280, 320)
"""The most room that an image or a video gets within a message, width and height in CSS pixels."""

THUMBNAIL = (2 * SHOWN[0], 2 * SHOWN[1])
"""The largest thumbnail, in pixels: sharp on a screen that has two for each of CSS's."""
