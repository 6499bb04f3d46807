"""The look of every mail we send, from template to bytes."""
