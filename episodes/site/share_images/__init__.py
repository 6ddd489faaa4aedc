"""Pictures for sharing, 1200 × 630: words set as type, without a browser. Knows no model and no page."""
