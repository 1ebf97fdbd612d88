"""Text that people and programs wrote elsewhere (issues, reviews, CI logs), made fit to be shown, stored and told."""
