"""The pages of the URL map that a role may open, with real rows of their scope in the addresses."""

from __future__ import annotations
