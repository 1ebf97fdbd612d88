"""Issues of GitLab, by its REST interface."""
