"""How things look: base pages, components, lists, styles and scripts. Knows no data."""
