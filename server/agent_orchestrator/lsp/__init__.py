"""The language server: one pygls server per connection, all of them views of one engine."""
