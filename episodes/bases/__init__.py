"""Abstract models, fields and rules of columns that every table builds on. Imports no model."""
