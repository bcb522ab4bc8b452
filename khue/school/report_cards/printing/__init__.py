"""The printed report card: what it says (`shape`), how it is written (`wording`), the forms (`forms/*.typ`)."""
