"""Papers: forms declared by modules, made into PDF/A by typst (see README)."""

from khue.kernel.papers.engine import Paper, PaperError, Place, draw, render, render_many
from khue.kernel.papers.forms import Form, declared

__all__ = ["Form", "Paper", "PaperError", "Place", "declared", "draw", "render", "render_many"]
