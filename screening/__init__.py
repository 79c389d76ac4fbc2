"""Is this session safe, and if not, until when: questions, rules, holds."""
