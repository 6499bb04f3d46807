"""What can be asked for: one module per act, one transaction each.

Called alike by intake, the command line and, later, the web: who asks never changes
what happens. An action takes a connection and the present moment; its caller commits.
"""
