"""The pages of the dashboard, one module each; `show` draws the page."""
