"""What a text may be made of, by a list of what is allowed: elements, attributes, addresses."""
