"""Share cards of 1200 × 630 pixels, drawn with Pillow. Independent of models and pages."""
