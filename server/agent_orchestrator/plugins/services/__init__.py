"""What plugins of several slots need to speak with a service: addresses, logins, GitHub's and GitLab's interfaces."""
