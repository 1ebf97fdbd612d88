"""The protocol as TypeScript, as Lua and as a page to read, made from the attrs classes that the daemon itself uses."""
