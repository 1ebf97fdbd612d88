"""What all doubles share below their own interfaces: requests, answers, faults, serving, time."""
